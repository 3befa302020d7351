/*
 * glyphs.h: the characters that pictures are made of, for a terminal with UTF-8 and for one without.
 */
#ifndef LINCKIA_TUI_GLYPHS_H
#define LINCKIA_TUI_GLYPHS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"

struct glyphs {
	bool unicode;
	const char *health[4]; /* by enum health */
	const char *strip[4];  /* the same as a cell of a strip in time */
	const char *node[6];   /* by enum node_state */
	const char *ellipsis;
	int ellipsis_columns;
	const char *rule, *wall;  /* lines across and down */
	const char *corners[4];   /* top left, top right, bottom left, bottom right */
	const char *separator;    /* between facts on one row */
	const char *marker;       /* of the selected row */
	const char *thumb;        /* of a scroll bar; its track is `wall` */
	const char *bar_parts[8]; /* a cell filled by 1/steps … steps/steps; the last is the full cell */
	int bar_steps;
	const char *bar_track;
	const char *spark[8];     /* a column filled by 1/8 … 8/8 */
	const char *heat[8];      /* a cell that is cold … hot, by shape alone */
	const char *cell;         /* one chunk, or one node, of a map */
	const char *copies[5];    /* a chunk, by enum copies */
	const char *tick;         /* across a bar: where the mean is */
	const char *diagonal;     /* a pair of one thing and itself */
	const char *shaft, *head; /* an arrow to the right: some of the first, one of the second */
	const char *mark;         /* of a marked row */
	const char *descending, *ascending;
};

extern const struct glyphs glyphs_utf8, glyphs_ascii;

/* The set for the character encoding of the current locale: setlocale() comes first. */
const struct glyphs *glyphs_for_locale(void);

/* The character of ASCII that stands for `code_point` in a terminal without UTF-8. */
char glyphs_fold(uint32_t code_point);

#endif
