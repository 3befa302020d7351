#include "engine/retention.h"

#include <assert.h>
#include <stdio.h>

#include "engine/text.h"

bool retention_lets_go(const struct retention_rules *rules)
{
	return rules->keep_versions || rules->keep_for_ms;
}

/* keep_for counts for all versions it is asked about, so whatever is too young for it need not be looked at. */
int64_t retention_horizon_ms(const struct retention_rules *rules, int64_t now_ms)
{
	return rules->keep_for_ms ? now_ms - rules->keep_for_ms : INT64_MAX;
}

/* How many versions count for this one; 0: counting is not what keeps it. */
static uint64_t counted(const struct retention_rules *rules, const struct retention_version *version)
{
	return version->removed && rules->keep_for_ms ? 0 : rules->keep_versions;
}

bool retention_keeps(
	const struct retention_rules *rules, const struct retention_version *version, int64_t now_ms)
{
	if (version->held || !retention_lets_go(rules))
		return true;
	return version->died_ms > retention_horizon_ms(rules, now_ms) ||
	       version->newer < counted(rules, version);
}

char *retention_explain(const struct retention_rules *rules, const struct retention_version *version,
	int64_t now_ms, char *out, size_t size)
{
	assert(!retention_keeps(rules, version, now_ms));
	char age[32];
	int64_t age_ms = now_ms > version->died_ms ? now_ms - version->died_ms : 0;
	uint64_t count = counted(rules, version);
	int length = 0;
	if (rules->keep_for_ms)
		length = snprintf(out, size, "ended %s ago%s", text_duration(age, sizeof(age), age_ms),
			count ? ", " : "");
	if (count && length >= 0 && (size_t)length < size)
		snprintf(out + length, size - (size_t)length, "not among the newest %llu",
			(unsigned long long)count);
	return out;
}
