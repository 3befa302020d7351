/*
 * scenario.h: a rehearsal as it is written down: a store, a seed, and steps that break and mend it.
 *
 * docs/scenarios.md is the reference of the file format. It is read with the strictness of config.yaml
 * (config_event.h): unknown and repeated keys, aliases, and documents beyond a sane size or depth are faults, and so
 * are names of nodes that do not exist and fields that `expect` cannot know. Every fault is an ERROR_CONFIG that
 * reads "PATH:LINE:COLUMN: step 3, fail: found 'node-9', allowed is one of node-1 … node-6".
 *
 * A scenario never changes after it was read, but for its store: whoever plays it keeps that as the config of what
 * was made of it is now.
 */
#ifndef LINCKIA_ENGINE_SCENARIO_H
#define LINCKIA_ENGINE_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/config.h"
#include "engine/view.h"

enum {
	SCENARIO_STEPS_MAX = 4096,     /* as written */
	SCENARIO_REPEAT_MAX = 1000000, /* times */
	SCENARIO_TEXT_MAX = 4096,
};

enum step_kind {
	STEP_PUT,       /* stores generated files, or real paths */
	STEP_RM,        /* names */
	STEP_SET_RF,    /* name, number */
	STEP_SNAPSHOT,  /* name, or none */
	STEP_FAIL,      /* nodes: out of service by the operator's word */
	STEP_RECOVER,   /* nodes */
	STEP_WIPE,      /* nodes lose all chunk files */
	STEP_CORRUPT,   /* nodes; number: chunk files on each that get another byte */
	STEP_FILL,      /* nodes; ratio: room is taken until so much of each is used; 0: that is given back */
	STEP_SLOW,      /* nodes; link: every link from and to them gets these settings */
	STEP_LINK,      /* nodes, others: the links between them get `link` */
	STEP_CUT,       /* nodes, others: no way between them; without others: from everything */
	STEP_PARTITION, /* groups */
	STEP_HEAL,      /* all links */
	STEP_AWAY,      /* nodes: their folders are taken away, as a disk that is unplugged */
	STEP_BACK,      /* nodes: their folders are put back as they were */
	STEP_DRAIN,     /* nodes */
	STEP_ADD_NODE,  /* node */
	STEP_REMOVE_NODE,  /* nodes */
	STEP_KILL,         /* the maintenance process, which comes back after duration_ms */
	STEP_SCRUB,        /* one pass over all copies, or over those of nodes */
	STEP_COLLECT,      /* one pass of garbage collection */
	STEP_LOSE_CATALOG, /* the catalog is deleted and regrown from the nodes */
	STEP_REPEAT,       /* steps, number of times */
	STEP_RANDOM,       /* faults, drawn for duration_ms */
	STEP_WAIT,         /* duration_ms */
	STEP_EXPECT,       /* expectation */
	STEP_VERIFY,       /* reads every version byte for byte */
	STEP_KINDS
};

/* "put", "rm", "set_rf" … as they are written. */
const char *step_kind_name(enum step_kind kind);

enum comparison {
	COMPARE_EQUAL,
	COMPARE_UNEQUAL,
	COMPARE_LESS,
	COMPARE_AT_MOST,
	COMPARE_MORE,
	COMPARE_AT_LEAST
};

/* One field of the status, such as chunks.lost, and what it is to be: a number, or one of the words it can be. */
struct scenario_condition {
	char *field;
	enum comparison comparison;
	char *wanted; /* as written, for messages */
	double number;
	bool is_number;
};

/*
 * All conditions hold at one moment within `within_ms` (0: now), and from then on for `for_ms`.
 */
struct scenario_expectation {
	struct scenario_condition *conditions;
	size_t condition_count;
	int64_t within_ms, for_ms;
};

/* The settings of links that a step gives; what is not set stays as it is. */
struct scenario_link {
	bool set_latency, set_jitter, set_bandwidth, set_loss;
	int64_t latency_ms, jitter_ms;
	uint64_t bandwidth;
	double loss;
	bool one_way; /* from `nodes` to `others` only */
};

/* What a `random` step may do, and how likely each is beside the others; 0: not at all. */
enum fault_kind {
	FAULT_FAIL,
	FAULT_AWAY,
	FAULT_WIPE,
	FAULT_CORRUPT,
	FAULT_SLOW,
	FAULT_CUT,
	FAULT_KILL,
	FAULT_PUT,
	FAULT_RM,
	FAULT_KINDS
};

struct scenario_random {
	double weights[FAULT_KINDS];
	int64_t every_ms;   /* the mean time from one fault to the next, which is exponentially distributed */
	int64_t lasting_ms; /* the mean time until a fault that can be mended is mended; the same */
	unsigned at_once;   /* so many nodes may be out of order at a time */
};

struct scenario_node {
	char *name, *zone;
	uint64_t capacity_bytes;
};

struct scenario_group {
	char **names; /* of nodes, or "client" */
	size_t count;
};

struct scenario_step {
	enum step_kind kind;
	unsigned line, column; /* of the step, from 1 */
	char *text;            /* the step in one line, as messages and the screen show it: "fail node-2" */

	char **names; /* of nodes; for put, rm, set_rf, snapshot: of what is stored; "all" was expanded */
	size_t name_count;
	char **others; /* the other end of links: nodes or "client" */
	size_t other_count;
	struct scenario_group *groups;
	size_t group_count;

	char **paths; /* put: real files and folders, absolute or relative to the scenario's folder as resolved */
	size_t path_count;
	/* put: generated, each of a size from …, to …; most 0: all alike. */
	uint64_t files, size_bytes, size_most_bytes;
	unsigned replication_factor; /* put: 0: the store's */
	bool refused;                /* put: it is expected to fail */

	uint64_t number;     /* set_rf: copies; corrupt: chunk files; repeat: times */
	double ratio;        /* fill: 0 to 1 */
	int64_t duration_ms; /* kill, wait, random */

	struct scenario_link link;
	struct scenario_node node;
	struct scenario_random random;
	struct scenario_expectation expectation;
	struct scenario_step *steps; /* repeat */
	size_t step_count;
};

struct durability_case;

struct scenario {
	char *path;  /* as given */
	char *name;  /* one line; default: the file's name without its ending */
	char *about; /* the story; "" when none is told */
	bool virtual_clock;
	uint64_t seed;        /* 1 */
	struct config *store; /* the store to be made; its paths are relative, as written; never NULL */
	bool has_store;       /* it was written; else it is the default: six nodes in three zones */
	struct scenario_step *steps;
	size_t step_count;
	struct durability_case *cases; /* of `compare` */
	size_t case_count;
};

MUST_CHECK int scenario_load(const char *path, struct scenario **scenario, struct error *error);
/* The same from memory; `path` is only for messages and for what relative paths are relative to. */
MUST_CHECK int scenario_parse(
	const char *path, const char *text, size_t length, struct scenario **scenario, struct error *error);
void scenario_free(struct scenario *scenario);

/* Whether all conditions hold in `view`; `found` gets the first that does not, in words: "chunks.lost is 3". */
bool expectation_holds(
	const struct scenario_expectation *expectation, const struct view *view, char *found, size_t size);

#endif
