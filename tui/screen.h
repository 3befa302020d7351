/*
 * screen.h: what the console shows now, and what a screen is.
 *
 * Screens lie on a stack: the overview at the bottom, others on top of it until they are left. A pop-up
 * leaves what is below it visible. A screen draws from a console that it may not change; keys change the
 * console; settling makes its cursors fit the view and the size again. Only the thread that runs the
 * console touches any of this.
 */
#ifndef LINCKIA_TUI_SCREEN_H
#define LINCKIA_TUI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "tui/paint.h"

struct console;

/* The screens a key belongs to are a set of these. */
enum screen_place {
	PLACE_OVERVIEW = 1,
	PLACE_EVENTS = 2,
	PLACE_HELP = 4,
	PLACE_DETAILS = 8,
	PLACE_CONFIRM = 16,
};

enum move { MOVE_UP, MOVE_DOWN, MOVE_PAGE_UP, MOVE_PAGE_DOWN, MOVE_FIRST, MOVE_LAST };

struct screen_ops {
	const char *name;
	enum screen_place place;
	bool popup;
	void (*draw)(const struct console *console, const struct paint *paint);
	/* Brings cursors back into range; may be NULL. */
	void (*settle)(struct console *console);
	/* May be NULL where nothing moves. */
	void (*move)(struct console *console, enum move move);
	/* A key that the key table does not have for this place; may be NULL. */
	void (*key)(struct console *console, int key);
};

extern const struct screen_ops screen_overview, screen_events, screen_help, screen_details, screen_confirm;
/* All of them; ends with NULL. */
extern const struct screen_ops *const screens[];

enum { SCREEN_DEPTH = 4, MESSAGE_BYTES = 512, MESSAGE_MS = 10000, NOTICE_WAIT_MS = 2000 };

struct console {
	const struct view *view; /* borrowed: whoever runs the console holds the reference */
	const struct glyphs *glyphs;
	struct watch *watch;
	/* Passes a command on to the engine; a test listens here. */
	void (*send)(struct console *console, enum watch_command command, const char *node);
	bool read_only;
	bool quit;
	bool repaint; /* the terminal has to be drawn from scratch */
	int rows, columns;
	int64_t now_ms;  /* the wall clock, to be shown */
	int64_t tick_ms; /* a clock that never jumps, to measure with */

	const struct screen_ops *stack[SCREEN_DEPTH];
	int depth; /* at least 1 */

	size_t node, node_first;   /* overview: the selected node, and the first one in sight */
	size_t event, event_first; /* events: the same */
	bool event_follow;         /* the cursor stays on the newest */
	size_t help_first;
	char *target; /* confirm: the node to fail, which need not be the selected one any more */

	char message[MESSAGE_BYTES];
	bool message_failed;
	int64_t message_end_ms; /* by tick_ms; 0: no message */
	bool notice_awaited;    /* a command was sent, and its outcome has not been shown */
	int64_t notice_end_ms;  /* by tick_ms: an outcome that reads like the one before it is shown then */
	char notice[MESSAGE_BYTES]; /* the last that was seen */
};

/* `view` has to live until another one is shown. */
void console_init(struct console *console, const struct view *view, const struct glyphs *glyphs);
void console_release(struct console *console);

/* Shows another view; the cursors stay on the nodes and events that they are on in the one before it. */
void console_show(struct console *console, const struct view *view);

void console_message(struct console *console, bool failed, const char *format, ...) PRINTF_LIKE(3, 4);

/* Lets the message go when its time is over. Returns whether it did. */
bool console_expire(struct console *console);

const struct screen_ops *console_screen(const struct console *console);
void console_push(struct console *console, const struct screen_ops *screen);
void console_pop(struct console *console);

/* Makes all cursors fit; after a key, a new view or a new size. */
void console_settle(struct console *console);
void console_draw(const struct console *console, struct canvas *canvas);

/* The selected node, or NULL when there is none. */
const struct view_node *console_node(const struct console *console);

/* Moves a cursor over `total` rows of which `page` are in sight. */
size_t console_moved(size_t at, enum move move, size_t page, size_t total);

#endif
