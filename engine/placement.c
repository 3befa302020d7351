#include "engine/placement.h"

#include <assert.h>
#include <math.h>

/*
 * How a chunk's nodes are chosen.
 *
 * The nodes that may take the chunk become candidates. Then one candidate at a time is picked and
 * removed, always among those whose zones hold the fewest copies so far, and of these among the ones that
 * are not slow, if there are any. With spread = node every candidate counts as alone in its zone. The
 * policies differ only in how a pick is made: rendezvous and round_robin take the highest value, balanced
 * draws with a chance in proportion to the value.
 *
 * What balanced has to get right: a large node can be picked once per chunk only, and a zone once while
 * others are unused, so shares in proportion to capacity are not enough: small nodes and nodes in small
 * zones would slowly get ahead. The value is therefore capacity times weight, corrected by how far the
 * node is from where it should be:
 *
 *     value = capacity * weight * exp(-STEEPNESS * (fill - weight * level))
 *
 * `level` is how full a node of weight 1 ought to be now. A node that gets too much falls behind in value
 * until its share is right; with STEEPNESS 40 a lead of one percentage point costs a third of the value.
 * The correction has bounds, so that a new, empty node gets more than its share but not a copy of every
 * chunk: writes would all wait for that one disk, and it would hold a pair with everything recent.
 *
 * Among a thousand nodes the exponentials would take most of the time. So a node is drawn as if every correction were
 * the largest one, and the draw counts with a chance of its own correction to that (rejection sampling, von Neumann
 * 1951); else another is drawn. The chances come out the same, for one exponential a draw.
 */
enum { STEEPNESS = 40, PER_NEIGHBOUR = 2 };
static const double CORRECTION_MIN = 1.0 / 64;
static const double CORRECTION_MAX = 3;
/* Nodes this much emptier than they should be (a share of capacity) do not take part in the level. */
static const double LAGGARD = 0.05;

struct candidate {
	unsigned node;
	unsigned zone;
	unsigned rank; /* the lowest come first: PER_NEIGHBOUR for each copy in its zone, 1 if it is slow */
	double fill;
	double value; /* of balanced: without the correction */
};

static bool is_taken(const struct placement_request *request, unsigned node)
{
	for (size_t i = 0; i < request->taken_count; i++)
		if (request->taken[i] == node)
			return true;
	return false;
}

static bool has_room(const struct placement_node *node, uint64_t bytes)
{
	return node->used_bytes < node->capacity_bytes && bytes <= node->capacity_bytes - node->used_bytes;
}

static size_t gather(const struct placement_request *request, struct candidate *candidates)
{
	size_t count = 0;
	for (unsigned i = 0; i < request->node_count; i++) {
		const struct placement_node *node = &request->nodes[i];
		if (!node->eligible || !(node->weight > 0) || !has_room(node, request->chunk_bytes) ||
			is_taken(request, i))
			continue;
		candidates[count] = (struct candidate){.node = i, .zone = node->zone, .rank = node->slow};
		for (size_t t = 0; t < request->taken_count && request->spread == SPREAD_ZONE; t++) {
			assert(request->taken[t] < request->node_count);
			if (request->nodes[request->taken[t]].zone == node->zone)
				candidates[count].rank += PER_NEIGHBOUR;
		}
		count++;
	}
	return count;
}

/* How full the candidates are, per weight, leaving out those that are below `base` by more than LAGGARD. */
static double level_above(const struct placement_request *request, const struct candidate *candidates,
	size_t count, double base)
{
	double used = 0, share = 0;
	for (size_t i = 0; i < count; i++) {
		const struct placement_node *node = &request->nodes[candidates[i].node];
		if (candidates[i].fill < node->weight * base - LAGGARD)
			continue;
		used += (double)node->used_bytes;
		share += candidates[i].value;
	}
	return share > 0 ? used / share : base;
}

static double find_level(
	const struct placement_request *request, const struct candidate *candidates, size_t count)
{
	/* Without the second look a few empty nodes would pull the mean down and make all others seem overfull. */
	double mean = level_above(request, candidates, count, 0);
	return level_above(request, candidates, count, mean);
}

static void value_balanced(
	const struct placement_request *request, struct candidate *candidates, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct placement_node *node = &request->nodes[candidates[i].node];
		candidates[i].fill = (double)node->used_bytes / (double)node->capacity_bytes;
		candidates[i].value = (double)node->capacity_bytes * node->weight;
	}
}

/* Above 0, below 1. */
static double unit_interval(uint64_t bits)
{
	return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

static void value_rendezvous(
	const struct placement_request *request, struct candidate *candidates, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct placement_node *node = &request->nodes[candidates[i].node];
		/* Every bit of either key changes each bit of the hash with a chance of one half. */
		uint64_t hash = env_draw_mix(request->chunk_key ^ env_draw_mix(node->key + ENV_DRAW_STEP));
		candidates[i].value = -node->weight * (double)node->capacity_bytes / log(unit_interval(hash));
	}
}

static void value_round_robin(
	const struct placement_request *request, struct candidate *candidates, size_t count)
{
	size_t nodes = request->node_count;
	for (size_t i = 0; i < count; i++)
		candidates[i].value =
			-(double)((candidates[i].node + nodes - request->sequence % nodes) % nodes);
}

static size_t pick_highest(const struct candidate *candidates, size_t count, unsigned rank)
{
	size_t best = count;
	for (size_t i = 0; i < count; i++) {
		if (candidates[i].rank != rank)
			continue;
		if (best == count || candidates[i].value > candidates[best].value)
			best = i;
	}
	return best;
}

/* Not inlined: gcc 12 would keep the sum in memory, and that took half of the time of a choice among 1,024 nodes. */
__attribute__((noinline)) static double sum_values(
	const struct candidate *candidates, size_t count, unsigned rank)
{
	double total = 0;
	for (size_t i = 0; i < count; i++)
		total += candidates[i].rank == rank ? candidates[i].value : 0;
	return total;
}

/* Draws by the values alone; `total` is their sum among candidates with that rank. */
static size_t draw_by_value(
	const struct candidate *candidates, size_t count, unsigned rank, double total, struct dice *dice)
{
	double left = total * unit_interval(dice->next(dice));
	size_t last = count;
	for (size_t i = 0; i < count; i++) {
		if (candidates[i].rank != rank)
			continue;
		last = i;
		left -= candidates[i].value;
		if (left < 0)
			break;
	}
	/* Rounding may leave a crumb behind the last one. */
	return last;
}

static size_t pick_drawn(const struct placement_request *request, const struct candidate *candidates,
	size_t count, unsigned rank, double level, struct dice *dice)
{
	double total = sum_values(candidates, count, rank);
	for (;;) {
		size_t drawn = draw_by_value(candidates, count, rank, total, dice);
		const struct candidate *candidate = &candidates[drawn];
		double weight = request->nodes[candidate->node].weight;
		double correction = exp(-STEEPNESS * (candidate->fill - weight * level));
		/* At least CORRECTION_MIN, so this ends. */
		correction = fmin(fmax(correction, CORRECTION_MIN), CORRECTION_MAX);
		if (CORRECTION_MAX * unit_interval(dice->next(dice)) < correction)
			return drawn;
	}
}

static unsigned lowest_rank(const struct candidate *candidates, size_t count)
{
	unsigned lowest = candidates[0].rank;
	for (size_t i = 1; i < count; i++)
		if (candidates[i].rank < lowest)
			lowest = candidates[i].rank;
	return lowest;
}

size_t placement_choose(const struct placement_request *request, struct dice *dice, unsigned *chosen)
{
	struct candidate candidates[CONFIG_NODES_MAX];
	assert(request->node_count <= CONFIG_NODES_MAX);
	assert(dice || request->policy != PLACEMENT_BALANCED);
	size_t count = gather(request, candidates);
	double level = 0;
	switch (request->policy) {
	case PLACEMENT_BALANCED:
		value_balanced(request, candidates, count);
		level = find_level(request, candidates, count);
		break;
	case PLACEMENT_RENDEZVOUS:
		value_rendezvous(request, candidates, count);
		break;
	case PLACEMENT_ROUND_ROBIN:
		value_round_robin(request, candidates, count);
		break;
	}

	size_t found = 0;
	while (found < request->copies && count > 0) {
		unsigned lowest = lowest_rank(candidates, count);
		size_t at = request->policy == PLACEMENT_BALANCED
				    ? pick_drawn(request, candidates, count, lowest, level, dice)
				    : pick_highest(candidates, count, lowest);
		assert(at < count);
		unsigned zone = candidates[at].zone;
		chosen[found++] = candidates[at].node;
		candidates[at] = candidates[--count];
		bool more = found < request->copies;
		for (size_t i = 0; i < count && more && request->spread == SPREAD_ZONE; i++)
			if (candidates[i].zone == zone)
				candidates[i].rank += PER_NEIGHBOUR;
	}
	assert(found == request->copies || count == 0);
	return found;
}
