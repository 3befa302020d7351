/*
 * put_chunk.c: the workers of a put. Each takes a filled buffer, and when it gives it back the chunk is on its
 * nodes, or known to be there already, or has an error.
 */
#include "engine/put.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void put_submit(struct put *put, struct put_chunk *chunk, struct buffer *buffer)
{
	chunk->buffer = buffer;
	chunk->size = buffer->length;
	assert(chunk->size > 0);
	pthread_mutex_lock(&put->mutex);
	chunk->batch->jobs++;
	chunk->next_job = NULL;
	*put->last_job = chunk;
	put->last_job = &chunk->next_job;
	pthread_cond_broadcast(&put->changed);
	pthread_mutex_unlock(&put->mutex);
}

static struct put_chunk *take_job(struct put *put)
{
	pthread_mutex_lock(&put->mutex);
	while (!put->first_job && !put->no_more_jobs)
		pthread_cond_wait(&put->changed, &put->mutex);
	struct put_chunk *chunk = put->first_job;
	if (chunk) {
		put->first_job = chunk->next_job;
		if (!put->first_job)
			put->last_job = &put->first_job;
	}
	pthread_mutex_unlock(&put->mutex);
	return chunk;
}

static void end_job(struct put *put, struct put_chunk *chunk)
{
	pool_give(put->store->pool, chunk->buffer);
	chunk->buffer = NULL;
	pthread_mutex_lock(&put->mutex);
	assert(chunk->batch->jobs > 0);
	chunk->batch->jobs--;
	pthread_cond_broadcast(&put->changed);
	pthread_mutex_unlock(&put->mutex);
}

static void fail(struct put_chunk *chunk, const struct error *error)
{
	chunk->error = malloc(sizeof(*chunk->error));
	if (chunk->error)
		*chunk->error = *error;
	else
		abort(); /* a failure that could not be told would be taken for success */
}

/* ---- chunks under way ---- */

static struct put_chunk **inflight_bucket(struct put *put, const struct digest *digest)
{
	return &put->inflight[digest_key(digest) % INFLIGHT_BUCKETS];
}

/* Enters `chunk`, unless the same bytes are on their way already; then `chunk` is expected, and true comes back. */
static bool enter_inflight(struct put *put, struct put_chunk *chunk)
{
	pthread_mutex_lock(&put->mutex);
	struct put_chunk **bucket = inflight_bucket(put, &chunk->digest);
	struct put_chunk *other = *bucket;
	while (other && !(digest_equal(&other->digest, &chunk->digest) && other->want >= chunk->want))
		other = other->next_inflight;
	if (other) {
		atomic_store(&other->aliased, true);
		chunk->expected = true;
	} else {
		chunk->next_inflight = *bucket;
		*bucket = chunk;
	}
	pthread_mutex_unlock(&put->mutex);
	return other != NULL;
}

void put_forget_inflight(struct put *put, struct put_chunk *chunk)
{
	struct put_chunk **link = inflight_bucket(put, &chunk->digest);
	while (*link && *link != chunk)
		link = &(*link)->next_inflight;
	if (*link)
		*link = chunk->next_inflight;
}

/* ---- writing ---- */

/* Nodes that hold the chunk, or that have failed for it: none of them is chosen again. */
struct holders {
	uint16_t ids[COPYSET_MAX + 2 * STORE_REPLICATION_MAX];
	size_t count;
};

static void holders_add(struct holders *holders, uint16_t id)
{
	if (holders->count < sizeof(holders->ids) / sizeof(*holders->ids))
		holders->ids[holders->count++] = id;
}

/* Writes one copy; books stay when it succeeds, until the batch is committed. */
static void write_copy(struct put *put, struct put_chunk *chunk, struct node *node, struct holders *holders,
	bool *no_space)
{
	const struct node_attachment *attachment = node_writing(node);
	enum chunk_write_result result;
	holders_add(holders, node->id);
	errno = ENODEV;
	if (attachment && chunk_file_write(put->store->env, attachment, &chunk->digest, chunk->buffer, put->flush, &result) == 0) {
		chunk->written[chunk->written_count] = node;
		chunk->adopted[chunk->written_count++] = result == CHUNK_ADOPTED;
		return;
	}
	int number = errno;
	node_book(node, -(int64_t)chunk->size);
	*no_space = *no_space || number == ENOSPC || number == EDQUOT;
	if (!attachment)
		return;
	node_note_errno(node, number);
	struct node_status status;
	node_status(node, &status);
	char reason[128];
	store_event(put->store, EVENT_WARNING, "write_failed", node->name, "%s: a chunk could not be written: %s", node->name,
		strerror_r(number, reason, sizeof(reason)));
}

static void write_copies(struct put *put, struct put_chunk *chunk, const struct catalog_chunk *known)
{
	struct store *store = put->store;
	struct holders holders = {.count = 0};
	bool no_space = false; /* a write met the end of a disk, rather than the books */
	for (unsigned i = 0; i < known->node_count; i++)
		holders_add(&holders, known->nodes[i]);
	/* Every round either writes a copy or loses a node, so it ends. */
	while (chunk->live + chunk->written_count < chunk->want) {
		struct node *chosen[STORE_REPLICATION_MAX];
		size_t found = store_place_chunk(store, &chunk->digest, chunk->size, holders.ids, holders.count,
			chunk->want - chunk->live - chunk->written_count, chosen);
		if (found == 0)
			break;
		for (size_t i = 0; i < found; i++)
			write_copy(put, chunk, chosen[i], &holders, &no_space);
	}
	unsigned copies = chunk->live + chunk->written_count;
	unsigned least = store->config->min_replicas < chunk->want ? store->config->min_replicas : chunk->want;
	if (copies >= least)
		return;
	char why[1024];
	struct error error;
	store_explain_nodes(store, chunk->size, why, sizeof(why));
	no_space = no_space || strstr(why, " is full");
	error_set(&error, no_space ? ERROR_NO_SPACE : ERROR_UNAVAILABLE,
		"only %u of at least %u copies can be kept%s: %s", copies, least, no_space ? ", there is no room" : "", why);
	fail(chunk, &error);
}

static void store_chunk(struct put *put, struct put_chunk *chunk)
{
	struct error error;
	error_clear(&error);
	chunk->digest = digest_of(chunk->buffer->data, chunk->buffer->length);
	if (put_is_stopping(put)) {
		error_set(&error, ERROR_CANCELLED, "stopped before it was stored");
		fail(chunk, &error);
		return;
	}
	if (enter_inflight(put, chunk))
		return;
	struct catalog_chunk known = {.node_count = 0};
	int found = catalog_find_chunk(put->store->reader, &chunk->digest, &known, &error);
	if (found < 0) {
		fail(chunk, &error);
		return;
	}
	if (found == 0)
		known.node_count = 0;
	chunk->live = store_count_live(put->store, known.nodes, known.node_count);
	chunk->expected = chunk->live >= chunk->want;
	if (!chunk->expected)
		write_copies(put, chunk, &known);
}

void *put_store_chunks(void *argument)
{
	struct put *put = argument;
	struct put_chunk *chunk;
	while ((chunk = take_job(put))) {
		uint64_t size = chunk->size;
		store_chunk(put, chunk);
		end_job(put, chunk);
		put_report_progress(put, size, 0, NULL);
	}
	return NULL;
}

void put_unbook(struct put_chunk *chunk)
{
	for (unsigned i = 0; i < chunk->written_count; i++)
		node_book(chunk->written[i], -(int64_t)chunk->size);
}
