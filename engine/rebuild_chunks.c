/*
 * rebuild_chunks.c: which node holds which chunk, by the names and sizes of the files. Their bytes are the
 * scrub's to verify:
 * that is due at once, because nothing is known of when it was last done.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "engine/chunk_folder.h"
#include "engine/rebuild.h"

struct look {
	struct rebuild *rebuild;
	const struct rebuild_source *source;
	bool unread; /* something of it could not be looked at */
	struct error *error;
};

/*
 * A chunk that was found nowhere may be on such a node; its inventory tells when it is maintained. Nodes that are
 * away are told of first, and those of which something could not be read after them, whatever their ids.
 */
static void add_absent(struct rebuild *rebuild, uint16_t id)
{
	struct catalog_absent *absent = &rebuild->absent;
	if (absent->count == COPYSET_MAX)
		return;
	unsigned at = absent->count++;
	for (; at > 0 && absent->nodes[at - 1] > id; at--)
		absent->nodes[at] = absent->nodes[at - 1];
	absent->nodes[at] = id;
}

static int note_file(void *context, const struct chunk_folder_file *file)
{
	struct look *look = context;
	struct rebuild *rebuild = look->rebuild;
	struct io *io = rebuild->env->io;
	struct stat status;
	if (!file->named)
		return 0;
	if (io->fstatat(io, file->folder, file->name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
		look->unread = look->unread || errno != ENOENT;
		return 0;
	}
	if (!S_ISREG(status.st_mode))
		return 0;
	uint16_t id = look->source->id;
	int known = id ? catalog_regrow_hold(
				 rebuild->catalog, &file->digest, (uint64_t)status.st_size, id, look->error)
		       : 0;
	if (known == 0) {
		rebuild->result->unknown++;
		rebuild->result->unknown_bytes += (uint64_t)status.st_size;
	}
	return known < 0; /* -1 would be the folder */
}

/* All folders; those that cannot be read are told of, and leave the node in doubt. */
static int look_at_folders(struct look *look)
{
	struct rebuild *rebuild = look->rebuild;
	const struct rebuild_source *source = look->source;
	struct io *io = rebuild->env->io;
	int chunks =
		io->openat(io, source->root, "chunks", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
	if (chunks < 0) {
		rebuild_say(rebuild, "%s: its chunks cannot be read: %s", source->name, strerror(errno));
		look->unread = true;
		return 0;
	}
	int result = 0;
	for (unsigned shard = 0; shard < CHUNK_SHARDS && result == 0; shard++) {
		result = rebuild_check_cancel(rebuild, look->error);
		int found = result == 0 ? chunk_folder_each(chunks, shard, note_file, look) : 0;
		if (found < 0) {
			rebuild_say(rebuild, "%s: chunks/%02x cannot be read: %s", source->name, shard,
				strerror(errno));
			look->unread = true;
		}
		result = found > 0 ? -1 : result;
	}
	io->close(io, chunks);
	return result;
}

static int look_through(struct rebuild *rebuild, const struct rebuild_source *source, struct error *error)
{
	struct look look = {.rebuild = rebuild, .source = source, .error = error};
	int result = look_at_folders(&look);
	if (look.unread && source->id) {
		rebuild_say(rebuild,
			"%s was not looked at as a whole; what only it holds is looked for again by repair",
			source->name);
		add_absent(rebuild, source->id);
	}
	return result;
}

static int match_source(void *context, const struct catalog_node *node, struct error *error)
{
	(void)error;
	struct rebuild *rebuild = context;
	bool found = false;
	for (size_t i = 0; i < rebuild->source_count; i++) {
		struct rebuild_source *source = &rebuild->sources[i];
		if (strcmp(source->uuid, node->uuid) != 0)
			continue;
		source->id = node->id;
		found = true;
	}
	if (found)
		return 0;
	rebuild_say(
		rebuild, "%s was not looked at; what only it holds counts again when it is back", node->name);
	add_absent(rebuild, node->id);
	return 0;
}

int rebuild_take_inventory(struct rebuild *rebuild, struct error *error)
{
	if (catalog_each_node(rebuild->catalog, match_source, rebuild, error) < 0)
		return -1;
	for (size_t i = 0; i < rebuild->source_count; i++) {
		const struct rebuild_source *source = &rebuild->sources[i];
		if (!source->id)
			rebuild_say(rebuild,
				"%s joined the store after the last record: 'linckia init' takes it in again",
				source->name);
		if (look_through(rebuild, source, error) < 0)
			return -1;
	}
	return 0;
}
