/*
 * maintain.c: the maintenance of a store from its start to its end: the thread, its ticks, and what it publishes.
 *
 * A tick follows what changed, then does a little of everything that is to be done, in the order of importance. It
 * comes every 250 ms at rest, every 10 ms while tasks are under way, and at once when a task ends, a look finds a
 * node in another state than before, or any process commits.
 */
#include "engine/maintain.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

enum {
	ROLE_MS = 500,
	CONFIG_MS = 1000,
	REPORT_MS = 1000,
	REPORT_BUSY_MS = 250,
	REPORT_IDLE_MS = 3000, /* well below REPORT_FRESH_MS; each is a file made and one deleted */
	RATE_MS = 2000,
	SCAN_MS = 100,
	SCAN_SHARE = 10, /* a scan may take a tenth of the time */
};

int64_t maintain_now_ns(const struct maintenance *maintenance)
{
	struct timekeeper *time = maintenance->store->env->time;
	return time->monotonic_ns(time);
}

int64_t maintain_now_ms(const struct maintenance *maintenance)
{
	return maintain_now_ns(maintenance) / 1000000;
}

/* ---- following ---- */

/* What an operator said of repair stands until it is known that he says something else. */
static int follow_control(struct maintenance *maintenance, struct error *error)
{
	int64_t bandwidth = -1, paused = 0;
	struct catalog *catalog = maintenance->store->reader;
	if (catalog_read_setting(catalog, "repair_bandwidth", &bandwidth, error) < 0 ||
		catalog_read_setting(catalog, "repair_paused", &paused, error) < 0)
		return -1;
	maintenance->paused = paused != 0;
	maintenance->bandwidth =
		bandwidth >= 0 ? (uint64_t)bandwidth : maintenance->settings.repair_bandwidth;
	if (throttle_rate(&maintenance->throttle) != maintenance->bandwidth) {
		throttle_book(&maintenance->throttle, 0, maintain_now_ns(maintenance));
		throttle_set(&maintenance->throttle, maintenance->bandwidth);
	}
	return 0;
}

static void follow_catalog(struct maintenance *maintenance)
{
	struct error error;
	int64_t version = maintenance->data_version;
	int result = catalog_data_version(maintenance->store->reader, &version, &error);
	if (result < 0)
		maintain_note_trouble(maintenance, &error);
	if (result < 0 || version == maintenance->data_version)
		return;
	maintenance->data_version = version;
	maintenance->dirty = true;
	if (store_refresh_nodes(maintenance->store, &error) < 0 || follow_control(maintenance, &error) < 0) {
		maintain_note_trouble(maintenance, &error);
		maintenance->data_version = -1; /* tried again at the next tick */
	}
}

static void follow_config(struct maintenance *maintenance)
{
	struct error error;
	int64_t now = maintain_now_ns(maintenance);
	if (now < maintenance->next_config_ns)
		return;
	maintenance->next_config_ns = now + (int64_t)CONFIG_MS * 1000000;
	int changed = store_follow_config(maintenance->store, &error);
	if (changed == 0)
		return;
	if (changed < 0 && maintenance->ours)
		store_event(maintenance->store, EVENT_WARNING, "config_ignored", "",
			"the config was changed and cannot be used; what it said before goes on: %s",
			error.message);
	if (changed > 0 && maintenance->ours)
		store_event(maintenance->store, EVENT_INFO, "config_read", "",
			"the config was changed: capacities, weights, repair and scrub follow it; all else "
			"needs a restart");
	store_get_settings(maintenance->store, &maintenance->settings);
	maintain_adjust_workers(maintenance);
	if (follow_control(maintenance, &error) < 0) {
		maintain_note_trouble(maintenance, &error);
		maintenance->data_version = -1;
	}
	maintenance->dirty = true;
}

static void try_role(struct maintenance *maintenance)
{
	struct error error;
	int64_t now = maintain_now_ns(maintenance);
	if (maintenance->ours || now < maintenance->next_role_ns)
		return;
	maintenance->next_role_ns = now + (int64_t)ROLE_MS * 1000000;
	int taken = role_take(&maintenance->role, maintenance->store->config->store, &error);
	if (taken == 0)
		return;
	if (taken < 0 || maintain_take_over_nodes(maintenance, &error) < 0 ||
		maintain_take_over_scrub(maintenance, &error) < 0) {
		maintain_note_trouble(maintenance, &error);
		role_release(&maintenance->role);
		return;
	}
	maintenance->ours = true;
	maintenance->dirty = true;
	maintenance->next_stray_ns = 0;
	for (size_t i = 0; i < maintenance->store->node_count; i++)
		maintenance->nodes[i].known = false;
}

/* ---- publishing ---- */

static void measure(struct maintenance *maintenance)
{
	int64_t now = maintain_now_ns(maintenance), past = now - maintenance->rate_ns;
	/*
	 * Idle time before the first bytes does not count, or a repair that has just begun would seem to take hours.
	 */
	if (maintenance->rate <= 0 && maintenance->repaired_bytes == maintenance->rate_bytes) {
		maintenance->rate_ns = now;
		return;
	}
	if (past < (int64_t)RATE_MS * 1000000)
		return;
	double rate = (double)(maintenance->repaired_bytes - maintenance->rate_bytes) * 1e9 / (double)past;
	bool fresh = maintenance->rate <= 0 || rate <= 0;
	maintenance->rate = fresh ? rate : 0.6 * maintenance->rate + 0.4 * rate;
	maintenance->rate_ns = now;
	maintenance->rate_bytes = maintenance->repaired_bytes;
}

/* Asked of the catalog once for each transfer, though there is a report many times a second. */
static const char *file_of(struct maintenance *maintenance, struct task *task)
{
	char name[STORE_NAME_MAX + 32];
	struct error ignored;
	if (!task->file && catalog_name_chunk(maintenance->store->reader, task->chunk.id, name, sizeof(name),
				   &ignored) == 0)
		task->file = strdup(name);
	return task->file ? task->file : "";
}

static void report_transfers(struct maintenance *maintenance, struct report *report)
{
	int64_t now = maintain_now_ns(maintenance);
	for (size_t i = 0; i < maintenance->task_count; i++) {
		struct task *task = maintenance->tasks[i];
		if (task->kind != TASK_COPY || report->transfer_count == REPORT_TRANSFERS_MAX)
			continue;
		struct report_transfer *transfer = &report->transfers[report->transfer_count++];
		snprintf(transfer->file, sizeof(transfer->file), "%.*s", (int)sizeof(transfer->file) - 1,
			file_of(maintenance, task));
		snprintf(
			transfer->source, sizeof(transfer->source), "%s", task->from ? task->from->name : "");
		snprintf(transfer->target, sizeof(transfer->target), "%s", task->target->name);
		snprintf(
			transfer->purpose, sizeof(transfer->purpose), "%s", plan_purpose_name(task->purpose));
		transfer->bytes = task->chunk.size;
		transfer->done_bytes = task_done_bytes(task);
		transfer->age_ms = task->planned_ns ? (now - task->planned_ns) / 1000000 : 0;
	}
}

/* Only what another process would not see by looking itself. */
static void report_nodes(struct maintenance *maintenance, struct report *report)
{
	for (size_t i = 0; i < maintenance->store->node_count; i++) {
		const struct node_status *status = &maintenance->statuses[i];
		bool hidden = status->state == NODE_SLOW ||
			      (status->state == NODE_DOWN && !status->failed_by_operator);
		if (!hidden || report->node_count == REPORT_NODES_MAX)
			continue;
		struct report_node *node = &report->nodes[report->node_count++];
		node->id = maintenance->store->nodes[i].id;
		node->state = status->state;
		memcpy(node->cause, status->cause, sizeof(node->cause));
	}
}

/* Whether going from one to the other is worth a look: a limit makes repair pause and go on many times a second. */
static bool is_news(enum repair_state before, enum repair_state now)
{
	bool worked = before == REPAIR_RUNNING || before == REPAIR_THROTTLED;
	bool works = now == REPAIR_RUNNING || now == REPAIR_THROTTLED;
	return before != now && !(worked && works);
}

/*
 * Whether somebody who has read one would learn something new from the other, but for what changes with every tick.
 */
static bool differs(const struct report *before, const struct report *now)
{
	bool blocked = now->state == REPAIR_BLOCKED; /* other reasons count seconds */
	return before->state != now->state || (blocked && strcmp(before->reason, now->reason) != 0) ||
	       before->queued != now->queued || before->queued_bytes != now->queued_bytes ||
	       before->bandwidth != now->bandwidth || before->repaired != now->repaired ||
	       before->scrub.running != now->scrub.running || before->node_count != now->node_count ||
	       memcmp(before->nodes, now->nodes, now->node_count * sizeof(*now->nodes)) != 0;
}

void maintain_note_news(struct maintenance *maintenance)
{
	atomic_fetch_add(&maintenance->news, 1);
	eventfd_write(maintenance->news_fd, 1);
}

static void publish(struct maintenance *maintenance)
{
	struct report report;
	int64_t now = maintain_now_ns(maintenance);
	measure(maintenance);
	report_init(&report);
	report.pid = getpid();
	report.time_ms = store_now_ms(maintenance->store);
	maintain_describe(maintenance, &report);
	report.rate = maintenance->rate;
	/* What waits or is blocked is not worked on. */
	uint64_t bytes = maintenance->queued_bytes + report.queue[QUEUE_BALANCE].bytes;
	report.eta_s = bytes && maintenance->rate > 1 ? (double)bytes / maintenance->rate : -1;
	report.bandwidth = maintenance->bandwidth;
	report.repaired = maintenance->repaired;
	report.repaired_bytes = maintenance->repaired_bytes;
	report.moved_bytes = maintenance->moved_bytes;
	report.trimmed_bytes = maintenance->trimmed_bytes;
	report.scrub = (struct view_scrub){
		.running = maintenance->scrub.running,
		.done = maintenance->scrub.done,
		.total = maintenance->scrub.total,
		.bad = maintenance->scrub.bad,
		.rate = maintenance->scrub.running ? maintenance->scrub.rate : 0,
	};
	report_transfers(maintenance, &report);
	report_nodes(maintenance, &report);
	pthread_mutex_lock(&maintenance->mutex);
	bool news = is_news(maintenance->report.state, report.state);
	maintenance->unwritten = maintenance->unwritten || differs(&maintenance->report, &report);
	maintenance->report = report;
	pthread_mutex_unlock(&maintenance->mutex);
	if (news)
		maintain_note_news(maintenance);
	int64_t pause_ms = maintenance->task_count || maintenance->unwritten ? REPORT_BUSY_MS
			   : report.state == REPAIR_IDLE                     ? REPORT_IDLE_MS
									     : REPORT_MS;
	bool urgent = maintenance->stopping || report.state != maintenance->written_state;
	if (!urgent && now - maintenance->written_ns < pause_ms * 1000000)
		return;
	report_write(&report, maintenance->store->config->store);
	maintenance->unwritten = false;
	maintenance->written_ns = now;
	maintenance->written_state = report.state;
}

bool maintain_report(struct store *store, struct report *report, bool *ours, int64_t *pid)
{
	struct maintenance *maintenance = atomic_load(&store->maintenance);
	*ours = false;
	if (maintenance) {
		pthread_mutex_lock(&maintenance->mutex);
		*ours = maintenance->holds_role;
		*report = maintenance->report;
		pthread_mutex_unlock(&maintenance->mutex);
		*pid = getpid();
		if (*ours)
			return true;
	}
	/* One that has just taken the role has not said anything yet; what was written before is of one that is gone. */
	return role_is_held(store->config->store, pid) && report_read(report, store->config->store) &&
	       (*pid == 0 || report->pid == *pid);
}

/* ---- the tick ---- */

static void scan_if_needed(struct maintenance *maintenance)
{
	struct error error;
	int64_t now = maintain_now_ns(maintenance), since = now - maintenance->last_scan_ns;
	bool rested = since >= (int64_t)SCAN_MS * 1000000 && since >= maintenance->scan_cost_ns * SCAN_SHARE;
	/* What was passed over for a while is looked at again now and then, and free space changes by itself. */
	bool due = since >= maintenance->settings.repair_interval_ms * 1000000;
	bool nodes_changed = maintenance->nodes_changed;
	bool urgent = nodes_changed || maintenance->scans == 0;
	if (!urgent && !due && !(maintenance->dirty && rested))
		return;
	maintenance->nodes_changed = false;
	if (maintain_scan(maintenance, &error) < 0) {
		maintain_note_trouble(maintenance, &error);
		maintenance->hold_until_ns = now + 1000000000;
		snprintf(maintenance->hold_reason, sizeof(maintenance->hold_reason), "%.*s",
			(int)sizeof(maintenance->hold_reason) - 1, error.message);
		maintenance->last_scan_ns = now;
	}
	if (nodes_changed)
		maintain_note_news(maintenance);
}

static void tick(struct maintenance *maintenance)
{
	follow_catalog(maintenance);
	follow_config(maintenance);
	try_role(maintenance);
	if (maintenance->threaded)
		maintain_mind_probers(maintenance);
	maintain_watch_nodes(maintenance);
	pthread_mutex_lock(&maintenance->mutex);
	maintenance->holds_role = maintenance->ours;
	pthread_mutex_unlock(&maintenance->mutex);
	if (!maintenance->ours)
		return;
	if (!maintain_journals(maintenance)) {
		publish(maintenance);
		return;
	}
	maintain_commit(maintenance);
	maintain_take_inventory(maintenance);
	scan_if_needed(maintenance);
	maintain_reclaim(maintenance);
	maintain_passes(maintenance);
	maintain_dispatch(maintenance);
	maintain_announce(maintenance);
	maintain_scrub(maintenance);
	maintain_commit(maintenance);
	maintain_remove_strays(maintenance);
	maintain_forgive(maintenance);
	maintain_collect(maintenance);
	publish(maintenance);
}

void maintain_step(struct maintenance *maintenance)
{
	assert(!maintenance->threaded);
	maintain_look(maintenance);
	tick(maintenance);
	maintain_run_ready(maintenance);
	maintain_commit(maintenance);
	publish(maintenance);
}

/*
 * Whatever process commits writes to the log beside the catalog first, and the system tells of that. It is told
 * before the commit is complete, and many times for one, so a moment passes before the tick. Where nothing is told,
 * on a file system that other machines write to, the commit is found at the next tick.
 */
static void watch_commits(struct maintenance *maintenance)
{
	char path[4096 + 32];
	snprintf(path, sizeof(path), "%s/catalog.db-wal", maintenance->store->config->store);
	maintenance->commit_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (maintenance->commit_fd >= 0 && inotify_add_watch(maintenance->commit_fd, path, IN_MODIFY) < 0) {
		close(maintenance->commit_fd);
		maintenance->commit_fd = -1;
	}
}

static void empty(int fd)
{
	char events[4096];
	while (read(fd, events, sizeof(events)) > 0)
		continue;
}

static void wait_for_tick(struct maintenance *maintenance)
{
	eventfd_t ignored;
	struct pollfd watched[] = {{.fd = maintenance->wake_fd, .events = POLLIN},
		{.fd = maintenance->commit_fd, .events = POLLIN}};
	bool busy = maintenance->task_count > 0 || maintain_is_collecting(maintenance) ||
		    maintain_is_reclaiming(maintenance) || maintain_is_taking_inventory(maintenance);
	int found = poll(watched, busy ? 1 : 2, busy ? MAINTAIN_BUSY_TICK_MS : MAINTAIN_TICK_MS);
	if (found > 0 && !watched[0].revents)
		poll(watched, 1, MAINTAIN_BUSY_TICK_MS);
	eventfd_read(maintenance->wake_fd, &ignored);
	if (maintenance->commit_fd >= 0 && !busy)
		empty(maintenance->commit_fd);
}

static void *run(void *argument)
{
	struct maintenance *maintenance = argument;
	for (;;) {
		tick(maintenance);
		wait_for_tick(maintenance);
		pthread_mutex_lock(&maintenance->mutex);
		bool stopping = maintenance->stopping;
		pthread_mutex_unlock(&maintenance->mutex);
		if (stopping)
			return NULL;
	}
}

/* ---- beginning and end ---- */

int maintain_new(struct store *store, struct maintenance **result, struct error *error)
{
	struct maintenance *maintenance = calloc(1, sizeof(*maintenance));
	if (!maintenance)
		return error_set_errno(error, ENOMEM, "cannot maintain the store");
	maintenance->store = store;
	role_init(&maintenance->role);
	maintenance->news_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	maintenance->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (maintenance->news_fd < 0 || maintenance->wake_fd < 0) {
		int number = errno;
		if (maintenance->news_fd >= 0)
			close(maintenance->news_fd);
		free(maintenance);
		return error_set_errno(error, number, "cannot maintain the store");
	}
	watch_commits(maintenance);
	store_get_settings(store, &maintenance->settings);
	maintenance->data_version = -1;
	maintenance->dirty = true;
	maintenance->pending_end = &maintenance->pending;
	maintenance->ready_end = &maintenance->ready;
	maintenance->done_end = &maintenance->done;
	report_init(&maintenance->report);
	throttle_init(&maintenance->throttle, maintenance->settings.repair_bandwidth);
	throttle_init(&maintenance->scrub_throttle, maintenance->settings.scrub_bandwidth);
	pthread_mutex_init(&maintenance->mutex, NULL);
	pthread_mutex_init(&maintenance->probe_mutex, NULL);
	pthread_cond_init(&maintenance->work, NULL);
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&maintenance->probe_wake, &monotonic);
	pthread_cond_init(&maintenance->probe_spare, NULL);
	pthread_condattr_destroy(&monotonic);
	for (size_t i = 0; i < STORE_NODES_MAX; i++) {
		latency_init(&maintenance->nodes[i].latency);
		maintenance->nodes[i].recent_ms = latency_recent(&maintenance->nodes[i].latency);
	}
	*result = maintenance;
	return 0;
}

static void drop_list(struct maintenance *maintenance, struct task *task)
{
	while (task) {
		struct task *next = task->next;
		maintain_end_task(maintenance, task);
		task = next;
	}
}

/* What was not begun has an intent, which whoever comes next clears away. */
static void drop_unfinished(struct maintenance *maintenance)
{
	drop_list(maintenance, maintenance->ready);
	maintenance->ready = NULL;
	maintenance->ready_end = &maintenance->ready;
	maintenance->ready_count = 0; /* what is done would wait for it, to be settled together */
	drop_list(maintenance, maintenance->aside);
	maintenance->aside = NULL;
	drop_list(maintenance, maintenance->pending);
	maintenance->pending = NULL;
	maintenance->pending_end = &maintenance->pending;
}

void maintain_abandon(struct maintenance *maintenance)
{
	assert(!maintenance->threaded);
	maintenance->ours = false;
	maintain_free(maintenance);
}

void maintain_free(struct maintenance *maintenance)
{
	drop_unfinished(maintenance);
	/* By a catalog that is older than what nodes know, nothing is settled or removed, at the end neither. */
	if (maintenance->ours && !maintenance->behind_nodes) {
		maintain_commit(maintenance); /* what is done */
		maintain_remove_strays(maintenance);
		if (maintenance->scrub.running)
			maintain_save_scrub(maintenance);
		publish(maintenance); /* what it did since it last told of that */
	}
	drop_list(maintenance, maintain_take_done(maintenance));
	assert(maintenance->task_count == 0);
	role_release(&maintenance->role);
	throttle_release(&maintenance->throttle);
	throttle_release(&maintenance->scrub_throttle);
	pthread_mutex_destroy(&maintenance->mutex);
	pthread_mutex_destroy(&maintenance->probe_mutex);
	pthread_cond_destroy(&maintenance->work);
	pthread_cond_destroy(&maintenance->probe_wake);
	pthread_cond_destroy(&maintenance->probe_spare);
	close(maintenance->news_fd);
	close(maintenance->wake_fd);
	if (maintenance->commit_fd >= 0)
		close(maintenance->commit_fd);
	free(maintenance->queue);
	free(maintenance->moves);
	free(maintenance);
}

static void stop_threads(struct maintenance *maintenance, bool thread)
{
	pthread_mutex_lock(&maintenance->mutex);
	maintenance->stopping = true;
	pthread_mutex_unlock(&maintenance->mutex);
	maintain_wake(maintenance);
	if (thread)
		pthread_join(maintenance->thread, NULL);
	maintain_stop_copying(maintenance);
	maintain_stop_workers(maintenance);
	maintain_stop_probers(maintenance);
}

int maintenance_start(struct store *store, struct maintenance **result, struct error *error)
{
	struct maintenance *maintenance, *none = NULL;
	error_clear(error);
	if (maintain_new(store, &maintenance, error) < 0)
		return -1;
	maintenance->threaded = true;
	if (!atomic_compare_exchange_strong(&store->maintenance, &none, maintenance)) {
		maintain_free(maintenance);
		return error_set(error, ERROR_BUSY, "this process maintains the store already");
	}
	int number = 0;
	if (maintain_start_workers(maintenance, error) < 0 ||
		maintain_start_probers(maintenance, error) < 0 ||
		((number = pthread_create(&maintenance->thread, NULL, run, maintenance)) != 0 &&
			error_set_errno(error, number, "cannot start a thread") < 0)) {
		stop_threads(maintenance, false);
		atomic_store(&store->maintenance, NULL);
		maintain_free(maintenance);
		return -1;
	}
	*result = maintenance;
	return 0;
}

void maintenance_stop(struct maintenance *maintenance)
{
	if (!maintenance)
		return;
	stop_threads(maintenance, true);
	atomic_store(&maintenance->store->maintenance, NULL);
	maintain_free(maintenance);
}

uint64_t maintenance_news(struct maintenance *maintenance)
{
	eventfd_t seen;
	/* Emptied first: what comes after that makes it readable again. */
	eventfd_read(maintenance->news_fd, &seen);
	return atomic_load(&maintenance->news);
}

int maintenance_news_fd(struct maintenance *maintenance)
{
	return maintenance->news_fd;
}

bool maintenance_is_ours(struct maintenance *maintenance)
{
	pthread_mutex_lock(&maintenance->mutex);
	bool ours = maintenance->holds_role;
	pthread_mutex_unlock(&maintenance->mutex);
	return ours;
}
