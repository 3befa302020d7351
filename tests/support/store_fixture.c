#include "tests/support/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

static const char default_settings[] =
	"chunk: {size: 64KiB}\nreplication_factor: 2\nmin_replicas: 1\nworkers: 4\n";

const char *store_fixture_config(struct store_fixture *fixture)
{
	return scratch_path(&fixture->scratch, "config.yaml");
}

void store_fixture_add_to_config(struct store_fixture *fixture, const char *lines)
{
	FILE *config = fopen(store_fixture_config(fixture), "a");
	assert_non_null(config);
	fputs(lines, config);
	assert_int_equal(fclose(config), 0);
}

static void open_store(struct store_fixture *fixture)
{
	if (store_open_in(
		    &fixture->mock.env, store_fixture_config(fixture), &fixture->store, &fixture->error) < 0)
		fail_msg("the store does not open: %s", fixture->error.message);
}

void store_fixture_make(struct store_fixture *fixture, unsigned nodes, const char *settings)
{
	memset(fixture, 0, sizeof(*fixture));
	assert_true(nodes <= FIXTURE_NODES_MAX);
	scratch_make(&fixture->scratch);
	env_mock_init(&fixture->mock);
	FILE *config = fopen(store_fixture_config(fixture), "w");
	assert_non_null(config);
	fprintf(config, "store: nodes\n%snodes:\n", settings ? settings : default_settings);
	for (unsigned i = 1; i <= nodes; i++) {
		fprintf(config, "  - {name: node-%u, path: node-%u, zone: z%u}\n", i, i, i);
		char node[32];
		snprintf(node, sizeof(node), "nodes/node-%u", i);
		strcpy(fixture->node_paths[i - 1], scratch_path(&fixture->scratch, node));
	}
	assert_int_equal(fclose(config), 0);
	if (store_init(store_fixture_config(fixture), NULL, NULL, &fixture->error) < 0)
		fail_msg("the store is not made: %s", fixture->error.message);
	open_store(fixture);
}

void store_fixture_remove(struct store_fixture *fixture)
{
	store_close(fixture->store);
	env_mock_release(&fixture->mock);
	scratch_remove(&fixture->scratch);
}

void store_fixture_fail_node(struct store_fixture *fixture, unsigned node, bool failed)
{
	bool changed;
	const char *name = fixture->store->nodes[node - 1].name;
	int result = failed ? store_node_fail(fixture->store, name, &changed, &fixture->error)
			    : store_node_recover(fixture->store, name, &changed, &fixture->error);
	if (result < 0)
		fail_msg("%s: %s", name, fixture->error.message);
}

void store_fixture_lose_catalog(struct store_fixture *fixture)
{
	char command[1024];
	store_close(fixture->store);
	fixture->store = NULL;
	snprintf(command, sizeof(command), "rm '%s/catalog.db'*", scratch_path(&fixture->scratch, "nodes"));
	assert_int_equal(system(command), 0);
}

void store_fixture_reopen(struct store_fixture *fixture)
{
	store_close(fixture->store);
	fixture->store = NULL;
	open_store(fixture);
}

/* ---- storing and fetching ---- */

static void note_entry(struct store_fixture *fixture, const struct entry *entry)
{
	fixture->last.version = entry->version;
	fixture->last.size = entry->size_bytes;
	fixture->last.chunks = entry->chunks;
	fixture->last.new_chunks = entry->new_chunks;
	fixture->last.replication_factor = entry->replication_factor;
	memcpy(fixture->last.sha256, entry->sha256, sizeof(entry->sha256));
}

static void note_stored(void *context, const struct entry *entry)
{
	struct store_fixture *fixture = context;
	fixture->stored++;
	if (entry->kind == ENTRY_FILE)
		note_entry(fixture, entry);
}

static void note_skipped(void *context, const struct error *message)
{
	struct store_fixture *fixture = context;
	fixture->skipped++;
	fixture->failure = *message;
}

static void note_warned(void *context, const struct error *message)
{
	struct store_fixture *fixture = context;
	fixture->warned++;
	fixture->failure = *message;
}

static void note_failed(void *context, const struct error *message)
{
	struct store_fixture *fixture = context;
	fixture->failed++;
	fixture->failure = *message;
}

int store_fixture_try_put(
	struct store_fixture *fixture, const char *path, const char *name, unsigned replication_factor)
{
	const char *paths[] = {strcmp(path, "-") == 0 ? path : scratch_path(&fixture->scratch, path)};
	struct put_options options = {
		.name = name,
		.replication_factor = replication_factor,
		.stored = note_stored,
		.skipped = note_skipped,
		.warned = note_warned,
		.failed = note_failed,
		.context = fixture,
	};
	fixture->stored = fixture->skipped = fixture->warned = fixture->failed = 0;
	return store_put(fixture->store, paths, 1, &options, &fixture->error);
}

void store_fixture_put(struct store_fixture *fixture, const char *path, const char *name)
{
	if (store_fixture_try_put(fixture, path, name, 0) < 0)
		fail_msg("%s is not stored: %s (%s)", path, fixture->error.message, fixture->failure.message);
}

int store_fixture_try_get(struct store_fixture *fixture, const char *name)
{
	struct get_options options = {.output = scratch_path(&fixture->scratch, "out")};
	return store_get(fixture->store, name, &options, &fixture->error);
}

void store_fixture_expect(struct store_fixture *fixture, const char *name, size_t size, uint64_t seed)
{
	unlink(scratch_path(&fixture->scratch, "out"));
	if (store_fixture_try_get(fixture, name) < 0)
		fail_msg("'%s' is not fetched: %s", name, fixture->error.message);
	scratch_expect_seeded(&fixture->scratch, "out", size, seed);
}

static void note_listed(void *context, const struct entry *entry)
{
	struct store_fixture *fixture = context;
	fixture->listed++;
	note_entry(fixture, entry);
	size_t length = strlen(fixture->names);
	snprintf(fixture->names + length, sizeof(fixture->names) - length, "%s\n", entry->name);
}

int store_fixture_list(struct store_fixture *fixture, const char *prefix)
{
	fixture->names[0] = '\0';
	fixture->listed = 0;
	return store_list(fixture->store, prefix, NULL, note_listed, fixture, &fixture->error);
}

/* ---- behind the engine's back ---- */

static sqlite3 *open_catalog(struct store_fixture *fixture)
{
	sqlite3 *db;
	assert_int_equal(sqlite3_open(scratch_path(&fixture->scratch, "nodes/catalog.db"), &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	return db;
}

int64_t store_fixture_sql(struct store_fixture *fixture, const char *sql)
{
	sqlite3 *db = open_catalog(fixture);
	sqlite3_stmt *statement;
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	int result = sqlite3_step(statement);
	int64_t answer = result == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
	if (result != SQLITE_ROW && result != SQLITE_DONE)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return answer;
}

void store_fixture_check_counters(struct store_fixture *fixture)
{
	assert_int_equal(
		store_fixture_sql(fixture,
			"SELECT count(*) FROM copyset s WHERE s.chunks <> (SELECT count(*) FROM chunk c "
			"WHERE c.copyset = s.id)"
			" OR s.bytes <> (SELECT coalesce(sum(size), 0) FROM chunk c WHERE c.copyset = s.id)"),
		0);
	assert_int_equal(store_fixture_sql(fixture,
				 "SELECT count(*) FROM chunk c LEFT JOIN copyset s ON s.id = c.copyset"
				 " WHERE s.id IS NULL"),
		0);
	assert_int_equal(store_fixture_sql(fixture, "SELECT (SELECT count(*) FROM file f JOIN version v ON "
						    "v.id = f.head WHERE v.kind <> 2) - files"
						    " FROM state"),
		0);
	assert_int_equal(
		store_fixture_sql(fixture,
			"SELECT (SELECT coalesce(sum(v.size), 0) FROM file f"
			" JOIN version v ON v.id = f.head WHERE v.kind <> 2) - logical_bytes FROM state"),
		0);
	assert_int_equal(
		store_fixture_sql(fixture, "SELECT count(*) FROM file f LEFT JOIN version v ON v.id = f.head"
					   " WHERE f.head IS NOT NULL AND (v.id IS NULL OR v.file <> f.id)"),
		0);
}

static void chunk_name(const uint8_t *digest, unsigned node, char out[160])
{
	struct digest copy;
	char hex[DIGEST_HEX_SIZE];
	memcpy(copy.bytes, digest, DIGEST_BYTES);
	digest_hex(&copy, hex);
	snprintf(out, 160, "nodes/node-%u/chunks/%.2s/%s", node, hex, hex);
}

void store_fixture_check_replicas(struct store_fixture *fixture)
{
	sqlite3 *db = open_catalog(fixture);
	sqlite3_stmt *statement;
	size_t expected = 0;
	assert_int_equal(sqlite3_prepare_v2(db,
				 "SELECT c.sha256, s.nodes FROM chunk c JOIN copyset s ON s.id = c.copyset",
				 -1, &statement, NULL),
		SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		const uint8_t *digest = sqlite3_column_blob(statement, 0),
			      *nodes = sqlite3_column_blob(statement, 1);
		for (int i = 0; i + 1 < sqlite3_column_bytes(statement, 1); i += 2) {
			char path[160];
			size_t size;
			chunk_name(digest, (unsigned)(nodes[i] << 8 | nodes[i + 1]), path);
			uint8_t *data = scratch_read(&fixture->scratch, path, &size);
			struct digest found = digest_of(data, size);
			free(data);
			assert_memory_equal(found.bytes, digest, DIGEST_BYTES);
			expected++;
		}
	}
	sqlite3_finalize(statement);
	sqlite3_close(db);
	assert_int_equal(store_fixture_chunk_files(fixture), expected);
}

size_t store_fixture_chunk_files(struct store_fixture *fixture)
{
	size_t files = 0;
	for (unsigned i = 1; i <= fixture->store->node_count; i++) {
		char path[64];
		snprintf(path, sizeof(path), "nodes/node-%u/chunks", i);
		files += scratch_count(&fixture->scratch, path);
	}
	return files;
}

bool store_fixture_chunk_path(struct store_fixture *fixture, unsigned node, char out[160])
{
	sqlite3 *db = open_catalog(fixture);
	sqlite3_stmt *statement;
	bool found = false;
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT sha256 FROM chunk ORDER BY id", -1, &statement, NULL),
		SQLITE_OK);
	while (!found && sqlite3_step(statement) == SQLITE_ROW) {
		chunk_name(sqlite3_column_blob(statement, 0), node, out);
		found = scratch_exists(&fixture->scratch, out);
	}
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return found;
}
