/*
 * panel_banner.c: the state of the store at a glance: its health in the first row of every screen, and the facts that
 * the overview begins with.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tui/panels.h"

enum role panel_health_role(enum health health)
{
	static const enum role roles[] = {
		[HEALTH_HEALTHY] = ROLE_HEALTHY,
		[HEALTH_DEGRADED] = ROLE_DEGRADED,
		[HEALTH_CRITICAL] = ROLE_CRITICAL,
		[HEALTH_UNKNOWN] = ROLE_ACCENT,
	};
	return roles[health];
}

static const char *reason(const struct view *view)
{
	if (view->check_count > 0)
		return view->checks[0].summary;
	switch (view->health) {
	case HEALTH_HEALTHY:
		return view->files > 0 ? "Every chunk has all its copies." : "Nothing is stored yet.";
	case HEALTH_UNKNOWN:
		return "The store has not been looked at yet.";
	default:
		return "";
	}
}

/* "3 m" of "3 m 10 s". Returns `out`. */
static char *rounded(char *out, size_t size, const char *duration)
{
	const char *end = strchr(duration, ' ');
	end = end != NULL ? strchr(end + 1, ' ') : NULL;
	snprintf(out, size, "%.*s", end != NULL ? (int)(end - duration) : (int)strlen(duration), duration);
	return out;
}

void panel_health(const struct paint *paint, struct area area, const struct picture *picture)
{
	const struct view *view = picture->view;
	area.column += 1;
	area.columns -= 2;
	unsigned role = panel_health_role(view->health);
	char badge[32], time[24];
	snprintf(badge, sizeof(badge), " %s %s ", paint->glyphs->health[view->health],
		health_name(view->health));
	int used = paint_text(paint, area.row, area.column, area.columns, role | STYLE_BADGE, badge);
	int column = area.column + used + 2, end = area.column + area.columns;
	if (area.columns >= 60) {
		const char *clock = panel_time(time, sizeof(time), picture->now_ms) + strlen("2026-11-02 ");
		end -= (int)strlen(clock);
		paint_text(paint, area.row, end, (int)strlen(clock), ROLE_DIM, clock);
		end -= 2;
	}
	bool healthy = view->health == HEALTH_HEALTHY;
	column += paint_text(paint, area.row, column, end - column, healthy ? ROLE_TEXT : role, reason(view));
	int64_t since_ms = picture->now_ms - view->health_since_ms;
	bool lasts = view->check_count > 0 || view->files > 0;
	if (lasts && view->health_since_ms > 0 && since_ms >= 0) {
		char exact[32], round[32];
		struct line line = line_begin(paint, area.row, column + 2, end - column - 2);
		text_duration(exact, sizeof(exact), since_ms);
		rounded(round, sizeof(round), exact);
		if (!line_add(&line, ROLE_DIM, "for %s", exact) &&
			!line_add(&line, ROLE_DIM, "for %s", round))
			line_add(&line, ROLE_DIM, "%s", round);
	}
}

static void add_repair(struct line *line, const struct view_repair *repair)
{
	char number[32], rate[16], eta[32];
	bool blocked = repair->state == REPAIR_BLOCKED;
	unsigned role = repair->state == REPAIR_IDLE ? ROLE_DIM : blocked ? ROLE_DEGRADED : ROLE_ACCENT;
	line_add(line, role, "repair %s", repair_state_name(repair->state));
	if (repair->queued > 0)
		line_add(line, role, "%s queued", paint_number(number, sizeof(number), repair->queued));
	if (repair->rate > 0)
		line_add(line, role, "%s/s", text_bytes(rate, sizeof(rate), (uint64_t)repair->rate));
	if (repair->eta_s >= 0 && repair->eta_s < 1e9 && repair->queued > 0)
		line_add(line, role, "%s left",
			text_duration(eta, sizeof(eta), (int64_t)(repair->eta_s * 1000)));
	if (repair->state != REPAIR_IDLE && repair->reason[0] != '\0')
		line_add(line, ROLE_DIM, "%s", repair->reason);
}

static void draw_facts(
	const struct paint *paint, struct area area, int row, bool repair, const struct picture *picture)
{
	const struct view *view = picture->view;
	char used[16], capacity[16], number[32];
	uint64_t used_bytes = 0;
	for (size_t i = 0; i < view->node_count; i++)
		if (view_node_answers(&view->nodes[i]))
			used_bytes += view->nodes[i].used_bytes;
	struct line line = line_begin(paint, row, area.column, area.columns);
	line_add(&line, view->nodes_up < view->node_count ? ROLE_DEGRADED : ROLE_TEXT, "%zu of %zu nodes up",
		view->nodes_up, view->node_count);
	if (repair && view->repair.state != REPAIR_IDLE)
		add_repair(&line, &view->repair);
	if (view->capacity_bytes > 0) {
		double fill = (double)used_bytes / (double)view->capacity_bytes;
		int percent = (int)(fill * 100);
		text_bytes(used, sizeof(used), used_bytes);
		text_bytes(capacity, sizeof(capacity), view->capacity_bytes);
		enum role role = fill < 0.85 ? ROLE_TEXT : panel_fill_role(fill);
		if (area.columns < 60 ||
			!line_add(&line, role, "%s of %s used (%d %%)", used, capacity, percent))
			line_add(&line, role, "%d %% used", percent);
	}
	bool one = view->replication_factor == 1;
	line_add(&line, ROLE_TEXT, "%u cop%s", view->replication_factor, one ? "y" : "ies");
	line_add(&line, ROLE_TEXT, "%s file%s", paint_number(number, sizeof(number), view->files),
		view->files == 1 ? "" : "s");
	if (picture->read_only)
		line_add(&line, ROLE_ACCENT, "read-only");
	if (view->rehearsal)
		line_add(&line, ROLE_ACCENT, "rehearsal");
	if (view->snapshots > 0)
		line_add(&line, ROLE_DIM, "%s snapshot%s",
			paint_number(number, sizeof(number), view->snapshots),
			view->snapshots == 1 ? "" : "s");
}

static void draw_place(
	const struct paint *paint, struct area area, int row, bool repair, const struct view *view)
{
	int used = paint_text(paint, row, area.column, area.columns / 2, ROLE_DIM, view->store);
	struct line line = line_begin(paint, row, area.column + used, area.columns - used);
	line.begun = used > 0;
	if (strcmp(view->maintenance_role, "self") == 0)
		line_add(&line, ROLE_DIM, "maintained here (pid %" PRId64 ")", view->maintenance_pid);
	else if (view->maintenance_pid > 0)
		line_add(&line, ROLE_DIM, "maintained by pid %" PRId64, view->maintenance_pid);
	else
		line_add(&line, ROLE_DIM, "maintained by nobody");
	if (repair)
		add_repair(&line, &view->repair);
}

void panel_facts(
	const struct paint *paint, struct area area, int taken, bool repair, const struct picture *picture)
{
	area.column += 1;
	area.columns -= 2;
	draw_facts(paint, area, area.row, repair && area.rows == 1, picture);
	if (area.rows > 1)
		draw_place(paint, (struct area){area.row, area.column, area.rows, area.columns - taken},
			area.row + 1, repair, picture->view);
}
