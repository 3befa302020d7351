/*
 * screen_jobs.c: the commands that were run from this console, the newest first.
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <stdio.h>
#include <string.h>

#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/panels.h"
#include "tui/table.h"

struct jobs_state {
	uint64_t job; /* the selected one's id; 0: the newest */
	size_t first;
};

enum { COLUMN_STATE, COLUMN_LINE, COLUMN_PROGRESS, COLUMN_BEGUN, COLUMN_TOOK, COLUMNS_ };

static const struct table_column columns[COLUMNS_] = {
	[COLUMN_STATE] = {"state", 9, 9, 1, false, false, 0},
	[COLUMN_LINE] = {"command", 12, 40, 0, false, true, 0},
	[COLUMN_PROGRESS] = {"outcome", 12, 60, 2, false, true, 0},
	[COLUMN_BEGUN] = {"begun", 8, 8, 4, false, false, 0},
	[COLUMN_TOOK] = {"took", 9, 9, 3, true, false, 0},
};

static struct job_list list_of(const struct console *console)
{
	return console->jobs != NULL ? *console->jobs : (struct job_list){0};
}

static size_t selected(const struct console *console)
{
	const struct jobs_state *state = console_state(console, SCREEN_JOBS);
	struct job_list list = list_of(console);
	for (size_t i = 0; i < list.count; i++)
		if (list.jobs[i]->id == state->job)
			return i;
	return 0;
}

static size_t visible(const struct console *console)
{
	return table_visible(console_body(console));
}

static void draw_job(const struct console *console, const struct paint *paint, struct area area, int row,
	const struct table_place *places, size_t at)
{
	const struct job *job = list_of(console).jobs[at];
	unsigned flags = table_row(paint, area, row, at == selected(console), false);
	char text[64], time[24];
	table_cell(paint, area, row, &columns[COLUMN_STATE], &places[COLUMN_STATE],
		panel_job_role(job) | flags, panel_job_word(job));
	table_cell(paint, area, row, &columns[COLUMN_LINE], &places[COLUMN_LINE],
		(flags != 0 ? (unsigned)ROLE_SELECTED : (unsigned)ROLE_TEXT) | flags, job->line);
	const struct table_place *progress = &places[COLUMN_PROGRESS];
	if (job->state != JOB_RUNNING)
		table_cell(paint, area, row, &columns[COLUMN_PROGRESS], progress,
			(job->state == JOB_FAILED ? (unsigned)ROLE_CRITICAL : (unsigned)ROLE_DIM) | flags,
			job->outcome);
	else if (progress->width > 0)
		panel_job_progress(paint, row, area.column + progress->at, progress->width, job, flags);
	panel_time(time, sizeof(time), job->started_ms);
	table_cell(paint, area, row, &columns[COLUMN_BEGUN], &places[COLUMN_BEGUN], ROLE_DIM | flags,
		time + strlen("2026-11-02 "));
	int64_t end_ms = job->ended_ms > 0 ? job->ended_ms : console->now_ms;
	table_cell(paint, area, row, &columns[COLUMN_TOOK], &places[COLUMN_TOOK], ROLE_DIM | flags,
		text_duration(text, sizeof(text), end_ms > job->started_ms ? end_ms - job->started_ms : 0));
}

static void jobs_draw(const struct console *console, const struct paint *paint)
{
	const struct jobs_state *state = console_state(console, SCREEN_JOBS);
	struct area area = console_body(console);
	struct table_place places[COLUMNS_];
	struct job_list list = list_of(console);
	char title[64];
	table_arrange(columns, COLUMNS_, area.columns, places);
	snprintf(title, sizeof(title), list.running > 0 ? "Jobs, %zu running" : "Jobs", list.running);
	table_heading(paint, area, title, columns, places, COLUMNS_, -1, false);
	struct area body = {area.row + 1, area.column, area.rows - 1, area.columns};
	if (list.count == 0)
		paint_wrapped(paint, (struct area){body.row, 2, body.rows, body.columns - 4}, 0, ROLE_DIM,
			"Nothing was run from here yet. Keys run commands, and ':' takes any command in the "
			"words of the shell.");
	for (size_t i = 0; i < visible(console) && state->first + i < list.count; i++)
		draw_job(console, paint, body, body.row + (int)i, places, state->first + i);
	table_scroll(paint, area, state->first, list.count);
}

static void jobs_settle(struct console *console)
{
	struct jobs_state *state = console_state(console, SCREEN_JOBS);
	state->first =
		layout_scroll(state->first, selected(console), visible(console), list_of(console).count);
}

static void choose(struct console *console, size_t at)
{
	struct jobs_state *state = console_state(console, SCREEN_JOBS);
	struct job_list list = list_of(console);
	if (at < list.count)
		state->job = at == 0 ? 0 : list.jobs[at]->id;
}

static void jobs_move(struct console *console, enum move move)
{
	choose(console, console_moved(selected(console), move, visible(console), list_of(console).count));
}

static void act_open(struct console *console)
{
	struct job_list list = list_of(console);
	if (list.count == 0)
		return;
	console->job = list.jobs[selected(console)]->id;
	console_push(console, SCREEN_JOB);
}

static void act_cancel(struct console *console)
{
	struct job_list list = list_of(console);
	console_cancel(console, list.count > 0 ? list.jobs[selected(console)] : NULL);
}

static void jobs_click(struct console *console, int row, int column, bool twice)
{
	const struct jobs_state *state = console_state(console, SCREEN_JOBS);
	size_t count = list_of(console).count;
	size_t at = table_at(console_body(console), state->first, count, row);
	(void)column;
	choose(console, at);
	if (twice && at < count)
		act_open(console);
}

static const struct key jobs_keys[] = {
	{{'\n', '\r', KEY_ENTER}, "Enter", "output", "Shows all that the selected job said.", 2, false, false,
		act_open},
	{{'x'}, "x", "cancel", "Interrupts the selected job; asks first.", 2, false, false, act_cancel},
	{.act = NULL},
};

const struct screen_ops screen_jobs = {
	.name = "Jobs",
	.state_size = sizeof(struct jobs_state),
	.keys = jobs_keys,
	.key_sets = KEYS_MOVE | KEYS_TAB,
	.draw = jobs_draw,
	.settle = jobs_settle,
	.move = jobs_move,
	.click = jobs_click,
};
