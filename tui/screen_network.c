/*
 * screen_network.c: the links between the client and the nodes, and between the nodes.
 *
 * Where links between nodes are known, which is where a network is simulated, they are a matrix: a row for who asks, a
 * column for who answers (network_matrix.h). The cursor moves in two dimensions and a line below says its link in words.
 * Elsewhere only the client's links are known; they are a list (network_list.h).
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <string.h>

#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/network_list.h"
#include "tui/network_matrix.h"

struct network_state {
	struct matrix_cursor cursor;
	bool begun;   /* else the cursor is where it should begin */
	size_t first; /* in sight, of the list */
};

static struct network_state *network_state(const struct console *console)
{
	return console_state(console, SCREEN_NETWORK);
}

static void network_draw(const struct console *console, const struct paint *paint)
{
	if (network_is_simulated(console->view))
		matrix_draw(console, paint, &network_state(console)->cursor);
	else
		network_list_draw(console, paint, console_body(console), network_state(console)->first, true);
}

/* ---- moving ---- */

static void settle_matrix(struct console *console, struct network_state *state)
{
	const struct view *view = console->view;
	struct matrix matrix;
	if (!state->begun) {
		state->cursor.from = LINK_CLIENT;
		state->cursor.to = console->node < view->node_count ? (int)console->node : LINK_CLIENT;
		state->begun = true;
	}
	if (state->cursor.from >= (int)view->node_count)
		state->cursor.from = LINK_CLIENT;
	if (state->cursor.to >= (int)view->node_count)
		state->cursor.to = LINK_CLIENT;
	matrix_make(console, &state->cursor, &matrix);
	state->cursor.first_row = layout_scroll(
		state->cursor.first_row, matrix.row, network_rows(&matrix.layout), matrix.axis.count);
	state->cursor.first_column = layout_scroll(state->cursor.first_column, matrix.column,
		network_columns(&matrix.layout), matrix.axis.count);
}

static void network_settle(struct console *console)
{
	struct network_state *state = network_state(console);
	if (network_is_simulated(console->view))
		settle_matrix(console, state);
	else
		network_list_settle(console, console_body(console), &state->first);
}

/* The selected node is the one that answers, or else the one that asks. */
static void select_node(struct console *console, const struct network_state *state)
{
	if (state->cursor.to >= 0)
		console->node = (size_t)state->cursor.to;
	else if (state->cursor.from >= 0)
		console->node = (size_t)state->cursor.from;
}

static void move_matrix(struct console *console, struct network_state *state, enum move move)
{
	struct matrix matrix;
	matrix_make(console, &state->cursor, &matrix);
	size_t rows = network_rows(&matrix.layout);
	if (move == MOVE_LEFT || move == MOVE_RIGHT) {
		enum move along = move == MOVE_LEFT ? MOVE_UP : MOVE_DOWN;
		state->cursor.to = matrix.axis.who[console_moved(matrix.column, along, 1, matrix.axis.count)];
	} else {
		state->cursor.from =
			matrix.axis.who[console_moved(matrix.row, move, rows, matrix.axis.count)];
	}
	select_node(console, state);
}

static void network_move(struct console *console, enum move move)
{
	if (network_is_simulated(console->view))
		move_matrix(console, network_state(console), move);
	else
		network_list_move(console, console_body(console), move);
}

static int follow(const struct view *view, const struct view *old, int who)
{
	if (who < 0 || (size_t)who >= old->node_count)
		return LINK_CLIENT;
	const char *name = old->nodes[who].name;
	if ((size_t)who < view->node_count && strcmp(view->nodes[who].name, name) == 0)
		return who;
	for (size_t i = 0; i < view->node_count; i++)
		if (strcmp(view->nodes[i].name, name) == 0)
			return (int)i;
	return LINK_CLIENT;
}

static void network_show(struct console *console, const struct view *old)
{
	struct network_state *state = network_state(console);
	if (!state->begun)
		return;
	state->cursor.from = follow(console->view, old, state->cursor.from);
	state->cursor.to = follow(console->view, old, state->cursor.to);
}

static void click_matrix(struct console *console, struct network_state *state, int row, int column)
{
	struct matrix matrix;
	matrix_make(console, &state->cursor, &matrix);
	struct area cells = matrix.layout.cells;
	if (matrix.list.rows > 0 && row > matrix.list.row) {
		network_list_click(console, matrix.list, 0, false, row);
		state->cursor.from = LINK_CLIENT;
		state->cursor.to = (int)console->node;
		return;
	}
	if (row < cells.row || row >= cells.row + cells.rows || column < cells.column)
		return;
	size_t at_row = state->cursor.first_row + (size_t)(row - cells.row);
	size_t at_column =
		state->cursor.first_column + (size_t)((column - cells.column) / matrix.layout.cell_columns);
	if (at_row >= matrix.axis.count || at_column >= matrix.axis.count)
		return;
	state->cursor.from = matrix.axis.who[at_row];
	state->cursor.to = matrix.axis.who[at_column];
	select_node(console, state);
}

/* ---- keys ---- */

static void act_open(struct console *console)
{
	if (console_node(console) != NULL)
		console_push(console, SCREEN_NODE);
}

static void act_cells(struct console *console)
{
	struct network_state *state = network_state(console);
	state->cursor.cells = (state->cursor.cells + 1) % CELLS_KINDS;
}

static void act_turn(struct console *console)
{
	struct network_state *state = network_state(console);
	int from = state->cursor.from;
	state->cursor.from = state->cursor.to;
	state->cursor.to = from;
}

static void network_click(struct console *console, int row, int column, bool twice)
{
	struct network_state *state = network_state(console);
	if (network_is_simulated(console->view))
		click_matrix(console, state, row, column);
	else
		network_list_click(console, console_body(console), state->first, true, row);
	if (twice)
		act_open(console);
}

static const struct key network_keys[] = {
	{{'\n', '\r', KEY_ENTER}, "Enter", "open", "Opens the selected node: the one that answers.", 2, false,
		false, act_open},
	{{'z'}, "z", "cells", "Shows links as numbers, as cells, or as fits.", 5, false, false, act_cells},
	{{'t'}, "t", "turn", "Goes to the link of the other direction.", 6, false, false, act_turn},
	{.act = NULL},
};

const struct screen_ops screen_network = {
	.name = "Net",
	.state_size = sizeof(struct network_state),
	.keys = network_keys,
	.key_sets = KEYS_NODE | KEYS_MOVE | KEYS_TAB,
	.draw = network_draw,
	.settle = network_settle,
	.show = network_show,
	.move = network_move,
	.click = network_click,
};
