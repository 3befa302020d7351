/*
 * frame.h: a text that stands on the terminal and is drawn anew in its place.
 *
 * Nothing is wiped before it is drawn over, so that it does not flicker; what does not fit is cut off at the
 * right and at the bottom, so that its beginning never scrolls away.
 */
#ifndef LINCKIA_CLI_FRAME_H
#define LINCKIA_CLI_FRAME_H

#include <stdbool.h>
#include <stddef.h>

/* Whether standard output is a terminal where this is possible. */
bool frame_is_possible(void);

/* Draws `text`, lines that may hold colours. */
void frame_draw(const char *text);

/* What draws `text` on a terminal of `rows` rows, of which the last stays free. The caller frees it. Pure. */
char *frame_make(const char *text, size_t rows);

#endif
