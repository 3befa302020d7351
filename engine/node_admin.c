/*
 * node_admin.c: what an operator does to a node: fail, recover, drain, remove, and in a rehearsal store break it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/chunk_folder.h"
#include "engine/journal.h"
#include "engine/links.h"

static struct node *find_node(struct store *store, const char *name, struct error *error)
{
	error_clear(error);
	struct node *node = store_node_by_name(store, name);
	if (!node) {
		error_set(error, ERROR_NOT_FOUND, "there is no node '%s'; 'linckia node list' shows them",
			name);
		return NULL;
	}
	if (node->id == 0) {
		error_set(error, ERROR_REFUSED, "node '%s' is not part of the store yet: run 'linckia init'",
			name);
		return NULL;
	}
	return store_refresh_nodes(store, error) < 0 ? NULL : node;
}

/* ---- fail, recover, drain ---- */

/* What a node is to be; committed together with an event that says so. */
struct order {
	bool failed, draining;
	enum event_severity severity;
	const char *code, *sentence;
};

static int give_order(struct store *store, struct node *node, const struct order *order, struct error *error)
{
	char text[512];
	snprintf(text, sizeof(text), "%s %s", node->name, order->sentence);
	if (catalog_begin(store->writer, error) < 0)
		return -1;
	if (catalog_set_node_failed(store->writer, node->id, order->failed, error) < 0 ||
		catalog_set_node_draining(store->writer, node->id, order->draining, error) < 0 ||
		catalog_add_event(store->writer, order->severity, order->code, node->name, text, error) < 0 ||
		catalog_commit(store->writer, error) < 0) {
		catalog_rollback(store->writer);
		return -1;
	}
	node_set_failed(node, order->failed);
	node_set_draining(node, order->draining);
	return 0;
}

int store_node_fail(struct store *store, const char *name, bool *changed, struct error *error)
{
	*changed = false;
	struct node *node = find_node(store, name, error);
	if (!node)
		return -1;
	struct node_status status;
	node_status(node, &status);
	if (status.failed_by_operator)
		return 0;
	*changed = true;
	const struct order order = {
		true, status.draining, EVENT_WARNING, "node_failed", "was failed by the operator"};
	return give_order(store, node, &order, error);
}

int store_node_recover(struct store *store, const char *name, bool *changed, struct error *error)
{
	*changed = false;
	struct node *node = find_node(store, name, error);
	if (!node)
		return -1;
	struct node_status status;
	node_status(node, &status);
	const struct order order = {false, false, EVENT_NOTICE,
		status.failed_by_operator ? "node_recovered" : "node_kept",
		status.failed_by_operator ? "was put back into service by the operator"
					  : "is not to be emptied any more"};
	*changed = status.failed_by_operator || status.draining;
	if (*changed && give_order(store, node, &order, error) < 0)
		return -1;
	node_probe(node);
	/* What it missed meanwhile. Where that fails, status says so, and maintenance goes on trying. */
	struct error ignored;
	bool caught_up;
	if (journal_maintain(store, &caught_up, &ignored) < 0)
		(void)0;
	return 0;
}

int store_node_drain(struct store *store, const char *name, bool *changed, struct error *error)
{
	*changed = false;
	struct node *node = find_node(store, name, error);
	if (!node)
		return -1;
	struct node_status status;
	node_status(node, &status);
	if (status.draining)
		return 0;
	*changed = true;
	const struct order order = {status.failed_by_operator, true, EVENT_NOTICE, "node_drain",
		"is to be emptied: its copies move to other nodes"};
	return give_order(store, node, &order, error);
}

/* ---- remove ---- */

struct removal {
	struct store *store;
	uint16_t node;
	uint64_t last_copies;
};

/* Counts chunks with a copy on the node, live or not, and no live one elsewhere. */
static int count_last_copies(void *context, const struct catalog_copyset *copyset, struct error *error)
{
	(void)error;
	struct removal *removal = context;
	bool holds = false;
	unsigned others = 0;
	for (unsigned i = 0; i < copyset->node_count; i++) {
		struct node *node = store_node_by_id(removal->store, copyset->nodes[i]);
		if (copyset->nodes[i] == removal->node)
			holds = true;
		else if (node && node_is_readable(node))
			others++;
	}
	if (holds && others == 0)
		removal->last_copies += copyset->chunks;
	return 0;
}

/* A node that does not answer cannot be emptied, and what it alone has is lost for good once it is forgotten. */
static int refuse_removal(struct node *node, uint64_t chunks, struct error *error)
{
	const char *word = chunks == 1 ? "chunk" : "chunks";
	if (!node_is_readable(node))
		return error_set(error, ERROR_REFUSED,
			"node '%s' does not answer, and no node that answers has a copy of %llu %s it holds; "
			"bring it back, or the nodes with the other copies",
			node->name, (unsigned long long)chunks, word);
	return error_set(error, ERROR_REFUSED,
		"node '%s' holds the only copy that can be reached of %llu %s; empty it first with "
		"'linckia node drain %s', or bring back the nodes with the other copies",
		node->name, (unsigned long long)chunks, word, node->name);
}

static int remove_row(struct store *store, struct node *node, uint64_t *chunks, struct error *error)
{
	struct removal removal = {.store = store, .node = node->id};
	char text[512];
	if (catalog_each_copyset(store->writer, count_last_copies, &removal, error) < 0)
		return -1;
	if (removal.last_copies)
		return refuse_removal(node, removal.last_copies, error);
	if (catalog_remove_node(store->writer, node->id, chunks, error) < 0 ||
		links_forget_node(store, node, error) < 0)
		return -1;
	snprintf(text, sizeof(text),
		"%s was removed from the store; %llu of its copies are to be made elsewhere", node->name,
		(unsigned long long)*chunks);
	return catalog_add_event(store->writer, EVENT_NOTICE, "node_removed", node->name, text, error);
}

/* So that the folder is not taken for a node of this store; what is in it stays. */
static void retire_identity(struct store *store, struct node *node)
{
	const struct node_attachment *attachment = node_writing(node);
	struct io *io = store->env->io;
	if (attachment && io->renameat2(io, attachment->root, NODE_IDENTITY_FILE, attachment->root,
				  NODE_IDENTITY_FILE ".removed", 0) < 0)
		node_note_errno(node, errno);
}

/* The config is edited before the commit, so that a config that cannot be changes nothing. */
static int remove_node(
	struct store *store, const char *config_path, const char *name, uint64_t *chunks, struct error *error)
{
	struct node *node = store_node_by_name(store, name);
	/* A node that only the config knows holds nothing yet. */
	if (node && node->id == 0 && !node->forgotten)
		return config_remove_node(config_path, name, error);
	node = find_node(store, name, error);
	if (!node || catalog_begin(store->writer, error) < 0)
		return -1;
	int result = remove_row(store, node, chunks, error);
	/* A node that only the catalog knows has no entry. */
	if (result == 0 && config_remove_node(config_path, name, error) < 0 && error->code != ERROR_NOT_FOUND)
		result = -1;
	if (result == 0 && catalog_commit(store->writer, error) < 0)
		result = error_context(
			error, "node '%s' was taken out of the config, but not out of the catalog", name);
	if (result < 0) {
		catalog_rollback(store->writer);
		return -1;
	}
	retire_identity(store, node);
	return 0;
}

int store_node_remove(const char *config_path, const char *name, uint64_t *chunks, struct error *error)
{
	return store_node_remove_in(env_real(), config_path, name, chunks, error);
}

int store_node_remove_in(const struct env *env, const char *config_path, const char *name, uint64_t *chunks,
	struct error *error)
{
	struct store *store;
	*chunks = 0;
	if (store_open_in(env, config_path, &store, error) < 0)
		return -1;
	int result = remove_node(store, config_path, name, chunks, error);
	store_close(store);
	return result;
}

/* ---- faults for rehearsals ---- */

static const struct node_attachment *find_victim(struct store *store, const char *name, struct error *error)
{
	error_clear(error);
	if (!store->config->rehearsal) {
		error_set(error, ERROR_REFUSED,
			"this is not a rehearsal store, so nothing is broken on purpose; 'rehearsal: true' "
			"in "
			"its config would make it one");
		return NULL;
	}
	struct node *node = find_node(store, name, error);
	const struct node_attachment *attachment = node ? node_writing(node) : NULL;
	if (node && !attachment)
		error_set(error, ERROR_UNAVAILABLE, "node '%s' cannot be written to now", name);
	return attachment;
}

/* Calls `visit` for every chunk file of a node; ends when it returns other than 0. */
static void each_chunk_file(
	const struct node_attachment *attachment, chunk_folder_visit *visit, void *context)
{
	int result = 0;
	for (unsigned shard = 0; result <= 0 && shard < CHUNK_SHARDS; shard++)
		result = chunk_folder_each(attachment->chunks, shard, visit, context);
}

static int count_file(void *context, const struct chunk_folder_file *file)
{
	*(uint64_t *)context += file->named;
	return 0;
}

static int delete_file(void *context, const struct chunk_folder_file *file)
{
	*(uint64_t *)context += file->named && unlinkat(file->folder, file->name, 0) == 0;
	return 0;
}

int store_node_wipe(struct store *store, const char *name, uint64_t *chunks, struct error *error)
{
	*chunks = 0;
	const struct node_attachment *attachment = find_victim(store, name, error);
	if (!attachment)
		return -1;
	each_chunk_file(attachment, delete_file, chunks);
	store_event(store, EVENT_WARNING, "node_wiped", name, "%s: the operator deleted its %llu chunk files",
		name, (unsigned long long)*chunks);
	return 0;
}

/* Draws `wanted` of the files: each is taken with the chance that makes all subsets equally likely. */
struct corruption {
	struct dice *dice;
	uint64_t left, wanted, done;
};

static int corrupt_file(void *context, const struct chunk_folder_file *file)
{
	struct corruption *corruption = context;
	struct stat status;
	uint8_t byte;
	if (!file->named)
		return 0;
	if (corruption->dice->next(corruption->dice) % corruption->left-- >= corruption->wanted)
		return corruption->left == 0;
	int fd = openat(file->folder, file->name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	/* One that has another name too is perhaps not the store's alone. */
	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 1 &&
		status.st_size > 0) {
		off_t at = (off_t)(corruption->dice->next(corruption->dice) % (uint64_t)status.st_size);
		if (pread(fd, &byte, 1, at) == 1) {
			byte ^= 0x5a;
			corruption->done += pwrite(fd, &byte, 1, at) == 1 && fsync(fd) == 0;
		}
	}
	if (fd >= 0)
		close(fd);
	return --corruption->wanted == 0 || corruption->left == 0;
}

int store_node_corrupt(
	struct store *store, const char *name, uint64_t count, uint64_t *chunks, struct error *error)
{
	uint64_t files = 0;
	*chunks = 0;
	const struct node_attachment *attachment = find_victim(store, name, error);
	if (!attachment)
		return -1;
	each_chunk_file(attachment, count_file, &files);
	struct corruption corruption = {store->env->dice, files, count < files ? count : files, 0};
	if (corruption.wanted)
		each_chunk_file(attachment, corrupt_file, &corruption);
	*chunks = corruption.done;
	store_event(store, EVENT_WARNING, "node_corrupted", name,
		"%s: the operator changed a byte in %llu chunk %s", name, (unsigned long long)*chunks,
		*chunks == 1 ? "file" : "files");
	return 0;
}
