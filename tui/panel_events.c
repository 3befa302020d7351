/*
 * panel_events.c: the tail of the event log, newest at the bottom.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tui/panels.h"

enum role panel_severity_role(enum event_severity severity)
{
	static const enum role roles[] = {
		[EVENT_INFO] = ROLE_DIM,
		[EVENT_NOTICE] = ROLE_ACCENT,
		[EVENT_WARNING] = ROLE_DEGRADED,
		[EVENT_ERROR] = ROLE_CRITICAL,
	};
	return roles[severity];
}

char *panel_time(char *out, size_t size, int64_t time_ms)
{
	time_t seconds = (time_t)(time_ms / 1000);
	struct tm parts;
	if (localtime_r(&seconds, &parts) == NULL || strftime(out, size, "%Y-%m-%d %H:%M:%S", &parts) == 0)
		snprintf(out, size, "0000-00-00 00:00:00");
	return out;
}

char *panel_when(char *out, size_t size, int64_t time_ms, int64_t now_ms, int width)
{
	enum { YEAR = 4, DATE = 10, CLOCK = 8 };
	char time[24], today[24];
	panel_time(time, sizeof(time), time_ms);
	panel_time(today, sizeof(today), now_ms);
	if (memcmp(time, today, DATE) == 0)
		snprintf(out, size, "%.*s", width >= CLOCK ? CLOCK : CLOCK - 3, time + DATE + 1);
	else if (memcmp(time, today, YEAR) != 0)
		snprintf(out, size, "%.*s", width >= DATE ? DATE : YEAR + 3, time);
	else
		snprintf(out, size, "%.*s", width >= DATE + 1 ? DATE + 1 : 5, time + YEAR + 1);
	return out;
}

void panel_event(const struct paint *paint, int row, int column, int columns, const struct view_event *event,
	int64_t now_ms, unsigned flags)
{
	/* Where there is room, a day that is not today has its hour too. */
	int width = columns >= 90 ? 11 : 8;
	char when[24];
	const char letter[2] = {"INWE"[event->severity], '\0'};
	int end = column + columns;
	enum role role = panel_severity_role(event->severity);
	panel_when(when, sizeof(when), event->time_ms, now_ms, width);
	paint_right(paint, row, column, width, ROLE_DIM | flags, when);
	column += width;
	column += 1;
	column += paint_text(paint, row, column, 1, role | flags, letter);
	column += 1;
	unsigned text = event->severity == EVENT_ERROR ? role : ROLE_TEXT;
	paint_text(paint, row, column, end - column, text | flags, event->text);
}

void panel_events(const struct paint *paint, struct area area, const struct picture *picture)
{
	const struct view *view = picture->view;
	if (area.rows < 1)
		return;
	paint_title(paint, area, area.columns >= 60 ? "Events, newest at the bottom" : "Events, newest last");
	size_t rows = (size_t)area.rows - 1;
	size_t shown = view->event_count < rows ? view->event_count : rows;
	if (view->event_count == 0)
		paint_text(
			paint, area.row + 1, area.column + 1, area.columns - 2, ROLE_DIM, "No events yet.");
	for (size_t i = 0; i < shown; i++)
		panel_event(paint, area.row + 1 + (int)i, area.column + 1, area.columns - 2,
			&view->events[view->event_count - shown + i], picture->now_ms, 0);
}
