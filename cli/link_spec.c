#include "cli/link_spec.h"

#include <string.h>

/*
 * Reads "0.02" or "2%" as 0.02, whatever the locale says a decimal point is. False when it is no share from 0 to 1.
 */
static bool parse_share(const char *text, double *share)
{
	double value = 0, unit = 1;
	size_t digits = 0;
	bool point = false;
	for (; (*text >= '0' && *text <= '9') || (*text == '.' && !point && digits); text++) {
		if (*text == '.') {
			point = true;
			continue;
		}
		value = value * 10 + (*text - '0');
		unit *= point ? 10 : 1;
		if (++digits > 15)
			return false;
	}
	bool percent = *text == '%';
	*share = value / unit / (percent ? 100 : 1);
	return digits > 0 && text[-1] != '.' && text[percent] == '\0' && *share <= 1;
}

static bool parse_time(const char *text, bool *set, int64_t *milliseconds)
{
	*set = true;
	return text_parse_duration(text, milliseconds) == 0 && *milliseconds >= 0 &&
	       *milliseconds <= LINK_LATENCY_MAX_MS;
}

static bool parse_latency(const char *text, struct link_change *change)
{
	return parse_time(text, &change->set_latency, &change->to.latency_ms);
}

static bool parse_jitter(const char *text, struct link_change *change)
{
	return parse_time(text, &change->set_jitter, &change->to.jitter_ms);
}

static bool parse_bandwidth(const char *text, struct link_change *change)
{
	change->set_bandwidth = true;
	return text_parse_bytes(text, &change->to.bandwidth) == 0 &&
	       change->to.bandwidth <= LINK_BANDWIDTH_MAX;
}

static bool parse_loss(const char *text, struct link_change *change)
{
	change->set_loss = true;
	return parse_share(text, &change->to.loss);
}

static bool parse_cut(const char *text, struct link_change *change)
{
	change->set_cut = true;
	change->to.cut = strcmp(text, "true") == 0;
	return change->to.cut || strcmp(text, "false") == 0;
}

static const struct key {
	const char *name;
	bool (*parse)(const char *text, struct link_change *change);
	const char *allowed;
} keys[] = {
	{"latency", parse_latency, "a time from 0 to 1h, such as 50ms"},
	{"jitter", parse_jitter, "a time from 0 to 1h, such as 5ms"},
	{"bandwidth", parse_bandwidth, "a size such as 4MiB, for a second; 0 is no limit"},
	{"loss", parse_loss, "a share from 0 to 1, such as 0.02 or 2%"},
	{"cut", parse_cut, "true or false"},
};
enum { KEYS = sizeof(keys) / sizeof(*keys) };

const char *link_spec_key(size_t index)
{
	return index < KEYS ? keys[index].name : NULL;
}

static bool is_set(const struct link_change *change, size_t key)
{
	const bool set[KEYS] = {change->set_latency, change->set_jitter, change->set_bandwidth,
		change->set_loss, change->set_cut};
	return set[key];
}

int link_spec_parse(const char *text, struct link_change *change, struct error *error)
{
	size_t length = strcspn(text, "=");
	for (size_t i = 0; i < KEYS; i++) {
		if (strlen(keys[i].name) != length || strncmp(keys[i].name, text, length) != 0)
			continue;
		if (is_set(change, i))
			return error_set(error, ERROR_USAGE, "'%s' is given a second time", keys[i].name);
		if (text[length] == '=' && keys[i].parse(text + length + 1, change))
			return 0;
		return error_set(error, ERROR_USAGE, "'%s': allowed is %s=VALUE, where VALUE is %s", text,
			keys[i].name, keys[i].allowed);
	}
	return error_set(error, ERROR_USAGE,
		"'%s': allowed is latency=TIME, jitter=TIME, bandwidth=SIZE, loss=SHARE or cut=true", text);
}
