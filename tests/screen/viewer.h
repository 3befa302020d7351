/*
 * viewer.h: whoever sits before a console: opens it on a grid, presses keys and looks.
 */
#ifndef LINCKIA_TESTS_SCREEN_VIEWER_H
#define LINCKIA_TESTS_SCREEN_VIEWER_H

#include <time.h>

#include "tests/screen/grid.h"
#include "tests/screen/sample.h"
#include "tui/keys.h"

/* For main(): times are told as those of UTC, wherever the test runs. */
static inline void viewer_use_utc(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
}

/* It is settled by the caller, once it has all that it shows, and released by console_release(). */
static inline void viewer_open(struct console *console, const struct view *view, const struct glyphs *glyphs,
	int rows, int columns, struct console_link link)
{
	assert_int_equal(console_init(console, view, glyphs), 0);
	console->link = link;
	console->rows = rows;
	console->columns = columns;
	console->now_ms = SAMPLE_NOW_MS;
}

static inline void viewer_press(struct console *console, const char *codes)
{
	for (; *codes != '\0'; codes++)
		keys_dispatch(console, (unsigned char)*codes);
}

/* Overwritten by the next call. */
static inline struct grid *viewer_draw(struct console *console)
{
	struct grid *grid = grid_make(console->rows, console->columns);
	console_draw(console, &grid->canvas);
	return grid;
}

/* Draws it on a screen of another size, small or large, whose rows and columns follow from `step`. */
static inline void viewer_resize(struct console *console, int step)
{
	console->rows = 1 + step * step % 70;
	console->columns = 1 + step * 37 % 220;
	console_settle(console);
	viewer_draw(console);
}

/* The words of a command in `text`, which has room for `size` bytes, with `separator` between them. */
static inline void viewer_join(
	char *text, size_t size, const char *const *words, size_t count, const char *separator)
{
	text[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(text);
		snprintf(text + length, size - length, "%s%s", i > 0 ? separator : "", words[i]);
	}
}

#endif
