/*
 * point.h: one point of one operation: the call at which it is struck, what comes of it, and whether that is right.
 *
 * What must hold is derived from two looks at an operation that nothing disturbs: what the store was before
 * it, and what it is
 * after it (operation_refer). After a strike:
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

#include <stdint.h>

#include "tests/crash/lines.h"
#include "tests/crash/operation.h"
#include "tests/crash/strike.h"

struct world {
	const char *program, *walk; /* absolute, like all paths here */
	const char *script;
	const char *interposer, *allocator; /* what is preloaded */
	const char *folder;                 /* of this run */
	struct lines usual;                 /* F: what there may be in any store */
};

struct reference {
	const struct operation *operation;
	char *folder; /* as it is before the operation */
	struct lines before, after, settled;
	struct lines least; /* K: of the copies of each chunk */
	uint64_t counts[CALL_KINDS], writes, torn;
};

/* Prepares an operation, and looks at what it does undisturbed; with `memory` it counts allocations as well. */
void reference_make(const struct world *world, const struct operation *operation, bool memory,
	struct reference *reference);
void reference_free(struct reference *reference);

struct point {
	const struct reference *reference;
	const char *kind;   /* as strike.h has it */
	const char *action; /* the same */
	uint64_t at;
	bool lasting;
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
