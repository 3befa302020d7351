/*
 * replica.h: reading a chunk from whichever node has a good copy.
 *
 * Copies are tried in random order, so that load spreads, but those on slow nodes last; when one is late, another is
 * read besides (hedge.h). A copy that is missing, has other bytes or cannot be read is passed over, reported and
 * condemned (store_condemn_replica), and the next one is tried. Invariant 2: bytes come back only after they were
 * verified. Any thread; blocks on disks.
 */
#ifndef LINCKIA_ENGINE_REPLICA_H
#define LINCKIA_ENGINE_REPLICA_H

#include "engine/chunk_file.h"
#include "engine/store.h"

/*
 * Reads all of `chunk` into `*buffer`, which is of the store's pool; another one may take its place, with a
 * failure as well. ERROR_UNAVAILABLE when a node that may have a good copy does not answer, ERROR_DAMAGED
 * when no good copy is left.
 */
MUST_CHECK int replica_read(
	struct store *store, const struct catalog_chunk *chunk, struct buffer **buffer, struct error *error);

/* The same for a part of `chunk`, whose own digest is `part` and which fits into a buffer. */
MUST_CHECK int replica_read_part(struct store *store, const struct catalog_chunk *chunk, uint64_t offset,
	size_t length, const struct digest *part, struct buffer **buffer, struct error *error);

/*
 * Notes what a copy that was read, and not found good, says of its node: an error counts, a disk is suspected, one
 * that is not there is looked for. Whether the copy is bad, as far as one read can tell: CHUNK_READ_ERROR is believed
 * only once another copy was read. `number` is the errno of the read.
 */
bool replica_is_to_blame(struct node *node, enum chunk_read_result result, int number);

#endif
