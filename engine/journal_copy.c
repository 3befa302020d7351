/*
 * journal_copy.c: copies of the catalog on nodes, and the journals that begin after them.
 *
 * Two copies stay on a node, with the journals that follow on each, so that one that turns out damaged costs nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/beneath.h"
#include "engine/journal.h"

enum { COPIES_KEPT = 2 };

static void draft_name(uint64_t mark, char name[JOURNAL_NAME_SIZE])
{
	snprintf(name, JOURNAL_NAME_SIZE, "catalog/new-%016" PRIx64, mark);
}

/* ---- writing a draft ---- */

struct drafting {
	struct store *store;
	struct node *const *nodes;
	size_t count;
	const atomic_bool *cancelled;
	int *files; /* by node; -1: none, or given up */
	uint64_t size;
};

static void give_up(struct drafting *drafting, size_t i)
{
	struct node *node = drafting->nodes[i];
	struct io *io = drafting->store->env->io;
	node_note_errno(node, errno);
	node_count(node, TRAFFIC_ERRORS, 1);
	io->close(io, drafting->files[i]);
	drafting->files[i] = -1;
}

static int write_part(void *context, const char *text, size_t size, struct error *error)
{
	struct drafting *drafting = context;
	bool any = false;
	if (drafting->cancelled && atomic_load(drafting->cancelled))
		return error_set(error, ERROR_CANCELLED, "the copy of the catalog was given up");
	for (size_t i = 0; i < drafting->count; i++) {
		if (drafting->files[i] < 0)
			continue;
		if (env_write_full(
			    drafting->store->env, drafting->files[i], text, size, (off_t)drafting->size) < 0)
			give_up(drafting, i);
		else
			any = true;
	}
	drafting->size += size;
	return any ? 0
		   : error_set(error, ERROR_UNAVAILABLE,
			     "no node takes a copy of the catalog; what the nodes say in 'linckia status' is "
			     "why");
}

static void open_drafts(struct drafting *drafting, uint64_t mark)
{
	char name[JOURNAL_NAME_SIZE];
	const struct env *env = drafting->store->env;
	draft_name(mark, name);
	for (size_t i = 0; i < drafting->count; i++) {
		const struct node_attachment *attachment = node_writing(drafting->nodes[i]);
		drafting->files[i] = -1;
		if (attachment && beneath_make_lasting_folder(env, attachment->root, "catalog") == 0)
			drafting->files[i] = beneath_create(env, attachment->root, name);
	}
}

static void close_drafts(struct drafting *drafting, bool good, struct journal_draft *draft)
{
	struct io *io = drafting->store->env->io;
	for (size_t i = 0; i < drafting->count; i++) {
		if (good && drafting->files[i] >= 0 && io->fsync(io, drafting->files[i]) < 0)
			give_up(drafting, i);
		draft->written[i] = good && drafting->files[i] >= 0;
		if (drafting->files[i] >= 0)
			io->close(io, drafting->files[i]);
	}
}

int journal_draft_copy(struct store *store, struct node *const *nodes, size_t count,
	const atomic_bool *cancelled, struct journal_draft *draft, struct error *error)
{
	struct drafting drafting = {.store = store, .nodes = nodes, .count = count, .cancelled = cancelled};
	struct catalog *catalog = NULL;
	char path[4096 + 16];
	*draft = (struct journal_draft){.mark = store->env->dice->next(store->env->dice)};
	snprintf(path, sizeof(path), "%s/catalog.db", store->config->store);
	drafting.files = calloc(count, sizeof(*drafting.files));
	if (!drafting.files)
		return error_set_errno(error, ENOMEM, "cannot copy the catalog");
	/* A connection of its own: reading it all takes long, and look-ups go on meanwhile. */
	int result = catalog_open(store->env, path, &catalog, error);
	if (result == 0) {
		open_drafts(&drafting, draft->mark);
		result = catalog_write_copy(catalog, &draft->sequence, write_part, &drafting, error);
		close_drafts(&drafting, result == 0, draft);
	}
	catalog_close(catalog);
	free(drafting.files);
	if (result < 0)
		journal_drop_draft(store, nodes, count, draft);
	return result;
}

void journal_drop_draft(
	struct store *store, struct node *const *nodes, size_t count, const struct journal_draft *draft)
{
	char name[JOURNAL_NAME_SIZE];
	draft_name(draft->mark, name);
	for (size_t i = 0; i < count; i++) {
		const struct node_attachment *attachment = node_writing(nodes[i]);
		if (attachment)
			beneath_discard(store->env, attachment->root, name);
	}
}

/* ---- making it count ---- */

/* The records after `after` that the node's own journal has, if it is of this history. */
static int take_records(struct store *store, struct node *node, const struct node_attachment *attachment,
	uint64_t after, struct fact_text *text, uint64_t *last)
{
	const struct journal_end *end = &node->journal_end;
	struct journal_lines lines;
	struct journal_record record = {0};
	uint64_t damaged = 0;
	*last = after;
	if (!end->known || !end->present || end->sequence <= after ||
		strcmp(end->history, catalog_history(store->writer)) != 0)
		return 0;
	if (journal_lines_open(&lines, store->env, attachment->root, JOURNAL_RECORDS, end->base) < 0)
		return -1;
	int result = journal_lines_skip(&lines, after);
	while (result == 0 && journal_record_next(&lines, &record, &damaged) == 1) {
		char *bytes = NULL;
		if (record.sequence <= after || record.previous != *last)
			continue;
		result = journal_read_range(store->env, attachment->root, JOURNAL_RECORDS, end->base,
			record.start, record.end, &bytes);
		if (result == 0) {
			fact_add_lines(text, bytes, (size_t)(record.end - record.start));
			*last = record.sequence;
		}
		free(bytes);
	}
	journal_lines_close(&lines);
	return result;
}

/*
 * Files of a history that was given up keep their contents under a name that nobody takes for a journal: those from
 * number `from` on.
 */
static int put_aside(
	struct store *store, const struct node_attachment *attachment, enum journal_kind kind, uint64_t from)
{
	uint64_t *numbers = NULL;
	size_t count = 0;
	int result = journal_list(store->env, attachment->root, kind, &numbers, &count);
	for (size_t i = 0; result == 0 && i < count; i++) {
		char name[JOURNAL_NAME_SIZE], aside[JOURNAL_NAME_SIZE + 16];
		if (numbers[i] < from)
			continue;
		journal_file_name(kind, numbers[i], name);
		snprintf(aside, sizeof(aside), "%s.aside", name);
		result = beneath_rename(store->env, attachment->root, name, attachment->root, aside, 0);
	}
	free(numbers);
	return result;
}

static void remove_files(
	struct store *store, const struct node_attachment *attachment, enum journal_kind kind, uint64_t below)
{
	uint64_t *numbers = NULL;
	size_t count = 0;
	if (journal_list(store->env, attachment->root, kind, &numbers, &count) < 0)
		return;
	for (size_t i = 0; i < count && numbers[i] < below; i++) {
		char name[JOURNAL_NAME_SIZE];
		beneath_discard(store->env, attachment->root, journal_file_name(kind, numbers[i], name));
	}
	free(numbers);
}

/* Drafts of processes that died. One that is still being written fails, and is written again. */
static void remove_drafts(struct store *store, const struct node_attachment *attachment)
{
	struct io *io = store->env->io;
	int fd = beneath_open_folder(store->env, attachment->root, "catalog");
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	if (!stream) {
		if (fd >= 0)
			io->close(io, fd);
		return;
	}
	for (struct dirent *entry; (entry = readdir(stream));)
		if (strncmp(entry->d_name, "new-", 4) == 0)
			io->unlinkat(io, fd, entry->d_name, 0);
	closedir(stream);
}

static void remove_older(struct store *store, const struct node_attachment *attachment)
{
	uint64_t *numbers = NULL;
	size_t count = 0;
	remove_drafts(store, attachment);
	if (journal_list(store->env, attachment->root, JOURNAL_COPY, &numbers, &count) < 0)
		return;
	if (count >= COPIES_KEPT) {
		uint64_t oldest = numbers[count - COPIES_KEPT];
		remove_files(store, attachment, JOURNAL_RECORDS, oldest);
		remove_files(store, attachment, JOURNAL_COPY, oldest);
	}
	free(numbers);
}

static bool is_foreign(struct store *store, const struct node *node)
{
	const struct journal_end *end = &node->journal_end;
	struct node_journal journal = {.known = end->known, .sequence = end->sequence};
	memcpy(journal.history, end->history, sizeof(journal.history));
	return end->known && journal_judge(&journal, store->writer, UINT64_MAX) == JOURNAL_FOREIGN;
}

static int install(struct store *store, struct node *node, const struct node_attachment *attachment,
	const struct journal_draft *draft)
{
	char name[JOURNAL_NAME_SIZE], temporary[JOURNAL_NAME_SIZE];
	struct journal_header header = {
		draft->sequence, catalog_store_uuid(store->writer), catalog_history(store->writer)};
	struct fact_text text = {0};
	uint64_t last;
	draft_name(draft->mark, temporary);
	journal_file_name(JOURNAL_COPY, draft->sequence, name);
	int result = take_records(store, node, attachment, draft->sequence, &text, &last);
	if (result == 0 && text.failed) {
		errno = ENOMEM;
		result = -1;
	}
	if (result == 0)
		result = beneath_rename(store->env, attachment->root, temporary, attachment->root, name, 0);
	if (result == 0)
		result = beneath_flush_folder(store->env, attachment->root, "catalog");
	if (result == 0)
		result = put_aside(store, attachment, JOURNAL_RECORDS,
			is_foreign(store, node) ? 0 : draft->sequence + 1);
	if (result == 0)
		result = put_aside(store, attachment, JOURNAL_COPY, draft->sequence + 1);
	if (result == 0)
		result = journal_begin(store->env, attachment->root, &header, text.data ? text.data : "",
			text.length, last, &node->journal_end);
	if (result == 0)
		remove_older(store, attachment);
	fact_text_free(&text);
	return result;
}

int journal_install_copy(struct store *store, struct node *node, const struct journal_draft *draft)
{
	const struct node_attachment *attachment = node_writing(node);
	if (!attachment) {
		errno = EIO;
		return -1;
	}
	pthread_mutex_lock(&node->journal_mutex);
	int result = install(store, node, attachment, draft);
	int number = errno;
	journal_keep_reserve(store->env, attachment->root);
	node_publish_journal(node);
	pthread_mutex_unlock(&node->journal_mutex);
	errno = number;
	return result;
}
