/*
 * rehearsal_strip.h: the rows at the bottom that say which scenario is played, how far it is, and what the keys do
 * about it.
 *
 * Drawn from a status alone, below everything else that the console shows. What can be done about the rehearsal is
 * in keys_rehearsal.c.
 */
#ifndef LINCKIA_TUI_REHEARSAL_STRIP_H
#define LINCKIA_TUI_REHEARSAL_STRIP_H

#include "tui/keys.h"

/* How many rows of a screen of `rows` it takes: none where the rest would be too low to be of use. */
int rehearsal_strip_rows(int rows);

void rehearsal_strip_draw(const struct paint *paint, struct area area, const struct rehearsal_status *status);

/* "2x", "5 m a second", "as fast as can be": how fast a virtual clock goes. Returns `out`. */
char *rehearsal_speed_text(char *out, size_t size, double speed);

/* The next speed of a fixed list, faster or slower; 0 is as fast as can be. */
double rehearsal_next_speed(double speed, bool faster);

#endif
