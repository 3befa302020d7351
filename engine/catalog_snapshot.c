/*
 * catalog_snapshot.c: names for sequences.
 *
 * A snapshot is one row: it holds each version that was current when the commit of its sequence was done. So
 * taking one costs the same however many files there are, and what it holds follows from when versions were born
 * and died.
 */
#include "engine/catalog_private.h"

#include <assert.h>

void query_get_snapshot(struct query *query, struct catalog_snapshot *snapshot)
{
	snapshot->id = query_get_int(query, 0);
	query_get_text(query, 1, snapshot->name, sizeof(snapshot->name));
	snapshot->sequence = (uint64_t)query_get_int(query, 2);
	snapshot->created_ms = query_get_int(query, 3);
	snapshot->files = (uint64_t)query_get_int(query, 4);
	snapshot->bytes = (uint64_t)query_get_int(query, 5);
}

int catalog_add_snapshot(struct catalog *catalog, struct catalog_snapshot *snapshot, struct error *error)
{
	assert(catalog->writing);
	snapshot->sequence = catalog->state.sequence;
	snapshot->created_ms = catalog->env->time->wall_ms(catalog->env->time);
	snapshot->files = catalog->state.files;
	snapshot->bytes = catalog->state.logical_bytes;
	struct query query = query_begin(catalog, SQL_SNAPSHOT_ADD, error);
	query_text(&query, 1, snapshot->name);
	query_int(&query, 2, (int64_t)snapshot->sequence);
	query_int(&query, 3, snapshot->created_ms);
	query_int(&query, 4, (int64_t)snapshot->files);
	query_int(&query, 5, (int64_t)snapshot->bytes);
	if (query_run(&query) < 0)
		return -1;
	snapshot->id = sqlite3_last_insert_rowid(catalog->db);
	facts_snapshot(catalog, snapshot);
	return 0;
}

int catalog_find_snapshot(
	struct catalog *catalog, const char *name, struct catalog_snapshot *snapshot, struct error *error)
{
	struct query query = query_begin(catalog, SQL_SNAPSHOT_FIND, error);
	query_text(&query, 1, name);
	int found = query_step(&query);
	if (found == 1)
		query_get_snapshot(&query, snapshot);
	return query_end(&query) < 0 ? -1 : found;
}

int catalog_remove_snapshot(struct catalog *catalog, const char *name, struct error *error)
{
	assert(catalog->writing);
	struct query query = query_begin(catalog, SQL_SNAPSHOT_REMOVE, error);
	query_text(&query, 1, name);
	query_step(&query);
	int removed = sqlite3_changes(catalog->db);
	if (query_end(&query) < 0)
		return -1;
	if (removed)
		facts_snapshot_removed(catalog, name);
	return removed ? 1 : 0;
}

int catalog_list_snapshots(struct catalog *catalog, int64_t after, struct catalog_snapshot *snapshots,
	int limit, struct error *error)
{
	struct query query = query_begin(catalog, SQL_SNAPSHOT_PAGE, error);
	query_int(&query, 1, after);
	query_int(&query, 2, limit);
	int count = 0;
	while (count < limit && query_step(&query) == 1) {
		query_get_snapshot(&query, &snapshots[count]);
		query_require_progress(&query, snapshots[count].id > after);
		after = snapshots[count++].id;
	}
	return query_end(&query) < 0 ? -1 : count;
}
