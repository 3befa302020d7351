/*
 * node_list.c: one entry for each column in `kinds`; everything else goes by it.
 *
 * A node that is away has no fill to speak of: where there is no
 * column for the cause, the cause stands in the place of its bar.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/node_list.h"
#include "tui/panels.h"

enum { PERCENT = 5, BAR = 14, BAR_LEAST = 4, BAR_MOST = 48, TEXT_BYTES = 64 };

static const struct table_column kinds[NODE_COLUMNS] = {
	[NODE_COLUMN_NAME] = {"name", 8, 8, 0, false, true, 8},
	[NODE_COLUMN_ZONE] = {"zone", 4, 4, 2, false, true, 4},
	[NODE_COLUMN_STATE] = {"state", 4, 4, 0, false, false, 0},
	[NODE_COLUMN_CAUSE] = {"cause", 5, 5, 10, false, false, 0},
	[NODE_COLUMN_FILL] = {"fill", BAR, 16, 1, false, true, BAR_MOST},
	[NODE_COLUMN_USED] = {"used", 10, 10, 4, true, false, 0},
	[NODE_COLUMN_CAPACITY] = {"of", 8, 8, 9, true, false, 0},
	[NODE_COLUMN_CHUNKS] = {"chunks", 6, 6, 3, true, false, 0},
	[NODE_COLUMN_RISK] = {"at risk", 7, 7, 5, true, false, 0},
	[NODE_COLUMN_READ] = {"read/s", 10, 10, 6, true, false, 0},
	[NODE_COLUMN_WRITTEN] = {"write/s", 10, 10, 6, true, false, 0},
	[NODE_COLUMN_LATENCY] = {"latency", 9, 9, 7, true, false, 0},
	[NODE_COLUMN_ERRORS] = {"errors", 6, 6, 8, true, false, 0},
	[NODE_COLUMN_WEIGHT] = {"weight", 6, 6, 11, true, false, 0},
	[NODE_COLUMN_PATH] = {"path", 12, 24, 12, false, true, 0},
};

/* ---- order ---- */

/* The larger, the more it calls for somebody. */
static double badness(enum node_state state)
{
	static const double of[] = {
		[NODE_UP] = 0,
		[NODE_DRAINING] = 1,
		[NODE_READ_ONLY] = 2,
		[NODE_SLOW] = 3,
		[NODE_ABSENT] = 4,
		[NODE_DOWN] = 5,
	};
	return of[state];
}

/* What a column of numbers sorts by. */
static double value(const struct node_list *list, size_t at, enum node_column column)
{
	const struct view_node *node = &list->view->nodes[at];
	switch (column) {
	case NODE_COLUMN_STATE:
		return badness(node->state);
	case NODE_COLUMN_FILL:
		return panel_node_fill(node);
	case NODE_COLUMN_USED:
		return (double)node->used_bytes;
	case NODE_COLUMN_CAPACITY:
		return (double)node->capacity_bytes;
	case NODE_COLUMN_CHUNKS:
		return (double)node->chunks;
	case NODE_COLUMN_RISK:
		return (double)node->at_risk;
	case NODE_COLUMN_READ:
		return list->rates[at].read;
	case NODE_COLUMN_WRITTEN:
		return list->rates[at].written;
	case NODE_COLUMN_LATENCY:
		return node->latency_ms;
	case NODE_COLUMN_ERRORS:
		return (double)node->errors;
	case NODE_COLUMN_WEIGHT:
		return node->weight;
	default:
		return 0;
	}
}

static const char *foreign_text(const struct view_node *node, enum node_column column)
{
	switch (column) {
	case NODE_COLUMN_NAME:
		return node->name;
	case NODE_COLUMN_ZONE:
		return node->zone;
	case NODE_COLUMN_CAUSE:
		return node->cause;
	case NODE_COLUMN_PATH:
		return node->path;
	default:
		return NULL;
	}
}

static int compare(const void *left, const void *right, void *context)
{
	const struct node_list *list = context;
	size_t a = *(const uint16_t *)left, b = *(const uint16_t *)right;
	const char *a_text = foreign_text(&list->view->nodes[a], list->sort);
	int order;
	if (a_text != NULL) {
		order = strverscmp(a_text, foreign_text(&list->view->nodes[b], list->sort));
	} else {
		double a_value = value(list, a, list->sort), b_value = value(list, b, list->sort);
		order = (a_value < b_value) - (a_value > b_value);
	}
	if (order == 0)
		return a < b ? -1 : a > b;
	return list->reverse ? -order : order;
}

static bool passes(const struct view_node *node, const char *filter)
{
	return filter[0] == '\0' || strcasestr(node->name, filter) != NULL ||
	       strcasestr(node->zone, filter) != NULL || strcasestr(node->cause, filter) != NULL ||
	       strcasestr(node_state_name(node->state), filter) != NULL;
}

size_t node_list_order(const struct node_list *list, uint16_t order[STORE_NODES_MAX])
{
	size_t count = 0;
	for (size_t i = 0; i < list->view->node_count && i < STORE_NODES_MAX; i++)
		if (passes(&list->view->nodes[i], list->filter))
			order[count++] = (uint16_t)i;
	qsort_r(order, count, sizeof(order[0]), compare, (void *)list);
	return count;
}

/* ---- texts ---- */

static void rate_text(char *out, double rate)
{
	if (rate >= 0)
		text_bytes(out, TEXT_BYTES, (uint64_t)rate);
}

/* What stands in a column that holds a short text of our own; "" for the others, and for what is not known. */
static void cell_text(const struct node_list *list, size_t at, enum node_column column, char out[TEXT_BYTES])
{
	const struct view_node *node = &list->view->nodes[at];
	out[0] = '\0';
	switch (column) {
	case NODE_COLUMN_FILL: {
		double fill = panel_node_fill(node);
		if (node->capacity_bytes == 0) {
			snprintf(out, TEXT_BYTES, "?"); /* a node that is away cannot say */
			break;
		}
		snprintf(out, TEXT_BYTES, fill > 0 && fill < 0.01 ? "<1 %%" : "%.0f %%",
			(double)(int)(fill * 100));
		break;
	}
	case NODE_COLUMN_USED:
		text_bytes(out, TEXT_BYTES, node->used_bytes);
		break;
	case NODE_COLUMN_CAPACITY:
		if (node->capacity_bytes > 0)
			text_bytes(out, TEXT_BYTES, node->capacity_bytes);
		else
			snprintf(out, TEXT_BYTES, "?"); /* a node that is away cannot say */
		break;
	case NODE_COLUMN_CHUNKS:
		paint_number(out, TEXT_BYTES, node->chunks);
		break;
	case NODE_COLUMN_RISK:
		paint_number(out, TEXT_BYTES, node->at_risk);
		break;
	case NODE_COLUMN_READ:
		rate_text(out, list->rates[at].read);
		break;
	case NODE_COLUMN_WRITTEN:
		rate_text(out, list->rates[at].written);
		break;
	case NODE_COLUMN_LATENCY:
		if (node->latency_ms >= 0)
			paint_latency(out, TEXT_BYTES, node->latency_ms);
		break;
	case NODE_COLUMN_ERRORS:
		paint_number(out, TEXT_BYTES, node->errors);
		break;
	case NODE_COLUMN_WEIGHT:
		snprintf(out, TEXT_BYTES, "%g", node->weight);
		break;
	default:
		break;
	}
}

/* ---- columns ---- */

static void widen(struct table_column *column, const char *text, int most)
{
	int width = cells_width(text, most);
	width = width < most ? width : most;
	column->wish = width > column->wish ? width : column->wish;
}

static void let_grow(struct table_column *column, int wish)
{
	column->most = column->wish;
	column->wish = column->wish < wish ? column->wish : wish;
}

void node_list_columns(const struct view *view, struct table_column columns[NODE_COLUMNS])
{
	const struct node_list list = {.view = view};
	char text[TEXT_BYTES];
	memcpy(columns, kinds, sizeof(kinds));
	for (size_t i = 0; i < view->node_count; i++) {
		const struct view_node *node = &view->nodes[i];
		widen(&columns[NODE_COLUMN_NAME], node->name, 28);
		widen(&columns[NODE_COLUMN_ZONE], node->zone, 16);
		widen(&columns[NODE_COLUMN_CAUSE], node->cause, 22);
		widen(&columns[NODE_COLUMN_PATH], node->path, 32);
		widen(&columns[NODE_COLUMN_STATE], node_state_name(node->state), 9);
		static const enum node_column numbers[] = {
			NODE_COLUMN_CAPACITY, NODE_COLUMN_CHUNKS, NODE_COLUMN_RISK, NODE_COLUMN_ERRORS};
		for (size_t j = 0; j < sizeof(numbers) / sizeof(*numbers); j++) {
			cell_text(&list, i, numbers[j], text);
			widen(&columns[numbers[j]], text, 27);
			columns[numbers[j]].least = columns[numbers[j]].wish;
		}
	}
	/* Long names are shown in whole only where everything else has what it needs. */
	let_grow(&columns[NODE_COLUMN_NAME], 14);
	let_grow(&columns[NODE_COLUMN_ZONE], 6);
	/* A cause that is cut says less than one in the place of the bar. */
	columns[NODE_COLUMN_CAUSE].least = columns[NODE_COLUMN_CAUSE].wish;
	/* The state has a symbol in front of it. */
	columns[NODE_COLUMN_STATE].wish += 2;
	columns[NODE_COLUMN_STATE].least = columns[NODE_COLUMN_STATE].wish;
}

/* ---- cells ---- */

/* Nothing to worry about is dim; what is not nothing speaks up. */
static enum role cell_role(const struct view_node *node, enum node_column column, const char *text)
{
	bool nothing = strcmp(text, "0") == 0 || strcmp(text, "0 B") == 0;
	switch (column) {
	case NODE_COLUMN_RISK:
		return nothing ? ROLE_DIM : ROLE_DEGRADED;
	case NODE_COLUMN_ERRORS:
		return nothing ? ROLE_DIM : ROLE_DEGRADED;
	case NODE_COLUMN_READ:
	case NODE_COLUMN_WRITTEN:
		return nothing ? ROLE_DIM : ROLE_ACCENT;
	case NODE_COLUMN_LATENCY:
		return node->state == NODE_SLOW  ? ROLE_DEGRADED
		       : view_node_answers(node) ? ROLE_TEXT
						 : ROLE_DIM;
	case NODE_COLUMN_CAPACITY:
	case NODE_COLUMN_WEIGHT:
		return ROLE_DIM;
	default:
		return view_node_answers(node) ? ROLE_TEXT : ROLE_DIM;
	}
}

static void draw_state(const struct paint *paint, int row, int column, int columns,
	const struct view_node *node, unsigned flags)
{
	unsigned style = panel_node_role(node->state) | flags;
	paint_text(paint, row, column, columns, style, paint->glyphs->node[node->state]);
	paint_text(paint, row, column + 2, columns - 2, style, node_state_name(node->state));
}

static void draw_fill(const struct paint *paint, int row, int column, int columns,
	const struct view_node *node, const char *percent, unsigned flags)
{
	double fill = panel_node_fill(node);
	unsigned style = (view_node_answers(node) ? panel_fill_role(fill) : ROLE_DIM) | flags;
	if (columns >= BAR_LEAST + 1 + PERCENT)
		paint_bar(paint, row, column, columns - 1 - PERCENT, fill, style);
	paint_right(paint, row, column + columns - PERCENT, PERCENT,
		(view_node_answers(node) ? ROLE_TEXT : ROLE_DIM) | flags, percent);
}

static void draw_cell(const struct node_list *list, size_t at, enum node_column column,
	const struct paint *paint, struct area cell, bool cause_elsewhere, unsigned flags)
{
	const struct view_node *node = &list->view->nodes[at];
	char text[TEXT_BYTES];
	const char *foreign = foreign_text(node, column);
	cell_text(list, at, column, text);
	if (foreign != NULL) {
		unsigned style = column == NODE_COLUMN_NAME
					 ? ((flags & STYLE_SELECTED) != 0 ? ROLE_SELECTED : ROLE_TEXT)
				 : column == NODE_COLUMN_CAUSE ? panel_node_role(node->state)
							       : ROLE_DIM;
		paint_text(paint, cell.row, cell.column, cell.columns, style | flags, foreign);
	} else if (column == NODE_COLUMN_STATE) {
		draw_state(paint, cell.row, cell.column, cell.columns, node, flags);
	} else if (column == NODE_COLUMN_FILL && !view_node_answers(node) && !cause_elsewhere &&
		   node->cause[0] != '\0') {
		paint_text(paint, cell.row, cell.column, cell.columns, panel_node_role(node->state) | flags,
			node->cause);
	} else if (column == NODE_COLUMN_FILL) {
		draw_fill(paint, cell.row, cell.column, cell.columns, node, text, flags);
	} else {
		paint_right(paint, cell.row, cell.column, cell.columns, cell_role(node, column, text) | flags,
			text);
	}
}

void node_list_draw(const struct node_list *list, size_t node, const struct paint *paint, struct area area,
	int row, const struct table_place *places, unsigned flags)
{
	bool cause_elsewhere = places[NODE_COLUMN_CAUSE].width > 0;
	for (int i = 0; i < NODE_COLUMNS; i++) {
		struct area cell = {row, area.column + places[i].at, 1, places[i].width};
		if (cell.columns > 0)
			draw_cell(list, node, (enum node_column)i, paint, cell, cause_elsewhere, flags);
	}
}

void node_list_rest(const struct node_list *list, size_t at, const struct paint *paint, struct area area,
	const struct table_place *places)
{
	const struct view_node *node = &list->view->nodes[at];
	static const enum node_column order[] = {NODE_COLUMN_USED, NODE_COLUMN_CHUNKS, NODE_COLUMN_RISK,
		NODE_COLUMN_READ, NODE_COLUMN_WRITTEN, NODE_COLUMN_LATENCY, NODE_COLUMN_ERRORS,
		NODE_COLUMN_WEIGHT};
	struct line line = line_begin(paint, area.row, area.column, area.columns);
	char text[TEXT_BYTES], capacity[TEXT_BYTES];
	if (places[NODE_COLUMN_CAUSE].width == 0 && node->cause[0] != '\0' && view_node_answers(node))
		line_add(&line, panel_node_role(node->state), "%s", node->cause);
	if (places[NODE_COLUMN_CAPACITY].width == 0) {
		cell_text(list, at, NODE_COLUMN_USED, text);
		cell_text(list, at, NODE_COLUMN_CAPACITY, capacity);
		line_add(&line, ROLE_TEXT, "%s of %s", text, capacity);
	}
	for (size_t i = 1; i < sizeof(order) / sizeof(*order); i++) {
		enum node_column column = order[i];
		cell_text(list, at, column, text);
		if (places[column].width > 0 || text[0] == '\0')
			continue;
		bool rate = column == NODE_COLUMN_READ || column == NODE_COLUMN_WRITTEN;
		line_add(&line, cell_role(node, column, text), "%s%s%s", text, rate ? "/s " : " ",
			column == NODE_COLUMN_READ      ? "read"
			: column == NODE_COLUMN_WRITTEN ? "written"
							: kinds[column].title);
	}
	int gap = line.begun ? 3 : 0;
	if (places[NODE_COLUMN_PATH].width == 0)
		paint_text(paint, area.row, line.column + gap, line.end - line.column - gap, ROLE_DIM,
			node->path);
}
