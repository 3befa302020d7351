/*
 * nodes_layout.c: who gets rows first.
 */
#include <assert.h>

#include "tui/nodes_layout.h"

enum {
	REST_ROWS = 2,
	PAGE_ROWS = 10, /* less is no page */
	PAGE_FACTS = 4,
	EVENTS_LEAST = 4,
	SIDE_COLUMNS = 76,  /* from here on two parts stand side by side … */
	WIDE_COLUMNS = 140, /* … and from here on the events on the right of everything */
	WIDE_ROWS = 12,
	AIRY_ROWS = 30, /* from here on there is an empty row above each title */
	COLUMN_GAP = 3,
};

/* Cuts the first rows off `area`. */
static struct area cut(struct area *area, int rows)
{
	assert(rows >= 0 && rows <= area->rows);
	struct area top = {area->row, area->column, rows, area->columns};
	area->row += rows;
	area->rows -= rows;
	return top;
}

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

struct nodes_layout layout_nodes(struct area body, size_t rows)
{
	struct nodes_layout layout = {.table = body};
	if (body.rows < 4)
		return layout;
	layout.facts = cut(&body, 1);
	int wanted = 1 + (rows < 1000 ? (int)(rows > 0 ? rows : 1) : 1000);
	if (wanted + 1 + PAGE_ROWS <= body.rows) {
		layout.table = cut(&body, wanted);
		cut(&body, 1);
		layout.page = body;
	} else if (body.rows >= 10) {
		layout.table = cut(&body, body.rows - REST_ROWS);
		layout.rest = body;
	} else {
		layout.table = body;
	}
	return layout;
}

size_t nodes_layout_visible(const struct nodes_layout *layout)
{
	return layout->table.rows > 2 ? (size_t)layout->table.rows - 1 : 1;
}

/* A part with a title, as much of it as leaves `reserve`; an empty row above it where that fits too. */
static struct area part(struct area *area, int rows, int reserve, bool airy)
{
	rows = smaller(rows, area->rows - 1 - reserve);
	if (rows < 1)
		return (struct area){0};
	if (airy && 2 + rows + reserve <= area->rows)
		cut(area, 1);
	return cut(area, 1 + rows);
}

static void split(struct area area, int left_columns, struct area *left, struct area *right)
{
	*left = *right = area;
	left->columns = left_columns;
	right->column += left_columns + COLUMN_GAP;
	right->columns -= left_columns + COLUMN_GAP;
}

struct page_layout layout_page(struct area area, int copies, int files, int trends)
{
	struct page_layout layout = {0};
	bool airy = area.rows >= AIRY_ROWS;
	layout.facts = cut(&area, smaller(area.rows, PAGE_FACTS));
	if (area.columns >= WIDE_COLUMNS && area.rows >= WIDE_ROWS) {
		struct area left;
		if (airy)
			cut(&area, 1);
		split(area, area.columns * 2 / 5, &left, &layout.events);
		layout.copies = part(&left, copies, 0, false);
		layout.trends = part(&left, trends, 0, airy);
		layout.files = part(&left, files, 0, airy);
	} else if (area.columns >= SIDE_COLUMNS && area.rows >= 2 * EVENTS_LEAST) {
		int middle = 1 + (copies > trends ? copies : trends);
		if (airy)
			cut(&area, 1);
		struct area both = cut(&area, smaller(middle, area.rows - EVENTS_LEAST));
		split(both, (both.columns - COLUMN_GAP) / 2, &layout.copies, &layout.trends);
		layout.files = part(&area, files, EVENTS_LEAST + 1, airy);
		if (airy && area.rows > EVENTS_LEAST)
			cut(&area, 1);
		layout.events = area;
	} else if (area.columns >= SIDE_COLUMNS && area.rows > 2) {
		split(area, (area.columns - COLUMN_GAP) / 2, &layout.copies, &layout.events);
	} else {
		if (1 + copies + EVENTS_LEAST <= area.rows)
			layout.copies = part(&area, copies, EVENTS_LEAST, airy);
		layout.trends = part(&area, trends, EVENTS_LEAST, airy);
		layout.files = part(&area, files, EVENTS_LEAST, airy);
		layout.events = area.rows > 1 ? area : (struct area){0};
	}
	return layout;
}

/* As many of `rows` as there are. */
static struct area take(struct area *area, int rows)
{
	return cut(area, smaller(rows, area->rows));
}

struct loss_layout layout_loss(struct area body, int verdict, int repair, size_t files)
{
	enum { VERDICT_MOST = 3, COUNTS = 3, LOSS_AIRY = 18, FILES_LEAST = 3 };
	struct loss_layout layout = {0};
	int gap = body.rows >= LOSS_AIRY ? 1 : 0;
	layout.title = take(&body, 1);
	take(&body, gap);
	layout.verdict = take(&body, smaller(verdict, VERDICT_MOST));
	take(&body, gap);
	layout.counts = take(&body, body.rows >= COUNTS ? COUNTS : 0);
	take(&body, gap);
	/* Some files are worth more than the last words about repair, but not more than the first. */
	int spare = body.rows - (files > 0 ? FILES_LEAST : 0);
	layout.repair = take(&body, smaller(repair, spare > 2 ? spare : 2));
	if (files > 0 && body.rows >= 2) {
		take(&body, body.rows > FILES_LEAST ? gap : 0);
		layout.files = body;
	}
	return layout;
}
