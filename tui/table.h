/*
 * table.h: columns that share a row, and lists of rows below a heading.
 *
 * A column says the least width in which it is of use and the width that it would like. Where not even the least of
 * all fits, the columns with the highest rank go first, all of that rank at once; what is left over goes to the
 * columns that can grow. Text is cut as paint_text() does it; numbers are given columns wide enough or none.
 * Arranging is pure.
 */
#ifndef LINCKIA_TUI_TABLE_H
#define LINCKIA_TUI_TABLE_H

#include "tui/paint.h"

struct table_column {
	const char *title;
	int least, wish; /* columns of the screen; least <= wish */
	int rank;        /* 0 always stays */
	bool right;      /* numbers stand at the right end */
	bool grows;      /* takes what nobody else wants … */
	int most;        /* … up to this width; 0: no limit */
};

/* Where a column stands, counted from the beginning of the row; width 0: it has gone. */
struct table_place {
	int at, width;
};

/*
 * The first two cells of a row are for the cursor and a mark, the last one for a scroll bar; columns stand between.
 */
void table_arrange(const struct table_column *columns, size_t count, int width, struct table_place *places);

/* A title row: `title`, then the names of the columns; `sorted` (or -1) has an arrow. */
void table_heading(const struct paint *paint, struct area area, const char *title,
	const struct table_column *columns, const struct table_place *places, size_t count, int sorted,
	bool reverse);

/* Begins a row: cursor and mark. Returns the flags to add to the style of everything in it. */
unsigned table_row(const struct paint *paint, struct area area, int row, bool selected, bool marked);

/* A cell of a row of `area`. */
void table_cell(const struct paint *paint, struct area area, int row, const struct table_column *column,
	const struct table_place *place, unsigned style, const char *text);

/* ---- a list of rows below a heading, both in `area`; `first` of `total` is the first in sight ---- */

/* How many are in sight; at least 1. */
size_t table_visible(struct area area);

/* The scroll bar beside them. */
void table_scroll(const struct paint *paint, struct area area, size_t first, size_t total);

/* The one that lies there; `total`: none does. */
size_t table_at(struct area area, size_t first, size_t total, int row);

#endif
