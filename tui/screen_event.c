/*
 * screen_event.c: all that the log has about one event, and the events that belong to it, in the order of time: what
 * brought it about, what has the same cause, what it brought about itself, and what else befell its node just before
 * and after.
 *
 * The chain is about one event and stays while the cursor moves through it; the record is that of the event under the
 * cursor. Going on through the log, or pressing Enter, makes the chain about another event. A screen that is too low
 * for both has the record alone, which can be scrolled.
 */
#define NCURSES_NOMACROS
#include <assert.h>
#include <curses.h>
#include <stdio.h>
#include <string.h>

#include "tui/events.h"
#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/panels.h"
#include "tui/table.h"

enum {
	CHAIN_SIDE = 20, /* the most before, and the most after */
	CHAIN = 2 * CHAIN_SIDE + 1,
	CHAIN_ROWS = 4,    /* the least for it to be of use, with its title */
	BESIDE_FROM = 130, /* columns */
	GAP = 2,
};

enum tie { TIE_NONE, TIE_NODE, TIE_SIBLING, TIE_CAUSE, TIE_EFFECT, TIE_SELF };

struct event_state {
	int64_t about;        /* the event that the chain is about */
	int64_t id;           /* the one under the cursor */
	int64_t chain[CHAIN]; /* in the order of time */
	enum tie ties[CHAIN]; /* of each to the one that it is about */
	size_t count, at, first;
	size_t row; /* the first row of the record in sight */
};

static struct event_state *state_of(const struct console *console)
{
	return console_state(console, SCREEN_EVENT);
}

/* ---- the chain ---- */

static bool same(const char *a, const char *b)
{
	return a[0] != '\0' && strcmp(a, b) == 0;
}

/* What `other` is to `event`. The log names what brought an event about in the words of that other event. */
static enum tie tie_of(const struct view_event *event, const struct view_event *other)
{
	if (other->id == event->id)
		return TIE_SELF;
	if (other->id < event->id && same(event->trigger, other->text))
		return TIE_CAUSE;
	if (other->id > event->id && same(other->trigger, event->text))
		return TIE_EFFECT;
	if (same(event->trigger, other->trigger))
		return TIE_SIBLING;
	bool node = same(event->node, other->node) || same(event->node, other->source) ||
		    same(event->node, other->target);
	return node ? TIE_NODE : TIE_NONE;
}

static void add(struct event_state *state, size_t at, int64_t id, enum tie tie)
{
	assert(at < CHAIN);
	state->chain[at] = id;
	state->ties[at] = tie;
}

/* The nearest before the event at `place`, filled in from the end; the cause is there however far away it is. */
static size_t collect_before(
	struct event_state *state, const struct event_list *list, const struct view *view, size_t place)
{
	const struct view_event *event = event_list_at(list, view, place);
	size_t count = 0;
	bool caused = event->trigger[0] == '\0';
	for (size_t i = place; i > 0 && (count < CHAIN_SIDE || !caused); i--) {
		const struct view_event *other = event_list_at(list, view, i - 1);
		enum tie tie = tie_of(event, other);
		if (tie == TIE_NONE || (count == CHAIN_SIDE && tie != TIE_CAUSE))
			continue;
		count += count < CHAIN_SIDE;
		add(state, CHAIN_SIDE - count, other->id, tie);
		caused = caused || tie == TIE_CAUSE;
	}
	memmove(state->chain, state->chain + CHAIN_SIDE - count, count * sizeof(*state->chain));
	memmove(state->ties, state->ties + CHAIN_SIDE - count, count * sizeof(*state->ties));
	return count;
}

static void collect(
	struct event_state *state, const struct event_list *list, const struct view *view, size_t place)
{
	const struct view_event *event = event_list_at(list, view, place);
	state->count = collect_before(state, list, view, place);
	add(state, state->count++, event->id, TIE_SELF);
	for (size_t i = place + 1, after = 0; i < event_list_count(list) && after < CHAIN_SIDE; i++) {
		const struct view_event *other = event_list_at(list, view, i);
		enum tie tie = tie_of(event, other);
		if (tie == TIE_NONE)
			continue;
		add(state, state->count++, other->id, tie);
		after++;
	}
}

/* ---- where things are ---- */

struct event_areas {
	struct area record, chain; /* each with its title */
};

/* `rows` is what the record would take. */
static struct event_areas divide(struct area body, int rows)
{
	struct event_areas areas = {body, body};
	if (body.columns >= BESIDE_FROM) {
		areas.record.columns = (body.columns - GAP) / 2;
		areas.chain.column += areas.record.columns + GAP;
		areas.chain.columns -= areas.record.columns + GAP;
		return areas;
	}
	areas.record.rows = 1 + rows;
	if (areas.record.rows + CHAIN_ROWS > body.rows)
		areas.record.rows = body.rows >= 2 * CHAIN_ROWS + 4 ? body.rows - CHAIN_ROWS : body.rows;
	areas.chain.row += areas.record.rows;
	areas.chain.rows -= areas.record.rows;
	return areas;
}

static const struct view_event *current(const struct console *console)
{
	const struct event_list *list = &console_events(console)->list;
	size_t total = event_list_count(list);
	if (total == 0)
		return NULL;
	return event_list_at(
		list, console->view, event_list_find(list, console->view, state_of(console)->id));
}

static size_t record_rows(const struct console *console, const struct view_event *event)
{
	struct area body = console_body(console);
	int columns = body.columns >= BESIDE_FROM ? (body.columns - GAP) / 2 : body.columns;
	return event != NULL ? (size_t)panel_record_rows(event, columns - 2, console->now_ms) : 1;
}

static struct event_areas areas_of(const struct console *console)
{
	return divide(console_body(console), (int)record_rows(console, current(console)));
}

static size_t visible_chain(const struct console *console)
{
	return table_visible(areas_of(console).chain);
}

/* ---- drawing ---- */

enum { WHEN, SEVERITY, TIE, TEXT, COLUMNS_SHOWN };

static const struct table_column columns[COLUMNS_SHOWN] = {
	[WHEN] = {"when", 8, 11, 0, true, false, 0},
	[SEVERITY] = {"", 1, 1, 0, false, false, 0},
	[TIE] = {"", 10, 10, 1, false, false, 0},
	[TEXT] = {"what", 20, 20, 0, false, true, 0},
};

static void draw_link(const struct paint *paint, struct area area, int row, const struct view_event *event,
	enum tie tie, bool selected, int64_t now_ms)
{
	static const char *const words[] = {[TIE_NONE] = "",
		[TIE_NODE] = "same node",
		[TIE_SIBLING] = "same cause",
		[TIE_CAUSE] = "cause",
		[TIE_EFFECT] = "effect",
		[TIE_SELF] = "this"};
	struct table_place places[COLUMNS_SHOWN];
	char when[24];
	const char letter[2] = {"INWE"[event->severity], '\0'};
	unsigned flags = table_row(paint, area, row, selected, false);
	bool strong = tie == TIE_CAUSE || tie == TIE_SELF;
	table_arrange(columns, COLUMNS_SHOWN, area.columns, places);
	panel_when(when, sizeof(when), event->time_ms, now_ms, places[WHEN].width);
	table_cell(paint, area, row, &columns[WHEN], &places[WHEN], ROLE_DIM | flags, when);
	table_cell(paint, area, row, &columns[SEVERITY], &places[SEVERITY],
		(unsigned)panel_severity_role(event->severity) | flags, letter);
	table_cell(paint, area, row, &columns[TIE], &places[TIE],
		(tie == TIE_CAUSE         ? (unsigned)ROLE_ACCENT
			: tie == TIE_SELF ? (unsigned)ROLE_STRONG
					  : (unsigned)ROLE_DIM) |
			flags,
		words[tie]);
	table_cell(paint, area, row, &columns[TEXT], &places[TEXT],
		(strong ? (unsigned)ROLE_STRONG : (unsigned)ROLE_TEXT) | flags, event->text);
}

static void draw_chain(const struct console *console, const struct paint *paint, struct area area)
{
	const struct event_state *state = state_of(console);
	const struct event_list *list = &console_events(console)->list;
	size_t visible = visible_chain(console);
	if (area.rows < 2)
		return;
	paint_title(paint, area,
		area.columns >= 60 ? "What belongs to it, in the order of time" : "What belongs to it");
	for (size_t i = 0; i < visible && state->first + i < state->count; i++) {
		size_t at = state->first + i;
		size_t place = event_list_find(list, console->view, state->chain[at]);
		draw_link(paint, area, area.row + 1 + (int)i, event_list_at(list, console->view, place),
			state->ties[at], at == state->at, console->now_ms);
	}
	if (state->count == 1 && area.rows > 2)
		paint_text(paint, area.row + 2, area.column + 2, area.columns - 4, ROLE_DIM,
			"Nothing else at hand has this cause or node.");
	struct area body = {area.row + 1, area.column, area.rows - 1, area.columns};
	paint_scroll(paint, body, state->first, visible, state->count);
}

static void event_draw(const struct console *console, const struct paint *paint)
{
	const struct event_state *state = state_of(console);
	const struct events_state *events = console_events(console);
	const struct view_event *event = current(console);
	struct event_areas areas = areas_of(console);
	char title[128], number[32], total[32];
	if (event == NULL) {
		paint_title(paint, areas.record, "Event");
		paint_text(paint, areas.record.row + 1, areas.record.column + 1, areas.record.columns - 2,
			ROLE_DIM, "There is no event.");
		return;
	}
	size_t place = event_list_find(&events->list, console->view, event->id);
	snprintf(title, sizeof(title), "Event %s %s %s of %s", paint->glyphs->separator, event->code,
		paint_number(number, sizeof(number), place + 1),
		paint_number(total, sizeof(total), event_list_count(&events->list)));
	paint_title(paint, areas.record, title);
	struct area inside = {areas.record.row + 1, areas.record.column + 1, areas.record.rows - 1,
		areas.record.columns - 2};
	panel_record(paint, inside, event, console->now_ms, (int)state->row);
	if (areas.chain.rows == 0)
		paint_scroll(paint,
			(struct area){inside.row, areas.record.column, inside.rows, areas.record.columns},
			state->row, (size_t)inside.rows, record_rows(console, event));
	draw_chain(console, paint, areas.chain);
}

/* ---- the cursor ---- */

static size_t find(const struct event_state *state, int64_t id)
{
	for (size_t i = 0; i < state->count; i++)
		if (state->chain[i] == id)
			return i;
	return state->count;
}

/* How far the record can be scrolled: not at all beside its chain. */
static size_t last_row(const struct console *console)
{
	struct event_areas areas = areas_of(console);
	size_t rows = record_rows(console, current(console)), visible = (size_t)(areas.record.rows - 1);
	return areas.chain.rows == 0 && areas.record.rows > 0 && rows > visible ? rows - visible : 0;
}

static void event_settle(struct console *console)
{
	struct event_state *state = state_of(console);
	struct events_state *events = console_events(console);
	events_settle(console);
	if (event_list_count(&events->list) == 0) {
		state->count = 0;
		return;
	}
	size_t place = event_list_find(&events->list, console->view, state->about);
	collect(state, &events->list, console->view, place);
	state->at = find(state, state->id);
	if (state->at == state->count) {
		state->about = state->id = event_list_at(&events->list, console->view, place)->id;
		state->at = find(state, state->id);
	}
	state->first = layout_scroll(state->first, state->at, visible_chain(console), state->count);
	size_t last = last_row(console);
	state->row = state->row < last ? state->row : last;
}

/* Makes the chain about the event under the cursor of the log. */
static void event_enter(struct console *console)
{
	struct event_state *state = state_of(console);
	const struct view_event *event = events_current(console);
	state->about = state->id = event != NULL ? event->id : 0;
	state->first = state->row = 0;
}

static void put_cursor(struct console *console, size_t at)
{
	struct event_state *state = state_of(console);
	if (at >= state->count)
		return;
	state->at = at;
	state->id = state->chain[at];
	events_go_to(console, state->id);
}

static void event_move(struct console *console, enum move move)
{
	struct event_state *state = state_of(console);
	struct event_areas areas = areas_of(console);
	if (areas.chain.rows == 0) {
		size_t page = areas.record.rows > 1 ? (size_t)areas.record.rows - 1 : 1;
		state->row = console_moved(state->row, move, page, last_row(console) + 1);
		return;
	}
	put_cursor(console, console_moved(state->at, move, visible_chain(console), state->count));
}

static void event_click(struct console *console, int row, int column, bool twice)
{
	struct area area = areas_of(console).chain;
	int at = row - area.row - 1;
	(void)twice;
	if (at >= 0 && row < area.row + area.rows && column >= area.column)
		put_cursor(console, state_of(console)->first + (size_t)at);
}

static void step(struct console *console, int places)
{
	events_go_to(console, state_of(console)->id);
	events_step(console, places);
	event_enter(console);
}

static void act_next(struct console *console)
{
	step(console, 1);
}

static void act_before(struct console *console)
{
	step(console, -1);
}

static void act_here(struct console *console)
{
	event_enter(console);
}

static const struct key event_keys[] = {
	{{'n', ']'}, "n ]", "next", "Goes to the next event of the log.", 2, false, false, act_next},
	{{'N', '['}, "N [", "before", "Goes to the one before.", 2, false, false, act_before},
	{{'\n', '\r', KEY_ENTER}, "Enter", "its chain", "Shows what belongs to the event under the cursor.",
		3, false, false, act_here},
	{.act = NULL},
};

const struct screen_ops screen_event = {
	.name = "An event",
	.state_size = sizeof(struct event_state),
	.keys = event_keys,
	.key_sets = KEYS_MOVE | KEYS_CHANGE | KEYS_BACK,
	.draw = event_draw,
	.enter = event_enter,
	.settle = event_settle,
	.move = event_move,
	.click = event_click,
};
