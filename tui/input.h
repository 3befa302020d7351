/*
 * input.h: a line that is being typed, and the lines that were typed before.
 *
 * Text is UTF-8, edited by characters; control characters are dropped, so that a paste can do no harm. Pure but for
 * the memory of the history. One line takes INPUT_BYTES at the most: a name of 4,096 bytes in quotes and some words.
 */
#ifndef LINCKIA_TUI_INPUT_H
#define LINCKIA_TUI_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/paint.h"

enum { INPUT_BYTES = 12288, INPUT_HISTORY = 64 };

struct input {
	char text[INPUT_BYTES];
	size_t length;
	size_t cursor; /* a byte, at the beginning of a character or at the end */
	char *history[INPUT_HISTORY];
	size_t history_count;
	size_t history_at; /* history_count: the line is new */
	char *draft;       /* the new line, while the history is looked at */
};

void input_set(struct input *input, const char *text);

/* Acts on a key, numbered as keys.h says. Returns whether it was one that edits or moves. */
bool input_key(struct input *input, int key);

/* Keeps the line for later; an empty one, and the same twice, are not kept. */
void input_remember(struct input *input);

/* Draws the line from `column` on, scrolled so that the cursor, a cell in reverse, can be seen. */
void input_draw(const struct input *input, const struct paint *paint, int row, int column, int columns);

void input_release(struct input *input);

#endif
