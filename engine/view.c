/*
 * view.c: takes the picture: asks the nodes and the catalog, and puts what they say into words.
 *
 * The picture's health is also what the store remembers: when it differs from the last one recorded, the change is
 * recorded with an event, so that any process that looks learns since when things are as they are.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/view_private.h"
#include "engine/watch.h"

/* A view and what it points to. The view comes first, so that a pointer to it is one to the box. */
struct view_box {
	struct view view;
	struct arena arena;
	atomic_uint references;
};

const struct view *view_ref(const struct view *view)
{
	struct view_box *box = (struct view_box *)view;
	atomic_fetch_add(&box->references, 1);
	return view;
}

void view_unref(const struct view *view)
{
	if (!view)
		return;
	struct view_box *box = (struct view_box *)view;
	if (atomic_fetch_sub(&box->references, 1) == 1) {
		arena_free(&box->arena);
		free(box);
	}
}

bool view_node_answers(const struct view_node *node)
{
	return node->state != NODE_DOWN && node->state != NODE_ABSENT;
}

/* ---- nodes ---- */

/*
 * The process that maintains the store learns at work what a look does not show: that a node is slow, or down after
 * an error. It counts where a look found nothing worse.
 */
static void take_hint(const struct camera *camera, const struct node *node, struct node_status *status)
{
	if (!camera->hinted || status->state != NODE_UP)
		return;
	for (size_t i = 0; i < camera->report.node_count; i++) {
		const struct report_node *hint = &camera->report.nodes[i];
		if (hint->id != node->id)
			continue;
		status->state = hint->state;
		memcpy(status->cause, hint->cause, sizeof(status->cause));
		status->readable = hint->state != NODE_DOWN && hint->state != NODE_ABSENT;
		status->writable = status->writable && status->readable;
		if (!status->readable)
			status->latency_ms = -1;
	}
}

/* A node that was removed while the store is open is no longer shown. */
static void look_at_nodes(struct camera *camera)
{
	struct store *store = camera->store;
	struct view *view = camera->view;
	for (size_t i = 0; i < camera->known; i++) {
		struct node *node = &store->nodes[i];
		struct node_status status;
		uint64_t counts[TRAFFIC_KINDS];
		node_status(node, &status);
		camera->places[i] = status.forgotten ? SIZE_MAX : camera->node_count;
		if (status.forgotten)
			continue;
		node_get_counts(node, counts);
		take_hint(camera, node, &status);
		size_t at = camera->node_count++;
		camera->nodes[at] = (struct view_node){
			.name = arena_text(camera->arena, node->name),
			.zone = arena_text(camera->arena, node->zone),
			.path = arena_text(camera->arena, node->path),
			.cause = arena_text(camera->arena, status.cause),
			.state = status.state,
			.weight = status.weight,
			.capacity_bytes = status.capacity_bytes,
			.latency_ms = status.latency_ms,
			.read_bytes = counts[TRAFFIC_READ_BYTES],
			.written_bytes = counts[TRAFFIC_WRITTEN_BYTES],
			.errors = counts[TRAFFIC_ERRORS],
		};
		double full = (double)status.capacity_bytes * NODE_FULL_RATIO;
		camera->facts[at] = (struct health_node){
			.id = node->id,
			.zone = node->zone_index,
			.readable = status.readable,
			.writable =
				status.writable && (double)(status.used_bytes + status.writing_bytes) < full,
		};
		if (status.readable) {
			if (node->id && status.verified_ms < camera->oldest_verified_ms)
				camera->oldest_verified_ms = status.verified_ms;
			view->nodes_up++;
			view->capacity_bytes += status.capacity_bytes;
		}
	}
	view->nodes = camera->nodes;
	view->node_count = camera->node_count;
}

static int add_copyset(void *context, const struct catalog_copyset *copyset, struct error *error)
{
	(void)error;
	struct camera *camera = context;
	health_add(&camera->tally, copyset);
	return 0;
}

static int look_at_chunks(struct camera *camera, struct error *error)
{
	struct store *store = camera->store;
	health_begin(&camera->tally, camera->facts, camera->node_count,
		store->config->placement_spread == SPREAD_ZONE);
	if (catalog_each_copyset(store->reader, add_copyset, camera, error) < 0)
		return -1;
	for (size_t i = 0; i < camera->node_count; i++) {
		camera->nodes[i].used_bytes = camera->tally.bytes_on[i];
		camera->nodes[i].chunks = camera->tally.chunks_on[i];
		camera->nodes[i].at_risk = camera->tally.at_risk_on[i];
	}
	camera->view->chunks = camera->tally.chunks;
	camera->view->unique_bytes = camera->tally.bytes_unique;
	camera->view->stored_bytes = camera->tally.bytes_stored;
	return 0;
}

static int look_at_state(struct camera *camera, struct error *error)
{
	struct catalog_state state;
	if (catalog_read_state(camera->store->reader, &state, error) < 0)
		return -1;
	camera->view->sequence = state.sequence;
	camera->view->files = state.files;
	camera->view->versions = state.versions;
	camera->view->snapshots = state.snapshots;
	camera->view->logical_bytes = state.logical_bytes;
	camera->view->chunks.corrupt = state.bad_replicas;
	camera->view->catalog_bytes = catalog_file_bytes(camera->store->reader);
	return 0;
}

/* ---- notes ---- */

/* At most one for each node. */
static void note_shared_devices(struct camera *camera, const char **notes)
{
	struct store *store = camera->store;
	const struct node_attachment **found = arena_alloc(camera->arena, camera->known * sizeof(*found));
	if (!found)
		return;
	for (size_t i = 0; i < camera->known; i++)
		found[i] = node_reading(&store->nodes[i]);
	for (size_t i = 0; i < camera->known; i++) {
		size_t sharing = 0;
		bool first = true;
		for (size_t j = 0; found[i] && j < camera->known; j++) {
			if (!found[j] || found[j]->device != found[i]->device)
				continue;
			sharing++;
			first = first && j >= i;
		}
		if (sharing > 1 && first)
			notes[camera->view->note_count++] = arena_format(camera->arena,
				"%zu nodes share one device (%s and others): they can be lost together",
				sharing, store->nodes[i].name);
	}
}

/* A drain leaves the store healthy, but somebody waits for its end. */
static void note_drains(struct camera *camera, const char **notes)
{
	struct view *view = camera->view;
	for (size_t i = 0; i < view->node_count; i++) {
		const struct view_node *node = &view->nodes[i];
		if (node->state != NODE_DRAINING)
			continue;
		notes[view->note_count++] =
			node->chunks
				? arena_format(camera->arena, "%s is being drained: %llu %s left on it",
					  node->name, (unsigned long long)node->chunks,
					  node->chunks == 1 ? "chunk is" : "chunks are")
				: arena_format(camera->arena,
					  "%s is drained: 'linckia node rm %s' takes it out of the store",
					  node->name, node->name);
	}
}

static void look_at_notes(struct camera *camera)
{
	const struct config *config = camera->store->config;
	const char **notes = arena_alloc(camera->arena, (2 * camera->known + 1) * sizeof(char *));
	if (!notes)
		return;
	camera->view->notes = notes;
	if (!config->rehearsal && config->link_count > 0)
		notes[camera->view->note_count++] =
			"the config's network.links do nothing: only the network of a rehearsal store is "
			"simulated";
	note_drains(camera, notes);
	note_shared_devices(camera, notes);
}

/* ---- events and history ---- */

struct event_list {
	struct arena *arena;
	struct view_event *events;
	size_t count, limit;
};

static void add_event(void *context, const struct view_event *event)
{
	struct event_list *list = context;
	if (!list->events || list->count == list->limit)
		return;
	struct view_event *copy = &list->events[list->count++];
	*copy = *event;
	copy->code = arena_text(list->arena, event->code);
	copy->node = arena_text(list->arena, event->node);
	copy->text = arena_text(list->arena, event->text);
	copy->trigger = arena_text(list->arena, event->trigger);
	copy->source = arena_text(list->arena, event->source);
	copy->target = arena_text(list->arena, event->target);
	copy->result = arena_text(list->arena, event->result);
}

static int look_at_events(struct camera *camera, size_t limit, struct error *error)
{
	int64_t after;
	if (limit == 0)
		return 0;
	if (catalog_event_start(camera->store->reader, limit, &after, error) < 0)
		return -1;
	struct event_list list = {
		camera->arena, arena_alloc(camera->arena, limit * sizeof(struct view_event)), 0, limit};
	if (catalog_each_event(camera->store->reader, after, limit, add_event, &list, error) < 0)
		return -1;
	camera->view->events = list.events;
	camera->view->event_count = list.count;
	return 0;
}

/* Records a change of health. A catalog that cannot be written is no reason not to show the view. */
static void remember_health(struct camera *camera)
{
	struct store *store = camera->store;
	struct view *view = camera->view;
	enum health before = HEALTH_HEALTHY;
	struct error ignored;
	int64_t since = 0;
	int known = catalog_read_health(store->reader, &before, &since, &ignored);
	view->health_since_ms = known == 1 && before == view->health ? since : view->time_ms;
	if (known < 0 || (known == 1 && before == view->health) ||
		catalog_try_begin(store->writer, &ignored) < 0)
		return;
	/* Somebody else may have recorded it while this one waited for its turn. */
	int result = catalog_read_health(store->writer, &before, &since, &ignored);
	if (result >= 0 && !(result == 1 && before == view->health)) {
		char text[512];
		const char *reason = view->check_count ? view->checks[0].summary : "all is well";
		if (result == 1)
			snprintf(text, sizeof(text), "%s, was %s: %s", health_name(view->health),
				health_name(before), reason);
		else
			snprintf(text, sizeof(text), "%s: %s", health_name(view->health), reason);
		static const enum event_severity severities[] = {
			EVENT_NOTICE, EVENT_WARNING, EVENT_ERROR, EVENT_WARNING};
		result = catalog_add_event(
			store->writer, severities[view->health], "health", "", text, &ignored);
		if (result == 0)
			result = catalog_write_health(store->writer, view->health, view->time_ms, &ignored);
		if (result == 0 && catalog_commit(store->writer, &ignored) == 0)
			return;
	}
	catalog_rollback(store->writer);
}

/* ---- maintenance ---- */

/* What was set for whoever maintains the store next. */
static void look_at_control(struct camera *camera)
{
	struct store_settings settings;
	struct error ignored;
	int64_t bandwidth;
	store_get_settings(camera->store, &settings);
	camera->view->repair.bandwidth = settings.repair_bandwidth;
	if (catalog_read_setting(camera->store->reader, "repair_bandwidth", &bandwidth, &ignored) == 1)
		camera->view->repair.bandwidth = (uint64_t)bandwidth;
}

/* With nobody to do it, or nobody who has said so, what is to be done waits; that too is a state with a reason. */
static void look_at_nobody(struct camera *camera)
{
	struct view *view = camera->view;
	struct view_queue *queue = view->repair.queue;
	memcpy(queue, camera->tally.queue, sizeof(view->repair.queue));
	for (size_t i = 0; i < view->node_count; i++) {
		bool draining = view->nodes[i].state == NODE_DRAINING;
		queue[QUEUE_DRAIN].chunks += draining ? view->nodes[i].chunks : 0;
		queue[QUEUE_DRAIN].bytes += draining ? view->nodes[i].used_bytes : 0;
	}
	for (int kind = 0; kind < QUEUES; kind++) {
		view->repair.queued += queue[kind].chunks;
		view->repair.queued_bytes += kind == QUEUE_EXCESS ? 0 : queue[kind].bytes;
	}
	if (view->repair.queued == 0)
		return;
	view->repair.state = REPAIR_PAUSED;
	view->repair.reason =
		camera->maintainer ? "the process that maintains the store has not said yet what it does"
				   : "no process maintains the store; 'linckia daemon' or the console would";
}

static void look_at_maintenance(struct camera *camera)
{
	struct view *view = camera->view;
	const struct report *report = &camera->report;
	view->repair =
		(struct view_repair){.state = REPAIR_IDLE, .reason = "", .eta_s = -1, .grace_left_s = -1};
	view->maintenance_role = camera->ours ? "self" : camera->maintainer ? "other" : "none";
	view->maintenance_pid = camera->maintainer;
	view->scrub.oldest_verified_ms = camera->oldest_verified_ms;
	if (!camera->maintained) {
		look_at_control(camera);
		look_at_nobody(camera);
		return;
	}
	struct view_transfer *transfers =
		arena_alloc(camera->arena, report->transfer_count * sizeof(*transfers) + 1);
	for (size_t i = 0; transfers && i < report->transfer_count; i++) {
		const struct report_transfer *from = &report->transfers[i];
		transfers[i] = (struct view_transfer){
			.file = arena_text(camera->arena, from->file),
			.source = arena_text(camera->arena, from->source),
			.target = arena_text(camera->arena, from->target),
			.purpose = arena_text(camera->arena, from->purpose),
			.bytes = from->bytes,
			.done_bytes = from->done_bytes,
			.age_ms = from->age_ms,
		};
	}
	view->repair = (struct view_repair){
		.state = report->state,
		.reason = arena_text(camera->arena, report->reason),
		.queued = report->queued,
		.queued_bytes = report->queued_bytes,
		.active = report->active,
		.rate = report->rate,
		.eta_s = report->eta_s,
		.grace_left_s = report->grace_left_s,
		.bandwidth = report->bandwidth,
		.repaired = report->repaired,
		.repaired_bytes = report->repaired_bytes,
		.moved_bytes = report->moved_bytes,
		.trimmed_bytes = report->trimmed_bytes,
		.transfers = transfers,
		.transfer_count = transfers ? report->transfer_count : 0,
	};
	memcpy(view->repair.queue, report->queue, sizeof(view->repair.queue));
	view->scrub = report->scrub;
	view->scrub.oldest_verified_ms = camera->oldest_verified_ms;
}

/* ---- the picture ---- */

static int take_picture(struct camera *camera, size_t events, struct error *error)
{
	struct store *store = camera->store;
	struct view *view = camera->view;
	view->time_ms = store_now_ms(store);
	view->store = arena_text(camera->arena, store->config->store);
	view->rehearsal = store->config->rehearsal;
	view->replication_factor = store->config->replication_factor;
	view->min_replicas = store->config->min_replicas;
	if (store_refresh_nodes(store, error) < 0)
		return -1;
	camera->known = store->node_count;
	camera->nodes = arena_alloc(camera->arena, camera->known * sizeof(*camera->nodes));
	camera->facts = arena_alloc(camera->arena, camera->known * sizeof(*camera->facts));
	camera->places = arena_alloc(camera->arena, camera->known * sizeof(*camera->places));
	camera->checks = arena_alloc(camera->arena, CHECK_CODES * sizeof(*camera->checks));
	if (camera->arena->failed)
		return error_set_errno(error, ENOMEM, "cannot look at the store");
	camera->maintained = maintain_report(store, &camera->report, &camera->ours, &camera->maintainer);
	int64_t age_ms = view->time_ms - camera->report.time_ms;
	camera->hinted =
		camera->maintained && !camera->ours && age_ms > -REPORT_FRESH_MS && age_ms < REPORT_FRESH_MS;
	camera->oldest_verified_ms = view->time_ms;
	look_at_nodes(camera);
	if (view_look_at_links(camera, error) < 0 || look_at_chunks(camera, error) < 0 ||
		look_at_state(camera, error) < 0)
		return -1;
	look_at_maintenance(camera);
	view_judge(camera);
	look_at_notes(camera);
	remember_health(camera);
	if (look_at_events(camera, events, error) < 0)
		return -1;
	return camera->arena->failed ? error_set_errno(error, ENOMEM, "cannot look at the store") : 0;
}

int view_take(struct store *store, size_t events, const struct view **result, struct error *error)
{
	struct view_box *box = calloc(1, sizeof(*box));
	struct camera *camera = calloc(1, sizeof(*camera));
	if (!box || !camera) {
		free(box);
		free(camera);
		return error_set_errno(error, ENOMEM, "cannot look at the store");
	}
	atomic_init(&box->references, 1);
	camera->store = store;
	camera->view = &box->view;
	camera->arena = &box->arena;
	int status = take_picture(camera, events, error);
	free(camera);
	if (status < 0) {
		view_unref(&box->view);
		return -1;
	}
	*result = &box->view;
	return 0;
}

int store_view_damaged(
	const char *config_path, const struct error *cause, const struct view **result, struct error *error)
{
	struct config *config;
	if (config_load(config_path, &config, error) < 0)
		return -1;
	struct view_box *box = calloc(1, sizeof(*box));
	if (!box) {
		config_free(config);
		return error_set_errno(error, ENOMEM, "cannot describe the store");
	}
	atomic_init(&box->references, 1);
	const struct env *env = env_real();
	struct view_check *check = arena_alloc(&box->arena, sizeof(*check));
	box->view = (struct view){
		.time_ms = env->time->wall_ms(env->time),
		.store = arena_text(&box->arena, config->store),
		.rehearsal = config->rehearsal,
		.replication_factor = config->replication_factor,
		.min_replicas = config->min_replicas,
		.health = HEALTH_CRITICAL,
		.checks = check,
		.check_count = check ? 1 : 0,
		.repair = {.reason = "", .eta_s = -1, .grace_left_s = -1},
		.maintenance_role = "none",
	};
	box->view.health_since_ms = box->view.time_ms;
	if (check)
		*check = (struct view_check){
			.code = CHECK_CATALOG_DAMAGED,
			.severity = HEALTH_CRITICAL,
			.count = 1,
			.summary = arena_text(&box->arena, cause->message),
			.advice = "change nothing on the nodes: every chunk on them is whole; 'linckia "
				  "rebuild' regrows the catalog from them",
		};
	config_free(config);
	*result = &box->view;
	return 0;
}

int store_view(struct store *store, size_t events, const struct view **view, struct error *error)
{
	error_clear(error);
	/* Where maintenance runs, the nodes are looked at anyway. */
	if (!atomic_load(&store->maintenance) && !store_has_just_probed(store))
		store_probe_nodes(store);
	return view_take(store, events, view, error);
}

int store_events(struct store *store, int64_t after, size_t limit, event_report *report, void *context,
	struct error *error)
{
	enum { PAGE_EVENTS = 256 };
	error_clear(error);
	int64_t start = 0;
	if (limit && catalog_event_start(store->reader, limit, &start, error) < 0)
		return -1;
	after = after > start ? after : start;
	for (;;) {
		struct arena arena = {0};
		struct event_list list = {
			&arena, arena_alloc(&arena, PAGE_EVENTS * sizeof(struct view_event)), 0, PAGE_EVENTS};
		int result = catalog_each_event(store->reader, after, PAGE_EVENTS, add_event, &list, error);
		if (result == 0 && arena.failed)
			result = error_set_errno(error, ENOMEM, "cannot read the events");
		for (size_t i = 0; result == 0 && i < list.count; i++) {
			after = list.events[i].id;
			report(context, &list.events[i]);
		}
		size_t count = list.count;
		arena_free(&arena);
		if (result < 0 || count < PAGE_EVENTS)
			return result;
	}
}
