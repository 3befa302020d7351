/*
 * maintain_stray.c: removes files that are no replicas: copies that were given up, and those that a crash or a
 * failure left half-way.
 *
 * The table of strays names each such file. Under the write lock, a file whose chunk the catalog places on that node
 * has become a replica and is let be; any other is unlinked; then the row goes. Files of transfers that are under way
 * are in the table too and are passed over. A node that does not answer keeps its rows until it does.
 *
 * While a chunk has fewer copies than it wants, such a file stays (invariant 4): nothing may be left of it but what
 * lay there before the repair came that could not be made, for want of a good copy to make it from. And before one
 * goes that was in the table for long, the copies that count are read, for they may have rotted meanwhile.
 */
#include "engine/maintain.h"

#include <errno.h>

enum { SWEEP_ROWS = 64, SWEEP_EVERY_MS = 30000, SWEEP_READS_MAX = 4 << 20 };

void maintain_add_stray(struct maintenance *maintenance, uint16_t node, const struct digest *digest)
{
	size_t room = sizeof(maintenance->strays) / sizeof(*maintenance->strays);
	if (maintenance->stray_count < room)
		maintenance->strays[maintenance->stray_count++] = (struct stray){node, *digest};
	else
		maintenance->next_stray_ns = 0; /* the sweep finds it in the table */
}

static bool is_target(const struct maintenance *maintenance, uint16_t node, const struct digest *digest)
{
	for (size_t i = 0; i < maintenance->task_count; i++) {
		const struct task *task = maintenance->tasks[i];
		if (task->target && task->target->id == node && digest_equal(&task->chunk.digest, digest))
			return true;
	}
	return false;
}

static bool is_needed(struct store *store, struct node *node, const struct catalog_chunk *chunk)
{
	const struct node_attachment *attachment = node_reading(node);
	return store_count_live(store, chunk->nodes, chunk->node_count) < chunk->want && attachment &&
	       chunk_file_exists(store->env, attachment, &chunk->digest);
}

/* In a transaction. 1: the row went; 0: not now; -1: the catalog failed. */
static int remove_stray(
	struct maintenance *maintenance, uint16_t id, const struct digest *digest, struct error *error)
{
	struct store *store = maintenance->store;
	struct node *node = store_node_by_id(store, id);
	struct catalog_chunk row;
	if (is_target(maintenance, id, digest))
		return 0;
	int found = catalog_find_chunk(store->writer, digest, &row, error);
	if (found < 0)
		return -1;
	if (!(found && catalog_is_placed(&row, id)) && node) {
		const struct node_attachment *attachment = node_writing(node);
		if (!attachment || (found && is_needed(store, node, &row)))
			return 0;
		int64_t bytes = chunk_file_size(store->env, attachment, digest);
		if (chunk_file_unlink(store->env, attachment, digest) < 0) {
			node_note_errno(node, errno);
			return 0;
		}
		maintenance->collection.files += bytes >= 0;
		maintenance->collection.bytes += bytes > 0 ? (uint64_t)bytes : 0;
	}
	return catalog_remove_stray(store->writer, id, digest, error) < 0 ? -1 : 1;
}

/* Removes those that this process knows of. */
static void remove_known(struct maintenance *maintenance)
{
	struct error error;
	struct catalog *catalog = maintenance->store->writer;
	if (catalog_begin(catalog, &error) < 0)
		return;
	int result = 0;
	for (size_t i = 0; result >= 0 && i < maintenance->stray_count; i++)
		result = remove_stray(
			maintenance, maintenance->strays[i].node, &maintenance->strays[i].digest, &error);
	if (result < 0 || catalog_commit(catalog, &error) < 0)
		catalog_rollback(catalog);
	maintenance->stray_count = 0;
}

/* In a transaction of its own; nothing is written where nothing goes. */
static bool remove_all(struct maintenance *maintenance, uint16_t id, const struct digest *digests, int count)
{
	struct error error;
	struct catalog *catalog = maintenance->store->writer;
	if (catalog_begin(catalog, &error) < 0)
		return false;
	int result = 0, removed = 0;
	for (int i = 0; result >= 0 && i < count; i++) {
		result = remove_stray(maintenance, id, &digests[i], &error);
		removed += result > 0;
	}
	if (result >= 0 && removed > 0 && catalog_commit(catalog, &error) == 0)
		return true;
	catalog_rollback(catalog);
	return result >= 0 && removed == 0;
}

/* Whether there is a file that nothing could take the place of, as far as can be told without the write lock. */
static bool is_needed_for_good(
	struct store *store, struct node *node, const struct digest *digest, uint64_t *bytes_read)
{
	struct catalog_chunk chunk;
	struct error ignored;
	const struct node_attachment *attachment = node_reading(node);
	int found = catalog_find_chunk(store->reader, digest, &chunk, &ignored);
	if (found < 0)
		return true;
	if (!found || catalog_is_placed(&chunk, node->id) || !attachment ||
		!chunk_file_exists(store->env, attachment, digest))
		return false;
	if (store_count_live(store, chunk.nodes, chunk.node_count) < chunk.want)
		return true;
	*bytes_read += chunk.size * chunk.want;
	return !collect_others_are_good(store, &chunk);
}

bool maintain_sweep_strays(struct maintenance *maintenance, struct node *node, struct stray_cursor *cursor)
{
	struct error error;
	struct digest digests[SWEEP_ROWS], going[SWEEP_ROWS];
	const struct digest *after = cursor->midway ? &cursor->after : NULL;
	cursor->midway = false;
	if (!node->id || !node_writing(node))
		return false;
	int count =
		catalog_page_strays(maintenance->store->reader, node->id, after, digests, SWEEP_ROWS, &error);
	uint64_t bytes_read = 0;
	int looked = 0, going_count = 0;
	for (; looked < count && bytes_read < SWEEP_READS_MAX; looked++)
		if (!is_needed_for_good(maintenance->store, node, &digests[looked], &bytes_read))
			going[going_count++] = digests[looked];
	if (looked == 0 || (going_count && !remove_all(maintenance, node->id, going, going_count)))
		return false;
	cursor->midway = looked < count || count == SWEEP_ROWS;
	cursor->after = digests[looked - 1];
	return cursor->midway;
}

void maintain_remove_strays(struct maintenance *maintenance)
{
	int64_t now = maintain_now_ns(maintenance);
	if (maintenance->stray_count)
		remove_known(maintenance);
	size_t count = maintenance->store->node_count;
	if (now >= maintenance->next_stray_ns) {
		for (size_t i = 0; i < count; i++)
			maintenance->stray_sweeps[i].wanted = true;
		maintenance->next_stray_ns = now + (int64_t)SWEEP_EVERY_MS * 1000000;
	}
	for (size_t i = 0; i < count; i++) {
		size_t at = (maintenance->stray_turn + i) % count;
		struct stray_sweep *sweep = &maintenance->stray_sweeps[at];
		if (!sweep->wanted)
			continue;
		sweep->wanted =
			maintain_sweep_strays(maintenance, &maintenance->store->nodes[at], &sweep->cursor);
		maintenance->stray_turn = at + 1;
		return; /* one node a tick */
	}
}
