/*
 * copies.h: how a chunk stands: its live copies beside those that are wanted, as a word, a shape and a role.
 *
 * The worse a standing, the larger its number, so that the worst of many chunks is the largest. Pure.
 */
#ifndef LINCKIA_TUI_COPIES_H
#define LINCKIA_TUI_COPIES_H

#include <stddef.h>

#include "tui/glyphs.h"
#include "tui/theme.h"

enum copies {
	COPIES_FULL,
	COPIES_EXCESS, /* more than wanted */
	COPIES_SHORT,  /* fewer */
	COPIES_LAST,   /* one, and more are wanted */
	COPIES_NONE,
	COPIES_KINDS
};

enum copies copies_of(unsigned live, unsigned want);
/* "full", "excess", "short", "last copy", "unavailable". */
const char *copies_word(enum copies copies);
const char *copies_glyph(const struct glyphs *glyphs, enum copies copies);
enum role copies_role(enum copies copies);

/* "2 of 3"; "-" for what has no chunks (`live` negative). Returns `out`. */
char *copies_text(char *out, size_t size, int live, unsigned want);

#endif
