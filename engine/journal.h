/*
 * journal.h: what the catalog says, kept on the nodes themselves, so that losing it costs nothing.
 *
 *   catalog_commit() ──record──▶ journal.c        on every node that takes writes, durable before success is said
 *                                journal_copy.c   copies of the catalog, so that records need not reach back to the
 *                                                 beginning, and nodes that missed some
 *                   maintenance   journal_catch_up.c    sees to it that each node has one or the other
 *
 * Everything is written while the catalog's write lock is held, and a record is appended only to a journal
 * that ends with the one before it. So every node's journal is the beginning of the same story, and where it
 * ends tells how it stands:
 *
 *   current   it ends with the catalog's last record
 *   behind    it ends earlier: the node was away, or a process died between the commit and the append. It is caught
 *             up with what the catalog keeps of the last record, with
 *             what another node has, or with a copy of the catalog
 *   ahead     it ends later: this catalog is an older copy of the one that wrote it. Nothing is written then, and no
 *             copy of a chunk is given up, until `rebuild` has taken the newer facts in
 *   foreign   it is of a history that a rebuild has ended, and goes on beyond that: the node was away then. What it
 *             has is put aside on the node, and a copy of the catalog takes its place
 *
 * The order, commit first and record second, means that a record never tells of what did not happen. That the
 * catalog keeps its last record, in the same transaction, closes the gap between the two. Large records are
 * not kept, because it would cost as much again as writing them to a node: where one was lost in the gap,
 * copies of the catalog are made.
 */
#ifndef LINCKIA_ENGINE_JOURNAL_H
#define LINCKIA_ENGINE_JOURNAL_H

#include <stdatomic.h>

#include "engine/store.h"

enum journal_standing { JOURNAL_CURRENT, JOURNAL_BEHIND, JOURNAL_AHEAD, JOURNAL_FOREIGN };

/* How a journal stands to a catalog whose last record has that sequence. */
enum journal_standing journal_judge(
	const struct node_journal *journal, const struct catalog *catalog, uint64_t sequence);

/* Makes the store's transactions leave their records on its nodes. */
void journal_attach(struct store *store);

/* Looks at the journals of nodes of this store that the catalog does not know. */
void journal_look_at_strangers(struct store *store);

/*
 * The sentence why nothing may be written, if some node knows later commits than the catalog: ERROR_DAMAGED. 0: none
 * does, as far as the nodes that answered when they were last looked at go.
 */
MUST_CHECK int journal_check(struct store *store, struct error *error);

/*
 * Invariant 1, for what is not put: fails as journal_check() does, and with ERROR_UNAVAILABLE while fewer nodes than
 * `min_replicas` can be written to: what would be done, and said to be done, would go with the catalog. `except` is a
 * node that will not be there; NULL: none.
 */
MUST_CHECK int journal_require(struct store *store, const struct node *except, struct error *error);
/*
 * The same afterwards, for a node that could be written to may fail to write: `records` is what
 * catalog_commit_journaled() gave. Fails with ERROR_UNAVAILABLE where too few journals have the record: it is done,
 * and may be undone by the loss of the catalog.
 */
MUST_CHECK int journal_confirm(
	struct store *store, unsigned records, const struct node *except, struct error *error);

/*
 * The nodes that take writes and whose journal is behind; room for STORE_NODES_MAX. While somebody writes, it may
 * take half a second; a node that then lacks only the last record is not found: it may be on its way.
 */
size_t journal_find_behind(struct store *store, struct node **behind);

/* ---- journal_catch_up.c ---- */

/* Whether journal_maintain() would find something to do; fails as journal_check() does. Takes no lock. */
MUST_CHECK int journal_is_due(struct store *store, bool *due, struct error *error);

/*
 * Brings the nodes that are behind up to date, and gives those whose journal has become long a copy of the catalog to
 * begin anew from. Does nothing, and costs nothing, when no node needs it; otherwise takes the write lock, and blocks
 * on disks: for minutes where a large catalog is copied, though without the lock meanwhile. `changed` tells whether
 * anything was done.
 */
MUST_CHECK int journal_maintain(struct store *store, bool *changed, struct error *error);
/* The same for nodes that are behind alone: long journals are left to whoever maintains the store. */
MUST_CHECK int journal_mend(struct store *store, bool *changed, struct error *error);

/*
 * The parts that they are made of, for whoever has the copy written by another thread. journal_catch_up() does what
 * can be done with records, and tells which nodes need a copy of the catalog: the first `pressing` because they are
 * behind without one, the others because their journal is long. journal_draft_copy() writes it, and
 * journal_give_copies() makes it count, under the write lock.
 */
struct journal_needs {
	struct node *nodes[STORE_NODES_MAX];
	size_t count, pressing;
};
MUST_CHECK int journal_catch_up(
	struct store *store, struct journal_needs *copies, bool *changed, struct error *error);
struct journal_draft;
MUST_CHECK int journal_give_copies(struct store *store, struct node *const *nodes, size_t count,
	const struct journal_draft *draft, struct error *error);

/* ---- journal_copy.c ---- */

/* A copy of the catalog that was written to some nodes and does not count yet. */
struct journal_draft {
	uint64_t sequence; /* of the last record in it */
	uint64_t mark;     /* in the names of its files */
	bool written[STORE_NODES_MAX];
};
/*
 * Writes a copy of the catalog as it is now to the nodes, for journal_install_copy() to make it count.
 * `draft->written` says, by index in `nodes`, where that succeeded. Takes no lock, and may be called from any thread.
 * ERROR_CANCELLED soon after `*cancelled`, which may be NULL, has become true.
 */
MUST_CHECK int journal_draft_copy(struct store *store, struct node *const *nodes, size_t count,
	const atomic_bool *cancelled, struct journal_draft *draft, struct error *error);
/*
 * Under the write lock: makes the draft on a node count, begins a journal after it with what the node has beyond it,
 * and removes what is older than the copy before. 0, or -1 with errno.
 */
MUST_CHECK int journal_install_copy(
	struct store *store, struct node *node, const struct journal_draft *draft);
/*
 * Removes the files of a draft that have not come to count: where there was no room for a copy, half of one would
 * stay in the way. To be called after the last journal_install_copy(); a draft that failed needs none.
 */
void journal_drop_draft(
	struct store *store, struct node *const *nodes, size_t count, const struct journal_draft *draft);

#endif
