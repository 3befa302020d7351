/*
 * maintain_reclaim.c: looks for copies of lost chunks that the catalog does not count.
 *
 * A chunk is lost when the catalog places it on no node. A good file of it may lie on one all the same: a rebuild was
 * made while that node was away, and what it found elsewhere turned out to be rotten; or somebody put a file back by
 * hand. So when more chunks are lost than before, when a node comes back, when a repair is asked for, and now and
 * then while any are lost, each node that answers is looked at for files of their names. What is found is read,
 * flushed, and counts again; repair makes the copies that are still missing.
 *
 * A round goes through all lost chunks in the order of their ids, a little at each tick. Whatever asks for another
 * one meanwhile gets it once this one is over, so that each comes to its end.
 */
#include "engine/maintain.h"

#include <errno.h>
#include <stdio.h>

#include "engine/flush.h"
#include "engine/replica.h"

enum {
	PAGE_CHUNKS = 64,
	FOUND_MAX = 16, /* chunks that are flushed and committed together */
	READ_MAX = 8 << 20,
	STEP_MS = 30,
	HOLD_MS = 1000,
	AGAIN_MS = 5 * 60 * 1000, /* the least from the end of a round to one that nobody asked for */
	AGAIN_ROUNDS = 10,        /* and in comparison with how long the last one took */
};

/* A lost chunk, and where a good file of it was read. */
struct found {
	struct catalog_chunk chunk;
	struct found_copy {
		struct node *node;
		unsigned flush_failures; /* of the node, before the file was read */
		bool durable;            /* without another flush */
	} copies[COPYSET_MAX];
	unsigned count;
};

/* ---- looking ---- */

/*
 * Other bytes are in nobody's way in quarantine. Under the write lock they are read once more, because a put may have
 * made a good copy in their place, and be about to count it.
 */
static void put_aside(struct store *store, struct node *node, const struct catalog_chunk *chunk)
{
	struct catalog_chunk row;
	struct error ignored;
	if (catalog_begin(store->writer, &ignored) < 0)
		return;
	const struct node_attachment *attachment = node_writing(node);
	bool counts = catalog_find_chunk(store->writer, &chunk->digest, &row, &ignored) != 1 ||
		      catalog_is_placed(&row, node->id);
	if (!counts && attachment &&
		chunk_file_verify(store->env, attachment, &chunk->digest, chunk->size) == CHUNK_BAD &&
		chunk_file_quarantine(store->env, attachment, &chunk->digest) < 0)
		node_note_errno(node, errno);
	catalog_rollback(store->writer);
}

static void read_one(
	struct store *store, struct node *node, const struct node_attachment *attachment, struct found *found)
{
	struct io *io = store->env->io;
	struct found_copy *copy = &found->copies[found->count];
	*copy = (struct found_copy){.node = node, .flush_failures = node_flush_failures(node)};
	enum chunk_read_result result =
		chunk_file_verify(store->env, attachment, &found->chunk.digest, found->chunk.size);
	int number = errno;
	if (result != CHUNK_GOOD) {
		if (replica_is_to_blame(node, result, number) && result == CHUNK_BAD)
			put_aside(store, node, &found->chunk);
		return;
	}
	/* What cannot be written to now may have been a moment ago, and is not flushed with the others. */
	copy->durable = !node_writing(node);
	if (copy->durable && io->syncfs(io, attachment->root) < 0)
		return;
	found->count++;
}

/* Returns how many bytes were read. */
static uint64_t look_everywhere(struct store *store, const struct catalog_chunk *chunk, struct found *found)
{
	uint64_t bytes = 0;
	*found = (struct found){.chunk = *chunk};
	for (size_t i = 0; i < store->node_count && found->count < COPYSET_MAX; i++) {
		struct node *node = &store->nodes[i];
		const struct node_attachment *attachment = node->id ? node_reading(node) : NULL;
		if (!attachment ||
			chunk_file_look(store->env, attachment, &chunk->digest, chunk->size) != CHUNK_GOOD)
			continue;
		read_one(store, node, attachment, found);
		bytes += chunk->size;
	}
	return bytes;
}

/* ---- counting ---- */

static void flush_all(struct store *store, const struct found *found, unsigned count)
{
	bool touched[STORE_NODES_MAX] = {false};
	for (unsigned i = 0; i < count; i++)
		for (unsigned j = 0; j < found[i].count; j++)
			if (!found[i].copies[j].durable)
				touched[found[i].copies[j].node - store->nodes] = true;
	flush_nodes(store, touched);
}

/* In a transaction. 1: the copy counts in `row` now; 0: things have changed. */
static int take_copy(struct maintenance *maintenance, const struct found_copy *copy,
	struct catalog_chunk *row, struct error *error)
{
	struct store *store = maintenance->store;
	struct node *node = copy->node;
	const struct node_attachment *attachment = node_reading(node);
	if (!maintenance->known[node - store->nodes] || !attachment ||
		node_flush_failures(node) != copy->flush_failures ||
		!chunk_file_exists(store->env, attachment, &row->digest))
		return 0;
	catalog_chunk_insert(row, node->id);
	return catalog_remove_stray(store->writer, node->id, &row->digest, error) < 0 ? -1 : 1;
}

/* In a transaction. 1: the chunk, which is `row` then, is not lost any more; 0: nothing has changed by this. */
static int take_chunk(struct maintenance *maintenance, const struct found *found, struct catalog_chunk *row,
	struct error *error)
{
	struct store *store = maintenance->store;
	int known = catalog_find_chunk(store->writer, &found->chunk.digest, row, error);
	if (known <= 0 || row->node_count > 0)
		return known < 0 ? -1 : 0;
	for (unsigned i = 0; i < found->count; i++)
		if (take_copy(maintenance, &found->copies[i], row, error) < 0)
			return -1;
	if (row->node_count == 0)
		return 0;
	if (catalog_place_chunk(store->writer, row, error) < 0)
		return -1;
	bool full = store_count_live(store, row->nodes, row->node_count) >= row->want;
	return full && catalog_clear_bad_replicas(store->writer, row->id, error) < 0 ? -1 : 1;
}

/* One event for all that are taken in together; it names the first of them. */
static int tell(struct store *store, const struct catalog_chunk *first, unsigned count, struct error *error)
{
	char hex[DIGEST_HEX_SIZE], name[STORE_NAME_MAX + 32], text[STORE_NAME_MAX + 512], more[64] = "";
	const char *node = store_node_by_id(store, first->nodes[0])->name;
	if (catalog_name_chunk(store->writer, first->id, name, sizeof(name), error) < 0)
		return -1;
	if (count > 1)
		snprintf(more, sizeof(more), ", and so do those of %u other lost %s", count - 1,
			count == 2 ? "chunk" : "chunks");
	snprintf(text, sizeof(text),
		"%s: a good copy of chunk %.12s… of '%s', which was lost, was found and counts again%s", node,
		digest_hex(&first->digest, hex), name, more);
	return catalog_add_event(store->writer, EVENT_NOTICE, "copy_found", node, text, error);
}

/* In a transaction. Returns of how many chunks copies count again, or -1. */
static int take_all(
	struct maintenance *maintenance, const struct found *found, unsigned count, struct error *error)
{
	struct catalog_chunk row, first;
	int taken = 0;
	if (store_list_known(maintenance->store, maintenance->known, error) < 0)
		return -1;
	for (unsigned i = 0; i < count; i++) {
		int result = take_chunk(maintenance, &found[i], &row, error);
		if (result < 0)
			return -1;
		if (result && taken++ == 0)
			first = row;
	}
	return taken && tell(maintenance->store, &first, (unsigned)taken, error) < 0 ? -1 : taken;
}

/* The round goes on in a while, and does not count as one. */
static void hold(struct maintenance *maintenance, const struct error *error)
{
	maintain_note_trouble(maintenance, error);
	maintenance->reclaim.failed = true;
	maintenance->reclaim.hold_until_ns = maintain_now_ns(maintenance) + (int64_t)HOLD_MS * 1000000;
}

static void count_again(struct maintenance *maintenance, const struct found *found, unsigned count)
{
	struct store *store = maintenance->store;
	struct error error;
	error_clear(&error);
	flush_all(store, found, count);
	if (catalog_begin(store->writer, &error) < 0) {
		hold(maintenance, &error);
		return;
	}
	int taken = take_all(maintenance, found, count, &error);
	bool failed = taken < 0 || (taken > 0 && catalog_commit(store->writer, &error) < 0);
	if (failed || taken == 0)
		catalog_rollback(store->writer);
	if (failed)
		hold(maintenance, &error);
	if (failed || taken == 0)
		return;
	maintain_set_trigger(maintenance, "copies of lost chunks were found");
	maintenance->dirty = true;
}

/* ---- a round ---- */

/* Whether it was the last step of the round. */
static bool step(struct maintenance *maintenance)
{
	struct reclaim *reclaim = &maintenance->reclaim;
	struct store *store = maintenance->store;
	struct catalog_chunk page[PAGE_CHUNKS];
	struct found found[FOUND_MAX];
	struct error error;
	unsigned found_count = 0;
	uint64_t bytes = 0;
	int64_t until_ns = maintain_now_ns(maintenance) + (int64_t)STEP_MS * 1000000;
	int at = 0, count = catalog_page_lost(store->reader, reclaim->after, page, PAGE_CHUNKS, &error);
	if (count < 0) {
		hold(maintenance, &error);
		return false;
	}
	while (at < count && found_count < FOUND_MAX && bytes < READ_MAX &&
		(at == 0 || maintain_now_ns(maintenance) < until_ns)) {
		bytes += look_everywhere(store, &page[at], &found[found_count]);
		found_count += found[found_count].count > 0;
		reclaim->after = page[at++].id;
	}
	if (found_count)
		count_again(maintenance, found, found_count);
	return at == count && count < PAGE_CHUNKS;
}

void maintain_reclaim(struct maintenance *maintenance)
{
	struct reclaim *reclaim = &maintenance->reclaim;
	int64_t now = maintain_now_ns(maintenance);
	if (reclaim->hold_until_ns > now)
		return;
	if (!reclaim->running) {
		if (!reclaim->wanted && (maintenance->lost_chunks == 0 || now < reclaim->again_ns))
			return;
		reclaim->running = true;
		reclaim->wanted = reclaim->failed = false;
		reclaim->after = 0;
		reclaim->began_ns = now;
	}
	if (!step(maintenance))
		return;
	reclaim->running = false;
	reclaim->rounds += !reclaim->failed;
	reclaim->wanted = reclaim->wanted || reclaim->failed;
	now = maintain_now_ns(maintenance);
	int64_t rest_ns = AGAIN_ROUNDS * (now - reclaim->began_ns), least_ns = (int64_t)AGAIN_MS * 1000000;
	reclaim->again_ns = now + (rest_ns > least_ns ? rest_ns : least_ns);
}

uint64_t maintain_want_reclaim(struct maintenance *maintenance)
{
	maintenance->reclaim.wanted = true;
	return maintenance->reclaim.rounds + maintenance->reclaim.running + 1;
}

bool maintain_is_reclaiming(const struct maintenance *maintenance)
{
	const struct reclaim *reclaim = &maintenance->reclaim;
	return reclaim->running && maintenance->ours && !maintenance->behind_nodes &&
	       reclaim->hold_until_ns <= maintain_now_ns(maintenance);
}
