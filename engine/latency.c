#include "engine/latency.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double FLOOR_MS = 20;
static const double OWN_FACTOR = 8;
static const double PEER_FACTOR = 4;
static const double CERTAIN_MS = 200;
static const double RELEASE = 0.5; /* of each limit */
enum { WINDOWS_MAX = 512, PEERS_MIN = 2 };

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;
	return (left > right) - (left < right);
}

/* Sorts `values`, of which there is at least one. */
static double median_of(double *values, size_t count)
{
	assert(count > 0);
	qsort(values, count, sizeof(*values), compare);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

void latency_init(struct latency *latency)
{
	*latency = (struct latency){0};
}

double latency_recent(const struct latency *latency)
{
	double sorted[LATENCY_WINDOW];
	assert(latency->count <= LATENCY_WINDOW);
	if (latency->count < LATENCY_SAMPLES_MIN)
		return -1;
	memcpy(sorted, latency->samples, latency->count * sizeof(*sorted));
	return median_of(sorted, latency->count);
}

/* Whether a median is one by which a slow node would count as well again, as far as it alone can tell. */
static bool is_healthy(const struct latency *latency, double recent)
{
	return latency->windows == 0 || recent < FLOOR_MS * RELEASE ||
	       recent < latency->baseline_ms * OWN_FACTOR * RELEASE;
}

static void learn(struct latency *latency, double recent)
{
	if (latency->windows < WINDOWS_MAX)
		latency->windows++;
	latency->baseline_ms += (recent - latency->baseline_ms) / latency->windows;
	assert(latency->baseline_ms >= 0);
}

void latency_add(struct latency *latency, double ms)
{
	assert(isfinite(ms) && ms >= 0);
	latency->samples[latency->next] = ms;
	latency->next = (latency->next + 1) % LATENCY_WINDOW;
	if (latency->count < LATENCY_WINDOW)
		latency->count++;
	if (latency->next != 0)
		return;
	/* Each sample is learned from once: a full window has passed since the last time. */
	assert(latency->count == LATENCY_WINDOW);
	double recent = latency_recent(latency);
	if (is_healthy(latency, recent))
		learn(latency, recent);
}

/* The median of the peers that are known, negative if those are too few. */
static double median_of_peers(const double *peer_recent, size_t peer_count)
{
	double known[LATENCY_PEERS_MAX];
	size_t count = 0;
	assert(peer_count <= LATENCY_PEERS_MAX);
	for (size_t i = 0; i < peer_count; i++) {
		if (peer_recent[i] >= 0)
			known[count++] = peer_recent[i];
	}
	return count < PEERS_MIN ? -1 : median_of(known, count);
}

bool latency_is_slow(const struct latency *own, const double *peer_recent, size_t peer_count, bool slow_now)
{
	double recent = latency_recent(own);
	double peers = median_of_peers(peer_recent, peer_count);
	if (recent < 0 || (own->windows == 0 && peers < 0))
		return slow_now;
	if (own->windows == 0)
		return slow_now || recent > fmax(CERTAIN_MS, peers * PEER_FACTOR);
	double limit = fmax(FLOOR_MS, own->baseline_ms * OWN_FACTOR);
	if (peers >= 0)
		limit = fmax(fmin(limit, CERTAIN_MS), peers * PEER_FACTOR);
	return slow_now ? recent >= limit * RELEASE : recent > limit;
}
