/*
 * The scrub: when it comes, where it goes on, what it says of which node, and what goes before it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/healing.h"

/* ---- scrub ---- */

#define SCRUB_OF(bandwidth)                                                                                  \
	PACE "replication_factor: 2\nmin_replicas: 1\nscrub: {interval: 1h, bandwidth: " bandwidth           \
	     "}\nrepair: {interval: 100ms, grace: 1h}\n"

/* As if the nodes had been made long ago, so that a scrub is due. */
static void start_overdue(void)
{
	healing_sql("UPDATE node SET verified_ms = 0");
	healing_start();
}

static int64_t verified_ms(unsigned node)
{
	return healing_sql("SELECT verified_ms FROM node WHERE id = %u", node);
}

static void run_to_end_of_scrub(void)
{
	for (int64_t passed = 0; maintenance->scrub.running; passed += STEP_MS) {
		assert_true(passed < 600 * SECOND);
		healing_run_for(STEP_MS);
	}
}

static void test_scrub_begins_by_itself_and_finds_a_flipped_byte(void **state)
{
	(void)state;
	char path[160];
	healing_make_store(4, SCRUB_OF("0"));
	healing_put(CHUNKS);
	assert_true(store_fixture_chunk_path(&fixture, 3, path));
	scratch_flip(&fixture.scratch, path, FIXTURE_CHUNK - 1);
	start_overdue();
	int64_t began = fixture.mock.wall_ms;
	healing_run_to_rest();
	assert_false(maintenance->scrub.running);
	assert_int_equal(healing_events("scrub_finished"), 1);
	assert_int_equal(healing_events("replica_bad"), 1);
	assert_int_equal(healing_quarantined_on(3), 1);
	store_fixture_check_replicas(&fixture);
	healing_expect_copies(2);
	for (unsigned i = 1; i <= 4; i++)
		assert_in_range(verified_ms(i), began, began + 2 * SECOND);
	/* The next one comes when half of the interval is over. */
	healing_pass_time(29 * 60 * SECOND);
	healing_run_for(2 * SECOND);
	assert_int_equal(healing_events("scrub_finished"), 1);
	healing_pass_time(60 * SECOND);
	healing_run_for(2 * SECOND);
	assert_int_equal(healing_events("scrub_finished"), 2);
}

static void test_scrub_goes_on_after_a_restart_where_it_stopped(void **state)
{
	(void)state;
	healing_make_store(4, SCRUB_OF("128KiB"));
	healing_put(CHUNKS);
	start_overdue();
	healing_run_for(5 * SECOND);
	uint64_t done = maintenance->scrub.done;
	int64_t started = maintenance->scrub.started_ms;
	assert_true(maintenance->scrub.running);
	assert_in_range(done, 3, CHUNKS - 3);
	healing_stop();
	char text[256];
	assert_int_equal(
		catalog_read_text(fixture.store->reader, "scrub", text, sizeof(text), &fixture.error), 1);
	store_fixture_reopen(&fixture);
	healing_pass_time(10 * SECOND);
	healing_start();
	healing_run_for(STEP_MS);
	assert_true(maintenance->scrub.running);
	assert_in_range(maintenance->scrub.done, done, done + 4);
	assert_int_equal(maintenance->scrub.started_ms, started);
	assert_int_equal(maintenance->report.scrub.total, CHUNKS);
	run_to_end_of_scrub();
	assert_int_equal(maintenance->scrub.done, CHUNKS);
	assert_int_equal(verified_ms(1), started);
	assert_int_equal(
		catalog_read_text(fixture.store->reader, "scrub", text, sizeof(text), &fixture.error), 0);
}

static void test_a_node_that_was_away_is_not_said_to_be_verified(void **state)
{
	(void)state;
	healing_make_store(4,
		PACE "replication_factor: 3\nmin_replicas: 1\nscrub: {interval: 1h, bandwidth: 192KiB}\n"
		     "repair: {interval: 100ms, grace: 1h}\n");
	healing_put(CHUNKS);
	start_overdue();
	healing_run_for(3 * SECOND);
	assert_true(maintenance->scrub.running);
	healing_lose(2);
	healing_run_for(3 * SECOND);
	/* It stays so in the process that goes on with the pass. */
	healing_stop();
	store_fixture_reopen(&fixture);
	healing_start();
	healing_run_for(STEP_MS);
	healing_give_back(2);
	healing_run_for(STEP_MS);
	run_to_end_of_scrub();
	assert_int_equal(verified_ms(2), 0);
	for (unsigned i = 1; i <= 4; i++)
		assert_true(i == 2 || verified_ms(i) > 0);
}

static void test_a_node_with_a_copy_that_could_not_be_read_is_not_said_to_be_verified(void **state)
{
	(void)state;
	char path[160];
	healing_make_store(4, SCRUB_OF("0"));
	healing_put(CHUNKS);
	assert_true(store_fixture_chunk_path(&fixture, 2, path));
	/* The copy's fault or not, nobody has seen its bytes. */
	env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_OPENAT,
					     .number = ENFILE,
					     .lasting = true,
					     .under = fixture.node_paths[1],
					     .ending = strrchr(path, '/')});
	start_overdue();
	healing_run_for(4 * SECOND);
	/* Nor are all the others read again and again for it. */
	assert_int_equal(healing_events("scrub_finished"), 1);
	assert_int_equal(healing_events("replica_bad"), 0);
	assert_int_equal(verified_ms(2), 0);
	assert_true(verified_ms(1) > 0 && verified_ms(3) > 0 && verified_ms(4) > 0);
	env_mock_heal(&fixture.mock);
	healing_pass_time(180 * SECOND);
	healing_run_for(4 * SECOND);
	assert_true(verified_ms(2) > 0);
}

static void test_a_scrub_yields_to_repair(void **state)
{
	(void)state;
	healing_make_store(4,
		PACE "replication_factor: 2\nmin_replicas: 1\nscrub: {interval: 1h, bandwidth: 128KiB}\n"
		     "repair: {interval: 100ms, grace: 0, bandwidth: 128KiB}\n");
	healing_put(40);
	start_overdue();
	healing_run_for(2 * SECOND);
	assert_true(maintenance->scrub.running);
	healing_lose(1);
	healing_run_for(500);
	assert_true(maintenance->queued_chunks > 0);
	uint64_t done = maintenance->scrub.done;
	healing_run_for(SECOND);
	assert_true(maintenance->queued_chunks > 0);
	assert_int_equal(maintenance->scrub.done, done);
	healing_run_to_rest();
	run_to_end_of_scrub();
	assert_int_equal(maintenance->scrub.done, 40);
}

/* It holds nothing, and what comes to it is verified on the way. */
static void test_a_node_that_joins_brings_about_no_scrub(void **state)
{
	(void)state;
	char path[512];
	healing_make_store(3, SCRUB_OF("0"));
	healing_put(CHUNKS);
	healing_sql("UPDATE node SET verified_ms = %lld", (long long)fixture.mock.wall_ms);
	healing_start();
	healing_run_for(2 * SECOND);
	snprintf(path, sizeof(path), "%s", healing_node_folder(4));
	const struct store_new_node added = {.name = "node-4", .path = path, .zone = "z4"};
	assert_int_equal(store_node_add_in(&fixture.mock.env, store_fixture_config(&fixture), &added, NULL,
				 &fixture.error),
		0);
	healing_run_for(5 * SECOND);
	assert_int_equal(fixture.store->node_count, 4);
	assert_true(node_is_readable(&fixture.store->nodes[3]));
	assert_false(maintenance->scrub.running);
	assert_int_equal(healing_events("scrub_finished"), 0);
}

static void jump_in_scrub(int64_t jump)
{
	healing_make_store(4, SCRUB_OF("128KiB"));
	healing_put(CHUNKS);
	start_overdue();
	healing_run_for(3 * SECOND);
	assert_true(maintenance->scrub.running);
	healing_jump_wall(jump);
	run_to_end_of_scrub();
	assert_int_equal(maintenance->scrub.done, CHUNKS);
	healing_run_to_rest();
	run_to_end_of_scrub();
	healing_expect_copies(2);
	/* And whatever the clock says, each interval has its scrub. */
	int64_t scrubs = healing_events("scrub_finished");
	for (int i = 0; i < 61; i++) {
		healing_pass_time(59 * SECOND);
		healing_run_for(SECOND);
	}
	run_to_end_of_scrub();
	assert_in_range(healing_events("scrub_finished"), scrubs + 1, scrubs + 3);
}

static void test_scrub_comes_once_an_interval_whatever_the_wall_clock_does(void **state)
{
	(void)state;
	jump_in_scrub(YEAR_MS);
	healing_clean(NULL);
	jump_in_scrub(-YEAR_MS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, healing_clean)
	const struct CMUnitTest tests[] = {
		TEST(scrub_begins_by_itself_and_finds_a_flipped_byte),
		TEST(scrub_goes_on_after_a_restart_where_it_stopped),
		TEST(a_node_that_was_away_is_not_said_to_be_verified),
		TEST(a_node_with_a_copy_that_could_not_be_read_is_not_said_to_be_verified),
		TEST(a_scrub_yields_to_repair),
		TEST(a_node_that_joins_brings_about_no_scrub),
		TEST(scrub_comes_once_an_interval_whatever_the_wall_clock_does),
	};
	return cmocka_run_group_tests_name("scrub", tests, NULL, NULL);
}
