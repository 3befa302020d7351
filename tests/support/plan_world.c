#include "tests/support/plan_world.h"

#include "engine/env.h"

struct plan_node nodes[NODES_MAX];
struct plan_world world;
uint16_t index_by_id[65536];

void make_world(size_t count)
{
	assert_true(count <= NODES_MAX);
	for (size_t i = 0; i < count; i++)
		nodes[i] = (struct plan_node){
			.id = (uint16_t)(i + 1),
			.zone = (unsigned)i,
			.readable = true,
			.target = true,
			.fill = 0.5,
		};
	plan_world_init(&world, nodes, count, true, index_by_id);
}

void set(uint16_t id, int flags)
{
	struct plan_node *node = &nodes[id - 1];
	node->readable = !(flags & (AWAY | IN_GRACE));
	node->awaited = flags & IN_GRACE;
	node->draining = flags & DRAINING;
	node->target = node->readable && !node->draining && !(flags & NO_TARGET);
}

/* ---- chance ---- */

uint64_t seed;

uint64_t draw(uint64_t below)
{
	return env_draw_mix(seed += ENV_DRAW_STEP) % below;
}

bool chance(unsigned percent)
{
	return draw(100) < percent;
}

/* ---- chunks ---- */

bool is_held(const struct chunk *chunk, size_t at)
{
	for (unsigned i = 0; i < chunk->count; i++)
		if (chunk->held[i] == nodes[at].id)
			return true;
	return false;
}

void hold(struct chunk *chunk, size_t at)
{
	assert_true(chunk->count < COPYSET_MAX);
	assert_false(is_held(chunk, at));
	chunk->held[chunk->count++] = nodes[at].id;
}

void let_go(struct chunk *chunk, size_t at)
{
	assert_true(is_held(chunk, at));
	unsigned kept = 0;
	for (unsigned i = 0; i < chunk->count; i++)
		if (chunk->held[i] != nodes[at].id)
			chunk->held[kept++] = chunk->held[i];
	chunk->count = kept;
}

struct census count(const struct chunk *chunk)
{
	struct census census = {0};
	bool zone_kept[NODES_MAX] = {false}, zone_possible[NODES_MAX] = {false};
	for (size_t i = 0; i < world.node_count; i++) {
		bool held = is_held(chunk, i), keeper = held && nodes[i].readable && !nodes[i].draining;
		census.live += held && nodes[i].readable;
		census.keepers += keeper;
		census.awaited += held && nodes[i].awaited;
		census.possible += keeper || (!held && nodes[i].target);
		zone_kept[nodes[i].zone] |= keeper;
		zone_possible[nodes[i].zone] |= keeper || (!held && nodes[i].target);
	}
	for (size_t i = 0; i < NODES_MAX; i++) {
		census.zones += zone_kept[i];
		census.possible_zones += zone_possible[i];
	}
	return census;
}
