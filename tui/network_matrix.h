/*
 * network_matrix.h: the links of a view as a matrix with a cursor: a row for who asks, a column for who answers.
 */
#ifndef LINCKIA_TUI_NETWORK_MATRIX_H
#define LINCKIA_TUI_NETWORK_MATRIX_H

#include "tui/link.h"
#include "tui/network.h"
#include "tui/screen.h"

/* Which link it is on, by participants; what is in sight, by positions of the axis. */
struct link_cursor {
	int from, to;
	size_t first_row, first_column;
	enum network_cells cells;
	enum link_metric metric;
};

/* What a draw or a move needs to know; made anew each time. */
struct link_matrix {
	struct axis axis;
	struct network_layout layout;
	struct area list;   /* the client's links, below the matrix, where all of both fits */
	size_t row, column; /* of the cursor */
};

void link_matrix_make(
	const struct console *console, const struct link_cursor *cursor, struct link_matrix *matrix);
void link_matrix_draw(
	const struct console *console, const struct paint *paint, const struct link_cursor *cursor);

/* What stands below it (network_foot.c): the link under the cursor, and how many of all are not as they should be. */
void link_matrix_draw_link(const struct console *console, const struct paint *paint, struct area area,
	const struct link_cursor *cursor);
void link_matrix_draw_summary(const struct console *console, const struct paint *paint, struct area area);

#endif
