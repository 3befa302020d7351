/*
 * chunker.h: where a stream of bytes is cut into chunks.
 *
 * fixed  Every `size` bytes.
 * cdc    Content-defined: a cut depends only on the bytes around it, so that an insertion changes the
 *        chunks there and no others. A chunk ends where the gear hash of the bytes before (Xia et al., USENIX
 *        ATC 2016) is the smallest among all lengths that are allowed, from size/4 to 13/8*size, on average
 *        about `size`; the last of a stream is not cut further once it is no longer than that.
 *
 * The gear table is computed from a fixed seed (splitmix64) and is part of the format: changing it
 * breaks nothing that is stored, but new chunks would no longer match old ones.
 *
 * Pure; a chunker is used by one thread at a time.
 */
#ifndef LINCKIA_ENGINE_CHUNKER_H
#define LINCKIA_ENGINE_CHUNKER_H

#include <stddef.h>
#include <stdint.h>

#include "engine/config.h"

struct chunker {
	enum chunk_method method;
	size_t min_bytes, max_bytes;
	size_t whole_bytes; /* what is left of a stream is one chunk when it is no longer */
};

/* `chunk_bytes` is the size, or for cdc the average; a power of two is not required. */
void chunker_init(struct chunker *chunker, enum chunk_method method, size_t chunk_bytes);

/* No config makes larger chunks than this: the largest average, with room. Whoever claims one is wrong. */
enum { CHUNK_BYTES_MAX = 256 << 20 };

/* The largest chunk that a chunker made with these values ever returns. */
size_t chunker_max_bytes(enum chunk_method method, size_t chunk_bytes);

/*
 * How many of the `length` bytes at `data`, which begin a chunk, belong to it. The caller passes
 * max_bytes of data, or less only when the stream ends there. Returns 1 … length (0 for length 0).
 */
size_t chunker_cut(const struct chunker *chunker, const uint8_t *data, size_t length);

#endif
