/*
 * course.c: remembers what views say one after the other.
 */
#include <assert.h>
#include <string.h>

#include "tui/course.h"

static bool has_work(const struct view_repair *repair)
{
	return repair->queued > 0 || repair->transfer_count > 0;
}

static void push_rate(struct course *course, double rate)
{
	if (course->rate_count == COURSE_RATES) {
		memmove(course->rates, course->rates + 1, (COURSE_RATES - 1) * sizeof(*course->rates));
		course->rate_count--;
	}
	course->rates[course->rate_count++] = rate;
}

/* Where no view came in a second, nothing had changed since the one before. */
static void follow_rate(struct course *course, const struct view *view)
{
	double before = course->rate_count > 0 ? course->rates[course->rate_count - 1] : 0;
	int64_t past_s = (view->time_ms - course->rate_ms) / 1000;
	if (course->rate_ms == 0 || past_s < 0 || past_s > COURSE_RATES) {
		course->rate_count = 0;
		course->rate_ms = view->time_ms;
		push_rate(course, view->repair.rate);
		return;
	}
	for (int64_t i = 1; i < past_s; i++)
		push_rate(course, before);
	if (past_s > 0) {
		push_rate(course, view->repair.rate);
		course->rate_ms += past_s * 1000;
	}
	course->rates[course->rate_count - 1] = view->repair.rate;
}

void course_follow(struct course *course, const struct view *view)
{
	const struct view_repair *repair = &view->repair;
	/* What another process has repaired is counted from its own beginning. */
	bool other =
		repair->repaired_bytes < course->bytes_before || repair->repaired < course->chunks_before;
	if (!has_work(repair)) {
		course->begun = false;
	} else if (!course->begun || other) {
		course->begun = true;
		course->began_ms = view->time_ms;
		course->bytes_before = repair->repaired_bytes;
		course->chunks_before = repair->repaired;
	}
	if (repair->grace_left_s < 0 || repair->state != REPAIR_GRACE)
		course->grace_s = 0;
	else if (repair->grace_left_s > course->grace_s)
		course->grace_s = repair->grace_left_s;
	follow_rate(course, view);
	if (course->limit_asked && repair->bandwidth == course->limit)
		course->limit_asked = false;
}

struct course_progress course_progress(const struct course *course, const struct view *view)
{
	const struct view_repair *repair = &view->repair;
	struct course_progress progress = {.ratio = -1};
	if (!has_work(repair))
		return progress;
	if (course->begun) {
		progress.done_bytes = repair->repaired_bytes - course->bytes_before;
		progress.done_chunks = repair->repaired - course->chunks_before;
	}
	progress.total_bytes = progress.done_bytes + repair->queued_bytes;
	progress.total_chunks = progress.done_chunks + repair->queued;
	/* What is under way counts too, so that few large chunks do not seem to stand still. */
	double done = (double)progress.done_bytes;
	for (size_t i = 0; i < repair->transfer_count; i++)
		done += (double)repair->transfers[i].done_bytes;
	progress.ratio = progress.total_bytes > 0 ? done / (double)progress.total_bytes
			 : progress.total_chunks > 0
				 ? (double)progress.done_chunks / (double)progress.total_chunks
				 : 0;
	progress.ratio = progress.ratio < 1 ? progress.ratio : 1;
	assert(progress.ratio >= 0);
	return progress;
}

uint64_t course_limit(const struct course *course, const struct view *view)
{
	return course->limit_asked ? course->limit : view->repair.bandwidth;
}
