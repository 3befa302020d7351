/*
 * entry.h: a stored file, link or folder, as JSON and as text.
 */
#ifndef LINCKIA_CLI_ENTRY_H
#define LINCKIA_CLI_ENTRY_H

#include <cjson/cJSON.h>

#include "engine/engine.h"

/* "file", "link", "folder". */
const char *entry_kind_name(enum entry_kind kind);

/* What `put`, `ls`, `stat` and `versions` say of it. The caller frees the object. */
cJSON *entry_put_json(const struct entry *entry);
cJSON *entry_list_json(const struct entry *entry);
cJSON *entry_stat_json(const struct entry *entry);
cJSON *entry_version_json(const struct version *version);

/* "-rw-r--r--", as in a shell. */
enum { ENTRY_MODE_SIZE = 11 };
char *entry_mode(char *out, size_t size, const struct entry *entry);

/* Its name on standard output; a folder's ends in '/'. */
void entry_print_name(const struct entry *entry);
/*
 * The same behind columns of a fixed width, because a list may be
 * too long to measure it first; a link with its target.
 */
void entry_print_long(const struct entry *entry);

/* The time of its source, RFC 3339. */
char *entry_time(char *out, size_t size, const struct entry *entry);

#endif
