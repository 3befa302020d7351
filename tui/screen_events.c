/*
 * screen_events.c: the event log over the whole screen, newest at the bottom, with what the record of the
 * event under the cursor says: below the log, or beside it on a wide screen. With the cursor on the newest
 * event, the log follows.
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <stdio.h>
#include <string.h>

#include "tui/events.h"
#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/panels.h"
#include "tui/table.h"

enum {
	DETAIL_ROWS = 4,
	DETAIL_FROM = 14,
	BESIDE_FROM = 150, /* columns from which the record stands beside the log */
	BESIDE = 60,
	GAP = 2,
	SETTLED_MARGIN = 2, /* rows from the end at which older or newer pages are asked for */
};

struct event_areas {
	struct area log, detail; /* the first row of each is a title */
};

struct events_state *console_events(const struct console *console)
{
	return console_state(console, SCREEN_EVENTS);
}

static struct event_areas divide(struct area body)
{
	struct event_areas areas = {body, {body.row, body.column, 0, body.columns}};
	if (body.columns >= BESIDE_FROM) {
		areas.log.columns -= BESIDE + GAP;
		areas.detail =
			(struct area){body.row, body.column + areas.log.columns + GAP, body.rows, BESIDE};
	} else if (body.rows >= DETAIL_FROM) {
		areas.log.rows -= DETAIL_ROWS;
		areas.detail.row += areas.log.rows;
		areas.detail.rows = DETAIL_ROWS;
	}
	return areas;
}

static size_t visible_events(const struct console *console)
{
	return table_visible(divide(console_body(console)).log);
}

/* ---- drawing ---- */

enum { WHEN, SEVERITY, NODE, CODE, TEXT, TOOK, COLUMNS_SHOWN };

static const struct table_column columns[COLUMNS_SHOWN] = {
	[WHEN] = {"when", 8, 11, 0, true, false, 0},
	[SEVERITY] = {"", 1, 1, 0, false, false, 0},
	[NODE] = {"node", 8, 10, 2, false, false, 0},
	[CODE] = {"code", 16, 16, 3, false, false, 0},
	[TEXT] = {"what", 88, 88, 0, false, true, 0},
	[TOOK] = {"took", 9, 9, 4, true, false, 0},
};

/* On a narrow screen the sentence is cut rather than anything else left out. */
static void arrange(int width, struct table_place places[COLUMNS_SHOWN])
{
	enum { LEAST = 12, DAY_FROM = 100 };
	struct table_column here[COLUMNS_SHOWN];
	memcpy(here, columns, sizeof(here));
	if (width < DAY_FROM)
		here[WHEN].wish = here[WHEN].least;
	if (width - here[WHEN].least < here[TEXT].least + 10)
		here[TEXT].least = LEAST;
	if (here[TEXT].least == LEAST)
		here[NODE].least = here[NODE].wish = width; /* no room */
	table_arrange(here, COLUMNS_SHOWN, width, places);
}

static void draw_event(const struct paint *paint, struct area area, int row, const struct view_event *event,
	int64_t now_ms, bool selected, const struct table_place *places)
{
	char when[24], took[32] = "";
	const char letter[2] = {"INWE"[event->severity], '\0'};
	unsigned flags = table_row(paint, area, row, selected, false);
	unsigned role = panel_severity_role(event->severity);
	panel_when(when, sizeof(when), event->time_ms, now_ms, places[WHEN].width);
	if (event->duration_ms >= 0)
		text_duration(took, sizeof(took), event->duration_ms);
	const struct {
		const char *text;
		unsigned style;
	} cells[COLUMNS_SHOWN] = {
		[WHEN] = {when, ROLE_DIM},
		[SEVERITY] = {letter, role},
		[NODE] = {event->node, ROLE_TEXT},
		[CODE] = {event->code, ROLE_DIM},
		[TEXT] = {event->text, event->severity == EVENT_ERROR ? role : ROLE_TEXT},
		[TOOK] = {took, ROLE_DIM},
	};
	for (int i = 0; i < COLUMNS_SHOWN; i++)
		if (cells[i].text[0] != '\0')
			table_cell(paint, area, row, &columns[i], &places[i], cells[i].style | flags,
				cells[i].text);
}

static void say(char *title, size_t size, const char *text)
{
	size_t length = strlen(title);
	snprintf(title + length, size - length, "%s", text);
}

/* "Events · 1,234 · warning and worse · node-4 · 'disk' · following" */
static void make_title(const struct console *console, char *title, size_t size)
{
	const struct events_state *state = console_events(console);
	const struct event_list *list = &state->list;
	const char *dot = console->glyphs->separator;
	char number[32], part[EVENT_FILTER_BYTES + 32];
	snprintf(title, size, "Events %s %s%s", dot,
		paint_number(number, sizeof(number), event_list_count(list)),
		event_list_has_older(list) || event_list_has_newer(list) ? "+" : "");
	if (list->least > EVENT_INFO) {
		snprintf(part, sizeof(part), " %s %s%s", dot, event_severity_name(list->least),
			list->least < EVENT_ERROR ? " and worse" : "s");
		say(title, size, part);
	}
	if (list->node[0] != '\0') {
		snprintf(part, sizeof(part), " %s %s", dot, list->node);
		say(title, size, part);
	}
	if (list->filter[0] != '\0') {
		snprintf(part, sizeof(part), " %s '%s'", dot, list->filter);
		say(title, size, part);
	}
	snprintf(part, sizeof(part), " %s %s", dot, state->held ? "held" : "following");
	say(title, size, part);
}

static void draw_nothing(const struct console *console, const struct paint *paint, struct area area)
{
	const struct event_list *list = &console_events(console)->list;
	bool limited = list->filter[0] != '\0' || list->node[0] != '\0' || list->least > EVENT_INFO;
	const char *text = list->failure[0] != '\0' ? list->failure
			   : list->waits && limited ? "Looking…"
			   : limited                ? "No event is like that."
						    : "No events yet.";
	if (strcmp(text, "Looking…") == 0 && !paint->glyphs->unicode)
		text = "Looking...";
	paint_wrapped(paint, (struct area){area.row + 1, area.column + 2, area.rows - 1, area.columns - 4}, 0,
		list->failure[0] != '\0' ? ROLE_CRITICAL : ROLE_DIM, text);
}

static void draw_log(const struct console *console, const struct paint *paint, struct area area)
{
	const struct events_state *state = console_events(console);
	struct table_place places[COLUMNS_SHOWN];
	char title[2 * EVENT_FILTER_BYTES + EVENT_NODE_BYTES];
	size_t total = event_list_count(&state->list), visible = visible_events(console);
	arrange(area.columns, places);
	make_title(console, title, sizeof(title));
	paint_title(paint, area, title);
	if (total == 0)
		draw_nothing(console, paint, area);
	for (size_t i = 0; i < visible && state->first + i < total; i++) {
		size_t place = state->first + i;
		draw_event(paint, area, area.row + 1 + (int)i,
			event_list_at(&state->list, console->view, place), console->now_ms,
			place == state->place, places);
	}
	struct area body = {area.row + 1, area.column, area.rows - 1, area.columns};
	paint_scroll(paint, body, state->first, visible, total);
}

/* Below the log there is only room for the sentence and a row of facts. */
static void draw_detail(const struct console *console, const struct paint *paint, struct area area)
{
	const struct view_event *event = events_current(console);
	char title[96], time[24], bytes[16], duration[32];
	if (event == NULL || area.rows < 1)
		return;
	snprintf(title, sizeof(title), "%s, %s", panel_time(time, sizeof(time), event->time_ms),
		event_severity_name(event->severity));
	paint_title(paint, area, title);
	struct area inside = {area.row + 1, area.column + 1, area.rows - 1, area.columns - 2};
	if (console_body(console).columns >= BESIDE_FROM) {
		panel_record(paint, inside, event, console->now_ms, 0);
		return;
	}
	int used = paint_wrapped(paint,
		(struct area){inside.row, inside.column, inside.rows - 1, inside.columns}, 0,
		event->severity == EVENT_ERROR ? ROLE_CRITICAL : ROLE_TEXT, event->text);
	struct line line = line_begin(paint, inside.row + used, inside.column, inside.columns);
	line_add(&line, ROLE_DIM, "%s", event->code);
	if (event->node[0] != '\0')
		line_add(&line, ROLE_STRONG, "%s", event->node);
	if (event->bytes > 0)
		line_add(&line, ROLE_DIM, "%s", text_bytes(bytes, sizeof(bytes), event->bytes));
	if (event->duration_ms >= 0)
		line_add(
			&line, ROLE_DIM, "%s", text_duration(duration, sizeof(duration), event->duration_ms));
	if (event->trigger[0] != '\0')
		line_add(&line, ROLE_DIM, "because: %s", event->trigger);
}

static void events_draw(const struct console *console, const struct paint *paint)
{
	struct event_areas areas = divide(console_body(console));
	draw_log(console, paint, areas.log);
	draw_detail(console, paint, areas.detail);
}

/* ---- the cursor ---- */

static void load_more(struct console *console)
{
	struct events_state *state = console_events(console);
	size_t total = event_list_count(&state->list), visible = visible_events(console);
	if (state->place < visible + SETTLED_MARGIN)
		event_list_older(&state->list, console);
	else if (state->place + visible + SETTLED_MARGIN >= total)
		event_list_newer(&state->list, console);
}

void events_settle(struct console *console)
{
	struct events_state *state = console_events(console);
	size_t above = state->place > state->first ? state->place - state->first : 0;
	size_t before = state->place;
	event_list_settle(&state->list, console);
	size_t total = event_list_count(&state->list);
	state->place = total > 0 ? total - 1 : 0;
	if (state->held)
		state->place = event_list_find(&state->list, console->view, state->id);
	/* What moved the list under the cursor leaves the cursor on its row. */
	if (state->place != before && state->held)
		state->first = state->place > above ? state->place - above : 0;
	state->first = layout_scroll(state->first, state->place, visible_events(console), total);
	if (state->held && !state->list.to_first)
		load_more(console);
}

const struct view_event *events_current(const struct console *console)
{
	const struct events_state *state = console_events(console);
	if (state->place >= event_list_count(&state->list))
		return NULL;
	return event_list_at(&state->list, console->view, state->place);
}

static void put_cursor(struct console *console, size_t place)
{
	struct events_state *state = console_events(console);
	size_t total = event_list_count(&state->list);
	if (place >= total)
		return;
	state->held = place + 1 < total || event_list_has_newer(&state->list);
	state->id = event_list_at(&state->list, console->view, place)->id;
	state->place = place;
	state->first = layout_scroll(state->first, place, visible_events(console), total);
}

void events_go_to(struct console *console, int64_t id)
{
	put_cursor(console, event_list_find(&console_events(console)->list, console->view, id));
}

void events_step(struct console *console, int places)
{
	const struct events_state *state = console_events(console);
	if (places < 0 && state->place < (size_t)-places)
		return;
	put_cursor(console, state->place + (size_t)places);
}

static void events_move(struct console *console, enum move move)
{
	struct events_state *state = console_events(console);
	size_t total = event_list_count(&state->list);
	state->list.to_first = false;
	put_cursor(console, console_moved(state->place, move, visible_events(console), total));
	if (move == MOVE_FIRST) {
		/* An id that is before all others: the cursor stays on the oldest that is at hand. */
		event_list_to_first(&state->list, console);
		state->id = state->list.to_first ? 0 : state->id;
	} else if (move == MOVE_LAST) {
		event_list_to_last(&state->list, console);
		state->held = false;
	}
}

static void events_click(struct console *console, int row, int column, bool twice)
{
	struct event_areas areas = divide(console_body(console));
	const struct events_state *state = console_events(console);
	int at = row - areas.log.row - 1;
	if (at < 0 || row >= areas.log.row + areas.log.rows || column >= areas.log.column + areas.log.columns)
		return;
	size_t place = state->first + (size_t)at;
	if (place >= event_list_count(&state->list))
		return;
	put_cursor(console, place);
	if (twice)
		console_push(console, SCREEN_EVENT);
}

static void events_enter(struct console *console)
{
	struct events_state *state = console_events(console);
	state->held = false;
	event_list_to_last(&state->list, console);
}

static void events_release(void *state)
{
	event_list_release(&((struct events_state *)state)->list);
}

/* ---- what is shown ---- */

void console_show_events(struct console *console, const char *filter, const char *node)
{
	console_switch(console, SCREEN_EVENTS);
	event_list_want(&console_events(console)->list, filter, node, EVENT_INFO);
}

static void set_filter(struct console *console, const char *filter)
{
	struct event_list *list = &console_events(console)->list;
	char node[EVENT_NODE_BYTES];
	memcpy(node, list->node, sizeof(node));
	event_list_want(list, filter, node, list->least);
}

static void filter_typed(struct console *console, const char *text)
{
	set_filter(console, text != NULL ? text : console_events(console)->filter);
}

static void act_filter(struct console *console)
{
	struct events_state *state = console_events(console);
	memcpy(state->filter, state->list.filter, sizeof(state->filter));
	console_prompt(console, &(struct prompt){.label = "Filter: ",
					.text = state->filter,
					.changed = filter_typed,
					.done = filter_typed});
}

static void act_severity(struct console *console)
{
	struct event_list *list = &console_events(console)->list;
	char filter[EVENT_FILTER_BYTES], node[EVENT_NODE_BYTES];
	memcpy(filter, list->filter, sizeof(filter));
	memcpy(node, list->node, sizeof(node));
	event_list_want(list, filter, node,
		list->least == EVENT_ERROR ? EVENT_INFO : (enum event_severity)(list->least + 1));
}

/* The node that the event under the cursor is about goes before the one that is selected elsewhere. */
static void act_node(struct console *console)
{
	struct event_list *list = &console_events(console)->list;
	const struct view_event *event = events_current(console);
	const struct view_node *selected = console_node(console);
	char filter[EVENT_FILTER_BYTES], node[EVENT_NODE_BYTES] = "";
	memcpy(filter, list->filter, sizeof(filter));
	if (list->node[0] == '\0' && event != NULL && event->node[0] != '\0')
		snprintf(node, sizeof(node), "%s", event->node);
	else if (list->node[0] == '\0' && selected != NULL)
		snprintf(node, sizeof(node), "%s", selected->name);
	event_list_want(list, filter, node, list->least);
}

static void act_open(struct console *console)
{
	const struct view_event *event = events_current(console);
	if (event == NULL)
		return;
	events_go_to(console, event->id);
	console_push(console, SCREEN_EVENT);
}

static const struct key events_keys[] = {
	{{'\n', '\r', KEY_ENTER}, "Enter", "record", "Shows all there is to know about the event.", 3, false,
		false, act_open},
	{{'/'}, "/", "filter", "Shows only events with a text in them.", 4, false, false, act_filter},
	{{'v'}, "v", "severity", "Shows only notices and worse; only warnings and worse; only errors; all.",
		4, false, false, act_severity},
	{{'n'}, "n", "node", "Shows only events of the event's node, or of the selected one; or of all.", 5,
		false, false, act_node},
	{.act = NULL},
};

const struct screen_ops screen_events = {
	.name = "Events",
	.state_size = sizeof(struct events_state),
	.keys = events_keys,
	.key_sets = KEYS_MOVE | KEYS_TAB,
	.draw = events_draw,
	.enter = events_enter,
	.settle = events_settle,
	.move = events_move,
	.click = events_click,
	.release = events_release,
};
