#include "content.h"

#include <assert.h>
#include <string.h>

#include "engine/env.h"

const uint8_t *content_bytes(const struct content *content)
{
	static uint8_t bytes[CONTENT_MAX + sizeof(uint64_t)];
	assert(content->size <= CONTENT_MAX);
	uint64_t state = env_draw_mix(content->seed);
	for (uint32_t at = 0; at < content->size; at += sizeof(uint64_t)) {
		state += ENV_DRAW_STEP;
		uint64_t word = env_draw_mix(state);
		memcpy(bytes + at, &word, sizeof(word));
	}
	return bytes;
}

struct content content_of(uint64_t seed, uint32_t size)
{
	struct content content = {.seed = seed, .size = size};
	content.digest = digest_of(content_bytes(&content), size);
	return content;
}
