/*
 * reference.h: what an operation does when nothing disturbs it: what the store was before it and is after it,
 * and which calls it made.
 */
#ifndef LINCKIA_TESTS_CRASH_REFERENCE_H
#define LINCKIA_TESTS_CRASH_REFERENCE_H

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
	struct strike_call *calls;
	size_t call_count;
};

/*
 * Prepares an operation, looks at what it does undisturbed, and leaves what was seen in files below
 * world->folder. With `memory` it counts allocations as well. To be called in a process of its own, for the
 * engine's sake: the caller goes on forking.
 */
void reference_make(const struct world *world, const struct operation *operation, bool memory);
/* Reads the files that reference_make() left. */
void reference_load(
	const struct world *world, const struct operation *operation, struct reference *reference);
void reference_free(struct reference *reference);

#endif
