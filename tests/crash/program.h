/*
 * program.h: running the real program once, with or without a strike.
 */
#ifndef LINCKIA_TESTS_CRASH_PROGRAM_H
#define LINCKIA_TESTS_CRASH_PROGRAM_H

#include "tests/crash/point.h"

/* How a sanitizer ends the program. */
enum { CODE_SANITIZER = 99 };

struct outcome {
	bool hung, killed;
	int signal; /* 0: it ended by itself, with: */
	int code;
	char said[4096]; /* on standard error */
	struct strike_report report;
	struct strike_call *calls; /* that were counted, `report.called` of them; the caller's to free */
};

/* Runs the command of `operation` in `folder`. Without a strike nothing is preloaded, but to count. */
enum strike_mode { STRIKE_NONE, STRIKE_COUNT, STRIKE_COUNT_MEMORY, STRIKE_POINT };
void program_run(const struct world *world, const struct operation *operation, const char *folder,
	enum strike_mode mode, const struct point *point, struct outcome *outcome);

/* Runs `words`, the first of which is the path of a program, and gives back what it prints. Anything but 0 dies. */
char *program_ask(const char *const *words);

#endif
