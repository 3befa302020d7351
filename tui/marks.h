/*
 * marks.h: the nodes that are marked, by name.
 *
 * Marks belong to the console, so that all screens show the same ones: they say which nodes a question or a command
 * is about when it is about several. A name is marked once at most. Names are copied. Used by the thread that runs
 * the console alone; nothing blocks.
 */
#ifndef LINCKIA_TUI_MARKS_H
#define LINCKIA_TUI_MARKS_H

#include "engine/engine.h"

/* Begins as zeros: nothing is marked. */
struct marks {
	char *names[STORE_NODES_MAX]; /* in the order in which they were marked */
	size_t count;
};

void marks_release(struct marks *marks);

bool marks_has(const struct marks *marks, const char *name);
/* Fails without memory, or when STORE_NODES_MAX names are marked; then nothing has changed. */
MUST_CHECK int marks_add(struct marks *marks, const char *name);
void marks_remove(struct marks *marks, const char *name);
void marks_clear(struct marks *marks);
/* Forgets the names that `view` has no node of. */
void marks_keep(struct marks *marks, const struct view *view);

#endif
