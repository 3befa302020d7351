/*
 * chunks_layout.c: dividing the two pages about chunks.
 *
 * Nodes stand above live copies; on a wide screen beside them, with the pairs of nodes below where there is room for
 * all. The page of pairs is a field of cells, with what is said about it above and right below.
 */
#include "tui/chunks_layout.h"
#include "tui/panel_copies.h"
#include "tui/panels.h"

enum { WIDE_COLUMNS = 130, SIDE_COLUMNS = 76, SIDE_GAP = 3, PAIRS_FROM = 4 };

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

static struct area take_bottom(struct area *rest, int rows)
{
	rest->rows -= rows;
	return (struct area){rest->row + rest->rows, rest->column, rows, rest->columns};
}

struct chunks_layout chunks_layout(struct area body, const struct view *view)
{
	struct chunks_layout layout = {0};
	/* Where there are no nodes, a row says so. */
	int nodes = 1 + (view->node_count == 0             ? 1
				: view->node_count < 10000 ? (int)view->node_count
							   : 10000);
	int summary = smaller(body.rows, body.rows >= 12 ? 2 : 1);
	layout.summary = (struct area){body.row, body.column, summary, body.columns};
	struct area rest = {body.row + summary, body.column, body.rows - summary, body.columns};
	int zones = 1 + panel_zones_rows(view);
	if (rest.rows < 4) {
		layout.bars = rest;
		return layout;
	}
	if (body.columns >= WIDE_COLUMNS && body.rows >= 16) {
		/* A second panel of as many rows, its title and its heading. */
		if (rest.rows > 2 * nodes + 2 && nodes >= 1 + PAIRS_FROM)
			layout.pairs = take_bottom(&rest, rest.rows - nodes - 1);
		struct area side = rest;
		rest.columns -= SIDE_COLUMNS + SIDE_GAP;
		side.column += rest.columns + SIDE_GAP;
		side.columns = SIDE_COLUMNS;
		layout.bars = rest;
		layout.copies = side;
		layout.copies.rows = smaller(side.rows, panel_copies_rows(view, side.columns));
		int left = side.rows - layout.copies.rows - 1;
		if (left > zones)
			layout.zones = (struct area){
				side.row + layout.copies.rows + 1, side.column, zones, side.columns};
		return layout;
	}
	int copies = panel_copies_rows(view, body.columns);
	if (rest.rows - copies < smaller(nodes, 5))
		copies = PANEL_COPIES_BRIEF;
	layout.copies = take_bottom(&rest, copies);
	layout.bars = rest;
	if (nodes + 1 + zones < rest.rows) {
		layout.zones = take_bottom(&rest, zones);
		layout.bars = rest;
	}
	return layout;
}

/* The words and the legend stand right below the cells, so that they are near what they are about. */
struct pairs_layout pairs_layout(struct area body, size_t nodes)
{
	struct pairs_layout layout = {0};
	int summary = smaller(body.rows, body.rows >= 12 ? 2 : 1);
	layout.summary = (struct area){body.row, body.column, summary, body.columns};
	body.row += summary;
	body.rows -= summary;
	int legend = body.rows >= 8 ? 1 : 0, words = body.rows >= 4 ? 1 : 0;
	int room = body.rows - legend - words, gap = 0;
	/* A title and a heading; an empty row below where there is one to spare. */
	if (nodes > 0 && nodes < (size_t)room && (int)nodes + 2 < room) {
		gap = 1;
		room = (int)nodes + 2;
	}
	layout.matrix = (struct area){body.row, body.column, room, body.columns};
	layout.words = (struct area){body.row + room + gap, body.column, words, body.columns};
	layout.legend = (struct area){body.row + room + gap + words, body.column, legend, body.columns};
	return layout;
}
