/*
 * paint.h: drawing on a canvas: text, lines of facts, rules, bars, boxes.
 *
 * Everything is clipped to the canvas. All text may be foreign: it is escaped on its way (invariant 9) and cut
 * by columns as cells.h says. No function keeps what it is given.
 */
#ifndef LINCKIA_TUI_PAINT_H
#define LINCKIA_TUI_PAINT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "tui/canvas.h"
#include "tui/glyphs.h"
#include "tui/theme.h"

struct paint {
	struct canvas *canvas;
	const struct glyphs *glyphs;
};

/* Draws `text` within `columns`, from the left or against the right end. Returns the columns it took. */
int paint_text(const struct paint *paint, int row, int column, int columns, unsigned style, const char *text);
int paint_right(
	const struct paint *paint, int row, int column, int columns, unsigned style, const char *text);
/* The same for a short text that is made here: numbers and our own words. */
int paint_format(const struct paint *paint, int row, int column, int columns, unsigned style,
	const char *format, ...) PRINTF_LIKE(6, 7);

/*
 * Wraps `text` into `area`; the first row begins `indent` columns further right. What does not fit is
 * cut with an ellipsis in the last row. Returns the rows used.
 */
int paint_wrapped(const struct paint *paint, struct area area, int indent, unsigned style, const char *text);

void paint_fill(const struct paint *paint, struct area area, unsigned style);

/* A line across with a title in it, which heads a panel. */
void paint_title(const struct paint *paint, struct area area, const char *title);

/* An emptied box with a frame and a title. Returns its inside, one column away from the frame. */
struct area paint_box(const struct paint *paint, struct area area, const char *title);

/* A bar filled by `ratio`, 0 to 1; more is drawn as 1. What is not nothing shows at least a trace. */
void paint_bar(const struct paint *paint, int row, int column, int columns, double ratio, unsigned style);

/*
 * One cell for each of the newest `columns` values, as high as the value is of `most` (0: of the largest). A value
 * that is not nothing shows at least a trace; a negative one is a gap.
 */
void paint_spark(const struct paint *paint, int row, int column, int columns, const double *values,
	size_t count, double most, unsigned style);

/* The hotness of a value, 0 to HEAT_STEPS - 1: `ratio` 0 to 1; what is not nothing is at least 1. */
int paint_heat_step(double ratio);
/*
 * A column of `rows` cells, filled from the bottom by `ratio`, in the colour of its hotness. Nothing is a dot.
 */
void paint_heat_column(
	const struct paint *paint, int row, int column, int rows, double ratio, unsigned flags);
/* `columns` cells of that hotness, told by colour and by shape. */
void paint_heat(const struct paint *paint, int row, int column, int columns, int step, unsigned flags);

/* A scroll bar in the last column of `area`, where `visible` of `total` are shown from `first` on. */
void paint_scroll(const struct paint *paint, struct area area, size_t first, size_t visible, size_t total);

/* A row of facts, each shown whole or not at all. */
struct line {
	const struct paint *paint;
	int row, column;
	int end; /* the column behind the last one */
	bool begun;
};
struct line line_begin(const struct paint *paint, int row, int column, int columns);
/* False when there was no room; later, shorter facts may still find some. */
bool line_add(struct line *line, unsigned style, const char *format, ...) PRINTF_LIKE(3, 4);

/* "<0.1 ms", "0.4 ms", "38 ms"; "?" for a negative one, which is not known. Returns `out`. */
char *paint_latency(char *out, size_t size, double latency_ms);
/* "1,234,567". Returns `out`, which takes at least 27 bytes. */
char *paint_number(char *out, size_t size, uint64_t number);

#endif
