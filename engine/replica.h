/*
 * replica.h: reading a chunk from whichever node has a good copy.
 *
 * Copies are tried in random order, so that load spreads; a copy that is missing, has other bytes or cannot be
 * read is passed over, reported and condemned (store_condemn_replica), and the next one is tried. Invariant 2: bytes
 * come back only after they were verified. Any thread; blocks on disks.
 */
#ifndef LINCKIA_ENGINE_REPLICA_H
#define LINCKIA_ENGINE_REPLICA_H

#include "engine/store.h"

/*
 * Reads all of `chunk` into `buffer`. ERROR_UNAVAILABLE when a node that may have a good copy does not answer,
 * ERROR_DAMAGED when no good copy is left.
 */
MUST_CHECK int replica_read(
	struct store *store, const struct catalog_chunk *chunk, struct buffer *buffer, struct error *error);

/* Reads a part of `chunk` whose own digest is `part`. */
MUST_CHECK int replica_read_part(struct store *store, const struct catalog_chunk *chunk, uint64_t offset,
	size_t length, const struct digest *part, uint8_t *data, struct error *error);

#endif
