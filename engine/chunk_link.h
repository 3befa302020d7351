/*
 * chunk_link.h: chunk files as the client reads and writes them: over the network (network.h).
 *
 * The functions are those of chunk_file.h, and fail with ETIMEDOUT and EHOSTUNREACH besides. When a copy was written
 * but the node's word for that did not come back, it counts as not written; its file is one that nobody knows of.
 */
#ifndef LINCKIA_ENGINE_CHUNK_LINK_H
#define LINCKIA_ENGINE_CHUNK_LINK_H

#include "engine/chunk_file.h"

/*
 * What a read comes to once its answer has gone over the network: `bytes` when it is good, else word of that. The
 * request was there at `there_ns` (node_request). Leaves errno alone where the answer arrives.
 */
MUST_CHECK enum chunk_read_result chunk_link_answer(
	const struct node_attachment *node, enum chunk_read_result found, uint64_t bytes, int64_t there_ns);

MUST_CHECK enum chunk_read_result chunk_link_read(const struct env *env, const struct node_attachment *node,
	const struct digest *digest, size_t size, struct buffer *buffer);
MUST_CHECK enum chunk_read_result chunk_link_verify(const struct env *env, const struct node_attachment *node,
	const struct digest *digest, uint64_t size);
MUST_CHECK int chunk_link_write(const struct env *env, const struct node_attachment *node,
	const struct digest *digest, struct buffer *buffer, enum chunk_flush flush,
	enum chunk_write_result *result);

#endif
