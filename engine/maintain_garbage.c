/*
 * maintain_garbage.c: the part of a collection (maintain_collect.c) that looks at files: strays first, then, folder
 * by folder, what no catalog knows, and what is in quarantine.
 *
 * A folder is read without any lock. What seems to be of no use is gathered, and looked at again under the write lock
 * before it is unlinked, so that a file that a put or a repair has just made its own stays.
 */
#include "engine/maintain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/beneath.h"
#include "engine/clients.h"
#include "engine/config_file.h"
#include "engine/drafts.h"

enum { PAGE_FILES = 256 };

/* The node whose turn it is and that can be written to; NULL when all have had theirs. */
static struct node *current_node(struct maintenance *maintenance)
{
	struct collection *collection = &maintenance->collection;
	for (; collection->place.node < maintenance->store->node_count; collection->place.node++) {
		struct node *node = &maintenance->store->nodes[collection->place.node];
		if (node->id && node_writing(node))
			return node;
		collection->place.shard = 0;
		collection->place.strays.midway = false;
	}
	return NULL;
}

enum collect_step maintain_collect_strays(struct maintenance *maintenance, struct error *error)
{
	struct node *node = current_node(maintenance);
	(void)error;
	if (!node)
		return COLLECT_STEP_LAST;
	if (!maintain_sweep_strays(maintenance, node, &maintenance->collection.place.strays))
		maintenance->collection.place.node++;
	return COLLECT_STEP_MORE;
}

/* Files of one folder that seem to be of no use, until they are looked at again under the write lock. */
struct garbage {
	struct maintenance *maintenance;
	struct node *node;
	bool quarantine;
	struct collect_judge judge;
	struct error *error;
	unsigned count;
	struct {
		char name[256];
		bool named;
		struct digest digest;
	} files[PAGE_FILES];
};

static int judge_file(
	struct garbage *garbage, const struct chunk_folder_file *file, uint64_t *bytes, struct error *error)
{
	if (garbage->quarantine)
		return collect_judge_quarantined(&garbage->judge, file, bytes, error);
	return collect_judge_chunk_file(&garbage->judge, garbage->node, file, bytes, error);
}

/* Under the write lock. */
static int remove_garbage(struct garbage *garbage, int folder)
{
	struct collection *collection = &garbage->maintenance->collection;
	struct io *io = garbage->maintenance->store->env->io;
	for (unsigned i = 0; i < garbage->count; i++) {
		uint64_t bytes = 0;
		const struct chunk_folder_file file = {
			.folder = folder,
			.name = garbage->files[i].name,
			.named = garbage->files[i].named,
			.digest = garbage->files[i].digest,
		};
		int goes = judge_file(garbage, &file, &bytes, garbage->error);
		if (goes < 0)
			return -1;
		if (!goes)
			continue;
		if (io->unlinkat(io, folder, file.name, 0) < 0) {
			if (errno != ENOENT)
				node_note_errno(garbage->node, errno);
			continue;
		}
		collection->files++;
		collection->bytes += bytes;
	}
	return 0;
}

/* Nothing in the catalog changes: the transaction is for the lock. */
static int clear_garbage(struct garbage *garbage, int folder)
{
	struct maintenance *maintenance = garbage->maintenance;
	struct store *store = maintenance->store;
	if (garbage->count == 0)
		return 0;
	int result = catalog_begin(store->writer, garbage->error);
	if (result == 0) {
		int client = clients_exclude(store->config->store);
		garbage->judge.alone = client >= 0;
		garbage->judge.reads = false; /* they have been read for this */
		garbage->judge.catalog = store->writer;
		maintenance->collection.clients = maintenance->collection.clients || client < 0;
		result = remove_garbage(garbage, folder);
		catalog_rollback(store->writer);
		clients_leave(client);
	}
	garbage->judge.alone = garbage->judge.reads = true;
	garbage->judge.catalog = store->reader;
	garbage->count = 0;
	return result;
}

static int gather(void *context, const struct chunk_folder_file *file)
{
	struct garbage *garbage = context;
	uint64_t bytes = 0;
	int goes = judge_file(garbage, file, &bytes, garbage->error);
	if (goes <= 0)
		return goes < 0;
	snprintf(garbage->files[garbage->count].name, sizeof(garbage->files[0].name), "%s", file->name);
	garbage->files[garbage->count].named = file->named;
	garbage->files[garbage->count++].digest = file->digest;
	return garbage->count == PAGE_FILES && clear_garbage(garbage, file->folder) < 0;
}

/* Those that were gathered last and are not cleared when the folder ends. */
static int clear_rest(struct garbage *garbage, const struct node_attachment *attachment, const char *shard)
{
	if (garbage->count == 0)
		return 0;
	struct io *io = garbage->maintenance->store->env->io;
	int folder = io->openat(io, garbage->quarantine ? attachment->quarantine : attachment->chunks, shard,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
	if (folder < 0)
		return 0; /* it went away meanwhile, with all that was in it */
	int result = clear_garbage(garbage, folder);
	io->close(io, folder);
	return result;
}

static int clear_folder(struct garbage *garbage, unsigned shard)
{
	char name[3] = ".";
	const struct node_attachment *attachment = node_writing(garbage->node);
	if (!attachment)
		return 0;
	int result = garbage->quarantine ? chunk_folder_each_quarantined(attachment, gather, garbage)
					 : chunk_folder_each(attachment->chunks, shard, gather, garbage);
	if (result > 0)
		return -1;
	if (result < 0)
		node_note_errno(garbage->node, errno);
	if (!garbage->quarantine && shard == 0)
		beneath_discard(garbage->maintenance->store->env, attachment->chunks, NODE_PROBE_FILE);
	if (!garbage->quarantine)
		snprintf(name, sizeof(name), "%02x", shard & 0xff);
	return clear_rest(garbage, attachment, name);
}

static enum collect_step step_folder(struct maintenance *maintenance, bool quarantine, struct error *error)
{
	struct collection *collection = &maintenance->collection;
	struct node *node = collection->thorough ? current_node(maintenance) : NULL;
	if (!node)
		return COLLECT_STEP_LAST;
	struct garbage *garbage = malloc(sizeof(*garbage));
	if (!garbage)
		return error_set(error, ERROR_MEMORY, "cannot look for files that nobody needs");
	garbage->maintenance = maintenance;
	garbage->node = node;
	garbage->quarantine = quarantine;
	garbage->error = error;
	garbage->count = 0;
	garbage->judge = (struct collect_judge){
		.store = maintenance->store,
		.catalog = maintenance->store->reader,
		.alone = true,
		.reads = true,
		.complete = collect_is_complete(maintenance->store),
		.now_ms = collection->rules.now_ms,
	};
	int result = clear_folder(garbage, collection->place.shard);
	free(garbage);
	if (quarantine || ++collection->place.shard == CHUNK_SHARDS) {
		collection->place.shard = 0;
		collection->place.node++;
	}
	return result < 0 ? COLLECT_STEP_FAILED : COLLECT_STEP_MORE;
}

enum collect_step maintain_collect_files(struct maintenance *maintenance, struct error *error)
{
	return step_folder(maintenance, false, error);
}

enum collect_step maintain_collect_quarantine(struct maintenance *maintenance, struct error *error)
{
	return step_folder(maintenance, true, error);
}

enum collect_step maintain_collect_drafts(struct maintenance *maintenance, struct error *error)
{
	(void)error;
	const struct config *config = maintenance->store->config;
	if (maintenance->collection.thorough) {
		drafts_remove(config->store);
		config_file_remove_drafts(config->path);
	}
	return COLLECT_STEP_LAST;
}
