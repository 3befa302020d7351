/*
 * panel_matrix.h: how many chunks each pair of nodes shares, as a field of cells.
 *
 * A pair that shares as much as the mean pair is in the middle of the scale, one that shares twice as much or more at
 * its end: an even store is a field of one colour, and a fixed pattern of neighbours shows as a diagonal.
 */
#ifndef LINCKIA_TUI_PANEL_MATRIX_H
#define LINCKIA_TUI_PANEL_MATRIX_H

#include "tui/paint.h"
#include "tui/pairs.h"

/* How it lies in an area: a row of headings, names at the left, cells. */
struct pair_matrix {
	struct area cells;
	int label;            /* columns of the names */
	int cell;             /* columns of a cell */
	bool number;          /* a cell has room for one */
	int heat;             /* columns of a cell that are coloured */
	size_t rows, columns; /* in sight, at least 1 */
};

struct pair_matrix pair_matrix_arrange(struct area area, const struct answer *answer);

/* What is in sight and under the cursor. */
struct pair_cursor {
	size_t row, column;
	size_t first_row, first_column;
};

/* With a cursor NULL there is none, and the first cells are in sight. */
void panel_matrix(const struct paint *paint, const struct pair_matrix *matrix, const struct answer *answer,
	const struct pairs *pairs, const struct pair_cursor *cursor);

/* The pair under the cursor, in words; returns `out`. */
char *pair_matrix_words(char *out, size_t size, const struct answer *answer, const struct pairs *pairs,
	const struct pair_cursor *cursor);

/* What the shapes of the cells mean, as much as fits into the row. */
void pair_matrix_legend(const struct paint *paint, struct area area);

#endif
