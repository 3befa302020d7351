/*
 * panel_queue.c: what repair has before it, by kind and in the order in which it is taken, and what it is copying.
 */
#include <stdio.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/panels.h"
#include "tui/table.h"

enum { TWO_COLUMNS = 72, GAP = 3, NAME = 10, CHUNKS = 9, BYTES = 10 };

/* The first two wait for nothing, the next ones for those, and the last are nobody's risk. */
static enum role queue_role(enum repair_queue queue)
{
	switch (queue) {
	case QUEUE_LAST_COPY:
		return ROLE_CRITICAL;
	case QUEUE_MISSING:
		return ROLE_DEGRADED;
	default:
		return ROLE_BAR;
	}
}

static void draw_queue(const struct paint *paint, struct area area, enum repair_queue queue,
	const struct view_queue *what, uint64_t most)
{
	char number[32], bytes[16];
	unsigned style = what->chunks > 0 ? ROLE_TEXT : ROLE_DIM;
	unsigned name = what->chunks > 0 && queue <= QUEUE_MISSING ? queue_role(queue) : style;
	paint_text(paint, area.row, area.column, NAME, name, repair_queue_name(queue));
	int bar = area.columns - NAME - CHUNKS - BYTES - 3;
	int column = area.column + NAME;
	if (bar >= 4) {
		uint64_t part = what->bytes;
		paint_bar(paint, area.row, column, bar, most > 0 ? (double)part / (double)most : 0,
			queue_role(queue));
		column += bar + 1;
	}
	paint_right(paint, area.row, column, CHUNKS, style,
		what->chunks > 0 ? paint_number(number, sizeof(number), what->chunks) : "none");
	column += CHUNKS + 1;
	if (what->bytes > 0)
		paint_right(
			paint, area.row, column, BYTES, style, text_bytes(bytes, sizeof(bytes), what->bytes));
}

int panel_queue_rows(int columns)
{
	return columns >= TWO_COLUMNS ? (QUEUES + 1) / 2 : QUEUES;
}

void panel_queue(const struct paint *paint, struct area area, const struct view *view)
{
	const struct view_queue *queue = view->repair.queue;
	int rows = panel_queue_rows(area.columns);
	uint64_t most = 0;
	for (int kind = 0; kind < QUEUES; kind++)
		most = queue[kind].bytes > most ? queue[kind].bytes : most;
	int columns = rows < QUEUES ? (area.columns - GAP) / 2 : area.columns;
	/* With too few rows for all, what is empty is left out first. */
	bool tight = rows > area.rows;
	int at = 0;
	for (int kind = 0; kind < QUEUES; kind++) {
		if (tight && queue[kind].chunks == 0)
			continue;
		int row = at % rows, side = at / rows;
		if (row < area.rows)
			draw_queue(paint,
				(struct area){
					area.row + row, area.column + side * (columns + GAP), 1, columns},
				(enum repair_queue)kind, &queue[kind], most);
		at++;
	}
}

/* ---- transfers ---- */

enum { NAME_LEAST = 4, NAME_MOST = 16, FILE_LEAST = 20, FILE_NARROW = 8, NARROW = 60 };

enum { SOURCE, ARROW, TARGET, BAR, PERCENT, FILE_NAME, PURPOSE, SIZE, RATE, AGE, TRANSFER_COLUMNS };

static const struct table_column transfer_columns[TRANSFER_COLUMNS] = {
	[SOURCE] = {"from", NAME_LEAST, NAME_LEAST, 0, false, false, 0},
	[ARROW] = {"", 3, 3, 0, false, false, 0},
	[TARGET] = {"to", NAME_LEAST, NAME_LEAST, 0, false, false, 0},
	[BAR] = {"", 6, 12, 1, false, false, 0},
	[PERCENT] = {"", 5, 5, 0, true, false, 0},
	[FILE_NAME] = {"file", FILE_LEAST, 40, 0, false, true, 0},
	[PURPOSE] = {"why", 7, 7, 2, false, false, 0},
	[SIZE] = {"size", 10, 10, 4, true, false, 0},
	[RATE] = {"rate", 11, 11, 3, true, false, 0},
	[AGE] = {"age", 8, 8, 5, true, false, 0},
};

static void draw_arrow(const struct paint *paint, struct area area, int row, const struct table_place *place)
{
	int column = area.column + place->at;
	for (int i = 0; i + 1 < place->width; i++)
		paint_text(paint, row, column + i, 1, ROLE_ACCENT, paint->glyphs->shaft);
	if (place->width > 0)
		paint_text(paint, row, column + place->width - 1, 1, ROLE_ACCENT, paint->glyphs->head);
}

static void draw_transfer(const struct paint *paint, struct area area, int row,
	const struct view_transfer *transfer, const struct table_place *places)
{
	char percent[8], size[16], rate[20] = "", age[32], bytes[16];
	double ratio = transfer->bytes > 0 ? (double)transfer->done_bytes / (double)transfer->bytes : 0;
	ratio = ratio < 1 ? ratio : 1;
	snprintf(percent, sizeof(percent), "%d %%", (int)(ratio * 100));
	text_bytes(size, sizeof(size), transfer->bytes);
	if (transfer->age_ms > 0 && transfer->done_bytes > 0) {
		uint64_t a_second =
			(uint64_t)((double)transfer->done_bytes * 1000 / (double)transfer->age_ms);
		snprintf(rate, sizeof(rate), "%s/s", text_bytes(bytes, sizeof(bytes), a_second));
	}
	text_duration(age, sizeof(age), transfer->age_ms < 0 ? 0 : transfer->age_ms);
	const char *const texts[TRANSFER_COLUMNS] = {
		[SOURCE] = transfer->source[0] != '\0' ? transfer->source : "-",
		[ARROW] = "",
		[TARGET] = transfer->target,
		[BAR] = "",
		[PERCENT] = percent,
		[FILE_NAME] = transfer->file[0] != '\0' ? transfer->file : "(no file any more)",
		[PURPOSE] = transfer->purpose,
		[SIZE] = size,
		[RATE] = rate,
		[AGE] = age,
	};
	static const enum role roles[TRANSFER_COLUMNS] = {[FILE_NAME] = ROLE_TEXT,
		[PERCENT] = ROLE_STRONG,
		[PURPOSE] = ROLE_DIM,
		[SIZE] = ROLE_DIM,
		[AGE] = ROLE_DIM};
	for (int i = 0; i < TRANSFER_COLUMNS; i++)
		if (texts[i][0] != '\0')
			table_cell(paint, area, row, &transfer_columns[i], &places[i], roles[i], texts[i]);
	draw_arrow(paint, area, row, &places[ARROW]);
	if (places[BAR].width > 0)
		paint_bar(paint, row, area.column + places[BAR].at, places[BAR].width, ratio, ROLE_BAR);
}

/* Names get what the longest takes, so that the arrows stand below each other right beside them. */
static void fit_names(const struct view_repair *repair, int columns, struct table_column *fitted)
{
	int most = columns / 5 < NAME_MOST ? columns / 5 : NAME_MOST;
	memcpy(fitted, transfer_columns, sizeof(transfer_columns));
	for (size_t i = 0; i < repair->transfer_count; i++) {
		const struct view_transfer *transfer = &repair->transfers[i];
		int source = cells_width(transfer->source, most),
		    target = cells_width(transfer->target, most);
		int *from = &fitted[SOURCE].wish, *to = &fitted[TARGET].wish;
		*from = source > *from ? source : *from;
		*to = target > *to ? target : *to;
	}
	if (columns < NARROW)
		fitted[FILE_NAME].least = FILE_NARROW;
	for (int i = SOURCE; i <= TARGET; i += TARGET - SOURCE) {
		fitted[i].wish = fitted[i].wish < most ? fitted[i].wish : most;
		fitted[i].wish = fitted[i].wish > NAME_LEAST ? fitted[i].wish : NAME_LEAST;
		fitted[i].least = fitted[i].wish;
	}
}

void panel_transfers(const struct paint *paint, struct area area, const struct view *view)
{
	enum { MARGIN = 2, SCROLL = 1 }; /* that a table keeps for what is not needed here */
	const struct view_repair *repair = &view->repair;
	struct table_column fitted[TRANSFER_COLUMNS];
	struct table_place places[TRANSFER_COLUMNS];
	struct area table = {area.row, area.column - MARGIN, area.rows, area.columns + MARGIN + SCROLL};
	if (area.rows < 1)
		return;
	fit_names(repair, area.columns, fitted);
	table_arrange(fitted, TRANSFER_COLUMNS, table.columns, places);
	/* What moves comes before what waits for its turn. */
	int row = 0;
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < repair->transfer_count && row < area.rows; i++)
			if ((repair->transfers[i].done_bytes > 0) == (pass == 0))
				draw_transfer(paint, table, area.row + row++, &repair->transfers[i], places);
}
