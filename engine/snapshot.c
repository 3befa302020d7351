/*
 * snapshot.c: taking, listing and removing snapshots, and what differs between two.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/journal.h"
#include "engine/snapshot.h"

static void describe(const struct catalog_snapshot *from, struct snapshot *snapshot)
{
	*snapshot = (struct snapshot){
		.sequence = from->sequence,
		.created_ms = from->created_ms,
		.files = from->files,
		.bytes = from->bytes,
	};
	memcpy(snapshot->name, from->name, sizeof(snapshot->name));
}

/* ---- taking ---- */

/* The time to the second, with '.' for ':', which some shells and file systems do not like in a name. */
static void name_by_time(const char *prefix, int64_t now_ms, unsigned attempt, char name[SNAPSHOT_NAME_SIZE])
{
	char time[40], suffix[16] = "";
	text_time(time, sizeof(time), now_ms);
	time[strcspn(time, ".Z")] = '\0';
	for (char *at = time; *at; at++)
		if (*at == ':')
			*at = '.';
	if (attempt > 1)
		snprintf(suffix, sizeof(suffix), "-%u", attempt);
	snprintf(name, SNAPSHOT_NAME_SIZE, "%s%sZ%s", prefix, time, suffix);
}

int snapshot_add_by_time(
	struct store *store, const char *prefix, struct catalog_snapshot *snapshot, struct error *error)
{
	int64_t now_ms = store_now_ms(store);
	int taken = 1;
	for (unsigned attempt = 1; taken > 0; attempt++) {
		struct catalog_snapshot other;
		name_by_time(prefix, now_ms, attempt, snapshot->name);
		taken = catalog_find_snapshot(store->writer, snapshot->name, &other, error);
	}
	return taken < 0 ? -1 : catalog_add_snapshot(store->writer, snapshot, error);
}

static int add_named(
	struct store *store, const char *name, struct catalog_snapshot *snapshot, struct error *error)
{
	struct catalog_snapshot other;
	int taken = catalog_find_snapshot(store->writer, name, &other, error);
	if (taken < 0)
		return -1;
	if (taken > 0)
		return error_set(error, ERROR_EXISTS,
			"there is a snapshot '%s' already; choose another name, or remove that one first",
			name);
	snprintf(snapshot->name, sizeof(snapshot->name), "%s", name);
	return catalog_add_snapshot(store->writer, snapshot, error);
}

int store_snapshot_create(
	struct store *store, const char *name, struct snapshot *created, struct error *error)
{
	struct catalog_snapshot snapshot;
	unsigned records;
	error_clear(error);
	if ((name && store_check_snapshot_name(name, error) < 0) || journal_require(store, NULL, error) < 0 ||
		catalog_begin(store->writer, error) < 0)
		return -1;
	int result = name ? add_named(store, name, &snapshot, error)
			  : snapshot_add_by_time(store, "", &snapshot, error);
	if (result < 0 || catalog_commit_journaled(store->writer, &records, error) < 0) {
		catalog_rollback(store->writer);
		return -1;
	}
	describe(&snapshot, created);
	char bytes[16];
	store_event(store, EVENT_INFO, "snapshot_created", "", "took the snapshot '%s' (%llu %s, %s)",
		created->name, (unsigned long long)created->files, created->files == 1 ? "file" : "files",
		text_bytes(bytes, sizeof(bytes), created->bytes));
	return journal_confirm(store, records, NULL, error);
}

/* ---- listing and removing ---- */

int store_snapshot_find(struct store *store, const char *name, struct snapshot *snapshot, struct error *error)
{
	struct catalog_snapshot found;
	error_clear(error);
	if (store_find_snapshot(store->reader, name, &found, error) < 0)
		return -1;
	describe(&found, snapshot);
	return 0;
}

int store_snapshot_list(struct store *store, snapshot_report *report, void *context, struct error *error)
{
	enum { PAGE = 64 };
	struct catalog_snapshot page[PAGE];
	int64_t after = 0;
	int count = PAGE;
	error_clear(error);
	while (count == PAGE) {
		count = catalog_list_snapshots(store->reader, after, page, PAGE, error);
		for (int i = 0; i < count; i++) {
			struct snapshot snapshot;
			describe(&page[i], &snapshot);
			report(context, &snapshot);
			after = page[i].id;
		}
	}
	return count < 0 ? -1 : 0;
}

int store_snapshot_remove(struct store *store, const char *name, struct error *error)
{
	struct catalog_snapshot snapshot;
	unsigned records;
	error_clear(error);
	if (journal_require(store, NULL, error) < 0 || catalog_begin(store->writer, error) < 0)
		return -1;
	if (store_find_snapshot(store->writer, name, &snapshot, error) < 0 ||
		catalog_remove_snapshot(store->writer, name, error) < 0 ||
		catalog_commit_journaled(store->writer, &records, error) < 0) {
		catalog_rollback(store->writer);
		return -1;
	}
	store_event(store, EVENT_INFO, "snapshot_removed", "",
		"removed the snapshot '%s'; what only it held is history like any other", name);
	return journal_confirm(store, records, NULL, error);
}

/* ---- differences ---- */

struct diff {
	difference_report *report;
	void *context;
	struct catalog_entry *before, *after; /* describing an entry writes into it */
};

static int report_difference(void *context, const struct catalog_entry *before,
	const struct catalog_entry *after, struct error *error)
{
	(void)error;
	struct diff *diff = context;
	struct entry was, is;
	/* The time of a folder changes with everything that is in it. */
	if (before && after && before->kind == ENTRY_FOLDER && before->mode == after->mode)
		return 0;
	if (before) {
		*diff->before = *before;
		store_describe_entry(diff->before, &was);
	}
	if (after) {
		*diff->after = *after;
		store_describe_entry(diff->after, &is);
	}
	diff->report(diff->context, before ? &was : NULL, after ? &is : NULL);
	return 0;
}

int store_snapshot_diff(struct store *store, const char *before, const char *after,
	const struct diff_options *options, struct error *error)
{
	struct diff diff = {.report = options->report, .context = options->context};
	struct difference_walk walk = {
		.prefix = options->prefix,
		.visit = report_difference,
		.context = &diff,
		.cancel = options->cancel,
	};
	error_clear(error);
	if (store_find_moment(store, before, &walk.before, error) < 0 ||
		store_find_moment(store, after, &walk.after, error) < 0)
		return -1;
	diff.before = malloc(2 * sizeof(*diff.before));
	if (!diff.before)
		return error_set_errno(error, ENOMEM, "cannot compare two snapshots");
	diff.after = diff.before + 1;
	int result = store_walk_differences(store, &walk, error);
	free(diff.before);
	if (result == 0)
		result = store_confirm_moment(store, before, walk.before, error);
	if (result == 0)
		result = store_confirm_moment(store, after, walk.after, error);
	if (result == 0 && !walk.found)
		return error_set(
			error, ERROR_NOT_FOUND, "there was no '%s' at either of the two", options->prefix);
	return result;
}
