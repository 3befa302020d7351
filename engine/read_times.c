#include "engine/read_times.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double OVERHEAD_BYTES = 1 << 20;
static const double UNIT_BYTES = 4 << 20;
static const double UNKNOWN_MS = 20;
static const double FLOOR_MS = 30;
static const double LATE_FACTOR = 4;
static const double PEER_FACTOR = 2;
enum { AVOID_MS = 1000, TRIES_MAX = 5 /* 16 s */ };

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;
	return (left > right) - (left < right);
}

/* What a read of so many bytes costs, in reads of 4 MiB. */
static double cost_of(uint64_t bytes)
{
	return ((double)bytes + OVERHEAD_BYTES) / (UNIT_BYTES + OVERHEAD_BYTES);
}

void read_times_add(struct read_times *times, uint64_t bytes, double ms)
{
	assert(isfinite(ms) && ms >= 0);
	double sorted[READ_TIMES_WINDOW];
	times->samples[times->next] = ms / cost_of(bytes);
	times->next = (times->next + 1) % READ_TIMES_WINDOW;
	if (times->count < READ_TIMES_WINDOW)
		times->count++;
	memcpy(sorted, times->samples, times->count * sizeof(*sorted));
	qsort(sorted, times->count, sizeof(*sorted), compare);
	times->median = sorted[times->count / 2];
}

double read_times_usual(const struct read_times *times)
{
	return times->count ? times->median : 0;
}

double read_times_limit(const struct read_times *node, const struct read_times *all, uint64_t bytes)
{
	double usual = UNKNOWN_MS;
	if (all->count >= READ_TIMES_MIN)
		usual = node->count >= READ_TIMES_MIN ? fmin(node->median, PEER_FACTOR * all->median)
						      : all->median;
	return fmax(FLOOR_MS, LATE_FACTOR * usual * cost_of(bytes));
}

bool read_trust_is_low(const struct read_trust *trust, int64_t now_ns)
{
	return trust->tries > 0 && now_ns < trust->avoided_ns;
}

void read_trust_try(struct read_trust *trust, int64_t now_ns)
{
	if (trust->tries == 0 || read_trust_is_low(trust, now_ns))
		return;
	if (trust->tries < TRIES_MAX)
		trust->tries++;
	trust->avoided_ns = now_ns + ((int64_t)AVOID_MS << (trust->tries - 1)) * 1000000;
}

void read_trust_late(struct read_trust *trust, int64_t began_ns, int64_t now_ns)
{
	trust->late_ns = began_ns;
	if (trust->tries > 0)
		return;
	trust->tries = 1;
	trust->avoided_ns = now_ns + (int64_t)AVOID_MS * 1000000;
}

void read_trust_in_time(struct read_trust *trust, int64_t began_ns)
{
	if (trust->tries == 0 || began_ns > trust->late_ns)
		*trust = (struct read_trust){0};
}
