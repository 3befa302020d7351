#include "engine/copy_read.h"

#include <errno.h>

#include "engine/chunk_link.h"

uint64_t copy_read_bytes(const struct copy_read *read)
{
	return read->partly ? read->length : read->chunk.size;
}

static enum chunk_read_result read_part(const struct copy_read *read)
{
	const struct env *env = read->store->env;
	const struct catalog_chunk *chunk = &read->chunk;
	read->buffer->length = read->length;
	enum chunk_read_result result = chunk_file_read_part(env, read->from, &chunk->digest, chunk->size,
		read->offset, read->length, &read->part, read->buffer->data);
	if (result != CHUNK_BAD)
		return result;
	/* The part's digest comes from the catalog: let the chunk's own name say who is wrong. */
	result = chunk_file_verify(env, read->from, &chunk->digest, chunk->size);
	if (result != CHUNK_GOOD)
		return result;
	errno = EBADMSG;
	return CHUNK_READ_ERROR;
}

static enum chunk_read_result read_over_network(const struct copy_read *read)
{
	int64_t there_ns;
	if (node_request(read->from->owner, &there_ns) < 0)
		return CHUNK_READ_ERROR;
	enum chunk_read_result result =
		read->partly ? read_part(read)
			     : chunk_file_read(read->store->env, read->from, &read->chunk.digest,
				       (size_t)read->chunk.size, read->buffer);
	return chunk_link_answer(read->from, result, copy_read_bytes(read), there_ns);
}

void copy_read_run(struct copy_read *read)
{
	struct timekeeper *time = read->store->env->time;
	read->began_ns = time->monotonic_ns(time);
	read->result = read_over_network(read);
	read->number = errno;
	read->ended_ns = time->monotonic_ns(time);
}
