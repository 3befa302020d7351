/*
 * support.h: what the parts of the power-loss test share. Whatever fails ends the process with a sentence.
 */
#ifndef LINCKIA_TESTS_POWER_SUPPORT_H
#define LINCKIA_TESTS_POWER_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Says what is wrong and exits with 2. */
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);
void *must_calloc(size_t count, size_t size);
void *must_grow(void *array, size_t count, size_t size);
/* asprintf() that cannot fail. */
__attribute__((format(printf, 1, 2))) char *text(const char *format, ...);
/* The bytes of a file, NUL after the last. */
unsigned char *read_file(const char *path, size_t *size);
void write_file(const char *path, const void *data, size_t size);
/* Removes what there is at a path, with everything below it. */
void remove_tree(const char *path);

/* Draws from a seed (env.h, splitmix64). */
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
