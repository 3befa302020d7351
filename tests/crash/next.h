/*
 * next.h: what the wrappers of the interposer share: finding what they stand before, and asking the policy.
 */
#ifndef LINCKIA_TESTS_CRASH_NEXT_H
#define LINCKIA_TESTS_CRASH_NEXT_H

#include "tests/crash/call.h"

#define EXPORT __attribute__((visibility("default")))

/* Stores the address of the next function of that name at `pointer`, which is a pointer to a function. */
void next_find(const char *name, void *pointer);

/* Declares `next`, the function that the wrapper `function` stands before. */
#define NEXT(function)                                                                                       \
	static __typeof__(function) *next;                                                                   \
	if (!next)                                                                                           \
	next_find(#function, &next)

struct call call_of_fd(enum call_kind kind, const char *function, int fd);
struct call call_of_path(enum call_kind kind, const char *function, int folder, const char *path);
/* Whether the call may happen; else errno says why not. */
bool call_begins(struct call *call);
/* Returns `result`, and leaves errno as it is. */
int64_t call_ends(const struct call *call, int64_t result);

/* The whole of a wrapper whose function returns -1 for failure. */
#define PASS(call, expression) (call_begins(&(call)) ? call_ends(&(call), (expression)) : -1)

#endif
