/*
 * panel_jobs.c: how far a command that runs in the background has come.
 */
#include <stdio.h>

#include "tui/jobs.h"
#include "tui/panels.h"

enum { BAR = 16, BAR_SHORT = 8, BAR_FROM = 60, BAR_SHORT_FROM = 26, PROGRESS = 46 };

enum role panel_job_role(const struct job *job)
{
	static const enum role roles[] = {
		[JOB_RUNNING] = ROLE_ACCENT,
		[JOB_DONE] = ROLE_HEALTHY,
		[JOB_FAILED] = ROLE_CRITICAL,
		[JOB_CANCELLED] = ROLE_DEGRADED,
	};
	return roles[job->state];
}

const char *panel_job_word(const struct job *job)
{
	static const char *const words[] = {
		[JOB_RUNNING] = "running",
		[JOB_DONE] = "done",
		[JOB_FAILED] = "failed",
		[JOB_CANCELLED] = "cancelled",
	};
	return job->state == JOB_RUNNING && job->cancels > 0 ? "ending" : words[job->state];
}

/*
 * The share that is done, or a negative number while nobody knows. What grew meanwhile may be further than its total.
 */
static double share(const struct job *job)
{
	double done = -1;
	if (job->bytes_total > 0)
		done = (double)job->bytes_done / (double)job->bytes_total;
	else if (job->files_total > 0)
		done = (double)job->files_done / (double)job->files_total;
	return done < 1 ? done : 1;
}

void panel_job_progress(
	const struct paint *paint, int row, int column, int columns, const struct job *job, unsigned flags)
{
	double done = share(job);
	int end = column + columns, bar = columns >= BAR_FROM         ? BAR
					  : columns >= BAR_SHORT_FROM ? BAR_SHORT
								      : 0;
	char text[32], total[32];
	if (done >= 0 && bar > 0) {
		paint_bar(paint, row, column, bar, done, ROLE_BAR | flags);
		column += bar + 1;
	}
	struct line line = line_begin(paint, row, column, end - column);
	if (done >= 0)
		line_add(&line, ROLE_TEXT | flags, "%2d %%", (int)(done * 100));
	else if (job->bytes_done > 0)
		line_add(&line, ROLE_TEXT | flags, "%s", text_bytes(text, sizeof(text), job->bytes_done));
	if (job->rate >= 1)
		line_add(
			&line, ROLE_DIM | flags, "%s/s", text_bytes(text, sizeof(text), (uint64_t)job->rate));
	if (job->left_ms > 0)
		line_add(&line, ROLE_DIM | flags, "%s left",
			text_duration(text, sizeof(text), (job->left_ms / 1000 + 1) * 1000));
	if (job->files_total > 1)
		line_add(&line, ROLE_DIM | flags, "%s of %s",
			paint_number(text, sizeof(text), job->files_done),
			paint_number(total, sizeof(total), job->files_total));
	if (job->name[0] != '\0')
		line_add(&line, ROLE_DIM | flags, "%s", job->name);
}

void panel_job_line(const struct paint *paint, struct area area, const struct job_list *jobs)
{
	const struct job *newest = NULL;
	for (size_t i = 0; i < jobs->count && newest == NULL; i++)
		if (jobs->jobs[i]->state == JOB_RUNNING)
			newest = jobs->jobs[i];
	if (newest == NULL)
		return;
	int end = area.column + area.columns;
	if (jobs->running > 1) {
		char others[32];
		int length = snprintf(others, sizeof(others), "and %zu more", jobs->running - 1);
		end -= length;
		paint_text(paint, area.row, end, length, ROLE_DIM, others);
		end -= 2;
	}
	/* The words get what the progress leaves, and a third at least. */
	int column = area.column, room = end - column;
	int words = room - PROGRESS > room / 3 ? room - PROGRESS : room / 3;
	column += paint_text(paint, area.row, column, words, ROLE_ACCENT, newest->line) + 2;
	panel_job_progress(paint, area.row, column, end - column, newest, 0);
}
