/*
 * story.h: what is done to a store while it is recorded, as a table.
 *
 * A story happens in a folder of its own: `sources` holds what is put, `root` the store `s` and nothing else. What
 * prepares it is done by the program alone, the rest is recorded.
 */
#ifndef LINCKIA_TESTS_POWER_STORY_H
#define LINCKIA_TESTS_POWER_STORY_H

#include <stdbool.h>
#include <stddef.h>

#include "expect.h"

enum { STEPS_MAX = 16 };

enum step_kind {
	STEP_RECORDED,
	STEP_BEFORE,     /* prepares: not recorded */
	STEP_SHELL,      /* the same, a line for the shell in `root`; $L is the program */
	STEP_LEFT,       /* the same, but recorded: what somebody left who did not end well */
	STEP_AGE,        /* prepares: the catalog becomes one of the format that is given */
	STEP_BACKGROUND, /* recorded; goes on until the last step has ended, and is then asked to end */
};

struct step {
	enum step_kind kind;
	const char *words; /* after the program's name; paths are relative to `sources` */
	const char *effect;
	const char *
		redo; /* what is to be run where the power's loss left no store in order; NULL: there has to be one */
};

struct story {
	const char *name;
	unsigned least; /* good copies of whatever is in the store, throughout */
	bool damaged;   /* by what prepares it: the catalog may speak of copies that are not there */
	unsigned
		untold; /* before so many commands have ended, the nodes need not know enough to regrow from */
	bool apart;     /* each node is on a disk of its own, and the engine sees that it is */
	struct step steps[STEPS_MAX];
};

extern const struct story stories[];
extern const size_t story_count;

/* What the store has to hold once the first `ended` of the steps that count (all but the shell's) have. */
struct expect story_expect(const struct story *story, size_t ended);

#endif
