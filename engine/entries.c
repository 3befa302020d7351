/*
 * entries.c: names: what they may be, finding them, listing, describing, removing, and their replication.
 *
 * Lists are read from the catalog in pages, so that neither a slow reader of the output nor a store of millions of
 * files holds a transaction or memory for long.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/journal.h"

enum { PAGE_ENTRIES = 64, PAGE_EXTENTS = 64, NAMES_PER_COMMIT = 4096 };

/* ---- the rules for names ---- */

int store_check_name(const char *name, struct error *error)
{
	size_t length = strlen(name);
	if (length == 0)
		return error_set(error, ERROR_USAGE, "a name must not be empty");
	if (length > STORE_NAME_MAX)
		return error_set(error, ERROR_USAGE, "the name '%.60s…' has %zu bytes; allowed are %d", name,
			length, STORE_NAME_MAX);
	if (name[0] == '/')
		return error_set(
			error, ERROR_USAGE, "the name '%s' begins with '/'; names are relative", name);
	for (const char *part = name;;) {
		size_t size = strcspn(part, "/");
		bool dots = (size == 1 && part[0] == '.') || (size == 2 && part[0] == '.' && part[1] == '.');
		if (size == 0 || dots)
			return error_set(error, ERROR_USAGE,
				"the name '%s' has %s between two '/' or at its end; that is not allowed",
				name,
				size == 0   ? "nothing"
				: size == 1 ? "'.'"
					    : "'..'");
		if (!part[size])
			return 0;
		part += size + 1;
	}
}

/* Writes `name` without closing '/' into `out`, after checking it. */
static int trim_name(const char *name, char out[STORE_NAME_MAX + 2], struct error *error)
{
	size_t length = strlen(name);
	if (length > 1 && name[length - 1] == '/')
		length--;
	if (length > STORE_NAME_MAX)
		return store_check_name(name, error);
	memcpy(out, name, length);
	out[length] = '\0';
	return store_check_name(out, error);
}

/* ---- finding ---- */

/* "name@7": the name's length and the number; false when there is no such ending. */
static bool split_version(const char *name, size_t *length, uint64_t *number)
{
	const char *at = strrchr(name, '@');
	if (!at || at == name || !at[1] || strlen(at + 1) > 18 ||
		strspn(at + 1, "0123456789") != strlen(at + 1))
		return false;
	*length = (size_t)(at - name);
	*number = strtoull(at + 1, NULL, 10);
	return *number > 0;
}

int store_find(struct store *store, const char *name, struct catalog_entry *entry, struct error *error)
{
	char exact[STORE_NAME_MAX + 3];
	if (trim_name(name, exact, error) < 0)
		return -1;
	int found = catalog_find_entry(store->reader, exact, 0, entry, error);
	if (found == 0) {
		size_t length = strlen(exact);
		exact[length] = '/';
		exact[length + 1] = '\0';
		found = catalog_find_entry(store->reader, exact, 0, entry, error);
		exact[length] = '\0';
	}
	size_t length;
	uint64_t number;
	if (found == 0 && split_version(exact, &length, &number)) {
		exact[length] = '\0';
		found = catalog_find_entry(store->reader, exact, number, entry, error);
		if (found == 0) {
			int known = catalog_find_entry(store->reader, exact, 0, entry, error);
			if (known < 0)
				return -1;
			if (known > 0)
				return error_set(error, ERROR_NOT_FOUND,
					"'%s' has no version %llu; the current one is %llu", exact,
					(unsigned long long)number, (unsigned long long)entry->number);
		}
	}
	if (found < 0)
		return -1;
	if (found == 0)
		return error_set(error, ERROR_NOT_FOUND, "there is no '%s' in the store", name);
	return 0;
}

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

/* The names that `prefix` stands for: itself, and those from "prefix/" up to, and without, "prefix0". */
struct range {
	char itself[STORE_NAME_MAX + 2];
	char first[STORE_NAME_MAX + 3];
	char below[STORE_NAME_MAX + 3];
	bool all;
	bool inside; /* only what is in the folder, not a file of its name */
};

static int range_of(const char *prefix, struct range *range, struct error *error)
{
	memset(range, 0, sizeof(*range));
	range->all = !prefix || !*prefix;
	if (range->all)
		return 0;
	if (trim_name(prefix, range->itself, error) < 0)
		return -1;
	range->inside = prefix[strlen(prefix) - 1] == '/';
	snprintf(range->first, sizeof(range->first), "%s/", range->itself);
	snprintf(range->below, sizeof(range->below), "%s%c", range->itself, '/' + 1);
	return 0;
}

/* Visits the entries above `after` and below `below`, page by page. */
static int visit_between(struct store *store, const char *after, const char *below, store_entry_visit *visit,
	void *context, struct error *error)
{
	struct catalog_entry *page = malloc(PAGE_ENTRIES * sizeof(*page));
	char *last = malloc(STORE_NAME_MAX + 3);
	int result = page && last ? 0 : error_set_errno(error, ENOMEM, "cannot list the store");
	if (last)
		snprintf(last, STORE_NAME_MAX + 3, "%s", after);
	int count = PAGE_ENTRIES;
	while (result == 0 && count == PAGE_ENTRIES) {
		count = catalog_list(store->reader, last, below, page, PAGE_ENTRIES, error);
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

int store_each_entry(struct store *store, const char *prefix, store_entry_visit *visit, void *context,
	bool *found, struct error *error)
{
	struct range range;
	if (range_of(prefix, &range, error) < 0)
		return -1;
	if (range.all) {
		*found = true;
		return visit_between(store, "", NULL, visit, context, error);
	}
	struct catalog_entry *entry = malloc(sizeof(*entry));
	if (!entry)
		return error_set_errno(error, ENOMEM, "cannot list the store");
	int itself = range.inside ? 0 : catalog_find_entry(store->reader, range.itself, 0, entry, error);
	int folder = itself < 0 ? -1 : catalog_find_entry(store->reader, range.first, 0, entry, error);
	int result = folder < 0 ? -1 : 0;
	if (result == 0 && itself) {
		result = catalog_find_entry(store->reader, range.itself, 0, entry, error) < 0
				 ? -1
				 : visit(context, entry, error);
	}
	if (result == 0 && folder) {
		result = catalog_find_entry(store->reader, range.first, 0, entry, error) < 0
				 ? -1
				 : visit(context, entry, error);
	}
	int below = result < 0 ? -1 : catalog_list(store->reader, range.first, range.below, entry, 1, error);
	if (below > 0)
		result = visit_between(store, range.first, range.below, visit, context, error);
	else if (below < 0)
		result = -1;
	*found = itself > 0 || folder > 0 || below > 0;
	free(entry);
	return result;
}

/* ---- listing ---- */

struct listing {
	entry_report *report;
	void *context;
	struct catalog_entry
		*folder; /* seen last, and nothing in it so far; its name is "" when there is none */
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

int store_list(
	struct store *store, const char *prefix, entry_report *report, void *context, struct error *error)
{
	error_clear(error);
	struct listing listing = {
		.report = report, .context = context, .folder = malloc(sizeof(*listing.folder))};
	if (!listing.folder)
		return error_set_errno(error, ENOMEM, "cannot list the store");
	listing.folder->name[0] = '\0';
	bool found = false;
	int result = store_each_entry(store, prefix, list_entry, &listing, &found, error);
	if (result == 0)
		settle_folder(&listing, NULL);
	free(listing.folder);
	if (result == 0 && !found)
		return error_set(error, ERROR_NOT_FOUND, "there is no '%s' in the store", prefix);
	return result;
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
	uint64_t changed;
	unsigned pending;
};

static int change_commit(struct change *change, struct error *error)
{
	if (change->pending == 0)
		return 0;
	change->pending = 0;
	if (catalog_commit(change->store->writer, error) == 0)
		return 0;
	catalog_rollback(change->store->writer);
	return -1;
}

static int change_entry(void *context, struct catalog_entry *entry, struct error *error)
{
	struct change *change = context;
	if (change->pending == 0 && catalog_begin(change->store->writer, error) < 0)
		return -1;
	change->pending++;
	int changed = change->change(change->store, entry->name, change->argument, error);
	if (changed < 0) {
		change->pending = 0;
		catalog_rollback(change->store->writer);
		return -1;
	}
	change->changed += changed > 0 && entry->kind != ENTRY_FOLDER;
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
	if (journal_check(change->store, error) < 0)
		return -1;
	if (length > 1 && name[length - 1] == '/')
		result = store_each_entry(change->store, name, change_entry, change, &found, error);
	else
		result = change_one(change, name, error);
	if (result == 0 && !found)
		result = error_set(error, ERROR_NOT_FOUND, "there is nothing under '%s' in the store", name);
	if (result == 0)
		return change_commit(change, error);
	if (change->pending)
		catalog_rollback(change->store->writer);
	return -1;
}

static int remove_name(struct store *store, const char *name, unsigned unused, struct error *error)
{
	(void)unused;
	return catalog_remove(store->writer, name, error);
}

int store_remove(struct store *store, const char *name, uint64_t *removed, struct error *error)
{
	struct change change = {.store = store, .change = remove_name};
	int result = change_names(&change, name, error);
	*removed = change.changed;
	if (result == 0)
		store_event(store, EVENT_INFO, "rm", "",
			"removed '%s' (%llu %s); its versions stay in the history", name,
			(unsigned long long)change.changed, change.changed == 1 ? "file" : "files");
	return result;
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
	struct change change = {.store = store, .change = set_replication, .argument = replication_factor};
	int result = change_names(&change, name, error);
	*changed = change.changed;
	if (result == 0)
		store_event(store, EVENT_INFO, "set_rf", "", "'%s' (%llu %s) is to have %u %s", name,
			(unsigned long long)change.changed, change.changed == 1 ? "file" : "files",
			replication_factor, replication_factor == 1 ? "copy" : "copies");
	return result;
}
