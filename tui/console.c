/*
 * console.c: the loop that shows views and passes keys on.
 *
 * The loop sleeps in terminal_wait() until a key, a signal, news, or the next second of the clock. The threads that
 * work for it wake it: the watch when there is another view, the inquiry when a question is answered. It draws when
 * something of what it shows has changed; curses sends only what differs. It does no work itself (invariant 8).
 */
#include <assert.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tui/console.h"
#include "tui/keys.h"
#include "tui/rehearsal_strip.h"
#include "tui/screen.h"
#include "tui/terminal.h"

enum { TWICE_MS = 400, WHEEL_ROWS = 3, STATUS_MS = 200 };

struct runner {
	struct console console;
	struct store *store; /* that is looked at */
	struct store *own;   /* the same, if it was opened here; else NULL */
	struct watch *watch;
	struct inquiry *inquiry;
	struct jobs *jobs;
	struct paths *paths;
	uint64_t running[JOBS_AT_ONCE]; /* the jobs whose end has not been told */
	size_t running_count;
	struct rehearsal *rehearsal; /* that is played; NULL: none */
	struct rehearsal_status status;
	struct terminal_input click; /* the last one */
	int64_t click_ms;
};

static int64_t clock_ms(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int choose_theme(const struct store *store, const struct console_options *options,
	const struct theme **theme, struct error *error)
{
	const char *name = options->theme;
	const char *no_color = getenv("NO_COLOR");
	if (name == NULL)
		name = no_color != NULL && no_color[0] != '\0' ? "mono" : store_console_theme(store);
	*theme = theme_find(name);
	if (*theme != NULL)
		return 0;
	return error_set(error, ERROR_USAGE,
		"There is no theme '%s'; the themes are dark, light, colour-blind and mono.", name);
}

/* ---- what stands behind the console ---- */

static void wake(void *context)
{
	(void)context;
	terminal_wake();
}

static void ask(void *context, const struct question *question)
{
	struct runner *runner = context;
	inquiry_ask(runner->inquiry, question);
}

static void find_paths(void *context, uint64_t ticket, const char *prefix)
{
	struct runner *runner = context;
	paths_ask(runner->paths, ticket, prefix);
}

static void begin_job(void *context, const char *const *words, size_t count, bool typed)
{
	struct runner *runner = context;
	uint64_t id = runner->running_count < JOBS_AT_ONCE ? jobs_run(runner->jobs, words, count, typed) : 0;
	if (id == 0)
		console_message(&runner->console, true, "Too many commands run already; 9 shows them.");
	else
		runner->running[runner->running_count++] = id;
}

static void cancel_job(void *context, uint64_t job)
{
	struct runner *runner = context;
	jobs_cancel(runner->jobs, job);
}

static void steer(void *context, enum steering what)
{
	struct runner *runner = context;
	double speed = runner->status.speed;
	switch (what) {
	case STEER_PAUSE:
	case STEER_PLAY:
		rehearsal_pause(runner->rehearsal, what == STEER_PAUSE);
		return;
	case STEER_STEP:
		rehearsal_step(runner->rehearsal);
		return;
	case STEER_SLOWER:
	case STEER_FASTER:
		rehearsal_set_speed(runner->rehearsal, rehearsal_next_speed(speed, what == STEER_FASTER));
	}
	/* Several keys may come before the next look: each counts from the one before. */
	rehearsal_get_status(runner->rehearsal, &runner->status);
}

/* ---- the store ---- */

/* Begins to look at `store`, and ends looking at the one before; what fails changes nothing. */
static int look_at(struct runner *runner, struct store *store, bool maintain, struct error *error)
{
	const struct watch_options watching = {
		.refresh_ms = store_console_refresh_ms(store), .maintain = maintain, .wake = wake};
	struct watch *watch;
	struct inquiry *inquiry;
	if (watch_start(store, &watching, &watch, error) != 0)
		return -1;
	if (inquiry_open(store, wake, NULL, &inquiry, error) != 0) {
		watch_stop(watch);
		return -1;
	}
	inquiry_close(runner->inquiry);
	watch_stop(runner->watch);
	store_close(runner->own);
	runner->watch = watch;
	runner->inquiry = inquiry;
	runner->store = store;
	runner->own = NULL;
	/* What was asked of the one before is asked again. */
	memset(runner->console.asked, 0, sizeof(runner->console.asked));
	return 0;
}

/* An open store goes on with the catalog that it has, and would not notice that another one took its place. */
static void look_at_regrown(struct runner *runner)
{
	struct store *store = NULL;
	struct error error;
	int result = rehearsal_open_store(runner->rehearsal, &store, &error);
	if (result == 0)
		result = look_at(runner, store, false, &error);
	if (result == 0)
		runner->own = store;
	else
		store_close(store);
	if (result < 0)
		console_message(&runner->console, true, "What is shown is of the catalog that was lost: %s",
			error.message);
}

/* ---- news ---- */

static bool status_differs(const struct rehearsal_status *a, const struct rehearsal_status *b)
{
	return a->step != b->step || a->steps != b->steps || a->line != b->line || a->time_ms != b->time_ms ||
	       a->virtual_clock != b->virtual_clock || a->speed != b->speed || a->catalogs != b->catalogs ||
	       a->state != b->state || a->passed != b->passed || strcmp(a->scenario, b->scenario) != 0 ||
	       strcmp(a->doing, b->doing) != 0 || strcmp(a->failure, b->failure) != 0;
}

/* Looks how the rehearsal goes; shows the verdict when it has come to its end. Returns whether anything is new. */
static bool take_rehearsal(struct runner *runner)
{
	struct console *console = &runner->console;
	if (runner->rehearsal == NULL)
		return false;
	const struct rehearsal_status before = runner->status;
	rehearsal_get_status(runner->rehearsal, &runner->status);
	console->rehearsal = &runner->status;
	if (runner->status.catalogs != before.catalogs)
		look_at_regrown(runner);
	if (runner->status.state == REHEARSAL_DONE && console->verdict == NULL) {
		const struct verdict *verdict = rehearsal_verdict(runner->rehearsal);
		console->verdict = verdict->scenario != NULL ? verdict : NULL;
		console_show_verdict(console);
	}
	return status_differs(&before, &runner->status);
}

/* Tells of jobs that are over. What they show is held until let_jobs_go(). */
static void take_jobs(struct runner *runner)
{
	const struct job_list *list = runner->console.jobs = jobs_hold(runner->jobs);
	size_t kept = 0;
	for (size_t i = 0; i < runner->running_count; i++) {
		const struct job *job = job_list_find(list, runner->running[i]);
		if (job != NULL && job->state == JOB_RUNNING)
			runner->running[kept++] = runner->running[i];
		else if (job != NULL)
			console_job_over(&runner->console, job);
	}
	runner->running_count = kept;
}

static void let_jobs_go(struct runner *runner)
{
	runner->console.jobs = NULL;
	jobs_release(runner->jobs);
}

/* Takes the newest view if it is another one. Returns whether it was. */
static bool take_view(struct runner *runner)
{
	const struct view *view = watch_view(runner->watch);
	const struct view *old = runner->console.view;
	assert(view != NULL);
	if (view == old) {
		view_unref(view);
		return false;
	}
	console_show(&runner->console, view);
	view_unref(old);
	return true;
}

static bool take_answers(struct runner *runner)
{
	bool any = false;
	for (int kind = 0; kind < QUESTION_KINDS; kind++) {
		const struct answer *answer = inquiry_answer(runner->inquiry, (enum question_kind)kind);
		if (answer == NULL || answer == runner->console.answers[kind]) {
			answer_unref(answer);
			continue;
		}
		console_hear(&runner->console, answer);
		any = true;
	}
	struct path_answer *paths = paths_take(runner->paths);
	if (paths != NULL)
		console_hear_paths(&runner->console, paths);
	any = any || paths != NULL;
	if (any)
		console_settle(&runner->console);
	return any;
}

static void take_click(struct runner *runner, const struct terminal_input *click)
{
	int64_t now_ms = runner->console.tick_ms;
	bool twice = now_ms - runner->click_ms < TWICE_MS && click->row == runner->click.row &&
		     click->column == runner->click.column;
	runner->click = *click;
	runner->click_ms = twice ? now_ms - TWICE_MS : now_ms;
	console_click(&runner->console, click->row, click->column, twice);
}

static void take_wheel(struct console *console, enum move move)
{
	const struct screen_ops *screen = console_screen(console);
	for (int i = 0; i < WHEEL_ROWS && screen->move != NULL; i++)
		screen->move(console, move);
	console_settle(console);
}

static bool take_inputs(struct runner *runner)
{
	struct terminal_input input;
	bool any = false;
	for (; !runner->console.quit && terminal_input(&input); any = true)
		switch (input.kind) {
		case INPUT_KEY:
			keys_dispatch(&runner->console, input.key);
			break;
		case INPUT_PASTE:
			keys_paste(&runner->console, input.key);
			break;
		case INPUT_CLICK:
			take_click(runner, &input);
			break;
		case INPUT_WHEEL_UP:
			take_wheel(&runner->console, MOVE_UP);
			break;
		case INPUT_WHEEL_DOWN:
			take_wheel(&runner->console, MOVE_DOWN);
			break;
		case INPUT_RESIZE:
			break;
		}
	return any;
}

/* ---- the loop ---- */

static void draw(struct console *console)
{
	struct canvas *canvas = terminal_canvas();
	int strip = console->rehearsal != NULL ? rehearsal_strip_rows(canvas->rows) : 0;
	const struct paint paint = {.canvas = canvas, .glyphs = console->glyphs};
	console->rows = canvas->rows - strip;
	console->columns = canvas->columns;
	console_settle(console);
	console_draw(console, canvas);
	if (strip > 0)
		rehearsal_strip_draw(
			&paint, (struct area){console->rows, 0, strip, console->columns}, console->rehearsal);
	terminal_show(console->repaint);
	console->repaint = false;
}

/* Everything between two sleeps. Returns whether the picture has to be drawn, for what is not a key. */
static bool take_news(struct runner *runner)
{
	struct console *console = &runner->console;
	bool changed = take_view(runner);
	changed |= take_rehearsal(runner);
	changed |= take_answers(runner);
	changed |= console_expire(console);
	return changed;
}

/* What is shown as the time now is that of the store, whose clock may be virtual. */
static void take_time(struct runner *runner)
{
	struct console *console = &runner->console;
	console->now_ms = store_now_ms(runner->store);
	console->tick_ms = clock_ms(CLOCK_MONOTONIC);
}

/* Until the clock shows another second, or the rehearsal is to be looked at. */
static int time_to_wait(const struct runner *runner)
{
	if (runner->rehearsal != NULL && runner->status.state != REHEARSAL_DONE)
		return STATUS_MS;
	return 1000 - (int)(clock_ms(CLOCK_REALTIME) % 1000);
}

static void run(struct runner *runner)
{
	struct console *console = &runner->console;
	int64_t drawn_second = -1;
	bool dirty = true, mouse = false;
	while (!console->quit) {
		take_time(runner);
		take_jobs(runner);
		dirty |= take_inputs(runner);
		dirty |= take_news(runner);
		int64_t second = clock_ms(CLOCK_REALTIME) / 1000;
		if (dirty || second != drawn_second) {
			console_tick(console);
			draw(console);
			drawn_second = second;
		}
		let_jobs_go(runner);
		if (console->mouse != mouse)
			terminal_listen_to_mouse(mouse = console->mouse);
		if (console->quit)
			return;
		enum terminal_state state = terminal_wait(time_to_wait(runner));
		if (state == TERMINAL_OVER)
			return;
		console->repaint |= state == TERMINAL_REDRAWN;
		dirty = state != TERMINAL_QUIET;
	}
}

static int run_on_terminal(struct runner *runner, struct store *store, const struct console_options *options,
	struct error *error)
{
	struct console *console = &runner->console;
	/* What is rehearsed has maintenance of its own. */
	if (look_at(runner, store, !options->read_only && options->rehearsal == NULL, error) != 0)
		return -1;
	if (jobs_start("/proc/self/exe", options->config, wake, NULL, &runner->jobs, error) != 0)
		return -1;
	if (paths_start(wake, NULL, &runner->paths, error) != 0)
		return -1;
	const struct view *view = watch_view(runner->watch);
	if (console_init(console, view, glyphs_for_locale()) != 0) {
		view_unref(view);
		return error_set(error, ERROR_MEMORY, "There is no memory left for the console.");
	}
	console->link = (struct console_link){.context = runner,
		.run = begin_job,
		.cancel = cancel_job,
		.ask = ask,
		.find_paths = find_paths,
		.steer = steer};
	console->commands = options->commands;
	runner->rehearsal = options->rehearsal;
	if (runner->rehearsal != NULL)
		rehearsal_get_status(runner->rehearsal, &runner->status);
	take_rehearsal(runner);
	/* Commands know nothing of a virtual clock, and would change what the same seed is to bring about again. */
	bool virtual_clock = console->rehearsal != NULL && console->rehearsal->virtual_clock;
	console->read_only = options->read_only || virtual_clock;
	console->mouse = store_console_mouse(store);
	run(runner);
	view_unref(console->view);
	console_release(console);
	return 0;
}

int console_show_store(struct store *store, const struct console_options *options, struct error *error)
{
	const struct theme *theme;
	struct runner runner = {.click_ms = -TWICE_MS};
	setlocale(LC_CTYPE, "");
	if (choose_theme(store, options, &theme, error) != 0)
		return -1;
	if (terminal_start(theme, error) != 0)
		return -1;
	int result = run_on_terminal(&runner, store, options, error);
	terminal_stop();
	jobs_stop(runner.jobs);
	paths_stop(runner.paths);
	inquiry_close(runner.inquiry);
	watch_stop(runner.watch);
	store_close(runner.own);
	return result;
}
