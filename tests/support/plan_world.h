/*
 * plan_world.h: a store on paper: nodes in some state, and chunks that are held by them, for tests of what is
 * planned.
 */
#ifndef LINCKIA_TESTS_PLAN_WORLD_H
#define LINCKIA_TESTS_PLAN_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/repair_plan.h"

enum { NODES_MAX = 16, AWAY = 1, DRAINING = 2, NO_TARGET = 4, IN_GRACE = 8 };

extern struct plan_node nodes[NODES_MAX];
extern struct plan_world world;
extern uint16_t index_by_id[65536];

/* Nodes 1 to `count`, each in a zone of its own, up and half full. */
void make_world(size_t count);
void set(uint16_t id, int flags);

/* Where draw() goes on from. */
extern uint64_t seed;
uint64_t draw(uint64_t below);
bool chance(unsigned percent);

struct chunk {
	uint16_t held[COPYSET_MAX];
	unsigned count, want;
};

bool is_held(const struct chunk *chunk, size_t at);
void hold(struct chunk *chunk, size_t at);
void let_go(struct chunk *chunk, size_t at);

struct census {
	unsigned live, keepers, awaited;
	unsigned zones;    /* of the keepers */
	unsigned possible; /* nodes that keep it, or could */
	unsigned possible_zones;
};
struct census count(const struct chunk *chunk);

#endif
