/*
 * panel_record.c: all that the log has about one event: the sentence, then what brought it about, from where to
 * where, how much, how long, and how it ended; each only when there is something to say.
 */
#include <stdio.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/events.h"
#include "tui/panels.h"

enum { LABEL = 14, LABEL_NARROW = 9, NARROW = 60, TEXT_BYTES = 1024 };

/* Rows below each other, of which those from `first` on are in sight. Without `paint` they are only counted. */
struct record {
	const struct paint *paint;
	struct area area;
	int label;
	int first, row;
};

/* Where the next row is drawn, or -1 when it is out of sight. */
static int next_row(struct record *record)
{
	int row = record->row++ - record->first;
	return record->paint != NULL && row >= 0 && row < record->area.rows ? record->area.row + row : -1;
}

static void add_wrapped(
	struct record *record, int indent, unsigned style, const char *label, const char *text)
{
	int column = record->area.column + indent, columns = record->area.columns - indent;
	while (text != NULL && *text != '\0' && columns > 0) {
		const char *next;
		char part[TEXT_BYTES];
		size_t length = cells_wrap(text, columns, &next);
		int row = next_row(record);
		snprintf(part, sizeof(part), "%.*s", (int)length, text);
		if (row >= 0)
			paint_text(record->paint, row, column, columns, style, part);
		if (row >= 0 && label != NULL)
			paint_text(record->paint, row, record->area.column, indent - 1, ROLE_DIM, label);
		label = NULL;
		text = next;
	}
}

static void add_text(struct record *record, unsigned style, const char *label, const char *text)
{
	add_wrapped(record, record->label, style, label, text);
}

static void add_time(struct record *record, const struct view_event *event, int64_t now_ms)
{
	char time[24], ago[32], text[96];
	int64_t past_ms = now_ms - event->time_ms;
	panel_time(time, sizeof(time), event->time_ms);
	snprintf(text, sizeof(text), "%s.%03d", time, (int)(event->time_ms % 1000));
	if (past_ms >= 1000) {
		text_duration(ago, sizeof(ago), past_ms / 1000 * 1000);
		size_t length = strlen(text);
		snprintf(text + length, sizeof(text) - length, ", %s ago", ago);
	}
	add_text(record, ROLE_TEXT, "when", text);
}

/* "node-2 ──▶ node-5"; names are foreign, so each is painted by itself. */
static void add_way(struct record *record, const struct view_event *event)
{
	enum { SHAFT = 3 };
	if (event->source[0] == '\0' && event->target[0] == '\0')
		return;
	int row = next_row(record), column = record->area.column + record->label;
	int end = record->area.column + record->area.columns;
	if (row < 0)
		return;
	const struct paint *paint = record->paint;
	const char *source = event->source[0] != '\0' ? event->source : "?";
	const char *target = event->target[0] != '\0' ? event->target : "?";
	paint_text(paint, row, record->area.column, record->label - 1, ROLE_DIM, "way");
	column += paint_text(paint, row, column, end - column, ROLE_STRONG, source) + 1;
	for (int i = 0; i < SHAFT && column < end; i++)
		paint_text(paint, row, column++, 1, ROLE_ACCENT,
			i + 1 < SHAFT ? paint->glyphs->shaft : paint->glyphs->head);
	paint_text(paint, row, column + 1, end - column - 1, ROLE_STRONG, target);
}

/* "12 chunks, 48.0 MiB in 1.2 s, 40.0 MiB/s" */
static void add_amount(struct record *record, const struct view_event *event)
{
	char text[160] = "", number[32], bytes[16];
	size_t length = 0;
	if (event->chunks > 0)
		length += (size_t)snprintf(text, sizeof(text), "%s chunk%s",
			paint_number(number, sizeof(number), event->chunks), event->chunks == 1 ? "" : "s");
	if (event->bytes > 0)
		snprintf(text + length, sizeof(text) - length, "%s%s", length > 0 ? ", " : "",
			text_bytes(bytes, sizeof(bytes), event->bytes));
	add_text(record, ROLE_TEXT, "how much", text);
	if (event->duration_ms < 0)
		return;
	text_duration(text, sizeof(text), event->duration_ms);
	if (event->bytes > 0 && event->duration_ms > 0) {
		double rate = (double)event->bytes * 1000 / (double)event->duration_ms;
		length = strlen(text);
		snprintf(text + length, sizeof(text) - length, ", %s/s",
			text_bytes(bytes, sizeof(bytes), (uint64_t)rate));
	}
	add_text(record, ROLE_TEXT, "how long", text);
}

static unsigned result_style(const char *result)
{
	if (strcmp(result, "ok") == 0)
		return ROLE_HEALTHY;
	return strcmp(result, "failed") == 0 ? ROLE_CRITICAL : ROLE_TEXT;
}

static void fill(struct record *record, const struct view_event *event, int64_t now_ms)
{
	const char letter[2] = {"INWE"[event->severity], '\0'};
	char what[64];
	add_wrapped(
		record, 0, event->severity == EVENT_ERROR ? ROLE_CRITICAL : ROLE_STRONG, NULL, event->text);
	add_text(record, ROLE_ACCENT, "because", event->trigger);
	add_way(record, event);
	if (event->source[0] == '\0' && strcmp(event->node, event->target) != 0)
		add_text(record, ROLE_STRONG, "node", event->node);
	add_amount(record, event);
	add_text(record, result_style(event->result), "result", event->result);
	add_time(record, event, now_ms);
	snprintf(what, sizeof(what), "%s %s, %.40s", letter, event_severity_name(event->severity),
		event->code);
	add_text(record, panel_severity_role(event->severity), "kind", what);
}

int panel_record_rows(const struct view_event *event, int columns, int64_t now_ms)
{
	struct record record = {.area = {0, 0, 0, columns}, .label = columns < NARROW ? LABEL_NARROW : LABEL};
	fill(&record, event, now_ms);
	return record.row;
}

void panel_record(const struct paint *paint, struct area area, const struct view_event *event, int64_t now_ms,
	int first)
{
	struct record record = {.paint = paint,
		.area = area,
		.label = area.columns < NARROW ? LABEL_NARROW : LABEL,
		.first = first};
	fill(&record, event, now_ms);
}
