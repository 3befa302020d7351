/*
 * trial.h: one loss of power in a recording, and what becomes of the store afterwards.
 */
#ifndef LINCKIA_TESTS_POWER_TRIAL_H
#define LINCKIA_TESTS_POWER_TRIAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "loss.h"
#include "run.h"
#include "story.h"

enum trial_kind {
	TRIAL_LOOK,   /* the store is opened and read */
	TRIAL_HEAL,   /* and repaired, collected, written to; then its catalog is taken away and regrown */
	TRIAL_REGROW, /* its catalog is lost with the power */
	TRIAL_AGAIN,  /* the power goes away again while it is repaired */
	TRIAL_KINDS
};
const char *trial_kind_name(enum trial_kind kind);

struct trial {
	const struct story *story;
	const struct tape *tape;
	size_t moment;
	enum loss_model model;
	enum trial_kind kind;
	uint64_t seed;
};

/* Counts over all processes. */
struct tally {
	atomic_size_t passed, failed, losses, next;
	atomic_size_t kinds[TRIAL_KINDS], models[LOSS_MODELS];
	atomic_uint_fast64_t effects[LOSS_EFFECTS];
};

/* Draws where and how the power goes away for the `number`-th time. */
struct trial trial_draw(const struct story *story, const struct tape *tape, uint64_t seed, size_t number);

/*
 * Carries it out in `place`, whose sources are there and whose root is not, and leaves the root behind. True when
 * all is well; else `problem` says what is not, and is the caller's. Of a second loss, the tape is `place->tape`,
 * and `trial` becomes it.
 */
bool trial_run(struct trial *trial, struct place *place, struct tally *tally, char **problem);

#endif
