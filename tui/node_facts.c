/*
 * node_facts.c: a view says which state a node is in, but not since when; that is read from the node's events.
 */
#include <stdio.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/node_facts.h"
#include "tui/panels.h"

enum change { CHANGE_NONE, CHANGE_AWAY, CHANGE_OTHER };

/* What an event says about the state of its node. */
static enum change change_of(const struct view_event *event)
{
	static const char *const away[] = {"node_failed", "node_lost"};
	static const char *const other[] = {"node_recovered", "node_back", "node_slow", "node_well",
		"node_read_only", "node_draining", "node_added"};
	for (size_t i = 0; i < sizeof(away) / sizeof(*away); i++)
		if (strcmp(event->code, away[i]) == 0)
			return CHANGE_AWAY;
	for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++)
		if (strcmp(event->code, other[i]) == 0)
			return CHANGE_OTHER;
	return CHANGE_NONE;
}

/*
 * When the node entered its state, as far as its events say; 0: they do not. A node that goes away has an event when
 * it is failed and one when that is noticed: the first of them counts.
 */
static int64_t state_since_ms(const struct answer *answer)
{
	int64_t since = 0;
	if (answer == NULL || answer->failure != NULL)
		return 0;
	for (size_t i = answer->events.count; i-- > 0;) {
		const struct view_event *event = &answer->events.events[i];
		enum change change = change_of(event);
		if (change == CHANGE_NONE)
			continue;
		if (change == CHANGE_OTHER)
			return since > 0 ? since : event->time_ms;
		since = event->time_ms;
	}
	return since;
}

/* The day only where it is not today's. */
static void short_time(char out[24], int64_t time_ms, int64_t now_ms)
{
	enum { DATE = 10 };
	char today[24];
	panel_time(out, 24, time_ms);
	panel_time(today, sizeof(today), now_ms);
	if (memcmp(out, today, DATE) == 0)
		memmove(out, out + DATE + 1, strlen(out + DATE + 1) + 1);
}

static void draw_state(const struct console *console, const struct paint *paint, struct area row,
	const struct view_node *node, const struct answer *log)
{
	struct line line = line_begin(paint, row.row, row.column, row.columns);
	enum role role = panel_node_role(node->state);
	char cause[96], duration[32], time[24];
	/* The cause is foreign and has to fit with what follows: cut, never left out. */
	struct cells_cut cut = cells_cut(node->cause, row.columns - 14, paint->glyphs->ellipsis_columns);
	snprintf(cause, sizeof(cause), "%.*s%s", (int)(cut.length < 80 ? cut.length : 80), node->cause,
		cut.cut ? paint->glyphs->ellipsis : "");
	line_add(&line, role, "%s %s%s%s", paint->glyphs->node[node->state], node_state_name(node->state),
		cause[0] != '\0' ? ": " : "", cause);
	int64_t since = state_since_ms(log);
	if (since <= 0)
		return;
	text_duration(duration, sizeof(duration), console->now_ms > since ? console->now_ms - since : 0);
	short_time(time, since, console->now_ms);
	if (!line_add(&line, ROLE_DIM, "since %s, for %s", time, duration))
		line_add(&line, ROLE_DIM, "for %s", duration);
}

static void draw_room(const struct paint *paint, struct area row, const struct view_node *node)
{
	char used[64], text[96];
	double fill = panel_node_fill(node);
	panel_node_used(used, sizeof(used), node, 0, 0);
	if (node->capacity_bytes == 0) {
		paint_text(paint, row.row, row.column, row.columns, ROLE_TEXT, used);
		return;
	}
	if (fill > 0 && fill < 0.01)
		snprintf(text, sizeof(text), "%s  (<1 %%)", used);
	else
		snprintf(text, sizeof(text), "%s  (%.0f %%)", used, (double)(int)(fill * 100));
	int width = cells_width(text, 90);
	int bar = row.columns - width - 2;
	bar = bar > 60 ? 60 : bar;
	bool away = node->state == NODE_DOWN || node->state == NODE_ABSENT;
	paint_bar(paint, row.row, row.column, bar, fill, away ? ROLE_DIM : panel_fill_role(fill));
	paint_text(paint, row.row, row.column + bar + 2, width, ROLE_TEXT, text);
}

static void draw_place(const struct console *console, const struct paint *paint, struct area row,
	const struct view_node *node)
{
	struct line line = line_begin(paint, row.row, row.column, row.columns);
	char number[32];
	line_add(&line, ROLE_TEXT, "zone %s", node->zone);
	line_add(&line, ROLE_TEXT, "%s chunks", paint_number(number, sizeof(number), node->chunks));
	if (node->at_risk > 0)
		line_add(&line, ROLE_DEGRADED, "%s at risk",
			paint_number(number, sizeof(number), node->at_risk));
	if (marks_has(&console->marks, node->name))
		line_add(&line, ROLE_ACCENT, "marked");
	line_add(&line, ROLE_DIM, "weight %g", node->weight);
	int gap = line.begun ? 3 : 0;
	paint_text(paint, row.row, line.column + gap, line.end - line.column - gap, ROLE_DIM, node->path);
}

void node_facts_draw(
	const struct console *console, const struct paint *paint, struct area area, const struct answer *log)
{
	const struct view_node *node = console_node(console);
	if (area.rows < 1)
		return;
	paint_title(paint, area, node->name);
	struct area row = {area.row + 1, area.column + 1, 1, area.columns - 2};
	if (area.rows > 1)
		draw_state(console, paint, row, node, log);
	row.row++;
	if (area.rows > 2)
		draw_room(paint, row, node);
	row.row++;
	if (area.rows > 3)
		draw_place(console, paint, row, node);
}
