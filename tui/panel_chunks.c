/*
 * panel_chunks.c: how many chunks are in which state, and how many copies they have.
 *
 * With one row below its title it is a row of facts; with more, two columns of counts and, beside them, a
 * histogram of chunks by live copies.
 */
#include <stdio.h>
#include <string.h>

#include "tui/panels.h"

enum { COUNTS = 8, COUNT_ROWS = 4, HISTOGRAM_MIN = 24 };

struct chunk_count {
	const char *label;
	uint64_t number;
	enum role role; /* when there are some */
};

static void collect(struct chunk_count counts[COUNTS], const struct view_chunks *chunks)
{
	const struct chunk_count all[COUNTS] = {
		{"total", chunks->total, ROLE_STRONG},
		{"full", chunks->full, ROLE_HEALTHY},
		{"under-replicated", chunks->under_replicated, ROLE_DEGRADED},
		{"last copy", chunks->last_copy, ROLE_DEGRADED},
		{"unavailable", chunks->unavailable, ROLE_CRITICAL},
		{"lost", chunks->lost, ROLE_CRITICAL},
		{"corrupt", chunks->corrupt, ROLE_DEGRADED},
		{"excess", chunks->excess, ROLE_ACCENT},
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

int panel_chunks_rows(const struct view *view)
{
	int rows = most_copies(view) + 1;
	return rows > COUNT_ROWS ? rows : COUNT_ROWS;
}

static void draw_brief(const struct paint *paint, struct area area, const struct chunk_count counts[COUNTS])
{
	char number[32];
	struct line line = line_begin(paint, area.row, area.column + 1, area.columns - 2);
	for (int i = 0; i < COUNTS; i++) {
		bool some = counts[i].number > 0;
		if (i > 1 && !some)
			continue;
		line_add(&line, some ? counts[i].role : ROLE_DIM, "%s %s",
			paint_number(number, sizeof(number), counts[i].number), counts[i].label);
	}
}

static int draw_counts(const struct paint *paint, struct area area, const struct chunk_count counts[COUNTS])
{
	char number[32];
	int digits = 6;
	for (int i = 0; i < COUNTS; i++) {
		int length = (int)strlen(paint_number(number, sizeof(number), counts[i].number));
		digits = length > digits ? length : digits;
	}
	/* Each column is as wide as its longest label. */
	int first = digits + 1 + (int)strlen("under-replicated"),
	    second = digits + 1 + (int)strlen("unavailable");
	int columns = 1 + first + 1 + second <= area.columns ? 2 : 1;
	for (int i = 0; i < COUNTS; i++) {
		int column = area.column + 1 + i / COUNT_ROWS * (first + 1);
		int row = area.row + i % COUNT_ROWS;
		bool some = counts[i].number > 0;
		if (i / COUNT_ROWS >= columns || i % COUNT_ROWS >= area.rows)
			continue;
		paint_number(number, sizeof(number), counts[i].number);
		paint_right(paint, row, column, digits, some ? counts[i].role : ROLE_DIM, number);
		paint_text(paint, row, column + digits + 1, first - digits - 1, some ? ROLE_TEXT : ROLE_DIM,
			counts[i].label);
	}
	return 1 + first + (columns > 1 ? 1 + second : 0);
}

static enum role copies_role(const struct view *view, int copies)
{
	if (copies == 0)
		return ROLE_CRITICAL;
	return copies < (int)view->replication_factor ? ROLE_DEGRADED : ROLE_BAR;
}

static void draw_histogram(const struct paint *paint, struct area area, const struct view *view)
{
	char number[32];
	int most = most_copies(view), digits = 1;
	for (int i = 0; i <= most; i++) {
		int length = (int)strlen(paint_number(number, sizeof(number), view->chunks.by_live[i]));
		digits = length > digits ? length : digits;
	}
	int label = 9, bar = area.columns - label - digits - 3;
	for (int i = 0; i <= most && i < area.rows; i++) {
		/* The most copies stand at the top; those without any at the bottom. */
		int copies = most - i;
		uint64_t chunks = view->chunks.by_live[copies];
		double ratio = view->chunks.total > 0 ? (double)chunks / (double)view->chunks.total : 0;
		int row = area.row + i;
		paint_format(paint, row, area.column, label, ROLE_DIM, "%2d cop%s", copies,
			copies == 1 ? "y" : "ies");
		paint_right(paint, row, area.column + label + 1, digits, chunks > 0 ? ROLE_TEXT : ROLE_DIM,
			paint_number(number, sizeof(number), chunks));
		paint_bar(
			paint, row, area.column + label + digits + 2, bar, ratio, copies_role(view, copies));
	}
}

void panel_chunks(const struct paint *paint, struct area area, const struct view *view)
{
	struct chunk_count counts[COUNTS];
	if (area.rows < PANEL_CHUNKS_BRIEF)
		return;
	paint_title(paint, area, "Chunks");
	area.row++;
	area.rows--;
	collect(counts, &view->chunks);
	if (area.rows < COUNT_ROWS) {
		draw_brief(paint, area, counts);
		return;
	}
	int used = draw_counts(paint, area, counts);
	area.column += used + 2;
	area.columns -= used + 3;
	if (area.columns >= HISTOGRAM_MIN)
		draw_histogram(paint, area, view);
}
