/*
 * catalog_query.c: one statement in use, from its parameters to its rows, and how SQLite's errors become sentences.
 */
#include "engine/catalog_private.h"

#include <string.h>

int catalog_error(struct catalog *catalog, int result, struct error *error)
{
	enum error_code code = ERROR_IO;
	const char *advice = "";
	switch (result & 0xff) {
	case SQLITE_FULL:
		code = ERROR_NO_SPACE;
		advice = "; make room on the disk that holds it";
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		code = ERROR_DAMAGED;
		advice = "; 'linckia rebuild' makes it anew from the nodes";
		break;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		code = ERROR_BUSY;
		advice = "; another program holds it";
		break;
	case SQLITE_PROTOCOL:
		advice = "; it cannot be locked: its file system must support locks";
		break;
	case SQLITE_NOMEM:
		code = ERROR_MEMORY;
		break;
	case SQLITE_INTERRUPT:
		code = ERROR_CANCELLED;
		break;
	case SQLITE_READONLY:
	case SQLITE_PERM:
		advice = "; it must be writable for you, and so must its folder";
		break;
	default:
		break;
	}
	/* What SQLite last said may be about something else: a row that it gave may be refused here. */
	bool told = catalog->db && (sqlite3_errcode(catalog->db) & 0xff) == (result & 0xff) &&
		    strcmp(sqlite3_errmsg(catalog->db), sqlite3_errstr(result)) != 0;
	return error_set(error, code, "the catalog %s: %s%s%s%s%s", catalog->path,
		told ? sqlite3_errmsg(catalog->db) : sqlite3_errstr(result), told ? " (" : "",
		told ? sqlite3_errstr(result) : "", told ? ")" : "", advice);
}

struct query query_begin(struct catalog *catalog, enum statement statement, struct error *error)
{
	struct query query = {.catalog = catalog, .error = error};
	pthread_mutex_lock(&catalog->mutex);
	sqlite3_stmt **slot = &catalog->statements[statement];
	if (!catalog->db)
		query.result = SQLITE_CANTOPEN;
	else if (!*slot)
		query.result = sqlite3_prepare_v3(
			catalog->db, catalog_sql[statement], -1, SQLITE_PREPARE_PERSISTENT, slot, NULL);
	query.statement = *slot;
	return query;
}

static void query_note(struct query *query, int result)
{
	if (query->result == SQLITE_OK && result != SQLITE_OK)
		query->result = result;
}

void query_refuse(struct query *query)
{
	query_note(query, SQLITE_CORRUPT);
}

void query_require_progress(struct query *query, bool is_further)
{
	if (!is_further)
		query_refuse(query);
}

void query_int(struct query *query, int index, int64_t value)
{
	if (query->statement)
		query_note(query, sqlite3_bind_int64(query->statement, index, value));
}

void query_real(struct query *query, int index, double value)
{
	if (query->statement)
		query_note(query, sqlite3_bind_double(query->statement, index, value));
}

void query_text(struct query *query, int index, const char *text)
{
	if (query->statement)
		query_note(query, sqlite3_bind_text(query->statement, index, text, -1, SQLITE_STATIC));
}

void query_blob(struct query *query, int index, const void *data, size_t size)
{
	if (query->statement)
		query_note(query, sqlite3_bind_blob64(query->statement, index, data, size, SQLITE_STATIC));
}

void query_null(struct query *query, int index)
{
	if (query->statement)
		query_note(query, sqlite3_bind_null(query->statement, index));
}

void query_below(struct query *query, int index, const char *name)
{
	if (name)
		query_blob(query, index, name, strlen(name));
	else
		query_blob(query, index, query->catalog->highest_name, sizeof(query->catalog->highest_name));
}

int query_step(struct query *query)
{
	if (query->result != SQLITE_OK)
		return -1;
	int result = sqlite3_step(query->statement);
	if (result == SQLITE_ROW)
		return 1;
	if (result == SQLITE_DONE)
		return 0;
	query->result = result;
	return -1;
}

int64_t query_get_int(struct query *query, int column)
{
	return sqlite3_column_int64(query->statement, column);
}

double query_get_real(struct query *query, int column)
{
	return sqlite3_column_double(query->statement, column);
}

void query_get_text(struct query *query, int column, char *out, size_t size)
{
	const void *text = sqlite3_column_blob(query->statement, column);
	size_t length = (size_t)sqlite3_column_bytes(query->statement, column);
	if (length > size - 1)
		length = size - 1;
	if (length)
		memcpy(out, text, length);
	out[length] = '\0';
}

int query_end(struct query *query)
{
	int result =
		query->result == SQLITE_OK ? 0 : catalog_error(query->catalog, query->result, query->error);
	if (query->statement) {
		sqlite3_reset(query->statement);
		sqlite3_clear_bindings(query->statement);
	}
	pthread_mutex_unlock(&query->catalog->mutex);
	return result;
}

int query_run(struct query *query)
{
	query_step(query);
	return query_end(query);
}

int query_run_one(struct query *query)
{
	struct catalog *catalog = query->catalog;
	struct error *error = query->error;
	bool stepped = query_step(query) == 0;
	int changed = stepped ? sqlite3_changes(catalog->db) : 0;
	if (query_end(query) < 0)
		return -1;
	if (changed != 1)
		return error_set(error, ERROR_DAMAGED,
			"the catalog %s is damaged: a row that must be there is not", catalog->path);
	return 0;
}

int64_t query_get_died(struct query *query, int column)
{
	bool current = sqlite3_column_type(query->statement, column) == SQLITE_NULL;
	return current ? INT64_MAX : query_get_int(query, column);
}

unsigned copyset_want(int64_t wanted)
{
	if (wanted < 1)
		return 1;
	return wanted < STORE_REPLICATION_MAX ? (unsigned)wanted : STORE_REPLICATION_MAX;
}

unsigned copyset_nodes(const uint8_t *bytes, size_t size, uint16_t nodes[COPYSET_MAX])
{
	unsigned count = 0;
	for (size_t i = 0; i + 1 < size && count < COPYSET_MAX; i += 2) {
		uint16_t id = (uint16_t)(bytes[i] << 8 | bytes[i + 1]);
		if (id > (count > 0 ? nodes[count - 1] : 0))
			nodes[count++] = id;
	}
	return count;
}

void query_get_copyset(struct query *query, int column, unsigned *want, uint16_t *nodes, unsigned *count)
{
	*want = copyset_want(query_get_int(query, column));
	const uint8_t *bytes = sqlite3_column_blob(query->statement, column + 1);
	*count = copyset_nodes(bytes, (size_t)sqlite3_column_bytes(query->statement, column + 1), nodes);
}

void query_get_digest(struct query *query, int column, struct digest *digest)
{
	memset(digest, 0, sizeof(*digest));
	if (sqlite3_column_bytes(query->statement, column) == DIGEST_BYTES)
		memcpy(digest->bytes, sqlite3_column_blob(query->statement, column), DIGEST_BYTES);
}
