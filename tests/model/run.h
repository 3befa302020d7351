/*
 * run.h: one random run: a store of its own in a folder of its own, the model of it, and the record of what was done.
 *
 * Each run is a process: whatever differs is told with what was done so far, and ends it.
 */
#ifndef LINCKIA_TESTS_MODEL_RUN_H
#define LINCKIA_TESTS_MODEL_RUN_H

#include <stdio.h>
#include <sys/types.h>

#include "model.h"

enum { NODES = 6 };

enum node_state { NODE_IN, NODE_FAILED, NODE_AWAY, NODE_WIPED };

struct run {
	const char *program; /* absolute */
	uint64_t seed;
	unsigned step;
	struct dice dice; /* of this step */
	FILE *record;
	struct model model;
	enum node_state nodes[NODES];
	unsigned least_copies; /* of any file: one node fewer may be out at a time */
	int64_t usual_us;      /* how long a change takes here and now */
	bool full;       /* all chunks had their copies, and nothing was done since that could change it */
	bool maintained; /* a repair or scrub ran, which collects too */
	bool stored;     /* something was, since a copy of the catalog was made */
	pid_t daemon;    /* 0: none */
};

/* Says what the store does and the model does not, and ends the run. */
__attribute__((noreturn, format(printf, 2, 3))) void differ(struct run *run, const char *format, ...);
/* Writes a line into the record. */
__attribute__((format(printf, 2, 3))) void record(struct run *run, const char *format, ...);

/*
 * Makes a store in the new folder `folder`, takes `steps` steps, looks at everything and exits, with 0 if all agreed.
 */
__attribute__((noreturn)) void run_one(
	const char *program, const char *folder, uint64_t seed, unsigned steps);

#endif
