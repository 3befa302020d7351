/*
 * inquiry_history.c: snapshots, what differs between two moments, and which snapshots hold the versions of a file.
 *
 * A moment is a sequence. What differs between two of them are the versions that were current at one and not at
 * the other; where both are of one name, that name changed, unless both have the same content, permission bits and
 * time, as after a restore. They come in the order of names, so the two of a name come one after the other. A folder
 * is told of only where nothing in it differs. All differences are counted; the first ones are listed.
 *
 * Measured with 1,000,000 files of two versions: 0.5 s when nothing differs, 3 s when every name does, with 20 MiB.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/history.h"
#include "engine/inquiry_private.h"

/* ---- snapshots ---- */

struct snapshot_list {
	struct search *search;
	struct answer_snapshot *snapshots;
	size_t count, room;
	bool more;
};

static int add_snapshot(void *context, const struct catalog_snapshot *row, struct error *error)
{
	struct snapshot_list *list = context;
	if (list->count == INQUIRY_SNAPSHOTS_MAX) {
		list->more = true;
		return 0;
	}
	if (list->count == list->room) {
		size_t more = list->room ? 2 * list->room : 64;
		struct answer_snapshot *grown = reallocarray(list->snapshots, more, sizeof(*grown));
		if (!grown)
			return error_set_errno(error, ENOMEM, "cannot list the snapshots");
		list->snapshots = grown;
		list->room = more;
	}
	list->snapshots[list->count++] = (struct answer_snapshot){
		.name = arena_text(list->search->arena, row->name),
		.sequence = row->sequence,
		.created_ms = row->created_ms,
		.files = row->files,
		.bytes = row->bytes,
	};
	return 0;
}

static int list_snapshots(struct search *search, struct snapshot_list *list, struct error *error)
{
	*list = (struct snapshot_list){.search = search};
	return catalog_each_snapshot_down(
		search->catalog, INQUIRY_SNAPSHOTS_MAX + 1, add_snapshot, list, error);
}

int inquiry_snapshots(struct search *search, struct error *error)
{
	struct snapshot_list list;
	struct answer *answer = search->answer;
	int result = list_snapshots(search, &list, error);
	struct answer_snapshot *snapshots = NULL;
	if (result == 0)
		snapshots = search_alloc(search, list.count, sizeof(*snapshots), error);
	if (snapshots) {
		if (list.count)
			memcpy(snapshots, list.snapshots, list.count * sizeof(*snapshots));
		answer->snapshots.snapshots = snapshots;
		answer->snapshots.count = list.count;
		answer->snapshots.more = list.more;
	}
	free(list.snapshots);
	return snapshots ? 0 : -1;
}

/* ---- the versions of a file ---- */

/* How many extents are looked up to tell what is new in each version: 0.1 s at the most. */
enum { NEW_EXTENTS_MAX = 65536 };

/* How many of the snapshots, the newest first, are of a later commit than `sequence`. */
static size_t count_later(const struct snapshot_list *list, uint64_t sequence)
{
	size_t low = 0, high = list->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (list->snapshots[middle].sequence > sequence)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void mark_version(
	const struct snapshot_list *list, const struct version_life *life, struct answer_version *version)
{
	/* In [born, died): not later than died - 1, later than born - 1. */
	size_t first = life->died ? count_later(list, life->died - 1) : 0;
	size_t end = life->born ? count_later(list, life->born - 1) : list->count;
	version->snapshot_first = first;
	version->snapshot_count = end > first ? end - first : 0;
}

/* The newest versions first, until that takes too long. */
static int find_new_bytes(struct search *search, struct answer_version *versions,
	const struct version_life *lives, size_t count, struct error *error)
{
	uint64_t left = NEW_EXTENTS_MAX;
	for (size_t i = 0; i < count; i++) {
		versions[i].new_bytes = INQUIRY_UNKNOWN;
		if (lives[i].extents > left)
			continue;
		left -= lives[i].extents;
		int64_t before = i + 1 < count ? lives[i + 1].id : 0;
		if (catalog_new_bytes(search->catalog, lives[i].id, before, &versions[i].new_bytes, error) <
			0)
			return -1;
	}
	return 0;
}

int history_mark(struct search *search, struct answer_version *versions, const struct version_life *lives,
	size_t count, struct error *error)
{
	struct snapshot_list list;
	struct answer *answer = search->answer;
	int result = list_snapshots(search, &list, error);
	const char **names = NULL;
	if (result == 0)
		names = search_alloc(search, list.count, sizeof(*names), error);
	for (size_t i = 0; names && i < list.count; i++)
		names[i] = list.snapshots[i].name;
	for (size_t i = 0; names && i < count; i++)
		mark_version(&list, &lives[i], &versions[i]);
	answer->file.snapshots = names;
	answer->file.snapshot_count = names ? list.count : 0;
	free(list.snapshots);
	return names ? find_new_bytes(search, versions, lives, count, error) : -1;
}

/* ---- what differs ---- */

struct side {
	bool there;
	uint64_t number, size;
	enum entry_kind kind;
	unsigned mode;
	int64_t mtime_ns;
	struct digest digest;
};

/* A name and what is known of it. */
struct named {
	bool held;
	int64_t file;
	struct side sides[2]; /* before, after */
	size_t length;
	char name[STORE_NAME_MAX + 2];
};

struct comparison {
	struct search *search;
	struct answer_difference *rows;
	struct named pair;   /* the other version of this name may come next */
	struct named folder; /* differs, and what is in it may come next */
};

/* The time of a folder changes with whatever is in it. */
static bool is_same(const struct side *a, const struct side *b)
{
	return a->kind == b->kind && (a->mtime_ns == b->mtime_ns || a->kind == ENTRY_FOLDER) &&
	       a->size == b->size && a->mode == b->mode &&
	       memcmp(&a->digest, &b->digest, sizeof(a->digest)) == 0;
}

static void add_difference(struct comparison *comparison, const struct named *named)
{
	const struct question *question = comparison->search->question;
	struct answer *answer = comparison->search->answer;
	const struct side *was = &named->sides[0], *is = &named->sides[1];
	struct catalog_bytes name = {named->name, named->length};
	if (question->diff.filter[0] && !search_matches(question->diff.filter, name))
		return;
	struct answer_difference row = {
		.file = named->file,
		.difference = !was->there  ? DIFFERENCE_ADDED
			      : !is->there ? DIFFERENCE_REMOVED
					   : DIFFERENCE_CHANGED,
		.was_version = was->number,
		.is_version = is->number,
		.was_kind = was->kind,
		.is_kind = is->kind,
		.was_bytes = was->size,
		.is_bytes = is->size,
	};
	struct answer_difference_sum *sum = &answer->diff.sums[row.difference];
	sum->names++;
	sum->was_bytes += row.was_bytes;
	sum->is_bytes += row.is_bytes;
	if (question->diff.hidden[row.difference])
		return;
	if (answer->diff.count == INQUIRY_DIFF_MAX) {
		answer->diff.more = true;
		return;
	}
	row.name = search_copy(comparison->search, name);
	comparison->rows[answer->diff.count++] = row;
}

/* Tells of the folder that was held back, unless `next` is in it. */
static void settle_folder(struct comparison *comparison, const struct named *next)
{
	struct named *folder = &comparison->folder;
	bool within = next && next->length > folder->length &&
		      memcmp(next->name, folder->name, folder->length) == 0;
	if (folder->held && !within)
		add_difference(comparison, folder);
	folder->held = false;
}

/* Both versions of the name are known, as far as there are two. */
static void settle_pair(struct comparison *comparison)
{
	struct named *pair = &comparison->pair;
	const struct side *was = &pair->sides[0], *is = &pair->sides[1];
	if (!pair->held)
		return;
	pair->held = false;
	if (was->there && is->there && is_same(was, is))
		return;
	settle_folder(comparison, pair);
	if (pair->length && pair->name[pair->length - 1] == '/') {
		comparison->folder = *pair;
		comparison->folder.held = true;
	} else {
		add_difference(comparison, pair);
	}
}

static int visit_differing(void *context, const struct catalog_differing *version, struct error *error)
{
	struct comparison *comparison = context;
	struct named *pair = &comparison->pair;
	if (version->name.length >= sizeof(pair->name))
		return error_set(error, ERROR_DAMAGED,
			"the catalog has a name of %zu bytes, which is too long", version->name.length);
	if (!pair->held || pair->file != version->file) {
		settle_pair(comparison);
		pair->held = true;
		pair->file = version->file;
		memset(pair->sides, 0, sizeof(pair->sides));
		pair->length = version->name.length;
		memcpy(pair->name, version->name.bytes, version->name.length);
	}
	pair->sides[version->after] = (struct side){.there = true,
		.number = version->number,
		.size = version->kind == ENTRY_FOLDER ? 0 : version->size,
		.kind = version->kind,
		.mode = version->mode,
		.mtime_ns = version->mtime_ns,
		.digest = version->digest};
	return 0;
}

static int find_moment(
	struct search *search, const char *snapshot, int64_t otherwise, int64_t *moment, struct error *error)
{
	struct catalog_snapshot found;
	*moment = otherwise;
	if (snapshot[0] == '\0')
		return 0;
	if (store_find_snapshot(search->catalog, snapshot, &found, error) < 0)
		return -1;
	*moment = (int64_t)found.sequence;
	return 0;
}

static int compare_moments(struct search *search, struct comparison *comparison, struct error *error)
{
	const struct question *question = search->question;
	int64_t before, after;
	if (find_moment(search, question->diff.before, 0, &before, error) < 0 ||
		find_moment(search, question->diff.after, CATALOG_NOW, &after, error) < 0)
		return -1;
	comparison->search = search;
	comparison->rows = search_alloc(search, INQUIRY_DIFF_MAX, sizeof(*comparison->rows), error);
	if (!comparison->rows || catalog_each_differing(search->catalog, before, after, visit_differing,
					 comparison, error) < 0)
		return -1;
	settle_pair(comparison);
	settle_folder(comparison, NULL);
	search->answer->diff.rows = comparison->rows;
	return 0;
}

int inquiry_diff(struct search *search, struct error *error)
{
	struct comparison *comparison = calloc(1, sizeof(*comparison));
	if (!comparison)
		return error_set_errno(error, ENOMEM, "cannot compare the snapshots");
	int result = compare_moments(search, comparison, error);
	free(comparison);
	return result;
}
