/*
 * link.c: each metric has a fixed scale, so that a colour means the same today and tomorrow. Of a limit the scale
 * is the time that a MiB takes: less bandwidth is worse, as more latency and more loss are.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tui/link.h"
#include "tui/theme.h"

enum { KIB = 1024, MIB = 1024 * 1024 };

static const struct {
	const char *title;
	double begins[HEAT_STEPS];
	const char *labels[HEAT_STEPS];
} scales[LINK_METRICS] = {
	[LINK_LATENCY] = {"Links, in milliseconds", {0, 0, 1, 5, 20, 50, 100, 300},
		{"", "<1", "1", "5", "20", "50", "100", "300"}},
	[LINK_LOSS] = {"Links, loss in percent", {0, 0, 0.1, 0.5, 1, 2, 5, 20},
		{"", "<.1", "0.1", "0.5", "1", "2", "5", "20"}},
	[LINK_BANDWIDTH] = {"Links, limit in MiB a second", {0, 0, 1000 / 99.0, 20, 40, 100, 200, 1000},
		{"", ">99", "99", "50", "25", "10", "5", "1"}},
};

bool link_is_cut(const struct view_link *link)
{
	return link != NULL && (link->cut || link->simulated.cut);
}

bool link_is_set(const struct view_link *link)
{
	if (link == NULL)
		return false;
	const struct link_settings *set = &link->simulated;
	return set->latency_ms > 0 || set->jitter_ms > 0 || set->bandwidth > 0 || set->loss > 0;
}

double link_latency(const struct view_link *link)
{
	if (link == NULL)
		return -1;
	if (link->latency_ms >= 0)
		return link->latency_ms;
	double set_ms = (double)link->simulated.latency_ms + (double)link->simulated.jitter_ms / 2;
	return set_ms > 0 ? set_ms : -1;
}

bool link_is_poor(const struct view_link *link)
{
	return link != NULL && (link->simulated.loss > 0 || link->simulated.bandwidth > 0);
}

/* ---- in a cell ---- */

char *link_latency_text(char out[LINK_TEXT_BYTES], double latency_ms)
{
	if (latency_ms > 0 && latency_ms < 0.05)
		snprintf(out, LINK_TEXT_BYTES, "<0.1");
	else if (latency_ms < 9.95)
		snprintf(out, LINK_TEXT_BYTES, "%.1f", latency_ms);
	else if (latency_ms < 999.5)
		snprintf(out, LINK_TEXT_BYTES, "%.0f", latency_ms);
	else if (latency_ms < 9950)
		snprintf(out, LINK_TEXT_BYTES, "%.1fs", latency_ms / 1000);
	else if (latency_ms < 999500)
		snprintf(out, LINK_TEXT_BYTES, "%.0fs", latency_ms / 1000);
	else
		snprintf(out, LINK_TEXT_BYTES, "long");
	return out;
}

static void loss_text(char out[LINK_TEXT_BYTES], double loss)
{
	double percent = loss * 100;
	if (percent < 0.095)
		snprintf(out, LINK_TEXT_BYTES, "<.1%%");
	else if (percent < 9.95)
		snprintf(out, LINK_TEXT_BYTES, "%.1f%%", percent);
	else
		snprintf(out, LINK_TEXT_BYTES, "%.0f%%", percent);
}

static void bandwidth_text(char out[LINK_TEXT_BYTES], uint64_t bandwidth)
{
	static const char units[] = "BKMGTPE";
	double value = (double)bandwidth;
	size_t unit = 0;
	for (; value >= 999.5 && unit + 1 < sizeof(units) - 1; unit++)
		value /= KIB;
	snprintf(out, LINK_TEXT_BYTES, value < 9.95 && unit > 0 ? "%.1f%c" : "%.0f%c", value, units[unit]);
}

char *link_text(char out[LINK_TEXT_BYTES], const struct view_link *link, enum link_metric metric)
{
	out[0] = '\0';
	if (link == NULL)
		return out;
	if (metric == LINK_LATENCY && link_latency(link) >= 0)
		link_latency_text(out, link_latency(link));
	else if (metric == LINK_LOSS && link->simulated.loss > 0)
		loss_text(out, link->simulated.loss);
	else if (metric == LINK_BANDWIDTH && link->simulated.bandwidth > 0)
		bandwidth_text(out, link->simulated.bandwidth);
	return out;
}

static int heat(enum link_metric metric, double badness)
{
	int step = HEAT_STEPS - 1;
	while (step > 1 && badness < scales[metric].begins[step])
		step--;
	return step;
}

int link_latency_heat(double latency_ms)
{
	return heat(LINK_LATENCY, latency_ms);
}

int link_heat(const struct view_link *link, enum link_metric metric)
{
	switch (metric) {
	case LINK_LATENCY:
		return link_latency(link) >= 0 ? heat(metric, link_latency(link)) : 0;
	case LINK_LOSS:
		return link != NULL && link->simulated.loss > 0 ? heat(metric, link->simulated.loss * 100)
								: 0;
	case LINK_BANDWIDTH:
		return link != NULL && link->simulated.bandwidth > 0
			       ? heat(metric, 1000.0 * MIB / (double)link->simulated.bandwidth)
			       : 0;
	default:
		return 0;
	}
}

unsigned link_number_role(int heat)
{
	enum { COLD = 2 };
	return heat <= COLD ? (unsigned)ROLE_TEXT : (unsigned)ROLE_HEAT + (unsigned)heat;
}

const char *link_metric_title(enum link_metric metric)
{
	return scales[metric].title;
}

const char *link_heat_begins(enum link_metric metric, int step)
{
	assert(step >= 0 && step < HEAT_STEPS);
	return scales[metric].labels[step];
}

/* ---- in words ---- */

static void add(char *out, const char *text)
{
	size_t length = strlen(out);
	snprintf(out + length, LINK_SENTENCE_BYTES - length, "%s%s", length > 0 ? ", " : "", text);
}

char *link_settings_text(char out[LINK_SENTENCE_BYTES], const struct link_settings *settings)
{
	char text[48], bytes[16];
	out[0] = '\0';
	if (settings->latency_ms > 0) {
		snprintf(text, sizeof(text), "latency %" PRId64 " ms", settings->latency_ms);
		add(out, text);
	}
	if (settings->jitter_ms > 0) {
		snprintf(text, sizeof(text), "jitter %" PRId64 " ms", settings->jitter_ms);
		add(out, text);
	}
	if (settings->bandwidth > 0) {
		snprintf(text, sizeof(text), "%s/s", text_bytes(bytes, sizeof(bytes), settings->bandwidth));
		add(out, text);
	}
	if (settings->loss > 0) {
		snprintf(text, sizeof(text), "loses %.3g %%", settings->loss * 100);
		add(out, text);
	}
	return out;
}

/* A number of bytes in the largest unit that it is a whole number of, as commands read it. */
static void size_words(char *out, size_t size, uint64_t bytes)
{
	static const char *const units[] = {"", "KiB", "MiB", "GiB", "TiB"};
	size_t unit = 0;
	for (; bytes > 0 && bytes % KIB == 0 && unit + 1 < sizeof(units) / sizeof(*units); unit++)
		bytes /= KIB;
	snprintf(out, size, "%" PRIu64 "%s", bytes, units[unit]);
}

char *link_settings_words(char out[LINK_SENTENCE_BYTES], const struct link_settings *settings)
{
	char bytes[32];
	size_words(bytes, sizeof(bytes), settings->bandwidth);
	snprintf(out, LINK_SENTENCE_BYTES,
		"latency=%" PRId64 "ms jitter=%" PRId64 "ms bandwidth=%s loss=%.6g%%", settings->latency_ms,
		settings->jitter_ms, bytes, settings->loss * 100);
	return out;
}
