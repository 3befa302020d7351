/* What placement.h promises: distinct nodes and zones, even fills, no neighbour pattern, little movement. */
#include "engine/placement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/splitmix.h"

enum { NODES_MAX = 1024, COPIES_MAX = 16, CHUNKS = 100000 };
static const uint64_t CHUNK_BYTES = UINT64_C(4) << 20;

/* A made-up store with room for plenty, and what was placed on it. */
struct store {
	struct splitmix splitmix;
	struct placement_node nodes[NODES_MAX];
	struct placement_request request;
	unsigned chosen[COPIES_MAX];
	unsigned first_pairs[16][16]; /* [primary][other] */
	unsigned pairs[16][16];       /* [a][b], both orders */
};

static struct store store;

/* Equal nodes; node i is in zone i % zones. */
static void store_make(
	enum placement_policy policy, enum placement_spread spread, size_t nodes, unsigned zones)
{
	memset(&store, 0, sizeof(store));
	store.splitmix = splitmix_of(1);
	for (size_t i = 0; i < nodes; i++)
		store.nodes[i] = (struct placement_node){
			.zone = (unsigned)i % zones,
			.eligible = true,
			.weight = 1,
			.capacity_bytes = UINT64_C(1) << 42,
			.key = 1000 + i,
		};
	store.request = (struct placement_request){
		.policy = policy,
		.spread = spread,
		.nodes = store.nodes,
		.node_count = nodes,
		.copies = 3,
		.chunk_bytes = CHUNK_BYTES,
	};
}

/* Chooses, and checks what must hold for every choice. */
static size_t choose(void)
{
	const struct placement_request *request = &store.request;
	store.request.chunk_key = splitmix_next(&store.splitmix.dice);
	size_t found = placement_choose(request, &store.splitmix.dice, store.chosen);
	assert_true(found <= request->copies);
	for (size_t i = 0; i < found; i++) {
		assert_true(store.chosen[i] < request->node_count);
		const struct placement_node *node = &store.nodes[store.chosen[i]];
		assert_true(node->eligible);
		assert_true(node->used_bytes + request->chunk_bytes <= node->capacity_bytes);
		for (size_t j = 0; j < i; j++)
			assert_true(store.chosen[j] != store.chosen[i]);
		for (size_t j = 0; j < request->taken_count; j++)
			assert_true(request->taken[j] != store.chosen[i]);
	}
	return found;
}

static void place(unsigned chunks)
{
	for (unsigned chunk = 0; chunk < chunks; chunk++, store.request.sequence++) {
		size_t found = choose();
		assert_int_equal(found, store.request.copies);
		for (size_t i = 0; i < found; i++) {
			store.nodes[store.chosen[i]].used_bytes += CHUNK_BYTES;
			for (size_t j = 0; j < found && store.request.node_count <= 16; j++) {
				store.first_pairs[store.chosen[i]][store.chosen[j]] += i == 0 && j > 0;
				store.pairs[store.chosen[i]][store.chosen[j]] += i != j;
			}
		}
	}
}

static unsigned zone_of(size_t i)
{
	return store.nodes[store.chosen[i]].zone;
}

static bool zones_distinct(size_t found)
{
	for (size_t i = 0; i < found; i++)
		for (size_t j = 0; j < i; j++)
			if (zone_of(i) == zone_of(j))
				return false;
	return true;
}

static double fill_of(size_t node)
{
	return (double)store.nodes[node].used_bytes / (double)store.nodes[node].capacity_bytes;
}

/* Sets capacities in proportion to `sizes` so that `chunks` of three copies fill `share` of the store. */
static void set_sizes(const unsigned *sizes, size_t nodes, unsigned chunks, double share)
{
	unsigned total = 0;
	for (size_t i = 0; i < nodes; i++)
		total += sizes[i];
	for (size_t i = 0; i < nodes; i++)
		store.nodes[i].capacity_bytes =
			(uint64_t)(chunks * 3.0 / share / total) * sizes[i] * CHUNK_BYTES;
}

static void expect_fills_within(double points)
{
	double least = 1, most = 0;
	for (size_t i = 0; i < store.request.node_count; i++) {
		least = fill_of(i) < least ? fill_of(i) : least;
		most = fill_of(i) > most ? fill_of(i) : most;
	}
	if (most - least > points)
		fail_msg("fills are between %f and %f", least, most);
}

/* Of the ordered pairs of different zones, each has its even share within 15 %; equal zones have none. */
static void expect_no_pattern(unsigned pairs[16][16])
{
	size_t nodes = store.request.node_count;
	double sum = 0;
	unsigned possible = 0;
	for (size_t a = 0; a < nodes; a++) {
		for (size_t b = 0; b < nodes; b++) {
			sum += pairs[a][b];
			possible += store.nodes[a].zone != store.nodes[b].zone;
		}
	}
	double expected = sum / possible;
	for (size_t a = 0; a < nodes; a++) {
		for (size_t b = 0; b < nodes; b++) {
			if (store.nodes[a].zone == store.nodes[b].zone)
				assert_int_equal(pairs[a][b], 0);
			else if (pairs[a][b] < 0.85 * expected || pairs[a][b] > 1.15 * expected)
				fail_msg("pair %zu, %zu: %u where %f are expected", a, b, pairs[a][b],
					expected);
		}
	}
}

static void balanced_is_even_without_a_pattern(void **state)
{
	static const unsigned zones[] = {8, 4};
	(void)state;
	for (size_t k = 0; k < 2; k++) {
		store_make(PLACEMENT_BALANCED, SPREAD_ZONE, 8, zones[k]);
		place(CHUNKS);
		uint64_t fullest = 0;
		for (size_t i = 0; i < 8; i++)
			fullest = store.nodes[i].used_bytes > fullest ? store.nodes[i].used_bytes : fullest;
		assert_true((double)fullest <= 1.02 * (3.0 * CHUNKS / 8) * (double)CHUNK_BYTES);
		expect_no_pattern(store.first_pairs);
		expect_no_pattern(store.pairs);
	}
}

/* The correction reacts to single chunks when nodes are small; that must not make neighbours either. */
static void balanced_has_no_pattern_on_small_nodes(void **state)
{
	(void)state;
	store_make(PLACEMENT_BALANCED, SPREAD_ZONE, 8, 8);
	for (unsigned round = 0; round < 4000; round++) {
		for (size_t i = 0; i < 8; i++) {
			store.nodes[i].capacity_bytes = 16 * CHUNK_BYTES;
			store.nodes[i].used_bytes = 0;
		}
		place(25);
		expect_fills_within(0.45);
	}
	expect_no_pattern(store.first_pairs);
	expect_no_pattern(store.pairs);
}

static void balanced_fills_unequal_nodes_alike(void **state)
{
	static const unsigned sizes[] = {1, 1, 1, 2, 2, 2, 4, 4, 4};
	static const enum placement_spread spreads[] = {SPREAD_ZONE, SPREAD_NODE};
	(void)state;
	for (size_t k = 0; k < 2; k++) {
		store_make(PLACEMENT_BALANCED, spreads[k], 9, 3);
		set_sizes(sizes, 9, CHUNKS, 0.7);
		for (unsigned step = 0; step < 10; step++) {
			place(CHUNKS / 10);
			expect_fills_within(0.03);
		}
	}
}

static void balanced_fills_unequal_zones_alike(void **state)
{
	static const unsigned sizes[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	static const unsigned zones[] = {0, 0, 1, 1, 2, 2, 2, 3, 3, 3};
	(void)state;
	store_make(PLACEMENT_BALANCED, SPREAD_ZONE, 10, 1);
	set_sizes(sizes, 10, CHUNKS, 0.7);
	for (size_t i = 0; i < 10; i++)
		store.nodes[i].zone = zones[i];
	place(CHUNKS);
	expect_fills_within(0.03);
}

static void balanced_brings_unequal_fills_together(void **state)
{
	static const unsigned sizes[] = {1, 1, 1, 1, 1, 1, 1, 1};
	(void)state;
	store_make(PLACEMENT_BALANCED, SPREAD_ZONE, 8, 8);
	set_sizes(sizes, 8, CHUNKS, 0.5);
	for (size_t i = 0; i < 8; i++)
		store.nodes[i].used_bytes = store.nodes[i].capacity_bytes * i / 32;
	place(CHUNKS);
	expect_fills_within(0.03);
}

static void balanced_gives_a_new_node_more_but_not_everything(void **state)
{
	static const unsigned sizes[] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
	(void)state;
	store_make(PLACEMENT_BALANCED, SPREAD_ZONE, 9, 9);
	set_sizes(sizes, 9, CHUNKS, 0.3);
	for (size_t i = 0; i < 8; i++)
		store.nodes[i].used_bytes = store.nodes[i].capacity_bytes / 10 * 4;
	place(10000);
	uint64_t share = store.nodes[8].used_bytes / CHUNK_BYTES;
	assert_in_range(share, 5000, 8000);
	place(130000);
	expect_fills_within(0.03);
}

static void balanced_follows_weights(void **state)
{
	(void)state;
	store_make(PLACEMENT_BALANCED, SPREAD_NODE, 8, 8);
	for (size_t i = 0; i < 8; i++)
		store.nodes[i].weight = i < 2 ? 2 : 1;
	/* Large enough for the right share to be reached early: weight 2 gets twice the bytes. */
	for (size_t i = 0; i < 8; i++)
		store.nodes[i].capacity_bytes = CHUNKS * CHUNK_BYTES;
	place(CHUNKS);
	for (size_t i = 0; i < 8; i++)
		assert_in_range(store.nodes[i].used_bytes / CHUNK_BYTES, i < 2 ? 57000 : 28500,
			i < 2 ? 63000 : 31500);
}

static const enum placement_policy policies[] = {
	PLACEMENT_BALANCED, PLACEMENT_RENDEZVOUS, PLACEMENT_ROUND_ROBIN};
enum { POLICIES = 3 };

static void zones_are_not_shared_while_enough_are_usable(void **state)
{
	(void)state;
	for (size_t k = 0; k < POLICIES; k++) {
		/* Zones 0 … 3 with nodes 0 … 11; of zone 3 nothing is usable. */
		store_make(policies[k], SPREAD_ZONE, 12, 4);
		store.nodes[3].eligible = store.nodes[7].eligible = false;
		store.nodes[11].used_bytes = store.nodes[11].capacity_bytes - CHUNK_BYTES + 1;
		for (; store.request.sequence < 2000; store.request.sequence++) {
			assert_int_equal(choose(), 3);
			assert_true(zones_distinct(3));
		}
	}
}

static void further_copies_go_where_the_zone_holds_fewest(void **state)
{
	(void)state;
	for (size_t k = 0; k < POLICIES; k++) {
		store_make(policies[k], SPREAD_ZONE, 12, 3);
		store.request.copies = 8;
		for (; store.request.sequence < 1000; store.request.sequence++) {
			unsigned in_zone[3] = {0};
			assert_int_equal(choose(), 8);
			for (size_t i = 0; i < 8; i++)
				assert_int_equal(in_zone[zone_of(i)]++, i / 3);
		}
	}
}

static void slow_nodes_are_chosen_last_but_before_a_zone_is_shared(void **state)
{
	(void)state;
	for (size_t k = 0; k < POLICIES; k++) {
		store_make(policies[k], SPREAD_ZONE, 9, 3); /* zone 0 has nodes 0, 3, 6 */
		store.nodes[0].slow = store.nodes[3].slow = true;
		for (; store.request.sequence < 1000; store.request.sequence++) {
			assert_int_equal(choose(), 3);
			for (size_t i = 0; i < 3; i++)
				assert_false(store.nodes[store.chosen[i]].slow);
		}
		store.nodes[6].slow = true;
		for (; store.request.sequence < 2000; store.request.sequence++) {
			assert_int_equal(choose(), 3);
			assert_true(zones_distinct(3));
			assert_int_equal(zone_of(2), 0); /* the last to be chosen */
		}
		store.request.spread = SPREAD_NODE;
		for (; store.request.sequence < 3000; store.request.sequence++) {
			assert_int_equal(choose(), 3);
			for (size_t i = 0; i < 3; i++)
				assert_true(zone_of(i) != 0);
		}
		store.request.copies = 9;
		assert_int_equal(choose(), 9);
		for (size_t i = 6; i < 9; i++)
			assert_int_equal(zone_of(i), 0);
	}
}

static void taken_nodes_are_avoided_and_count_for_their_zones(void **state)
{
	static const unsigned taken[] = {0, 4, 1};
	(void)state;
	for (size_t k = 0; k < POLICIES; k++) {
		/* Zone 0 holds two copies, zone 1 one, zones 2 and 3 none; a taken node may be one that is down. */
		store_make(policies[k], SPREAD_ZONE, 12, 4);
		store.nodes[4].eligible = false;
		store.request.taken = taken;
		store.request.taken_count = 3;
		store.request.copies = 6;
		for (; store.request.sequence < 1000; store.request.sequence++) {
			assert_int_equal(choose(), 6);
			assert_true(zone_of(0) >= 2 && zone_of(1) >= 2 && zone_of(0) != zone_of(1));
			for (size_t i = 2; i < 5; i++)
				assert_true(zone_of(i) >= 1);
			unsigned in_zone[4] = {2, 1};
			for (size_t i = 0; i < 6; i++)
				in_zone[zone_of(i)]++;
			for (size_t zone = 0; zone < 4; zone++)
				assert_in_range(in_zone[zone], 2, 3);
		}
	}
}

static void spread_node_ignores_zones(void **state)
{
	(void)state;
	for (size_t k = 0; k < POLICIES; k++) {
		bool shared = false;
		store_make(policies[k], SPREAD_NODE, 9, 3);
		for (size_t i = 0; i < 9; i++)
			store.nodes[i].zone = (unsigned)i / 3;
		for (; store.request.sequence < 200; store.request.sequence++) {
			assert_int_equal(choose(), 3);
			shared |= !zones_distinct(3);
		}
		assert_true(shared);
	}
}

static void fewer_are_found_when_there_are_fewer(void **state)
{
	static const unsigned taken[] = {1};
	(void)state;
	for (size_t k = 0; k < POLICIES; k++) {
		store_make(policies[k], SPREAD_ZONE, 5, 2);
		store.request.copies = 16;
		assert_int_equal(choose(), 5);
		store.nodes[0].eligible = false;
		assert_int_equal(choose(), 4);
		store.request.taken = taken;
		store.request.taken_count = 1;
		assert_int_equal(choose(), 3);
		store.nodes[2].capacity_bytes = CHUNK_BYTES - 1;
		assert_int_equal(choose(), 2);
		store.nodes[2].capacity_bytes = CHUNK_BYTES;
		assert_int_equal(choose(), 3);
		store.nodes[3].capacity_bytes = 0;
		store.nodes[4].used_bytes = UINT64_MAX;
		assert_int_equal(choose(), 1);
		assert_int_equal(store.chosen[0], 2);
		store.request.copies = 0;
		assert_int_equal(choose(), 0);
		store.request.copies = 3;
		store.request.node_count = 0;
		store.request.taken_count = 0;
		assert_int_equal(choose(), 0);
	}
}

static void the_largest_store_works(void **state)
{
	(void)state;
	for (size_t k = 0; k < POLICIES; k++) {
		store_make(policies[k], SPREAD_ZONE, NODES_MAX, 40);
		store.request.copies = COPIES_MAX;
		for (; store.request.sequence < 300; store.request.sequence++) {
			assert_int_equal(choose(), COPIES_MAX);
			assert_true(zones_distinct(COPIES_MAX));
		}
	}
}

/* Whatever nodes look like, choose() finds what it checks to hold, and as many as there are. */
static void random_stores_are_handled(void **state)
{
	(void)state;
	struct splitmix random = splitmix_of(99);
	for (unsigned round = 0; round < 6000; round++) {
		unsigned taken[4];
		size_t nodes = splitmix_next(&random.dice) % 20, usable = 0;
		store_make(policies[round % POLICIES], round % 2 ? SPREAD_ZONE : SPREAD_NODE, nodes, 1);
		store.request.copies = (unsigned)(splitmix_next(&random.dice) % 17);
		store.request.sequence = splitmix_next(&random.dice);
		store.splitmix.state = round;
		for (size_t i = 0; i < nodes; i++) {
			uint64_t bits = splitmix_next(&random.dice);
			store.nodes[i].zone = bits % 5;
			store.nodes[i].eligible = bits >> 8 & 3;
			store.nodes[i].weight =
				(double)(1 + (bits >> 10) % 1000) / (bits >> 20 & 1 ? 1 : 1000);
			store.nodes[i].capacity_bytes = CHUNK_BYTES << (bits >> 24) % 40;
			store.nodes[i].used_bytes = store.nodes[i].capacity_bytes / 16 * ((bits >> 32) % 17);
		}
		for (size_t i = 0; i < 4 && nodes > 0; i++)
			taken[store.request.taken_count++] = (unsigned)(splitmix_next(&random.dice) % nodes);
		store.request.taken = taken;
		for (unsigned i = 0; i < nodes; i++) {
			bool held = false;
			for (size_t t = 0; t < store.request.taken_count; t++)
				held |= taken[t] == i;
			usable += !held && store.nodes[i].eligible &&
				  store.nodes[i].used_bytes + CHUNK_BYTES <= store.nodes[i].capacity_bytes;
		}
		assert_int_equal(choose(), usable < store.request.copies ? usable : store.request.copies);
	}
}

static void rendezvous_depends_on_the_chunk_and_the_nodes_only(void **state)
{
	unsigned first[3], again[3];
	(void)state;
	store_make(PLACEMENT_RENDEZVOUS, SPREAD_ZONE, 8, 4);
	for (uint64_t key = 0; key < 1000; key++) {
		store.request.chunk_key = key;
		store.request.sequence = 0;
		store.nodes[0].used_bytes = 0;
		assert_int_equal(placement_choose(&store.request, NULL, first), 3);
		store.request.sequence = key;
		store.nodes[0].used_bytes = UINT64_C(1) << 41;
		assert_int_equal(placement_choose(&store.request, NULL, again), 3);
		assert_memory_equal(first, again, sizeof(first));
	}
}

static void rendezvous_moves_little_and_only_to_the_new_node(void **state)
{
	unsigned moved = 0;
	(void)state;
	store_make(PLACEMENT_RENDEZVOUS, SPREAD_NODE, 9, 9);
	for (uint64_t chunk = 0; chunk < CHUNKS; chunk++) {
		unsigned before[3], after[3];
		store.request.chunk_key = splitmix_next(&store.splitmix.dice);
		store.request.node_count = 8;
		assert_int_equal(placement_choose(&store.request, NULL, before), 3);
		store.request.node_count = 9;
		assert_int_equal(placement_choose(&store.request, NULL, after), 3);
		for (size_t i = 0; i < 3; i++) {
			bool kept = false;
			for (size_t j = 0; j < 3; j++)
				kept |= after[i] == before[j];
			moved += !kept;
			assert_true(kept || after[i] == 8);
		}
	}
	assert_in_range(moved, 3 * CHUNKS / 9 * 9 / 10, 3 * CHUNKS / 9 * 5 / 4);
}

static void rendezvous_follows_weight_and_capacity(void **state)
{
	unsigned hits[6] = {0};
	(void)state;
	/* Single copies have shares exactly in proportion: 1, 1, 2, 2, 4, 8 of 18. */
	static const unsigned shares[] = {1, 1, 2, 2, 4, 8};
	store_make(PLACEMENT_RENDEZVOUS, SPREAD_NODE, 6, 6);
	store.nodes[2].weight = 2;
	store.nodes[3].capacity_bytes *= 2;
	store.nodes[4].weight = store.nodes[5].weight = 4;
	store.nodes[5].capacity_bytes *= 2;
	store.request.copies = 1;
	for (unsigned chunk = 0; chunk < 180000; chunk++) {
		assert_int_equal(choose(), 1);
		hits[store.chosen[0]]++;
	}
	for (size_t i = 0; i < 6; i++)
		assert_in_range(hits[i], shares[i] * 9700, shares[i] * 10300);
}

static void expect_round_robin(uint64_t sequence, unsigned a, unsigned b, unsigned c)
{
	const unsigned expected[] = {a, b, c};
	store.request.sequence = sequence;
	assert_int_equal(choose(), 3);
	assert_memory_equal(store.chosen, expected, sizeof(expected));
}

static void round_robin_takes_the_next_nodes(void **state)
{
	(void)state;
	store_make(PLACEMENT_ROUND_ROBIN, SPREAD_NODE, 6, 3);
	expect_round_robin(0, 0, 1, 2);
	expect_round_robin(4, 4, 5, 0);
	expect_round_robin(11, 5, 0, 1);
	expect_round_robin(UINT64_MAX, 3, 4, 5);
	store.nodes[0].eligible = false;
	expect_round_robin(0, 1, 2, 3);
	expect_round_robin(5, 5, 1, 2);
}

static void round_robin_skips_used_zones_while_others_are_left(void **state)
{
	(void)state;
	store_make(PLACEMENT_ROUND_ROBIN, SPREAD_ZONE, 6, 3);
	for (size_t i = 0; i < 6; i++)
		store.nodes[i].zone = (unsigned)i / 2;
	expect_round_robin(0, 0, 2, 4);
	expect_round_robin(1, 1, 2, 4);
	expect_round_robin(5, 5, 0, 2);
	/* Only two zones are left: the third copy goes to the next node after the primary. */
	store.nodes[2].eligible = store.nodes[3].eligible = false;
	expect_round_robin(0, 0, 4, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(balanced_is_even_without_a_pattern),
		cmocka_unit_test(balanced_has_no_pattern_on_small_nodes),
		cmocka_unit_test(balanced_fills_unequal_nodes_alike),
		cmocka_unit_test(balanced_fills_unequal_zones_alike),
		cmocka_unit_test(balanced_brings_unequal_fills_together),
		cmocka_unit_test(balanced_gives_a_new_node_more_but_not_everything),
		cmocka_unit_test(balanced_follows_weights),
		cmocka_unit_test(zones_are_not_shared_while_enough_are_usable),
		cmocka_unit_test(further_copies_go_where_the_zone_holds_fewest),
		cmocka_unit_test(slow_nodes_are_chosen_last_but_before_a_zone_is_shared),
		cmocka_unit_test(taken_nodes_are_avoided_and_count_for_their_zones),
		cmocka_unit_test(spread_node_ignores_zones),
		cmocka_unit_test(fewer_are_found_when_there_are_fewer),
		cmocka_unit_test(the_largest_store_works),
		cmocka_unit_test(random_stores_are_handled),
		cmocka_unit_test(rendezvous_depends_on_the_chunk_and_the_nodes_only),
		cmocka_unit_test(rendezvous_moves_little_and_only_to_the_new_node),
		cmocka_unit_test(rendezvous_follows_weight_and_capacity),
		cmocka_unit_test(round_robin_takes_the_next_nodes),
		cmocka_unit_test(round_robin_skips_used_zones_while_others_are_left),
	};
	return cmocka_run_group_tests_name("placement", tests, NULL, NULL);
}
