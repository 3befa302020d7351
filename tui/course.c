/*
 * course.c: remembers what views say one after the other.
 */
#include <assert.h>

#include "tui/course.h"

enum { LIMIT_MS = 5000 };

static bool has_work(const struct view_repair *repair)
{
	return repair->queued > 0 || repair->transfer_count > 0;
}

void course_follow(struct course *course, const struct view *view, int64_t tick_ms)
{
	const struct view_repair *repair = &view->repair;
	/* What another process has repaired is counted from its own beginning. */
	bool other =
		repair->repaired_bytes < course->bytes_before || repair->repaired < course->chunks_before;
	if (!has_work(repair)) {
		course->begun = false;
	} else if (!course->begun || other) {
		course->begun = true;
		course->bytes_before = repair->repaired_bytes;
		course->chunks_before = repair->repaired;
	}
	if (repair->grace_left_s < 0 || repair->state != REPAIR_GRACE)
		course->grace_s = 0;
	else if (repair->grace_left_s > course->grace_s)
		course->grace_s = repair->grace_left_s;
	bool overdue = tick_ms - course->limit_ms > LIMIT_MS;
	if (course->limit_asked && (repair->bandwidth == course->limit || overdue))
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

void course_ask_limit(struct course *course, uint64_t limit, int64_t tick_ms)
{
	course->limit_asked = true;
	course->limit = limit;
	course->limit_ms = tick_ms;
}

uint64_t course_limit(const struct course *course, const struct view *view)
{
	return course->limit_asked ? course->limit : view->repair.bandwidth;
}
