/*
 * inquiry_files.c: the ids of all files that a filter lets through, sorted.
 *
 * One walk over the names in byte order, which is also what tells a folder with something in it from an empty one:
 * only the latter is listed, and only the next name shows which it is. Sorting is done here, not in SQL, and ties
 * stay in the order of names.
 *
 * Measured with 100,000 files: the walk takes 30 ms, sorting 10 ms; a sort in SQL took another 20 ms and more.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/inquiry_private.h"

struct listed_file {
	int64_t id, key;
	uint32_t order; /* among the names */
};

struct file_list {
	struct search *search;
	struct risks risks;
	bool by_risk; /* they are needed */
	struct listed_file *files;
	size_t count, room;
	/* A folder that is listed unless the next name is in it. */
	bool held;
	struct listed_file held_file;
	size_t held_length;
	char held_name[STORE_NAME_MAX + 2];
};

static int append_file(struct file_list *list, const struct listed_file *file, struct error *error)
{
	if (list->count == list->room) {
		size_t more = list->room ? 2 * list->room : 1024;
		struct listed_file *grown = reallocarray(list->files, more, sizeof(*grown));
		if (!grown)
			return error_set_errno(error, ENOMEM, "cannot list the files");
		list->files = grown;
		list->room = more;
	}
	list->files[list->count] = *file;
	list->files[list->count].order = (uint32_t)list->count;
	list->count++;
	return 0;
}

/* Lists the folder that was held back, unless `next` is in it. */
static int settle_held(struct file_list *list, const struct catalog_bytes *next, struct error *error)
{
	if (!list->held)
		return 0;
	list->held = false;
	if (next && next->length > list->held_length &&
		memcmp(next->bytes, list->held_name, list->held_length) == 0)
		return 0;
	return append_file(list, &list->held_file, error);
}

/* What the list is sorted by, so that the lowest key comes first. */
static int64_t key_of(enum file_sort sort, const struct catalog_listed *listed, const struct risk *risk)
{
	switch (sort) {
	case FILE_SORT_SIZE:
		return -(int64_t)listed->size;
	case FILE_SORT_STORED:
		return -(listed->ended_ms ? listed->ended_ms : listed->stored_ms);
	case FILE_SORT_VERSIONS:
		return -(int64_t)listed->versions;
	case FILE_SORT_COPIES:
		return -(int64_t)listed->replication_factor;
	case FILE_SORT_LIVE:
		return risk ? risk->ratio : RISK_NONE;
	case FILE_SORT_NAME:
	case FILE_SORTS:
		break;
	}
	return 0;
}

static int visit_listed(void *context, const struct catalog_listed *listed, struct error *error)
{
	struct file_list *list = context;
	const struct question *question = list->search->question;
	if (settle_held(list, &listed->name, error) < 0)
		return -1;
	const struct risk *risk = list->by_risk ? risks_find(&list->risks, listed->version_id) : NULL;
	struct catalog_bytes shown = listed->name;
	if (listed->kind == ENTRY_FOLDER && shown.length)
		shown.length--;
	if ((question->files.at_risk && !risk) ||
		(question->files.filter[0] && !search_matches(question->files.filter, shown)))
		return 0;
	const struct listed_file file = {
		.id = listed->file, .key = key_of(question->files.sort, listed, risk)};
	if (listed->kind != ENTRY_FOLDER)
		list->search->answer->files.size_bytes += listed->size;
	if (listed->kind != ENTRY_FOLDER || listed->name.length > STORE_NAME_MAX + 1)
		return append_file(list, &file, error);
	list->held = true;
	list->held_file = file;
	list->held_length = listed->name.length;
	memcpy(list->held_name, listed->name.bytes, listed->name.length);
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct listed_file *left = a, *right = b;
	if (left->key != right->key)
		return left->key < right->key ? -1 : 1;
	return (left->order > right->order) - (left->order < right->order);
}

static int by_key_down(const void *a, const void *b)
{
	const struct listed_file *left = a, *right = b;
	if (left->key != right->key)
		return left->key > right->key ? -1 : 1;
	return (left->order > right->order) - (left->order < right->order);
}

static int by_name_down(const void *a, const void *b)
{
	const struct listed_file *left = a, *right = b;
	return (left->order < right->order) - (left->order > right->order);
}

static void sort_files(struct file_list *list)
{
	const struct question *question = list->search->question;
	bool by_name = question->files.sort == FILE_SORT_NAME;
	if (list->count < 2 || (by_name && !question->files.reverse))
		return;
	qsort(list->files, list->count, sizeof(*list->files),
		by_name                   ? by_name_down
		: question->files.reverse ? by_key_down
					  : by_key);
}

static int give_ids(struct file_list *list, struct error *error)
{
	struct answer *answer = list->search->answer;
	int64_t *ids = search_alloc(list->search, list->count, sizeof(*ids), error);
	if (!ids)
		return -1;
	for (size_t i = 0; i < list->count; i++)
		ids[i] = list->files[i].id;
	answer->files.ids = ids;
	answer->files.count = list->count;
	return 0;
}

int inquiry_files(struct search *search, struct error *error)
{
	const struct question *question = search->question;
	struct file_list *list = calloc(1, sizeof(*list));
	if (!list)
		return error_set_errno(error, ENOMEM, "cannot list the files");
	list->search = search;
	list->by_risk = question->files.at_risk || question->files.sort == FILE_SORT_LIVE;
	int result = list->by_risk ? risks_collect(search, &list->risks, error) : 0;
	if (result == 0)
		result = catalog_each_listed(
			search->catalog, question->files.removed, visit_listed, list, error);
	if (result == 0)
		result = settle_held(list, NULL, error);
	if (result == 0)
		result = search_goes_on(search, error);
	if (result == 0) {
		sort_files(list);
		result = give_ids(list, error);
	}
	risks_release(&list->risks);
	free(list->files);
	free(list);
	return result;
}
