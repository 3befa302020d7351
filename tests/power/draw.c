#include "draw.h"

#include "engine/env.h"

uint64_t draw_bits(struct draw *draw)
{
	draw->state += ENV_DRAW_STEP;
	return env_draw_mix(draw->state);
}

size_t draw_below(struct draw *draw, size_t limit)
{
	return (size_t)(draw_bits(draw) % limit);
}

bool draw_chance(struct draw *draw, unsigned percent)
{
	return draw_below(draw, 100) < percent;
}

uint64_t mix(uint64_t a, uint64_t b, uint64_t c)
{
	return env_draw_mix(env_draw_mix(env_draw_mix(a + ENV_DRAW_STEP) + b) + c);
}
