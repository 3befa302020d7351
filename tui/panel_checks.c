/*
 * panel_checks.c: why the store is not HEALTHY, what it is about, and what to do.
 *
 * Each check takes a few rows: symbol, code and sentence; the files or nodes that it is about, as far as they fit in
 * a row; the advice. With little room advice goes before names and names before sentences, so that as many checks as
 * possible are seen; the last row counts those that are not. A sentence that does not fit behind its code gets a row
 * of its own, or takes the place of the code, which says less. The notes, which are no reason for worry, look alike.
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
	DETAIL_WRAPPED, /* sentence and advice, as many rows as they take, with the names between them */
	DETAIL_CUT,     /* a row for each, cut */
	DETAIL_NAMED,   /* a row for the sentence, and one for the names */
	DETAIL_BARE,    /* a row for the sentence */
};

static int text_columns(int columns)
{
	return columns - MARGIN - 1;
}

/* Where the sentence begins behind the code; 0: there is no room for it. */
static int sentence_indent(const struct view_check *check, int columns)
{
	int indent = (int)strlen(check_code_name(check->code)) + 2;
	return indent + cells_width(check->summary, columns) <= columns ? indent : 0;
}

static bool about_chunks(const struct view_check *check)
{
	switch (check->code) {
	case CHECK_CHUNKS_LOST:
	case CHECK_CHUNKS_UNAVAILABLE:
	case CHECK_CHUNKS_LAST_COPY:
	case CHECK_CHUNKS_UNDER_REPLICATED:
	case CHECK_CHUNKS_CORRUPT:
	case CHECK_CHUNKS_MISPLACED:
		return true;
	default:
		return false;
	}
}

/* Files are always worth a row; a node alone is in the sentence already. */
static int names_rows(const struct view_check *check)
{
	return check->detail_count > (about_chunks(check) ? 0 : 1) ? 1 : 0;
}

static int check_rows(const struct view_check *check, int columns, enum detail detail)
{
	if (detail == DETAIL_BARE)
		return 1;
	if (detail == DETAIL_NAMED)
		return 1 + names_rows(check);
	if (detail == DETAIL_CUT)
		return 1 + names_rows(check) + (check->advice[0] != '\0' ? 1 : 0);
	int rows = sentence_indent(check, columns) > 0 ? 1 : 1 + cells_wrap_rows(check->summary, 0, columns);
	return rows + names_rows(check) + cells_wrap_rows(check->advice, 0, columns);
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
	for (int detail = DETAIL_NAMED; detail >= DETAIL_WRAPPED; detail--) {
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

/* The first one is cut if it has to be; others are shown whole or not at all. */
static void draw_names(const struct paint *paint, struct area area, const struct view_check *check)
{
	bool chunks = about_chunks(check);
	size_t first = chunks ? 0 : 1; /* a node that is in the sentence already */
	int used = paint_text(paint, area.row, area.column, area.columns, ROLE_DIM, chunks ? "in " : "and ");
	struct line line = line_begin(paint, area.row, area.column + used, area.columns - used);
	for (size_t i = first; i < check->detail_count; i++) {
		bool added = line_add(&line, ROLE_TEXT, "%s", check->details[i]);
		if (!added && i == first)
			paint_text(paint, line.row, line.column, line.end - line.column, ROLE_TEXT,
				check->details[i]);
		if (!added)
			break;
	}
}

/* Code and sentence. Returns the rows that they took. */
static int draw_sentence(
	const struct paint *paint, struct area text, const struct view_check *check, enum detail detail)
{
	enum role role = panel_health_role(check->severity);
	int indent = sentence_indent(check, text.columns);
	if (indent == 0 && detail != DETAIL_WRAPPED) {
		paint_text(paint, text.row, text.column, text.columns, ROLE_TEXT, check->summary);
		return 1;
	}
	paint_text(paint, text.row, text.column, text.columns, role, check_code_name(check->code));
	if (indent > 0) {
		paint_text(paint, text.row, text.column + indent, text.columns - indent, ROLE_TEXT,
			check->summary);
		return 1;
	}
	text.row++;
	text.rows--;
	return 1 + paint_wrapped(paint, text, 0, ROLE_TEXT, check->summary);
}

static void draw_check(
	const struct paint *paint, struct area area, const struct view_check *check, enum detail detail)
{
	struct area text = {area.row, area.column + MARGIN, area.rows, text_columns(area.columns)};
	paint_text(paint, area.row, area.column + 1, 1, panel_health_role(check->severity),
		paint->glyphs->health[check->severity]);
	int used = draw_sentence(paint, text, check, detail);
	text.row += used;
	text.rows -= used;
	if (text.rows > 0 && names_rows(check) > 0) {
		draw_names(paint, text, check);
		text.row++;
		text.rows--;
	}
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
