/*
 * put_chunk.c: the workers of a put. Each takes a filled buffer, and when it gives it back the chunk is on its
 * nodes, or known to be there already, or has an error.
 */
#include "engine/chunk_link.h"
#include "engine/links.h"
#include "engine/put.h"

#include <assert.h>
#include <errno.h>

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
	while (put->store->env->simulated && chunk->batch->jobs > 0)
		pthread_cond_wait(&put->changed, &put->mutex);
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
	chunk->error = put_error_copy(error);
}

static void fail_interrupted(struct put_chunk *chunk)
{
	struct error error;
	error_set(&error, ERROR_CANCELLED, "interrupted before it was stored");
	fail(chunk, &error);
}

/* ---- chunks under way ---- */

static struct put_chunk **inflight_bucket(struct put *put, const struct digest *digest)
{
	return &put->inflight[digest_key(digest) % INFLIGHT_BUCKETS];
}

/* Whether who counts on `other` gets what `chunk` is to be, and not later than its own batch is committed. */
static bool can_stand_for(const struct put_chunk *other, const struct put_chunk *chunk)
{
	return digest_equal(&other->digest, &chunk->digest) && other->want >= chunk->want &&
	       other->batch->number <= chunk->batch->number;
}

/* Enters `chunk`, unless the same bytes are on their way already; then `chunk` is expected, and true comes back. */
static bool enter_inflight(struct put *put, struct put_chunk *chunk)
{
	pthread_mutex_lock(&put->mutex);
	struct put_chunk **bucket = inflight_bucket(put, &chunk->digest);
	struct put_chunk *other = *bucket;
	while (other && !can_stand_for(other, chunk))
		other = other->next_inflight;
	if (other) {
		if (other->batch == chunk->batch)
			chunk->alias_of = other;
		else
			other->aliased = true;
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

/* False when no more can be noted. */
static bool holders_add(struct holders *holders, uint16_t id)
{
	if (holders->count == sizeof(holders->ids) / sizeof(*holders->ids))
		return false;
	holders->ids[holders->count++] = id;
	return true;
}

/* Writes one copy; its booking stays until the batch is committed. */
static void write_copy(
	struct put *put, struct put_chunk *chunk, struct node *node, enum chunk_flush flush, bool *no_space)
{
	const struct node_attachment *attachment = node_writing(node);
	enum chunk_write_result result;
	unsigned failures = node_flush_failures(node);
	if (attachment && chunk_link_write(put->store->env, attachment, &chunk->digest, chunk->buffer, flush,
				  &result) == 0) {
		unsigned at = chunk->written_count++;
		chunk->written[at] = node;
		chunk->replaced[at] = result == CHUNK_REPLACED;
		chunk->flush_failures[at] = failures;
		return;
	}
	int number = errno;
	node_book(node, -(int64_t)chunk->size);
	if (!attachment || number == ECANCELED)
		return;
	node_count(node, TRAFFIC_ERRORS, 1);
	*no_space = *no_space || number == ENOSPC || number == EDQUOT;
	node_note_errno(node, number);
	char reason[128];
	store_event(put->store, EVENT_WARNING, "write_failed", node->name,
		"%s: a chunk could not be written: %s", node->name,
		node_errno_text(number, reason, sizeof(reason)));
}

unsigned put_least_copies(const struct put *put, const struct put_chunk *chunk)
{
	unsigned least = put->store->config->min_replicas;
	return least < chunk->want ? least : chunk->want;
}

/* Writes copies until there are `wanted` live ones, or no node is left that has not been tried. */
static void write_until(struct put *put, struct put_chunk *chunk, unsigned wanted, struct holders *holders,
	enum chunk_flush flush, bool *no_space)
{
	struct store *store = put->store;
	while (chunk->live + chunk->written_count < wanted) {
		struct node *chosen[STORE_REPLICATION_MAX];
		size_t found = store_place_chunk(store, &chunk->digest, chunk->size, holders->ids,
			holders->count, wanted - chunk->live - chunk->written_count, chosen);
		bool noted = found > 0;
		for (size_t i = 0; i < found; i++) {
			noted = holders_add(holders, chosen[i]->id) && noted;
			write_copy(put, chunk, chosen[i], flush, no_space);
		}
		if (!noted)
			return;
	}
}

/* Replaces copies that turned out not to be durable, from one that is. */
void put_replace_copies(struct put *put, struct put_chunk *chunk)
{
	struct holders holders = {.count = 0};
	struct catalog_chunk known = {.node_count = 0};
	struct error ignored;
	bool no_space = false;
	if (chunk->written_count == 0)
		return; /* without a copy of ours there is nothing to read */
	/* Those that `live` counts already. */
	if (catalog_find_chunk(put->store->reader, &chunk->digest, &known, &ignored) < 0)
		return;
	for (unsigned i = 0; i < known.node_count; i++)
		(void)holders_add(&holders, known.nodes[i]);
	chunk->buffer = pool_take(put->store->pool);
	enum chunk_read_result result = CHUNK_MISSING;
	for (unsigned i = 0; i < chunk->written_count && result != CHUNK_GOOD; i++) {
		const struct node_attachment *attachment = node_reading(chunk->written[i]);
		if (attachment)
			result = chunk_link_read(put->store->env, attachment, &chunk->digest,
				(size_t)chunk->size, chunk->buffer);
		if (attachment && result != CHUNK_GOOD)
			node_count(chunk->written[i], TRAFFIC_ERRORS, 1);
	}
	for (unsigned i = 0; i < chunk->written_count; i++)
		(void)holders_add(&holders, chunk->written[i]->id);
	if (result == CHUNK_GOOD)
		write_until(put, chunk, chunk->want, &holders, CHUNK_FLUSH_NOW, &no_space);
	pool_give(put->store->pool, chunk->buffer);
	chunk->buffer = NULL;
}

static void write_copies(struct put *put, struct put_chunk *chunk, const struct catalog_chunk *known)
{
	struct store *store = put->store;
	struct holders holders = {.count = 0};
	bool no_space = false; /* a write met the end of a disk, rather than the books */
	for (unsigned i = 0; i < known->node_count; i++)
		(void)holders_add(&holders, known->nodes[i]);
	write_until(put, chunk, chunk->want, &holders, put->flush, &no_space);
	unsigned copies = chunk->live + chunk->written_count, least = put_least_copies(put, chunk);
	if (copies >= least)
		return;
	char why[1024];
	struct error error;
	if (put_is_stopping(put)) {
		fail_interrupted(chunk);
		return;
	}
	bool full = store_explain_nodes(store, chunk->size, why, sizeof(why));
	error_set(&error, no_space || full ? ERROR_NO_SPACE : ERROR_UNAVAILABLE,
		"only %u of at least %u copies can be kept%s: %s", copies, least,
		no_space || full ? ", there is no room" : "", why);
	fail(chunk, &error);
}

static void store_chunk(struct put *put, struct put_chunk *chunk)
{
	struct error error;
	error_clear(&error);
	chunk->digest = digest_of(chunk->buffer->data, chunk->buffer->length);
	if (put_is_stopping(put)) {
		fail_interrupted(chunk);
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
	if (found == 1 && known.size != chunk->size) {
		put_fail_misdescribed(chunk);
		return;
	}
	if (found == 0)
		known.node_count = 0;
	links_follow(put->store);
	chunk->live = store_count_live(put->store, known.nodes, known.node_count);
	chunk->expected = chunk->live >= chunk->want;
	if (!chunk->expected)
		write_copies(put, chunk, &known);
}

void *put_store_chunks(void *argument)
{
	struct put *put = argument;
	struct put_chunk *chunk;
	network_heed(put->options->cancel);
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
