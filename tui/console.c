/*
 * console.c: the loop that shows views and passes keys on.
 *
 * The loop sleeps in terminal_wait() until a key, a signal, the refresh time or the next second of the clock.
 * It draws when a key came, the watch has another view, the size changed, the clock shows another second or
 * the message went; curses sends only what differs. The watch's thread does all the work (invariant 8).
 */
#include <assert.h>
#include <locale.h>
#include <stdlib.h>
#include <time.h>

#include "tui/console.h"
#include "tui/keys.h"
#include "tui/screen.h"
#include "tui/terminal.h"

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

static void send_to_watch(struct console *console, enum watch_command command, const char *node)
{
	watch_command(console->watch, command, node);
}

/* Takes the newest view if it is another one. Returns whether it was. */
static bool take_view(struct console *console)
{
	const struct view *view = watch_view(console->watch);
	assert(view != NULL);
	if (view == console->view) {
		view_unref(view);
		return false;
	}
	const struct view *old = console->view;
	console_show(console, view);
	view_unref(old);
	return true;
}

static bool take_keys(struct console *console)
{
	bool any = false;
	for (int key; !console->quit && (key = terminal_key()) >= 0; any = true)
		if (!terminal_key_is_resize(key))
			keys_dispatch(console, key);
	return any;
}

static void draw(struct console *console)
{
	struct canvas *canvas = terminal_canvas();
	console->rows = canvas->rows;
	console->columns = canvas->columns;
	console_settle(console);
	console_draw(console, canvas);
	terminal_show(console->repaint);
	console->repaint = false;
}

static void run(struct console *console, int refresh_ms)
{
	int64_t drawn_second = -1;
	bool dirty = true;
	while (!console->quit) {
		console->now_ms = clock_ms(CLOCK_REALTIME);
		console->tick_ms = clock_ms(CLOCK_MONOTONIC);
		if (take_view(console))
			dirty = true;
		if (console_expire(console))
			dirty = true;
		if (dirty || console->now_ms / 1000 != drawn_second) {
			draw(console);
			drawn_second = console->now_ms / 1000;
		}
		int until_second_ms = 1000 - (int)(console->now_ms % 1000);
		enum terminal_state state =
			terminal_wait(refresh_ms < until_second_ms ? refresh_ms : until_second_ms);
		if (state == TERMINAL_OVER)
			return;
		console->tick_ms = clock_ms(CLOCK_MONOTONIC);
		if (state == TERMINAL_REDRAWN)
			console->repaint = true;
		dirty = take_keys(console) || state == TERMINAL_REDRAWN;
	}
}

int console_run(struct store *store, const struct console_options *options, struct error *error)
{
	const struct theme *theme;
	struct watch *watch;
	struct console console;
	int refresh_ms = store_console_refresh_ms(store);
	setlocale(LC_CTYPE, "");
	if (choose_theme(store, options, &theme, error) != 0)
		return -1;
	if (watch_start(store, refresh_ms, !options->read_only, &watch, error) != 0)
		return -1;
	if (terminal_start(theme, error) != 0) {
		watch_stop(watch);
		return -1;
	}
	console_init(&console, watch_view(watch), glyphs_for_locale());
	console.watch = watch;
	console.send = send_to_watch;
	console.read_only = options->read_only;
	run(&console, refresh_ms);
	terminal_stop();
	view_unref(console.view);
	console_release(&console);
	watch_stop(watch);
	return 0;
}
