#include "engine/fetch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/replica.h"

enum { PAGE_EXTENTS = 64, THREADS_MAX = 64, WRITE_BYTES = 512 << 10 };

struct fetch {
	struct store *store;
	const struct catalog_entry *entry;
	const struct fetch_options *options;
	int fd;

	pthread_mutex_t mutex; /* guards everything below */
	pthread_cond_t turn;
	struct catalog_extent extents[PAGE_EXTENTS];
	struct catalog_chunk chunks[PAGE_EXTENTS];
	int page_count, page_next;
	uint64_t position; /* of the next extent to be read from the catalog */
	uint64_t offset;   /* in the file, of the next extent to be taken */
	uint64_t taken, written;
	struct progress progress;
	struct error error; /* the first; code ERROR_NONE while all is well */
};

/* One extent to be fetched. */
struct piece {
	struct catalog_extent extent;
	struct catalog_chunk chunk;
	uint64_t offset;
	uint64_t number;
};

static void fail(struct fetch *fetch, const struct error *error)
{
	pthread_mutex_lock(&fetch->mutex);
	if (fetch->error.code == ERROR_NONE)
		fetch->error = *error;
	pthread_cond_broadcast(&fetch->turn);
	pthread_mutex_unlock(&fetch->mutex);
}

/* Takes the next extent. 1, or 0 when there is none, or nothing more is to be done. The mutex is held. */
static int take_piece(struct fetch *fetch, struct piece *piece)
{
	if (fetch->error.code != ERROR_NONE)
		return 0;
	if (fetch->options->cancel && atomic_load(fetch->options->cancel)) {
		error_set(&fetch->error, ERROR_CANCELLED, "interrupted");
		pthread_cond_broadcast(&fetch->turn); /* for those who wait for a turn that will not come */
		return 0;
	}
	if (fetch->page_next == fetch->page_count) {
		fetch->page_count = catalog_extents(fetch->store->reader, fetch->entry->version_id,
			fetch->position, fetch->extents, fetch->chunks, PAGE_EXTENTS, &fetch->error);
		fetch->page_next = 0;
		if (fetch->page_count <= 0) {
			pthread_cond_broadcast(&fetch->turn);
			return 0;
		}
		fetch->position = fetch->extents[fetch->page_count - 1].position + 1;
	}
	/* A catalog that lists more than the file has, or pieces of nothing, might go on for ever. */
	uint64_t length = fetch->extents[fetch->page_next].length;
	if (length == 0 || length > fetch->entry->size - fetch->offset) {
		error_set(&fetch->error, ERROR_DAMAGED, "the catalog lists other than its %llu bytes",
			(unsigned long long)fetch->entry->size);
		pthread_cond_broadcast(&fetch->turn);
		return 0;
	}
	piece->extent = fetch->extents[fetch->page_next];
	piece->chunk = fetch->chunks[fetch->page_next++];
	piece->offset = fetch->offset;
	piece->number = fetch->taken++;
	fetch->offset += piece->extent.length;
	return 1;
}

static int read_piece(
	struct fetch *fetch, const struct piece *piece, struct buffer **buffer, struct error *error)
{
	if (piece->extent.length > (*buffer)->size || piece->chunk.size > (*buffer)->size)
		return error_set(error, ERROR_DAMAGED,
			"chunk of %llu bytes, larger than any that was ever stored",
			(unsigned long long)piece->chunk.size);
	/* A file that is one chunk has the chunk's name; of several nobody knows before all are read. */
	if (!piece->extent.part && piece->extent.length == fetch->entry->size &&
		!digest_equal(&piece->chunk.digest, &fetch->entry->digest))
		return error_set(error, ERROR_DAMAGED, "the catalog lists a chunk that is not its content");
	int result = piece->extent.part
			     ? replica_read_part(fetch->store, &piece->chunk, piece->extent.offset,
				       (size_t)piece->extent.length, &fetch->entry->digest, buffer, error)
			     : replica_read(fetch->store, &piece->chunk, buffer, error);
	/* Whatever it says then: it was not waited for. */
	if (result < 0 && fetch->options->cancel && atomic_load(fetch->options->cancel))
		return error_set(error, ERROR_CANCELLED, "interrupted");
	return result;
}

static int write_in_order(struct fetch *fetch, const struct buffer *buffer, struct error *error)
{
	for (size_t done = 0; done < buffer->length;) {
		if (fetch->options->cancel && atomic_load(fetch->options->cancel))
			return error_set(error, ERROR_CANCELLED, "interrupted");
		ssize_t put = write(fetch->fd, buffer->data + done, buffer->length - done);
		if (put > 0)
			done += (size_t)put;
		else if (errno != EINTR)
			return error_set_errno(error, errno, "cannot write the output");
	}
	return 0;
}

/*
 * In parts, because the kernel looks for a run of free pages as long as a write is. Of 1 GiB in writes of 4 MiB that
 * took 1.2 to 2.7 s of system time on a machine that had been up for some hours, and 0.3 s in writes of up to 1 MiB.
 */
static int write_at(struct fetch *fetch, const struct buffer *buffer, uint64_t offset, struct error *error)
{
	for (size_t done = 0; done < buffer->length;) {
		size_t part = buffer->length - done < WRITE_BYTES ? buffer->length - done : WRITE_BYTES;
		if (env_write_full(fetch->store->env, fetch->fd, buffer->data + done, part,
			    (off_t)(offset + done)) < 0)
			return error_set_errno(error, errno, "cannot write the output");
		done += part;
	}
	return 0;
}

static int write_piece(
	struct fetch *fetch, const struct piece *piece, const struct buffer *buffer, struct error *error)
{
	if (!fetch->options->in_order)
		return write_at(fetch, buffer, piece->offset, error);
	pthread_mutex_lock(&fetch->mutex);
	while (fetch->written != piece->number && fetch->error.code == ERROR_NONE)
		pthread_cond_wait(&fetch->turn, &fetch->mutex);
	bool stopped = fetch->error.code != ERROR_NONE;
	pthread_mutex_unlock(&fetch->mutex);
	if (stopped)
		return -1; /* the error is there already */
	int result = write_in_order(fetch, buffer, error);
	pthread_mutex_lock(&fetch->mutex);
	if (result == 0)
		fetch->written++;
	else if (fetch->error.code == ERROR_NONE)
		fetch->error = *error; /* before anyone else's turn comes */
	pthread_cond_broadcast(&fetch->turn);
	pthread_mutex_unlock(&fetch->mutex);
	return result;
}

static void report(struct fetch *fetch, size_t bytes)
{
	if (!fetch->options->progress)
		return;
	pthread_mutex_lock(&fetch->mutex);
	fetch->progress.bytes_done += bytes;
	fetch->options->progress(fetch->options->context, &fetch->progress);
	pthread_mutex_unlock(&fetch->mutex);
}

static void *work(void *argument)
{
	struct fetch *fetch = argument;
	struct error error;
	error_clear(&error);
	network_heed(fetch->options->cancel);
	for (;;) {
		struct piece piece;
		struct buffer *buffer = pool_take(fetch->store->pool);
		pthread_mutex_lock(&fetch->mutex);
		int more = take_piece(fetch, &piece);
		pthread_mutex_unlock(&fetch->mutex);
		if (more && (read_piece(fetch, &piece, &buffer, &error) < 0 ||
				    write_piece(fetch, &piece, buffer, &error) < 0)) {
			if (error.code != ERROR_NONE)
				fail(fetch, &error);
			more = 0;
		}
		size_t length = buffer->length;
		pool_give(fetch->store->pool, buffer);
		if (!more)
			break;
		report(fetch, length);
	}
	network_heed(NULL);
	return NULL;
}

static void work_together(struct fetch *fetch, unsigned threads)
{
	pthread_t others[THREADS_MAX];
	unsigned count = 0;
	while (count + 1 < threads && count < THREADS_MAX &&
		pthread_create(&others[count], NULL, work, fetch) == 0)
		count++;
	work(fetch); /* with fewer threads than asked for it merely takes longer */
	for (unsigned i = 0; i < count; i++)
		pthread_join(others[i], NULL);
}

/*
 * Invariant 2. Each chunk is verified by its name on the way. That the catalog lists the right ones, in the right
 * order, is verified before: nothing else protects its rows. What is too much or too little is told when all is read.
 */
static int check_list(struct store *store, const struct catalog_entry *entry, struct error *error)
{
	struct digest manifest;
	uint64_t bytes;
	if (entry->extents < 2 || !entry->listed)
		return 0;
	if (catalog_read_manifest(store->reader, entry->version_id, &manifest, &bytes, error) < 0)
		return error_context(error, "cannot fetch '%s'", entry->name);
	if (bytes != entry->size || digest_equal(&manifest, &entry->manifest))
		return 0;
	return error_set(error, ERROR_DAMAGED,
		"cannot fetch '%s': the catalog lists other chunks than it was stored with; 'linckia "
		"rebuild' makes the catalog anew from the nodes",
		entry->name);
}

int fetch_version(struct store *store, const struct catalog_entry *entry, int fd,
	const struct fetch_options *options, struct error *error)
{
	assert(entry->kind == ENTRY_FILE);
	if (check_list(store, entry, error) < 0)
		return -1;
	struct fetch *fetch = calloc(1, sizeof(*fetch));
	if (!fetch)
		return error_set_errno(error, ENOMEM, "cannot fetch '%s'", entry->name);
	fetch->store = store;
	fetch->entry = entry;
	fetch->options = options;
	fetch->fd = fd;
	fetch->progress =
		(struct progress){.bytes_total = entry->size, .files_total = 1, .name = entry->name};
	pthread_mutex_init(&fetch->mutex, NULL);
	pthread_cond_init(&fetch->turn, NULL);

	work_together(fetch, entry->extents < options->threads ? (unsigned)entry->extents : options->threads);

	int result = 0;
	if (fetch->error.code != ERROR_NONE) {
		*error = fetch->error;
		result = error_context(error, "cannot fetch '%s'", entry->name);
	} else if (fetch->offset != entry->size) {
		result = error_set(error, ERROR_DAMAGED,
			"cannot fetch '%s': the catalog lists %llu of its %llu bytes", entry->name,
			(unsigned long long)fetch->offset, (unsigned long long)entry->size);
	}
	pthread_mutex_destroy(&fetch->mutex);
	pthread_cond_destroy(&fetch->turn);
	free(fetch);
	return result;
}
