/*
 * arena.h: memory for things that are made together and freed together, such as a view and all it points to.
 *
 * An arena that ran out of memory stays failed and hands out NULL; whoever built something with it asks once, at the
 * end. One thread at a time.
 */
#ifndef LINCKIA_ENGINE_ARENA_H
#define LINCKIA_ENGINE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/error.h"

struct arena_block;

struct arena {
	struct arena_block *blocks;
	bool failed;
};

/* Zeroed memory for any type; NULL when there is none. */
void *arena_alloc(struct arena *arena, size_t size);
/* A copy of `text`, and a formatted text. Never NULL: "" when there is no memory. */
const char *arena_text(struct arena *arena, const char *text);
const char *arena_format(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
void arena_free(struct arena *arena);

#endif
