/*
 * course.h: how a repair has gone since it began, as far as the views that came by tell.
 *
 * A view says what is left. How much of the whole that is, and how long a grace was at first, takes all views since
 * then: the console shows each to its course, whatever can be seen. How the rate has been is in the history.
 *
 *     nothing to do --work appears--> begun --nothing is left--> nothing to do
 */
#ifndef LINCKIA_TUI_COURSE_H
#define LINCKIA_TUI_COURSE_H

#include "engine/engine.h"

struct console;

struct course {
	bool begun;                           /* something is to be done */
	uint64_t bytes_before, chunks_before; /* repaired by then */
	double grace_s;                       /* the longest that was left of this grace; 0: none */
	/* A limit that was asked for, until a view shows it or it is clear that none will. */
	bool limit_asked;
	uint64_t limit;
	int64_t limit_ms; /* when it was asked for, by a clock that never jumps */
};

/* Takes in a view; in the order of time. */
void course_follow(struct course *course, const struct view *view, int64_t tick_ms);

struct course_progress {
	uint64_t done_bytes, total_bytes, done_chunks, total_chunks;
	double ratio; /* 0 to 1; negative: nothing is to be done */
};

/* How far what is being done has come, with `view` the newest. */
struct course_progress course_progress(const struct course *course, const struct view *view);

/* A limit was asked for; `tick_ms` is a clock that never jumps. */
void course_ask_limit(struct course *course, uint64_t limit, int64_t tick_ms);

/* The limit that counts: the one that was asked for, else the view's. */
uint64_t course_limit(const struct course *course, const struct view *view);

/* The console's (screen_repair.c). */
struct course *console_course(const struct console *console);

#endif
