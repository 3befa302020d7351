/*
 * put_file.c: one entry on its way into the open batch.
 *
 * A file that changes while it is read is read again from the beginning, up to ATTEMPTS times; what an attempt
 * handed to the workers is dropped by the committer, because its entry is marked failed. So a version
 * is always one state that the file had from the first to the last byte read, or there is none.
 */
#include "engine/put.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ATTEMPTS = 3 };

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static int choose_replication(
	struct put *put, const char *name, unsigned *replication_factor, struct error *error)
{
	*replication_factor = put->options->replication_factor;
	if (*replication_factor)
		return 0;
	*replication_factor = put->store->config->replication_factor;
	return catalog_find_replication(put->store->reader, name, replication_factor, error) < 0 ? -1 : 0;
}

/* ---- reading ---- */

/* Fills `buffer` up to `size` bytes; less only at the end. `offset` negative: from a pipe. 0, or -1 with errno. */
static int fill(struct put *put, int fd, struct buffer *buffer, size_t size, int64_t offset)
{
	while (buffer->length < size && !put_is_stopping(put)) {
		uint8_t *data = buffer->data + buffer->length;
		size_t room = size - buffer->length;
		ssize_t got = offset < 0 ? read(fd, data, room)
					 : put->store->env->io->pread(put->store->env->io, fd, data, room,
						   offset + (int64_t)buffer->length);
		if (got == 0)
			break;
		if (got > 0)
			buffer->length += (size_t)got;
		else if (errno != EINTR)
			return -1;
	}
	return 0;
}

/* Cuts the first chunk off what is in `buffer`, and keeps the rest of a pipe's bytes for the next. */
static void cut(struct put *put, struct buffer *buffer, bool pipe)
{
	size_t length = chunker_cut(&put->chunker, buffer->data, buffer->length);
	if (pipe) {
		put->carry_length = buffer->length - length;
		assert(put->carry || put->carry_length == 0);
		if (put->carry_length)
			memcpy(put->carry, buffer->data + length, put->carry_length);
	}
	buffer->length = length;
}

/* Takes a buffer; while all are in use, gives up the one that the pack holds rather than wait with it in hand. */
static struct buffer *take_buffer(struct put *put)
{
	struct buffer *buffer = pool_try_take(put->store->pool);
	if (buffer)
		return buffer;
	put_seal_pack(put);
	return pool_take(put->store->pool);
}

/* Reads one chunk's worth into a buffer and submits it. 1: there may be more; 0: the end; -1 with errno. */
static int read_chunk(struct put *put, struct put_entry *entry, int fd, bool pipe)
{
	struct buffer *buffer = take_buffer(put);
	bool ended = pipe && put->pipe_ended;
	if (pipe && put->carry_length) {
		memcpy(buffer->data, put->carry, put->carry_length);
		buffer->length = put->carry_length;
		put->carry_length = 0;
	}
	int64_t offset = pipe ? -1 : (int64_t)entry->size;
	/* What has ended once is not read again: a terminal or a FIFO may go on after its end. */
	if (!ended && fill(put, fd, buffer, put->chunker.max_bytes, offset) < 0) {
		int number = errno;
		pool_give(put->store->pool, buffer);
		errno = number;
		return -1;
	}
	size_t filled = buffer->length;
	put->pipe_ended = pipe && filled < put->chunker.max_bytes;
	cut(put, buffer, pipe);
	bool last = filled < put->chunker.max_bytes && buffer->length == filled;
	struct put_chunk *chunk = NULL;
	if (buffer->length == 0 ||
		!(chunk = put_batch_add_chunk(put, buffer->length, entry->replication_factor))) {
		pool_give(put->store->pool, buffer);
		return 0;
	}
	struct put_extent extent = {.entry = entry, .chunk = chunk, .position = entry->extents};
	/* A file that is one chunk needs no second digest. */
	bool whole = entry->extents == 0 && last;
	if (!whole)
		digest_stream_add(put->stream, buffer->data, buffer->length);
	entry->extents++;
	entry->size += buffer->length;
	put_submit(put, chunk, buffer);
	if (put_batch_add_extent(put, &extent) < 0)
		return 0;
	put_batch_seal(put, false);
	return !last;
}

/* Reads all of it, unless the committer finds meanwhile that it cannot be stored. 0, or -1 with `error`. */
static int read_all(struct put *put, struct put_entry *entry, int fd, bool pipe, struct error *error)
{
	int more;
	digest_stream_reset(put->stream);
	put->carry_length = 0;
	put->pipe_ended = false;
	do {
		bool over = put_is_stopping(put) || atomic_load(&entry->failed);
		more = over ? 0 : read_chunk(put, entry, fd, pipe);
	} while (more > 0);
	if (more < 0)
		return error_set_errno(error, errno, "cannot read '%s'", entry->name);
	if (put_is_stopping(put))
		return error_set(error, ERROR_CANCELLED, "interrupted: '%s' is not stored", entry->name);
	if (entry->extents != 1) {
		entry->digest = digest_stream_finish(put->stream);
		entry->digest_known = true;
	}
	return 0;
}

void put_stream_file(struct put *put, const char *name, int fd, const struct stat *status)
{
	struct error error;
	struct stat before = status ? *status : (struct stat){0};
	for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
		struct put_entry *entry = put_entry_new(put, name, ENTRY_FILE, status ? &before : NULL);
		if (!entry)
			return;
		struct stat after = before;
		error_clear(&error);
		if (choose_replication(put, name, &entry->replication_factor, &error) < 0 ||
			read_all(put, entry, fd, !status, &error) < 0) {
			put_entry_fail(entry, error.code == ERROR_CANCELLED ? NULL : &error);
		} else if (status && (put->store->env->io->fstat(put->store->env->io, fd, &after) < 0 ||
					     !is_same(&before, &after))) {
			error_set(&error, ERROR_CHANGED,
				"'%s' changed while it was read, %d times; nothing was stored for it, try "
				"again when it is quiet",
				name, ATTEMPTS);
			put_entry_fail(entry, attempt == ATTEMPTS ? &error : NULL);
		}
		bool again = atomic_load(&entry->failed) && error.code == ERROR_CHANGED && attempt < ATTEMPTS;
		put_entry_end(put, entry);
		put_batch_seal(put, false);
		if (!again)
			return;
		before = after;
	}
}

/* ---- packs ---- */

static size_t pack_slot(const struct pack *pack, const struct digest *digest)
{
	size_t at = digest_key(digest) % PACK_SLOTS;
	while (pack->slots[at].length && !digest_equal(&pack->slots[at].digest, digest))
		at = (at + 1) % PACK_SLOTS;
	return at;
}

void put_seal_pack(struct put *put)
{
	struct pack *pack = &put->pack;
	if (!pack->buffer)
		return;
	if (pack->files == 0) {
		pool_give(put->store->pool, pack->buffer);
	} else {
		/* One file alone is a chunk like any other. */
		if (pack->files == 1) {
			struct put_extent *extent = &put->open->extents[pack->first_extent];
			extent->part = false;
			extent->entry->shared = false;
		}
		put->open->bytes += pack->buffer->length;
		put_submit(put, pack->chunk, pack->buffer);
		memset(pack->slots, 0, PACK_SLOTS * sizeof(*pack->slots));
	}
	pack->buffer = NULL;
	pack->chunk = NULL;
	pack->files = 0;
}

/* Makes sure that the pack is for this replication factor and has room for `length` bytes more. */
static void prepare_pack(struct put *put, unsigned replication_factor, size_t length)
{
	struct pack *pack = &put->pack;
	bool fits = pack->buffer && pack->replication_factor == replication_factor &&
		    pack->files < PACK_SLOTS / 2 &&
		    pack->buffer->length + length <= put->store->config->chunk_bytes;
	if (fits)
		return;
	put_seal_pack(put);
	pack->buffer = pool_take(put->store->pool);
	pack->replication_factor = replication_factor;
	pack->files = 0;
}

/* Whether all of a file was read, and it stayed the same meanwhile. 1: yes; 0: it changed; -1 with errno. */
static int read_small(struct put *put, int fd, const struct stat *status, uint8_t *data, struct stat *after)
{
	size_t size = (size_t)status->st_size;
	int number = env_read_full(put->store->env, fd, data, size, 0) < 0 ? errno : 0;
	/* A file that has become shorter looks like an input/output error; its status tells. */
	if (put->store->env->io->fstat(put->store->env->io, fd, after) < 0)
		return -1;
	if (!is_same(status, after))
		return 0;
	errno = number;
	return number ? -1 : 1;
}

/* A part of a pack that is stored already, with as many copies as wanted now. */
static int find_stored_part(
	struct put *put, const struct put_entry *entry, struct put_extent *extent, struct error *error)
{
	struct catalog_extent part;
	struct catalog_chunk chunk;
	int found =
		catalog_find_shared(put->store->reader, &entry->digest, entry->size, &part, &chunk, error);
	if (found <= 0)
		return found;
	if (!catalog_extent_fits(&part, &chunk) || chunk.want < entry->replication_factor ||
		store_count_live(put->store, chunk.nodes, chunk.node_count) < entry->replication_factor)
		return 0;
	extent->chunk_id = part.chunk;
	extent->part = part.part;
	extent->offset = part.offset;
	extent->length = part.length;
	return 1;
}

/* A whole chunk that is stored already under this very digest. */
static int find_stored_chunk(
	struct put *put, const struct put_entry *entry, struct put_extent *extent, struct error *error)
{
	struct catalog_chunk chunk;
	int found = catalog_find_chunk(put->store->reader, &entry->digest, &chunk, error);
	if (found <= 0)
		return found;
	if (chunk.size != entry->size || chunk.want < entry->replication_factor ||
		store_count_live(put->store, chunk.nodes, chunk.node_count) < entry->replication_factor)
		return 0;
	extent->chunk_id = chunk.id;
	return 1;
}

/* Finds where the bytes at the end of the pack's buffer are stored already, or keeps them there. */
static int settle_small(struct put *put, struct put_entry *entry, struct error *error)
{
	struct pack *pack = &put->pack;
	struct put_extent extent = {.entry = entry, .position = 0};
	size_t slot = pack_slot(pack, &entry->digest);
	if (pack->slots[slot].length == entry->size) {
		extent.chunk = pack->chunk;
		extent.part = true;
		extent.offset = pack->slots[slot].offset;
		extent.length = entry->size;
		entry->shared = true;
		pack->files++; /* so that the pack is not taken for one file's chunk */
		return put_batch_add_extent(put, &extent);
	}
	int found = find_stored_chunk(put, entry, &extent, error);
	if (found == 0) {
		found = find_stored_part(put, entry, &extent, error);
		entry->shared = found == 1;
	}
	if (found < 0)
		return -1;
	if (found)
		return put_batch_add_extent(put, &extent);

	if (!pack->chunk && !(pack->chunk = put_batch_add_chunk(put, 0, entry->replication_factor)))
		return -1;
	if (pack->files == 0)
		pack->first_extent = put->open->extent_count;
	extent.chunk = pack->chunk;
	extent.part = true;
	extent.offset = pack->buffer->length;
	extent.length = entry->size;
	entry->shared = true;
	if (put_batch_add_extent(put, &extent) < 0)
		return -1;
	pack->slots[slot] = (struct pack_slot){entry->digest, extent.offset, extent.length};
	pack->buffer->length += entry->size;
	pack->files++;
	return 0;
}

void put_pack_file(struct put *put, const char *name, int fd, const struct stat *status)
{
	struct error error;
	unsigned replication_factor;
	error_clear(&error);
	if (choose_replication(put, name, &replication_factor, &error) < 0) {
		put_report_failure(put, name, &error);
		return;
	}
	prepare_pack(put, replication_factor, (size_t)status->st_size);
	struct pack *pack = &put->pack;
	struct stat after;
	int whole = read_small(put, fd, status, pack->buffer->data + pack->buffer->length, &after);
	int number = errno;
	if (whole == 0) {
		put_stream_file(put, name, fd, &after);
		return;
	}
	struct put_entry *entry = put_entry_new(put, name, ENTRY_FILE, status);
	if (!entry)
		return;
	entry->replication_factor = replication_factor;
	entry->size = (uint64_t)status->st_size;
	entry->extents = 1;
	if (whole < 0) {
		error_set_errno(&error, number, "cannot read '%s'", name);
		put_entry_fail(entry, &error);
	} else {
		entry->digest = digest_of(pack->buffer->data + pack->buffer->length, entry->size);
		entry->digest_known = true;
		if (settle_small(put, entry, &error) < 0)
			put_entry_fail(entry, &error);
	}
	put_entry_end(put, entry);
	put_batch_seal(put, false);
}

/* ---- entries without bytes ---- */

/* Whether the folder is stored already as it is now; folders get no new version for nothing. */
static bool folder_is_stored(struct put *put, const struct put_entry *entry)
{
	struct error ignored;
	struct catalog_entry *known = malloc(sizeof(*known));
	bool same = known && catalog_find_entry(put->store->reader, entry->name, 0, known, &ignored) == 1 &&
		    known->mode == entry->mode && known->mtime_ns == entry->mtime_ns;
	free(known);
	return same;
}

void put_plain_entry(struct put *put, const char *name, enum entry_kind kind, const struct stat *status,
	const char *target)
{
	assert(kind != ENTRY_FILE);
	struct error error;
	struct put_entry *entry = put_entry_new(put, name, kind, status);
	if (!entry)
		return;
	if (kind == ENTRY_LINK) {
		entry->target = strdup(target);
		entry->size = strlen(target);
		entry->digest = digest_of(target, entry->size);
	}
	entry->digest_known = true;
	if (kind == ENTRY_FOLDER && folder_is_stored(put, entry))
		put_entry_fail(entry, NULL);
	else if (choose_replication(put, name, &entry->replication_factor, &error) < 0)
		put_entry_fail(entry, &error);
	else if (kind == ENTRY_LINK && !entry->target) {
		error_set_errno(&error, ENOMEM, "cannot store the link '%s'", name);
		put_entry_fail(entry, &error);
	}
	put_entry_end(put, entry);
	put_batch_seal(put, false);
}
