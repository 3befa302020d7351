#include "engine/chunk_folder.h"

#include "engine/listing.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Names are gone through in batches of 262,144 chunk files at most, so that no folder is too large. */
enum { BATCH_BYTES = (2 * DIGEST_BYTES + 1) << 18 };

static int visit_name(int folder, const char *name, bool quarantine, chunk_folder_visit *visit, void *context)
{
	struct chunk_folder_file file = {.folder = folder, .name = name};
	file.named = digest_from_hex(name, &file.digest);
	if (file.named) {
		char next = name[2 * DIGEST_BYTES];
		file.named = next == '\0' || (quarantine && next == '.');
	}
	return visit(context, &file);
}

static int each_entry(DIR *stream, bool quarantine, chunk_folder_visit *visit, void *context)
{
	struct listing listing = {0};
	int result;
	do {
		result = listing_read(&listing, stream, BATCH_BYTES);
		for (size_t i = 0; result == 0 && i < listing.count; i++)
			result = visit_name(
				dirfd(stream), listing_name(&listing, i), quarantine, visit, context);
	} while (result == 0 && listing.count > 0);
	int number = errno;
	listing_release(&listing);
	errno = number;
	return result;
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
