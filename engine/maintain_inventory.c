/*
 * maintain_inventory.c: compares what a node should have with what it has.
 *
 * Taken when a node comes back, and when a look finds that a chunk is missing from it. Names and sizes are compared,
 * not bytes, so that it is quick: a disk that was replaced or wiped is noticed at once, and what rotted is the
 * scrub's to find. A file counts as missing only when the system says that there is none, while the node is itself
 * before and after: a disk that is being unplugged looks the same. Under the write lock it is looked for once more.
 */
#include "engine/maintain.h"

#include <stdio.h>
#include <stdlib.h>

enum { PAGE_CHUNKS = 1024, HOLD_MS = 1000 };

static enum chunk_read_result look_for(
	struct store *store, struct node *node, const struct catalog_chunk *chunk)
{
	const struct node_attachment *attachment = node_reading(node);
	return attachment ? chunk_file_look(store->env, attachment, &chunk->digest, chunk->size)
			  : CHUNK_READ_ERROR;
}

/* In a transaction: takes the missing ones off the node. Returns how many, or -1. */
static int drop_missing(struct maintenance *maintenance, struct node *node,
	const struct catalog_chunk *chunks, int count, struct error *error)
{
	struct store *store = maintenance->store;
	int dropped = 0;
	if (store_list_known(store, maintenance->known, error) < 0)
		return -1;
	/* Since it was removed, its number may be another's, about whose copies this says nothing. */
	if (!maintenance->known[node - store->nodes])
		return 0;
	for (int i = 0; i < count; i++) {
		struct catalog_chunk row;
		int found = catalog_get_chunk(store->writer, chunks[i].id, &row, error);
		if (found < 0)
			return -1;
		if (!found || !catalog_is_placed(&row, node->id) ||
			look_for(store, node, &row) != CHUNK_MISSING)
			continue;
		if (catalog_drop_replica(store->writer, &row, node->id, error) < 0)
			return -1;
		dropped++;
	}
	return dropped;
}

/* 0: those that are missing do not count any more; -1: that could not be told, or not be committed. */
static int commit_missing(struct maintenance *maintenance, struct maintain_node *known, struct node *node,
	const struct catalog_chunk *chunks, int count)
{
	struct error error;
	struct catalog *catalog = maintenance->store->writer;
	if (count == 0)
		return 0;
	if (node_probe(node) != NODE_FOUND_IT || !node_is_readable(node))
		return -1;
	if (catalog_begin(catalog, &error) < 0) {
		maintain_note_trouble(maintenance, &error);
		return -1;
	}
	int dropped = drop_missing(maintenance, node, chunks, count, &error);
	if (dropped < 0 || catalog_commit(catalog, &error) < 0) {
		maintain_note_trouble(maintenance, &error);
		catalog_rollback(catalog);
		return -1;
	}
	known->inventory_missing += (uint64_t)dropped;
	node_count(node, TRAFFIC_ERRORS, (uint64_t)dropped);
	if (dropped)
		maintain_set_trigger(maintenance, "chunk files are missing from %s", node->name);
	maintenance->dirty = true;
	return 0;
}

static void end_inventory(struct maintenance *maintenance, struct maintain_node *known, struct node *node)
{
	char text[512];
	unsigned long long seen = known->inventory_seen, missing = known->inventory_missing;
	known->taking_inventory = false;
	if (missing == 0)
		return;
	snprintf(text, sizeof(text), "%s: %llu of %llu chunk files are missing; they will be copied again",
		node->name, missing, seen);
	maintain_record(maintenance, &(struct view_event){
					     .severity = EVENT_WARNING,
					     .code = "chunks_missing",
					     .node = node->name,
					     .text = text,
					     .trigger = "inventory",
					     .source = "",
					     .target = "",
					     .result = "",
					     .chunks = missing,
					     .duration_ms = -1,
				     });
}

/* Looks for the chunks that should be there. Returns how many are missing, which come first then. */
static int look_for_all(struct store *store, struct node *node, struct catalog_chunk *page, int count,
	struct maintain_node *known)
{
	int missing = 0;
	for (int i = 0; i < count; i++) {
		if (!catalog_is_placed(&page[i], node->id))
			continue;
		known->inventory_seen++;
		enum chunk_read_result found = look_for(store, node, &page[i]);
		if (found == CHUNK_BAD) {
			node_count(node, TRAFFIC_ERRORS, 1);
			store_condemn_replica(store, &page[i], node, chunk_read_result_name(found));
		}
		if (found == CHUNK_MISSING)
			page[missing++] = page[i];
	}
	return missing;
}

/* A page that fails is taken once more in a while; what is missing from it would be the scrub's to find. */
static void take_page(struct maintenance *maintenance, struct maintain_node *known, struct node *node)
{
	struct store *store = maintenance->store;
	struct error error;
	struct catalog_chunk *page = malloc(PAGE_CHUNKS * sizeof(*page));
	int count = page ? catalog_page_chunks(
				   store->reader, 0, known->inventory_after, page, PAGE_CHUNKS, &error)
			 : error_set(&error, ERROR_MEMORY, "cannot look for the chunks of %s", node->name);
	if (count < 0)
		maintain_note_trouble(maintenance, &error);
	const uint64_t seen = known->inventory_seen;
	const int64_t last = count > 0 ? page[count - 1].id : known->inventory_after;
	int missing = look_for_all(store, node, page, count, known);
	bool taken = count >= 0 && commit_missing(maintenance, known, node, page, missing) == 0;
	free(page);
	if (!taken) {
		known->inventory_seen = seen;
		maintenance->inventory_hold_ns = maintain_now_ns(maintenance) + (int64_t)HOLD_MS * 1000000;
		return;
	}
	known->inventory_after = last;
	if (count < PAGE_CHUNKS)
		end_inventory(maintenance, known, node);
}

bool maintain_is_taking_inventory(const struct maintenance *maintenance)
{
	if (!maintenance->ours || maintenance->behind_nodes ||
		maintenance->inventory_hold_ns > maintain_now_ns(maintenance))
		return false;
	for (size_t i = 0; i < maintenance->store->node_count; i++)
		if (maintenance->nodes[i].taking_inventory)
			return true;
	return false;
}

void maintain_take_inventory(struct maintenance *maintenance)
{
	const bool held = maintenance->inventory_hold_ns > maintain_now_ns(maintenance);
	for (size_t i = 0; i < maintenance->store->node_count; i++) {
		struct maintain_node *known = &maintenance->nodes[i];
		struct node *node = &maintenance->store->nodes[i];
		if (node->id == 0 || !node_is_readable(node)) {
			known->taking_inventory = false; /* begun anew when it is back */
			continue;
		}
		if (!known->taking_inventory) {
			if (!atomic_exchange(&known->inventory_wanted, false))
				continue;
			known->taking_inventory = true;
			known->inventory_after = 0;
			known->inventory_seen = known->inventory_missing = 0;
		}
		if (!held)
			take_page(maintenance, known, node);
		return; /* one page a tick */
	}
}
