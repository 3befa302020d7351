/*
 * sample_links.h: links for the views of sample.h, as a simulated network would publish them: in each zone they are
 * quick, between zones slower, node-2 is far away, those of node-6 are set to be bad, some links are not known and
 * some are cut.
 */
#ifndef LINCKIA_TESTS_SCREEN_SAMPLE_LINKS_H
#define LINCKIA_TESTS_SCREEN_SAMPLE_LINKS_H

#include <stdlib.h>

#include "tests/screen/sample.h"

static inline struct view_link sample_link(int from, int to)
{
	struct view_link link = {.from = from, .to = to};
	bool far = from == 1 || to == 1;
	bool near = from >= 0 && to >= 0 && from % 3 == to % 3;
	link.latency_ms = (far ? 180 : near ? 0.3 : 12) + (from + 2) % 17 * 0.7 + (to + 2) % 13 * 0.4;
	link.cut = (from == 0 && to == 3) || (from == 3 && to == 0) || (from == 2 && to == LINK_CLIENT);
	link.simulated.cut = link.cut;
	if (from == 4 && to == 5) {
		link.latency_ms = -1;
	} else if (from == 5 || to == 5) {
		link.simulated = (struct link_settings){250, 50, 1 << 20, 0.025, false};
		link.latency_ms = from >= 0 && to >= 0 ? -1 : link.latency_ms + 500;
	}
	return link;
}

/* Gives the sample its links; they have to be freed. Without links between nodes only the client's are there. */
static inline struct view_link *sample_links(struct sample *sample, bool between_nodes)
{
	int nodes = (int)sample->view.node_count;
	struct view_link *links = calloc((size_t)(nodes + 1) * (size_t)(nodes + 1), sizeof(*links));
	size_t count = 0;
	for (int from = LINK_CLIENT; links != NULL && from < (between_nodes ? nodes : 0); from++)
		for (int to = LINK_CLIENT; to < nodes; to++)
			if (from != to && !(from == 5 && to == 2))
				links[count++] = sample_link(from, to);
	sample->view.links = links;
	sample->view.link_count = count;
	return links;
}

#endif
