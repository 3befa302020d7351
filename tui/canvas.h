/*
 * canvas.h: what can be drawn on.
 *
 * A canvas takes one character at a time. The terminal is one (terminal.h); a test has another, so that
 * every screen can be drawn without a terminal.
 */
#ifndef LINCKIA_TUI_CANVAS_H
#define LINCKIA_TUI_CANVAS_H

#include <stdbool.h>
#include <stddef.h>

/* A rectangle of the screen; no rows or no columns: not there. */
struct area {
	int row, column;
	int rows, columns;
};

static inline bool area_has(struct area area, int row, int column)
{
	return row >= area.row && row < area.row + area.rows && column >= area.column &&
	       column < area.column + area.columns;
}

struct canvas {
	int rows, columns;
	/*
	 * Draws one character and what combines with it: `length` bytes of harmless UTF-8 that take `width`
	 * columns (1 or 2), which lie wholly on the canvas. `style` is as theme.h says.
	 */
	void (*put)(struct canvas *canvas, int row, int column, const char *text, size_t length, int width,
		unsigned style);
};

#endif
