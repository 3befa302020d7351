/*
 * panel_copies.h: how many chunks stand how, and how many have how many live copies.
 */
#ifndef LINCKIA_TUI_PANEL_COPIES_H
#define LINCKIA_TUI_PANEL_COPIES_H

#include "engine/engine.h"
#include "tui/paint.h"

enum { PANEL_COPIES_BRIEF = 1 }; /* with so many rows, or not many more, the title has the facts beside it */

/* The rows that it would like, its title among them; and those in which it has the histogram at least. */
int panel_copies_rows(const struct view *view, int columns);
int panel_copies_rows_least(const struct view *view);
void panel_copies(const struct paint *paint, struct area area, const struct view *view);

#endif
