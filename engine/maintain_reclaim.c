/*
 * maintain_reclaim.c: looks for copies of lost chunks that the catalog does not count.
 *
 * A chunk is lost when the catalog places it on no node. A good file of it may lie on one all the same: a rebuild was made while
 * that node was away, and what it found elsewhere turned out to be rotten; or somebody put a file back by hand. So when
 * chunks become lost, when a node comes back, and when a repair is asked for, each node that answers is looked at for files of
 * their names. What is found is read, flushed, and counts again; repair makes the other copies from it.
 */
#include "engine/maintain.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/flush.h"

enum { PAGE_CHUNKS = 64, HOLD_MS = 1000 };

/* All over again, after a while. */
static void hold(struct maintenance *maintenance, const struct error *error)
{
	maintain_note_trouble(maintenance, error);
	maintenance->reclaim.wanted = true;
	maintenance->reclaim.hold_until_ns = maintain_now_ns(maintenance) + (int64_t)HOLD_MS * 1000000;
}

/* Whether a good copy of the chunk is on the node, and as durable as the node can make it. */
static bool is_good(struct store *store, struct node *node, const struct catalog_chunk *chunk)
{
	const struct node_attachment *attachment = node_reading(node);
	bool touched[STORE_NODES_MAX] = {false};
	unsigned failures = node_flush_failures(node);
	if (chunk_file_verify(store->env, attachment, &chunk->digest, chunk->size) != CHUNK_GOOD)
		return false;
	/* What can only be read has nothing left to be written. */
	if (!node_writing(node))
		return true;
	touched[node - store->nodes] = true;
	flush_nodes(store, touched);
	return node_flush_failures(node) == failures;
}

static int tell(
	struct store *store, const struct node *node, const struct catalog_chunk *chunk, struct error *error)
{
	char hex[DIGEST_HEX_SIZE], name[STORE_NAME_MAX + 32], text[STORE_NAME_MAX + 512];
	if (catalog_name_chunk(store->writer, chunk->id, name, sizeof(name), error) < 0)
		return -1;
	snprintf(text, sizeof(text),
		"%s: a good copy of chunk %.12s… of '%s' was found, which was lost; it counts again",
		node->name, digest_hex(&chunk->digest, hex), name);
	return catalog_add_event(store->writer, EVENT_NOTICE, "copy_found", node->name, text, error);
}

/* In a transaction. 1: the copy counts; 0: things have changed. */
static int count_again(
	struct store *store, struct node *node, const struct catalog_chunk *seen, struct error *error)
{
	struct catalog_chunk row;
	const struct node_attachment *attachment = node_reading(node);
	int found = catalog_find_chunk(store->writer, &seen->digest, &row, error);
	int known = found == 1 ? catalog_has_node(store->writer, node->id, error) : 0;
	if (found < 0 || known < 0)
		return -1;
	if (!known || row.node_count > 0 || !attachment ||
		!chunk_file_exists(store->env, attachment, &row.digest))
		return 0;
	row.nodes[0] = node->id;
	row.node_count = 1;
	if (catalog_place_chunk(store->writer, &row, error) < 0 ||
		catalog_remove_stray(store->writer, node->id, &row.digest, error) < 0 ||
		tell(store, node, &row, error) < 0)
		return -1;
	return 1;
}

static void reclaim(struct maintenance *maintenance, struct node *node, const struct catalog_chunk *chunk)
{
	struct error error;
	struct store *store = maintenance->store;
	error_clear(&error);
	if (!is_good(store, node, chunk))
		return;
	int counts = -1;
	if (catalog_begin(store->writer, &error) == 0) {
		counts = count_again(store, node, chunk, &error);
		if (counts <= 0 || catalog_commit(store->writer, &error) < 0) {
			catalog_rollback(store->writer);
			counts = counts == 0 ? 0 : -1;
		}
	}
	if (counts < 0)
		hold(maintenance, &error);
	if (counts <= 0)
		return;
	maintain_set_trigger(maintenance, "a lost chunk was found on %s", node->name);
	maintenance->dirty = true;
}

/* Whether a file was read for it, which is enough for one tick. */
static bool look_everywhere(struct maintenance *maintenance, const struct catalog_chunk *chunk)
{
	struct store *store = maintenance->store;
	bool looked = false;
	for (size_t i = 0; i < store->node_count; i++) {
		struct node *node = &store->nodes[i];
		const struct node_attachment *attachment = node->id ? node_reading(node) : NULL;
		if (!attachment ||
			chunk_file_look(store->env, attachment, &chunk->digest, chunk->size) != CHUNK_GOOD)
			continue;
		reclaim(maintenance, node, chunk);
		looked = true;
	}
	return looked;
}

void maintain_reclaim(struct maintenance *maintenance)
{
	struct reclaim *reclaim = &maintenance->reclaim;
	struct catalog_chunk page[PAGE_CHUNKS];
	struct error error;
	if (reclaim->hold_until_ns > maintain_now_ns(maintenance))
		return;
	if (reclaim->wanted) {
		reclaim->running = maintenance->lost_chunks > 0;
		reclaim->wanted = false;
		reclaim->after = 0;
	}
	if (!reclaim->running)
		return;
	int count = catalog_page_lost(maintenance->store->reader, reclaim->after, page, PAGE_CHUNKS, &error);
	if (count < 0) {
		hold(maintenance, &error);
		return;
	}
	int at = 0;
	for (bool read = false; at < count && !read; at++) {
		read = look_everywhere(maintenance, &page[at]);
		reclaim->after = page[at].id;
	}
	reclaim->running = at == PAGE_CHUNKS || at < count;
}

bool maintain_is_reclaiming(const struct maintenance *maintenance)
{
	return maintenance->reclaim.wanted || maintenance->reclaim.running;
}
