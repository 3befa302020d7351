/*
 * screen.h: what the console shows now, and what a screen is.
 *
 * The first screens are tabs, one for each digit. The tab that is chosen lies at the bottom of a stack; others are
 * opened on top of it until they are left. A pop-up leaves what is below it visible. Every screen draws into the
 * body, between the health in the first row, the row of tabs, and the keys at the bottom (console_body()).
 *
 * A screen keeps what it must remember in a state of its own, which nobody else reads; what several screens share,
 * the selected node for example, is the console's. Drawing changes nothing; keys change states; settling, after each
 * key, view, answer or size, makes cursors fit again and is the place to ask questions. Only the thread that runs the
 * console touches any of this, and nothing here waits (invariant 8): looking goes through questions that are answered
 * later, acting through commands that run elsewhere.
 */
#ifndef LINCKIA_TUI_SCREEN_H
#define LINCKIA_TUI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/inquiry.h"
#include "tui/history.h"
#include "tui/jobs.h"
#include "tui/marks.h"
#include "tui/paint.h"
#include "tui/paths.h"
#include "tui/words.h"

struct console;
struct key;

enum screen_id {
	SCREEN_OVERVIEW, /* the tabs, in the order of the digits 1 to 9 */
	SCREEN_NODES,
	SCREEN_HEAT,
	SCREEN_FILES,
	SCREEN_CHUNKS,
	SCREEN_REPAIR,
	SCREEN_EVENTS,
	SCREEN_NETWORK,
	SCREEN_JOBS,
	SCREEN_NODE, /* opened on top of a tab */
	SCREEN_FILE,
	SCREEN_LOSS,
	SCREEN_SNAPSHOTS,
	SCREEN_DIFF,
	SCREEN_EVENT,
	SCREEN_VERDICT,
	SCREEN_JOB,
	SCREEN_HELP,
	SCREEN_PRESETS,
	SCREEN_CONFIRM,
	SCREEN_PROMPT,
	SCREEN_COMMAND,
	SCREENS,
	SCREEN_TABS = SCREEN_NODE,
};

enum move {
	MOVE_UP,
	MOVE_DOWN,
	MOVE_LEFT,
	MOVE_RIGHT,
	MOVE_PAGE_UP,
	MOVE_PAGE_DOWN,
	MOVE_FIRST,
	MOVE_LAST,
};

/* Keys that several screens share (keys.c); a set of them. */
enum {
	KEYS_MOVE = 1,        /* arrows, pages, first and last */
	KEYS_NODE = 2,        /* what can be done about the selected node */
	KEYS_STORE = 4,       /* what can be done about the store: scrub, balance, snapshot */
	KEYS_CHANGE = 8,      /* to another tab, to help, to the command line */
	KEYS_BACK = 16,       /* back to what is below */
	KEYS_QUIT = 32,       /* out of the console */
	KEYS_REPAIR = 64,     /* when repair goes, and how fast */
	KEYS_REHEARSAL = 128, /* what can be done about the scenario that is played, if one is */
	KEYS_TAB = KEYS_REPAIR | KEYS_STORE | KEYS_CHANGE | KEYS_QUIT,
};

struct screen_ops {
	const char *name; /* of the tab, and above its keys in the help */
	bool popup;
	bool types;             /* a line is typed: keys that its tables do not have are text */
	size_t state_size;      /* of its state, which begins as zeros */
	const struct key *keys; /* of its own; NULL: none */
	unsigned key_sets;      /* those that it shares */
	void (*draw)(const struct console *console, const struct paint *paint);
	/* All of the following may be NULL. */
	void (*enter)(struct console *console);  /* it comes on top */
	void (*settle)(struct console *console); /* while it can be seen */
	/* Another view takes the place of `old`; cursors stay on what they are on. Seen or not. */
	void (*show)(struct console *console, const struct view *old);
	void (*move)(struct console *console, enum move move);
	void (*key)(struct console *console, int key); /* one that its tables do not have */
	/* The mouse was pressed at a cell of the screen; `twice`: where it was just before. */
	void (*click)(struct console *console, int row, int column, bool twice);
	void (*release)(void *state);
};

extern const struct screen_ops screen_overview;
extern const struct screen_ops screen_events;
extern const struct screen_ops screen_help;
extern const struct screen_ops screen_presets;
extern const struct screen_ops screen_confirm;
extern const struct screen_ops screen_prompt;
extern const struct screen_ops screen_jobs;
extern const struct screen_ops screen_job;
extern const struct screen_ops screen_command;
extern const struct screen_ops screen_heat;
extern const struct screen_ops screen_repair;
extern const struct screen_ops screen_event;
extern const struct screen_ops screen_verdict;
extern const struct screen_ops screen_nodes;
extern const struct screen_ops screen_network;
extern const struct screen_ops screen_node;
extern const struct screen_ops screen_loss;
extern const struct screen_ops screen_files;
extern const struct screen_ops screen_file;
extern const struct screen_ops screen_chunks;
extern const struct screen_ops screen_snapshots;
extern const struct screen_ops screen_diff;
extern const struct screen_ops *const screens[SCREENS];

enum { SCREEN_DEPTH = 8, MESSAGE_BYTES = 512, MESSAGE_MS = 10000 };

/* What can be done about a scenario that is played. */
enum steering { STEER_PAUSE, STEER_PLAY, STEER_STEP, STEER_SLOWER, STEER_FASTER };

/* What stands behind the console; a test has another. */
struct console_link {
	void *context;
	/* Begins a command, in the words of the shell; `typed` by the user, who then wants to see what it says. */
	void (*run)(void *context, const char *const *words, size_t count, bool typed);
	void (*cancel)(void *context, uint64_t job);
	void (*ask)(void *context, const struct question *question);
	void (*find_paths)(void *context, uint64_t ticket, const char *prefix);
	void (*steer)(void *context, enum steering what);
};

/* A question before something is done; texts are copied. Every key but `y` means no. */
struct confirmation {
	const char *title;        /* "Fail this node?" */
	const char *subject;      /* what it is about */
	const char *text;         /* what will happen */
	const char *yes;          /* "fail it" */
	const char *const *lost;  /* nodes that will be out of reach: what that means is told too … */
	size_t lost_count;        /* … 0: none */
	const char *const *words; /* the command to run then, ended by NULL; NULL: ... */
	void (*act)(struct console *console); /* … this is called instead */
};

/* A line to be typed in the bottom row; texts are copied. */
struct prompt {
	const char *label;                                          /* "Filter: " */
	const char *text;                                           /* to begin with */
	void (*changed)(struct console *console, const char *text); /* at each edit; may be NULL */
	/* At the end; NULL when it was left with Esc. */
	void (*done)(struct console *console, const char *text);
};

struct console {
	const struct view *view; /* borrowed: whoever runs the console holds the reference */
	const struct glyphs *glyphs;
	struct console_link link;
	bool read_only;
	bool quit;
	bool repaint; /* the terminal has to be drawn from scratch */
	bool mouse;   /* the terminal is to tell of the mouse */
	int rows, columns;
	int64_t now_ms;  /* the wall clock, to be shown */
	int64_t tick_ms; /* a clock that never jumps, to measure with */

	enum screen_id stack[SCREEN_DEPTH];
	int depth; /* at least 1 */
	void *states[SCREENS];

	const struct answer *answers[QUESTION_KINDS]; /* the newest of each kind; may be NULL */
	uint64_t asked[QUESTION_KINDS];               /* the ticket of the newest question */
	int64_t asked_ms[QUESTION_KINDS];             /* by tick_ms */
	uint64_t node_changes;                        /* views in which nodes were different from before */
	uint64_t asked_changes[QUESTION_KINDS];       /* … that there had been then */
	uint64_t tickets;
	struct path_answer *paths; /* the newest paths that were found; NULL: none yet */

	const struct word_command *commands; /* for the command line; ended by one without a name */
	const struct job_list *jobs;         /* borrowed from whoever runs the console; may be NULL */
	uint64_t job;                        /* the one whose output is open */

	/*
	 * The scenario that is played, NULL: none; how it went,
	 * NULL: it is not over. Both of whoever runs the console.
	 */
	const struct rehearsal_status *rehearsal;
	const struct verdict *verdict;

	struct history *history; /* of what was shown so far */

	struct marks marks; /* of nodes */
	size_t node;        /* the selected one, by its place in the view */
	int64_t file;       /* the selected one, by its id; 0: none yet */

	char message[MESSAGE_BYTES];
	bool message_failed;
	uint64_t message_job;   /* it tells of this job, of which there is more to read; 0: of none */
	int64_t message_end_ms; /* by tick_ms; 0: no message */
};

/* `view` has to live until another one is shown. Fails without memory. */
MUST_CHECK int console_init(struct console *console, const struct view *view, const struct glyphs *glyphs);
void console_release(struct console *console);

/* Shows another view; the cursors stay on what they are on in the one before it. */
void console_show(struct console *console, const struct view *view);

/* Takes note of the time, so that the history has no gaps while nothing changes; about once a second. */
void console_tick(struct console *console);

/* Takes over the caller's reference to an answer, in the place of the one before it. */
void console_hear(struct console *console, const struct answer *answer);

/* Takes over paths that were found. */
void console_hear_paths(struct console *console, struct path_answer *paths);

/* A sentence for the user; it stays for a while, and a failure until Esc or the next one. */
void console_message(struct console *console, bool failed, const char *format, ...) PRINTF_LIKE(3, 4);
/* Lets the message go when its time is over. Returns whether it did. */
bool console_expire(struct console *console);

/* ---- where things are ---- */

/* The part of the terminal that screens draw into. Pure. */
struct area console_body(const struct console *console);

const struct screen_ops *console_screen(const struct console *console);
bool console_sees(const struct console *console, enum screen_id id);
void *console_state(const struct console *console, enum screen_id id);

/* Puts a screen on top; leaves the one on top; goes to a tab, whatever is open. */
void console_push(struct console *console, enum screen_id id);
void console_pop(struct console *console);
void console_switch(struct console *console, enum screen_id id);

/* Makes everything fit; after a key, a new view, an answer or a new size. */
void console_settle(struct console *console);
void console_draw(const struct console *console, struct canvas *canvas);
/* The mouse was pressed. */
void console_click(struct console *console, int row, int column, bool twice);

/* ---- looking and acting ---- */

/* Asks; gives the question its ticket, which is returned. */
uint64_t console_ask(struct console *console, struct question *question);
/* The answer to the question with that ticket, or NULL while there is none. */
const struct answer *console_answer(const struct console *console, enum question_kind kind, uint64_t ticket);
/* Has paths of this machine looked for that begin with `prefix`; returns the ticket. */
uint64_t console_find_paths(struct console *console, const char *prefix);
/*
 * Whether to ask (again): the newest question of that kind is another's, or some time has passed and the store or its
 * nodes have changed since, or the answer is a failure.
 */
bool console_should_ask(const struct console *console, enum question_kind kind, uint64_t ticket);

/* Why a read-only console changes nothing, as a sentence. */
const char *console_read_only_reason(const struct console *console);

/* Runs a command, its words ended by NULL, and says so. Refused in a read-only console. */
void console_run(struct console *console, const char *const *words);
/*
 * The same for what the user typed, who sees its output when it
 * is over; whether it may run is for the caller to know.
 */
void console_run_typed(struct console *console, const char *const *words);
/* A job is over: says how it went, or shows what it said. */
void console_job_over(struct console *console, const struct job *job);
void console_confirm(struct console *console, const struct confirmation *confirmation);
void console_prompt(struct console *console, const struct prompt *prompt);

/* Interrupts a job, if it runs; asks first. `job` may be NULL. */
void console_cancel(struct console *console, const struct job *job);

/* Leaves the console; asks first while jobs run. */
void console_quit(struct console *console);

/* Opens the verdict, if there is one and no line is typed and no question asked. */
void console_show_verdict(struct console *console);

/* The selected node, or NULL when there is none. */
const struct view_node *console_node(const struct console *console);

/* Moves a cursor over `total` rows of which `page` are in sight; left and right are a page too. */
size_t console_moved(size_t at, enum move move, size_t page, size_t total);

#endif
