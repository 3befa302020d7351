#include "engine/scenario_reader.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/config_file.h"

enum { NAME_MAX_BYTES = 120 };

/* ---- the file as a whole ---- */

/* One line or several: line feeds and tabs are all it may have beside printable text. */
static bool is_story(const char *text)
{
	char line[SCENARIO_TEXT_MAX + 1];
	size_t length = strlen(text);
	if (length > SCENARIO_TEXT_MAX)
		return false;
	memcpy(line, text, length + 1);
	for (char *c = line; *c; c++)
		*c = *c == '\n' || *c == '\t' ? ' ' : *c;
	return config_text_is_printable(line);
}

static int read_about(
	struct config_reader *config, const struct config_key *key, void *object, struct error *error)
{
	struct scenario *scenario = object;
	const struct config_event *now = &config->events.now;
	if (now->kind != CONFIG_SCALAR || !is_story(now->text))
		return config_refuse_value(config, key, error);
	size_t length = strlen(now->text);
	while (length && now->text[length - 1] == '\n')
		length--;
	scenario->about = strndup(now->text, length);
	return scenario->about ? 0 : config_no_memory(config->events.path, error);
}

static int read_clock(
	struct config_reader *config, const struct config_key *key, void *object, struct error *error)
{
	struct scenario *scenario = object;
	const struct config_event *now = &config->events.now;
	scenario->virtual_clock = now->kind == CONFIG_SCALAR && !strcmp(now->text, "virtual");
	if (scenario->virtual_clock || (now->kind == CONFIG_SCALAR && !strcmp(now->text, "real")))
		return 0;
	return config_refuse_value(config, key, error);
}

#define IN(field) .offset = offsetof(struct scenario, field)

static const struct config_key keys[] = {
	{"name", CONFIG_KIND_LABEL, IN(name), .most = NAME_MAX_BYTES},
	{"about", CONFIG_KIND_OTHER, .read = read_about,
		.allowed = "a text of at most 4096 bytes without control characters"},
	{"clock", CONFIG_KIND_OTHER, .read = read_clock, .allowed = "one of real, virtual"},
	{"seed", CONFIG_KIND_NUMBER, IN(seed), .most = UINT64_MAX, .standard = "1"},
	{"store", CONFIG_KIND_OTHER, .read = scenario_read_store,
		.allowed = "a mapping with the keys of a config but for store, rehearsal and console"},
	{"steps", CONFIG_KIND_OTHER, IN(steps), .read = scenario_read_steps, .allowed = "a list of steps"},
	{"compare", CONFIG_KIND_OTHER, .read = scenario_read_cases,
		.allowed = "a mapping with the keys base, cases"},
};
const struct config_section scenario_schema = {CONFIG_SECTION_OTHER, sizeof(keys) / sizeof(*keys), keys};

/* "fail.yaml" in any folder: "fail". */
static char *default_name(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
	size_t length = dot && dot > name ? (size_t)(dot - name) : strlen(name);
	return strndup(name, length < NAME_MAX_BYTES ? length : NAME_MAX_BYTES);
}

static int finish(struct scenario_reader *reader, const struct config_mark *marks, struct error *error)
{
	struct scenario *scenario = reader->scenario;
	if (!config_mark_of(&scenario_schema, marks, "steps").line &&
		!config_mark_of(&scenario_schema, marks, "compare").line)
		return config_fault(&reader->config.events, (struct config_mark){1, 1},
			"neither 'steps' nor 'compare'", "at least one of them", error);
	if (scenario_store_finish(reader, error))
		return -1;
	scenario_seed_cases(scenario);
	/* One seed is enough for a run that can be repeated. */
	const struct config_section *network = config_section_find(&reader->store, "network")->inner;
	if (!config_mark_of(network, reader->config.marks[CONFIG_SECTION_NETWORK], "seed").line)
		scenario->store->network_seed = scenario->seed;
	if (!scenario->name)
		scenario->name = default_name(scenario->path);
	if (!scenario->about)
		scenario->about = strdup("");
	return scenario->name && scenario->about ? 0 : scenario_no_memory(reader, error);
}

static int read_scenario(struct scenario_reader *reader, struct error *error)
{
	struct config_events *events = &reader->config.events;
	struct config_mark marks[CONFIG_KEYS_MAX] = {{0}};
	events->depth_most = SCENARIO_DEPTH_MAX;
	events->block_text = true;
	if (scenario_store_new(reader, error) || config_events_next(events, error))
		return -1;
	if (config_section_defaults(&scenario_schema, reader->scenario))
		return scenario_no_memory(reader, error);
	if (events->now.kind != CONFIG_MAPPING)
		return scenario_refuse_now(reader, "a mapping of keys, at least steps or compare", error);
	if (config_read_mapping(&reader->config, &scenario_schema, reader->scenario, marks, error))
		return -1;
	/* What follows the document is a fault of its own. */
	return config_events_next(events, error) ? -1 : finish(reader, marks, error);
}

int scenario_refuse_now(struct scenario_reader *reader, const char *allowed, struct error *error)
{
	char found[CONFIG_FOUND_TEXT_MAX];
	struct config_events *events = &reader->config.events;
	return config_fault(
		events, events->now.mark, config_event_found(&events->now, found), allowed, error);
}

int scenario_no_memory(struct scenario_reader *reader, struct error *error)
{
	return config_no_memory(reader->config.events.path, error);
}

static int parse_into(
	struct scenario *scenario, const char *path, const char *text, size_t length, struct error *error)
{
	struct scenario_reader reader = {.scenario = scenario};
	scenario->path = strdup(path);
	if (!scenario->path)
		return config_no_memory(path, error);
	if (config_reader_init(&reader.config, path, text, length, NULL, error))
		return -1;
	int result = read_scenario(&reader, error);
	config_reader_release(&reader.config);
	free(reader.nodes);
	return result;
}

int scenario_parse(
	const char *path, const char *text, size_t length, struct scenario **scenario, struct error *error)
{
	*scenario = calloc(1, sizeof(**scenario));
	if (!*scenario)
		return config_no_memory(path, error);
	if (!parse_into(*scenario, path, text, length, error))
		return 0;
	scenario_free(*scenario);
	*scenario = NULL;
	return -1;
}

int scenario_load(const char *path, struct scenario **scenario, struct error *error)
{
	char *text;
	size_t length;
	struct stat status;
	*scenario = NULL;
	if (config_file_read(path, &text, &length, &status, error))
		return -1;
	int result = scenario_parse(path, text, length, scenario, error);
	free(text);
	return result;
}

void scenario_free(struct scenario *scenario)
{
	if (!scenario)
		return;
	for (size_t i = 0; i < scenario->step_count; i++)
		scenario_release_step(&scenario->steps[i]);
	free(scenario->steps);
	scenario_free_cases(scenario);
	config_free(scenario->store);
	free(scenario->path);
	free(scenario->name);
	free(scenario->about);
	free(scenario);
}
