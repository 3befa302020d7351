/*
 * node_remove.c: taking a node out of the store for good.
 *
 * Invariant 4. Its copies are let go of, so each of its chunks must have a good copy elsewhere, and that is
 * known only of a copy that was read. So one is, of each chunk, before anything is decided and without
 * holding anybody up; bad ones that are met are condemned as in any other read. What is decided then, under
 * the lock of writers, counts on these copies as long as the catalog does and their nodes answer. A node that
 * was drained holds nothing and goes at once.
 */
#include <stdio.h>

#include "engine/chunk_file.h"
#include "engine/journal.h"
#include "engine/links.h"
#include "engine/replica.h"

enum { PAGE_CHUNKS = 64 };

struct removal {
	struct store *store;
	struct node *node;
	const struct node_removal_options *options;
	struct progress progress; /* totals: what the node is said to hold */
	uint64_t last_copies;     /* chunks of which no other good copy can be reached */
	uint64_t missing;         /* chunks that lack a copy without the node */
};

/* Live or not on the node, and no live one elsewhere. */
static int count_copies(void *context, const struct catalog_copyset *copyset, struct error *error)
{
	(void)error;
	struct removal *removal = context;
	bool holds = false;
	unsigned others = 0;
	for (unsigned i = 0; i < copyset->node_count; i++) {
		struct node *node = store_node_by_id(removal->store, copyset->nodes[i]);
		if (copyset->nodes[i] == removal->node->id)
			holds = true;
		else if (node && node_is_readable(node))
			others++;
	}
	if (!holds)
		return 0;
	removal->progress.files_total += copyset->chunks;
	removal->progress.bytes_total += copyset->bytes;
	if (others < copyset->want)
		removal->missing += copyset->chunks;
	if (others == 0)
		removal->last_copies += copyset->chunks;
	return 0;
}

/* A node that does not answer cannot be emptied, and what it alone has is lost for good once it is forgotten. */
static int refuse(const struct removal *removal, struct error *error)
{
	const char *name = removal->node->name;
	const char *word = removal->last_copies == 1 ? "chunk" : "chunks";
	if (!node_is_readable(removal->node))
		return error_set(error, ERROR_REFUSED,
			"node '%s' does not answer, and no node that answers has a good copy of %llu %s it "
			"holds; bring it back, or the nodes with the other copies",
			name, (unsigned long long)removal->last_copies, word);
	return error_set(error, ERROR_REFUSED,
		"node '%s' holds the only good copy that can be reached of %llu %s; empty it first with "
		"'linckia node drain %s', or bring back the nodes with the other copies",
		name, (unsigned long long)removal->last_copies, word, name);
}

static int refuse_as_interrupted(const struct removal *removal, struct error *error)
{
	return error_set(
		error, ERROR_CANCELLED, "interrupted; node '%s' is still there", removal->node->name);
}

/* ---- reading what others have ---- */

/* Whether a good copy is elsewhere: 1 or 0; -1 when that could not be found out. */
static int read_elsewhere(const struct removal *removal, const struct catalog_chunk *chunk,
	struct buffer **buffer, struct error *error)
{
	struct catalog_chunk others = *chunk;
	others.node_count = 0;
	for (unsigned i = 0; i < chunk->node_count; i++)
		if (chunk->nodes[i] != removal->node->id)
			others.nodes[others.node_count++] = chunk->nodes[i];
	/* No copy can be as large as a catalog that lies may say. */
	if (others.node_count == 0 || chunk->size > (*buffer)->size)
		return 0;
	if (replica_read(removal->store, &others, buffer, error) == 0)
		return 1;
	bool none = error->code == ERROR_UNAVAILABLE || error->code == ERROR_DAMAGED;
	return none ? 0 : -1;
}

static int read_page(struct removal *removal, const struct catalog_chunk *chunks, int count,
	struct buffer **buffer, struct error *error)
{
	const struct node_removal_options *options = removal->options;
	for (int i = 0; i < count; i++) {
		if (!catalog_is_placed(&chunks[i], removal->node->id))
			continue;
		int good = read_elsewhere(removal, &chunks[i], buffer, error);
		/* Whatever it says then: it was not waited for. */
		if (options->cancel && atomic_load(options->cancel))
			return refuse_as_interrupted(removal, error);
		if (good < 0)
			return -1;
		removal->last_copies += good == 0;
		removal->progress.files_done++;
		removal->progress.bytes_done += chunks[i].size;
		if (options->progress)
			options->progress(options->context, &removal->progress);
	}
	return 0;
}

static int read_all_elsewhere(struct removal *removal, struct error *error)
{
	struct store *store = removal->store;
	struct catalog_chunk chunks[PAGE_CHUNKS];
	struct buffer *buffer = pool_take(store->pool);
	int64_t after = 0;
	int count, result = 0;
	network_heed(removal->options->cancel);
	while (result == 0 &&
		(count = catalog_page_chunks(store->reader, 0, after, chunks, PAGE_CHUNKS, error)) != 0) {
		result = count < 0 ? -1 : read_page(removal, chunks, count, &buffer, error);
		if (count > 0)
			after = chunks[count - 1].id;
	}
	network_heed(NULL);
	pool_give(store->pool, buffer);
	return result;
}

/* Nor may a good file go with it of a chunk that is lost otherwise, though the catalog does not count it. */
static int require_nothing_lost(const struct removal *removal, struct error *error)
{
	struct store *store = removal->store;
	struct catalog_chunk lost[PAGE_CHUNKS];
	const struct node_attachment *attachment = node_reading(removal->node);
	const atomic_bool *cancel = removal->options->cancel;
	int64_t after = 0;
	int count = PAGE_CHUNKS;
	uint64_t files = 0;
	while (attachment && count == PAGE_CHUNKS) {
		count = catalog_page_lost(store->reader, after, lost, PAGE_CHUNKS, error);
		for (int i = 0; i < count && !(cancel && atomic_load(cancel)); i++) {
			after = lost[i].id;
			files += chunk_file_verify(store->env, attachment, &lost[i].digest, lost[i].size) ==
				 CHUNK_GOOD;
		}
		if (cancel && atomic_load(cancel))
			return refuse_as_interrupted(removal, error);
	}
	if (count < 0)
		return -1;
	if (files == 0)
		return 0;
	return error_set(error, ERROR_REFUSED,
		"node '%s' has a good file of %llu %s of which no copy counts any more; 'linckia repair' "
		"takes them in",
		removal->node->name, (unsigned long long)files, files == 1 ? "chunk" : "chunks");
}

/* Invariant 4, by reading. */
static int require_others(struct removal *removal, struct error *error)
{
	if (catalog_each_copyset(removal->store->reader, count_copies, removal, error) < 0)
		return -1;
	if (removal->last_copies == 0 && removal->progress.files_total > 0 &&
		read_all_elsewhere(removal, error) < 0)
		return -1;
	return removal->last_copies > 0 ? refuse(removal, error) : require_nothing_lost(removal, error);
}

/* ---- removing ---- */

static int remove_row(struct removal *removal, uint64_t *chunks, struct error *error)
{
	struct store *store = removal->store;
	struct node *node = removal->node;
	char text[512];
	uint64_t held;
	/* Nodes may have gone and copies been condemned since. */
	removal->missing = 0;
	if (catalog_each_copyset(store->writer, count_copies, removal, error) < 0)
		return -1;
	if (removal->last_copies > 0)
		return refuse(removal, error);
	if (catalog_remove_node(store->writer, node->id, &held, error) < 0 ||
		links_forget_node(store, node, error) < 0)
		return -1;
	*chunks = removal->missing;
	snprintf(text, sizeof(text),
		"%s was removed from the store; %llu of its copies are to be made elsewhere", node->name,
		(unsigned long long)*chunks);
	return catalog_add_event(store->writer, EVENT_NOTICE, "node_removed", node->name, text, error);
}

/* So that the folder is not taken for a node of this store; what is in it stays. */
static void retire_identity(struct store *store, const struct node_attachment *attachment)
{
	struct io *io = store->env->io;
	if (attachment) /* where it cannot be renamed, it stays one that the catalog does not know */
		io->renameat2(io, attachment->root, NODE_IDENTITY_FILE, attachment->root,
			NODE_IDENTITY_FILE ".removed", 0);
}

/* The config is edited before the commit, so that a config that cannot be changes nothing. */
static int remove_node(struct store *store, const char *config_path, const char *name,
	const struct node_removal_options *options, uint64_t *chunks, struct error *error)
{
	struct node *node = store_node_by_name(store, name);
	/* A node that only the config knows holds nothing yet. */
	if (node && node->id == 0 && !node->forgotten)
		return config_remove_node(config_path, name, error);
	node = store_find_node(store, name, error);
	if (!node)
		return -1;
	struct removal removal = {
		.store = store, .node = node, .options = options, .progress.name = node->name};
	if (require_others(&removal, error) < 0 || journal_require(store, node, error) < 0 ||
		catalog_begin(store->writer, error) < 0)
		return -1;
	unsigned records;
	int result = remove_row(&removal, chunks, error);
	/* A node that only the catalog knows has no entry. */
	if (result == 0 && config_remove_node(config_path, name, error) < 0 && error->code != ERROR_NOT_FOUND)
		result = -1;
	const struct node_attachment *attachment = node_writing(node);
	/* From here on its journal is none of those that the record of this may count on. */
	if (result == 0)
		node_forget(node);
	if (result == 0 && catalog_commit_journaled(store->writer, &records, error) < 0)
		result = error_context(
			error, "node '%s' was taken out of the config, but not out of the catalog", name);
	if (result < 0) {
		catalog_rollback(store->writer);
		return -1;
	}
	retire_identity(store, attachment);
	return journal_confirm(store, records, node, error);
}

int store_node_remove(const char *config_path, const char *name, const struct node_removal_options *options,
	uint64_t *chunks, struct error *error)
{
	return store_node_remove_in(env_real(), config_path, name, options, chunks, error);
}

int store_node_remove_in(const struct env *env, const char *config_path, const char *name,
	const struct node_removal_options *options, uint64_t *chunks, struct error *error)
{
	static const struct node_removal_options none;
	struct store *store;
	*chunks = 0;
	if (store_open_in(env, config_path, &store, error) < 0)
		return -1;
	int result = remove_node(store, config_path, name, options ? options : &none, chunks, error);
	store_close(store);
	return result;
}
