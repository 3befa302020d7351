/*
 * surface.h: a canvas in memory that knows what has changed since it was last shown.
 *
 * Each frame is drawn anew on an empty surface; only the cells that differ from the frame before go to the terminal.
 * That costs a comparison of a cell where it saves a call into curses.
 */
#ifndef LINCKIA_TUI_SURFACE_H
#define LINCKIA_TUI_SURFACE_H

#include "tui/canvas.h"

enum { SURFACE_TEXT = 20 }; /* a character and four that combine with it */

struct surface_cell {
	char text[SURFACE_TEXT];
	unsigned char length;
	unsigned char width; /* 1 or 2; 0: the right half of the cell before */
	unsigned short style;
};

struct surface {
	struct canvas canvas; /* first, so that the canvas is the surface */
	struct surface_cell *drawn, *shown;
};

/* An empty canvas of that size. Where there is no memory for it, the size is none. */
struct canvas *surface_begin(struct surface *surface, int rows, int columns);

/* Forgets what is shown: everything counts as changed. */
void surface_forget(struct surface *surface);

typedef void surface_change(int row, int column, const struct surface_cell *cell);
/* Reports the cells that have changed, from the left to the right and downwards, and takes them for shown. */
void surface_show(struct surface *surface, surface_change *change);

void surface_release(struct surface *surface);

#endif
