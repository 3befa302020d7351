/*
 * look.h: what the store says of itself, by its commands, and whether that is what the model says.
 */
#ifndef LINCKIA_TESTS_MODEL_LOOK_H
#define LINCKIA_TESTS_MODEL_LOOK_H

#include "run.h"

struct seen_version {
	uint64_t number, size;
	char sha256[CONTENT_HEX];
};

struct seen_name {
	struct seen_version current; /* number 0: the name is not there */
	unsigned copies;
	struct seen_version versions[VERSIONS_MAX]; /* by number */
	int count;
};

/* What `ls` says, of now or of a snapshot; a name that the model has never heard of is a difference. */
void look_at_names(struct run *run, const char *snapshot, struct seen_name seen[NAMES]);
/* What `versions` says; none when the store does not know the name. */
void look_at_versions(struct run *run, int name, struct seen_name *seen);
/*
 * Which of the snapshots of `model` there are. One of a name that is not known gets the place of one whose name is
 * not either.
 */
void look_at_snapshots(struct run *run, struct model *model, bool exists[SNAPSHOTS]);

/* Fetches one version, by its number or as part of a snapshot, and compares its bytes, mode and time. */
void look_at_content(struct run *run, int name, const struct version *version, const char *snapshot);

/* Status must work, and no chunk be lost or out of reach. With `whole`, nothing may lack anything. */
void look_at_status(struct run *run, bool whole);

#endif
