/*
 * console.h: the terminal console of a store.
 */
#ifndef LINCKIA_TUI_CONSOLE_H
#define LINCKIA_TUI_CONSOLE_H

#include <stdbool.h>

#include "engine/engine.h"
#include "tui/words.h"

struct console_options {
	/*
	 * "dark", "light", "colour-blind" or "mono". NULL: the store's own theme, or mono when the environment
	 * has a NO_COLOR that is not empty.
	 */
	const char *theme;
	bool read_only;     /* keys that change the store do nothing */
	const char *config; /* the path of the store's config, for the commands that the console runs */
	const struct word_command *commands; /* that may be typed; ended by one without a name */
	/*
	 * A scenario that another thread plays, to be steered; the
	 * store is the one that it opened for this. NULL: none.
	 */
	struct rehearsal *rehearsal;
};

/*
 * Shows `store` on the terminal that is standard input and output until `q` is pressed, the terminal is
 * gone, or INT, TERM, HUP or QUIT arrives; then puts the terminal back as it was. Sets the locale's
 * LC_CTYPE from the environment. Only one console can run in a process at a time. Fails when there is no
 * usable terminal, the theme is unknown, or the watch cannot start.
 */
MUST_CHECK int console_show_store(
	struct store *store, const struct console_options *options, struct error *error);

#endif
