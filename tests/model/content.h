/*
 * content.h: bytes that a few numbers stand for, so that the model need not keep them.
 *
 * A content is a sequence of blocks as large as the smallest chunk. In a shared one they come from a handful that all
 * shared contents draw from, so that versions and names have chunks in common; else they are like no other.
 */
#ifndef LINCKIA_TESTS_MODEL_CONTENT_H
#define LINCKIA_TESTS_MODEL_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers that follow from a seed; every step of a run has dice of its own. */
struct dice {
	uint64_t state;
};
uint64_t dice_next(struct dice *dice);
uint64_t dice_below(struct dice *dice, uint64_t bound);
bool dice_percent(struct dice *dice, unsigned percent);

enum { CONTENT_MAX = 1536 << 10, CONTENT_HEX = 65 };

struct content {
	uint64_t seed;
	uint32_t size;
	bool shared;
	char sha256[CONTENT_HEX];
};

/* Draws a content of at most `max` bytes; small ones and empty ones are frequent. */
void content_draw(struct content *content, struct dice *dice, size_t max);
/* Fills `data`, which has room for CONTENT_MAX bytes. */
void content_fill(const struct content *content, uint8_t *data);

#endif
