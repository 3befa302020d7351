/*
 * catalog_sql.c: the schema, and every statement there is. catalog.h explains the tables.
 *
 * Text that a person may have to read in an emergency is TEXT; names are BLOBs, because any byte but NUL
 * may stand in them.
 */
#include "engine/catalog_private.h"

/* Came with format 2. */
#define MAINTENANCE_TABLES                                                                                   \
	"CREATE TABLE stray (node INTEGER NOT NULL, sha256 BLOB NOT NULL, PRIMARY KEY (node, sha256))"       \
	"  WITHOUT ROWID;"                                                                                   \
	"CREATE TABLE request ("                                                                             \
	"  id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, node INTEGER NOT NULL, bandwidth INTEGER NOT "     \
	"NULL,"                                                                                              \
	"  done INTEGER NOT NULL DEFAULT 0, pid INTEGER NOT NULL DEFAULT 0,"                                 \
	"  chunks INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0, bad INTEGER NOT NULL "       \
	"DEFAULT 0,"                                                                                         \
	"  remaining INTEGER NOT NULL DEFAULT 0, duration_ms INTEGER NOT NULL DEFAULT 0,"                    \
	"  text TEXT NOT NULL DEFAULT '');"

/* Came with format 3. */
#define HISTORY_TABLES                                                                                       \
	"CREATE TABLE snapshot ("                                                                            \
	"  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, sequence INTEGER NOT NULL,"                    \
	"  created_ms INTEGER NOT NULL, files INTEGER NOT NULL, bytes INTEGER NOT NULL);"                    \
	"CREATE INDEX snapshot_by_sequence ON snapshot (sequence);"                                          \
	"CREATE INDEX version_ended ON version (died_ms) WHERE died IS NOT NULL AND file IS NOT NULL;"       \
	"CREATE TABLE unused (chunk INTEGER PRIMARY KEY, since_ms INTEGER NOT NULL);"                        \
	"CREATE INDEX unused_since ON unused (since_ms);"                                                    \
	"ALTER TABLE request ADD COLUMN keep_versions INTEGER NOT NULL DEFAULT 0;"                           \
	"ALTER TABLE request ADD COLUMN keep_for_ms INTEGER NOT NULL DEFAULT 0;"                             \
	"ALTER TABLE request ADD COLUMN versions INTEGER NOT NULL DEFAULT 0;"                                \
	"ALTER TABLE request ADD COLUMN files INTEGER NOT NULL DEFAULT 0;"                                   \
	"ALTER TABLE request ADD COLUMN waiting INTEGER NOT NULL DEFAULT 0;"                                 \
	"CREATE TABLE journal ("                                                                             \
	"  sequence INTEGER PRIMARY KEY, previous INTEGER NOT NULL, text BLOB NOT NULL);"

/* Came with format 4. */
const char catalog_network_schema[] =
	"CREATE TABLE link ("
	"  source TEXT NOT NULL, target TEXT NOT NULL, latency_ms INTEGER NOT NULL,"
	"  jitter_ms INTEGER NOT NULL, bandwidth INTEGER NOT NULL, loss REAL NOT NULL,"
	"  cut INTEGER NOT NULL, PRIMARY KEY (source, target)) WITHOUT ROWID;";

const char catalog_schema[] =
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	"CREATE TABLE state ("
	"  id INTEGER PRIMARY KEY CHECK (id = 1), sequence INTEGER NOT NULL, files INTEGER NOT NULL,"
	"  versions INTEGER NOT NULL, logical_bytes INTEGER NOT NULL, largest_chunk INTEGER NOT NULL,"
	"  journal INTEGER NOT NULL DEFAULT 0, last_version INTEGER NOT NULL DEFAULT 0);"
	"INSERT INTO state VALUES (1, 0, 0, 0, 0, 0, 0, 0);"
	"CREATE TABLE operation (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL);"
	"CREATE TABLE node ("
	"  id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 65535), uuid TEXT NOT NULL UNIQUE,"
	"  name TEXT NOT NULL UNIQUE, failed INTEGER NOT NULL DEFAULT 0,"
	"  draining INTEGER NOT NULL DEFAULT 0, away_ms INTEGER NOT NULL DEFAULT 0,"
	"  departures INTEGER NOT NULL DEFAULT 0, verified_ms INTEGER NOT NULL DEFAULT 0);"
	/* nodes: ids of two bytes each, big-endian, ascending */
	"CREATE TABLE copyset ("
	"  id INTEGER PRIMARY KEY, want INTEGER NOT NULL, nodes BLOB NOT NULL,"
	"  chunks INTEGER NOT NULL, bytes INTEGER NOT NULL, UNIQUE (want, nodes));"
	"CREATE TABLE chunk ("
	"  id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL, size INTEGER NOT NULL, copyset INTEGER NOT NULL);"
	"CREATE INDEX chunk_by_digest ON chunk (substr(sha256, 1, 8));"
	"CREATE INDEX chunk_by_copyset ON chunk (copyset);"
	"CREATE TABLE bad_replica ("
	"  chunk INTEGER NOT NULL, node INTEGER NOT NULL, found_ms INTEGER NOT NULL, reason TEXT NOT NULL,"
	"  PRIMARY KEY (chunk, node)) WITHOUT ROWID;"
	/* head: the current version, NULL once the name was removed */
	"CREATE TABLE file ("
	"  id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, head INTEGER, last_number INTEGER NOT NULL,"
	"  replication INTEGER NOT NULL);"
	/* file and number are NULL until the version is finished; manifest where one digest says all */
	"CREATE TABLE version ("
	"  id INTEGER PRIMARY KEY, file INTEGER, number INTEGER, born INTEGER, died INTEGER, kind INTEGER,"
	"  size INTEGER, extents INTEGER, shared INTEGER, sha256 BLOB, mode INTEGER, mtime_ns INTEGER,"
	"  stored_ms INTEGER, replication INTEGER NOT NULL, target BLOB, died_ms INTEGER, manifest BLOB);"
	"CREATE INDEX version_by_file ON version (file, number);"
	"CREATE INDEX version_shared ON version (substr(sha256, 1, 8)) WHERE shared = 1;"
	/* part_offset, part_length: NULL when the extent is the whole chunk */
	"CREATE TABLE extent ("
	"  version INTEGER NOT NULL, position INTEGER NOT NULL, chunk INTEGER NOT NULL,"
	"  part_offset INTEGER, part_length INTEGER, PRIMARY KEY (version, position)) WITHOUT ROWID;"
	"CREATE INDEX extent_by_chunk ON extent (chunk);"
	"CREATE TABLE event ("
	"  id INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, severity INTEGER NOT NULL, code TEXT NOT NULL,"
	"  node TEXT NOT NULL, text TEXT NOT NULL, \"trigger\" TEXT NOT NULL DEFAULT '',"
	"  source TEXT NOT NULL DEFAULT '', target TEXT NOT NULL DEFAULT '', result TEXT NOT NULL DEFAULT '',"
	"  chunks INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0,"
	"  duration_ms INTEGER NOT NULL DEFAULT -1);" MAINTENANCE_TABLES HISTORY_TABLES;

const char *const catalog_migrations[CATALOG_FORMAT] = {
	[1] = "ALTER TABLE node ADD COLUMN draining INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE node ADD COLUMN away_ms INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE node ADD COLUMN departures INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE node ADD COLUMN verified_ms INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE event ADD COLUMN \"trigger\" TEXT NOT NULL DEFAULT '';"
	      "ALTER TABLE event ADD COLUMN source TEXT NOT NULL DEFAULT '';"
	      "ALTER TABLE event ADD COLUMN target TEXT NOT NULL DEFAULT '';"
	      "ALTER TABLE event ADD COLUMN result TEXT NOT NULL DEFAULT '';"
	      "ALTER TABLE event ADD COLUMN chunks INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE event ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE event ADD COLUMN duration_ms INTEGER NOT NULL DEFAULT -1;" MAINTENANCE_TABLES,
	/* When a version ended was not recorded: when the next one was stored, or, of a removed name, now. */
	[2] = "ALTER TABLE state ADD COLUMN journal INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE state ADD COLUMN last_version INTEGER NOT NULL DEFAULT 0;"
	      /* No record tells of what is there already: a copy of the catalog has to (journal.h). */
	      "UPDATE state SET journal = sequence,"
	      "  last_version = (SELECT coalesce(max(id), 0) FROM version);"
	      "ALTER TABLE version ADD COLUMN died_ms INTEGER;"
	      "UPDATE version SET died_ms = coalesce((SELECT n.stored_ms FROM version n"
	      "  WHERE n.file = version.file AND n.number > version.number ORDER BY n.number LIMIT 1),"
	      "  CAST(strftime('%s', 'now') AS INTEGER) * 1000) WHERE died IS NOT NULL;" HISTORY_TABLES,
	[3] = catalog_network_schema,
	/* What is listed for the versions that are there may be wrong already: nothing vouches for it. */
	[4] = "ALTER TABLE version ADD COLUMN manifest BLOB;",
};

#define ENTRY_COLUMNS                                                                                        \
	"f.name, v.id, v.number, v.kind, v.size, v.extents, v.shared, v.sha256, v.mtime_ns, v.stored_ms, "   \
	"v.mode, "                                                                                           \
	"f.replication, v.target, v.manifest" /* ENTRY_COLUMN_COUNT of them */
#define EVENT_COLUMNS                                                                                        \
	"id, time_ms, severity, code, node, text, \"trigger\", source, target, result, chunks, bytes, "      \
	"duration_ms"
/* ?3: up to how many newer versions are counted. */
#define ENDED_COLUMNS                                                                                        \
	"v.id, v.number, v.kind, v.size, v.died_ms, f.head IS NULL, f.name,"                                 \
	" EXISTS (SELECT 1 FROM snapshot s WHERE s.sequence >= v.born AND s.sequence < v.died),"             \
	" (SELECT count(*) FROM (SELECT 1 FROM version w WHERE w.file = v.file AND w.number > v.number"      \
	"   LIMIT ?3))"
#define REQUEST_COLUMNS                                                                                      \
	"id, kind, node, bandwidth, done, pid, chunks, bytes, bad, remaining, duration_ms, text,"            \
	" keep_versions, keep_for_ms, versions, files, waiting"
#define SNAPSHOT_COLUMNS "id, name, sequence, created_ms, files, bytes"
#define CHUNK_COLUMNS    "c.id, c.sha256, c.size, c.copyset, s.want, s.nodes"

/* The version of the file `f` that was current at a moment; that of its head, mostly. */
#define VERSION_AT(at)                                                                                       \
	"coalesce((SELECT h.id FROM version h WHERE h.id = f.head AND h.born <= " at "),"                    \
	" (SELECT w.id FROM version w WHERE w.file = f.id AND w.born <= " at " AND w.died > " at             \
	"  ORDER BY w.number DESC LIMIT 1))"

const char *const catalog_sql[STATEMENTS] = {
	[SQL_DATA_VERSION] = "PRAGMA data_version",
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_STATE_READ] = "SELECT sequence, files, versions, logical_bytes, largest_chunk,"
			   " (SELECT count(*) FROM bad_replica), journal, last_version,"
			   " (SELECT count(*) FROM snapshot) FROM state",
	[SQL_STATE_UPDATE] = "UPDATE state SET sequence = ?1, files = ?2, versions = ?3, logical_bytes = ?4,"
			     " largest_chunk = ?5, journal = ?6, last_version = ?7",
	[SQL_OPERATION_ADD] = "INSERT INTO operation VALUES (?1, ?2)",
	[SQL_OPERATION_FIND] = "SELECT 1 FROM operation WHERE id = ?1",
	[SQL_OPERATION_TRIM] = "DELETE FROM operation WHERE sequence <= ?1",
	[SQL_META_READ] = "SELECT value FROM meta WHERE key = ?1",
	[SQL_META_WRITE] = "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
	[SQL_META_REMOVE] = "DELETE FROM meta WHERE key = ?1",

	[SQL_NODE_EACH] =
		"SELECT id, uuid, name, failed, draining, away_ms, departures, verified_ms FROM node"
		" ORDER BY id",
	[SQL_NODE_ADD] = "INSERT INTO node (uuid, name, verified_ms) VALUES (?1, ?2, ?3)",
	[SQL_NODE_SET_FAILED] = "UPDATE node SET failed = ?2 WHERE id = ?1",
	[SQL_NODE_SET_DRAINING] = "UPDATE node SET draining = ?2 WHERE id = ?1",
	[SQL_NODE_SET_AWAY] = "UPDATE node SET away_ms = ?2, departures = ?3 WHERE id = ?1",
	[SQL_NODE_SET_VERIFIED] = "UPDATE node SET verified_ms = ?2 WHERE id = ?1",
	[SQL_NODE_REMOVE] = "DELETE FROM node WHERE id = ?1",
	[SQL_NODE_REMOVE_BAD] = "DELETE FROM bad_replica WHERE node = ?1",
	[SQL_NODE_REMOVE_STRAYS] = "DELETE FROM stray WHERE node = ?1",

	[SQL_LINK_EACH] = "SELECT source, target, latency_ms, jitter_ms, bandwidth, loss, cut FROM link",
	[SQL_LINK_SET] = "INSERT OR REPLACE INTO link VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[SQL_LINK_REMOVE] = "DELETE FROM link WHERE ?1 IS NULL OR source = ?1 OR target = ?1",

	[SQL_COPYSET_FIND] = "SELECT id FROM copyset WHERE want = ?1 AND nodes = ?2",
	[SQL_COPYSET_ADD] = "INSERT INTO copyset (want, nodes, chunks, bytes) VALUES (?1, ?2, 0, 0)",
	[SQL_COPYSET_COUNT] = "UPDATE copyset SET chunks = chunks + ?2, bytes = bytes + ?3 WHERE id = ?1",
	[SQL_COPYSET_EACH] = "SELECT id, want, nodes, chunks, bytes FROM copyset WHERE chunks > 0",
	[SQL_COPYSET_SWEEP] = "DELETE FROM copyset WHERE chunks = 0",
	[SQL_COPYSET_EMPTY] = "UPDATE copyset SET chunks = 0, bytes = 0 WHERE id = ?1",
	[SQL_CHUNK_FIND] = "SELECT " CHUNK_COLUMNS " FROM chunk c JOIN copyset s ON s.id = c.copyset"
			   " WHERE substr(c.sha256, 1, 8) = ?1 AND c.sha256 = ?2",
	[SQL_CHUNK_GET] =
		"SELECT " CHUNK_COLUMNS " FROM chunk c JOIN copyset s ON s.id = c.copyset WHERE c.id = ?1",
	[SQL_CHUNK_ADD] = "INSERT INTO chunk (sha256, size, copyset) VALUES (?1, ?2, ?3)",
	[SQL_CHUNK_MOVE] = "UPDATE chunk SET copyset = ?2 WHERE id = ?1",
	[SQL_CHUNK_MOVE_ALL] = "UPDATE chunk SET copyset = ?2 WHERE copyset = ?1",
	[SQL_CHUNK_PAGE] = "SELECT " CHUNK_COLUMNS " FROM chunk c JOIN copyset s ON s.id = c.copyset"
			   " WHERE c.id > ?1 ORDER BY c.id LIMIT ?2",
	[SQL_CHUNK_PAGE_OF_COPYSET] =
		"SELECT " CHUNK_COLUMNS " FROM chunk c JOIN copyset s ON s.id = c.copyset"
		" WHERE c.copyset = ?3 AND c.id > ?1 ORDER BY c.id LIMIT ?2",
	/* The order of the join matters: by id, all chunks would be gone through for a few. */
	[SQL_CHUNK_PAGE_LOST] =
		"SELECT " CHUNK_COLUMNS " FROM copyset s CROSS JOIN chunk c ON s.id = c.copyset"
		" WHERE s.chunks > 0 AND length(s.nodes) = 0 AND c.id > ?1 ORDER BY c.id LIMIT ?2",
	[SQL_CHUNK_HIGHEST] = "SELECT coalesce(max(id), 0) FROM chunk",
	[SQL_CHUNK_NAME] =
		"SELECT f.name, v.number, f.head = v.id FROM extent e JOIN version v ON v.id = e.version"
		" JOIN file f ON f.id = v.file WHERE e.chunk = ?1 LIMIT 1",
	[SQL_BAD_ADD] = "INSERT INTO bad_replica VALUES (?1, ?2, ?3, ?4)"
			" ON CONFLICT (chunk, node) DO UPDATE SET found_ms = ?3, reason = ?4",
	[SQL_BAD_CLEAR] = "DELETE FROM bad_replica WHERE chunk = ?1",
	[SQL_BAD_PAGE] = "SELECT DISTINCT chunk FROM bad_replica WHERE chunk > ?1 ORDER BY chunk LIMIT ?2",
	[SQL_BAD_OF_CHUNK] = "SELECT node FROM bad_replica WHERE chunk = ?1 LIMIT ?2",
	[SQL_SAMPLE_COPYSET] = "SELECT f.name, v.number FROM chunk c JOIN extent e ON e.chunk = c.id"
			       " JOIN version v ON v.id = e.version JOIN file f ON f.id = v.file"
			       " WHERE c.copyset = ?1 LIMIT ?2",
	[SQL_SAMPLE_BAD] =
		"SELECT f.name, v.number FROM bad_replica b CROSS JOIN extent e ON e.chunk = b.chunk"
		" JOIN version v ON v.id = e.version JOIN file f ON f.id = v.file LIMIT ?1",

	[SQL_FILE_FIND] = "SELECT id, head, last_number, replication FROM file WHERE name = ?1",
	[SQL_FILE_ADD] = "INSERT INTO file (name, head, last_number, replication) VALUES (?1, ?2, 1, ?3)",
	[SQL_FILE_SET_HEAD] = "UPDATE file SET head = ?2, last_number = ?3 WHERE id = ?1",
	[SQL_FILE_SET_REPLICATION] = "UPDATE file SET replication = ?2 WHERE id = ?1",
	[SQL_ENTRY_CURRENT] =
		"SELECT " ENTRY_COLUMNS " FROM file f JOIN version v ON v.id = f.head WHERE f.name = ?1",
	[SQL_ENTRY_NUMBER] =
		"SELECT " ENTRY_COLUMNS " FROM file f JOIN version v ON v.file = f.id AND v.number = ?2"
		" WHERE f.name = ?1",
	[SQL_ENTRY_AT] = "SELECT " ENTRY_COLUMNS
			 " FROM file f JOIN version v ON v.id = " VERSION_AT("?2") " WHERE f.name = ?1",
	[SQL_ENTRY_VERSION] =
		"SELECT " ENTRY_COLUMNS " FROM version v JOIN file f ON f.id = v.file WHERE v.id = ?1",
	[SQL_ENTRY_LIST] = "SELECT " ENTRY_COLUMNS " FROM file f JOIN version v ON v.id = f.head"
			   " WHERE f.name > ?1 AND f.name < ?2 ORDER BY f.name LIMIT ?3",
	/* The version is NULL where the head was not current then: SQL_ENTRY_PAST finds which one was. */
	[SQL_ENTRY_LIST_AT] = "SELECT " ENTRY_COLUMNS ", f.id FROM file f"
			      " LEFT JOIN version v ON v.id = f.head AND v.born <= ?3"
			      " WHERE f.name > ?1 AND f.name < ?2 ORDER BY f.name",
	[SQL_ENTRY_PAST] =
		"SELECT " ENTRY_COLUMNS " FROM version v CROSS JOIN file f ON f.id = v.file"
		" WHERE v.file = ?1 AND v.born <= ?2 AND v.died > ?2 ORDER BY v.number DESC LIMIT 1",
	[SQL_ENTRY_FOLDERS_DOWN] = "SELECT " ENTRY_COLUMNS " FROM file f JOIN version v ON v.id = f.head"
				   " WHERE f.name >= ?1 AND f.name < ?2 AND v.kind = ?4"
				   " ORDER BY f.name DESC LIMIT ?3",
	[SQL_ENTRY_FOLDERS_DOWN_AT] =
		"SELECT " ENTRY_COLUMNS " FROM file f CROSS JOIN version v ON v.id = " VERSION_AT(
			"?5") " WHERE f.name >= ?1 AND f.name < ?2 AND v.kind = ?4 ORDER BY f.name DESC "
			      "LIMIT ?3",
	[SQL_COMPARE] = "SELECT f.name, " VERSION_AT("?3") ", " VERSION_AT(
		"?4") " FROM file f WHERE f.name >= ?1 AND f.name < ?2 ORDER BY f.name LIMIT ?5",
	[SQL_VERSION_PAGE] = "SELECT " ENTRY_COLUMNS ", v.born, v.died, v.died_ms"
			     " FROM file f CROSS JOIN version v ON v.file = f.id"
			     " WHERE f.name = ?1 AND v.number < ?2 ORDER BY v.number DESC LIMIT ?3",
	[SQL_VERSION_BEGIN] = "INSERT INTO version (id, replication) VALUES (?1, ?2)",
	[SQL_VERSION_FINISH] =
		"UPDATE version SET file = ?2, number = ?3, born = ?4, kind = ?5, size = ?6,"
		" extents = ?7, shared = ?8, sha256 = ?9, mode = ?10, mtime_ns = ?11,"
		" stored_ms = ?12, target = ?13, manifest = ?14 WHERE id = ?1 AND replication > 0",
	[SQL_VERSION_DIE] = "UPDATE version SET died = ?2, died_ms = ?3 WHERE id = ?1",
	[SQL_VERSION_COPY_EXTENTS] =
		"INSERT INTO extent SELECT ?1, position, chunk, part_offset, part_length FROM extent"
		" WHERE version = ?2",
	[SQL_VERSION_GET] = "SELECT kind, size, file FROM version WHERE id = ?1",
	[SQL_VERSION_ABANDON] = "UPDATE version SET replication = 0, died_ms = ?2"
				" WHERE id = ?1 AND file IS NULL AND replication > 0",
	[SQL_EXTENT_REMOVE] = "DELETE FROM extent WHERE version = ?1",
	[SQL_EXTENT_ADD] = "INSERT INTO extent VALUES (?1, ?2, ?3, ?4, ?5)",
	[SQL_EXTENT_LIST] = "SELECT " CHUNK_COLUMNS ", e.position, e.part_offset, e.part_length"
			    " FROM extent e JOIN chunk c ON c.id = e.chunk JOIN copyset s ON s.id = c.copyset"
			    " WHERE e.version = ?1 AND e.position >= ?2 ORDER BY e.position LIMIT ?3",
	[SQL_SHARED_FIND] =
		"SELECT " CHUNK_COLUMNS ", e.part_offset, e.part_length FROM version v"
		" JOIN extent e ON e.version = v.id AND e.position = 0 JOIN chunk c ON c.id = e.chunk"
		" JOIN copyset s ON s.id = c.copyset"
		" WHERE v.shared = 1 AND substr(v.sha256, 1, 8) = ?1 AND v.sha256 = ?2 AND v.size = ?3 LIMIT "
		"1",
	/* For each extent of a file's versions: what all files that use its chunk want of that. */
	[SQL_WANT_OF_FILE] =
		"SELECT " CHUNK_COLUMNS ","
		" (SELECT max(coalesce(g.replication, w.replication)) FROM extent x JOIN version w ON w.id = "
		"x.version"
		"  LEFT JOIN file g ON g.id = w.file WHERE x.chunk = c.id), v.number, e.position"
		" FROM version v CROSS JOIN extent e ON e.version = v.id CROSS JOIN chunk c ON c.id = e.chunk"
		" CROSS JOIN copyset s ON s.id = c.copyset"
		" WHERE v.file = ?1 AND v.number >= ?2 AND (v.number > ?2 OR e.position > ?3)"
		" ORDER BY v.number, e.position LIMIT 64",

	[SQL_SNAPSHOT_ADD] = "INSERT INTO snapshot (name, sequence, created_ms, files, bytes)"
			     " VALUES (?1, ?2, ?3, ?4, ?5)",
	[SQL_SNAPSHOT_FIND] = "SELECT " SNAPSHOT_COLUMNS " FROM snapshot WHERE name = ?1",
	[SQL_SNAPSHOT_REMOVE] = "DELETE FROM snapshot WHERE name = ?1",
	[SQL_SNAPSHOT_PAGE] = "SELECT " SNAPSHOT_COLUMNS " FROM snapshot WHERE id > ?1 ORDER BY id LIMIT ?2",

	/* ---- what history lets go of: catalog_collect.c ---- */

	[SQL_ENDED_PAGE] = "SELECT " ENDED_COLUMNS " FROM version v CROSS JOIN file f ON f.id = v.file"
			   " WHERE v.died IS NOT NULL AND v.file IS NOT NULL AND (v.died_ms, v.id) > (?1, ?2)"
			   " AND v.died_ms <= ?4 ORDER BY v.died_ms, v.id LIMIT ?5",
	[SQL_ENDED_GET] = "SELECT " ENDED_COLUMNS " FROM version v CROSS JOIN file f ON f.id = v.file"
			  " WHERE v.id = ?1 AND v.died IS NOT NULL AND v.file IS NOT NULL",
	[SQL_VERSION_COLLECT] =
		"UPDATE version SET file = NULL, kind = NULL, shared = 0, replication = 0, died_ms = ?2"
		" WHERE id = ?1 AND file IS NOT NULL AND died IS NOT NULL AND NOT EXISTS"
		" (SELECT 1 FROM snapshot s WHERE s.sequence >= version.born AND s.sequence < version.died)",
	[SQL_UNFINISHED_PAGE] = "SELECT id FROM version WHERE file IS NULL AND replication > 0 LIMIT ?1",
	[SQL_DEAD_NEXT] = "SELECT id FROM version WHERE file IS NULL AND replication = 0 AND died_ms <= ?1"
			  " LIMIT 1",
	[SQL_DEAD_REMOVE] = "DELETE FROM version WHERE id = ?1 AND file IS NULL AND replication = 0",
	[SQL_DEAD_EXTENTS] =
		"SELECT position, chunk FROM extent WHERE version = ?1 ORDER BY position LIMIT ?2",
	[SQL_DEAD_EXTENTS_REMOVE] = "DELETE FROM extent WHERE version = ?1 AND position <= ?2",
	[SQL_CHUNK_IS_USED] = "SELECT 1 FROM extent WHERE chunk = ?1 LIMIT 1",
	[SQL_CHUNK_IS_WANTED] =
		"SELECT 1 FROM extent e CROSS JOIN version v ON v.id = e.version"
		" LEFT JOIN file f ON f.id = v.file"
		" WHERE e.chunk = ?1 AND coalesce(f.replication, v.replication) >= ?2 LIMIT 1",
	[SQL_CHUNK_WANT] = "SELECT max(coalesce(f.replication, v.replication)) FROM extent e"
			   " CROSS JOIN version v ON v.id = e.version LEFT JOIN file f ON f.id = v.file"
			   " WHERE e.chunk = ?1",
	[SQL_CHUNK_REMOVE] = "DELETE FROM chunk WHERE id = ?1",
	[SQL_CHUNK_ORPHANS] = "SELECT c.id FROM chunk c WHERE c.id > ?1 AND c.id <= ?2"
			      " AND NOT EXISTS (SELECT 1 FROM extent e WHERE e.chunk = c.id)"
			      " AND NOT EXISTS (SELECT 1 FROM unused u WHERE u.chunk = c.id)",
	[SQL_UNUSED_ADD] =
		"INSERT INTO unused VALUES (?1, ?2) ON CONFLICT (chunk) DO UPDATE SET since_ms = ?2",
	[SQL_UNUSED_REMOVE] = "DELETE FROM unused WHERE chunk = ?1",
	[SQL_UNUSED_PAGE] = "SELECT chunk FROM unused WHERE since_ms <= ?1 ORDER BY since_ms LIMIT ?2",
	[SQL_PREVIEW_VERSION] = "INSERT OR IGNORE INTO temp.gone_version VALUES (?1)",
	[SQL_PREVIEW_DEAD] = "INSERT OR IGNORE INTO temp.gone_version"
			     " SELECT id FROM version WHERE file IS NULL",
	[SQL_PREVIEW_UNUSED] = "INSERT OR IGNORE INTO temp.gone_chunk"
			       " SELECT u.chunk FROM unused u WHERE u.since_ms <= ?1"
			       " AND NOT EXISTS (SELECT 1 FROM extent e WHERE e.chunk = u.chunk)",
	[SQL_PREVIEW_RELEASED] =
		"INSERT OR IGNORE INTO temp.gone_chunk SELECT c.id FROM"
		" (SELECT chunk AS id FROM unused"
		"  UNION SELECT e.chunk FROM temp.gone_version g CROSS JOIN extent e ON e.version = g.id"
		"  UNION SELECT d.id FROM chunk d WHERE NOT EXISTS (SELECT 1 FROM extent x WHERE x.chunk = "
		"d.id)) c"
		" WHERE NOT EXISTS (SELECT 1 FROM extent e WHERE e.chunk = c.id"
		"  AND NOT EXISTS (SELECT 1 FROM temp.gone_version g WHERE g.id = e.version))",
	[SQL_PREVIEW_CHUNKS] = "SELECT " CHUNK_COLUMNS " FROM temp.gone_chunk g"
			       " CROSS JOIN chunk c ON c.id = g.id CROSS JOIN copyset s ON s.id = c.copyset",

	[SQL_PREVIEW_HAS] = "SELECT 1 FROM temp.gone_chunk WHERE id = ?1",

	[SQL_STRAY_FIND] = "SELECT 1 FROM stray WHERE node = ?1 AND sha256 = ?2",
	[SQL_STRAY_ADD] = "INSERT INTO stray VALUES (?1, ?2) ON CONFLICT (node, sha256) DO NOTHING",
	[SQL_STRAY_REMOVE] = "DELETE FROM stray WHERE node = ?1 AND sha256 = ?2",
	[SQL_STRAY_PAGE] =
		"SELECT sha256 FROM stray WHERE node = ?1 AND sha256 > ?2 ORDER BY sha256 LIMIT ?3",
	[SQL_REQUEST_ADD] = "INSERT INTO request (kind, node, bandwidth, keep_versions, keep_for_ms, pid)"
			    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[SQL_REQUEST_TRIM] = "DELETE FROM request WHERE id <= ?1",
	[SQL_REQUEST_NEXT] =
		"SELECT " REQUEST_COLUMNS " FROM request WHERE done = 0 AND kind = ?1 ORDER BY id LIMIT 1",
	[SQL_REQUEST_GET] = "SELECT " REQUEST_COLUMNS " FROM request WHERE id = ?1",
	[SQL_REQUEST_FINISH] = "UPDATE request SET done = 1, pid = ?2, chunks = ?3, bytes = ?4, bad = ?5,"
			       " remaining = ?6, duration_ms = ?7, text = ?8, versions = ?9, files = ?10,"
			       " waiting = ?11 WHERE id = ?1",
	/* live_copies() is a function of the program's: how many of a copyset's nodes answer. */
	[SQL_RISK] =
		"SELECT f.name, v.number, f.head = v.id, count(*), min(s.live), max(s.want), v.born, v.died"
		" FROM (SELECT id, want, live_copies(nodes) AS live FROM copyset"
		"       WHERE chunks > 0 AND live_copies(nodes) < want) s"
		" CROSS JOIN chunk c ON c.copyset = s.id CROSS JOIN extent e ON e.chunk = c.id"
		" JOIN version v ON v.id = e.version JOIN file f ON f.id = v.file"
		" GROUP BY v.id ORDER BY min(s.live), f.name, v.number",

	[SQL_JOURNAL_CLEAR] = "DELETE FROM journal",
	[SQL_JOURNAL_ADD] = "INSERT INTO journal VALUES (?1, ?2, ?3)",
	[SQL_JOURNAL_GET] = "SELECT sequence, previous, text FROM journal ORDER BY sequence DESC LIMIT 1",
	[SQL_COPY_VERSIONS] = "SELECT " ENTRY_COLUMNS ", v.born, v.died, v.died_ms"
			      " FROM version v CROSS JOIN file f ON f.id = v.file ORDER BY v.id",
	[SQL_COPY_EXTENTS] = "SELECT e.version, e.position, c.sha256, c.size, e.part_offset, e.part_length"
			     " FROM extent e CROSS JOIN chunk c ON c.id = e.chunk"
			     " ORDER BY e.version, e.position",
	[SQL_COPY_SNAPSHOTS] = "SELECT name, sequence, created_ms, files, bytes FROM snapshot ORDER BY id",

	/* ---- what regrows a catalog ---- */

	[SQL_REGROW_VERSION] =
		"INSERT OR REPLACE INTO version (id, file, number, born, died, kind, size, extents, shared,"
		" sha256, mode, mtime_ns, stored_ms, replication, target, died_ms, manifest)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
	[SQL_REGROW_EXTENT] = "INSERT OR REPLACE INTO extent VALUES (?1, ?2, ?3, ?4, ?5)",
	[SQL_REGROW_COLLECT] = "DELETE FROM version WHERE id = ?1",
	[SQL_FILE_SWEEP] = "DELETE FROM file WHERE id = ?1 AND head IS NULL"
			   " AND NOT EXISTS (SELECT 1 FROM version WHERE file = ?1)",
	[SQL_REGROW_NODE] = "INSERT OR REPLACE INTO node (id, uuid, name, failed, draining)"
			    " VALUES (?1, ?2, ?3, ?4, ?5)",
	[SQL_REGROW_SNAPSHOT] = "INSERT OR REPLACE INTO snapshot (name, sequence, created_ms, files, bytes)"
				" VALUES (?1, ?2, ?3, ?4, ?5)",
	[SQL_REGROW_SNAPSHOT_REMOVE] = "DELETE FROM snapshot WHERE name = ?1",
	[SQL_REGROW_HOLDER] = "INSERT OR IGNORE INTO temp.holder VALUES (?1, ?2)",
	[SQL_REGROW_HOLDERS] = "SELECT node FROM temp.holder WHERE chunk = ?1 ORDER BY node",
	[SQL_REGROW_WANT] = "SELECT max(f.replication) FROM extent e CROSS JOIN version v ON v.id = e.version"
			    " CROSS JOIN file f ON f.id = v.file WHERE e.chunk = ?1",
	[SQL_REGROW_SUMS] =
		"SELECT (SELECT count(*) FROM file f JOIN version v ON v.id = f.head WHERE v.kind <> ?1),"
		" (SELECT count(*) FROM version WHERE kind <> ?1),"
		" (SELECT coalesce(sum(v.size), 0) FROM file f JOIN version v ON v.id = f.head WHERE v.kind "
		"<> ?1),"
		" (SELECT count(*) FROM snapshot), (SELECT count(*) FROM chunk)",

	[SQL_EVENT_ADD] =
		"INSERT INTO event (time_ms, severity, code, node, text, \"trigger\", source, target,"
		" result, chunks, bytes, duration_ms)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	[SQL_EVENT_TRIM] = "DELETE FROM event WHERE id <= ?1",
	[SQL_EVENT_START] = "SELECT id FROM event ORDER BY id DESC LIMIT 1 OFFSET ?1",
	[SQL_EVENT_PAGE] = "SELECT " EVENT_COLUMNS " FROM event WHERE id > ?1 ORDER BY id LIMIT ?2",

	/* ---- what inquiries ask; CROSS JOIN fixes the order in which the tables are looked at ---- */

	[SQL_READ_BEGIN] = "BEGIN",
	[SQL_LISTED_EACH] =
		"SELECT f.name, f.id, v.id, v.kind, v.size, f.last_number, v.stored_ms, f.replication, 0"
		" FROM file f CROSS JOIN version v ON v.id = f.head ORDER BY f.name",
	[SQL_REMOVED_EACH] =
		"SELECT f.name, f.id, v.id, v.kind, v.size, f.last_number, v.stored_ms, f.replication,"
		" v.died_ms FROM file f CROSS JOIN version v ON v.id ="
		"  (SELECT w.id FROM version w WHERE w.file = f.id ORDER BY w.number DESC LIMIT 1)"
		" WHERE f.head IS NULL ORDER BY f.name",
	[SQL_NAME_NEXT] = "SELECT name FROM file WHERE name >= ?1 AND name < ?2 AND head IS NOT NULL"
			  " ORDER BY name LIMIT 1",
	[SQL_FILE_GET] =
		"SELECT f.name, f.head IS NOT NULL, f.last_number, f.replication, v.id, v.number, "
		"v.kind, v.size,"
		" v.extents, v.stored_ms, v.mtime_ns, v.died_ms FROM file f CROSS JOIN version v ON v.id = "
		"coalesce(f.head,"
		"  (SELECT w.id FROM version w WHERE w.file = f.id ORDER BY w.number DESC LIMIT 1))"
		" WHERE f.id = ?1",
	[SQL_VERSION_EACH] =
		"SELECT v.id, f.head = v.id, v.number, v.kind, v.size, v.extents, v.stored_ms, v.mtime_ns, "
		"v.sha256, v.born, v.died, v.died_ms"
		" FROM file f CROSS JOIN version v ON v.file = f.id WHERE f.id = ?1 ORDER BY v.number DESC",
	[SQL_VERSION_NAME] = "SELECT f.name, v.number, f.head = v.id FROM version v"
			     " CROSS JOIN file f ON f.id = v.file WHERE v.id = ?1",
	[SQL_VERSION_UNFINISHED] = "SELECT id FROM version WHERE file IS NULL",
	[SQL_EXTENT_COPYSETS] = "SELECT c.copyset FROM extent e CROSS JOIN chunk c ON c.id = e.chunk"
				" WHERE e.version = ?1 ORDER BY e.position",
	[SQL_EXTENT_LAST] = "SELECT max(position) FROM extent WHERE version = ?1",
	[SQL_EXTENT_NTH] =
		"SELECT position FROM extent WHERE version = ?1 ORDER BY position LIMIT 1 OFFSET ?2",
	[SQL_COPYSET_USERS] = "SELECT e.version FROM chunk c CROSS JOIN extent e ON e.chunk = c.id"
			      " WHERE c.copyset = ?1",
	[SQL_EXTENT_USERS] = "SELECT e.version, c.copyset FROM extent e CROSS JOIN chunk c ON c.id = e.chunk",
	[SQL_COPYSET_SAMPLE] =
		"SELECT f.name, v.number, f.head = v.id FROM chunk c CROSS JOIN extent e ON e.chunk = c.id"
		" CROSS JOIN version v ON v.id = e.version CROSS JOIN file f ON f.id = v.file"
		" WHERE c.copyset = ?1 LIMIT ?2",
	[SQL_EVENT_DOWN] = "SELECT " EVENT_COLUMNS " FROM event"
			   " WHERE id < ?1 AND severity >= ?2 AND (?3 = '' OR node = ?3) ORDER BY id DESC",
	[SQL_EVENT_REPAIRS] =
		"SELECT bytes, duration_ms FROM event WHERE code = 'repair_finished' AND bytes > 0"
		" AND duration_ms > 0 ORDER BY id DESC LIMIT ?1",
	[SQL_NEW_BYTES] =
		"SELECT coalesce(sum(coalesce(n.part_length, c.size)), 0) FROM"
		" (SELECT DISTINCT e.chunk, e.part_length FROM extent e WHERE e.version = ?1 AND NOT EXISTS"
		"  (SELECT 1 FROM extent x WHERE x.chunk = e.chunk AND x.version = ?2)) n"
		" CROSS JOIN chunk c ON c.id = n.chunk",
	[SQL_SNAPSHOT_DOWN] =
		"SELECT " SNAPSHOT_COLUMNS " FROM snapshot ORDER BY sequence DESC, id DESC LIMIT ?1",
	/* One look at every version, and names only of those that differ: most do not. */
	[SQL_DIFFERING_EACH] =
		"SELECT f.name, f.id, (v.born <= ?2 AND coalesce(v.died > ?2, 1)), v.number, v.kind, v.size,"
		" v.mode, v.mtime_ns, v.sha256 FROM version v CROSS JOIN file f ON f.id = v.file"
		" WHERE (v.born <= ?1 AND coalesce(v.died > ?1, 1)) <>"
		"  (v.born <= ?2 AND coalesce(v.died > ?2, 1)) ORDER BY f.name",
};
