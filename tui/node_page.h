/*
 * node_page.h: all there is to know about the selected node, as the screen of a node shows it, and as the table of
 * nodes does below its rows where there is room.
 *
 * What the page remembers is the state of SCREEN_NODE: the questions, and how far its events are scrolled.
 */
#ifndef LINCKIA_TUI_NODE_PAGE_H
#define LINCKIA_TUI_NODE_PAGE_H

#include "tui/asking.h"

/* The state of SCREEN_NODE; begins as zeros. */
struct node_page {
	char *name; /* of the node that was asked about */
	struct asking node, events;
	int64_t held; /* the event at the bottom of its events; 0: the newest */
};

/* Asks what the page shows of the selected node, if there is one. */
void node_page_settle(struct console *console);
void node_page_draw(const struct console *console, const struct paint *paint, struct area area);
/* Moves its events. */
void node_page_scroll(struct console *console, struct area area, enum move move);

/*
 * To the next node or the one before, in the order of the table of nodes; in that of the view when it hides the node.
 */
void nodes_step(struct console *console, enum move move);
/* Marks a node, or no longer. */
void nodes_mark(struct console *console, const char *name);

#endif
