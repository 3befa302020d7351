/*
 * snapshot_set.c: which snapshots hold a version.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/history.h"

enum { PAGE_SNAPSHOTS = 64 };

static int grow(struct snapshot_set *set, struct error *error)
{
	size_t room = set->room ? 2 * set->room : PAGE_SNAPSHOTS;
	uint64_t *sequences = reallocarray(set->sequences, room, sizeof(*sequences));
	if (sequences)
		set->sequences = sequences;
	const char **names = sequences ? reallocarray(set->names, room, sizeof(*names)) : NULL;
	if (!names)
		return error_set_errno(error, ENOMEM, "cannot read the list of snapshots");
	set->names = names;
	set->room = room;
	return 0;
}

/*
 * They come in the order in which they were taken, so sequences ascend by themselves; but for that this does not
 * rely on it.
 */
static int add(struct snapshot_set *set, const struct catalog_snapshot *snapshot, struct error *error)
{
	if (set->count == set->room && grow(set, error) < 0)
		return -1;
	char *name = strdup(snapshot->name);
	if (!name)
		return error_set_errno(error, ENOMEM, "cannot read the list of snapshots");
	size_t at = set->count++;
	for (; at > 0 && set->sequences[at - 1] > snapshot->sequence; at--) {
		set->sequences[at] = set->sequences[at - 1];
		set->names[at] = set->names[at - 1];
	}
	set->sequences[at] = snapshot->sequence;
	set->names[at] = name;
	return 0;
}

int snapshot_set_read(struct snapshot_set *set, struct catalog *catalog, struct error *error)
{
	struct catalog_snapshot page[PAGE_SNAPSHOTS];
	int64_t after = 0;
	int count = PAGE_SNAPSHOTS;
	*set = (struct snapshot_set){0};
	while (count == PAGE_SNAPSHOTS) {
		count = catalog_list_snapshots(catalog, after, page, PAGE_SNAPSHOTS, error);
		for (int i = 0; i < count; i++) {
			after = page[i].id;
			if (add(set, &page[i], error) < 0) {
				count = -1;
				break;
			}
		}
	}
	if (count >= 0)
		return 0;
	snapshot_set_release(set);
	return -1;
}

void snapshot_set_release(struct snapshot_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		free((char *)set->names[i]);
	free(set->names);
	free(set->sequences);
	*set = (struct snapshot_set){0};
}

/* How many are of a sequence below that. */
static size_t count_below(const struct snapshot_set *set, int64_t sequence)
{
	size_t low = 0, high = set->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (set->sequences[middle] < (uint64_t)sequence)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t snapshot_set_find(
	const struct snapshot_set *set, int64_t born, int64_t died, const char *const **names)
{
	size_t first = count_below(set, born), end = count_below(set, died);
	*names = set->count > 0 ? set->names + first : NULL;
	return end > first ? end - first
			   : 0; /* a damaged catalog may say that a version ended before it began */
}
