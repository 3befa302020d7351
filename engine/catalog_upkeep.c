/*
 * catalog_upkeep.c: what maintenance keeps in the catalog beside chunks: strays, settings, requests, and the list
 * of what is at risk.
 */
#include "engine/catalog_private.h"

#include <assert.h>
#include <string.h>

enum { REQUESTS_KEPT = 100 };

/* ---- strays ---- */

int catalog_add_stray(
	struct catalog *catalog, uint16_t node, const struct digest *digest, struct error *error)
{
	assert(catalog->writing);
	struct query query = query_begin(catalog, SQL_STRAY_ADD, error);
	query_int(&query, 1, node);
	query_blob(&query, 2, digest->bytes, DIGEST_BYTES);
	return query_run(&query);
}

int catalog_remove_stray(
	struct catalog *catalog, uint16_t node, const struct digest *digest, struct error *error)
{
	assert(catalog->writing);
	struct query query = query_begin(catalog, SQL_STRAY_REMOVE, error);
	query_int(&query, 1, node);
	query_blob(&query, 2, digest->bytes, DIGEST_BYTES);
	return query_run(&query);
}

int catalog_has_stray(
	struct catalog *catalog, uint16_t node, const struct digest *digest, struct error *error)
{
	struct query query = query_begin(catalog, SQL_STRAY_FIND, error);
	query_int(&query, 1, node);
	query_blob(&query, 2, digest->bytes, DIGEST_BYTES);
	int found = query_step(&query);
	return query_end(&query) < 0 ? -1 : found;
}

int catalog_page_strays(struct catalog *catalog, uint16_t node, const struct digest *after,
	struct digest *digests, int limit, struct error *error)
{
	struct query query = query_begin(catalog, SQL_STRAY_PAGE, error);
	query_int(&query, 1, node);
	query_blob(&query, 2, after ? after->bytes : (const uint8_t *)"", after ? DIGEST_BYTES : 0);
	query_int(&query, 3, limit);
	int count = 0;
	while (count < limit && query_step(&query) == 1) {
		query_get_digest(&query, 0, &digests[count]);
		query_require_progress(
			&query, !after || memcmp(digests[count].bytes, after->bytes, DIGEST_BYTES) > 0);
		after = &digests[count++];
	}
	return query_end(&query) < 0 ? -1 : count;
}

/* ---- settings ---- */

int catalog_read_setting(struct catalog *catalog, const char *key, int64_t *value, struct error *error)
{
	struct query query = query_begin(catalog, SQL_META_READ, error);
	query_text(&query, 1, key);
	int found = query_step(&query);
	if (found == 1)
		*value = query_get_int(&query, 0);
	return query_end(&query) < 0 ? -1 : found;
}

int catalog_read_text(struct catalog *catalog, const char *key, char *out, size_t size, struct error *error)
{
	struct query query = query_begin(catalog, SQL_META_READ, error);
	query_text(&query, 1, key);
	int found = query_step(&query);
	if (found == 1)
		query_get_text(&query, 0, out, size);
	return query_end(&query) < 0 ? -1 : found;
}

int catalog_write_setting(struct catalog *catalog, const char *key, int64_t value, struct error *error)
{
	assert(catalog->writing);
	struct query query = query_begin(catalog, SQL_META_WRITE, error);
	query_text(&query, 1, key);
	query_int(&query, 2, value);
	return query_run(&query);
}

int catalog_write_text(struct catalog *catalog, const char *key, const char *text, struct error *error)
{
	assert(catalog->writing);
	struct query query = query_begin(catalog, SQL_META_WRITE, error);
	query_text(&query, 1, key);
	query_text(&query, 2, text);
	return query_run(&query);
}

int catalog_remove_setting(struct catalog *catalog, const char *key, struct error *error)
{
	assert(catalog->writing);
	struct query query = query_begin(catalog, SQL_META_REMOVE, error);
	query_text(&query, 1, key);
	return query_run(&query);
}

/* ---- requests ---- */

static void get_request(struct query *query, struct catalog_request *request)
{
	request->id = query_get_int(query, 0);
	request->kind = (enum pass_kind)query_get_int(query, 1);
	request->node = (uint16_t)query_get_int(query, 2);
	request->bandwidth = query_get_int(query, 3);
	request->done = query_get_int(query, 4) != 0;
	request->pid = query_get_int(query, 5);
	request->chunks = (uint64_t)query_get_int(query, 6);
	request->bytes = (uint64_t)query_get_int(query, 7);
	request->bad = (uint64_t)query_get_int(query, 8);
	request->left = (uint64_t)query_get_int(query, 9);
	request->duration_ms = query_get_int(query, 10);
	query_get_text(query, 11, request->text, sizeof(request->text));
	request->rules.keep_versions = (uint64_t)query_get_int(query, 12);
	request->rules.keep_for_ms = query_get_int(query, 13);
	request->versions = (uint64_t)query_get_int(query, 14);
	request->files = (uint64_t)query_get_int(query, 15);
	request->waiting = (uint64_t)query_get_int(query, 16);
}

int catalog_add_request(struct catalog *catalog, struct catalog_request *request, struct error *error)
{
	assert(catalog->writing);
	struct query add = query_begin(catalog, SQL_REQUEST_ADD, error);
	query_int(&add, 1, request->kind);
	query_int(&add, 2, request->node);
	query_int(&add, 3, request->bandwidth);
	query_int(&add, 4, (int64_t)request->rules.keep_versions);
	query_int(&add, 5, request->rules.keep_for_ms);
	query_int(&add, 6, request->pid);
	if (query_run(&add) < 0)
		return -1;
	request->id = sqlite3_last_insert_rowid(catalog->db);
	struct query trim = query_begin(catalog, SQL_REQUEST_TRIM, error);
	query_int(&trim, 1, request->id - REQUESTS_KEPT);
	return query_run(&trim);
}

int catalog_next_request(
	struct catalog *catalog, enum pass_kind kind, struct catalog_request *request, struct error *error)
{
	struct query query = query_begin(catalog, SQL_REQUEST_NEXT, error);
	query_int(&query, 1, kind);
	int found = query_step(&query);
	if (found == 1)
		get_request(&query, request);
	return query_end(&query) < 0 ? -1 : found;
}

int catalog_get_request(
	struct catalog *catalog, int64_t id, struct catalog_request *request, struct error *error)
{
	struct query query = query_begin(catalog, SQL_REQUEST_GET, error);
	query_int(&query, 1, id);
	int found = query_step(&query);
	if (found == 1)
		get_request(&query, request);
	return query_end(&query) < 0 ? -1 : found;
}

int catalog_finish_request(
	struct catalog *catalog, const struct catalog_request *request, struct error *error)
{
	assert(catalog->writing);
	struct query query = query_begin(catalog, SQL_REQUEST_FINISH, error);
	query_int(&query, 1, request->id);
	query_int(&query, 2, request->pid);
	query_int(&query, 3, (int64_t)request->chunks);
	query_int(&query, 4, (int64_t)request->bytes);
	query_int(&query, 5, (int64_t)request->bad);
	query_int(&query, 6, (int64_t)request->left);
	query_int(&query, 7, request->duration_ms);
	query_text(&query, 8, request->text);
	query_int(&query, 9, (int64_t)request->versions);
	query_int(&query, 10, (int64_t)request->files);
	query_int(&query, 11, (int64_t)request->waiting);
	return query_run(&query);
}

/* ---- risk ---- */

/* The SQL function live_copies(nodes): how many of a copyset's nodes answer. */
static void live_copies(sqlite3_context *context, int count, sqlite3_value **values)
{
	assert(count == 1);
	(void)count;
	const bool *answers = sqlite3_user_data(context);
	uint16_t nodes[COPYSET_MAX];
	const uint8_t *bytes = sqlite3_value_blob(values[0]);
	unsigned held = copyset_nodes(bytes, (size_t)sqlite3_value_bytes(values[0]), nodes);
	int live = 0;
	for (unsigned i = 0; i < held; i++)
		live += answers[nodes[i]];
	sqlite3_result_int(context, live);
}

static int define_live_copies(struct catalog *catalog, const bool *answers, struct error *error)
{
	int result = sqlite3_create_function_v2(catalog->db, "live_copies", 1,
		SQLITE_UTF8 | SQLITE_DETERMINISTIC, (void *)answers, live_copies, NULL, NULL, NULL);
	return result == SQLITE_OK ? 0 : catalog_error(catalog, result, error);
}

int catalog_each_risk(struct catalog *catalog, const bool answers[65536], catalog_risk_visit *visit,
	void *context, struct error *error)
{
	pthread_mutex_lock(&catalog->mutex);
	int result = define_live_copies(catalog, answers, error);
	if (result == 0) {
		struct query query = query_begin(catalog, SQL_RISK, error);
		while (query_step(&query) == 1) {
			char name[STORE_NAME_MAX + 2];
			query_get_text(&query, 0, name, sizeof(name));
			struct risk_file file = {
				.name = name,
				.version = (uint64_t)query_get_int(&query, 1),
				.current = query_get_int(&query, 2) != 0,
				.chunks_at_risk = (uint64_t)query_get_int(&query, 3),
				.worst_live = (unsigned)query_get_int(&query, 4),
				.want = copyset_want(query_get_int(&query, 5)),
			};
			if (file.worst_live < file.want)
				visit(context, &file, query_get_int(&query, 6), query_get_died(&query, 7));
		}
		result = query_end(&query);
	}
	pthread_mutex_unlock(&catalog->mutex);
	return result;
}
