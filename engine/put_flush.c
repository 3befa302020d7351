/*
 * put_flush.c: makes the copies of a batch durable.
 *
 * Copies that a failed flush may have lost (flush.h) are dropped, and written and flushed again elsewhere from
 * one that was not.
 */
#include "engine/flush.h"
#include "engine/put.h"

void put_chunk_fail(struct put_chunk *chunk, enum error_code code, const char *sentence)
{
	if (chunk->error)
		return;
	struct error error;
	error_clear(&error);
	error_set(&error, code, "%s", sentence);
	chunk->error = put_error_copy(&error);
}

void put_fail_misdescribed(struct put_chunk *chunk)
{
	put_chunk_fail(chunk, ERROR_DAMAGED,
		"the catalog is damaged: it has a chunk of this content, but with another size; "
		"'linckia rebuild' makes the catalog anew from the nodes");
}

void put_drop_copy(struct put_chunk *chunk, unsigned at)
{
	node_book(chunk->written[at], -(int64_t)chunk->size);
	chunk->written_count--;
	chunk->written[at] = chunk->written[chunk->written_count];
	chunk->replaced[at] = chunk->replaced[chunk->written_count];
	chunk->flush_failures[at] = chunk->flush_failures[chunk->written_count];
}

/* Drops the copies of a chunk that a failed flush may have lost, or whose node has gone out of service since. */
void put_drop_unflushed(struct put_chunk *chunk)
{
	for (unsigned j = chunk->written_count; j-- > 0;)
		if (!node_writing(chunk->written[j]) ||
			node_flush_failures(chunk->written[j]) != chunk->flush_failures[j])
			put_drop_copy(chunk, j);
}

/* Flushes every file system that the batch wrote to, once each. */
void put_flush_batch(struct put *put, struct put_batch *batch)
{
	struct store *store = put->store;
	bool touched[STORE_NODES_MAX] = {false};
	for (size_t i = 0; i < batch->chunk_count; i++)
		for (unsigned j = 0; j < batch->chunks[i]->written_count; j++)
			touched[batch->chunks[i]->written[j] - store->nodes] = true;
	flush_nodes(store, touched);
	/* What was lost is written again from a copy that was not, before anything counts on it. */
	for (size_t i = 0; i < batch->chunk_count; i++) {
		struct put_chunk *chunk = batch->chunks[i];
		unsigned before = chunk->written_count;
		put_drop_unflushed(chunk);
		if (chunk->error || chunk->expected || chunk->written_count == before)
			continue;
		put_replace_copies(put, chunk);
		if (chunk->live + chunk->written_count < put_least_copies(put, chunk))
			put_chunk_fail(chunk, ERROR_IO, "its copies could not be flushed to enough nodes");
	}
}
