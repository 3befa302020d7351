/*
 * keys.h: the tables of keys.
 *
 * Each line names the keys, the word for the footer, the sentence for the help and the function that is called: what
 * the console does and what it says it does are the same thing. A screen has a table of its own and shares others
 * (screen.h, KEYS_MOVE and so on); on one screen no key stands in two of them.
 */
#ifndef LINCKIA_TUI_KEYS_H
#define LINCKIA_TUI_KEYS_H

#include "tui/screen.h"

/* Keys are numbers as curses gives them; a character beyond ASCII is its code point and this. */
enum { KEY_CHARACTER = 0x1000000, KEY_CODES = 4, CODE_ESCAPE = 27, RANK_HELP_ONLY = 9 };

struct key {
	int codes[KEY_CODES]; /* 0: no more */
	const char *label;    /* how footer and help write them */
	const char *footer;   /* NULL: help only */
	const char *help;
	int rank;       /* when the footer is too short, the highest goes first; 0 always stays */
	bool changes;   /* the store: absent from a read-only console */
	bool rehearsal; /* only in a store that is for rehearsal */
	void (*act)(struct console *console);
};

/* Lines of the table of any screen that shows the heatmap. */
#define HEAT_KEYS(rank, act_form, act_metric)                                                                \
	{{'v'}, "v", "form", "Shows the heatmap as a grid of nodes, or as rows of time.", rank, false,       \
		false, act_form},                                                                            \
	{                                                                                                    \
		{'m'}, "m", "metric", "Shows another metric: fill, throughput, latency, errors, at risk.",   \
			rank, false, false, act_metric                                                       \
	}

/* The tables that screens share; each ends with a line whose `act` is NULL. */
struct key_set {
	unsigned set;
	const char *title; /* above them in the help */
	const struct key *keys;
};
extern const struct key_set key_sets[];
extern const size_t key_set_count;

/* Those about the store (keys_store.c), and what some of them are called in the state that it is in; else NULL. */
extern const struct key keys_repair[], keys_store[];
const char *keys_store_word(const struct key *key, const struct console *console);

/* Those about the scenario that is played (keys_rehearsal.c), and what they would do now; NULL: nothing. */
extern const struct key keys_rehearsal[];
const char *keys_rehearsal_word(const struct key *key, const struct rehearsal_status *status);

/* The shared sets that the keys of a screen are in now. */
unsigned keys_sets(const struct console *console, const struct screen_ops *screen);

/* The word for the footer, which may depend on what the key would do now. */
const char *key_word(const struct key *key, const struct console *console);

/* Whether the key can be used in this console: it may change the store, or the store be another kind. */
bool key_works(const struct key *key, const struct console *console);

/* Lets the screen on top act on a key. */
void keys_dispatch(struct console *console, int code);

/* The same for one that was pasted: it is text where a line is typed, and nothing elsewhere. */
void keys_paste(struct console *console, int code);

/* Draws the keys of the screen on top, as many as fit, into the row that `area` is. */
void keys_draw(const struct console *console, const struct paint *paint, struct area area);

#endif
