#include "tests/tools/walk.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/must.h"

static void open_catalog(const char *store)
{
	char *path = text("%s/catalog.db", store);
	if (sqlite3_open_v2(path, &walk.database, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		die("%s: %s", path, sqlite3_errmsg(walk.database));
	sqlite3_busy_timeout(walk.database, 10000);
	/* Otherwise closing the last connection would write the log into the catalog. */
	if (sqlite3_db_config(walk.database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) != SQLITE_OK ||
		sqlite3_exec(walk.database, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
		die("%s: %s", path, sqlite3_errmsg(walk.database));
	free(path);
}

sqlite3_stmt *catalog_query(const char *sql)
{
	sqlite3_stmt *statement;
	if (sqlite3_prepare_v2(walk.database, sql, -1, &statement, NULL) != SQLITE_OK)
		die("the catalog does not answer '%s': %s", sql, sqlite3_errmsg(walk.database));
	return statement;
}

bool catalog_row(sqlite3_stmt *statement)
{
	int result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		return true;
	if (result != SQLITE_DONE)
		die("the catalog cannot be read: %s", sqlite3_errmsg(walk.database));
	sqlite3_reset(statement);
	return false;
}

void catalog_digest(unsigned char digest[DIGEST], sqlite3_stmt *statement, int column)
{
	if (sqlite3_column_bytes(statement, column) != DIGEST)
		die("the catalog has a digest of %d bytes", sqlite3_column_bytes(statement, column));
	memcpy(digest, sqlite3_column_blob(statement, column), DIGEST);
}

static void read_nodes(void)
{
	sqlite3_stmt *statement = catalog_query("SELECT id, name, uuid FROM node ORDER BY id");
	while (catalog_row(statement)) {
		walk.nodes = must_grow(walk.nodes, walk.node_count + 1, sizeof(*walk.nodes));
		walk.nodes[walk.node_count++] = (struct node){
			.id = sqlite3_column_int64(statement, 0),
			.name = text("%s", (const char *)sqlite3_column_text(statement, 1)),
			.uuid = text("%s", (const char *)sqlite3_column_text(statement, 2)),
		};
	}
	sqlite3_finalize(statement);
}

static void read_copysets(void)
{
	sqlite3_stmt *statement = catalog_query("SELECT id, want, nodes FROM copyset ORDER BY id");
	while (catalog_row(statement)) {
		walk.copysets = must_grow(walk.copysets, walk.copyset_count + 1, sizeof(*walk.copysets));
		struct copyset *copyset = &walk.copysets[walk.copyset_count++];
		*copyset = (struct copyset){
			.id = sqlite3_column_int64(statement, 0),
			.want = sqlite3_column_int(statement, 1),
			.count = sqlite3_column_bytes(statement, 2) / 2,
		};
		const unsigned char *ids = sqlite3_column_blob(statement, 2);
		if (copyset->count > PLACES_MAX || sqlite3_column_bytes(statement, 2) % 2)
			die("copyset %lld has %d bytes of nodes", (long long)copyset->id,
				sqlite3_column_bytes(statement, 2));
		for (int i = 0; i < copyset->count; i++)
			copyset->nodes[i] = ids[2 * i] << 8 | ids[2 * i + 1];
	}
	sqlite3_finalize(statement);
}

static int by_id(const void *a, const void *b)
{
	int64_t first = ((const struct copyset *)a)->id, second = ((const struct copyset *)b)->id;
	return (first > second) - (first < second);
}

static int by_digest(const void *a, const void *b)
{
	return memcmp(((const struct chunk *)a)->digest, ((const struct chunk *)b)->digest, DIGEST);
}

static void read_chunks(void)
{
	sqlite3_stmt *statement = catalog_query("SELECT sha256, size, copyset FROM chunk ORDER BY sha256");
	size_t room = 0;
	while (catalog_row(statement)) {
		if (walk.chunk_count == room)
			walk.chunks = must_grow(walk.chunks, room = 2 * room + 1024, sizeof(*walk.chunks));
		struct chunk *chunk = &walk.chunks[walk.chunk_count++];
		struct copyset key = {.id = sqlite3_column_int64(statement, 2)};
		*chunk = (struct chunk){.size = sqlite3_column_int64(statement, 1)};
		catalog_digest(chunk->digest, statement, 0);
		chunk->copyset = bsearch(&key, walk.copysets, walk.copyset_count, sizeof(key), by_id);
		if (!chunk->copyset)
			die("a chunk has the copyset %lld, which there is not", (long long)key.id);
		if (walk.chunk_count > 1 && by_digest(chunk - 1, chunk) == 0)
			die("the catalog has a chunk twice");
	}
	sqlite3_finalize(statement);
}

struct chunk *find_chunk(const unsigned char digest[DIGEST])
{
	struct chunk key;
	memcpy(key.digest, digest, DIGEST);
	return walk.chunk_count ? bsearch(&key, walk.chunks, walk.chunk_count, sizeof(key), by_digest) : NULL;
}

struct node *find_node(int64_t id)
{
	for (size_t i = 0; i < walk.node_count; i++)
		if (walk.nodes[i].id == id)
			return &walk.nodes[i];
	return NULL;
}

void catalog_read(const char *store)
{
	open_catalog(store);
	read_nodes();
	read_copysets();
	read_chunks();
}
