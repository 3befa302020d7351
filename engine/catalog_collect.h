/*
 * catalog_collect.h: how versions, extents and chunks leave the catalog, each step a bounded transaction.
 *
 *   version ──catalog_collect_version──▶ dead ──catalog_release_extents──▶ no row
 *   unfinished version ──catalog_abandon_version──┘        │
 *                                                          ▼ of chunks that lose their last extent
 *   chunk ──────────────────────────────────────────────▶ unused ──catalog_collect_chunk──▶ no row; files are strays
 *                                                          ▲  │
 *                                                          └──┘ used again by a put meanwhile
 *
 * A dead version has no file and wants no copies (version.file NULL, replication 0); died_ms says since when it is
 * dead. It has no name and number any more, so nobody finds it, but who found it before still reads its extents.
 */
#ifndef LINCKIA_ENGINE_CATALOG_COLLECT_H
#define LINCKIA_ENGINE_CATALOG_COLLECT_H

#include "engine/catalog.h"
#include "engine/retention.h"

/* A version that is not current any more, and has not been collected. */
struct catalog_ended {
	int64_t id;
	uint64_t number;
	enum entry_kind kind;
	uint64_t size;
	struct retention_version facts;
	char name[STORE_NAME_MAX + 2];
};

/* Where a walk over them is: all zeros to begin with. They come by when they ended, the first ones first. */
struct catalog_ended_cursor {
	int64_t died_ms, id;
};

/*
 * Up to `limit` versions that ended at `horizon_ms` at the latest, behind `cursor`, which moves. Newer versions are
 * counted up to `count_max`. Returns how many, or -1.
 */
MUST_CHECK int catalog_page_ended(struct catalog *catalog, struct catalog_ended_cursor *cursor,
	int64_t horizon_ms, uint64_t count_max, struct catalog_ended *page, int limit, struct error *error);
/* The same for one of them, as it is now. */
MUST_CHECK int catalog_get_ended(struct catalog *catalog, int64_t id, uint64_t count_max,
	struct catalog_ended *ended, struct error *error);

/*
 * Lets go of a version that has ended and that no snapshot holds: it is dead. The name goes too if that was all it
 * had. 1, or 0 when it is not such a version (any more).
 */
MUST_CHECK int catalog_collect_version(struct catalog *catalog, int64_t id, struct error *error);
/* Up to `limit` ids of unfinished versions: of puts that are under way, or were killed. Returns how many, or -1. */
MUST_CHECK int catalog_page_unfinished(struct catalog *catalog, int64_t *ids, int limit, struct error *error);
/* A version that has been dead since `before_ms`, or longer. */
MUST_CHECK int catalog_next_dead(
	struct catalog *catalog, int64_t before_ms, int64_t *id, struct error *error);
/*
 * Removes up to `limit` extents of a dead version, and after the last one its row. Chunks that no extent uses then
 * are unused from now on; those that are used get the want of those who still use them. `more`: extents are left.
 */
MUST_CHECK int catalog_release_extents(
	struct catalog *catalog, int64_t version_id, int limit, bool *more, struct error *error);

/* Up to `limit` chunks that have been unused since `before_ms`, or longer. Returns how many, or -1. */
MUST_CHECK int catalog_page_unused(
	struct catalog *catalog, int64_t before_ms, int64_t *chunks, int limit, struct error *error);
/* Chunks with ids above `after` and up to `last` that nothing uses, and that are not known as unused. */
MUST_CHECK int catalog_page_orphans(struct catalog *catalog, int64_t after, int64_t last, int64_t *chunks,
	int limit, struct error *error);
MUST_CHECK int catalog_add_unused(struct catalog *catalog, int64_t chunk, struct error *error);
/*
 * Forgets an unused chunk: its files become strays of the nodes it was on, and `chunk` says what it was. 1, or 0 when
 * it is used again: then it is not unused any more, and wants as many copies as its users do.
 */
MUST_CHECK int catalog_collect_chunk(
	struct catalog *catalog, int64_t id, struct catalog_chunk *chunk, struct error *error);

/*
 * What would go, without changing anything: between begin and end the catalog is seen as of one commit, and the lists
 * are kept on the connection's own temporary tables. The catalog must be the caller's alone.
 */
MUST_CHECK int catalog_preview_begin(struct catalog *catalog, struct error *error);
void catalog_preview_end(struct catalog *catalog);
MUST_CHECK int catalog_preview_version(struct catalog *catalog, int64_t id, struct error *error);
/*
 * Adds up the chunks that go: with `alone` all that only dead, unfinished and noted versions use, or none; else those
 * that have been unused since `before_ms`.
 */
MUST_CHECK int catalog_preview_chunks(
	struct catalog *catalog, bool alone, int64_t before_ms, struct error *error);
typedef int catalog_chunk_visit(void *context, const struct catalog_chunk *chunk, struct error *error);
/* `visit` must not call the catalog. */
MUST_CHECK int catalog_preview_each(
	struct catalog *catalog, catalog_chunk_visit *visit, void *context, struct error *error);

/* Whether the chunk is among them. */
MUST_CHECK int catalog_preview_has(struct catalog *catalog, int64_t chunk, struct error *error);

#endif
