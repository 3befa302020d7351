#include "engine/replica.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/hedge.h"
#include "engine/links.h"

/* A chunk, or a part of it, that is looked for on one node after the other. */
struct search {
	struct copy_read wanted; /* but for where from and where to */
	struct node *holders[COPYSET_MAX];
	unsigned count, next;
	struct node *failing[COPYSET_MAX]; /* these gave an input/output error */
	unsigned failing_count;
	bool misdescribed;    /* a good copy is not as the catalog says */
	struct buffer *spare; /* not being read into; NULL when there is none */
	struct race race;
};

/* Why no copy could be read, with the nodes' names. */
static int explain(struct store *store, const struct catalog_chunk *chunk, struct error *error)
{
	char hex[DIGEST_HEX_SIZE], nodes[512];
	size_t used = 0;
	unsigned away = 0;
	nodes[0] = '\0';
	/* Ask again: reading may have condemned copies, or found nodes gone. */
	struct catalog_chunk now = *chunk;
	struct error ignored;
	if (catalog_find_chunk(store->reader, &chunk->digest, &now, &ignored) != 1)
		now = *chunk;
	for (unsigned i = 0; i < now.node_count && used < sizeof(nodes); i++) {
		struct node *node = store_node_by_id(store, now.nodes[i]);
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

static int explain_misdescribed(const struct catalog_chunk *chunk, struct error *error)
{
	char hex[DIGEST_HEX_SIZE];
	return error_set(error, ERROR_DAMAGED,
		"the catalog is damaged: what it says of chunk %.12s… is not so; the copies are good, and "
		"'linckia rebuild' makes the catalog anew from the nodes",
		digest_hex(&chunk->digest, hex));
}

/*
 * Draws conclusions from a copy that was not read. An input/output error says nothing lasting about the copy: a loose
 * cable gives them for all. So such a copy is condemned only once another one was read as good.
 */
static void judge(struct search *search, const struct copy_read *read)
{
	struct node *node = read->from->owner;
	enum chunk_read_result result = read->result;
	bool catalog_is_wrong = result == CHUNK_READ_ERROR && read->number == EBADMSG;
	if (result != CHUNK_MISSING && !catalog_is_wrong)
		node_count(node, TRAFFIC_ERRORS, 1);
	if (result == CHUNK_READ_ERROR && node_errno_is_of_network(read->number)) {
		node_note_errno(node, read->number);
		return;
	}
	/* An absent disk looks like missing files: ask whether the node is still itself before blaming the copy. */
	if (result != CHUNK_BAD && node_probe(node) != NODE_FOUND_IT)
		return;
	search->misdescribed = search->misdescribed || catalog_is_wrong;
	if (result == CHUNK_READ_ERROR) {
		if (read->number == EIO)
			search->failing[search->failing_count++] = node;
		return;
	}
	if (result == CHUNK_MISSING)
		node_count(node, TRAFFIC_ERRORS, 1);
	store_condemn_replica(read->store, &read->chunk, node, chunk_read_result_name(result));
}

/*
 * Begins to read from the next holder that answers, in another thread if that may be overtaken. 1: `ended`
 * has what came of it; 0: it is under way; -1: there is none, or, where others are under way already, it is
 * not worth its price.
 */
static int read_next(struct search *search, struct copy_read *ended)
{
	struct pool *pool = search->wanted.store->pool;
	for (; search->next < search->count; search->next++) {
		*ended = search->wanted;
		ended->from = node_reading(search->holders[search->next]);
		if (ended->from)
			break;
	}
	bool first = search->race.count == 0;
	if (search->next == search->count || (!search->spare && !(search->spare = pool_try_take(pool))))
		return -1;
	ended->buffer = search->spare;
	/* What nothing can overtake is read here. */
	bool alone = first && search->next + 1 == search->count;
	bool handed_over = !alone && race_start(&search->race, ended);
	if (!handed_over && !first) {
		pool_give(pool, search->spare);
		search->spare = NULL;
		return -1;
	}
	search->next++;
	search->spare = NULL;
	if (handed_over)
		return 0;
	race_read_here(&search->race, ended);
	return 1;
}

/* The first good copy is left in `read`; the buffer of one that was not good is the next one's. */
static bool find_good(struct search *search, struct copy_read *read)
{
	for (;;) {
		int begun = search->race.count == 0 ? read_next(search, read) : 0;
		if (begun < 0)
			return false;
		if (begun == 0 && race_wait(&search->race, read) == RACE_LATE) {
			(void)read_next(search, read); /* what is under way goes on either way */
			continue;
		}
		if (read->result == CHUNK_GOOD)
			return true;
		if (search->spare)
			pool_give(read->store->pool, read->buffer);
		else
			search->spare = read->buffer;
		judge(search, read);
	}
}

/* Reads `wanted` into `*buffer`, or into one that takes its place. */
static int read_anywhere(const struct copy_read *wanted, struct buffer **buffer, struct error *error)
{
	struct store *store = wanted->store;
	struct search search = {.wanted = *wanted, .spare = *buffer};
	struct copy_read read;
	links_follow(store);
	search.count = hedge_order(store, &wanted->chunk, search.holders);
	race_begin(&search.race, store);
	bool found = find_good(&search, &read);
	race_end(&search.race);
	*buffer = found ? read.buffer : search.spare;
	if (found && search.spare)
		pool_give(store->pool, search.spare);
	for (unsigned i = 0; found && i < search.failing_count; i++)
		store_condemn_replica(store, &wanted->chunk, search.failing[i], "input/output error");
	if (found)
		return 0;
	for (unsigned i = 0; i < search.failing_count; i++)
		store_event(store, EVENT_WARNING, "read_failed", search.failing[i]->name,
			"%s: a chunk could not be read: %s", search.failing[i]->name, strerror(EIO));
	return search.misdescribed ? explain_misdescribed(&wanted->chunk, error)
				   : explain(store, &wanted->chunk, error);
}

int replica_read(
	struct store *store, const struct catalog_chunk *chunk, struct buffer **buffer, struct error *error)
{
	struct copy_read wanted = {.store = store, .chunk = *chunk};
	return read_anywhere(&wanted, buffer, error);
}

int replica_read_part(struct store *store, const struct catalog_chunk *chunk, uint64_t offset, size_t length,
	const struct digest *part, struct buffer **buffer, struct error *error)
{
	struct copy_read wanted = {
		.store = store,
		.chunk = *chunk,
		.partly = true,
		.offset = offset,
		.length = length,
		.part = *part,
	};
	return read_anywhere(&wanted, buffer, error);
}

/* ---- condemning ---- */

bool replica_is_to_blame(struct node *node, enum chunk_read_result result, int number)
{
	assert(result != CHUNK_GOOD);
	if (result == CHUNK_READ_ERROR && number == EBADMSG)
		return false;
	if (result != CHUNK_MISSING)
		node_count(node, TRAFFIC_ERRORS, 1);
	if (result == CHUNK_READ_ERROR && number != EIO) {
		node_note_errno(node, number);
		if (!node_errno_is_of_network(number))
			node_probe(node);
		return false;
	}
	if (result == CHUNK_READ_ERROR)
		node_set_suspect(node);
	if (result != CHUNK_BAD && (node_probe(node) != NODE_FOUND_IT || !node_is_readable(node)))
		return false;
	if (result == CHUNK_MISSING)
		node_count(node, TRAFFIC_ERRORS, 1);
	return true;
}

/* Whether the copy is still as bad as it was found; another process may have repaired it since. */
static bool is_still_bad(struct store *store, const struct catalog_chunk *chunk, struct node *node)
{
	const struct node_attachment *attachment = node_reading(node);
	/*
	 * The node can verify its copy by itself: while the catalog
	 * waits, only question and answer go over the network.
	 */
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
	bool known[STORE_NODES_MAX];
	int found = catalog_find_chunk(store->writer, &seen->digest, &chunk, error);
	if (found <= 0)
		return found;
	if (store_list_known(store, known, error) < 0)
		return -1;
	/* Since it was removed, its number may be another's, whose copy this says nothing about. */
	if (!known[node - store->nodes] || !catalog_is_placed(&chunk, node->id) ||
		!is_still_bad(store, &chunk, node))
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
