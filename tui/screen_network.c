/*
 * screen_network.c: the links between the client and the nodes, and between the nodes.
 *
 * In a store that is for rehearsal a network can be simulated, and links are a matrix: a row for who asks, a column
 * for who answers (network_matrix.h). The cursor moves in two dimensions, lines below say its link in words, and
 * keys change links (network_keys.h). Elsewhere only the client's links are known; they are a list
 * (network_list.h).
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <stdio.h>
#include <string.h>

#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/network_keys.h"
#include "tui/network_list.h"
#include "tui/network_matrix.h"
#include "tui/node_page.h"

enum { NAME_BYTES = 256 };

struct network_state {
	struct link_cursor cursor;
	bool begun;                            /* else the cursor is where it should begin */
	size_t first;                          /* in sight, of the list */
	char from[NAME_BYTES], to[NAME_BYTES]; /* of the link whose values are typed */
};

static struct network_state *network_state(const struct console *console)
{
	return console_state(console, SCREEN_NETWORK);
}

static void network_draw(const struct console *console, const struct paint *paint)
{
	if (network_is_simulated(console->view))
		link_matrix_draw(console, paint, &network_state(console)->cursor);
	else
		network_list_draw(console, paint, console_body(console), network_state(console)->first, true);
}

/* ---- moving ---- */

/* The place in the view of the node that is selected by the cursor: who answers, or else who asks; negative: none. */
static int selected_by(const struct link_cursor *cursor)
{
	return cursor->to >= 0 ? cursor->to : cursor->from;
}

static void settle_matrix(struct console *console, struct network_state *state)
{
	const struct view *view = console->view;
	struct link_matrix matrix;
	if (!state->begun) {
		state->cursor.from = LINK_CLIENT;
		state->cursor.to = console->node < view->node_count ? (int)console->node : LINK_CLIENT;
		state->begun = true;
	}
	/* Another node may have been selected on another screen. */
	if (selected_by(&state->cursor) >= 0 && console->node < view->node_count &&
		selected_by(&state->cursor) != (int)console->node)
		state->cursor.to = (int)console->node;
	if (state->cursor.from >= (int)view->node_count)
		state->cursor.from = LINK_CLIENT;
	if (state->cursor.to >= (int)view->node_count)
		state->cursor.to = LINK_CLIENT;
	link_matrix_make(console, &state->cursor, &matrix);
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

static void select_node(struct console *console, const struct network_state *state)
{
	if (selected_by(&state->cursor) >= 0)
		console->node = (size_t)selected_by(&state->cursor);
}

static void move_matrix(struct console *console, struct network_state *state, enum move move)
{
	struct link_matrix matrix;
	link_matrix_make(console, &state->cursor, &matrix);
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

/* Whether a link, or a node, lies there. */
static bool click_matrix(struct console *console, struct network_state *state, int row, int column)
{
	struct link_matrix matrix;
	link_matrix_make(console, &state->cursor, &matrix);
	struct area cells = matrix.layout.cells;
	if (matrix.list.rows > 0 && row > matrix.list.row) {
		if (!network_list_click(console, matrix.list, 0, false, row))
			return false;
		state->cursor.from = LINK_CLIENT;
		state->cursor.to = (int)console->node;
		return true;
	}
	if (row < cells.row || row >= cells.row + cells.rows || column < cells.column)
		return false;
	size_t at_row = state->cursor.first_row + (size_t)(row - cells.row);
	size_t at_column =
		state->cursor.first_column + (size_t)((column - cells.column) / matrix.layout.cell_columns);
	if (at_row >= matrix.axis.count || at_column >= matrix.axis.count)
		return false;
	state->cursor.from = matrix.axis.who[at_row];
	state->cursor.to = matrix.axis.who[at_column];
	select_node(console, state);
	return true;
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
	select_node(console, state);
}

static void act_metric(struct console *console)
{
	struct network_state *state = network_state(console);
	state->cursor.metric = (state->cursor.metric + 1) % LINK_METRICS;
}

static void act_mark(struct console *console)
{
	const struct network_state *state = network_state(console);
	const struct view_node *node = console_node(console);
	bool matrix = network_is_simulated(console->view);
	if (node == NULL || (matrix && selected_by(&state->cursor) < 0))
		return;
	nodes_mark(console, node->name);
	/* To the next one: the node is a column, unless that is the client's. */
	network_move(console, matrix && state->cursor.to >= 0 ? MOVE_RIGHT : MOVE_DOWN);
}

static void act_mark_all(struct console *console)
{
	for (size_t i = 0; i < console->view->node_count; i++)
		if (!marks_has(&console->marks, console->view->nodes[i].name))
			nodes_mark(console, console->view->nodes[i].name);
}

static void act_unmark(struct console *console)
{
	marks_clear(&console->marks);
}

static void values_done(struct console *console, const char *text)
{
	const struct network_state *state = network_state(console);
	const char *all[WORDS_LIMIT + 1] = {"net", "set", state->from, state->to};
	enum { BEFORE = 4 };
	struct words words;
	if (text == NULL)
		return;
	bool few = words_split(text, &words) && words.count <= WORDS_LIMIT - BEFORE;
	if (!few || words.open)
		console_message(console, true, "%s",
			few ? "A quote is not closed, or a backslash ends the line."
			    : "That line has too many words.");
	else if (words.count > 0) {
		memcpy(all + BEFORE, words.words, words.count * sizeof(words.words[0]));
		console_run(console, all);
	}
	words_free(&words);
}

static void act_values(struct console *console)
{
	struct network_state *state = network_state(console);
	const struct view *view = console->view;
	int from = state->cursor.from, to = state->cursor.to;
	static const struct link_settings nothing;
	char label[64], text[LINK_SENTENCE_BYTES];
	if (from == to) {
		console_message(console, true, "A link has two ends; go to a cell beside the diagonal.");
		return;
	}
	const struct view_link *link = network_link(view, from, to);
	snprintf(state->from, sizeof(state->from), "%s", axis_name(view, from));
	snprintf(state->to, sizeof(state->to), "%s", axis_name(view, to));
	snprintf(label, sizeof(label), "%.24s, %.24s, both ways: ", state->from, state->to);
	link_settings_words(text, link != NULL ? &link->simulated : &nothing);
	console_prompt(console, &(struct prompt){.label = label, .text = text, .done = values_done});
}

static void act_presets(struct console *console)
{
	console_push(console, SCREEN_PRESETS);
}

static void network_click(struct console *console, int row, int column, bool twice)
{
	struct network_state *state = network_state(console);
	bool chosen = network_is_simulated(console->view)
			      ? click_matrix(console, state, row, column)
			      : network_list_click(console, console_body(console), state->first, true, row);
	if (twice && chosen)
		act_open(console);
}

static const struct key network_keys[] = {
	{{'\n', '\r', KEY_ENTER}, "Enter", "open", "Opens the selected node: the one that answers.", 4, false,
		false, act_open},
	{{' '}, "Space", "mark", "Marks the selected node, or no longer, and moves on.", 1, false, false,
		act_mark},
	{{'a'}, "a", NULL, "Marks all nodes.", RANK_HELP_ONLY, false, false, act_mark_all},
	{{'u'}, "u", NULL, "Marks none.", RANK_HELP_ONLY, false, false, act_unmark},
	{{'p'}, "p", "cut off",
		"Cuts the marked nodes, or the selected one, off from everybody; asks first. "
		"Once more: connects them again.",
		1, true, true, network_cut_off},
	{{'H'}, "H", "heal all", "Makes all links as good as new.", 2, true, true, network_heal},
	{{'P'}, "P", "presets", "Makes links like a LAN, a WAN, flaky Wi-Fi, or one slow disk.", 2, true,
		true, act_presets},
	{{'v'}, "v", "values", "Sets latency, jitter, bandwidth or loss of the link under the cursor.", 2,
		true, true, act_values},
	{{'m'}, "m", "metric", "Shows another metric: latency, loss, bandwidth.", 5, false, false,
		act_metric},
	{{'z'}, "z", "cells", "Shows links as numbers, as cells, or as fits.", 6, false, false, act_cells},
	{{'t'}, "t", "turn", "Goes to the link of the other direction.", 7, false, false, act_turn},
	{.act = NULL},
};

const struct screen_ops screen_network = {
	.name = "Net",
	.state_size = sizeof(struct network_state),
	.keys = network_keys,
	.key_sets = KEYS_NODE | KEYS_MOVE | KEYS_STORE | KEYS_CHANGE | KEYS_QUIT,
	.draw = network_draw,
	.settle = network_settle,
	.show = network_show,
	.move = network_move,
	.click = network_click,
};
