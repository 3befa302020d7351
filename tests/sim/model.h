/*
 * model.h: what a store has to hold, in a few arrays: names with their versions, and snapshots. A plain value: a step
 * prepares a copy of it that says how things are to be afterwards.
 */
#ifndef LINCKIA_TESTS_SIM_MODEL_H
#define LINCKIA_TESTS_SIM_MODEL_H

#include <stdbool.h>

#include "content.h"

enum { NAMES = 26, VERSIONS_MAX = 40, NAMED_SNAPSHOTS = 4, SNAPSHOTS = 24, NOTHING = -1 };
enum { FOLDER_FIRST = 14, FOLDER_FILES = 12 }; /* the last names lie in one folder, and are small files */
#define FOLDER_NAME "many"

struct model_version {
	uint64_t number; /* 0: the store has not told it yet */
	struct content content;
	unsigned origin;  /* the same for a version that was restored and the one it was restored from */
	bool gone;        /* collected */
	int64_t ended_ms; /* wall clock: it did not end before that */
};

struct model_name {
	struct model_version versions[VERSIONS_MAX]; /* the oldest first */
	int count;
	int current;     /* NOTHING: the name is not there */
	unsigned copies; /* 0: to be learned from the store */
};

struct model_snapshot {
	bool exists;
	char name[160];
	int held[NAMES]; /* indices of versions, or NOTHING */
};

/* What history keeps; 0: no such rule. */
struct model_rules {
	unsigned keep_versions;
	int64_t keep_for_ms;
};

struct model {
	struct model_name names[NAMES];
	struct model_snapshot
		snapshots[SNAPSHOTS]; /* behind the named ones those that a restored snapshot leaves */
	unsigned origins;
	struct model_rules rules, others; /* a pass that is under way may go by the others still */
	int64_t now_ms;                   /* wall clock: what ends now does not end before that */
	int64_t latest_ms;                /* no later than that was it since the last look */
};

extern const char *const model_names[NAMES];
/* NOTHING for a name that the model does not have. */
int model_find(const char *name);

void model_init(struct model *model);
bool model_has_room(const struct model *model, int name);
void model_put(struct model *model, int name, const struct content *content, unsigned copies);
void model_remove(struct model *model, int name);
/* False when it would change nothing. */
bool model_restore(struct model *model, int name, int version);
void model_snapshot(struct model *model, int snapshot, const char *name);
/* Makes the names of `prefix` (NULL: all) what they were; whether anything differed. */
bool model_restore_snapshot(struct model *model, int snapshot, bool folder_only);
int model_free_snapshot(const struct model *model);
int model_find_snapshot(const struct model *model, const char *name);
/* Whether history may let go of a version. */
bool model_may_go(const struct model *model, int name, int version);

#endif
