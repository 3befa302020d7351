/*
 * chunker.h: where a stream of bytes is cut into chunks.
 *
 * fixed  Every `size` bytes.
 * cdc    Content-defined: a cut depends only on the bytes before it, so that an insertion changes the
 *        chunks around it and no others. The gear hash and the normalised chunking of FastCDC (Xia et
 *        al., USENIX ATC 2016 and IEEE TPDS 2020): hash = (hash << 1) + gear[byte], a stricter mask before
 *        the wanted size and a looser one after it. Chunks are between size/4 and 2*size, on average
 *        about `size`.
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
	size_t min_bytes, normal_bytes, max_bytes;
	uint64_t strict_mask, loose_mask;
};

/* `chunk_bytes` is the size, or for cdc the average; a power of two is not required. */
void chunker_init(struct chunker *chunker, enum chunk_method method, size_t chunk_bytes);

/* The largest chunk that a chunker made with these values ever returns. */
size_t chunker_max_bytes(enum chunk_method method, size_t chunk_bytes);

/*
 * How many of the `length` bytes at `data`, which begin a chunk, belong to it. The caller passes
 * max_bytes of data, or less only when the stream ends there. Returns 1 … length (0 for length 0).
 */
size_t chunker_cut(const struct chunker *chunker, const uint8_t *data, size_t length);

#endif
