/*
 * config_reader.h: from the text of a config to a `struct config`, in two passes.
 *
 * config_read() follows the events through the tables of config_schema.h: types, ranges, unknown,
 * repeated and missing keys. It remembers where each value stood. config_check() then looks at what
 * depends on more than one value, and resolves the paths. Either stops at its first fault.
 *
 * Other files that are written in the same style have tables of their own and are read by the same functions; a store
 * that is described inside one is checked as a config is.
 */
#ifndef LINCKIA_ENGINE_CONFIG_READER_H
#define LINCKIA_ENGINE_CONFIG_READER_H

#include "engine/config.h"
#include "engine/config_event.h"
#include "engine/config_schema.h"

struct config_reader {
	struct config_events events;
	struct config *config; /* the caller's; freed by the caller also when reading fails */
	/* That `config` is read by; config_schema unless it is changed. */
	const struct config_section *schema;
	struct config_mark marks[CONFIG_SECTIONS][CONFIG_KEYS_MAX]; /* of values; line 0: not given */
	struct config_mark (*node_marks)[CONFIG_KEYS_MAX];          /* the same for each node … */
	struct config_mark (*link_marks)[CONFIG_KEYS_MAX];          /* … and link */
	size_t node_room, link_room;
};

MUST_CHECK int config_reader_init(struct config_reader *reader, const char *path, const char *text,
	size_t length, struct config *config, struct error *error);
void config_reader_release(struct config_reader *reader);

MUST_CHECK int config_read(struct config_reader *reader, struct error *error);
MUST_CHECK int config_check(struct config_reader *reader, struct error *error);
/* The part of it that does not depend on paths. Nodes may have none yet. */
MUST_CHECK int config_check_values(struct config_reader *reader, struct error *error);

/*
 * The current event begins a mapping: reads it into `object` by `section`, whose defaults are set already. `marks`,
 * CONFIG_KEYS_MAX of them, get the places of the values that were given.
 */
MUST_CHECK int config_read_mapping(struct config_reader *reader, const struct config_section *section,
	void *object, struct config_mark *marks, struct error *error);
/* The current event is, or begins, the value of `key`, a key of the mapping that is read into `object`. */
MUST_CHECK int config_read_value(
	struct config_reader *reader, const struct config_key *key, void *object, struct error *error);
/* A fault: the current event is not what `key` allows. Returns -1. */
int config_refuse_value(struct config_reader *reader, const struct config_key *key, struct error *error);
/* Where the value of the key `name` of `section` stood. */
struct config_mark config_mark_of(
	const struct config_section *section, const struct config_mark *marks, const char *name);

/* ERROR_MEMORY while reading the config at `path`. Returns -1. */
int config_no_memory(const char *path, struct error *error);

#endif
