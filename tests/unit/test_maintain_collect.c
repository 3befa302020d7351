/*
 * Collection as maintenance does it: what it says beforehand, what it frees, and what it must not take from anybody.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/catalog_private.h"
#include "engine/clients.h"
#include "tests/support/collecting.h"

enum { HOUR = 3600 * SECOND };

static void test_a_pass_frees_what_was_said_to_the_byte(void **state)
{
	(void)state;
	collecting_make_history();
	struct catalog_request done = collecting_pass_as_said();
	assert_int_equal(done.versions, 3);
	assert_int_equal(done.chunks, 12);
	assert_int_equal(done.files, 24);
	assert_int_equal(healing_events("collected"), 1);
	collecting_expect_current();
	collecting_expect_nothing_left();
	assert_int_equal(collecting_pass(&collecting_only_current).files, 0);
	assert_int_equal(healing_events("collected"), 1);
}

/* Copies that are too many would be freed with the rest, if they were trimmed meanwhile. */
static void test_what_repair_would_trim_is_no_part_of_it(void **state)
{
	(void)state;
	uint64_t changed;
	collecting_make_history();
	assert_int_equal(store_set_replication(fixture.store, "b", 1, &changed, &fixture.error), 0);
	struct catalog_request done = collecting_pass_as_said();
	assert_int_equal(done.versions, 3);
	healing_run_to_rest();
	collecting_expect_current();
	collecting_expect_nothing_left();
}

static void test_without_rules_no_version_goes(void **state)
{
	(void)state;
	static const struct retention_rules none = {0, 0};
	collecting_make_history();
	struct catalog_request done = collecting_pass(&none);
	assert_int_equal(done.versions + done.chunks + done.files, 0);
	assert_int_equal(healing_sql("SELECT count(*) FROM version"), 5);
}

static void test_what_a_snapshot_holds_stays_and_can_be_fetched(void **state)
{
	(void)state;
	healing_make_store(COLLECTING_NODES, TWO_OF NO_GRACE);
	collecting_put("a", 5, 1);
	collecting_put("a", 7, 2);
	int64_t at = healing_sql("SELECT sequence FROM state");
	healing_sql(
		"INSERT INTO snapshot (name, sequence, created_ms, files, bytes) VALUES ('s', %lld, 0, 0, 0)",
		(long long)at);
	collecting_put("a", 3, 3);
	healing_start();
	healing_run_to_rest();
	assert_int_equal(collecting_pass_as_said().versions, 1);
	store_fixture_expect(&fixture, "a@2", (size_t)7 * FIXTURE_CHUNK, 2);
	assert_int_equal(store_fixture_try_get(&fixture, "a@1"), -1);
	assert_int_equal(fixture.error.code, ERROR_NOT_FOUND);
}

/* What somebody asked for who was killed is not done later, when nobody knows whether it is still meant. */
static void test_rules_of_one_who_is_gone_are_not_followed(void **state)
{
	(void)state;
	collecting_make_history();
	pid_t gone = fork();
	assert_true(gone >= 0);
	if (gone == 0)
		_exit(0);
	assert_int_equal(waitpid(gone, NULL, 0), gone);
	struct catalog_request request = {
		.kind = PASS_COLLECT, .bandwidth = -1, .rules = collecting_only_current, .pid = gone};
	assert_int_equal(catalog_begin(fixture.store->writer, &fixture.error), 0);
	assert_int_equal(catalog_add_request(fixture.store->writer, &request, &fixture.error), 0);
	assert_int_equal(catalog_commit(fixture.store->writer, &fixture.error), 0);
	healing_run_for(5 * STEP_MS);
	assert_int_equal(catalog_get_request(fixture.store->reader, request.id, &request, &fixture.error), 1);
	assert_true(request.done);
	assert_int_equal(healing_sql("SELECT count(*) FROM version"), 5);
	assert_int_equal(collecting_pass_as_said().versions, 3);
}

/* ---- clients at work ---- */

static void test_while_clients_work_chunks_wait_out_the_grace(void **state)
{
	(void)state;
	collecting_make_history();
	int client = clients_enter(fixture.store->config->store);
	assert_true(client >= 0);
	size_t files = store_fixture_chunk_files(&fixture);
	assert_true(collecting_look_ahead().clients);
	assert_int_equal(collecting_look_ahead().bytes, 0);
	/* The versions go at once; what they had can still be read by who began before. */
	assert_int_equal(collecting_pass(&collecting_only_current).versions, 3);
	assert_int_equal(healing_sql("SELECT count(*) FROM unused"), 0);
	healing_jump_wall(HOUR - SECOND);
	collecting_pass(&collecting_only_current);
	assert_int_equal(healing_sql("SELECT count(*) FROM unused"), 0);
	healing_jump_wall(2 * SECOND);
	collecting_pass(&collecting_only_current);
	assert_int_equal(healing_sql("SELECT count(*) FROM unused"), 12);
	assert_int_equal(store_fixture_chunk_files(&fixture), files);
	healing_jump_wall(HOUR + SECOND);
	assert_int_equal(collecting_pass_as_said().files, 24);
	assert_true(collecting_look_ahead().clients);
	clients_leave(client);
	collecting_expect_current();
	collecting_expect_nothing_left();
}

/* Chunks of version 1 of "a" are unused since `age_ms`, and a client keeps them from being collected. */
static int make_unused(int64_t age_ms)
{
	collecting_make_history();
	int client = clients_enter(fixture.store->config->store);
	collecting_pass(&collecting_only_current);
	healing_jump_wall(HOUR + SECOND);
	collecting_pass(&collecting_only_current);
	assert_int_equal(healing_sql("SELECT count(*) FROM unused"), 12);
	healing_jump_wall(age_ms);
	return client;
}

static int passes_to_run;

/* In the middle of a put, when its last chunk is read and it has looked up the others. */
static void collect_meanwhile(void *context, int fd, off_t offset)
{
	(void)context;
	(void)fd;
	if (passes_to_run == 0 || offset != 4 * (off_t)FIXTURE_CHUNK)
		return;
	passes_to_run--;
	usleep(100000);
	collecting_pass(&collecting_only_current);
}

static int put_while_collecting(void)
{
	scratch_write_seeded(&fixture.scratch, "source", (size_t)5 * FIXTURE_CHUNK, 1);
	passes_to_run = 1;
	fixture.mock.before_pread = collect_meanwhile;
	int result = store_fixture_try_put(&fixture, "source", "again", 0);
	fixture.mock.before_pread = NULL;
	assert_int_equal(passes_to_run, 0);
	return result;
}

static void test_a_put_that_reuses_a_chunk_keeps_it(void **state)
{
	(void)state;
	int client = make_unused(0);
	assert_int_equal(put_while_collecting(), 0);
	assert_int_equal(fixture.last.new_chunks, 0);
	clients_leave(client);
	collecting_pass(&collecting_only_current);
	store_fixture_expect(&fixture, "again", (size_t)5 * FIXTURE_CHUNK, 1);
	collecting_expect_current();
	collecting_expect_nothing_left();
}

static void test_a_put_that_is_slower_than_the_grace_fails_cleanly(void **state)
{
	(void)state;
	int client = make_unused(HOUR + SECOND);
	assert_int_equal(put_while_collecting(), -1);
	assert_int_equal(fixture.failure.code ? fixture.failure.code : fixture.error.code, ERROR_CHANGED);
	assert_int_equal(healing_sql("SELECT count(*) FROM file WHERE name = CAST('again' AS BLOB)"), 0);
	clients_leave(client);
	store_fixture_put(&fixture, "source", "again");
	store_fixture_expect(&fixture, "again", (size_t)5 * FIXTURE_CHUNK, 1);
	collecting_pass(&collecting_only_current);
	collecting_expect_current();
	collecting_expect_nothing_left();
}

/* ---- a full disk ---- */

static unsigned failures_left;

static void fail_as_full(sqlite3_context *context, int count, sqlite3_value **values)
{
	(void)count;
	(void)values;
	if (failures_left > 0) {
		failures_left--;
		sqlite3_result_error_code(context, SQLITE_FULL);
	}
}

/* The next change of a version finds the catalog's disk full. */
static void fill_disk_of_catalog(void)
{
	sqlite3 *db = fixture.store->writer->db;
	failures_left = 1;
	assert_int_equal(
		sqlite3_create_function(db, "fail_as_full", 0, SQLITE_UTF8, NULL, fail_as_full, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				 "CREATE TEMP TRIGGER full BEFORE UPDATE ON main.version "
				 "BEGIN SELECT fail_as_full(); END",
				 NULL, NULL, NULL),
		SQLITE_OK);
}

/* Once the reserve has been let go of, the same versions are tried again, and not those that come after. */
static void test_what_a_full_disk_kept_goes_once_there_is_room(void **state)
{
	(void)state;
	collecting_make_history();
	assert_true(scratch_exists(&fixture.scratch, "nodes/reserve"));
	fill_disk_of_catalog();
	struct catalog_request done = collecting_pass_as_said();
	assert_int_equal(failures_left, 0);
	assert_int_equal(done.versions, 3);
	assert_int_equal(done.files, 24);
	collecting_expect_current();
	collecting_expect_nothing_left();
}

/* ---- by itself ---- */

static void test_maintenance_collects_by_itself_and_rests(void **state)
{
	(void)state;
	healing_make_store(COLLECTING_NODES, TWO_OF NO_GRACE "history: {keep_versions: 2}\n");
	collecting_put("a", 5, 1);
	collecting_put("a", 7, 2);
	collecting_put("a", 3, 3);
	healing_start();
	healing_run_for(20 * SECOND);
	assert_int_equal(healing_events("collected"), 1);
	assert_int_equal(store_fixture_chunk_files(&fixture), 2 * (7 + 3));
	store_fixture_expect(&fixture, "a@2", (size_t)7 * FIXTURE_CHUNK, 2);
	int64_t sequence = healing_sql("SELECT sequence FROM state");
	healing_run_for(200 * SECOND);
	assert_int_equal(healing_sql("SELECT sequence FROM state"), sequence);
	collecting_put("a", 1, 5);
	healing_run_for(70 * SECOND);
	assert_int_equal(store_fixture_chunk_files(&fixture), 2 * (3 + 1));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, healing_clean)
	const struct CMUnitTest tests[] = {
		TEST(a_pass_frees_what_was_said_to_the_byte),
		TEST(what_repair_would_trim_is_no_part_of_it),
		TEST(without_rules_no_version_goes),
		TEST(rules_of_one_who_is_gone_are_not_followed),
		TEST(what_a_snapshot_holds_stays_and_can_be_fetched),
		TEST(while_clients_work_chunks_wait_out_the_grace),
		TEST(a_put_that_reuses_a_chunk_keeps_it),
		TEST(a_put_that_is_slower_than_the_grace_fails_cleanly),
		TEST(what_a_full_disk_kept_goes_once_there_is_room),
		TEST(maintenance_collects_by_itself_and_rests),
	};
	return cmocka_run_group_tests_name("collection", tests, NULL, NULL);
}
