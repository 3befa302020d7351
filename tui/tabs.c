/*
 * tabs.c: all names where they fit, else closer together, else only the chosen one's.
 */
#include <stdio.h>
#include <string.h>

#include "tui/tabs.h"

/* Where a tab stands in its row; how much of the names fits depends on the columns. */
struct tab_place {
	int column, columns;
};

/* Places the tabs: with all names; or only the chosen one's; or, with no room for that, none. */
static void place_tabs(enum screen_id chosen, int columns, struct tab_place places[SCREEN_TABS])
{
	enum { FULL, TIGHT, DIGITS, STEPS };
	for (int step = FULL; step < STEPS; step++) {
		int at = 1;
		for (int i = 0; i < SCREEN_TABS; i++) {
			places[i] = (struct tab_place){at, 0};
			if (screens[i] == NULL)
				continue;
			bool named = step != DIGITS || chosen == (enum screen_id)i;
			places[i].columns = named ? 4 + (int)strlen(screens[i]->name) : 3;
			at += places[i].columns + (step == FULL ? 0 : -1);
		}
		if (at <= columns)
			return;
	}
}

void tabs_draw(const struct paint *paint, struct area area, enum screen_id chosen)
{
	struct tab_place places[SCREEN_TABS];
	place_tabs(chosen, area.columns, places);
	for (int i = 0; i < SCREEN_TABS; i++) {
		char digit[16];
		if (places[i].columns == 0 || places[i].column + places[i].columns > area.columns)
			continue;
		int column = places[i].column;
		snprintf(digit, sizeof(digit), "%d", i + 1);
		if (chosen == (enum screen_id)i) {
			char text[48];
			snprintf(text, sizeof(text), " %d %s ", i + 1, screens[i]->name);
			paint_text(paint, area.row, column - 1, places[i].columns, ROLE_ACCENT | STYLE_BADGE,
				text);
			continue;
		}
		paint_text(paint, area.row, column, 1, ROLE_ACCENT, digit);
		if (places[i].columns > 3)
			paint_text(paint, area.row, column + 2, places[i].columns - 3, ROLE_DIM,
				screens[i]->name);
	}
}

enum screen_id tabs_at(struct area area, enum screen_id chosen, int column)
{
	struct tab_place places[SCREEN_TABS];
	place_tabs(chosen, area.columns, places);
	for (int i = 0; i < SCREEN_TABS; i++)
		if (column >= places[i].column - 1 && column < places[i].column + places[i].columns - 1)
			return (enum screen_id)i;
	return SCREEN_TABS;
}
