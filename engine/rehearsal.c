#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/digest.h"
#include "engine/rehearsal_private.h"

enum { FAILURE_LENGTH = sizeof(((struct rehearsal_status *)NULL)->failure) - 1 };

/* ---- what others see ---- */

void rehearsal_tell(struct rehearsal *rehearsal, unsigned line, bool failed, const char *format, ...)
{
	char text[1024];
	va_list arguments;
	if (!rehearsal->options.report)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	const struct rehearsal_note note = {
		.line = line,
		.time_ms = rehearsal_now_ns(rehearsal) / 1000000,
		.failed = failed,
		.text = text,
	};
	rehearsal->options.report(rehearsal->options.context, &note);
}

void rehearsal_fail(struct rehearsal *rehearsal, const char *format, ...)
{
	va_list arguments;
	pthread_mutex_lock(&rehearsal->mutex);
	va_start(arguments, format);
	if (rehearsal->status.passed)
		vsnprintf(rehearsal->status.failure, sizeof(rehearsal->status.failure), format, arguments);
	va_end(arguments);
	rehearsal->status.passed = false;
	pthread_mutex_unlock(&rehearsal->mutex);
}

void rehearsal_get_status(struct rehearsal *rehearsal, struct rehearsal_status *status)
{
	int64_t now_ms = rehearsal_now_ns(rehearsal) / 1000000;
	pthread_mutex_lock(&rehearsal->mutex);
	*status = rehearsal->status;
	pthread_mutex_unlock(&rehearsal->mutex);
	if (status->state != REHEARSAL_DONE)
		status->time_ms = now_ms;
}

void rehearsal_pause(struct rehearsal *rehearsal, bool paused)
{
	pthread_mutex_lock(&rehearsal->mutex);
	if (rehearsal->status.state != REHEARSAL_DONE)
		rehearsal->status.state = paused ? REHEARSAL_PAUSED : REHEARSAL_PLAYING;
	rehearsal->single = false;
	pthread_cond_broadcast(&rehearsal->changed);
	pthread_mutex_unlock(&rehearsal->mutex);
}

void rehearsal_step(struct rehearsal *rehearsal)
{
	pthread_mutex_lock(&rehearsal->mutex);
	rehearsal->single = rehearsal->status.state == REHEARSAL_PAUSED;
	pthread_cond_broadcast(&rehearsal->changed);
	pthread_mutex_unlock(&rehearsal->mutex);
}

void rehearsal_set_speed(struct rehearsal *rehearsal, double speed)
{
	pthread_mutex_lock(&rehearsal->mutex);
	if (rehearsal->scenario->virtual_clock)
		rehearsal->status.speed = speed > 0 ? speed : 0;
	pthread_cond_broadcast(&rehearsal->changed);
	pthread_mutex_unlock(&rehearsal->mutex);
}

const char *rehearsal_config(const struct rehearsal *rehearsal)
{
	return rehearsal->config_path;
}

const struct verdict *rehearsal_verdict(const struct rehearsal *rehearsal)
{
	return &rehearsal->verdict;
}

int rehearsal_open_store(struct rehearsal *rehearsal, struct store **store, struct error *error)
{
	const struct env *env =
		rehearsal->scenario->virtual_clock ? &rehearsal->world.observer : rehearsal->env;
	return store_open_in(env, rehearsal->config_path, store, error);
}

/* ---- steps ---- */

int rehearsal_check_cancel(struct rehearsal *rehearsal, struct error *error)
{
	if (rehearsal->options.cancel && atomic_load(rehearsal->options.cancel))
		return error_set(error, ERROR_CANCELLED, "interrupted");
	return 0;
}

static void show_step(struct rehearsal *rehearsal, const struct scenario_step *step)
{
	pthread_mutex_lock(&rehearsal->mutex);
	const struct scenario *scenario = rehearsal->scenario;
	if (step >= scenario->steps && step < scenario->steps + scenario->step_count)
		rehearsal->status.step = (size_t)(step - scenario->steps) + 1;
	rehearsal->status.line = step->line;
	snprintf(rehearsal->status.doing, sizeof(rehearsal->status.doing), "%s", step->text);
	pthread_mutex_unlock(&rehearsal->mutex);
	rehearsal_tell(rehearsal, step->line, false, "%s", step->text);
}

static void end_single_step(struct rehearsal *rehearsal)
{
	pthread_mutex_lock(&rehearsal->mutex);
	rehearsal->single = false;
	pthread_mutex_unlock(&rehearsal->mutex);
}

int rehearsal_play_steps(
	struct rehearsal *rehearsal, const struct scenario_step *steps, size_t count, struct error *error)
{
	for (size_t i = 0; i < count; i++) {
		const struct scenario_step *step = &steps[i];
		if (rehearsal_wait_for_operator(rehearsal, error) < 0)
			return -1;
		show_step(rehearsal, step);
		if (rehearsal_do_step(rehearsal, step, error) < 0) {
			/* The innermost step names itself. */
			bool named = error->code == ERROR_CANCELLED || step->kind == STEP_REPEAT;
			return named ? -1 : error_context(error, "line %u: %s", step->line, step->text);
		}
		rehearsal_note_change(rehearsal);
		/* However short a time it lasts. */
		rehearsal_probe(rehearsal);
		if (rehearsal_look(rehearsal, NULL, error) < 0)
			return -1;
		if (step->kind != STEP_REPEAT)
			end_single_step(rehearsal);
	}
	return 0;
}

/* ---- the play ---- */

/* A step that could not be done is a verdict too, unless somebody wanted the end. */
static int play_all(struct rehearsal *rehearsal, struct error *error)
{
	const struct scenario *scenario = rehearsal->scenario;
	if (rehearsal_play_steps(rehearsal, scenario->steps, scenario->step_count, error) == 0)
		return 0;
	if (error->code == ERROR_CANCELLED || !rehearsal->store)
		return -1;
	rehearsal_fail(rehearsal, "%.*s", FAILURE_LENGTH, error->message);
	rehearsal_tell(rehearsal, 0, true, "%s", error->message);
	return 0;
}

static int play_scenario(struct rehearsal *rehearsal, struct error *error)
{
	int result = rehearsal_start_maintenance(rehearsal, error);
	if (result == 0)
		result = rehearsal_look(rehearsal, NULL, error);
	if (result == 0)
		result = rehearsal_start_notes(rehearsal, error);
	if (result == 0)
		result = play_all(rehearsal, error);
	rehearsal_stop_notes(rehearsal);
	return result;
}

static void finish(struct rehearsal *rehearsal)
{
	int64_t now_ms = rehearsal_now_ns(rehearsal) / 1000000;
	pthread_mutex_lock(&rehearsal->mutex);
	rehearsal->status.time_ms = now_ms;
	rehearsal->status.state = REHEARSAL_DONE;
	pthread_mutex_unlock(&rehearsal->mutex);
}

int rehearsal_play(struct rehearsal *rehearsal, struct error *error)
{
	struct timekeeper *time = rehearsal->env->time;
	struct error ignored;
	error_clear(error);
	rehearsal->began_ns = time->monotonic_ns(time);
	int result = rehearsal->scenario->step_count ? play_scenario(rehearsal, error) : 0;
	if (result == 0)
		result = rehearsal_compare(rehearsal, error);
	if (result < 0)
		rehearsal_fail(rehearsal, "%.*s", FAILURE_LENGTH, error->message);
	int judged = rehearsal_judge(rehearsal, result < 0 ? &ignored : error);
	finish(rehearsal);
	return result < 0 ? -1 : judged;
}

/* ---- beginning and end ---- */

static int prepare(struct rehearsal *rehearsal, const struct rehearsal_options *options, struct error *error)
{
	const struct scenario *scenario = rehearsal->scenario;
	rehearsal->options = *options;
	virtual_world_init(&rehearsal->world, scenario->seed);
	rehearsal->env = scenario->virtual_clock ? &rehearsal->world.env : env_real();
	rehearsal->began_ns = rehearsal->env->time->monotonic_ns(rehearsal->env->time);
	seeded_dice_init(&rehearsal->content, scenario->seed + 1);
	seeded_dice_init(&rehearsal->chance, scenario->seed + 2);
	rehearsal->measure.first_unhealthy_ns = -1;
	rehearsal->status = (struct rehearsal_status){
		.steps = scenario->step_count,
		.virtual_clock = scenario->virtual_clock,
		.speed = scenario->virtual_clock ? options->speed : 1,
		.state = options->paused ? REHEARSAL_PAUSED : REHEARSAL_PLAYING,
		.passed = true,
	};
	snprintf(rehearsal->status.scenario, sizeof(rehearsal->status.scenario), "%s", scenario->name);
	rehearsal->program = options->program ? strdup(options->program) : NULL;
	if (options->program && !rehearsal->program)
		return error_set_errno(error, ENOMEM, "cannot rehearse");
	if (rehearsal_make_store(rehearsal, error) < 0)
		return -1;
	return rehearsal->existing ? rehearsal_take_inventory(rehearsal, error) : 0;
}

int rehearsal_open(const char *path, const struct rehearsal_options *options, struct rehearsal **result,
	struct error *error)
{
	struct scenario *scenario;
	error_clear(error);
	if (digest_ready(error) < 0 || scenario_load(path, &scenario, error) < 0)
		return -1;
	struct rehearsal *rehearsal = calloc(1, sizeof(*rehearsal));
	if (!rehearsal) {
		scenario_free(scenario);
		return error_set_errno(error, ENOMEM, "cannot rehearse");
	}
	rehearsal->scenario = scenario;
	pthread_mutex_init(&rehearsal->mutex, NULL);
	pthread_mutex_init(&rehearsal->measure_mutex, NULL);
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&rehearsal->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (prepare(rehearsal, options, error) < 0) {
		rehearsal_close(rehearsal);
		return -1;
	}
	*result = rehearsal;
	return 0;
}

void rehearsal_close(struct rehearsal *rehearsal)
{
	if (!rehearsal)
		return;
	rehearsal_stop_maintenance(rehearsal);
	store_close(rehearsal->store);
	rehearsal_remove_store(rehearsal);
	rehearsal_forget_stored(rehearsal);
	for (size_t i = 0; i < rehearsal->expectation_count; i++)
		free((char *)rehearsal->expectations[i].found);
	free(rehearsal->expectations);
	free(rehearsal->capacities);
	free(rehearsal->case_names);
	free(rehearsal->results);
	config_free(rehearsal->config);
	scenario_free(rehearsal->scenario);
	virtual_world_release(&rehearsal->world);
	pthread_mutex_destroy(&rehearsal->mutex);
	pthread_mutex_destroy(&rehearsal->measure_mutex);
	pthread_cond_destroy(&rehearsal->changed);
	free(rehearsal->folder);
	free(rehearsal->config_path);
	free(rehearsal->program);
	free(rehearsal);
}
