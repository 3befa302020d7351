/*
 * panel_bars.h: what each node holds, as bars that can be compared with each other and with their mean.
 */
#ifndef LINCKIA_TUI_PANEL_BARS_H
#define LINCKIA_TUI_PANEL_BARS_H

#include "engine/engine.h"
#include "tui/paint.h"

enum bars {
	BARS_CHUNKS,
	BARS_BYTES,
	BARS_FILL, /* used of capacity */
	BARS_KINDS
};

/* Over the nodes that are in service; those that are not hold what nobody can read. */
struct bars_summary {
	size_t nodes;
	double mean, most; /* of chunks, of bytes, or of the share that is used */
	size_t fullest, emptiest;
};
struct bars_summary bars_summarise(const struct view *view, enum bars bars);
double bars_value(const struct view_node *node, enum bars bars);
/* How far a value is from the mean, as a share of it. */
double bars_off(double value, double mean);

/* A title and a row for each node from `first` on; the cursor is on `selected`. */
void panel_bars(const struct paint *paint, struct area area, const struct view *view, enum bars bars,
	size_t selected, size_t first);

#endif
