#include "engine/chunk_folder.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Names are gone through in batches of so many, each in order, so that no folder is too large. */
enum { BATCH_NAMES = 1 << 18 };

/* The names in a folder, one after the other with their NULs, and where each begins. */
struct listing {
	char *text;
	size_t length, room;
	size_t *starts;
	size_t count, start_room;
};

static int add_name(struct listing *listing, const char *name)
{
	size_t size = strlen(name) + 1;
	if (listing->room - listing->length < size) {
		size_t room = 2 * listing->room + 4096 + size;
		char *text = realloc(listing->text, room);
		if (!text)
			return -1;
		listing->text = text;
		listing->room = room;
	}
	if (listing->count == listing->start_room) {
		size_t room = 2 * listing->start_room + 64;
		size_t *starts = realloc(listing->starts, room * sizeof(*starts));
		if (!starts)
			return -1;
		listing->starts = starts;
		listing->start_room = room;
	}
	memcpy(listing->text + listing->length, name, size);
	listing->starts[listing->count++] = listing->length;
	listing->length += size;
	return 0;
}

static int compare_names(const void *a, const void *b, void *text)
{
	const char *names = text;
	return strcmp(names + *(const size_t *)a, names + *(const size_t *)b);
}

static int list_batch(DIR *stream, struct listing *listing)
{
	const struct dirent *entry;
	listing->length = listing->count = 0;
	while (errno = 0, listing->count < BATCH_NAMES && (entry = readdir(stream))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (add_name(listing, entry->d_name) < 0) {
			errno = ENOMEM;
			return -1;
		}
	}
	if (errno)
		return -1;
	if (listing->count)
		qsort_r(listing->starts, listing->count, sizeof(*listing->starts), compare_names,
			listing->text);
	return 0;
}

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
		result = list_batch(stream, &listing);
		for (size_t i = 0; result == 0 && i < listing.count; i++)
			result = visit_name(
				dirfd(stream), listing.text + listing.starts[i], quarantine, visit, context);
	} while (result == 0 && listing.count == BATCH_NAMES);
	int number = errno;
	free(listing.text);
	free(listing.starts);
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
