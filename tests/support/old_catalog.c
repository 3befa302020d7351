#include "tests/support/old_catalog.h"

#include <stddef.h>

const char *const old_catalog_statements[] = {
	"DROP INDEX version_ended",
	"ALTER TABLE node DROP COLUMN draining",
	"ALTER TABLE node DROP COLUMN away_ms",
	"ALTER TABLE node DROP COLUMN departures",
	"ALTER TABLE node DROP COLUMN verified_ms",
	"ALTER TABLE event DROP COLUMN \"trigger\"",
	"ALTER TABLE event DROP COLUMN source",
	"ALTER TABLE event DROP COLUMN target",
	"ALTER TABLE event DROP COLUMN result",
	"ALTER TABLE event DROP COLUMN chunks",
	"ALTER TABLE event DROP COLUMN bytes",
	"ALTER TABLE event DROP COLUMN duration_ms",
	"ALTER TABLE state DROP COLUMN journal",
	"ALTER TABLE state DROP COLUMN last_version",
	"ALTER TABLE version DROP COLUMN died_ms",
	"ALTER TABLE version DROP COLUMN manifest",
	"DROP TABLE stray",
	"DROP TABLE request",
	"DROP TABLE snapshot",
	"DROP TABLE unused",
	"DROP TABLE journal",
	"DROP TABLE link",
	"PRAGMA user_version = 1",
	NULL,
};
