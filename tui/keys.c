/*
 * keys.c: the table of keys, and its three readers: dispatch and footer here, help in screen_help.c.
 */
#define NCURSES_NOMACROS /* only the numbers of the keys are wanted, not a macro called `move` */
#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/keys.h"
#include "tui/layout.h"

enum {
	CODE_CTRL_L = 12,
	CODE_ESCAPE = 27,
	PLACES_LISTS = PLACE_OVERVIEW | PLACE_EVENTS | PLACE_HELP,
	PLACES_ALL = PLACES_LISTS | PLACE_DETAILS | PLACE_CONFIRM,
};

static void go(struct console *console, enum move how)
{
	const struct screen_ops *screen = console_screen(console);
	if (screen->move != NULL)
		screen->move(console, how);
}

static void act_up(struct console *console)
{
	go(console, MOVE_UP);
}

static void act_down(struct console *console)
{
	go(console, MOVE_DOWN);
}

static void act_page_up(struct console *console)
{
	go(console, MOVE_PAGE_UP);
}

static void act_page_down(struct console *console)
{
	go(console, MOVE_PAGE_DOWN);
}

static void act_first(struct console *console)
{
	go(console, MOVE_FIRST);
}

static void act_last(struct console *console)
{
	go(console, MOVE_LAST);
}

static void act_back(struct console *console)
{
	console_pop(console);
}

static void act_details(struct console *console)
{
	if (console_node(console) != NULL)
		console_push(console, &screen_details);
}

static void act_events(struct console *console)
{
	console->event_follow = true;
	console_push(console, &screen_events);
}

static void act_help(struct console *console)
{
	console->help_first = 0;
	console_push(console, &screen_help);
}

static void act_redraw(struct console *console)
{
	console->repaint = true;
}

static void send(struct console *console, enum watch_command command, const char *node)
{
	console->notice_awaited = true;
	console->notice_end_ms = console->tick_ms + NOTICE_WAIT_MS;
	console->send(console, command, node);
}

static void act_fail(struct console *console)
{
	const struct view_node *node = console_node(console);
	if (node == NULL)
		return;
	free(console->target);
	console->target = strdup(node->name);
	if (console->target == NULL)
		console_message(console, true, "There is no memory left to ask about the node.");
	else
		console_push(console, &screen_confirm);
}

static void act_confirm(struct console *console)
{
	console_pop(console);
	console_message(console, false, "Failing %s %s", console->target, console->glyphs->ellipsis);
	send(console, WATCH_NODE_FAIL, console->target);
}

static void act_recover(struct console *console)
{
	const struct view_node *node = console_node(console);
	if (node == NULL)
		return;
	console_message(console, false, "Recovering %s %s", node->name, console->glyphs->ellipsis);
	send(console, WATCH_NODE_RECOVER, node->name);
}

const struct key keys[] = {
	{{'y'}, "y", "fail it", "Confirms that the node is to fail; every other key means no.", PLACE_CONFIRM,
		1, true, act_confirm},
	{{'n', CODE_ESCAPE}, "n", "no, or any other key", "Leaves the node alone.", PLACE_CONFIRM, 1, false,
		act_back},
	{{'f'}, "f", "fail", "Takes the selected node out of service; asks first.",
		PLACE_OVERVIEW | PLACE_DETAILS, 2, true, act_fail},
	{{'r'}, "r", "recover", "Puts the selected node back into service.", PLACE_OVERVIEW | PLACE_DETAILS,
		2, true, act_recover},
	{{'\n', '\r', KEY_ENTER}, "Enter", "details", "Shows all that is known about the selected node.",
		PLACE_OVERVIEW, 4, false, act_details},
	{{'e'}, "e", "events", "Opens the event log.", PLACE_OVERVIEW, 3, false, act_events},
	{{'j', KEY_DOWN}, "j Down", NULL, "Moves down.", PLACES_LISTS | PLACE_DETAILS, 9, false, act_down},
	{{'k', KEY_UP}, "k Up", NULL, "Moves up.", PLACES_LISTS | PLACE_DETAILS, 9, false, act_up},
	{{'l', KEY_RIGHT, KEY_NPAGE}, "l Right PgDn", NULL, "Moves a page down.", PLACES_LISTS, 9, false,
		act_page_down},
	{{'h', KEY_LEFT, KEY_PPAGE}, "h Left PgUp", NULL, "Moves a page up.", PLACES_LISTS, 9, false,
		act_page_up},
	{{'g', KEY_HOME}, "g Home", "first", "Moves to the first.", PLACE_EVENTS, 5, false, act_first},
	{{'G', KEY_END}, "G End", "newest", "Moves to the newest event and follows the log.", PLACE_EVENTS, 3,
		false, act_last},
	{{'g', KEY_HOME}, "g Home", NULL, "Moves to the first.", PLACE_OVERVIEW | PLACE_HELP, 9, false,
		act_first},
	{{'G', KEY_END}, "G End", NULL, "Moves to the last.", PLACE_OVERVIEW | PLACE_HELP, 9, false,
		act_last},
	{{CODE_CTRL_L}, "Ctrl-L", NULL, "Draws the screen anew.", PLACES_ALL, 9, false, act_redraw},
	{{'?'}, "?", "help", "Shows this help.", PLACE_OVERVIEW | PLACE_EVENTS, 1, false, act_help},
	{{'q'}, "q", "quit", "Leaves the console; the store goes on.", PLACE_OVERVIEW, 0, false, act_back},
	{{'q', CODE_ESCAPE, '\n', '\r'}, "q Esc", "back", "Goes back.",
		PLACE_HELP | PLACE_EVENTS | PLACE_DETAILS, 0, false, act_back},
	{.act = NULL},
};

static bool works(const struct key *key, const struct console *console)
{
	return (key->places & console_screen(console)->place) != 0 && !(key->changes && console->read_only);
}

/* What a key would change, or asks about, has to be in sight. */
static bool sees_enough(const struct console *console)
{
	return console->rows >= LAYOUT_ROWS_MIN && console->columns >= LAYOUT_COLUMNS_MIN;
}

static bool has_code(const struct key *key, int code)
{
	for (int i = 0; i < KEY_CODES && key->codes[i] != 0; i++)
		if (key->codes[i] == code)
			return true;
	return false;
}

void keys_dispatch(struct console *console, int code)
{
	console->message_end_ms = 0;
	const struct screen_ops *screen = console_screen(console);
	for (const struct key *key = keys; key->act != NULL; key++) {
		if (!has_code(key, code) || (key->places & screen->place) == 0)
			continue;
		if (works(key, console) && (!key->changes || sees_enough(console)))
			key->act(console);
		else if (console->read_only)
			console_message(console, true, "This console is read-only.");
		console_settle(console);
		return;
	}
	if (screen->key != NULL)
		screen->key(console, code);
	console_settle(console);
}

static int footer_width(const struct key *key)
{
	return (int)strlen(key->label) + 1 + (int)strlen(key->footer);
}

/* The highest rank whose keys still fit, together with all below it. */
static int fitting_rank(const struct console *console, int columns)
{
	for (int rank = 9; rank > 0; rank--) {
		int width = 0;
		for (const struct key *key = keys; key->act != NULL; key++)
			if (key->footer != NULL && key->rank <= rank && works(key, console))
				width += footer_width(key) + 2;
		if (width - 2 <= columns)
			return rank;
	}
	return 0;
}

void keys_draw(const struct console *console, const struct paint *paint, struct area area)
{
	int column = area.column, end = area.column + area.columns;
	int rank = fitting_rank(console, area.columns);
	for (const struct key *key = keys; key->act != NULL; key++) {
		if (key->footer == NULL || key->rank > rank || !works(key, console))
			continue;
		if (column + footer_width(key) > end)
			break;
		column += paint_text(paint, area.row, column, end - column, ROLE_ACCENT, key->label) + 1;
		column += paint_text(paint, area.row, column, end - column, ROLE_DIM, key->footer) + 2;
	}
}
