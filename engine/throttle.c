#include "engine/throttle.h"

#include <assert.h>
#include <math.h>

/*
 * Doubles, because they cannot overflow: a level of one second at 1 EiB/s and a debt of many thousand
 * chunks are both within their range, and at the rates of real disks their rounding stays far below one
 * byte, also when the level is brought up to date in many tiny steps.
 */
#define NO_LIMIT UINT64_MAX
static const double NS_PER_SECOND = 1e9;

void throttle_init(struct throttle *throttle, uint64_t bytes_per_second)
{
	pthread_mutex_init(&throttle->mutex, NULL);
	throttle->rate = bytes_per_second ? bytes_per_second : NO_LIMIT;
	throttle->fastest = throttle->slowest = throttle->rate;
	throttle->level = INFINITY; /* cut down to the burst by the first booking */
	throttle->at_ns = INT64_MIN;
}

void throttle_release(struct throttle *throttle)
{
	pthread_mutex_destroy(&throttle->mutex);
}

void throttle_set(struct throttle *throttle, uint64_t bytes_per_second)
{
	uint64_t rate = bytes_per_second ? bytes_per_second : NO_LIMIT;
	pthread_mutex_lock(&throttle->mutex);
	throttle->rate = rate;
	if (rate > throttle->fastest)
		throttle->fastest = rate;
	if (rate < throttle->slowest)
		throttle->slowest = rate;
	assert(throttle->slowest <= rate && rate <= throttle->fastest);
	pthread_mutex_unlock(&throttle->mutex);
}

uint64_t throttle_rate(struct throttle *throttle)
{
	pthread_mutex_lock(&throttle->mutex);
	uint64_t rate = throttle->rate;
	pthread_mutex_unlock(&throttle->mutex);
	return rate == NO_LIMIT ? 0 : rate;
}

/* What the time since the last booking paid off and saved. There is a limit, and the mutex is held. */
static double level_after(const struct throttle *throttle, double seconds)
{
	double level = throttle->level;
	if (level < 0) {
		double needed = throttle->fastest == NO_LIMIT ? 0 : -level / (double)throttle->fastest;
		if (seconds < needed)
			return level + seconds * (double)throttle->fastest;
		seconds -= needed;
		level = 0;
	}
	return level + seconds * (double)throttle->slowest;
}

static void settle(struct throttle *throttle, uint64_t bytes, int64_t now_ns)
{
	if (throttle->rate == NO_LIMIT) {
		throttle->level = 0;
	} else {
		/* Before the first booking the level is infinite, and the time since then does not matter. */
		double seconds = now_ns > throttle->at_ns && throttle->at_ns != INT64_MIN
					 ? (double)(now_ns - throttle->at_ns) / NS_PER_SECOND
					 : 0;
		uint64_t burst = bytes > throttle->rate ? bytes : throttle->rate;
		throttle->level = fmin(level_after(throttle, seconds), (double)burst);
	}
	if (now_ns > throttle->at_ns)
		throttle->at_ns = now_ns;
	throttle->fastest = throttle->slowest = throttle->rate;
}

/* How long after `now_ns` the debt is paid; at most 146 years. */
static int64_t wait_for_level(const struct throttle *throttle, int64_t now_ns)
{
	if (throttle->level >= 0)
		return 0;
	double wait = round(-throttle->level * NS_PER_SECOND / (double)throttle->rate) +
		      (double)(throttle->at_ns - now_ns);
	return wait < 0x1p62 ? (int64_t)wait : INT64_MAX / 2;
}

int64_t throttle_book(struct throttle *throttle, uint64_t bytes, int64_t now_ns)
{
	pthread_mutex_lock(&throttle->mutex);
	settle(throttle, bytes, now_ns);
	int64_t wait = 0;
	if (throttle->rate != NO_LIMIT) {
		throttle->level -= (double)bytes;
		wait = wait_for_level(throttle, now_ns);
	}
	assert(throttle->at_ns >= now_ns);
	assert(wait >= 0);
	pthread_mutex_unlock(&throttle->mutex);
	return wait;
}
