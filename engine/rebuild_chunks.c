/*
 * rebuild_chunks.c: which node holds which chunk, by the names and sizes of the files. Their bytes are the scrub's to verify:
 * that is due at once, because nothing is known of when it was last done.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "engine/rebuild.h"

static bool parse_digest(const char *name, struct digest *digest)
{
	if (strlen(name) != 2 * DIGEST_BYTES || strspn(name, "0123456789abcdef") != 2 * DIGEST_BYTES)
		return false;
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		unsigned byte;
		if (sscanf(&name[2 * i], "%2x", &byte) != 1)
			return false;
		digest->bytes[i] = (uint8_t)byte;
	}
	return true;
}

static int note_file(struct rebuild *rebuild, const struct rebuild_source *source, int folder,
	const char *name, struct error *error)
{
	struct digest digest;
	struct stat status;
	if (!parse_digest(name, &digest) ||
		rebuild->env->io->fstatat(rebuild->env->io, folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
		!S_ISREG(status.st_mode))
		return 0;
	int known = source->id ? catalog_regrow_hold(rebuild->catalog, &digest, (uint64_t)status.st_size,
					 source->id, error)
			       : 0;
	if (known == 0) {
		rebuild->result->unknown++;
		rebuild->result->unknown_bytes += (uint64_t)status.st_size;
	}
	return known < 0 ? -1 : 0;
}

static int look_through_shard(
	struct rebuild *rebuild, const struct rebuild_source *source, unsigned shard, struct error *error)
{
	char path[16];
	snprintf(path, sizeof(path), "chunks/%02x", shard);
	struct io *io = rebuild->env->io;
	int fd = io->openat(io, source->root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	if (!stream) {
		int number = errno;
		if (fd >= 0)
			io->close(io, fd);
		if (number != ENOENT)
			rebuild_say(
				rebuild, "%s: %s cannot be read: %s", source->name, path, strerror(number));
		return 0;
	}
	int result = 0;
	for (struct dirent *entry; result == 0 && (entry = readdir(stream));)
		result = note_file(rebuild, source, fd, entry->d_name, error);
	closedir(stream);
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
	if (rebuild->absent.count < COPYSET_MAX)
		rebuild->absent.nodes[rebuild->absent.count++] = node->id;
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
		for (unsigned shard = 0; shard < 256; shard++)
			if (rebuild_check_cancel(rebuild, error) < 0 ||
				look_through_shard(rebuild, source, shard, error) < 0)
				return -1;
	}
	return 0;
}
