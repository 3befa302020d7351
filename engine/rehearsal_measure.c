#include "engine/rehearsal_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/watch.h"

enum { NOTE_MS = 100, PROBE_MS = 500 };

/* ---- noting ---- */

static uint64_t fold(uint64_t digest, uint64_t value)
{
	return (digest ^ value) * UINT64_C(0x100000001b3);
}

/* Of what a screen would show, but for what merely goes on. */
static uint64_t digest_view(const struct view *view)
{
	const uint64_t values[] = {view->sequence, view->health, view->nodes_up, view->check_count,
		view->chunks.under_replicated, view->chunks.unavailable, view->chunks.excess,
		view->repair.state, view->repair.queued, view->scrub.running, view->scrub.done};
	uint64_t digest = 0;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		digest = fold(digest, values[i]);
	for (size_t i = 0; i < view->node_count; i++)
		digest = fold(digest, (uint64_t)view->nodes[i].state);
	return digest;
}

/* A count that begins anew when another process takes over. */
static void follow(uint64_t *sum, uint64_t *seen, uint64_t now)
{
	*sum += now < *seen ? now : now - *seen;
	*seen = now;
}

static void raise_to(uint64_t *peak, uint64_t value)
{
	*peak = value > *peak ? value : *peak;
}

static void note_health(struct measure *measure, enum health health, int64_t now_ns)
{
	if (measure->begun && measure->health < HEALTH_UNKNOWN)
		measure->in_state_ns[measure->health] += now_ns - measure->last_ns;
	bool was_healthy = !measure->begun || measure->health == HEALTH_HEALTHY;
	if (was_healthy && health != HEALTH_HEALTHY) {
		measure->unhealthy_since_ns = now_ns;
		if (measure->first_unhealthy_ns < 0)
			measure->first_unhealthy_ns = now_ns;
	}
	if (health == HEALTH_HEALTHY && !was_healthy)
		measure->healthy_since_ns = now_ns;
	if (!was_healthy && now_ns - measure->unhealthy_since_ns > measure->longest_unhealthy_ns)
		measure->longest_unhealthy_ns = now_ns - measure->unhealthy_since_ns;
	measure->health = health;
	measure->last_ns = now_ns;
	measure->begun = true;
}

/* Of one maintenance; those of the next begin at 0. */
static void note_sums(struct measure *measure, uint64_t repaired, uint64_t moved, uint64_t trimmed)
{
	follow(&measure->repaired, &measure->seen_repaired, repaired);
	follow(&measure->moved, &measure->seen_moved, moved);
	follow(&measure->trimmed, &measure->seen_trimmed, trimmed);
}

void rehearsal_note_report(struct rehearsal *rehearsal, const struct report *report)
{
	pthread_mutex_lock(&rehearsal->measure_mutex);
	note_sums(&rehearsal->measure, report->repaired_bytes, report->moved_bytes, report->trimmed_bytes);
	pthread_mutex_unlock(&rehearsal->measure_mutex);
}

static void note_view(struct measure *measure, const struct view *view, int64_t now_ns)
{
	if (measure->begun && now_ns < measure->last_ns)
		return; /* another thread has noted a later one */
	note_health(measure, view->health, now_ns);
	raise_to(&measure->peak_at_risk,
		view->chunks.under_replicated + view->chunks.unavailable + view->chunks.lost);
	raise_to(&measure->peak_last_copy, view->chunks.last_copy);
	raise_to(&measure->peak_unavailable, view->chunks.unavailable + view->chunks.lost);
	note_sums(measure, view->repair.repaired_bytes, view->repair.moved_bytes, view->repair.trimmed_bytes);
	uint64_t digest = digest_view(view);
	measure->changes += digest != measure->digest;
	measure->digest = digest;
}

int rehearsal_look(struct rehearsal *rehearsal, const struct view **result, struct error *error)
{
	const struct view *view;
	int64_t now_ns = rehearsal_now_ns(rehearsal);
	if (view_take(rehearsal->store, 0, &view, error) < 0)
		return -1;
	pthread_mutex_lock(&rehearsal->measure_mutex);
	note_view(&rehearsal->measure, view, now_ns);
	pthread_mutex_unlock(&rehearsal->measure_mutex);
	if (result)
		*result = view;
	else
		view_unref(view);
	return 0;
}

/* By somebody else, whose looks take none of the time of what is played. */
void rehearsal_probe(struct rehearsal *rehearsal)
{
	int64_t began = rehearsal_begin_work(rehearsal);
	store_probe_nodes(rehearsal->store);
	if (rehearsal->env->time->end_aside)
		rehearsal->env->time->end_aside(rehearsal->env->time, began);
}

/* ---- the thread that takes notes ---- */

static bool is_ending(struct rehearsal *rehearsal)
{
	pthread_mutex_lock(&rehearsal->mutex);
	bool ending = rehearsal->ending;
	pthread_mutex_unlock(&rehearsal->mutex);
	return ending;
}

static void *take_notes(void *argument)
{
	struct rehearsal *rehearsal = argument;
	struct timekeeper *time = rehearsal->env->time;
	int64_t probed_ns = 0;
	struct error ignored;
	while (!is_ending(rehearsal)) {
		int64_t now_ns = time->monotonic_ns(time);
		if (now_ns - probed_ns >= (int64_t)PROBE_MS * 1000000) {
			store_probe_nodes(rehearsal->store);
			probed_ns = now_ns;
		}
		if (rehearsal_look(rehearsal, NULL, &ignored) < 0)
			(void)0; /* the next look tries again; a store that is gone ends the play elsewhere */
		time->sleep_ns(time, (int64_t)NOTE_MS * 1000000);
	}
	return NULL;
}

int rehearsal_start_notes(struct rehearsal *rehearsal, struct error *error)
{
	if (rehearsal->scenario->virtual_clock)
		return 0;
	rehearsal->ending = false;
	int number = pthread_create(&rehearsal->noting, NULL, take_notes, rehearsal);
	rehearsal->noting_started = number == 0;
	return number ? error_set_errno(error, number, "cannot start a thread") : 0;
}

void rehearsal_stop_notes(struct rehearsal *rehearsal)
{
	if (!rehearsal->noting_started)
		return;
	pthread_mutex_lock(&rehearsal->mutex);
	rehearsal->ending = true;
	pthread_mutex_unlock(&rehearsal->mutex);
	pthread_join(rehearsal->noting, NULL);
	rehearsal->noting_started = false;
}

/* ---- expectations ---- */

int rehearsal_enter(struct rehearsal *rehearsal, const struct scenario_step *step, bool met,
	const char *found, int64_t asked_ns, struct error *error)
{
	if (rehearsal->expectation_count == rehearsal->expectation_room) {
		size_t room = 2 * rehearsal->expectation_room + 16;
		struct verdict_expectation *more = realloc(rehearsal->expectations, room * sizeof(*more));
		if (!more)
			return error_set_errno(error, ENOMEM, "cannot note an expectation");
		rehearsal->expectations = more;
		rehearsal->expectation_room = room;
	}
	char *copy = strdup(met ? "" : found);
	if (!copy)
		return error_set_errno(error, ENOMEM, "cannot note an expectation");
	int64_t now_ns = rehearsal_now_ns(rehearsal);
	rehearsal->expectations[rehearsal->expectation_count++] = (struct verdict_expectation){
		.line = step->line,
		.column = step->column,
		.text = step->text,
		.met = met,
		.found = copy,
		.time_ms = now_ns / 1000000,
		.took_ms = (now_ns - asked_ns) / 1000000,
	};
	if (met)
		rehearsal_tell(rehearsal, step->line, false, "met: %s", step->text);
	else
		rehearsal_fail(rehearsal, "line %u: %s: %s", step->line, step->text, found);
	if (!met)
		rehearsal_tell(rehearsal, step->line, true, "not met: %s: %s", step->text, found);
	return 0;
}

/* Has maintenance and the nodes looked at once more, so that what was just done shows. */
static int look_afresh(struct rehearsal *rehearsal, const struct view **view, struct error *error)
{
	if (rehearsal->maintenance)
		maintain_step(rehearsal->maintenance);
	else
		rehearsal_probe(rehearsal);
	return rehearsal_look(rehearsal, view, error);
}

int rehearsal_expect(struct rehearsal *rehearsal, const struct scenario_step *step, struct error *error)
{
	const struct scenario_expectation *expectation = &step->expectation;
	int64_t asked_ns = rehearsal_now_ns(rehearsal), held_since_ns = -1;
	int64_t deadline_ns = asked_ns + expectation->within_ms * 1000000;
	char found[512] = "";
	for (;;) {
		const struct view *view;
		if (look_afresh(rehearsal, &view, error) < 0)
			return -1;
		int64_t now_ns = rehearsal_now_ns(rehearsal);
		bool holds = expectation_holds(expectation, view, found, sizeof(found));
		view_unref(view);
		if (!holds)
			held_since_ns = -1;
		else if (held_since_ns < 0)
			held_since_ns = now_ns;
		int64_t until_ns = holds ? held_since_ns + expectation->for_ms * 1000000 : deadline_ns;
		if (now_ns >= until_ns)
			return rehearsal_enter(rehearsal, step, holds, found, asked_ns, error);
		if (rehearsal_wait_a_moment(rehearsal, until_ns, error) < 0)
			return -1;
	}
}

/* ---- sums ---- */

struct sum {
	struct store *store;
	uint64_t bytes;
};

static int add_excess(void *context, const struct catalog_copyset *copyset, struct error *error)
{
	(void)error;
	struct sum *sum = context;
	unsigned live = store_count_live(sum->store, copyset->nodes, copyset->node_count);
	if (live > copyset->want)
		sum->bytes += (live - copyset->want) * copyset->bytes;
	return 0;
}

int rehearsal_count_excess(struct rehearsal *rehearsal, uint64_t *bytes, struct error *error)
{
	struct sum sum = {.store = rehearsal->store};
	if (catalog_each_copyset(rehearsal->store->reader, add_excess, &sum, error) < 0)
		return -1;
	*bytes = sum.bytes;
	return 0;
}

static int add_lost(void *context, const struct catalog_copyset *copyset, struct error *error)
{
	(void)error;
	struct sum *sum = context;
	if (copyset->node_count == 0)
		sum->bytes += copyset->bytes;
	return 0;
}

static void count_event(void *context, const struct view_event *event)
{
	(void)event;
	++*(uint64_t *)context;
}

/* ---- the verdict ---- */

static uint64_t less(uint64_t from, uint64_t what)
{
	return from > what ? from - what : 0;
}

static void fill_in(struct rehearsal *rehearsal)
{
	const struct measure *measure = &rehearsal->measure;
	struct verdict *verdict = &rehearsal->verdict;
	*verdict = (struct verdict){
		.scenario = rehearsal->scenario->name,
		.about = rehearsal->scenario->about,
		.passed = rehearsal->status.passed,
		.failure = rehearsal->status.failure,
		.played = rehearsal->scenario->step_count > 0,
		.virtual_clock = rehearsal->scenario->virtual_clock,
		.seed = rehearsal->scenario->seed,
		.duration_ms = measure->last_ns / 1000000,
		.expectations = rehearsal->expectations,
		.expectation_count = rehearsal->expectation_count,
		.verified = rehearsal->verified,
		.verified_bytes = rehearsal->verified_bytes,
		.longest_unhealthy_ms = measure->longest_unhealthy_ns / 1000000,
		.peak_at_risk = measure->peak_at_risk,
		.peak_last_copy = measure->peak_last_copy,
		.peak_unavailable = measure->peak_unavailable,
		.bytes_lost = rehearsal->bytes_lost,
		.bytes_repaired = measure->repaired,
		.bytes_unneeded =
			less(measure->trimmed + rehearsal->excess_left, measure->moved + measure->lowered),
		.events = rehearsal->events,
		.case_names = rehearsal->case_names,
		.results = rehearsal->results,
		.case_count = rehearsal->case_count,
	};
	for (int health = 0; health < HEALTH_UNKNOWN; health++)
		verdict->in_state_ms[health] = measure->in_state_ns[health] / 1000000;
	if (measure->first_unhealthy_ns >= 0)
		verdict->healthy_after_ms =
			measure->health == HEALTH_HEALTHY
				? (measure->healthy_since_ns - measure->first_unhealthy_ns) / 1000000
				: -1;
}

static int add_up(struct rehearsal *rehearsal, struct error *error)
{
	struct sum lost = {.store = rehearsal->store};
	if (!rehearsal->store)
		return error_set(error, ERROR_IO, "the store is not there any more");
	if (rehearsal_look(rehearsal, NULL, error) < 0 ||
		catalog_each_copyset(rehearsal->store->reader, add_lost, &lost, error) < 0)
		return -1;
	rehearsal->events = 0;
	if (store_events(rehearsal->store, 0, 0, count_event, &rehearsal->events, error) < 0)
		return -1;
	rehearsal->bytes_lost = lost.bytes;
	return 0;
}

int rehearsal_judge(struct rehearsal *rehearsal, struct error *error)
{
	int result = add_up(rehearsal, error);
	/* A process of its own tells the rest when it ends; what it trimmed until then is not left. */
	rehearsal_stop_maintenance(rehearsal);
	if (result == 0)
		result = rehearsal_count_excess(rehearsal, &rehearsal->excess_left, error);
	fill_in(rehearsal);
	return result;
}
