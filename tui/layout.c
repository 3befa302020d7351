/*
 * layout.c: dividing the screen.
 *
 * Panels stand one above the other; a wide and high screen has two such columns. Each panel names the
 * least it needs to be of use and the most it can fill. Rows go first to everybody's least, in the order
 * of importance, then to growth in the same order; a log fills whatever is left.
 */
#include <assert.h>

#include "tui/layout.h"
#include "tui/panel_copies.h"
#include "tui/panels.h"

enum {
	TITLED_ROWS = 16, /* from here on there are titles and a message row */
	AIRY_ROWS = 32,   /* from here on there is an empty row above each title */
	WIDE_COLUMNS = 110,
	ROOMY_ROWS = 40, /* from here on a node may have two rows */
	HEAT_LEAST = 5,
	HEAT_FEW = 10,
	HEAT_MOST = 15, /* of a grid */
	WIDE_ROWS = 30,
	COLUMN_GAP = 3,
};

struct share {
	struct area *area;
	int least, most;
	bool whole; /* either `least` or `most`, nothing between */
	int rows;
};

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

static int larger(int a, int b)
{
	return a > b ? a : b;
}

/* More things than rows is the same as very many. */
static int count(size_t number)
{
	return number < 10000 ? (int)number : 10000;
}

static void give_least(struct share *share, int *spare, int gap)
{
	if (share->least <= 0 || share->least + gap > *spare)
		return;
	share->rows = share->least;
	*spare -= share->least + gap;
}

static void give_more(struct share *share, int *spare, int most)
{
	int more = smaller(most - share->rows, *spare);
	if (share->rows == 0 || more <= 0 || (share->whole && share->rows + more < share->most))
		return;
	share->rows += more;
	*spare -= more;
}

/* Puts the shares, in the order given, below each other into `area`. */
static void stack(struct area area, struct share *const *shares, size_t share_count, int gap)
{
	int row = area.row;
	for (size_t i = 0; i < share_count; i++) {
		if (shares[i]->rows == 0)
			continue;
		row += gap;
		*shares[i]->area = (struct area){row, area.column, shares[i]->rows, area.columns};
		row += shares[i]->rows;
	}
	assert(row <= area.row + area.rows);
}

/* A title, and what rows of time or a grid can make something of: one, two or three rows a node and the axis. */
static int heat_rows(const struct view *view, int room)
{
	int nodes = count(view->node_count);
	for (int height = 3; height > 0 && nodes > 0; height--) {
		int rows = 1 + height * nodes + (height == 1 ? 1 : 0);
		if (rows <= room)
			return larger(rows, HEAT_LEAST);
	}
	return larger(smaller(room, HEAT_MOST), HEAT_LEAST);
}

/* A title, a row for each node, if they are few, and the axis. */
static int heat_rows_least(const struct view *view)
{
	int nodes = count(view->node_count);
	return nodes <= HEAT_FEW ? larger(1 + nodes + 1, HEAT_LEAST) : HEAT_LEAST;
}

static void divide_narrow(struct layout *layout, struct area area, int gap, const struct view *view)
{
	int title = layout->nodes_titled ? 1 : 0;
	int node_count = larger(count(view->node_count), 1);
	int checks_rows = view->check_count > 0 ? 1 + panel_checks_rows(view, area.columns) : 0;
	struct share nodes = {&layout->nodes, title + smaller(node_count, 4), title + node_count, false, 0};
	struct share events = {&layout->events, 3, area.rows, false, 0};
	struct share checks = {&layout->checks, smaller(checks_rows, 3), checks_rows, false, 0};
	struct share chunks = {
		&layout->chunks, PANEL_COPIES_BRIEF, panel_copies_rows(view, area.columns), true, 0};
	/* Repair is told among the facts; it gets a panel of its own when it has something to do. */
	int repair_rows = view->repair.state != REPAIR_IDLE ? panel_repair_rows(view) : 0;
	struct share repair = {&layout->repair, smaller(repair_rows, 3), repair_rows, false, 0};
	struct share heat = {&layout->heat, heat_rows_least(view), area.rows, false, 0};
	int spare = area.rows;
	give_least(&nodes, &spare, layout->nodes_titled ? gap : 0);
	give_least(&events, &spare, gap);
	if (layout->nodes_titled) {
		give_least(&checks, &spare, gap);
		give_least(&repair, &spare, gap);
		give_least(&chunks, &spare, gap);
	}
	give_more(&nodes, &spare, smaller(nodes.most, larger(area.rows / 2, 8)));
	give_more(&checks, &spare, smaller(checks.most, larger(area.rows / 3, 6)));
	give_more(&chunks, &spare, chunks.most);
	give_more(&events, &spare, smaller(events.most, larger(8, area.rows / 4)));
	give_more(&nodes, &spare, nodes.most);
	give_more(&repair, &spare, repair.most);
	give_more(&checks, &spare, checks.most);
	if (layout->nodes_titled)
		give_least(&heat, &spare, gap);
	give_more(&heat, &spare, heat_rows(view, heat.rows + smaller(spare, area.rows / 4)));
	give_more(&events, &spare, events.most);
	struct share *const order[] = {&checks, &nodes, &heat, &repair, &chunks, &events};
	stack(area, order, sizeof(order) / sizeof(*order), gap);
}

static void divide_wide(
	struct layout *layout, struct area left, struct area right, int gap, const struct view *view)
{
	int node_count = larger(count(view->node_count), 1);
	int half = left.rows / 2;
	layout->node_rows = left.rows >= ROOMY_ROWS && 1 + 2 * node_count <= half ? 2 : 1;
	int nodes_rows = 1 + layout->node_rows * node_count;
	int zones_rows = panel_zones_rows(view);
	struct share nodes = {&layout->nodes, smaller(nodes_rows, 5), nodes_rows, false, 0};
	struct share chunks = {&layout->chunks, panel_copies_rows_least(view),
		panel_copies_rows(view, left.columns), true, 0};
	struct share zones = {&layout->zones, zones_rows > 1 ? 1 + zones_rows : 0, 0, false, 0};
	struct share heat = {&layout->heat, heat_rows_least(view), left.rows, false, 0};
	int spare = left.rows;
	give_least(&nodes, &spare, gap);
	give_least(&chunks, &spare, gap);
	give_least(&heat, &spare, gap);
	give_more(&nodes, &spare, smaller(nodes.most, larger(left.rows / 2, 8)));
	give_least(&zones, &spare, gap);
	give_more(&nodes, &spare, nodes.most);
	give_more(&chunks, &spare, chunks.most);
	give_more(&heat, &spare, heat_rows(view, heat.rows + spare));
	struct share *const left_order[] = {&nodes, &heat, &zones, &chunks};
	stack(left, left_order, sizeof(left_order) / sizeof(*left_order), gap);

	int checks_rows = view->check_count > 0 ? 1 + panel_checks_rows(view, right.columns) : 0;
	struct share checks = {&layout->checks, smaller(checks_rows, 3), checks_rows, false, 0};
	struct share events = {&layout->events, 3, right.rows, false, 0};
	int notes_rows = panel_notes_rows(view, right.columns);
	struct share notes = {&layout->notes, notes_rows > 0 ? 1 + notes_rows : 0, 0, false, 0};
	struct share repair = {&layout->repair, 3, panel_repair_rows(view), false, 0};
	spare = right.rows;
	give_least(&events, &spare, gap);
	give_least(&checks, &spare, gap);
	give_least(&repair, &spare, gap);
	give_more(&repair, &spare, repair.most);
	give_more(&checks, &spare, smaller(checks.most, larger(right.rows / 2, 6)));
	give_more(&events, &spare, smaller(events.most, 8));
	give_least(&notes, &spare, gap);
	give_more(&events, &spare, events.most);
	struct share *const right_order[] = {&checks, &repair, &notes, &events};
	stack(right, right_order, sizeof(right_order) / sizeof(*right_order), gap);
}

struct frame layout_frame(int rows, int columns)
{
	struct frame frame = {.too_small = rows < LAYOUT_ROWS_MIN || columns < LAYOUT_COLUMNS_MIN};
	if (frame.too_small)
		return frame;
	int roomy = rows >= TITLED_ROWS ? 1 : 0;
	frame.health = (struct area){0, 0, 1, columns};
	frame.tabs = (struct area){1, 0, roomy, columns};
	frame.message = (struct area){rows - 2, 0, roomy, columns};
	frame.footer = (struct area){rows - 1, 0, 1, columns};
	frame.body = (struct area){1 + roomy, 0, rows - 2 - 2 * roomy, columns};
	return frame;
}

struct layout layout_overview(int rows, int columns, const struct view *view)
{
	struct layout layout = {.node_rows = 1};
	struct frame frame = layout_frame(rows, columns);
	if (frame.too_small) {
		layout.too_small = true;
		return layout;
	}
	bool roomy = rows >= TITLED_ROWS;
	int gap = rows >= AIRY_ROWS ? 1 : 0;
	struct area rest = frame.body;
	layout.nodes_titled = roomy;
	layout.facts = (struct area){rest.row, 0, roomy ? 2 : 1, columns};
	if (roomy) {
		/* A fourth of the screen, and no more than is needed to see what happened. */
		int width = smaller(larger(columns / 4, 22), 64);
		layout.strip = (struct area){rest.row + 1, columns - width, 1, width};
	}
	rest.row += layout.facts.rows;
	rest.rows -= layout.facts.rows;
	if (columns >= WIDE_COLUMNS && rows >= WIDE_ROWS) {
		struct area left = rest, right = rest;
		left.columns = (columns - COLUMN_GAP) / 2;
		right.column = left.columns + COLUMN_GAP;
		right.columns = columns - right.column;
		divide_wide(&layout, left, right, gap, view);
	} else {
		divide_narrow(&layout, rest, gap, view);
	}
	assert(layout.nodes.rows > 0 && layout.events.rows > 0);
	return layout;
}

size_t layout_visible_nodes(const struct layout *layout)
{
	int rows = layout->nodes.rows - (layout->nodes_titled ? 1 : 0);
	int visible = rows / layout->node_rows;
	return visible > 0 ? (size_t)visible : 1;
}

size_t layout_scroll(size_t first, size_t selected, size_t visible, size_t total)
{
	if (visible >= total)
		return 0;
	if (first > total - visible)
		first = total - visible;
	if (selected < first)
		return selected;
	if (selected >= first + visible)
		return selected - visible + 1;
	return first;
}

struct area layout_centre(int screen_rows, int screen_columns, int rows, int columns)
{
	rows = smaller(rows, screen_rows);
	columns = smaller(columns, screen_columns);
	return (struct area){(screen_rows - rows) / 2, (screen_columns - columns) / 2, rows, columns};
}
