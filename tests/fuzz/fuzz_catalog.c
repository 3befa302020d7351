/*
 * fuzz_catalog.c: a catalog whose rows lie, in a file that is in order. An input is a list of changes: which table,
 * which row, which column, and what stands there then.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "tests/fuzz/store.h"

enum { TABLES_MAX = 32, COLUMNS_MAX = 32, CHANGES_MAX = 12 };

struct table {
	char *name;
	char *columns[COLUMNS_MAX];
	size_t count;
	char key[256]; /* "a, b": what tells its rows apart */
};

static struct table tables[TABLES_MAX];
static size_t table_count;

static void learn_columns(sqlite3 *db, struct table *table)
{
	sqlite3_stmt *statement;
	FUZZ_CHECK(sqlite3_prepare_v2(db, "SELECT name, pk FROM pragma_table_info(?)", -1, &statement,
			   NULL) == SQLITE_OK);
	sqlite3_bind_text(statement, 1, table->name, -1, SQLITE_STATIC);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		FUZZ_CHECK(table->count < COLUMNS_MAX);
		char **column = &table->columns[table->count++];
		FUZZ_CHECK(asprintf(column, "\"%s\"", (const char *)sqlite3_column_text(statement, 0)) > 0);
		if (sqlite3_column_int(statement, 1) > 0)
			snprintf(table->key + strlen(table->key), sizeof(table->key) - strlen(table->key),
				"%s%s", table->key[0] ? ", " : "", *column);
	}
	sqlite3_finalize(statement);
	FUZZ_CHECK(table->count > 0 && table->key[0]);
}

static void learn_tables(sqlite3 *db)
{
	sqlite3_stmt *statement;
	FUZZ_CHECK(sqlite3_prepare_v2(db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
			   -1, &statement, NULL) == SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		FUZZ_CHECK(table_count < TABLES_MAX);
		struct table *table = &tables[table_count++];
		table->name = strdup((const char *)sqlite3_column_text(statement, 0));
		FUZZ_CHECK(table->name);
		learn_columns(db, table);
	}
	sqlite3_finalize(statement);
}

/* A value of any kind, most likely one that is at some limit. */
static void bind_value(sqlite3_stmt *statement, struct fuzz_input *input)
{
	static const int64_t limits[] = {0, 1, -1, 2, 3, 16, 17, 255, 256, 65535, 65536, INT32_MAX, INT64_MAX,
		INT64_MIN, INT64_MAX - 1, 1 << 26};
	uint8_t kind = fuzz_take_byte(input);
	const uint8_t *bytes;
	size_t count;
	switch (kind % 6) {
	case 0:
		sqlite3_bind_int64(statement, 1, limits[fuzz_take_byte(input) % 16]);
		break;
	case 1:
		sqlite3_bind_int64(statement, 1, (int64_t)fuzz_take_number(input, 8));
		break;
	case 2:
		count = fuzz_take_bytes(input, kind / 6, &bytes);
		sqlite3_bind_blob(
			statement, 1, count > 0 ? (const void *)bytes : "", (int)count, SQLITE_TRANSIENT);
		break;
	case 3:
		count = fuzz_take_bytes(input, kind / 6, &bytes);
		sqlite3_bind_text(
			statement, 1, count > 0 ? (const char *)bytes : "", (int)count, SQLITE_TRANSIENT);
		break;
	case 4:
		sqlite3_bind_double(statement, 1, (double)(int64_t)fuzz_take_number(input, 8) / 7);
		break;
	default:
		if (kind >= 128)
			sqlite3_bind_zeroblob(statement, 1, (kind - 127) * 512);
		break; /* NULL */
	}
}

static char *lie_sql(
	const struct table *table, const char *column, unsigned form, unsigned row, unsigned other)
{
	char *where = sqlite3_mprintf("WHERE (%s) IN (SELECT %s FROM %s LIMIT 1 OFFSET %u)", table->key,
		table->key, table->name, row);
	char *sql = NULL;
	FUZZ_CHECK(where);
	if (form == 0)
		sql = sqlite3_mprintf("UPDATE %s SET %s = ?1 %s", table->name, column, where);
	else if (form == 1)
		sql = sqlite3_mprintf("UPDATE %s SET %s = %s + ?1 %s", table->name, column, column, where);
	else if (form == 2)
		sql = sqlite3_mprintf("UPDATE %s SET %s = (SELECT %s FROM %s LIMIT 1 OFFSET %u) %s",
			table->name, column, column, table->name, other, where);
	else if (form == 3)
		sql = sqlite3_mprintf("DELETE FROM %s %s", table->name, where);
	else if (form == 4)
		sql = sqlite3_mprintf("INSERT OR IGNORE INTO %s (%s, %s) VALUES (%u, ?1)", table->name,
			table->key, column, other);
	else
		sql = sqlite3_mprintf("UPDATE %s SET %s = ?1", table->name, column);
	sqlite3_free(where);
	FUZZ_CHECK(sql);
	return sql;
}

/* One change. What the tables' own rules refuse is no lie that a catalog can tell. */
static void lie(sqlite3 *db, const struct table *table, struct fuzz_input *input)
{
	const char *column = table->columns[fuzz_take_byte(input) % table->count];
	unsigned form = fuzz_take_byte(input) % 6;
	unsigned row = fuzz_take_byte(input) % 32, other = fuzz_take_byte(input) % 32;
	char *sql = lie_sql(table, column, form, row, other);
	sqlite3_stmt *statement;
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK) {
		bind_value(statement, input);
		sqlite3_step(statement);
		sqlite3_finalize(statement);
	}
	sqlite3_free(sql);
}

/* Whether the store still knows what it has, and may therefore lose none of it. */
static bool is_about_content(const struct table *table)
{
	static const char *const names[] = {"file", "version", "extent", "chunk", "copyset", "unused",
		"stray", "snapshot", "node", "bad_replica", "state"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(table->name, names[i]) == 0)
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	sqlite3 *db;
	bool content = false;
	fuzz_store_reset();
	FUZZ_CHECK(sqlite3_open(fuzz_store_catalog(), &db) == SQLITE_OK);
	sqlite3_exec(db, "PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF; BEGIN", NULL, NULL,
		NULL);
	if (table_count == 0)
		learn_tables(db);
	unsigned steps = fuzz_take_byte(&input) % 24;
	for (int i = 0; i < CHANGES_MAX && input.left > 0; i++) {
		const struct table *table = &tables[fuzz_take_byte(&input) % table_count];
		content |= is_about_content(table);
		lie(db, table, &input);
	}
	FUZZ_CHECK(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(db);
	fuzz_store_examine(steps);
	if (!content)
		fuzz_store_check_chunks();
	return 0;
}
