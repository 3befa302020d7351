#include "engine/replica.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/chunk_link.h"
#include "engine/links.h"

/* What is read, and where to. */
struct request {
	struct store *store;
	const struct catalog_chunk *chunk;
	struct buffer *buffer; /* for a whole chunk, else NULL and: */
	uint64_t offset;
	size_t length;
	const struct digest *part;
	uint8_t *data;
};

static enum chunk_read_result read_file(const struct request *request, const struct node_attachment *node)
{
	const struct env *env = request->store->env;
	const struct catalog_chunk *chunk = request->chunk;
	if (request->buffer)
		return chunk_file_read(env, node, &chunk->digest, (size_t)chunk->size, request->buffer);
	enum chunk_read_result result = chunk_file_read_part(env, node, &chunk->digest, chunk->size,
		request->offset, request->length, request->part, request->data);
	if (result != CHUNK_BAD)
		return result;
	/* The part's digest comes from the catalog: let the chunk's own name say who is wrong. */
	int number = errno;
	bool good = chunk_file_verify(env, node, &chunk->digest, chunk->size) == CHUNK_GOOD;
	errno = good ? EBADMSG : number;
	return good ? CHUNK_READ_ERROR : CHUNK_BAD;
}

/* Asks the node, and has its answer come over the network. */
static enum chunk_read_result read_from(const struct request *request, const struct node_attachment *node)
{
	int64_t there_ns;
	if (node_request(node->owner, &there_ns) < 0)
		return CHUNK_READ_ERROR;
	enum chunk_read_result result = read_file(request, node);
	uint64_t bytes = request->buffer ? request->chunk->size : request->length;
	return chunk_link_answer(node, result, bytes, there_ns);
}

/* Draws up the nodes to ask, in random order. */
static unsigned shuffle_holders(struct store *store, const struct catalog_chunk *chunk, struct node **holders)
{
	unsigned count = 0;
	for (unsigned i = 0; i < chunk->node_count; i++) {
		struct node *node = store_node_by_id(store, chunk->nodes[i]);
		if (!node || !node_is_readable(node))
			continue;
		unsigned at = (unsigned)(store->env->dice->next(store->env->dice) % (count + 1));
		holders[count++] = holders[at];
		holders[at] = node;
	}
	return count;
}

/* Why no copy could be read, with the nodes' names. */
static int explain(const struct request *request, struct error *error)
{
	const struct catalog_chunk *chunk = request->chunk;
	char hex[DIGEST_HEX_SIZE], nodes[512];
	size_t used = 0;
	unsigned away = 0;
	nodes[0] = '\0';
	/* Ask again: reading may have condemned copies, or found nodes gone. */
	struct catalog_chunk now = *chunk;
	struct error ignored;
	if (catalog_find_chunk(request->store->reader, &chunk->digest, &now, &ignored) != 1)
		now = *chunk;
	for (unsigned i = 0; i < now.node_count && used < sizeof(nodes); i++) {
		struct node *node = store_node_by_id(request->store, now.nodes[i]);
		if (!node)
			continue;
		struct node_status status;
		node_status(node, &status);
		if (!status.readable)
			away++;
		int length = snprintf(nodes + used, sizeof(nodes) - used, "%s%s (%s)", used ? ", " : "",
			node->name, status.readable ? "cannot be read" : status.cause);
		used += length > 0 ? (size_t)length : 0;
	}
	digest_hex(&chunk->digest, hex);
	if (away)
		return error_set(error, ERROR_UNAVAILABLE,
			"no copy of chunk %.12s… answers now; it is on %s; bring one of these back", hex,
			nodes);
	return error_set(error, ERROR_DAMAGED,
		"no good copy of chunk %.12s… is left%s%s; bad copies are kept in quarantine", hex,
		used ? ", though it should be on " : "", nodes);
}

/*
 * Tries one copy after the other. An input/output error says nothing lasting about the copy: a loose cable gives them
 * for all. So such a copy is condemned only once another one was read as good.
 */
static int read_anywhere(const struct request *request, struct error *error)
{
	struct store *store = request->store;
	struct node *holders[COPYSET_MAX], *failing[COPYSET_MAX];
	links_follow(store);
	unsigned count = shuffle_holders(store, request->chunk, holders), failing_count = 0;
	for (unsigned i = 0; i < count; i++) {
		const struct node_attachment *attachment = node_reading(holders[i]);
		if (!attachment)
			continue;
		enum chunk_read_result result = read_from(request, attachment);
		int number = errno;
		if (result == CHUNK_GOOD) {
			for (unsigned j = 0; j < failing_count; j++)
				store_condemn_replica(
					store, request->chunk, failing[j], "input/output error");
			return 0;
		}
		bool catalog_is_wrong = result == CHUNK_READ_ERROR && number == EBADMSG; /* see read_file() */
		if (result != CHUNK_MISSING && !catalog_is_wrong)
			node_count(holders[i], TRAFFIC_ERRORS, 1);
		if (result == CHUNK_READ_ERROR && node_errno_is_of_network(number)) {
			node_note_errno(holders[i], number);
			continue;
		}
		/* An absent disk looks like missing files: ask whether the node is still itself before blaming the copy. */
		if (result != CHUNK_BAD && node_probe(holders[i]) != NODE_FOUND_IT)
			continue;
		if (result == CHUNK_READ_ERROR) {
			if (number == EIO)
				failing[failing_count++] = holders[i];
			continue;
		}
		if (result == CHUNK_MISSING)
			node_count(holders[i], TRAFFIC_ERRORS, 1);
		store_condemn_replica(store, request->chunk, holders[i], chunk_read_result_name(result));
	}
	for (unsigned i = 0; i < failing_count; i++)
		store_event(store, EVENT_WARNING, "read_failed", failing[i]->name,
			"%s: a chunk could not be read: %s", failing[i]->name, strerror(EIO));
	return explain(request, error);
}

int replica_read(
	struct store *store, const struct catalog_chunk *chunk, struct buffer *buffer, struct error *error)
{
	struct request request = {.store = store, .chunk = chunk, .buffer = buffer};
	return read_anywhere(&request, error);
}

int replica_read_part(struct store *store, const struct catalog_chunk *chunk, uint64_t offset, size_t length,
	const struct digest *part, uint8_t *data, struct error *error)
{
	struct request request = {
		.store = store,
		.chunk = chunk,
		.offset = offset,
		.length = length,
		.part = part,
		.data = data,
	};
	return read_anywhere(&request, error);
}

/* ---- condemning ---- */

/* Whether the copy is still as bad as it was found; another process may have repaired it since. */
static bool is_still_bad(struct store *store, const struct catalog_chunk *chunk, struct node *node)
{
	const struct node_attachment *attachment = node_reading(node);
	/* The node can verify its copy by itself: while the catalog waits, only question and answer go over the network. */
	if (!attachment || node_exchange(node) < 0)
		return false;
	enum chunk_read_result result =
		chunk_file_verify(store->env, attachment, &chunk->digest, chunk->size);
	if (result == CHUNK_READ_ERROR)
		return errno == EIO && chunk->node_count > 1;
	return result == CHUNK_BAD || result == CHUNK_MISSING;
}

static int condemn(struct store *store, const struct catalog_chunk *seen, struct node *node,
	const char *reason, struct error *error)
{
	struct catalog_chunk chunk;
	int found = catalog_find_chunk(store->writer, &seen->digest, &chunk, error);
	if (found <= 0)
		return found;
	if (!catalog_is_placed(&chunk, node->id) || !is_still_bad(store, &chunk, node))
		return 0;

	const struct node_attachment *attachment = node_writing(node);
	const char *fate = "it could not be moved to quarantine";
	if (attachment && chunk_file_quarantine(store->env, attachment, &chunk.digest) == 0)
		fate = "moved to quarantine";
	else if (attachment && errno == ENOENT)
		fate = "nothing is there";

	char hex[DIGEST_HEX_SIZE], name[STORE_NAME_MAX + 32], text[STORE_NAME_MAX + 512];
	char left[64] = "no other copy can be read now";
	if (catalog_add_bad_replica(store->writer, &chunk, node->id, reason, error) < 0 ||
		catalog_name_chunk(store->writer, chunk.id, name, sizeof(name), error) < 0)
		return -1;
	unsigned live = store_count_live(store, chunk.nodes, chunk.node_count);
	if (live)
		snprintf(left, sizeof(left), "%u other %s left", live, live == 1 ? "copy is" : "copies are");
	snprintf(text, sizeof(text), "%s: bad copy of chunk %.12s… of '%s' (%s); %s; %s", node->name,
		digest_hex(&chunk.digest, hex), name, reason, fate, left);
	return catalog_add_event(
		store->writer, live ? EVENT_WARNING : EVENT_ERROR, "replica_bad", node->name, text, error);
}

void store_condemn_replica(
	struct store *store, const struct catalog_chunk *chunk, struct node *node, const char *reason)
{
	struct error error;
	error_clear(&error);
	if (catalog_begin(store->writer, &error) < 0)
		return;
	if (condemn(store, chunk, node, reason, &error) < 0 || catalog_commit(store->writer, &error) < 0) {
		catalog_rollback(store->writer);
		store_event(store, EVENT_ERROR, "replica_bad", node->name,
			"%s: a bad copy could not be recorded: %s", node->name, error.message);
	}
}

void store_event(struct store *store, enum event_severity severity, const char *code, const char *node,
	const char *format, ...)
{
	char text[STORE_NAME_MAX + 1024];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	struct error error;
	if (catalog_begin(store->writer, &error) < 0)
		return;
	if (catalog_add_event(store->writer, severity, code, node, text, &error) < 0 ||
		catalog_commit(store->writer, &error) < 0)
		catalog_rollback(store->writer);
}
