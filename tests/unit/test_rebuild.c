/*
 * What a rebuild does where disks fail while it reads them. What it makes of journals that are damaged or not there,
 * tests/e2e/test_rebuild.sh shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/support/one_store.h"

enum { NODES = 4 };

static int make(void **state)
{
	(void)state;
	store_fixture_make(&fixture, NODES, "chunk: {size: 64KiB}\nreplication_factor: 2\nmin_replicas: 2\n");
	scratch_write_seeded(&fixture.scratch, "one", 1000, 1);
	store_fixture_put(&fixture, "one", NULL);
	return 0;
}

/* On so many nodes. */
static void fail_journals(unsigned nodes, enum io_call call)
{
	static char below[NODES][sizeof(fixture.node_paths[0]) + 16];
	for (unsigned i = 0; i < nodes; i++) {
		snprintf(below[i], sizeof(below[i]), "%.319s/journal", fixture.node_paths[i]);
		env_mock_fail(&fixture.mock,
			(struct io_fault){.call = call, .number = EIO, .lasting = true, .under = below[i]});
	}
}

static int rebuild(bool force, struct rebuild_result *result)
{
	const struct rebuild_options options = {.force = force};
	return store_rebuild_in(
		&fixture.mock.env, store_fixture_config(&fixture), &options, result, &fixture.error);
}

static void expect_regrown(bool force)
{
	struct rebuild_result result;
	check(rebuild(force, &result));
	assert_int_equal(result.files, 1);
	assert_int_equal(result.gaps, 0);
}

/* What was acknowledged is on two journals; without two of them, nobody can say whether it was all. */
static void test_disks_that_fail_to_read_are_waited_for(void **state)
{
	(void)state;
	static const enum io_call calls[] = {IO_OPENAT, IO_PREAD};
	struct rebuild_result result;
	store_fixture_lose_catalog(&fixture);
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		for (unsigned nodes = 2; nodes <= NODES; nodes++) {
			fail_journals(nodes, calls[i]);
			assert_int_equal(rebuild(false, &result), -1);
			assert_int_equal(fixture.error.code, ERROR_UNAVAILABLE);
			assert_false(scratch_exists(&fixture.scratch, "nodes/catalog.db"));
			env_mock_heal(&fixture.mock);
		}
	expect_regrown(false);
}

/* Wherever in a copy of the catalog they fail: what it says might be newer than what others have. */
static void test_disks_that_fail_to_read_copies_are_waited_for(void **state)
{
	(void)state;
	static char below[2][sizeof(fixture.node_paths[0]) + 16];
	struct rebuild_result result;
	store_fixture_lose_catalog(&fixture);
	for (unsigned skip = 0; skip < 3; skip++) {
		for (unsigned i = 0; i < 2; i++) {
			snprintf(below[i], sizeof(below[i]), "%.319s/catalog", fixture.node_paths[i]);
			env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_PREAD,
							     .number = EIO,
							     .skip = skip,
							     .lasting = true,
							     .under = below[i]});
		}
		assert_int_equal(rebuild(false, &result), -1);
		assert_int_equal(fixture.error.code, ERROR_UNAVAILABLE);
		env_mock_heal(&fixture.mock);
	}
	expect_regrown(false);
}

static void test_one_disk_that_fails_to_read_is_done_without(void **state)
{
	(void)state;
	store_fixture_lose_catalog(&fixture);
	fail_journals(1, IO_PREAD);
	expect_regrown(false);
}

static void test_whoever_insists_does_without_them(void **state)
{
	(void)state;
	store_fixture_lose_catalog(&fixture);
	fail_journals(NODES - 1, IO_PREAD);
	expect_regrown(true);
}

/* Nodes that are not there are given up: who asks knows that they are away, and may never get them back. */
static void test_nodes_that_are_away_are_done_without(void **state)
{
	(void)state;
	char command[1024];
	store_fixture_lose_catalog(&fixture);
	snprintf(command, sizeof(command), "rm -r '%s' '%s'", fixture.node_paths[0], fixture.node_paths[1]);
	assert_int_equal(system(command), 0);
	expect_regrown(false);
}

/* One with a lower number than another that is away. */
static void test_a_node_that_is_read_in_part_is_done_without_beside_one_that_is_away(void **state)
{
	(void)state;
	char below[sizeof(fixture.node_paths[0]) + 16], command[1024], name[16];
	struct rebuild_result result;
	enum { FILES = 12 };
	for (unsigned i = 1; i < FILES; i++) {
		snprintf(name, sizeof(name), "more-%u", i);
		scratch_write_seeded(&fixture.scratch, name, 1000, i + 1);
		store_fixture_put(&fixture, name, NULL);
	}
	store_fixture_lose_catalog(&fixture);
	snprintf(command, sizeof(command), "rm -r '%s'", fixture.node_paths[3]);
	assert_int_equal(system(command), 0);
	snprintf(below, sizeof(below), "%.319s/chunks", fixture.node_paths[0]);
	env_mock_fail(&fixture.mock,
		(struct io_fault){.call = IO_OPENAT, .number = EIO, .lasting = true, .under = below});
	check(rebuild(false, &result));
	assert_int_equal(result.files, FILES);
	assert_true(result.copies < 2 * FILES);
	env_mock_heal(&fixture.mock);
	store_fixture_reopen(&fixture);
	/* Whatever was not found twice may be on either. */
	assert_int_equal(
		store_fixture_sql(&fixture, "SELECT count(*) FROM chunk JOIN copyset ON copyset.id = "
					    "chunk.copyset WHERE hex(nodes) IN "
					    "('00020003', '00010004', '000100020004', '000100030004')"),
		FILES);
	store_fixture_expect(&fixture, "one", 1000, 1);
}

/* As if some other process did, once the records are read. */
static void try_to_commit(void *context, const char *sentence)
{
	unsigned *tries = context;
	struct error error;
	if (!strstr(sentence, "went on with"))
		return;
	(*tries)++;
	int begun = catalog_try_begin(fixture.store->writer, &error);
	if (begun == 0)
		catalog_rollback(fixture.store->writer);
	assert_int_equal(begun, -1);
	assert_int_equal(error.code, ERROR_BUSY);
}

/* Its record would come too late, so that what was acknowledged would be gone. */
static void test_nobody_commits_between_the_records_and_the_new_catalog(void **state)
{
	(void)state;
	unsigned tries = 0;
	const struct rebuild_options options = {.force = true, .report = try_to_commit, .context = &tries};
	struct rebuild_result result;
	check(store_rebuild_in(
		&fixture.mock.env, store_fixture_config(&fixture), &options, &result, &fixture.error));
	assert_int_equal(tries, 1);
	scratch_write_seeded(&fixture.scratch, "two", 1000, 2);
	assert_int_equal(store_fixture_try_put(&fixture, "two", NULL, 0), -1);
	one_store_expect_failure(ERROR_CHANGED, "replaced");
	store_fixture_reopen(&fixture);
	store_fixture_put(&fixture, "two", NULL);
	store_fixture_expect(&fixture, "one", 1000, 1);
}

/* The nodes are on disks of their own, and the one with the folder of the store is gone. */
static void test_the_folder_of_the_store_is_made_where_it_is_lost(void **state)
{
	(void)state;
	static char path[320];
	struct rebuild_result result;
	const struct rebuild_options options = {0};
	snprintf(path, sizeof(path), "%s", scratch_path(&fixture.scratch, "elsewhere.yaml"));
	FILE *config = fopen(path, "w");
	assert_non_null(config);
	fprintf(config, "store: lost\nmin_replicas: 2\nreplication_factor: 2\nnodes:\n");
	for (unsigned i = 0; i < NODES; i++)
		fprintf(config, "  - {name: node-%u, path: '%s'}\n", i + 1, fixture.node_paths[i]);
	assert_int_equal(fclose(config), 0);
	store_fixture_lose_catalog(&fixture);
	/* Its name has to last, or the new catalog would go with it when the power fails. */
	env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_FSYNC, .number = EIO});
	assert_int_equal(store_rebuild_in(&fixture.mock.env, path, &options, &result, &fixture.error), -1);
	assert_non_null(strstr(fixture.error.message, "cannot make the folder of the store"));
	env_mock_heal(&fixture.mock);
	check(store_rebuild_in(&fixture.mock.env, path, &options, &result, &fixture.error));
	assert_int_equal(result.files, 1);
	assert_true(scratch_exists(&fixture.scratch, "lost/catalog.db"));
}

/* The program that made it knows what is in it. */
static void test_a_catalog_of_a_newer_format_stays(void **state)
{
	(void)state;
	char sql[64];
	struct rebuild_result result;
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", CATALOG_FORMAT + 1);
	(void)store_fixture_sql(&fixture, sql);
	assert_int_equal(rebuild(false, &result), -1);
	assert_int_equal(fixture.error.code, ERROR_REFUSED);
	assert_non_null(strstr(fixture.error.message, "newer"));
	assert_int_equal(store_fixture_sql(&fixture, "PRAGMA user_version"), CATALOG_FORMAT + 1);
	expect_regrown(true);
	assert_int_equal(store_fixture_sql(&fixture, "PRAGMA user_version"), CATALOG_FORMAT);
}

/* What keeps it from beginning is said as it is. */
static void test_a_role_that_cannot_be_taken_is_not_another_process(void **state)
{
	(void)state;
	struct rebuild_result result;
	const char *path = scratch_path(&fixture.scratch, "nodes/maintenance.lock");
	store_fixture_lose_catalog(&fixture);
	(void)remove(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(rebuild(false, &result), -1);
	assert_int_not_equal(fixture.error.code, ERROR_BUSY);
	assert_non_null(strstr(fixture.error.message, "maintenance.lock"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, one_store_clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_disks_that_fail_to_read_are_waited_for),
		TEST(test_disks_that_fail_to_read_copies_are_waited_for),
		TEST(test_one_disk_that_fails_to_read_is_done_without),
		TEST(test_whoever_insists_does_without_them),
		TEST(test_nodes_that_are_away_are_done_without),
		TEST(test_a_node_that_is_read_in_part_is_done_without_beside_one_that_is_away),
		TEST(test_nobody_commits_between_the_records_and_the_new_catalog),
		TEST(test_the_folder_of_the_store_is_made_where_it_is_lost),
		TEST(test_a_catalog_of_a_newer_format_stays),
		TEST(test_a_role_that_cannot_be_taken_is_not_another_process),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
