/*
 * pairs.h: how evenly pairs of nodes share chunks.
 *
 * Copies of a chunk go to different zones while there are enough, so pairs within a zone share little by intent.
 * Where there are several zones, evenness is therefore judged by the pairs that cross zones.
 */
#ifndef LINCKIA_TUI_PAIRS_H
#define LINCKIA_TUI_PAIRS_H

#include "engine/engine.h"
#include "engine/inquiry.h"

struct pairs {
	/* Of each node of the answer: a number; nodes of a zone have the same. */
	uint16_t zones[STORE_NODES_MAX];
	bool crossing;           /* only pairs that cross zones count */
	uint64_t counted;        /* pairs */
	double mean;             /* chunks of such a pair */
	double off;              /* how far the one furthest from it is, as a share of it; may be negative */
	size_t worst_a, worst_b; /* that one */
	uint64_t empty;          /* pairs without a chunk */
};

/* Of an answer about pairs; zones come from the view. Takes time in proportion to the pairs. */
void pairs_judge(struct pairs *pairs, const struct answer *answer, const struct view *view);

/* Whether the pair counts for the mean. */
bool pairs_count(const struct pairs *pairs, size_t a, size_t b);

uint32_t pairs_shared(const struct answer *answer, size_t a, size_t b);

#endif
