/*
 * panel_rate.c: how fast repair has been, as a chart that is some rows high: one column for each value, now at the
 * right end.
 */
#include <stdio.h>

#include "tui/panels.h"

enum { AXIS = 12, STEPS = 8 };

/* The least of 1, 2, 4 … that the rates stay below, so that the chart rarely changes its scale. */
static double scale(const double *rates, size_t count)
{
	double most = 0, top = 64 * 1024;
	for (size_t i = 0; i < count; i++)
		most = rates[i] > most ? rates[i] : most;
	while (top < most)
		top *= 2;
	return top;
}

static void draw_column(const struct paint *paint, struct area area, int column, double ratio)
{
	int height = (int)(ratio * area.rows * STEPS + 0.5);
	if (height == 0 && ratio > 0)
		height = 1;
	for (int i = 0; i < area.rows; i++, height -= STEPS) {
		int row = area.row + area.rows - 1 - i;
		int part = height < STEPS ? height : STEPS;
		if (part > 0)
			paint_text(paint, row, column, 1, ROLE_BAR, paint->glyphs->spark[part - 1]);
		else if (i == 0)
			paint_text(paint, row, column, 1, ROLE_TRACK, paint->glyphs->spark[0]);
	}
}

void panel_rate(
	const struct paint *paint, struct area area, const double *rates, size_t count, uint64_t limit)
{
	char text[24], bytes[16];
	struct area chart = {area.row, area.column + AXIS, area.rows, area.columns - AXIS};
	if (area.rows < 1 || chart.columns < 1)
		return;
	size_t shown = count < (size_t)chart.columns ? count : (size_t)chart.columns;
	const double *first = rates + (count - shown);
	double top = scale(first, shown);
	snprintf(text, sizeof(text), "%s/s", text_bytes(bytes, sizeof(bytes), (uint64_t)top));
	paint_right(paint, area.row, area.column, AXIS - 1, ROLE_DIM, text);
	if (area.rows > 1)
		paint_right(paint, area.row + area.rows - 1, area.column, AXIS - 1, ROLE_DIM, "0 B/s");
	if (limit > 0 && (double)limit < top) {
		int row = area.row + area.rows - 1 - (int)((double)limit / top * area.rows);
		if (row > area.row && row < area.row + area.rows - 1)
			paint_right(paint, row, area.column, AXIS - 1, ROLE_TEXT, "limit");
		for (int i = 0; row >= area.row && i < chart.columns; i++)
			paint_text(paint, row, chart.column + i, 1, ROLE_RULE, paint->glyphs->rule);
	}
	for (size_t i = 0; i < shown; i++)
		if (first[i] >= 0)
			draw_column(paint, chart, chart.column + chart.columns - (int)shown + (int)i,
				first[i] / top);
}
