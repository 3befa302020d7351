/*
 * terminal.h: the terminal of the process: taken over, drawn on, listened to, and always given back.
 *
 * There is one terminal, and one thread uses it. It is restored by terminal_stop(); by the handlers of
 * SEGV, BUS, FPE, ILL and ABRT, which then let the signal have its usual effect; and by the third of several
 * INT, TERM, HUP or QUIT, of which the first makes terminal_wait() say that it is over. TSTP gives the
 * terminal back until CONT.
 */
#ifndef LINCKIA_TUI_TERMINAL_H
#define LINCKIA_TUI_TERMINAL_H

#include "engine/engine.h"
#include "tui/canvas.h"
#include "tui/theme.h"

/* Takes the terminal over. Fails, with nothing changed, when there is none that curses can use. */
MUST_CHECK int terminal_start(const struct theme *theme, struct error *error);

/* Gives it back. Does nothing when it was not taken. */
void terminal_stop(void);

enum terminal_state {
	TERMINAL_QUIET,   /* the time is up */
	TERMINAL_KEYS,    /* terminal_key() has something */
	TERMINAL_REDRAWN, /* the picture is lost, or the size has changed */
	TERMINAL_OVER,    /* a signal asks to end, or the terminal is gone */
};

/* Waits for something to happen, at most `timeout_ms`. Sleeps in the process's stead after TSTP. */
enum terminal_state terminal_wait(int timeout_ms);

/* The next key as curses numbers them, or -1 when there is none for now. Does not block. */
int terminal_key(void);
/* Whether `key` says that the size has changed. */
bool terminal_key_is_resize(int key);

/* An emptied canvas of the terminal's size now. */
struct canvas *terminal_canvas(void);

/* Shows what was drawn; `repaint` trusts nothing of what the terminal shows. */
void terminal_show(bool repaint);

#endif
