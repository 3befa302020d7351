/*
 * placement.h: which nodes a chunk goes to. Pure functions, no I/O; safe from any thread.
 *
 * balanced     Random among eligible nodes, each drawn with a probability that follows what it has
 *              free relative to its capacity, so that unequal nodes fill alike; no fixed neighbours.
 * rendezvous   Weighted highest random weight (Thaler and Ravishankar 1998; the logarithm form of
 *              Schindelhauer and Schomaker 2005): score = -weight / ln(hash(chunk, node)). A chunk's
 *              nodes depend on nothing but the chunk and the nodes, so little moves when nodes change.
 *              The weight is the node's weight times its capacity.
 * round_robin  The chunk's number picks the primary, the copies go to the nodes after it in order. Every
 *              node shares chunks with its neighbours only: kept to show the difference.
 *
 * All policies keep copies on distinct nodes, and with `spread` = zone in distinct zones as long as an unused zone
 * has an eligible node; a further copy then goes where its zone holds fewest copies. Among nodes that are equal in
 * that, slow ones are chosen only when there is no other: copies in one zone are a risk, a slow write is not.
 */
#ifndef LINCKIA_ENGINE_PLACEMENT_H
#define LINCKIA_ENGINE_PLACEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/config.h"
#include "engine/env.h"

struct placement_node {
	unsigned zone; /* small numbers, equal for nodes in the same zone */
	bool eligible; /* may take a new chunk: up, with room, not draining */
	bool slow;     /* takes chunks only where no other node does */
	double weight; /* above 0 */
	uint64_t capacity_bytes;
	uint64_t used_bytes; /* chunks on it, and those being written to it */
	uint64_t key;        /* identifies the node for rendezvous; never changes for a node */
};

struct placement_request {
	enum placement_policy policy;
	enum placement_spread spread;
	const struct placement_node *nodes;
	size_t node_count;
	/* Indexes of nodes that hold the chunk already, or must not be chosen but count for their zones. */
	const unsigned *taken;
	size_t taken_count;
	unsigned copies;      /* how many more nodes are wanted */
	uint64_t chunk_bytes; /* room that each needs */
	uint64_t chunk_key;   /* 64 bits of the chunk's digest */
	uint64_t sequence;    /* the chunk's number, for round_robin */
};

/*
 * Chooses up to `copies` nodes and stores their indexes in `chosen`, best first. Returns how many were
 * found: fewer than asked for when there are no more eligible nodes with room. `dice` may be NULL for
 * the policies that draw nothing.
 */
size_t placement_choose(const struct placement_request *request, struct dice *dice, unsigned *chosen);

#endif
