/*
 * paths.h: which paths of this machine begin in a certain way, for completion.
 *
 * A thread looks into the folder, because a file system may not answer for a long time; the console never does. Only
 * the newest question is answered.
 */
#ifndef LINCKIA_TUI_PATHS_H
#define LINCKIA_TUI_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"

enum { PATHS_MAX = 128 };

struct path_answer {
	uint64_t ticket;
	char *paths[PATHS_MAX]; /* in byte order; a folder ends in '/' */
	size_t count;
	bool more; /* than those */
};

struct paths;

/* `wake` is called from the thread when there is an answer. */
MUST_CHECK int paths_start(
	void (*wake)(void *context), void *context, struct paths **paths, struct error *error);
/* Waits for nothing: a thread that is still looking ends when it can. NULL is ignored. */
void paths_stop(struct paths *paths);

/* Asks for the paths that begin with `prefix`, which is copied. Names that begin with '.' have to be asked for. */
void paths_ask(struct paths *paths, uint64_t ticket, const char *prefix);

/* The newest answer that was not taken yet, or NULL. */
struct path_answer *paths_take(struct paths *paths);
/* NULL is ignored. */
void path_answer_free(struct path_answer *answer);

#endif
