#include "engine/chunk_folder.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Whether `name` begins with a digest; `rest` is what follows. */
static bool read_digest(const char *name, struct digest *digest, const char **rest)
{
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		int high = hex_value(name[2 * i]), low = high < 0 ? -1 : hex_value(name[2 * i + 1]);
		if (low < 0)
			return false;
		digest->bytes[i] = (uint8_t)(high << 4 | low);
	}
	*rest = name + 2 * (size_t)DIGEST_BYTES;
	return true;
}

static int each_entry(DIR *stream, bool quarantine, chunk_folder_visit *visit, void *context)
{
	int result = 0;
	struct dirent *entry;
	while (result == 0 && (errno = 0, entry = readdir(stream))) {
		struct chunk_folder_file file = {.folder = dirfd(stream), .name = entry->d_name};
		const char *rest;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		file.named = read_digest(entry->d_name, &file.digest, &rest) &&
			     (rest[0] == '\0' || (quarantine && rest[0] == '.'));
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

int chunk_folder_each(
	const struct node_attachment *node, unsigned shard, chunk_folder_visit *visit, void *context)
{
	char name[3];
	assert(shard < CHUNK_SHARDS);
	snprintf(name, sizeof(name), "%02x", shard);
	return each_in(node->chunks, name, false, visit, context);
}

int chunk_folder_each_quarantined(
	const struct node_attachment *node, chunk_folder_visit *visit, void *context)
{
	return each_in(node->quarantine, ".", true, visit, context);
}
