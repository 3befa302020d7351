/*
 * layout.h: where everything goes: the frame that all screens have, and the panels of the overview.
 *
 * A pure function of the screen's size and the view: panels never overlap and never leave the screen.
 * Sizes below LAYOUT_COLUMNS_MIN by LAYOUT_ROWS_MIN have no panels.
 */
#ifndef LINCKIA_TUI_LAYOUT_H
#define LINCKIA_TUI_LAYOUT_H

#include <stdbool.h>

#include "engine/engine.h"
#include "tui/canvas.h"

enum { LAYOUT_COLUMNS_MIN = 40, LAYOUT_ROWS_MIN = 10 };

/* What is the same for all screens. */
struct frame {
	bool too_small;
	struct area health; /* the first row */
	struct area tabs;   /* absent on low screens, as is … */
	struct area body;
	struct area message; /* … this; then a message covers the footer */
	struct area footer;
};

struct frame layout_frame(int rows, int columns);

struct layout {
	bool too_small;
	struct area facts; /* 1 row, or 2 where there is room … */
	struct area strip; /* … and then the health of late stands at the end of the second */
	/* Panels; their first row is a title, but for nodes that are not `nodes_titled`. */
	struct area checks, nodes, heat, repair, chunks, zones, notes, events;
	bool nodes_titled;
	int node_rows; /* each node takes 1; or 2 where there is room, or 3, of which one is empty */
};

struct layout layout_overview(int rows, int columns, const struct view *view);

/* How many nodes the panel shows at a time, at least 1. */
size_t layout_visible_nodes(const struct layout *layout);

/* The first of `visible` rows to show out of `total`, so that `selected` is among them and `first` changes least. */
size_t layout_scroll(size_t first, size_t selected, size_t visible, size_t total);

/* `area` in the middle of the screen, no larger than the screen. */
struct area layout_centre(int screen_rows, int screen_columns, int rows, int columns);

#endif
