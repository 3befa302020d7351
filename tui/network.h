/*
 * network.h: the links of a view as a matrix: who stands where, how a link is told, and what fits. Pure.
 *
 * Both sides of the matrix are the same axis: the client first, then the nodes, zone by zone. A participant is the
 * place of a node in the view, or LINK_CLIENT. Hotness has a fixed scale, so that a colour means the same today and
 * tomorrow.
 */
#ifndef LINCKIA_TUI_NETWORK_H
#define LINCKIA_TUI_NETWORK_H

#include "engine/engine.h"
#include "tui/canvas.h"
#include "tui/theme.h"

enum { NETWORK_PLACES = STORE_NODES_MAX + 1, LINK_TEXT_BYTES = 16 };

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

/* Whether anything is known of links from nodes, and not only of the client's. */
bool network_is_simulated(const struct view *view);
/* The link between two, or NULL when nothing is known of it. */
const struct view_link *network_link(const struct view *view, int from, int to);

/* "0.4", "48", "1.2s": milliseconds in at most 4 columns. */
char *network_latency(char out[LINK_TEXT_BYTES], double latency_ms);
/* The hotness of a latency, from 1 on. */
int network_heat(double latency_ms);
/* The role of a latency that is written as a number: what is quick is plain text, for cold colours are hard to read. */
unsigned network_role(double latency_ms);
/* Where a hotness begins, in milliseconds. */
double network_heat_begins(int step);

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
	struct area link, summary;        /* the link under the cursor; all links */
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
