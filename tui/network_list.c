/*
 * network_list.c: bars on one scale for all nodes, so that the slow one stands out. Usual and worst come from the
 * history of the console: the median and the largest of what it has seen.
 */
#include <stdlib.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/layout.h"
#include "tui/link.h"
#include "tui/network.h"
#include "tui/network_list.h"
#include "tui/panels.h"
#include "tui/table.h"

enum {
	LIST_NAME,
	LIST_ZONE,
	LIST_STATE,
	LIST_BAR,
	LIST_NOW,
	LIST_USUAL,
	LIST_WORST,
	LIST_COURSE,
	LIST_COLUMNS
};

static const struct table_column kinds[LIST_COLUMNS] = {
	[LIST_NAME] = {"name", 8, 8, 0, false, false, 0},
	[LIST_ZONE] = {"zone", 4, 4, 3, false, false, 0},
	[LIST_STATE] = {"state", 6, 6, 4, false, false, 0},
	[LIST_BAR] = {"a small read", 6, 14, 1, false, true, 48},
	[LIST_NOW] = {"now, ms", 7, 7, 0, true, false, 0},
	[LIST_USUAL] = {"usual", 6, 6, 2, true, false, 0},
	[LIST_WORST] = {"worst", 6, 6, 2, true, false, 0},
	[LIST_COURSE] = {"course", 10, 14, 5, false, true, 120},
};

static const char calm[] = "These are the ways from here to each node. The ways between nodes are measured "
			   "only where a network is simulated.";

struct list_layout {
	struct area table, note;
};

static struct list_layout divide(struct area area)
{
	struct list_layout layout = {.table = area};
	if (area.columns < LAYOUT_COLUMNS_MIN)
		return layout;
	int rows = cells_wrap_rows(calm, area.columns - 2, area.columns - 2);
	if (area.rows < rows + 6)
		return layout;
	layout.table.rows -= rows + 1;
	layout.note = (struct area){area.row + area.rows - rows, area.column + 1, rows, area.columns - 2};
	return layout;
}

static size_t visible(struct area area)
{
	int rows = divide(area).table.rows - 1;
	return rows > 1 ? (size_t)rows : 1;
}

static size_t position(const struct console *console, const struct axis *axis)
{
	return console->node < console->view->node_count ? axis_position(axis, (int)console->node) - 1 : 0;
}

/* What has been seen of a node: the median and the largest; negative when nothing was. */
struct seen {
	double usual, worst;
};

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;
	return (a > b) - (a < b);
}

static struct seen look_back(const double *series)
{
	double values[HISTORY_STEPS];
	size_t count = 0;
	for (size_t i = 0; i < HISTORY_STEPS; i++)
		if (series[i] >= 0)
			values[count++] = series[i];
	if (count == 0)
		return (struct seen){-1, -1};
	qsort(values, count, sizeof(values[0]), compare);
	return (struct seen){values[count / 2], values[count - 1]};
}

/* The scale of all bars: the slowest answer now, but at least a millisecond. */
static double scale(const struct view *view)
{
	double most = 1;
	for (size_t i = 0; i < view->node_count; i++)
		if (view_node_answers(&view->nodes[i]) && view->nodes[i].latency_ms > most)
			most = view->nodes[i].latency_ms;
	return most;
}

static void latency_cell(const struct paint *paint, struct area area, int row, int column,
	const struct table_place *places, unsigned style, double latency_ms)
{
	char text[LINK_TEXT_BYTES] = "";
	if (latency_ms >= 0)
		link_latency_text(text, latency_ms);
	table_cell(paint, area, row, &kinds[column], &places[column], style, text);
}

static void draw_row(const struct console *console, const struct paint *paint, struct area area, int row,
	const struct view_node *node, const struct table_place *places, double most, unsigned flags)
{
	double series[HISTORY_STEPS];
	history_node_series(console->history, node->name, HISTORY_LATENCY, series, HISTORY_STEPS);
	struct seen seen = look_back(series);
	const struct table_place *bar = &places[LIST_BAR], *course = &places[LIST_COURSE];
	unsigned name = (flags & STYLE_SELECTED) != 0 ? ROLE_SELECTED : ROLE_TEXT;
	table_cell(paint, area, row, &kinds[LIST_NAME], &places[LIST_NAME], name | flags, node->name);
	table_cell(paint, area, row, &kinds[LIST_ZONE], &places[LIST_ZONE], ROLE_DIM | flags, node->zone);
	unsigned state = panel_node_role(node->state) | flags;
	if (places[LIST_STATE].width > 2) {
		int column = area.column + places[LIST_STATE].at;
		paint_text(paint, row, column, 1, state, paint->glyphs->node[node->state]);
		paint_text(paint, row, column + 2, places[LIST_STATE].width - 2, state,
			node_state_name(node->state));
	}
	if (!view_node_answers(node) || node->latency_ms < 0) {
		paint_text(paint, row, area.column + bar->at, bar->width, state,
			node->cause[0] != '\0' ? node->cause : node_state_name(node->state));
	} else {
		unsigned role = (unsigned)ROLE_HEAT + (unsigned)link_latency_heat(node->latency_ms);
		paint_bar(
			paint, row, area.column + bar->at, bar->width, node->latency_ms / most, role | flags);
		latency_cell(paint, area, row, LIST_NOW, places,
			link_number_role(link_latency_heat(node->latency_ms)) | flags, node->latency_ms);
	}
	latency_cell(paint, area, row, LIST_USUAL, places, ROLE_DIM | flags, seen.usual);
	latency_cell(paint, area, row, LIST_WORST, places, ROLE_DIM | flags, seen.worst);
	if (course->width > 0) {
		size_t steps = course->width < HISTORY_STEPS ? (size_t)course->width : HISTORY_STEPS;
		paint_spark(paint, row, area.column + course->at, course->width,
			series + (HISTORY_STEPS - steps), steps, seen.worst > 1 ? seen.worst : 1,
			ROLE_BAR | flags);
	}
}

static void list_columns(const struct view *view, struct table_column columns[LIST_COLUMNS])
{
	memcpy(columns, kinds, sizeof(kinds));
	for (size_t i = 0; i < view->node_count; i++) {
		const struct view_node *node = &view->nodes[i];
		int name = cells_width(node->name, 24), zone = cells_width(node->zone, 12);
		int state = cells_width(node_state_name(node->state), 12) + 2;
		struct table_column *column = &columns[LIST_NAME];
		column->wish = name > column->wish ? (name < 24 ? name : 24) : column->wish;
		column = &columns[LIST_ZONE];
		column->wish = zone > column->wish ? (zone < 12 ? zone : 12) : column->wish;
		column = &columns[LIST_STATE];
		column->wish = column->least = state > column->wish ? state : column->wish;
	}
}

void network_list_draw(
	const struct console *console, const struct paint *paint, struct area area, size_t first, bool alone)
{
	const struct view *view = console->view;
	struct list_layout layout = alone ? divide(area) : (struct list_layout){.table = area};
	struct table_column columns[LIST_COLUMNS];
	struct table_place places[LIST_COLUMNS];
	struct axis axis;
	area = layout.table;
	axis_make(&axis, view);
	list_columns(view, columns);
	table_arrange(columns, LIST_COLUMNS, area.columns, places);
	table_heading(paint, area, "From here to", columns, places, LIST_COLUMNS, -1, false);
	if (view->node_count == 0)
		paint_text(paint, area.row + 1, area.column + 2, area.columns - 3, ROLE_DIM, "No nodes.");
	size_t rows = area.rows > 1 ? (size_t)area.rows - 1 : 0;
	double most = scale(view);
	for (size_t i = 0; i < rows && first + i + 1 < axis.count; i++) {
		size_t node = (size_t)axis.who[first + i + 1];
		int row = area.row + 1 + (int)i;
		unsigned flags = table_row(paint, area, row, node == console->node,
			marks_has(&console->marks, view->nodes[node].name));
		draw_row(console, paint, area, row, &view->nodes[node], places, most, flags);
	}
	struct area bar = {area.row + 1, area.column, area.rows - 1, area.columns};
	paint_scroll(paint, bar, first, rows, view->node_count);
	if (layout.note.rows > 0)
		paint_wrapped(paint, layout.note, 0, ROLE_DIM, calm);
}

void network_list_settle(struct console *console, struct area area, size_t *first)
{
	struct axis axis;
	size_t total = console->view->node_count;
	if (console->node >= total)
		console->node = total > 0 ? total - 1 : 0;
	axis_make(&axis, console->view);
	*first = layout_scroll(*first, position(console, &axis), visible(area), total);
}

void network_list_move(struct console *console, struct area area, enum move move)
{
	struct axis axis;
	size_t total = console->view->node_count;
	axis_make(&axis, console->view);
	if (total > 0)
		console->node =
			(size_t)axis
				.who[1 + console_moved(position(console, &axis), move, visible(area), total)];
}

bool network_list_click(struct console *console, struct area area, size_t first, bool alone, int row)
{
	struct axis axis;
	struct area table = alone ? divide(area).table : area;
	int at = row - table.row - 1;
	axis_make(&axis, console->view);
	if (at < 0 || at >= table.rows - 1 || first + (size_t)at + 1 >= axis.count)
		return false;
	console->node = (size_t)axis.who[first + (size_t)at + 1];
	return true;
}
