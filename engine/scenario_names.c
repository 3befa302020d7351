/*
 * scenario_names.c: lists of names in a scenario, and which nodes there are at each step.
 */
#include "engine/scenario_reader.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config_path.h"
#include "engine/engine.h"

enum { NAMED_NODES = 8 /* in a message */ };

#define COUNT_FOLLOWS(list, length)                                                                          \
	static_assert(offsetof(struct scenario_step, length) ==                                              \
			      offsetof(struct scenario_step, list) + sizeof(char **),                        \
		"the number of names stands behind them")
COUNT_FOLLOWS(names, name_count);
COUNT_FOLLOWS(others, other_count);
COUNT_FOLLOWS(paths, path_count);

/* A list of names in a step. */
struct name_list {
	char ***names;
	size_t *count;
};

static struct name_list list_in(const struct config_key *key, void *object)
{
	char *names = (char *)object + key->offset;
	return (struct name_list){(char ***)(void *)names, (size_t *)(void *)(names + sizeof(char **))};
}

int scenario_append_name(char ***names, size_t *count, const char *text, size_t length)
{
	/* Grows at the powers of two. */
	if (!(*count & (*count - 1))) {
		char **more = reallocarray(*names, *count ? 2 * *count : 1, sizeof(*more));
		if (!more)
			return -1;
		*names = more;
	}
	char *copy = strndup(text, length);
	if (!copy)
		return -1;
	(*names)[(*count)++] = copy;
	return 0;
}

void scenario_free_names(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

/* ---- which nodes there are ---- */

bool scenario_knows_node(const struct scenario_reader *reader, const char *name, size_t length)
{
	for (size_t i = 0; i < reader->node_count; i++) {
		if (!strncmp(reader->nodes[i], name, length) && !reader->nodes[i][length])
			return true;
	}
	return false;
}

int scenario_note_node(struct scenario_reader *reader, const char *name, struct error *error)
{
	if (reader->node_count == reader->node_room) {
		size_t room = 2 * reader->node_room + 16;
		const char **more = reallocarray(reader->nodes, room, sizeof(*more));
		if (!more)
			return scenario_no_memory(reader, error);
		reader->nodes = more;
		reader->node_room = room;
	}
	reader->nodes[reader->node_count++] = name;
	return 0;
}

void scenario_forget_node(struct scenario_reader *reader, const char *name)
{
	for (size_t i = 0; i < reader->node_count; i++) {
		if (strcmp(reader->nodes[i], name) != 0)
			continue;
		size_t after = --reader->node_count - i;
		memmove(&reader->nodes[i], &reader->nodes[i + 1], after * sizeof(*reader->nodes));
		return;
	}
}

int scenario_refuse_node(
	struct scenario_reader *reader, const char *name, const char *more, struct error *error)
{
	char found[CONFIG_FOUND_TEXT_MAX], excerpt[CONFIG_FOUND_TEXT_MAX], allowed[CONFIG_ALLOWED_TEXT_MAX];
	const char *near = suggest(name, reader->nodes, reader->node_count);
	size_t named = reader->node_count <= NAMED_NODES ? reader->node_count : NAMED_NODES - 1;
	int used = snprintf(allowed, sizeof(allowed), "one of ");
	for (size_t i = 0; i < named; i++)
		used += snprintf(allowed + used, sizeof(allowed) - (size_t)used, "%s%.40s", i ? ", " : "",
			reader->nodes[i]);
	if (named < reader->node_count)
		used += snprintf(allowed + used, sizeof(allowed) - (size_t)used, " … %.40s",
			reader->nodes[reader->node_count - 1]);
	snprintf(allowed + used, sizeof(allowed) - (size_t)used, "%s%s%.64s%s", more,
		near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
	snprintf(found, sizeof(found), "%.200s, which is no node at this step",
		config_excerpt(name, "'", excerpt));
	struct config_events *events = &reader->config.events;
	return config_fault(events, events->now.mark, found, allowed, error);
}

/* ---- lists ---- */

/* Takes the text that the current event is into a list. */
typedef int take_function(struct scenario_reader *reader, struct name_list list, struct error *error);

/* One text, or a list of at least one. */
static int read_texts(struct config_reader *config, const struct config_key *key, void *object,
	take_function *take, struct error *error)
{
	struct scenario_reader *reader = scenario_reader_of(config);
	struct config_events *events = &config->events;
	struct name_list list = list_in(key, object);
	struct config_mark begin = events->now.mark;
	if (events->now.kind == CONFIG_SCALAR && events->now.text[0])
		return take(reader, list, error);
	if (events->now.kind != CONFIG_LIST)
		return config_refuse_value(config, key, error);
	int more;
	while ((more = config_events_more(events, CONFIG_LIST_END, error)) > 0) {
		if (events->now.kind != CONFIG_SCALAR || !events->now.text[0])
			return config_refuse_value(config, key, error);
		if (take(reader, list, error))
			return -1;
	}
	if (more < 0)
		return -1;
	return *list.count ? 0 : config_fault(events, begin, "an empty list", key->allowed, error);
}

static int append(
	struct scenario_reader *reader, struct name_list list, const char *text, struct error *error)
{
	return scenario_append_name(list.names, list.count, text, strlen(text))
		       ? scenario_no_memory(reader, error)
		       : 0;
}

/* A name that stands twice would be done twice. */
static int append_node(
	struct scenario_reader *reader, struct name_list list, const char *name, struct error *error)
{
	struct config_events *events = &reader->config.events;
	for (size_t i = 0; i < *list.count; i++) {
		char found[CONFIG_FOUND_TEXT_MAX], excerpt[CONFIG_FOUND_TEXT_MAX];
		if (strcmp((*list.names)[i], name) != 0)
			continue;
		snprintf(found, sizeof(found), "%.200s a second time", config_excerpt(name, "'", excerpt));
		return config_fault(events, events->now.mark, found, "each node once", error);
	}
	if (reader->name_count++ == SCENARIO_NAMES_MAX)
		return config_fault(events, events->now.mark, "more than 262144 nodes in all steps",
			"fewer, for example with 'repeat'", error);
	return append(reader, list, name, error);
}
static_assert(SCENARIO_NAMES_MAX == 262144, "the message above says so");

static int append_all(struct scenario_reader *reader, struct name_list list, struct error *error)
{
	for (size_t i = 0; i < reader->node_count; i++) {
		if (append_node(reader, list, reader->nodes[i], error))
			return -1;
	}
	return 0;
}

static int take_node(struct scenario_reader *reader, struct name_list list, struct error *error)
{
	const char *name = reader->config.events.now.text;
	if (!strcmp(name, "all"))
		return append_all(reader, list, error);
	if (!scenario_knows_node(reader, name, strlen(name)))
		return scenario_refuse_node(reader, name, " or all", error);
	return append_node(reader, list, name, error);
}

static int take_end(struct scenario_reader *reader, struct name_list list, struct error *error)
{
	const char *name = reader->config.events.now.text;
	if (!strcmp(name, "all"))
		return append_all(reader, list, error);
	if (strcmp(name, "client") != 0 && !scenario_knows_node(reader, name, strlen(name)))
		return scenario_refuse_node(reader, name, ", client or all", error);
	return append_node(reader, list, name, error);
}

/* As names of files go: parts that are neither empty nor dots. One that ends in / is all that begins so. */
static bool is_entry(const char *name)
{
	if (!*name || *name == '/' || strlen(name) > STORE_NAME_MAX || !config_text_is_printable(name))
		return false;
	for (const char *part = name; *part;) {
		size_t length = strcspn(part, "/");
		if (length == 0 || (length <= 2 && !strncmp(part, "..", length)))
			return false;
		part += length + (part[length] == '/');
	}
	return true;
}

static int take_entry(struct scenario_reader *reader, struct name_list list, struct error *error)
{
	const char *name = reader->config.events.now.text;
	if (!is_entry(name))
		return scenario_refuse_now(reader,
			"a name of at most 4096 bytes, without control characters, that does not begin with "
			"/ and has no empty, . or .. part",
			error);
	return append(reader, list, name, error);
}

static int take_path(struct scenario_reader *reader, struct name_list list, struct error *error)
{
	const char *path = reader->config.events.now.text;
	if (path[0] == '~' || strlen(path) > CONFIG_PATH_MAX || !config_text_is_printable(path))
		return scenario_refuse_now(reader,
			"a path of 1 to 4095 bytes without control characters (~ is not expanded)", error);
	char *file = config_path_of_file(reader->scenario->path);
	char *folder = file ? config_path_folder(file) : NULL;
	char *resolved = folder ? config_path_resolve(folder, path) : NULL;
	int result = resolved ? append(reader, list, resolved, error) : scenario_no_memory(reader, error);
	free(file);
	free(folder);
	free(resolved);
	return result;
}

int scenario_read_nodes(
	struct config_reader *config, const struct config_key *key, void *object, struct error *error)
{
	return read_texts(config, key, object, take_node, error);
}

int scenario_read_ends(
	struct config_reader *config, const struct config_key *key, void *object, struct error *error)
{
	return read_texts(config, key, object, take_end, error);
}

int scenario_read_entries(
	struct config_reader *config, const struct config_key *key, void *object, struct error *error)
{
	return read_texts(config, key, object, take_entry, error);
}

int scenario_read_entry(
	struct config_reader *config, const struct config_key *key, void *object, struct error *error)
{
	if (config->events.now.kind != CONFIG_SCALAR || !config->events.now.text[0])
		return config_refuse_value(config, key, error);
	return take_entry(scenario_reader_of(config), list_in(key, object), error);
}

int scenario_read_paths(
	struct config_reader *config, const struct config_key *key, void *object, struct error *error)
{
	return read_texts(config, key, object, take_path, error);
}

/* ---- groups ---- */

static int check_apart(struct scenario_reader *reader, const struct scenario_step *step, struct error *error)
{
	const struct scenario_group *last = &step->groups[step->group_count - 1];
	const char *name = reader->config.events.now.text;
	for (const struct scenario_group *group = step->groups; group < last; group++) {
		for (size_t i = 0; i < group->count; i++) {
			if (!strcmp(group->names[i], name))
				return scenario_refuse_now(reader, "each node in one group", error);
		}
	}
	return 0;
}

static int read_group(struct scenario_reader *reader, struct scenario_step *step, struct error *error)
{
	struct config_events *events = &reader->config.events;
	struct config_mark begin = events->now.mark;
	struct scenario_group *groups = reallocarray(step->groups, step->group_count + 1, sizeof(*groups));
	if (!groups)
		return scenario_no_memory(reader, error);
	step->groups = groups;
	struct scenario_group *group = &groups[step->group_count++];
	*group = (struct scenario_group){0};
	int more;
	while ((more = config_events_more(events, CONFIG_LIST_END, error)) > 0) {
		if (events->now.kind != CONFIG_SCALAR || !strcmp(events->now.text, "all"))
			return scenario_refuse_now(reader, "the name of a node or client", error);
		if (check_apart(reader, step, error) ||
			take_end(reader, (struct name_list){&group->names, &group->count}, error))
			return -1;
	}
	if (more < 0)
		return -1;
	return group->count
		       ? 0
		       : config_fault(events, begin, "an empty group", "at least one node in each", error);
}

int scenario_read_groups(
	struct config_reader *config, const struct config_key *key, void *object, struct error *error)
{
	struct scenario_step *step = object;
	struct config_events *events = &config->events;
	struct config_mark begin = events->now.mark;
	if (events->now.kind != CONFIG_LIST)
		return config_refuse_value(config, key, error);
	int more;
	while ((more = config_events_more(events, CONFIG_LIST_END, error)) > 0) {
		if (events->now.kind != CONFIG_LIST)
			return config_refuse_value(config, key, error);
		if (read_group(scenario_reader_of(config), step, error))
			return -1;
	}
	if (more < 0)
		return -1;
	return step->group_count >= 2
		       ? 0
		       : config_fault(events, begin, "fewer than two groups", key->allowed, error);
}
