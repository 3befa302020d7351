#include "engine/listing.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

int listing_read(struct listing *listing, DIR *stream, size_t most_bytes)
{
	const struct dirent *entry;
	int number = 0;
	assert(most_bytes > 0);
	listing->length = listing->count = 0;
	while (listing->length < most_bytes && (errno = 0, entry = readdir(stream)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
			add_name(listing, entry->d_name) < 0) {
			number = ENOMEM;
			break;
		}
	if (listing->length < most_bytes && number == 0)
		number = errno;
	if (listing->count)
		qsort_r(listing->starts, listing->count, sizeof(*listing->starts), compare_names,
			listing->text);
	errno = number;
	return number ? -1 : 0;
}

const char *listing_name(const struct listing *listing, size_t i)
{
	assert(i < listing->count);
	return listing->text + listing->starts[i];
}

void listing_release(struct listing *listing)
{
	free(listing->text);
	free(listing->starts);
	*listing = (struct listing){0};
}
