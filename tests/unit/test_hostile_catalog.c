/*
 * A catalog that lies: one that was regrown from forged journals by a program that believed them, or that somebody
 * edited.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/support/one_store.h"

static int make(void **state)
{
	(void)state;
	store_fixture_make(&fixture, 2, NULL);
	scratch_folder(&fixture.scratch, "tree");
	scratch_folder(&fixture.scratch, "tree/sub");
	scratch_write_seeded(&fixture.scratch, "tree/good", 1000, 1);
	scratch_write_seeded(&fixture.scratch, "tree/sub/evil", 1000, 2);
	store_fixture_put(&fixture, "tree", NULL);
	scratch_folder(&fixture.scratch, "up");
	scratch_write(&fixture.scratch, "up/precious", "precious", 8);
	return 0;
}

static void rename_entry(const char *from, const char *to)
{
	char sql[256];
	snprintf(sql, sizeof(sql),
		"UPDATE file SET name = CAST('%s' AS BLOB) WHERE name = CAST('%s' AS BLOB)", to, from);
	store_fixture_sql(&fixture, sql);
}

static void note_failure(void *context, const struct error *error)
{
	(void)context;
	fixture.failed++;
	fixture.failure = *error;
}

/* Below "up/out", so that what leaves it by one ".." would be seen in "up". */
static int fetch_tree(void)
{
	const struct get_options options = {
		.output = scratch_path(&fixture.scratch, "up/out"), .failed = note_failure};
	fixture.failed = 0;
	return store_get_prefix(fixture.store, "tree", &options, &fixture.error);
}

static void test_names_that_lead_out_are_not_fetched(void **state)
{
	(void)state;
	const char *const names[] = {"tree/../precious", "tree/sub/../../precious", "tree/../made",
		"tree/./x", "tree//x", "tree/sub/.."};
	const char *now = "tree/sub/evil";
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		rename_entry(now, names[i]);
		now = names[i];
		assert_int_equal(fetch_tree(), -1);
		assert_int_equal(fixture.failed, 1);
		assert_int_equal(fixture.failure.code, ERROR_DAMAGED);
		scratch_expect(&fixture.scratch, "up/precious", "precious", 8);
		assert_false(scratch_exists(&fixture.scratch, "up/made"));
		scratch_expect_seeded(&fixture.scratch, "up/out/good", 1000, 1);
	}
	rename_entry(now, "tree/sub/evil");
	assert_int_equal(fetch_tree(), 0);
}

static void test_folders_that_lead_out_are_not_made_or_changed(void **state)
{
	(void)state;
	struct stat before, after;
	rename_entry("tree/sub/", "tree/../");
	store_fixture_sql(&fixture, "UPDATE version SET mode = 511 WHERE kind = 2");
	assert_int_equal(stat(scratch_path(&fixture.scratch, "up"), &before), 0);
	assert_int_equal(fetch_tree(), -1);
	assert_int_equal(fixture.failed, 1);
	assert_int_equal(stat(scratch_path(&fixture.scratch, "up"), &after), 0);
	assert_int_equal(after.st_mode, before.st_mode);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, make, one_store_clean)
	const struct CMUnitTest tests[] = {
		TEST(names_that_lead_out_are_not_fetched),
		TEST(folders_that_lead_out_are_not_made_or_changed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
