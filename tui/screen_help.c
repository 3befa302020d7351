/*
 * screen_help.c: the key table and the meaning of the symbols, as one scrolling page.
 */
#include <stdio.h>
#include <string.h>

#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/panels.h"

enum { LABEL = 14 };

/* A row of the page; where it is drawn depends on how far the page is scrolled. */
struct page {
	const struct paint *paint; /* NULL: only count */
	struct area area;
	size_t first, row;
};

/* The screen's row for the page's next row, or -1 when it is out of sight. */
static int page_row(struct page *page)
{
	size_t row = page->row++;
	if (page->paint == NULL || row < page->first || row - page->first >= (size_t)page->area.rows)
		return -1;
	return page->area.row + (int)(row - page->first);
}

static void page_heading(struct page *page, const char *text)
{
	if (page->row > 0)
		page_row(page);
	int row = page_row(page);
	if (row >= 0)
		paint_text(page->paint, row, 1, page->area.columns - 2, ROLE_TITLE, text);
}

static void page_entry(struct page *page, unsigned style, const char *label, const char *text)
{
	int row = page_row(page);
	if (row < 0)
		return;
	paint_text(page->paint, row, 3, LABEL, style, label);
	paint_text(page->paint, row, 3 + LABEL, page->area.columns - LABEL - 5, ROLE_TEXT, text);
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

static void page_symbols(struct page *page, const struct glyphs *glyphs)
{
	static const char *const states[] = {
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
		snprintf(label, sizeof(label), "%s %s", glyphs->node[state],
			node_state_name((enum node_state)state));
		page_entry(page, panel_node_role((enum node_state)state), label, states[state]);
	}
	page_heading(page, "Events: the oldest at the top, the newest at the bottom; times are local");
	page_entry(page, panel_severity_role(EVENT_INFO), "I info", "worth recording");
	page_entry(page, panel_severity_role(EVENT_NOTICE), "N notice", "something changed, as it should");
	page_entry(page, panel_severity_role(EVENT_WARNING), "W warning", "something needs an eye");
	page_entry(page, panel_severity_role(EVENT_ERROR), "E error", "something failed");
}

/* First what works on the screen that help was called from, then all the rest. */
static void page_all(struct page *page, const struct console *console)
{
	const struct screen_ops *from =
		console->depth > 1 ? screens[console->stack[console->depth - 2]] : NULL;
	if (from != NULL)
		page_keys(page, console, from->name, from->keys);
	for (size_t i = 0; i < key_set_count; i++)
		page_keys(page, console, key_sets[i].title, key_sets[i].keys);
	for (int i = 0; i < SCREENS; i++)
		if (screens[i] != NULL && screens[i] != from)
			page_keys(page, console, screens[i]->name, screens[i]->keys);
	page_symbols(page, console->glyphs);
}

struct help_state {
	size_t first; /* row of the page in sight */
};

static size_t help_rows(const struct console *console)
{
	struct page page = {.paint = NULL};
	page_all(&page, console);
	return page.row;
}

static struct area help_area(const struct console *console)
{
	struct area body = console_body(console);
	body.row++;
	body.rows--;
	return body;
}

static void help_draw(const struct console *console, const struct paint *paint)
{
	const struct help_state *state = console_state(console, SCREEN_HELP);
	struct page page = {.paint = paint, .area = help_area(console), .first = state->first};
	paint_title(paint, (struct area){page.area.row - 1, 0, 1, console->columns}, "Help");
	page_all(&page, console);
	paint_scroll(paint, page.area, page.first, (size_t)page.area.rows, page.row);
}

static size_t help_page(const struct console *console)
{
	int rows = help_area(console).rows;
	return rows > 0 ? (size_t)rows : 1;
}

static void help_settle(struct console *console)
{
	struct help_state *state = console_state(console, SCREEN_HELP);
	size_t total = help_rows(console), visible = help_page(console);
	size_t last = total > visible ? total - visible : 0;
	if (state->first > last)
		state->first = last;
}

static void help_move(struct console *console, enum move move)
{
	struct help_state *state = console_state(console, SCREEN_HELP);
	state->first = console_moved(state->first, move, help_page(console), help_rows(console));
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
