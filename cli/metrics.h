/*
 * metrics.h: a whole view, as numbers for Prometheus: exposition.h.
 *
 * What is unknown is left out instead of being given a number that means so, and so is what `status` knows in words
 * only. Units are bytes and seconds; times are seconds since 1970. Nodes and zones are named, files are not.
 * docs/monitoring.md lists all of it.
 */
#ifndef LINCKIA_CLI_METRICS_H
#define LINCKIA_CLI_METRICS_H

#include "cli/exposition.h"

/* Whether some metric has a label of its own that is called so. */
bool metrics_has_label(const char *key);

/* How much could be seen of the store. */
enum metrics_seen {
	METRICS_NOTHING, /* there is no view */
	METRICS_DAMAGE,  /* the view has the health and its reason alone (store_view_damaged) */
	METRICS_ALL,
};

/* The text, with these labels at every sample. The caller frees it; NULL when memory was short. */
char *metrics_text(enum metrics_seen seen, const struct view *view, const struct sample_label *labels,
	size_t label_count);

#endif
