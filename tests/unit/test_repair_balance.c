/*
 * Which chunks are moved so that every node gets its share, and that moving ends when it has.
 */
#include "tests/support/plan_world.h"

#include <string.h>

static struct plan_balance balance;

static void test_a_node_owes_what_exceeds_its_share_by_capacity_and_weight(void **state)
{
	(void)state;
	make_world(3);
	const uint64_t used[] = {400, 200, 0}, capacity[] = {1000, 1000, 2000};
	const double even[] = {1, 1, 1}, weighted[] = {1, 1, 2};
	for (int i = 0; i < 3; i++)
		nodes[i].fill = (double)used[i] / (double)capacity[i];
	plan_balance(&world, used, capacity, even, 2, &balance);
	assert_float_equal(balance.surplus[0], 250, 1e-6);
	assert_float_equal(balance.surplus[1], 50, 1e-6);
	assert_float_equal(balance.surplus[2], -300, 1e-6);
	assert_float_equal(balance.skew, 0.4, 1e-9);
	plan_balance(&world, used, capacity, weighted, 2, &balance);
	assert_float_equal(balance.surplus[0], 300, 1e-6);
	assert_float_equal(balance.surplus[2], -400, 1e-6);
}

static void test_nodes_that_cannot_be_read_or_are_drained_take_no_part_in_the_balance(void **state)
{
	(void)state;
	make_world(5);
	const uint64_t used[] = {500, 100, 900, 900, 900}, capacity[] = {1000, 1000, 1000, 1000, 1000};
	const double weight[] = {1, 1, 1, 1, 1};
	nodes[4].id = 0; /* not part of the store yet */
	nodes[0].fill = 0.5;
	nodes[1].fill = 0.1;
	set(3, AWAY);
	set(4, DRAINING);
	plan_balance(&world, used, capacity, weight, 10, &balance);
	assert_false(balance.usable[2] || balance.usable[3] || balance.usable[4]);
	assert_float_equal(balance.surplus[0], 200, 1e-6);
	assert_float_equal(balance.surplus[2], 0, 1e-6);
	assert_float_equal(balance.skew, 0.4, 1e-9);
}

static void test_weights_are_relative_to_each_other(void **state)
{
	(void)state;
	make_world(3);
	const uint64_t even[] = {500, 500, 500}, uneven[] = {500, 500, 200}, capacity[] = {1000, 1000, 1000};
	const double factors[] = {0.001, 0.25, 1, 1000};
	for (int i = 0; i < 4; i++) {
		const double weight[] = {factors[i], factors[i], factors[i]};
		plan_balance(&world, even, capacity, weight, 10, &balance);
		assert_float_equal(balance.skew, 0, 1e-9);
		plan_balance(&world, uneven, capacity, weight, 10, &balance);
		assert_float_equal(balance.skew, 0.3, 1e-9);
	}
}

static void test_a_full_node_still_gives(void **state)
{
	(void)state;
	size_t giver, taker;
	make_world(3);
	const uint64_t used[] = {960, 500, 100}, capacity[] = {1000, 1000, 1000};
	const double weight[] = {1, 1, 1};
	set(1, NO_TARGET);
	plan_balance(&world, used, capacity, weight, 10, &balance);
	assert_true(plan_move(&world, &balance, (const uint16_t[]){1, 2}, 2, &giver, &taker));
	assert_int_equal(giver, 0);
	assert_int_equal(taker, 2);
	/* But takes nothing, however empty it looks. */
	const uint64_t other[] = {0, 500, 900};
	plan_balance(&world, other, capacity, weight, 10, &balance);
	assert_false(plan_move(&world, &balance, (const uint16_t[]){2, 3}, 2, &giver, &taker));
}

static void test_a_move_keeps_zones_apart_and_never_doubles_a_copy(void **state)
{
	(void)state;
	size_t giver, taker;
	make_world(4);
	const uint64_t used[] = {900, 500, 100, 200}, capacity[] = {1000, 1000, 1000, 1000};
	const double weight[] = {1, 1, 1, 1};
	nodes[2].zone = nodes[1].zone;
	plan_balance(&world, used, capacity, weight, 10, &balance);
	/* 3 lacks most, but 2 is in its zone. */
	assert_true(plan_move(&world, &balance, (const uint16_t[]){1, 2}, 2, &giver, &taker));
	assert_int_equal(giver, 0);
	assert_int_equal(taker, 3);
	assert_true(plan_move(&world, &balance, (const uint16_t[]){1}, 1, &giver, &taker));
	assert_int_equal(taker, 2);
	assert_false(plan_move(&world, &balance, (const uint16_t[]){1, 3, 4}, 3, &giver, &taker));
	/* Where they share a zone already, a move within it makes nothing worse. */
	nodes[0].zone = nodes[1].zone;
	assert_true(plan_move(&world, &balance, (const uint16_t[]){1, 2}, 2, &giver, &taker));
	assert_int_equal(taker, 2);
}

static void test_what_is_within_the_tolerance_is_let_be(void **state)
{
	(void)state;
	size_t giver, taker;
	make_world(2);
	const uint64_t used[] = {504, 496}, apart[] = {516, 484}, capacity[] = {1000, 1000};
	const double weight[] = {1, 1};
	plan_balance(&world, used, capacity, weight, 2, &balance);
	assert_float_equal(balance.tolerance, 5, 1e-9);
	assert_false(plan_move(&world, &balance, (const uint16_t[]){1}, 1, &giver, &taker));
	plan_balance(&world, apart, capacity, weight, 2, &balance);
	assert_true(plan_move(&world, &balance, (const uint16_t[]){1}, 1, &giver, &taker));
	/* Half a chunk cannot be moved. */
	plan_balance(&world, apart, capacity, weight, 40, &balance);
	assert_float_equal(balance.tolerance, 20, 1e-9);
	assert_false(plan_move(&world, &balance, (const uint16_t[]){1}, 1, &giver, &taker));
	/* Nor within a zone, where it would only turn the two around. */
	nodes[1].zone = nodes[0].zone;
	assert_false(plan_move(&world, &balance, (const uint16_t[]){1}, 1, &giver, &taker));
}

/* And the other way round: each of many lacks hardly anything of what one has too much. */
static void test_a_node_above_many_others_gives(void **state)
{
	(void)state;
	size_t giver, taker;
	uint64_t used[NODES_MAX], capacity[NODES_MAX];
	double weight[NODES_MAX];
	make_world(NODES_MAX);
	for (size_t i = 0; i < NODES_MAX; i++) {
		used[i] = i == 0 ? 540 : 500;
		capacity[i] = 1000;
		weight[i] = 1;
	}
	plan_balance(&world, used, capacity, weight, 2, &balance);
	assert_true(-balance.surplus[1] < balance.tolerance && -balance.surplus[1] > balance.step);
	assert_true(plan_move(&world, &balance, (const uint16_t[]){1}, 1, &giver, &taker));
	assert_int_equal(giver, 0);
}

static void test_nothing_to_balance_is_no_error(void **state)
{
	(void)state;
	size_t giver, taker;
	const uint64_t none[] = {0, 0};
	const double weight[] = {1, 1};
	plan_world_init(&world, nodes, 0, true, index_by_id);
	plan_balance(&world, none, none, weight, 10, &balance);
	assert_float_equal(balance.skew, 0, 1e-9);
	make_world(2);
	plan_balance(&world, none, none, weight, 10, &balance);
	assert_float_equal(balance.skew, 0, 1e-9);
	assert_false(plan_move(&world, &balance, (const uint16_t[]){1}, 1, &giver, &taker));
}

/* A store of chunks of one size that are moved about. */
enum { SIM_CHUNKS = 4000, SIM_CHUNK_BYTES = 100 };

struct simulation {
	struct chunk chunks[SIM_CHUNKS];
	uint64_t sizes[SIM_CHUNKS];
	uint64_t used[NODES_MAX], capacity[NODES_MAX];
	double weight[NODES_MAX];
	double moved, least, skew;
};

static struct simulation sim;

static void sim_measure(void)
{
	memset(sim.used, 0, sizeof(sim.used));
	for (size_t i = 0; i < SIM_CHUNKS; i++)
		for (unsigned j = 0; j < sim.chunks[i].count; j++)
			sim.used[index_by_id[sim.chunks[i].held[j]]] += sim.sizes[i];
	for (size_t i = 0; i < world.node_count; i++)
		nodes[i].fill = (double)sim.used[i] / (double)sim.capacity[i];
	plan_balance(&world, sim.used, sim.capacity, sim.weight, SIM_CHUNK_BYTES, &balance);
}

/* Random copies on the first nodes, as placement makes them. */
static void sim_fill(size_t first_nodes, unsigned copies)
{
	memset(&sim.chunks, 0, sizeof(sim.chunks));
	for (size_t i = 0; i < SIM_CHUNKS; i++) {
		sim.sizes[i] = chance(20) ? 1 + draw(SIM_CHUNK_BYTES) : SIM_CHUNK_BYTES;
		sim.chunks[i].want = copies;
		double total = 0;
		for (size_t at = 0; at < first_nodes; at++)
			total += (double)sim.capacity[at];
		while (sim.chunks[i].count < copies) {
			double point = (double)draw(1000000) / 1e6 * total;
			size_t at = 0;
			while (at + 1 < first_nodes && point >= (double)sim.capacity[at])
				point -= (double)sim.capacity[at++];
			bool zone_used = false;
			for (size_t other = 0; other < world.node_count; other++)
				zone_used |=
					is_held(&sim.chunks[i], other) && nodes[other].zone == nodes[at].zone;
			if (!zone_used)
				hold(&sim.chunks[i], at);
		}
	}
}

/* Moves chunks in the order that the dispatcher does: a few at a time, between looks at what nodes hold. */
static void sim_run(void)
{
	enum { AT_ONCE = 16 };
	sim.moved = sim.least = 0;
	sim_measure();
	for (size_t i = 0; i < world.node_count; i++)
		sim.least += balance.surplus[i] > 0 ? balance.surplus[i] : 0;
	for (size_t start = 0, idle = 0; idle < SIM_CHUNKS; start++) {
		assert_true(start < 100 * SIM_CHUNKS);
		struct chunk *chunk = &sim.chunks[start * 7919 % SIM_CHUNKS];
		uint64_t size = sim.sizes[start * 7919 % SIM_CHUNKS];
		size_t giver, taker;
		idle++;
		if (!plan_move(&world, &balance, chunk->held, chunk->count, &giver, &taker))
			continue;
		unsigned zones = count(chunk).zones;
		let_go(chunk, giver);
		hold(chunk, taker);
		assert_true(!world.by_zone || count(chunk).zones >= zones);
		balance.surplus[giver] -= (double)size;
		balance.surplus[taker] += (double)size;
		sim.moved += (double)size;
		idle = 0;
		if (start % AT_ONCE == 0)
			sim_measure();
	}
	sim_measure();
}

static void sim_expect(void)
{
	if (balance.skew > 0.03)
		fail_msg("the fullest and the emptiest differ by %.1f points", 100 * balance.skew);
	if (sim.moved > 1.2 * sim.least)
		fail_msg("%.0f bytes moved where %.0f are enough", sim.moved, sim.least);
}

static void sim_capacities(uint64_t (*capacity)(size_t))
{
	for (size_t i = 0; i < world.node_count; i++) {
		sim.capacity[i] = capacity(i);
		sim.weight[i] = 1;
	}
}

static uint64_t equal_capacity(size_t at)
{
	(void)at;
	return 300000;
}

static uint64_t ample_capacity(size_t at)
{
	(void)at;
	return 2000000;
}

static uint64_t mixed_capacity(size_t at)
{
	return 200000 * (1 + at % 3);
}

static void test_a_new_node_gets_its_share_at_hardly_more_than_the_least_cost(void **state)
{
	(void)state;
	for (seed = 1; seed <= 5; seed++)
		for (unsigned copies = 1; copies <= 3; copies++) {
			uint64_t kept = seed;
			make_world(7);
			sim_capacities(equal_capacity);
			sim_fill(6, copies);
			sim_run();
			sim_expect();
			assert_true(sim.used[6] > 0);
			seed = kept;
		}
}

/* Although each of the others has hardly more than its share. */
static void test_a_new_node_among_many_is_filled_too(void **state)
{
	(void)state;
	seed = 3;
	make_world(NODES_MAX);
	sim_capacities(ample_capacity);
	sim_fill(NODES_MAX - 1, 2);
	sim_run();
	assert_true(balance.skew < 0.01);
	assert_true(sim.used[NODES_MAX - 1] > 20000);
}

static void test_nodes_of_any_capacity_end_up_alike_full(void **state)
{
	(void)state;
	for (uint64_t round = 1; round <= 5; round++) {
		seed = round;
		make_world(7);
		sim_capacities(mixed_capacity);
		sim_fill(6, 2);
		sim_run();
		sim_expect();
	}
}

static void test_a_node_of_double_weight_ends_up_with_twice_as_much(void **state)
{
	(void)state;
	seed = 7;
	make_world(7);
	sim_capacities(equal_capacity);
	sim.weight[6] = 2;
	sim_fill(6, 2);
	sim_run();
	sim_expect();
	assert_float_equal((double)sim.used[6] / (double)sim.used[0], 2, 0.1);
}

static void test_balancing_within_zones_ends_and_keeps_them_apart(void **state)
{
	(void)state;
	for (uint64_t round = 1; round <= 5; round++) {
		seed = round;
		make_world(7);
		for (size_t i = 0; i < 7; i++)
			nodes[i].zone = (unsigned)(i % 3);
		sim_capacities(equal_capacity);
		sim_fill(6, 3);
		sim_run();
		for (size_t i = 0; i < SIM_CHUNKS; i++)
			assert_int_equal(count(&sim.chunks[i]).zones, 3);
		/*
		 * Zone 0 has three nodes by now, the others two each: it cannot hold as much as by capacity it
		 * should.
		 */
		assert_true(sim.used[0] < sim.used[1]);
		/* But its nodes share alike what there is. */
		for (size_t i = 0; i < 7; i += 3)
			assert_float_equal((double)sim.used[i],
				(double)(sim.used[0] + sim.used[3] + sim.used[6]) / 3, 3000);
		assert_true(sim.moved <= 1.2 * sim.least);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test(test_##name)
	const struct CMUnitTest tests[] = {
		TEST(a_node_owes_what_exceeds_its_share_by_capacity_and_weight),
		TEST(nodes_that_cannot_be_read_or_are_drained_take_no_part_in_the_balance),
		TEST(weights_are_relative_to_each_other),
		TEST(a_full_node_still_gives),
		TEST(a_move_keeps_zones_apart_and_never_doubles_a_copy),
		TEST(what_is_within_the_tolerance_is_let_be),
		TEST(a_node_above_many_others_gives),
		TEST(nothing_to_balance_is_no_error),
		TEST(a_new_node_gets_its_share_at_hardly_more_than_the_least_cost),
		TEST(a_new_node_among_many_is_filled_too),
		TEST(nodes_of_any_capacity_end_up_alike_full),
		TEST(a_node_of_double_weight_ends_up_with_twice_as_much),
		TEST(balancing_within_zones_ends_and_keeps_them_apart),
	};
	return cmocka_run_group_tests_name("repair balance", tests, NULL, NULL);
}
