/*
 * history.c: a ring of steps that all nodes share, and a list of changes of health.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tui/history.h"

enum {
	CHANGES = 256,
	UNKNOWN = 0, /* a byte: 0 is unknown, 1 is nothing, the others some value */
	NOTHING = 1,
	OCTAVE = 8, /* values that are twice as large are so many apart */
};

struct track {
	char *name;
	bool seen; /* by the view that is being added */
	bool counted;
	uint64_t read_bytes, written_bytes, errors; /* at the beginning of the step under way */
	double new_errors;                          /* since then */
	double read_rate, written_rate; /* bytes per second in the step before; negative: unknown */
	unsigned char steps[HISTORY_METRICS][HISTORY_STEPS];
};

struct change {
	int64_t time_ms;
	enum health health;
};

struct history {
	struct track **tracks; /* as far as possible in the order of the view */
	size_t *expected;      /* the one that is asked for next, where all are asked for in turn */
	size_t track_count, track_room;
	size_t at; /* the step under way */
	bool begun;
	int64_t step_begin_ms; /* by tick_ms */
	double totals[HISTORY_TOTALS][HISTORY_STEPS];
	struct change changes[CHANGES]; /* oldest first */
	size_t change_count;
};

/* ---- values as bytes ---- */

/* What one is on the scale of a metric, which is logarithmic but for the share. */
static double unit_of(enum history_metric metric)
{
	static const double units[HISTORY_METRICS] = {[HISTORY_THROUGHPUT] = 1024,
		[HISTORY_LATENCY] = 0.01,
		[HISTORY_ERRORS] = 1,
		[HISTORY_AT_RISK] = 1};
	return units[metric];
}

static unsigned char pack(enum history_metric metric, double value)
{
	if (!(value >= 0))
		return UNKNOWN;
	if (value == 0)
		return NOTHING;
	double step = metric == HISTORY_FILL ? value * 253 : OCTAVE * log2(1 + value / unit_of(metric));
	step = NOTHING + fmax(1, round(step));
	return (unsigned char)fmin(step, 255);
}

static double unpack(enum history_metric metric, unsigned char packed)
{
	if (packed == UNKNOWN)
		return -1;
	if (packed == NOTHING)
		return 0;
	double step = packed - NOTHING;
	return metric == HISTORY_FILL ? step / 253 : (exp2(step / OCTAVE) - 1) * unit_of(metric);
}

/* ---- nodes ---- */

static struct track *find_track(const struct history *history, const char *name)
{
	size_t at = *history->expected;
	if (at >= history->track_count || strcmp(history->tracks[at]->name, name) != 0)
		for (at = 0; at < history->track_count && strcmp(history->tracks[at]->name, name) != 0; at++)
			continue;
	*history->expected = at + 1 < history->track_count ? at + 1 : 0;
	return at < history->track_count ? history->tracks[at] : NULL;
}

static void free_track(struct track *track)
{
	if (track != NULL)
		free(track->name);
	free(track);
}

/* A node that is new; NULL without memory, and then nothing is known of it. */
static struct track *add_track(struct history *history, const char *name)
{
	if (history->track_count == history->track_room) {
		size_t room = history->track_room > 0 ? 2 * history->track_room : 16;
		struct track **tracks = realloc(history->tracks, room * sizeof(*tracks));
		if (tracks == NULL)
			return NULL;
		history->tracks = tracks;
		history->track_room = room;
	}
	struct track *track = calloc(1, sizeof(*track));
	if (track != NULL)
		track->name = strdup(name);
	if (track == NULL || track->name == NULL) {
		free_track(track);
		return NULL;
	}
	track->read_rate = track->written_rate = -1;
	return history->tracks[history->track_count++] = track;
}

static void forget_unseen(struct history *history)
{
	size_t kept = 0;
	for (size_t i = 0; i < history->track_count; i++) {
		if (history->tracks[i]->seen)
			history->tracks[kept++] = history->tracks[i];
		else
			free_track(history->tracks[i]);
	}
	history->track_count = kept;
}

/* Counters may begin anew, as after the store was restored. */
static double difference(uint64_t now, uint64_t before)
{
	return now >= before ? (double)(now - before) : 0;
}

/* What the step under way has come to. */
static void note(struct track *track, const struct view_node *node, size_t at)
{
	double capacity = (double)node->capacity_bytes;
	bool alive = view_node_answers(node);
	track->steps[HISTORY_FILL][at] =
		pack(HISTORY_FILL, alive && capacity > 0 ? (double)node->used_bytes / capacity : -1);
	track->steps[HISTORY_LATENCY][at] = pack(HISTORY_LATENCY, alive ? node->latency_ms : -1);
	track->steps[HISTORY_AT_RISK][at] = pack(HISTORY_AT_RISK, (double)node->at_risk);
	track->new_errors = track->counted ? difference(node->errors, track->errors) : 0;
	track->steps[HISTORY_ERRORS][at] = pack(HISTORY_ERRORS, track->new_errors);
	double rate = track->read_rate < 0 ? -1 : track->read_rate + track->written_rate;
	track->steps[HISTORY_THROUGHPUT][at] = pack(HISTORY_THROUGHPUT, alive ? rate : -1);
}

/* Ends a step that took `passed_ms`: rates are those over the whole of it. */
static void count(struct track *track, const struct view_node *node, int64_t passed_ms)
{
	if (track->counted && passed_ms > 0) {
		track->read_rate = difference(node->read_bytes, track->read_bytes) * 1000 / (double)passed_ms;
		track->written_rate =
			difference(node->written_bytes, track->written_bytes) * 1000 / (double)passed_ms;
	}
	track->counted = true;
	track->read_bytes = node->read_bytes;
	track->written_bytes = node->written_bytes;
	track->errors = node->errors;
}

/* ---- health ---- */

static void add_change(struct history *history, int64_t time_ms, enum health health)
{
	size_t last = history->change_count;
	if (last > 0 && history->changes[last - 1].health == health)
		return;
	if (history->change_count == CHANGES) {
		memmove(history->changes, history->changes + 1, (CHANGES - 1) * sizeof(*history->changes));
		history->change_count--;
	}
	history->changes[history->change_count++] = (struct change){time_ms, health};
}

/* The log's events of health begin with the word. */
static void take_log(struct history *history, const struct view *view)
{
	for (size_t i = 0; i < view->event_count; i++) {
		const struct view_event *event = &view->events[i];
		if (strcmp(event->code, "health") != 0)
			continue;
		for (int health = HEALTH_HEALTHY; health <= HEALTH_UNKNOWN; health++) {
			const char *name = health_name((enum health)health);
			if (strncmp(event->text, name, strlen(name)) == 0)
				add_change(history, event->time_ms, (enum health)health);
		}
	}
}

static int badness(enum health health)
{
	static const int order[] = {
		[HEALTH_UNKNOWN] = 0, [HEALTH_HEALTHY] = 1, [HEALTH_DEGRADED] = 2, [HEALTH_CRITICAL] = 3};
	return order[health];
}

enum health history_health(const struct history *history, int64_t from_ms, int64_t to_ms)
{
	enum health worst = HEALTH_UNKNOWN;
	for (size_t i = 0; i < history->change_count; i++) {
		const struct change *change = &history->changes[i];
		bool over = i + 1 < history->change_count && history->changes[i + 1].time_ms <= from_ms;
		if (!over && change->time_ms < to_ms && badness(change->health) > badness(worst))
			worst = change->health;
	}
	return worst;
}

/* ---- adding ---- */

struct history *history_new(void)
{
	struct history *history = calloc(1, sizeof(*history));
	size_t *expected = calloc(1, sizeof(*expected));
	if (history == NULL || expected == NULL) {
		free(history);
		free(expected);
		return NULL;
	}
	history->expected = expected;
	return history;
}

void history_free(struct history *history)
{
	if (history == NULL)
		return;
	for (size_t i = 0; i < history->track_count; i++)
		free_track(history->tracks[i]);
	free(history->tracks);
	free(history->expected);
	free(history);
}

/* Goes on to the step that `tick_ms` lies in. Returns how long the step before took, or 0 while it lasts. */
static int64_t advance(struct history *history, int64_t tick_ms)
{
	int64_t passed_ms = tick_ms - history->step_begin_ms;
	if (history->begun && passed_ms < HISTORY_STEP_MS)
		return 0;
	/* Steps in which nobody looked stay unknown. */
	int64_t steps = history->begun ? passed_ms / HISTORY_STEP_MS : 1;
	for (int64_t i = 0; i < steps && i < HISTORY_STEPS; i++) {
		history->at = (history->at + 1) % HISTORY_STEPS;
		for (size_t j = 0; j < history->track_count; j++)
			for (int metric = 0; metric < HISTORY_METRICS; metric++)
				history->tracks[j]->steps[metric][history->at] = UNKNOWN;
		for (int total = 0; total < HISTORY_TOTALS; total++)
			history->totals[total][history->at] = -1;
	}
	history->step_begin_ms = history->begun ? history->step_begin_ms + steps * HISTORY_STEP_MS : tick_ms;
	return passed_ms > 0 ? passed_ms : 1;
}

void history_add(struct history *history, const struct view *view, int64_t tick_ms)
{
	if (!history->begun) {
		for (int total = 0; total < HISTORY_TOTALS; total++)
			for (size_t i = 0; i < HISTORY_STEPS; i++)
				history->totals[total][i] = -1;
		take_log(history, view);
	}
	add_change(history, view->health_since_ms, view->health);
	int64_t passed_ms = advance(history, tick_ms);
	double read = 0, written = 0;
	bool counted = false;
	for (size_t i = 0; i < history->track_count; i++)
		history->tracks[i]->seen = false;
	for (size_t i = 0; i < view->node_count; i++) {
		struct track *track = find_track(history, view->nodes[i].name);
		if (track == NULL)
			track = add_track(history, view->nodes[i].name);
		if (track == NULL)
			continue;
		track->seen = true;
		/* The first look is what later ones are compared with. */
		if (passed_ms > 0 || !track->counted)
			count(track, &view->nodes[i], passed_ms);
		note(track, &view->nodes[i], history->at);
		if (track->read_rate >= 0) {
			read += track->read_rate;
			written += track->written_rate;
			counted = true;
		}
	}
	forget_unseen(history);
	history->totals[HISTORY_READ][history->at] = counted ? read : -1;
	history->totals[HISTORY_WRITTEN][history->at] = counted ? written : -1;
	history->totals[HISTORY_REPAIR][history->at] = view->repair.rate;
	history->begun = true;
}

/* ---- reading ---- */

static size_t step_ago(const struct history *history, size_t ago)
{
	assert(ago < HISTORY_STEPS);
	return (history->at + HISTORY_STEPS - ago) % HISTORY_STEPS;
}

double history_value(const struct history *history, const char *name, enum history_metric metric, size_t ago)
{
	const struct track *track = ago < HISTORY_STEPS ? find_track(history, name) : NULL;
	return track != NULL ? unpack(metric, track->steps[metric][step_ago(history, ago)]) : -1;
}

double history_largest(const struct history *history, enum history_metric metric, size_t steps)
{
	unsigned char largest = UNKNOWN;
	for (size_t i = 0; i < history->track_count; i++)
		for (size_t ago = 0; ago < steps && ago < HISTORY_STEPS; ago++) {
			unsigned char packed = history->tracks[i]->steps[metric][step_ago(history, ago)];
			largest = packed > largest ? packed : largest;
		}
	double value = unpack(metric, largest);
	return value > 0 ? value : 0;
}

double history_total(const struct history *history, enum history_total total, size_t ago)
{
	return history->begun && ago < HISTORY_STEPS ? history->totals[total][step_ago(history, ago)] : -1;
}

void history_series(const struct history *history, enum history_total total, double *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		values[i] = history_total(history, total, count - 1 - i);
}

void history_node_series(const struct history *history, const char *name, enum history_metric metric,
	double *values, size_t count)
{
	const struct track *track = find_track(history, name);
	for (size_t i = 0; i < count; i++) {
		size_t ago = count - 1 - i;
		values[i] = track != NULL && ago < HISTORY_STEPS
				    ? unpack(metric, track->steps[metric][step_ago(history, ago)])
				    : -1;
	}
}

void history_rates(const struct history *history, const char *name, double *read, double *written)
{
	const struct track *track = find_track(history, name);
	*read = track != NULL ? track->read_rate : -1;
	*written = track != NULL ? track->written_rate : -1;
}

double history_errors(const struct history *history, const char *name)
{
	const struct track *track = find_track(history, name);
	return track != NULL ? track->new_errors : -1;
}
