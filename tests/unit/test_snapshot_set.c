/*
 * Which snapshots hold a version, by when it began and ended.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "engine/history.h"
#include "tests/support/catalog_fixture.h"

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

static void test_a_snapshot_holds_what_began_by_then_and_had_not_ended(void **state)
{
	(void)state;
	uint64_t sequences[] = {3, 5, 8};
	const char *named[] = {"a", "b", "c"}, *const * names;
	struct snapshot_set set = {.sequences = sequences, .names = named, .count = 3, .room = 3};
	static const struct {
		int64_t born, died;
		size_t first, count;
	} lives[] = {{1, 3, 0, 0}, {1, 4, 0, 1}, {3, 4, 0, 1}, {3, 5, 0, 1}, {3, 6, 0, 2}, {4, 5, 1, 0},
		{5, 8, 1, 1}, {5, 9, 1, 2}, {8, 9, 2, 1}, {9, INT64_MAX, 3, 0}, {1, INT64_MAX, 0, 3},
		{8, INT64_MAX, 2, 1}};
	for (size_t i = 0; i < sizeof(lives) / sizeof(*lives); i++) {
		assert_int_equal(
			snapshot_set_find(&set, lives[i].born, lives[i].died, &names), lives[i].count);
		assert_ptr_equal(names, named + lives[i].first);
	}
}

/* Whatever it says of one page after the other counts, also where the last page is full. */
static void test_all_snapshots_of_a_catalog_are_read(void **state)
{
	static struct catalog_snapshot snapshots[130];
	static const size_t counts[] = {0, 1, 63, 64, 65, 128, 130};
	(void)state;
	size_t taken = 0;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		struct snapshot_set set = {.count = 1}, empty = {0};
		const char *const *names;
		for (; taken < counts[i]; taken++) {
			assert_int_equal(catalog_begin(catalog, &error), 0);
			snprintf(snapshots[taken].name, sizeof(snapshots[taken].name), "s%zu", taken);
			assert_int_equal(catalog_add_snapshot(catalog, &snapshots[taken], &error), 0);
			assert_int_equal(catalog_commit(catalog, &error), 0);
		}
		assert_int_equal(snapshot_set_read(&set, catalog, &error), 0);
		assert_int_equal(set.count, taken);
		assert_int_equal(snapshot_set_find(&set, 0, INT64_MAX, &names), taken);
		for (size_t k = 0; k < taken; k++) {
			assert_string_equal(names[k], snapshots[k].name);
			assert_int_equal(set.sequences[k], snapshots[k].sequence);
			assert_true(k == 0 || set.sequences[k - 1] < set.sequences[k]);
		}
		snapshot_set_release(&set);
		assert_memory_equal(&set, &empty, sizeof(set));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_life_that_ends_before_it_begins_is_in_no_snapshot),
		cmocka_unit_test(test_a_snapshot_holds_what_began_by_then_and_had_not_ended),
		cmocka_unit_test_setup_teardown(test_all_snapshots_of_a_catalog_are_read,
			catalog_fixture_make, catalog_fixture_remove),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
