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

enum { PAGE_CHUNKS = 1024 };

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

static void commit_missing(struct maintenance *maintenance, struct maintain_node *known, struct node *node,
	const struct catalog_chunk *chunks, int count)
{
	struct error error;
	struct catalog *catalog = maintenance->store->writer;
	if (count == 0 || node_probe(node) != NODE_FOUND_IT || !node_is_readable(node) ||
		catalog_begin(catalog, &error) < 0)
		return;
	int dropped = drop_missing(maintenance, node, chunks, count, &error);
	if (dropped < 0 || catalog_commit(catalog, &error) < 0) {
		catalog_rollback(catalog);
		return;
	}
	known->inventory_missing += (uint64_t)dropped;
	node_count(node, TRAFFIC_ERRORS, (uint64_t)dropped);
	if (dropped)
		maintain_set_trigger(maintenance, "chunk files are missing from %s", node->name);
	maintenance->dirty = true;
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

static void take_page(struct maintenance *maintenance, struct maintain_node *known, struct node *node)
{
	struct store *store = maintenance->store;
	struct error ignored;
	struct catalog_chunk *page = malloc(PAGE_CHUNKS * sizeof(*page));
	int count = page ? catalog_page_chunks(
				   store->reader, 0, known->inventory_after, page, PAGE_CHUNKS, &ignored)
			 : -1;
	int missing = 0;
	for (int i = 0; i < count; i++) {
		known->inventory_after = page[i].id;
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
	if (count > 0)
		commit_missing(maintenance, known, node, page, missing);
	free(page);
	if (count < PAGE_CHUNKS)
		end_inventory(maintenance, known, node);
}

void maintain_take_inventory(struct maintenance *maintenance)
{
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
		take_page(maintenance, known, node);
		return; /* one page a tick */
	}
}
