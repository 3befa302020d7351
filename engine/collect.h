/*
 * collect.h: what goes and what stays, as the pass (maintain_collect.c)
 * and the look ahead (collect_preview.c) both judge.
 *
 * Nothing that somebody counts on goes:
 *
 *   1. A version goes only if the rules let go of it (retention.h) and no snapshot holds it.
 *   2. A put may have looked a chunk up, and a get a version, shortly before; both hold a lock as long as they work
 *      (clients.h). Extents of dead versions, unused chunks, unfinished versions and files that no catalog knows go
 *      while nobody holds it, or, but for unfinished versions, once the grace is over. A put that is slower than that
 *      finds the chunk gone when it commits and fails: it looks again under the write lock, and whatever is removed
 *      is removed under that.
 *   3. A file on a node goes only if the catalog does not place its chunk there, and the chunk has all the copies it
 *      wants elsewhere, or is not in the catalog. So invariant 4 holds for collection as well.
 *   4. A file that no catalog knows goes only while every node answers, also from quarantine: after a rebuild without
 *      some of them, these may know of what is not in the catalog.
 *   5. Nothing goes before every node was looked at, nor while a node knows later commits than the catalog.
 */
#ifndef LINCKIA_ENGINE_COLLECT_H
#define LINCKIA_ENGINE_COLLECT_H

#include "engine/catalog_collect.h"
#include "engine/chunk_file.h"
#include "engine/chunk_folder.h"
#include "engine/store.h"

enum {
	COLLECT_GRACE_MS = 3600 * 1000, /* far longer than a put takes from a look-up to its commit */
	COLLECT_FILE_AGE_MS =
		24 * 3600 * 1000, /* of a file that no catalog knows, while clients are at work */
};

struct collect_rules {
	struct retention_rules retention;
	int64_t now_ms; /* by which it judges */
};

/* Newer versions of a name that have to be counted for the rules. */
static inline uint64_t collect_count_max(const struct collect_rules *rules)
{
	return rules->retention.keep_versions;
}

struct retention_rules collect_retention(struct store *store, const struct collect_options *options);

/* Whether every node of the store answers. */
bool collect_is_complete(struct store *store);

/*
 * Reads as many counted copies of the chunk as it wants, and condemns those that are bad, so that it is short from
 * then on. Whether there are as many good ones. Blocks for as long as that takes; holds no lock.
 */
bool collect_others_are_good(struct store *store, const struct catalog_chunk *chunk);

struct collect_judge {
	struct store *store;
	struct catalog *catalog; /* what it asks */
	bool preview;            /* chunks of the catalog's preview count as gone, strays as removed */
	bool alone;              /* no client is at work */
	bool complete;           /* every node answers */
	bool reads; /* of a chunk with a file too many the others are read first, without any lock */
	int64_t now_ms;
};

/*
 * Whether what lies in a chunk folder of a node, or in its quarantine, goes. 1: it does, and `bytes` says how large
 * it is; 0: it stays, or went by itself; -1: the catalog failed.
 */
MUST_CHECK int collect_judge_chunk_file(const struct collect_judge *judge, struct node *node,
	const struct chunk_folder_file *file, uint64_t *bytes, struct error *error);
MUST_CHECK int collect_judge_quarantined(const struct collect_judge *judge,
	const struct chunk_folder_file *file, uint64_t *bytes, struct error *error);

#endif
