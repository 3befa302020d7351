/*
 * splitmix.h: dice of a seed (engine/env.h), for what is drawn on paper and nowhere in a world.
 */
#ifndef LINCKIA_TESTS_SUPPORT_SPLITMIX_H
#define LINCKIA_TESTS_SUPPORT_SPLITMIX_H

#include "engine/env.h"

struct splitmix {
	struct dice dice;
	uint64_t state; /* the seed, at first */
};

static inline uint64_t splitmix_next(struct dice *dice)
{
	struct splitmix *splitmix = (struct splitmix *)dice;
	return env_draw_mix(splitmix->state += ENV_DRAW_STEP);
}

static inline struct splitmix splitmix_of(uint64_t seed)
{
	return (struct splitmix){{splitmix_next}, seed};
}

#endif
