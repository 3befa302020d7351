/*
 * content.h: what files hold, made from a seed, so that nothing big has to be remembered.
 *
 * The bytes of a seed are one endless stream of which a content is the beginning: two contents of one seed
 * share their
 * first chunks, as the versions of a file that grows do.
 */
#ifndef LINCKIA_TESTS_SIM_CONTENT_H
#define LINCKIA_TESTS_SIM_CONTENT_H

#include "engine/digest.h"

enum { CONTENT_MAX = 512 << 10 };

struct content {
	uint64_t seed;
	uint32_t size; /* at most CONTENT_MAX */
	struct digest digest;
};

struct content content_of(uint64_t seed, uint32_t size);
/* The bytes; valid until the next call. */
const uint8_t *content_bytes(const struct content *content);

#endif
