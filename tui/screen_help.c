/*
 * screen_help.c: what the keys do and what the symbols mean, as one scrolling page.
 *
 * The page is made of blocks, each a heading and entries: how to leave; the keys of the screen that help was called
 * from; those that it shares; those of other screens; symbols. A wide screen shows them in two columns: as
 * many blocks as make up half of the page stand on the left, and both scroll together. Drawing and counting
 * are the same code.
 */
#include <stdio.h>

#include "tui/keys.h"
#include "tui/page.h"
#include "tui/panels.h"

enum {
	TWO_FROM = 120, /* columns */
	GAP = 3,
	BLOCKS_MAX = 64,
};

/* ---- the blocks ---- */

static const struct screen_ops *called_from(const struct console *console)
{
	return console->depth > 1 ? screens[console->stack[console->depth - 2]] : NULL;
}

static void page_intro(struct page *page)
{
	page_entry(page, ROLE_ACCENT, "q Esc", "Leaves this help; j and k, or the arrows, move through it.");
	page_entry(page, ROLE_ACCENT, "more",
		"'linckia --help', and 'linckia COMMAND --help' for each command.");
	page_entry(page, ROLE_ACCENT, "manual",
		"docs/README.md, in share/doc/linckia where Linckia was installed; docs/healing.md tells "
		"what repair and scrub do.");
}

static void page_keys(
	struct page *page, const struct console *console, const char *heading, const struct key *table)
{
	bool headed = false;
	for (const struct key *key = table; key != NULL && key->act != NULL; key++) {
		if (!key_works(key, console))
			continue;
		if (!headed)
			page_heading(page, heading);
		headed = true;
		page_entry(page, ROLE_ACCENT, key->label, key->help);
	}
}

static void page_health(struct page *page)
{
	static const char *const meanings[] = {
		[HEALTH_HEALTHY] = "every chunk has all its copies, every node answers",
		[HEALTH_DEGRADED] = "something needs an eye; everything can still be read",
		[HEALTH_CRITICAL] = "something cannot be read, or nothing can be stored",
		[HEALTH_UNKNOWN] = "the store has not been looked at yet",
	};
	page_heading(page, "Health");
	for (int health = HEALTH_HEALTHY; health <= HEALTH_UNKNOWN; health++) {
		char label[32];
		snprintf(label, sizeof(label), "%s %s", page->glyphs->health[health],
			health_name((enum health)health));
		page_entry(page, panel_health_role((enum health)health), label, meanings[health]);
	}
}

static void page_nodes(struct page *page)
{
	static const char *const meanings[] = {
		"answers as it should",
		"answers, but too slowly",
		"does not answer, or was taken out of service",
		"its place is there, but not the node itself",
		"can be read but not written",
		"is being emptied",
	};
	page_heading(page, "Nodes");
	for (int state = NODE_UP; state <= NODE_DRAINING; state++) {
		char label[32];
		snprintf(label, sizeof(label), "%s %s", page->glyphs->node[state],
			node_state_name((enum node_state)state));
		page_entry(page, panel_node_role((enum node_state)state), label, meanings[state]);
	}
}

static void page_repair(struct page *page)
{
	static const char *const meanings[] = {
		[REPAIR_IDLE] = "nothing is to be done",
		[REPAIR_GRACE] = "a node that went away gets some time to come back",
		[REPAIR_RUNNING] = "copies are made, moved or removed",
		[REPAIR_THROTTLED] = "the same, as fast as the limit or other work allows",
		[REPAIR_PAUSED] = "somebody paused it",
		[REPAIR_BLOCKED] = "it cannot go on; the reason stands beside it",
	};
	page_heading(page, "Repair");
	for (int state = REPAIR_IDLE; state <= REPAIR_BLOCKED; state++)
		page_entry(page, ROLE_STRONG, repair_state_name((enum repair_state)state), meanings[state]);
}

static void page_events(struct page *page)
{
	page_heading(page, "Events: the newest at the bottom; times are local");
	page_entry(page, panel_severity_role(EVENT_INFO), "I info", "worth recording");
	page_entry(page, panel_severity_role(EVENT_NOTICE), "N notice", "something changed, as it should");
	page_entry(page, panel_severity_role(EVENT_WARNING), "W warning", "something needs an eye");
	page_entry(page, panel_severity_role(EVENT_ERROR), "E error", "something failed");
}

static void page_links(struct page *page)
{
	char label[32];
	page_heading(page, "Links");
	snprintf(label, sizeof(label), "%s cut", page->glyphs->health[HEALTH_CRITICAL]);
	page_entry(page, ROLE_CRITICAL, label, "nothing passes");
	snprintf(label, sizeof(label), "%s 48", page->glyphs->health[HEALTH_DEGRADED]);
	page_entry(page, ROLE_DEGRADED, label, "beside a latency: it loses something, too, or has a limit");
	page_entry(page, ROLE_DIM, page->glyphs->heat[0], "not measured, and nothing is set");
}

/* The shared sets: first those that work on the screen that help was called from, then the others. */
static const struct key_set *shared_set(const struct console *console, size_t number)
{
	const struct screen_ops *from = called_from(console);
	unsigned used = from != NULL ? keys_sets(console, from) : 0;
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < key_set_count; i++)
			if (((key_sets[i].set & used) != 0) == (pass == 0) && number-- == 0)
				return &key_sets[i];
	return NULL;
}

/* Adds the block with that number; one that has nothing to say stays empty. False behind the last one. */
static bool page_block(struct page *page, const struct console *console, size_t block)
{
	static void (*const symbols[])(struct page *) = {
		page_health, page_nodes, page_links, page_repair, page_events};
	enum { SYMBOLS = sizeof(symbols) / sizeof(*symbols) };
	const struct screen_ops *from = called_from(console);
	if (block == 0) {
		page_intro(page);
	} else if (block == 1) {
		if (from != NULL)
			page_keys(page, console, from->name, from->keys);
	} else if (block < 2 + key_set_count) {
		const struct key_set *set = shared_set(console, block - 2);
		if (set->set != KEYS_REHEARSAL || console->rehearsal != NULL)
			page_keys(page, console, set->title, set->keys);
	} else if (block < 2 + key_set_count + SCREENS) {
		const struct screen_ops *screen = screens[block - 2 - key_set_count];
		if (screen != NULL && screen != from)
			page_keys(page, console, screen->name, screen->keys);
	} else if (block < 2 + key_set_count + SCREENS + SYMBOLS) {
		symbols[block - 2 - key_set_count - SCREENS](page);
	} else {
		return false;
	}
	return true;
}

/* ---- the page ---- */

struct help_state {
	size_t first; /* row of the page in sight */
};

/* Below the title. */
static struct area help_area(const struct console *console)
{
	struct area body = console_body(console);
	return (struct area){body.row + 1, body.column, body.rows - 1, body.columns};
}

static bool has_two(const struct console *console)
{
	return console->columns >= TWO_FROM;
}

/* One of the columns; the last cells are for the scroll bar. */
static struct area column_area(const struct console *console, int column)
{
	struct area area = help_area(console);
	area.columns -= 2;
	if (!has_two(console))
		return area;
	int half = (area.columns - GAP) / 2;
	area.column += column == 0 ? 0 : half + GAP;
	area.columns = half;
	return area;
}

/* The first block of the right column. */
static size_t find_split(const struct console *console)
{
	size_t ends[BLOCKS_MAX], count = 0;
	struct page page = {.area = column_area(console, 0), .glyphs = console->glyphs};
	while (count < BLOCKS_MAX && page_block(&page, console, count))
		ends[count++] = page.row;
	size_t split = 0;
	while (split < count && 2 * ends[split] < page.row)
		split++;
	return split + 1;
}

/* Draws the page, or with no `paint` counts its rows. */
static size_t help_fill(const struct console *console, const struct paint *paint, size_t first)
{
	struct page page = {paint, console->glyphs, column_area(console, 0), first, 0};
	size_t split = has_two(console) ? find_split(console) : BLOCKS_MAX, rows = 0;
	for (size_t block = 0; block < BLOCKS_MAX; block++) {
		if (block == split) {
			rows = page.row;
			page.row = 0;
			page.area = column_area(console, 1);
		}
		if (!page_block(&page, console, block))
			break;
	}
	return page.row > rows ? page.row : rows;
}

static void help_draw(const struct console *console, const struct paint *paint)
{
	const struct help_state *state = console_state(console, SCREEN_HELP);
	struct area area = help_area(console);
	const struct screen_ops *from = called_from(console);
	char title[64] = "Help";
	if (from != NULL)
		snprintf(title, sizeof(title), "Help %s %s", paint->glyphs->separator, from->name);
	paint_title(paint, console_body(console), title);
	size_t rows = help_fill(console, paint, state->first);
	paint_scroll(paint, area, state->first, (size_t)area.rows, rows);
}

static size_t help_page(const struct console *console)
{
	int rows = help_area(console).rows;
	return rows > 0 ? (size_t)rows : 1;
}

static size_t last_first(const struct console *console)
{
	size_t total = help_fill(console, NULL, 0), visible = help_page(console);
	return total > visible ? total - visible : 0;
}

static void help_settle(struct console *console)
{
	struct help_state *state = console_state(console, SCREEN_HELP);
	size_t last = last_first(console);
	if (state->first > last)
		state->first = last;
}

static void help_move(struct console *console, enum move move)
{
	struct help_state *state = console_state(console, SCREEN_HELP);
	state->first = console_moved(state->first, move, help_page(console), last_first(console) + 1);
}

static void help_enter(struct console *console)
{
	struct help_state *state = console_state(console, SCREEN_HELP);
	state->first = 0;
}

const struct screen_ops screen_help = {
	.name = "Help",
	.state_size = sizeof(struct help_state),
	.key_sets = KEYS_MOVE | KEYS_BACK,
	.draw = help_draw,
	.enter = help_enter,
	.settle = help_settle,
	.move = help_move,
};
