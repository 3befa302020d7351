#include "engine/grace.h"

#include <assert.h>
#include <limits.h>

static const int64_t WINDOW_MIN_MS = INT64_C(10) * 60 * 1000;
static const int64_t EXTRA_MAX_MS = INT64_C(60) * 60 * 1000;
static const int64_t FLAPPING_BASE_MS = 1000;
enum { WINDOW_GRACES = 20, FLAPPING_DEPARTURES = 3, DOUBLINGS_MAX = 4 };

void grace_init(struct grace *grace)
{
	*grace = (struct grace){0};
}

static int64_t window_for(int64_t grace_ms)
{
	if (grace_ms > INT64_MAX / WINDOW_GRACES)
		return INT64_MAX;
	int64_t window = grace_ms * WINDOW_GRACES;
	return window > WINDOW_MIN_MS ? window : WINDOW_MIN_MS;
}

static int64_t wait_for(int64_t grace_ms, unsigned departures)
{
	assert(grace_ms >= 0 && departures >= 1);
	unsigned doublings = departures - 1 < DOUBLINGS_MAX ? departures - 1 : DOUBLINGS_MAX;
	int64_t base = grace_ms;
	if (base == 0 && departures >= FLAPPING_DEPARTURES)
		base = FLAPPING_BASE_MS;
	int64_t most = grace_ms < INT64_MAX - EXTRA_MAX_MS ? grace_ms + EXTRA_MAX_MS : INT64_MAX;
	int64_t wait = base <= most >> doublings ? base << doublings : most;
	assert(wait >= grace_ms);
	return wait;
}

static void leave(struct grace *grace, int64_t now_ms, int64_t grace_ms)
{
	grace->away = true;
	grace->waived = false;
	grace->gone_ms = now_ms;
	grace->wait_ms = wait_for(grace_ms, grace->departures);
}

void grace_gone(struct grace *grace, int64_t now_ms, int64_t grace_ms)
{
	assert(grace_ms >= 0);
	if (grace->away)
		return;
	if (!grace->returned || now_ms - grace->returned_ms >= window_for(grace_ms))
		grace->departures = 0;
	if (grace->departures < UINT_MAX)
		grace->departures++;
	leave(grace, now_ms, grace_ms);
}

void grace_back(struct grace *grace, int64_t now_ms)
{
	if (!grace->away)
		return;
	assert(grace->departures > 0);
	grace->away = grace->waived = false;
	grace->returned = true;
	grace->returned_ms = now_ms;
}

void grace_waive(struct grace *grace)
{
	grace->waived = grace->away;
}

void grace_resume(struct grace *grace, int64_t away_for_ms, unsigned departures, bool waived, int64_t now_ms,
	int64_t grace_ms)
{
	grace_init(grace);
	grace->departures = departures > 0 ? departures : 1;
	leave(grace, now_ms, grace_ms);
	grace->waived = waived;
	/* More than the wait makes no difference, and could not be counted back from any time. */
	if (away_for_ms > 0)
		grace->gone_ms -= away_for_ms < grace->wait_ms ? away_for_ms : grace->wait_ms;
}

bool grace_is_away(const struct grace *grace)
{
	return grace->away;
}

int64_t grace_left_ms(const struct grace *grace, int64_t now_ms)
{
	if (!grace->away || grace->waived)
		return 0;
	int64_t passed = now_ms - grace->gone_ms;
	if (passed <= 0)
		return grace->wait_ms;
	return passed < grace->wait_ms ? grace->wait_ms - passed : 0;
}

unsigned grace_departures(const struct grace *grace)
{
	return grace->departures;
}
