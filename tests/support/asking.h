/*
 * asking.h: an inquiry for a test: asks, waits for the answer, and counts what came. A failing check ends the test.
 */
#ifndef LINCKIA_TESTS_SUPPORT_ASKING_H
#define LINCKIA_TESTS_SUPPORT_ASKING_H

#include <stdatomic.h>

#include "engine/inquiry.h"

enum { ASKING_ANSWERS_MAX = 64 };

struct asking {
	struct inquiry *inquiry;
	uint64_t ticket;                               /* of the last question */
	const struct answer *held[ASKING_ANSWERS_MAX]; /* given back by asking_end() */
	size_t held_count;
	atomic_uint answers; /* how often the inquiry called wake() */
	atomic_bool hold;    /* wake() does not return while this is set */
};

void asking_begin(struct asking *asking, struct store *store);
void asking_end(struct asking *asking);
/* Asks and returns at once; the ticket. */
uint64_t asking_put(struct asking *asking, const struct question *question);
/* Waits until the newest answer of that kind is the one with this ticket. It lives until asking_end(). */
const struct answer *asking_wait(struct asking *asking, enum question_kind kind, uint64_t ticket);
/* Asks and waits; fails when the answer is a failure. */
const struct answer *asking_get(struct asking *asking, const struct question *question);
/* The sentence of an answer that must be a failure. */
const char *asking_fail(struct asking *asking, const struct question *question);

#endif
