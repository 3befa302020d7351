/*
 * history.h: what the engine's own files share about the past: names for moments, and what differs between two.
 *
 * A moment is the sequence of a commit (catalog.h). The user names it by a snapshot, or "now".
 */
#ifndef LINCKIA_ENGINE_HISTORY_H
#define LINCKIA_ENGINE_HISTORY_H

#include "engine/store.h"

/* ---- find.c ---- */

/* Writes `name` without closing '/' into `out`, after checking it. */
MUST_CHECK int store_trim_name(const char *name, char out[STORE_NAME_MAX + 2], struct error *error);

/* The names that a prefix stands for: itself, and those from `first` up to, and without, `below`. */
struct name_range {
	char itself[STORE_NAME_MAX + 2];
	char first[STORE_NAME_MAX + 3];
	char below[STORE_NAME_MAX + 3];
	bool all;
	bool inside; /* only what is in the folder, not a file of its name */
};
MUST_CHECK int name_range_init(struct name_range *range, const char *prefix, struct error *error);

/* Checks what a snapshot is to be called; the sentence says what is allowed. */
MUST_CHECK int store_check_snapshot_name(const char *name, struct error *error);
/* ERROR_NOT_FOUND when there is none of that name. */
MUST_CHECK int store_find_snapshot(
	struct catalog *catalog, const char *name, struct catalog_snapshot *snapshot, struct error *error);
/* The moment that `name` stands for; NULL is now. */
MUST_CHECK int store_find_moment(struct store *store, const char *name, int64_t *at, struct error *error);
/*
 * Whether `name` is still that moment: what was read about it since is whole then, because a version stays while a
 * snapshot holds it. ERROR_CHANGED otherwise.
 */
MUST_CHECK int store_confirm_moment(struct store *store, const char *name, int64_t at, struct error *error);

/*
 * What "name@7" or "name@snapshot" means: 1 found. 0: it has no such ending, or no version was ever called so. -1
 * also when the name is known but that version of it is not: ERROR_NOT_FOUND.
 */
MUST_CHECK int store_find_past(
	struct catalog *catalog, const char *name, struct catalog_entry *entry, struct error *error);

/* ---- snapshot_walk.c ---- */

/* Whether two versions of a name would come back differently. */
bool entry_differs(const struct catalog_entry *a, const struct catalog_entry *b);

/* A name whose content differs between two moments; NULL where it was not there. They are the walk's own. */
typedef int difference_visit(void *context, const struct catalog_entry *before,
	const struct catalog_entry *after, struct error *error);

struct difference_walk {
	int64_t before, after; /* moments */
	const char *prefix;    /* NULL or "": all */
	difference_visit *visit;
	void *context;
	const atomic_bool *cancel; /* may be NULL */
	bool found;                /* set: some name that `prefix` stands for was there at one of the two */
};
/*
 * Visits them in byte order, within each of the two ranges that a prefix is. Reads in pages and holds no
 * transaction.
 */
MUST_CHECK int store_walk_differences(struct store *store, struct difference_walk *walk, struct error *error);

/* ---- snapshot_set.c ---- */

/* All snapshots, to look up which of them hold a version. All zeros is empty. */
struct snapshot_set {
	uint64_t *sequences; /* ascending */
	const char **names;  /* of the same order */
	size_t count, room;
};
MUST_CHECK int snapshot_set_read(struct snapshot_set *set, struct catalog *catalog, struct error *error);
void snapshot_set_release(struct snapshot_set *set);
/* Those that hold a version of that life: `*names` points to as many as it returns, the oldest first. */
size_t snapshot_set_find(
	const struct snapshot_set *set, int64_t born, int64_t died, const char *const **names);

#endif
