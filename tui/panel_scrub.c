/*
 * panel_scrub.c: the pass that verifies all copies: how far it is, how fast, and what it has found.
 */
#include "tui/panels.h"

enum { WIDE = 60 };

/* "verified within 3 d 4 h": how long ago the copy that waits longest was looked at. */
static void add_verified(struct line *line, const struct picture *picture)
{
	const struct view_scrub *scrub = &picture->view->scrub;
	char duration[32], day[24];
	int64_t past_ms = picture->now_ms - scrub->oldest_verified_ms;
	if (picture->view->chunks.total == 0)
		return;
	if (scrub->oldest_verified_ms <= 0) {
		line_add(line, ROLE_DEGRADED, "not all copies verified yet");
		return;
	}
	text_duration(duration, sizeof(duration), past_ms < 1000 ? 1000 : past_ms / 1000 * 1000);
	panel_time(day, sizeof(day), scrub->oldest_verified_ms);
	if (line_add(line, ROLE_TEXT, "every copy was verified in the last %s", duration))
		line_add(line, ROLE_DIM, "since %.16s", day);
	else
		line_add(line, ROLE_TEXT, "all verified in %s", duration);
}

static void add_bad(struct line *line, const struct view_scrub *scrub)
{
	char number[32];
	if (scrub->bad > 0)
		line_add(line, ROLE_CRITICAL, "%s bad cop%s found",
			paint_number(number, sizeof(number), scrub->bad), scrub->bad == 1 ? "y" : "ies");
	else
		line_add(line, ROLE_DIM, "none bad");
}

/* Seconds to go, reckoned from chunks of the usual size; negative when unknown. */
static double seconds_left(const struct view *view)
{
	const struct view_scrub *scrub = &view->scrub;
	uint64_t chunks = view->chunks.total;
	if (scrub->rate <= 0 || chunks == 0 || scrub->total < scrub->done)
		return -1;
	/* A chunk has as many copies to be read as it has on average. */
	double bytes = (double)view->stored_bytes / (double)chunks;
	return (double)(scrub->total - scrub->done) * bytes / scrub->rate;
}

static void draw_running(const struct paint *paint, struct area area, const struct picture *picture)
{
	const struct view_scrub *scrub = &picture->view->scrub;
	char done[32], total[32], rate[16], duration[32];
	int bar = area.columns >= WIDE ? area.columns / 4 : 8;
	double ratio = scrub->total > 0 ? (double)scrub->done / (double)scrub->total : 0;
	paint_bar(paint, area.row, area.column, bar, ratio, ROLE_BAR);
	struct line line = line_begin(paint, area.row, area.column + bar + 1, area.columns - bar - 1);
	line_add(&line, ROLE_STRONG, "%3d %%", (int)((ratio < 1 ? ratio : 1) * 100));
	if (scrub->rate > 0)
		line_add(&line, ROLE_TEXT, "%s/s", text_bytes(rate, sizeof(rate), (uint64_t)scrub->rate));
	if (scrub->bad > 0)
		add_bad(&line, scrub);
	double left = seconds_left(picture->view);
	if (left >= 0 && left < 1e9)
		line_add(&line, ROLE_TEXT, "%s left",
			text_duration(duration, sizeof(duration), (int64_t)(left < 1 ? 1 : left) * 1000));
	line_add(&line, ROLE_DIM, "%s of %s chunks", paint_number(done, sizeof(done), scrub->done),
		paint_number(total, sizeof(total), scrub->total));
	if (scrub->bad == 0)
		add_bad(&line, scrub);
}

void panel_scrub(const struct paint *paint, struct area area, const struct picture *picture)
{
	const struct view_scrub *scrub = &picture->view->scrub;
	if (area.rows < 1)
		return;
	if (scrub->running)
		draw_running(paint, area, picture);
	if (scrub->running && area.rows < 2)
		return;
	int row = area.row + (scrub->running ? 1 : 0);
	struct line line = line_begin(paint, row, area.column, area.columns);
	if (!scrub->running)
		line_add(&line, ROLE_TEXT, area.columns >= WIDE ? "not running" : "at rest");
	add_verified(&line, picture);
	if (!scrub->running && scrub->bad > 0)
		add_bad(&line, scrub);
}
