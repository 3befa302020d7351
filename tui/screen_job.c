/*
 * screen_job.c: all that one job said, as a page that follows its end until it is scrolled.
 */
#include <stdio.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/keys.h"
#include "tui/panels.h"

enum { LINE_BYTES = 4096 };

struct job_state_ {
	size_t first; /* line of the output in sight */
	bool held;    /* else the end is in sight while it runs, the beginning when it is over */
};

static const struct job *find_job(const struct console *console)
{
	return console->jobs != NULL ? job_list_find(console->jobs, console->job) : NULL;
}

static struct area text_area(const struct console *console)
{
	struct area body = console_body(console);
	return (struct area){body.row + 2, body.column, body.rows - 2, body.columns};
}

/*
 * Copies the line at `text`, without its end; returns where the next one begins. A very long one goes on there, in a
 * row of its own.
 */
static const char *take_line(char line[LINE_BYTES], const char *text)
{
	size_t length = strcspn(text, "\n");
	if (length >= LINE_BYTES) {
		length = LINE_BYTES - 1;
		while (length > LINE_BYTES / 2 && ((unsigned char)text[length] & 0xc0) == 0x80)
			length--;
	}
	memcpy(line, text, length);
	line[length] = '\0';
	return text + length + (text[length] == '\n');
}

/* Rows of the output when it is wrapped. */
static size_t count_rows(const char *text, int columns)
{
	char line[LINE_BYTES];
	size_t rows = 0;
	while (*text != '\0') {
		text = take_line(line, text);
		int wrapped = cells_wrap_rows(line, columns, columns);
		rows += wrapped > 0 ? (size_t)wrapped : 1;
	}
	return rows;
}

static void draw_output(const struct paint *paint, struct area area, const char *text, size_t first)
{
	char line[LINE_BYTES], row[LINE_BYTES];
	size_t at = 0, end = first + (size_t)area.rows;
	int columns = area.columns - 3;
	while (*text != '\0' && at < end) {
		text = take_line(line, text);
		const char *next = line;
		do {
			const char *begin = next;
			size_t taken = cells_wrap(begin, columns, &next);
			snprintf(row, sizeof(row), "%.*s", (int)taken, begin);
			if (at >= first && at < end)
				paint_text(paint, area.row + (int)(at - first), area.column + 1, columns,
					ROLE_TEXT, row);
			at++;
		} while (next != NULL);
	}
}

static const char *output_of(const struct job *job)
{
	return job->output_length > 0 ? job->output : "";
}

static void job_draw(const struct console *console, const struct paint *paint)
{
	const struct job_state_ *state = console_state(console, SCREEN_JOB);
	const struct job *job = find_job(console);
	struct area body = console_body(console), area = text_area(console);
	if (job == NULL)
		return;
	char title[512], took[32];
	snprintf(title, sizeof(title), "%.500s", job->line);
	paint_title(paint, body, title);
	int column = 1 + paint_text(paint, body.row + 1, 1, 12, panel_job_role(job), panel_job_word(job)) + 2;
	if (job->state == JOB_RUNNING) {
		panel_job_progress(paint, body.row + 1, column, body.columns - column - 1, job, 0);
	} else {
		struct line line = line_begin(paint, body.row + 1, column, body.columns - column - 1);
		line_add(&line, ROLE_DIM, "took %s",
			text_duration(took, sizeof(took), job->ended_ms - job->started_ms));
		if (job->exit_code != 0)
			line_add(&line, ROLE_DIM, "exit status %d", job->exit_code);
		if (job->dropped > 0)
			line_add(&line, ROLE_DEGRADED, "its first %s are not kept",
				text_bytes(took, sizeof(took), job->dropped));
	}
	if (job->output_length == 0)
		paint_text(paint, area.row, 1, area.columns - 2, ROLE_DIM,
			job->state == JOB_RUNNING ? "It has said nothing yet." : "It said nothing.");
	draw_output(paint, area, output_of(job), state->first);
	paint_scroll(
		paint, area, state->first, (size_t)area.rows, count_rows(output_of(job), area.columns - 3));
}

static void job_settle(struct console *console)
{
	struct job_state_ *state = console_state(console, SCREEN_JOB);
	const struct job *job = find_job(console);
	struct area area = text_area(console);
	if (job == NULL || area.rows < 1)
		return;
	size_t rows = count_rows(output_of(job), area.columns - 3), page = (size_t)area.rows;
	size_t last = rows > page ? rows - page : 0;
	if (!state->held && job->state == JOB_RUNNING)
		state->first = last;
	state->first = state->first < last ? state->first : last;
}

static void job_move(struct console *console, enum move move)
{
	struct job_state_ *state = console_state(console, SCREEN_JOB);
	const struct job *job = find_job(console);
	struct area area = text_area(console);
	if (job == NULL || area.rows < 1)
		return;
	state->held = move != MOVE_LAST;
	state->first = console_moved(
		state->first, move, (size_t)area.rows, count_rows(output_of(job), area.columns - 3));
}

static void job_enter(struct console *console)
{
	*(struct job_state_ *)console_state(console, SCREEN_JOB) = (struct job_state_){0};
}

static void act_cancel(struct console *console)
{
	console_cancel(console, find_job(console));
}

static const struct key job_keys[] = {
	{{'x'}, "x", "cancel", "Interrupts the job, if it still runs; asks first.", 2, false, false,
		act_cancel},
	{.act = NULL},
};

const struct screen_ops screen_job = {
	.name = "Output of a job",
	.state_size = sizeof(struct job_state_),
	.keys = job_keys,
	.key_sets = KEYS_MOVE | KEYS_CHANGE | KEYS_BACK,
	.draw = job_draw,
	.enter = job_enter,
	.settle = job_settle,
	.move = job_move,
};
