/*
 * model.h: what a store must hold, as simply as it can be said: names with their versions, and snapshots that hold a
 * version of some of the names. A plain value, copied before a step so that afterwards both can be looked at.
 */
#ifndef LINCKIA_TESTS_MODEL_MODEL_H
#define LINCKIA_TESTS_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "content.h"

enum { NAMES = 16, VERSIONS_MAX = 96, NOTHING = -1 };
enum { NAMED_SNAPSHOTS = 4, SNAPSHOTS = 10, SNAPSHOT_NAME = 160 };
enum { FOLDERS = 2, FOLDER_FILES = 6, FIRST_IN_FOLDERS = NAMES - FOLDERS * FOLDER_FILES };

/* What collection may have made of a version. */
enum fate { FATE_KEPT, FATE_MAY_GO, FATE_MUST_GO, FATE_GONE };

struct version {
	uint64_t number; /* 0 until the store has told it */
	struct content content;
	unsigned mode;
	int64_t mtime;
	int64_t ended_us; /* when it was seen not to be current any more; 0: it is */
	enum fate fate;
};

struct name {
	struct version versions[VERSIONS_MAX]; /* oldest first */
	int count;
	int current;     /* NOTHING: the name is not there */
	unsigned copies; /* 0: whatever the store says */
};

/*
 * The first ones have names that are the run's choice. Those behind are for what a restored snapshot leaves to undo
 * it, whose names the store chooses: "" until they are known.
 */
struct snapshot {
	bool exists;
	char name[SNAPSHOT_NAME];
	int held[NAMES]; /* which of the name's versions, or NOTHING */
};

struct model {
	struct name names[NAMES];
	struct snapshot snapshots[SNAPSHOTS];
	unsigned keep_versions; /* 0: all, unless keep_for lets go of some */
	int64_t keep_for_s;     /* 0: for ever, unless keep_versions lets go of some */
};

extern const char *const model_names[NAMES];
extern const char *const model_folders[FOLDERS];

/* The index of a name in model_names, or NOTHING. */
int model_find(const char *name);
/* Whether a name lies in the folder, NOTHING being the whole store. */
bool model_within(int name, int folder);

void model_start(struct model *model);
void model_put(struct model *model, int name, const struct version *version);
void model_remove(struct model *model, int name);
/* An older version is stored again, unless what is there now is the same. */
void model_restore(struct model *model, int name, int version);
void model_snapshot(struct model *model, int snapshot);
/* Whether something changed, so that the snapshot `undo` was made of what was there before. */
bool model_restore_snapshot(struct model *model, int snapshot, int folder, int undo);

/*
 * What a collection at the time `now_us` makes of a version: nothing, if it is current, held by a snapshot or kept by
 * the settings of the history.
 */
enum fate model_judge(const struct model *model, int name, int version, int64_t now_us);
/*
 * Gives the versions that a collection of the store `judged`, which is the model or an earlier state of it, takes
 * their fate; of those that it surely takes at most `worst`.
 */
void model_collect(struct model *model, const struct model *judged, enum fate worst, int64_t now_us);

#endif
