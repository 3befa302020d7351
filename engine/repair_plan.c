#include "engine/repair_plan.h"

#include <assert.h>
#include <math.h>
#include <string.h>

void plan_world_init(struct plan_world *world, const struct plan_node *nodes, size_t node_count, bool by_zone,
	uint16_t *index_by_id)
{
	assert(node_count <= STORE_NODES_MAX);
	*world = (struct plan_world){nodes, node_count, by_zone, index_by_id};
	for (size_t id = 0; id < 65536; id++)
		index_by_id[id] = (uint16_t)node_count;
	for (size_t i = 0; i < node_count; i++)
		if (nodes[i].id)
			index_by_id[nodes[i].id] = (uint16_t)i;
}

const char *plan_purpose_name(enum plan_purpose purpose)
{
	static const char *const names[] = {"repair", "spread", "drain", "trim", "balance"};
	assert((size_t)purpose < sizeof(names) / sizeof(*names));
	return names[purpose];
}

enum repair_queue plan_queue(const struct plan_verdict *verdict)
{
	static const enum repair_queue queues[] = {
		[PURPOSE_REPAIR] = QUEUE_MISSING,
		[PURPOSE_SPREAD] = QUEUE_MISPLACED,
		[PURPOSE_DRAIN] = QUEUE_DRAIN,
		[PURPOSE_TRIM] = QUEUE_EXCESS,
		[PURPOSE_BALANCE] = QUEUE_BALANCE,
	};
	assert(verdict->action != PLAN_NOTHING && verdict->action != PLAN_UNREADABLE);
	return verdict->last_copy ? QUEUE_LAST_COPY : queues[verdict->purpose];
}

/* A copyset's nodes, sorted into what they are good for; indexes in the world. */
struct holders {
	size_t live[COPYSET_MAX], keepers[COPYSET_MAX];
	unsigned live_count, keeper_count, awaited_count;
};

static void sort_holders(
	const struct plan_world *world, const uint16_t *ids, unsigned count, struct holders *holders)
{
	assert(count <= COPYSET_MAX);
	holders->live_count = holders->keeper_count = holders->awaited_count = 0;
	for (unsigned i = 0; i < count; i++) {
		size_t at = world->index_by_id[ids[i]];
		if (at == world->node_count)
			continue;
		const struct plan_node *node = &world->nodes[at];
		holders->awaited_count += node->awaited && !node->readable;
		if (!node->readable)
			continue;
		holders->live[holders->live_count++] = at;
		if (!node->draining)
			holders->keepers[holders->keeper_count++] = at;
	}
}

static bool holds(const struct plan_world *world, const uint16_t *ids, unsigned count, size_t at)
{
	for (unsigned i = 0; i < count; i++)
		if (world->index_by_id[ids[i]] == at)
			return true;
	return false;
}

static unsigned count_zones(const struct plan_world *world, const size_t *nodes, unsigned count)
{
	unsigned zones = 0;
	for (unsigned i = 0; i < count; i++) {
		bool counted = false;
		for (unsigned j = 0; j < i && !counted; j++)
			counted = world->nodes[nodes[i]].zone == world->nodes[nodes[j]].zone;
		zones += !counted;
	}
	return zones;
}

static bool uses_zone(const struct plan_world *world, const size_t *nodes, unsigned count, unsigned zone)
{
	for (unsigned i = 0; i < count; i++)
		if (world->nodes[nodes[i]].zone == zone)
			return true;
	return false;
}

/* Whether some node could take a copy; `new_zone`: in a zone that no keeper is in. */
static bool has_target(const struct plan_world *world, const uint16_t *ids, unsigned count,
	const struct holders *holders, bool new_zone)
{
	for (size_t i = 0; i < world->node_count; i++) {
		if (!world->nodes[i].target || holds(world, ids, count, i))
			continue;
		if (!new_zone ||
			!uses_zone(world, holders->keepers, holders->keeper_count, world->nodes[i].zone))
			return true;
	}
	return false;
}

/* Urgencies: 0 last copies; then by live copies for each wanted; then by keepers for each wanted; then the rest. */
enum { URGENCY_DRAIN = 900001, URGENCY_SPREAD = 1000000, URGENCY_TRIM = 1100000, URGENCY_NEVER = 2000000 };

static void judge_missing(const struct plan_world *world, unsigned want, const uint16_t *ids, unsigned count,
	const struct holders *holders, struct plan_verdict *verdict)
{
	unsigned keepers = holders->keeper_count, awaited = holders->awaited_count;
	unsigned missing = want - keepers;
	bool short_of_live = holders->live_count < want;
	verdict->last_copy = holders->live_count == 1 && want > 1;
	verdict->purpose = short_of_live ? PURPOSE_REPAIR : PURPOSE_DRAIN;
	if (verdict->last_copy)
		verdict->urgency = 0;
	else if (short_of_live)
		verdict->urgency = 1 + holders->live_count * 900000 / want;
	else
		verdict->urgency = URGENCY_DRAIN + keepers * 90000 / want;
	if (!verdict->last_copy && awaited >= missing) {
		verdict->action = PLAN_WAIT;
		verdict->copies = missing;
		return;
	}
	verdict->copies = verdict->last_copy ? missing : missing - awaited;
	verdict->action = has_target(world, ids, count, holders, false) ? PLAN_COPY : PLAN_BLOCKED;
}

void plan_judge(const struct plan_world *world, unsigned want, const uint16_t *ids, unsigned count,
	struct plan_verdict *verdict)
{
	struct holders holders;
	sort_holders(world, ids, count, &holders);
	*verdict = (struct plan_verdict){.urgency = URGENCY_NEVER, .live = holders.live_count};
	if (holders.live_count == 0) {
		verdict->action = PLAN_UNREADABLE;
		return;
	}
	if (holders.keeper_count < want) {
		judge_missing(world, want, ids, count, &holders, verdict);
		return;
	}
	unsigned zones = count_zones(world, holders.keepers, holders.keeper_count);
	if (world->by_zone && zones < want && has_target(world, ids, count, &holders, true)) {
		verdict->action = PLAN_COPY;
		verdict->purpose = PURPOSE_SPREAD;
		verdict->urgency = URGENCY_SPREAD;
		verdict->copies = 1;
	} else if (holders.live_count > want) {
		verdict->action = PLAN_TRIM;
		verdict->purpose = PURPOSE_TRIM;
		verdict->urgency = URGENCY_TRIM;
		verdict->copies = holders.live_count - want;
	}
}

/* Whether giving up `a` is better than giving up `b`; both leave as many zones. */
static bool gives_up_before(const struct plan_node *a, const struct plan_node *b)
{
	if (a->draining != b->draining)
		return a->draining;
	return a->fill > b->fill;
}

size_t plan_victim(const struct plan_world *world, const uint16_t *ids, unsigned count)
{
	struct holders holders;
	sort_holders(world, ids, count, &holders);
	assert(holders.live_count >= 2);
	size_t best = world->node_count;
	unsigned best_zones = 0;
	for (unsigned i = 0; i < holders.live_count; i++) {
		size_t rest[COPYSET_MAX];
		unsigned rest_count = 0;
		for (unsigned j = 0; j < holders.live_count; j++)
			if (j != i)
				rest[rest_count++] = holders.live[j];
		/* A copy that leaves anyhow does not help the spread. */
		unsigned zones = 0, staying = 0;
		for (unsigned j = 0; j < rest_count; j++)
			if (!world->nodes[rest[j]].draining)
				rest[staying++] = rest[j];
		zones = world->by_zone ? count_zones(world, rest, staying) : 0;
		size_t at = holders.live[i];
		if (best == world->node_count || zones > best_zones ||
			(zones == best_zones && gives_up_before(&world->nodes[at], &world->nodes[best]))) {
			best = at;
			best_zones = zones;
		}
	}
	assert(best < world->node_count);
	return best;
}

/* ---- balance ---- */

void plan_balance(const struct plan_world *world, const uint64_t *used, const uint64_t *capacity,
	const double *weight, uint64_t chunk_bytes, struct plan_balance *balance)
{
	double total = 0, share = 0, room = 0, fullest = 0, emptiest = INFINITY;
	memset(balance, 0, sizeof(*balance));
	for (size_t i = 0; i < world->node_count; i++) {
		const struct plan_node *node = &world->nodes[i];
		if (!node->id || !node->readable || node->draining || capacity[i] == 0)
			continue;
		double fill = (double)used[i] / (double)capacity[i] / weight[i];
		balance->usable[i] = true;
		total += (double)used[i];
		room += (double)capacity[i];
		share += (double)capacity[i] * weight[i];
		fullest = fill > fullest ? fill : fullest;
		emptiest = fill < emptiest ? fill : emptiest;
	}
	if (share <= 0)
		return;
	double smallest = 0;
	for (size_t i = 0; i < world->node_count; i++) {
		if (!balance->usable[i])
			continue;
		balance->share[i] = (double)capacity[i] * weight[i];
		balance->surplus[i] = (double)used[i] - total * (double)capacity[i] * weight[i] / share;
		smallest = smallest == 0 || (double)capacity[i] < smallest ? (double)capacity[i] : smallest;
	}
	/* Weights say how nodes compare, so twice the weight for all changes nothing. */
	balance->skew = fullest > emptiest ? (fullest - emptiest) * share / room : 0;
	/* Half a point of the smallest node, so that two nodes on opposite sides are within one. */
	balance->step = (double)chunk_bytes / 2;
	balance->tolerance = smallest * 0.005 > balance->step ? smallest * 0.005 : balance->step;
}

/* One point, and never so little that the move would turn the two around. */
static bool evens_out_zone(
	const struct plan_world *world, const struct plan_balance *balance, size_t from, size_t to)
{
	if (!world->by_zone || world->nodes[from].zone != world->nodes[to].zone)
		return false;
	double chunk = 2 * balance->step, share_from = balance->share[from], share_to = balance->share[to];
	double difference = balance->surplus[from] / share_from - balance->surplus[to] / share_to;
	return difference > 0.01 && difference > chunk / share_from + chunk / share_to;
}

/*
 * A little too much on each of many nodes is a lot that one node lacks: it is enough that either is beyond the
 * tolerance.
 */
static bool is_worth_a_move(
	const struct plan_world *world, const struct plan_balance *balance, size_t from, size_t to)
{
	double surplus = balance->surplus[from], lack = -balance->surplus[to];
	bool towards_share = surplus > balance->step && lack > balance->step &&
			     (surplus > balance->tolerance || lack > balance->tolerance);
	return towards_share || evens_out_zone(world, balance, from, to);
}

bool plan_move(const struct plan_world *world, const struct plan_balance *balance, const uint16_t *ids,
	unsigned count, size_t *giver, size_t *taker)
{
	struct holders holders;
	sort_holders(world, ids, count, &holders);
	double best = 0;
	for (unsigned i = 0; i < holders.keeper_count; i++) {
		size_t from = holders.keepers[i], others[COPYSET_MAX];
		unsigned other_count = 0;
		if (!balance->usable[from])
			continue;
		for (unsigned j = 0; j < holders.keeper_count; j++)
			if (j != i)
				others[other_count++] = holders.keepers[j];
		bool was_alone = !uses_zone(world, others, other_count, world->nodes[from].zone);
		for (size_t to = 0; to < world->node_count; to++) {
			if (!balance->usable[to] || !world->nodes[to].target ||
				!is_worth_a_move(world, balance, from, to) || holds(world, ids, count, to))
				continue;
			if (world->by_zone && was_alone &&
				uses_zone(world, others, other_count, world->nodes[to].zone))
				continue;
			double gain = balance->surplus[from] - balance->surplus[to];
			if (gain > best) {
				best = gain;
				*giver = from;
				*taker = to;
			}
		}
	}
	return best > 0;
}
