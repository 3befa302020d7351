/*
 * panel_checks.c: why the store is not HEALTHY, and what to do about it.
 *
 * Each check takes a few rows: symbol, code and sentence, then the advice. With little room they are cut, or
 * the advice goes, so that as many checks as possible are seen; the last row counts those that are not. The
 * notes, which are no reason for worry, look alike.
 */
#include <stdio.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/panels.h"

enum {
	MARGIN = 3,   /* the symbol and what is around it */
	PLANNED = 64, /* more checks than this are never shown */
};

enum detail {
	DETAIL_WRAPPED, /* sentence and advice, as many rows as they take */
	DETAIL_CUT,     /* a row for each, cut */
	DETAIL_BARE,    /* a row for the sentence */
};

static int text_columns(int columns)
{
	return columns - MARGIN - 1;
}

/* Where the sentence begins behind the code; 0: on a row of its own. */
static int sentence_indent(const struct view_check *check, int columns)
{
	int indent = (int)strlen(check_code_name(check->code)) + 2;
	return indent + 20 <= columns ? indent : 0;
}

static int check_rows(const struct view_check *check, int columns, enum detail detail)
{
	if (detail == DETAIL_BARE)
		return 1;
	if (detail == DETAIL_CUT)
		return check->advice[0] != '\0' ? 2 : 1;
	int indent = sentence_indent(check, columns);
	int rows = indent > 0 ? cells_wrap_rows(check->summary, columns - indent, columns)
			      : 1 + cells_wrap_rows(check->summary, 0, columns);
	return (rows > 0 ? rows : 1) + cells_wrap_rows(check->advice, 0, columns);
}

int panel_checks_rows(const struct view *view, int columns)
{
	int rows = 0;
	for (size_t i = 0; i < view->check_count && rows < 1000; i++)
		rows += check_rows(&view->checks[i], text_columns(columns), DETAIL_WRAPPED);
	return rows;
}

/* Begins with the least for all, then gives more, most severe first, as long as there are rows. */
static void choose_details(const struct view *view, int columns, int rows, enum detail details[PLANNED])
{
	size_t count = view->check_count < PLANNED ? view->check_count : PLANNED;
	int spare = rows - (int)count;
	for (size_t i = 0; i < count; i++)
		details[i] = DETAIL_BARE;
	for (int detail = DETAIL_CUT; detail >= DETAIL_WRAPPED; detail--) {
		for (size_t i = 0; i < count; i++) {
			int more = check_rows(&view->checks[i], columns, (enum detail)detail) -
				   check_rows(&view->checks[i], columns, details[i]);
			if (more > spare)
				continue;
			spare -= more;
			details[i] = (enum detail)detail;
		}
	}
}

static void draw_check(
	const struct paint *paint, struct area area, const struct view_check *check, enum detail detail)
{
	enum role role = panel_health_role(check->severity);
	const char *code = check_code_name(check->code);
	struct area text = {area.row, area.column + MARGIN, area.rows, text_columns(area.columns)};
	int indent = sentence_indent(check, text.columns);
	paint_text(paint, area.row, area.column + 1, 1, role, paint->glyphs->health[check->severity]);
	if (indent == 0 && detail != DETAIL_WRAPPED) {
		/* The code says less than the sentence. */
		paint_text(paint, text.row, text.column, text.columns, ROLE_TEXT, check->summary);
	} else {
		paint_text(paint, text.row, text.column, text.columns, role, code);
		if (indent == 0) {
			text.row++;
			text.rows--;
		}
		struct area sentence = text;
		if (detail != DETAIL_WRAPPED)
			sentence.rows = 1;
		text.rows -= paint_wrapped(paint, sentence, indent, ROLE_TEXT, check->summary);
	}
	int used = detail == DETAIL_WRAPPED ? area.rows - text.rows : 1;
	text.row = area.row + (used > 0 ? used : 1);
	text.rows = area.row + area.rows - text.row;
	paint_wrapped(paint, text, 0, ROLE_DIM, check->advice);
}

void panel_checks(const struct paint *paint, struct area area, const struct view *view)
{
	char title[48];
	if (area.rows < 1)
		return;
	snprintf(title, sizeof(title), "Checks (%zu)", view->check_count);
	paint_title(paint, area, title);
	int end = area.row + area.rows, row = area.row + 1;
	enum detail details[PLANNED];
	choose_details(view, text_columns(area.columns), area.rows - 1, details);
	for (size_t i = 0; i < view->check_count && i < PLANNED && row < end; i++) {
		size_t left = view->check_count - i;
		if (row + 1 == end && left > 1 && i > 0) {
			paint_format(paint, row, area.column + MARGIN, text_columns(area.columns), ROLE_DIM,
				"%zu more", left);
			return;
		}
		int rows = check_rows(&view->checks[i], text_columns(area.columns), details[i]);
		draw_check(paint, (struct area){row, area.column, rows, area.columns}, &view->checks[i],
			details[i]);
		row += rows;
	}
}

int panel_notes_rows(const struct view *view, int columns)
{
	int rows = 0;
	for (size_t i = 0; i < view->note_count && rows < 1000; i++)
		rows += cells_wrap_rows(view->notes[i], 0, columns - 2);
	return rows;
}

void panel_notes(const struct paint *paint, struct area area, const struct view *view)
{
	if (area.rows < 1)
		return;
	paint_title(paint, area, "Notes");
	struct area text = {area.row + 1, area.column + 1, area.rows - 1, area.columns - 2};
	for (size_t i = 0; i < view->note_count && text.rows > 0; i++) {
		int used = paint_wrapped(paint, text, 0, ROLE_DIM, view->notes[i]);
		text.row += used;
		text.rows -= used;
	}
}
