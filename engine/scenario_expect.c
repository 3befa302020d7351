/*
 * scenario_expect.c: what a scenario expects of the store, and whether that holds.
 */
#include "engine/scenario_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/field.h"

#define DAY_MS UINT64_C(86400000)

enum { FIELD_PATH_MAX = 192, FOUND_TEXT_MAX = 256 };

static const char none[] = "none";
static const char *const signs[] = {
	[COMPARE_EQUAL] = "==",
	[COMPARE_UNEQUAL] = "!=",
	[COMPARE_LESS] = "<",
	[COMPARE_AT_MOST] = "<=",
	[COMPARE_MORE] = ">",
	[COMPARE_AT_LEAST] = ">=",
};

const char *scenario_comparison_sign(enum comparison comparison)
{
	return signs[comparison];
}

void scenario_free_expectation(struct scenario_expectation *expectation)
{
	for (size_t i = 0; i < expectation->condition_count; i++) {
		free(expectation->conditions[i].field);
		free(expectation->conditions[i].wanted);
	}
	free(expectation->conditions);
}

/* ---- reading ---- */

/* What a field can be compared with. */
static char *allowed_for(const struct field *field, char out[static CONFIG_ALLOWED_TEXT_MAX])
{
	static const char *const kinds[] = {
		[FIELD_NUMBER] =
			"a number such as 3, or a comparison such as '>= 3' or '!= 0' in quotation marks",
		[FIELD_BYTES] = "a size such as 512KiB, or a comparison such as '< 1GiB' in quotation marks",
		[FIELD_SECONDS] =
			"a time such as 250ms or 5s, or a comparison such as '< 5s' in quotation marks",
		[FIELD_MILLISECONDS] =
			"a time such as 20ms, or a comparison such as '< 20ms' in quotation marks",
		[FIELD_FLAG] = "true or false",
		[FIELD_WORD] = "one of",
		[FIELD_TEXT] = "a text, or '!= TEXT' in quotation marks",
	};
	int used = snprintf(out, CONFIG_ALLOWED_TEXT_MAX, "%s", kinds[field->kind]);
	for (unsigned i = 0; field_word(field, i); i++)
		used += snprintf(out + used, CONFIG_ALLOWED_TEXT_MAX - (size_t)used, "%s %s", i ? "," : "",
			field_word(field, i));
	if (field->kind == FIELD_WORD)
		snprintf(out + used, CONFIG_ALLOWED_TEXT_MAX - (size_t)used,
			", or '!= %s' in quotation marks", field_word(field, 0));
	return out;
}

/* Takes the comparison off the front of `text`; without one it is ==. */
static const char *take_comparison(const char *text, enum comparison *comparison)
{
	*comparison = COMPARE_EQUAL;
	/* The longer signs first. */
	static const enum comparison order[] = {COMPARE_EQUAL, COMPARE_UNEQUAL, COMPARE_AT_MOST,
		COMPARE_AT_LEAST, COMPARE_LESS, COMPARE_MORE};
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		size_t length = strlen(signs[order[i]]);
		if (strncmp(text, signs[order[i]], length) != 0)
			continue;
		*comparison = order[i];
		text += length;
		break;
	}
	return text + strspn(text, " ");
}

/* By the rows of a config, so that numbers are written alike everywhere. */
static bool parse_number(const struct field *field, const char *text, double *number)
{
	static const struct config_key bytes_key = {.kind = CONFIG_KIND_BYTES, .most = UINT64_MAX};
	static const struct config_key time_key = {.kind = CONFIG_KIND_TIME, .most = 36500 * DAY_MS};
	static const struct config_key number_key = {.kind = CONFIG_KIND_RATIO, .most = UINT64_MAX};
	uint64_t bytes;
	int64_t milliseconds;
	switch (field->kind) {
	case FIELD_BYTES:
		if (config_key_set(&bytes_key, text, false, &bytes) != CONFIG_VALUE_GOOD)
			return false;
		*number = (double)bytes;
		return true;
	case FIELD_SECONDS:
	case FIELD_MILLISECONDS:
		if (config_key_set(&time_key, text, false, &milliseconds) != CONFIG_VALUE_GOOD)
			return false;
		*number = (double)milliseconds / (field->kind == FIELD_SECONDS ? 1000 : 1);
		return true;
	default:
		return config_key_set(&number_key, text, false, number) == CONFIG_VALUE_GOOD;
	}
}

static bool is_number(const struct field *field)
{
	return field->kind == FIELD_NUMBER || field->kind == FIELD_BYTES || field->kind == FIELD_SECONDS ||
	       field->kind == FIELD_MILLISECONDS;
}

static bool is_allowed_text(const struct field *field, const char *text)
{
	if (field->kind == FIELD_FLAG)
		return !strcmp(text, "true") || !strcmp(text, "false");
	for (unsigned i = 0; field_word(field, i); i++) {
		if (!strcasecmp(field_word(field, i), text))
			return true;
	}
	return field->kind == FIELD_TEXT;
}

/* The current event is what the field of `condition` is to be. */
static int read_wanted(struct scenario_reader *reader, const struct field *field,
	struct scenario_condition *condition, struct error *error)
{
	const struct config_event *now = &reader->config.events.now;
	char allowed[CONFIG_ALLOWED_TEXT_MAX];
	if (now->kind != CONFIG_SCALAR)
		return scenario_refuse_now(reader, allowed_for(field, allowed), error);
	const char *wanted = take_comparison(now->text, &condition->comparison);
	bool equality = condition->comparison == COMPARE_EQUAL || condition->comparison == COMPARE_UNEQUAL;
	bool absent = is_number(field) && equality && !strcmp(wanted, none);
	condition->is_number = is_number(field) && !absent;
	if (condition->is_number && !parse_number(field, wanted, &condition->number))
		return scenario_refuse_now(reader, allowed_for(field, allowed), error);
	if (!is_number(field) && (!equality || !is_allowed_text(field, wanted)))
		return scenario_refuse_now(reader, allowed_for(field, allowed), error);
	condition->wanted = strdup(wanted);
	return condition->wanted ? 0 : scenario_no_memory(reader, error);
}

/* Whether both names in the subject of a link are those of ends; they may have dots in them. */
static bool knows_link(const struct scenario_reader *reader, const struct field *field)
{
	static const char client[] = "client";
	const char *from = field->subject, *end = from + field->subject_length;
	for (const char *dot = from; dot < end; dot++) {
		if (*dot != '.')
			continue;
		size_t length = (size_t)(dot - from), rest = (size_t)(end - dot - 1);
		bool from_client = length == strlen(client) && !strncmp(from, client, length);
		bool to_client = rest == strlen(client) && !strncmp(dot + 1, client, rest);
		if ((from_client || scenario_knows_node(reader, from, length)) &&
			(to_client || scenario_knows_node(reader, dot + 1, rest)))
			return true;
	}
	return false;
}

/* The current event is the name of a field. */
static int find_field(
	struct scenario_reader *reader, const char *path, struct field *field, struct error *error)
{
	char allowed[CONFIG_ALLOWED_TEXT_MAX], near[FIELD_PATH_MAX], name[FIELD_PATH_MAX];
	struct config_events *events = &reader->config.events;
	if (!field_find(path, field)) {
		const char *meant = field_near(path, near, sizeof(near));
		snprintf(allowed, sizeof(allowed),
			"a field of 'status --json', such as health, chunks.lost, nodes.NAME.state, "
			"checks.CODE or repair.state, besides within and for%s%s%s",
			meant ? "; did you mean " : "", meant ? meant : "", meant ? "?" : "");
		return config_fault(events, events->now.mark, "an unknown field", allowed, error);
	}
	if (field_is_of_link(field) && !knows_link(reader, field))
		return config_fault(events, events->now.mark,
			"a link whose ends are not both there at this step",
			"links.FROM.TO.cut or links.FROM.TO.latency_ms with the names of two nodes, or "
			"client",
			error);
	snprintf(name, sizeof(name), "%.*s", (int)field->subject_length, field->subject);
	if (field_is_of_node(field) && !scenario_knows_node(reader, field->subject, field->subject_length))
		return scenario_refuse_node(reader, name, "", error);
	return 0;
}

static struct scenario_condition *append_condition(struct scenario_expectation *expectation)
{
	size_t count = expectation->condition_count;
	struct scenario_condition *more = reallocarray(expectation->conditions, count + 1, sizeof(*more));
	if (!more)
		return NULL;
	expectation->conditions = more;
	expectation->condition_count++;
	more[count] = (struct scenario_condition){0};
	return &more[count];
}

static int refuse_twin(struct scenario_reader *reader, struct error *error)
{
	struct config_events *events = &reader->config.events;
	return config_fault(events, events->now.mark, "it a second time", "each field once", error);
}

/* The current event is the name of a field; reads the value as well. */
static int read_condition(
	struct scenario_reader *reader, struct scenario_expectation *expectation, struct error *error)
{
	struct config_events *events = &reader->config.events;
	struct field field;
	for (size_t i = 0; i < expectation->condition_count; i++) {
		if (!strcmp(expectation->conditions[i].field, events->now.text))
			return refuse_twin(reader, error);
	}
	struct scenario_condition *condition = append_condition(expectation);
	if (!condition || !(condition->field = strdup(events->now.text)))
		return scenario_no_memory(reader, error);
	if (find_field(reader, condition->field, &field, error) || config_events_next(events, error))
		return -1;
	return read_wanted(reader, &field, condition, error);
}

/* The current event is a key of the mapping; reads its value as well. */
static int read_key(struct scenario_reader *reader, struct scenario_expectation *expectation, bool given[2],
	struct error *error)
{
	static const struct config_key times[] = {
		{"within", CONFIG_KIND_TIME, offsetof(struct scenario_expectation, within_ms),
			.most = 3650 * DAY_MS},
		{"for", CONFIG_KIND_TIME, offsetof(struct scenario_expectation, for_ms),
			.most = 3650 * DAY_MS},
	};
	struct config_events *events = &reader->config.events;
	char excerpt[CONFIG_FOUND_TEXT_MAX];
	if (events->now.kind != CONFIG_SCALAR)
		return scenario_refuse_now(reader, "the name of a field, within or for", error);
	snprintf(events->key, sizeof(events->key), "%s", config_excerpt(events->now.text, "", excerpt));
	for (size_t i = 0; i < 2; i++) {
		if (strcmp(times[i].name, events->now.text) != 0)
			continue;
		if (given[i])
			return refuse_twin(reader, error);
		given[i] = true;
		return config_events_next(events, error)
			       ? -1
			       : config_read_value(&reader->config, &times[i], expectation, error);
	}
	return read_condition(reader, expectation, error);
}

/* "expect: HEALTHY". */
static int read_health(
	struct scenario_reader *reader, struct scenario_expectation *expectation, struct error *error)
{
	struct field field;
	struct scenario_condition *condition = append_condition(expectation);
	if (!condition || !(condition->field = strdup("health")))
		return scenario_no_memory(reader, error);
	return field_find(condition->field, &field) ? read_wanted(reader, &field, condition, error) : -1;
}

int scenario_read_expectation(
	struct config_reader *config, const struct config_key *key, void *object, struct error *error)
{
	struct scenario_reader *reader = scenario_reader_of(config);
	struct scenario_expectation *expectation = &((struct scenario_step *)object)->expectation;
	struct config_events *events = &config->events;
	struct config_mark begin = events->now.mark;
	bool given[2] = {false, false};
	if (events->now.kind == CONFIG_SCALAR)
		return read_health(reader, expectation, error);
	if (events->now.kind != CONFIG_MAPPING)
		return config_refuse_value(config, key, error);
	int more;
	while ((more = config_events_more(events, CONFIG_MAPPING_END, error)) > 0) {
		if (read_key(reader, expectation, given, error))
			return -1;
		events->key[0] = '\0';
	}
	if (more < 0)
		return -1;
	return expectation->condition_count
		       ? 0
		       : config_fault(events, begin, "no field", "at least one field", error);
}

/* ---- whether it holds ---- */

static bool compare_numbers(double found, enum comparison comparison, double wanted)
{
	switch (comparison) {
	case COMPARE_EQUAL:
		return found == wanted;
	case COMPARE_UNEQUAL:
		return found != wanted;
	case COMPARE_LESS:
		return found < wanted;
	case COMPARE_AT_MOST:
		return found <= wanted;
	case COMPARE_MORE:
		return found > wanted;
	case COMPARE_AT_LEAST:
		return found >= wanted;
	}
	return false;
}

static bool holds(const struct scenario_condition *condition, const struct field *field,
	const struct field_value *value)
{
	if (condition->is_number) {
		if (!value->known)
			return condition->comparison == COMPARE_UNEQUAL;
		return compare_numbers(value->number, condition->comparison, condition->number);
	}
	bool equal;
	if (!value->known || is_number(field))
		equal = !value->known && !strcmp(condition->wanted, none);
	else if (field->kind == FIELD_TEXT)
		equal = !strcmp(condition->wanted, value->text);
	else
		equal = !strcasecmp(condition->wanted, value->text);
	return equal == (condition->comparison == COMPARE_EQUAL);
}

bool expectation_holds(
	const struct scenario_expectation *expectation, const struct view *view, char *found, size_t size)
{
	for (size_t i = 0; i < expectation->condition_count; i++) {
		const struct scenario_condition *condition = &expectation->conditions[i];
		struct field field;
		struct field_value value;
		char text[FOUND_TEXT_MAX];
		if (!field_find(condition->field, &field) || !field_read(view, &field, &value)) {
			snprintf(found, size, "%s is not there", condition->field);
			return false;
		}
		if (holds(condition, &field, &value))
			continue;
		snprintf(found, size, "%s is %s", condition->field,
			field_print(&field, &value, text, sizeof(text)));
		return false;
	}
	return true;
}
