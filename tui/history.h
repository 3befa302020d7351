/*
 * history.h: what the console has seen of a store, for strips, sparklines and timelines.
 *
 * Views tell how things are; their course is kept here, by the console, for as long as it runs. Time goes in steps of
 * HISTORY_STEP_MS, of which the newest HISTORY_STEPS are kept. For each node and step each metric is one byte, exact
 * to some percent, so that 1,024 nodes take 1.3 MiB. Changes of health are kept apart, with their times; those before
 * the console began come from the log of events that a view carries.
 *
 * Nodes are told from each other by name; what is known of a node goes when no view shows it any more. Rates are
 * differences of the counters in views. Nothing here blocks; only history_add() allocates.
 */
#ifndef LINCKIA_TUI_HISTORY_H
#define LINCKIA_TUI_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"

enum { HISTORY_STEPS = 240, HISTORY_STEP_MS = 2000 };

enum history_metric {
	HISTORY_FILL,       /* share of the capacity, 0 to 1 */
	HISTORY_THROUGHPUT, /* bytes per second, read and written */
	HISTORY_LATENCY,    /* milliseconds */
	HISTORY_ERRORS,     /* in one step */
	HISTORY_AT_RISK,    /* chunks */
	HISTORY_METRICS
};

enum history_total {
	HISTORY_READ, /* bytes per second, by all nodes */
	HISTORY_WRITTEN,
	HISTORY_REPAIR, /* bytes per second */
	HISTORY_TOTALS
};

struct history;

/* NULL without memory. */
struct history *history_new(void);
/* NULL is ignored. */
void history_free(struct history *history);

/*
 * Takes note of a view; to be called with each new one, and now and then while there is none. `tick_ms` is a clock
 * that never jumps.
 */
void history_add(struct history *history, const struct view *view, int64_t tick_ms);

/*
 * A metric of the node called `name`, `ago` whole steps before the step under way: 0 is the newest. Negative: not
 * known, or the node did not answer.
 */
double history_value(const struct history *history, const char *name, enum history_metric metric, size_t ago);

/* The largest value of a metric that any node has in the newest `steps`; 0 when there is none. */
double history_largest(const struct history *history, enum history_metric metric, size_t steps);

/* The same for the whole store; negative: not known. */
double history_total(const struct history *history, enum history_total total, size_t ago);
/* The newest `count` values, oldest first, for paint_spark(). */
void history_series(const struct history *history, enum history_total total, double *values, size_t count);
/* The same for a node's metric. */
void history_node_series(const struct history *history, const char *name, enum history_metric metric,
	double *values, size_t count);

/* What a node reads and writes now, in bytes per second; negative: not known yet. */
void history_rates(const struct history *history, const char *name, double *read, double *written);

/* The errors of a node in the step under way, exactly. */
double history_errors(const struct history *history, const char *name);

/* The worst health between two times (since 1970); HEALTH_UNKNOWN where nothing is known. */
enum health history_health(const struct history *history, int64_t from_ms, int64_t to_ms);

#endif
