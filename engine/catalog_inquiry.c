/*
 * catalog_inquiry.c: long looks into the catalog that can be given up. See catalog_inquiry.h.
 *
 * SQLite asks every few thousand steps of its machine whether to go on. That is surer than interrupting it from
 * another thread, which does nothing to a statement that is just about to begin.
 */
#include "engine/catalog_inquiry.h"

#include <assert.h>
#include <string.h>

#include "engine/catalog_private.h"

enum { STEPS_A_LOOK = 4000, READER_BUSY_MS = 2000 };

/* ---- one look ---- */

int catalog_open_reading(
	const struct env *env, const char *path, struct catalog **result, struct error *error)
{
	struct catalog *catalog;
	if (catalog_open(env, path, &catalog, error) < 0)
		return -1;
	sqlite3_busy_timeout(catalog->db, READER_BUSY_MS);
	int done = sqlite3_exec(catalog->db, "PRAGMA query_only = ON", NULL, NULL, NULL);
	if (done != SQLITE_OK) {
		catalog_error(catalog, done, error);
		catalog_close(catalog);
		return -1;
	}
	*result = catalog;
	return 0;
}

static int ask_whether_to_give_up(void *context)
{
	struct catalog *catalog = context;
	return catalog->gives_up(catalog->gives_up_context);
}

int catalog_begin_reading(struct catalog *catalog, catalog_gives_up *gives_up, void *context,
	struct catalog_state *state, struct error *error)
{
	assert(!catalog->writing && gives_up);
	struct query query = query_begin(catalog, SQL_READ_BEGIN, error);
	if (query_run(&query) < 0)
		return -1;
	catalog->gives_up = gives_up;
	catalog->gives_up_context = context;
	sqlite3_progress_handler(catalog->db, STEPS_A_LOOK, ask_whether_to_give_up, catalog);
	if (catalog_read_state(catalog, state, error) == 0)
		return 0;
	catalog_end_reading(catalog);
	return -1;
}

void catalog_end_reading(struct catalog *catalog)
{
	struct error ignored;
	sqlite3_progress_handler(catalog->db, 0, NULL, NULL);
	if (sqlite3_get_autocommit(catalog->db))
		return;
	/* It has only read, so there is nothing to lose. */
	struct query query = query_begin(catalog, SQL_ROLLBACK, &ignored);
	(void)!query_run(&query);
}

/* ---- reading columns ---- */

static struct catalog_bytes get_bytes(struct query *query, int column)
{
	const char *bytes = sqlite3_column_blob(query->statement, column);
	size_t length = (size_t)sqlite3_column_bytes(query->statement, column);
	return (struct catalog_bytes){bytes && length ? bytes : "", bytes ? length : 0};
}

/* Ends a walk: the failure of the query, or what the last visit said. */
static int end_walk(struct query *query, int visited)
{
	if (visited == 0)
		return query_end(query);
	/* The visit's own sentence must not be replaced. */
	struct error ignored;
	query->error = &ignored;
	(void)!query_end(query);
	return visited;
}

/* ---- names ---- */

int catalog_each_listed(struct catalog *catalog, bool removed, catalog_listed_visit *visit, void *context,
	struct error *error)
{
	struct query query = query_begin(catalog, removed ? SQL_REMOVED_EACH : SQL_LISTED_EACH, error);
	int visited = 0;
	while (visited == 0 && query_step(&query) == 1) {
		const struct catalog_listed listed = {
			.name = get_bytes(&query, 0),
			.file = query_get_int(&query, 1),
			.version_id = query_get_int(&query, 2),
			.kind = (enum entry_kind)query_get_int(&query, 3),
			.size = (uint64_t)query_get_int(&query, 4),
			.versions = (uint64_t)query_get_int(&query, 5),
			.stored_ms = query_get_int(&query, 6),
			.replication_factor = (unsigned)query_get_int(&query, 7),
			.ended_ms = query_get_int(&query, 8),
		};
		visited = visit(context, &listed, error);
	}
	return end_walk(&query, visited);
}

int catalog_next_name(
	struct catalog *catalog, const char *from, const char *below, char *name, struct error *error)
{
	struct query query = query_begin(catalog, SQL_NAME_NEXT, error);
	query_blob(&query, 1, from, strlen(from));
	query_below(&query, 2, below);
	int found = query_step(&query);
	if (found == 1)
		query_get_text(&query, 0, name, STORE_NAME_MAX + 2);
	return query_end(&query) < 0 ? -1 : found;
}

/* ---- files and versions ---- */

int catalog_get_file(struct catalog *catalog, int64_t id, struct catalog_file *file, struct error *error)
{
	struct query query = query_begin(catalog, SQL_FILE_GET, error);
	query_int(&query, 1, id);
	int found = query_step(&query);
	if (found == 1) {
		query_get_text(&query, 0, file->name, sizeof(file->name));
		file->file = id;
		file->removed = query_get_int(&query, 1) == 0;
		file->versions = (uint64_t)query_get_int(&query, 2);
		file->replication_factor = (unsigned)query_get_int(&query, 3);
		file->version_id = query_get_int(&query, 4);
		file->number = (uint64_t)query_get_int(&query, 5);
		file->kind = (enum entry_kind)query_get_int(&query, 6);
		file->size = (uint64_t)query_get_int(&query, 7);
		file->extents = (uint64_t)query_get_int(&query, 8);
		file->stored_ms = query_get_int(&query, 9);
		file->mtime_ns = query_get_int(&query, 10);
		file->ended_ms = query_get_int(&query, 11);
	}
	return query_end(&query) < 0 ? -1 : found;
}

int catalog_each_version(struct catalog *catalog, int64_t file, catalog_version_visit *visit, void *context,
	struct error *error)
{
	struct query query = query_begin(catalog, SQL_VERSION_EACH, error);
	query_int(&query, 1, file);
	int visited = 0;
	while (visited == 0 && query_step(&query) == 1) {
		struct catalog_version version = {
			.id = query_get_int(&query, 0),
			.current = query_get_int(&query, 1) != 0,
			.number = (uint64_t)query_get_int(&query, 2),
			.kind = (enum entry_kind)query_get_int(&query, 3),
			.size = (uint64_t)query_get_int(&query, 4),
			.extents = (uint64_t)query_get_int(&query, 5),
			.stored_ms = query_get_int(&query, 6),
			.mtime_ns = query_get_int(&query, 7),
			.born = (uint64_t)query_get_int(&query, 9),
			.died = (uint64_t)query_get_int(&query, 10),
			.ended_ms = query_get_int(&query, 11),
		};
		query_get_digest(&query, 8, &version.digest);
		visited = visit(context, &version, error);
	}
	return end_walk(&query, visited);
}

/* Visits the first column of every row. */
static int each_id(struct query *query, catalog_id_visit *visit, void *context, struct error *error)
{
	int visited = 0;
	while (visited == 0 && query_step(query) == 1)
		visited = visit(context, query_get_int(query, 0), error);
	return end_walk(query, visited);
}

int catalog_each_extent_copyset(struct catalog *catalog, int64_t version_id, catalog_id_visit *visit,
	void *context, struct error *error)
{
	struct query query = query_begin(catalog, SQL_EXTENT_COPYSETS, error);
	query_int(&query, 1, version_id);
	return each_id(&query, visit, context, error);
}

int catalog_each_user(
	struct catalog *catalog, int64_t copyset, catalog_id_visit *visit, void *context, struct error *error)
{
	struct query query = query_begin(catalog, SQL_COPYSET_USERS, error);
	query_int(&query, 1, copyset);
	return each_id(&query, visit, context, error);
}

int catalog_each_use(struct catalog *catalog, catalog_use_visit *visit, void *context, struct error *error)
{
	struct query query = query_begin(catalog, SQL_EXTENT_USERS, error);
	int visited = 0;
	while (visited == 0 && query_step(&query) == 1)
		visited = visit(context, query_get_int(&query, 0), query_get_int(&query, 1), error);
	return end_walk(&query, visited);
}

int catalog_each_unfinished(
	struct catalog *catalog, catalog_id_visit *visit, void *context, struct error *error)
{
	struct query query = query_begin(catalog, SQL_VERSION_UNFINISHED, error);
	return each_id(&query, visit, context, error);
}

int catalog_get_extent(struct catalog *catalog, int64_t version_id, uint64_t extents, uint64_t index,
	struct catalog_extent *extent, struct catalog_chunk *chunk, struct error *error)
{
	if (index >= extents)
		return 0;
	struct query last = query_begin(catalog, SQL_EXTENT_LAST, error);
	query_int(&last, 1, version_id);
	bool dense = query_step(&last) == 1 && (uint64_t)query_get_int(&last, 0) == extents - 1;
	if (query_end(&last) < 0)
		return -1;
	uint64_t position = index;
	if (!dense) {
		/* Only counting tells which one it is. */
		struct query nth = query_begin(catalog, SQL_EXTENT_NTH, error);
		query_int(&nth, 1, version_id);
		query_int(&nth, 2, (int64_t)index);
		int found = query_step(&nth);
		if (found == 1)
			position = (uint64_t)query_get_int(&nth, 0);
		if (query_end(&nth) < 0 || found != 1)
			return found == 0 ? 0 : -1;
	}
	return catalog_extents(catalog, version_id, position, extent, chunk, 1, error);
}

int catalog_name_version(struct catalog *catalog, int64_t version_id, char *name, uint64_t *number,
	bool *current, struct error *error)
{
	struct query query = query_begin(catalog, SQL_VERSION_NAME, error);
	query_int(&query, 1, version_id);
	int found = query_step(&query);
	if (found == 1) {
		query_get_text(&query, 0, name, STORE_NAME_MAX + 2);
		*number = (uint64_t)query_get_int(&query, 1);
		*current = query_get_int(&query, 2) != 0;
	}
	return query_end(&query) < 0 ? -1 : found;
}

int catalog_sample_users(struct catalog *catalog, int64_t copyset, unsigned limit, catalog_user_visit *visit,
	void *context, struct error *error)
{
	struct query query = query_begin(catalog, SQL_COPYSET_SAMPLE, error);
	query_int(&query, 1, copyset);
	query_int(&query, 2, limit);
	int visited = 0;
	while (visited == 0 && query_step(&query) == 1) {
		char name[STORE_NAME_MAX + 2];
		query_get_text(&query, 0, name, sizeof(name));
		visited = visit(context, name, (uint64_t)query_get_int(&query, 1),
			query_get_int(&query, 2) != 0, error);
	}
	return end_walk(&query, visited);
}

/* ---- history ---- */

int catalog_new_bytes(
	struct catalog *catalog, int64_t version_id, int64_t before, uint64_t *bytes, struct error *error)
{
	struct query query = query_begin(catalog, SQL_NEW_BYTES, error);
	query_int(&query, 1, version_id);
	query_int(&query, 2, before);
	if (query_step(&query) == 1)
		*bytes = (uint64_t)query_get_int(&query, 0);
	return query_end(&query);
}

int catalog_each_snapshot_down(struct catalog *catalog, size_t limit, catalog_snapshot_visit *visit,
	void *context, struct error *error)
{
	struct query query = query_begin(catalog, SQL_SNAPSHOT_DOWN, error);
	query_int(&query, 1, (int64_t)limit);
	int visited = 0;
	while (visited == 0 && query_step(&query) == 1) {
		struct catalog_snapshot snapshot;
		query_get_snapshot(&query, &snapshot);
		visited = visit(context, &snapshot, error);
	}
	return end_walk(&query, visited);
}

int catalog_each_differing(struct catalog *catalog, int64_t before, int64_t after,
	catalog_differing_visit *visit, void *context, struct error *error)
{
	struct query query = query_begin(catalog, SQL_DIFFERING_EACH, error);
	query_int(&query, 1, before == CATALOG_NOW ? INT64_MAX : before);
	query_int(&query, 2, after == CATALOG_NOW ? INT64_MAX : after);
	int visited = 0;
	while (visited == 0 && query_step(&query) == 1) {
		struct catalog_differing version = {
			.name = get_bytes(&query, 0),
			.file = query_get_int(&query, 1),
			.after = query_get_int(&query, 2) != 0,
			.number = (uint64_t)query_get_int(&query, 3),
			.kind = (enum entry_kind)query_get_int(&query, 4),
			.size = (uint64_t)query_get_int(&query, 5),
			.mode = (unsigned)query_get_int(&query, 6),
			.mtime_ns = query_get_int(&query, 7),
		};
		query_get_digest(&query, 8, &version.digest);
		visited = visit(context, &version, error);
	}
	return end_walk(&query, visited);
}

/* ---- events ---- */

int catalog_each_event_down(struct catalog *catalog, int64_t before, enum event_severity least,
	const char *node, catalog_event_look *look, void *context, struct error *error)
{
	struct query query = query_begin(catalog, SQL_EVENT_DOWN, error);
	query_int(&query, 1, before);
	query_int(&query, 2, least);
	query_text(&query, 3, node);
	int visited = 0;
	while (visited == 0 && query_step(&query) == 1) {
		const struct catalog_event event = {
			.id = query_get_int(&query, 0),
			.time_ms = query_get_int(&query, 1),
			.severity = (enum event_severity)query_get_int(&query, 2),
			.code = get_bytes(&query, 3),
			.node = get_bytes(&query, 4),
			.text = get_bytes(&query, 5),
			.trigger = get_bytes(&query, 6),
			.source = get_bytes(&query, 7),
			.target = get_bytes(&query, 8),
			.result = get_bytes(&query, 9),
			.chunks = (uint64_t)query_get_int(&query, 10),
			.bytes = (uint64_t)query_get_int(&query, 11),
			.duration_ms = query_get_int(&query, 12),
		};
		visited = look(context, &event, error);
	}
	return end_walk(&query, visited);
}

int catalog_recent_repairs(
	struct catalog *catalog, int count, uint64_t *bytes, int64_t *duration_ms, struct error *error)
{
	*bytes = 0;
	*duration_ms = 0;
	struct query query = query_begin(catalog, SQL_EVENT_REPAIRS, error);
	query_int(&query, 1, count);
	while (query_step(&query) == 1) {
		*bytes += (uint64_t)query_get_int(&query, 0);
		*duration_ms += query_get_int(&query, 1);
	}
	return query_end(&query);
}
