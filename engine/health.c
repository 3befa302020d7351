#include "engine/health.h"

#include <assert.h>
#include <string.h>

void health_begin(
	struct health_tally *tally, const struct health_node *nodes, size_t node_count, bool by_zone)
{
	assert(node_count <= STORE_NODES_MAX);
	memset(tally, 0, sizeof(*tally));
	tally->nodes = nodes;
	tally->node_count = node_count;
	tally->by_zone = by_zone;
	for (size_t id = 0; id < 65536; id++)
		tally->index_by_id[id] = (uint16_t)node_count;
	for (size_t i = node_count; i-- > 0;)
		if (nodes[i].id) {
			tally->index_by_id[nodes[i].id] = (uint16_t)i;
			tally->members++;
		}
}

static void sample(struct health_tally *tally, enum check_code code, int64_t copyset)
{
	for (int i = 0; i < HEALTH_SAMPLES; i++) {
		if (tally->samples[code][i] == 0) {
			tally->samples[code][i] = copyset;
			return;
		}
	}
}

static void queue(struct health_tally *tally, enum repair_queue kind, const struct catalog_copyset *copyset,
	unsigned copies)
{
	tally->queue[kind].chunks += copyset->chunks;
	tally->queue[kind].bytes += copyset->bytes * copies;
}

static size_t index_of(const struct health_tally *tally, uint16_t id)
{
	return tally->index_by_id[id];
}

/*
 * Whether two of these nodes share a zone although one could be elsewhere. Where there are as many zones as copies
 * are wanted, one is too many, and that one goes: so after each move from one node of a zone to another.
 */
static bool is_misplaced(const struct health_tally *tally, const size_t *live, unsigned count, unsigned want)
{
	unsigned zones = 0;
	for (unsigned i = 0; i < count; i++) {
		bool shared = false;
		for (unsigned j = 0; j < i && !shared; j++)
			shared = tally->nodes[live[i]].zone == tally->nodes[live[j]].zone;
		zones += !shared;
	}
	if (zones == count || zones >= want)
		return false;
	for (size_t i = 0; i < tally->node_count; i++) {
		if (!tally->nodes[i].writable)
			continue;
		bool used = false;
		for (unsigned j = 0; j < count; j++)
			used = used || tally->nodes[live[j]].zone == tally->nodes[i].zone;
		if (!used)
			return true;
	}
	return false;
}

void health_add(struct health_tally *tally, const struct catalog_copyset *copyset)
{
	size_t live[COPYSET_MAX];
	unsigned live_count = 0;
	struct view_chunks *chunks = &tally->chunks;
	uint64_t count = copyset->chunks;
	for (unsigned i = 0; i < copyset->node_count; i++) {
		size_t at = index_of(tally, copyset->nodes[i]);
		if (at == tally->node_count)
			continue;
		tally->chunks_on[at] += count;
		tally->bytes_on[at] += copyset->bytes;
		if (tally->nodes[at].readable)
			live[live_count++] = at;
	}
	tally->bytes_unique += copyset->bytes;
	tally->bytes_stored += copyset->bytes * copyset->node_count;
	chunks->total += count;
	if (copyset->want > tally->members)
		tally->wanting += count;
	chunks->by_live[live_count < 16 ? live_count : 16] += count;
	if (live_count >= copyset->want) {
		chunks->full += count;
		if (live_count > copyset->want) {
			chunks->excess += count;
			queue(tally, QUEUE_EXCESS, copyset, live_count - copyset->want);
		}
	} else if (live_count > 0) {
		chunks->under_replicated += count;
		queue(tally, live_count == 1 ? QUEUE_LAST_COPY : QUEUE_MISSING, copyset,
			copyset->want - live_count);
		sample(tally, CHECK_CHUNKS_UNDER_REPLICATED, copyset->id);
		if (live_count == 1) {
			chunks->last_copy += count;
			sample(tally, CHECK_CHUNKS_LAST_COPY, copyset->id);
		}
	} else if (copyset->node_count > 0) {
		chunks->unavailable += count;
		sample(tally, CHECK_CHUNKS_UNAVAILABLE, copyset->id);
	} else {
		chunks->lost += count;
		sample(tally, CHECK_CHUNKS_LOST, copyset->id);
	}
	if (live_count < copyset->want)
		for (unsigned i = 0; i < copyset->node_count; i++) {
			size_t at = index_of(tally, copyset->nodes[i]);
			if (at < tally->node_count)
				tally->at_risk_on[at] += count;
		}
	if (tally->by_zone && is_misplaced(tally, live, live_count, copyset->want)) {
		chunks->misplaced += count;
		queue(tally, QUEUE_MISPLACED, copyset, 1);
		sample(tally, CHECK_CHUNKS_MISPLACED, copyset->id);
	}
}

enum health health_severity(enum check_code code)
{
	switch (code) {
	case CHECK_CHUNKS_LOST:
	case CHECK_CHUNKS_UNAVAILABLE:
	case CHECK_WRITES_REFUSED:
	case CHECK_CATALOG_DAMAGED:
		return HEALTH_CRITICAL;
	default:
		return HEALTH_DEGRADED;
	}
}
