/*
 * What is to be done about a chunk, in which order, and that doing it always comes to a good end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/placement.h"
#include "tests/support/plan_world.h"

static struct plan_verdict verdict;

static void judge(unsigned want, const uint16_t *holders, unsigned count)
{
	memset(&verdict, 0xa5, sizeof(verdict));
	plan_judge(&world, want, holders, count, &verdict);
}

#define JUDGE(want, ...)                                                                                     \
	do {                                                                                                 \
		const uint16_t held[] = {__VA_ARGS__};                                                       \
		judge(want, held, sizeof(held) / sizeof(*held));                                             \
	} while (0)

static void expect(enum plan_action action, enum plan_purpose purpose, unsigned copies)
{
	assert_int_equal(verdict.action, action);
	if (action == PLAN_COPY || action == PLAN_TRIM)
		assert_int_equal(verdict.purpose, purpose);
	assert_int_equal(verdict.copies, copies);
}

/* ---- the table ---- */

static void test_a_chunk_with_all_its_copies_is_let_be(void **state)
{
	(void)state;
	make_world(4);
	JUDGE(2, 1, 3);
	expect(PLAN_NOTHING, 0, 0);
	assert_int_equal(verdict.live, 2);
	assert_false(verdict.last_copy);
	JUDGE(1, 4);
	expect(PLAN_NOTHING, 0, 0);
	assert_false(verdict.last_copy);
}

static void test_without_a_live_copy_there_is_nothing_to_do(void **state)
{
	(void)state;
	make_world(4);
	set(1, AWAY);
	set(2, IN_GRACE);
	JUDGE(2, 1, 2);
	expect(PLAN_UNREADABLE, 0, 0);
	assert_int_equal(verdict.live, 0);
	judge(2, NULL, 0);
	expect(PLAN_UNREADABLE, 0, 0);
	/* Of a node that nobody knows any more. */
	JUDGE(2, 99);
	expect(PLAN_UNREADABLE, 0, 0);
}

static void test_what_a_node_in_grace_may_bring_back_is_waited_for(void **state)
{
	(void)state;
	make_world(5);
	set(3, IN_GRACE);
	JUDGE(3, 1, 2, 3);
	expect(PLAN_WAIT, 0, 1);
	assert_int_equal(verdict.live, 2);
	set(3, AWAY);
	JUDGE(3, 1, 2, 3);
	expect(PLAN_COPY, PURPOSE_REPAIR, 1);
}

static void test_what_no_awaited_node_makes_up_for_is_copied_at_once(void **state)
{
	(void)state;
	make_world(6);
	set(3, IN_GRACE);
	set(4, AWAY);
	JUDGE(4, 1, 2, 3, 4);
	expect(PLAN_COPY, PURPOSE_REPAIR, 1);
	set(3, AWAY);
	JUDGE(4, 1, 2, 3, 4);
	expect(PLAN_COPY, PURPOSE_REPAIR, 2);
}

static void test_a_last_copy_never_waits_for_grace(void **state)
{
	(void)state;
	make_world(5);
	set(2, IN_GRACE);
	set(3, IN_GRACE);
	JUDGE(3, 1, 2, 3);
	expect(PLAN_COPY, PURPOSE_REPAIR, 2);
	assert_true(verdict.last_copy);
	assert_int_equal(verdict.urgency, 0);
	/* Not even when it is about to be drained. */
	set(1, DRAINING);
	JUDGE(2, 1, 2);
	expect(PLAN_COPY, PURPOSE_REPAIR, 2);
	assert_true(verdict.last_copy);
}

static void test_an_awaited_node_counts_only_while_it_is_away(void **state)
{
	(void)state;
	make_world(5);
	nodes[2].awaited = true;
	JUDGE(3, 1, 2, 3);
	expect(PLAN_NOTHING, 0, 0);
	assert_int_equal(verdict.live, 3);
}

static void test_a_copy_that_no_node_can_take_is_blocked(void **state)
{
	(void)state;
	make_world(3);
	set(2, AWAY);
	set(3, NO_TARGET);
	JUDGE(2, 1, 2);
	expect(PLAN_BLOCKED, 0, 1);
	assert_true(verdict.last_copy);
	/* A holder is no target for a second copy of the same. */
	set(3, 0);
	JUDGE(3, 1, 3);
	expect(PLAN_BLOCKED, 0, 1);
}

static void test_a_node_that_is_drained_keeps_its_copy_until_there_is_another(void **state)
{
	(void)state;
	make_world(4);
	set(1, DRAINING);
	JUDGE(2, 1, 2);
	expect(PLAN_COPY, PURPOSE_DRAIN, 1);
	JUDGE(2, 1, 2, 3);
	expect(PLAN_TRIM, PURPOSE_TRIM, 1);
	assert_int_equal(plan_victim(&world, (const uint16_t[]){1, 2, 3}, 3), 0);
}

static void test_a_shared_zone_is_left_only_for_one_that_can_be_had(void **state)
{
	(void)state;
	make_world(4);
	nodes[1].zone = nodes[0].zone;
	JUDGE(2, 1, 2);
	expect(PLAN_COPY, PURPOSE_SPREAD, 1);
	set(3, NO_TARGET);
	set(4, AWAY);
	JUDGE(2, 1, 2);
	expect(PLAN_NOTHING, 0, 0);
	/* A further node of the same zone does not help. */
	set(3, 0);
	nodes[2].zone = nodes[0].zone;
	JUDGE(2, 1, 2);
	expect(PLAN_NOTHING, 0, 0);
	/* Where zones do not count, nothing is spread. */
	nodes[2].zone = 7;
	JUDGE(2, 1, 2);
	expect(PLAN_COPY, PURPOSE_SPREAD, 1);
	plan_world_init(&world, nodes, 4, false, index_by_id);
	JUDGE(2, 1, 2);
	expect(PLAN_NOTHING, 0, 0);
}

static void test_nothing_is_trimmed_while_keepers_are_missing(void **state)
{
	(void)state;
	make_world(5);
	set(1, DRAINING);
	set(2, DRAINING);
	JUDGE(2, 1, 2, 3);
	expect(PLAN_COPY, PURPOSE_DRAIN, 1);
	for (uint16_t id = 4; id <= 5; id++)
		set(id, NO_TARGET);
	JUDGE(2, 1, 2, 3);
	expect(PLAN_BLOCKED, 0, 1);
	JUDGE(1, 1, 2, 3);
	expect(PLAN_TRIM, PURPOSE_TRIM, 2);
}

static void test_copies_that_are_too_many_are_trimmed_to_want(void **state)
{
	(void)state;
	make_world(5);
	JUDGE(2, 1, 2, 3, 4);
	expect(PLAN_TRIM, PURPOSE_TRIM, 2);
	/* Only what answers counts: the copy that is away may be bad by the time it is back. */
	set(4, AWAY);
	JUDGE(2, 1, 2, 4);
	expect(PLAN_NOTHING, 0, 0);
}

static void test_the_most_urgent_comes_first(void **state)
{
	(void)state;
	make_world(10);
	set(9, AWAY);
	set(10, DRAINING);
	nodes[1].zone = nodes[0].zone;
	uint32_t order[7];
	JUDGE(4, 1, 9);
	order[0] = verdict.urgency;
	assert_true(verdict.last_copy);
	JUDGE(4, 1, 2, 9);
	order[1] = verdict.urgency;
	JUDGE(4, 1, 2, 3, 9);
	order[2] = verdict.urgency;
	JUDGE(4, 1, 2, 3, 10);
	order[3] = verdict.urgency;
	JUDGE(2, 1, 2);
	order[4] = verdict.urgency;
	JUDGE(2, 1, 3, 4);
	order[5] = verdict.urgency;
	JUDGE(2, 1, 3);
	order[6] = verdict.urgency;
	for (int i = 1; i < 7; i++)
		assert_true(order[i - 1] < order[i]);
	/* Relative to want: two of three is better than two of five. */
	JUDGE(3, 1, 2);
	uint32_t of_three = verdict.urgency;
	JUDGE(5, 1, 2);
	assert_true(verdict.urgency < of_three);
	/* What is to leave a node is there until then: it comes after all that lacks a copy. */
	JUDGE(1, 10);
	assert_int_equal(verdict.purpose, PURPOSE_DRAIN);
	assert_true(verdict.urgency > of_three);
}

static void test_copies_missing_at_any_want_come_before_spreading(void **state)
{
	(void)state;
	make_world(16);
	nodes[1].zone = nodes[0].zone;
	JUDGE(2, 1, 2);
	assert_int_equal(verdict.purpose, PURPOSE_SPREAD);
	uint32_t spread = verdict.urgency;
	set(15, DRAINING);
	for (unsigned want = 2; want <= 15; want++) {
		uint16_t held[16];
		for (unsigned i = 0; i + 1 < want; i++)
			held[i] = (uint16_t)(i + 1);
		judge(want, held, want - 1);
		assert_true(verdict.urgency < spread);
		held[want - 1] = 15;
		judge(want, held, want);
		assert_int_equal(verdict.purpose, PURPOSE_DRAIN);
		assert_true(verdict.urgency < spread);
	}
}

/* ---- the victim ---- */

static size_t victim(const uint16_t *holders, unsigned count)
{
	return plan_victim(&world, holders, count) + 1;
}

static void test_the_victim_leaves_the_most_zones_behind(void **state)
{
	(void)state;
	make_world(4);
	const uint16_t held[] = {1, 2, 3, 4};
	nodes[3].zone = nodes[1].zone;
	nodes[0].fill = 0.9;
	nodes[3].fill = 0.6;
	assert_int_equal(victim(held, 4), 4);
	nodes[1].fill = 0.7;
	assert_int_equal(victim(held, 4), 2);
	/* Without zones only fill counts. */
	plan_world_init(&world, nodes, 4, false, index_by_id);
	assert_int_equal(victim(held, 4), 1);
}

static void test_of_equal_victims_a_drained_one_goes_then_the_fullest(void **state)
{
	(void)state;
	make_world(4);
	const uint16_t held[] = {1, 2, 3};
	nodes[1].fill = 0.8;
	assert_int_equal(victim(held, 3), 2);
	set(3, DRAINING);
	assert_int_equal(victim(held, 3), 3);
	/* What answers no more is no victim. */
	set(3, AWAY);
	assert_int_equal(victim(held, 3), 2);
}

static void test_a_drained_copy_does_not_hold_a_zone(void **state)
{
	(void)state;
	make_world(4);
	const uint16_t held[] = {1, 2, 3};
	/* 1 and 2 share a zone; 3 has one of its own but leaves. */
	nodes[1].zone = nodes[0].zone;
	nodes[0].fill = 0.9;
	set(3, DRAINING);
	assert_int_equal(victim(held, 3), 3);
	/* 2 is in the zone of a node that leaves: giving up 1 would cost a zone. */
	nodes[1].zone = nodes[2].zone;
	assert_int_equal(victim(held, 3), 3);
}

/* ---- to the end ---- */

static uint64_t dice_next(struct dice *dice)
{
	(void)dice;
	return draw(UINT64_MAX);
}

static struct dice dice = {.next = dice_next};

/* Chooses as the dispatcher does: by placement.h, the keepers' zones taken. */
static size_t choose_target(const struct chunk *chunk)
{
	struct placement_node places[NODES_MAX];
	unsigned taken[NODES_MAX], chosen = 0;
	size_t taken_count = 0;
	for (size_t i = 0; i < world.node_count; i++) {
		places[i] = (struct placement_node){
			.zone = nodes[i].zone,
			.eligible = nodes[i].target && !is_held(chunk, i),
			.weight = 1,
			.capacity_bytes = 1000,
			.used_bytes = (uint64_t)(nodes[i].fill * 900),
			.key = i,
		};
		if (is_held(chunk, i) && nodes[i].readable && !nodes[i].draining)
			taken[taken_count++] = (unsigned)i;
	}
	const struct placement_request request = {
		.policy = PLACEMENT_BALANCED,
		.spread = world.by_zone ? SPREAD_ZONE : SPREAD_NODE,
		.nodes = places,
		.node_count = world.node_count,
		.taken = taken,
		.taken_count = taken_count,
		.copies = 1,
		.chunk_bytes = 1,
	};
	assert_int_equal(placement_choose(&request, &dice, &chosen), 1);
	return chosen;
}

/* Does what the verdicts say until they say nothing more. */
static void settle(struct chunk *chunk)
{
	const struct census before = count(chunk);
	unsigned floor = before.live < chunk->want ? before.live : chunk->want;
	for (unsigned steps = 0;; steps++) {
		assert_true(steps < 3 * NODES_MAX);
		judge(chunk->want, chunk->held, chunk->count);
		const struct census now = count(chunk);
		assert_int_equal(verdict.live, now.live);
		assert_true(now.live >= floor);
		if (verdict.action == PLAN_COPY) {
			size_t target = choose_target(chunk);
			hold(chunk, target);
			if (verdict.purpose == PURPOSE_SPREAD)
				assert_int_equal(count(chunk).zones, now.zones + 1);
		} else if (verdict.action == PLAN_TRIM) {
			size_t at = plan_victim(&world, chunk->held, chunk->count);
			assert_true(nodes[at].readable);
			let_go(chunk, at);
			assert_true(count(chunk).keepers >= chunk->want);
		} else {
			break;
		}
	}
	const struct census after = count(chunk);
	if (before.live == 0) {
		assert_int_equal(verdict.action, PLAN_UNREADABLE);
	} else if (before.possible >= chunk->want && verdict.action != PLAN_WAIT) {
		assert_int_equal(verdict.action, PLAN_NOTHING);
		assert_int_equal(after.keepers, chunk->want);
		assert_int_equal(after.live, chunk->want);
		unsigned zones = before.possible_zones < chunk->want ? before.possible_zones : chunk->want;
		if (world.by_zone)
			assert_int_equal(after.zones, zones);
	} else if (verdict.action == PLAN_WAIT) {
		assert_true((after.live > 1 || chunk->want == 1) && after.keepers < chunk->want);
		assert_true(after.keepers + after.awaited >= chunk->want);
	} else {
		assert_int_equal(verdict.action, PLAN_BLOCKED);
		assert_int_equal(after.keepers, before.possible);
	}
}

static void draw_states(void)
{
	for (uint16_t id = 1; id <= world.node_count; id++) {
		int flags = chance(20) ? (chance(40) ? IN_GRACE : AWAY) : 0;
		flags |= (chance(15) ? DRAINING : 0) | (chance(15) ? NO_TARGET : 0);
		set(id, flags);
		nodes[id - 1].fill = (double)draw(1000) / 1000;
	}
}

static void test_verdicts_lead_any_chunk_to_what_it_wants_and_end(void **state)
{
	(void)state;
	seed = 1;
	for (int round = 0; round < 20000; round++) {
		size_t node_count = 1 + draw(12);
		unsigned zones = (unsigned)(1 + draw(node_count));
		make_world(node_count);
		world.by_zone = chance(75);
		for (size_t i = 0; i < node_count; i++)
			nodes[i].zone = (unsigned)draw(zones);
		struct chunk chunk = {.want = (unsigned)(1 + draw(5))};
		unsigned copies = (unsigned)draw(8);
		for (unsigned i = 0; i < copies; i++) {
			size_t at = draw(node_count);
			if (!is_held(&chunk, at))
				hold(&chunk, at);
		}
		/* Nodes come and go, and the want changes, in the life of a chunk. */
		for (int epoch = 0; epoch < 4; epoch++) {
			draw_states();
			settle(&chunk);
			if (chance(30))
				chunk.want = (unsigned)(1 + draw(5));
		}
	}
}

static void test_when_all_is_well_again_each_chunk_has_what_it_wants(void **state)
{
	(void)state;
	seed = 2;
	for (int round = 0; round < 5000; round++) {
		make_world(5 + draw(6));
		struct chunk chunk = {.want = (unsigned)(1 + draw(5))};
		for (size_t i = 0; i < chunk.want; i++)
			hold(&chunk, i);
		for (int epoch = 0; epoch < 5; epoch++) {
			draw_states();
			settle(&chunk);
		}
		for (uint16_t id = 1; id <= world.node_count; id++)
			set(id, 0);
		settle(&chunk);
		assert_int_equal(chunk.count, chunk.want);
		assert_int_equal(count(&chunk).zones, chunk.want);
	}
}

static void test_each_purpose_has_its_word(void **state)
{
	(void)state;
	assert_string_equal(plan_purpose_name(PURPOSE_REPAIR), "repair");
	assert_string_equal(plan_purpose_name(PURPOSE_SPREAD), "spread");
	assert_string_equal(plan_purpose_name(PURPOSE_DRAIN), "drain");
	assert_string_equal(plan_purpose_name(PURPOSE_TRIM), "trim");
	assert_string_equal(plan_purpose_name(PURPOSE_BALANCE), "balance");
}

int main(void)
{
#define TEST(name) cmocka_unit_test(test_##name)
	const struct CMUnitTest tests[] = {
		TEST(a_chunk_with_all_its_copies_is_let_be),
		TEST(without_a_live_copy_there_is_nothing_to_do),
		TEST(what_a_node_in_grace_may_bring_back_is_waited_for),
		TEST(what_no_awaited_node_makes_up_for_is_copied_at_once),
		TEST(a_last_copy_never_waits_for_grace),
		TEST(an_awaited_node_counts_only_while_it_is_away),
		TEST(a_copy_that_no_node_can_take_is_blocked),
		TEST(a_node_that_is_drained_keeps_its_copy_until_there_is_another),
		TEST(a_shared_zone_is_left_only_for_one_that_can_be_had),
		TEST(nothing_is_trimmed_while_keepers_are_missing),
		TEST(copies_that_are_too_many_are_trimmed_to_want),
		TEST(the_most_urgent_comes_first),
		TEST(copies_missing_at_any_want_come_before_spreading),
		TEST(the_victim_leaves_the_most_zones_behind),
		TEST(of_equal_victims_a_drained_one_goes_then_the_fullest),
		TEST(a_drained_copy_does_not_hold_a_zone),
		TEST(verdicts_lead_any_chunk_to_what_it_wants_and_end),
		TEST(when_all_is_well_again_each_chunk_has_what_it_wants),
		TEST(each_purpose_has_its_word),
	};
	return cmocka_run_group_tests_name("repair plan", tests, NULL, NULL);
}
