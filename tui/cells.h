/*
 * cells.h: foreign text as a sequence of pieces, each some columns wide, that are never taken apart.
 *
 * A piece is a character with the marks that combine with it, or the escape (\n, \x1b, \u{202e}) that
 * text_escape() puts in the place of a character that a terminal must not see (invariant 9). Invisible
 * characters that merely join or vary their neighbours are left out, because terminals disagree on what
 * they do to widths.
 *
 * Widths do not depend on whether the text is shown as UTF-8 or as ASCII. Pure functions.
 */
#ifndef LINCKIA_TUI_CELLS_H
#define LINCKIA_TUI_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct piece {
	char text[48]; /* harmless, and ended by a NUL */
	size_t length;
	int columns;
	uint32_t base; /* the code point the piece began with; 0 for an escape */
	bool escape;   /* `text` is ASCII, one column a byte */
};

/* Reads the piece at `text`; returns the bytes it took, 0 at the end. An invisible piece has 0 columns. */
size_t cells_next(const char *text, size_t length, struct piece *piece);

/* The columns of the whole text; stops counting soon after `limit`. */
int cells_width(const char *text, int limit);

/* How much of a text to show. */
struct cells_cut {
	size_t length; /* bytes */
	int columns;
	bool cut; /* an ellipsis belongs after it */
};

/*
 * Cuts `text` to at most `columns`, of which a cut text leaves `ellipsis` unused. A cut never falls into a
 * number, nor right behind one, where it would look like a shorter number.
 */
struct cells_cut cells_cut(const char *text, int columns, int ellipsis);

/*
 * How many bytes of `text` the row shows that it begins when it is wrapped at spaces to `columns` (at
 * least 1); a word that is too long is broken, but not within a number while that can be avoided. `*next`
 * is where the following row begins: NULL when nothing is left.
 */
size_t cells_wrap(const char *text, int columns, const char **next);

/* How many rows wrapping takes when the first row has `first` columns and the others have `columns`. */
int cells_wrap_rows(const char *text, int first, int columns);

#endif
