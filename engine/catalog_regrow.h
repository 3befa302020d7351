/*
 * catalog_regrow.h: making a catalog anew from facts (fact.h).
 *
 *   catalog_regrow_open()    an empty catalog of the store
 *   catalog_regrow_apply()   facts of a copy of a catalog, then of the records after it, in their order
 *   catalog_regrow_hold()    which node holds which chunk, as the nodes themselves show
 *   catalog_regrow_finish()  everything else follows from these
 *
 * One thread. Until it is finished the catalog is no use to anybody; it is thrown away after a failure.
 */
#ifndef LINCKIA_ENGINE_CATALOG_REGROW_H
#define LINCKIA_ENGINE_CATALOG_REGROW_H

#include "engine/catalog.h"

struct cJSON;

/* Makes an empty catalog at `path` for the purpose; catalog_close() closes it. */
MUST_CHECK int catalog_regrow_open(const struct env *env, const char *path, const char *store_uuid,
	struct catalog **catalog, struct error *error);

/* Takes in one fact of the commit `sequence`. A fact that makes no sense is ERROR_DAMAGED. */
MUST_CHECK int catalog_regrow_apply(
	struct catalog *catalog, const struct cJSON *fact, uint64_t sequence, struct error *error);

/* Notes that there is a file of that name and size on a node. 1: the chunk is in the catalog; 0: it is not. */
MUST_CHECK int catalog_regrow_hold(struct catalog *catalog, const struct digest *digest, uint64_t size,
	uint16_t node, struct error *error);

/*
 * Nodes that were not looked at. They count as away, and each may hold any chunk of which fewer copies than wanted
 * were found: what was found may be rotten, and the good copy be theirs. When one is back, its inventory tells.
 */
struct catalog_absent {
	uint16_t nodes[COPYSET_MAX]; /* ids, ascending */
	unsigned count;
};

struct catalog_regrown {
	uint64_t files, versions, bytes, snapshots, chunks;
	uint64_t copies;  /* of chunks, on the nodes that were looked at */
	uint64_t missing; /* chunks without any on these */
};
/*
 * Ends it, and the transaction: it is as of the commit `sequence` of the history `from`. With one more record, which
 * says so, a history of its own begins.
 */
MUST_CHECK int catalog_regrow_finish(struct catalog *catalog, uint64_t sequence, const char *from,
	const struct catalog_absent *absent, struct catalog_regrown *regrown, struct error *error);

#endif
