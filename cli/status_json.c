/*
 * status_json.c: a whole view as one JSON object.
 */
#include <stdio.h>

#include "cli/json.h"
#include "cli/nodes.h"
#include "cli/status.h"

static cJSON *check_json(const struct view_check *check)
{
	cJSON *object = cJSON_CreateObject();
	json_add_text(object, "code", check_code_name(check->code));
	json_add_text(object, "severity", health_name(check->severity));
	json_add_text(object, "summary", check->summary);
	json_add_integer(object, "count", check->count);
	json_add_texts(object, "details", check->details, check->detail_count);
	json_add_text(object, "advice", check->advice);
	return object;
}

static void add_chunks(cJSON *object, const struct view_chunks *chunks)
{
	cJSON *inner = cJSON_AddObjectToObject(object, "chunks");
	json_add_integer(inner, "total", chunks->total);
	json_add_integer(inner, "full", chunks->full);
	json_add_integer(inner, "under_replicated", chunks->under_replicated);
	json_add_integer(inner, "last_copy", chunks->last_copy);
	json_add_integer(inner, "unavailable", chunks->unavailable);
	json_add_integer(inner, "lost", chunks->lost);
	json_add_integer(inner, "excess", chunks->excess);
	json_add_integer(inner, "corrupt", chunks->corrupt);
	json_add_integer(inner, "misplaced", chunks->misplaced);
}

static void add_bytes(cJSON *object, const struct view *view)
{
	cJSON *inner = cJSON_AddObjectToObject(object, "bytes");
	json_add_integer(inner, "logical", view->logical_bytes);
	json_add_integer(inner, "unique", view->unique_bytes);
	json_add_integer(inner, "stored", view->stored_bytes);
	json_add_integer(inner, "capacity", view->capacity_bytes);
	json_add_integer(inner, "catalog", view->catalog_bytes);
}

static cJSON *transfer_json(const struct view_transfer *transfer)
{
	cJSON *object = cJSON_CreateObject();
	json_add_name(object, "file", *transfer->file ? transfer->file : NULL);
	json_add_text(object, "source", transfer->source);
	json_add_text(object, "target", transfer->target);
	json_add_text(object, "purpose", transfer->purpose);
	json_add_integer(object, "bytes", transfer->bytes);
	json_add_integer(object, "done", transfer->done_bytes);
	json_add_decimal(object, "age_s", (double)transfer->age_ms / 1000);
	return object;
}

/* The names are those of view.h, as words that jq takes. */
static void add_queue(cJSON *object, const struct view_queue *queue)
{
	cJSON *inner = cJSON_AddObjectToObject(object, "queue");
	for (int kind = 0; kind < QUEUES; kind++) {
		char key[32];
		snprintf(key, sizeof(key), "%s", repair_queue_name((enum repair_queue)kind));
		for (char *c = key; *c; c++)
			*c = *c == ' ' ? '_' : *c;
		cJSON *item = cJSON_AddObjectToObject(inner, key);
		json_add_integer(item, "chunks", queue[kind].chunks);
		json_add_integer(item, "bytes", queue[kind].bytes);
	}
}

static void add_repair(cJSON *object, const struct view_repair *repair)
{
	cJSON *inner = cJSON_AddObjectToObject(object, "repair");
	json_add_text(inner, "state", repair_state_name(repair->state));
	json_add_text(inner, "reason", repair->reason);
	json_add_integer(inner, "queued", repair->queued);
	json_add_integer(inner, "queued_bytes", repair->queued_bytes);
	add_queue(inner, repair->queue);
	json_add_integer(inner, "active", repair->active);
	json_add_rounded(inner, "rate", repair->rate);
	json_add_rounded(inner, "eta_s", repair->eta_s);
	json_add_decimal(inner, "grace_left_s", repair->grace_left_s);
	json_add_integer(inner, "bandwidth", repair->bandwidth);
	json_add_integer(inner, "repaired", repair->repaired);
	json_add_integer(inner, "repaired_bytes", repair->repaired_bytes);
	json_add_integer(inner, "moved_bytes", repair->moved_bytes);
	json_add_integer(inner, "trimmed_bytes", repair->trimmed_bytes);
	cJSON *transfers = cJSON_AddArrayToObject(inner, "transfers");
	for (size_t i = 0; i < repair->transfer_count; i++)
		cJSON_AddItemToArray(transfers, transfer_json(&repair->transfers[i]));
}

static const char *link_end(const struct view *view, int node)
{
	return node == LINK_CLIENT ? "client" : view->nodes[node].name;
}

static cJSON *link_json(const struct view *view, const struct view_link *link)
{
	cJSON *object = cJSON_CreateObject();
	json_add_text(object, "from", link_end(view, link->from));
	json_add_text(object, "to", link_end(view, link->to));
	json_add_decimal(object, "latency_ms", link->latency_ms);
	cJSON_AddBoolToObject(object, "cut", link->cut);
	cJSON *simulated = cJSON_AddObjectToObject(object, "simulated");
	json_add_signed(simulated, "latency_ms", link->simulated.latency_ms);
	json_add_signed(simulated, "jitter_ms", link->simulated.jitter_ms);
	json_add_integer(simulated, "bandwidth", link->simulated.bandwidth);
	cJSON_AddNumberToObject(simulated, "loss", link->simulated.loss);
	return object;
}

static void add_scrub(cJSON *object, const struct view_scrub *scrub)
{
	cJSON *inner = cJSON_AddObjectToObject(object, "scrub");
	cJSON_AddBoolToObject(inner, "running", scrub->running);
	json_add_integer(inner, "done", scrub->done);
	json_add_integer(inner, "total", scrub->total);
	json_add_integer(inner, "bad", scrub->bad);
	json_add_rounded(inner, "rate", scrub->rate);
	if (scrub->oldest_verified_ms > 0)
		json_add_time(inner, "oldest_verified", scrub->oldest_verified_ms);
	else
		cJSON_AddNullToObject(inner, "oldest_verified");
}

static void add_maintenance(cJSON *object, const struct view *view)
{
	cJSON *inner = cJSON_AddObjectToObject(object, "maintenance");
	json_add_text(inner, "role", view->maintenance_role);
	if (view->maintenance_pid > 0)
		json_add_signed(inner, "pid", view->maintenance_pid);
	else
		cJSON_AddNullToObject(inner, "pid");
}

cJSON *status_json(const struct view *view)
{
	cJSON *object = cJSON_CreateObject();
	json_add_name(object, "store", view->store);
	json_add_text(object, "health", health_name(view->health));
	json_add_time(object, "since", view->health_since_ms);
	json_add_time(object, "time", view->time_ms);
	cJSON_AddBoolToObject(object, "rehearsal", view->rehearsal);
	json_add_integer(object, "replication_factor", view->replication_factor);
	json_add_integer(object, "min_replicas", view->min_replicas);
	cJSON *checks = cJSON_AddArrayToObject(object, "checks");
	for (size_t i = 0; i < view->check_count; i++)
		cJSON_AddItemToArray(checks, check_json(&view->checks[i]));
	cJSON *nodes = cJSON_AddArrayToObject(object, "nodes");
	for (size_t i = 0; i < view->node_count; i++)
		cJSON_AddItemToArray(nodes, node_json(&view->nodes[i]));
	cJSON *links = cJSON_AddArrayToObject(object, "links");
	for (size_t i = 0; i < view->link_count; i++)
		cJSON_AddItemToArray(links, link_json(view, &view->links[i]));
	json_add_integer(object, "files", view->files);
	json_add_integer(object, "versions", view->versions);
	json_add_integer(object, "snapshots", view->snapshots);
	add_chunks(object, &view->chunks);
	add_bytes(object, view);
	add_repair(object, &view->repair);
	add_scrub(object, &view->scrub);
	add_maintenance(object, view);
	json_add_texts(object, "notes", view->notes, view->note_count);
	return object;
}
