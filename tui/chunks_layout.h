/*
 * chunks_layout.h: where the parts of the screen about chunks are. Pure functions of the body and the view.
 */
#ifndef LINCKIA_TUI_CHUNKS_LAYOUT_H
#define LINCKIA_TUI_CHUNKS_LAYOUT_H

#include <stddef.h>

#include "engine/engine.h"
#include "tui/canvas.h"

/* The page that compares nodes. Absent parts have no rows. */
struct chunks_layout {
	struct area summary, bars, copies, zones, pairs;
};
struct chunks_layout chunks_layout(struct area body, const struct view *view);

/* The page that compares pairs of so many nodes; 0: it is not known yet. */
struct pairs_layout {
	struct area summary, matrix, words, legend;
};
struct pairs_layout pairs_layout(struct area body, size_t nodes);

#endif
