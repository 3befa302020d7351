/*
 * point.h: one point of one operation: the call at which it is struck, what comes of it, and whether that is right.
 *
 * What must hold is derived from two looks at an operation that nothing disturbs: what the store was before
 * it, and what it is
 * after it (reference.h). After a strike:
 *
 *   1. No chunk has fewer good copies on disk than it had, or than are wanted of it after the operation.
 *   2. The store opens, answers, and every version can be fetched. What is there both before and after the
 *   operation is there;
 *      nothing is there that is neither. An operation that said it was done is done: invariant 1.
 *   3. The program ended by itself, in time, with 0, or with another code and a sentence; unless it was killed.
 *   4. The same command then does what it should.
 *   5. Repair and collection make the store what it would have been: as healthy, every chunk with all its
 *   copies, and not one
 *      file more.
 */
#ifndef LINCKIA_TESTS_CRASH_POINT_H
#define LINCKIA_TESTS_CRASH_POINT_H

#include "tests/crash/reference.h"

struct point {
	const struct reference *reference;
	const char *kind;   /* as strike.h has it */
	const char *action; /* the same */
	uint64_t at;
	bool lasting;
	uint64_t site;       /* where the call comes from (strike.h) */
	uint64_t rank, draw; /* points.c's, for the order of points */
};

/* OPERATION:KIND:NUMBER:ACTION, or …:ACTION:lasting */
void point_name(const struct point *point, char *out, size_t size);

/*
 * Strikes and checks in the new folder `folder`; says what is wrong and exits, with 0 if nothing is.
 * `thorough`: also by walk.
 */
__attribute__((noreturn)) void point_run(
	const struct world *world, const struct point *point, const char *folder, bool thorough);

#endif
