/*
 * panel_repair.c: what repair does, how fast, and when it is over.
 *
 * The state is one word that is always in the same place, then a sentence; the row below says how far it has come,
 * or, in a grace, how long it still waits; the third how fast it goes. What is left over goes to what is under way.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/course.h"
#include "tui/panels.h"
#include "tui/screen.h"

enum { WIDE = 60, TRANSFERS_WISH = 4 };

static enum role state_role(enum repair_state state)
{
	static const enum role roles[] = {
		[REPAIR_IDLE] = ROLE_HEALTHY,
		[REPAIR_GRACE] = ROLE_DEGRADED,
		[REPAIR_RUNNING] = ROLE_ACCENT,
		[REPAIR_THROTTLED] = ROLE_ACCENT,
		[REPAIR_PAUSED] = ROLE_DEGRADED,
		[REPAIR_BLOCKED] = ROLE_CRITICAL,
	};
	return roles[state];
}

/* ---- the state ---- */

/* Why; the countdown of a grace runs elsewhere, and is left out here. */
static const char *sentence(const struct console *console, char *out, size_t size)
{
	const struct view_repair *repair = &console->view->repair;
	static const char waits[] = " may come back";
	const char *cut = strstr(repair->reason, waits);
	if (repair->state == REPAIR_IDLE)
		return "Nothing is to be repaired.";
	if (repair->state == REPAIR_PAUSED && !console->read_only)
		return "by the operator; p lets it go on";
	if (repair->state != REPAIR_GRACE || cut == NULL)
		return repair->reason;
	snprintf(out, size, "%.*s", (int)(cut - repair->reason + (int)strlen(waits)), repair->reason);
	return out;
}

static void draw_state(const struct paint *paint, struct area area, const struct console *console)
{
	const struct view_repair *repair = &console->view->repair;
	char badge[24] = " ", text[256];
	const char *name = repair_state_name(repair->state);
	size_t length = 1;
	for (; *name != '\0' && length < sizeof(badge) - 2; name++)
		badge[length++] = (char)toupper((unsigned char)*name);
	badge[length++] = ' ';
	badge[length] = '\0';
	enum role role = state_role(repair->state);
	int used =
		paint_text(paint, area.row, area.column, area.columns, (unsigned)role | STYLE_BADGE, badge);
	unsigned style = repair->state == REPAIR_BLOCKED ? role : ROLE_TEXT;
	paint_text(paint, area.row, area.column + used + 1, area.columns - used - 1, style,
		sentence(console, text, sizeof(text)));
}

/* ---- how far ---- */

/* Facts at the right end of a row, as many as leave `least` columns for what stands before them. */
struct facts {
	char text[160];
	int columns;
};

static void facts_add(struct facts *facts, int room, const char *text)
{
	int columns = cells_width(text, 100), gap = facts->columns > 0 ? 3 : 0;
	size_t length = strlen(facts->text);
	if (text[0] == '\0' || facts->columns + gap + columns > room)
		return;
	snprintf(facts->text + length, sizeof(facts->text) - length, "%s%s", gap > 0 ? "   " : "", text);
	facts->columns += gap + columns;
}

static double grace_left(const struct console *console)
{
	const struct view *view = console->view;
	double past = (double)(console->now_ms - view->time_ms) / 1000;
	double left = view->repair.grace_left_s - (past > 0 ? past : 0);
	return left > 0 ? left : 0;
}

static void draw_grace(const struct paint *paint, struct area area, const struct console *console)
{
	const struct view_repair *repair = &console->view->repair;
	const struct course *course = console_course(console);
	char text[96], duration[32], number[32];
	double left = grace_left(console);
	if (left > 0)
		text_duration(duration, sizeof(duration), (int64_t)(left + 0.999) * 1000);
	else
		snprintf(duration, sizeof(duration), "0 s");
	struct facts facts = {.text = ""};
	snprintf(text, sizeof(text), "%s left", duration);
	facts_add(&facts, area.columns - 8, text);
	if (repair->queued > 0) {
		snprintf(text, sizeof(text), "then %s chunk%s %s copied",
			paint_number(number, sizeof(number), repair->queued), repair->queued == 1 ? "" : "s",
			repair->queued == 1 ? "is" : "are");
		facts_add(&facts, area.columns - 12, text);
	}
	double whole = course->grace_s > repair->grace_left_s ? course->grace_s : repair->grace_left_s;
	int bar = area.columns - facts.columns - 2;
	paint_bar(paint, area.row, area.column, bar, whole > 0 ? left / whole : 0, ROLE_DEGRADED);
	paint_text(paint, area.row, area.column + bar + 2, facts.columns, ROLE_STRONG, facts.text);
}

static void add_end(struct facts *facts, int room, const struct console *console)
{
	const struct view_repair *repair = &console->view->repair;
	char text[96], duration[32], time[24];
	bool moves = repair->state == REPAIR_RUNNING || repair->state == REPAIR_THROTTLED;
	if (repair->eta_s < 0 || !moves || repair->eta_s > 1e9)
		return;
	int64_t eta_ms = (int64_t)(repair->eta_s * 1000);
	snprintf(text, sizeof(text), "%s left",
		text_duration(duration, sizeof(duration), eta_ms < 1000 ? 1000 : eta_ms / 1000 * 1000));
	facts_add(facts, room, text);
	/* Seconds are told while they mean something. */
	panel_time(time, sizeof(time), console->now_ms + eta_ms);
	const char *clock = time + strlen("2026-11-02 ");
	snprintf(text, sizeof(text), "over at %.*s", eta_ms < 3600000 ? 8 : 5, clock);
	if (room >= 40 && eta_ms < 24 * 3600000)
		facts_add(facts, room, text);
}

static void draw_progress(const struct paint *paint, struct area area, const struct console *console,
	const struct course_progress *progress)
{
	const struct view_repair *repair = &console->view->repair;
	char text[96], done[16], total[16];
	struct facts facts = {.text = ""};
	int room = area.columns - (area.columns >= WIDE ? 22 : 10);
	snprintf(text, sizeof(text), "%3d %%", (int)(progress->ratio * 100));
	facts_add(&facts, room, text);
	add_end(&facts, room, console);
	if (progress->total_bytes > 0) {
		text_bytes(done, sizeof(done), progress->done_bytes);
		text_bytes(total, sizeof(total), progress->total_bytes);
		snprintf(text, sizeof(text), "%s of %s", done, total);
		facts_add(&facts, room, text);
	}
	int bar = area.columns - facts.columns - 1;
	bool rests = repair->state == REPAIR_PAUSED || repair->state == REPAIR_BLOCKED;
	paint_bar(paint, area.row, area.column, bar, progress->ratio, rests ? ROLE_DIM : ROLE_BAR);
	int column = area.column + bar + 1;
	paint_text(paint, area.row, column, facts.columns, ROLE_STRONG, facts.text);
}

static const struct view_event *newest(const struct view *view, const char *code)
{
	for (size_t i = view->event_count; i > 0; i--)
		if (strcmp(view->events[i - 1].code, code) == 0)
			return &view->events[i - 1];
	return NULL;
}

static void draw_last(const struct paint *paint, struct area area, const struct console *console)
{
	const struct view_event *event = newest(console->view, "repair_finished");
	char ago[32];
	if (event == NULL) {
		paint_text(paint, area.row, area.column, area.columns, ROLE_DIM,
			"No repair among the newest events.");
		return;
	}
	int64_t past_ms = console->now_ms - event->time_ms;
	text_duration(ago, sizeof(ago), past_ms < 1000 ? 1000 : past_ms / 1000 * 1000);
	int used = paint_format(paint, area.row, area.column, area.columns, ROLE_DIM, "%s ago:", ago);
	paint_text(paint, area.row, area.column + used + 1, area.columns - used - 1, ROLE_TEXT, event->text);
}

static const char *advice(const struct view *view)
{
	for (size_t i = 0; i < view->check_count; i++)
		if (view->checks[i].code == CHECK_REPAIR_BLOCKED)
			return view->checks[i].advice;
	return "";
}

static void draw_way(const struct paint *paint, struct area area, const struct console *console)
{
	const struct view *view = console->view;
	struct course_progress progress = course_progress(console_course(console), view);
	if (view->repair.state == REPAIR_GRACE && view->repair.grace_left_s >= 0)
		draw_grace(paint, area, console);
	else if (view->repair.state == REPAIR_BLOCKED && advice(view)[0] != '\0')
		paint_text(paint, area.row, area.column, area.columns, ROLE_TEXT, advice(view));
	else if (progress.ratio >= 0)
		draw_progress(paint, area, console, &progress);
	else
		draw_last(paint, area, console);
}

/* ---- how fast ---- */

static void draw_rate(const struct paint *paint, struct area area, const struct console *console)
{
	enum { RATE = 11, SPARK_LEAST = 6 };
	const struct view_repair *repair = &console->view->repair;
	const struct course *course = console_course(console);
	uint64_t limit = course_limit(course, console->view);
	char text[24], rate[16], most[16], number[32];
	/* The rate keeps its place, so that the eye finds it. */
	snprintf(text, sizeof(text), "%s/s",
		text_bytes(rate, sizeof(rate), repair->rate > 0 ? (uint64_t)repair->rate : 0));
	paint_right(paint, area.row, area.column, RATE, repair->rate > 0 ? ROLE_STRONG : ROLE_DIM, text);
	int spark = area.columns >= WIDE ? area.columns / 4 : SPARK_LEAST, used = RATE + 1 + spark + 2;
	double rates[HISTORY_STEPS];
	size_t count = spark < HISTORY_STEPS ? (size_t)spark : HISTORY_STEPS;
	history_series(console->history, HISTORY_REPAIR, rates, count);
	paint_spark(paint, area.row, area.column + RATE + 1, spark, rates, count, 0, ROLE_BAR);
	struct line line = line_begin(paint, area.row, area.column + used, area.columns - used);
	if (limit > 0)
		line_add(&line, ROLE_TEXT, "limit %s/s", text_bytes(most, sizeof(most), limit));
	else
		line_add(&line, ROLE_DIM, "no limit");
	if (repair->queued > 0)
		line_add(&line, ROLE_TEXT, "%s chunk%s to go",
			paint_number(number, sizeof(number), repair->queued), repair->queued == 1 ? "" : "s");
}

void panel_repair_state(const struct paint *paint, struct area area, const struct console *console)
{
	void (*const rows[])(const struct paint *, struct area, const struct console *) = {
		draw_way, draw_rate};
	if (area.rows < 1)
		return;
	draw_state(paint, area, console);
	for (int i = 0; i + 1 < area.rows && i < PANEL_REPAIR_STATE - 1; i++)
		rows[i](paint, (struct area){area.row + 1 + i, area.column, 1, area.columns}, console);
}

/* ---- together ---- */

static bool is_quiet(const struct view_repair *repair)
{
	return repair->state == REPAIR_IDLE && repair->queued == 0 && repair->transfer_count == 0;
}

int panel_repair_rows(const struct view *view)
{
	size_t transfers = view->repair.transfer_count;
	if (is_quiet(&view->repair))
		return 1 + PANEL_REPAIR_STATE - 1 + 1;
	return 1 + PANEL_REPAIR_STATE + (transfers < TRANSFERS_WISH ? (int)transfers : TRANSFERS_WISH) + 1;
}

void panel_repair(const struct paint *paint, struct area area, const struct console *console)
{
	const struct view *view = console->view;
	const struct picture picture = {
		.view = view, .now_ms = console->now_ms, .read_only = console->read_only};
	if (area.rows < 1)
		return;
	paint_title(paint, area, "Repair");
	struct area rest = {area.row + 1, area.column + 1, area.rows - 1, area.columns - 2};
	bool quiet = is_quiet(&view->repair);
	int wish = quiet ? PANEL_REPAIR_STATE - 1 : PANEL_REPAIR_STATE;
	int scrub = rest.rows > wish || (view->scrub.running && rest.rows > 1) ? 1 : 0;
	int state = rest.rows - scrub < wish ? rest.rows - scrub : wish;
	int spare = rest.rows - scrub - state;
	int transfers =
		(size_t)spare < view->repair.transfer_count ? spare : (int)view->repair.transfer_count;
	panel_repair_state(paint, (struct area){rest.row, rest.column, state, rest.columns}, console);
	rest.row += state;
	panel_transfers(paint, (struct area){rest.row, rest.column, transfers, rest.columns}, view);
	rest.row += transfers;
	if (scrub == 0)
		return;
	int label = paint_text(paint, rest.row, rest.column, rest.columns, ROLE_DIM, "scrub") + 2;
	panel_scrub(
		paint, (struct area){rest.row, rest.column + label, scrub, rest.columns - label}, &picture);
}
