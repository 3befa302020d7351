/*
 * put_commit.c: the committer of a put: one transaction for each batch, and what is said about it afterwards.
 *
 * A transaction either brings in all of a batch that did not fail by itself, or nothing; after one that failed,
 * nothing more is committed and everything is taken back (undo).
 */
#include "engine/put.h"

#include <errno.h>
#include <stdio.h>

#include "engine/catalog_collect.h"

static void fail_entries_of_chunks(struct put_batch *batch)
{
	for (size_t i = 0; i < batch->extent_count; i++) {
		struct put_extent *extent = &batch->extents[i];
		if (!extent->chunk)
			continue;
		const struct put_chunk *source =
			extent->chunk->alias_of ? extent->chunk->alias_of : extent->chunk;
		if (extent->chunk->error || source->error)
			put_entry_fail(
				extent->entry, extent->chunk->error ? extent->chunk->error : source->error);
	}
}

/*
 * Fails the entries whose chunks failed, and marks the chunks that some entry needs. Those that none needs leave the
 * table of chunks under way at the same moment, so that nobody begins to count on them.
 */
static void settle_entries(struct put *put, struct put_batch *batch)
{
	fail_entries_of_chunks(batch);
	for (size_t i = 0; i < batch->extent_count; i++) {
		struct put_extent *extent = &batch->extents[i];
		if (!extent->chunk || atomic_load(&extent->entry->failed))
			continue;
		extent->chunk->used = true;
		if (extent->chunk->alias_of)
			extent->chunk->alias_of->used = true;
	}
	pthread_mutex_lock(&put->mutex);
	for (size_t i = 0; i < batch->chunk_count; i++) {
		struct put_chunk *chunk = batch->chunks[i];
		chunk->used = (chunk->used || chunk->aliased) && !chunk->error;
		if (!chunk->used)
			put_forget_inflight(put, chunk);
	}
	pthread_mutex_unlock(&put->mutex);
}

/* The union of the nodes in the catalog and those just written, ascending. */
static void merge_nodes(struct catalog_chunk *row, const struct put_chunk *chunk)
{
	for (unsigned i = 0; i < chunk->written_count; i++)
		catalog_chunk_insert(row, chunk->written[i]->id);
}

/*
 * Files that were found, not made, may have been taken away since by the put that made them; and any file of a chunk
 * that the catalog does not place there yet by maintenance, as a stray (maintain_stray.c). Whoever takes one away
 * holds the write lock, so that what is there now stays. And the node itself may have been removed from the store.
 */
static void check_present(struct put *put, struct put_chunk *chunk)
{
	for (unsigned j = chunk->written_count; j-- > 0;) {
		const struct node *node = chunk->written[j];
		const struct node_attachment *attachment = node_reading(chunk->written[j]);
		if (!put->known[node - put->store->nodes] || !attachment ||
			!chunk_file_exists(put->store->env, attachment, &chunk->digest))
			put_drop_copy(chunk, j);
	}
}

static int commit_chunk(struct put *put, struct put_chunk *chunk, struct error *error)
{
	struct catalog *catalog = put->store->writer;
	struct catalog_chunk row = {.digest = chunk->digest, .size = chunk->size, .want = chunk->want};
	check_present(put, chunk);
	if (put->flush == CHUNK_FLUSH_LATER)
		put_drop_unflushed(chunk);
	int found = catalog_find_chunk(catalog, &chunk->digest, &row, error);
	if (found < 0)
		return -1;
	if (row.size != chunk->size) {
		put_fail_misdescribed(chunk);
		return 0;
	}
	unsigned before = row.node_count;
	merge_nodes(&row, chunk);
	chunk->copies = store_count_live(put->store, row.nodes, row.node_count);
	if (chunk->copies < put_least_copies(put, chunk)) {
		put_chunk_fail(chunk, ERROR_CHANGED,
			"copies that it counted on have gone in the meantime; try again");
		return 0;
	}
	if (!found) {
		if (catalog_add_chunk(catalog, &row, error) < 0)
			return -1;
		chunk->created = true;
		put->new_bytes += chunk->size;
	} else if (row.node_count != before || row.want < chunk->want) {
		chunk->raised = row.want < chunk->want;
		row.want = chunk->raised ? chunk->want : row.want;
		if (catalog_place_chunk(catalog, &row, error) < 0)
			return -1;
		if (chunk->copies >= row.want && catalog_clear_bad_replicas(catalog, row.id, error) < 0)
			return -1;
	}
	chunk->id = row.id;
	chunk->committed = true;
	return 0;
}

/* First what was written, then what counts on its having been written. */
static int commit_chunks(struct put *put, struct put_batch *batch, struct error *error)
{
	for (int expected = 0; expected < 2; expected++)
		for (size_t i = 0; i < batch->chunk_count; i++) {
			struct put_chunk *chunk = batch->chunks[i];
			if (chunk->error || !chunk->used || chunk->expected != expected)
				continue;
			if (commit_chunk(put, chunk, error) < 0)
				return -1;
		}
	return 0;
}

/* Gives the entry a version in this transaction, unless one before it did. */
static int begin_version(struct put *put, struct put_entry *entry, struct error *error)
{
	if (entry->version_id)
		return 0;
	return catalog_begin_version(
		put->store->writer, entry->replication_factor, &entry->version_id, error);
}

/*
 * A chunk that was found stored when its file was read may have lost copies since, or be wanted less: looks again,
 * now that the lock is held. Fails the entry rather than let it count on what is not there.
 */
static int check_stored(
	struct put *put, const struct put_extent *extent, struct catalog_chunk *chunk, struct error *error)
{
	struct put_entry *entry = extent->entry;
	int found = catalog_get_chunk(put->store->writer, extent->chunk_id, chunk, error);
	if (found < 0)
		return -1;
	unsigned copies = found ? store_count_live(put->store, chunk->nodes, chunk->node_count) : 0;
	unsigned least = put->store->config->min_replicas < entry->replication_factor
				 ? put->store->config->min_replicas
				 : entry->replication_factor;
	if (copies < least) {
		struct error gone;
		error_set(&gone, ERROR_CHANGED,
			"copies that it counted on have gone in the meantime; try again");
		put_entry_fail(entry, &gone);
		return 0;
	}
	if (copies < entry->fewest_copies)
		entry->fewest_copies = copies;
	if (chunk->want >= entry->replication_factor)
		return 0;
	chunk->want = entry->replication_factor;
	return catalog_place_chunk(put->store->writer, chunk, error);
}

static int commit_extent(struct put *put, const struct put_extent *extent, struct error *error)
{
	struct put_entry *entry = extent->entry;
	struct catalog_chunk stored;
	if (!extent->chunk && check_stored(put, extent, &stored, error) < 0)
		return -1;
	if (atomic_load(&entry->failed))
		return 0;
	struct catalog_extent row = {
		.position = extent->position,
		.chunk = extent->chunk ? extent->chunk->id : extent->chunk_id,
		.part = extent->part,
		.offset = extent->offset,
		.length = extent->length,
		.digest = extent->chunk ? &extent->chunk->digest : &stored.digest,
		.chunk_size = extent->chunk ? extent->chunk->size : stored.size,
	};
	if (begin_version(put, entry, error) < 0 ||
		catalog_add_extent(put->store->writer, entry->version_id, &row, error) < 0)
		return -1;
	if (!extent->chunk)
		return 0;
	extent->chunk->referred_to = true;
	entry->new_chunks += extent->chunk->created;
	if (extent->chunk->copies < entry->fewest_copies)
		entry->fewest_copies = extent->chunk->copies;
	entry->last_chunk = extent->chunk->digest;
	return 0;
}

static int commit_extents(struct put *put, struct put_batch *batch, struct error *error)
{
	for (size_t i = 0; i < batch->extent_count; i++)
		if (commit_extent(put, &batch->extents[i], error) < 0)
			return -1;
	return 0;
}

/* What the catalog and the callbacks know an entry by. The large struct is used again and again. */
static void describe(struct put *put, const struct put_entry *entry, struct catalog_entry *row)
{
	snprintf(row->name, sizeof(row->name), "%s", entry->name);
	snprintf(row->target, sizeof(row->target), "%s", entry->target ? entry->target : "");
	row->version_id = entry->version_id;
	row->kind = entry->kind;
	row->size = entry->size;
	row->extents = entry->extents;
	row->shared = entry->shared;
	/* Where the source did not say, the entry has one chunk, and that one's name is the digest of both. */
	row->digest = entry->digest_known ? entry->digest : entry->last_chunk;
	row->mtime_ns = entry->mtime_ns;
	row->stored_ms = put->store->env->time->wall_ms(put->store->env->time);
	row->mode = entry->mode;
	row->replication_factor = entry->replication_factor;
	row->keep_replication = put->options->replication_factor == 0;
}

static int commit_entries(struct put *put, struct put_batch *batch, struct error *error)
{
	struct catalog_entry *row = put->row;
	struct catalog *catalog = put->store->writer;
	for (size_t i = 0; i < batch->entry_count; i++) {
		struct put_entry *entry = batch->entries[i];
		entry->number = 0;
		if (atomic_load(&entry->failed)) {
			if (entry->version_id &&
				catalog_abandon_version(catalog, entry->version_id, error) < 0)
				return -1;
			continue;
		}
		if (begin_version(put, entry, error) < 0)
			return -1;
		describe(put, entry, row);
		if (catalog_finish_version(catalog, entry->version_id, row, error) < 0)
			return -1;
		entry->number = row->number;
	}
	return 0;
}

/* Unlinks the files of chunks that did not make it into the catalog. The write lock is held. */
static void remove_leftovers(struct put *put, struct put_batch *batch)
{
	for (size_t i = 0; i < batch->chunk_count; i++) {
		struct put_chunk *chunk = batch->chunks[i];
		if (chunk->committed || chunk->written_count == 0)
			continue;
		struct catalog_chunk row;
		struct error ignored;
		if (catalog_find_chunk(put->store->writer, &chunk->digest, &row, &ignored) != 0)
			continue;
		for (unsigned j = 0; j < chunk->written_count; j++) {
			const struct node_attachment *attachment = node_writing(chunk->written[j]);
			/* What cannot be unlinked stays as a file that no catalog knows; collection finds it. */
			if (attachment && !chunk->replaced[j] &&
				chunk_file_unlink(put->store->env, attachment, &chunk->digest) < 0)
				node_note_errno(chunk->written[j], errno);
		}
	}
}

/* What wants more copies for entries that failed over another chunk: the next collection looks who uses it. */
static int note_raised(struct put *put, struct put_batch *batch, struct error *error)
{
	for (size_t i = 0; i < batch->chunk_count; i++) {
		const struct put_chunk *chunk = batch->chunks[i];
		if (chunk->raised && !chunk->referred_to &&
			catalog_add_unused(put->store->writer, chunk->id, error) < 0)
			return -1;
	}
	return 0;
}

static int commit_rows(struct put *put, struct put_batch *batch, struct error *error)
{
	if (store_list_known(put->store, put->known, error) < 0 || commit_chunks(put, batch, error) < 0)
		return -1;
	fail_entries_of_chunks(batch); /* chunks may have failed while they were committed */
	if (commit_extents(put, batch, error) < 0 || note_raised(put, batch, error) < 0 ||
		commit_entries(put, batch, error) < 0)
		return -1;
	remove_leftovers(put, batch);
	return 0;
}

static void mark_versions(struct put_batch *batch)
{
	for (size_t i = 0; i < batch->extent_count; i++)
		batch->extents[i].entry->version_committed = batch->extents[i].entry->version_id != 0;
}

/* Takes back what the failed transaction gave out: its version numbers will belong to others. */
static void forget_versions(struct put_batch *batch, const struct error *error)
{
	for (size_t i = 0; i < batch->extent_count; i++) {
		struct put_entry *entry = batch->extents[i].entry;
		put_entry_fail(entry, error);
		if (!entry->version_committed)
			entry->version_id = 0;
	}
	for (size_t i = 0; i < batch->entry_count; i++) {
		put_entry_fail(batch->entries[i], error);
		if (!batch->entries[i]->version_committed)
			batch->entries[i]->version_id = 0;
	}
	for (size_t i = 0; i < batch->chunk_count; i++)
		batch->chunks[i]->committed = false;
}

/* Abandons the versions that earlier batches began, in a transaction that leaves no doubt when it has committed. */
static int commit_abandoned(struct put *put, struct put_batch *batch, struct error *error)
{
	struct catalog *catalog = put->store->writer;
	if (catalog_begin(catalog, error) < 0)
		return -1;
	int result = 0;
	for (size_t i = 0; result == 0 && i < batch->entry_count; i++)
		if (batch->entries[i]->version_id)
			result = catalog_abandon_version(catalog, batch->entries[i]->version_id, error);
	if (result == 0)
		result = catalog_commit(catalog, error);
	if (result < 0)
		catalog_rollback(catalog);
	return result;
}

/*
 * After a transaction that failed: nothing of the batch is stored, and nothing after it will be. A commit whose flush
 * failed may still be found in SQLite's log by whoever opens the catalog next; a further commit writes over it. Only
 * when that one is durable may files go that the first one named.
 */
static void undo(struct put *put, struct put_batch *batch, const struct error *cause)
{
	struct error error;
	put->broken = true;
	put_set_fatal(put, cause);
	forget_versions(batch, cause);
	if (commit_abandoned(put, batch, &error) < 0 || catalog_begin(put->store->writer, &error) < 0)
		return; /* files that no catalog may know stay; better than a catalog with files that are gone */
	remove_leftovers(put, batch);
	catalog_rollback(put->store->writer);
}

/*
 * Invariant 1 asks for as many records as copies. What is in the catalog and on too few journals is there, but nobody
 * is told that it is safe.
 */
static void check_records(struct put *put, struct put_batch *batch, unsigned records)
{
	for (size_t i = 0; i < batch->entry_count; i++) {
		struct put_entry *entry = batch->entries[i];
		unsigned least = put->store->config->min_replicas;
		struct error error;
		if (least > entry->replication_factor)
			least = entry->replication_factor;
		if (records >= least || atomic_load(&entry->failed))
			continue;
		error_set(&error, ERROR_UNAVAILABLE,
			"the record of it is on the journals of %u nodes instead of at least %u, so that it "
			"is there now, but the loss of the catalog could undo it; see 'linckia status', and "
			"store it again",
			records, least);
		put_entry_fail(entry, &error);
	}
}

static void commit_batch(struct put *put, struct put_batch *batch)
{
	struct error error;
	unsigned records;
	error_clear(&error);
	if (put->broken) {
		error_set(&error, ERROR_CANCELLED, "interrupted before it was stored");
		undo(put, batch, &error);
		return;
	}
	if (put->flush == CHUNK_FLUSH_LATER)
		put_flush_batch(put, batch);
	settle_entries(put, batch);
	if (catalog_begin(put->store->writer, &error) < 0) {
		undo(put, batch, &error);
	} else if (commit_rows(put, batch, &error) < 0 ||
		   catalog_commit_journaled(put->store->writer, &records, &error) < 0) {
		catalog_rollback(put->store->writer);
		undo(put, batch, &error);
	} else {
		mark_versions(batch);
		check_records(put, batch, records);
	}
}

/* ---- reporting ---- */

static void report_stored(struct put *put, const struct put_entry *entry)
{
	struct catalog_entry *row = put->row;
	describe(put, entry, row);
	row->number = entry->number;
	struct entry shown;
	store_describe_entry(row, &shown);
	shown.new_chunks = entry->new_chunks;

	pthread_mutex_lock(&put->report_mutex);
	if (entry->kind != ENTRY_FOLDER) {
		if (put->stored++ == 0) {
			snprintf(put->first_stored, sizeof(put->first_stored), "%s", shown.name);
			put->first_version = entry->number;
		}
		put->stored_bytes += entry->size;
	}
	if (entry->extents && entry->fewest_copies < entry->replication_factor) {
		if (put->degraded++ == 0 || entry->fewest_copies < put->degraded_copies) {
			put->degraded_copies = entry->fewest_copies;
			put->degraded_want = entry->replication_factor;
		}
	}
	if (put->options->stored)
		put->options->stored(put->options->context, &shown);
	pthread_mutex_unlock(&put->report_mutex);
}

static void report_batch(struct put *put, struct put_batch *batch)
{
	uint64_t files = 0;
	for (size_t i = 0; i < batch->entry_count; i++) {
		struct put_entry *entry = batch->entries[i];
		if (!atomic_load(&entry->failed)) {
			report_stored(put, entry);
			files += entry->kind != ENTRY_FOLDER;
		} else if (atomic_load(&entry->error)) {
			put_report_failure(put, entry->name, atomic_load(&entry->error));
		}
	}
	put_report_progress(put, 0, files, NULL);
}

static struct put_batch *take_batch(struct put *put)
{
	pthread_mutex_lock(&put->mutex);
	while (!(put->first_batch && put->first_batch->jobs == 0) &&
		!(put->no_more_batches && !put->first_batch))
		pthread_cond_wait(&put->changed, &put->mutex);
	struct put_batch *batch = put->first_batch;
	if (batch) {
		put->first_batch = batch->next;
		if (!put->first_batch)
			put->last_batch = &put->first_batch;
	}
	pthread_mutex_unlock(&put->mutex);
	return batch;
}

void *put_commit_batches(void *argument)
{
	struct put *put = argument;
	struct put_batch *batch;
	while ((batch = take_batch(put))) {
		commit_batch(put, batch);
		struct error ignored;
		if (store_refresh_nodes(put->store, &ignored) < 0)
			(void)0; /* the next batch tries again; until then nodes seem emptier than they are */
		report_batch(put, batch);
		put_batch_free(put, batch);
		pthread_mutex_lock(&put->mutex);
		put->batches_waiting--;
		pthread_cond_broadcast(&put->changed);
		pthread_mutex_unlock(&put->mutex);
	}
	return NULL;
}
