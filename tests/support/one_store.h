/*
 * one_store.h: the store of a test program whose tests have one store each.
 *
 * A failing check ends the test. Programs with several stores at a time use store_fixture.h alone.
 */
#ifndef LINCKIA_TESTS_SUPPORT_ONE_STORE_H
#define LINCKIA_TESTS_SUPPORT_ONE_STORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/store_fixture.h"

extern struct store_fixture fixture;

/* A setup: three nodes, and the settings that store_fixture_make() has when it is given none. */
int one_store_make(void **state);
/* A teardown, whatever made the store. */
int one_store_clean(void **state);
/* Stores a file of `size` bytes made by scratch_fill() as `name`. */
void one_store_put(const char *name, size_t size, uint64_t seed);

/* The chunk that is first in the catalog; there must be one. */
struct catalog_chunk one_store_first_chunk(void);
/* How the store is, with its last ten events. view_unref() gives it back. */
const struct view *one_store_look(void);
/* Fails unless the last call failed like this, and said so in a sentence with that part. */
void one_store_expect_failure(enum error_code code, const char *part);

/* Fails, with what `fixture.error` says, when the result of a call is negative. */
static inline void check(int result)
{
	if (result < 0)
		fail_msg("%s", fixture.error.message);
}

#endif
