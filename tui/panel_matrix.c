/*
 * panel_matrix.c: cells, as wide as there is room for; numbers in them where all columns fit so.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/panel_matrix.h"

enum { LABEL_MAX = 16, HEAT_MIN = 2, CELL_MAX = 14, NUMBER_EVERY = 10 };

static int number_width(uint64_t number)
{
	char text[32];
	return (int)strlen(paint_number(text, sizeof(text), number));
}

struct pair_matrix pair_matrix_arrange(struct area area, const struct answer *answer)
{
	struct pair_matrix matrix = {.cells = area, .cell = 1, .rows = 1, .columns = 1};
	size_t count = answer->pairs.count;
	int longest = 4, most = area.columns / 4 < LABEL_MAX ? area.columns / 4 : LABEL_MAX;
	for (size_t i = 0; i < count; i++) {
		int width = cells_width(answer->pairs.nodes[i], most);
		longest = width > longest ? width : longest;
	}
	matrix.label = longest < most ? longest : most;
	/* The cursor's mark before the names; a blank behind them; the scroll bar. */
	int used = 2 + matrix.label + 1;
	matrix.cells.column += used;
	matrix.cells.columns -= used + 1;
	matrix.cells.row++;
	matrix.cells.rows--;
	int room = matrix.cells.columns > 0 ? matrix.cells.columns : 1;
	int digits = number_width(answer->pairs.most), wide = HEAT_MIN + 1 + digits + 1;
	size_t each = count > 0 ? (size_t)room / count : 0;
	matrix.number = each >= (size_t)wide;
	if (matrix.number)
		matrix.cell = each < CELL_MAX ? (int)each : wide > CELL_MAX ? wide : CELL_MAX;
	else
		matrix.cell = each >= 4 ? 4 : each >= 1 ? (int)each : 1;
	matrix.heat = matrix.number ? matrix.cell - digits - 2 : matrix.cell > 1 ? matrix.cell - 1 : 1;
	assert(matrix.cell > 0);
	matrix.columns = (size_t)(room / matrix.cell > 0 ? room / matrix.cell : 1);
	matrix.rows = matrix.cells.rows > 0 ? (size_t)matrix.cells.rows : 1;
	return matrix;
}

/* Where a pair lies on the scale. */
static int heat_of(const struct pairs *pairs, uint32_t shared)
{
	if (pairs->mean <= 0)
		return shared > 0 ? HEAT_STEPS - 1 : 0;
	double ratio = shared / (2 * pairs->mean);
	return paint_heat_step(ratio < 1 ? ratio : 1);
}

static void draw_cell(const struct paint *paint, const struct pair_matrix *matrix,
	const struct answer *answer, const struct pairs *pairs, size_t a, size_t b, int row, int column,
	bool selected)
{
	char text[32];
	unsigned flags = selected ? STYLE_BADGE : 0;
	uint32_t shared = pairs_shared(answer, a, b);
	int step = heat_of(pairs, shared);
	/* A hot cell is full already and cannot be shown in reverse: the cursor is a block of its own. */
	if (selected)
		paint_fill(paint, (struct area){row, column, 1, matrix->heat}, ROLE_STRONG | STYLE_BADGE);
	else if (a != b)
		paint_heat(paint, row, column, matrix->heat, step, 0);
	else
		for (int i = 0; i < matrix->heat; i++)
			paint_text(paint, row, column + i, 1, ROLE_RULE, paint->glyphs->diagonal);
	if (!matrix->number)
		return;
	paint_number(text, sizeof(text), shared);
	int room = matrix->cell - matrix->heat - 2;
	unsigned role = a != b && shared > 0 ? ROLE_TEXT : ROLE_DIM;
	if (cells_width(text, room) <= room)
		paint_right(paint, row, column + matrix->heat + 1, room, role | flags, text);
}

/* Names over wide cells; over narrow ones numbers, of every tenth node where it must be, its end above its cells. */
static void draw_heading(const struct paint *paint, const struct pair_matrix *matrix,
	const struct answer *answer, const struct pair_cursor *cursor, bool marked)
{
	int row = matrix->cells.row - 1;
	for (size_t i = 0; i < matrix->columns && cursor->first_column + i < answer->pairs.count; i++) {
		size_t at = cursor->first_column + i;
		int column = matrix->cells.column + (int)i * matrix->cell;
		enum role role = marked && at == cursor->column ? ROLE_STRONG : ROLE_DIM;
		int digits = number_width(at + 1);
		if (matrix->number)
			paint_text(paint, row, column, matrix->cell - 1, role, answer->pairs.nodes[at]);
		else if (matrix->cell > digits)
			paint_format(paint, row, column, digits, role, "%zu", at + 1);
		else if ((at + 1) % NUMBER_EVERY == 0 && column - digits + 1 >= matrix->cells.column)
			paint_format(paint, row, column - digits + 1, digits, role, "%zu", at + 1);
	}
}

void panel_matrix(const struct paint *paint, const struct pair_matrix *matrix, const struct answer *answer,
	const struct pairs *pairs, const struct pair_cursor *cursor)
{
	size_t count = answer->pairs.count;
	bool marked = cursor != NULL;
	static const struct pair_cursor at_first;
	if (!marked)
		cursor = &at_first;
	draw_heading(paint, matrix, answer, cursor, marked);
	for (size_t i = 0; i < matrix->rows && cursor->first_row + i < count; i++) {
		size_t a = cursor->first_row + i;
		int row = matrix->cells.row + (int)i;
		int name = matrix->cells.column - matrix->label - 1;
		bool here = marked && a == cursor->row;
		if (here)
			paint_text(paint, row, name - 2, 1, ROLE_ACCENT, paint->glyphs->marker);
		paint_text(paint, row, name, matrix->label, here ? ROLE_STRONG : ROLE_DIM,
			answer->pairs.nodes[a]);
		for (size_t j = 0; j < matrix->columns && cursor->first_column + j < count; j++) {
			size_t b = cursor->first_column + j;
			draw_cell(paint, matrix, answer, pairs, a, b, row,
				matrix->cells.column + (int)j * matrix->cell, here && b == cursor->column);
		}
	}
	struct area area = matrix->cells;
	area.columns++;
	paint_scroll(paint, area, cursor->first_row, matrix->rows, count);
}

char *pair_matrix_words(char *out, size_t size, const struct answer *answer, const struct pairs *pairs,
	const struct pair_cursor *cursor)
{
	char number[32];
	size_t a = cursor->row, b = cursor->column;
	uint32_t shared = pairs_shared(answer, a, b);
	const char *first = answer->pairs.nodes[a], *second = answer->pairs.nodes[b];
	paint_number(number, sizeof(number), shared);
	const char *plural = shared == 1 ? "" : "s";
	if (a == b)
		snprintf(out, size, "%s holds %s chunk%s.", first, number, plural);
	else if (!pairs_count(pairs, a, b))
		snprintf(out, size, "%s and %s share %s chunk%s; they are in one zone.", first, second,
			number, plural);
	else if (pairs->mean > 0)
		snprintf(out, size, "%s and %s share %s chunk%s, %.0f %% of the mean pair.", first, second,
			number, plural, 100 * shared / pairs->mean);
	else
		snprintf(out, size, "%s and %s share %s chunk%s.", first, second, number, plural);
	return out;
}

void pair_matrix_legend(const struct paint *paint, struct area area)
{
	static const struct {
		double ratio;
		const char *word;
	} steps[] = {{0, "nothing"}, {0.2, "less"}, {0.5, "the mean"}, {0.8, "more"}, {1, "twice and more"}};
	struct line line = line_begin(paint, area.row, area.column + 1, area.columns - 2);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		int step = paint_heat_step(steps[i].ratio);
		const char *glyph = paint->glyphs->heat[step];
		line_add(&line, (unsigned)ROLE_HEAT + (unsigned)step, "%s%s %s", glyph, glyph, steps[i].word);
	}
}
