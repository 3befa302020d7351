/*
 * layout_repair.c: dividing the repair screen.
 *
 * Rows go to everybody's least first, in the order of importance, then to growth in the same order. What is left goes
 * to the log. A wide and high screen has two such columns: how it stands on the left, what moves on the right.
 */
#include <assert.h>

#include "tui/layout_repair.h"
#include "tui/panels.h"

enum {
	WIDE_COLUMNS = 150,
	WIDE_ROWS = 24,
	AIRY_ROWS = 28, /* from here on there is an empty row above each title */
	COLUMN_GAP = 3,
	TRANSFERS_USUAL = 4, /* kept free for these, so that not everything moves when one ends; … */
	TRANSFERS_LOW = 2,   /* … for these on a low screen */
	TRANSFERS_MOST = 16,
	CHART_FROM = 26,
	CHART_LEAST = 5,
	CHART_MOST = 10,
	PARTS = 6,
};

/* A part in a column, by importance. `place` is where it stands from above. */
struct part {
	struct area *area;
	int least, wish;
	int place;
	int rows;
};

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

static void give_rows(struct part *parts, size_t count, int spare, int gap)
{
	for (size_t i = 0; i < count; i++) {
		int above = i == 0 ? 0 : gap;
		if (parts[i].least <= 0 || parts[i].least + above > spare)
			continue;
		parts[i].rows = parts[i].least;
		spare -= parts[i].least + above;
	}
	for (size_t i = 0; i < count; i++) {
		int more = parts[i].rows > 0 ? smaller(parts[i].wish - parts[i].rows, spare) : 0;
		parts[i].rows += more;
		spare -= more;
	}
}

static void divide(struct area area, struct part *parts, size_t count, int gap)
{
	give_rows(parts, count, area.rows, gap);
	int row = area.row;
	for (int place = 0; place < PARTS; place++)
		for (size_t i = 0; i < count; i++) {
			if (parts[i].place != place || parts[i].rows == 0)
				continue;
			row += row == area.row ? 0 : gap;
			*parts[i].area = (struct area){row, area.column, parts[i].rows, area.columns};
			row += parts[i].rows;
		}
	assert(row <= area.row + (area.rows > 0 ? area.rows : 0));
}

struct layout_repair layout_repair(struct area body, size_t transfers)
{
	struct layout_repair layout = {.state = {0, 0, 0, 0}};
	int gap = body.rows >= AIRY_ROWS ? 1 : 0;
	int count = transfers < TRANSFERS_MOST ? (int)transfers : TRANSFERS_MOST;
	int usual = body.rows >= CHART_FROM ? TRANSFERS_USUAL : TRANSFERS_LOW;
	count = count > usual ? count : usual;
	int state = smaller(1 + PANEL_REPAIR_STATE, body.rows);
	struct area left = body, right = body;
	bool wide = body.columns >= WIDE_COLUMNS && body.rows >= WIDE_ROWS;
	if (wide) {
		left.columns = (body.columns - COLUMN_GAP) / 2;
		right.column += left.columns + COLUMN_GAP;
		right.columns -= left.columns + COLUMN_GAP;
	}
	int chart = body.rows >= CHART_FROM ? 1 + CHART_LEAST : 0;
	int queue = 1 + panel_queue_rows(left.columns - 2);
	struct part parts[PARTS] = {
		{&layout.state, state, state, 0, 0},
		{&layout.transfers, 2, 1 + count, 2, 0},
		{&layout.scrub, 2, 3, 3, 0},
		{&layout.queue, queue, queue, 1, 0},
		{&layout.events, 2, wide ? 1000 : 5, 5, 0},
		{&layout.rate, chart, chart > 0 ? 1 + (wide ? 2 : 1) * CHART_MOST : 0, 4, 0},
	};
	if (wide) {
		struct part standing[] = {parts[0], parts[2], parts[3], parts[5]};
		struct part moving[] = {parts[1], parts[4]};
		divide(left, standing, sizeof(standing) / sizeof(*standing), gap);
		divide(right, moving, sizeof(moving) / sizeof(*moving), gap);
	} else {
		divide(body, parts, PARTS, gap);
		/* The log stands last, so it can have what is left over. */
		if (layout.events.rows > 0)
			layout.events.rows = body.row + body.rows - layout.events.row;
	}
	return layout;
}
