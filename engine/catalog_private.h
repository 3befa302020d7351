/*
 * catalog_private.h: what the files catalog_*.c share. Nobody else includes it.
 *
 * Every statement has a number, is prepared at its first use and stays prepared until the catalog closes.
 * A statement in use is a `struct query`: query_begin() takes the catalog's mutex, query_end() resets the
 * statement and gives the mutex back. A query that failed stays failed, so that a caller may bind and
 * step without looking and check once.
 */
#ifndef LINCKIA_ENGINE_CATALOG_PRIVATE_H
#define LINCKIA_ENGINE_CATALOG_PRIVATE_H

#include <pthread.h>
#include <sys/types.h>

#include <sqlite3.h>

#include "engine/catalog.h"
#include "engine/fact.h"

enum statement {
	SQL_DATA_VERSION,
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_STATE_READ,
	SQL_STATE_UPDATE,
	SQL_OPERATION_ADD,
	SQL_OPERATION_FIND,
	SQL_OPERATION_TRIM,
	SQL_META_READ,
	SQL_META_WRITE,
	SQL_META_REMOVE,
	SQL_NODE_EACH,
	SQL_NODE_ADD,
	SQL_NODE_SET_FAILED,
	SQL_NODE_SET_DRAINING,
	SQL_NODE_SET_AWAY,
	SQL_NODE_SET_VERIFIED,
	SQL_NODE_REMOVE,
	SQL_NODE_REMOVE_BAD,
	SQL_NODE_REMOVE_STRAYS,
	SQL_LINK_EACH,
	SQL_LINK_SET,
	SQL_LINK_REMOVE,
	SQL_COPYSET_FIND,
	SQL_COPYSET_ADD,
	SQL_COPYSET_COUNT,
	SQL_COPYSET_EACH,
	SQL_COPYSET_SWEEP,
	SQL_COPYSET_EMPTY,
	SQL_CHUNK_FIND,
	SQL_CHUNK_GET,
	SQL_CHUNK_ADD,
	SQL_CHUNK_MOVE,
	SQL_CHUNK_MOVE_ALL,
	SQL_CHUNK_PAGE,
	SQL_CHUNK_PAGE_OF_COPYSET,
	SQL_CHUNK_PAGE_LOST,
	SQL_CHUNK_HIGHEST,
	SQL_CHUNK_NAME,
	SQL_BAD_ADD,
	SQL_BAD_CLEAR,
	SQL_BAD_PAGE,
	SQL_BAD_OF_CHUNK,
	SQL_SAMPLE_COPYSET,
	SQL_SAMPLE_BAD,
	SQL_FILE_FIND,
	SQL_FILE_ADD,
	SQL_FILE_SET_HEAD,
	SQL_FILE_SET_REPLICATION,
	SQL_ENTRY_CURRENT,
	SQL_ENTRY_NUMBER,
	SQL_ENTRY_AT,
	SQL_ENTRY_VERSION,
	SQL_ENTRY_LIST,
	SQL_ENTRY_LIST_AT,
	SQL_ENTRY_PAST,
	SQL_ENTRY_FOLDERS_DOWN,
	SQL_ENTRY_FOLDERS_DOWN_AT,
	SQL_COMPARE,
	SQL_VERSION_PAGE,
	SQL_VERSION_BEGIN,
	SQL_VERSION_FINISH,
	SQL_VERSION_DIE,
	SQL_VERSION_COPY_EXTENTS,
	SQL_VERSION_GET,
	SQL_VERSION_ABANDON,
	SQL_EXTENT_REMOVE,
	SQL_EXTENT_ADD,
	SQL_EXTENT_LIST,
	SQL_SHARED_FIND,
	SQL_WANT_OF_FILE,
	SQL_SNAPSHOT_ADD,
	SQL_SNAPSHOT_FIND,
	SQL_SNAPSHOT_REMOVE,
	SQL_SNAPSHOT_PAGE,
	SQL_ENDED_PAGE,
	SQL_ENDED_GET,
	SQL_VERSION_COLLECT,
	SQL_UNFINISHED_PAGE,
	SQL_DEAD_NEXT,
	SQL_DEAD_REMOVE,
	SQL_DEAD_EXTENTS,
	SQL_DEAD_EXTENTS_REMOVE,
	SQL_CHUNK_IS_USED,
	SQL_CHUNK_IS_WANTED,
	SQL_CHUNK_WANT,
	SQL_CHUNK_REMOVE,
	SQL_CHUNK_ORPHANS,
	SQL_UNUSED_ADD,
	SQL_UNUSED_REMOVE,
	SQL_UNUSED_PAGE,
	SQL_PREVIEW_VERSION,
	SQL_PREVIEW_DEAD,
	SQL_PREVIEW_UNUSED,
	SQL_PREVIEW_RELEASED,
	SQL_PREVIEW_CHUNKS,
	SQL_PREVIEW_HAS,
	SQL_STRAY_FIND,
	SQL_STRAY_ADD,
	SQL_STRAY_REMOVE,
	SQL_STRAY_PAGE,
	SQL_REQUEST_ADD,
	SQL_REQUEST_TRIM,
	SQL_REQUEST_NEXT,
	SQL_REQUEST_GET,
	SQL_REQUEST_FINISH,
	SQL_RISK,
	SQL_JOURNAL_CLEAR,
	SQL_JOURNAL_ADD,
	SQL_JOURNAL_GET,
	SQL_COPY_VERSIONS,
	SQL_COPY_EXTENTS,
	SQL_COPY_SNAPSHOTS,
	SQL_REGROW_VERSION,
	SQL_REGROW_EXTENT,
	SQL_REGROW_COLLECT,
	SQL_FILE_SWEEP,
	SQL_REGROW_NODE,
	SQL_REGROW_SNAPSHOT,
	SQL_REGROW_SNAPSHOT_REMOVE,
	SQL_REGROW_HOLDER,
	SQL_REGROW_HOLDERS,
	SQL_REGROW_WANT,
	SQL_REGROW_SUMS,
	SQL_EVENT_ADD,
	SQL_EVENT_TRIM,
	SQL_EVENT_START,
	SQL_EVENT_PAGE,
	SQL_READ_BEGIN,
	SQL_LISTED_EACH,
	SQL_NAME_NEXT,
	SQL_FILE_GET,
	SQL_VERSION_EACH,
	SQL_VERSION_NAME,
	SQL_VERSION_UNFINISHED,
	SQL_EXTENT_COPYSETS,
	SQL_EXTENT_LAST,
	SQL_EXTENT_NTH,
	SQL_COPYSET_USERS,
	SQL_EXTENT_USERS,
	SQL_COPYSET_SAMPLE,
	SQL_EVENT_DOWN,
	SQL_EVENT_REPAIRS,
	SQL_REMOVED_EACH,
	SQL_NEW_BYTES,
	SQL_SNAPSHOT_DOWN,
	SQL_DIFFERING_EACH,
	STATEMENTS
};

/* Extents of one version, one after another, that were added in the transaction under way. */
struct fact_run {
	int64_t version;
	uint64_t first;       /* position of the first one */
	unsigned count;       /* at most FACT_CHUNKS_MAX */
	size_t start, length; /* of their text in `elements` */
	bool written;
};

/* The record that the transaction under way will leave in the journal: catalog_fact.c. */
struct catalog_facts {
	struct fact_text text;
	struct fact_text elements; /* of chunks whose line is not written yet */
	struct fact_run *runs;
	size_t run_count, run_room, next_run;
	bool failed; /* for want of memory */
};

struct catalog {
	const struct env *env;
	char *path, *lock_path;
	dev_t device; /* of the file that is open */
	ino_t inode;
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
	pthread_mutex_t mutex; /* recursive: a transaction holds it around its queries */
	int lock_fd;           /* open only while a transaction or checkpoint holds the lock */
	char store_uuid[UUID_SIZE];
	uint8_t highest_name[STORE_NAME_MAX + 8]; /* sorts after every name */
	int log_pages;                            /* of the write-ahead log after the last commit */

	bool (*gives_up)(void *context); /* during a long look: catalog_inquiry.h */
	void *gives_up_context;

	bool regrowing; /* what is done comes from records, and leaves none: catalog_regrow.h */
	bool writing;
	char operation[UUID_SIZE];
	struct catalog_state state; /* of the transaction under way, counters included */
	struct catalog_facts facts;
	char history[UUID_SIZE];
	char ended_histories[1024];
	struct catalog_journal journal; /* where records go; no functions: nowhere */
};

extern const char *const catalog_sql[STATEMENTS];
/* All tables, in two parts. */
extern const char catalog_schema[], catalog_network_schema[];
/* What makes a catalog of the format that is the index one of the next format. */
extern const char *const catalog_migrations[CATALOG_FORMAT];

/* Opens the database and brings it up to date; after a failure, too, it has to be disconnected. */
int catalog_connect(struct catalog *catalog, struct error *error);
void catalog_disconnect(struct catalog *catalog);

/*
 * The lock that serialises writers and checkpoints of all processes;
 * waits for it for up to two minutes, then ERROR_BUSY.
 */
int catalog_lock_writers(struct catalog *catalog, struct error *error);
void catalog_unlock_writers(struct catalog *catalog);

/* Fills in `error` from the database's last failure; returns -1. */
int catalog_error(struct catalog *catalog, int result, struct error *error);

struct query {
	struct catalog *catalog;
	sqlite3_stmt *statement;
	struct error *error;
	int result; /* the first failure, or SQLITE_OK */
};

struct query query_begin(struct catalog *catalog, enum statement statement, struct error *error);
void query_int(struct query *query, int index, int64_t value);
void query_real(struct query *query, int index, double value);
void query_text(struct query *query, int index, const char *text);
/* The bytes must live until query_end(). */
void query_blob(struct query *query, int index, const void *data, size_t size);
/* An upper bound for names; with NULL one that is above every name, so that the index serves both. */
void query_below(struct query *query, int index, const char *name);
void query_null(struct query *query, int index);
/* 1: a row; 0: no more; -1: failed. */
int query_step(struct query *query);
int64_t query_get_int(struct query *query, int column);
double query_get_real(struct query *query, int column);
/* Copies at most size - 1 bytes and a NUL. */
void query_get_text(struct query *query, int column, char *out, size_t size);
/* A row says what cannot be: the query fails as on a damaged file. */
void query_refuse(struct query *query);
/*
 * Refuses a row unless `is_further`: by its key it must lie beyond the row before, and the first beyond where the
 * page begins. A damaged tree gives rows in any order; whoever goes on after a page's last row would read the same
 * page for ever.
 */
void query_require_progress(struct query *query, bool is_further);
/* 0 or -1 as the query went. */
int query_end(struct query *query);
/* Steps a statement that returns no rows, and ends it. */
int query_run(struct query *query);
/* The same for one that must change exactly one row; anything else is ERROR_DAMAGED. */
int query_run_one(struct query *query);

/* When a version ended: INT64_MAX for one that has not. */
int64_t query_get_died(struct query *query, int column);
/*
 * What the columns of a copyset say, whatever stands there: at least one copy is wanted, and a node that is named
 * twice holds one. A damaged catalog must not make the last copy look like one too many (invariant 4).
 */
unsigned copyset_want(int64_t wanted);
unsigned copyset_nodes(const uint8_t *bytes, size_t size, uint16_t nodes[COPYSET_MAX]);
/* Reads want, nodes and node_count from two columns. */
void query_get_copyset(struct query *query, int column, unsigned *want, uint16_t *nodes, unsigned *count);
void query_get_digest(struct query *query, int column, struct digest *digest);

enum { ENTRY_COLUMN_COUNT = 14 };
/* Reads ENTRY_COLUMNS, which are the first ones. */
void query_get_entry(struct query *query, struct catalog_entry *entry);
/* Reads SNAPSHOT_COLUMNS, which are the first ones. */
void query_get_snapshot(struct query *query, struct catalog_snapshot *snapshot);
/* Reads CHUNK_COLUMNS, which begin at `column`. */
void query_get_chunk(struct query *query, int column, struct catalog_chunk *chunk);

/* ---- catalog_fact.c: each notes that the transaction under way does just that ---- */

void facts_clear(struct catalog *catalog);
void facts_free(struct catalog *catalog);
/* Whether the transaction under way leaves a record. */
bool facts_any(const struct catalog *catalog);
void facts_extent(struct catalog *catalog, int64_t version, const struct catalog_extent *extent);
/* With `copied` the extents are not noted, and are those of that version. */
void facts_version(struct catalog *catalog, const struct catalog_entry *entry, int64_t copied);
void facts_abandoned(struct catalog *catalog, int64_t version);
void facts_collected(struct catalog *catalog, int64_t version);
void facts_removed(struct catalog *catalog, const char *name, int64_t time_ms);
void facts_replication(struct catalog *catalog, const char *name, unsigned replication_factor);
void facts_snapshot(struct catalog *catalog, const struct catalog_snapshot *snapshot);
void facts_snapshot_removed(struct catalog *catalog, const char *name);
void facts_node(struct catalog *catalog, const struct catalog_node *node);
void facts_node_flag(struct catalog *catalog, uint16_t id, const char *flag, bool value);
void facts_node_removed(struct catalog *catalog, uint16_t id);
void facts_regrown(struct catalog *catalog, const char *from, uint64_t at);
/* The words for the kinds of entries in facts. */
enum { FACTS_KINDS = 3 };
extern const char *const facts_kinds[FACTS_KINDS];
/* The members of a line about a version, without its chunks, or a node. */
void facts_write_version(struct fact_text *text, const struct catalog_entry *entry);
void facts_write_node(struct fact_text *text, const struct catalog_node *node);
void facts_write_snapshot(struct fact_text *text, const char *name, uint64_t at, int64_t created_ms,
	uint64_t files, uint64_t bytes);
/* Ends the record, if there is any, as that of the sequence now being committed, and keeps it in the catalog. */
MUST_CHECK int facts_seal(struct catalog *catalog, struct error *error);

/* The chunk of an extent, which must be there: ERROR_DAMAGED. */
MUST_CHECK int catalog_require_chunk(
	struct catalog *catalog, int64_t id, struct catalog_chunk *chunk, struct error *error);

/* Takes the copyset's counters down by one chunk of that size. */
MUST_CHECK int catalog_leave_copyset(
	struct catalog *catalog, int64_t copyset, uint64_t size, struct error *error);

/* Gives every chunk of the file's versions the want that all files using it add up to. */
MUST_CHECK int catalog_refresh_want(struct catalog *catalog, int64_t file_id, struct error *error);

#endif
