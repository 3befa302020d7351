/*
 * history.c: the versions of one name, and making one of them the current one again.
 */
#include "engine/history.h"

#include <limits.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/journal.h"

/* ---- listing ---- */

enum { PAGE_VERSIONS = 16 };

static void report_life(
	struct catalog_life *life, const struct snapshot_set *set, version_report *report, void *context)
{
	struct version version = {.current = life->died == INT64_MAX, .ended_ms = life->died_ms};
	store_describe_entry(&life->entry, &version.entry);
	version.snapshot_count = snapshot_set_find(set, life->born, life->died, &version.snapshots);
	report(context, &version);
}

static int report_versions(struct store *store, const char *name, const struct snapshot_set *set,
	struct catalog_life *page, version_report *report, void *context, struct error *error)
{
	uint64_t below = UINT64_MAX, total = 0;
	int count = PAGE_VERSIONS;
	while (count == PAGE_VERSIONS) {
		count = catalog_list_versions(store->reader, name, below, page, PAGE_VERSIONS, error);
		for (int i = 0; i < count; i++) {
			below = page[i].entry.number;
			report_life(&page[i], set, report, context);
			total++;
		}
	}
	return count < 0 ? -1 : total > 0;
}

static int find_versions(struct store *store, char name[STORE_NAME_MAX + 3], const struct snapshot_set *set,
	version_report *report, void *context, struct error *error)
{
	struct catalog_life *page = malloc(PAGE_VERSIONS * sizeof(*page));
	if (!page)
		return error_set_errno(error, ENOMEM, "cannot list the versions of '%s'", name);
	int found = report_versions(store, name, set, page, report, context, error);
	if (found == 0) {
		strcat(name, "/");
		found = report_versions(store, name, set, page, report, context, error);
		name[strlen(name) - 1] = '\0';
	}
	free(page);
	return found;
}

int store_versions(
	struct store *store, const char *name, version_report *report, void *context, struct error *error)
{
	char exact[STORE_NAME_MAX + 3];
	struct snapshot_set set;
	error_clear(error);
	if (store_trim_name(name, exact, error) < 0 || snapshot_set_read(&set, store->reader, error) < 0)
		return -1;
	int found = find_versions(store, exact, &set, report, context, error);
	snapshot_set_release(&set);
	if (found == 0)
		return error_set(error, ERROR_NOT_FOUND,
			"no version of '%s' is in the store; 'linckia ls' lists the names there are, and "
			"'linckia ls --at SNAPSHOT' those there were",
			exact);
	return found < 0 ? -1 : 0;
}

/* ---- restoring ---- */

/* Finds the version, and copies it if it is another one than the current. */
static int restore_version(struct store *store, const char *name, struct catalog_entry *entry,
	struct catalog_entry *current, struct restore_result *result, struct error *error)
{
	int found = store_find_past(store->writer, name, entry, error);
	if (found < 0)
		return -1;
	if (found == 0 && !strrchr(name, '@'))
		return error_set(error, ERROR_USAGE,
			"'%s' does not say which version: write NAME@7 or NAME@SNAPSHOT; 'linckia versions' "
			"lists those of a name",
			name);
	if (found == 0)
		return error_set(error, ERROR_NOT_FOUND,
			"there is nothing called '%s' in the history; 'linckia versions' lists the versions "
			"of a name",
			name);
	int now = catalog_find_entry(store->writer, entry->name, 0, current, error);
	if (now < 0)
		return -1;
	result->from = entry->number;
	if (now > 0 && !entry_differs(entry, current)) {
		result->version = current->number;
		return 0;
	}
	if (catalog_copy_version(store->writer, entry, error) < 0)
		return -1;
	result->version = entry->number;
	result->changed = true;
	return 0;
}

static int restore_in_transaction(struct store *store, const char *name, struct catalog_entry entries[2],
	struct restore_result *result, unsigned *records, struct error *error)
{
	if (catalog_begin(store->writer, error) < 0)
		return -1;
	int done = restore_version(store, name, &entries[0], &entries[1], result, error);
	if (done == 0 && result->changed)
		done = catalog_commit_journaled(store->writer, records, error);
	if (done < 0 || !result->changed)
		catalog_rollback(store->writer);
	return done;
}

int store_restore(struct store *store, const char *name, struct restore_result *result, struct error *error)
{
	char exact[STORE_NAME_MAX + 2];
	unsigned records = UINT_MAX;
	error_clear(error);
	*result = (struct restore_result){0};
	if (store_trim_name(name, exact, error) < 0 || journal_require(store, NULL, error) < 0)
		return -1;
	struct catalog_entry *entries = malloc(2 * sizeof(*entries));
	if (!entries)
		return error_set_errno(error, ENOMEM, "cannot restore '%s'", name);
	int done = restore_in_transaction(store, exact, entries, result, &records, error);
	if (done == 0) {
		struct entry shown;
		store_describe_entry(&entries[0], &shown);
		snprintf(result->name, sizeof(result->name), "%s", shown.name);
	}
	free(entries);
	if (done == 0 && result->changed)
		store_event(store, EVENT_INFO, "restored", "",
			"restored version %llu of '%s', as version %llu", (unsigned long long)result->from,
			result->name, (unsigned long long)result->version);
	return done == 0 ? journal_confirm(store, records, NULL, error) : -1;
}
