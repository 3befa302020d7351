/*
 * screen_events.c: the event log over the whole screen, newest at the bottom, with all there is to know about
 * the event under the cursor. With the cursor on the newest event, the log follows.
 */
#include <stdio.h>

#include "tui/panels.h"
#include "tui/screen.h"

enum { DETAIL_ROWS = 4, DETAIL_FROM = 14 };

struct event_areas {
	struct area log, detail;
};

static struct event_areas divide(const struct console *console)
{
	/* Two rows are left for the message and the keys. */
	int rows = console->rows - 2, columns = console->columns;
	int detail = rows >= DETAIL_FROM ? DETAIL_ROWS : 0;
	return (struct event_areas){{0, 0, rows - detail, columns}, {rows - detail, 0, detail, columns}};
}

static size_t visible_events(const struct console *console)
{
	int rows = divide(console).log.rows - 1;
	return rows > 0 ? (size_t)rows : 1;
}

static void draw_detail(const struct console *console, const struct paint *paint, struct area area)
{
	const struct view_event *event = &console->view->events[console->event];
	char title[96], time[24];
	snprintf(title, sizeof(title), "%s, %s", panel_time(time, sizeof(time), event->time_ms),
		event_severity_name(event->severity));
	paint_title(paint, area, title);
	int column = area.column + 1, columns = area.columns - 2;
	int used = paint_text(paint, area.row + 1, column, columns, ROLE_DIM, event->code);
	if (event->node[0] != '\0')
		paint_text(
			paint, area.row + 1, column + used + 2, columns - used - 2, ROLE_STRONG, event->node);
	paint_wrapped(paint, (struct area){area.row + 2, column, area.rows - 2, columns}, 0, ROLE_TEXT,
		event->text);
}

static void events_draw(const struct console *console, const struct paint *paint)
{
	const struct view *view = console->view;
	struct event_areas areas = divide(console);
	char title[80];
	snprintf(title, sizeof(title), "%s %s%s",
		console->columns >= 60 ? "Events, newest at the bottom" : "Events",
		console->event_follow ? "(following" : "(held", ")");
	paint_title(paint, areas.log, title);
	if (view->event_count == 0) {
		paint_text(paint, areas.log.row + 1, 1, areas.log.columns - 2, ROLE_DIM, "No events yet.");
		return;
	}
	size_t visible = visible_events(console);
	for (size_t i = 0; i < visible && console->event_first + i < view->event_count; i++) {
		size_t at = console->event_first + i;
		int row = areas.log.row + 1 + (int)i;
		unsigned flags = at == console->event ? STYLE_SELECTED : 0;
		if (flags != 0) {
			paint_fill(paint, (struct area){row, 0, 1, areas.log.columns - 1}, ROLE_TEXT | flags);
			paint_text(paint, row, 0, 1, ROLE_ACCENT | flags, paint->glyphs->marker);
		}
		panel_event(paint, row, 2, areas.log.columns - 4, &view->events[at], console->now_ms, flags);
	}
	struct area body = {areas.log.row + 1, 0, areas.log.rows - 1, areas.log.columns};
	paint_scroll(paint, body, console->event_first, visible, view->event_count);
	if (areas.detail.rows > 0)
		draw_detail(console, paint, areas.detail);
}

static void events_settle(struct console *console)
{
	size_t total = console->view->event_count;
	if (console->event_follow || console->event >= total)
		console->event = total > 0 ? total - 1 : 0;
	console->event_first =
		layout_scroll(console->event_first, console->event, visible_events(console), total);
}

static void events_move(struct console *console, enum move move)
{
	size_t total = console->view->event_count;
	console->event = console_moved(console->event, move, visible_events(console), total);
	console->event_follow = console->event + 1 >= total;
}

const struct screen_ops screen_events = {
	.name = "events",
	.place = PLACE_EVENTS,
	.draw = events_draw,
	.settle = events_settle,
	.move = events_move,
};
