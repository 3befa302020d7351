/*
 * screen_loss.c: what would happen if some nodes were lost, before anything does.
 *
 * The nodes are the ones that are marked, when it is opened where these can be seen, else the selected one; they are
 * remembered by name and stay the same while the screen is open. The verdict comes first, in one sentence;
 * then how many versions of files and chunks would be left with how little, what repair would do about it, and which
 * files, the worst first.
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/asking.h"
#include "tui/cells.h"
#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/loss.h"
#include "tui/nodes_layout.h"
#include "tui/panels.h"
#include "tui/table.h"

enum { SUBJECT_BYTES = 256 };

struct loss_state {
	char **names;
	size_t count;
	struct asking asking;
	size_t first; /* file in sight */
};

static struct loss_state *loss_state(const struct console *console)
{
	return console_state(console, SCREEN_LOSS);
}

static const struct answer *loss_answer(const struct console *console)
{
	return asking_answer(console, QUESTION_LOSS, &loss_state(console)->asking);
}

/* ---- which nodes ---- */

static void forget(struct loss_state *state)
{
	for (size_t i = 0; i < state->count; i++)
		free(state->names[i]);
	free(state->names);
	*state = (struct loss_state){0};
}

static void loss_release(void *state)
{
	forget(state);
}

static int remember(struct loss_state *state, const char *const *names, size_t count)
{
	forget(state);
	state->names = calloc(count, sizeof(*state->names));
	if (state->names == NULL)
		return -1;
	for (; state->count < count; state->count++) {
		state->names[state->count] = strdup(names[state->count]);
		if (state->names[state->count] == NULL) {
			forget(state);
			return -1;
		}
	}
	return 0;
}

static void loss_enter(struct console *console)
{
	struct loss_state *state = loss_state(console);
	const struct view_node *node = console_node(console);
	const struct marks *marks = &console->marks;
	enum screen_id below = console->depth >= 2 ? console->stack[console->depth - 2] : SCREENS;
	bool shows_marks = below == SCREEN_NODES || below == SCREEN_NETWORK;
	int result = 0;
	if (shows_marks && marks->count > 0)
		result = remember(state, (const char *const *)marks->names, marks->count);
	else if (node != NULL)
		result = remember(state, &node->name, 1);
	if (result != 0)
		console_message(console, true, "There is no memory left to ask.");
}

/* ---- drawing ---- */

static void draw_verdict(const struct console *console, const struct paint *paint, struct area area,
	const struct answer *answer)
{
	const struct loss_state *state = loss_state(console);
	char text[LOSS_TEXT_BYTES];
	enum health health = loss_verdict(answer, (const char *const *)state->names, state->count, text);
	unsigned role = panel_health_role(health);
	paint_text(paint, area.row, area.column + 1, 1, role, paint->glyphs->health[health]);
	struct area rest = {area.row, area.column + 1, area.rows, area.columns - 2};
	paint_wrapped(paint, rest, 2, role | STYLE_BADGE, text);
}

struct count_row {
	const char *label;
	uint64_t files, chunks;
	enum role role;
};

static void draw_count(
	const struct paint *paint, struct area row, const struct count_row *count, double ratio)
{
	char files[32], chunks[32], text[96];
	bool none = count->files == 0 && count->chunks == 0;
	unsigned style = none ? ROLE_DIM : count->role;
	int used = paint_text(paint, row.row, row.column, 14, style, count->label);
	snprintf(text, sizeof(text), "%9s %s", paint_number(files, sizeof(files), count->files),
		count->files == 1 ? "version " : "versions");
	(void)used;
	int at = 14 + paint_text(paint, row.row, row.column + 14, row.columns - 14,
			      none ? ROLE_DIM : ROLE_TEXT, text);
	if (row.columns >= 54) {
		snprintf(text, sizeof(text), "  %9s %s", paint_number(chunks, sizeof(chunks), count->chunks),
			count->chunks == 1 ? "chunk " : "chunks");
		at += paint_text(
			paint, row.row, row.column + at, row.columns - at, none ? ROLE_DIM : ROLE_TEXT, text);
	}
	int bar = row.columns - at - 3;
	if (bar >= 6)
		paint_bar(paint, row.row, row.column + at + 3, bar < 60 ? bar : 60, ratio, count->role);
}

/* Files and chunks by how little would be left of them. */
static void draw_counts(const struct console *console, const struct paint *paint, struct area area,
	const struct answer *answer)
{
	uint64_t fewer = answer->loss.files - answer->loss.files_one_copy - answer->loss.files_unavailable;
	uint64_t fewer_chunks =
		answer->loss.chunks - answer->loss.chunks_one_copy - answer->loss.chunks_unavailable;
	const struct count_row rows[] = {
		{"unreadable", answer->loss.files_unavailable, answer->loss.chunks_unavailable,
			ROLE_CRITICAL},
		{"at one copy", answer->loss.files_one_copy, answer->loss.chunks_one_copy, ROLE_DEGRADED},
		{"fewer copies", fewer, fewer_chunks, ROLE_BAR},
	};
	double all = console->view->versions > 0 ? (double)console->view->versions : 1;
	for (int i = 0; i < 3 && i < area.rows; i++)
		draw_count(paint, (struct area){area.row + i, area.column + 1, 1, area.columns - 2}, &rows[i],
			(double)rows[i].files / all);
}

enum { SENTENCES = 3 };

/* What repair would do, and whether new files could be stored; empty lines are not there. */
static void say_rest(const struct console *console, const struct answer *answer,
	char lines[SENTENCES][LOSS_TEXT_BYTES], enum role roles[SENTENCES])
{
	const struct loss_state *state = loss_state(console);
	loss_repair(answer, lines[0]);
	roles[0] = ROLE_TEXT;
	roles[1] = loss_room(answer, lines[1]);
	roles[2] = loss_writes(console->view, (const char *const *)state->names, state->count, lines[2]);
}

static int rest_rows(const struct console *console, const struct answer *answer, int columns)
{
	char lines[SENTENCES][LOSS_TEXT_BYTES];
	enum role roles[SENTENCES];
	int rows = 0;
	say_rest(console, answer, lines, roles);
	for (int i = 0; i < SENTENCES; i++)
		rows += lines[i][0] != '\0' ? cells_wrap_rows(lines[i], columns, columns) : 0;
	return rows;
}

static void draw_rest(const struct console *console, const struct paint *paint, struct area area,
	const struct answer *answer)
{
	char lines[SENTENCES][LOSS_TEXT_BYTES];
	enum role roles[SENTENCES];
	struct area rest = {area.row, area.column + 1, area.rows, area.columns - 2};
	say_rest(console, answer, lines, roles);
	for (int i = 0; i < SENTENCES && rest.rows > 0; i++) {
		int used = paint_wrapped(paint, rest, 0, roles[i], lines[i]);
		rest.row += used;
		rest.rows -= used;
	}
}

static const struct table_column file_columns[] = {
	{"Files, the worst first", 16, 24, 0, false, true, 90},
	{"version", 8, 8, 3, true, false, 0},
	{"left", 11, 11, 1, false, false, 0},
	{"copies", 8, 8, 0, true, false, 0},
	{"chunks", 9, 9, 2, true, false, 0},
};
enum { FILE_COLUMNS = sizeof(file_columns) / sizeof(*file_columns) };

static void draw_file(const struct paint *paint, struct area area, int row,
	const struct answer_loss_file *file, const struct table_place *places)
{
	char texts[FILE_COLUMNS][64];
	enum role role = file->worst_live == 0   ? ROLE_CRITICAL
			 : file->worst_live == 1 ? ROLE_DEGRADED
						 : ROLE_DIM;
	texts[0][0] = '\0';
	snprintf(texts[1], sizeof(texts[1]), file->current ? "current" : "%" PRIu64, file->version);
	snprintf(texts[2], sizeof(texts[2]), "%s",
		file->worst_live == 0   ? "unreadable"
		: file->worst_live == 1 ? "one copy"
					: "fewer");
	snprintf(texts[3], sizeof(texts[3]), "%u of %u", file->worst_live, file->want);
	paint_number(texts[4], sizeof(texts[4]), file->chunks_at_risk);
	for (size_t i = 0; i < FILE_COLUMNS; i++)
		table_cell(paint, area, row, &file_columns[i], &places[i],
			i == 2 || i == 3 ? role
			: i == 0         ? ROLE_TEXT
					 : ROLE_DIM,
			i == 0 ? file->name : texts[i]);
}

static void draw_files(const struct console *console, const struct paint *paint, struct area area,
	const struct answer *answer)
{
	struct table_place places[FILE_COLUMNS];
	if (area.rows < 2 || answer->loss.sample_count == 0)
		return;
	table_arrange(file_columns, FILE_COLUMNS, area.columns, places);
	table_heading(paint, area, file_columns[0].title, file_columns, places, FILE_COLUMNS, -1, false);
	size_t rows = (size_t)area.rows - 1, first = loss_state(console)->first;
	for (size_t i = 0; i < rows && first + i < answer->loss.sample_count; i++)
		draw_file(paint, area, area.row + 1 + (int)i, &answer->loss.sample[first + i], places);
	struct area bar = {area.row + 1, area.column, area.rows - 1, area.columns};
	paint_scroll(paint, bar, first, rows, answer->loss.sample_count);
}

static struct loss_layout layout_of(const struct console *console)
{
	const struct answer *answer = loss_answer(console);
	char verdict[LOSS_TEXT_BYTES];
	struct area body = console_body(console);
	size_t files = 0;
	int verdict_rows = 1, repair_rows = 0;
	if (answer != NULL && answer->failure == NULL && body.columns >= LAYOUT_COLUMNS_MIN) {
		const struct loss_state *state = loss_state(console);
		loss_verdict(answer, (const char *const *)state->names, state->count, verdict);
		verdict_rows = cells_wrap_rows(verdict, body.columns - 4, body.columns - 2);
		repair_rows = rest_rows(console, answer, body.columns - 2);
		files = answer->loss.sample_count;
	}
	return layout_loss(body, verdict_rows, repair_rows, files);
}

static void loss_draw(const struct console *console, const struct paint *paint)
{
	const struct loss_state *state = loss_state(console);
	const struct answer *answer = loss_answer(console);
	struct loss_layout layout = layout_of(console);
	char title[SUBJECT_BYTES + 32], subject[SUBJECT_BYTES];
	loss_subject((const char *const *)state->names, state->count, subject, sizeof(subject));
	snprintf(title, sizeof(title), "What if %s were lost?", subject);
	paint_title(paint, layout.title, title);
	struct area verdict = layout.verdict;
	if (answer == NULL) {
		paint_text(
			paint, verdict.row, verdict.column + 1, verdict.columns - 2, ROLE_DIM, "looking...");
		return;
	}
	if (answer->failure != NULL) {
		struct area text = {verdict.row, verdict.column + 1, verdict.rows, verdict.columns - 2};
		paint_wrapped(paint, text, 0, ROLE_DEGRADED, answer->failure);
		return;
	}
	draw_verdict(console, paint, verdict, answer);
	draw_counts(console, paint, layout.counts, answer);
	draw_rest(console, paint, layout.repair, answer);
	draw_files(console, paint, layout.files, answer);
}

/* ---- moving and keys ---- */

static size_t visible(const struct console *console)
{
	struct loss_layout layout = layout_of(console);
	return layout.files.rows > 1 ? (size_t)layout.files.rows - 1 : 1;
}

static size_t steps(const struct console *console)
{
	const struct answer *answer = loss_answer(console);
	size_t total = answer != NULL && answer->failure == NULL ? answer->loss.sample_count : 0;
	size_t shown = visible(console);
	return total > shown ? total - shown + 1 : 1;
}

static void loss_settle(struct console *console)
{
	struct loss_state *state = loss_state(console);
	if (state->count == 0) {
		if (console_screen(console) == screens[SCREEN_LOSS])
			console_pop(console);
		return;
	}
	if (asking_due(console, QUESTION_LOSS, &state->asking)) {
		struct question question = {.kind = QUESTION_LOSS,
			.loss = {(const char *const *)state->names, state->count, INQUIRY_SAMPLE_MAX}};
		state->asking.ticket = console_ask(console, &question);
	}
	size_t last = steps(console) - 1;
	state->first = state->first < last ? state->first : last;
}

static void loss_move(struct console *console, enum move move)
{
	struct loss_state *state = loss_state(console);
	state->first = console_moved(state->first, move, visible(console), steps(console));
}

static void fail_all(struct console *console)
{
	const struct loss_state *state = loss_state(console);
	for (size_t i = 0; i < state->count; i++)
		console_run(console, (const char *const[]){"node", "fail", state->names[i], NULL});
}

static void act_fail(struct console *console)
{
	const struct loss_state *state = loss_state(console);
	const struct answer *answer = loss_answer(console);
	char subject[SUBJECT_BYTES], text[LOSS_TEXT_BYTES], title[48];
	size_t running = console->jobs != NULL ? console->jobs->running : 0;
	if (state->count == 0)
		return;
	/* Each is a command of its own. Some of them would be refused. */
	if (state->count + running > JOBS_AT_ONCE) {
		console_message(console, true, "These are too many at once: %d commands can run, and %zu do.",
			JOBS_AT_ONCE, running);
		return;
	}
	loss_subject((const char *const *)state->names, state->count, subject, sizeof(subject));
	if (answer != NULL && answer->failure == NULL)
		loss_verdict(answer, (const char *const *)state->names, state->count, text);
	else
		snprintf(text, sizeof(text), "What it would cost is not known yet.");
	if (state->count == 1)
		snprintf(title, sizeof(title), "Fail this node?");
	else
		snprintf(title, sizeof(title), "Fail these %zu nodes?", state->count);
	console_confirm(console, &(struct confirmation){.title = title,
					 .subject = subject,
					 .text = text,
					 .yes = state->count == 1 ? "fail it" : "fail them",
					 .act = fail_all});
}

static const struct key loss_keys[] = {
	{{'f'}, "f", "fail", "Takes these nodes out of service; asks first.", 2, true, false, act_fail},
	{.act = NULL},
};

const struct screen_ops screen_loss = {
	.name = "What if",
	.state_size = sizeof(struct loss_state),
	.keys = loss_keys,
	.key_sets = KEYS_MOVE | KEYS_CHANGE | KEYS_BACK,
	.draw = loss_draw,
	.enter = loss_enter,
	.settle = loss_settle,
	.move = loss_move,
	.release = loss_release,
};
