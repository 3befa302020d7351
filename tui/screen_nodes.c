/*
 * screen_nodes.c: all nodes as a table that can be sorted, filtered and marked.
 *
 * The rows are the places of nodes in the view, put in order anew at each settling: sorting a thousand nodes takes
 * less time than drawing one screen. The cursor is the console's selected node, so it stays on its node whatever the
 * order does; only when the filter hides that node does it go to the nearest row. Where the table leaves enough room,
 * the selected node's page (node_page.h) stands below it; elsewhere one line with what found no column.
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <stdio.h>
#include <string.h>

#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/node_list.h"
#include "tui/node_page.h"
#include "tui/nodes_layout.h"

struct nodes_state {
	struct node_rates rates[STORE_NODES_MAX]; /* of the nodes of … */
	const struct view *rates_of;              /* … this view, not to be followed … */
	int64_t rates_ms;                         /* … as they were then, by tick_ms */
	uint16_t order[STORE_NODES_MAX];          /* the rows */
	size_t count;
	size_t first; /* in sight */
	enum node_column sort;
	bool reverse;
	char filter[NODE_FILTER_BYTES];
	char filter_before[NODE_FILTER_BYTES]; /* while another one is being typed */
};

static struct nodes_state *nodes_state(const struct console *console)
{
	return console_state(console, SCREEN_NODES);
}

static struct node_list list_of(const struct console *console)
{
	const struct nodes_state *state = nodes_state(console);
	return (struct node_list){
		.view = console->view,
		.rates = state->rates,
		.sort = state->sort,
		.reverse = state->reverse,
		.filter = state->filter,
	};
}

static struct nodes_layout layout_of(const struct console *console)
{
	return layout_nodes(console_body(console), nodes_state(console)->count);
}

/* Where the cursor stands; `count` when it is on no row. */
static size_t cursor_row(const struct console *console)
{
	const struct nodes_state *state = nodes_state(console);
	size_t at = 0;
	while (at < state->count && state->order[at] != console->node)
		at++;
	return at;
}

/* ---- drawing ---- */

static size_t zones_of(const struct view *view)
{
	size_t zones = 0;
	for (size_t i = 0; i < view->node_count; i++) {
		size_t before = 0;
		while (before < i && strcmp(view->nodes[before].zone, view->nodes[i].zone) != 0)
			before++;
		zones += before == i;
	}
	return zones;
}

static void draw_facts(const struct console *console, const struct paint *paint, struct area area)
{
	const struct nodes_state *state = nodes_state(console);
	const struct view *view = console->view;
	struct line line = line_begin(paint, area.row, area.column + 1, area.columns - 2);
	size_t away = view->node_count - view->nodes_up;
	if (state->filter[0] != '\0') {
		line_add(&line, ROLE_ACCENT, "%zu of %zu nodes", state->count, view->node_count);
		line_add(&line, ROLE_ACCENT, "filter \"%s\"", state->filter);
	} else {
		line_add(&line, ROLE_TEXT, "%zu node%s", view->node_count, view->node_count == 1 ? "" : "s");
	}
	size_t zones = zones_of(view);
	line_add(&line, ROLE_DIM, "%zu zone%s", zones, zones == 1 ? "" : "s");
	if (console->marks.count > 0)
		line_add(&line, ROLE_ACCENT, "%zu marked", console->marks.count);
	if (away > 0)
		line_add(&line, ROLE_CRITICAL, "%zu away", away);
	else if (view->node_count > 0)
		line_add(&line, ROLE_HEALTHY, "all answer");
	double read = history_total(console->history, HISTORY_READ, 0);
	double written = history_total(console->history, HISTORY_WRITTEN, 0);
	char read_text[16], written_text[16];
	if (read >= 0 && written >= 0)
		line_add(&line, ROLE_DIM, "%s/s read, %s/s written",
			text_bytes(read_text, sizeof(read_text), (uint64_t)read),
			text_bytes(written_text, sizeof(written_text), (uint64_t)written));
}

static void draw_nothing(const struct console *console, const struct paint *paint, struct area area)
{
	bool filtered = console->view->node_count > 0;
	paint_text(paint, area.row + 1, area.column + 2, area.columns - 3, ROLE_DIM,
		filtered ? "No node has that in its name, zone or state." : "No nodes.");
}

static void draw_table(const struct console *console, const struct paint *paint,
	const struct nodes_layout *layout, const struct table_column *columns,
	const struct table_place *places)
{
	const struct nodes_state *state = nodes_state(console);
	const struct node_list list = list_of(console);
	struct area area = layout->table;
	char title[16];
	/* The title is the heading of the names. */
	snprintf(title, sizeof(title), "Nodes%s",
		state->sort != NODE_COLUMN_NAME ? ""
		: state->reverse                ? paint->glyphs->ascending
						: paint->glyphs->descending);
	table_heading(paint, area, title, columns, places, NODE_COLUMNS, (int)state->sort, state->reverse);
	size_t visible = nodes_layout_visible(layout);
	for (size_t i = 0; i < visible && state->first + i < state->count; i++) {
		size_t node = state->order[state->first + i];
		int row = area.row + 1 + (int)i;
		unsigned flags = table_row(paint, area, row, node == console->node,
			marks_has(&console->marks, console->view->nodes[node].name));
		node_list_draw(&list, node, paint, area, row, places, flags);
	}
	struct area rows = {area.row + 1, area.column, area.rows - 1, area.columns};
	paint_scroll(paint, rows, state->first, visible, state->count);
}

static void nodes_draw(const struct console *console, const struct paint *paint)
{
	const struct nodes_state *state = nodes_state(console);
	struct nodes_layout layout = layout_of(console);
	struct table_column columns[NODE_COLUMNS];
	struct table_place places[NODE_COLUMNS];
	node_list_columns(console->view, columns);
	table_arrange(columns, NODE_COLUMNS, layout.table.columns, places);
	if (layout.facts.rows > 0)
		draw_facts(console, paint, layout.facts);
	draw_table(console, paint, &layout, columns, places);
	if (state->count == 0) {
		draw_nothing(console, paint, layout.table);
		return;
	}
	const struct view_node *node = console_node(console);
	if (node == NULL)
		return;
	if (layout.rest.rows > 0) {
		const struct node_list list = list_of(console);
		struct area rest = layout.rest;
		paint_title(paint, rest, node->name);
		node_list_rest(&list, console->node, paint,
			(struct area){rest.row + 1, rest.column + 2, 1, rest.columns - 4}, places);
	}
	if (layout.page.rows > 0)
		node_page_draw(console, paint, layout.page);
}

/* ---- moving ---- */

/* Looking the rates up takes a search for each node, so it is not done for each key. */
static void take_rates(struct console *console, struct nodes_state *state)
{
	enum { AGAIN_MS = 500 };
	const struct view *view = console->view;
	if (state->rates_of == view && console->tick_ms - state->rates_ms < AGAIN_MS)
		return;
	for (size_t i = 0; i < view->node_count && i < STORE_NODES_MAX; i++)
		history_rates(console->history, view->nodes[i].name, &state->rates[i].read,
			&state->rates[i].written);
	state->rates_of = view;
	state->rates_ms = console->tick_ms;
}

static void nodes_settle(struct console *console)
{
	struct nodes_state *state = nodes_state(console);
	take_rates(console, state);
	const struct node_list list = list_of(console);
	size_t before = cursor_row(console);
	state->count = node_list_order(&list, state->order);
	size_t row = cursor_row(console);
	if (row == state->count && state->count > 0) {
		row = before < state->count ? before : state->count - 1;
		console->node = state->order[row];
	}
	struct nodes_layout layout = layout_of(console);
	state->first = layout_scroll(state->first, row, nodes_layout_visible(&layout), state->count);
	if (layout.page.rows > 0 && state->count > 0)
		node_page_settle(console);
}

static void nodes_move(struct console *console, enum move move)
{
	const struct nodes_state *state = nodes_state(console);
	struct nodes_layout layout = layout_of(console);
	size_t row = cursor_row(console);
	if (row < state->count)
		console->node =
			state->order[console_moved(row, move, nodes_layout_visible(&layout), state->count)];
}

void nodes_step(struct console *console, enum move move)
{
	struct nodes_state *state = nodes_state(console);
	const struct node_list list = list_of(console);
	take_rates(console, state);
	state->count = node_list_order(&list, state->order); /* the table may never have been seen */
	size_t row = cursor_row(console);
	if (row < state->count)
		console->node = state->order[console_moved(row, move, 1, state->count)];
	else
		console->node = console_moved(console->node, move, 1, console->view->node_count);
}

/* ---- keys ---- */

static void act_open(struct console *console)
{
	if (nodes_state(console)->count > 0 && console_node(console) != NULL)
		console_push(console, SCREEN_NODE);
}

static void mark(struct console *console, const char *name)
{
	if (marks_add(&console->marks, name) != 0)
		console_message(console, true, "There is no memory left to mark a node.");
}

void nodes_mark(struct console *console, const char *name)
{
	if (marks_has(&console->marks, name))
		marks_remove(&console->marks, name);
	else
		mark(console, name);
}

static void act_mark(struct console *console)
{
	const struct view_node *node = console_node(console);
	if (node == NULL || cursor_row(console) == nodes_state(console)->count)
		return;
	nodes_mark(console, node->name);
	nodes_move(console, MOVE_DOWN);
}

static void act_mark_all(struct console *console)
{
	const struct nodes_state *state = nodes_state(console);
	for (size_t i = 0; i < state->count; i++)
		mark(console, console->view->nodes[state->order[i]].name);
}

static void act_unmark(struct console *console)
{
	marks_clear(&console->marks);
}

/* The columns that have places now, in their order on the screen; returns how many. */
static int sortable(const struct console *console, enum node_column shown[NODE_COLUMNS])
{
	struct table_column columns[NODE_COLUMNS];
	struct table_place places[NODE_COLUMNS];
	struct nodes_layout layout = layout_of(console);
	int count = 0;
	node_list_columns(console->view, columns);
	table_arrange(columns, NODE_COLUMNS, layout.table.columns, places);
	for (int i = 0; i < NODE_COLUMNS; i++)
		if (places[i].width > 0)
			shown[count++] = (enum node_column)i;
	return count;
}

static void act_sort(struct console *console)
{
	struct nodes_state *state = nodes_state(console);
	enum node_column shown[NODE_COLUMNS];
	int count = sortable(console, shown), next = 0;
	while (next < count && shown[next] <= state->sort)
		next++;
	state->sort = count > 0 ? shown[next % count] : NODE_COLUMN_NAME;
	state->reverse = false;
}

static void act_reverse(struct console *console)
{
	nodes_state(console)->reverse = !nodes_state(console)->reverse;
}

static void filter_changed(struct console *console, const char *text)
{
	struct nodes_state *state = nodes_state(console);
	snprintf(state->filter, sizeof(state->filter), "%s", text);
}

static void filter_done(struct console *console, const char *text)
{
	struct nodes_state *state = nodes_state(console);
	filter_changed(console, text != NULL ? text : state->filter_before);
}

static void act_filter(struct console *console)
{
	struct nodes_state *state = nodes_state(console);
	memcpy(state->filter_before, state->filter, sizeof(state->filter));
	console_prompt(console, &(struct prompt){.label = "Filter: ",
					.text = state->filter,
					.changed = filter_changed,
					.done = filter_done});
}

/* On a heading: sorts by it, or reverses; on a row: selects; twice: opens. */
static void nodes_click(struct console *console, int row, int column, bool twice)
{
	struct nodes_state *state = nodes_state(console);
	struct nodes_layout layout = layout_of(console);
	struct table_column columns[NODE_COLUMNS];
	struct table_place places[NODE_COLUMNS];
	int at = row - layout.table.row - 1;
	if (at == -1) {
		node_list_columns(console->view, columns);
		table_arrange(columns, NODE_COLUMNS, layout.table.columns, places);
		for (int i = 0; i < NODE_COLUMNS; i++)
			if (column >= places[i].at && column < places[i].at + places[i].width) {
				state->reverse = state->sort == (enum node_column)i && !state->reverse;
				state->sort = (enum node_column)i;
			}
	} else if (at >= 0 && (size_t)at < nodes_layout_visible(&layout) &&
		   state->first + (size_t)at < state->count) {
		console->node = state->order[state->first + (size_t)at];
		if (twice)
			act_open(console);
	}
}

static const struct key nodes_keys[] = {
	{{'\n', '\r', KEY_ENTER}, "Enter", "open", "Opens the selected node.", 2, false, false, act_open},
	{{' '}, "Space", "mark", "Marks the selected node, or no longer, and moves down.", 2, false, false,
		act_mark},
	{{'a'}, "a", NULL, "Marks all nodes that are shown.", 9, false, false, act_mark_all},
	{{'u'}, "u", NULL, "Marks none.", 9, false, false, act_unmark},
	{{'o'}, "o", "sort", "Sorts by the next column.", 5, false, false, act_sort},
	{{'O'}, "O", NULL, "Turns the order round.", 9, false, false, act_reverse},
	{{'/'}, "/", "filter", "Shows only nodes with a text in their name, zone or state.", 2, false, false,
		act_filter},
	{.act = NULL},
};

const struct screen_ops screen_nodes = {
	.name = "Nodes",
	.state_size = sizeof(struct nodes_state),
	.keys = nodes_keys,
	.key_sets = KEYS_NODE | KEYS_MOVE | KEYS_TAB,
	.draw = nodes_draw,
	.settle = nodes_settle,
	.move = nodes_move,
	.click = nodes_click,
};
