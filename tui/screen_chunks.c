/*
 * screen_chunks.c: where the chunks are. One page compares the nodes, another the pairs of nodes.
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/chunks_layout.h"
#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/panel_bars.h"
#include "tui/panel_copies.h"
#include "tui/panel_matrix.h"
#include "tui/panels.h"

enum {
	TEXT_BYTES = 1024,
	FAILURE_BYTES = 512,
	WIDE_COLUMNS = 130,
	SIDE_COLUMNS = 76,
	SIDE_GAP = 3,
	PAIRS_FROM = 4
};

static const char pairs_title[] = "Chunks that two nodes share";

struct chunks_state {
	enum bars bars;
	size_t node_first;

	bool matrix; /* the page with the pairs */
	uint64_t ticket;
	const struct answer *answer; /* about pairs, the newest good one; may be NULL */
	const struct view *judged;   /* the view whose zones `pairs` knows; only compared */
	struct pairs pairs;
	struct pair_cursor cursor;
	char failure[FAILURE_BYTES];
};

/* ---- where things are ---- */

static size_t pair_nodes(const struct chunks_state *state)
{
	return state->answer != NULL ? state->answer->pairs.count : 0;
}

static size_t visible_nodes(const struct console *console)
{
	struct chunks_layout layout = chunks_layout(console_body(console), console->view);
	return layout.bars.rows > 1 ? (size_t)layout.bars.rows - 1 : 1;
}

static struct pair_matrix arrange(const struct console *console, const struct chunks_state *state)
{
	struct area area = pairs_layout(console_body(console), pair_nodes(state)).matrix;
	area.row++;
	area.rows--;
	return pair_matrix_arrange(area, state->answer);
}

/* ---- sentences ---- */

/* "12 % above". */
static char *off_words(char *out, size_t size, double off)
{
	snprintf(out, size, "%.0f %% %s", 100 * fabs(off), off < 0 ? "below" : "above");
	return out;
}

static char *mean_words(char *out, size_t size, double mean, enum bars bars)
{
	char bytes[16];
	if (bars == BARS_CHUNKS)
		snprintf(out, size, "%.1f chunks", mean);
	else if (bars == BARS_BYTES)
		snprintf(out, size, "%s", text_bytes(bytes, sizeof(bytes), (uint64_t)mean));
	else
		snprintf(out, size, "%.2f %% of capacity", 100 * mean);
	return out;
}

/* How even the pairs are; "" while it is not known. In short: without names. */
static char *pairs_words(char *out, size_t size, const struct chunks_state *state, bool brief)
{
	const struct pairs *pairs = &state->pairs;
	char off[48];
	out[0] = '\0';
	if (state->answer == NULL || pairs->counted == 0 || pairs->mean <= 0)
		return out;
	off_words(off, sizeof(off), pairs->off);
	if (brief) {
		snprintf(out, size, "Furthest off the mean: %s.", off);
		return out;
	}
	snprintf(out, size, "%s share %.1f chunks on average; the furthest from it, %s and %s, %s.",
		pairs->crossing ? "Pairs of nodes in different zones" : "Pairs of nodes", pairs->mean,
		state->answer->pairs.nodes[pairs->worst_a], state->answer->pairs.nodes[pairs->worst_b], off);
	return out;
}

static char *nodes_words(
	char *out, size_t size, const struct console *console, const struct chunks_state *state, bool brief)
{
	const struct view *view = console->view;
	struct bars_summary summary = bars_summarise(view, state->bars);
	char mean[64], most[48], least[48];
	out[0] = '\0';
	if (summary.nodes == 0 || summary.mean <= 0) {
		snprintf(out, size, "No node in service holds anything.");
		return out;
	}
	const struct view_node *fullest = &view->nodes[summary.fullest];
	const struct view_node *emptiest = &view->nodes[summary.emptiest];
	off_words(most, sizeof(most), bars_off(bars_value(fullest, state->bars), summary.mean));
	off_words(least, sizeof(least), bars_off(bars_value(emptiest, state->bars), summary.mean));
	mean_words(mean, sizeof(mean), summary.mean, state->bars);
	if (brief)
		snprintf(out, size, "%s, %s the mean.", most, least);
	else
		snprintf(out, size, "Mean %s: %s is %s, %s %s.", mean, fullest->name, most, emptiest->name,
			least);
	if (!brief && state->answer != NULL && state->pairs.mean > 0)
		snprintf(out + strlen(out), size - strlen(out),
			" The least even pair of nodes is %s the mean pair.",
			off_words(most, sizeof(most), state->pairs.off));
	return out;
}

static bool fits(const char *text, struct area area)
{
	return area.columns > 0 && cells_wrap_rows(text, area.columns, area.columns) <= area.rows;
}

/* ---- drawing ---- */

/* All pairs at a glance, where there is room for all. */
static void draw_preview(const struct paint *paint, struct area area, const struct chunks_state *state)
{
	struct area inside = {area.row + 1, area.column, area.rows - 1, area.columns};
	struct pair_matrix matrix = pair_matrix_arrange(inside, state->answer);
	if (matrix.rows < state->answer->pairs.count || matrix.columns < state->answer->pairs.count)
		return;
	paint_title(paint, area, pairs_title);
	panel_matrix(paint, &matrix, state->answer, &state->pairs, NULL);
}

static void draw_bars(
	const struct console *console, const struct paint *paint, const struct chunks_state *state)
{
	char text[TEXT_BYTES];
	struct chunks_layout layout = chunks_layout(console_body(console), console->view);
	struct area summary = layout.summary;
	summary.column++;
	summary.columns -= 2;
	for (int brief = 0; brief < 2; brief++) {
		nodes_words(text, sizeof(text), console, state, brief != 0);
		if (fits(text, summary))
			break;
	}
	paint_wrapped(paint, summary, 0, ROLE_TEXT, text);
	panel_bars(paint, layout.bars, console->view, state->bars, console->node, state->node_first);
	panel_copies(paint, layout.copies, console->view);
	panel_zones(paint, layout.zones, console->view);
	if (layout.pairs.rows > 0 && state->answer != NULL)
		draw_preview(paint, layout.pairs, state);
}

static void draw_matrix(
	const struct console *console, const struct paint *paint, const struct chunks_state *state)
{
	char text[TEXT_BYTES];
	struct pairs_layout layout = pairs_layout(console_body(console), pair_nodes(state));
	struct area summary = {layout.summary.row, layout.summary.column + 1, layout.summary.rows,
		layout.summary.columns - 2};
	const struct answer *answer = state->answer;
	bool failed = state->failure[0] != '\0';
	if (answer == NULL || answer->pairs.count == 0 || failed)
		paint_wrapped(paint, summary, 0, failed ? ROLE_CRITICAL : ROLE_DIM,
			failed           ? state->failure
			: answer == NULL ? "Looking at the pairs of nodes."
					 : "No nodes.");
	else
		paint_wrapped(paint, summary, 0, ROLE_TEXT,
			fits(pairs_words(text, sizeof(text), state, false), summary)
				? text
				: pairs_words(text, sizeof(text), state, true));
	if (layout.matrix.rows < 1)
		return;
	paint_title(paint, layout.matrix, pairs_title);
	if (answer == NULL || answer->pairs.count == 0)
		return;
	struct pair_matrix matrix = arrange(console, state);
	if (layout.matrix.rows > 2)
		panel_matrix(paint, &matrix, answer, &state->pairs, &state->cursor);
	if (layout.words.rows > 0)
		paint_text(paint, layout.words.row, layout.words.column + 1, layout.words.columns - 2,
			ROLE_STRONG,
			pair_matrix_words(text, sizeof(text), answer, &state->pairs, &state->cursor));
	if (layout.legend.rows > 0)
		pair_matrix_legend(paint, layout.legend);
}

static void chunks_draw(const struct console *console, const struct paint *paint)
{
	const struct chunks_state *state = console_state(console, SCREEN_CHUNKS);
	if (state->matrix)
		draw_matrix(console, paint, state);
	else
		draw_bars(console, paint, state);
}

/* ---- answers, cursors ---- */

static size_t find_name(const struct answer *answer, const char *name)
{
	size_t at = 0;
	while (at < answer->pairs.count && strcmp(answer->pairs.nodes[at], name) != 0)
		at++;
	return at;
}

/* The cursor stays on its pair, by the names of the nodes. */
static void follow_pair(struct chunks_state *state, const struct answer *next)
{
	const struct answer *old = state->answer;
	struct pair_cursor *cursor = &state->cursor;
	if (old == NULL || cursor->row >= old->pairs.count || cursor->column >= old->pairs.count)
		return;
	size_t row = find_name(next, old->pairs.nodes[cursor->row]);
	size_t column = find_name(next, old->pairs.nodes[cursor->column]);
	cursor->row = row < next->pairs.count ? row : cursor->row;
	cursor->column = column < next->pairs.count ? column : cursor->column;
}

static void take_answer(struct chunks_state *state, const struct console *console)
{
	const struct answer *answer = console_answer(console, QUESTION_PAIRS, state->ticket);
	bool other = answer != NULL && answer != state->answer;
	if (other)
		snprintf(state->failure, sizeof(state->failure), "%s",
			answer->failure != NULL ? answer->failure : "");
	if (other && answer->failure == NULL) {
		follow_pair(state, answer);
		answer_unref(state->answer);
		state->answer = answer_ref(answer);
		state->judged = NULL;
	}
	if (state->answer != NULL && state->judged != console->view) {
		pairs_judge(&state->pairs, state->answer, console->view);
		state->judged = console->view;
	}
}

static void settle_cursor(struct console *console, struct chunks_state *state)
{
	struct pair_cursor *cursor = &state->cursor;
	size_t count = state->answer != NULL ? state->answer->pairs.count : 0;
	if (cursor->row >= count)
		cursor->row = count > 0 ? count - 1 : 0;
	if (cursor->column >= count)
		cursor->column = count > 0 ? count - 1 : 0;
	if (count == 0)
		return;
	struct pair_matrix matrix = arrange(console, state);
	cursor->first_row = layout_scroll(cursor->first_row, cursor->row, matrix.rows, count);
	cursor->first_column = layout_scroll(cursor->first_column, cursor->column, matrix.columns, count);
}

static void chunks_settle(struct console *console)
{
	struct chunks_state *state = console_state(console, SCREEN_CHUNKS);
	size_t total = console->view->node_count;
	if (console->node >= total)
		console->node = total > 0 ? total - 1 : 0;
	state->node_first = layout_scroll(state->node_first, console->node, visible_nodes(console), total);
	take_answer(state, console);
	settle_cursor(console, state);
	if (console_should_ask(console, QUESTION_PAIRS, state->ticket)) {
		struct question question = {.kind = QUESTION_PAIRS};
		state->ticket = console_ask(console, &question);
	}
}

/* What was remembered only to be compared may come again at the same address. */
static void chunks_show(struct console *console, const struct view *old)
{
	struct chunks_state *state = console_state(console, SCREEN_CHUNKS);
	(void)old;
	state->judged = NULL;
}

/* ---- keys ---- */

static void move_in_matrix(const struct console *console, struct chunks_state *state, enum move move)
{
	struct pair_cursor *cursor = &state->cursor;
	if (state->answer == NULL)
		return;
	size_t count = state->answer->pairs.count;
	struct pair_matrix matrix = arrange(console, state);
	if (move == MOVE_LEFT || move == MOVE_RIGHT)
		cursor->column = console_moved(
			cursor->column, move == MOVE_LEFT ? MOVE_UP : MOVE_DOWN, matrix.columns, count);
	else
		cursor->row = console_moved(cursor->row, move, matrix.rows, count);
	if (move == MOVE_FIRST || move == MOVE_LAST)
		cursor->column = cursor->row;
}

static void chunks_move(struct console *console, enum move move)
{
	struct chunks_state *state = console_state(console, SCREEN_CHUNKS);
	if (state->matrix)
		move_in_matrix(console, state, move);
	else
		console->node =
			console_moved(console->node, move, visible_nodes(console), console->view->node_count);
}

static void act_pairs(struct console *console)
{
	struct chunks_state *state = console_state(console, SCREEN_CHUNKS);
	state->matrix = !state->matrix;
}

static void act_measure(struct console *console)
{
	struct chunks_state *state = console_state(console, SCREEN_CHUNKS);
	if (state->matrix)
		state->matrix = false;
	else
		state->bars = (enum bars)((state->bars + 1) % BARS_KINDS);
}

static void act_worst(struct console *console)
{
	struct chunks_state *state = console_state(console, SCREEN_CHUNKS);
	if (state->answer == NULL || state->pairs.counted == 0)
		return;
	state->matrix = true;
	state->cursor.row = state->pairs.worst_a;
	state->cursor.column = state->pairs.worst_b;
}

/* Of the pair it is the node of the row. */
static void act_details(struct console *console)
{
	const struct chunks_state *state = console_state(console, SCREEN_CHUNKS);
	if (state->matrix && state->answer != NULL && state->cursor.row < state->answer->pairs.count)
		for (size_t i = 0; i < console->view->node_count; i++)
			if (strcmp(console->view->nodes[i].name,
				    state->answer->pairs.nodes[state->cursor.row]) == 0)
				console->node = i;
	if (console_node(console) != NULL)
		console_push(console, SCREEN_NODE);
}

static void chunks_click(struct console *console, int row, int column, bool twice)
{
	struct chunks_state *state = console_state(console, SCREEN_CHUNKS);
	if (state->matrix && state->answer != NULL) {
		struct pair_matrix matrix = arrange(console, state);
		struct area cells = matrix.cells;
		size_t a = state->cursor.first_row + (size_t)(row - cells.row);
		size_t b = state->cursor.first_column + (size_t)((column - cells.column) / matrix.cell);
		if (row < cells.row || row >= cells.row + cells.rows || column < cells.column ||
			a >= state->answer->pairs.count || b >= state->answer->pairs.count)
			return;
		state->cursor.row = a;
		state->cursor.column = b;
	} else {
		struct area bars = chunks_layout(console_body(console), console->view).bars;
		size_t at = state->node_first + (size_t)(row - bars.row - 1);
		if (state->matrix || row <= bars.row || row >= bars.row + bars.rows ||
			column >= bars.column + bars.columns || at >= console->view->node_count)
			return;
		console->node = at;
	}
	if (twice)
		act_details(console);
}

static void chunks_release(void *state)
{
	answer_unref(((struct chunks_state *)state)->answer);
}

static const struct key chunks_keys[] = {
	{{'m'}, "m", "measure", "Compares the nodes by chunks, by bytes, or by how full they are.", 2, false,
		false, act_measure},
	{{'v'}, "v", "pairs", "Shows how many chunks each pair of nodes shares, or the nodes again.", 2,
		false, false, act_pairs},
	{{'w'}, "w", "worst pair", "Goes to the pair of nodes that is furthest from the mean.", 4, false,
		false, act_worst},
	{{'\n', '\r', KEY_ENTER}, "Enter", "details", "Shows all that is known about the selected node.", 4,
		false, false, act_details},
	{.act = NULL},
};

const struct screen_ops screen_chunks = {
	.name = "Chunks",
	.state_size = sizeof(struct chunks_state),
	.keys = chunks_keys,
	.key_sets = KEYS_MOVE | KEYS_TAB,
	.draw = chunks_draw,
	.settle = chunks_settle,
	.show = chunks_show,
	.move = chunks_move,
	.click = chunks_click,
	.release = chunks_release,
};
