/*
 * network_foot.c: below the matrix: the link under the cursor, in words, and what is wrong with how many of all.
 */
#include <stdio.h>

#include "tui/network_matrix.h"

/* What is known of a link in a few words, and how bad that is. */
static enum role tell(char *out, size_t size, const struct view_link *link, bool itself)
{
	char number[LINK_TEXT_BYTES];
	if (itself) {
		snprintf(out, size, "itself");
		return ROLE_DIM;
	}
	if (link_is_cut(link)) {
		snprintf(out, size, "cut, nothing passes");
		return ROLE_CRITICAL;
	}
	if (link != NULL && link->latency_ms >= 0) {
		snprintf(out, size, link->latency_ms < 99.95 ? "%.1f ms" : "%.0f ms", link->latency_ms);
		return ROLE_STRONG;
	}
	if (link_latency(link) >= 0) {
		double set_ms = link_latency(link);
		snprintf(out, size, "%s%s, as it is set", link_latency_text(number, set_ms),
			set_ms < 999.5 ? " ms" : "");
		return ROLE_STRONG;
	}
	snprintf(out, size, "not measured");
	return ROLE_DIM;
}

static void draw_settings(const struct paint *paint, struct area area, const struct view_link *link)
{
	char text[LINK_SENTENCE_BYTES];
	if (link_is_set(link))
		paint_format(paint, area.row, area.column, area.columns, ROLE_DEGRADED, "set: %s",
			link_settings_text(text, &link->simulated));
	else
		paint_text(paint, area.row, area.column, area.columns, ROLE_DIM,
			link_is_cut(link) ? "set: cut" : "nothing is set: it is as good as new");
}

void link_matrix_draw_link(const struct console *console, const struct paint *paint, struct area area,
	const struct link_cursor *cursor)
{
	const struct view *view = console->view;
	const struct view_link *link = network_link(view, cursor->from, cursor->to);
	bool itself = cursor->from == cursor->to;
	char text[512], how[64], settings[LINK_SENTENCE_BYTES];
	if (area.rows < 1)
		return;
	enum role role = tell(how, sizeof(how), link, itself);
	if (itself)
		snprintf(text, sizeof(text), "%.200s: %s", axis_name(view, cursor->from), how);
	else
		snprintf(text, sizeof(text), "%.200s \xe2\x86\x92 %.200s: %s", axis_name(view, cursor->from),
			axis_name(view, cursor->to), how);
	struct area below = {area.row + 1, area.column + 1, area.rows - 1, area.columns - 2};
	if (below.rows > 0 && !itself)
		draw_settings(paint, below, link);
	struct line line = line_begin(paint, area.row, area.column + 1, area.columns - 2);
	if (!line_add(&line, role, "%s", text)) {
		paint_text(paint, area.row, area.column + 1, area.columns - 2, role, text);
		return;
	}
	if (below.rows <= 0 && link_is_set(link))
		line_add(&line, ROLE_DEGRADED, "set: %s", link_settings_text(settings, &link->simulated));
	if (cursor->from >= 0 && cursor->to >= 0 && !itself)
		line_add(&line, ROLE_DIM, "zone %s to zone %s", axis_zone(view, cursor->from),
			axis_zone(view, cursor->to));
	else if (cursor->to >= 0)
		line_add(&line, ROLE_DIM, "zone %s", axis_zone(view, cursor->to));
}

/* How many of all links are in which way not as they should be. */
struct tally {
	size_t known, cut, set, slow, lossy;
	const struct view_link *slowest; /* or NULL */
};

static struct tally count(const struct view *view)
{
	struct tally tally = {0};
	for (size_t i = 0; i < view->link_count; i++) {
		const struct view_link *link = &view->links[i];
		bool cut = link_is_cut(link), timed = !cut && link_latency(link) >= 0;
		tally.cut += cut;
		tally.known += cut || timed;
		tally.set += link_is_set(link);
		tally.slow += timed && link_heat(link, LINK_LATENCY) >= HEAT_STEPS - 2;
		tally.lossy += link->simulated.loss > 0;
		if (timed && (tally.slowest == NULL || link_latency(link) > link_latency(tally.slowest)))
			tally.slowest = link;
	}
	return tally;
}

void link_matrix_draw_summary(const struct console *console, const struct paint *paint, struct area area)
{
	const struct view *view = console->view;
	const struct tally tally = count(view);
	char number[32], latency[LINK_TEXT_BYTES];
	if (area.rows < 1)
		return;
	struct line line = line_begin(paint, area.row, area.column + 1, area.columns - 2);
	if (tally.cut > 0)
		line_add(&line, ROLE_CRITICAL, "%s %s cut", paint->glyphs->health[HEALTH_CRITICAL],
			paint_number(number, sizeof(number), tally.cut));
	else
		line_add(&line, ROLE_DIM, "none cut");
	if (console->marks.count > 0)
		line_add(&line, ROLE_ACCENT, "%zu marked", console->marks.count);
	if (tally.slow > 0)
		line_add(&line, ROLE_DEGRADED, "%s slow", paint_number(number, sizeof(number), tally.slow));
	if (tally.lossy > 0)
		line_add(&line, ROLE_DEGRADED, "%s lose something",
			paint_number(number, sizeof(number), tally.lossy));
	line_add(&line, ROLE_DIM, "%s set", paint_number(number, sizeof(number), tally.set));
	line_add(&line, ROLE_DIM, "%s links known", paint_number(number, sizeof(number), tally.known));
	if (tally.slowest == NULL)
		return;
	double slowest_ms = link_latency(tally.slowest);
	line_add(&line, ROLE_DIM, "slowest %s \xe2\x86\x92 %s: %s%s", axis_name(view, tally.slowest->from),
		axis_name(view, tally.slowest->to), link_latency_text(latency, slowest_ms),
		slowest_ms < 999.5 ? " ms" : "");
}
