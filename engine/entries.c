/*
 * entries.c: names: listing, describing, removing, and their replication.
 *
 * Lists are read from the catalog in pages, so that neither a slow reader of the output nor a store of millions of
 * files holds a transaction or memory for long.
 */
#include <limits.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/history.h"
#include "engine/journal.h"

enum { PAGE_ENTRIES = 64, PAGE_EXTENTS = 64, NAMES_PER_COMMIT = 4096 };

void store_describe_entry(struct catalog_entry *from, struct entry *entry)
{
	/* The catalog marks a folder by a closing '/', which nobody else needs to see. */
	size_t length = strlen(from->name);
	if (from->kind == ENTRY_FOLDER && length > 0 && from->name[length - 1] == '/')
		from->name[length - 1] = '\0';
	*entry = (struct entry){
		.name = from->name,
		.kind = from->kind,
		.version = from->number,
		.size_bytes = from->size,
		.mtime_ns = from->mtime_ns,
		.stored_ms = from->stored_ms,
		.mode = from->mode,
		.replication_factor = from->replication_factor,
		.chunks = from->extents,
		.target = from->kind == ENTRY_LINK ? from->target : NULL,
	};
	if (from->kind != ENTRY_FOLDER)
		digest_hex(&from->digest, entry->sha256);
}

/* ---- walking ---- */

/* Visits the entries above `after` and below `below`, page by page. */
static int visit_between(struct store *store, const char *after, const char *below, int64_t at,
	store_entry_visit *visit, void *context, struct error *error)
{
	struct catalog_entry *page = malloc(PAGE_ENTRIES * sizeof(*page));
	char *last = malloc(STORE_NAME_MAX + 3);
	int result = page && last ? 0 : error_set_errno(error, ENOMEM, "cannot list the store");
	if (last)
		snprintf(last, STORE_NAME_MAX + 3, "%s", after);
	int count = PAGE_ENTRIES;
	while (result == 0 && count == PAGE_ENTRIES) {
		count = catalog_list(store->reader, last, below, at, page, PAGE_ENTRIES, error);
		if (count < 0)
			result = -1;
		else if (count > 0)
			snprintf(last, STORE_NAME_MAX + 3, "%s", page[count - 1].name);
		for (int i = 0; result == 0 && i < count; i++)
			result = visit(context, &page[i], error);
	}
	free(page);
	free(last);
	return result;
}

/* Visits the entry of just that name, if there is one. */
static int visit_one(struct store *store, const char *name, int64_t at, store_entry_visit *visit,
	void *context, bool *found, struct error *error)
{
	struct catalog_entry *entry = malloc(sizeof(*entry));
	if (!entry)
		return error_set_errno(error, ENOMEM, "cannot list the store");
	int result = catalog_find_entry_at(store->reader, name, at, entry, error);
	*found = *found || result > 0;
	if (result > 0)
		result = visit(context, entry, error);
	free(entry);
	return result;
}

/* A visit that notes that there was something, and goes on to the caller's. */
struct noted_visit {
	store_entry_visit *visit;
	void *context;
	bool *found;
};

static int note_and_visit(void *context, struct catalog_entry *entry, struct error *error)
{
	struct noted_visit *noted = context;
	*noted->found = true;
	return noted->visit(noted->context, entry, error);
}

int store_each_entry(struct store *store, const char *prefix, int64_t at, store_entry_visit *visit,
	void *context, bool *found, struct error *error)
{
	struct name_range range;
	if (name_range_init(&range, prefix, error) < 0)
		return -1;
	*found = range.all;
	if (range.all)
		return visit_between(store, "", NULL, at, visit, context, error);
	int result = 0;
	if (!range.inside)
		result = visit_one(store, range.itself, at, visit, context, found, error);
	if (result == 0)
		result = visit_one(store, range.first, at, visit, context, found, error);
	struct noted_visit noted = {visit, context, found};
	if (result == 0)
		result = visit_between(store, range.first, range.below, at, note_and_visit, &noted, error);
	return result;
}

/* ---- listing ---- */

struct listing {
	entry_report *report;
	void *context;
	/* Seen last, and nothing in it so far; its name is "" when there is none. */
	struct catalog_entry *folder;
};

static void report_entry(struct listing *listing, struct catalog_entry *entry)
{
	struct entry shown;
	store_describe_entry(entry, &shown);
	listing->report(listing->context, &shown);
}

/* Reports the folder that was held back if what follows is not in it. */
static void settle_folder(struct listing *listing, const char *next)
{
	struct catalog_entry *folder = listing->folder;
	if (!folder->name[0])
		return;
	if (!next || strncmp(next, folder->name, strlen(folder->name)) != 0)
		report_entry(listing, folder);
	folder->name[0] = '\0';
}

static int list_entry(void *context, struct catalog_entry *entry, struct error *error)
{
	(void)error;
	struct listing *listing = context;
	settle_folder(listing, entry->name);
	if (entry->kind == ENTRY_FOLDER)
		*listing->folder = *entry;
	else
		report_entry(listing, entry);
	return 0;
}

static int absent(const char *prefix, const char *at, struct error *error)
{
	if (at)
		return error_set(error, ERROR_NOT_FOUND, "there is no '%s' in the snapshot '%s'", prefix, at);
	return error_set(error, ERROR_NOT_FOUND, "there is no '%s' in the store", prefix);
}

int store_list(struct store *store, const char *prefix, const char *at, entry_report *report, void *context,
	struct error *error)
{
	int64_t moment;
	error_clear(error);
	if (store_find_moment(store, at, &moment, error) < 0)
		return -1;
	struct listing listing = {
		.report = report, .context = context, .folder = malloc(sizeof(*listing.folder))};
	if (!listing.folder)
		return error_set_errno(error, ENOMEM, "cannot list the store");
	listing.folder->name[0] = '\0';
	bool found = false;
	int result = store_each_entry(store, prefix, moment, list_entry, &listing, &found, error);
	if (result == 0)
		settle_folder(&listing, NULL);
	free(listing.folder);
	if (result == 0)
		result = store_confirm_moment(store, at, moment, error);
	return result == 0 && !found ? absent(prefix, at, error) : result;
}

/* ---- describing ---- */

static size_t describe_replicas(struct store *store, const struct catalog_chunk *chunk, const uint16_t *bad,
	unsigned bad_count, struct stat_replica *replicas)
{
	size_t count = 0;
	for (unsigned i = 0; i < chunk->node_count; i++) {
		struct node *node = store_node_by_id(store, chunk->nodes[i]);
		if (node)
			replicas[count++] = (struct stat_replica){
				node->name, node_is_readable(node) ? REPLICA_LIVE : REPLICA_UNREACHABLE};
	}
	for (unsigned i = 0; i < bad_count; i++) {
		struct node *node = store_node_by_id(store, bad[i]);
		bool listed = false;
		for (size_t j = 0; node && j < count; j++)
			listed = listed || strcmp(replicas[j].node, node->name) == 0;
		if (node && !listed)
			replicas[count++] = (struct stat_replica){node->name, REPLICA_BAD};
	}
	return count;
}

static int stat_chunks(struct store *store, const struct catalog_entry *entry, stat_chunk_report *report,
	void *context, struct error *error)
{
	struct catalog_extent extents[PAGE_EXTENTS];
	struct catalog_chunk chunks[PAGE_EXTENTS];
	uint64_t position = 0;
	int count;
	do {
		count = catalog_extents(
			store->reader, entry->version_id, position, extents, chunks, PAGE_EXTENTS, error);
		for (int i = 0; i < count; i++) {
			uint16_t bad[COPYSET_MAX];
			unsigned bad_count;
			struct stat_replica replicas[2 * COPYSET_MAX];
			struct stat_chunk shown = {
				.size_bytes = chunks[i].size,
				.offset = extents[i].offset,
				.length = extents[i].length,
				.replicas = replicas,
			};
			if (catalog_bad_replicas(store->reader, chunks[i].id, bad, &bad_count, error) < 0)
				return -1;
			digest_hex(&chunks[i].digest, shown.sha256);
			shown.replica_count = describe_replicas(store, &chunks[i], bad, bad_count, replicas);
			report(context, &shown);
			position = extents[i].position + 1;
		}
	} while (count == PAGE_EXTENTS);
	return count < 0 ? -1 : 0;
}

int store_stat(struct store *store, const char *name, entry_report *report, stat_chunk_report *chunk,
	void *context, struct error *error)
{
	error_clear(error);
	struct catalog_entry *entry = malloc(sizeof(*entry));
	if (!entry)
		return error_set_errno(error, ENOMEM, "cannot describe '%s'", name);
	int result = store_find(store, name, entry, error);
	if (result == 0) {
		struct entry shown;
		store_describe_entry(entry, &shown);
		report(context, &shown);
		result = stat_chunks(store, entry, chunk, context, error);
	}
	free(entry);
	return result;
}

/* ---- changing ---- */

typedef int name_change(struct store *store, const char *name, unsigned argument, struct error *error);

/* Changes many names, in transactions of a bounded number each, so that other writers get their turn. */
struct change {
	struct store *store;
	name_change *change;
	unsigned argument;
	uint64_t changed; /* what was committed */
	uint64_t changing;
	unsigned pending; /* names in the transaction under way; 0: there is none */
	unsigned records; /* journals that have the record of each commit, at least */
};

static void change_rollback(struct change *change)
{
	if (change->pending > 0)
		catalog_rollback(change->store->writer);
	change->pending = 0;
	change->changing = 0;
}

static int change_commit(struct change *change, struct error *error)
{
	if (change->pending == 0)
		return 0;
	unsigned records;
	if (catalog_commit_journaled(change->store->writer, &records, error) < 0) {
		change_rollback(change);
		return -1;
	}
	change->records = records < change->records ? records : change->records;
	change->changed += change->changing;
	change->changing = 0;
	change->pending = 0;
	return 0;
}

static int change_entry(void *context, struct catalog_entry *entry, struct error *error)
{
	struct change *change = context;
	if (change->pending == 0 && catalog_begin(change->store->writer, error) < 0)
		return -1;
	change->pending++;
	int changed = change->change(change->store, entry->name, change->argument, error);
	if (changed < 0) {
		change_rollback(change);
		return -1;
	}
	change->changing += changed > 0 && entry->kind != ENTRY_FOLDER;
	return change->pending >= NAMES_PER_COMMIT ? change_commit(change, error) : 0;
}

static int change_one(struct change *change, const char *name, struct error *error)
{
	struct catalog_entry *entry = malloc(sizeof(*entry));
	if (!entry)
		return error_set_errno(error, ENOMEM, "cannot change '%s'", name);
	int result = store_check_name(name, error);
	if (result == 0) {
		int found = catalog_find_entry(change->store->reader, name, 0, entry, error);
		if (found < 0)
			result = -1;
		else if (found > 0)
			result = change_entry(change, entry, error);
		else if (store_find(change->store, name, entry, error) == 0 && entry->kind == ENTRY_FOLDER)
			result = error_set(error, ERROR_USAGE,
				"'%s' is a folder; to mean everything in it, write '%s/'", name, name);
		else
			result = error_set(error, ERROR_NOT_FOUND, "there is no '%s' in the store", name);
	}
	free(entry);
	return result;
}

static int change_names(struct change *change, const char *name, struct error *error)
{
	size_t length = strlen(name);
	bool found = true;
	int result;
	error_clear(error);
	if (journal_require(change->store, NULL, error) < 0)
		return -1;
	if (length > 1 && name[length - 1] == '/')
		result = store_each_entry(
			change->store, name, CATALOG_NOW, change_entry, change, &found, error);
	else
		result = change_one(change, name, error);
	if (result == 0 && !found)
		result = error_set(error, ERROR_NOT_FOUND, "there is nothing under '%s' in the store", name);
	if (result == 0)
		return change_commit(change, error);
	change_rollback(change);
	return -1;
}

static int remove_name(struct store *store, const char *name, unsigned unused, struct error *error)
{
	(void)unused;
	return catalog_remove(store->writer, name, error);
}

int store_remove(struct store *store, const char *name, uint64_t *removed, struct error *error)
{
	struct change change = {.store = store, .change = remove_name, .records = UINT_MAX};
	int result = change_names(&change, name, error);
	/* What went before the disk was full stays gone, so that the second time goes on with the rest. */
	if (result < 0 && error->code == ERROR_NO_SPACE && store_release_reserve(store))
		result = change_names(&change, name, error);
	*removed = change.changed;
	if (result == 0)
		store_event(store, EVENT_INFO, "rm", "",
			"removed '%s' (%llu %s); its versions stay in the history", name,
			(unsigned long long)change.changed, change.changed == 1 ? "file" : "files");
	return result == 0 ? journal_confirm(store, change.records, NULL, error) : -1;
}

static int set_replication(
	struct store *store, const char *name, unsigned replication_factor, struct error *error)
{
	return catalog_set_replication(store->writer, name, replication_factor, error);
}

int store_set_replication(struct store *store, const char *name, unsigned replication_factor,
	uint64_t *changed, struct error *error)
{
	*changed = 0;
	if (replication_factor < 1 || replication_factor > STORE_REPLICATION_MAX)
		return error_set(error, ERROR_USAGE, "the replication factor is %u; allowed is 1 to %d",
			replication_factor, STORE_REPLICATION_MAX);
	struct change change = {.store = store,
		.change = set_replication,
		.argument = replication_factor,
		.records = UINT_MAX};
	int result = change_names(&change, name, error);
	*changed = change.changed;
	if (result == 0)
		store_event(store, EVENT_INFO, "set_rf", "", "'%s' (%llu %s) is to have %u %s", name,
			(unsigned long long)change.changed, change.changed == 1 ? "file" : "files",
			replication_factor, replication_factor == 1 ? "copy" : "copies");
	return result == 0 ? journal_confirm(store, change.records, NULL, error) : -1;
}
