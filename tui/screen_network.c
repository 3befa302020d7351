/*
 * screen_network.c: the links between the client and the nodes, and between the nodes.
 *
 * Where links between nodes are known, which is where a network is simulated, they are a matrix: a row for who asks, a
 * column for who answers. The cursor moves in two dimensions and a line below says its link in words. Elsewhere only the
 * client's links are known; they are a list (network_list.h). Drawing goes through the list of links once, however many
 * there are, so that nothing has to be kept beside the view.
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <stdio.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/network.h"
#include "tui/network_list.h"
#include "tui/panels.h"

struct network_state {
	int from, to; /* the cursor, by participants */
	bool begun;   /* else it is where it should begin */
	size_t first_row, first_column;
	enum network_cells cells;
	size_t first; /* of the list */
};

static struct network_state *network_state(const struct console *console)
{
	return console_state(console, SCREEN_NETWORK);
}

/* What a draw or a move needs to know; made anew each time. */
struct matrix {
	struct axis axis;
	struct network_layout layout;
	size_t row, column; /* of the cursor */
};

static void make_matrix(const struct console *console, struct matrix *matrix)
{
	const struct network_state *state = network_state(console);
	const struct view *view = console->view;
	int name = 0, label = 1;
	axis_make(&matrix->axis, view);
	for (size_t i = 0; i < matrix->axis.count; i++) {
		int who = matrix->axis.who[i];
		int width = cells_width(axis_name(view, who), 40);
		name = width > name ? width : name;
		width = who == LINK_CLIENT ? 1 : cells_width(axis_label(&matrix->axis, view, who), 40);
		label = width > label ? width : label;
	}
	matrix->layout = layout_network(console_body(console), matrix->axis.count, state->cells, name, label);
	matrix->row = axis_position(&matrix->axis, state->from);
	matrix->column = axis_position(&matrix->axis, state->to);
}

/* ---- drawing: around the matrix ---- */

static void draw_title(const struct paint *paint, struct area area)
{
	static const char title[] = "Links, in milliseconds";
	paint_title(paint, area, title);
	/* The scale, where there is room for all of it. */
	enum { STEP = 6, SCALE = STEP * (HEAT_STEPS - 1) + 2 };
	int column = area.column + area.columns - SCALE;
	if (column < area.column + (int)sizeof(title) + 5)
		return;
	for (int step = 1; step < HEAT_STEPS; step++, column += STEP) {
		char text[LINK_TEXT_BYTES];
		snprintf(text, sizeof(text), step == 1 ? " <%.0f " : " %.0f ",
			network_heat_begins(step == 1 ? 2 : step));
		paint_heat(paint, area.row, column, 1, step, 0);
		paint_text(paint, area.row, column + 1, STEP - 1, ROLE_DIM, text);
	}
}

/* The names of the zones above their columns, each as long as it has columns in sight. */
static void draw_zones(const struct console *console, const struct paint *paint, const struct matrix *matrix,
	size_t first, size_t shown)
{
	struct area area = matrix->layout.zones;
	if (area.rows < 1)
		return;
	for (size_t i = first; i < first + shown && i < matrix->axis.count;) {
		const char *zone = axis_zone(console->view, matrix->axis.who[i]);
		size_t end = i + 1;
		while (end < first + shown && end < matrix->axis.count &&
			matrix->axis.who[i] != LINK_CLIENT &&
			strcmp(axis_zone(console->view, matrix->axis.who[end]), zone) == 0)
			end++;
		int width = (int)(end - i) * matrix->layout.cell_columns - 1;
		int column = area.column + (int)(i - first) * matrix->layout.cell_columns;
		for (int j = 0; j < width && zone[0] != '\0'; j++)
			paint_text(paint, area.row, column + j, 1, ROLE_RULE, paint->glyphs->rule);
		if (width > 0)
			paint_text(paint, area.row, column, width, ROLE_DIM, zone);
		i = end;
	}
}

/* A short label downwards, one piece a row; what is too long loses its end. */
static void draw_downwards(
	const struct paint *paint, struct area area, int column, unsigned style, const char *label)
{
	struct piece piece;
	size_t length = strlen(label);
	int pieces = cells_width(label, 8);
	int row = area.row + (pieces < area.rows ? area.rows - pieces : 0);
	for (size_t at = 0, size; row < area.row + area.rows; at += size) {
		size = cells_next(label + at, length - at, &piece);
		if (size == 0)
			return;
		if (piece.columns == 1)
			paint_text(paint, row++, column, 1, style, piece.text);
	}
}

static void draw_labels(const struct console *console, const struct paint *paint, const struct matrix *matrix,
	size_t first, size_t shown)
{
	struct area area = matrix->layout.labels;
	int cell = matrix->layout.cell_columns;
	if (area.rows < 1)
		return;
	for (size_t i = first; i < first + shown && i < matrix->axis.count; i++) {
		const char *label = axis_label(&matrix->axis, console->view, matrix->axis.who[i]);
		int column = area.column + (int)(i - first) * cell;
		unsigned style = i == matrix->column ? ROLE_ACCENT : ROLE_DIM;
		bool client = matrix->axis.who[i] == LINK_CLIENT;
		if (client && cell < 7)
			label = "c";
		if (matrix->layout.numbers)
			paint_right(paint, area.row, column, cell - 1, style, label);
		else
			draw_downwards(paint, area, column, style, label);
	}
}

static void draw_names(const struct console *console, const struct paint *paint, const struct matrix *matrix,
	size_t first, size_t shown)
{
	struct area area = matrix->layout.names;
	int zone_columns = area.columns >= 14 ? 7 : 3;
	const char *last = NULL;
	for (size_t i = first; i < first + shown && i < matrix->axis.count; i++) {
		int who = matrix->axis.who[i], row = area.row + (int)(i - first);
		bool chosen = i == matrix->row;
		const char *zone = axis_zone(console->view, who);
		if (last == NULL || strcmp(last, zone) != 0)
			paint_text(paint, row, area.column + 1, zone_columns - 2, ROLE_DIM, zone);
		last = zone;
		if (chosen)
			paint_text(paint, row, area.column + zone_columns - 1, 1, ROLE_ACCENT,
				paint->glyphs->marker);
		paint_text(paint, row, area.column + 1 + zone_columns, area.columns - zone_columns - 2,
			chosen ? ROLE_ACCENT : ROLE_TEXT, axis_name(console->view, who));
	}
}

/* ---- drawing: the matrix ---- */

static void draw_cell(const struct paint *paint, const struct network_layout *layout, int row, int column,
	const struct view_link *link, unsigned flags)
{
	int cell = layout->cell_columns;
	int last = column + (layout->numbers ? cell - 2 : 0);
	char text[LINK_TEXT_BYTES];
	if (link == NULL) {
		paint_text(paint, row, last, 1, ROLE_DIM | flags, paint->glyphs->heat[0]);
	} else if (link->cut) {
		paint_text(
			paint, row, last, 1, ROLE_CRITICAL | flags, paint->glyphs->health[HEALTH_CRITICAL]);
	} else if (link->latency_ms < 0) {
		paint_text(paint, row, last, 1, ROLE_DIM | flags, paint->glyphs->heat[0]);
	} else if (layout->numbers) {
		unsigned role = (unsigned)ROLE_HEAT + (unsigned)network_heat(link->latency_ms);
		paint_right(
			paint, row, column, cell - 1, role | flags, network_latency(text, link->latency_ms));
	} else {
		paint_heat(
			paint, row, column, cell > 1 ? cell - 1 : 1, network_heat(link->latency_ms), flags);
	}
}

static bool in_sight(size_t at, size_t first, size_t shown)
{
	return at >= first && at - first < shown;
}

static void draw_cells(const struct console *console, const struct paint *paint, const struct matrix *matrix)
{
	const struct network_state *state = network_state(console);
	const struct network_layout *layout = &matrix->layout;
	const struct view *view = console->view;
	size_t rows = network_rows(layout), columns = network_columns(layout);
	int cell = layout->cell_columns, blank = layout->numbers ? cell - 1 : 1;
	/* First what is not known, then what is: a list of links is gone through only once. */
	for (size_t i = 0; i < rows && state->first_row + i < matrix->axis.count; i++)
		for (size_t j = 0; j < columns && state->first_column + j < matrix->axis.count; j++) {
			int row = layout->cells.row + (int)i, column = layout->cells.column + (int)j * cell;
			size_t at_row = state->first_row + i, at_column = state->first_column + j;
			bool chosen = at_row == matrix->row && at_column == matrix->column;
			unsigned flags = chosen ? STYLE_SELECTED : 0;
			if (chosen)
				paint_fill(paint, (struct area){row, column, 1, blank}, ROLE_TEXT | flags);
			if (at_row != at_column)
				draw_cell(paint, layout, row, column, NULL, flags);
		}
	for (size_t i = 0; i < view->link_count; i++) {
		const struct view_link *link = &view->links[i];
		size_t at_row = axis_position(&matrix->axis, link->from);
		size_t at_column = axis_position(&matrix->axis, link->to);
		if (!in_sight(at_row, state->first_row, rows) ||
			!in_sight(at_column, state->first_column, columns))
			continue;
		bool chosen = at_row == matrix->row && at_column == matrix->column;
		draw_cell(paint, layout, layout->cells.row + (int)(at_row - state->first_row),
			layout->cells.column + (int)(at_column - state->first_column) * cell, link,
			chosen ? STYLE_SELECTED : 0);
	}
}

static void draw_link(const struct console *console, const struct paint *paint, struct area area)
{
	const struct network_state *state = network_state(console);
	const struct view *view = console->view;
	const struct view_link *link = network_link(view, state->from, state->to);
	const char *from = axis_name(view, state->from), *to = axis_name(view, state->to);
	char text[512], how[64];
	enum role role = ROLE_STRONG;
	if (area.rows < 1)
		return;
	if (link != NULL && link->cut) {
		snprintf(how, sizeof(how), "cut, nothing passes");
		role = ROLE_CRITICAL;
	} else if (link == NULL || link->latency_ms < 0) {
		snprintf(how, sizeof(how), state->from == state->to ? "itself" : "not measured");
		role = ROLE_DIM;
	} else {
		snprintf(
			how, sizeof(how), link->latency_ms < 99.95 ? "%.1f ms" : "%.0f ms", link->latency_ms);
	}
	if (state->from == state->to)
		snprintf(text, sizeof(text), "%.200s: %s", from, how);
	else
		snprintf(text, sizeof(text), "%.200s \xe2\x86\x92 %.200s: %s", from, to, how);
	struct line line = line_begin(paint, area.row, area.column + 1, area.columns - 2);
	if (!line_add(&line, role, "%s", text)) {
		paint_text(paint, area.row, area.column + 1, area.columns - 2, role, text);
		return;
	}
	if (state->from >= 0 && state->to >= 0 && state->from != state->to)
		line_add(&line, ROLE_DIM, "zone %s to zone %s", axis_zone(view, state->from),
			axis_zone(view, state->to));
	else if (state->to >= 0)
		line_add(&line, ROLE_DIM, "zone %s", axis_zone(view, state->to));
}

static void draw_summary(const struct console *console, const struct paint *paint, struct area area)
{
	const struct view *view = console->view;
	const struct view_link *slowest = NULL;
	size_t cuts = 0, known = 0;
	char number[32], latency[LINK_TEXT_BYTES];
	if (area.rows < 1)
		return;
	for (size_t i = 0; i < view->link_count; i++) {
		const struct view_link *link = &view->links[i];
		cuts += link->cut;
		known += link->cut || link->latency_ms >= 0;
		if (!link->cut && link->latency_ms >= 0 &&
			(slowest == NULL || link->latency_ms > slowest->latency_ms))
			slowest = link;
	}
	struct line line = line_begin(paint, area.row, area.column + 1, area.columns - 2);
	line_add(&line, ROLE_DIM, "%s links known", paint_number(number, sizeof(number), known));
	if (cuts > 0)
		line_add(&line, ROLE_CRITICAL, "%s cut", paint_number(number, sizeof(number), cuts));
	else
		line_add(&line, ROLE_DIM, "none cut");
	if (slowest != NULL)
		line_add(&line, ROLE_DIM, "slowest %s \xe2\x86\x92 %s: %s%s", axis_name(view, slowest->from),
			axis_name(view, slowest->to), network_latency(latency, slowest->latency_ms),
			slowest->latency_ms < 999.5 ? " ms" : "");
}

/* Where the matrix goes on to the right, which a scroll bar down its side cannot say. */
static void draw_more(const struct paint *paint, const struct matrix *matrix, size_t first, size_t shown)
{
	struct area title = matrix->layout.title;
	if (shown >= matrix->axis.count)
		return;
	char text[64];
	size_t end = first + shown < matrix->axis.count ? first + shown : matrix->axis.count;
	snprintf(text, sizeof(text), " columns %zu to %zu of %zu ", first + 1, end, matrix->axis.count);
	int width = cells_width(text, 60);
	if (title.columns >= 80 + width)
		paint_text(paint, title.row, title.column + 26, width, ROLE_DIM, text);
}

static void draw_matrix(const struct console *console, const struct paint *paint)
{
	const struct network_state *state = network_state(console);
	struct matrix matrix;
	make_matrix(console, &matrix);
	size_t rows = network_rows(&matrix.layout), columns = network_columns(&matrix.layout);
	draw_title(paint, matrix.layout.title);
	draw_more(paint, &matrix, state->first_column, columns);
	draw_zones(console, paint, &matrix, state->first_column, columns);
	draw_labels(console, paint, &matrix, state->first_column, columns);
	draw_names(console, paint, &matrix, state->first_row, rows);
	draw_cells(console, paint, &matrix);
	paint_scroll(paint, matrix.layout.cells, state->first_row, rows, matrix.axis.count);
	draw_link(console, paint, matrix.layout.link);
	draw_summary(console, paint, matrix.layout.summary);
}

static void network_draw(const struct console *console, const struct paint *paint)
{
	if (network_is_simulated(console->view))
		draw_matrix(console, paint);
	else
		network_list_draw(console, paint, console_body(console), network_state(console)->first);
}

/* ---- moving ---- */

static void settle_matrix(struct console *console, struct network_state *state)
{
	const struct view *view = console->view;
	struct matrix matrix;
	if (!state->begun) {
		state->from = LINK_CLIENT;
		state->to = console->node < view->node_count ? (int)console->node : LINK_CLIENT;
		state->begun = true;
	}
	if (state->from >= (int)view->node_count)
		state->from = LINK_CLIENT;
	if (state->to >= (int)view->node_count)
		state->to = LINK_CLIENT;
	make_matrix(console, &matrix);
	state->first_row =
		layout_scroll(state->first_row, matrix.row, network_rows(&matrix.layout), matrix.axis.count);
	state->first_column = layout_scroll(
		state->first_column, matrix.column, network_columns(&matrix.layout), matrix.axis.count);
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
	if (state->to >= 0)
		console->node = (size_t)state->to;
	else if (state->from >= 0)
		console->node = (size_t)state->from;
}

static void move_matrix(struct console *console, struct network_state *state, enum move move)
{
	struct matrix matrix;
	make_matrix(console, &matrix);
	size_t rows = network_rows(&matrix.layout);
	if (move == MOVE_LEFT || move == MOVE_RIGHT) {
		enum move along = move == MOVE_LEFT ? MOVE_UP : MOVE_DOWN;
		state->to = matrix.axis.who[console_moved(matrix.column, along, 1, matrix.axis.count)];
	} else {
		state->from = matrix.axis.who[console_moved(matrix.row, move, rows, matrix.axis.count)];
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
	state->from = follow(console->view, old, state->from);
	state->to = follow(console->view, old, state->to);
}

static void click_matrix(struct console *console, struct network_state *state, int row, int column)
{
	struct matrix matrix;
	make_matrix(console, &matrix);
	struct area cells = matrix.layout.cells;
	if (row < cells.row || row >= cells.row + cells.rows || column < cells.column)
		return;
	size_t at_row = state->first_row + (size_t)(row - cells.row);
	size_t at_column =
		state->first_column + (size_t)((column - cells.column) / matrix.layout.cell_columns);
	if (at_row >= matrix.axis.count || at_column >= matrix.axis.count)
		return;
	state->from = matrix.axis.who[at_row];
	state->to = matrix.axis.who[at_column];
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
	state->cells = (state->cells + 1) % CELLS_KINDS;
}

static void act_turn(struct console *console)
{
	struct network_state *state = network_state(console);
	int from = state->from;
	state->from = state->to;
	state->to = from;
}

static void network_click(struct console *console, int row, int column, bool twice)
{
	struct network_state *state = network_state(console);
	if (network_is_simulated(console->view))
		click_matrix(console, state, row, column);
	else
		network_list_click(console, console_body(console), state->first, row);
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
