/*
 * journal.c: how journals stand, and records on their way to them.
 */
#include "engine/journal_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WRITERS_MAX = 16, BUSY_LOOKS_MAX = 25, BUSY_PAUSE_MS = 20 };

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

void journal_take_last_record(struct catalog *catalog, struct journal_last *last)
{
	struct error ignored;
	*last = (struct journal_last){0};
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
	struct journal_last last;
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
	journal_take_last_record(store->reader, &last);
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
bool journal_append_to(struct store *store, struct node *node, const char *text, size_t size,
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
		if (journal_append_to(
			    append->store, append->nodes[i], append->text, append->size, append->image))
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
		append->durable += journal_append_to(
			append->store, append->nodes[i], append->text, append->size, append->image);
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

bool journal_look_at_node(struct store *store, struct node *node, uint64_t sequence,
	enum journal_standing *standing, struct node_journal *journal)
{
	if (node->id == 0 || !node_writing(node))
		return false;
	node_look_at_journal(node);
	node_get_journal(node, journal);
	*standing = journal_judge(journal, store->writer, sequence);
	return journal->known;
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

/* The journal of a node that another process has removed meanwhile is nothing to regrow the catalog from. */
static int forget_removed(struct store *store, struct error *error)
{
	bool known[STORE_NODES_MAX];
	if (store_list_known(store, known, error) < 0)
		return -1;
	for (size_t i = 0; i < store->node_count; i++)
		if (store->nodes[i].id != 0 && !known[i])
			node_forget(&store->nodes[i]);
	return 0;
}

static int prepare(void *context, struct catalog *catalog, uint64_t last_sequence, struct error *error)
{
	struct store *store = context;
	struct journal_last last;
	bool have_last = false;
	int result = forget_removed(store, error);
	last.text = NULL;
	if (result == 0 && network_is_on(store->network))
		ask_all(store);
	for (size_t i = 0; i < store->node_count && result == 0; i++) {
		struct node *node = &store->nodes[i];
		enum journal_standing standing;
		struct node_journal journal;
		if (!journal_look_at_node(store, node, last_sequence, &standing, &journal))
			continue;
		if (standing == JOURNAL_AHEAD) {
			result = explain_ahead(store, node, journal.sequence, last_sequence, error);
		} else if (standing == JOURNAL_CURRENT && !journal.present) {
			journal_begin_first(store, node);
		} else if (standing == JOURNAL_BEHIND) {
			if (!have_last)
				journal_take_last_record(catalog, &last);
			have_last = true;
			journal_catch_up_node(store, node, last_sequence, &last);
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
		if (journal_look_at_node(store, &store->nodes[i], sequence, &standing, &journal) &&
			standing == JOURNAL_BEHIND)
			nodes[count++] = &store->nodes[i];
	}
	if (count == 0 || journal_draft_copy(store, nodes, count, NULL, &draft, &ignored) < 0)
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
	uint64_t bytes = 0; /* of the first journal, as long as which the others mostly are */
	if (!append)
		return 0;
	*append = (struct append){.store = store, .text = text, .size = size};
	for (size_t i = 0; i < store->node_count; i++) {
		struct node *node = &store->nodes[i];
		struct node_journal journal;
		node_get_journal(node, &journal);
		if (node->id != 0 && node_writing(node) && journal.known && journal.present &&
			journal_judge(&journal, store->writer, previous) == JOURNAL_CURRENT) {
			bytes = append->count ? bytes : journal.bytes;
			append->nodes[append->count++] = node;
		}
	}
	if (append->count > 0)
		append->image = journal_image_make(bytes, text, size);
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
