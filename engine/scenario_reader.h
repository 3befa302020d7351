/*
 * scenario_reader.h: reading scenarios, as the files scenario*.c share it. Nobody else includes it.
 *
 *     scenario.c           the file as a whole; what is freed
 *        │
 *        ├ scenario_store.c     the store, by the config's own reader
 *        ├ scenario_step.c      the list of steps: which kind, and in which form it may be written
 *        │    ├ scenario_form.c      the forms: one table a kind of step
 *        │    ├ scenario_names.c     lists of names; which nodes there are at a step
 *        │    └ scenario_expect.c    what is expected, and whether it holds
 *        ├ scenario_text.c      a step in words
 *        └ scenario_compare.c   cases of a comparison
 *
 * The tables are those of config_schema.h, and so is the strictness: what is accepted and what is said to be allowed
 * come from the same row. Rows of CONFIG_KIND_OTHER lead to functions of these files, which find the scenario's own
 * state with scenario_reader_of(). Steps are read in the order in which they are played, so that it is known at each
 * step which nodes there are.
 */
#ifndef LINCKIA_ENGINE_SCENARIO_READER_H
#define LINCKIA_ENGINE_SCENARIO_READER_H

#include "engine/config_reader.h"
#include "engine/scenario.h"

enum {
	SCENARIO_DEPTH_MAX = 24,     /* levels of YAML: steps that repeat steps that repeat steps … */
	SCENARIO_NAMES_MAX = 262144, /* of nodes, in all steps together */
};

struct scenario_reader {
	/* First: see scenario_reader_of(); its events are those of the scenario. */
	struct config_reader config;
	struct scenario *scenario;

	struct config_section store, store_node; /* what may stand in `store` */
	struct config_key store_keys[CONFIG_KEYS_MAX], store_node_keys[CONFIG_KEYS_MAX];

	const char **nodes; /* that there are at this step; the names are the scenario's */
	size_t node_count, node_room;
	size_t step_count; /* so far, those within others too */
	unsigned repeats;  /* that the step is within */
	char number[64];   /* of the step: "3", or "3.2" within another; "" outside of steps */
	size_t name_count; /* of nodes, in all steps so far */
};

static inline struct scenario_reader *scenario_reader_of(struct config_reader *reader)
{
	return (struct scenario_reader *)reader;
}

/* ---- scenario.c ---- */

/* What may stand at the top of the file; constant, as the tables below. */
extern const struct config_section scenario_schema;

/* ---- scenario_store.c ---- */

/* What may stand in `store` besides, or in place of, the keys of a config. */
extern const struct config_section scenario_store_section;

/* An empty store, of which nothing but the defaults is known. */
MUST_CHECK int scenario_store_new(struct scenario_reader *reader, struct error *error);
config_read_function scenario_read_store;
/* After everything: the nodes that no list named, and the checks of a config. */
MUST_CHECK int scenario_store_finish(struct scenario_reader *reader, struct error *error);

/* ---- scenario_step.c ---- */

config_read_function scenario_read_steps; /* into the list of steps whose offset is the row's */
void scenario_release_step(struct scenario_step *step);

/* ---- scenario_form.c ---- */

/*
 * How a kind of step is written: `value` is the row for "kind: VALUE", `section` for "kind: {key: …}", and a step
 * that may stand alone is just "kind". `check` looks at what depends on more than one key; what stands behind the
 * kind began at `begin`.
 */
struct scenario_form {
	const struct config_key *value;
	const struct config_section *section;
	bool alone;
	const struct config_section *defaults; /* of the value */
	int (*check)(struct scenario_reader *reader, struct scenario_step *step,
		const struct config_mark *marks, struct config_mark begin, struct error *error);
};
const struct scenario_form *scenario_form_of(enum step_kind kind);

/* ---- scenario_names.c ---- */

/* Each reads one text, or a list of texts, into the list of names whose offset is the row's. */
config_read_function scenario_read_nodes;   /* of nodes; "all" */
config_read_function scenario_read_ends;    /* of nodes, "all", or "client" */
config_read_function scenario_read_entries; /* of what is stored */
config_read_function scenario_read_entry;   /* just one */
config_read_function scenario_read_paths;
config_read_function scenario_read_groups;

/* Takes note of a node that is there from now on, or no longer. */
MUST_CHECK int scenario_note_node(struct scenario_reader *reader, const char *name, struct error *error);
void scenario_forget_node(struct scenario_reader *reader, const char *name);
bool scenario_knows_node(const struct scenario_reader *reader, const char *name, size_t length);
/* A fault: `name`, which stands at the current event, is no node. `more` is allowed besides, or "". */
int scenario_refuse_node(
	struct scenario_reader *reader, const char *name, const char *more, struct error *error);
void scenario_free_names(char **names, size_t count);
/* Appends a copy of `text`, `length` bytes of it. */
MUST_CHECK int scenario_append_name(char ***names, size_t *count, const char *text, size_t length);

/* ---- scenario_expect.c ---- */

config_read_function scenario_read_expectation;
void scenario_free_expectation(struct scenario_expectation *expectation);
const char *scenario_comparison_sign(enum comparison comparison);

/* ---- scenario_text.c ---- */

/* The step in one line. The caller frees it; NULL without memory. */
char *scenario_step_text(const struct scenario_step *step);

/* ---- scenario_compare.c ---- */

/* A case, which is a struct durability_case. */
extern const struct config_section scenario_case_section;
config_read_function scenario_read_cases;
/* After everything: each case has the scenario's seed. */
void scenario_seed_cases(struct scenario *scenario);
void scenario_free_cases(struct scenario *scenario);

/* ---- for all of them ---- */

/* A fault: the current event is something else than `allowed`. Returns -1. */
int scenario_refuse_now(struct scenario_reader *reader, const char *allowed, struct error *error);
int scenario_no_memory(struct scenario_reader *reader, struct error *error);

#endif
