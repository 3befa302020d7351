#include "engine/chunk_folder.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int each_entry(DIR *stream, bool quarantine, chunk_folder_visit *visit, void *context)
{
	int result = 0;
	struct dirent *entry;
	while (result == 0 && (errno = 0, entry = readdir(stream))) {
		struct chunk_folder_file file = {.folder = dirfd(stream), .name = entry->d_name};
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		file.named = digest_from_hex(entry->d_name, &file.digest);
		if (file.named) {
			char next = entry->d_name[2 * DIGEST_BYTES];
			file.named = next == '\0' || (quarantine && next == '.');
		}
		result = visit(context, &file);
		errno = 0;
	}
	return result == 0 && errno ? -1 : result;
}

static int each_in(int parent, const char *path, bool quarantine, chunk_folder_visit *visit, void *context)
{
	int fd = openat(parent, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	DIR *stream = fdopendir(fd);
	int number = errno;
	int result = stream ? each_entry(stream, quarantine, visit, context) : -1;
	if (stream)
		number = errno;
	if (stream)
		closedir(stream);
	else
		close(fd);
	errno = number;
	return result;
}

int chunk_folder_each(int chunks, unsigned shard, chunk_folder_visit *visit, void *context)
{
	char name[3];
	assert(shard < CHUNK_SHARDS);
	snprintf(name, sizeof(name), "%02x", shard);
	return each_in(chunks, name, false, visit, context);
}

int chunk_folder_each_quarantined(
	const struct node_attachment *node, chunk_folder_visit *visit, void *context)
{
	return each_in(node->quarantine, ".", true, visit, context);
}
