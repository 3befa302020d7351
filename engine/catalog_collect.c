#include "engine/catalog_collect.h"

#include <assert.h>
#include <stdlib.h>

#include "engine/catalog_private.h"

enum { RELEASE_MAX = 1024 };

static int64_t now_ms(const struct catalog *catalog)
{
	return catalog->env->time->wall_ms(catalog->env->time);
}

/* ---- versions ---- */

static void get_ended(struct query *query, struct catalog_ended *ended)
{
	ended->id = query_get_int(query, 0);
	ended->number = (uint64_t)query_get_int(query, 1);
	ended->kind = (enum entry_kind)query_get_int(query, 2);
	ended->size = (uint64_t)query_get_int(query, 3);
	ended->facts.died_ms = query_get_int(query, 4);
	ended->facts.removed = query_get_int(query, 5) != 0;
	query_get_text(query, 6, ended->name, sizeof(ended->name));
	ended->facts.held = query_get_int(query, 7) != 0;
	ended->facts.newer = (uint64_t)query_get_int(query, 8);
}

int catalog_page_ended(struct catalog *catalog, struct catalog_ended_cursor *cursor, int64_t horizon_ms,
	uint64_t count_max, struct catalog_ended *page, int limit, struct error *error)
{
	struct query query = query_begin(catalog, SQL_ENDED_PAGE, error);
	query_int(&query, 1, cursor->died_ms);
	query_int(&query, 2, cursor->id);
	query_int(&query, 3, (int64_t)count_max);
	query_int(&query, 4, horizon_ms);
	query_int(&query, 5, limit);
	int count = 0;
	while (count < limit && query_step(&query) == 1) {
		get_ended(&query, &page[count]);
		int64_t died_ms = page[count].facts.died_ms, id = page[count].id;
		query_require_progress(
			&query, died_ms > cursor->died_ms || (died_ms == cursor->died_ms && id > cursor->id));
		*cursor = (struct catalog_ended_cursor){died_ms, id};
		count++;
	}
	return query_end(&query) < 0 ? -1 : count;
}

int catalog_get_ended(struct catalog *catalog, int64_t id, uint64_t count_max, struct catalog_ended *ended,
	struct error *error)
{
	struct query query = query_begin(catalog, SQL_ENDED_GET, error);
	query_int(&query, 1, id);
	query_int(&query, 3, (int64_t)count_max);
	int found = query_step(&query);
	if (found == 1)
		get_ended(&query, ended);
	return query_end(&query) < 0 ? -1 : found;
}

static int sweep_file(struct catalog *catalog, int64_t file, struct error *error)
{
	struct query query = query_begin(catalog, SQL_FILE_SWEEP, error);
	query_int(&query, 1, file);
	return query_run(&query);
}

/* The row of the version's name, and whether the version is a folder. */
static int find_version(struct catalog *catalog, int64_t id, int64_t *file, bool *folder, struct error *error)
{
	struct query query = query_begin(catalog, SQL_VERSION_GET, error);
	query_int(&query, 1, id);
	int found = query_step(&query);
	*folder = found == 1 && query_get_int(&query, 0) == ENTRY_FOLDER;
	*file = found == 1 ? query_get_int(&query, 2) : 0;
	return query_end(&query) < 0 ? -1 : found;
}

int catalog_collect_version(struct catalog *catalog, int64_t id, struct error *error)
{
	assert(catalog->writing);
	int64_t file;
	bool folder;
	int found = find_version(catalog, id, &file, &folder, error);
	if (found <= 0)
		return found;
	struct query query = query_begin(catalog, SQL_VERSION_COLLECT, error);
	query_int(&query, 1, id);
	query_int(&query, 2, now_ms(catalog));
	if (query_run(&query) < 0)
		return -1;
	if (sqlite3_changes(catalog->db) == 0)
		return 0;
	facts_collected(catalog, id);
	if (!folder)
		catalog->state.versions--;
	return sweep_file(catalog, file, error) < 0 ? -1 : 1;
}

int catalog_page_unfinished(struct catalog *catalog, int64_t *ids, int limit, struct error *error)
{
	struct query query = query_begin(catalog, SQL_UNFINISHED_PAGE, error);
	query_int(&query, 1, limit);
	int count = 0;
	while (count < limit && query_step(&query) == 1)
		ids[count++] = query_get_int(&query, 0);
	return query_end(&query) < 0 ? -1 : count;
}

int catalog_next_dead(struct catalog *catalog, int64_t before_ms, int64_t *id, struct error *error)
{
	struct query query = query_begin(catalog, SQL_DEAD_NEXT, error);
	query_int(&query, 1, before_ms);
	int found = query_step(&query);
	if (found == 1)
		*id = query_get_int(&query, 0);
	return query_end(&query) < 0 ? -1 : found;
}

/* ---- extents ---- */

/* Whether the statement, given the chunk and a number, finds a row. */
static int asks_of_chunk(struct catalog *catalog, enum statement statement, int64_t chunk, unsigned number,
	struct error *error)
{
	struct query query = query_begin(catalog, statement, error);
	query_int(&query, 1, chunk);
	if (number)
		query_int(&query, 2, number);
	int found = query_step(&query);
	return query_end(&query) < 0 ? -1 : found;
}

int catalog_add_unused(struct catalog *catalog, int64_t chunk, struct error *error)
{
	assert(catalog->writing);
	struct query query = query_begin(catalog, SQL_UNUSED_ADD, error);
	query_int(&query, 1, chunk);
	query_int(&query, 2, now_ms(catalog));
	return query_run(&query);
}

/*
 * As many users may share a chunk, they are gone through only when none of the first ones wants what the chunk has.
 */
static int lower_want(struct catalog *catalog, int64_t id, struct error *error)
{
	struct catalog_chunk chunk;
	unsigned want = 0;
	if (catalog_require_chunk(catalog, id, &chunk, error) < 0)
		return -1;
	int wanted = asks_of_chunk(catalog, SQL_CHUNK_IS_WANTED, id, chunk.want, error);
	if (wanted != 0)
		return wanted < 0 ? -1 : 0;
	struct query query = query_begin(catalog, SQL_CHUNK_WANT, error);
	query_int(&query, 1, id);
	if (query_step(&query) == 1)
		want = (unsigned)query_get_int(&query, 0);
	if (query_end(&query) < 0)
		return -1;
	/* Users that are dead too want none; what they leave waits as it is until the last of them goes. */
	if (want == 0)
		return 0;
	chunk.want = want;
	return catalog_place_chunk(catalog, &chunk, error);
}

static int settle_chunk(struct catalog *catalog, int64_t chunk, struct error *error)
{
	int used = asks_of_chunk(catalog, SQL_CHUNK_IS_USED, chunk, 0, error);
	if (used < 0)
		return -1;
	return used ? lower_want(catalog, chunk, error) : catalog_add_unused(catalog, chunk, error);
}

static int compare_ids(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
	return (left > right) - (left < right);
}

/* Removes up to `limit` extents and says of which chunks they were. Returns how many, or -1. */
static int take_extents(
	struct catalog *catalog, int64_t version_id, int64_t *chunks, int limit, struct error *error)
{
	int64_t last = 0;
	int count = 0;
	struct query query = query_begin(catalog, SQL_DEAD_EXTENTS, error);
	query_int(&query, 1, version_id);
	query_int(&query, 2, limit);
	while (count < limit && query_step(&query) == 1) {
		last = query_get_int(&query, 0);
		chunks[count++] = query_get_int(&query, 1);
	}
	if (query_end(&query) < 0)
		return -1;
	if (count == 0)
		return 0;
	struct query remove = query_begin(catalog, SQL_DEAD_EXTENTS_REMOVE, error);
	query_int(&remove, 1, version_id);
	query_int(&remove, 2, last);
	return query_run(&remove) < 0 ? -1 : count;
}

int catalog_release_extents(
	struct catalog *catalog, int64_t version_id, int limit, bool *more, struct error *error)
{
	int64_t chunks[RELEASE_MAX];
	assert(catalog->writing && limit > 0);
	if (limit > RELEASE_MAX)
		limit = RELEASE_MAX;
	int count = take_extents(catalog, version_id, chunks, limit, error);
	if (count < 0)
		return -1;
	qsort(chunks, (size_t)count, sizeof(*chunks), compare_ids);
	for (int i = 0; i < count; i++)
		if ((i == 0 || chunks[i] != chunks[i - 1]) && settle_chunk(catalog, chunks[i], error) < 0)
			return -1;
	*more = count == limit;
	if (*more)
		return 0;
	struct query query = query_begin(catalog, SQL_DEAD_REMOVE, error);
	query_int(&query, 1, version_id);
	return query_run(&query);
}

/* ---- chunks ---- */

static int page_chunks(struct query *query, int64_t *chunks, int limit)
{
	int count = 0;
	while (count < limit && query_step(query) == 1)
		chunks[count++] = query_get_int(query, 0);
	return query_end(query) < 0 ? -1 : count;
}

int catalog_page_unused(
	struct catalog *catalog, int64_t before_ms, int64_t *chunks, int limit, struct error *error)
{
	struct query query = query_begin(catalog, SQL_UNUSED_PAGE, error);
	query_int(&query, 1, before_ms);
	query_int(&query, 2, limit);
	return page_chunks(&query, chunks, limit);
}

int catalog_page_orphans(
	struct catalog *catalog, int64_t after, int64_t last, int64_t *chunks, int limit, struct error *error)
{
	struct query query = query_begin(catalog, SQL_CHUNK_ORPHANS, error);
	query_int(&query, 1, after);
	query_int(&query, 2, last);
	return page_chunks(&query, chunks, limit);
}

static int run_with_chunk(struct catalog *catalog, enum statement statement, int64_t id, struct error *error)
{
	struct query query = query_begin(catalog, statement, error);
	query_int(&query, 1, id);
	return query_run(&query);
}

int catalog_collect_chunk(
	struct catalog *catalog, int64_t id, struct catalog_chunk *chunk, struct error *error)
{
	assert(catalog->writing);
	int used = asks_of_chunk(catalog, SQL_CHUNK_IS_USED, id, 0, error);
	if (used < 0 || run_with_chunk(catalog, SQL_UNUSED_REMOVE, id, error) < 0)
		return -1;
	/* Whoever uses it again may want fewer copies than its last user did. */
	if (used)
		return lower_want(catalog, id, error);
	int found = catalog_get_chunk(catalog, id, chunk, error);
	if (found <= 0)
		return found;
	for (unsigned i = 0; i < chunk->node_count; i++)
		if (catalog_add_stray(catalog, chunk->nodes[i], &chunk->digest, error) < 0)
			return -1;
	if (catalog_clear_bad_replicas(catalog, id, error) < 0 ||
		catalog_leave_copyset(catalog, chunk->copyset, chunk->size, error) < 0 ||
		run_with_chunk(catalog, SQL_CHUNK_REMOVE, id, error) < 0)
		return -1;
	return 1;
}

/* ---- looking ahead ---- */

static int run_text(struct catalog *catalog, const char *sql, struct error *error)
{
	int result = sqlite3_exec(catalog->db, sql, NULL, NULL, NULL);
	return result == SQLITE_OK ? 0 : catalog_error(catalog, result, error);
}

int catalog_preview_begin(struct catalog *catalog, struct error *error)
{
	if (run_text(catalog,
		    "CREATE TEMP TABLE IF NOT EXISTS gone_version (id INTEGER PRIMARY KEY);"
		    "CREATE TEMP TABLE IF NOT EXISTS gone_chunk (id INTEGER PRIMARY KEY);"
		    "DELETE FROM temp.gone_version; DELETE FROM temp.gone_chunk;",
		    error) < 0)
		return -1;
	struct query query = query_begin(catalog, SQL_READ_BEGIN, error);
	return query_run(&query);
}

void catalog_preview_end(struct catalog *catalog)
{
	struct error ignored;
	struct query query = query_begin(catalog, SQL_ROLLBACK, &ignored);
	if (query_run(&query) < 0)
		(void)0; /* the connection is closed next */
}

int catalog_preview_version(struct catalog *catalog, int64_t id, struct error *error)
{
	return run_with_chunk(catalog, SQL_PREVIEW_VERSION, id, error);
}

int catalog_preview_chunks(struct catalog *catalog, bool alone, int64_t before_ms, struct error *error)
{
	if (!alone) {
		struct query unused = query_begin(catalog, SQL_PREVIEW_UNUSED, error);
		query_int(&unused, 1, before_ms);
		return query_run(&unused);
	}
	struct query dead = query_begin(catalog, SQL_PREVIEW_DEAD, error);
	if (query_run(&dead) < 0)
		return -1;
	struct query released = query_begin(catalog, SQL_PREVIEW_RELEASED, error);
	return query_run(&released);
}

int catalog_preview_each(
	struct catalog *catalog, catalog_chunk_visit *visit, void *context, struct error *error)
{
	struct query query = query_begin(catalog, SQL_PREVIEW_CHUNKS, error);
	int visited = 0;
	while (visited == 0 && query_step(&query) == 1) {
		struct catalog_chunk chunk;
		query_get_chunk(&query, 0, &chunk);
		visited = visit(context, &chunk, error);
	}
	int ended = query_end(&query);
	return visited < 0 ? visited : ended;
}

int catalog_preview_has(struct catalog *catalog, int64_t chunk, struct error *error)
{
	return asks_of_chunk(catalog, SQL_PREVIEW_HAS, chunk, 0, error);
}
