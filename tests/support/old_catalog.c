#include "tests/support/old_catalog.h"

#include <sqlite3.h>
#include <stddef.h>

/* What came with each format, the latest first. */
static const struct {
	int before; /* the last format without it */
	const char *statement;
} steps[] = {
	{4, "ALTER TABLE version DROP COLUMN manifest"},
	{3, "DROP TABLE link"},
	{2, "DROP TABLE snapshot"},
	{2, "DROP TABLE unused"},
	{2, "DROP TABLE journal"},
	{2, "DROP INDEX version_ended"},
	{2, "ALTER TABLE version DROP COLUMN died_ms"},
	{2, "ALTER TABLE state DROP COLUMN journal"},
	{2, "ALTER TABLE state DROP COLUMN last_version"},
	{2, "ALTER TABLE request DROP COLUMN keep_versions"},
	{2, "ALTER TABLE request DROP COLUMN keep_for_ms"},
	{2, "ALTER TABLE request DROP COLUMN versions"},
	{2, "ALTER TABLE request DROP COLUMN files"},
	{2, "ALTER TABLE request DROP COLUMN waiting"},
	{1, "DROP TABLE stray"},
	{1, "DROP TABLE request"},
	{1, "ALTER TABLE node DROP COLUMN draining"},
	{1, "ALTER TABLE node DROP COLUMN away_ms"},
	{1, "ALTER TABLE node DROP COLUMN departures"},
	{1, "ALTER TABLE node DROP COLUMN verified_ms"},
	{1, "ALTER TABLE event DROP COLUMN \"trigger\""},
	{1, "ALTER TABLE event DROP COLUMN source"},
	{1, "ALTER TABLE event DROP COLUMN target"},
	{1, "ALTER TABLE event DROP COLUMN result"},
	{1, "ALTER TABLE event DROP COLUMN chunks"},
	{1, "ALTER TABLE event DROP COLUMN bytes"},
	{1, "ALTER TABLE event DROP COLUMN duration_ms"},
};

bool old_catalog_make(const char *path, int format)
{
	sqlite3 *db = NULL;
	bool made = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK;
	for (size_t i = 0; made && i < sizeof(steps) / sizeof(*steps); i++)
		if (format <= steps[i].before)
			made = sqlite3_exec(db, steps[i].statement, NULL, NULL, NULL) == SQLITE_OK;
	char *version = sqlite3_mprintf("PRAGMA user_version = %d", format);
	made = made && version && sqlite3_exec(db, version, NULL, NULL, NULL) == SQLITE_OK;
	sqlite3_free(version);
	sqlite3_close(db);
	return made;
}
