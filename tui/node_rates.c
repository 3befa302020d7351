/*
 * node_rates.c: differences of counters. Where the nodes are not the same ones in the same order, measuring begins anew.
 */
#include <string.h>

#include "tui/node_rates.h"

static bool same_nodes(const struct view *view, const struct view *old)
{
	if (old == NULL || old->node_count != view->node_count)
		return false;
	for (size_t i = 0; i < view->node_count; i++)
		if (strcmp(view->nodes[i].name, old->nodes[i].name) != 0)
			return false;
	return true;
}

static void begin_span(struct node_rates *rates, const struct view *view)
{
	rates->begin_ms = view->time_ms;
	for (size_t i = 0; i < rates->count; i++) {
		rates->nodes[i].read_bytes = view->nodes[i].read_bytes;
		rates->nodes[i].written_bytes = view->nodes[i].written_bytes;
	}
}

static double rate(uint64_t before, uint64_t now, double seconds)
{
	return now > before ? (double)(now - before) / seconds : 0;
}

void node_rates_show(struct node_rates *rates, const struct view *view, const struct view *old)
{
	if (rates->count == 0 || !same_nodes(view, old) || view->time_ms < rates->begin_ms) {
		rates->count = view->node_count < STORE_NODES_MAX ? view->node_count : STORE_NODES_MAX;
		rates->measured_ms = 0;
		begin_span(rates, view);
		return;
	}
	int64_t span_ms = view->time_ms - rates->begin_ms;
	if (span_ms < RATES_SPAN_MS)
		return;
	for (size_t i = 0; i < rates->count; i++) {
		struct node_rate *node = &rates->nodes[i];
		node->read = rate(node->read_bytes, view->nodes[i].read_bytes, (double)span_ms / 1000);
		node->written =
			rate(node->written_bytes, view->nodes[i].written_bytes, (double)span_ms / 1000);
	}
	rates->measured_ms = view->time_ms;
	begin_span(rates, view);
}

double node_rates_read(const struct node_rates *rates, size_t node, int64_t now_ms)
{
	if (node >= rates->count || rates->measured_ms == 0)
		return -1;
	return now_ms - rates->measured_ms > RATES_STALE_MS ? 0 : rates->nodes[node].read;
}

double node_rates_written(const struct node_rates *rates, size_t node, int64_t now_ms)
{
	if (node >= rates->count || rates->measured_ms == 0)
		return -1;
	return now_ms - rates->measured_ms > RATES_STALE_MS ? 0 : rates->nodes[node].written;
}
