/*
 * heat.h: where the cells of the heatmap stand, and the rows of its timeline.
 *
 * Nodes are grouped by zone, zones in the order in which they appear. A zone begins a row with its name and takes as
 * many rows as it needs. Cells are as large as lets all of them be seen: large ones have room for a name and a
 * value, the smallest is one column. Few nodes on a large screen get cards, with room for their course.
 *
 * A timeline has a row for each node, or several where there is room. Pure.
 */
#ifndef LINCKIA_TUI_HEAT_H
#define LINCKIA_TUI_HEAT_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/engine.h"
#include "tui/canvas.h"
#include "tui/history.h"

enum heat_form { HEAT_GRID, HEAT_TIMELINE, HEAT_FORMS };

/* What a heatmap shows, and how; each screen that has one has its own. */
struct heat_look {
	enum heat_form form;
	enum history_metric metric;
};
void heat_next_form(struct heat_look *look);
void heat_next_metric(struct heat_look *look);

struct heat_grid {
	int label;         /* columns for the zones' names, 0 where there is one zone, unnamed */
	int width, height; /* of a cell */
	int per_row;       /* cells in a row */
	int rows;          /* of cells, in all zones */
	int gap;           /* empty rows between zones */
	int shown;         /* rows of cells that fit; the rest is scrolled to */
};

/* Cells for a view in an area of that size. */
struct heat_grid heat_grid_make(const struct view *view, int rows, int columns);

/* Where a node's cell is. */
struct heat_place {
	int row, column; /* of cells, rows counted over all zones */
	int gap;         /* empty rows above it */
	bool first;      /* of its zone */
};
/* Of all nodes: `places` has room for as many. */
void heat_grid_places(const struct heat_grid *grid, const struct view *view, struct heat_place *places);
/* The node nearest to that place in that row of cells; `view->node_count` when there is no such row. */
size_t heat_grid_find(const struct heat_grid *grid, const struct view *view, int row, int column);

struct heat_rows {
	int height;          /* of a node */
	int bar;             /* the rows of it that are filled; below is an empty one where there is room */
	size_t first, shown; /* nodes */
	bool axis;           /* in the row below them */
};
/* Rows for `count` nodes in an area of `rows`, so that the selected one is in sight. */
struct heat_rows heat_rows_make(size_t count, size_t selected, int rows);

/* "fill", "throughput", "latency", "errors", "chunks at risk". */
const char *heat_metric_name(enum history_metric metric);
/* What a node's value is now, exactly; negative: not known, or the node does not answer. */
double heat_value_now(
	const struct history *history, enum history_metric metric, const struct view_node *node);
/*
 * The round value at or above `largest` that the hottest cell stands for; never so small that next to nothing is hot.
 */
double heat_scale(enum history_metric metric, double largest);
/* "41 %", "12.4 MiB/s", "0.4 ms", "3". Returns `out`; "-" for what is not known. */
char *heat_value_text(char *out, size_t size, enum history_metric metric, double value);

#endif
