/*
 * panel_heat.c: all nodes at a glance, as a grid of cells or as rows of time.
 *
 * Where cells and rows are is for heat.c to say. A cell has its heat at the left and words beside it; a card, which
 * is a high one, has the course of its node below the words.
 *
 * How hot a cell is, is told by colour and by shape; the legend in the title says what the hottest means. A node
 * that does not answer has no heat but the symbol of its state.
 */
#include <stdio.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/heat.h"
#include "tui/layout.h"
#include "tui/panels.h"
#include "tui/screen.h"

enum {
	NAME_MOST = 16,
	ZONE_MOST = 6,
	VALUE = 12,
	LEGEND = 8,
	SMALL = 8,         /* a cell of fewer columns has no words */
	WORDS = 4,         /* rows of words in a cell, and … */
	COURSE_LEAST = 2,  /* … a course of so many rows, one row further below */
	COURSE_STEPS = 60, /* of the time that a grid takes into account */
};

/* What all cells share. */
struct scale {
	enum history_metric metric;
	double most;  /* what the hottest cell means */
	double value; /* of the cell at hand */
};

static struct scale scale_of(const struct console *console, enum history_metric metric, size_t steps)
{
	double largest = history_largest(console->history, metric, steps);
	for (size_t i = 0; metric == HISTORY_AT_RISK && i < console->view->node_count; i++)
		if ((double)console->view->nodes[i].at_risk > largest)
			largest = (double)console->view->nodes[i].at_risk;
	return (struct scale){.metric = metric, .most = heat_scale(metric, largest)};
}

/* ---- title and legend ---- */

static void draw_title(const struct paint *paint, struct area area, const struct scale *scale)
{
	char title[96], least[32], most[32];
	bool chunks = scale->metric == HISTORY_AT_RISK;
	snprintf(title, sizeof(title), "%s %s the nodes", heat_metric_name(scale->metric),
		chunks ? "on" : "of");
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

/* The columns that any value of a metric may take. */
static int value_width(enum history_metric metric)
{
	static const int widths[HISTORY_METRICS] = {[HISTORY_FILL] = 5,
		[HISTORY_THROUGHPUT] = 12,
		[HISTORY_LATENCY] = 8,
		[HISTORY_ERRORS] = 5,
		[HISTORY_AT_RISK] = 7};
	return widths[metric];
}

/* How many columns of a cell are for its heat; large ones have a text beside it. */
static int block_of(int columns)
{
	return columns >= 26   ? 8
	       : columns >= 15 ? 4
	       : columns >= 8  ? 2
	       : columns >= 3  ? columns - 1
			       : columns;
}

static int longest_name(const struct view *view)
{
	int longest = 6;
	for (size_t i = 0; i < view->node_count; i++) {
		int width = cells_width(view->nodes[i].name, NAME_MOST);
		longest = width > longest ? width : longest;
	}
	return longest < NAME_MOST ? longest : NAME_MOST;
}

/* What stands beside the heat: the value, or why there is none. */
static void value_words(char *out, size_t size, const struct scale *scale, const struct view_node *node)
{
	const char *state = node_state_name(node->state);
	if (view_node_answers(node))
		heat_value_text(out, size, scale->metric, scale->value);
	else if (scale->value < 0)
		snprintf(out, size, "%s", state);
	else
		snprintf(out, size, "%s, %.0f", state, scale->value);
}

/* The name, then as many facts as there are rows; or name and value in one row. */
static void draw_words(const struct paint *paint, struct area area, const struct scale *scale, int name,
	const struct view_node *node, bool selected)
{
	char text[48], number[32];
	bool away = !view_node_answers(node);
	enum role role = away ? panel_node_role(node->state) : ROLE_TEXT;
	int used = paint_text(
		paint, area.row, area.column, area.columns, selected ? ROLE_SELECTED : ROLE_TEXT, node->name);
	value_words(text, sizeof(text), scale, node);
	/* Values stand below each other right behind the names, where there is room for all of them. */
	int width = name + 1 + value_width(scale->metric), room = away ? area.columns : width;
	if (area.rows > 1)
		paint_text(paint, area.row + 1, area.column, area.columns, role, text);
	else if (room <= area.columns && used + 1 + (int)strlen(text) <= room)
		paint_right(paint, area.row, area.column + used + 1,
			(width < area.columns ? width : area.columns) - used - 1, away ? role : ROLE_DIM,
			text);
	if (area.rows > 2)
		paint_format(paint, area.row + 2, area.column, area.columns, ROLE_DIM, "%s chunk%s",
			paint_number(number, sizeof(number), node->chunks), node->chunks == 1 ? "" : "s");
	if (area.rows > 3 && away)
		paint_text(paint, area.row + 3, area.column, area.columns, role, node->cause);
	else if (area.rows > 3)
		paint_format(paint, area.row + 3, area.column, area.columns, panel_node_role(node->state),
			"%s %s", paint->glyphs->node[node->state], node_state_name(node->state));
}

/* The newest steps, of which the last stands at the right. */
static void draw_course(const struct console *console, const struct paint *paint, struct area area,
	const struct scale *scale, const struct view_node *node, int most_steps)
{
	double values[HISTORY_STEPS];
	int steps = area.columns < most_steps ? area.columns : most_steps;
	if (steps < 1)
		return;
	history_node_series(console->history, node->name, scale->metric, values, (size_t)steps);
	for (int i = 0; i < steps; i++)
		if (values[i] >= 0)
			paint_heat_column(paint, area.row, area.column + area.columns - steps + i, area.rows,
				values[i] / scale->most, 0);
}

static void draw_cell(const struct console *console, const struct paint *paint, struct area cell,
	struct scale scale, int name, const struct view_node *node)
{
	bool small = cell.columns < SMALL, selected = node == console_node(console);
	unsigned flags = selected && small ? STYLE_BADGE : 0;
	int block = block_of(cell.columns), rows = cell.rows > 2 ? cell.rows - 1 : cell.rows;
	scale.value = heat_value_now(console->history, scale.metric, node);
	for (int i = 0; scale.value >= 0 && i < block; i++)
		paint_heat_column(paint, cell.row, cell.column + i, rows, scale.value / scale.most, flags);
	if (!view_node_answers(node))
		paint_text(paint, cell.row + rows - 1, cell.column, 1, panel_node_role(node->state) | flags,
			paint->glyphs->node[node->state]);
	if (small)
		return;
	struct area words = {cell.row, cell.column + block + 1, rows, cell.columns - block - 2};
	if (rows >= WORDS + 1 + COURSE_LEAST) {
		int columns = words.columns - 1 < COURSE_STEPS ? words.columns - 1 : COURSE_STEPS;
		draw_course(console, paint,
			(struct area){words.row + WORDS + 1, words.column, rows - WORDS - 1, columns}, &scale,
			node, COURSE_STEPS);
	}
	draw_words(paint, words, &scale, name, node, selected);
}

/* What is where in a grid that may be scrolled. */
struct grid_view {
	struct heat_grid grid;
	struct heat_place places[STORE_NODES_MAX];
	int first; /* row of cells */
};

static void lay_grid(struct grid_view *laid, const struct console *console, struct area area)
{
	const struct view *view = console->view;
	laid->grid = heat_grid_make(view, area.rows, area.columns);
	heat_grid_places(&laid->grid, view, laid->places);
	int selected = console->node < view->node_count ? laid->places[console->node].row : 0;
	laid->first =
		(int)layout_scroll(0, (size_t)selected, (size_t)laid->grid.shown, (size_t)laid->grid.rows);
}

/* False: it is not in sight. */
static bool cell_of(const struct grid_view *laid, struct area area, size_t node, struct area *cell)
{
	const struct heat_place *place = &laid->places[node];
	const struct heat_grid *grid = &laid->grid;
	int top = area.row + (place->row - laid->first) * grid->height + place->gap;
	*cell = (struct area){
		top, area.column + grid->label + place->column * grid->width, grid->height, grid->width};
	return place->row >= laid->first && top + grid->height <= area.row + area.rows;
}

static void draw_grid(
	const struct console *console, const struct paint *paint, struct area area, const struct scale *scale)
{
	const struct view *view = console->view;
	struct grid_view laid;
	struct area cell;
	lay_grid(&laid, console, area);
	int name = longest_name(view);
	for (size_t i = 0; i < view->node_count; i++) {
		const struct heat_place *place = &laid.places[i];
		if (!cell_of(&laid, area, i, &cell))
			continue;
		draw_cell(console, paint, cell, *scale, name, &view->nodes[i]);
		if (laid.grid.label > 0 && place->column == 0 && (place->first || place->row == laid.first))
			paint_text(paint, cell.row, area.column + 1, laid.grid.label - 2, ROLE_DIM,
				view->nodes[i].zone);
	}
}

/* ---- the timeline ---- */

static void draw_axis(const struct paint *paint, int row, int column, int columns)
{
	char text[32];
	int steps = columns < HISTORY_STEPS ? columns : HISTORY_STEPS;
	text_duration(text, sizeof(text), (int64_t)steps * HISTORY_STEP_MS);
	paint_format(paint, row, column + columns - steps, steps / 2, ROLE_DIM, "%s ago", text);
	paint_right(paint, row, column + columns - 3, 3, ROLE_DIM, "now");
}

/* The columns of a timeline. */
struct slots {
	int name, zone;     /* how wide */
	int begin, columns; /* of the time */
};

static struct slots slots_of(const struct view *view, struct area area)
{
	struct slots slots = {.name = longest_name(view), .zone = 1};
	for (size_t i = 0; i < view->node_count; i++) {
		int width = cells_width(view->nodes[i].zone, ZONE_MOST);
		slots.zone = width > slots.zone ? width : slots.zone;
	}
	slots.zone = slots.zone < ZONE_MOST ? slots.zone : ZONE_MOST;
	slots.begin = area.column + 2 + slots.name + 1 + slots.zone + 1;
	slots.columns = area.column + area.columns - 1 - VALUE - slots.begin;
	return slots;
}

static void draw_timeline(
	const struct console *console, const struct paint *paint, struct area area, const struct scale *scale)
{
	const struct view *view = console->view;
	struct slots slots = slots_of(view, area);
	struct heat_rows rows = heat_rows_make(view->node_count, console->node, area.rows);
	char text[32];
	for (size_t i = 0; i < rows.shown; i++) {
		const struct view_node *node = &view->nodes[rows.first + i];
		int top = area.row + (int)i * rows.height, row = top + rows.bar - 1;
		bool selected = rows.first + i == console->node;
		if (selected)
			paint_text(paint, row, area.column, 1, ROLE_ACCENT, paint->glyphs->marker);
		paint_text(paint, row, area.column + 2, slots.name, selected ? ROLE_STRONG : ROLE_TEXT,
			node->name);
		paint_text(paint, row, area.column + 3 + slots.name, slots.zone, ROLE_DIM, node->zone);
		draw_course(console, paint, (struct area){top, slots.begin, rows.bar, slots.columns}, scale,
			node, HISTORY_STEPS);
		double value = heat_value_now(console->history, scale->metric, node);
		heat_value_text(text, sizeof(text), scale->metric, value);
		bool away = !view_node_answers(node);
		paint_right(paint, row, slots.begin + slots.columns, VALUE,
			away ? panel_node_role(node->state) : ROLE_TEXT,
			away ? node_state_name(node->state) : text);
	}
	if (rows.axis)
		draw_axis(paint, area.row + ((int)rows.shown - 1) * rows.height + rows.bar, slots.begin,
			slots.columns);
	paint_scroll(paint, (struct area){area.row, area.column, area.rows - rows.axis, area.columns},
		rows.first, rows.shown, view->node_count);
}

/* ---- the panel ---- */

void panel_heat(const struct paint *paint, struct area area, const struct console *console,
	const struct heat_look *look)
{
	if (area.rows < 2)
		return;
	bool grid = look->form == HEAT_GRID;
	struct scale scale = scale_of(console, look->metric, grid ? COURSE_STEPS : (size_t)area.columns);
	draw_title(paint, area, &scale);
	area.row++;
	area.rows--;
	if (console->view->node_count == 0)
		paint_text(paint, area.row, area.column + 2, area.columns - 2, ROLE_DIM, "No nodes.");
	else if (grid)
		draw_grid(console, paint, area, &scale);
	else
		draw_timeline(console, paint, area, &scale);
}

size_t panel_heat_find(
	struct area area, const struct console *console, const struct heat_look *look, int row, int column)
{
	size_t count = console->view->node_count;
	area.row++;
	area.rows--;
	if (count == 0 || !area_has(area, row, column))
		return count;
	if (look->form == HEAT_TIMELINE) {
		struct heat_rows rows = heat_rows_make(count, console->node, area.rows);
		size_t at = (size_t)((row - area.row) / rows.height);
		return at < rows.shown ? rows.first + at : count;
	}
	struct grid_view laid;
	struct area cell;
	lay_grid(&laid, console, area);
	for (size_t i = 0; i < count; i++)
		if (cell_of(&laid, area, i, &cell) && area_has(cell, row, column))
			return i;
	return count;
}
