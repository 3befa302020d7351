/*
 * listing.h: the names in a folder, in batches of a bounded size, each in byte order.
 *
 * The order in which a file system hands out names is its own, and differs between two of the same kind. Whoever
 * reads a folder through a listing does the same wherever the folder lies, as long as its names fit into one batch.
 *
 * A listing is used by one thread. It is initialised to zeros, and filled anew by each call.
 */
#ifndef LINCKIA_ENGINE_LISTING_H
#define LINCKIA_ENGINE_LISTING_H

#include "engine/error.h"

#include <dirent.h>
#include <stddef.h>

struct listing {
	char *text;     /* the names, each with its NUL */
	size_t *starts; /* where each begins in `text`, in the order of the names */
	size_t count;
	size_t length, room, start_room;
};

/*
 * Reads the next names of `stream`, but for "." and "..", until they take `most_bytes` with their NULs; none are
 * left when the count is 0 then. On an error, -1 with errno, the listing holds what was read before it.
 */
MUST_CHECK int listing_read(struct listing *listing, DIR *stream, size_t most_bytes);

/* The i-th name. It lives until the listing is read or released. */
const char *listing_name(const struct listing *listing, size_t i);

void listing_release(struct listing *listing);

#endif
