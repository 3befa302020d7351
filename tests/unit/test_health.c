/*
 * What one copyset adds to the counts: every state of copies, every queue, and where each is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/health.h"

/* Zones 1, 1, 2 and 3; one without an id is not part of the store yet. */
static struct health_node nodes[5];
static struct health_tally tally;

enum { NODES = sizeof(nodes) / sizeof(*nodes), CHUNKS = 7, BYTES = 100 };

static int make(void **state)
{
	static const unsigned zones[NODES] = {1, 1, 2, 3, 4};
	(void)state;
	for (size_t i = 0; i < NODES; i++)
		nodes[i] = (struct health_node){
			.id = i < 4 ? (uint16_t)(10 + i) : 0, .zone = zones[i], .readable = true};
	health_begin(&tally, nodes, NODES, true);
	return 0;
}

/* A copyset on the nodes with these ids, which end in 0. */
static void add(int64_t id, unsigned want, const uint16_t *ids)
{
	struct catalog_copyset copyset = {.id = id, .want = want, .chunks = CHUNKS, .bytes = BYTES};
	while (ids[copyset.node_count]) {
		copyset.nodes[copyset.node_count] = ids[copyset.node_count];
		copyset.node_count++;
	}
	health_add(&tally, &copyset);
}
#define ADD(id, want, ...) add(id, want, (const uint16_t[]){__VA_ARGS__})

static void expect_queue(enum repair_queue kind, uint64_t chunks, uint64_t bytes)
{
	for (int i = 0; i < QUEUES; i++) {
		assert_int_equal(tally.queue[i].chunks, i == (int)kind ? chunks : 0);
		assert_int_equal(tally.queue[i].bytes, i == (int)kind ? bytes : 0);
	}
}

static void expect_samples(enum check_code code, int64_t first, int64_t second, int64_t third)
{
	const int64_t expected[HEALTH_SAMPLES] = {first, second, third};
	assert_memory_equal(tally.samples[code], expected, sizeof(expected));
}

static void expect_at_risk(uint64_t first, uint64_t second, uint64_t third, uint64_t fourth)
{
	const uint64_t expected[NODES] = {first, second, third, fourth};
	assert_memory_equal(tally.at_risk_on, expected, sizeof(expected));
}

static void test_what_is_whole_is_only_counted(void **state)
{
	(void)state;
	ADD(1, 2, 10, 12, 0);
	assert_int_equal(tally.chunks.total, CHUNKS);
	assert_int_equal(tally.chunks.full, CHUNKS);
	assert_int_equal(tally.chunks.by_live[2], CHUNKS);
	assert_int_equal(tally.bytes_unique, BYTES);
	assert_int_equal(tally.bytes_stored, 2 * BYTES);
	const uint64_t chunks_on[NODES] = {CHUNKS, 0, CHUNKS}, bytes_on[NODES] = {BYTES, 0, BYTES};
	assert_memory_equal(tally.chunks_on, chunks_on, sizeof(chunks_on));
	assert_memory_equal(tally.bytes_on, bytes_on, sizeof(bytes_on));
	assert_int_equal(tally.chunks.under_replicated + tally.chunks.last_copy + tally.chunks.unavailable +
				 tally.chunks.lost + tally.chunks.excess + tally.chunks.misplaced,
		0);
	expect_queue(QUEUES, 0, 0);
	expect_at_risk(0, 0, 0, 0);
	ADD(2, 2, 10, 12, 0);
	assert_int_equal(tally.chunks.total, 2 * CHUNKS);
	assert_int_equal(tally.chunks.full, 2 * CHUNKS);
	assert_int_equal(tally.bytes_unique, 2 * BYTES);
	assert_int_equal(tally.bytes_stored, 4 * BYTES);
	assert_int_equal(tally.bytes_on[0], 2 * BYTES);
}

static void test_copies_that_are_missing_are_to_be_made(void **state)
{
	(void)state;
	nodes[3].readable = false;
	ADD(5, 4, 10, 12, 13, 0);
	assert_int_equal(tally.chunks.under_replicated, CHUNKS);
	assert_int_equal(tally.chunks.last_copy, 0);
	assert_int_equal(tally.chunks.full, 0);
	assert_int_equal(tally.chunks.by_live[2], CHUNKS);
	expect_queue(QUEUE_MISSING, CHUNKS, 2 * BYTES);
	expect_samples(CHECK_CHUNKS_UNDER_REPLICATED, 5, 0, 0);
	expect_samples(CHECK_CHUNKS_LAST_COPY, 0, 0, 0);
	/* That of a node that does not answer is at risk, too. */
	expect_at_risk(CHUNKS, 0, CHUNKS, CHUNKS);
	ADD(6, 3, 10, 12, 0);
	assert_int_equal(tally.chunks.under_replicated, 2 * CHUNKS);
	expect_queue(QUEUE_MISSING, 2 * CHUNKS, 3 * BYTES);
	assert_int_equal(tally.wanting, 0);
}

static void test_more_copies_than_nodes_can_be_wanted(void **state)
{
	(void)state;
	ADD(5, 4, 10, 11, 12, 0);
	assert_int_equal(tally.wanting, 0);
	ADD(6, 5, 10, 11, 12, 13, 0);
	assert_int_equal(tally.wanting, CHUNKS);
	assert_int_equal(tally.chunks.under_replicated, 2 * CHUNKS);
}

static void test_a_last_copy_comes_before_what_is_missing(void **state)
{
	(void)state;
	nodes[2].readable = false;
	ADD(5, 3, 10, 12, 0);
	ADD(6, 3, 10, 12, 0);
	assert_int_equal(tally.chunks.under_replicated, 2 * CHUNKS);
	assert_int_equal(tally.chunks.last_copy, 2 * CHUNKS);
	assert_int_equal(tally.chunks.unavailable, 0);
	expect_queue(QUEUE_LAST_COPY, 2 * CHUNKS, 4 * BYTES);
	expect_samples(CHECK_CHUNKS_UNDER_REPLICATED, 5, 6, 0);
	expect_samples(CHECK_CHUNKS_LAST_COPY, 5, 6, 0);
	expect_at_risk(2 * CHUNKS, 0, 2 * CHUNKS, 0);
}

static void test_one_copy_that_is_all_that_is_wanted_is_whole(void **state)
{
	(void)state;
	ADD(5, 1, 12, 0);
	assert_int_equal(tally.chunks.full, CHUNKS);
	assert_int_equal(tally.chunks.last_copy, 0);
	expect_queue(QUEUES, 0, 0);
}

static void test_what_only_silent_nodes_hold_is_unavailable_and_what_none_holds_lost(void **state)
{
	(void)state;
	nodes[0].readable = nodes[2].readable = false;
	ADD(5, 2, 10, 12, 0);
	ADD(6, 2, 10, 12, 0);
	assert_int_equal(tally.chunks.unavailable, 2 * CHUNKS);
	assert_int_equal(tally.chunks.lost, 0);
	ADD(7, 2, 0);
	ADD(8, 2, 0);
	assert_int_equal(tally.chunks.unavailable, 2 * CHUNKS);
	assert_int_equal(tally.chunks.lost, 2 * CHUNKS);
	assert_int_equal(tally.chunks.under_replicated, 0);
	assert_int_equal(tally.chunks.by_live[0], 4 * CHUNKS);
	expect_queue(QUEUES, 0, 0);
	expect_samples(CHECK_CHUNKS_UNAVAILABLE, 5, 6, 0);
	expect_samples(CHECK_CHUNKS_LOST, 7, 8, 0);
	expect_at_risk(2 * CHUNKS, 0, 2 * CHUNKS, 0);
}

static void test_copies_too_many_are_to_go(void **state)
{
	(void)state;
	ADD(5, 1, 10, 12, 13, 0);
	ADD(6, 2, 10, 12, 13, 0);
	assert_int_equal(tally.chunks.full, 2 * CHUNKS);
	assert_int_equal(tally.chunks.excess, 2 * CHUNKS);
	assert_int_equal(tally.chunks.under_replicated, 0);
	expect_queue(QUEUE_EXCESS, 2 * CHUNKS, 3 * BYTES);
	expect_at_risk(0, 0, 0, 0);
}

static void test_nodes_that_the_store_does_not_know_hold_nothing(void **state)
{
	(void)state;
	/* What lies behind the last node is none. */
	health_begin(&tally, nodes, NODES - 1, true);
	ADD(5, 2, 12, 99, 0);
	assert_int_equal(tally.chunks.last_copy, CHUNKS);
	expect_at_risk(0, 0, CHUNKS, 0);
	ADD(6, 1, 99, 0);
	assert_int_equal(tally.chunks.unavailable, CHUNKS);
	assert_int_equal(tally.chunks_on[2], CHUNKS);
	/* That of id 0 is not a node yet. */
	assert_int_equal(tally.chunks_on[4], 0);
}

static void test_of_two_nodes_with_one_id_the_first_counts(void **state)
{
	(void)state;
	nodes[3].id = 10;
	health_begin(&tally, nodes, NODES, true);
	ADD(5, 1, 10, 0);
	assert_int_equal(tally.chunks_on[0], CHUNKS);
	assert_int_equal(tally.chunks_on[3], 0);
}

static void test_many_copies_are_counted_together(void **state)
{
	static struct health_node many[20];
	struct catalog_copyset copyset = {.id = 1, .want = 15, .chunks = CHUNKS, .bytes = BYTES};
	(void)state;
	for (uint16_t i = 0; i < 20; i++)
		many[i] = (struct health_node){.id = (uint16_t)(i + 1), .zone = i, .readable = true};
	health_begin(&tally, many, 20, true);
	for (; copyset.node_count < 15; copyset.node_count++)
		copyset.nodes[copyset.node_count] = (uint16_t)(copyset.node_count + 1);
	for (unsigned i = 15; i <= 17; i++) {
		health_add(&tally, &copyset);
		copyset.nodes[copyset.node_count++] = (uint16_t)(i + 1);
	}
	assert_int_equal(tally.chunks.by_live[15], CHUNKS);
	assert_int_equal(tally.chunks.by_live[16], 2 * CHUNKS);
}

static void test_copies_that_share_a_zone_needlessly_are_misplaced(void **state)
{
	(void)state;
	/* No other zone takes any. */
	ADD(5, 2, 10, 11, 0);
	assert_int_equal(tally.chunks.misplaced, 0);
	nodes[1].writable = true;
	ADD(6, 2, 10, 11, 0);
	assert_int_equal(tally.chunks.misplaced, 0);
	nodes[2].writable = true;
	ADD(7, 2, 10, 11, 0);
	assert_int_equal(tally.chunks.misplaced, CHUNKS);
	ADD(8, 2, 11, 10, 0);
	assert_int_equal(tally.chunks.misplaced, 2 * CHUNKS);
	assert_int_equal(tally.chunks.full, 4 * CHUNKS);
	expect_queue(QUEUE_MISPLACED, 2 * CHUNKS, 2 * BYTES);
	expect_samples(CHECK_CHUNKS_MISPLACED, 7, 8, 0);
	/* The third is in the zone that takes more. */
	ADD(9, 3, 10, 11, 12, 0);
	assert_int_equal(tally.chunks.misplaced, 2 * CHUNKS);
	/* Now another one does, and whichever come first. */
	nodes[3].writable = true;
	ADD(9, 3, 10, 12, 11, 0);
	assert_int_equal(tally.chunks.misplaced, 3 * CHUNKS);
	nodes[3].writable = false;
	/* None shares a zone. */
	ADD(10, 2, 10, 13, 0);
	assert_int_equal(tally.chunks.misplaced, 3 * CHUNKS);
	/* The one that does is not there. */
	nodes[1].readable = false;
	ADD(11, 1, 10, 11, 0);
	assert_int_equal(tally.chunks.misplaced, 3 * CHUNKS);
}

/* One of the two that share a zone goes, and then the others are where they should be. */
static void test_a_copy_too_many_is_not_misplaced(void **state)
{
	(void)state;
	nodes[3].writable = true;
	ADD(5, 2, 10, 11, 12, 0);
	assert_int_equal(tally.chunks.misplaced, 0);
	assert_int_equal(tally.chunks.excess, CHUNKS);
	expect_queue(QUEUE_EXCESS, CHUNKS, BYTES);
	/* Without the third, they are. */
	nodes[2].readable = false;
	ADD(5, 2, 10, 11, 12, 0);
	assert_int_equal(tally.chunks.misplaced, CHUNKS);
}

static void test_nothing_is_misplaced_where_zones_do_not_matter(void **state)
{
	(void)state;
	nodes[2].writable = true;
	health_begin(&tally, nodes, NODES, false);
	ADD(5, 2, 10, 11, 0);
	assert_int_equal(tally.chunks.misplaced, 0);
	expect_queue(QUEUES, 0, 0);
}

static void test_the_first_copysets_are_samples(void **state)
{
	(void)state;
	for (int64_t id = 1; id <= HEALTH_SAMPLES + 2; id++)
		ADD(id, 2, 0);
	expect_samples(CHECK_CHUNKS_LOST, 1, 2, 3);
	assert_int_equal(tally.chunks.lost, (HEALTH_SAMPLES + 2) * CHUNKS);
}

static void test_what_cannot_be_read_or_written_is_critical(void **state)
{
	(void)state;
	for (enum check_code code = 0; code < CHECK_CODES; code++) {
		bool critical = code == CHECK_CHUNKS_LOST || code == CHECK_CHUNKS_UNAVAILABLE ||
				code == CHECK_WRITES_REFUSED || code == CHECK_CATALOG_DAMAGED;
		assert_int_equal(health_severity(code), critical ? HEALTH_CRITICAL : HEALTH_DEGRADED);
	}
}

#define TEST(name) cmocka_unit_test_setup(test_##name, make)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_whole_is_only_counted),
		TEST(copies_that_are_missing_are_to_be_made),
		TEST(more_copies_than_nodes_can_be_wanted),
		TEST(a_last_copy_comes_before_what_is_missing),
		TEST(one_copy_that_is_all_that_is_wanted_is_whole),
		TEST(what_only_silent_nodes_hold_is_unavailable_and_what_none_holds_lost),
		TEST(copies_too_many_are_to_go),
		TEST(nodes_that_the_store_does_not_know_hold_nothing),
		TEST(of_two_nodes_with_one_id_the_first_counts),
		TEST(many_copies_are_counted_together),
		TEST(copies_that_share_a_zone_needlessly_are_misplaced),
		TEST(a_copy_too_many_is_not_misplaced),
		TEST(nothing_is_misplaced_where_zones_do_not_matter),
		TEST(the_first_copysets_are_samples),
		TEST(what_cannot_be_read_or_written_is_critical),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
