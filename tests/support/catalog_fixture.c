#include "tests/support/catalog_fixture.h"

#include <string.h>

#include <sqlite3.h>

struct catalog *catalog;

const char *catalog_fixture_path(void)
{
	return scratch_path(&scratch, "catalog.db");
}

int catalog_fixture_make(void **state)
{
	one_world_make(state);
	check(digest_ready(&error));
	check(catalog_create(&mock.env, catalog_fixture_path(), STORE, &error));
	check(catalog_open(&mock.env, catalog_fixture_path(), &catalog, &error));
	return 0;
}

int catalog_fixture_remove(void **state)
{
	catalog_close(catalog);
	catalog = NULL;
	return one_world_remove(state);
}

int64_t sql(const char *text)
{
	sqlite3 *db;
	sqlite3_stmt *statement;
	assert_int_equal(sqlite3_open(catalog_fixture_path(), &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	if (sqlite3_prepare_v2(db, text, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	int row = sqlite3_step(statement);
	if (row != SQLITE_ROW && row != SQLITE_DONE)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	int64_t answer = row != SQLITE_ROW ? 0
			 : sqlite3_column_type(statement, 0) == SQLITE_TEXT
				 ? strcmp((const char *)sqlite3_column_text(statement, 0), "ok") == 0
				 : sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return answer;
}
