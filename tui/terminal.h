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

#include <stdbool.h>

#include "engine/engine.h"
#include "tui/canvas.h"
#include "tui/theme.h"

/* Takes the terminal over. Fails, with nothing changed, when there is none that curses can use. */
MUST_CHECK int terminal_start(const struct theme *theme, struct error *error);

/* Whether the terminal tells of the mouse. It keeps its own selection of text while it does not. */
void terminal_listen_to_mouse(bool listen);

/* Lets terminal_wait() return. May be called from any thread, at any time after terminal_start(). */
void terminal_wake(void);

/* Gives it back. Does nothing when it was not taken. */
void terminal_stop(void);

enum terminal_state {
	TERMINAL_QUIET,   /* the time is up */
	TERMINAL_KEYS,    /* terminal_input() has something */
	TERMINAL_WOKEN,   /* by terminal_wake() */
	TERMINAL_REDRAWN, /* the picture is lost, or the size has changed */
	TERMINAL_OVER,    /* a signal asks to end, or the terminal is gone */
};

/* Waits for something to happen, at most `timeout_ms`. Sleeps in the process's stead after TSTP. */
enum terminal_state terminal_wait(int timeout_ms);

/* What the user did. */
struct terminal_input {
	enum { INPUT_KEY, INPUT_PASTE, INPUT_RESIZE, INPUT_CLICK, INPUT_WHEEL_UP, INPUT_WHEEL_DOWN } kind;
	int key; /* as keys.h says */
	int row, column;
};
/* Takes the next one; false when there is none for now. Does not block. */
bool terminal_input(struct terminal_input *input);

/* An emptied canvas of the terminal's size now. */
struct canvas *terminal_canvas(void);

/* Shows what was drawn; `repaint` trusts nothing of what the terminal shows. */
void terminal_show(bool repaint);

#endif
