/*
 * health.h: from what the catalog says and how the nodes are, to counts and a verdict. Pure; any thread.
 *
 * A copyset is judged once for all of its chunks:
 *
 *   live = nodes of the copyset that answer
 *   live = 0   unavailable, or lost when no node is left in the copyset
 *   live < want   under-replicated; with live = 1 the last copy
 *   live > want   excess
 *   misplaced  live copies are in fewer zones than copies are wanted, and two of them share one, while a zone without
 *              one has a node that takes chunks
 */
#ifndef LINCKIA_ENGINE_HEALTH_H
#define LINCKIA_ENGINE_HEALTH_H

#include "engine/catalog.h"

struct health_node {
	uint16_t id;
	unsigned zone;
	bool readable;
	bool writable; /* and has room */
};

enum { HEALTH_SAMPLES = 3 };

struct health_tally {
	const struct health_node *nodes;
	size_t node_count;
	size_t members;              /* those with an id: the others are not part of the store yet */
	bool by_zone;                /* copies are to be spread over zones */
	uint16_t index_by_id[65536]; /* node_count where there is none */
	struct view_chunks chunks;
	struct view_queue queue[QUEUES]; /* what there is to do, but for draining and balance */
	uint64_t wanting;                /* chunks that want more copies than there are nodes */
	uint64_t bytes_unique, bytes_stored;
	uint64_t chunks_on[STORE_NODES_MAX]; /* by index in `nodes` */
	uint64_t bytes_on[STORE_NODES_MAX];
	uint64_t at_risk_on[STORE_NODES_MAX];
	int64_t samples[CHECK_CODES][HEALTH_SAMPLES]; /* copysets that a check is about; 0: none */
};

/* `nodes` must live as long as the tally. */
void health_begin(
	struct health_tally *tally, const struct health_node *nodes, size_t node_count, bool by_zone);
void health_add(struct health_tally *tally, const struct catalog_copyset *copyset);

/* The severity of a check, which its code decides. */
enum health health_severity(enum check_code code);

#endif
