/*
 * tabs.h: the row with the digits and names of the tabs.
 */
#ifndef LINCKIA_TUI_TABS_H
#define LINCKIA_TUI_TABS_H

#include "tui/screen.h"

void tabs_draw(const struct paint *paint, struct area area, enum screen_id chosen);

/* The tab at a column of that row, or SCREEN_TABS. */
enum screen_id tabs_at(struct area area, enum screen_id chosen, int column);

#endif
