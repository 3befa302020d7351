#include "engine/rehearsal_private.h"

#include <errno.h>
#include <time.h>

enum {
	REST_MS = 250, /* of a virtual clock, from one step of maintenance to the next */
	LONG_REST_MS = 5000,
	REST_SHARE = 20, /* of the time since anything has changed */
	BUSY_MS = 50,
	REAL_MS = 50,
};

int64_t rehearsal_now_ns(struct rehearsal *rehearsal)
{
	struct timekeeper *time = rehearsal->env->time;
	return time->monotonic_ns(time) - rehearsal->began_ns;
}

/* ---- the operator ---- */

static struct timespec in_ns(int64_t ns)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	int64_t nsec = at.tv_nsec + ns % 1000000000;
	at.tv_sec += ns / 1000000000 + nsec / 1000000000;
	at.tv_nsec = nsec % 1000000000;
	return at;
}

static bool is_cancelled(const struct rehearsal *rehearsal)
{
	return rehearsal->options.cancel && atomic_load(rehearsal->options.cancel);
}

static bool is_paused(const struct rehearsal *rehearsal)
{
	return rehearsal->status.state == REHEARSAL_PAUSED && !rehearsal->single;
}

int rehearsal_wait_for_operator(struct rehearsal *rehearsal, struct error *error)
{
	pthread_mutex_lock(&rehearsal->mutex);
	while (is_paused(rehearsal) && !is_cancelled(rehearsal)) {
		/* Whoever cancels does not signal. */
		struct timespec at = in_ns((int64_t)REAL_MS * 1000000);
		pthread_cond_timedwait(&rehearsal->changed, &rehearsal->mutex, &at);
	}
	pthread_mutex_unlock(&rehearsal->mutex);
	return rehearsal_check_cancel(rehearsal, error);
}

/* Spends real time, so that `ns` of a virtual clock can be looked at; a pause ends it, and so does a cancel. */
static void keep_pace(struct rehearsal *rehearsal, int64_t ns)
{
	pthread_mutex_lock(&rehearsal->mutex);
	double speed = rehearsal->status.speed;
	int64_t left_ns = speed > 0 ? (int64_t)((double)ns / speed) : 0;
	while (left_ns > 0 && rehearsal->status.speed == speed && !is_paused(rehearsal) &&
		!is_cancelled(rehearsal)) {
		int64_t piece_ns = (int64_t)REAL_MS * 1000000;
		piece_ns = left_ns < piece_ns ? left_ns : piece_ns;
		struct timespec at = in_ns(piece_ns);
		if (pthread_cond_timedwait(&rehearsal->changed, &rehearsal->mutex, &at) == ETIMEDOUT)
			left_ns -= piece_ns;
	}
	pthread_mutex_unlock(&rehearsal->mutex);
}

/* ---- a virtual clock ---- */

void rehearsal_note_change(struct rehearsal *rehearsal)
{
	rehearsal->changed_ns = rehearsal_now_ns(rehearsal);
}

/*
 * How long until something may happen. What happens by itself, the end of a grace or the next scrub, may be met late
 * by a small part of the time that it took.
 */
static int64_t next_moment_ns(struct rehearsal *rehearsal)
{
	const struct maintenance *maintenance = rehearsal->maintenance;
	const int64_t least = (int64_t)REST_MS * 1000000, most = (int64_t)LONG_REST_MS * 1000000;
	int64_t next = (rehearsal_now_ns(rehearsal) - rehearsal->changed_ns) / REST_SHARE;
	next = next < least ? least : next > most ? most : next;
	if (!maintenance)
		return next;
	int64_t ends_ns = maintain_next_end_ns(maintenance);
	if (ends_ns != INT64_MAX) {
		int64_t left = ends_ns - maintain_now_ns(maintenance);
		next = left < next ? left : next;
	} else if (maintenance->task_count || maintain_is_collecting(maintenance)) {
		next = (int64_t)BUSY_MS * 1000000;
	}
	return next > 0 ? next : 1;
}

static int pass_virtual_time(struct rehearsal *rehearsal, int64_t at_most_ns, struct error *error)
{
	if (rehearsal->maintenance)
		maintain_step(rehearsal->maintenance);
	else
		rehearsal_probe(rehearsal);
	if (rehearsal_look(rehearsal, NULL, error) < 0)
		return -1;
	if (rehearsal->measure.changes != rehearsal->changes_seen) {
		rehearsal->changes_seen = rehearsal->measure.changes;
		rehearsal_note_change(rehearsal);
	}
	int64_t ns = next_moment_ns(rehearsal);
	ns = ns < at_most_ns ? ns : at_most_ns;
	keep_pace(rehearsal, ns);
	virtual_world_advance(&rehearsal->world, ns);
	return 0;
}

/* ---- either clock ---- */

int rehearsal_wait_a_moment(struct rehearsal *rehearsal, int64_t until_ns, struct error *error)
{
	int64_t left = until_ns - rehearsal_now_ns(rehearsal);
	if (rehearsal_wait_for_operator(rehearsal, error) < 0 ||
		rehearsal_mind_maintenance(rehearsal, error) < 0)
		return -1;
	if (left <= 0)
		return 0;
	if (rehearsal->scenario->virtual_clock)
		return pass_virtual_time(rehearsal, left, error);
	int64_t moment = (int64_t)REAL_MS * 1000000;
	rehearsal->env->time->sleep_ns(rehearsal->env->time, left < moment ? left : moment);
	return 0;
}

int rehearsal_wait(struct rehearsal *rehearsal, int64_t until_ns, struct error *error)
{
	while (rehearsal_now_ns(rehearsal) < until_ns)
		if (rehearsal_wait_a_moment(rehearsal, until_ns, error) < 0)
			return -1;
	return 0;
}

int64_t rehearsal_begin_work(struct rehearsal *rehearsal)
{
	struct timekeeper *time = rehearsal->env->time;
	return time->begin_aside ? time->begin_aside(time) : 0;
}

int rehearsal_end_work(struct rehearsal *rehearsal, int64_t began, struct error *error)
{
	struct timekeeper *time = rehearsal->env->time;
	if (!time->end_aside)
		return 0;
	int64_t took_ns = time->end_aside(time, began);
	return rehearsal_wait(rehearsal, rehearsal_now_ns(rehearsal) + took_ns, error);
}
