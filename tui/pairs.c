/*
 * pairs.c: one walk over half of the matrix for the mean, another for the pair that is furthest from it.
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "tui/pairs.h"

uint32_t pairs_shared(const struct answer *answer, size_t a, size_t b)
{
	assert(a < answer->pairs.count && b < answer->pairs.count);
	return answer->pairs.chunks[a * answer->pairs.count + b];
}

bool pairs_count(const struct pairs *pairs, size_t a, size_t b)
{
	return a != b && !(pairs->crossing && pairs->zones[a] == pairs->zones[b]);
}

/* The place of a node's zone among those of the view, or -1 for a node that the view does not have. */
static int zone_of(const struct view *view, const char *name, size_t guess)
{
	size_t at = guess;
	if (at >= view->node_count || strcmp(view->nodes[at].name, name) != 0)
		for (at = 0; at < view->node_count && strcmp(view->nodes[at].name, name) != 0;)
			at++;
	if (at == view->node_count)
		return -1;
	for (size_t i = 0; i < at; i++)
		if (strcmp(view->nodes[i].zone, view->nodes[at].zone) == 0)
			return (int)i;
	return (int)at;
}

static void find_zones(struct pairs *pairs, const struct answer *answer, const struct view *view)
{
	for (size_t i = 0; i < answer->pairs.count && i < STORE_NODES_MAX; i++) {
		int zone = zone_of(view, answer->pairs.nodes[i], i);
		pairs->zones[i] = zone >= 0 ? (uint16_t)zone : UINT16_MAX;
		if (pairs->zones[i] != pairs->zones[0])
			pairs->crossing = true;
	}
}

void pairs_judge(struct pairs *pairs, const struct answer *answer, const struct view *view)
{
	size_t count = answer->pairs.count;
	double sum = 0;
	*pairs = (struct pairs){0};
	assert(count <= STORE_NODES_MAX);
	find_zones(pairs, answer, view);
	for (size_t a = 0; a < count; a++)
		for (size_t b = a + 1; b < count; b++)
			if (pairs_count(pairs, a, b)) {
				sum += pairs_shared(answer, a, b);
				pairs->empty += pairs_shared(answer, a, b) == 0;
				pairs->counted++;
			}
	pairs->mean = pairs->counted > 0 ? sum / (double)pairs->counted : 0;
	for (size_t a = 0; a < count && pairs->mean > 0; a++)
		for (size_t b = a + 1; b < count; b++) {
			double off = pairs_shared(answer, a, b) / pairs->mean - 1;
			if (!pairs_count(pairs, a, b) || fabs(off) <= fabs(pairs->off))
				continue;
			pairs->off = off;
			pairs->worst_a = a;
			pairs->worst_b = b;
		}
}
