/*
 * screen.c: the state of the console, and drawing whatever screen is on top.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/screen.h"

const struct screen_ops *const screens[] = {
	&screen_overview,
	&screen_events,
	&screen_help,
	&screen_details,
	&screen_confirm,
	NULL,
};

void console_init(struct console *console, const struct view *view, const struct glyphs *glyphs)
{
	*console = (struct console){.view = view, .glyphs = glyphs, .event_follow = true};
	console->stack[0] = &screen_overview;
	console->depth = 1;
	/* An outcome from before this console is not news. */
	snprintf(console->notice, sizeof(console->notice), "%s", view->notice);
}

void console_release(struct console *console)
{
	free(console->target);
	*console = (struct console){0};
}

static size_t find_node(const struct view *view, const char *name, size_t otherwise)
{
	if (otherwise < view->node_count && strcmp(view->nodes[otherwise].name, name) == 0)
		return otherwise;
	for (size_t i = 0; i < view->node_count; i++)
		if (strcmp(view->nodes[i].name, name) == 0)
			return i;
	return otherwise;
}

static size_t find_event(const struct view *view, int64_t id)
{
	size_t at = 0;
	while (at < view->event_count && view->events[at].id < id)
		at++;
	return at;
}

static void take_notice(struct console *console)
{
	const struct view *view = console->view;
	char notice[MESSAGE_BYTES];
	snprintf(notice, sizeof(notice), "%s", view->notice);
	bool changed = strcmp(notice, console->notice) != 0;
	bool repeated = console->notice_awaited && console->tick_ms >= console->notice_end_ms;
	if (!changed && !repeated)
		return;
	memcpy(console->notice, notice, sizeof(notice));
	if (notice[0] == '\0')
		return;
	console->notice_awaited = false;
	console_message(console, view->notice_failed, "%s", notice);
}

void console_show(struct console *console, const struct view *view)
{
	const struct view *old = console->view;
	if (console->node < old->node_count)
		console->node = find_node(view, old->nodes[console->node].name, console->node);
	if (!console->event_follow && console->event < old->event_count) {
		size_t event = find_event(view, old->events[console->event].id);
		size_t above = console->event - console->event_first;
		console->event = event;
		console->event_first = event > above ? event - above : 0;
	}
	console->view = view;
	take_notice(console);
	console_settle(console);
}

void console_message(struct console *console, bool failed, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(console->message, sizeof(console->message), format, arguments);
	va_end(arguments);
	console->message_failed = failed;
	console->message_end_ms = console->tick_ms + MESSAGE_MS;
}

bool console_expire(struct console *console)
{
	if (console->message_end_ms == 0 || console->tick_ms < console->message_end_ms)
		return false;
	console->message_end_ms = 0;
	return true;
}

const struct screen_ops *console_screen(const struct console *console)
{
	assert(console->depth > 0);
	return console->stack[console->depth - 1];
}

void console_push(struct console *console, const struct screen_ops *screen)
{
	assert(console->depth < SCREEN_DEPTH);
	console->stack[console->depth++] = screen;
}

void console_pop(struct console *console)
{
	if (console->depth > 1)
		console->depth--;
	else
		console->quit = true;
}

void console_settle(struct console *console)
{
	for (int i = 0; i < console->depth; i++)
		if (console->stack[i]->settle != NULL)
			console->stack[i]->settle(console);
}

const struct view_node *console_node(const struct console *console)
{
	const struct view *view = console->view;
	return console->node < view->node_count ? &view->nodes[console->node] : NULL;
}

size_t console_moved(size_t at, enum move move, size_t page, size_t total)
{
	size_t last = total > 0 ? total - 1 : 0;
	switch (move) {
	case MOVE_UP:
		return at > 0 ? at - 1 : 0;
	case MOVE_DOWN:
		return at < last ? at + 1 : last;
	case MOVE_PAGE_UP:
		return at > page ? at - page : 0;
	case MOVE_PAGE_DOWN:
		return page < last && at < last - page ? at + page : last;
	case MOVE_FIRST:
		return 0;
	case MOVE_LAST:
		return last;
	}
	return at;
}

static void draw_too_small(const struct console *console, const struct paint *paint)
{
	enum health health = console->view->health;
	int used = paint_text(paint, 0, 0, 2, ROLE_TEXT, console->glyphs->health[health]);
	used += paint_text(paint, 0, used, 1, ROLE_TEXT, " ");
	struct line line = line_begin(paint, 0, used, console->columns - used);
	int columns = LAYOUT_COLUMNS_MIN, rows = LAYOUT_ROWS_MIN;
	if (!line_add(&line, ROLE_TEXT, "%s: needs %dx%d, has %dx%d", health_name(health), columns, rows,
		    console->columns, console->rows) &&
		!line_add(&line, ROLE_TEXT, "%s: needs %dx%d", health_name(health), columns, rows) &&
		!line_add(&line, ROLE_TEXT, "needs %dx%d", columns, rows))
		line_add(&line, ROLE_TEXT, "%dx%d", columns, rows);
}

static void draw_bottom(const struct console *console, const struct paint *paint)
{
	int footer = console->rows - 1, message = footer;
	if (layout_overview(console->rows, console->columns, console->view).message.rows > 0)
		message = footer - 1;
	bool speaks = console->message_end_ms > 0;
	if (!speaks || message != footer)
		keys_draw(console, paint, (struct area){footer, 1, 1, console->columns - 2});
	if (!speaks)
		return;
	enum role role = console->message_failed ? ROLE_CRITICAL : ROLE_ACCENT;
	paint_text(paint, message, 1, console->columns - 2, role, console->message);
}

void console_draw(const struct console *console, struct canvas *canvas)
{
	const struct paint paint = {.canvas = canvas, .glyphs = console->glyphs};
	if (console->rows < LAYOUT_ROWS_MIN || console->columns < LAYOUT_COLUMNS_MIN) {
		draw_too_small(console, &paint);
		return;
	}
	int base = console->depth - 1;
	while (base > 0 && console->stack[base]->popup)
		base--;
	for (int i = base; i < console->depth; i++)
		console->stack[i]->draw(console, &paint);
	draw_bottom(console, &paint);
}
