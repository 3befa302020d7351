/*
 * put_batch.c: what is committed together, while it is gathered.
 *
 *   open ──put_batch_seal──▶ waiting ──its jobs done──▶ flushed ──committed──▶ reported, freed
 *   (put_batch.c)                          (put_flush.c)      (put_commit.c)
 *
 * The source thread fills the open batch; sealed ones go to the committer in order. While one is flushed and
 * committed, the workers write the chunks of the next.
 */
#include "engine/put.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int fail_for_memory(struct put *put)
{
	struct error error;
	error_set_errno(&error, ENOMEM, "cannot go on storing");
	put_set_fatal(put, &error);
	return -1;
}

/* Makes room for one more element of `size` bytes in a growing array. */
static int make_room(struct put *put, void **array, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return 0;
	size_t wanted = *room ? *room * 2 : 64;
	void *larger = realloc(*array, wanted * size);
	if (!larger)
		return fail_for_memory(put);
	*array = larger;
	*room = wanted;
	return 0;
}

/* Room for the one entry that may be under way, which put_entry_end() cannot do without. */
static int make_room_for_entry(struct put *put, struct put_batch *batch)
{
	return make_room(put, (void **)&batch->entries, batch->entry_count, &batch->entry_room,
		sizeof(*batch->entries));
}

struct put_batch *put_batch_new(struct put *put)
{
	struct put_batch *batch = calloc(1, sizeof(*batch));
	if (batch && make_room_for_entry(put, batch) == 0)
		return batch;
	free(batch);
	fail_for_memory(put);
	return NULL;
}

struct put_entry *put_entry_new(
	struct put *put, const char *name, enum entry_kind kind, const struct stat *status)
{
	if (make_room_for_entry(put, put->open) < 0)
		return NULL;
	struct put_entry *entry = calloc(1, sizeof(*entry));
	char *copy = strdup(name);
	if (!entry || !copy) {
		free(entry);
		free(copy);
		fail_for_memory(put);
		return NULL;
	}
	entry->name = copy;
	entry->kind = kind;
	entry->fewest_copies = STORE_REPLICATION_MAX;
	if (status) {
		entry->mode = status->st_mode & 07777;
		entry->mtime_ns = env_mtime_ns(status);
	} else {
		entry->mode = 0600;
		entry->mtime_ns = put->store->env->time->wall_ms(put->store->env->time) * 1000000;
	}
	return entry;
}

/* What stands for every error that there is no memory for. */
static struct error no_memory = {ERROR_MEMORY, ENOMEM, "cannot go on storing: out of memory"};

struct error *put_error_copy(const struct error *error)
{
	struct error *copy = malloc(sizeof(*copy));
	if (!copy)
		return &no_memory;
	*copy = *error;
	return copy;
}

void put_error_free(struct error *error)
{
	if (error != &no_memory)
		free(error);
}

static void entry_free(struct put_entry *entry)
{
	free(entry->name);
	free(entry->target);
	put_error_free(atomic_load(&entry->error));
	free(entry);
}

/* The source thread and the committer may both find a reason; the first one stays. */
void put_entry_fail(struct put_entry *entry, const struct error *error)
{
	if (error && !atomic_load(&entry->error)) {
		struct error *copy = put_error_copy(error);
		struct error *none = NULL;
		if (!atomic_compare_exchange_strong(&entry->error, &none, copy))
			put_error_free(copy);
	}
	atomic_store(&entry->failed, true);
}

void put_entry_end(struct put *put, struct put_entry *entry)
{
	struct put_batch *batch = put->open;
	assert(batch->entry_count < batch->entry_room);
	batch->entries[batch->entry_count++] = entry;
	batch->name_bytes += strlen(entry->name);
}

struct put_chunk *put_batch_add_chunk(struct put *put, uint64_t size, unsigned want)
{
	struct put_batch *batch = put->open;
	struct put_chunk *chunk = calloc(1, sizeof(*chunk));
	if (!chunk) {
		fail_for_memory(put);
		return NULL;
	}
	if (make_room(put, (void **)&batch->chunks, batch->chunk_count, &batch->chunk_room,
		    sizeof(*batch->chunks)) < 0) {
		free(chunk);
		return NULL;
	}
	chunk->size = size;
	chunk->want = want;
	chunk->batch = batch;
	batch->chunks[batch->chunk_count++] = chunk;
	batch->bytes += size;
	return chunk;
}

int put_batch_add_extent(struct put *put, const struct put_extent *extent)
{
	struct put_batch *batch = put->open;
	if (make_room(put, (void **)&batch->extents, batch->extent_count, &batch->extent_room,
		    sizeof(*batch->extents)) < 0)
		return -1;
	batch->extents[batch->extent_count++] = *extent;
	return 0;
}

void put_batch_seal(struct put *put, bool force)
{
	struct put_batch *batch = put->open;
	bool large = batch->bytes >= BATCH_BYTES_MAX || batch->extent_count >= BATCH_EXTENTS_MAX ||
		     batch->entry_count >= BATCH_ENTRIES_MAX || batch->name_bytes >= BATCH_NAME_BYTES_MAX;
	bool empty = batch->chunk_count == 0 && batch->extent_count == 0 && batch->entry_count == 0;
	if (!large && (!force || empty))
		return;
	struct put_batch *next = put_batch_new(put);
	if (!next && !force)
		return;
	if (!next) {
		/*
		 * Somebody has to commit, or undo, what the open batch holds. Nothing is added after the last seal.
		 */
		next = put->last;
		put->last = NULL;
		assert(next);
	}
	next->number = batch->number + 1;
	/* The pack's chunk belongs to this batch, which waits for it. */
	put_seal_pack(put);
	pthread_mutex_lock(&put->mutex);
	while (put->batches_waiting >= BATCHES_WAITING_MAX)
		pthread_cond_wait(&put->changed, &put->mutex);
	put->batches_waiting++;
	*put->last_batch = batch;
	put->last_batch = &batch->next;
	pthread_cond_broadcast(&put->changed);
	while (put->store->env->simulated && put->batches_waiting > 0)
		pthread_cond_wait(&put->changed, &put->mutex);
	pthread_mutex_unlock(&put->mutex);
	put->open = next;
}

void put_batch_free(struct put *put, struct put_batch *batch)
{
	for (size_t i = 0; i < batch->chunk_count; i++) {
		struct put_chunk *chunk = batch->chunks[i];
		pthread_mutex_lock(&put->mutex);
		put_forget_inflight(put, chunk);
		pthread_mutex_unlock(&put->mutex);
		put_unbook(chunk);
		put_error_free(chunk->error);
		free(chunk);
	}
	for (size_t i = 0; i < batch->entry_count; i++)
		entry_free(batch->entries[i]);
	free(batch->chunks);
	free(batch->extents);
	free(batch->entries);
	free(batch);
}
