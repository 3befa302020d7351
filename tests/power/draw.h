/*
 * draw.h: numbers drawn from a seed (env.h, splitmix64).
 */
#ifndef LINCKIA_TESTS_POWER_DRAW_H
#define LINCKIA_TESTS_POWER_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct draw {
	uint64_t state;
};
uint64_t draw_bits(struct draw *draw);
/* A number below `limit`, which is not 0. */
size_t draw_below(struct draw *draw, size_t limit);
/* True in `percent` of 100 cases. */
bool draw_chance(struct draw *draw, unsigned percent);
/* What these numbers are mixed to: always the same. */
uint64_t mix(uint64_t a, uint64_t b, uint64_t c);

#endif
