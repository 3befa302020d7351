/*
 * table.c: ranks first, then wishes in the order of ranks, then growth.
 */
#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/table.h"

enum { MARGIN = 2, SCROLL = 1, HEADING_BYTES = 64 };

static int needed(const struct table_column *columns, size_t count, int most_rank, int gap)
{
	int width = MARGIN + SCROLL;
	for (size_t i = 0; i < count; i++)
		width += columns[i].rank <= most_rank ? columns[i].least + gap : 0;
	return width;
}

static int highest_rank(const struct table_column *columns, size_t count)
{
	int rank = 0;
	for (size_t i = 0; i < count; i++)
		rank = columns[i].rank > rank ? columns[i].rank : rank;
	return rank;
}

/* Gives each column in turn what it would still like, the most important first. */
static int give_wishes(
	const struct table_column *columns, size_t count, int rank, int spare, struct table_place *places)
{
	for (int of_rank = 0; of_rank <= rank; of_rank++)
		for (size_t i = 0; i < count && spare > 0; i++) {
			if (columns[i].rank != of_rank)
				continue;
			int more = columns[i].wish - places[i].width;
			more = more < spare ? more : spare;
			places[i].width += more;
			spare -= more;
		}
	return spare;
}

static int room_to_grow(const struct table_column *column, const struct table_place *place)
{
	if (!column->grows || place->width == 0)
		return 0;
	return column->most == 0 ? INT_MAX : column->most > place->width ? column->most - place->width : 0;
}

/* Shares what is left among the columns that can grow; what one of them has no use for goes to the others. */
static void give_growth(
	const struct table_column *columns, size_t count, int spare, struct table_place *places)
{
	for (int given = 1; spare > 0 && given > 0;) {
		int growing = 0;
		for (size_t i = 0; i < count; i++)
			growing += room_to_grow(&columns[i], &places[i]) > 0;
		given = 0;
		for (size_t i = 0; i < count && spare > 0; i++) {
			int room = room_to_grow(&columns[i], &places[i]);
			if (room == 0)
				continue;
			assert(growing > 0); /* each of those that were counted comes once */
			int share = spare / growing--;
			share = share < room ? share : room;
			places[i].width += share;
			spare -= share;
			given += share;
		}
	}
}

void table_arrange(const struct table_column *columns, size_t count, int width, struct table_place *places)
{
	int gap = width >= 60 ? 2 : 1, rank = highest_rank(columns, count);
	while (rank > 0 && needed(columns, count, rank, gap) > width)
		rank--;
	int spare = width - needed(columns, count, rank, gap);
	for (size_t i = 0; i < count; i++) {
		assert(columns[i].least <= columns[i].wish);
		places[i] = (struct table_place){0, columns[i].rank <= rank ? columns[i].least : 0};
	}
	if (spare > 0)
		spare = give_wishes(columns, count, rank, spare, places);
	if (spare > 0)
		give_growth(columns, count, spare, places);
	int at = MARGIN;
	for (size_t i = 0; i < count; i++) {
		places[i].at = at;
		/* On a row that is narrower than the least of all, what stands last is cut. */
		int room = width - SCROLL - at;
		places[i].width = places[i].width < room ? places[i].width : room > 0 ? room : 0;
		at += places[i].width > 0 ? places[i].width + gap : 0;
	}
}

/* The heading of a column with its arrow; `shorter`: the arrow takes the place of the last letter. */
static int heading_text(
	const struct table_column *column, const char *arrow, bool shorter, char out[HEADING_BYTES])
{
	size_t length = strlen(column->title);
	snprintf(out, HEADING_BYTES, "%.*s%s", (int)(shorter && length > 1 ? length - 1 : length),
		column->title, arrow);
	return cells_width(out, HEADING_BYTES);
}

/* Where a heading begins, or -1 when it has no room after `free`. */
static int heading_at(
	const struct table_column *column, const struct table_place *place, int length, int free)
{
	int at = column->right ? place->at + place->width - length : place->at;
	bool fits = length > 0 && at >= free && (column->right || length <= place->width + 1);
	return place->width > 0 && fits ? at : -1;
}

void table_heading(const struct paint *paint, struct area area, const char *title,
	const struct table_column *columns, const struct table_place *places, size_t count, int sorted,
	bool reverse)
{
	paint_title(paint, area, title);
	int free = 3 + cells_width(title, area.columns);
	for (size_t i = 0; i < count; i++) {
		char text[HEADING_BYTES];
		const char *arrow = (int)i != sorted ? ""
				    : reverse        ? paint->glyphs->ascending
						     : paint->glyphs->descending;
		int length = heading_text(&columns[i], arrow, false, text);
		int at = heading_at(&columns[i], &places[i], length, free);
		if (at < 0 && arrow[0] != '\0') {
			length = heading_text(&columns[i], arrow, true, text);
			at = heading_at(&columns[i], &places[i], length, free);
		}
		if (at < 0)
			continue;
		paint_text(paint, area.row, area.column + at - 1, 1, ROLE_RULE, " ");
		int used = paint_text(paint, area.row, area.column + at, length,
			(int)i == sorted ? ROLE_ACCENT : ROLE_DIM, text);
		paint_text(paint, area.row, area.column + at + used, 1, ROLE_RULE, " ");
		free = at + used + 1;
	}
}

unsigned table_row(const struct paint *paint, struct area area, int row, bool selected, bool marked)
{
	unsigned flags = selected ? STYLE_SELECTED : 0;
	if (selected) {
		paint_fill(paint, (struct area){row, area.column, 1, area.columns - 1}, ROLE_TEXT | flags);
		paint_text(paint, row, area.column, 1, ROLE_ACCENT | flags, paint->glyphs->marker);
	}
	if (marked)
		paint_text(paint, row, area.column + 1, 1, ROLE_ACCENT | flags, paint->glyphs->mark);
	return flags;
}

void table_cell(const struct paint *paint, struct area area, int row, const struct table_column *column,
	const struct table_place *place, unsigned style, const char *text)
{
	if (place->width == 0)
		return;
	if (column->right)
		paint_right(paint, row, area.column + place->at, place->width, style, text);
	else
		paint_text(paint, row, area.column + place->at, place->width, style, text);
}

/* ---- lists ---- */

size_t table_visible(struct area area)
{
	return area.rows > 2 ? (size_t)area.rows - 1 : 1;
}

void table_scroll(const struct paint *paint, struct area area, size_t first, size_t total)
{
	paint_scroll(paint, (struct area){area.row + 1, area.column, area.rows - 1, area.columns}, first,
		table_visible(area), total);
}

size_t table_at(struct area area, size_t first, size_t total, int row)
{
	if (row <= area.row || row >= area.row + area.rows)
		return total;
	size_t at = first + (size_t)(row - area.row - 1);
	return at < total ? at : total;
}
