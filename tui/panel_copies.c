/*
 * panel_copies.c: counts, and beside or below them a histogram in which the number that is wanted is marked; with
 * little room the counts that are not 0 stand in the row of the title.
 */
#include <stdio.h>
#include <string.h>

#include "tui/panel_copies.h"

enum { COUNTS = 8, COUNT_ROWS = 4, LABEL = 16, LABEL_SECOND = 9, HISTOGRAM_MIN = 30, WANT = 7 };

struct count {
	const char *label;
	uint64_t number;
	enum role role; /* when there are some */
};

static void collect(struct count counts[COUNTS], const struct view_chunks *chunks)
{
	const struct count all[COUNTS] = {
		{"full", chunks->full, ROLE_HEALTHY},
		{"under-replicated", chunks->under_replicated, ROLE_DEGRADED},
		{"last copy", chunks->last_copy, ROLE_DEGRADED},
		{"unavailable", chunks->unavailable, ROLE_CRITICAL},
		{"lost", chunks->lost, ROLE_CRITICAL},
		{"excess", chunks->excess, ROLE_ACCENT},
		{"corrupt", chunks->corrupt, ROLE_DEGRADED},
		{"misplaced", chunks->misplaced, ROLE_DEGRADED},
	};
	memcpy(counts, all, sizeof(all));
}

/* The most copies that the histogram has a row for: what is wanted, or more if there are more. */
static int most_copies(const struct view *view)
{
	int most = view->replication_factor < 16 ? (int)view->replication_factor : 16;
	for (int i = most + 1; i <= 16; i++)
		if (view->chunks.by_live[i] > 0)
			most = i;
	return most;
}

static int number_width(uint64_t number, int least)
{
	char text[32];
	int length = (int)strlen(paint_number(text, sizeof(text), number));
	return length > least ? length : least;
}

/* The columns that two columns of counts take. */
static int counts_width(const struct view *view)
{
	int digits = number_width(view->chunks.total, 6);
	return digits + 1 + LABEL + 1 + digits + 1 + LABEL_SECOND;
}

/* Whether the histogram has room beside the counts. */
static bool beside(const struct view *view, int columns)
{
	return columns - counts_width(view) - 4 >= HISTOGRAM_MIN;
}

int panel_copies_rows_least(const struct view *view)
{
	return 1 + most_copies(view) + 1;
}

int panel_copies_rows(const struct view *view, int columns)
{
	int histogram = most_copies(view) + 1;
	if (beside(view, columns))
		return 1 + (histogram > COUNT_ROWS ? histogram : COUNT_ROWS);
	return 1 + COUNT_ROWS + histogram;
}

/* In the row of the title. */
static void draw_brief(const struct paint *paint, struct area area, const struct view *view)
{
	char title[64], number[32];
	struct count counts[COUNTS];
	collect(counts, &view->chunks);
	bool one = view->chunks.total == 1;
	snprintf(title, sizeof(title), "%s chunk%s", paint_number(number, sizeof(number), view->chunks.total),
		one ? "" : "s");
	paint_title(paint, area, title);
	int begin = 2 + (int)strlen(title) + 3; /* one cell of the rule between both */
	struct line line = line_begin(paint, area.row, area.column + begin, area.columns - begin);
	paint_fill(paint, (struct area){area.row, line.column - 1, 1, line.end - line.column + 1}, ROLE_TEXT);
	/* What is wrong comes before what is not. */
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < COUNTS; i++)
			if (counts[i].number > 0 && (i == 0) == (pass == 1))
				line_add(&line, counts[i].role, "%s %s",
					paint_number(number, sizeof(number), counts[i].number),
					counts[i].label);
	/* The rule goes on behind the facts. */
	for (int column = line.column + line.begun; column < line.end; column++)
		paint_text(paint, area.row, column, 1, ROLE_RULE, paint->glyphs->rule);
}

static void draw_counts(
	const struct paint *paint, struct area area, const struct count counts[COUNTS], int digits)
{
	char number[32];
	int column_width = digits + 1 + LABEL + 1;
	for (int i = 0; i < COUNTS; i++) {
		int row = area.row + i % COUNT_ROWS, column = area.column + i / COUNT_ROWS * column_width;
		bool some = counts[i].number > 0;
		if (i % COUNT_ROWS >= area.rows || column + digits > area.column + area.columns)
			continue;
		paint_right(paint, row, column, digits, some ? counts[i].role : ROLE_DIM,
			paint_number(number, sizeof(number), counts[i].number));
		int room = area.column + area.columns - column - digits - 1;
		paint_text(paint, row, column + digits + 1, room < LABEL ? room : LABEL,
			some ? ROLE_TEXT : ROLE_DIM, counts[i].label);
	}
}

static enum role bar_role(const struct view *view, int copies)
{
	if (copies == 0)
		return ROLE_CRITICAL;
	return copies < (int)view->replication_factor ? ROLE_DEGRADED : ROLE_BAR;
}

static void draw_histogram(const struct paint *paint, struct area area, const struct view *view)
{
	enum { COPIES = 9 };
	char number[32];
	int most = most_copies(view), digits = 1;
	for (int i = 0; i <= most; i++)
		digits = number_width(view->chunks.by_live[i], digits);
	int bar = area.columns - COPIES - digits - 2 - WANT;
	for (int i = 0; i <= most && i < area.rows; i++) {
		/* The most copies stand at the top; those without any at the bottom. */
		int copies = most - i, row = area.row + i;
		uint64_t chunks = view->chunks.by_live[copies];
		double ratio = view->chunks.total > 0 ? (double)chunks / (double)view->chunks.total : 0;
		bool wanted = copies == (int)view->replication_factor;
		paint_format(paint, row, area.column, COPIES, wanted ? ROLE_TEXT : ROLE_DIM, "%2d%s", copies,
			copies == 16  ? "+ copies"
			: copies == 1 ? " copy"
				      : " copies");
		paint_right(paint, row, area.column + COPIES + 1, digits, chunks > 0 ? ROLE_TEXT : ROLE_DIM,
			paint_number(number, sizeof(number), chunks));
		paint_bar(paint, row, area.column + COPIES + digits + 2, bar, ratio, bar_role(view, copies));
		if (wanted)
			paint_format(paint, row, area.column + area.columns - WANT + 1, WANT - 1, ROLE_ACCENT,
				"%s want", paint->glyphs->unicode ? "◀" : "<");
	}
}

void panel_copies(const struct paint *paint, struct area area, const struct view *view)
{
	struct count counts[COUNTS];
	if (area.rows < PANEL_COPIES_BRIEF)
		return;
	int full = panel_copies_rows(view, area.columns), used = counts_width(view);
	bool wide = beside(view, area.columns);
	struct area below = {area.row + 1, area.column + 1, area.rows - 1, area.columns - 2}, right = below;
	if (area.rows < (wide ? 1 + COUNT_ROWS : full)) {
		draw_brief(paint, area, view);
		if (area.rows >= panel_copies_rows_least(view) && below.columns >= HISTOGRAM_MIN)
			draw_histogram(paint, below, view);
		return;
	}
	char title[64], number[32];
	snprintf(title, sizeof(title), "%s chunk%s, by live copies",
		paint_number(number, sizeof(number), view->chunks.total), view->chunks.total == 1 ? "" : "s");
	paint_title(paint, area, title);
	collect(counts, &view->chunks);
	draw_counts(paint, below, counts, number_width(view->chunks.total, 6));
	if (wide) {
		right.column = area.column + used + 3;
		right.columns = area.columns - used - 4;
	} else {
		right.row += COUNT_ROWS;
		right.rows -= COUNT_ROWS;
	}
	if (right.columns >= HISTOGRAM_MIN)
		draw_histogram(paint, right, view);
}
