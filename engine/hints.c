#include "engine/hints.h"

#include <stdlib.h>

#include "engine/report.h"

enum { INTERVAL_MS = 1000 };

static bool is_slow(const struct report *report, uint16_t id)
{
	for (size_t i = 0; i < report->node_count; i++)
		if (report->nodes[i].id == id)
			return report->nodes[i].state == NODE_SLOW;
	return false;
}

static void take(struct store *store, struct report *report)
{
	bool ours;
	int64_t maintainer;
	bool maintained = maintain_report(store, report, &ours, &maintainer);
	if (ours)
		return; /* its own prober knows better */
	int64_t age_ms = store->env->time->wall_ms(store->env->time) - report->time_ms;
	bool fresh = maintained && age_ms > -REPORT_FRESH_MS && age_ms < REPORT_FRESH_MS;
	for (size_t i = 0; i < store->node_count; i++)
		node_set_slow(&store->nodes[i], fresh && is_slow(report, store->nodes[i].id));
}

void hints_follow(struct store *store)
{
	int64_t now_ns = store->env->time->monotonic_ns(store->env->time);
	int64_t next_ns = atomic_load(&store->hints_due_ns);
	if (now_ns < next_ns || !atomic_compare_exchange_strong(&store->hints_due_ns, &next_ns,
					now_ns + (int64_t)INTERVAL_MS * 1000000))
		return;
	struct report *report = calloc(1, sizeof(*report));
	if (report)
		take(store, report);
	free(report);
}
