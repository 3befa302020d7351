/*
 * journal.c: records on their way to the nodes, and nodes that missed some.
 */
#include "engine/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WRITERS_MAX = 16, BUSY_LOOKS_MAX = 25, BUSY_PAUSE_MS = 20 };
#define ROTATE_BYTES_MIN ((uint64_t)8 << 20)

/* ---- how journals stand ---- */

enum journal_standing journal_judge(
	const struct node_journal *journal, const struct catalog *catalog, uint64_t sequence)
{
	if (journal->sequence == 0)
		return sequence == 0 ? JOURNAL_CURRENT : JOURNAL_BEHIND;
	if (strcmp(journal->history, catalog_history(catalog)) == 0)
		return journal->sequence < sequence    ? JOURNAL_BEHIND
		       : journal->sequence == sequence ? JOURNAL_CURRENT
						       : JOURNAL_AHEAD;
	uint64_t ended;
	if (!catalog_ended_history(catalog, journal->history, &ended))
		return JOURNAL_AHEAD;
	return journal->sequence <= ended ? JOURNAL_BEHIND : JOURNAL_FOREIGN;
}

/*
 * An older copy of the catalog may not even know the node. Its journal is looked at once, when the store is opened,
 * if the node is of this store.
 */
void journal_look_at_strangers(struct store *store)
{
	struct io *io = store->env->io;
	for (size_t i = 0; i < store->node_count; i++) {
		struct node *node = &store->nodes[i];
		struct node_identity identity;
		if (node->id != 0 || !node->path[0])
			continue;
		int root = io->openat(io, AT_FDCWD, node->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
		if (root < 0)
			continue;
		if (node_read_identity(store->env, root, &identity) == 0 &&
			strcmp(identity.store, catalog_store_uuid(store->reader)) == 0) {
			pthread_mutex_lock(&node->journal_mutex);
			if (journal_look(store->env, root, &node->journal_end) < 0)
				node->journal_end.known = false;
			node_publish_journal(node);
			pthread_mutex_unlock(&node->journal_mutex);
		}
		io->close(io, root);
	}
}

static int explain_ahead(
	struct store *store, const struct node *node, uint64_t theirs, uint64_t ours, struct error *error)
{
	return error_set(error, ERROR_DAMAGED,
		"%s knows of commit %llu, but the catalog %s/catalog.db only of commits up to %llu: it is an "
		"older copy, or another catalog; files can be read, nothing is changed until 'linckia "
		"rebuild' has regrown it from the nodes",
		node->name, (unsigned long long)theirs, store->config->store, (unsigned long long)ours);
}

/*
 * What the nodes said may be older than what the catalog says, but never newer: a commit is durable before its record
 * is written anywhere. So the catalog is asked after the nodes were.
 */
int journal_check(struct store *store, struct error *error)
{
	const struct node *ahead = NULL;
	uint64_t theirs = 0;
	for (int round = 0; round < 2; round++) {
		struct catalog_state state;
		if (catalog_read_state(store->reader, &state, error) < 0)
			return -1;
		ahead = NULL;
		for (size_t i = 0; i < store->node_count && !ahead; i++) {
			struct node_journal journal;
			struct node *node = &store->nodes[i];
			node_get_journal(node, &journal);
			if (!journal.known || (node->id != 0 && !node_is_readable(node)) ||
				journal_judge(&journal, store->reader, state.journal) != JOURNAL_AHEAD)
				continue;
			ahead = node;
			theirs = journal.sequence;
		}
		if (!ahead)
			return 0;
		if (round == 1)
			return explain_ahead(store, ahead, theirs, state.journal, error);
	}
	return 0;
}

/* The last record, as the catalog keeps it: without its text when it is long. */
struct last_record {
	bool known;
	uint64_t sequence, previous;
	char *text;
	size_t size;
};

static void take_last_record(struct catalog *catalog, struct last_record *last)
{
	struct error ignored;
	*last = (struct last_record){0};
	last->known = catalog_last_record(catalog, &last->sequence, &last->previous, &last->text, &last->size,
			      &ignored) == 1;
}

/* The nodes whose journal lacks records up to `sequence`; `look`: asks those again that seem to. */
static size_t list_behind(struct store *store, uint64_t sequence, struct node **behind, bool look)
{
	size_t count = 0;
	for (size_t i = 0; i < store->node_count; i++) {
		struct node_journal journal;
		struct node *node = &store->nodes[i];
		if (node->id == 0 || !node_writing(node))
			continue;
		node_get_journal(node, &journal);
		if (look && (!journal.known || journal.sequence != sequence)) {
			node_look_at_journal(node);
			node_get_journal(node, &journal);
		}
		enum journal_standing standing = journal_judge(&journal, store->reader, sequence);
		if (!journal.known || standing == JOURNAL_BEHIND || standing == JOURNAL_FOREIGN)
			behind[count++] = node;
	}
	return count;
}

/*
 * Between a commit and its record on the nodes, all seem to be behind. Both happen under the write lock, so whoever
 * finds that free after the catalog was asked sees the record. Where somebody is always writing, the record before
 * the last one was written before the last commit began: who lacks that is behind whatever is on its way. False when
 * it cannot be told.
 */
static bool try_find_behind(struct store *store, struct node **behind, size_t *count)
{
	struct catalog_state before, after;
	struct last_record last;
	struct error ignored;
	*count = 0;
	if (catalog_read_state(store->reader, &before, &ignored) < 0)
		return true;
	bool busy = catalog_is_locked(store->reader);
	*count = list_behind(store, before.journal, behind, true);
	if (*count == 0 || catalog_read_state(store->reader, &after, &ignored) < 0)
		return true;
	if (!busy && after.journal == before.journal)
		return true;
	take_last_record(store->reader, &last);
	*count = last.known ? list_behind(store, last.previous, behind, true) : 0;
	free(last.text);
	return *count > 0;
}

size_t journal_find_behind(struct store *store, struct node **behind)
{
	struct catalog_state state;
	struct error ignored;
	size_t count;
	if (catalog_read_state(store->reader, &state, &ignored) < 0 ||
		list_behind(store, state.journal, behind, false) == 0)
		return 0;
	for (unsigned looks = 1; !try_find_behind(store, behind, &count) && looks < BUSY_LOOKS_MAX; looks++)
		nanosleep(&(struct timespec){.tv_nsec = BUSY_PAUSE_MS * 1000000L}, NULL);
	return count;
}

/* ---- appending ---- */

/* One record, and the nodes it goes to. */
struct append {
	struct store *store;
	struct node *nodes[STORE_NODES_MAX];
	size_t count;
	atomic_size_t next;
	atomic_uint durable;
	const char *text;
	size_t size;
	struct journal_image *image; /* or NULL */
};

/* Appends to a node whose journal ends with `previous`. */
static bool append_to(struct store *store, struct node *node, const char *text, size_t size,
	const struct journal_image *image)
{
	const struct node_attachment *attachment = node_writing(node);
	if (!attachment)
		return false;
	int result = node_send(node, size), number = errno;
	if (result == 0) {
		pthread_mutex_lock(&node->journal_mutex);
		result = journal_append(store->env, attachment->root, &node->journal_end, text, size,
			attachment->direct_io ? image : NULL);
		number = errno;
		node_publish_journal(node);
		pthread_mutex_unlock(&node->journal_mutex);
	}
	if (result == 0 && (result = node_confirm(node)) < 0)
		number = errno;
	if (result < 0) {
		node_count(node, TRAFFIC_ERRORS, 1);
		node_note_errno(node, number);
	}
	return result == 0;
}

static void *append_to_some(void *context)
{
	struct append *append = context;
	size_t i;
	while ((i = atomic_fetch_add(&append->next, 1)) < append->count)
		if (append_to(append->store, append->nodes[i], append->text, append->size, append->image))
			atomic_fetch_add(&append->durable, 1);
	return NULL;
}

/* One after the other, but in the time that the slowest takes, as if they had been at it together. */
static unsigned append_in_turn(struct append *append)
{
	struct timekeeper *time = append->store->env->time;
	int64_t longest_ns = 0;
	for (size_t i = 0; i < append->count; i++) {
		int64_t began = time->begin_aside(time);
		append->durable +=
			append_to(append->store, append->nodes[i], append->text, append->size, append->image);
		int64_t took_ns = time->end_aside(time, began);
		longest_ns = took_ns > longest_ns ? took_ns : longest_ns;
	}
	time->sleep_ns(time, longest_ns);
	return atomic_load(&append->durable);
}

/* All at the same time: each waits for its own disk. */
static unsigned append_to_all(struct append *append)
{
	pthread_t threads[WRITERS_MAX];
	size_t started = 0;
	if (append->store->env->time->begin_aside)
		return append_in_turn(append);
	while (started < WRITERS_MAX && started + 1 < append->count &&
		pthread_create(&threads[started], NULL, append_to_some, append) == 0)
		started++;
	append_to_some(append);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	return atomic_load(&append->durable);
}

/*
 * Looks at a node's journal and tells how it stands; false when
 * that cannot be known, or nothing may be written there.
 */
static bool look_at(struct store *store, struct node *node, uint64_t sequence,
	enum journal_standing *standing, struct node_journal *journal)
{
	if (node->id == 0 || !node_writing(node))
		return false;
	node_look_at_journal(node);
	node_get_journal(node, journal);
	*standing = journal_judge(journal, store->writer, sequence);
	return journal->known;
}

/* ---- catching up ---- */

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
	bool copied = true;
	while (copied && journal_record_next(&lines, &record, &damaged) == 1) {
		char *text = NULL;
		if (record.sequence <= reached)
			continue;
		copied = record.previous == reached &&
			 journal_read_range(store->env, from->root, JOURNAL_RECORDS, base, record.start,
				 record.end, &text) == 0 &&
			 append_to(store, node, text, (size_t)(record.end - record.start), NULL);
		if (copied)
			reached = record.sequence;
		free(text);
	}
	journal_lines_close(&lines);
	return reached > after;
}

/*
 * Brings a journal that is behind closer to `sequence` with what the catalog keeps and what other nodes have. Only
 * one of this history can be gone on with. Returns whether it is current then.
 */
static bool catch_up(
	struct store *store, struct node *node, uint64_t sequence, const struct last_record *last)
{
	struct node_journal journal;
	node_get_journal(node, &journal);
	if (!journal.present || strcmp(journal.history, catalog_history(store->writer)) != 0)
		return false;
	bool is_last = last->text && last->sequence == sequence && last->previous == journal.sequence;
	if (is_last && append_to(store, node, last->text, last->size, NULL))
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
	if (is_last && append_to(store, node, last->text, last->size, NULL))
		return true;
	return journal.known && journal.sequence == sequence;
}

/* A journal of a store that has no record yet is begun where it is missing. */
static void begin_first(struct store *store, struct node *node)
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

/* ---- what the catalog calls, with the write lock held ---- */

/*
 * Over the network every node is asked for the end of its journal at
 * the same time; then what is read here is what they said.
 */
static void ask_all(struct store *store)
{
	struct node *nodes[STORE_NODES_MAX];
	size_t count = 0;
	for (size_t i = 0; i < store->node_count; i++)
		if (store->nodes[i].id != 0 && node_writing(&store->nodes[i]))
			nodes[count++] = &store->nodes[i];
	node_exchange_all(nodes, count);
}

static int prepare(void *context, struct catalog *catalog, uint64_t last_sequence, struct error *error)
{
	struct store *store = context;
	struct last_record last;
	bool have_last = false;
	int result = 0;
	last.text = NULL;
	if (network_is_on(store->network))
		ask_all(store);
	for (size_t i = 0; i < store->node_count && result == 0; i++) {
		struct node *node = &store->nodes[i];
		enum journal_standing standing;
		struct node_journal journal;
		if (!look_at(store, node, last_sequence, &standing, &journal))
			continue;
		if (standing == JOURNAL_AHEAD) {
			result = explain_ahead(store, node, journal.sequence, last_sequence, error);
		} else if (standing == JOURNAL_CURRENT && !journal.present) {
			begin_first(store, node);
		} else if (standing == JOURNAL_BEHIND) {
			if (!have_last)
				take_last_record(catalog, &last);
			have_last = true;
			catch_up(store, node, last_sequence, &last);
		}
	}
	free(last.text);
	return result;
}

/* Where fewer nodes than min_replicas could go on with their journal, others get a copy of the catalog. */
static unsigned append_copies(struct store *store, uint64_t sequence, unsigned durable)
{
	struct node *nodes[STORE_NODES_MAX];
	struct journal_draft draft;
	size_t count = 0;
	struct error ignored;
	for (size_t i = 0; i < store->node_count && durable + count < store->config->min_replicas; i++) {
		struct node_journal journal;
		enum journal_standing standing;
		if (look_at(store, &store->nodes[i], sequence, &standing, &journal) &&
			standing == JOURNAL_BEHIND)
			nodes[count++] = &store->nodes[i];
	}
	if (count == 0 || journal_draft_copy(store, nodes, count, &draft, &ignored) < 0)
		return durable;
	for (size_t i = 0; i < count; i++)
		if (draft.written[i] && draft.sequence == sequence &&
			journal_install_copy(store, nodes[i], &draft) == 0)
			durable++;
	journal_drop_draft(store, nodes, count, &draft);
	return durable;
}

static unsigned append(void *context, uint64_t previous, uint64_t sequence, const char *text, size_t size)
{
	struct store *store = context;
	struct append *append = calloc(1, sizeof(*append));
	if (!append)
		return 0;
	*append = (struct append){.store = store, .text = text, .size = size};
	for (size_t i = 0; i < store->node_count; i++) {
		struct node *node = &store->nodes[i];
		struct node_journal journal;
		node_get_journal(node, &journal);
		if (node->id != 0 && node_writing(node) && journal.known && journal.present &&
			journal_judge(&journal, store->writer, previous) == JOURNAL_CURRENT)
			append->nodes[append->count++] = node;
	}
	if (append->count > 0)
		append->image = journal_image_make(&append->nodes[0]->journal_end, text, size);
	unsigned durable = append_to_all(append);
	journal_image_free(append->image);
	free(append);
	return durable < store->config->min_replicas ? append_copies(store, sequence, durable) : durable;
}

void journal_attach(struct store *store)
{
	catalog_set_journal(store->writer,
		&(struct catalog_journal){.prepare = prepare, .append = append, .context = store});
}

/* ---- maintenance ---- */

/* A journal is long when it is as long as a copy of the catalog would be, and long enough to be worth one. */
static bool is_long(struct store *store, struct node *node, const struct node_journal *journal)
{
	char name[JOURNAL_NAME_SIZE];
	struct stat copy;
	const struct node_attachment *attachment = node_reading(node);
	if (!attachment || journal->bytes < ROTATE_BYTES_MIN)
		return false;
	journal_file_name(JOURNAL_COPY, journal->base, name);
	if (store->env->io->fstatat(store->env->io, attachment->root, name, &copy, AT_SYMLINK_NOFOLLOW) < 0)
		return true;
	return journal->bytes > (uint64_t)copy.st_size;
}

/* Which nodes need something: those that are behind, and those that need a copy of the catalog. */
struct needs {
	struct node *behind[STORE_NODES_MAX], *copies[STORE_NODES_MAX];
	size_t behind_count, copy_count;
};

static int find_needs(struct store *store, struct needs *needs, struct error *error)
{
	struct catalog_state state;
	if (catalog_read_state(store->reader, &state, error) < 0)
		return -1;
	for (size_t i = 0; i < store->node_count; i++) {
		struct node *node = &store->nodes[i];
		struct node_journal journal;
		if (node->id == 0 || !node_writing(node))
			continue;
		node_get_journal(node, &journal);
		enum journal_standing standing = journal_judge(&journal, store->reader, state.journal);
		if (!journal.known || standing == JOURNAL_FOREIGN)
			needs->copies[needs->copy_count++] = node;
		else if (standing == JOURNAL_BEHIND || (standing == JOURNAL_CURRENT && !journal.present))
			needs->behind[needs->behind_count++] = node;
		else if (standing == JOURNAL_CURRENT && is_long(store, node, &journal))
			needs->copies[needs->copy_count++] = node;
	}
	return 0;
}

/* Under the lock, which means that no append is under way: who is still behind now. */
static int catch_up_all(struct store *store, struct needs *needs, struct error *error)
{
	struct last_record last;
	if (catalog_begin(store->writer, error) < 0)
		return -1;
	struct catalog_state state;
	int result = catalog_read_state(store->writer, &state, error);
	take_last_record(store->writer, &last);
	for (size_t i = 0; result == 0 && i < needs->behind_count; i++) {
		struct node *node = needs->behind[i];
		struct node_journal journal;
		enum journal_standing standing;
		if (!look_at(store, node, state.journal, &standing, &journal))
			continue;
		if (standing == JOURNAL_CURRENT && !journal.present)
			begin_first(store, node);
		else if (standing == JOURNAL_BEHIND && !catch_up(store, node, state.journal, &last))
			needs->copies[needs->copy_count++] = node;
	}
	free(last.text);
	catalog_rollback(store->writer);
	return result;
}

static int give_copies(struct store *store, const struct needs *needs, struct error *error)
{
	struct journal_draft draft;
	if (journal_draft_copy(store, needs->copies, needs->copy_count, &draft, error) < 0)
		return -1;
	int result = catalog_begin(store->writer, error);
	for (size_t i = 0; result == 0 && i < needs->copy_count; i++) {
		struct node *node = needs->copies[i];
		if (draft.written[i] && journal_install_copy(store, node, &draft) < 0)
			node_note_errno(node, errno);
	}
	if (result == 0)
		catalog_rollback(store->writer);
	journal_drop_draft(store, needs->copies, needs->copy_count, &draft);
	return result;
}

/* What is to be done now, the caller's to free; NULL when that cannot be told. */
static struct needs *look_for_needs(struct store *store, struct error *error)
{
	struct needs *needs = calloc(1, sizeof(*needs));
	if (!needs) {
		error_set_errno(error, ENOMEM, "cannot look after the journals");
	} else if (journal_check(store, error) < 0 || find_needs(store, needs, error) < 0) {
		free(needs);
		needs = NULL;
	}
	return needs;
}

static bool is_anything_needed(const struct needs *needs)
{
	return needs->behind_count + needs->copy_count > 0;
}

int journal_is_due(struct store *store, bool *due, struct error *error)
{
	struct needs *needs = look_for_needs(store, error);
	int result = needs ? 0 : -1;
	*due = needs && is_anything_needed(needs);
	free(needs);
	return result;
}

int journal_maintain(struct store *store, bool *changed, struct error *error)
{
	struct needs *needs = look_for_needs(store, error);
	*changed = needs && is_anything_needed(needs);
	int result = needs ? 0 : -1;
	if (result == 0 && needs->behind_count > 0)
		result = catch_up_all(store, needs, error);
	if (result == 0 && needs->copy_count > 0)
		result = give_copies(store, needs, error);
	free(needs);
	return result;
}
