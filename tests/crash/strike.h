/*
 * strike.h: how the policy "strike" is told what to do, and tells what it did.
 *
 * By environment variables:
 *   STRIKE_REPORT  a file of zeros, which becomes the report: a struct strike_report, and as many struct strike_call
 *   STRIKE_CALLS   how many of these; not set: none
 *   STRIKE_UNDER   only calls on paths that begin so count; of those without a path, all do. Not set: all
 *   STRIKE_KIND    the name of a kind (call.h), or "writes" for all that may change a file system; not set:
 *   count only
 *   STRIKE_AT      the how manyth such call, from 1
 *   STRIKE_ACTION  kill: SIGKILL before it; torn: half of a write, then SIGKILL; short: half of a transfer; else the
 *                  number of an errno
 *   STRIKE_LASTING if set, all later calls of the kind fail too
 *
 * "short" strikes transfers of more than one byte only, the others do not count.
 */
#ifndef LINCKIA_TESTS_CRASH_STRIKE_H
#define LINCKIA_TESTS_CRASH_STRIKE_H

#include <stdatomic.h>

#include "tests/crash/call.h"

struct strike_report {
	atomic_uint_fast64_t struck; /* how often it struck */
	atomic_uint_fast64_t called; /* how many calls are listed, or would be if there were room */
	char what[256];              /* the first call that was struck */
};

/* A call that counts, in the order in which they were made. */
struct strike_call {
	uint64_t site; /* the functions that led to it, as a number: equal for calls that one loop makes */
	enum call_kind kind;
	bool divisible; /* a transfer of more than one byte */
};

#endif
