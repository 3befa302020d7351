/*
 * heat.h: where the cells of the heatmap stand.
 *
 * Nodes are grouped by zone, zones in the order in which they appear. A zone begins a row with its name and takes as
 * many rows as it needs. Cells are as large as lets all of them be seen: large ones have room for a name and a
 * value, the smallest is one column. Pure.
 */
#ifndef LINCKIA_TUI_HEAT_H
#define LINCKIA_TUI_HEAT_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/view.h"
#include "tui/canvas.h"
#include "tui/history.h"

enum heat_form { HEAT_GRID, HEAT_TIMELINE, HEAT_FORMS };

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
/* "fill", "throughput", "latency", "errors", "chunks at risk". */
const char *heat_metric_name(enum history_metric metric);
/* "41 %", "12.4 MiB/s", "0.4 ms", "3". Returns `out`; "-" for what is not known. */
char *heat_value_text(char *out, size_t size, enum history_metric metric, double value);

#endif
