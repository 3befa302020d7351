/*
 * scenario_step.c: lists of steps.
 *
 * A step is a mapping with one key, its kind, whose value says more; or just its kind where there is no more to say.
 * What may stand behind each kind is in scenario_form.c.
 */
#include "engine/scenario_reader.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/suggest.h"

static const char *const names[] = {
	[STEP_PUT] = "put",
	[STEP_RM] = "rm",
	[STEP_SET_RF] = "set_rf",
	[STEP_SNAPSHOT] = "snapshot",
	[STEP_FAIL] = "fail",
	[STEP_RECOVER] = "recover",
	[STEP_WIPE] = "wipe",
	[STEP_CORRUPT] = "corrupt",
	[STEP_FILL] = "fill",
	[STEP_SLOW] = "slow",
	[STEP_LINK] = "link",
	[STEP_CUT] = "cut",
	[STEP_PARTITION] = "partition",
	[STEP_HEAL] = "heal",
	[STEP_AWAY] = "away",
	[STEP_BACK] = "back",
	[STEP_DRAIN] = "drain",
	[STEP_ADD_NODE] = "add_node",
	[STEP_REMOVE_NODE] = "remove_node",
	[STEP_KILL] = "kill",
	[STEP_SCRUB] = "scrub",
	[STEP_COLLECT] = "collect",
	[STEP_LOSE_CATALOG] = "lose_catalog",
	[STEP_REPEAT] = "repeat",
	[STEP_RANDOM] = "random",
	[STEP_WAIT] = "wait",
	[STEP_EXPECT] = "expect",
	[STEP_VERIFY] = "verify",
};
static_assert(sizeof(names) / sizeof(*names) == STEP_KINDS, "each kind of step has a name");

const char *step_kind_name(enum step_kind kind)
{
	assert(kind < STEP_KINDS);
	return names[kind];
}

void scenario_release_step(struct scenario_step *step)
{
	free(step->text);
	scenario_free_names(step->names, step->name_count);
	scenario_free_names(step->others, step->other_count);
	scenario_free_names(step->paths, step->path_count);
	for (size_t i = 0; i < step->group_count; i++)
		scenario_free_names(step->groups[i].names, step->groups[i].count);
	free(step->groups);
	free(step->node.name);
	free(step->node.zone);
	scenario_free_expectation(&step->expectation);
	for (size_t i = 0; i < step->step_count; i++)
		scenario_release_step(&step->steps[i]);
	free(step->steps);
}

/* ---- one step ---- */

static int refuse_kind(struct scenario_reader *reader, struct error *error)
{
	char allowed[CONFIG_ALLOWED_TEXT_MAX];
	const struct config_event *now = &reader->config.events.now;
	const char *near = now->kind == CONFIG_SCALAR ? suggest(now->text, names, STEP_KINDS) : NULL;
	int used = snprintf(allowed, sizeof(allowed), "one of");
	for (unsigned i = 0; i < STEP_KINDS; i++)
		used += snprintf(
			allowed + used, sizeof(allowed) - (size_t)used, "%s %s", i ? "," : "", names[i]);
	if (near)
		snprintf(allowed + used, sizeof(allowed) - (size_t)used, "; did you mean %s?", near);
	return scenario_refuse_now(reader, allowed, error);
}

static int read_kind(struct scenario_reader *reader, struct scenario_step *step, struct error *error)
{
	struct config_events *events = &reader->config.events;
	if (events->now.kind != CONFIG_SCALAR)
		return refuse_kind(reader, error);
	for (unsigned i = 0; i < STEP_KINDS; i++) {
		if (strcmp(names[i], events->now.text) != 0)
			continue;
		step->kind = (enum step_kind)i;
		snprintf(events->within, sizeof(events->within), "step %s, %s", reader->number, names[i]);
		return 0;
	}
	return refuse_kind(reader, error);
}

/* The kind stands there and nothing else does. */
static int check_alone(struct scenario_reader *reader, const struct scenario_form *form,
	struct config_mark mark, struct error *error)
{
	char allowed[CONFIG_ALLOWED_TEXT_MAX];
	if (form->alone)
		return 0;
	if (form->value)
		config_key_allowed(form->value, allowed);
	else
		config_section_allowed(form->section, "a mapping with the keys", allowed);
	return config_fault(&reader->config.events, mark, "nothing", allowed, error);
}

/* The current event is, or begins, what stands behind the kind. */
static int read_value(struct scenario_reader *reader, struct scenario_step *step,
	const struct scenario_form *form, struct config_mark *marks, struct error *error)
{
	struct config_events *events = &reader->config.events;
	char allowed[CONFIG_ALLOWED_TEXT_MAX];
	bool nothing = events->now.kind == CONFIG_SCALAR && !events->now.text[0] && !events->now.quoted;
	if (nothing)
		return check_alone(reader, form, events->now.mark, error);
	if (form->section && (events->now.kind == CONFIG_MAPPING || !form->value)) {
		if (events->now.kind == CONFIG_MAPPING)
			return config_read_mapping(&reader->config, form->section, step, marks, error);
		config_section_allowed(form->section, "a mapping with the keys", allowed);
		return scenario_refuse_now(reader, allowed, error);
	}
	if (!form->value)
		return scenario_refuse_now(reader, "nothing behind it", error);
	return config_read_value(&reader->config, form->value, step, error);
}

/* What a kind of step is given when it does not say otherwise. */
static int set_defaults(struct scenario_reader *reader, struct scenario_step *step,
	const struct scenario_form *form, struct error *error)
{
	if ((form->section && config_section_defaults(form->section, step)) ||
		(form->defaults && config_section_defaults(form->defaults, step)))
		return scenario_no_memory(reader, error);
	return 0;
}

static int read_body(struct scenario_reader *reader, struct scenario_step *step, struct error *error)
{
	struct config_events *events = &reader->config.events;
	struct config_mark marks[CONFIG_KEYS_MAX] = {{0}}, begin = {step->line, step->column};
	bool mapping = events->now.kind == CONFIG_MAPPING;
	if (mapping && config_events_next(events, error))
		return -1;
	if (read_kind(reader, step, error))
		return -1;
	const struct scenario_form *form = scenario_form_of(step->kind);
	if (set_defaults(reader, step, form, error))
		return -1;
	if (!mapping)
		return check_alone(reader, form, begin, error);
	if (config_events_next(events, error))
		return -1;
	begin = events->now.mark;
	if (read_value(reader, step, form, marks, error))
		return -1;
	events->key[0] = '\0';
	if (form->check && form->check(reader, step, marks, begin, error))
		return -1;
	if (config_events_next(events, error))
		return -1;
	return events->now.kind == CONFIG_MAPPING_END
		       ? 0
		       : scenario_refuse_now(
				 reader, "one kind in each step; begin the next one with '- '", error);
}

static int read_step(struct scenario_reader *reader, struct scenario_step *step, struct error *error)
{
	struct config_events *events = &reader->config.events;
	step->line = events->now.mark.line;
	step->column = events->now.mark.column;
	snprintf(events->within, sizeof(events->within), "step %s", reader->number);
	if (reader->step_count++ == SCENARIO_STEPS_MAX)
		return config_fault(events, events->now.mark, "more than 4096 steps",
			"fewer, for example with 'repeat'", error);
	static_assert(SCENARIO_STEPS_MAX == 4096, "the message above says so");
	if (read_body(reader, step, error))
		return -1;
	step->text = scenario_step_text(step);
	return step->text ? 0 : scenario_no_memory(reader, error);
}

/* ---- lists of them ---- */

static_assert(offsetof(struct scenario, step_count) ==
			      offsetof(struct scenario, steps) + sizeof(struct scenario_step *) &&
		      offsetof(struct scenario_step, step_count) ==
			      offsetof(struct scenario_step, steps) + sizeof(struct scenario_step *),
	"the number of steps stands behind them");

/* A new step at the end of a list; NULL without memory. */
static struct scenario_step *append_step(struct scenario_step **steps, size_t *count)
{
	/* Grows at the powers of two. */
	if (!(*count & (*count - 1))) {
		struct scenario_step *more = reallocarray(*steps, *count ? 2 * *count : 1, sizeof(*more));
		if (!more)
			return NULL;
		*steps = more;
	}
	struct scenario_step *step = &(*steps)[(*count)++];
	*step = (struct scenario_step){0};
	return step;
}

static int read_list(
	struct scenario_reader *reader, struct scenario_step **steps, size_t *count, struct error *error)
{
	struct config_events *events = &reader->config.events;
	size_t before = strlen(reader->number);
	char within[CONFIG_WITHIN_TEXT_MAX];
	memcpy(within, events->within, sizeof(within));
	int more;
	while ((more = config_events_more(events, CONFIG_LIST_END, error)) > 0) {
		struct scenario_step *step = append_step(steps, count);
		if (!step)
			return scenario_no_memory(reader, error);
		snprintf(reader->number + before, sizeof(reader->number) - before, "%s%zu", before ? "." : "",
			*count);
		if (read_step(reader, step, error))
			return -1;
		reader->number[before] = '\0';
		memcpy(events->within, within, sizeof(within));
	}
	return more;
}

int scenario_read_steps(
	struct config_reader *config, const struct config_key *key, void *object, struct error *error)
{
	struct scenario_reader *reader = scenario_reader_of(config);
	struct config_events *events = &config->events;
	char *field = (char *)object + key->offset;
	size_t *count = (size_t *)(void *)(field + sizeof(struct scenario_step *));
	struct config_mark begin = events->now.mark;
	bool inner = reader->number[0];
	if (!inner && scenario_store_finish(reader, error))
		return -1;
	if (events->now.kind != CONFIG_LIST)
		return config_refuse_value(config, key, error);
	events->key[0] = '\0';
	reader->repeats += inner;
	int result = read_list(reader, (struct scenario_step **)(void *)field, count, error);
	reader->repeats -= inner;
	if (result)
		return -1;
	return *count ? 0
		      : config_fault(events, begin, "an empty list", "a list of at least one step", error);
}
