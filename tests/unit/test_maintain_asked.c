/*
 * What maintenance does because somebody asked for it: draining, other numbers of copies, passes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "tests/support/healing.h"

/* ---- what was asked for ---- */

static void test_a_drained_node_is_emptied(void **state)
{
	(void)state;
	bool changed;
	healing_make_store(4, TWO_OF GRACE);
	healing_put(CHUNKS);
	healing_start();
	healing_run_to_rest();
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
	healing_make_store(5, TWO_OF GRACE);
	healing_put(CHUNKS);
	healing_start();
	healing_run_to_rest();
	set_replication(4);
	set_replication(1);
	set_replication(5);
	set_replication(2);
}

static void test_wanting_more_copies_than_nodes_is_blocked_and_said(void **state)
{
	(void)state;
	healing_make_store(3, TWO_OF GRACE);
	healing_put(CHUNKS);
	healing_start();
	healing_run_to_rest();
	uint64_t changed;
	assert_int_equal(store_set_replication(fixture.store, "file", 5, &changed, &fixture.error), 0);
	healing_run_for(5 * SECOND);
	healing_expect_state(REPAIR_BLOCKED, "no node can take another copy of 12 chunks");
	healing_expect_copies(3);
}

static int64_t ask(enum pass_kind kind, uint16_t node, int64_t bandwidth)
{
	struct catalog_request request = {.kind = kind, .node = node, .bandwidth = bandwidth};
	assert_int_equal(catalog_begin(fixture.store->writer, &fixture.error), 0);
	assert_int_equal(catalog_add_request(fixture.store->writer, &request, &fixture.error), 0);
	assert_int_equal(catalog_commit(fixture.store->writer, &fixture.error), 0);
	return request.id;
}

static struct catalog_request answer(int64_t id)
{
	struct catalog_request request;
	for (int passed = 0;; passed += STEP_MS) {
		assert_true(passed < 60 * SECOND);
		healing_run_for(STEP_MS);
		assert_int_equal(catalog_get_request(fixture.store->reader, id, &request, &fixture.error), 1);
		if (request.done)
			return request;
	}
}

static void test_a_repair_that_is_asked_for_waives_the_grace(void **state)
{
	(void)state;
	healing_make_store(5, THREE_OF GRACE);
	healing_put(CHUNKS);
	healing_start();
	healing_run_to_rest();
	int64_t lost = healing_copies_on(4);
	healing_lose(4);
	healing_run_for(SECOND);
	assert_int_equal(maintenance->repaired, 0);
	struct catalog_request request = answer(ask(PASS_REPAIR, 0, -1));
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
	healing_make_store(3, THREE_OF GRACE);
	healing_put(CHUNKS);
	healing_start();
	healing_run_to_rest();
	healing_lose(3);
	healing_run_for(SECOND);
	struct catalog_request request = answer(ask(PASS_REPAIR, 0, -1));
	assert_int_equal(request.chunks, 0);
	assert_int_equal(request.left, CHUNKS);
}

static void test_a_scrub_that_is_asked_for_counts_what_it_verified(void **state)
{
	(void)state;
	char path[160];
	healing_make_store(4, TWO_OF GRACE);
	healing_put(CHUNKS);
	healing_start();
	healing_run_to_rest();
	assert_true(store_fixture_chunk_path(&fixture, 2, path));
	scratch_flip(&fixture.scratch, path, 12345);
	struct catalog_request request = answer(ask(PASS_SCRUB, 0, -1));
	assert_int_equal(request.chunks, CHUNKS);
	assert_int_equal(request.bytes, (2 * CHUNKS - 1) * FIXTURE_CHUNK);
	assert_int_equal(request.bad, 1);
	healing_run_to_rest();
	healing_expect_copies(2);
	/* Of one node: only its copies are read. */
	int64_t on_node = healing_copies_on(3);
	request = answer(ask(PASS_SCRUB, 3, -1));
	assert_int_equal(request.chunks, on_node);
	assert_int_equal(request.bytes, on_node * FIXTURE_CHUNK);
	assert_int_equal(request.bad, 0);
	assert_int_equal(maintenance->report.scrub.total, on_node);
}

static void test_a_rebalance_that_is_asked_for_fills_an_empty_node(void **state)
{
	(void)state;
	bool changed;
	healing_make_store(4, TWO_OF GRACE);
	healing_put(CHUNKS);
	healing_start();
	healing_run_to_rest();
	assert_int_equal(store_node_drain(fixture.store, "node-4", &changed, &fixture.error), 0);
	healing_run_to_rest();
	assert_int_equal(healing_copies_on(4), 0);
	assert_int_equal(store_node_recover(fixture.store, "node-4", &changed, &fixture.error), 0);
	healing_run_for(STEP_MS);
	for (unsigned i = 1; i <= 4; i++)
		node_set_capacity(&fixture.store->nodes[i - 1], 32 * FIXTURE_CHUNK, 1);
	uint64_t repaired = maintenance->repaired;
	struct catalog_request request = answer(ask(PASS_REBALANCE, 0, -1));
	assert_int_equal(request.chunks, maintenance->repaired - repaired);
	assert_int_equal(request.bytes, request.chunks * FIXTURE_CHUNK);
	assert_in_range(request.chunks, 5, 7);
	assert_in_range(healing_copies_on(4), 5, 7);
	store_fixture_check_replicas(&fixture);
	healing_expect_copies(2);
	healing_expect_content();
}

static void test_a_request_that_was_withdrawn_is_not_carried_on(void **state)
{
	(void)state;
	healing_make_store(4, TWO_OF GRACE);
	healing_put(CHUNKS);
	healing_start();
	healing_run_to_rest();
	struct catalog_request request = {.kind = PASS_SCRUB, .bandwidth = 1};
	request.id = ask(PASS_SCRUB, 0, 1);
	healing_run_for(SECOND);
	assert_true(maintenance->scrub.running);
	assert_int_equal(catalog_begin(fixture.store->writer, &fixture.error), 0);
	assert_int_equal(catalog_finish_request(fixture.store->writer, &request, &fixture.error), 0);
	assert_int_equal(catalog_commit(fixture.store->writer, &fixture.error), 0);
	healing_run_for(SECOND);
	assert_false(maintenance->scrub.running);
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
		TEST(a_request_that_was_withdrawn_is_not_carried_on),
	};
	return cmocka_run_group_tests_name("maintenance that is asked for", tests, NULL, NULL);
}
