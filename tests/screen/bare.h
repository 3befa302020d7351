/*
 * bare.h: a console and nothing else, one for the whole program, for tests that hand it all that it shows.
 *
 * viewer_open() makes it, and `end` is the teardown. Where a console has questions, a stage (stage.h) answers those
 * about nodes and an oracle (oracle.h) those about files.
 */
#ifndef LINCKIA_TESTS_SCREEN_BARE_H
#define LINCKIA_TESTS_SCREEN_BARE_H

#include "tests/screen/viewer.h"

static struct sample sample;
static struct console console;

static inline int end(void **state)
{
	(void)state;
	console_release(&console);
	return 0;
}

static inline void press(const char *codes)
{
	viewer_press(&console, codes);
}

static inline struct grid *draw(void)
{
	return viewer_draw(&console);
}

/* Whether the picture has that text in it. */
static inline bool shows(const char *text)
{
	return grid_shows(draw(), text);
}

#endif
