/*
 * The facts of everything that changes a catalog make the same catalog again, and facts that make no sense are
 * refused, never believed.
 */
#include "engine/catalog_regrow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <sqlite3.h>

#include "engine/journal_file.h"
#include "tests/support/one_store.h"

#define SETTINGS "chunk: {size: 64KiB}\nreplication_factor: 2\nmin_replicas: 2\n"

enum { NODES = 4, FACTS_MAX = 256 };

static cJSON *facts[FACTS_MAX]; /* of a copy of the catalog, then of the records since */
static size_t fact_count;

static void make_history(void)
{
	struct store *store = fixture.store;
	struct error *error = &fixture.error;
	struct snapshot snapshot;
	struct restore_result restored;
	uint64_t count;
	bool changed;
	one_store_put("long", 3 * FIXTURE_CHUNK + 5, 1);
	one_store_put("twice", 1000, 2);
	one_store_put("twice", 2000, 3);
	one_store_put("gone", 1000, 4);
	one_store_put("back", 1000, 5);
	scratch_folder(&fixture.scratch, "folder");
	scratch_folder(&fixture.scratch, "folder/sub");
	scratch_write_seeded(&fixture.scratch, "folder/a", 500, 6);
	scratch_write_seeded(&fixture.scratch, "folder/b", 600, 7);
	store_fixture_put(&fixture, "folder", NULL);
	check(store_snapshot_create(store, "kept", &snapshot, error));
	check(store_snapshot_create(store, "dropped", &snapshot, error));
	check(store_snapshot_remove(store, "dropped", error));
	check(store_remove(store, "gone", &count, error));
	check(store_remove(store, "back", &count, error));
	check(store_restore(store, "back@1", &restored, error));
	check(store_set_replication(store, "long", 3, &count, error));
	check(store_node_drain(store, "node-1", &changed, error));
	check(store_node_fail(store, "node-2", &changed, error));
	check(store_node_recover(store, "node-2", &changed, error));
	check(store_node_drain(store, "node-4", &changed, error));
	check(store_node_remove_in(
		&fixture.mock.env, store_fixture_config(&fixture), "node-3", NULL, &count, error));
}

static void read_facts(enum journal_kind kind, uint64_t number)
{
	char name[JOURNAL_NAME_SIZE], path[160];
	size_t size;
	snprintf(path, sizeof(path), "nodes/node-1/%s", journal_file_name(kind, number, name));
	char *text = (char *)scratch_read(&fixture.scratch, path, &size);
	for (char *line = text, *end; line < text + size; line = end + 1) {
		end = memchr(line, '\n', (size_t)(text + size - line));
		assert_non_null(end);
		assert_true(fact_count < FACTS_MAX);
		facts[fact_count] = fact_parse(line, (size_t)(end - line));
		assert_non_null(facts[fact_count]);
		fact_count++;
	}
	free(text);
}

static int make(void **state)
{
	(void)state;
	store_fixture_make(&fixture, NODES, SETTINGS);
	make_history();
	uint64_t base = 1;
	char name[JOURNAL_NAME_SIZE], path[160];
	/* The copy that init made. */
	for (;; base++) {
		assert_true(base < 100);
		snprintf(path, sizeof(path), "nodes/node-1/%s", journal_file_name(JOURNAL_COPY, base, name));
		if (scratch_exists(&fixture.scratch, path))
			break;
	}
	read_facts(JOURNAL_COPY, base);
	read_facts(JOURNAL_RECORDS, base);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	while (fact_count > 0)
		cJSON_Delete(facts[--fact_count]);
	store_fixture_remove(&fixture);
	return 0;
}

static uint64_t sequence_of(const cJSON *fact)
{
	return (uint64_t)cJSON_GetNumberValue(cJSON_GetObjectItem(fact, "sequence"));
}

static void apply_first(struct catalog *catalog, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check(catalog_regrow_apply(catalog, facts[i], sequence_of(facts[i]), &fixture.error));
}

static const char *regrown_path(void)
{
	return scratch_path(&fixture.scratch, "regrown.db");
}

static struct catalog *open_regrown(void)
{
	struct catalog *catalog;
	check(catalog_regrow_open(&fixture.mock.env, regrown_path(),
		catalog_store_uuid(fixture.store->writer), &catalog, &fixture.error));
	return catalog;
}

/* The rows of a query, a line each; the caller's to free. */
static char *rows(const char *path, const char *query)
{
	sqlite3 *db;
	char **table, *text = calloc(1, 65536);
	int row_count, columns;
	assert_non_null(text);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_get_table(db, query, &table, &row_count, &columns, NULL) != SQLITE_OK)
		fail_msg("%s: %s", query, sqlite3_errmsg(db));
	for (int i = columns; i < (row_count + 1) * columns; i++)
		snprintf(text + strlen(text), 65536 - strlen(text), "%s%c", table[i] ? table[i] : "-",
			(i + 1) % columns ? ' ' : '\n');
	sqlite3_free_table(table);
	sqlite3_close(db);
	return text;
}

static void test_facts_make_the_same_catalog_again(void **state)
{
	static const char *const queries[] = {
		"SELECT f.name, f.last_number, f.replication, f.head FROM file f ORDER BY f.name",
		"SELECT id, number, born, died, kind, size, extents, hex(sha256), hex(manifest), mode, "
		"mtime_ns, stored_ms,"
		" replication, target, died_ms FROM version WHERE file IS NOT NULL ORDER BY id",
		"SELECT e.version, e.position, hex(c.sha256), e.part_offset, e.part_length FROM extent e"
		" JOIN chunk c ON c.id = e.chunk ORDER BY e.version, e.position",
		"SELECT id, uuid, name, draining FROM node ORDER BY id",
		"SELECT name, sequence, created_ms, files, bytes FROM snapshot ORDER BY name",
		"SELECT hex(c.sha256), c.size, s.want FROM chunk c JOIN copyset s ON s.id = c.copyset ORDER "
		"BY 1",
		"SELECT files, versions, logical_bytes, last_version FROM state",
	};
	(void)state;
	struct catalog *catalog = open_regrown();
	struct catalog_absent absent = {.nodes = {1, 2, 4}, .count = 3};
	struct catalog_regrown regrown;
	check(catalog_begin(catalog, &fixture.error));
	apply_first(catalog, fact_count);
	check(catalog_regrow_finish(catalog, sequence_of(facts[fact_count - 1]),
		catalog_history(fixture.store->writer), &absent, &regrown, &fixture.error));
	catalog_close(catalog);
	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
		char *before = rows(scratch_path(&fixture.scratch, "nodes/catalog.db"), queries[i]);
		char *after = rows(regrown_path(), queries[i]);
		assert_true(*before != '\0');
		assert_string_equal(after, before);
		free(before);
		free(after);
	}
	/* Its own record tells that, and nothing else again. */
	char *record = rows(regrown_path(), "SELECT CAST(text AS TEXT) FROM journal"), expected[64];
	snprintf(expected, sizeof(expected), "{\"sequence\":%llu,\"fact\":\"regrown\",",
		(unsigned long long)sequence_of(facts[fact_count - 1]) + 1);
	assert_int_equal(strncmp(record, expected, strlen(expected)), 0);
	assert_non_null(strstr(record, "\"lines\":1,"));
	free(record);
}

/* Applies a spoiled fact at its place; whatever is not taken is ERROR_DAMAGED. Whether it was taken. */
static bool takes(struct catalog *catalog, size_t at, const cJSON *spoiled)
{
	check(catalog_begin(catalog, &fixture.error));
	apply_first(catalog, at);
	error_clear(&fixture.error);
	int result = catalog_regrow_apply(catalog, spoiled, sequence_of(facts[at]), &fixture.error);
	if (result < 0 && fixture.error.code != ERROR_DAMAGED)
		fail_msg("said: %s", fixture.error.message);
	catalog_rollback(catalog);
	return result == 0;
}

static void test_facts_that_make_no_sense_are_refused(void **state)
{
	static const char *const odd[] = {"null", "-1", "1e300", "\"\"", "\"no such thing\"", "[]", "{}",
		"[[1,2]]", "true", "\"../x\"", "65536", "[\"\"]", "0.5"};
	(void)state;
	struct catalog *catalog = open_regrown();
	size_t refused = 0;
	for (size_t i = 0; i < fact_count; i++)
		for (int k = 0; k < cJSON_GetArraySize(facts[i]); k++) {
			const char *key = cJSON_GetArrayItem(facts[i], k)->string;
			cJSON *spoiled = cJSON_Duplicate(facts[i], true);
			cJSON_DeleteItemFromObject(spoiled, key);
			refused += !takes(catalog, i, spoiled);
			cJSON_Delete(spoiled);
			for (size_t m = 0; m < sizeof(odd) / sizeof(*odd); m++) {
				spoiled = cJSON_Duplicate(facts[i], true);
				cJSON_ReplaceItemInObject(spoiled, key, cJSON_Parse(odd[m]));
				refused += !takes(catalog, i, spoiled);
				cJSON_Delete(spoiled);
			}
		}
	assert_true(refused > fact_count);
	catalog_close(catalog);
}

static size_t first_version(void)
{
	for (size_t i = 0; i < fact_count; i++)
		if (strcmp(fact_kind(facts[i]), "version") == 0)
			return i;
	fail_msg("there is no version");
	return 0;
}

/* Files may have any time that there is; whatever a catalog writes, one that is regrown takes. */
static void test_the_first_and_the_last_time_there_is_are_kept(void **state)
{
	static const struct {
		double seconds, after;
		const char *mtime_ns; /* NULL: it is none */
	} times[] = {
		{9223372036, 854775807, "9223372036854775807\n"},
		{9223372036, 854775808, NULL},
		{9223372037, 0, NULL},
		{-9223372037, 145224192, "-9223372036854775808\n"},
		{-9223372037, 145224191, NULL},
		{-1, 999999999, "-1\n"},
	};
	(void)state;
	size_t at = first_version();
	struct catalog *catalog = open_regrown();
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		cJSON *changed = cJSON_Duplicate(facts[at], true);
		cJSON_ReplaceItemInObject(changed, "mtime", cJSON_CreateNumber(times[i].seconds));
		cJSON_ReplaceItemInObject(changed, "mtime_nsec", cJSON_CreateNumber(times[i].after));
		check(catalog_begin(catalog, &fixture.error));
		int result = catalog_regrow_apply(catalog, changed, sequence_of(changed), &fixture.error);
		cJSON_Delete(changed);
		assert_int_equal(result, times[i].mtime_ns ? 0 : -1);
		if (result < 0) {
			catalog_rollback(catalog);
			continue;
		}
		check(catalog_commit(catalog, &fixture.error));
		char *found = rows(regrown_path(), "SELECT mtime_ns FROM version");
		assert_string_equal(found, times[i].mtime_ns);
		free(found);
	}
	catalog_close(catalog);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, make, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(facts_make_the_same_catalog_again),
		TEST(facts_that_make_no_sense_are_refused),
		TEST(the_first_and_the_last_time_there_is_are_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
