/*
 * Which snapshots hold a version, by when it began and ended.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/history.h"

static void test_a_life_that_ends_before_it_begins_is_in_no_snapshot(void **state)
{
	(void)state;
	uint64_t sequences[] = {3, 5, 8};
	const char *named[] = {"a", "b", "c"}, *const * names;
	struct snapshot_set set = {.sequences = sequences, .names = named, .count = 3, .room = 3}, none = {0};
	assert_int_equal(snapshot_set_find(&set, 4, 9, &names), 2);
	assert_string_equal(names[0], "b");
	assert_int_equal(snapshot_set_find(&set, 9, 4, &names), 0);
	assert_int_equal(snapshot_set_find(&none, 1, 2, &names), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_life_that_ends_before_it_begins_is_in_no_snapshot),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
