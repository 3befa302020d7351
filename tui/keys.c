/*
 * keys.c: the tables of keys that screens share, and two of their readers: dispatch and footer. The third is the help
 * (screen_help.c).
 */
#define NCURSES_NOMACROS /* only the numbers of the keys are wanted, not a macro called `move` */
#include <curses.h>

#include "tui/cells.h"
#include "tui/keys.h"
#include "tui/layout.h"

enum {
	CODE_CTRL_B = 2,
	CODE_CTRL_D = 4,
	CODE_CTRL_F = 6,
	CODE_CTRL_L = 12,
	CODE_CTRL_U = 21,
	CODE_RUBOUT = 127,
};

/* ---- moving ---- */

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

static void act_left(struct console *console)
{
	go(console, MOVE_LEFT);
}

static void act_right(struct console *console)
{
	go(console, MOVE_RIGHT);
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

static const struct key keys_move[] = {
	{{'j', KEY_DOWN}, "j Down", NULL, "Moves down.", RANK_HELP_ONLY, false, false, act_down},
	{{'k', KEY_UP}, "k Up", NULL, "Moves up.", RANK_HELP_ONLY, false, false, act_up},
	{{'h', KEY_LEFT}, "h Left", NULL, "Moves left; in a list, a page up.", RANK_HELP_ONLY, false, false,
		act_left},
	{{'l', KEY_RIGHT}, "l Right", NULL, "Moves right; in a list, a page down.", RANK_HELP_ONLY, false,
		false, act_right},
	{{CODE_CTRL_F, CODE_CTRL_D, KEY_NPAGE}, "Ctrl-F PgDn", NULL, "Moves a page down.", RANK_HELP_ONLY,
		false, false, act_page_down},
	{{CODE_CTRL_B, CODE_CTRL_U, KEY_PPAGE}, "Ctrl-B PgUp", NULL, "Moves a page up.", RANK_HELP_ONLY,
		false, false, act_page_up},
	{{'g', KEY_HOME}, "g Home", NULL, "Moves to the first.", RANK_HELP_ONLY, false, false, act_first},
	{{'G', KEY_END}, "G End", NULL, "Moves to the last.", RANK_HELP_ONLY, false, false, act_last},
	{.act = NULL},
};

/* ---- the selected node ---- */

/* Runs `first second NAME …` about the selected node. */
static void run_on_node(struct console *console, const char *first, const char *second)
{
	const struct view_node *node = console_node(console);
	if (node == NULL)
		return;
	const char *const words[] = {
		first, second != NULL ? second : node->name, second != NULL ? node->name : NULL, NULL};
	console_run(console, words);
}

static void ask_about_node(struct console *console, const char *title, const char *text, const char *yes,
	const char *action, const char *option, const char *value)
{
	const struct view_node *node = console_node(console);
	if (node == NULL)
		return;
	const char *const words[] = {"node", action, node->name, option, value, NULL};
	console_confirm(console,
		&(struct confirmation){
			.title = title, .subject = node->name, .text = text, .yes = yes, .words = words});
}

static void act_fail(struct console *console)
{
	ask_about_node(console, "Fail this node?",
		"It is taken out of service until somebody recovers it. What it holds stays where it is.",
		"fail it", "fail", NULL, NULL);
}

static void act_recover(struct console *console)
{
	run_on_node(console, "node", "recover");
}

static void act_drain(struct console *console)
{
	ask_about_node(console, "Drain this node?",
		"Its copies are moved to the other nodes and it gets no new ones. Recovering it ends that.",
		"drain it", "drain", NULL, NULL);
}

static void act_scrub_node(struct console *console)
{
	run_on_node(console, "scrub", NULL);
}

static void act_wipe(struct console *console)
{
	ask_about_node(console, "Wipe this node?",
		"Every chunk file on it is deleted. The store is not told and has to find out and heal.",
		"wipe it", "wipe", NULL, NULL);
}

static void act_corrupt(struct console *console)
{
	ask_about_node(console, "Corrupt chunks on this node?",
		"A byte is changed in each of ten of its chunks. The store is not told and has to find out.",
		"corrupt it", "corrupt", "--chunks", "10");
}

static void act_what_if(struct console *console)
{
	if (console_node(console) != NULL)
		console_push(console, SCREEN_LOSS);
}

static const struct key keys_node[] = {
	{{'w'}, "w", "what if", "Shows what losing the selected node, or the marked ones, would mean.", 3,
		false, false, act_what_if},
	{{'f'}, "f", "fail", "Takes the selected node out of service; asks first.", 3, true, false, act_fail},
	{{'r'}, "r", "recover", "Puts the selected node back into service, or ends its drain.", 3, true,
		false, act_recover},
	{{'d'}, "d", "drain", "Moves everything off the selected node; asks first.", 5, true, false,
		act_drain},
	{{'s'}, "s", "scrub", "Verifies all copies on the selected node.", 5, true, false, act_scrub_node},
	{{'x'}, "x", "wipe", "Deletes all chunk files of the selected node; asks first.", 7, true, true,
		act_wipe},
	{{'c'}, "c", "corrupt", "Changes a byte in ten chunks of the selected node; asks first.", 7, true,
		true, act_corrupt},
	{.act = NULL},
};

/* ---- changing screens ---- */

static void go_to_tab(struct console *console, int step)
{
	int tab = (int)console->stack[0];
	do
		tab = (tab + step + SCREEN_TABS) % SCREEN_TABS;
	while (screens[tab] == NULL);
	console_switch(console, (enum screen_id)tab);
}

static void act_next(struct console *console)
{
	go_to_tab(console, 1);
}

static void act_previous(struct console *console)
{
	go_to_tab(console, -1);
}

static void act_events(struct console *console)
{
	console_switch(console, SCREEN_EVENTS);
}

static void act_help(struct console *console)
{
	console_push(console, SCREEN_HELP);
}

static void act_redraw(struct console *console)
{
	console->repaint = true;
}

static void act_mouse(struct console *console)
{
	console->mouse = !console->mouse;
	console_message(console, false, "%s",
		console->mouse ? "The mouse selects and opens." : "The mouse is left to the terminal.");
}

static void act_back(struct console *console)
{
	console_pop(console);
}

static void act_home(struct console *console)
{
	console_switch(console, SCREEN_OVERVIEW);
}

static void act_quit(struct console *console)
{
	console_quit(console);
}

static void act_command(struct console *console)
{
	console_push(console, SCREEN_COMMAND);
}

static void act_tab(struct console *console)
{
	(void)console; /* keys_dispatch() knows which digit it was */
}

static const struct key keys_change[] = {
	{{0}, "1 … 9", NULL, "Goes to the screen with that number.", RANK_HELP_ONLY, false, false, act_tab},
	{{'\t'}, "Tab", NULL, "Goes to the next screen.", RANK_HELP_ONLY, false, false, act_next},
	{{KEY_BTAB}, "Shift-Tab", NULL, "Goes to the one before.", RANK_HELP_ONLY, false, false,
		act_previous},
	{{':'}, ":", "command", "Takes a command in the words of the shell.", 4, false, false, act_command},
	{{'e'}, "e", NULL, "Goes to the event log.", RANK_HELP_ONLY, false, false, act_events},
	{{CODE_CTRL_L}, "Ctrl-L", NULL, "Draws the screen anew.", RANK_HELP_ONLY, false, false, act_redraw},
	{{'M'}, "M", NULL, "Leaves the mouse to the terminal, to select text with, or takes it again.",
		RANK_HELP_ONLY, false, false, act_mouse},
	{{'?'}, "?", "help", "Shows what the keys do.", 1, false, false, act_help},
	{.act = NULL},
};

static const struct key keys_back[] = {
	{{'q', CODE_ESCAPE}, "q Esc", "back", "Goes back.", 0, false, false, act_back},
	{.act = NULL},
};

static const struct key keys_quit[] = {
	{{CODE_ESCAPE}, "Esc", NULL, "Goes to the overview.", RANK_HELP_ONLY, false, false, act_home},
	{{'q'}, "q", "quit", "Leaves the console; the store stays.", 0, false, false, act_quit},
	{.act = NULL},
};

const struct key_set key_sets[] = {
	{KEYS_NODE, "The selected node", keys_node},
	{KEYS_MOVE, "Moving", keys_move},
	{KEYS_REPAIR, "Repair", keys_repair},
	{KEYS_STORE, "The whole store", keys_store},
	{KEYS_CHANGE, "Screens", keys_change},
	{KEYS_BACK, "Back", keys_back},
	{KEYS_QUIT, "Leaving", keys_quit},
	{KEYS_REHEARSAL, "The scenario that is played", keys_rehearsal},
};
const size_t key_set_count = sizeof(key_sets) / sizeof(*key_sets);

/* ---- dispatch ---- */

unsigned keys_sets(const struct console *console, const struct screen_ops *screen)
{
	bool played = console->rehearsal != NULL && !screen->popup;
	return screen->key_sets | (played ? (unsigned)KEYS_REHEARSAL : 0);
}

bool key_works(const struct key *key, const struct console *console)
{
	return !(key->changes && console->read_only) && !(key->rehearsal && !console->view->rehearsal);
}

/* What a key would change, or asks about, has to be in sight. */
static bool sees_enough(const struct console *console)
{
	return console->rows >= LAYOUT_ROWS_MIN && console->columns >= LAYOUT_COLUMNS_MIN;
}

static const struct key *find(const struct key *table, int code)
{
	for (const struct key *key = table; key != NULL && key->act != NULL; key++)
		for (int i = 0; i < KEY_CODES && key->codes[i] != 0; i++)
			if (key->codes[i] == code)
				return key;
	return NULL;
}

static const struct key *find_anywhere(
	const struct console *console, const struct screen_ops *screen, int code)
{
	const struct key *key = find(screen->keys, code);
	for (size_t i = 0; key == NULL && i < key_set_count; i++)
		if ((keys_sets(console, screen) & key_sets[i].set) != 0)
			key = find(key_sets[i].keys, code);
	return key;
}

static void press(struct console *console, const struct screen_ops *screen, const struct key *key)
{
	bool blind = (key->changes || screen->popup) && !sees_enough(console);
	if (key_works(key, console) && !blind)
		key->act(console);
	else if (key->changes && console->read_only)
		console_message(console, true, "%s", console_read_only_reason(console));
	else if (key->rehearsal && !console->view->rehearsal)
		console_message(console, true, "Faults can only be made in a store that is for rehearsal.");
}

/*
 * Esc lets a failure go before it does anything else; any key
 * lets go of other messages. Returns whether it was used up.
 */
static bool let_message_go(struct console *console, const struct screen_ops *screen, int code)
{
	bool failure = console->message_end_ms > 0 && console->message_failed;
	/* A line that is typed covers the message, which nobody has read then. */
	if (screen->types || (failure && (code != CODE_ESCAPE || screen->popup)))
		return false;
	console->message_end_ms = 0;
	return failure;
}

void keys_dispatch(struct console *console, int code)
{
	const struct screen_ops *screen = console_screen(console);
	if (let_message_go(console, screen, code))
		return;
	const struct key *key = find_anywhere(console, screen, code);
	if (key != NULL)
		press(console, screen, key);
	else if ((screen->key_sets & KEYS_CHANGE) != 0 && code >= '1' && code < '1' + SCREEN_TABS)
		console_switch(console, (enum screen_id)(code - '1'));
	else if (screen->key != NULL)
		screen->key(console, code);
	console_settle(console);
}

void keys_paste(struct console *console, int code)
{
	const struct screen_ops *screen = console_screen(console);
	bool blank = code == '\n' || code == '\r' || code == '\t';
	bool text = (code >= ' ' && code < CODE_RUBOUT) || code > KEY_CHARACTER;
	if (!screen->types || !(text || blank) || !sees_enough(console))
		return;
	screen->key(console, blank ? ' ' : code);
	console_settle(console);
}

/* ---- the footer ---- */

/* The key of the footer after `key`, or the first one when `key` is NULL; `set` remembers the table. */
static const struct key *next_shown(
	const struct console *console, const struct key *key, size_t *set, int rank)
{
	const struct screen_ops *screen = console_screen(console);
	if (key == NULL) {
		*set = 0;
		key = screen->keys;
	} else {
		key++;
	}
	for (;;) {
		for (; key != NULL && key->act != NULL; key++)
			if (key->footer != NULL && key->rank <= rank && key_works(key, console))
				return key;
		do
			if (*set == key_set_count)
				return NULL;
		while ((screen->key_sets & key_sets[(*set)++].set) == 0);
		key = key_sets[*set - 1].keys;
	}
}

const char *key_word(const struct key *key, const struct console *console)
{
	const char *word = keys_store_word(key, console);
	return word != NULL ? word : key->footer;
}

static int footer_width(const struct key *key, const struct console *console)
{
	return cells_width(key->label, 100) + 1 + cells_width(key_word(key, console), 100);
}

/* The highest rank whose keys still fit, together with all below it. */
static int fitting_rank(const struct console *console, int columns)
{
	for (int rank = RANK_HELP_ONLY; rank > 0; rank--) {
		int width = 0;
		size_t set;
		for (const struct key *key = NULL; (key = next_shown(console, key, &set, rank)) != NULL;)
			width += footer_width(key, console) + 2;
		if (width - 2 <= columns)
			return rank;
	}
	return 0;
}

void keys_draw(const struct console *console, const struct paint *paint, struct area area)
{
	int column = area.column, end = area.column + area.columns;
	int rank = fitting_rank(console, area.columns);
	size_t set;
	for (const struct key *key = NULL; (key = next_shown(console, key, &set, rank)) != NULL;) {
		if (column + footer_width(key, console) > end)
			break;
		column += paint_text(paint, area.row, column, end - column, ROLE_ACCENT, key->label) + 1;
		column +=
			paint_text(paint, area.row, column, end - column, ROLE_DIM, key_word(key, console)) +
			2;
	}
}
