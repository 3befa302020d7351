/*
 * screen_verdict.c: how a scenario went, as one scrolling page: passed or not and why, each expectation, the time
 * spent in each health, what it came to at worst, what was lost, copied, and verified.
 */
#include <inttypes.h>
#include <stdio.h>

#include "tui/keys.h"
#include "tui/page.h"
#include "tui/panels.h"

enum { LABEL = 11, TEXT_BYTES = 256, BAR_MOST = 40 };

struct verdict_state {
	size_t first; /* row of the page in sight */
};

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

/* A label at the left, and beside it a text that may take several rows. */
static void add_fact(struct page *page, const char *label, unsigned style, const char *text)
{
	size_t at = page->row;
	page_text(page, 1 + LABEL, style, text);
	struct page beside = *page;
	beside.row = at;
	int row = page->row > at ? page_row(&beside) : -1;
	if (row >= 0)
		paint_text(page->paint, row, page->area.column + 1, LABEL - 1, ROLE_DIM, label);
}

static void add_headline(struct page *page, const struct verdict *verdict)
{
	char text[TEXT_BYTES], time[32];
	unsigned role = verdict->passed ? ROLE_HEALTHY : ROLE_CRITICAL;
	int row = page_row(page);
	if (row >= 0) {
		int column = page->area.column + 1, end = page->area.column + page->area.columns - 1;
		column += paint_format(page->paint, row, column, end - column, role | STYLE_BADGE, " %s %s ",
				  page->glyphs->health[verdict->passed ? HEALTH_HEALTHY : HEALTH_CRITICAL],
				  verdict->passed ? "PASSED" : "FAILED") +
			  1;
		paint_text(page->paint, row, column, end - column, ROLE_STRONG, verdict->scenario);
	}
	if (verdict->failure[0] != '\0')
		page_text(page, 1, ROLE_CRITICAL, verdict->failure);
	if (verdict->about != NULL)
		page_text(page, 1, ROLE_DIM, verdict->about);
	page_row(page);
	snprintf(text, sizeof(text), "%s, %s time, seed %" PRIu64,
		text_duration(time, sizeof(time), verdict->duration_ms),
		verdict->virtual_clock ? "virtual" : "real", verdict->seed);
	add_fact(page, "played", ROLE_TEXT, text);
}

static void add_recovery(struct page *page, const struct verdict *verdict)
{
	char text[TEXT_BYTES], after[32], longest[32];
	text_duration(after, sizeof(after), verdict->healthy_after_ms);
	text_duration(longest, sizeof(longest), verdict->longest_unhealthy_ms);
	if (verdict->healthy_after_ms == 0)
		snprintf(text, sizeof(text), "it was HEALTHY all the time");
	else if (verdict->healthy_after_ms < 0)
		snprintf(text, sizeof(text), "it was not HEALTHY in the end; at most %s at a time without",
			longest);
	else
		snprintf(text, sizeof(text),
			"HEALTHY for good %s after the first trouble; at most %s at a time without", after,
			longest);
	add_fact(page, "recovery", verdict->healthy_after_ms < 0 ? ROLE_CRITICAL : ROLE_TEXT, text);
}

/* How much of the time in each health, as bars on one scale. */
static void add_times(struct page *page, const struct verdict *verdict)
{
	double all = 0;
	for (int health = 0; health < HEALTH_UNKNOWN; health++)
		all += (double)verdict->in_state_ms[health];
	for (int health = 0; health < HEALTH_UNKNOWN; health++) {
		char time[32];
		double share = all > 0 ? (double)verdict->in_state_ms[health] / all : 0;
		int row = page_row(page), column = page->area.column + 1;
		int room = page->area.columns - LABEL - 24;
		if (row < 0)
			continue;
		unsigned role = share > 0 ? panel_health_role((enum health)health) : ROLE_DIM;
		paint_text(page->paint, row, column, LABEL - 1, role, health_name((enum health)health));
		column += LABEL;
		if (room >= 8) {
			int width = room < BAR_MOST ? room : BAR_MOST;
			paint_bar(page->paint, row, column, width, share, role);
			column += width + 1;
		}
		paint_format(page->paint, row, column, page->area.column + page->area.columns - column - 1,
			share > 0 ? ROLE_TEXT : ROLE_DIM, "%3.0f %%  %s", share * 100,
			text_duration(time, sizeof(time), verdict->in_state_ms[health]));
	}
}

static void add_sums(struct page *page, const struct verdict *verdict)
{
	char text[TEXT_BYTES], first[48], second[48], third[48];
	uint64_t unavailable = verdict->peak_unavailable;
	snprintf(text, sizeof(text), "%s chunk%s at risk, %s on the last copy, %s out of reach",
		paint_number(first, sizeof(first), verdict->peak_at_risk), plural(verdict->peak_at_risk),
		paint_number(second, sizeof(second), verdict->peak_last_copy),
		paint_number(third, sizeof(third), unavailable));
	add_fact(page, "at worst", unavailable > 0 ? ROLE_DEGRADED : ROLE_TEXT, text);
	snprintf(text, sizeof(text), "%s", text_bytes(first, sizeof(first), verdict->bytes_lost));
	add_fact(page, "lost", verdict->bytes_lost > 0 ? ROLE_CRITICAL : ROLE_HEALTHY, text);
	snprintf(text, sizeof(text), "%s, %s of these in vain",
		text_bytes(first, sizeof(first), verdict->bytes_repaired),
		text_bytes(second, sizeof(second), verdict->bytes_unneeded));
	add_fact(page, "repaired", ROLE_TEXT, text);
	snprintf(text, sizeof(text), "%s version%s, %s, byte for byte",
		paint_number(first, sizeof(first), verdict->verified), plural(verdict->verified),
		text_bytes(second, sizeof(second), verdict->verified_bytes));
	add_fact(page, "verified", verdict->verified > 0 ? ROLE_TEXT : ROLE_DIM, text);
	add_fact(page, "events", ROLE_TEXT, paint_number(first, sizeof(first), verdict->events));
}

static void add_expectation(struct page *page, const struct verdict_expectation *expectation)
{
	char text[1024], time[32];
	size_t at = page->row;
	unsigned role = expectation->met ? ROLE_HEALTHY : ROLE_CRITICAL;
	snprintf(text, sizeof(text), "line %u, %s after %s: %s", expectation->line,
		expectation->met ? "met" : "not met", text_duration(time, sizeof(time), expectation->took_ms),
		expectation->text);
	page_text(page, 3, ROLE_TEXT, text);
	struct page beside = *page;
	beside.row = at;
	int row = page->row > at ? page_row(&beside) : -1;
	if (row >= 0)
		paint_text(page->paint, row, page->area.column + 1, 1, role,
			page->glyphs->health[expectation->met ? HEALTH_HEALTHY : HEALTH_CRITICAL]);
	if (!expectation->met && expectation->found[0] != '\0')
		page_text(page, 3, ROLE_CRITICAL, expectation->found);
}

/* Draws the page, or with no `paint` counts its rows. */
static size_t fill(const struct console *console, const struct paint *paint, struct area area, size_t first)
{
	const struct verdict *verdict = console->verdict;
	struct page page = {paint, console->glyphs, area, first, 0};
	page.area.columns--; /* for the scroll bar */
	add_headline(&page, verdict);
	add_recovery(&page, verdict);
	add_times(&page, verdict);
	add_sums(&page, verdict);
	if (verdict->expectation_count > 0)
		page_heading(&page, "Expected");
	for (size_t i = 0; i < verdict->expectation_count; i++)
		add_expectation(&page, &verdict->expectations[i]);
	return page.row;
}

/* Below the title. */
static struct area verdict_area(const struct console *console)
{
	struct area body = console_body(console);
	return (struct area){body.row + 1, body.column, body.rows - 1, body.columns};
}

static void verdict_draw(const struct console *console, const struct paint *paint)
{
	const struct verdict_state *state = console_state(console, SCREEN_VERDICT);
	struct area area = verdict_area(console);
	paint_title(paint, console_body(console), "Verdict");
	if (console->verdict == NULL)
		return;
	size_t rows = fill(console, paint, area, state->first);
	paint_scroll(paint, area, state->first, (size_t)area.rows, rows);
}

static size_t last_first(const struct console *console)
{
	struct area area = verdict_area(console);
	size_t total = fill(console, NULL, area, 0), visible = area.rows > 0 ? (size_t)area.rows : 1;
	return total > visible ? total - visible : 0;
}

static void verdict_settle(struct console *console)
{
	struct verdict_state *state = console_state(console, SCREEN_VERDICT);
	size_t last = console->verdict != NULL ? last_first(console) : 0;
	state->first = state->first < last ? state->first : last;
}

static void verdict_move(struct console *console, enum move move)
{
	struct verdict_state *state = console_state(console, SCREEN_VERDICT);
	int rows = verdict_area(console).rows;
	if (console->verdict != NULL)
		state->first = console_moved(
			state->first, move, rows > 0 ? (size_t)rows : 1, last_first(console) + 1);
}

static void verdict_enter(struct console *console)
{
	struct verdict_state *state = console_state(console, SCREEN_VERDICT);
	state->first = 0;
}

void console_show_verdict(struct console *console)
{
	/* One that could not be played to its end has none. */
	if (console->verdict == NULL || console_sees(console, SCREEN_VERDICT) ||
		console->depth >= SCREEN_DEPTH || console_screen(console)->popup)
		return;
	console_push(console, SCREEN_VERDICT);
}

const struct screen_ops screen_verdict = {
	.name = "Verdict",
	.state_size = sizeof(struct verdict_state),
	.key_sets = KEYS_MOVE | KEYS_CHANGE | KEYS_BACK,
	.draw = verdict_draw,
	.enter = verdict_enter,
	.settle = verdict_settle,
	.move = verdict_move,
};
