/*
 * rehearsal_strip.c: one row on a low screen, else two. What is done now comes first, then what failed, then the
 * clock.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/layout.h"
#include "tui/rehearsal_strip.h"

enum { TWO_ROWS_FROM = 20, BAR_FROM = 90, BAR = 24 };

int rehearsal_strip_rows(int rows)
{
	return rows <= LAYOUT_ROWS_MIN ? 0 : rows < TWO_ROWS_FROM ? 1 : 2;
}

/* ---- how fast ---- */

static const double speeds[] = {1, 2, 5, 10, 30, 60, 300, 900, 3600, 4 * 3600, 86400};
enum { SPEEDS = sizeof(speeds) / sizeof(*speeds) };

double rehearsal_next_speed(double speed, bool faster)
{
	int at = 0;
	if (speed <= 0)
		return faster ? 0 : speeds[SPEEDS - 1];
	if (faster) {
		while (at < SPEEDS && speeds[at] <= speed)
			at++;
		return at < SPEEDS ? speeds[at] : 0;
	}
	while (at + 1 < SPEEDS && speeds[at + 1] < speed)
		at++;
	return speeds[at];
}

char *rehearsal_speed_text(char *out, size_t size, double speed)
{
	char time[32];
	if (speed <= 0)
		snprintf(out, size, "as fast as can be");
	else if (speed < 60 || speed > 1e9)
		snprintf(out, size, "%.3gx", speed);
	else
		snprintf(out, size, "%s a second",
			text_duration(time, sizeof(time), (int64_t)llround(speed * 1000)));
	return out;
}

/* ---- drawing ---- */

static const char *state_word(const struct rehearsal_status *status)
{
	if (status->state == REHEARSAL_DONE)
		return status->passed ? "PASSED" : "FAILED";
	return status->state == REHEARSAL_PAUSED ? "PAUSED" : "PLAYING";
}

static enum role state_role(const struct rehearsal_status *status)
{
	if (status->state == REHEARSAL_DONE)
		return status->passed ? ROLE_HEALTHY : ROLE_CRITICAL;
	return status->state == REHEARSAL_PAUSED ? ROLE_DEGRADED : ROLE_ACCENT;
}

/* The keys, against the right end; returns how many columns are left before them. */
static int draw_keys(
	const struct paint *paint, struct area row, const struct rehearsal_status *status, int keep)
{
	int width = 0;
	for (const struct key *key = keys_rehearsal; key->act != NULL; key++) {
		const char *word = keys_rehearsal_word(key, status);
		width += word != NULL ? (int)(strlen(key->label) + 1 + strlen(word)) + 2 : 0;
	}
	if (width + keep > row.columns)
		return row.columns;
	int column = row.column + row.columns - width + 2, left = row.columns - width;
	for (const struct key *key = keys_rehearsal; key->act != NULL; key++) {
		const char *word = keys_rehearsal_word(key, status);
		if (word == NULL)
			continue;
		column += paint_text(paint, row.row, column, 8, ROLE_ACCENT, key->label) + 1;
		column += paint_text(paint, row.row, column, 16, ROLE_DIM, word) + 2;
	}
	return left;
}

/* The state, how far it is, and what it does: as much of that as fits; `last`, if it fits, at the end. */
static void draw_step(
	const struct paint *paint, struct area row, const struct rehearsal_status *status, const char *last)
{
	int column = row.column, end = row.column + row.columns;
	column += paint_format(paint, row.row, column, end - column, state_role(status) | STYLE_BADGE, " %s ",
			  state_word(status)) +
		  1;
	bool roomy = row.columns >= 60;
	column += paint_format(paint, row.row, column, end - column, ROLE_STRONG, "%s%zu%s%zu",
			  roomy ? "step " : "", status->step, roomy ? " of " : "/", status->steps) +
		  2;
	if (!status->passed && status->state != REHEARSAL_DONE && end - column > 2)
		column += paint_text(paint, row.row, column, 1, ROLE_CRITICAL,
				  paint->glyphs->health[HEALTH_CRITICAL]) +
			  1;
	int name = cells_width(last, 40), doing = cells_width(status->doing, row.columns);
	bool named = end - column >= doing + name + 3;
	column += paint_text(paint, row.row, column, end - column, ROLE_TEXT, status->doing) + 3;
	if (named)
		paint_right(paint, row.row, column, end - column, ROLE_DIM, last);
}

/* What has failed, or else how far it is; the clock; the keys. */
static void draw_clock(const struct paint *paint, struct area row, const struct rehearsal_status *status)
{
	char time[32], speed[48];
	int left = draw_keys(paint, row, status, 0);
	if (status->failure[0] != '\0') {
		int used = paint_text(paint, row.row, row.column, left, ROLE_CRITICAL,
				   paint->glyphs->health[HEALTH_CRITICAL]) +
			   1;
		used += paint_text(
			paint, row.row, row.column + used, left - used, ROLE_CRITICAL, status->failure);
		row.column += used + 2;
		left -= used + 2;
	} else if (row.columns >= BAR_FROM && status->steps > 0) {
		bool done = status->state == REHEARSAL_DONE;
		double ratio = done ? 1 : (double)(status->step > 0 ? status->step - 1 : 0);
		paint_bar(
			paint, row.row, row.column, BAR, done ? 1 : ratio / (double)status->steps, ROLE_BAR);
		row.column += BAR + 2;
		left -= BAR + 2;
	}
	struct line line = line_begin(paint, row.row, row.column, left);
	text_duration(time, sizeof(time), status->time_ms);
	if (!line_add(&line, ROLE_TEXT, "%s, %s time", time, status->virtual_clock ? "virtual" : "real"))
		line_add(&line, ROLE_TEXT, "%s", time);
	if (status->virtual_clock && status->state != REHEARSAL_DONE)
		line_add(&line, ROLE_DIM, "%s", rehearsal_speed_text(speed, sizeof(speed), status->speed));
	if (status->line > 0)
		line_add(&line, ROLE_DIM, "line %u", status->line);
}

void rehearsal_strip_draw(const struct paint *paint, struct area area, const struct rehearsal_status *status)
{
	enum { KEEP = 44 }; /* columns that what is done needs more than the keys */
	struct area row = {area.row, area.column + 1, 1, area.columns - 2};
	if (area.rows < 1 || row.columns < 1)
		return;
	paint_fill(paint, area, ROLE_TEXT);
	if (area.rows < 2) {
		char time[32];
		row.columns = draw_keys(paint, row, status, KEEP);
		draw_step(paint, row, status, text_duration(time, sizeof(time), status->time_ms));
		return;
	}
	draw_step(paint, row, status, status->scenario);
	row.row++;
	draw_clock(paint, row, status);
}
