/*
 * node_rates.h: how fast nodes are read and written, from the counters of successive views.
 *
 * A rate is taken over at least RATES_SPAN_MS, so that it does not jump with every view. While no view comes nothing
 * is counted either: a rate that is too old reads as 0. For the thread that runs the console; nothing allocates.
 */
#ifndef LINCKIA_TUI_NODE_RATES_H
#define LINCKIA_TUI_NODE_RATES_H

#include "engine/engine.h"

enum { RATES_SPAN_MS = 900, RATES_STALE_MS = 5000 };

struct node_rate {
	uint64_t read_bytes, written_bytes; /* where the span began */
	double read, written;               /* bytes per second; negative when unknown */
};

/* Begins as zeros. */
struct node_rates {
	struct node_rate nodes[STORE_NODES_MAX]; /* in the order of the view */
	size_t count;
	int64_t begin_ms;    /* of the span */
	int64_t measured_ms; /* when the last span ended; 0: never */
};

/* Takes a view into account. `old` is the one before it, or NULL. */
void node_rates_show(struct node_rates *rates, const struct view *view, const struct view *old);

/* Bytes per second of a node of the view that was shown last; negative when unknown. */
double node_rates_read(const struct node_rates *rates, size_t node, int64_t now_ms);
double node_rates_written(const struct node_rates *rates, size_t node, int64_t now_ms);

#endif
