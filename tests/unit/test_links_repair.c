/*
 * What links make of repair: where copies come from, which way they take, and that what survived a cut is used again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "engine/task.h"
#include "tests/support/linking.h"

/* The node that has none of it. */
static struct node *free_node(const struct catalog_chunk *chunk)
{
	for (size_t i = 0; i < fixture.store->node_count; i++)
		if (!catalog_is_placed(chunk, fixture.store->nodes[i].id))
			return &fixture.store->nodes[i];
	fail_msg("every node has it");
	return NULL;
}

/* Copies the first chunk from its first holder to a node that has none of it. */
static struct task copy_first_chunk(void)
{
	struct task task = {.kind = TASK_COPY, .chunk = one_store_first_chunk()};
	struct buffer *buffer = pool_take(fixture.store->pool);
	task.from = store_node_by_id(fixture.store, task.chunk.nodes[0]);
	task.target = free_node(&task.chunk);
	task_run(&task, fixture.store, buffer);
	pool_give(fixture.store->pool, buffer);
	return task;
}

static void make_for_copying(void)
{
	healing_make_store(3, REHEARSAL TWO_OF);
	healing_put(1);
}

static void test_a_copy_goes_from_node_to_node(void **state)
{
	(void)state;
	make_for_copying();
	const struct link_change slow = {.set_bandwidth = true, .to = {.bandwidth = 1}};
	linking_set("client", "all", slow, 6);
	linking_set("all", "all",
		(struct link_change){.set_bandwidth = true, .to = {.bandwidth = FIXTURE_CHUNK}}, 6);
	int64_t start = linking_now_ns();
	struct task task = copy_first_chunk();
	assert_int_equal(task.outcome, TASK_OK);
	assert_ptr_equal(task.source, task.from);
	assert_int_equal(linking_now_ns() - start, 1000 * MS);
}

static void test_a_copy_takes_another_source_where_one_is_cut_from_the_target(void **state)
{
	(void)state;
	make_for_copying();
	struct catalog_chunk chunk = one_store_first_chunk();
	const char *from = store_node_by_id(fixture.store, chunk.nodes[0])->name;
	linking_set(from, free_node(&chunk)->name, link_cut_there, 1);
	struct task task = copy_first_chunk();
	assert_int_equal(task.outcome, TASK_OK);
	assert_ptr_equal(task.source, store_node_by_id(fixture.store, chunk.nodes[1]));
}

static void test_a_copy_is_relayed_where_every_source_is_cut_from_the_target(void **state)
{
	(void)state;
	make_for_copying();
	struct catalog_chunk chunk = one_store_first_chunk();
	linking_set("all", free_node(&chunk)->name, link_cut_there, 2);
	linking_set("client", "all",
		(struct link_change){.set_bandwidth = true, .to = {.bandwidth = FIXTURE_CHUNK}}, 6);
	int64_t start = linking_now_ns();
	struct task task = copy_first_chunk();
	assert_int_equal(task.outcome, TASK_OK);
	assert_ptr_equal(task.source, task.from);
	assert_int_equal(linking_now_ns() - start, 2000 * MS); /* to the client and on */
}

static void test_repair_copes_with_a_partial_partition(void **state)
{
	(void)state;
	healing_begin(4, REHEARSAL TWO_OF NO_GRACE, CHUNKS);
	/* No node reaches another one, and the client all but one. */
	int64_t held = healing_copies_on(4);
	assert_true(held > 0);
	linking_set("all", "all", link_cut_both, 12);
	linking_set("client", "node-4", link_cut_both, 2);
	healing_run_to_rest();
	healing_expect_content();
	assert_int_equal(maintenance->repaired, held);
	assert_int_equal(healing_events("replica_bad"), 0);
	linking_heal(14);
	healing_run_to_rest();
	healing_expect_copies(2);
}

static void test_half_of_the_nodes_cut_off_stops_repair_and_healing_copies_nothing(void **state)
{
	(void)state;
	healing_begin(6, REHEARSAL PACE "replication_factor: 3\nmin_replicas: 2\n" NO_SCRUB NO_GRACE, CHUNKS);
	uint64_t before = maintenance->repaired;
	assert_int_equal(
		store_set_links(fixture.store, NAMES("client"), NAMES("node-1", "node-2", "node-3", "node-4"),
			&link_cut_both, &linking_changed, &fixture.error),
		0);
	healing_run_for(5 * SECOND);
	healing_expect_state(REPAIR_BLOCKED, "2 of 6");
	assert_int_equal(maintenance->repaired, before);
	linking_heal(8);
	healing_run_to_rest();
	assert_int_equal(maintenance->repaired, before);
	healing_expect_copies(3);
	healing_expect_content();
}

static void test_what_survived_a_cut_is_used_again(void **state)
{
	(void)state;
	healing_begin(4, REHEARSAL TWO_OF NO_GRACE, CHUNKS);
	int64_t held = healing_copies_on(1);
	assert_true(held > 0);
	linking_set("client", "node-1", link_cut_both, 2);
	healing_run_to_rest();
	uint64_t repaired = maintenance->repaired;
	assert_int_equal(repaired, held);
	linking_heal(2);
	healing_run_to_rest();
	assert_int_equal(maintenance->repaired, repaired);
	healing_expect_copies(2);
	healing_expect_content();
}

static void test_a_short_cut_costs_nothing(void **state)
{
	(void)state;
	healing_begin(4, REHEARSAL THREE_OF GRACE, CHUNKS);
	linking_set("client", "node-2", link_cut_both, 2);
	healing_run_for(3 * SECOND);
	healing_expect_state(REPAIR_GRACE, "node-2");
	linking_heal(2);
	healing_run_to_rest();
	assert_int_equal(maintenance->repaired, 0);
	healing_expect_copies(3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, healing_clean)
	const struct CMUnitTest tests[] = {
		TEST(a_copy_goes_from_node_to_node),
		TEST(a_copy_takes_another_source_where_one_is_cut_from_the_target),
		TEST(a_copy_is_relayed_where_every_source_is_cut_from_the_target),
		TEST(repair_copes_with_a_partial_partition),
		TEST(half_of_the_nodes_cut_off_stops_repair_and_healing_copies_nothing),
		TEST(what_survived_a_cut_is_used_again),
		TEST(a_short_cut_costs_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
