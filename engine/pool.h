/*
 * pool.h: the fixed pool of chunk buffers that bounds the engine's memory (invariant 7).
 *
 * Buffers are page-aligned, so that they serve direct I/O, and are backed by memory only once they were
 * used. Whoever takes buffers takes one at a time and needs no second one to give the first back, so
 * waiting for a buffer always ends. Any thread.
 */
#ifndef LINCKIA_ENGINE_POOL_H
#define LINCKIA_ENGINE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "engine/error.h"

struct pool;

struct buffer {
	uint8_t *data;
	size_t size;   /* what fits; a multiple of 4096 */
	size_t length; /* what is in it; the taker's to set */
	struct buffer *next;
};

/* As many buffers of `buffer_bytes` (rounded up to whole pages) as `memory_bytes` hold, two at the least. */
MUST_CHECK int pool_new(size_t buffer_bytes, uint64_t memory_bytes, struct pool **pool, struct error *error);
/* Every buffer must have been given back. NULL is ignored. */
void pool_free(struct pool *pool);

size_t pool_count(const struct pool *pool);
size_t pool_buffer_bytes(const struct pool *pool);

/* Waits until a buffer is free. Its length is 0. */
struct buffer *pool_take(struct pool *pool);
/* The same, but NULL at once when none is free. */
struct buffer *pool_try_take(struct pool *pool);
void pool_give(struct pool *pool, struct buffer *buffer);

#endif
