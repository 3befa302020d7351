/*
 * repair_plan.h: what is to be done about a chunk, and in which order. Pure functions; any thread.
 *
 * All chunks of a copyset are judged at once:
 *
 *   keeper    a copy on a node that answers and is not being drained
 *   awaited   a copy on a node that is away and whose grace is not over
 *
 *   no live copy                            nothing to do: unavailable, or lost
 *   keepers < want, awaited ones make up    wait, unless only one live copy is left: that never waits
 *   keepers < want                          copy
 *   keepers share a zone needlessly         copy to a free zone; what is then too many is trimmed
 *   live copies > want                      trim
 *
 * So repair, draining, spreading and changes of `want` are one machinery: a copy is added first, and only when it is
 * there does another one go. Urgency is a number, the most urgent first: last copies; then the fewest live copies
 * relative to want; then draining, the fewest keepers first; then spreading; then trimming.
 *
 * Targets are chosen by placement.h among nodes that are up, have room, and are neither draining nor slow nor suspect
 * nor holders of the chunk already; the zones of the keepers count as used.
 */
#ifndef LINCKIA_ENGINE_REPAIR_PLAN_H
#define LINCKIA_ENGINE_REPAIR_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/catalog.h"

struct plan_node {
	uint16_t id; /* 0: not in the catalog */
	unsigned zone;
	bool readable; /* its copies count as live */
	bool target;   /* may get copies: up, room, not draining, slow or suspect */
	bool draining;
	bool awaited; /* away, but its grace is not over */
	double fill;  /* used / capacity; of nodes that cannot tell 1 */
};

struct plan_world {
	const struct plan_node *nodes;
	size_t node_count;
	bool by_zone;          /* copies are to be spread over zones */
	uint16_t *index_by_id; /* 65536 entries; node_count where there is none */
};

/* Fills in `index_by_id`, which has 65536 entries. `nodes` and it must outlive the world. */
void plan_world_init(struct plan_world *world, const struct plan_node *nodes, size_t node_count, bool by_zone,
	uint16_t *index_by_id);

enum plan_action {
	PLAN_NOTHING,
	PLAN_COPY,
	PLAN_TRIM,
	PLAN_WAIT,       /* a node that is in grace may bring back what is missing */
	PLAN_BLOCKED,    /* a copy is missing and no node can take it */
	PLAN_UNREADABLE, /* no live copy: nothing to copy from */
};

enum plan_purpose { PURPOSE_REPAIR, PURPOSE_SPREAD, PURPOSE_DRAIN, PURPOSE_TRIM, PURPOSE_BALANCE };
/* "repair", "spread", "drain", "trim", "balance". */
const char *plan_purpose_name(enum plan_purpose purpose);

struct plan_verdict {
	enum plan_action action;
	enum plan_purpose purpose;
	uint32_t urgency; /* lower is more urgent */
	unsigned live;
	unsigned copies; /* how many are to be made, or trimmed */
	bool last_copy;  /* one live copy while more are wanted */
};

/* Which queue a chunk belongs to that is to be copied or trimmed, or waits for that. */
enum repair_queue plan_queue(const struct plan_verdict *verdict);

void plan_judge(const struct plan_world *world, unsigned want, const uint16_t *holders, unsigned holder_count,
	struct plan_verdict *verdict);

/*
 * Which live copy to give up: the index of its node in the world. The copies that remain are spread over as many
 * zones as can be; among copies that are equal in that, one on a draining node goes first, then the one on the
 * fullest. There must be at least two live copies.
 */
size_t plan_victim(const struct plan_world *world, const uint16_t *holders, unsigned holder_count);

/*
 * ---- balance ----
 *
 * Every node is to be as full as all are together, for its capacity and weight. Chunks go from nodes above that to
 * nodes below it, each only once, so that hardly more is moved than must be. Zones may forbid it: with copies in each
 * of three zones, a new node can only relieve those of its own. So within a zone chunks also go from a fuller node to
 * an emptier one when neither is on the right side.
 */

/* How much more, or less, each node holds than its share of what all hold. */
struct plan_balance {
	/* Bytes above the share; negative: below. 0 for nodes that do not take part. */
	double surplus[STORE_NODES_MAX];
	double share[STORE_NODES_MAX]; /* capacity times weight, in bytes */
	bool usable[STORE_NODES_MAX];
	double skew; /* the fullest usable node's fill minus the emptiest one's, for a weight that is the mean */
	double tolerance; /* bytes: nodes whose surplus or lack is at most this are let be */
	double step;      /* bytes: half a chunk, less than which no move can make up for */
};

/*
 * `used`, `capacity` (bytes) and `weight` by the node's index.
 * Nodes that are no targets because they are full still give.
 */
void plan_balance(const struct plan_world *world, const uint64_t *used, const uint64_t *capacity,
	const double *weight, uint64_t chunk_bytes, struct plan_balance *balance);

/*
 * Whether a chunk of the copyset can relieve one of its nodes: stores the indexes of the giver with the largest
 * surplus and of the taker with the largest lack, such that the move keeps the copies' zones as distinct as they are.
 */
bool plan_move(const struct plan_world *world, const struct plan_balance *balance, const uint16_t *holders,
	unsigned holder_count, size_t *giver, size_t *taker);

#endif
