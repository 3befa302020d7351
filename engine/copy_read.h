/*
 * copy_read.h: one read of one copy of a chunk, or of a part of it, with all that it needs and all that came of it.
 *
 * It holds copies, so that it may go on after whoever asked for it has gone (hedge.h); the store, its nodes and the
 * buffer are borrowed.
 */
#ifndef LINCKIA_ENGINE_COPY_READ_H
#define LINCKIA_ENGINE_COPY_READ_H

#include "engine/chunk_file.h"
#include "engine/store.h"

struct copy_read {
	struct store *store;
	const struct node_attachment *from;
	struct catalog_chunk chunk;
	bool partly; /* only: */
	uint64_t offset;
	size_t length;
	struct digest part; /* of these bytes */
	struct buffer *buffer;

	/* What came of it. */
	enum chunk_read_result result;
	int number; /* errno; EBADMSG: the copy is good, and what the catalog says of the part is wrong */
	int64_t began_ns, ended_ns;
};

/* How many bytes are read. */
uint64_t copy_read_bytes(const struct copy_read *read);

/* Asks the node, and has its answer come over the network into the buffer. Blocks on the node. Any thread. */
void copy_read_run(struct copy_read *read);

#endif
