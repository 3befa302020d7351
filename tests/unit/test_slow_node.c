/*
 * A node that becomes slow is found out within seconds, gets no new copies and is read last, in other processes as
 * well, and is as good as any other once it is quick again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "engine/hints.h"
#include "tests/support/linking.h"

enum { SLOW_MS = 250 /* each way */, FOUND_WITHIN_S = 20, FORGIVEN_WITHIN_S = 15 };

static void set_latency(int64_t ms)
{
	linking_set_latency("client", "node-1", ms);
}

static bool is_slow(struct store *store)
{
	struct node_status status;
	node_status(&store->nodes[0], &status);
	assert_int_equal(status.slow, status.state == NODE_SLOW);
	return status.slow;
}

/* Steps until the node is slow, or is not. */
static void run_until(bool slow, int seconds)
{
	int64_t end_ns = fixture.mock.monotonic_ns + (int64_t)seconds * 1000000000;
	while (is_slow(fixture.store) != slow) {
		if (fixture.mock.monotonic_ns > end_ns)
			fail_msg("the node is %s slow after %d s", slow ? "not" : "still", seconds);
		healing_run_for(100);
	}
}

/* A store that is maintained, and whose first node was quick before it was found to be slow. */
static void make_slow(unsigned nodes, const char *settings)
{
	healing_make_store(nodes, settings);
	healing_put(CHUNKS);
	healing_start();
	healing_run_for(60 * SECOND);
	assert_false(is_slow(fixture.store));
	set_latency(SLOW_MS);
	run_until(true, FOUND_WITHIN_S);
}

static uint64_t read_from_first_node(void)
{
	uint64_t counts[TRAFFIC_KINDS];
	node_get_counts(&fixture.store->nodes[0], counts);
	return counts[TRAFFIC_READ_BYTES];
}

static void get_from(struct store *store)
{
	const struct get_options options = {.output = scratch_path(&fixture.scratch, "other")};
	check(store_get(store, "file", &options, &fixture.error));
}

static void test_it_is_found_out_avoided_and_forgiven(void **state)
{
	(void)state;
	make_slow(4, TWO_OF GRACE REHEARSAL);
	healing_run_for(SECOND);
	assert_int_equal(healing_events("node_slow"), 1);

	int64_t held = healing_copies_on(1);
	assert_true(held > 0);
	scratch_write_seeded(&fixture.scratch, "second", CHUNKS * FIXTURE_CHUNK, 2);
	store_fixture_put(&fixture, "second", NULL);
	assert_int_equal(healing_copies_on(1), held);
	uint64_t before = read_from_first_node();
	healing_expect_content();
	assert_int_equal(read_from_first_node(), before);

	set_latency(0);
	run_until(false, FORGIVEN_WITHIN_S);
	scratch_write_seeded(&fixture.scratch, "third", CHUNKS * FIXTURE_CHUNK, 3);
	store_fixture_put(&fixture, "third", NULL);
	assert_true(healing_copies_on(1) > held);
}

static void test_it_is_used_where_there_are_too_few_others(void **state)
{
	(void)state;
	make_slow(3, THREE_OF GRACE REHEARSAL);
	scratch_write_seeded(&fixture.scratch, "second", CHUNKS * FIXTURE_CHUNK, 2);
	store_fixture_put(&fixture, "second", NULL);
	assert_int_equal(healing_copies_on(1), 2 * CHUNKS);
}

/* What it takes to read a chunk is not measured then, and it would get none for being slow. */
static void test_it_is_forgiven_without_a_chunk(void **state)
{
	(void)state;
	bool changed;
	make_slow(4, TWO_OF GRACE REHEARSAL);
	assert_int_equal(store_node_drain(fixture.store, "node-1", &changed, &fixture.error), 0);
	for (int i = 0; i < 60 && healing_copies_on(1) > 0; i++)
		healing_run_for(SECOND);
	assert_int_equal(healing_copies_on(1), 0);
	assert_int_equal(store_node_recover(fixture.store, "node-1", &changed, &fixture.error), 0);
	healing_run_for(30 * SECOND);
	assert_true(is_slow(fixture.store));
	set_latency(0);
	run_until(false, FORGIVEN_WITHIN_S);
}

static void test_other_processes_are_told(void **state)
{
	(void)state;
	make_slow(3, THREE_OF GRACE REHEARSAL);
	healing_run_for(5 * SECOND); /* until it is written down */
	struct store *other = linking_open_other();
	uint64_t before = read_from_first_node();
	get_from(other);
	assert_true(is_slow(other));
	assert_int_equal(read_from_first_node(), before);
	set_latency(0);
	run_until(false, FORGIVEN_WITHIN_S);
	healing_run_for(5 * SECOND);
	get_from(other);
	assert_false(is_slow(other));
	/* Nobody maintains the store any more: what was said is of no account. */
	set_latency(SLOW_MS);
	run_until(true, FOUND_WITHIN_S);
	healing_run_for(5 * SECOND);
	get_from(other);
	assert_true(is_slow(other));
	healing_stop();
	healing_pass_time(2 * SECOND);
	hints_follow(other);
	assert_false(is_slow(other));
	store_close(other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, healing_clean)
	const struct CMUnitTest tests[] = {
		TEST(it_is_found_out_avoided_and_forgiven),
		TEST(it_is_used_where_there_are_too_few_others),
		TEST(it_is_forgiven_without_a_chunk),
		TEST(other_processes_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
