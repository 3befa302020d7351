#include "cli/metrics.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/version.h"

bool metrics_has_label(const char *key)
{
	static const char *const keys[] = {"code", "kind", "node", "state", "version", "zone"};
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* One sample with one label. */
static void integer(struct exposition *page, const char *key, const char *value, uint64_t number)
{
	assert(metrics_has_label(key));
	exposition_integer(page, (const struct sample_label[SAMPLE_LABELS]){{key, value}}, number);
}

/* Gauges without a label. */
static void only(
	struct exposition *page, const char *name, const char *unit, uint64_t number, const char *help)
{
	exposition_gauge(page, name, unit, help);
	exposition_integer(page, no_labels, number);
}

/* A negative number stands for unknown. */
static void only_if_known(
	struct exposition *page, const char *name, const char *unit, double number, const char *help)
{
	if (!(number >= 0) || isinf(number))
		return;
	exposition_gauge(page, name, unit, help);
	exposition_decimal(page, no_labels, number);
}

static void only_time(struct exposition *page, const char *name, int64_t milliseconds, const char *help)
{
	if (milliseconds <= 0)
		return;
	exposition_gauge(page, name, "seconds", help);
	exposition_time(page, no_labels, milliseconds);
}

static void only_total(struct exposition *page, const char *name, uint64_t number, const char *help)
{
	exposition_total(page, name, help);
	exposition_integer(page, no_labels, number);
}

/* ---- health ---- */

static void tell_program(struct exposition *page, bool up)
{
	only(page, "up", NULL, up, "Whether the store could be looked at.");
	exposition_gauge(
		page, "build_info", NULL, "Always 1; the label says which version of linckia this is.");
	integer(page, "version", LINCKIA_VERSION, 1);
}

static void tell_health(struct exposition *page, enum health health)
{
	only(page, "health", NULL, health,
		"As the exit status of linckia status: 0 HEALTHY, 1 DEGRADED, 2 CRITICAL, 3 unknown.");
}

static void tell_checks(struct exposition *page, const struct view *view)
{
	uint64_t counts[CHECK_CODES] = {0};
	bool holds[CHECK_CODES] = {false};
	for (size_t i = 0; i < view->check_count; i++) {
		holds[view->checks[i].code] = true;
		counts[view->checks[i].code] = view->checks[i].count;
	}
	/* Two families, for a reason may hold and count none: WRITES_REFUSED counts the nodes that take chunks. */
	exposition_gauge(page, "check", NULL, "Whether this reason for not being HEALTHY holds.");
	for (int code = 0; code < CHECK_CODES; code++)
		integer(page, "code", check_code_name((enum check_code)code), holds[code]);
	exposition_gauge(page, "check_items", NULL, "What such a reason counts: chunks, nodes and so on.");
	for (int code = 0; code < CHECK_CODES; code++)
		integer(page, "code", check_code_name((enum check_code)code), counts[code]);
}

/* ---- what is stored ---- */

static void tell_chunks(struct exposition *page, const struct view_chunks *chunks)
{
	exposition_gauge(
		page, "chunks", NULL, "Chunks by how many live copies they have; each is in one state.");
	integer(page, "state", "full", chunks->full);
	integer(page, "state", "under_replicated", chunks->under_replicated);
	integer(page, "state", "unavailable", chunks->unavailable);
	integer(page, "state", "lost", chunks->lost);
	only(page, "chunks_last_copy", NULL, chunks->last_copy,
		"Those of under_replicated that have one live copy.");
	only(page, "chunks_excess", NULL, chunks->excess, "Those of full with more copies than wanted.");
	only(page, "chunks_misplaced", NULL, chunks->misplaced,
		"Chunks with copies that share a zone needlessly.");
	only(page, "replicas_corrupt", NULL, chunks->corrupt, "Bad copies that are not replaced yet.");
}

static void tell_store(struct exposition *page, const struct view *view)
{
	only_time(page, "health_since_timestamp_seconds", view->health_since_ms,
		"Since when the health is what it is.");
	only_time(page, "view_timestamp_seconds", view->time_ms, "When these numbers were taken.");
	only(page, "replication_factor", NULL, view->replication_factor, "Copies that a new file gets.");
	only(page, "min_replicas", NULL, view->min_replicas, "Copies without which nothing is stored.");
	only(page, "files", NULL, view->files, "Files, each with its current version.");
	only(page, "versions", NULL, view->versions, "Versions of files that are kept.");
	only(page, "snapshots", NULL, view->snapshots, "Snapshots.");
	tell_chunks(page, &view->chunks);
	only(page, "logical_bytes", "bytes", view->logical_bytes, "Of the current versions of all files.");
	only(page, "unique_bytes", "bytes", view->unique_bytes, "Of all chunks, each counted once.");
	only(page, "stored_bytes", "bytes", view->stored_bytes, "Of all copies of chunks.");
	only(page, "capacity_bytes", "bytes", view->capacity_bytes, "Of all nodes that answer.");
	if (view->catalog_bytes > 0)
		only(page, "catalog_bytes", "bytes", view->catalog_bytes, "Of the files of the catalog.");
}

/* ---- nodes ---- */

static void tell_node_states(struct exposition *page, const struct view *view)
{
	exposition_gauge(page, "node_info", NULL, "Always 1; the labels say which zone a node is in.");
	for (size_t i = 0; i < view->node_count; i++)
		exposition_integer(page,
			(const struct sample_label[SAMPLE_LABELS]){
				{"node", view->nodes[i].name}, {"zone", view->nodes[i].zone}},
			1);
	exposition_gauge(page, "node_state", NULL, "1 for the state that a node is in, 0 for the others.");
	for (size_t i = 0; i < view->node_count; i++) {
		const struct view_node *node = &view->nodes[i];
		for (int state = NODE_UP; state <= NODE_DRAINING; state++)
			exposition_integer(page,
				(const struct sample_label[SAMPLE_LABELS]){{"node", node->name},
					{"state", node_state_name((enum node_state)state)}},
				state == (int)node->state);
	}
}

/* What may be unknown. */
static void tell_node_room(struct exposition *page, const struct view *view)
{
	exposition_gauge(page, "node_capacity_bytes", "bytes", "What a node may use; left out when unknown.");
	for (size_t i = 0; i < view->node_count; i++)
		if (view->nodes[i].capacity_bytes > 0)
			integer(page, "node", view->nodes[i].name, view->nodes[i].capacity_bytes);
	exposition_gauge(page, "node_free_bytes", "bytes",
		"What a node has room for; left out when it does not answer.");
	for (size_t i = 0; i < view->node_count; i++) {
		const struct view_node *node = &view->nodes[i];
		bool full = node->used_bytes >= node->capacity_bytes;
		if (view_node_answers(node))
			integer(page, "node", node->name, full ? 0 : node->capacity_bytes - node->used_bytes);
	}
	exposition_gauge(page, "node_latency_seconds", "seconds",
		"Of the last small read from a node; left out when unknown.");
	for (size_t i = 0; i < view->node_count; i++)
		if (view->nodes[i].latency_ms >= 0)
			exposition_decimal(page,
				(const struct sample_label[SAMPLE_LABELS]){{"node", view->nodes[i].name}},
				view->nodes[i].latency_ms / 1000);
}

/* What is always known; `unit` is NULL for totals, too. */
static const struct {
	const char *name, *unit;
	bool total;
	size_t member; /* of struct view_node, a uint64_t */
	const char *help;
} node_numbers[] = {
	{"node_used_bytes", "bytes", false, offsetof(struct view_node, used_bytes),
		"Of the copies of chunks on a node."},
	{"node_chunks", NULL, false, offsetof(struct view_node, chunks), "Copies of chunks on a node."},
	{"node_chunks_at_risk", NULL, false, offsetof(struct view_node, at_risk),
		"Those of them whose chunks have fewer live copies than wanted."},
	{"node_read_bytes_total", NULL, true, offsetof(struct view_node, read_bytes),
		"Of chunks, read from a node."},
	{"node_written_bytes_total", NULL, true, offsetof(struct view_node, written_bytes),
		"Of chunks, written to a node."},
	{"node_errors_total", NULL, true, offsetof(struct view_node, errors),
		"Failed reads and writes of a node, and bad copies found on it."},
};

static void tell_nodes(struct exposition *page, const struct view *view)
{
	tell_node_states(page, view);
	tell_node_room(page, view);
	for (size_t n = 0; n < sizeof(node_numbers) / sizeof(*node_numbers); n++) {
		if (node_numbers[n].total)
			exposition_total(page, node_numbers[n].name, node_numbers[n].help);
		else
			exposition_gauge(
				page, node_numbers[n].name, node_numbers[n].unit, node_numbers[n].help);
		for (size_t i = 0; i < view->node_count; i++) {
			uint64_t number;
			const char *node = (const char *)&view->nodes[i];
			memcpy(&number, node + node_numbers[n].member, sizeof(number));
			integer(page, "node", view->nodes[i].name, number);
		}
	}
}

/* ---- upkeep ---- */

static void tell_queue(struct exposition *page, const struct view_repair *repair)
{
	char kinds[QUEUES][32];
	for (int kind = 0; kind < QUEUES; kind++) {
		snprintf(kinds[kind], sizeof(kinds[kind]), "%s", repair_queue_name((enum repair_queue)kind));
		for (char *c = kinds[kind]; *c; c++)
			*c = *c == ' ' ? '_' : *c;
	}
	only(page, "repair_queued_chunks", NULL, repair->queued,
		"Chunks that lack a copy, or of which one is to be moved or removed.");
	only(page, "repair_queued_bytes", "bytes", repair->queued_bytes, "What is to be copied for that.");
	exposition_gauge(page, "repair_queue_chunks", NULL, "Queued chunks by kind.");
	for (int kind = 0; kind < QUEUES; kind++)
		integer(page, "kind", kinds[kind], repair->queue[kind].chunks);
	exposition_gauge(
		page, "repair_queue_bytes", "bytes", "Queued bytes by kind; those of excess become free.");
	for (int kind = 0; kind < QUEUES; kind++)
		integer(page, "kind", kinds[kind], repair->queue[kind].bytes);
}

static void tell_repair(struct exposition *page, const struct view_repair *repair)
{
	exposition_gauge(page, "repair_state", NULL, "1 for the state that repair is in, 0 for the others.");
	for (int state = REPAIR_IDLE; state <= REPAIR_BLOCKED; state++)
		integer(page, "state", repair_state_name((enum repair_state)state),
			state == (int)repair->state);
	tell_queue(page, repair);
	only(page, "repair_active_transfers", NULL, repair->active, "Chunks that are being copied now.");
	only_if_known(
		page, "repair_rate_bytes_per_second", NULL, repair->rate, "How fast chunks are repaired.");
	only(page, "repair_limit_bytes_per_second", NULL, repair->bandwidth,
		"How fast repair may copy; 0 is no limit.");
	only_if_known(page, "repair_remaining_seconds", "seconds", repair->eta_s,
		"How long repair will take; left out when unknown.");
	only_if_known(page, "repair_grace_seconds", "seconds", repair->grace_left_s,
		"Until the first grace of a node ends; left out when none is in grace.");
	only_total(page, "repaired_chunks_total", repair->repaired,
		"Since the process that maintains the store began, as are the next ones.");
	only_total(page, "repaired_bytes_total", repair->repaired_bytes, "Of these chunks.");
	only_total(page, "moved_bytes_total", repair->moved_bytes,
		"Of these, of copies that were merely in the wrong place.");
	only_total(page, "trimmed_bytes_total", repair->trimmed_bytes,
		"Of copies that were taken away as excess.");
}

static void tell_scrub(struct exposition *page, const struct view_scrub *scrub)
{
	only(page, "scrub_running", NULL, scrub->running, "Whether a pass of the scrub is under way.");
	only(page, "scrub_done_chunks", NULL, scrub->done, "Chunks that this pass has verified.");
	only(page, "scrub_pass_chunks", NULL, scrub->total, "Chunks that this pass is to verify.");
	only(page, "scrub_bad_replicas", NULL, scrub->bad, "Bad copies that this pass has found.");
	only_if_known(
		page, "scrub_rate_bytes_per_second", NULL, scrub->rate, "How fast copies are verified.");
	only_time(page, "scrub_oldest_timestamp_seconds", scrub->oldest_verified_ms,
		"Since when every copy that can be read was verified; left out while some never was.");
}

char *metrics_text(enum metrics_seen seen, const struct view *view, const struct sample_label *labels,
	size_t label_count)
{
	assert((seen == METRICS_NOTHING) == !view);
	struct exposition page;
	exposition_begin(&page, labels, label_count);
	tell_program(&page, seen == METRICS_ALL);
	tell_health(&page, view ? view->health : HEALTH_UNKNOWN);
	if (view)
		tell_checks(&page, view);
	if (seen == METRICS_ALL) {
		tell_store(&page, view);
		tell_nodes(&page, view);
		only(&page, "maintained", NULL, view->maintenance_pid > 0,
			"Whether a process maintains the store.");
		tell_repair(&page, &view->repair);
		tell_scrub(&page, &view->scrub);
	}
	return exposition_end(&page);
}
