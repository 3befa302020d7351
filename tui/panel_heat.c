/*
 * panel_heat.c: all nodes at a glance, as a grid of cells or as rows of time.
 *
 * How hot a cell is, is told by colour and by shape; the legend in the title says what the hottest means. A node
 * that does not answer has no heat but the symbol of its state.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/heat.h"
#include "tui/layout.h"
#include "tui/panels.h"
#include "tui/screen.h"

enum { NAME_MOST = 16, ZONE_MOST = 6, VALUE = 12, LEGEND = 8 };

/* What all cells share. */
struct scale {
	enum history_metric metric;
	double most; /* what the hottest cell means */
};

static struct scale scale_of(const struct console *console, size_t steps)
{
	/* The hottest is the largest of late, but never less than this: what is next to nothing is no heat. */
	static const double least[HISTORY_METRICS] = {[HISTORY_FILL] = 1,
		[HISTORY_THROUGHPUT] = 1 << 20,
		[HISTORY_LATENCY] = 5,
		[HISTORY_ERRORS] = 1,
		[HISTORY_AT_RISK] = 1};
	struct scale scale = {.metric = console->heat_metric, .most = least[console->heat_metric]};
	double largest = history_largest(console->history, scale.metric, steps);
	if (scale.metric != HISTORY_FILL && largest > scale.most)
		scale.most = largest;
	return scale;
}

/* The value now: from the view where it says so exactly. */
static double value_now(
	const struct console *console, const struct scale *scale, const struct view_node *node)
{
	if (!view_node_answers(node) && scale->metric != HISTORY_AT_RISK)
		return -1;
	if (scale->metric == HISTORY_FILL)
		return panel_node_fill(node);
	if (scale->metric == HISTORY_AT_RISK)
		return (double)node->at_risk;
	if (scale->metric == HISTORY_LATENCY)
		return node->latency_ms;
	return history_value(console->history, node->name, scale->metric, 0);
}

/* ---- title and legend ---- */

static void draw_title(
	const struct console *console, const struct paint *paint, struct area area, const struct scale *scale)
{
	char title[96], least[32], most[32];
	bool grid = console->heat_form == HEAT_GRID;
	snprintf(title, sizeof(title), "%s of the nodes%s", heat_metric_name(scale->metric),
		grid                 ? ""
		: area.columns >= 70 ? ", newest at the right"
				     : "");
	title[0] = (char)(title[0] - 'a' + 'A');
	paint_title(paint, area, title);
	heat_value_text(least, sizeof(least), scale->metric, 0);
	heat_value_text(most, sizeof(most), scale->metric, scale->most);
	int width = (int)strlen(least) + 1 + LEGEND + 1 + (int)strlen(most);
	int column = area.column + area.columns - width - 3;
	if (column < area.column + cells_width(title, area.columns) + 5)
		return;
	paint_fill(paint, (struct area){area.row, column - 1, 1, width + 2}, ROLE_TEXT);
	column += paint_text(paint, area.row, column, (int)strlen(least), ROLE_DIM, least) + 1;
	for (int step = 0; step < HEAT_STEPS; step++)
		paint_heat(paint, area.row, column++, 1, step, 0);
	paint_text(paint, area.row, column + 1, (int)strlen(most), ROLE_DIM, most);
}

/* ---- the grid ---- */

/* How many columns of a cell are for its heat; large ones have a text beside it. */
static int block_of(int columns)
{
	return columns >= 26   ? 8
	       : columns >= 15 ? 4
	       : columns >= 8  ? 2
	       : columns >= 3  ? columns - 1
			       : columns;
}

/* The text beside the heat: the name, then as many facts as there are rows; or both in one row. */
static void draw_words(const struct paint *paint, struct area area, const struct scale *scale,
	const struct view_node *node, double value, bool selected)
{
	char text[32], number[32];
	bool away = !view_node_answers(node);
	enum role role = away ? panel_node_role(node->state) : ROLE_TEXT;
	int used = paint_text(
		paint, area.row, area.column, area.columns, selected ? ROLE_SELECTED : ROLE_TEXT, node->name);
	heat_value_text(text, sizeof(text), scale->metric, value);
	const char *word = away ? node_state_name(node->state) : text;
	if (area.rows > 1)
		paint_text(paint, area.row + 1, area.column, area.columns, role, word);
	else if (used + 1 + (int)strlen(word) <= area.columns)
		paint_right(paint, area.row, area.column + used + 1, area.columns - used - 1,
			away ? role : ROLE_DIM, word);
	if (area.rows > 2)
		paint_format(paint, area.row + 2, area.column, area.columns, ROLE_DIM, "%s chunks",
			paint_number(number, sizeof(number), node->chunks));
	if (area.rows > 3 && away)
		paint_text(paint, area.row + 3, area.column, area.columns, role, node->cause);
	else if (area.rows > 3)
		paint_format(paint, area.row + 3, area.column, area.columns, panel_node_role(node->state),
			"%s %s", paint->glyphs->node[node->state], node_state_name(node->state));
}

static void draw_cell(const struct console *console, const struct paint *paint, struct area cell,
	const struct scale *scale, const struct view_node *node, bool selected)
{
	double value = value_now(console, scale, node);
	bool small = cell.columns < 8;
	unsigned flags = selected && small ? STYLE_BADGE : 0;
	int block = block_of(cell.columns), rows = cell.rows > 2 ? cell.rows - 1 : cell.rows;
	if (value < 0)
		paint_text(paint, cell.row + rows - 1, cell.column, 1, panel_node_role(node->state) | flags,
			paint->glyphs->node[node->state]);
	for (int i = 0; value >= 0 && i < block; i++)
		paint_heat_column(paint, cell.row, cell.column + i, rows, value / scale->most, flags);
	if (!small)
		draw_words(paint,
			(struct area){cell.row, cell.column + block + 1, rows, cell.columns - block - 2},
			scale, node, value, selected);
}

static void draw_grid(
	const struct console *console, const struct paint *paint, struct area area, const struct scale *scale)
{
	const struct view *view = console->view;
	struct heat_grid grid = heat_grid_make(view, area.rows, area.columns);
	struct heat_place places[STORE_NODES_MAX];
	heat_grid_places(&grid, view, places);
	int selected = console->node < view->node_count ? places[console->node].row : 0;
	int first = (int)layout_scroll(0, (size_t)selected, (size_t)grid.shown, (size_t)grid.rows);
	for (size_t i = 0; i < view->node_count; i++) {
		const struct heat_place *place = &places[i];
		int top = area.row + (place->row - first) * grid.height + place->gap;
		if (place->row < first || top + grid.height > area.row + area.rows)
			continue;
		struct area cell = {
			top, area.column + grid.label + place->column * grid.width, grid.height, grid.width};
		draw_cell(console, paint, cell, scale, &view->nodes[i], i == console->node);
		if (grid.label > 0 && place->column == 0 && (place->first || place->row == first))
			paint_text(
				paint, top, area.column + 1, grid.label - 2, ROLE_DIM, view->nodes[i].zone);
	}
}

/* ---- the timeline ---- */

static void draw_times(const struct console *console, const struct paint *paint, struct area area,
	const struct scale *scale, const struct view_node *node)
{
	double values[HISTORY_STEPS];
	int steps = area.columns < HISTORY_STEPS ? area.columns : HISTORY_STEPS;
	if (steps < 1)
		return;
	history_node_series(console->history, node->name, scale->metric, values, (size_t)steps);
	for (int i = 0; i < steps; i++)
		if (values[i] >= 0)
			paint_heat_column(paint, area.row, area.column + area.columns - steps + i, area.rows,
				values[i] / scale->most, 0);
}

static void draw_axis(const struct paint *paint, int row, int column, int columns)
{
	char text[32];
	int steps = columns < HISTORY_STEPS ? columns : HISTORY_STEPS;
	text_duration(text, sizeof(text), (int64_t)steps * HISTORY_STEP_MS);
	paint_format(paint, row, column + columns - steps, steps / 2, ROLE_DIM, "%s ago", text);
	paint_right(paint, row, column + columns - 3, 3, ROLE_DIM, "now");
}

static void draw_timeline(const struct console *console, const struct paint *paint, struct area area)
{
	const struct view *view = console->view;
	int name = 6, zone = 1;
	char text[32];
	for (size_t i = 0; i < view->node_count; i++) {
		int width = cells_width(view->nodes[i].name, NAME_MOST);
		name = width > name ? width : name;
		width = cells_width(view->nodes[i].zone, ZONE_MOST);
		zone = width > zone ? width : zone;
	}
	name = name < NAME_MOST ? name : NAME_MOST;
	zone = zone < ZONE_MOST ? zone : ZONE_MOST;
	int begin = area.column + 2 + name + 1 + zone + 1,
	    columns = area.column + area.columns - 1 - VALUE - begin;
	bool axis = area.rows > 3;
	int rows = area.rows - axis, count = (int)view->node_count;
	int height = 3 * count <= rows + 1 ? 3 : 2 * count <= rows + 1 ? 2 : 1;
	int bar = height > 1 ? height - 1 : 1; /* the last row keeps nodes apart */
	size_t visible = (size_t)(rows / height > 0 ? rows / height : 1);
	struct scale scale = scale_of(console, (size_t)(columns > 1 ? columns : 1));
	size_t first = layout_scroll(0, console->node, visible, view->node_count);
	for (size_t i = 0; i < visible && first + i < view->node_count; i++) {
		const struct view_node *node = &view->nodes[first + i];
		int row = area.row + (int)i * height + bar - 1;
		bool selected = first + i == console->node;
		if (selected)
			paint_text(paint, row, area.column, 1, ROLE_ACCENT, paint->glyphs->marker);
		paint_text(paint, row, area.column + 2, name, selected ? ROLE_STRONG : ROLE_TEXT, node->name);
		paint_text(paint, row, area.column + 3 + name, zone, ROLE_DIM, node->zone);
		draw_times(console, paint, (struct area){row - bar + 1, begin, bar, columns}, &scale, node);
		double value = value_now(console, &scale, node);
		heat_value_text(text, sizeof(text), scale.metric, value);
		paint_right(paint, row, begin + columns, VALUE,
			value < 0 ? panel_node_role(node->state) : ROLE_TEXT,
			value < 0 ? node_state_name(node->state) : text);
	}
	if (axis)
		draw_axis(paint,
			area.row + (int)(visible < view->node_count ? visible : view->node_count) * height,
			begin, columns);
	paint_scroll(paint, (struct area){area.row, area.column, rows, area.columns}, first, visible,
		view->node_count);
}

/* ---- the panel ---- */

void panel_heat(const struct paint *paint, struct area area, const struct console *console)
{
	if (area.rows < 2)
		return;
	bool grid = console->heat_form == HEAT_GRID;
	struct scale scale = scale_of(console, grid ? 1 : (size_t)area.columns);
	draw_title(console, paint, area, &scale);
	area.row++;
	area.rows--;
	if (console->view->node_count == 0)
		paint_text(paint, area.row, area.column + 2, area.columns - 2, ROLE_DIM, "No nodes.");
	else if (grid)
		draw_grid(console, paint, area, &scale);
	else
		draw_timeline(console, paint, area);
}
