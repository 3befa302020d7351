#include "content.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 64 << 10, SHARED_BLOCKS = 12 };

static uint64_t mix(uint64_t value)
{
	value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
	return value ^ (value >> 31);
}

uint64_t dice_next(struct dice *dice)
{
	return mix(dice->state += UINT64_C(0x9E3779B97F4A7C15));
}

uint64_t dice_below(struct dice *dice, uint64_t bound)
{
	return dice_next(dice) % bound;
}

bool dice_percent(struct dice *dice, unsigned percent)
{
	return dice_below(dice, 100) < percent;
}

void content_fill(const struct content *content, uint8_t *data)
{
	for (size_t at = 0; at < content->size; at += BLOCK) {
		uint64_t which = mix(content->seed + at);
		struct dice dice = {content->shared ? which % SHARED_BLOCKS : which};
		size_t length = content->size - at < BLOCK ? content->size - at : BLOCK;
		for (size_t i = 0; i < length; i += 8) {
			uint64_t word = dice_next(&dice);
			memcpy(data + at + i, &word, length - i < 8 ? length - i : 8);
		}
	}
}

void content_draw(struct content *content, struct dice *dice, size_t max)
{
	static const uint32_t most[] = {1, 4000, 4000, 200 << 10, 200 << 10, CONTENT_MAX};
	static uint8_t data[CONTENT_MAX];
	unsigned char digest[SHA256_DIGEST_LENGTH];
	size_t limit = most[dice_below(dice, sizeof(most) / sizeof(most[0]))];
	*content = (struct content){.seed = dice_next(dice), .shared = dice_percent(dice, 50)};
	content->size = (uint32_t)dice_below(dice, limit < max ? limit : max);
	content_fill(content, data);
	SHA256(data, content->size, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(content->sha256 + 2 * i, 3, "%02x", digest[i]);
}
