/*
 * journal_private.h: what journal.c and journal_catch_up.c share. Nobody else includes it.
 */
#ifndef LINCKIA_ENGINE_JOURNAL_PRIVATE_H
#define LINCKIA_ENGINE_JOURNAL_PRIVATE_H

#include "engine/journal.h"

/* The last record, as the catalog keeps it: without its text when it is long. The text is the caller's to free. */
struct journal_last {
	bool known;
	uint64_t sequence, previous;
	char *text;
	size_t size;
};
void journal_take_last_record(struct catalog *catalog, struct journal_last *last);

/*
 * Looks at a node's journal and tells how it stands to a last record of that sequence; false when that cannot be
 * known, or nothing may be written there.
 */
bool journal_look_at_node(struct store *store, struct node *node, uint64_t sequence,
	enum journal_standing *standing, struct node_journal *journal);

/*
 * Under the write lock: appends to a node whose journal ends with the record before. False, and the node knows why.
 */
bool journal_append_to(struct store *store, struct node *node, const char *text, size_t size,
	const struct journal_image *image);

/* Under the write lock: a journal of a store that has no record yet is begun where it is missing. */
void journal_begin_first(struct store *store, struct node *node);

/*
 * Under the write lock: brings a journal that is behind closer to `sequence` with what the catalog keeps and what
 * other nodes have. Only one of this history can be gone on with. Returns whether it is current then.
 */
bool journal_catch_up_node(
	struct store *store, struct node *node, uint64_t sequence, const struct journal_last *last);

#endif
