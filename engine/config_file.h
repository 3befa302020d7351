/*
 * config_file.h: the config as a file: read within bounds, replaced or created in one step.
 *
 * A new text goes into a temporary file in the same folder, is flushed, and takes the name; then the
 * folder is flushed. Whoever reads meanwhile sees the old text or the new one, never a part.
 */
#ifndef LINCKIA_ENGINE_CONFIG_FILE_H
#define LINCKIA_ENGINE_CONFIG_FILE_H

#include <stddef.h>
#include <sys/stat.h>

#include "engine/error.h"

/*
 * Reads the regular file at `path`, at most CONFIG_BYTES_MAX bytes of it, into `*text` (the caller's to
 * free, NUL-terminated). `status` tells which file it was. A file that cannot be read is an
 * ERROR_CONFIG; one that changes meanwhile an ERROR_CHANGED.
 */
MUST_CHECK int config_file_read(
	const char *path, char **text, size_t *length, struct stat *status, struct error *error);

/*
 * Locks out other edits of configs in the folder of `path` until config_file_unlock() (not the edits
 * of an editor: see `expected` below). Returns a descriptor, or -1. Blocks while another edit goes on.
 */
MUST_CHECK int config_file_lock(const char *path, struct error *error);
void config_file_unlock(int lock);

/*
 * Replaces the file at `path`, keeping owner and permission bits; ERROR_CHANGED if it is no longer the one
 * that config_file_read() described as `expected`. A symbolic link stays one: its target is replaced.
 */
MUST_CHECK int config_file_replace(
	const char *path, const char *text, size_t length, const struct stat *expected, struct error *error);

/* Creates the file at `path`, 0600 whatever the umask; ERROR_EXISTS if something has that name. */
MUST_CHECK int config_file_create(const char *path, const char *text, size_t length, struct error *error);

/* Removes what writers that died left beside the config `path`. What is locked by one that lives stays. */
void config_file_remove_drafts(const char *path);

#endif
