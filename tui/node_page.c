/*
 * node_page.c: the parts of a node's page. What the view says is there at once; what has to be asked for
 * (copies, files, events) says "looking…" until the first answer about this node, and is brought up to date
 * in place from then on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/layout.h"
#include "tui/node_facts.h"
#include "tui/node_page.h"
#include "tui/nodes_layout.h"
#include "tui/panels.h"

enum { EVENTS = 500, LEVELS_MOST = 6, COPIES_TEXT = 3, FILES_MOST = 5, TRENDS = 4, LABEL = 10, NUMBER = 11 };

static const char looking[] = "looking...";

static struct node_page *node_page_state(const struct console *console)
{
	return console_state(console, SCREEN_NODE);
}

/* ---- asking ---- */

static const struct answer *about(const struct console *console)
{
	return asking_answer(console, QUESTION_NODE, &node_page_state(console)->node);
}

static const struct answer *log_of(const struct console *console)
{
	return asking_answer(console, QUESTION_EVENTS, &node_page_state(console)->events);
}

static void turn_to(struct node_page *page, const char *name)
{
	if (page->name != NULL && strcmp(page->name, name) == 0)
		return;
	free(page->name);
	page->name = strdup(name);
	page->held = 0;
	asking_forget(&page->node);
	asking_forget(&page->events);
}

static void ask(struct console *console, struct node_page *page)
{
	if (asking_due(console, QUESTION_NODE, &page->node)) {
		struct question question = {.kind = QUESTION_NODE, .node.name = page->name};
		page->node.ticket = console_ask(console, &question);
	}
	if (asking_due(console, QUESTION_EVENTS, &page->events)) {
		struct question question = {.kind = QUESTION_EVENTS,
			.events = {.filter = "", .node = page->name, .least = EVENT_INFO, .limit = EVENTS}};
		page->events.ticket = console_ask(console, &question);
	}
}

/* ---- what it holds ---- */

/* The numbers of live copies that are worth a row: from the fewest there are to the most that are wanted. */
static int levels(const struct console *console, const struct answer *answer, int *least)
{
	int most = (int)console->view->replication_factor;
	*least = answer->node.by_live[0] > 0 ? 0 : 1;
	for (int i = 0; i < 17; i++)
		if (answer->node.by_live[i] > 0 && i > most)
			most = i;
	int count = most - *least + 1;
	return count < LEVELS_MOST ? count : LEVELS_MOST;
}

static int copies_rows(const struct console *console)
{
	const struct answer *answer = about(console);
	int least;
	return answer == NULL || answer->failure != NULL ? COPIES_TEXT
							 : levels(console, answer, &least) + COPIES_TEXT;
}

static int files_rows(const struct console *console)
{
	const struct answer *answer = about(console);
	if (answer == NULL || answer->failure != NULL)
		return 0;
	return answer->node.file_count < FILES_MOST ? (int)answer->node.file_count : FILES_MOST;
}

static enum role level_role(const struct console *console, int live)
{
	return live == 0                                       ? ROLE_CRITICAL
	       : live < (int)console->view->replication_factor ? ROLE_DEGRADED
							       : ROLE_HEALTHY;
}

static void draw_level(const struct console *console, const struct paint *paint, struct area area, int row,
	const struct answer *answer, int live)
{
	char number[32], label[16];
	uint64_t chunks = answer->node.by_live[live];
	snprintf(label, sizeof(label), live == 16 ? "%d+ copies" : live == 1 ? "%d copy" : "%d copies", live);
	bool none = chunks == 0;
	unsigned style = none ? ROLE_DIM : ROLE_TEXT;
	paint_text(paint, row, area.column, LABEL, style, label);
	paint_number(number, sizeof(number), chunks);
	int digits = cells_width(number, 27) > NUMBER - 2 ? cells_width(number, 27) + 2 : NUMBER;
	int bar = area.columns - LABEL - digits - 1;
	paint_right(paint, row, area.column + LABEL, digits - 1, style, number);
	double ratio = answer->node.chunks > 0 ? (double)chunks / (double)answer->node.chunks : 0;
	paint_bar(paint, row, area.column + LABEL + digits, bar < 40 ? bar : 40, ratio,
		level_role(console, live));
}

/* What it would mean to lose the node. */
static void only_here_text(const struct answer *answer, char *out, size_t size, enum role *role)
{
	char number[32], bytes[16];
	const uint64_t only = answer->node.only_here;
	*role = ROLE_DEGRADED;
	if (only > 0) {
		snprintf(out, size, "%s chunk%s (%s) %s no other live copy: if this node is lost, so %s.",
			paint_number(number, sizeof(number), only), only == 1 ? "" : "s",
			text_bytes(bytes, sizeof(bytes), answer->node.only_here_bytes),
			only == 1 ? "has" : "have", only == 1 ? "is that" : "are they");
	} else if (answer->node.by_live[0] > 0) {
		*role = ROLE_CRITICAL;
		snprintf(out, size,
			"%s of these chunks cannot be read until this node or another holder returns.",
			paint_number(number, sizeof(number), answer->node.by_live[0]));
	} else if (answer->node.chunks == 0) {
		*role = ROLE_DIM;
		snprintf(out, size, "It holds nothing.");
	} else {
		*role = ROLE_HEALTHY;
		snprintf(out, size,
			"Every chunk here has a live copy elsewhere: losing this node loses nothing.");
	}
}

/* Of an answer that is not there or failed, that much is said; returns whether it was so. */
static bool draw_lack(const struct paint *paint, struct area area, const struct answer *answer)
{
	if (answer == NULL)
		paint_text(paint, area.row, area.column, area.columns, ROLE_DIM, looking);
	else if (answer->failure != NULL)
		paint_wrapped(paint, area, 0, ROLE_DEGRADED, answer->failure);
	return answer == NULL || answer->failure != NULL;
}

static struct area below_title(struct area area)
{
	return (struct area){area.row + 1, area.column + 1, area.rows - 1, area.columns - 2};
}

static void draw_copies(const struct console *console, const struct paint *paint, struct area area)
{
	const struct answer *answer = about(console);
	if (area.rows < 1)
		return;
	paint_title(paint, area, "What it holds, by live copies");
	struct area rest = below_title(area);
	if (rest.rows < 1 || draw_lack(paint, rest, answer))
		return;
	char text[256];
	enum role role;
	int least, count = levels(console, answer, &least);
	only_here_text(answer, text, sizeof(text), &role);
	int text_rows = cells_wrap_rows(text, rest.columns, rest.columns);
	text_rows = text_rows < rest.rows ? text_rows : rest.rows;
	for (int i = 0; i < count && i < rest.rows - text_rows; i++)
		draw_level(console, paint, rest, rest.row + i, answer, least + i);
	int used = count < rest.rows - text_rows ? count : rest.rows - text_rows;
	rest.row += used;
	rest.rows -= used;
	paint_wrapped(paint, rest, 0, role, text);
}

static void draw_files(const struct console *console, const struct paint *paint, struct area area)
{
	const struct answer *answer = about(console);
	if (area.rows < 2 || answer == NULL || answer->failure != NULL)
		return;
	paint_title(paint, area, "Some files it holds parts of");
	struct area rest = below_title(area);
	for (int i = 0; i < rest.rows && (size_t)i < answer->node.file_count; i++)
		paint_text(paint, rest.row + i, rest.column, rest.columns, ROLE_TEXT, answer->node.files[i]);
}

/* ---- how it does ---- */

/* A label, the value now, and its course; `most` as paint_spark() takes it. */
static void draw_trend(const struct console *console, const struct paint *paint, struct area row,
	const char *label, const char *value, enum history_metric metric, unsigned style)
{
	double values[HISTORY_STEPS];
	int at = LABEL + 1 + NUMBER + 2, room = row.columns - at;
	paint_text(paint, row.row, row.column, LABEL, ROLE_DIM, label);
	paint_right(paint, row.row, row.column + LABEL, NUMBER + 1, ROLE_TEXT, value);
	room = room < HISTORY_STEPS ? room : HISTORY_STEPS;
	if (room < 8)
		return;
	history_node_series(console->history, console_node(console)->name, metric, values, (size_t)room);
	/* Where nothing was, a line at the bottom says that it was looked for. */
	double most = 0;
	for (int i = 0; i < room; i++)
		most = values[i] > most ? values[i] : most;
	paint_spark(paint, row.row, row.column + at, room, values, (size_t)room, most > 0 ? most : 1, style);
}

static void rate_text(char out[32], double rate)
{
	snprintf(out, 32, "?");
	if (rate < 0)
		return;
	text_bytes(out, 24, (uint64_t)rate);
	strcat(out, "/s");
}

static void draw_trends(const struct console *console, const struct paint *paint, struct area area)
{
	static const struct {
		const char *label;
		enum history_metric metric;
		enum role role;
	} trends[TRENDS] = {
		{"traffic", HISTORY_THROUGHPUT, ROLE_ACCENT},
		{"latency", HISTORY_LATENCY, ROLE_BAR},
		{"errors", HISTORY_ERRORS, ROLE_CRITICAL},
		{"at risk", HISTORY_AT_RISK, ROLE_DEGRADED},
	};
	const struct view_node *node = console_node(console);
	char texts[TRENDS][32], title[64];
	if (area.rows < 1)
		return;
	struct area rest = below_title(area);
	int steps = rest.columns - (LABEL + 1 + NUMBER + 2);
	steps = steps < HISTORY_STEPS ? steps : HISTORY_STEPS;
	snprintf(title, sizeof(title), "The last %d s", steps * HISTORY_STEP_MS / 1000);
	paint_title(paint, area, steps < 8 ? "How it does" : title);
	double read, written;
	history_rates(console->history, node->name, &read, &written);
	rate_text(texts[0], read < 0 || written < 0 ? -1 : read + written);
	paint_latency(texts[1], sizeof(texts[1]), node->latency_ms);
	paint_number(texts[2], sizeof(texts[2]), node->errors);
	paint_number(texts[3], sizeof(texts[3]), node->at_risk);
	for (int i = 0; i < TRENDS && i < rest.rows; i++)
		draw_trend(console, paint, (struct area){rest.row + i, rest.column, 1, rest.columns},
			trends[i].label, texts[i], trends[i].metric, trends[i].role);
}

/* ---- its events ---- */

/* How many of `count` events stand before the bottom of the list. */
static size_t events_end(const struct node_page *page, const struct answer *answer)
{
	size_t end = answer->events.count;
	while (page->held != 0 && end > 1 && answer->events.events[end - 1].id > page->held)
		end--;
	return end;
}

static void draw_events(const struct console *console, const struct paint *paint, struct area area)
{
	const struct node_page *page = node_page_state(console);
	const struct answer *answer = log_of(console);
	if (area.rows < 2)
		return;
	paint_title(paint, area, page->held != 0 ? "Its events (held)" : "Its events, newest at the bottom");
	struct area rest = below_title(area);
	if (draw_lack(paint, rest, answer))
		return;
	if (answer->events.count == 0)
		paint_text(
			paint, rest.row, rest.column, rest.columns, ROLE_DIM, "No events about this node.");
	size_t rows = (size_t)rest.rows, end = events_end(page, answer);
	size_t first = end > rows ? end - rows : 0;
	for (size_t i = 0; i < rows && first + i < answer->events.count; i++)
		panel_event(paint, rest.row + (int)i, rest.column, rest.columns - 1,
			&answer->events.events[first + i], console->now_ms, 0);
	struct area bar = {rest.row, area.column, rest.rows, area.columns};
	paint_scroll(paint, bar, first, rows, answer->events.count);
}

/* ---- the page ---- */

static struct page_layout page_layout(const struct console *console, struct area area)
{
	return layout_page(area, copies_rows(console), files_rows(console), TRENDS);
}

void node_page_settle(struct console *console)
{
	struct node_page *page = node_page_state(console);
	const struct view_node *node = console_node(console);
	if (node == NULL)
		return;
	turn_to(page, node->name);
	if (page->name != NULL)
		ask(console, page);
}

void node_page_draw(const struct console *console, const struct paint *paint, struct area area)
{
	struct page_layout layout = page_layout(console, area);
	node_facts_draw(console, paint, layout.facts, log_of(console));
	draw_copies(console, paint, layout.copies);
	draw_trends(console, paint, layout.trends);
	draw_files(console, paint, layout.files);
	draw_events(console, paint, layout.events);
}

void node_page_scroll(struct console *console, struct area area, enum move move)
{
	struct node_page *page = node_page_state(console);
	const struct answer *answer = log_of(console);
	struct page_layout layout = page_layout(console, area);
	if (answer == NULL || answer->failure != NULL || layout.events.rows < 2)
		return;
	size_t rows = (size_t)layout.events.rows - 1, total = answer->events.count;
	size_t steps = total > rows ? total - rows + 1 : 1;
	size_t end = events_end(page, answer);
	size_t at = end > rows ? end - rows : 0;
	at = console_moved(at, move, rows, steps);
	end = at + rows < total ? at + rows : total;
	page->held = end < total ? answer->events.events[end - 1].id : 0;
}
