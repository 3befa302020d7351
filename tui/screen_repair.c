/*
 * screen_repair.c: repair and scrub over the whole screen: what is done, how fast, when it is over, what comes next,
 * and what was done last.
 *
 * Its state is the course of the repair, which follows every
 * view, seen or not; the panel of the overview reads it too.
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/course.h"
#include "tui/events.h"
#include "tui/keys.h"
#include "tui/layout_repair.h"
#include "tui/panels.h"

struct course *console_course(const struct console *console)
{
	return console_state(console, SCREEN_REPAIR);
}

/* The inside of a part below its title. */
static struct area inside(struct area area)
{
	return (struct area){area.row + 1, area.column + 1, area.rows - 1, area.columns - 2};
}

/* A title with a fact at the other end of its line, where there is room for it. */
static void draw_title(const struct paint *paint, struct area area, const char *title, const char *fact)
{
	int columns = cells_width(fact, area.columns), column = area.column + area.columns - columns - 2;
	paint_title(paint, area, title);
	if (columns == 0 || column < area.column + (int)strlen(title) + 6)
		return;
	paint_text(paint, area.row, column - 1, 1, ROLE_RULE, " ");
	paint_text(paint, area.row, column, columns, ROLE_DIM, fact);
	paint_text(paint, area.row, column + columns, 1, ROLE_RULE, " ");
}

static void draw_state(const struct console *console, const struct paint *paint, struct area area)
{
	const struct view *view = console->view;
	char fact[64] = "maintained by nobody";
	if (strcmp(view->maintenance_role, "self") == 0)
		snprintf(fact, sizeof(fact), "maintained here, pid %" PRId64, view->maintenance_pid);
	else if (view->maintenance_pid > 0)
		snprintf(fact, sizeof(fact), "maintained by pid %" PRId64, view->maintenance_pid);
	draw_title(paint, area, "Repair", fact);
	panel_repair_state(paint, inside(area), console);
}

static void draw_queue(const struct console *console, const struct paint *paint, struct area area)
{
	const struct view_repair *repair = &console->view->repair;
	char fact[64], number[32], bytes[16];
	snprintf(fact, sizeof(fact), "%s chunk%s, %s", paint_number(number, sizeof(number), repair->queued),
		repair->queued == 1 ? "" : "s", text_bytes(bytes, sizeof(bytes), repair->queued_bytes));
	draw_title(paint, area, "To do, in this order", repair->queued > 0 ? fact : "");
	panel_queue(paint, inside(area), console->view);
}

static void draw_transfers(const struct console *console, const struct paint *paint, struct area area)
{
	const struct view_repair *repair = &console->view->repair;
	struct area rows = inside(area);
	char fact[64], number[32];
	size_t shown =
		repair->transfer_count < (size_t)rows.rows ? repair->transfer_count : (size_t)rows.rows;
	uint64_t all = repair->active > repair->transfer_count ? repair->active : repair->transfer_count;
	snprintf(fact, sizeof(fact), "%s more", paint_number(number, sizeof(number), all - shown));
	draw_title(paint, area, "Under way", all > shown ? fact : "");
	if (repair->transfer_count == 0)
		paint_text(paint, rows.row, rows.column, rows.columns, ROLE_DIM,
			repair->state == REPAIR_THROTTLED ? "The next copy begins when the limit allows it."
							  : "Nothing is being copied.");
	panel_transfers(paint, rows, console->view);
}

static void draw_scrub(const struct console *console, const struct paint *paint, struct area area)
{
	const struct picture picture = {
		.view = console->view, .now_ms = console->now_ms, .read_only = console->read_only};
	draw_title(paint, area, "Scrub", "");
	panel_scrub(paint, inside(area), &picture);
}

static void draw_rate(const struct console *console, const struct paint *paint, struct area area)
{
	const struct course *course = console_course(console);
	if (area.rows < 1)
		return;
	double rates[HISTORY_STEPS];
	char fact[32];
	snprintf(fact, sizeof(fact), "a column each %d s", HISTORY_STEP_MS / 1000);
	history_series(console->history, HISTORY_REPAIR, rates, HISTORY_STEPS);
	draw_title(paint, area, "Rate", fact);
	panel_rate(paint, inside(area), rates, HISTORY_STEPS, course_limit(course, console->view));
}

/* Whether an event tells of repair, scrub or balancing. */
static bool is_about_repair(const struct view_event *event)
{
	static const char *const beginnings[] = {
		"repair", "scrub", "balance", "rebalance", "chunks_", "replica"};
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++)
		if (strncmp(event->code, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

static void draw_events(const struct console *console, const struct paint *paint, struct area area)
{
	const struct view *view = console->view;
	struct area rows = inside(area);
	draw_title(paint, area, "What was done", "newest last");
	size_t first = view->event_count, found = 0;
	while (first > 0 && (int)found < rows.rows)
		found += is_about_repair(&view->events[--first]);
	if (found == 0)
		paint_text(paint, rows.row, rows.column, rows.columns, ROLE_DIM, "Nothing lately.");
	for (int row = rows.row; first < view->event_count; first++)
		if (is_about_repair(&view->events[first]))
			panel_event(paint, row++, rows.column, rows.columns, &view->events[first],
				console->now_ms, 0);
}

static void repair_draw(const struct console *console, const struct paint *paint)
{
	struct layout_repair layout =
		layout_repair(console_body(console), console->view->repair.transfer_count);
	const struct {
		struct area area;
		void (*draw)(const struct console *, const struct paint *, struct area);
	} parts[] = {
		{layout.state, draw_state},
		{layout.queue, draw_queue},
		{layout.transfers, draw_transfers},
		{layout.scrub, draw_scrub},
		{layout.rate, draw_rate},
		{layout.events, draw_events},
	};
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (parts[i].area.rows > 0)
			parts[i].draw(console, paint, parts[i].area);
}

/* The log has more than the screen has room for. */
static void act_log(struct console *console)
{
	console_show_events(console, "repair", "");
}

static const struct key repair_keys[] = {
	{{'\n', '\r', KEY_ENTER}, "Enter", "log", "Shows all that the event log says about repair.",
		RANK_HELP_ONLY, false, false, act_log},
	{.act = NULL},
};

static void repair_show(struct console *console, const struct view *old)
{
	struct course *course = console_course(console);
	if (!course->begun)
		course_follow(course, old, console->tick_ms);
	course_follow(course, console->view, console->tick_ms);
}

const struct screen_ops screen_repair = {
	.name = "Repair",
	.state_size = sizeof(struct course),
	.keys = repair_keys,
	.key_sets = KEYS_TAB,
	.draw = repair_draw,
	.show = repair_show,
};
