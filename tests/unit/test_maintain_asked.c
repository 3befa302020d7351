/*
 * What maintenance does because somebody asked for it: draining, other numbers of copies, passes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/healing.h"

/* ---- what was asked for ---- */

static void test_a_drained_node_is_emptied(void **state)
{
	(void)state;
	bool changed;
	healing_begin(4, TWO_OF GRACE, CHUNKS);
	assert_true(healing_copies_on(2) > 0);
	assert_int_equal(store_node_drain(fixture.store, "node-2", &changed, &fixture.error), 0);
	for (int i = 0; i < 20 && maintenance->report.state == REPAIR_IDLE; i++)
		healing_run_for(STEP_MS);
	healing_expect_state(REPAIR_RUNNING, "off nodes that are drained");
	healing_run_to_rest();
	assert_int_equal(healing_copies_on(2), 0);
	assert_int_equal(healing_files_on(2), 0);
	store_fixture_check_replicas(&fixture);
	healing_expect_copies(2);
	healing_expect_content();
}

static void set_replication(unsigned copies)
{
	uint64_t changed;
	assert_int_equal(store_set_replication(fixture.store, "file", copies, &changed, &fixture.error), 0);
	healing_run_to_rest();
	store_fixture_check_replicas(&fixture);
	healing_expect_copies(copies);
	healing_expect_content();
}

static void test_copies_follow_the_replication_factor_up_and_down(void **state)
{
	(void)state;
	healing_begin(5, TWO_OF GRACE, CHUNKS);
	set_replication(4);
	set_replication(1);
	set_replication(5);
	set_replication(2);
}

static void test_wanting_more_copies_than_nodes_is_blocked_and_said(void **state)
{
	(void)state;
	healing_begin(3, TWO_OF GRACE, CHUNKS);
	uint64_t changed;
	assert_int_equal(store_set_replication(fixture.store, "file", 5, &changed, &fixture.error), 0);
	healing_run_for(5 * SECOND);
	healing_expect_state(REPAIR_BLOCKED, "no node can take another copy of 12 chunks");
	healing_expect_copies(3);
}

static void test_a_repair_that_is_asked_for_waives_the_grace(void **state)
{
	(void)state;
	healing_begin(5, THREE_OF GRACE, CHUNKS);
	int64_t lost = healing_copies_on(4);
	healing_lose(4);
	healing_run_for(SECOND);
	assert_int_equal(maintenance->repaired, 0);
	struct catalog_request request = healing_answer(
		healing_ask((struct catalog_request){.kind = PASS_REPAIR, .node = 0, .bandwidth = -1}), 60);
	assert_int_equal(request.chunks, lost);
	assert_int_equal(request.bytes, lost * FIXTURE_CHUNK);
	assert_int_equal(request.left, 0);
	assert_true(request.duration_ms < 3 * SECOND);
	assert_int_equal(request.pid, getpid());
	healing_expect_copies(3);
}

static void test_a_repair_that_cannot_be_done_says_what_is_left(void **state)
{
	(void)state;
	healing_begin(3, THREE_OF GRACE, CHUNKS);
	healing_lose(3);
	healing_run_for(SECOND);
	struct catalog_request request = healing_answer(
		healing_ask((struct catalog_request){.kind = PASS_REPAIR, .node = 0, .bandwidth = -1}), 60);
	assert_int_equal(request.chunks, 0);
	assert_int_equal(request.left, CHUNKS);
}

static void test_a_scrub_that_is_asked_for_counts_what_it_verified(void **state)
{
	(void)state;
	char path[160];
	healing_begin(4, TWO_OF GRACE, CHUNKS);
	assert_true(store_fixture_chunk_path(&fixture, 2, path));
	scratch_flip(&fixture.scratch, path, 12345);
	struct catalog_request request = healing_answer(
		healing_ask((struct catalog_request){.kind = PASS_SCRUB, .node = 0, .bandwidth = -1}), 60);
	assert_int_equal(request.chunks, CHUNKS);
	assert_int_equal(request.bytes, (2 * CHUNKS - 1) * FIXTURE_CHUNK);
	assert_int_equal(request.bad, 1);
	healing_run_to_rest();
	healing_expect_copies(2);
	/* Of one node: only its copies are read. */
	int64_t on_node = healing_copies_on(3);
	request = healing_answer(
		healing_ask((struct catalog_request){.kind = PASS_SCRUB, .node = 3, .bandwidth = -1}), 60);
	assert_int_equal(request.chunks, on_node);
	assert_int_equal(request.bytes, on_node * FIXTURE_CHUNK);
	assert_int_equal(request.bad, 0);
	assert_int_equal(maintenance->report.scrub.total, on_node);
}

/* Nothing is on node 4, which has room for its share. */
static void make_skewed(void)
{
	bool changed;
	healing_begin(4, TWO_OF GRACE, CHUNKS);
	assert_int_equal(store_node_drain(fixture.store, "node-4", &changed, &fixture.error), 0);
	healing_run_to_rest();
	assert_int_equal(healing_copies_on(4), 0);
	assert_int_equal(store_node_recover(fixture.store, "node-4", &changed, &fixture.error), 0);
	healing_run_for(STEP_MS);
	for (unsigned i = 1; i <= 4; i++)
		node_set_capacity(&fixture.store->nodes[i - 1], 32 * FIXTURE_CHUNK, 1);
}

static void test_a_rebalance_that_is_asked_for_fills_an_empty_node(void **state)
{
	(void)state;
	make_skewed();
	uint64_t repaired = maintenance->repaired, beyond = 0;
	for (unsigned i = 1; i < 4; i++) /* six copies are each node's share */
		beyond += healing_copies_on(i) > 6 ? (uint64_t)healing_copies_on(i) - 6 : 0;
	struct catalog_request request = healing_answer(
		healing_ask((struct catalog_request){.kind = PASS_REBALANCE, .node = 0, .bandwidth = -1}),
		60);
	assert_int_equal(request.chunks, maintenance->repaired - repaired);
	assert_int_equal(request.bytes, request.chunks * FIXTURE_CHUNK);
	assert_in_range(request.chunks, beyond - 1, beyond + 1);
	assert_in_range(healing_copies_on(4), 5, 7);
	store_fixture_check_replicas(&fixture);
	healing_expect_copies(2);
	healing_expect_content();
}

static void test_a_rebalance_that_can_move_nothing_ends_unfinished(void **state)
{
	(void)state;
	make_skewed();
	healing_sql("UPDATE chunk SET size = size - 1"); /* so that no copy can be read */
	struct catalog_request request = healing_answer(
		healing_ask((struct catalog_request){.kind = PASS_REBALANCE, .bandwidth = -1}), 60);
	assert_int_equal(request.chunks, 0);
	assert_non_null(strstr(request.text, "not finished"));
}

static void test_a_request_that_was_withdrawn_is_not_carried_on(void **state)
{
	(void)state;
	healing_begin(4, TWO_OF GRACE, CHUNKS);
	struct catalog_request request = {.kind = PASS_SCRUB, .bandwidth = 1};
	request.id = healing_ask((struct catalog_request){.kind = PASS_SCRUB, .bandwidth = 1});
	healing_run_for(SECOND);
	assert_true(maintenance->scrub.running);
	assert_int_equal(catalog_begin(fixture.store->writer, &fixture.error), 0);
	assert_int_equal(catalog_finish_request(fixture.store->writer, &request, &fixture.error), 0);
	assert_int_equal(catalog_commit(fixture.store->writer, &fixture.error), 0);
	healing_run_for(SECOND);
	assert_false(maintenance->scrub.running);
}

/* ---- passes ---- */

static void test_a_pass_does_not_wait_for_the_interval(void **state)
{
	(void)state;
	healing_make_store(3, TWO_OF "repair: {interval: 1h, grace: 0}\n");
	healing_put(CHUNKS);
	healing_start();
	healing_run_for(SECOND);
	healing_answer(
		healing_ask((struct catalog_request){.kind = PASS_REPAIR, .node = 0, .bandwidth = -1}), 5);
	healing_answer(
		healing_ask((struct catalog_request){.kind = PASS_REBALANCE, .node = 0, .bandwidth = -1}), 5);
}

static void test_a_scrub_of_one_node_has_errors_of_its_disk_repaired(void **state)
{
	(void)state;
	char path[160], full[512];
	healing_make_store(3, TWO_OF NO_GRACE);
	healing_put(CHUNKS);
	healing_start();
	healing_run_for(SECOND);
	assert_true(store_fixture_chunk_path(&fixture, 2, path));
	snprintf(full, sizeof(full), "%s", scratch_path(&fixture.scratch, path));
	env_mock_fail(&fixture.mock,
		(struct io_fault){.call = IO_PREAD, .number = EIO, .lasting = true, .under = full});
	struct catalog_request request = healing_answer(
		healing_ask((struct catalog_request){.kind = PASS_SCRUB, .node = 2, .bandwidth = -1}), 10);
	assert_int_equal(request.bad, 1);
	assert_int_equal(
		store_fixture_sql(&fixture, "SELECT count(*) FROM event WHERE code = 'replica_bad'"), 1);
	env_mock_heal(&fixture.mock);
	healing_run_for(10 * SECOND);
	assert_int_equal(maintenance->report.state, REPAIR_IDLE);
	store_fixture_check_replicas(&fixture);
}

static void test_a_scrub_that_is_begun_anew_counts_each_chunk_once(void **state)
{
	(void)state;
	healing_make_store(3, PACE "replication_factor: 2\nmin_replicas: 1\n" NO_GRACE
				   "scrub: {interval: 1h, bandwidth: 0}\n");
	healing_put(CHUNKS);
	healing_start();
	healing_run_for(SECOND);
	maintain_start_scrub(maintenance, 0, false, 0);
	maintain_scrub(maintenance);
	assert_true(maintenance->scrubs_under_way > 0);
	maintain_start_scrub(maintenance, 0, true, -1);
	healing_run_for(SECOND);
	assert_false(maintenance->scrub.running);
	assert_int_equal(maintenance->scrub.done, CHUNKS);
}

static void test_a_scrub_that_no_node_answers_ends_unfinished(void **state)
{
	(void)state;
	healing_begin(3, TWO_OF GRACE, CHUNKS);
	for (unsigned node = 1; node <= 3; node++)
		healing_lose(node);
	healing_run_for(SECOND);
	struct catalog_request request = healing_answer(
		healing_ask((struct catalog_request){.kind = PASS_SCRUB, .bandwidth = -1}), 60);
	assert_int_equal(request.chunks, 0);
	assert_int_equal(request.left, CHUNKS);
	assert_non_null(strstr(request.text, "not finished, because only 0 of 3 nodes answer"));
	for (unsigned node = 1; node <= 3; node++)
		healing_give_back(node);
	healing_run_for(5 * SECOND);
	request = healing_answer(
		healing_ask((struct catalog_request){.kind = PASS_SCRUB, .bandwidth = -1}), 60);
	assert_int_equal(request.chunks, CHUNKS);
	assert_int_equal(request.left, 0);
}

/* Whoever waits is told after some seconds, and the pass is carried out once the catalog is whole again. */
static void test_a_pass_that_the_catalog_hinders_is_told_to_whoever_waits(void **state)
{
	(void)state;
	struct error error;
	healing_begin(3, TWO_OF GRACE, CHUNKS);
	for (int kind = PASS_REPAIR; kind <= PASS_REBALANCE; kind++) {
		static const char *const tables[] = {
			[PASS_REPAIR] = "copyset", [PASS_SCRUB] = "chunk", [PASS_REBALANCE] = "copyset"};
		assert_false(maintain_is_in_trouble(maintenance, &error));
		healing_sql("ALTER TABLE %s RENAME TO hidden", tables[kind]);
		int64_t id =
			healing_ask((struct catalog_request){.kind = (enum pass_kind)kind, .bandwidth = -1});
		healing_run_for(3 * SECOND);
		assert_false(maintain_is_in_trouble(maintenance, &error));
		healing_run_for(3 * SECOND);
		assert_true(maintain_is_in_trouble(maintenance, &error));
		assert_non_null(strstr(error.message, tables[kind]));
		healing_sql("ALTER TABLE hidden RENAME TO %s", tables[kind]);
		assert_true(healing_answer(id, 60).done);
		healing_run_for(3 * SECOND);
	}
	assert_false(maintain_is_in_trouble(maintenance, &error));
}

static void test_nobody_carries_out_a_request_of_a_pass_that_could_not_begin(void **state)
{
	(void)state;
	struct pass_result result;
	healing_make_store(2, TWO_OF NO_GRACE);
	healing_put(1);
	healing_start();
	atomic_store(&fixture.store->maintenance, maintenance);
	const struct pass_options options = {.kind = PASS_REBALANCE};
	assert_int_equal(store_run_pass(fixture.store, NULL, &options, &result, &fixture.error), -1);
	atomic_store(&fixture.store->maintenance, NULL);
	assert_int_equal(fixture.error.code, ERROR_BUSY);
	assert_non_null(strstr(fixture.error.message, "maintains the store already"));
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM request WHERE done = 0"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, healing_clean)
	const struct CMUnitTest tests[] = {
		TEST(a_drained_node_is_emptied),
		TEST(copies_follow_the_replication_factor_up_and_down),
		TEST(wanting_more_copies_than_nodes_is_blocked_and_said),
		TEST(a_repair_that_is_asked_for_waives_the_grace),
		TEST(a_repair_that_cannot_be_done_says_what_is_left),
		TEST(a_scrub_that_is_asked_for_counts_what_it_verified),
		TEST(a_rebalance_that_is_asked_for_fills_an_empty_node),
		TEST(a_rebalance_that_can_move_nothing_ends_unfinished),
		TEST(a_request_that_was_withdrawn_is_not_carried_on),
		TEST(a_pass_does_not_wait_for_the_interval),
		TEST(a_scrub_of_one_node_has_errors_of_its_disk_repaired),
		TEST(a_scrub_that_is_begun_anew_counts_each_chunk_once),
		TEST(a_scrub_that_no_node_answers_ends_unfinished),
		TEST(a_pass_that_the_catalog_hinders_is_told_to_whoever_waits),
		TEST(nobody_carries_out_a_request_of_a_pass_that_could_not_begin),
	};
	return cmocka_run_group_tests_name("maintenance that is asked for", tests, NULL, NULL);
}
