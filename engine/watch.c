/*
 * watch.c: the thread that keeps a fresh view for a screen.
 *
 * It sleeps until the next look, and takes a new picture when the catalog, a node or maintenance has changed. Where
 * maintenance does not run in this process, it also asks the nodes once a second how they are. The screen takes the
 * newest picture under a mutex that is held for no longer than swapping a pointer takes (invariant 8).
 */
#include "engine/watch.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "engine/report.h"

enum { EVENTS_SHOWN = 200, PROBE_MS = 1000, LATENCY_MEAN = 8, LATENCY_STEP_MS = 10, LATENCY_SHOWN_MS = 2000 };

/* How long a node took, as the thread follows it. */
struct latency_seen {
	bool known;
	double mean_ms, noted_ms;
};

struct watch {
	struct store *store;
	struct maintenance *maintenance; /* NULL: this process only looks */
	struct watch_options options;
	pthread_t thread;

	/* The thread's own. */
	int64_t data_version;
	int64_t next_probe_ns;
	struct latency_seen latencies[STORE_NODES_MAX];
	int64_t next_latency_ns; /* when jitter alone is worth a picture again */
	uint64_t latencies_seen; /* a digest of them at the last picture */
	uint64_t nodes_seen;     /* a digest of how the nodes, and maintenance, were at the last picture */
	bool stale;              /* the last picture could not be taken */

	pthread_mutex_t mutex; /* guards everything below */
	pthread_cond_t wake;
	const struct view *view;
	bool stopping;
};

/* ---- pictures ---- */

static uint64_t fold(uint64_t digest, uint64_t value)
{
	return (digest ^ value) * UINT64_C(0x100000001b3);
}

/*
 * No disk takes the same time twice, and that is not worth a picture at once. What counts is the mean of some looks,
 * and only when it has come to twice or half of what it was, and that is some milliseconds. Returns that last one,
 * in microseconds.
 */
static uint64_t follow_latency(struct latency_seen *seen, double ms)
{
	bool known = ms >= 0;
	if (known != seen->known)
		*seen = (struct latency_seen){known, ms, ms};
	if (!known)
		return UINT64_MAX;
	seen->mean_ms += (ms - seen->mean_ms) / LATENCY_MEAN;
	double less = fmin(seen->mean_ms, seen->noted_ms), more = fmax(seen->mean_ms, seen->noted_ms);
	if (more > 2 * less && more - less > LATENCY_STEP_MS)
		seen->noted_ms = seen->mean_ms;
	return (uint64_t)(seen->noted_ms * 1000);
}

/*
 * Whether a node, what it moves, or how full its disk is, changed noticeably: folded into one number. At rest nothing
 * is moved: looking at nodes is not counted as traffic.
 */
static uint64_t digest_nodes(struct watch *watch)
{
	struct store *store = watch->store;
	uint64_t digest = 0;
	for (size_t i = 0; i < store->node_count; i++) {
		struct node_status status;
		uint64_t counts[TRAFFIC_KINDS];
		node_status(&store->nodes[i], &status);
		uint64_t value = (uint64_t)status.state + 8 * (status.capacity_bytes >> 20) +
				 (uint64_t)(unsigned char)status.cause[0];
		digest = fold(digest, value);
		digest = fold(digest, follow_latency(&watch->latencies[i], status.latency_ms));
		node_get_counts(&store->nodes[i], counts);
		for (int kind = 0; kind < TRAFFIC_KINDS; kind++)
			digest = fold(digest, counts[kind]);
	}
	return digest;
}

static uint64_t digest_maintenance(struct store *store)
{
	struct report report;
	bool ours;
	int64_t pid = 0;
	if (!maintain_report(store, &report, &ours, &pid))
		return (uint64_t)pid;
	const uint64_t values[] = {(uint64_t)pid, ours, report.state, report.queued, report.active,
		report.repaired, report.bandwidth, report.scrub.done, report.scrub.running, report.node_count,
		(uint64_t)(int64_t)(report.grace_left_s * 10), (uint64_t)report.rate};
	uint64_t digest = 0;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		digest = fold(digest, values[i]);
	return digest;
}

static void publish(struct watch *watch, const struct view *view)
{
	pthread_mutex_lock(&watch->mutex);
	const struct view *old = watch->view;
	watch->view = view;
	pthread_mutex_unlock(&watch->mutex);
	view_unref(old);
	if (watch->options.wake)
		watch->options.wake(watch->options.context);
}

/* Whether any latency is another one, though it be jitter, and was not shown for a while. */
static bool has_jittered(struct watch *watch, int64_t now)
{
	uint64_t digest = 0;
	if (now < watch->next_latency_ns)
		return false;
	for (size_t i = 0; i < watch->store->node_count; i++)
		digest = fold(digest, (uint64_t)(int64_t)(watch->latencies[i].mean_ms * 1000));
	bool jittered = digest != watch->latencies_seen;
	watch->latencies_seen = digest;
	watch->next_latency_ns = now + (int64_t)LATENCY_SHOWN_MS * 1000000;
	return jittered;
}

static bool has_changed(struct watch *watch)
{
	struct error ignored;
	int64_t version = watch->data_version;
	bool changed = watch->stale;
	if (catalog_data_version(watch->store->reader, &version, &ignored) < 0 ||
		version != watch->data_version)
		changed = true;
	watch->data_version = version;
	uint64_t nodes = digest_nodes(watch) ^ digest_maintenance(watch->store);
	if (nodes != watch->nodes_seen)
		changed = true;
	watch->nodes_seen = nodes;
	watch->stale = false;
	return changed;
}

static void look(struct watch *watch)
{
	struct error error;
	int64_t now = watch->store->env->time->monotonic_ns(watch->store->env->time);
	if (!watch->maintenance && now >= watch->next_probe_ns) {
		store_probe_nodes(watch->store);
		watch->next_probe_ns = now + (int64_t)PROBE_MS * 1000000;
	}
	bool changed = has_changed(watch);
	if (!has_jittered(watch, now) && !changed)
		return;
	const struct view *view;
	if (view_take(watch->store, EVENTS_SHOWN, &view, &error) == 0) {
		publish(watch, view);
	} else {
		/* The last picture stays, and the next look tries again. */
		watch->stale = true;
	}
}

/* ---- the thread ---- */

static struct timespec deadline(int milliseconds)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += milliseconds / 1000;
	at.tv_nsec += (long)(milliseconds % 1000) * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

/* Waits for the next look. Returns false at the end. */
static bool wait_for_look(struct watch *watch)
{
	struct timespec until = deadline(watch->options.refresh_ms);
	pthread_mutex_lock(&watch->mutex);
	int result = 0;
	while (!watch->stopping && result == 0)
		result = pthread_cond_timedwait(&watch->wake, &watch->mutex, &until);
	bool goes_on = !watch->stopping;
	pthread_mutex_unlock(&watch->mutex);
	return goes_on;
}

static void *run(void *argument)
{
	struct watch *watch = argument;
	while (wait_for_look(watch))
		look(watch);
	return NULL;
}

int watch_start(
	struct store *store, const struct watch_options *options, struct watch **result, struct error *error)
{
	assert(options->refresh_ms > 0);
	struct watch *watch = calloc(1, sizeof(*watch));
	if (!watch)
		return error_set_errno(error, ENOMEM, "cannot watch the store");
	watch->store = store;
	watch->options = *options;
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&watch->mutex, NULL);
	pthread_cond_init(&watch->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	int number = 0;
	has_changed(watch); /* before the picture, so that what comes after it is noticed */
	int status = options->maintain ? maintenance_start(store, &watch->maintenance, error) : 0;
	if (status == 0)
		status = store_view(store, EVENTS_SHOWN, &watch->view, error);
	if (status == 0) {
		number = pthread_create(&watch->thread, NULL, run, watch);
		if (number)
			status = error_set_errno(error, number, "cannot start a thread");
	}
	if (status < 0) {
		maintenance_stop(watch->maintenance);
		view_unref(watch->view);
		pthread_mutex_destroy(&watch->mutex);
		pthread_cond_destroy(&watch->wake);
		free(watch);
		return -1;
	}
	*result = watch;
	return 0;
}

void watch_stop(struct watch *watch)
{
	if (!watch)
		return;
	pthread_mutex_lock(&watch->mutex);
	watch->stopping = true;
	pthread_cond_signal(&watch->wake);
	pthread_mutex_unlock(&watch->mutex);
	pthread_join(watch->thread, NULL);
	maintenance_stop(watch->maintenance);
	view_unref(watch->view);
	pthread_mutex_destroy(&watch->mutex);
	pthread_cond_destroy(&watch->wake);
	free(watch);
}

const struct view *watch_view(struct watch *watch)
{
	pthread_mutex_lock(&watch->mutex);
	const struct view *view = view_ref(watch->view);
	pthread_mutex_unlock(&watch->mutex);
	return view;
}
