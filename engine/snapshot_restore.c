/*
 * snapshot_restore.c: the store, or one folder of it, as it was.
 *
 * Names whose content differs from that at the snapshot get a new version of that content, names that were not
 * there then are removed. All of it only adds to the history, and a snapshot that is taken in the transaction of
 * the first change holds what was there before; so restoring that one undoes it.
 *
 * Names are found without a lock and changed in transactions of a bounded number each. Inside, every name is
 * looked at again, and so is the snapshot: when it is gone, its versions may be too, and nothing may be removed
 * for want of them. What an interruption leaves undone, the same call does later.
 */
#include <limits.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/journal.h"
#include "engine/snapshot.h"

enum { NAMES_PER_COMMIT = 1024, EXTENTS_PER_COMMIT = 65536 };

struct restore {
	struct store *store;
	const struct snapshot_restore_options *options;
	struct snapshot_restore_result *result;
	struct catalog_snapshot from;
	struct difference_walk walk;
	struct progress progress;

	char **names; /* of the batch that is gathered */
	size_t count;
	uint64_t extents;
	struct catalog_entry *then, *now;
	unsigned records; /* journals that have the record of each batch, at least */
};

/* ---- one batch ---- */

/* Brings one name to what it was. */
static int restore_name(struct restore *restore, const char *name, struct snapshot_restore_result *result,
	struct error *error)
{
	struct catalog *catalog = restore->store->writer;
	int then = catalog_find_entry_at(catalog, name, restore->walk.after, restore->then, error);
	int now = then < 0 ? -1 : catalog_find_entry(catalog, name, 0, restore->now, error);
	if (now < 0)
		return -1;
	if (!then) {
		result->removed += now;
		return catalog_remove(catalog, name, error) < 0 ? -1 : 0;
	}
	if (now && !entry_differs(restore->then, restore->now))
		return 0;
	result->restored++;
	result->bytes += restore->then->size;
	return catalog_copy_version(catalog, restore->then, error);
}

static int restore_names(struct restore *restore, struct snapshot_restore_result *result, struct error *error)
{
	struct catalog *catalog = restore->store->writer;
	struct catalog_snapshot still;
	int found = catalog_find_snapshot(catalog, restore->from.name, &still, error);
	if (found < 0)
		return -1;
	if (!found || still.sequence != restore->from.sequence)
		return error_set(
			error, ERROR_CHANGED, "the snapshot '%s' was removed meanwhile", restore->from.name);
	if (!result->undo[0]) {
		struct catalog_snapshot undo;
		if (snapshot_add_by_time(restore->store, "before-restore-", &undo, error) < 0)
			return -1;
		memcpy(result->undo, undo.name, sizeof(result->undo));
	}
	for (size_t i = 0; i < restore->count; i++)
		if (restore_name(restore, restore->names[i], result, error) < 0)
			return -1;
	return 0;
}

static void clear_batch(struct restore *restore)
{
	for (size_t i = 0; i < restore->count; i++)
		free(restore->names[i]);
	restore->count = 0;
	restore->extents = 0;
}

static int commit_batch(struct restore *restore, struct error *error)
{
	struct snapshot_restore_result result = *restore->result;
	unsigned records;
	if (restore->count == 0)
		return 0;
	if (catalog_begin(restore->store->writer, error) < 0)
		return -1;
	if (restore_names(restore, &result, error) < 0 ||
		catalog_commit_journaled(restore->store->writer, &records, error) < 0) {
		catalog_rollback(restore->store->writer);
		return -1;
	}
	restore->records = records < restore->records ? records : restore->records;
	*restore->result = result;
	restore->progress.files_done += restore->count;
	restore->progress.name = restore->names[restore->count - 1];
	if (restore->options->progress)
		restore->options->progress(restore->options->context, &restore->progress);
	clear_batch(restore);
	return 0;
}

/* ---- all of them ---- */

static int count_difference(void *context, const struct catalog_entry *before,
	const struct catalog_entry *after, struct error *error)
{
	(void)before;
	(void)after;
	(void)error;
	struct restore *restore = context;
	restore->progress.files_total++;
	return 0;
}

/* The walk goes from now to then. */
static int gather_difference(
	void *context, const struct catalog_entry *now, const struct catalog_entry *then, struct error *error)
{
	struct restore *restore = context;
	char *name = strdup(then ? then->name : now->name);
	if (!name)
		return error_set_errno(error, ENOMEM, "cannot restore '%s'", restore->from.name);
	restore->names[restore->count++] = name;
	restore->extents += then ? then->extents : 0;
	bool full = restore->count == NAMES_PER_COMMIT || restore->extents >= EXTENTS_PER_COMMIT;
	return full ? commit_batch(restore, error) : 0;
}

static int run(struct restore *restore, struct error *error)
{
	restore->walk.visit = count_difference;
	if (store_walk_differences(restore->store, &restore->walk, error) < 0)
		return -1;
	if (!restore->walk.found)
		return error_set(error, ERROR_NOT_FOUND,
			"there is no '%s', neither in the snapshot '%s' nor in the store now",
			restore->options->prefix, restore->from.name);
	if (restore->progress.files_total == 0)
		return 0;
	restore->walk.visit = gather_difference;
	if (store_walk_differences(restore->store, &restore->walk, error) < 0)
		return -1;
	return commit_batch(restore, error);
}

static void tell(const struct restore *restore)
{
	const struct snapshot_restore_result *result = restore->result;
	if (!result->undo[0])
		return;
	store_event(restore->store, EVENT_NOTICE, "snapshot_restored", "",
		"restored the snapshot '%s': %llu brought back, %llu removed; the snapshot '%s' holds what "
		"was there before",
		restore->from.name, (unsigned long long)result->restored, (unsigned long long)result->removed,
		result->undo);
}

int store_snapshot_restore(struct store *store, const char *name,
	const struct snapshot_restore_options *options, struct snapshot_restore_result *result,
	struct error *error)
{
	struct restore restore = {.store = store, .options = options, .result = result, .records = UINT_MAX};
	error_clear(error);
	*result = (struct snapshot_restore_result){0};
	if (journal_require(store, NULL, error) < 0 ||
		store_find_snapshot(store->reader, name, &restore.from, error) < 0)
		return -1;
	restore.walk = (struct difference_walk){
		.before = CATALOG_NOW,
		.after = (int64_t)restore.from.sequence,
		.prefix = options->prefix,
		.context = &restore,
		.cancel = options->cancel,
	};
	restore.names = calloc(NAMES_PER_COMMIT, sizeof(*restore.names));
	restore.then = malloc(2 * sizeof(*restore.then));
	int done = -1;
	if (!restore.names || !restore.then) {
		error_set_errno(error, ENOMEM, "cannot restore the snapshot '%s'", name);
	} else {
		restore.now = restore.then + 1;
		done = run(&restore, error);
		tell(&restore);
	}
	clear_batch(&restore);
	free(restore.names);
	free(restore.then);
	return done == 0 ? journal_confirm(store, restore.records, NULL, error) : -1;
}
