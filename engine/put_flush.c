/*
 * put_flush.c: makes the copies of a batch durable.
 *
 * One syncfs() for each file system that the batch wrote to. A failure is reported by the system once, to whoever
 * flushes first, so it counts against every copy that was written to that file system before it: copies
 * that cannot be told to be durable are dropped, and written and flushed again elsewhere from one that is.
 */
#include "engine/put.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void put_chunk_fail(struct put_chunk *chunk, enum error_code code, const char *sentence)
{
	if (chunk->error)
		return;
	chunk->error = malloc(sizeof(*chunk->error));
	if (!chunk->error)
		abort();
	error_set(chunk->error, code, "%s", sentence);
}

void put_drop_copy(struct put_chunk *chunk, unsigned at)
{
	node_book(chunk->written[at], -(int64_t)chunk->size);
	chunk->written_count--;
	chunk->written[at] = chunk->written[chunk->written_count];
	chunk->adopted[at] = chunk->adopted[chunk->written_count];
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

/* One file system that the batch wrote to. */
struct flushed_device {
	dev_t device;
	int number; /* errno of its flush, 0 when it went well */
};

/* Flushes the file system of `node` unless that was done already. Returns an errno. */
static int flush_device(struct put *put, struct node *node, const struct node_attachment *attachment,
	struct flushed_device *devices, size_t *count)
{
	for (size_t i = 0; i < *count; i++)
		if (devices[i].device == attachment->device)
			return devices[i].number;
	struct io *io = put->store->env->io;
	/* The descriptor was opened before the writes, so it reports every write-back error since (syncfs(2)). */
	int number = io->syncfs(io, attachment->root) < 0 ? errno : 0;
	devices[(*count)++] = (struct flushed_device){attachment->device, number};
	if (number) {
		char reason[128];
		for (size_t i = 0; i < put->store->node_count; i++) {
			const struct node_attachment *other = node_reading(&put->store->nodes[i]);
			if (other && other->device == attachment->device)
				node_note_flush_failure(&put->store->nodes[i]);
		}
		store_event(put->store, EVENT_ERROR, "flush_failed", node->name,
			"%s: its file system could not be flushed: %s", node->name,
			strerror_r(number, reason, sizeof(reason)));
	}
	return number;
}

/* Flushes every file system that the batch wrote to, once each. */
void put_flush_batch(struct put *put, struct put_batch *batch)
{
	struct store *store = put->store;
	bool touched[STORE_NODES_MAX] = {false};
	for (size_t i = 0; i < batch->chunk_count; i++)
		for (unsigned j = 0; j < batch->chunks[i]->written_count; j++)
			touched[batch->chunks[i]->written[j] - store->nodes] = true;
	struct flushed_device devices[STORE_NODES_MAX];
	size_t device_count = 0;
	for (size_t i = 0; i < store->node_count; i++) {
		if (!touched[i])
			continue;
		struct node *node = &store->nodes[i];
		const struct node_attachment *attachment = node_writing(node);
		int number = attachment ? flush_device(put, node, attachment, devices, &device_count) : 0;
		if (number)
			node_note_errno(node, number);
	}
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
