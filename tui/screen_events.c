/*
 * screen_events.c: the event log over the whole screen, newest at the bottom, with all there is to know about
 * the event under the cursor. With the cursor on the newest event, the log follows.
 */
#include <stdio.h>

#include "tui/layout.h"
#include "tui/panels.h"
#include "tui/screen.h"

enum { DETAIL_ROWS = 4, DETAIL_FROM = 14 };

struct event_areas {
	struct area log, detail;
};

struct events_state {
	size_t event, first; /* under the cursor, and the first in sight */
	bool held;           /* else the cursor stays on the newest */
};

static struct event_areas divide(const struct console *console)
{
	struct area body = console_body(console), detail = body;
	detail.rows = body.rows >= DETAIL_FROM ? DETAIL_ROWS : 0;
	body.rows -= detail.rows;
	detail.row += body.rows;
	return (struct event_areas){body, detail};
}

static size_t visible_events(const struct console *console)
{
	int rows = divide(console).log.rows - 1;
	return rows > 0 ? (size_t)rows : 1;
}

static void draw_detail(const struct console *console, const struct paint *paint, struct area area)
{
	const struct events_state *state = console_state(console, SCREEN_EVENTS);
	const struct view_event *event = &console->view->events[state->event];
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
	const struct events_state *state = console_state(console, SCREEN_EVENTS);
	const struct view *view = console->view;
	struct event_areas areas = divide(console);
	char title[80];
	snprintf(title, sizeof(title), "%s %s%s",
		console->columns >= 60 ? "Events, newest at the bottom" : "Events",
		state->held ? "(held" : "(following", ")");
	paint_title(paint, areas.log, title);
	if (view->event_count == 0) {
		paint_text(paint, areas.log.row + 1, 1, areas.log.columns - 2, ROLE_DIM, "No events yet.");
		return;
	}
	size_t visible = visible_events(console);
	for (size_t i = 0; i < visible && state->first + i < view->event_count; i++) {
		size_t at = state->first + i;
		int row = areas.log.row + 1 + (int)i;
		unsigned flags = at == state->event ? STYLE_SELECTED : 0;
		if (flags != 0) {
			paint_fill(paint, (struct area){row, 0, 1, areas.log.columns - 1}, ROLE_TEXT | flags);
			paint_text(paint, row, 0, 1, ROLE_ACCENT | flags, paint->glyphs->marker);
		}
		panel_event(paint, row, 2, areas.log.columns - 4, &view->events[at], console->now_ms, flags);
	}
	struct area body = {areas.log.row + 1, 0, areas.log.rows - 1, areas.log.columns};
	paint_scroll(paint, body, state->first, visible, view->event_count);
	if (areas.detail.rows > 0)
		draw_detail(console, paint, areas.detail);
}

static void events_settle(struct console *console)
{
	struct events_state *state = console_state(console, SCREEN_EVENTS);
	size_t total = console->view->event_count;
	if (!state->held || state->event >= total)
		state->event = total > 0 ? total - 1 : 0;
	state->first = layout_scroll(state->first, state->event, visible_events(console), total);
}

static void events_move(struct console *console, enum move move)
{
	struct events_state *state = console_state(console, SCREEN_EVENTS);
	size_t total = console->view->event_count;
	state->event = console_moved(state->event, move, visible_events(console), total);
	state->held = state->event + 1 < total;
}

static size_t find_event(const struct view *view, int64_t id)
{
	size_t at = 0;
	while (at < view->event_count && view->events[at].id < id)
		at++;
	return at;
}

static void events_show(struct console *console, const struct view *old)
{
	struct events_state *state = console_state(console, SCREEN_EVENTS);
	if (!state->held || state->event >= old->event_count)
		return;
	size_t event = find_event(console->view, old->events[state->event].id);
	size_t above = state->event - state->first;
	state->event = event;
	state->first = event > above ? event - above : 0;
}

static void events_enter(struct console *console)
{
	struct events_state *state = console_state(console, SCREEN_EVENTS);
	state->held = false;
}

const struct screen_ops screen_events = {
	.name = "Events",
	.state_size = sizeof(struct events_state),
	.key_sets = KEYS_MOVE | KEYS_TAB,
	.draw = events_draw,
	.enter = events_enter,
	.settle = events_settle,
	.show = events_show,
	.move = events_move,
};
