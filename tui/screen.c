/*
 * screen.c: the state of the console, and drawing whatever screens can be seen.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/panels.h"
#include "tui/screen.h"
#include "tui/tabs.h"

/* How long an answer counts as fresh while the store goes on changing: this, and some times what it took. */
enum { ASK_AGAIN_MS = 1000, ASK_AGAIN_TIMES = 5 };

const struct screen_ops *const screens[SCREENS] = {
	[SCREEN_OVERVIEW] = &screen_overview,
	[SCREEN_NODES] = &screen_nodes,
	[SCREEN_HEAT] = &screen_heat,
	[SCREEN_FILES] = &screen_files,
	[SCREEN_CHUNKS] = &screen_chunks,
	[SCREEN_REPAIR] = &screen_repair,
	[SCREEN_EVENTS] = &screen_events,
	[SCREEN_NETWORK] = &screen_network,
	[SCREEN_JOBS] = &screen_jobs,
	[SCREEN_NODE] = &screen_node,
	[SCREEN_FILE] = &screen_file,
	[SCREEN_LOSS] = &screen_loss,
	[SCREEN_SNAPSHOTS] = &screen_snapshots,
	[SCREEN_DIFF] = &screen_diff,
	[SCREEN_EVENT] = &screen_event,
	[SCREEN_VERDICT] = &screen_verdict,
	[SCREEN_JOB] = &screen_job,
	[SCREEN_HELP] = &screen_help,
	[SCREEN_PRESETS] = &screen_presets,
	[SCREEN_CONFIRM] = &screen_confirm,
	[SCREEN_PROMPT] = &screen_prompt,
	[SCREEN_COMMAND] = &screen_command,
};

/* ---- beginning and end ---- */

int console_init(struct console *console, const struct view *view, const struct glyphs *glyphs)
{
	static const struct word_command no_commands[] = {{.name = NULL}};
	*console = (struct console){.view = view,
		.glyphs = glyphs,
		.depth = 1,
		.commands = no_commands,
		.history = history_new()};
	if (console->history == NULL)
		return -1;
	for (int i = 0; i < SCREENS; i++) {
		if (screens[i] == NULL || screens[i]->state_size == 0)
			continue;
		console->states[i] = calloc(1, screens[i]->state_size);
		if (console->states[i] == NULL) {
			console_release(console);
			return -1;
		}
	}
	console->stack[0] = SCREEN_OVERVIEW;
	if (screens[SCREEN_OVERVIEW]->enter != NULL)
		screens[SCREEN_OVERVIEW]->enter(console);
	return 0;
}

void console_release(struct console *console)
{
	for (int i = 0; i < SCREENS; i++) {
		if (console->states[i] != NULL && screens[i]->release != NULL)
			screens[i]->release(console->states[i]);
		free(console->states[i]);
	}
	for (int i = 0; i < QUESTION_KINDS; i++)
		answer_unref(console->answers[i]);
	path_answer_free(console->paths);
	marks_release(&console->marks);
	history_free(console->history);
	*console = (struct console){0};
}

/* ---- news ---- */

static size_t find_node(const struct view *view, const char *name, size_t otherwise)
{
	if (otherwise < view->node_count && strcmp(view->nodes[otherwise].name, name) == 0)
		return otherwise;
	for (size_t i = 0; i < view->node_count; i++)
		if (strcmp(view->nodes[i].name, name) == 0)
			return i;
	return otherwise;
}

/*
 * Whether a node came, went, or is in another state. Nobody
 * need have written that down: there is not always a commit.
 */
static bool nodes_differ(const struct view *view, const struct view *old)
{
	if (view->node_count != old->node_count)
		return true;
	for (size_t i = 0; i < view->node_count; i++)
		if (view->nodes[i].state != old->nodes[i].state ||
			strcmp(view->nodes[i].name, old->nodes[i].name) != 0)
			return true;
	return false;
}

void console_show(struct console *console, const struct view *view)
{
	const struct view *old = console->view;
	console->node_changes += nodes_differ(view, old);
	if (console->node < old->node_count)
		console->node = find_node(view, old->nodes[console->node].name, console->node);
	console->view = view;
	marks_keep(&console->marks, view);
	history_add(console->history, view, console->tick_ms);
	for (int i = 0; i < SCREENS; i++)
		if (screens[i] != NULL && screens[i]->show != NULL)
			screens[i]->show(console, old);
	console_settle(console);
}

void console_tick(struct console *console)
{
	history_add(console->history, console->view, console->tick_ms);
}

void console_hear(struct console *console, const struct answer *answer)
{
	answer_unref(console->answers[answer->kind]);
	console->answers[answer->kind] = answer;
}

void console_hear_paths(struct console *console, struct path_answer *paths)
{
	path_answer_free(console->paths);
	console->paths = paths;
}

void console_message(struct console *console, bool failed, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(console->message, sizeof(console->message), format, arguments);
	va_end(arguments);
	console->message_failed = failed;
	console->message_job = 0;
	console->message_end_ms = console->tick_ms + MESSAGE_MS;
}

bool console_expire(struct console *console)
{
	bool stays = console->message_failed;
	if (console->message_end_ms == 0 || stays || console->tick_ms < console->message_end_ms)
		return false;
	console->message_end_ms = 0;
	return true;
}

/* ---- the stack ---- */

const struct screen_ops *console_screen(const struct console *console)
{
	assert(console->depth > 0);
	return screens[console->stack[console->depth - 1]];
}

void *console_state(const struct console *console, enum screen_id id)
{
	assert(console->states[id] != NULL);
	return console->states[id];
}

/* The lowest screen that can be seen: the one on top that is no pop-up. */
static int lowest_seen(const struct console *console)
{
	int base = console->depth - 1;
	while (base > 0 && screens[console->stack[base]]->popup)
		base--;
	return base;
}

bool console_sees(const struct console *console, enum screen_id id)
{
	for (int i = lowest_seen(console); i < console->depth; i++)
		if (console->stack[i] == id)
			return true;
	return false;
}

static void enter(struct console *console, enum screen_id id)
{
	console->stack[console->depth++] = id;
	if (screens[id]->enter != NULL)
		screens[id]->enter(console);
}

void console_push(struct console *console, enum screen_id id)
{
	assert(console->depth < SCREEN_DEPTH && screens[id] != NULL);
	enter(console, id);
}

void console_pop(struct console *console)
{
	if (console->depth > 1)
		console->depth--;
}

void console_switch(struct console *console, enum screen_id tab)
{
	assert(tab < SCREEN_TABS);
	if (screens[tab] == NULL)
		return;
	console->depth = 0;
	enter(console, tab);
}

void console_settle(struct console *console)
{
	int depth;
	/* A screen that has nothing left to show leaves; what was below it has to fit too. */
	do {
		depth = console->depth;
		for (int i = lowest_seen(console); i < console->depth; i++)
			if (screens[console->stack[i]]->settle != NULL)
				screens[console->stack[i]]->settle(console);
	} while (console->depth < depth);
}

/* ---- looking and acting ---- */

uint64_t console_ask(struct console *console, struct question *question)
{
	question->ticket = ++console->tickets;
	console->asked[question->kind] = question->ticket;
	console->asked_ms[question->kind] = console->tick_ms;
	console->asked_changes[question->kind] = console->node_changes;
	if (console->link.ask != NULL)
		console->link.ask(console->link.context, question);
	return question->ticket;
}

const struct answer *console_answer(const struct console *console, enum question_kind kind, uint64_t ticket)
{
	const struct answer *answer = console->answers[kind];
	return answer != NULL && answer->ticket == ticket ? answer : NULL;
}

uint64_t console_find_paths(struct console *console, const char *prefix)
{
	uint64_t ticket = ++console->tickets;
	if (console->link.find_paths != NULL)
		console->link.find_paths(console->link.context, ticket, prefix);
	return ticket;
}

bool console_should_ask(const struct console *console, enum question_kind kind, uint64_t ticket)
{
	if (ticket == 0 || console->asked[kind] != ticket)
		return true;
	const struct answer *answer = console_answer(console, kind, ticket);
	if (answer == NULL)
		return false;
	bool fresh = answer->failure == NULL && answer->sequence == console->view->sequence &&
		     console->asked_changes[kind] == console->node_changes;
	if (fresh)
		return false;
	int64_t rest_ms = ASK_AGAIN_MS + ASK_AGAIN_TIMES * answer->duration_ms;
	return console->tick_ms - console->asked_ms[kind] >= rest_ms;
}

const char *console_read_only_reason(const struct console *console)
{
	assert(console->read_only);
	return console->rehearsal != NULL && console->rehearsal->virtual_clock
		       ? "A virtual clock is only watched: the same seed brings the same."
		       : "This console is read-only.";
}

void console_run(struct console *console, const char *const *words)
{
	size_t count = 0;
	while (words[count] != NULL)
		count++;
	assert(count > 0);
	if (console->read_only) {
		console_message(console, true, "%s", console_read_only_reason(console));
		return;
	}
	if (console->link.run != NULL)
		console->link.run(console->link.context, words, count, false);
}

void console_run_typed(struct console *console, const char *const *words)
{
	size_t count = 0;
	while (words[count] != NULL)
		count++;
	if (count > 0 && console->link.run != NULL)
		console->link.run(console->link.context, words, count, true);
}

/* More than one line is a page; one line is the outcome. */
static bool says_much(const struct job *job)
{
	const char *end = job->output_length > 0 ? strchr(job->output, '\n') : NULL;
	return end != NULL && end[1] != '\0';
}

void console_job_over(struct console *console, const struct job *job)
{
	bool busy = console_screen(console)->popup || console_sees(console, SCREEN_JOB);
	if (job->typed && says_much(job) && !busy && console->depth < SCREEN_DEPTH) {
		console->job = job->id;
		console_push(console, SCREEN_JOB);
		return;
	}
	/* Commands end as they like: what an earlier one did must not hide what a later one could not do. */
	bool stands =
		console->message_end_ms > 0 && console->message_failed && console->message_job > job->id;
	if (stands && job->state != JOB_FAILED)
		return;
	/* The words may be long; what became of them matters more. */
	struct cells_cut cut = cells_cut(job->line, console->columns / 3 > 16 ? console->columns / 3 : 16,
		console->glyphs->ellipsis_columns);
	console_message(console, job->state == JOB_FAILED, "%.*s%s: %s", (int)cut.length, job->line,
		cut.cut ? console->glyphs->ellipsis : "", job->outcome);
	console->message_job = job->id;
}

static void cancel_it(struct console *console)
{
	if (console->link.cancel != NULL)
		console->link.cancel(console->link.context, console->job);
}

void console_cancel(struct console *console, const struct job *job)
{
	if (job == NULL || job->state != JOB_RUNNING) {
		console_message(console, false, "It does not run.");
		return;
	}
	console->job = job->id;
	bool again = job->cancels > 0;
	console_confirm(
		console, &(struct confirmation){.title = again ? "End this job at once?" : "Cancel this job?",
				 .subject = job->line,
				 .text = again ? "It was interrupted and has not ended yet. What it has done "
						 "so far stays done."
					       : "What it has done so far stays done.",
				 .yes = again ? "end it" : "cancel it",
				 .act = cancel_it});
}

static void quit_now(struct console *console)
{
	console->quit = true;
}

void console_quit(struct console *console)
{
	size_t running = console->jobs != NULL ? console->jobs->running : 0;
	if (running == 0 || console->rows < LAYOUT_ROWS_MIN || console->columns < LAYOUT_COLUMNS_MIN) {
		quit_now(console);
		return;
	}
	char subject[64];
	snprintf(
		subject, sizeof(subject), "%zu job%s still running", running, running == 1 ? " is" : "s are");
	console_confirm(console, &(struct confirmation){.title = "Leave the console?",
					 .subject = subject,
					 .text = "Leaving interrupts what runs. What is done stays done.",
					 .yes = "leave",
					 .act = quit_now});
}

const struct view_node *console_node(const struct console *console)
{
	const struct view *view = console->view;
	return console->node < view->node_count ? &view->nodes[console->node] : NULL;
}

size_t console_moved(size_t at, enum move move, size_t page, size_t total)
{
	size_t last = total > 0 ? total - 1 : 0;
	switch (move) {
	case MOVE_UP:
		return at > 0 ? at - 1 : 0;
	case MOVE_DOWN:
		return at < last ? at + 1 : last;
	case MOVE_LEFT:
	case MOVE_PAGE_UP:
		return at > page ? at - page : 0;
	case MOVE_RIGHT:
	case MOVE_PAGE_DOWN:
		return page < last && at < last - page ? at + page : last;
	case MOVE_FIRST:
		return 0;
	case MOVE_LAST:
		return last;
	}
	return at;
}

/* ---- drawing ---- */

struct area console_body(const struct console *console)
{
	struct frame frame = layout_frame(console->rows, console->columns);
	return frame.body;
}

static void draw_too_small(const struct console *console, const struct paint *paint)
{
	enum health health = console->view->health;
	int used = paint_text(paint, 0, 0, 2, ROLE_TEXT, console->glyphs->health[health]);
	used += paint_text(paint, 0, used, 1, ROLE_TEXT, " ");
	struct line line = line_begin(paint, 0, used, console->columns - used);
	int columns = LAYOUT_COLUMNS_MIN, rows = LAYOUT_ROWS_MIN;
	if (!line_add(&line, ROLE_TEXT, "%s: needs %dx%d, has %dx%d", health_name(health), columns, rows,
		    console->columns, console->rows) &&
		!line_add(&line, ROLE_TEXT, "%s: needs %dx%d", health_name(health), columns, rows) &&
		!line_add(&line, ROLE_TEXT, "needs %dx%d", columns, rows))
		line_add(&line, ROLE_TEXT, "%dx%d", columns, rows);
}

/* What a message keeps from being seen, or where to read more; at the right end. Returns where that begins. */
static int draw_note(const struct console *console, const struct paint *paint, int row, int end)
{
	size_t running = console->jobs != NULL ? console->jobs->running : 0;
	char note[48] = "";
	if (running > 0)
		snprintf(note, sizeof(note), "jobs, %zu running", running);
	else if (console->message_job != 0 && console->message_failed)
		snprintf(note, sizeof(note), "jobs");
	if (note[0] == '\0' || console->stack[0] == SCREEN_JOBS)
		return end;
	int column = end - (int)strlen(note);
	paint_text(paint, row, column, end - column, ROLE_DIM, note);
	char digit[4];
	snprintf(digit, sizeof(digit), "%d", SCREEN_JOBS + 1);
	paint_text(paint, row, column - 2, 1, ROLE_ACCENT, digit);
	return column - 4;
}

static void draw_bottom(const struct console *console, const struct paint *paint, const struct frame *frame)
{
	struct area footer = frame->footer;
	bool apart = frame->message.rows > 0, types = console_screen(console)->types;
	struct area message = apart ? frame->message : footer;
	bool speaks = console->message_end_ms > 0 && !types;
	bool works = !speaks && !types && console->jobs != NULL && console->jobs->running > 0;
	/* A line that is typed has the place of the message. */
	if (apart || (!speaks && !works && !types))
		keys_draw(console, paint, (struct area){footer.row, 1, 1, footer.columns - 2});
	if (works)
		panel_job_line(paint, (struct area){message.row, 1, 1, message.columns - 2}, console->jobs);
	if (!speaks)
		return;
	enum role role = console->message_failed ? ROLE_CRITICAL : ROLE_ACCENT;
	int end = draw_note(console, paint, message.row, message.columns - 1);
	paint_text(paint, message.row, 1, end - 1, role, console->message);
}

void console_draw(const struct console *console, struct canvas *canvas)
{
	const struct paint paint = {.canvas = canvas, .glyphs = console->glyphs};
	struct frame frame = layout_frame(console->rows, console->columns);
	if (frame.too_small) {
		draw_too_small(console, &paint);
		return;
	}
	const struct picture picture = {
		.view = console->view, .now_ms = console->now_ms, .read_only = console->read_only};
	panel_health(&paint, frame.health, &picture);
	if (frame.tabs.rows > 0)
		tabs_draw(&paint, frame.tabs, console->stack[0]);
	for (int i = lowest_seen(console); i < console->depth; i++)
		screens[console->stack[i]]->draw(console, &paint);
	draw_bottom(console, &paint, &frame);
}

void console_click(struct console *console, int row, int column, bool twice)
{
	struct frame frame = layout_frame(console->rows, console->columns);
	const struct screen_ops *screen = console_screen(console);
	if (frame.too_small)
		return;
	if (!screen->popup && area_has(frame.tabs, row, column)) {
		enum screen_id tab = tabs_at(frame.tabs, console->stack[0], column);
		if (tab < SCREEN_TABS)
			console_switch(console, tab);
	} else if (screen->click != NULL && area_has(frame.body, row, column)) {
		screen->click(console, row, column, twice);
	}
	console_settle(console);
}
