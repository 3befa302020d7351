/*
 * strike.h: how the policy "strike" is told what to do, and tells what it did.
 *
 * By environment variables:
 *   STRIKE_REPORT  a file of at least sizeof(struct strike_report) zeros, which becomes the report
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
	atomic_uint_fast64_t counts[CALL_KINDS];
	atomic_uint_fast64_t writes; /* of all kinds that may change a file system */
	atomic_uint_fast64_t torn;   /* of these, transfers of more than one byte */
	atomic_uint_fast64_t struck; /* how often it struck */
	char what[256];              /* the first call that was struck */
};

#endif
