/*
 * paint.c: drawing by pieces, so that nothing foreign and nothing halved reaches the canvas.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/paint.h"

enum { FORMAT_BYTES = 1024 }; /* more than any row shows */

static int clip(const struct paint *paint, int row, int column, int columns)
{
	if (row < 0 || row >= paint->canvas->rows || column < 0 || column >= paint->canvas->columns)
		return 0;
	int room = paint->canvas->columns - column;
	return columns < 0 ? 0 : columns < room ? columns : room;
}

static int put(const struct paint *paint, int row, int column, unsigned style, const char *text,
	size_t length, int width)
{
	paint->canvas->put(paint->canvas, row, column, text, length, width, style);
	return width;
}

static int put_piece(
	const struct paint *paint, int row, int column, unsigned style, const struct piece *piece)
{
	if (piece->escape) {
		for (size_t i = 0; i < piece->length; i++)
			put(paint, row, column + (int)i, style, piece->text + i, 1, 1);
	} else if (piece->columns > 0 && (paint->glyphs->unicode || piece->length == 1)) {
		put(paint, row, column, style, piece->text, piece->length, piece->columns);
	} else {
		char plain = glyphs_fold(piece->base);
		for (int i = 0; i < piece->columns; i++)
			put(paint, row, column + i, style, &plain, 1, 1);
	}
	return piece->columns;
}

/* Draws `length` bytes, of which no more is shown than `columns` can take. */
static int put_text(const struct paint *paint, int row, int column, int columns, unsigned style,
	const char *text, size_t length)
{
	struct piece piece;
	size_t at = 0, size;
	int used = 0;
	while ((size = cells_next(text + at, length - at, &piece)) > 0) {
		if (used + piece.columns > columns)
			break;
		used += put_piece(paint, row, column + used, style, &piece);
		at += size;
	}
	return used;
}

/* One of our own glyphs, which takes a single column. */
static void put_glyph(const struct paint *paint, int row, int column, unsigned style, const char *glyph)
{
	if (clip(paint, row, column, 1) > 0)
		put(paint, row, column, style, glyph, strlen(glyph), 1);
}

int paint_text(const struct paint *paint, int row, int column, int columns, unsigned style, const char *text)
{
	columns = clip(paint, row, column, columns);
	const char *ellipsis = paint->glyphs->ellipsis;
	struct cells_cut cut = cells_cut(text, columns, paint->glyphs->ellipsis_columns);
	int used = put_text(paint, row, column, columns, style, text, cut.length);
	if (cut.cut)
		used += put_text(
			paint, row, column + used, columns - used, style, ellipsis, strlen(ellipsis));
	assert(used <= columns);
	return used;
}

int paint_right(const struct paint *paint, int row, int column, int columns, unsigned style, const char *text)
{
	int spare = columns - cells_width(text, columns);
	if (spare < 0)
		spare = 0;
	return paint_text(paint, row, column + spare, columns - spare, style, text);
}

int paint_format(
	const struct paint *paint, int row, int column, int columns, unsigned style, const char *format, ...)
{
	char text[FORMAT_BYTES];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return paint_text(paint, row, column, columns, style, text);
}

int paint_wrapped(const struct paint *paint, struct area area, int indent, unsigned style, const char *text)
{
	int rows = 0;
	const char *next = *text == '\0' ? NULL : text;
	while (next != NULL && rows < area.rows) {
		const char *begin = next;
		int shift = rows == 0 ? indent : 0;
		int columns = area.columns - shift;
		if (columns < 1)
			break;
		size_t length = cells_wrap(begin, columns, &next);
		int row = area.row + rows++, column = area.column + shift;
		if (next != NULL && rows == area.rows)
			paint_text(paint, row, column, columns, style, begin);
		else
			put_text(paint, row, column, clip(paint, row, column, columns), style, begin, length);
	}
	return rows;
}

void paint_fill(const struct paint *paint, struct area area, unsigned style)
{
	for (int row = area.row; row < area.row + area.rows; row++)
		for (int column = area.column; column < area.column + area.columns; column++)
			if (clip(paint, row, column, 1) > 0)
				put(paint, row, column, style, " ", 1, 1);
}

static void paint_across(const struct paint *paint, int row, int column, int columns, const char *glyph)
{
	for (int i = 0; i < columns; i++)
		put_glyph(paint, row, column + i, ROLE_RULE, glyph);
}

void paint_title(const struct paint *paint, struct area area, const char *title)
{
	paint_across(paint, area.row, area.column, area.columns, paint->glyphs->rule);
	if (area.columns < 6)
		return;
	int used = paint_text(paint, area.row, area.column + 2, area.columns - 4, ROLE_TITLE, title);
	paint_text(paint, area.row, area.column + 1, 1, ROLE_RULE, " ");
	paint_text(paint, area.row, area.column + 2 + used, 1, ROLE_RULE, " ");
}

struct area paint_box(const struct paint *paint, struct area area, const char *title)
{
	const struct glyphs *glyphs = paint->glyphs;
	int right = area.column + area.columns - 1, bottom = area.row + area.rows - 1;
	paint_fill(paint, area, ROLE_TEXT);
	paint_across(paint, area.row, area.column, area.columns, glyphs->rule);
	paint_across(paint, bottom, area.column, area.columns, glyphs->rule);
	for (int row = area.row + 1; row < bottom; row++) {
		put_glyph(paint, row, area.column, ROLE_RULE, glyphs->wall);
		put_glyph(paint, row, right, ROLE_RULE, glyphs->wall);
	}
	put_glyph(paint, area.row, area.column, ROLE_RULE, glyphs->corners[0]);
	put_glyph(paint, area.row, right, ROLE_RULE, glyphs->corners[1]);
	put_glyph(paint, bottom, area.column, ROLE_RULE, glyphs->corners[2]);
	put_glyph(paint, bottom, right, ROLE_RULE, glyphs->corners[3]);
	struct area heading = {area.row, area.column + 2, 1, area.columns - 4};
	int used = paint_text(paint, heading.row, heading.column + 1, heading.columns - 2, ROLE_TITLE, title);
	paint_text(paint, heading.row, heading.column, 1, ROLE_RULE, " ");
	paint_text(paint, heading.row, heading.column + 1 + used, 1, ROLE_RULE, " ");
	return (struct area){area.row + 1, area.column + 2, area.rows - 2, area.columns - 4};
}

void paint_bar(const struct paint *paint, int row, int column, int columns, double ratio, unsigned style)
{
	const struct glyphs *glyphs = paint->glyphs;
	if (columns < 1)
		return;
	int steps = columns * glyphs->bar_steps;
	int filled = ratio > 0 ? (int)((ratio < 1 ? ratio : 1) * steps + 0.5) : 0;
	if (filled == 0 && ratio > 0)
		filled = 1;
	for (int i = 0; i < columns; i++, filled -= glyphs->bar_steps) {
		if (filled >= glyphs->bar_steps)
			put_glyph(paint, row, column + i, style, glyphs->bar_parts[glyphs->bar_steps - 1]);
		else if (filled > 0)
			put_glyph(paint, row, column + i, style, glyphs->bar_parts[filled - 1]);
		else
			put_glyph(paint, row, column + i, ROLE_TRACK | (style & ~(unsigned)STYLE_ROLE),
				glyphs->bar_track);
	}
}

void paint_spark(const struct paint *paint, int row, int column, int columns, const double *values,
	size_t count, double most, unsigned style)
{
	size_t room = columns > 0 ? (size_t)columns : 0;
	size_t shown = count < room ? count : room;
	const double *first = values + (count - shown);
	double largest = 0;
	for (size_t i = 0; i < shown; i++)
		largest = first[i] > largest ? first[i] : largest;
	most = most > 0 ? most : largest;
	int at = column + columns - (int)shown;
	for (size_t i = 0; i < shown; i++, at++) {
		if (first[i] < 0 || most <= 0)
			continue;
		double ratio = first[i] < most ? first[i] / most : 1;
		int step = (int)(ratio * 8 + 0.5);
		if (step == 0 && first[i] <= 0)
			put_glyph(paint, row, at, ROLE_TRACK, paint->glyphs->spark[0]);
		else
			put_glyph(paint, row, at, style, paint->glyphs->spark[step > 0 ? step - 1 : 0]);
	}
}

int paint_heat_step(double ratio)
{
	if (!(ratio > 0))
		return 0;
	int step = 1 + (int)(ratio * (HEAT_STEPS - 1));
	return step < HEAT_STEPS ? step : HEAT_STEPS - 1;
}

void paint_heat(const struct paint *paint, int row, int column, int columns, int step, unsigned flags)
{
	assert(step >= 0 && step < HEAT_STEPS);
	for (int i = 0; i < columns; i++)
		put_glyph(paint, row, column + i, ((unsigned)ROLE_HEAT + (unsigned)step) | flags,
			paint->glyphs->heat[step]);
}

void paint_heat_column(const struct paint *paint, int row, int column, int rows, double ratio, unsigned flags)
{
	enum { EIGHTHS = 8 };
	int step = paint_heat_step(ratio), eighths = (int)((ratio < 1 ? ratio : 1) * rows * EIGHTHS + 0.5);
	unsigned style = ((unsigned)ROLE_HEAT + (unsigned)step) | flags;
	if (step == 0) {
		put_glyph(paint, row + rows - 1, column, style, paint->glyphs->heat[0]);
		return;
	}
	eighths = eighths > 0 ? eighths : 1;
	for (int i = rows - 1; i >= 0 && eighths > 0; i--, eighths -= EIGHTHS) {
		int filled = eighths < EIGHTHS ? eighths : EIGHTHS;
		put_glyph(paint, row + i, column, style,
			paint->glyphs->unicode ? paint->glyphs->spark[filled - 1]
					       : paint->glyphs->heat[step]);
	}
}

void paint_scroll(const struct paint *paint, struct area area, size_t first, size_t visible, size_t total)
{
	if (visible >= total || area.rows < 1)
		return;
	size_t rows = (size_t)area.rows;
	size_t size = rows * visible / total;
	if (size == 0)
		size = 1;
	size_t from = first >= total - visible ? rows - size : first * (rows - size) / (total - visible);
	for (size_t i = 0; i < rows; i++) {
		bool thumb = i >= from && i < from + size;
		paint_text(paint, area.row + (int)i, area.column + area.columns - 1, 1,
			thumb ? ROLE_DIM : ROLE_RULE, thumb ? paint->glyphs->thumb : paint->glyphs->wall);
	}
}

struct line line_begin(const struct paint *paint, int row, int column, int columns)
{
	return (struct line){.paint = paint, .row = row, .column = column, .end = column + columns};
}

bool line_add(struct line *line, unsigned style, const char *format, ...)
{
	char text[FORMAT_BYTES];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	int gap = line->begun ? 3 : 0;
	int room = line->end - line->column - gap;
	if (room < 1 || cells_width(text, room) > room)
		return false;
	if (line->begun)
		paint_text(line->paint, line->row, line->column + 1, 1, ROLE_RULE,
			line->paint->glyphs->separator);
	line->column += gap;
	line->column += paint_text(line->paint, line->row, line->column, room, style, text);
	line->begun = true;
	return true;
}

char *paint_latency(char *out, size_t size, double latency_ms)
{
	if (latency_ms < 0)
		snprintf(out, size, "?");
	else if (latency_ms > 0 && latency_ms < 0.05)
		snprintf(out, size, "<0.1 ms");
	else
		snprintf(out, size, latency_ms < 9.95 ? "%.1f ms" : "%.0f ms", latency_ms);
	return out;
}

char *paint_number(char *out, size_t size, uint64_t number)
{
	char digits[21];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, number);
	size_t at = 0;
	assert(size >= 27);
	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return out;
}
