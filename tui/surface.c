/*
 * surface.c: two grids of cells, the one that is drawn and the one that is shown.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tui/surface.h"
#include "tui/theme.h"

static const struct surface_cell blank = {.text = " ", .length = 1, .width = 1, .style = ROLE_TEXT};

static size_t cell_count(const struct surface *surface)
{
	return (size_t)surface->canvas.rows * (size_t)surface->canvas.columns;
}

static struct surface_cell *cell_at(struct surface *surface, int row, int column)
{
	return &surface->drawn[(size_t)row * (size_t)surface->canvas.columns + (size_t)column];
}

/* A wide character loses its meaning when one of its halves is drawn over. */
static void break_wide(struct surface *surface, int row, int column)
{
	struct surface_cell *cell = cell_at(surface, row, column);
	if (cell->width == 0 && column > 0)
		cell[-1] = blank;
	else if (cell->width == 2 && column + 1 < surface->canvas.columns)
		cell[1] = blank;
	*cell = blank;
}

static void surface_put(struct canvas *canvas, int row, int column, const char *text, size_t length,
	int width, unsigned style)
{
	struct surface *surface = (struct surface *)canvas;
	assert(row >= 0 && row < canvas->rows && column >= 0 && column + width <= canvas->columns);
	for (int i = 0; i < width; i++)
		if (cell_at(surface, row, column + i)->width != 1)
			break_wide(surface, row, column + i);
	struct surface_cell *cell = cell_at(surface, row, column);
	/* What does not fit into a cell would not fit into one of curses either. */
	bool fits = length <= SURFACE_TEXT;
	memset(cell, 0, sizeof(*cell));
	memcpy(cell->text, fits ? text : "?", fits ? length : 1);
	cell->length = (unsigned char)(fits ? length : 1);
	cell->width = (unsigned char)(fits ? width : 1);
	cell->style = (unsigned short)style;
	for (int i = 1; i < width; i++) {
		cell[i] = blank;
		cell[i].style = (unsigned short)style;
		cell[i].width = fits ? 0 : 1;
	}
}

static void resize(struct surface *surface, int rows, int columns)
{
	size_t count = (size_t)rows * (size_t)columns;
	surface_release(surface);
	surface->drawn = calloc(count, sizeof(*surface->drawn));
	surface->shown = calloc(count, sizeof(*surface->shown));
	if (surface->drawn == NULL || surface->shown == NULL) {
		surface_release(surface);
		return;
	}
	surface->canvas.rows = rows;
	surface->canvas.columns = columns;
}

struct canvas *surface_begin(struct surface *surface, int rows, int columns)
{
	surface->canvas.put = surface_put;
	if (rows != surface->canvas.rows || columns != surface->canvas.columns)
		resize(surface, rows, columns);
	size_t count = cell_count(surface);
	for (size_t i = 0; i < count; i++)
		surface->drawn[i] = blank;
	return &surface->canvas;
}

void surface_forget(struct surface *surface)
{
	/* No cell that is drawn looks like this. */
	if (surface->shown != NULL)
		memset(surface->shown, 0, cell_count(surface) * sizeof(*surface->shown));
}

void surface_show(struct surface *surface, surface_change *change)
{
	for (int row = 0; row < surface->canvas.rows; row++)
		for (int column = 0; column < surface->canvas.columns; column++) {
			const struct surface_cell *cell = cell_at(surface, row, column);
			struct surface_cell *shown = &surface->shown[cell - surface->drawn];
			if (memcmp(cell, shown, sizeof(*cell)) == 0)
				continue;
			*shown = *cell;
			if (cell->width > 0)
				change(row, column, cell);
		}
}

void surface_release(struct surface *surface)
{
	free(surface->drawn);
	free(surface->shown);
	surface->drawn = surface->shown = NULL;
	surface->canvas.rows = surface->canvas.columns = 0;
}
