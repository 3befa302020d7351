/*
 * node_list.h: the columns of the table of nodes: what stands in them, and how they sort and filter. Pure.
 *
 * A node is named by its place in the view. Names sort as people count (node-2 before node-10), states the worst
 * first, numbers the largest first; nodes that are equal stay in the order of the config, forwards and backwards.
 */
#ifndef LINCKIA_TUI_NODE_LIST_H
#define LINCKIA_TUI_NODE_LIST_H

#include "tui/table.h"

enum node_column {
	NODE_COLUMN_NAME,
	NODE_COLUMN_ZONE,
	NODE_COLUMN_STATE,
	NODE_COLUMN_CAUSE,
	NODE_COLUMN_FILL,
	NODE_COLUMN_USED,
	NODE_COLUMN_CAPACITY,
	NODE_COLUMN_CHUNKS,
	NODE_COLUMN_RISK,
	NODE_COLUMN_READ,
	NODE_COLUMN_WRITTEN,
	NODE_COLUMN_LATENCY,
	NODE_COLUMN_ERRORS,
	NODE_COLUMN_WEIGHT,
	NODE_COLUMN_PATH,
	NODE_COLUMNS
};

struct node_rates {
	double read, written; /* bytes per second; negative when unknown */
};

enum { NODE_FILTER_BYTES = 128 };

/* What the table is made from. */
struct node_list {
	const struct view *view;
	const struct node_rates *rates; /* for each node of the view, STORE_NODES_MAX at most */
	enum node_column sort;
	bool reverse;
	/* A part of name, zone, state or cause, whatever the case of ASCII letters; "" for all. */
	const char *filter;
};

/* Stores the places of the nodes that pass the filter, sorted; returns how many. At most STORE_NODES_MAX. */
size_t node_list_order(const struct node_list *list, uint16_t order[STORE_NODES_MAX]);

/* The columns for the nodes of a view: wide enough for each of its numbers. */
void node_list_columns(const struct view *view, struct table_column columns[NODE_COLUMNS]);

/* One row: the cells of a node; `flags` as table_row() gave them. */
void node_list_draw(const struct node_list *list, size_t node, const struct paint *paint, struct area area,
	int row, const struct table_place *places, unsigned flags);

/* What has no column, as facts in one row. */
void node_list_rest(const struct node_list *list, size_t node, const struct paint *paint, struct area area,
	const struct table_place *places);

#endif
