/*
 * catalog_inquiry.h: the catalog as inquiries read it: many rows in one look, from one state, and given up at will.
 *
 * These functions are for a catalog that was opened with catalog_open_reading() and that one thread uses. Between
 * catalog_begin_reading() and catalog_end_reading() all of them see the store as of one commit. What a visit is
 * handed lives during that call; a visit must not call the catalog, and anything but 0 from it ends the walk and is
 * the result. A walk that is given up fails with ERROR_CANCELLED.
 */
#ifndef LINCKIA_ENGINE_CATALOG_INQUIRY_H
#define LINCKIA_ENGINE_CATALOG_INQUIRY_H

#include "engine/catalog.h"

/* Asked every now and then during a look, in the thread that looks: whether to give it up. */
typedef bool catalog_gives_up(void *context);

/* A connection that cannot change anything. */
MUST_CHECK int catalog_open_reading(
	const struct env *env, const char *path, struct catalog **catalog, struct error *error);
MUST_CHECK int catalog_begin_reading(struct catalog *catalog, catalog_gives_up *gives_up, void *context,
	struct catalog_state *state, struct error *error);
void catalog_end_reading(struct catalog *catalog);

/* Bytes in the catalog, without a NUL behind them. */
struct catalog_bytes {
	const char *bytes;
	size_t length;
};

/* A name that is there now, or was removed, with what lists are sorted by. */
struct catalog_listed {
	struct catalog_bytes name; /* a folder's ends in '/' */
	int64_t file, version_id;
	enum entry_kind kind;
	uint64_t size, versions;     /* versions: that there have been, with those that history let go of */
	int64_t stored_ms, ended_ms; /* ended: 0 unless it was removed */
	unsigned replication_factor;
};
typedef int catalog_listed_visit(void *context, const struct catalog_listed *listed, struct error *error);
/* All names that are there now, or all that were removed, folders too, in byte order. */
MUST_CHECK int catalog_each_listed(struct catalog *catalog, bool removed, catalog_listed_visit *visit,
	void *context, struct error *error);

/* One file by its id, and its current version, or the last one of a name that was removed. */
struct catalog_file {
	char name[STORE_NAME_MAX + 2];
	int64_t file, version_id;
	bool removed;
	uint64_t number, versions; /* versions: as of catalog_listed */
	enum entry_kind kind;
	uint64_t size, extents;
	int64_t stored_ms, mtime_ns, ended_ms; /* ended: 0 unless it was removed */
	unsigned replication_factor;
};
MUST_CHECK int catalog_get_file(
	struct catalog *catalog, int64_t id, struct catalog_file *file, struct error *error);

struct catalog_version {
	int64_t id;
	bool current;
	uint64_t number, born, died; /* died: 0 while it has not */
	enum entry_kind kind;
	uint64_t size, extents;
	int64_t stored_ms, mtime_ns, ended_ms; /* ended: as died */
	struct digest digest;
};
typedef int catalog_version_visit(void *context, const struct catalog_version *version, struct error *error);
/* The versions of a file, newest first. */
MUST_CHECK int catalog_each_version(struct catalog *catalog, int64_t file, catalog_version_visit *visit,
	void *context, struct error *error);

typedef int catalog_id_visit(void *context, int64_t id, struct error *error);
/* The copyset of each extent's chunk, in the order of the file. */
MUST_CHECK int catalog_each_extent_copyset(struct catalog *catalog, int64_t version_id,
	catalog_id_visit *visit, void *context, struct error *error);
/* The versions, finished or not, that use each chunk of a copyset: a version once for each such extent. */
MUST_CHECK int catalog_each_user(struct catalog *catalog, int64_t copyset, catalog_id_visit *visit,
	void *context, struct error *error);
typedef int catalog_use_visit(void *context, int64_t version_id, int64_t copyset, struct error *error);
/* The same for all copysets, version by version. */
MUST_CHECK int catalog_each_use(
	struct catalog *catalog, catalog_use_visit *visit, void *context, struct error *error);
/* The versions that are not finished. */
MUST_CHECK int catalog_each_unfinished(
	struct catalog *catalog, catalog_id_visit *visit, void *context, struct error *error);
/* The extent that is number `index` of a version that has `extents` of them. */
MUST_CHECK int catalog_get_extent(struct catalog *catalog, int64_t version_id, uint64_t extents,
	uint64_t index, struct catalog_extent *extent, struct catalog_chunk *chunk, struct error *error);

/* The name, number and currency of a version. `name` has room for STORE_NAME_MAX + 2 bytes. */
MUST_CHECK int catalog_name_version(struct catalog *catalog, int64_t version_id, char *name, uint64_t *number,
	bool *current, struct error *error);
typedef int catalog_user_visit(
	void *context, const char *name, uint64_t number, bool current, struct error *error);
/* Up to `limit` versions that use chunks of the copyset, those of one chunk after those of another. */
MUST_CHECK int catalog_sample_users(struct catalog *catalog, int64_t copyset, unsigned limit,
	catalog_user_visit *visit, void *context, struct error *error);

/* The first name not below `from` and, unless `below` is NULL, below it, that is there now. `name` as above. */
MUST_CHECK int catalog_next_name(
	struct catalog *catalog, const char *from, const char *below, char *name, struct error *error);

/* ---- history ---- */

/* The bytes of a version that are in no chunk of the version `before`, each chunk counted once. */
MUST_CHECK int catalog_new_bytes(
	struct catalog *catalog, int64_t version_id, int64_t before, uint64_t *bytes, struct error *error);

typedef int catalog_snapshot_visit(
	void *context, const struct catalog_snapshot *snapshot, struct error *error);
/* Up to `limit` snapshots, the newest first. */
MUST_CHECK int catalog_each_snapshot_down(struct catalog *catalog, size_t limit,
	catalog_snapshot_visit *visit, void *context, struct error *error);
/* A version that was current at one of two moments and not at the other. */
struct catalog_differing {
	struct catalog_bytes name;
	int64_t file;
	bool after; /* at the second moment; else at the first */
	uint64_t number;
	enum entry_kind kind;
	uint64_t size;
	unsigned mode;
	int64_t mtime_ns;
	struct digest digest;
};
typedef int catalog_differing_visit(
	void *context, const struct catalog_differing *version, struct error *error);
/* All of them by name, in byte order, between two moments. */
MUST_CHECK int catalog_each_differing(struct catalog *catalog, int64_t before, int64_t after,
	catalog_differing_visit *visit, void *context, struct error *error);

/* An event whose texts are the catalog's own. */
struct catalog_event {
	int64_t id, time_ms, duration_ms;
	enum event_severity severity;
	struct catalog_bytes code, node, text, trigger, source, target, result;
	uint64_t chunks, bytes;
};
typedef int catalog_event_look(void *context, const struct catalog_event *event, struct error *error);
/* Events below `before`, of at least that severity and, unless `node` is "", about it: newest first. */
MUST_CHECK int catalog_each_event_down(struct catalog *catalog, int64_t before, enum event_severity least,
	const char *node, catalog_event_look *look, void *context, struct error *error);
/* The bytes and the time of the last `count` repairs that copied anything, together. */
MUST_CHECK int catalog_recent_repairs(
	struct catalog *catalog, int count, uint64_t *bytes, int64_t *duration_ms, struct error *error);

#endif
