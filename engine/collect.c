#include "engine/collect.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "engine/replica.h"

struct retention_rules collect_retention(struct store *store, const struct collect_options *options)
{
	struct store_settings settings;
	store_get_settings(store, &settings);
	struct retention_rules rules = settings.history;
	if (options->set_keep_versions)
		rules.keep_versions = options->keep_versions;
	if (options->set_keep_for)
		rules.keep_for_ms = options->keep_for_ms;
	return rules;
}

bool collect_is_complete(struct store *store)
{
	for (size_t i = 0; i < store->node_count; i++)
		if (store->nodes[i].id != 0 && !node_is_readable(&store->nodes[i]))
			return false;
	return true;
}

static bool look(const struct collect_judge *judge, const struct chunk_folder_file *file, struct stat *status)
{
	struct io *io = judge->store->env->io;
	return io->fstatat(io, file->folder, file->name, status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(status->st_mode);
}

static bool is_old(const struct collect_judge *judge, const struct stat *status)
{
	return (int64_t)status->st_mtime * 1000 < judge->now_ms - COLLECT_FILE_AGE_MS;
}

/* Whether a chunk that the catalog knows stays in it. */
static int is_kept(const struct collect_judge *judge, const struct catalog_chunk *chunk, struct error *error)
{
	int goes = judge->preview ? catalog_preview_has(judge->catalog, chunk->id, error) : 0;
	return goes < 0 ? -1 : !goes;
}

static bool is_short(const struct collect_judge *judge, const struct catalog_chunk *chunk)
{
	return store_count_live(judge->store, chunk->nodes, chunk->node_count) < chunk->want;
}

/*
 * Invariant 4. Where the catalog counts enough copies, some may have rotted, and the file that it does not
 * count be the last good one: as many as are wanted are read. What is found bad is condemned, and the chunk
 * is short from then on.
 */
bool collect_others_are_good(struct store *store, const struct catalog_chunk *chunk)
{
	struct node *failing[COPYSET_MAX];
	unsigned good = 0, failing_count = 0;
	for (unsigned i = 0; i < chunk->node_count && good < chunk->want; i++) {
		struct node *node = store_node_by_id(store, chunk->nodes[i]);
		const struct node_attachment *attachment = node ? node_reading(node) : NULL;
		if (!attachment)
			continue;
		enum chunk_read_result found =
			chunk_file_verify(store->env, attachment, &chunk->digest, chunk->size);
		int number = errno;
		good += found == CHUNK_GOOD;
		if (found == CHUNK_GOOD || !replica_is_to_blame(node, found, number))
			continue;
		if (found == CHUNK_READ_ERROR)
			failing[failing_count++] = node;
		else
			store_condemn_replica(store, chunk, node, chunk_read_result_name(found));
	}
	/* As in any other read (replica.c). */
	for (unsigned i = 0; good > 0 && i < failing_count; i++)
		store_condemn_replica(store, chunk, failing[i], "input/output error");
	return good >= chunk->want;
}

int collect_judge_chunk_file(const struct collect_judge *judge, struct node *node,
	const struct chunk_folder_file *file, uint64_t *bytes, struct error *error)
{
	struct catalog_chunk chunk;
	struct stat status;
	if (!file->named) {
		bool draft = strncmp(file->name, CHUNK_FILE_TEMPORARY, strlen(CHUNK_FILE_TEMPORARY)) == 0;
		bool goes = draft && look(judge, file, &status) && is_old(judge, &status);
		*bytes = goes ? (uint64_t)status.st_size : 0;
		return goes;
	}
	/* Whatever the catalog places here is a replica; in a preview those that go are counted by chunk. */
	int found = catalog_find_chunk(judge->catalog, &file->digest, &chunk, error);
	if (found < 0 || (found && catalog_is_placed(&chunk, node->id)))
		return found < 0 ? -1 : 0;
	found = found ? is_kept(judge, &chunk, error) : 0;
	int stray = found < 0 ? -1 : catalog_has_stray(judge->catalog, node->id, &file->digest, error);
	if (found < 0 || stray < 0)
		return -1;
	if (!look(judge, file, &status))
		return 0;
	*bytes = (uint64_t)status.st_size;
	if (found && is_short(judge, &chunk))
		return 0;
	if (stray)
		return judge->preview; /* maintain_stray.c sees to it */
	if (!found && !judge->complete)
		return 0;
	if (!judge->alone && !is_old(judge, &status))
		return 0;
	return !found || !judge->reads || collect_others_are_good(judge->store, &chunk);
}

int collect_judge_quarantined(const struct collect_judge *judge, const struct chunk_folder_file *file,
	uint64_t *bytes, struct error *error)
{
	struct catalog_chunk chunk;
	struct stat status;
	if (!file->named)
		return 0;
	int found = catalog_find_chunk(judge->catalog, &file->digest, &chunk, error);
	if (found == 1)
		found = is_kept(judge, &chunk, error);
	if (found < 0)
		return -1;
	if ((found ? is_short(judge, &chunk) : !judge->complete) || !look(judge, file, &status))
		return 0;
	*bytes = (uint64_t)status.st_size;
	return 1;
}
