/*
 * catalog.h: the SQLite database of files, versions, chunks, replicas, nodes and events.
 *
 * ## What is in it
 *
 *   state      one row: the sequence of the last commit, and counters that status would have to count
 *   node       the nodes, each with a small number that replicas use
 *   copyset    a set of nodes together with `want`, and how many chunks (and bytes) have just these
 *   chunk      digest, size, copyset
 *   file       a name, its current version, its replication factor
 *   version    one immutable content of a name; current for each sequence in [born, died), and until died_ms
 *   snapshot   a name for a sequence: it holds the versions that were current then
 *   unused     chunks that lost their last extent, and since when
 *   journal    records of commits that some node's journal may still lack (journal.h)
 *   extent     which chunks, or parts of chunks, make up a version, in order
 *   stray      files that may be on a node although no copyset says so: of copies that are being made, or
 *              were given up; each is removed, or becomes a replica, before its row goes
 *   request    passes that a command asked for, and what came of them
 *   link       what was set of the simulated network: links.h
 *   bad_replica, event, operation, meta
 *
 * A copyset (the term of Cidon et al., "Copysets", USENIX ATC 2013) is the set of nodes that hold all copies
 * of a chunk. Chunks point to one instead of listing their replicas: ten million chunks on a dozen
 * nodes share a few hundred copysets, so a node's failure is judged by looking at those, and a chunk costs about 100
 * bytes of catalog whatever its number of copies. "Which chunks are on node 3" is an index away too: those of
 * the copysets that name it.
 *
 * Digests are indexed by their first eight bytes only, which saves a third of a chunk's cost.
 *
 * Small files may share a chunk. Their extents then have an offset and a length, and the version's own
 * SHA-256 verifies the part.
 *
 * A folder is an entry whose name ends in '/', which keeps it apart from a file of that name and
 * sorts it before what is in it.
 *
 * ## Locking
 *
 * SQLite's WAL mode before 3.51.3 can corrupt the database when two connections commit and checkpoint at
 * the same moment. Therefore every write transaction and every checkpoint, of all threads and processes, holds
 * an exclusive lock on the file catalog.lock; automatic checkpoints and the one at closing are off, and
 * catalog_commit() checkpoints by itself when the log has grown. Readers need no lock.
 *
 * A commit that reports an input/output error may or may not have happened. Each transaction therefore writes an
 * operation id, and catalog_commit() reopens the database and looks for it.
 *
 * ## Threads
 *
 * A catalog may be used from any thread; its mutex is held for one statement, or from catalog_begin() to
 * the end of the transaction. Engine code uses one catalog for transactions and another for look-ups, so that
 * look-ups do not wait for a commit. All functions may block on the disk. Look-ups return 1 when found, 0 when
 * not, -1 with `error`.
 */
#ifndef LINCKIA_ENGINE_CATALOG_H
#define LINCKIA_ENGINE_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/digest.h"
#include "engine/engine.h"
#include "engine/env.h"
#include "engine/error.h"
#include "engine/retention.h"
#include "engine/uuid.h"

enum { CATALOG_FORMAT = 5, COPYSET_MAX = 32 };

/* A moment is the sequence of a commit, for what was current when that was done, or this. */
enum { CATALOG_NOW = -1 };

struct catalog;

/* Makes an empty catalog at `path`; ERROR_EXISTS when there is one. */
MUST_CHECK int catalog_create(
	const struct env *env, const char *path, const char *store_uuid, struct error *error);
MUST_CHECK int catalog_open(
	const struct env *env, const char *path, struct catalog **catalog, struct error *error);
void catalog_close(struct catalog *catalog);

/* Looks through the whole database for damage: ERROR_DAMAGED. Takes as long as reading it. */
MUST_CHECK int catalog_check(struct catalog *catalog, struct error *error);
/* Brings everything that was committed into the one file of the database. Nobody else may have it open. */
MUST_CHECK int catalog_settle(struct catalog *catalog, struct error *error);

const char *catalog_store_uuid(const struct catalog *catalog);

/* A number that changes when another connection has committed since it was last asked for. */
MUST_CHECK int catalog_data_version(struct catalog *catalog, int64_t *version, struct error *error);

/*
 * One write transaction. catalog_begin() waits for other writers, for two minutes at most. After a failed call inside
 * a transaction, and after a failed catalog_commit(), the transaction is rolled back with catalog_rollback().
 */
MUST_CHECK int catalog_begin(struct catalog *catalog, struct error *error);
/* The same, but ERROR_BUSY at once when another process is writing. */
MUST_CHECK int catalog_try_begin(struct catalog *catalog, struct error *error);
MUST_CHECK int catalog_commit(struct catalog *catalog, struct error *error);
void catalog_rollback(struct catalog *catalog);

/* ---- the journal ---- */

/*
 * A transaction that changes what a catalog must know to be regrown leaves a record (fact.h): all its facts, and a
 * line that ends them. When it commits, the record goes to the journal, whose functions are called while the write
 * lock is held: `prepare` before the commit, with the sequence of the last record, which may refuse it, and `append`
 * after it, which returns on how many nodes the record is durable.
 */
struct catalog_journal {
	int (*prepare)(void *context, struct catalog *catalog, uint64_t last, struct error *error);
	unsigned (*append)(
		void *context, uint64_t previous, uint64_t sequence, const char *text, size_t size);
	void *context;
};
void catalog_set_journal(struct catalog *catalog, const struct catalog_journal *journal);
/* The same as catalog_commit(), and on how many nodes the record is durable; UINT_MAX when there was none to keep. */
MUST_CHECK int catalog_commit_journaled(struct catalog *catalog, unsigned *copies, struct error *error);
/*
 * The last record, and the catalog's own copy of it, or NULL when it was large: until it is known to be on the nodes
 * it is nowhere else. 1 when there is a record; `text` is the caller's to free.
 */
MUST_CHECK int catalog_last_record(struct catalog *catalog, uint64_t *sequence, uint64_t *previous,
	char **text, size_t *size, struct error *error);
/* Which line of sequences this is; a catalog that was regrown has a new one. Never NULL. */
const char *catalog_history(const struct catalog *catalog);
/* Whether `history` came before this one, and with which sequence it was left. */
bool catalog_ended_history(const struct catalog *catalog, const char *history, uint64_t *ended);

/* Takes the next part of a copy of the catalog. */
typedef int catalog_copy_write(void *context, const char *text, size_t size, struct error *error);
/*
 * Writes all that the catalog must know to be regrown, as facts, as it is at one moment: that of its last record,
 * `sequence`. The catalog must be in use by nobody else meanwhile.
 */
MUST_CHECK int catalog_write_copy(struct catalog *catalog, uint64_t *sequence, catalog_copy_write *write,
	void *context, struct error *error);

/* Whether somebody holds the write lock just now, this process included. */
bool catalog_is_locked(const struct catalog *catalog);

/* ---- the store as a whole ---- */

struct catalog_state {
	uint64_t sequence;        /* of the last commit; inside a transaction, of the one before */
	uint64_t files, versions; /* without folders */
	uint64_t logical_bytes;   /* of current versions */
	uint64_t largest_chunk_bytes;
	uint64_t bad_replicas, snapshots;
	uint64_t journal;      /* sequence of the last commit that has a record in the journal */
	uint64_t last_version; /* the highest id that a version was ever given: none is given twice */
};
MUST_CHECK int catalog_read_state(struct catalog *catalog, struct catalog_state *state, struct error *error);

/* How large the catalog's files are, its log included; 0 where that cannot be told. */
uint64_t catalog_file_bytes(const struct catalog *catalog);

/* ---- nodes ---- */

struct catalog_node {
	uint16_t id;
	char uuid[UUID_SIZE];
	char name[256];
	bool failed;         /* by the operator */
	bool draining;       /* its copies are to go elsewhere */
	int64_t away_ms;     /* since when it does not answer, by the wall clock; 0: it answers */
	unsigned departures; /* in a row: see grace.h */
	int64_t verified_ms; /* every copy on it was written or verified since then; 0: unknown */
};
typedef int catalog_node_visit(void *context, const struct catalog_node *node, struct error *error);
MUST_CHECK int catalog_each_node(
	struct catalog *catalog, catalog_node_visit *visit, void *context, struct error *error);
MUST_CHECK int catalog_add_node(
	struct catalog *catalog, const char *name, const char *uuid, uint16_t *id, struct error *error);
MUST_CHECK int catalog_set_node_failed(
	struct catalog *catalog, uint16_t id, bool failed, struct error *error);
MUST_CHECK int catalog_set_node_draining(
	struct catalog *catalog, uint16_t id, bool draining, struct error *error);
MUST_CHECK int catalog_set_node_away(
	struct catalog *catalog, uint16_t id, int64_t away_ms, unsigned departures, struct error *error);
MUST_CHECK int catalog_set_node_verified(
	struct catalog *catalog, uint16_t id, int64_t verified_ms, struct error *error);
/* Forgets a node: takes it out of every copyset, and counts in `chunks` how many copies that were. */
MUST_CHECK int catalog_remove_node(
	struct catalog *catalog, uint16_t id, uint64_t *chunks, struct error *error);

/* ---- links of the simulated network ---- */

/* What was set beside the config, or instead of it, in one direction. Is not part of the journal's facts. */
struct catalog_link {
	char from[256], to[256]; /* names of nodes, or LINK_CLIENT_NAME; nodes need not exist any more */
	struct link_settings settings;
};
typedef int catalog_link_visit(void *context, const struct catalog_link *link, struct error *error);
MUST_CHECK int catalog_each_link(
	struct catalog *catalog, catalog_link_visit *visit, void *context, struct error *error);
MUST_CHECK int catalog_set_link(struct catalog *catalog, const char *from, const char *to,
	const struct link_settings *settings, struct error *error);
/* Those from and to the end called `name`; NULL: all. */
MUST_CHECK int catalog_remove_links(struct catalog *catalog, const char *name, struct error *error);

/* ---- chunks and their replicas ---- */

struct catalog_chunk {
	int64_t id;
	struct digest digest;
	uint64_t size; /* up to CHUNK_BYTES_MAX; 0: the catalog says what cannot be */
	int64_t copyset;
	unsigned want;
	uint16_t nodes[COPYSET_MAX]; /* ids, ascending */
	unsigned node_count;
};

/* Whether the catalog places a copy of the chunk on the node. */
bool catalog_is_placed(const struct catalog_chunk *chunk, uint16_t node);
/* Adds a node to the list, which stays in order, unless it is there or the list is full. Whether it is there now. */
bool catalog_chunk_insert(struct catalog_chunk *chunk, uint16_t node);

struct catalog_copyset {
	int64_t id;
	unsigned want;
	uint16_t nodes[COPYSET_MAX];
	unsigned node_count;
	uint64_t chunks, bytes;
};
typedef int catalog_copyset_visit(void *context, const struct catalog_copyset *copyset, struct error *error);
/* Only those that have chunks. `visit` must not call the catalog. */
MUST_CHECK int catalog_each_copyset(
	struct catalog *catalog, catalog_copyset_visit *visit, void *context, struct error *error);

MUST_CHECK int catalog_find_chunk(struct catalog *catalog, const struct digest *digest,
	struct catalog_chunk *chunk, struct error *error);
MUST_CHECK int catalog_get_chunk(
	struct catalog *catalog, int64_t id, struct catalog_chunk *chunk, struct error *error);
/* Inserts a chunk with everything but `id` and `copyset` filled in, and fills these in. */
MUST_CHECK int catalog_add_chunk(struct catalog *catalog, struct catalog_chunk *chunk, struct error *error);
/* Records the `want` and nodes that `chunk` now has. */
MUST_CHECK int catalog_place_chunk(struct catalog *catalog, struct catalog_chunk *chunk, struct error *error);
/* Notes that the copy of `chunk` on `node` was found bad, and takes the node from the chunk's copyset. */
MUST_CHECK int catalog_add_bad_replica(struct catalog *catalog, struct catalog_chunk *chunk, uint16_t node,
	const char *reason, struct error *error);
/* Forgets a chunk's bad copies: it has all it wants again. */
MUST_CHECK int catalog_clear_bad_replicas(struct catalog *catalog, int64_t chunk, struct error *error);
/* Up to `limit` ids above `after` of chunks with bad copies, ascending. Returns how many, or -1. */
MUST_CHECK int catalog_page_bad(
	struct catalog *catalog, int64_t after, int64_t *chunks, int limit, struct error *error);
/* Ids of the nodes with a bad copy of `chunk`; stores up to COPYSET_MAX. */
MUST_CHECK int catalog_bad_replicas(
	struct catalog *catalog, int64_t chunk, uint16_t *nodes, unsigned *count, struct error *error);

/* Takes `node` from the chunk's copyset. */
MUST_CHECK int catalog_drop_replica(
	struct catalog *catalog, struct catalog_chunk *chunk, uint16_t node, struct error *error);
/* Up to `limit` chunks with ids above `after`, of `copyset` or, with 0, of all. Returns how many, or -1. */
MUST_CHECK int catalog_page_chunks(struct catalog *catalog, int64_t copyset, int64_t after,
	struct catalog_chunk *chunks, int limit, struct error *error);
/* The same of chunks that are placed on no node. */
MUST_CHECK int catalog_page_lost(
	struct catalog *catalog, int64_t after, struct catalog_chunk *chunks, int limit, struct error *error);
MUST_CHECK int catalog_highest_chunk(struct catalog *catalog, int64_t *id, struct error *error);
/* Deletes the rows of copysets that no chunk has any more. */
MUST_CHECK int catalog_sweep_copysets(struct catalog *catalog, struct error *error);

/* A file that may be on a node without being a replica. */
MUST_CHECK int catalog_add_stray(
	struct catalog *catalog, uint16_t node, const struct digest *digest, struct error *error);
MUST_CHECK int catalog_remove_stray(
	struct catalog *catalog, uint16_t node, const struct digest *digest, struct error *error);
MUST_CHECK int catalog_has_stray(
	struct catalog *catalog, uint16_t node, const struct digest *digest, struct error *error);
/* Up to `limit` digests above `after` (NULL: all) of a node's strays, ascending. Returns how many, or -1. */
MUST_CHECK int catalog_page_strays(struct catalog *catalog, uint16_t node, const struct digest *after,
	struct digest *digests, int limit, struct error *error);

/*
 * Reports the versions with chunks that have fewer live copies than wanted, worst first. `answers` tells by node id
 * which nodes answer, or are taken to.
 */
typedef void catalog_risk_visit(void *context, struct risk_file *file, int64_t born, int64_t died);
MUST_CHECK int catalog_each_risk(struct catalog *catalog, const bool answers[65536],
	catalog_risk_visit *visit, void *context, struct error *error);

/* Visits up to `limit` names of files that use a chunk of the copyset (or `copyset` 0: a chunk with bad copies). */
typedef int catalog_name_visit(void *context, const char *name, uint64_t version, struct error *error);
MUST_CHECK int catalog_sample_files(struct catalog *catalog, int64_t copyset, unsigned limit,
	catalog_name_visit *visit, void *context, struct error *error);
/* One file that uses the chunk: "name" or "name@version"; "" when none does. */
MUST_CHECK int catalog_name_chunk(
	struct catalog *catalog, int64_t chunk, char *out, size_t size, struct error *error);

/* ---- files and versions ---- */

struct catalog_entry {
	char name[STORE_NAME_MAX + 2]; /* a folder's ends in '/' */
	int64_t version_id;
	uint64_t number;
	enum entry_kind kind;
	uint64_t size;
	uint64_t extents;
	bool shared; /* its bytes are part of a chunk that other files use too */
	struct digest digest;
	bool listed; /* `manifest` is known; else nothing but the chunks' own names vouches for them */
	struct digest manifest;
	int64_t mtime_ns, stored_ms;
	unsigned mode;
	unsigned replication_factor;
	bool keep_replication;           /* catalog_finish_version(): what the name has by now counts more */
	char target[STORE_NAME_MAX + 1]; /* of a link */
};

/* The replication factor that `name` has, or had before it was removed. */
MUST_CHECK int catalog_find_replication(
	struct catalog *catalog, const char *name, unsigned *replication_factor, struct error *error);

/* The current version of `name`, or with `number` that one (of a name that may have been removed). */
MUST_CHECK int catalog_find_entry(struct catalog *catalog, const char *name, uint64_t number,
	struct catalog_entry *entry, struct error *error);

/* The version of `name` that was current at a moment. */
MUST_CHECK int catalog_find_entry_at(struct catalog *catalog, const char *name, int64_t at,
	struct catalog_entry *entry, struct error *error);
/* A version by its id. */
MUST_CHECK int catalog_get_entry(
	struct catalog *catalog, int64_t version_id, struct catalog_entry *entry, struct error *error);

/*
 * Entries at a moment, with names above `after` and, unless `below` is NULL, below it, in byte order: up to
 * `limit` of them into `entries`. Returns how many, or -1.
 */
MUST_CHECK int catalog_list(struct catalog *catalog, const char *after, const char *below, int64_t at,
	struct catalog_entry *entries, int limit, struct error *error);

/*
 * Folder entries with names below `below` and not below `from`, in falling order, so that what is in a folder comes
 * before it: up to `limit` of them. Returns how many, or -1.
 */
MUST_CHECK int catalog_list_folders_down(struct catalog *catalog, const char *from, const char *below,
	int64_t at, struct catalog_entry *entries, int limit, struct error *error);

/* A name, and its versions at two moments; 0: it had none. */
struct catalog_pair {
	char name[STORE_NAME_MAX + 2];
	int64_t before, after; /* version ids */
};
/*
 * All names there ever were, from `from` on, or after it if `exclusive`, and, unless `below` is NULL, below it, in
 * byte order: up to `limit` of them. Returns how many, or -1.
 */
MUST_CHECK int catalog_compare(struct catalog *catalog, const char *from, bool exclusive, const char *below,
	int64_t before, int64_t after, struct catalog_pair *pairs, int limit, struct error *error);

/* A version, and for which sequences it was current: those in [born, died). */
struct catalog_life {
	struct catalog_entry entry;
	int64_t born, died; /* died: INT64_MAX while it is current */
	int64_t died_ms;    /* 0 while it is current */
};
/* Up to `limit` versions of a name, also of one that was removed, with numbers below `below`, the newest first. */
MUST_CHECK int catalog_list_versions(struct catalog *catalog, const char *name, uint64_t below,
	struct catalog_life *lives, int limit, struct error *error);

/* Starts a version whose extents arrive in several transactions; nobody sees it before it is finished. */
MUST_CHECK int catalog_begin_version(
	struct catalog *catalog, unsigned replication_factor, int64_t *version_id, struct error *error);
/*
 * Forgets an unfinished version. What many extents it has goes later, by catalog_release_extents(); chunks that
 * nobody else uses become unused.
 */
MUST_CHECK int catalog_abandon_version(struct catalog *catalog, int64_t version_id, struct error *error);
/*
 * Makes `version_id` the next version of `entry->name`, with everything else from `entry`; sets `entry->number`,
 * and with `entry->keep_replication` also `entry->replication_factor`.
 */
MUST_CHECK int catalog_finish_version(
	struct catalog *catalog, int64_t version_id, struct catalog_entry *entry, struct error *error);

/*
 * Makes the version that `entry` describes the current one again: as a new version of the same content, whose id,
 * number and time `entry` then has. The chunks stay where they are.
 */
MUST_CHECK int catalog_copy_version(
	struct catalog *catalog, struct catalog_entry *entry, struct error *error);

struct catalog_extent {
	uint64_t position;
	int64_t chunk;
	bool part;                   /* only these bytes of the chunk: */
	uint64_t offset, length;     /* set when read; when written, only for a part */
	const struct digest *digest; /* of the chunk, and its size; only for catalog_add_extent() */
	uint64_t chunk_size;
};
MUST_CHECK int catalog_add_extent(struct catalog *catalog, int64_t version_id,
	const struct catalog_extent *extent, struct error *error);
/* Extents of a version from `position` on, with their chunks: up to `limit`. Returns how many, or -1. */
MUST_CHECK int catalog_extents(struct catalog *catalog, int64_t version_id, uint64_t position,
	struct catalog_extent *extents, struct catalog_chunk *chunks, int limit, struct error *error);
/*
 * The SHA-256 over what a version's extents are: for each in its order the chunk's digest, and the offset and
 * the length as eight bytes each, the highest first. `bytes` gets how long they are together. A version of
 * several extents has it noted, because no single digest that is checked on the way tells that these, and in
 * this order, are its content.
 */
MUST_CHECK int catalog_read_manifest(struct catalog *catalog, int64_t version_id, struct digest *manifest,
	uint64_t *bytes, struct error *error);
/* Whether the extent lies within its chunk, as it must. */
bool catalog_extent_fits(const struct catalog_extent *extent, const struct catalog_chunk *chunk);
/* A part of a shared chunk that holds exactly the content with this digest and size. */
MUST_CHECK int catalog_find_shared(struct catalog *catalog, const struct digest *digest, uint64_t size,
	struct catalog_extent *extent, struct catalog_chunk *chunk, struct error *error);

/* Removes the name; its versions stay. 1 when it was there. */
MUST_CHECK int catalog_remove(struct catalog *catalog, const char *name, struct error *error);
/* Sets a file's replication factor, and what its chunks want with it. 1 when the name is there. */
MUST_CHECK int catalog_set_replication(
	struct catalog *catalog, const char *name, unsigned replication_factor, struct error *error);

/* ---- snapshots ---- */

struct catalog_snapshot {
	int64_t id;
	char name[SNAPSHOT_NAME_SIZE];
	uint64_t sequence; /* of the commit it is of */
	int64_t created_ms;
	uint64_t files, bytes; /* that were current then */
};
/*
 * Names the state that the last commit left, before anything else is done in the transaction. `snapshot->name` is
 * not taken yet; the rest of it is filled in.
 */
MUST_CHECK int catalog_add_snapshot(
	struct catalog *catalog, struct catalog_snapshot *snapshot, struct error *error);
MUST_CHECK int catalog_find_snapshot(
	struct catalog *catalog, const char *name, struct catalog_snapshot *snapshot, struct error *error);
/* Forgets a snapshot; what only it held is history like any other. 1 when it was there. */
MUST_CHECK int catalog_remove_snapshot(struct catalog *catalog, const char *name, struct error *error);
/*
 * Up to `limit` snapshots with an id above `after`, in the order in which they were taken. Returns how many, or
 * -1.
 */
MUST_CHECK int catalog_list_snapshots(struct catalog *catalog, int64_t after,
	struct catalog_snapshot *snapshots, int limit, struct error *error);

/* ---- events ---- */

enum { CATALOG_EVENTS_KEPT = 100000 };

MUST_CHECK int catalog_add_event(struct catalog *catalog, enum event_severity severity, const char *code,
	const char *node, const char *text, struct error *error);
/* The same with all that `event` has but its id; its time too is set here. */
MUST_CHECK int catalog_record_event(
	struct catalog *catalog, const struct view_event *event, struct error *error);
typedef void catalog_event_visit(void *context, const struct view_event *event);
/* The id that just the newest `count` events lie above; 0 when there are no more than these. */
MUST_CHECK int catalog_event_start(
	struct catalog *catalog, size_t count, int64_t *after, struct error *error);
/* Up to `limit` events above `after`, oldest first. `visit` must not call the catalog. */
MUST_CHECK int catalog_each_event(struct catalog *catalog, int64_t after, size_t limit,
	catalog_event_visit *visit, void *context, struct error *error);
/* ---- settings and requests ---- */

/* A number under a name. 1 when it is there. */
MUST_CHECK int catalog_read_setting(
	struct catalog *catalog, const char *key, int64_t *value, struct error *error);
/* The same for a text of at most size - 1 bytes. */
MUST_CHECK int catalog_read_text(
	struct catalog *catalog, const char *key, char *out, size_t size, struct error *error);
MUST_CHECK int catalog_write_setting(
	struct catalog *catalog, const char *key, int64_t value, struct error *error);
MUST_CHECK int catalog_write_text(
	struct catalog *catalog, const char *key, const char *text, struct error *error);
MUST_CHECK int catalog_remove_setting(struct catalog *catalog, const char *key, struct error *error);

/* A pass that somebody waits for, and once it is done its outcome. */
struct catalog_request {
	int64_t id;
	enum pass_kind kind;
	uint16_t node;                /* 0: all */
	int64_t bandwidth;            /* negative: as fast as possible */
	struct retention_rules rules; /* of a collection */
	bool done;
	int64_t pid; /* of the process that asks, 0: unknown; once it is done, of the one that did it */
	uint64_t chunks, bytes, bad, left;
	uint64_t versions, files, waiting; /* of a collection; waiting: bytes on nodes that are away */
	int64_t duration_ms;
	char text[768];
};
/* Adds a request of which all above `done` but the id is filled in, and fills in its id. */
MUST_CHECK int catalog_add_request(
	struct catalog *catalog, struct catalog_request *request, struct error *error);
/* The oldest request of a kind that is not done. */
MUST_CHECK int catalog_next_request(
	struct catalog *catalog, enum pass_kind kind, struct catalog_request *request, struct error *error);
MUST_CHECK int catalog_get_request(
	struct catalog *catalog, int64_t id, struct catalog_request *request, struct error *error);
MUST_CHECK int catalog_finish_request(
	struct catalog *catalog, const struct catalog_request *request, struct error *error);

/* Since when the store has been in the health it was last recorded in; records a change. */
MUST_CHECK int catalog_read_health(
	struct catalog *catalog, enum health *health, int64_t *since_ms, struct error *error);
MUST_CHECK int catalog_write_health(
	struct catalog *catalog, enum health health, int64_t since_ms, struct error *error);

#endif
