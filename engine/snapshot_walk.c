/*
 * snapshot_walk.c: what differs between two moments.
 *
 * Goes through all names once, in order. A name whose version is the same at both moments costs two looks at its
 * row; only where that differs are the versions read and compared.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/history.h"

enum { PAGE_NAMES = 128 };

bool entry_differs(const struct catalog_entry *a, const struct catalog_entry *b)
{
	return a->kind != b->kind || a->size != b->size || a->mode != b->mode || a->mtime_ns != b->mtime_ns ||
	       memcmp(&a->digest, &b->digest, sizeof(a->digest)) != 0 ||
	       (a->kind == ENTRY_LINK && strcmp(a->target, b->target) != 0);
}

struct walk_memory {
	struct catalog_pair page[PAGE_NAMES];
	struct catalog_entry before, after;
};

static int visit_pair(struct store *store, struct difference_walk *walk, struct walk_memory *memory,
	const struct catalog_pair *pair, struct error *error)
{
	walk->found = walk->found || pair->before || pair->after;
	if (pair->before == pair->after)
		return 0;
	int before =
		pair->before ? catalog_get_entry(store->reader, pair->before, &memory->before, error) : 0;
	int after = before < 0    ? -1
		    : pair->after ? catalog_get_entry(store->reader, pair->after, &memory->after, error)
				  : 0;
	if (after < 0)
		return -1;
	if (before == after && (before == 0 || !entry_differs(&memory->before, &memory->after)))
		return 0;
	return walk->visit(
		walk->context, before ? &memory->before : NULL, after ? &memory->after : NULL, error);
}

static int walk_between(struct store *store, struct difference_walk *walk, struct walk_memory *memory,
	const char *first, const char *below, struct error *error)
{
	char from[STORE_NAME_MAX + 3];
	bool exclusive = false;
	int count = PAGE_NAMES;
	strcpy(from, first);
	while (count == PAGE_NAMES) {
		if (walk->cancel && atomic_load(walk->cancel))
			return error_set(error, ERROR_CANCELLED, "interrupted");
		count = catalog_compare(store->reader, from, exclusive, below, walk->before, walk->after,
			memory->page, PAGE_NAMES, error);
		if (count < 0)
			return -1;
		for (int i = 0; i < count; i++) {
			int visited = visit_pair(store, walk, memory, &memory->page[i], error);
			if (visited != 0)
				return visited;
		}
		if (count > 0)
			strcpy(from, memory->page[count - 1].name);
		exclusive = true;
	}
	return 0;
}

/* The one name that a prefix is itself. */
static int walk_itself(struct store *store, struct difference_walk *walk, struct walk_memory *memory,
	const char *name, struct error *error)
{
	int count = catalog_compare(
		store->reader, name, false, NULL, walk->before, walk->after, memory->page, 1, error);
	if (count <= 0 || strcmp(memory->page[0].name, name) != 0)
		return count < 0 ? -1 : 0;
	return visit_pair(store, walk, memory, &memory->page[0], error);
}

int store_walk_differences(struct store *store, struct difference_walk *walk, struct error *error)
{
	struct name_range range;
	if (name_range_init(&range, walk->prefix, error) < 0)
		return -1;
	struct walk_memory *memory = malloc(sizeof(*memory));
	if (!memory)
		return error_set_errno(error, ENOMEM, "cannot compare the store with what it was");
	int result = 0;
	walk->found = range.all;
	if (range.all)
		result = walk_between(store, walk, memory, "", NULL, error);
	else if (!range.inside)
		result = walk_itself(store, walk, memory, range.itself, error);
	if (result == 0 && !range.all)
		result = walk_between(store, walk, memory, range.first, range.below, error);
	free(memory);
	return result;
}
