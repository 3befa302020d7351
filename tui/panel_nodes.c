/*
 * panel_nodes.c: one row, or two, for each node.
 *
 * The columns are the same for all rows: as wide as the longest text needs, within bounds that depend on
 * the screen. The bar takes what is left. A node that is down has no fill to speak of: where there
 * is no column for the cause, the cause stands in the place of its bar.
 */
#include <stdio.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/panels.h"

enum { BAR_MIN = 6, BAR_FAIR = 12, BAR_MAX = 60, PERCENT = 5, CAUSE = 24 };

/* A column begins at `at` and is `width` wide; width 0: there is none. */
struct slot {
	int at, width;
};

struct columns {
	struct slot name, zone, state, bar, percent, used, chunks, cause;
	int used_digits, capacity_digits;
};

enum role panel_node_role(enum node_state state)
{
	switch (state) {
	case NODE_UP:
		return ROLE_HEALTHY;
	case NODE_DOWN:
	case NODE_ABSENT:
		return ROLE_CRITICAL;
	default:
		return ROLE_DEGRADED;
	}
}

double panel_node_fill(const struct view_node *node)
{
	return node->capacity_bytes > 0 ? (double)node->used_bytes / (double)node->capacity_bytes : 0;
}

enum role panel_fill_role(double fill)
{
	return fill >= 0.95 ? ROLE_CRITICAL : fill >= 0.85 ? ROLE_DEGRADED : ROLE_BAR;
}

char *panel_node_used(char *out, size_t size, const struct view_node *node, int used, int capacity)
{
	char used_text[16], capacity_text[16];
	text_bytes(used_text, sizeof(used_text), node->used_bytes);
	/* A node that is away cannot say how large it is. */
	if (node->capacity_bytes > 0)
		text_bytes(capacity_text, sizeof(capacity_text), node->capacity_bytes);
	else
		snprintf(capacity_text, sizeof(capacity_text), "?");
	snprintf(out, size, "%*s / %*s", used, used_text, capacity, capacity_text);
	return out;
}

static int between(int value, int least, int most)
{
	return value < least ? least : value > most ? most : value;
}

static int longer(int best, const char *text, int most)
{
	int width = cells_width(text, most);
	return width > best ? width : best;
}

static int place(struct slot *slot, int at, int width, int gap)
{
	*slot = (struct slot){at, width};
	return width > 0 ? at + width + gap : at;
}

/* The columns that the texts of all nodes would like. */
static struct columns measure(const struct view *view)
{
	struct columns columns = {.name.width = 6, .zone.width = 1, .state.width = 4, .chunks.width = 6};
	/* Room for any number of bytes, so that the columns stand still while it grows. */
	columns.used_digits = 10;
	columns.capacity_digits = 7;
	char text[32];
	for (size_t i = 0; i < view->node_count; i++) {
		const struct view_node *node = &view->nodes[i];
		columns.name.width = longer(columns.name.width, node->name, 40);
		columns.zone.width = longer(columns.zone.width, node->zone, 40);
		columns.cause.width = longer(columns.cause.width, node->cause, 40);
		columns.state.width = longer(columns.state.width, node_state_name(node->state), 12);
		paint_number(text, sizeof(text), node->chunks);
		columns.chunks.width = longer(columns.chunks.width, text, 26);
		text_bytes(text, sizeof(text), node->capacity_bytes);
		columns.capacity_digits = longer(columns.capacity_digits, text, 10);
	}
	return columns;
}

/* Takes up to `wanted` columns from `*width`, but leaves `least`. Returns how many. */
static int give_way(int *width, int least, int wanted)
{
	int given = between(wanted, 0, *width > least ? *width - least : 0);
	*width -= given;
	return given;
}

static struct columns arrange(int width, int node_rows, const struct view *view)
{
	struct columns columns = measure(view);
	bool roomy = width >= 60, wide = width >= 90;
	int gap = roomy ? 2 : 1;
	int name = between(columns.name.width, 6, wide ? 24 : roomy ? 12 : 9);
	int zone = between(columns.zone.width, roomy ? 4 : 1, wide ? 16 : roomy ? 6 : 3);
	int state = columns.state.width;
	int cause = wide && node_rows == 1 && columns.cause.width > 0 ? between(columns.cause.width, 5, CAUSE)
								      : 0;
	int used = width >= 70 ? columns.used_digits + 3 + columns.capacity_digits : 0;
	int chunks = width >= 64 ? columns.chunks.width : 0;
	int taken = 2 + name + zone + 2 + state + cause + PERCENT + used + chunks;
	taken += gap * (3 + (cause > 0) + (used > 0) + (chunks > 0)) + 1;
	/* Long texts give way until the bar can be read. */
	taken -= give_way(&zone, 6, taken + BAR_FAIR - width);
	taken -= give_way(&name, 12, taken + BAR_FAIR - width);
	taken -= give_way(&cause, 16, taken + BAR_FAIR - width);
	int bar = between(width - taken, 0, BAR_MAX);
	int at = place(&columns.name, 2, name, gap);
	at = place(&columns.zone, at, zone, gap);
	at = place(&columns.state, at, 2 + state, gap);
	at = place(&columns.cause, at, cause, gap);
	at = place(&columns.bar, at, bar >= BAR_MIN ? bar : 0, 1);
	at = place(&columns.percent, at, PERCENT, gap);
	at = place(&columns.used, at, used, gap);
	place(&columns.chunks, at, chunks, gap);
	return columns;
}

static void draw_heading(const struct paint *paint, struct area area, const struct columns *columns)
{
	static const char title[] = "Nodes";
	paint_title(paint, area, title);
	const struct {
		const struct slot *slot;
		const char *text;
		bool right;
	} headings[] = {
		{&columns->zone, "zone", false},
		{&columns->state, "state", false},
		{&columns->cause, "cause", false},
		{&columns->bar, "fill", false},
		{&columns->used, "used / capacity", true},
		{&columns->chunks, "chunks", true},
	};
	int title_end = 3 + (int)strlen(title);
	for (size_t i = 0; i < sizeof(headings) / sizeof(*headings); i++) {
		const struct slot *slot = headings[i].slot;
		int length = (int)strlen(headings[i].text);
		int at = headings[i].right ? slot->at + slot->width - length : slot->at;
		if (slot->width == 0 || at < title_end || length > slot->width + 1)
			continue;
		paint_format(paint, area.row, area.column + at - 1, length + 2, ROLE_DIM, " %s ",
			headings[i].text);
	}
}

static void draw_fill(const struct paint *paint, int row, int column, const struct columns *columns,
	const struct view_node *node, bool cause_elsewhere, unsigned flags)
{
	if (!view_node_answers(node) && !cause_elsewhere && node->cause[0] != '\0') {
		int begin = columns->bar.width > 0 ? columns->bar.at : columns->percent.at;
		paint_text(paint, row, column + begin, columns->percent.at + PERCENT - begin,
			panel_node_role(node->state) | flags, node->cause);
		return;
	}
	double fill = panel_node_fill(node);
	int percent = (int)(fill * 100);
	enum role role = view_node_answers(node) ? panel_fill_role(fill) : ROLE_DIM;
	paint_bar(paint, row, column + columns->bar.at, columns->bar.width, fill, role | flags);
	char text[16];
	snprintf(text, sizeof(text), percent == 0 && fill > 0 ? "<1 %%" : "%d %%", percent);
	if (node->capacity_bytes == 0)
		snprintf(text, sizeof(text), "?"); /* a node that is away cannot say */
	paint_right(paint, row, column + columns->percent.at, PERCENT,
		(view_node_answers(node) ? ROLE_TEXT : ROLE_DIM) | flags, text);
}

static void draw_node(const struct paint *paint, struct area area, const struct columns *columns,
	const struct view_node *node, bool selected)
{
	unsigned flags = selected ? STYLE_SELECTED : 0;
	int row = area.row, column = area.column;
	char text[48];
	if (selected) {
		paint_fill(paint, (struct area){row, column, 1, area.columns - 1}, ROLE_TEXT | flags);
		paint_text(paint, row, column, 1, ROLE_ACCENT | flags, paint->glyphs->marker);
	}
	paint_text(paint, row, column + columns->name.at, columns->name.width,
		selected ? ROLE_SELECTED : ROLE_TEXT, node->name);
	paint_text(paint, row, column + columns->zone.at, columns->zone.width, ROLE_DIM | flags, node->zone);
	enum role role = panel_node_role(node->state);
	paint_text(paint, row, column + columns->state.at, 1, role | flags, paint->glyphs->node[node->state]);
	paint_text(paint, row, column + columns->state.at + 2, columns->state.width - 2, role | flags,
		node_state_name(node->state));
	if (columns->cause.width > 0)
		paint_text(paint, row, column + columns->cause.at, columns->cause.width, role | flags,
			node->cause);
	draw_fill(paint, row, column, columns, node, columns->cause.width > 0 || area.rows > 1, flags);
	panel_node_used(text, sizeof(text), node, columns->used_digits, columns->capacity_digits);
	if (columns->used.width > 0)
		paint_text(
			paint, row, column + columns->used.at, columns->used.width, ROLE_TEXT | flags, text);
	if (columns->chunks.width > 0)
		paint_right(paint, row, column + columns->chunks.at, columns->chunks.width, ROLE_TEXT | flags,
			paint_number(text, sizeof(text), node->chunks));
}

/* The second row of a node: what is worth knowing where there is room. */
static void draw_more(const struct paint *paint, int row, struct area area, const struct columns *columns,
	const struct view_node *node)
{
	int column = area.column + columns->name.at, columns_left = area.columns - columns->name.at - 2;
	char number[32];
	struct line line = line_begin(paint, row, column, columns_left);
	if (node->cause[0] != '\0')
		line_add(&line, panel_node_role(node->state), "%s", node->cause);
	if (node->at_risk > 0)
		line_add(&line, ROLE_DEGRADED, "%s at risk",
			paint_number(number, sizeof(number), node->at_risk));
	if (node->latency_ms >= 0)
		line_add(&line, ROLE_DIM, "%s", paint_latency(number, sizeof(number), node->latency_ms));
	int gap = line.begun ? 2 : 0;
	paint_text(paint, row, line.column + gap, line.end - line.column - gap, ROLE_DIM, node->path);
}

void panel_nodes(const struct paint *paint, const struct layout *layout, const struct view *view,
	size_t selected, size_t first)
{
	struct area area = layout->nodes;
	struct columns columns = arrange(area.columns - 1, layout->node_rows, view);
	if (layout->nodes_titled) {
		draw_heading(paint, area, &columns);
		area.row++;
		area.rows--;
	}
	if (view->node_count == 0)
		paint_text(paint, area.row, area.column + 2, area.columns - 2, ROLE_DIM, "No nodes.");
	size_t visible = layout_visible_nodes(layout);
	for (size_t i = 0; i < visible && first + i < view->node_count; i++) {
		const struct view_node *node = &view->nodes[first + i];
		struct area row = {
			area.row + (int)i * layout->node_rows, area.column, layout->node_rows, area.columns};
		draw_node(paint, row, &columns, node, first + i == selected);
		if (layout->node_rows > 1)
			draw_more(paint, row.row + 1, row, &columns, node);
	}
	paint_scroll(paint, area, first, visible, view->node_count);
}
