/*
 * config_schema.h: the table of everything that may stand in config.yaml; others describe files in its style so, too.
 *
 * One row a key: its name, kind, range, default, and where its value goes. The reader finds keys in
 * it, config_key_set() checks values against it, and config_key_allowed() words the same row for the
 * message, so that what is accepted and what is said to be allowed cannot disagree. Defaults are
 * written as in a file and read like one.
 *
 * Constant data and functions without state: safe from any thread.
 */
#ifndef LINCKIA_ENGINE_CONFIG_SCHEMA_H
#define LINCKIA_ENGINE_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/error.h"

enum {
	CONFIG_KEYS_MAX = 32, /* in one mapping */
	CONFIG_ALLOWED_TEXT_MAX = 512,
	CONFIG_PATH_MAX = 4095, /* bytes of a path, resolved */
};

enum config_kind {
	CONFIG_KIND_SECTION, /* a mapping, described by `inner`, whose values go into the same struct */
	CONFIG_KIND_NODES,   /* a list of mappings, each described by `inner` */
	CONFIG_KIND_LINKS,
	CONFIG_KIND_PATH,   /* char *: not resolved yet */
	CONFIG_KIND_NAME,   /* char *: of a node */
	CONFIG_KIND_PEER,   /* char *: of a node, or client */
	CONFIG_KIND_LABEL,  /* char * */
	CONFIG_KIND_THEME,  /* char *: one of `words` */
	CONFIG_KIND_WORD,   /* an enum: the index in `words` */
	CONFIG_KIND_FLAG,   /* bool */
	CONFIG_KIND_COUNT,  /* unsigned */
	CONFIG_KIND_NUMBER, /* uint64_t */
	CONFIG_KIND_BYTES,  /* uint64_t */
	CONFIG_KIND_TIME,   /* int64_t, milliseconds */
	CONFIG_KIND_RATIO,  /* double, least to most */
	CONFIG_KIND_WEIGHT, /* double, above 0 up to most */
	CONFIG_KIND_OTHER,  /* whatever `read` takes, described by `allowed` */
};

struct config_reader;
struct config_key;

/* Reads the value that the current event is, or begins, up to its last event, into `object`. */
typedef int config_read_function(
	struct config_reader *reader, const struct config_key *key, void *object, struct error *error);

struct config_key {
	const char *name;
	enum config_kind kind;
	size_t offset;
	uint64_t least, most;
	const char *standard; /* the default, as in a file; NULL: none, or one that follows from other keys */
	const char *zero;     /* not NULL: 0 is allowed besides the range, and means this */
	const char *const *words;
	const struct config_section *inner;
	bool required;
	config_read_function *read; /* CONFIG_KIND_OTHER: this, and what it allows in words */
	const char *allowed;
};

enum config_section_id {
	CONFIG_SECTION_TOP,
	CONFIG_SECTION_CHUNK,
	CONFIG_SECTION_PLACEMENT,
	CONFIG_SECTION_REPAIR,
	CONFIG_SECTION_SCRUB,
	CONFIG_SECTION_HISTORY,
	CONFIG_SECTION_NETWORK,
	CONFIG_SECTION_CONSOLE,
	CONFIG_SECTION_NODE,
	CONFIG_SECTION_LINK,
	CONFIG_SECTION_OTHER, /* of other files; where their values stood is remembered by who reads them */
	CONFIG_SECTIONS,
};

struct config_section {
	enum config_section_id id;
	size_t key_count;
	const struct config_key *keys;
};

/* The whole file. Lives for ever, like all the tables. */
extern const struct config_section config_schema;

/* The words for enum placement_policy and enum placement_spread, each list with a NULL behind it. */
extern const char *const config_placement_policies[], *const config_placement_spreads[];

/* The row called `name`, or NULL. */
const struct config_key *config_section_find(const struct config_section *section, const char *name);

/* Fills the fields of `object` with the defaults, those of inner sections too. Fails only without memory. */
MUST_CHECK int config_section_defaults(const struct config_section *section, void *object);

enum config_verdict { CONFIG_VALUE_GOOD, CONFIG_VALUE_BAD, CONFIG_VALUE_NO_MEMORY };

/*
 * Stores the scalar `text` in the field of `object` that `key` describes, if it is allowed there; texts
 * are copied, and replace what was there. Numbers and flags may not be quoted.
 */
MUST_CHECK enum config_verdict config_key_set(
	const struct config_key *key, const char *text, bool quoted, void *object);

/* What `key` allows, for config_fault(). Returns `out`. */
char *config_key_allowed(const struct config_key *key, char out[static CONFIG_ALLOWED_TEXT_MAX]);

/* `before` and the keys of a section: "one of size, method". Returns `out`. */
char *config_section_allowed(
	const struct config_section *section, const char *before, char out[static CONFIG_ALLOWED_TEXT_MAX]);

/* `bytes` as a config writes it, exactly: "4MiB", "65537". Returns `out`. */
char *config_bytes_text(uint64_t bytes, char out[static 32]);
/* The same for a time: "250ms", "2h". Returns `out`. */
char *config_time_text(uint64_t milliseconds, char out[static 32]);

#endif
