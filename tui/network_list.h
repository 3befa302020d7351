/*
 * network_list.h: the client's links alone, one row for each node: what a small read takes now, usually and at worst.
 *
 * The cursor is the console's selected node. Settling keeps it in
 * sight; `first` is the row at the top, kept by the screen.
 */
#ifndef LINCKIA_TUI_NETWORK_LIST_H
#define LINCKIA_TUI_NETWORK_LIST_H

#include "tui/screen.h"

/* `alone`: there is no matrix, and a sentence says why. */
void network_list_draw(
	const struct console *console, const struct paint *paint, struct area area, size_t first, bool alone);
void network_list_settle(struct console *console, struct area area, size_t *first);
void network_list_move(struct console *console, struct area area, enum move move);
/* False: no row lies there. */
bool network_list_click(struct console *console, struct area area, size_t first, bool alone, int row);

#endif
