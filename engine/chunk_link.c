#include "engine/chunk_link.h"

#include <errno.h>

enum chunk_read_result chunk_link_answer(
	const struct node_attachment *node, enum chunk_read_result found, uint64_t bytes, int64_t there_ns)
{
	int number = errno;
	if (node_receive(node->owner, found == CHUNK_GOOD ? bytes : 0, there_ns) < 0)
		return CHUNK_READ_ERROR;
	errno = number;
	return found;
}

enum chunk_read_result chunk_link_read(const struct env *env, const struct node_attachment *node,
	const struct digest *digest, size_t size, struct buffer *buffer)
{
	int64_t there_ns;
	if (node_request(node->owner, &there_ns) < 0)
		return CHUNK_READ_ERROR;
	return chunk_link_answer(node, chunk_file_read(env, node, digest, size, buffer), size, there_ns);
}

enum chunk_read_result chunk_link_verify(
	const struct env *env, const struct node_attachment *node, const struct digest *digest, uint64_t size)
{
	int64_t there_ns;
	if (node_request(node->owner, &there_ns) < 0)
		return CHUNK_READ_ERROR;
	return chunk_link_answer(node, chunk_file_verify(env, node, digest, size), size, there_ns);
}

int chunk_link_write(const struct env *env, const struct node_attachment *node, const struct digest *digest,
	struct buffer *buffer, enum chunk_flush flush, enum chunk_write_result *result)
{
	if (node_send(node->owner, buffer->length) < 0 ||
		chunk_file_write(env, node, digest, buffer, flush, result) < 0)
		return -1;
	return node_confirm(node->owner);
}
