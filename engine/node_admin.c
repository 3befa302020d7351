/*
 * node_admin.c: what an operator does to a node: fail, recover, drain, and in a rehearsal store break it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/chunk_folder.h"
#include "engine/journal.h"

struct node *store_find_node(struct store *store, const char *name, struct error *error)
{
	struct node_status status;
	error_clear(error);
	if (store_refresh_nodes(store, error) < 0)
		return NULL;
	struct node *node = store_node_by_name(store, name);
	if (node)
		node_status(node, &status);
	if (!node || status.forgotten) {
		error_set(error, ERROR_NOT_FOUND, "there is no node '%s'; 'linckia node list' shows them",
			name);
		return NULL;
	}
	if (node->id == 0) {
		error_set(error, ERROR_REFUSED, "node '%s' is not part of the store yet: run 'linckia init'",
			name);
		return NULL;
	}
	return node;
}

/* ---- fail, recover, drain ---- */

/* What a node is to be; committed together with an event that says so. */
struct order {
	bool failed, draining;
	enum event_severity severity;
	const char *code, *sentence;
};

/* `records`: on how many journals it is. */
static int give_order(struct store *store, struct node *node, const struct order *order, unsigned *records,
	struct error *error)
{
	char text[512];
	snprintf(text, sizeof(text), "%s %s", node->name, order->sentence);
	if (catalog_begin(store->writer, error) < 0)
		return -1;
	if (catalog_set_node_failed(store->writer, node->id, order->failed, error) < 0 ||
		catalog_set_node_draining(store->writer, node->id, order->draining, error) < 0 ||
		catalog_add_event(store->writer, order->severity, order->code, node->name, text, error) < 0 ||
		catalog_commit_journaled(store->writer, records, error) < 0) {
		catalog_rollback(store->writer);
		return -1;
	}
	node_set_failed(node, order->failed);
	node_set_draining(node, order->draining);
	return 0;
}

/* The node that an order is about, and what it is now. Nothing has changed yet. NULL: `error`. */
static struct node *find_subject(
	struct store *store, const char *name, struct node_status *status, bool *changed, struct error *error)
{
	*changed = false;
	struct node *node = store_find_node(store, name, error);
	if (node)
		node_status(node, status);
	return node;
}

int store_node_fail(struct store *store, const char *name, bool *changed, struct error *error)
{
	unsigned records;
	struct node_status status;
	struct node *node = find_subject(store, name, &status, changed, error);
	if (!node)
		return -1;
	if (status.failed_by_operator)
		return 0;
	*changed = true;
	const struct order order = {
		true, status.draining, EVENT_WARNING, "node_failed", "was failed by the operator"};
	/* Nobody is kept from taking a disk out of service, nor told that it was not done. */
	return give_order(store, node, &order, &records, error);
}

int store_node_recover(struct store *store, const char *name, bool *changed, struct error *error)
{
	unsigned records;
	struct node_status status;
	struct node *node = find_subject(store, name, &status, changed, error);
	if (!node)
		return -1;
	const struct order order = {false, false, EVENT_NOTICE,
		status.failed_by_operator ? "node_recovered" : "node_kept",
		status.failed_by_operator ? "was put back into service by the operator"
					  : "is not to be emptied any more"};
	*changed = status.failed_by_operator || status.draining;
	if (*changed && give_order(store, node, &order, &records, error) < 0)
		return -1;
	node_probe(node);
	/* What it missed meanwhile. Where that fails, status says so, and maintenance goes on trying. */
	struct error ignored;
	bool caught_up;
	(void)!journal_mend(store, &caught_up, &ignored);
	return 0;
}

int store_node_drain(struct store *store, const char *name, bool *changed, struct error *error)
{
	unsigned records;
	struct node_status status;
	struct node *node = find_subject(store, name, &status, changed, error);
	if (!node)
		return -1;
	if (status.draining)
		return 0;
	if (journal_require(store, NULL, error) < 0)
		return -1;
	*changed = true;
	const struct order order = {status.failed_by_operator, true, EVENT_NOTICE, "node_drain",
		"is to be emptied: its copies move to other nodes"};
	if (give_order(store, node, &order, &records, error) < 0)
		return -1;
	return journal_confirm(store, records, NULL, error);
}

/* ---- faults for rehearsals ---- */

static const struct node_attachment *find_victim(struct store *store, const char *name, struct error *error)
{
	error_clear(error);
	if (!store->config->rehearsal) {
		error_set(error, ERROR_REFUSED,
			"this is not a rehearsal store, so nothing is broken on purpose; 'rehearsal: true' "
			"in its config would make it one");
		return NULL;
	}
	struct node *node = store_find_node(store, name, error);
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
