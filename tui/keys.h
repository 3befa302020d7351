/*
 * keys.h: the one table of keys.
 *
 * Each line names the keys, the screens they work on, the word for the footer, the sentence for the help
 * and the function that is called: what the console does and what it says it does are the same thing.
 */
#ifndef LINCKIA_TUI_KEYS_H
#define LINCKIA_TUI_KEYS_H

#include "tui/screen.h"

enum { KEY_CODES = 4 };

struct key {
	int codes[KEY_CODES]; /* as curses gives them; 0: no more */
	const char *label;    /* how footer and help write them */
	const char *footer;   /* NULL: help only */
	const char *help;
	unsigned places; /* a set of enum screen_place */
	int rank;        /* when the footer is too short, the highest goes first */
	bool changes;    /* the store: absent from a read-only console */
	void (*act)(struct console *console);
};

/* Ends with a line whose `act` is NULL. */
extern const struct key keys[];

/* Lets the screen on top act on a key. Any key lets the message go. */
void keys_dispatch(struct console *console, int code);

/* Draws the keys of the screen on top, as many as fit, into the row that `area` is. */
void keys_draw(const struct console *console, const struct paint *paint, struct area area);

#endif
