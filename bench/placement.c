/*
 * placement.c: how even, how random and how expensive each placement policy is.
 *
 * Places 100,000 chunks of three copies on made-up nodes, in memory and from a fixed seed, and prints
 *
 * fullest/mean  the fullest node's fill against the mean fill: 1.00 is perfect
 * fill spread   the fullest node's fill less the emptiest one's, in percentage points
 * pairs off     by how much the rarest or the most frequent pair of nodes differs from the mean of all
 *               pairs that may occur, where the layout treats all nodes alike
 * shared zone   chunks with two copies in one zone
 *
 * then what moves when a node is added, and the processor time of one choice.
 */
#include "engine/placement.h"

#include <stdio.h>
#include <time.h>

#include "tests/support/splitmix.h"

enum {
	CHUNKS = 100000,
	COPIES = 3,
	NODES_MAX = CONFIG_NODES_MAX,
	PAIR_NODES = 16,
};
#define CHUNK_BYTES (UINT64_C(4) << 20)

static const char *const policy_names[] = {"balanced", "rendezvous", "round_robin"};

/* One store. Sizes are in units; a unit's bytes are chosen so that all copies fill `fill` of the store. */
struct layout {
	const char *name;
	size_t node_count;
	unsigned sizes[PAIR_NODES];
	unsigned zones[PAIR_NODES];
	enum placement_spread spread;
	double fill;
	bool symmetric; /* all nodes and zones are alike, so all pairs should be */
};

static void lay_out(const struct layout *layout, struct placement_node *nodes)
{
	unsigned total = 0;
	for (size_t i = 0; i < layout->node_count; i++)
		total += layout->sizes[i];
	uint64_t unit_chunks = (uint64_t)(CHUNKS * COPIES / layout->fill / total);
	for (size_t i = 0; i < layout->node_count; i++)
		nodes[i] = (struct placement_node){
			.zone = layout->zones[i],
			.eligible = true,
			.weight = 1,
			.capacity_bytes = unit_chunks * layout->sizes[i] * CHUNK_BYTES,
			.key = i + 1,
		};
}

static double fill_of(const struct placement_node *node)
{
	return (double)node->used_bytes / (double)node->capacity_bytes;
}

/* The largest deviation of any possible pair from the mean of all that are possible, in percent. */
static double pairs_off(const struct layout *layout, unsigned pairs[PAIR_NODES][PAIR_NODES])
{
	double sum = 0, least = 1e18, most = 0;
	unsigned possible = 0;
	for (size_t a = 0; a < layout->node_count; a++) {
		for (size_t b = a + 1; b < layout->node_count; b++) {
			double count = pairs[a][b] + pairs[b][a];
			if (layout->spread == SPREAD_ZONE && layout->zones[a] == layout->zones[b])
				continue;
			sum += count;
			least = count < least ? count : least;
			most = count > most ? count : most;
			possible++;
		}
	}
	double mean = sum / possible;
	return 100 * (most - mean > mean - least ? most - mean : mean - least) / mean;
}

static void run(const struct layout *layout, enum placement_policy policy)
{
	struct splitmix splitmix = splitmix_of(1);
	struct placement_node nodes[PAIR_NODES];
	unsigned pairs[PAIR_NODES][PAIR_NODES] = {{0}}, shared = 0, refused = 0;
	lay_out(layout, nodes);
	struct placement_request request = {
		.policy = policy,
		.spread = layout->spread,
		.nodes = nodes,
		.node_count = layout->node_count,
		.copies = COPIES,
		.chunk_bytes = CHUNK_BYTES,
	};
	for (request.sequence = 0; request.sequence < CHUNKS; request.sequence++) {
		unsigned chosen[COPIES];
		request.chunk_key = splitmix_next(&splitmix.dice);
		size_t found = placement_choose(&request, &splitmix.dice, chosen);
		refused += found < COPIES;
		bool together = false;
		for (size_t i = 0; i < found; i++) {
			nodes[chosen[i]].used_bytes += CHUNK_BYTES;
			for (size_t j = i + 1; j < found; j++) {
				pairs[chosen[i]][chosen[j]]++;
				together |= nodes[chosen[i]].zone == nodes[chosen[j]].zone;
			}
		}
		shared += together;
	}
	double sum = 0, least = 1, most = 0;
	for (size_t i = 0; i < layout->node_count; i++) {
		double fill = fill_of(&nodes[i]);
		sum += fill;
		least = fill < least ? fill : least;
		most = fill > most ? fill : most;
	}
	char off[16] = "-";
	if (layout->symmetric)
		snprintf(off, sizeof(off), "%.1f %%", pairs_off(layout, pairs));
	printf("%-38s %-11s %12.3f %8.2f pts %10s %11u %8u\n", layout->name, policy_names[policy],
		most / (sum / (double)layout->node_count), 100 * (most - least), off, shared, refused);
}

/* Eight nodes at 40 %, then an empty ninth: what the next chunks do. */
static void run_newcomer(void)
{
	static const struct layout layout = {
		.name = "newcomer", .node_count = 9, .sizes = {1, 1, 1, 1, 1, 1, 1, 1, 1}, .fill = 0.3};
	struct splitmix splitmix = splitmix_of(1);
	struct placement_node nodes[PAIR_NODES];
	unsigned hits = 0, chunk = 0;
	lay_out(&layout, nodes);
	for (size_t i = 0; i < 8; i++)
		nodes[i].used_bytes = nodes[i].capacity_bytes / 10 * 4;
	struct placement_request request = {
		.policy = PLACEMENT_BALANCED,
		.nodes = nodes,
		.node_count = 9,
		.copies = COPIES,
		.chunk_bytes = CHUNK_BYTES,
	};
	printf("\nAn empty ninth node joins eight that are 40 %% full; each line is 20,000 more chunks\n");
	printf("%10s %22s %14s %14s\n", "chunks", "chunks on the newcomer", "its fill", "others' mean");
	while (chunk < 160000) {
		unsigned chosen[COPIES];
		size_t found = placement_choose(&request, &splitmix.dice, chosen);
		for (size_t i = 0; i < found; i++) {
			nodes[chosen[i]].used_bytes += CHUNK_BYTES;
			hits += chosen[i] == 8;
		}
		if (++chunk % 20000 != 0)
			continue;
		double others = 0;
		for (size_t i = 0; i < 8; i++)
			others += fill_of(&nodes[i]) / 8;
		printf("%10u %20.1f %% %12.1f %% %12.1f %%\n", chunk, hits / 200.0, 100 * fill_of(&nodes[8]),
			100 * others);
		hits = 0;
	}
}

/* How many replicas change their node when a ninth equal node joins. */
static void run_growth(enum placement_policy policy)
{
	static const struct layout layout = {
		.name = "growth", .node_count = 9, .sizes = {1, 1, 1, 1, 1, 1, 1, 1, 1}, .fill = 0.5};
	struct splitmix splitmix = splitmix_of(1);
	struct placement_node nodes[PAIR_NODES];
	unsigned moved = 0, elsewhere = 0;
	lay_out(&layout, nodes);
	for (uint64_t chunk = 0; chunk < CHUNKS; chunk++) {
		unsigned before[COPIES], after[COPIES];
		struct placement_request request = {
			.policy = policy,
			.nodes = nodes,
			.node_count = 8,
			.copies = COPIES,
			.chunk_bytes = CHUNK_BYTES,
			.chunk_key = splitmix_next(&splitmix.dice),
			.sequence = chunk,
		};
		placement_choose(&request, NULL, before);
		request.node_count = 9;
		placement_choose(&request, NULL, after);
		for (size_t i = 0; i < COPIES; i++) {
			bool kept = false;
			for (size_t j = 0; j < COPIES; j++)
				kept |= after[i] == before[j];
			moved += !kept;
			elsewhere += !kept && after[i] != 8;
		}
	}
	printf("%-11s %14.2f %% %25.2f %%\n", policy_names[policy], 100.0 * moved / CHUNKS / COPIES,
		100.0 * elsewhere / CHUNKS / COPIES);
}

static void run_cost(enum placement_policy policy, size_t node_count)
{
	static struct placement_node nodes[NODES_MAX];
	struct splitmix splitmix = splitmix_of(1);
	uint64_t choices = node_count > 100 ? 20000 : 1000000;
	struct timespec start, end;
	for (size_t i = 0; i < node_count; i++)
		nodes[i] = (struct placement_node){
			.zone = (unsigned)i % 3,
			.eligible = true,
			.weight = 1,
			.capacity_bytes = UINT64_C(1) << 42,
			.used_bytes = splitmix_next(&splitmix.dice) >> 23,
			.key = i + 1,
		};
	struct placement_request request = {
		.policy = policy,
		.spread = SPREAD_ZONE,
		.nodes = nodes,
		.node_count = node_count,
		.copies = COPIES,
		.chunk_bytes = CHUNK_BYTES,
	};
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	for (request.sequence = 0; request.sequence < choices; request.sequence++) {
		unsigned chosen[COPIES];
		request.chunk_key = splitmix_next(&splitmix.dice);
		placement_choose(&request, &splitmix.dice, chosen);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	double ns = (double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec);
	printf("%-11s %8zu %10.2f us\n", policy_names[policy], node_count, ns / (double)choices / 1000);
}

int main(void)
{
	static const struct layout layouts[] = {
		{"8 equal, a zone each", 8, {1, 1, 1, 1, 1, 1, 1, 1}, {0, 1, 2, 3, 4, 5, 6, 7}, SPREAD_ZONE,
			0.7, true},
		{"8 equal, 4 zones of two", 8, {1, 1, 1, 1, 1, 1, 1, 1}, {0, 0, 1, 1, 2, 2, 3, 3},
			SPREAD_ZONE, 0.7, true},
		{"10 equal, zones of 2, 2, 3, 3", 10, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
			{0, 0, 1, 1, 2, 2, 2, 3, 3, 3}, SPREAD_ZONE, 0.7, false},
		{"3 x 1:2:4, one of each in a zone", 9, {1, 2, 4, 1, 2, 4, 1, 2, 4},
			{0, 0, 0, 1, 1, 1, 2, 2, 2}, SPREAD_ZONE, 0.7, false},
		{"3 x 1:2:4, spread = node", 9, {1, 2, 4, 1, 2, 4, 1, 2, 4}, {0, 0, 0, 1, 1, 1, 2, 2, 2},
			SPREAD_NODE, 0.7, false},
		{"4 x 1:10, spread = node", 8, {1, 10, 1, 10, 1, 10, 1, 10}, {0}, SPREAD_NODE, 0.7, false},
	};
	printf("%d chunks, %d copies, 70 %% full at the end\n", CHUNKS, COPIES);
	printf("%-38s %-11s %12s %12s %10s %11s %8s\n", "nodes", "policy", "fullest/mean", "fill spread",
		"pairs off", "shared zone", "refused");
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		for (unsigned policy = PLACEMENT_BALANCED; policy <= PLACEMENT_ROUND_ROBIN; policy++)
			run(&layouts[i], (enum placement_policy)policy);

	run_newcomer();

	printf("\nA ninth equal node joins eight: replicas that belong elsewhere now (one ninth is the "
	       "least)\n");
	printf("%-11s %16s %27s\n", "policy", "moved", "moved between old nodes");
	run_growth(PLACEMENT_RENDEZVOUS);
	run_growth(PLACEMENT_ROUND_ROBIN);

	printf("\nProcessor time of one choice of %d\n%-11s %8s %13s\n", COPIES, "policy", "nodes", "time");
	for (unsigned policy = PLACEMENT_BALANCED; policy <= PLACEMENT_ROUND_ROBIN; policy++) {
		run_cost((enum placement_policy)policy, 6);
		run_cost((enum placement_policy)policy, NODES_MAX);
	}
	return 0;
}
