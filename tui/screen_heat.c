/*
 * screen_heat.c: the heatmap over the whole body, with a row about the node under the cursor.
 */
#define NCURSES_NOMACROS
#include <curses.h>

#include "tui/heat.h"
#include "tui/keys.h"
#include "tui/panels.h"

struct heat_state {
	struct heat_look look;
};

static struct heat_look *look_of(const struct console *console)
{
	struct heat_state *state = console_state(console, SCREEN_HEAT);
	return &state->look;
}

static struct area map_area(const struct console *console)
{
	struct area body = console_body(console);
	body.rows -= body.rows > 4 ? 1 : 0;
	return body;
}

/*
 * What is known of the node under the cursor, in words: first what the map shows, then what is not as it should be.
 */
static void draw_selected(const struct console *console, const struct paint *paint, int row)
{
	static const enum history_metric order[] = {
		HISTORY_ERRORS, HISTORY_AT_RISK, HISTORY_FILL, HISTORY_THROUGHPUT, HISTORY_LATENCY};
	const struct view_node *node = console_node(console);
	enum history_metric shown = look_of(console)->metric;
	char text[64], number[32];
	if (node == NULL)
		return;
	struct line line = line_begin(paint, row, 1, console->columns - 2);
	line_add(&line, ROLE_STRONG, "%s", node->name);
	line_add(&line, ROLE_DIM, "zone %s", node->zone);
	line_add(&line, panel_node_role(node->state), "%s %s", paint->glyphs->node[node->state],
		node_state_name(node->state));
	for (int i = -1; i < HISTORY_METRICS; i++) {
		enum history_metric metric = i < 0 ? shown : order[i];
		double value = heat_value_now(console->history, metric, node);
		bool wrong = metric == HISTORY_ERRORS || metric == HISTORY_AT_RISK;
		if ((i >= 0 && metric == shown) || value < 0 || (i >= 0 && wrong && value == 0))
			continue;
		heat_value_text(text, sizeof(text), metric, value);
		line_add(&line, wrong && value > 0 ? ROLE_DEGRADED : ROLE_TEXT, "%s %s",
			heat_metric_name(metric), text);
	}
	line_add(&line, ROLE_DIM, "%s chunks", paint_number(number, sizeof(number), node->chunks));
}

static void heat_draw(const struct console *console, const struct paint *paint)
{
	struct area body = console_body(console), map = map_area(console);
	panel_heat(paint, map, console, look_of(console));
	if (map.rows < body.rows)
		draw_selected(console, paint, body.row + body.rows - 1);
}

static struct heat_grid grid_of(const struct console *console)
{
	struct area map = map_area(console);
	return heat_grid_make(console->view, map.rows - 1, map.columns);
}

/* The node that a move leads to; `view->node_count` where it leads to none. */
static size_t find_in_grid(const struct console *console, const struct heat_grid *grid, enum move move)
{
	const struct view *view = console->view;
	struct heat_place places[STORE_NODES_MAX];
	heat_grid_places(grid, view, places);
	int row = places[console->node].row, column = places[console->node].column;
	size_t next;
	switch (move) {
	case MOVE_UP:
	case MOVE_DOWN:
		return heat_grid_find(grid, view, row + (move == MOVE_DOWN ? 1 : -1), column);
	case MOVE_LEFT:
		return column > 0 ? heat_grid_find(grid, view, row, column - 1)
				  : heat_grid_find(grid, view, row - 1, grid->per_row - 1);
	case MOVE_RIGHT:
		next = heat_grid_find(grid, view, row, column + 1);
		return next != console->node ? next : heat_grid_find(grid, view, row + 1, 0);
	case MOVE_PAGE_UP:
		return heat_grid_find(grid, view, row > grid->shown ? row - grid->shown : 0, column);
	case MOVE_PAGE_DOWN:
		return heat_grid_find(grid, view,
			row + grid->shown < grid->rows ? row + grid->shown : grid->rows - 1, column);
	case MOVE_FIRST:
		return heat_grid_find(grid, view, 0, 0);
	case MOVE_LAST:
		return heat_grid_find(grid, view, grid->rows - 1, grid->per_row - 1);
	}
	return view->node_count;
}

static void move_in_grid(struct console *console, enum move move)
{
	struct heat_grid grid = grid_of(console);
	size_t found = find_in_grid(console, &grid, move);
	if (found < console->view->node_count)
		console->node = found;
}

static void heat_move(struct console *console, enum move move)
{
	size_t count = console->view->node_count;
	if (count == 0)
		return;
	if (look_of(console)->form == HEAT_GRID) {
		move_in_grid(console, move);
	} else {
		struct heat_rows rows = heat_rows_make(count, console->node, map_area(console).rows - 1);
		console->node = console_moved(console->node, move, rows.shown, count);
	}
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
	size_t found = panel_heat_find(map_area(console), console, look_of(console), row, column);
	if (found == console->view->node_count)
		return;
	console->node = found;
	if (twice)
		act_open(console);
}

static void act_form(struct console *console)
{
	heat_next_form(look_of(console));
}

static void act_metric(struct console *console)
{
	heat_next_metric(look_of(console));
}

static const struct key heat_keys[] = {
	{{'\n', '\r', KEY_ENTER}, "Enter", "node", "Shows all that is known about the selected node.", 3,
		false, false, act_open},
	HEAT_KEYS(1, act_form, act_metric),
	{.act = NULL},
};

const struct screen_ops screen_heat = {
	.name = "Heat",
	.state_size = sizeof(struct heat_state),
	.keys = heat_keys,
	.key_sets = KEYS_NODE | KEYS_MOVE | KEYS_TAB,
	.draw = heat_draw,
	.settle = heat_settle,
	.move = heat_move,
	.click = heat_click,
};
