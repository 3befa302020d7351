#include "engine/config_reader.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int config_no_memory(const char *path, struct error *error)
{
	return error_set(error, ERROR_MEMORY, "there is no memory left to read %s", path);
}

int config_reader_init(struct config_reader *reader, const char *path, const char *text, size_t length,
	struct config *config, struct error *error)
{
	*reader = (struct config_reader){.config = config, .schema = &config_schema};
	return config_events_init(&reader->events, path, text, length, error);
}

void config_reader_release(struct config_reader *reader)
{
	config_events_release(&reader->events);
	free(reader->node_marks);
	free(reader->link_marks);
}

/* Appends ".name" (or "name" at the top) to the key that messages show, after its first `prefix` bytes. */
static void name_key(struct config_events *events, size_t prefix, const char *name)
{
	snprintf(events->key + prefix, sizeof(events->key) - prefix, "%s%s", prefix ? "." : "", name);
}

static int refuse_now(struct config_events *events, const char *allowed, struct error *error)
{
	char found[CONFIG_FOUND_TEXT_MAX];
	return config_fault(
		events, events->now.mark, config_event_found(&events->now, found), allowed, error);
}

int config_refuse_value(struct config_reader *reader, const struct config_key *key, struct error *error)
{
	char allowed[CONFIG_ALLOWED_TEXT_MAX];
	return refuse_now(&reader->events, config_key_allowed(key, allowed), error);
}

/* Makes room for one more item of `size` bytes and its marks in a pair of arrays that grow together. */
static int grow(
	void **items, size_t size, struct config_mark (**marks)[CONFIG_KEYS_MAX], size_t count, size_t *room)
{
	if (count < *room)
		return 0;
	size_t wider = *room ? *room * 2 : 16;
	void *more_items = reallocarray(*items, wider, size);
	if (!more_items)
		return -1;
	*items = more_items;
	void *more_marks = reallocarray(*marks, wider, sizeof(**marks));
	if (!more_marks)
		return -1;
	*marks = more_marks;
	*room = wider;
	return 0;
}

/* A new item of the list `key`, with its defaults, and its marks; NULL without memory. */
static void *append_item(
	struct config_reader *reader, const struct config_key *key, struct config_mark **marks)
{
	struct config *config = reader->config;
	bool nodes = key->kind == CONFIG_KIND_NODES;
	size_t *count = nodes ? &config->node_count : &config->link_count;
	size_t size = nodes ? sizeof(*config->nodes) : sizeof(*config->links);
	struct config_mark(**all_marks)[CONFIG_KEYS_MAX] = nodes ? &reader->node_marks : &reader->link_marks;
	void *items = nodes ? (void *)config->nodes : (void *)config->links;
	int failed = grow(&items, size, all_marks, *count, nodes ? &reader->node_room : &reader->link_room);
	if (nodes)
		config->nodes = items;
	else
		config->links = items;
	if (failed)
		return NULL;
	void *item = (char *)items + *count * size;
	memset(item, 0, size);
	*marks = (*all_marks)[*count];
	memset(*marks, 0, sizeof(**all_marks));
	++*count; /* before the defaults: from here on config_free() knows the item */
	return config_section_defaults(key->inner, item) ? NULL : item;
}

static int read_item(struct config_reader *reader, const struct config_key *key, struct error *error)
{
	struct config_events *events = &reader->events;
	char allowed[CONFIG_ALLOWED_TEXT_MAX];
	if (events->now.kind != CONFIG_MAPPING)
		return refuse_now(events,
			config_section_allowed(key->inner, "a mapping with the keys", allowed), error);
	struct config_mark *marks = NULL;
	void *item = append_item(reader, key, &marks);
	if (!item)
		return config_no_memory(events->path, error);
	return config_read_mapping(reader, key->inner, item, marks, error);
}

static int read_list(struct config_reader *reader, const struct config_key *key, struct error *error)
{
	struct config_events *events = &reader->events;
	struct config_mark begin = events->now.mark;
	char found[CONFIG_FOUND_TEXT_MAX], allowed[CONFIG_ALLOWED_TEXT_MAX];
	size_t prefix = strlen(events->key), count = 0;
	if (events->now.kind != CONFIG_LIST)
		return config_refuse_value(reader, key, error);
	for (;; count++) {
		if (config_events_next(events, error))
			return -1;
		if (events->now.kind == CONFIG_LIST_END)
			break;
		if (count == key->most) {
			snprintf(found, sizeof(found), "more than %zu", count);
			return config_fault(
				events, events->now.mark, found, config_key_allowed(key, allowed), error);
		}
		snprintf(events->key + prefix, sizeof(events->key) - prefix, "[%zu]", count);
		if (read_item(reader, key, error))
			return -1;
		events->key[prefix] = '\0';
	}
	if (count < key->least)
		return config_fault(events, begin, "an empty list", config_key_allowed(key, allowed), error);
	return 0;
}

int config_read_value(
	struct config_reader *reader, const struct config_key *key, void *object, struct error *error)
{
	struct config_events *events = &reader->events;
	switch (key->kind) {
	case CONFIG_KIND_SECTION:
		if (events->now.kind != CONFIG_MAPPING)
			return config_refuse_value(reader, key, error);
		return config_read_mapping(reader, key->inner, object, reader->marks[key->inner->id], error);
	case CONFIG_KIND_NODES:
	case CONFIG_KIND_LINKS:
		return read_list(reader, key, error);
	case CONFIG_KIND_OTHER:
		return key->read(reader, key, object, error);
	default:
		break;
	}
	if (events->now.kind != CONFIG_SCALAR)
		return config_refuse_value(reader, key, error);
	switch (config_key_set(key, events->now.text, events->now.quoted, object)) {
	case CONFIG_VALUE_GOOD:
		return 0;
	case CONFIG_VALUE_NO_MEMORY:
		return config_no_memory(events->path, error);
	case CONFIG_VALUE_BAD:
		break;
	}
	return config_refuse_value(reader, key, error);
}

/* The row for the key that the current event is, whose place goes into `places`. */
static const struct config_key *take_key(struct config_events *events, const struct config_section *section,
	size_t prefix, struct config_mark *places, struct error *error)
{
	char allowed[CONFIG_ALLOWED_TEXT_MAX], found[CONFIG_FOUND_TEXT_MAX];
	config_section_allowed(section, "one of", allowed);
	if (events->now.kind != CONFIG_SCALAR) {
		refuse_now(events, allowed, error);
		return NULL;
	}
	const struct config_key *key = config_section_find(section, events->now.text);
	name_key(events, prefix, key ? key->name : config_excerpt(events->now.text, "", found));
	if (!key) {
		config_fault(events, events->now.mark, "an unknown key", allowed, error);
		return NULL;
	}
	struct config_mark *place = &places[key - section->keys];
	if (place->line) {
		snprintf(found, sizeof(found), "a second time (the first is at %u:%u)", place->line,
			place->column);
		config_fault(events, events->now.mark, found, "each key once", error);
		return NULL;
	}
	*place = events->now.mark;
	return key;
}

int config_read_mapping(struct config_reader *reader, const struct config_section *section, void *object,
	struct config_mark *marks, struct error *error)
{
	struct config_events *events = &reader->events;
	struct config_mark begin = events->now.mark, places[CONFIG_KEYS_MAX] = {{0}};
	size_t prefix = strlen(events->key);
	assert(events->now.kind == CONFIG_MAPPING && section->key_count <= CONFIG_KEYS_MAX);
	int more;
	while ((more = config_events_more(events, CONFIG_MAPPING_END, error)) > 0) {
		const struct config_key *key = take_key(events, section, prefix, places, error);
		if (!key || config_events_next(events, error))
			return -1;
		marks[key - section->keys] = events->now.mark;
		if (config_read_value(reader, key, object, error))
			return -1;
		events->key[prefix] = '\0';
	}
	if (more < 0)
		return -1;
	for (size_t i = 0; i < section->key_count; i++) {
		char allowed[CONFIG_ALLOWED_TEXT_MAX];
		const struct config_key *key = &section->keys[i];
		if (!key->required || places[i].line)
			continue;
		name_key(events, prefix, key->name);
		return config_fault(events, begin, "nothing", config_key_allowed(key, allowed), error);
	}
	return 0;
}

struct config_mark config_mark_of(
	const struct config_section *section, const struct config_mark *marks, const char *name)
{
	const struct config_key *key = config_section_find(section, name);
	assert(key);
	return marks[key - section->keys];
}

int config_read(struct config_reader *reader, struct error *error)
{
	struct config_events *events = &reader->events;
	if (config_section_defaults(&config_schema, reader->config))
		return config_no_memory(events->path, error);
	if (config_events_next(events, error))
		return -1;
	if (events->now.kind != CONFIG_MAPPING) {
		const char *allowed = "a mapping of keys, at least the key nodes";
		return refuse_now(events, allowed, error);
	}
	if (config_read_mapping(
		    reader, &config_schema, reader->config, reader->marks[CONFIG_SECTION_TOP], error))
		return -1;
	if (config_events_next(events, error))
		return -1;
	assert(events->now.kind == CONFIG_END);
	return 0;
}
