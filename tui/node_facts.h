/*
 * node_facts.h: what a view says about the selected node, in a title and three rows: its state, its room, its place.
 */
#ifndef LINCKIA_TUI_NODE_FACTS_H
#define LINCKIA_TUI_NODE_FACTS_H

#include "tui/screen.h"

/* `log`: the node's events, which tell since when it is in its state; may be NULL. There is a selected node. */
void node_facts_draw(
	const struct console *console, const struct paint *paint, struct area area, const struct answer *log);

#endif
