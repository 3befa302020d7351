/*
 * journal_catch_up.c: nodes whose journal lacks records, or has become long.
 */
#include "engine/journal_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/beneath.h"

#define ROTATE_BYTES_MIN ((uint64_t)8 << 20)

/* ---- one node, with records ---- */

/* Copies the records that `node` lacks from another one that has them. */
static bool copy_from(
	struct store *store, struct node *node, uint64_t after, struct node *source, uint64_t base)
{
	const struct node_attachment *from = node_reading(source);
	struct journal_lines lines;
	struct journal_record record = {0};
	uint64_t damaged = 0, reached = after;
	if (!from || base > after || source == node ||
		journal_lines_open(&lines, store->env, from->root, JOURNAL_RECORDS, base) < 0)
		return false;
	bool copied = journal_lines_skip(&lines, after) == 0;
	while (copied && journal_record_next(&lines, &record, &damaged) == 1) {
		char *text = NULL;
		if (record.sequence <= reached)
			continue;
		copied = record.previous == reached &&
			 journal_read_range(store->env, from->root, JOURNAL_RECORDS, base, record.start,
				 record.end, &text) == 0 &&
			 journal_append_to(store, node, text, (size_t)(record.end - record.start), NULL);
		if (copied)
			reached = record.sequence;
		free(text);
	}
	journal_lines_close(&lines);
	return reached > after;
}

bool journal_catch_up_node(
	struct store *store, struct node *node, uint64_t sequence, const struct journal_last *last)
{
	struct node_journal journal;
	node_get_journal(node, &journal);
	if (!journal.present || strcmp(journal.history, catalog_history(store->writer)) != 0)
		return false;
	bool is_last = last->text && last->sequence == sequence && last->previous == journal.sequence;
	if (is_last && journal_append_to(store, node, last->text, last->size, NULL))
		return true;
	for (size_t i = 0; i < store->node_count && journal.sequence < sequence; i++) {
		struct node_journal other;
		node_get_journal(&store->nodes[i], &other);
		if (!other.known || other.sequence <= journal.sequence ||
			strcmp(other.history, journal.history) != 0)
			continue;
		copy_from(store, node, journal.sequence, &store->nodes[i], other.base);
		node_get_journal(node, &journal);
	}
	is_last = last->text && last->sequence == sequence && last->previous == journal.sequence;
	if (is_last && journal_append_to(store, node, last->text, last->size, NULL))
		return true;
	return journal.known && journal.sequence == sequence;
}

void journal_begin_first(struct store *store, struct node *node)
{
	const struct node_attachment *attachment = node_writing(node);
	struct journal_header header = {0, catalog_store_uuid(store->writer), catalog_history(store->writer)};
	if (!attachment)
		return;
	pthread_mutex_lock(&node->journal_mutex);
	if (journal_begin(store->env, attachment->root, &header, "", 0, 0, &node->journal_end) < 0)
		node_note_errno(node, errno);
	else
		journal_keep_reserve(store->env, attachment->root);
	node_publish_journal(node);
	pthread_mutex_unlock(&node->journal_mutex);
}

/* ---- all nodes ---- */

/* A journal is long when it is as long as a copy of the catalog would be, and long enough to be worth one. */
static bool is_long(struct store *store, struct node *node, const struct node_journal *journal)
{
	char name[JOURNAL_NAME_SIZE];
	struct stat copy;
	const struct node_attachment *attachment = node_reading(node);
	if (!attachment || journal->bytes < ROTATE_BYTES_MIN)
		return false;
	journal_file_name(JOURNAL_COPY, journal->base, name);
	if (beneath_stat(store->env, attachment->root, name, &copy) < 0)
		return true;
	return journal->bytes > (uint64_t)copy.st_size;
}

/* Which nodes need something: those that are behind, and those that need a copy of the catalog. */
struct needs {
	struct node *behind[STORE_NODES_MAX];
	size_t behind_count;
	struct journal_needs copies;
	struct node *longs[STORE_NODES_MAX]; /* which is not pressing */
	size_t long_count;
};

static void find_needs(struct store *store, uint64_t sequence, struct needs *needs)
{
	for (size_t i = 0; i < store->node_count; i++) {
		struct node *node = &store->nodes[i];
		struct node_journal journal;
		if (node->id == 0 || !node_writing(node))
			continue;
		node_get_journal(node, &journal);
		enum journal_standing standing = journal_judge(&journal, store->reader, sequence);
		if (!journal.known || standing == JOURNAL_FOREIGN)
			needs->copies.nodes[needs->copies.count++] = node;
		else if (standing == JOURNAL_BEHIND || (standing == JOURNAL_CURRENT && !journal.present))
			needs->behind[needs->behind_count++] = node;
		else if (standing == JOURNAL_CURRENT && is_long(store, node, &journal))
			needs->longs[needs->long_count++] = node;
	}
}

/* What is to be done now, the caller's to free; NULL when that cannot be told. */
static struct needs *look_for_needs(struct store *store, struct error *error)
{
	struct catalog_state state;
	if (journal_check(store, error) < 0 || catalog_read_state(store->reader, &state, error) < 0)
		return NULL;
	struct needs *needs = calloc(1, sizeof(*needs));
	if (needs)
		find_needs(store, state.journal, needs);
	else
		error_set_errno(error, ENOMEM, "cannot look after the journals");
	return needs;
}

/* Under the lock, which means that no append is under way: who is still behind now. */
static int catch_up_all(struct store *store, struct needs *needs, struct error *error)
{
	struct journal_last last;
	if (catalog_begin(store->writer, error) < 0)
		return -1;
	struct catalog_state state;
	int result = catalog_read_state(store->writer, &state, error);
	journal_take_last_record(store->writer, &last);
	for (size_t i = 0; result == 0 && i < needs->behind_count; i++) {
		struct node *node = needs->behind[i];
		struct node_journal journal;
		enum journal_standing standing;
		if (!journal_look_at_node(store, node, state.journal, &standing, &journal))
			continue;
		if (standing == JOURNAL_CURRENT && !journal.present)
			journal_begin_first(store, node);
		else if (standing == JOURNAL_BEHIND &&
			 !journal_catch_up_node(store, node, state.journal, &last))
			needs->copies.nodes[needs->copies.count++] = node;
	}
	free(last.text);
	catalog_rollback(store->writer);
	return result;
}

int journal_is_due(struct store *store, bool *due, struct error *error)
{
	struct needs *needs = look_for_needs(store, error);
	*due = needs && needs->behind_count + needs->copies.count + needs->long_count > 0;
	int result = needs ? 0 : -1;
	free(needs);
	return result;
}

int journal_catch_up(struct store *store, struct journal_needs *copies, bool *changed, struct error *error)
{
	struct needs *needs = look_for_needs(store, error);
	*copies = (struct journal_needs){0};
	*changed = needs && needs->behind_count > 0;
	int result = needs ? 0 : -1;
	if (result == 0 && needs->behind_count > 0)
		result = catch_up_all(store, needs, error);
	if (result == 0) {
		*copies = needs->copies;
		copies->pressing = copies->count;
		memcpy(copies->nodes + copies->count, needs->longs,
			needs->long_count * sizeof(*needs->longs));
		copies->count += needs->long_count;
	}
	free(needs);
	return result;
}

int journal_give_copies(struct store *store, struct node *const *nodes, size_t count,
	const struct journal_draft *draft, struct error *error)
{
	int result = catalog_begin(store->writer, error);
	for (size_t i = 0; result == 0 && i < count; i++) {
		/* Where the draft is gone, another process was clearing up: there is to be another one. */
		if (draft->written[i] && journal_install_copy(store, nodes[i], draft) < 0 && errno != ENOENT)
			node_note_errno(nodes[i], errno);
	}
	if (result == 0)
		catalog_rollback(store->writer);
	journal_drop_draft(store, nodes, count, draft);
	return result;
}

/* One after the other, in the calling thread. */
static int maintain(struct store *store, bool longs, bool *changed, struct error *error)
{
	struct journal_draft *draft = malloc(sizeof(*draft));
	struct journal_needs *copies = malloc(sizeof(*copies));
	int result = draft && copies ? 0 : error_set_errno(error, ENOMEM, "cannot look after the journals");
	*changed = false;
	if (result == 0)
		result = journal_catch_up(store, copies, changed, error);
	const size_t count = result < 0 ? 0 : longs ? copies->count : copies->pressing;
	if (count > 0) {
		*changed = true;
		result = journal_draft_copy(store, copies->nodes, count, NULL, draft, error);
		if (result == 0)
			result = journal_give_copies(store, copies->nodes, count, draft, error);
	}
	free(copies);
	free(draft);
	return result;
}

int journal_maintain(struct store *store, bool *changed, struct error *error)
{
	return maintain(store, true, changed, error);
}

int journal_mend(struct store *store, bool *changed, struct error *error)
{
	return maintain(store, false, changed, error);
}
