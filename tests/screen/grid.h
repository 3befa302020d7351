/*
 * grid.h: a canvas in memory, for tests that look at what was drawn without a terminal.
 *
 * Every put is checked to lie on the canvas and to be harmless text of the width it claims. The second cell
 * of a wide character holds nothing.
 */
#ifndef LINCKIA_TESTS_SCREEN_GRID_H
#define LINCKIA_TESTS_SCREEN_GRID_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "tui/canvas.h"
#include "tui/theme.h"

enum { GRID_ROWS = 100, GRID_COLUMNS = 300, GRID_CELL = 32 };

struct grid_cell {
	char text[GRID_CELL];
	unsigned style;
};

struct grid {
	struct canvas canvas; /* first, so that a canvas is a grid */
	struct grid_cell cells[GRID_ROWS][GRID_COLUMNS];
};

static inline void grid_put(struct canvas *canvas, int row, int column, const char *text, size_t length,
	int width, unsigned style)
{
	struct grid *grid = (struct grid *)canvas;
	assert_in_range(row, 0, canvas->rows - 1);
	assert_in_range(column, 0, canvas->columns - 1);
	assert_in_range(column + width, 1, canvas->columns);
	assert_in_range(length, 1, GRID_CELL - 1);
	assert_true((style & STYLE_ROLE) < ROLES);
	int columns = 0;
	for (size_t at = 0; at < length;) {
		uint32_t code_point;
		size_t size = text_decode(text + at, length - at, &code_point);
		assert_true(size > 0);
		assert_true(code_point >= 0x20 && (code_point < 0x7f || code_point >= 0xa0));
		columns += text_width(code_point);
		at += size;
	}
	assert_int_equal(columns, width);
	for (int i = 0; i < width; i++) {
		struct grid_cell *cell = &grid->cells[row][column + i];
		memcpy(cell->text, text, i == 0 ? length : 0);
		cell->text[i == 0 ? length : 0] = '\0';
		cell->style = style;
	}
}

/* A blank grid; it is large, so it is one for the whole program. */
static inline struct grid *grid_make(int rows, int columns)
{
	static struct grid grid;
	grid.canvas = (struct canvas){rows, columns, grid_put};
	for (int row = 0; row < GRID_ROWS; row++)
		for (int column = 0; column < GRID_COLUMNS; column++)
			grid.cells[row][column] = (struct grid_cell){" ", ROLE_TEXT};
	return &grid;
}

/* A row as text, without the blanks at its end. Overwritten by the next call. */
static inline const char *grid_row(const struct grid *grid, int row)
{
	static char text[GRID_COLUMNS * GRID_CELL];
	size_t length = 0;
	for (int column = 0; column < grid->canvas.columns; column++) {
		const char *cell = grid->cells[row][column].text;
		memcpy(text + length, cell, strlen(cell));
		length += strlen(cell);
	}
	while (length > 0 && text[length - 1] == ' ')
		length--;
	text[length] = '\0';
	return text;
}

/* Whether any row contains `text`. */
static inline bool grid_shows(const struct grid *grid, const char *text)
{
	for (int row = 0; row < grid->canvas.rows; row++)
		if (strstr(grid_row(grid, row), text) != NULL)
			return true;
	return false;
}

#endif
