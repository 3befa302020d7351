/*
 * screen_heat.c: the heatmap over the whole body, with a row about the node under the cursor.
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <stdio.h>

#include "tui/heat.h"
#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/panels.h"

static struct area map_area(const struct console *console)
{
	struct area body = console_body(console);
	body.rows -= body.rows > 4 ? 1 : 0;
	return body;
}

/* What is known of the node under the cursor, in words. */
static void draw_selected(const struct console *console, const struct paint *paint, int row)
{
	const struct view_node *node = console_node(console);
	char text[64], number[32];
	if (node == NULL)
		return;
	struct line line = line_begin(paint, row, 1, console->columns - 2);
	line_add(&line, ROLE_STRONG, "%s", node->name);
	line_add(&line, ROLE_DIM, "zone %s", node->zone);
	line_add(&line, panel_node_role(node->state), "%s %s", paint->glyphs->node[node->state],
		node_state_name(node->state));
	for (int metric = 0; metric < HISTORY_METRICS; metric++) {
		double value = history_value(console->history, node->name, (enum history_metric)metric, 0);
		if (metric == HISTORY_FILL)
			value = panel_node_fill(node);
		if (value < 0 || (metric >= HISTORY_ERRORS && value == 0))
			continue;
		heat_value_text(text, sizeof(text), (enum history_metric)metric, value);
		line_add(&line, ROLE_TEXT, "%s %s", heat_metric_name((enum history_metric)metric), text);
	}
	line_add(&line, ROLE_DIM, "%s chunks", paint_number(number, sizeof(number), node->chunks));
}

static void heat_draw(const struct console *console, const struct paint *paint)
{
	struct area body = console_body(console), map = map_area(console);
	panel_heat(paint, map, console);
	if (map.rows < body.rows)
		draw_selected(console, paint, body.row + body.rows - 1);
}

static struct heat_grid grid_of(const struct console *console)
{
	struct area map = map_area(console);
	return heat_grid_make(console->view, map.rows - 1, map.columns);
}

static void move_in_grid(struct console *console, enum move move)
{
	const struct view *view = console->view;
	struct heat_grid grid = grid_of(console);
	struct heat_place places[STORE_NODES_MAX];
	size_t found = view->node_count;
	heat_grid_places(&grid, view, places);
	int row = places[console->node].row, column = places[console->node].column;
	switch (move) {
	case MOVE_UP:
	case MOVE_DOWN:
		found = heat_grid_find(&grid, view, row + (move == MOVE_DOWN ? 1 : -1), column);
		break;
	case MOVE_LEFT:
		found = column > 0 ? heat_grid_find(&grid, view, row, column - 1)
				   : heat_grid_find(&grid, view, row - 1, grid.per_row - 1);
		break;
	case MOVE_RIGHT: {
		size_t next = heat_grid_find(&grid, view, row, column + 1);
		found = next != console->node ? next : heat_grid_find(&grid, view, row + 1, 0);
		break;
	}
	case MOVE_PAGE_UP:
		found = heat_grid_find(&grid, view, row > grid.shown ? row - grid.shown : 0, column);
		break;
	case MOVE_PAGE_DOWN:
		found = heat_grid_find(
			&grid, view, row + grid.shown < grid.rows ? row + grid.shown : grid.rows - 1, column);
		break;
	case MOVE_FIRST:
		found = heat_grid_find(&grid, view, 0, 0);
		break;
	case MOVE_LAST:
		found = heat_grid_find(&grid, view, grid.rows - 1, grid.per_row - 1);
		break;
	}
	if (found < view->node_count)
		console->node = found;
}

static void heat_move(struct console *console, enum move move)
{
	int rows = map_area(console).rows - 2;
	if (console->view->node_count == 0)
		return;
	if (console->heat_form == HEAT_GRID)
		move_in_grid(console, move);
	else
		console->node = console_moved(
			console->node, move, rows > 0 ? (size_t)rows : 1, console->view->node_count);
}

static void heat_settle(struct console *console)
{
	size_t total = console->view->node_count;
	if (console->node >= total)
		console->node = total > 0 ? total - 1 : 0;
}

static void act_open(struct console *console)
{
	if (console_node(console) != NULL)
		console_push(console, SCREEN_NODE);
}

static void heat_click(struct console *console, int row, int column, bool twice)
{
	struct area map = map_area(console);
	const struct view *view = console->view;
	size_t found = view->node_count;
	if (console->heat_form == HEAT_TIMELINE || row <= map.row || view->node_count == 0)
		return;
	struct heat_grid grid = grid_of(console);
	struct heat_place places[STORE_NODES_MAX];
	heat_grid_places(&grid, view, places);
	for (size_t i = 0; i < view->node_count; i++) {
		int top = map.row + 1 + places[i].row * grid.height + places[i].gap;
		if (row >= top && row < top + grid.height &&
			(column - grid.label) / grid.width == places[i].column)
			found = i;
	}
	if (found < view->node_count)
		console->node = found;
	if (twice)
		act_open(console);
}

void keys_act_form(struct console *console)
{
	console->heat_form = (console->heat_form + 1) % HEAT_FORMS;
}

void keys_act_metric(struct console *console)
{
	console->heat_metric = (console->heat_metric + 1) % HISTORY_METRICS;
}

static const struct key heat_keys[] = {
	{{'\n', '\r', KEY_ENTER}, "Enter", "node", "Shows all that is known about the selected node.", 3,
		false, false, act_open},
	HEAT_KEYS,
	{.act = NULL},
};

const struct screen_ops screen_heat = {
	.name = "Heat",
	.keys = heat_keys,
	.key_sets = KEYS_NODE | KEYS_MOVE | KEYS_TAB,
	.draw = heat_draw,
	.settle = heat_settle,
	.move = heat_move,
	.click = heat_click,
};
