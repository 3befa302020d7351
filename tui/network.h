/*
 * network.h: the links of a view as a matrix: who stands where, and what fits. Pure.
 *
 * Both sides of the matrix are the same axis: the client first, then the nodes, zone by zone. A participant is the
 * place of a node in the view, or LINK_CLIENT. How a link is told is for link.h to say.
 */
#ifndef LINCKIA_TUI_NETWORK_H
#define LINCKIA_TUI_NETWORK_H

#include "engine/engine.h"
#include "tui/canvas.h"

enum { NETWORK_PLACES = STORE_NODES_MAX + 1 };

struct axis {
	size_t count;
	int who[NETWORK_PLACES];        /* the participant at each position */
	uint16_t where[NETWORK_PLACES]; /* the position of each participant, counted from LINK_CLIENT */
	size_t prefix; /* bytes that all names of nodes begin with: short labels go without them */
};

void axis_make(struct axis *axis, const struct view *view);
size_t axis_position(const struct axis *axis, int who);
/* "client", or the node's name; without what all have in common. "" for who is not there. Foreign text. */
const char *axis_name(const struct view *view, int who);
const char *axis_label(const struct axis *axis, const struct view *view, int who);
/* The zone of a participant; "" for the client. */
const char *axis_zone(const struct view *view, int who);

/* Whether a network is simulated, or can be: else only the client's links are known. */
bool network_is_simulated(const struct view *view);
/* The link between two, or NULL when nothing is known of it. */
const struct view_link *network_link(const struct view *view, int from, int to);

enum network_cells {
	CELLS_FIT,     /* numbers where all of them fit, else only colour and shape */
	CELLS_NUMBERS, /* numbers, however few fit */
	CELLS_HEAT,
	CELLS_KINDS
};

/* Where the matrix stands in an area. Nothing overlaps, nothing leaves it. */
struct network_layout {
	struct area title, zones, labels; /* labels have several rows when they are written downwards */
	struct area names;                /* of the rows, left of … */
	struct area cells;                /* … the matrix, whose last column is left to a scroll bar */
	struct area link, summary;        /* the link under the cursor, in one row or two; all links */
	int cell_columns;
	bool numbers;
};

/* `name`: the columns of the longest name; `label`: of the longest short label. */
struct network_layout layout_network(
	struct area area, size_t count, enum network_cells cells, int name, int label);
/* Rows that a matrix takes when all of it is in sight, with everything around it. */
int network_matrix_rows(size_t count, const struct network_layout *layout);
/* How many rows and columns of the matrix are in sight; at least 1. */
size_t network_rows(const struct network_layout *layout);
size_t network_columns(const struct network_layout *layout);

#endif
