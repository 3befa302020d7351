/*
 * catalog_fixture.h: a catalog in a folder of its own, in a world whose calls can be made to fail (one_world.h).
 *
 * A failing check ends the test.
 */
#ifndef LINCKIA_TESTS_SUPPORT_CATALOG_FIXTURE_H
#define LINCKIA_TESTS_SUPPORT_CATALOG_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/catalog.h"
#include "tests/support/one_world.h"

extern struct catalog *catalog; /* of the store STORE */

/* A setup, and a teardown. */
int catalog_fixture_make(void **state);
int catalog_fixture_remove(void **state);
/* The database. The text lives as long as one of scratch_path() does. */
const char *catalog_fixture_path(void);
/* The first number that another process is answered. Of a text: whether it is "ok". Without a row: 0. */
int64_t sql(const char *text);

/* Fails, with what `error` says, when the result of a call is negative. */
static inline void check(int result)
{
	if (result < 0)
		fail_msg("%s", error.message);
}

#endif
