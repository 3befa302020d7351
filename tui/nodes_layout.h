/*
 * nodes_layout.h: how the screens about nodes divide their bodies. Pure functions of sizes and counts: nothing
 * overlaps, nothing leaves the area that is divided. An area without rows is not there.
 */
#ifndef LINCKIA_TUI_NODES_LAYOUT_H
#define LINCKIA_TUI_NODES_LAYOUT_H

#include <stddef.h>

#include "tui/canvas.h"

struct nodes_layout {
	struct area facts;
	struct area table; /* a heading and rows; always there */
	struct area rest;  /* a title and one line: what found no column … */
	struct area page;  /* … or, where there is much room, the selected node's page */
};

struct nodes_layout layout_nodes(struct area body, size_t rows);
/* At least 1. */
size_t nodes_layout_visible(const struct nodes_layout *layout);

struct page_layout {
	struct area facts; /* state, room and place; always there */
	/* Titled, as all the next ones: chunks by live copies, and what only this node holds. */
	struct area copies;
	struct area files;
	struct area trends;
	struct area events;
};

/* `by_live` and `trends`: how many rows they would fill. */
struct page_layout layout_page(struct area area, int copies, int files, int trends);

struct loss_layout {
	struct area title, verdict; /* always there */
	struct area counts, repair, files;
};

/* `verdict`, `repair`: rows of text; `files`: how many are to be listed. */
struct loss_layout layout_loss(struct area body, int verdict, int repair, size_t files);

#endif
