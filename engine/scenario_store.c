/*
 * scenario_store.c: the store of a scenario.
 *
 * Its keys are the config's own rows but for `store`, `rehearsal` and `console`, which are not for a scenario to say.
 * A node has no path, because the store is a folder of its own and each node a folder in it; and there is a short
 * way: so many nodes, called node-1 … node-N, in zones a, b, c in turn.
 */
#include "engine/scenario_reader.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STANDARD_NODES = 6, STANDARD_ZONES = 3 };

/* A config and what only a scenario says. config_free() frees it, for the config comes first. */
struct scenario_store {
	struct config config;
	unsigned nodes; /* 0: each is listed */
	unsigned zones;
	uint64_t capacity_bytes;
};
static_assert(offsetof(struct scenario_store, config) == 0, "both begin at one address");

#define IN(field) .offset = offsetof(struct scenario_store, field)

static config_read_function read_nodes;

static const struct config_key number_key = {
	"nodes", CONFIG_KIND_COUNT, IN(nodes), .least = 1, .most = CONFIG_NODES_MAX};
static const struct config_key own_keys[] = {
	{"nodes", CONFIG_KIND_OTHER, .least = 1, .most = CONFIG_NODES_MAX, .read = read_nodes,
		.allowed = "a number of nodes from 1 to 1024, or a list of them"},
	{"zones", CONFIG_KIND_COUNT, IN(zones), .least = 1, .most = CONFIG_NODES_MAX, .standard = "3"},
	{"capacity", CONFIG_KIND_BYTES, IN(capacity_bytes), .least = 1, .most = UINT64_C(1) << 60,
		.standard = "0", .zero = "as much as the file system has"},
};
const struct config_section scenario_store_section = {
	CONFIG_SECTION_OTHER, sizeof(own_keys) / sizeof(*own_keys), own_keys};
static_assert(STANDARD_ZONES == 3 && CONFIG_NODES_MAX == 1024, "the rows above say so");

/* Copies the rows of `from` whose names are not in `without`, a list that ends with NULL. */
static void copy_rows(struct config_key *keys, struct config_section *section,
	const struct config_section *from, const char *const *without)
{
	for (size_t i = 0; i < from->key_count; i++) {
		const char *const *name = without;
		while (*name && strcmp(*name, from->keys[i].name) != 0)
			name++;
		if (!*name)
			keys[section->key_count++] = from->keys[i];
	}
	section->keys = keys;
}

static void make_tables(struct scenario_reader *reader)
{
	static const char *const not_here[] = {"store", "rehearsal", "console", "nodes", NULL};
	static const char *const no_path[] = {"path", NULL};
	const struct config_section *node = config_section_find(&config_schema, "nodes")->inner;
	reader->store = (struct config_section){.id = CONFIG_SECTION_TOP};
	reader->store_node = (struct config_section){.id = node->id};
	copy_rows(reader->store_node_keys, &reader->store_node, node, no_path);
	copy_rows(reader->store_keys, &reader->store, &config_schema, not_here);
	for (size_t i = 0; i < sizeof(own_keys) / sizeof(*own_keys); i++) {
		struct config_key *key = &reader->store_keys[reader->store.key_count++];
		*key = own_keys[i];
		if (key->kind == CONFIG_KIND_OTHER)
			key->inner = &reader->store_node;
	}
	assert(reader->store.key_count <= CONFIG_KEYS_MAX);
	reader->config.schema = &reader->store;
}

int scenario_store_new(struct scenario_reader *reader, struct error *error)
{
	struct scenario_store *store = calloc(1, sizeof(*store));
	if (!store)
		return scenario_no_memory(reader, error);
	reader->scenario->store = reader->config.config = &store->config;
	make_tables(reader);
	/* What a scenario does not say is as in a config that does not say it. */
	if (config_section_defaults(&config_schema, store) || config_section_defaults(&reader->store, store))
		return scenario_no_memory(reader, error);
	return 0;
}

static int read_nodes(
	struct config_reader *config, const struct config_key *key, void *object, struct error *error)
{
	struct config_key list = *key;
	list.kind = CONFIG_KIND_NODES;
	if (config->events.now.kind == CONFIG_LIST)
		return config_read_value(config, &list, object, error);
	if (config->events.now.kind == CONFIG_SCALAR && config->events.now.text[0] >= '0' &&
		config->events.now.text[0] <= '9')
		return config_read_value(config, &number_key, object, error);
	return config_refuse_value(config, key, error);
}

int scenario_read_store(
	struct config_reader *config, const struct config_key *key, void *object, struct error *error)
{
	(void)object;
	struct scenario_reader *reader = scenario_reader_of(config);
	struct config_events *events = &config->events;
	if (events->now.kind != CONFIG_MAPPING)
		return config_refuse_value(config, key, error);
	if (reader->step_count)
		return config_fault(events, events->now.mark, "it behind 'steps'",
			"'store' before 'steps', which name its nodes", error);
	events->key[0] = '\0';
	snprintf(events->within, sizeof(events->within), "store");
	reader->scenario->has_store = true;
	if (config_read_mapping(
		    config, &reader->store, config->config, config->marks[CONFIG_SECTION_TOP], error))
		return -1;
	events->within[0] = '\0';
	return 0;
}

static char *zone_name(unsigned number)
{
	char *name = NULL;
	int length = number < 26 ? asprintf(&name, "%c", (char)('a' + number))
				 : asprintf(&name, "zone-%u", number + 1);
	return length < 0 ? NULL : name;
}

static int make_nodes(struct scenario_store *store)
{
	struct config *config = &store->config;
	unsigned count = store->nodes ? store->nodes : STANDARD_NODES;
	config->nodes = calloc(count, sizeof(*config->nodes));
	if (!config->nodes)
		return -1;
	for (unsigned i = 0; i < count; i++) {
		struct config_node *node = &config->nodes[config->node_count++];
		*node = (struct config_node){.capacity_bytes = store->capacity_bytes, .weight = 1};
		if (asprintf(&node->name, "node-%u", i + 1) < 0) {
			node->name = NULL;
			return -1;
		}
		node->zone = zone_name(i % store->zones);
		if (!node->zone)
			return -1;
	}
	return 0;
}

/* What only makes sense for nodes that are made by number. */
static int check_listed(struct scenario_reader *reader, struct error *error)
{
	static const char *const names[] = {"zones", "capacity"};
	struct config_events *events = &reader->config.events;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct config_mark mark =
			config_mark_of(&reader->store, reader->config.marks[CONFIG_SECTION_TOP], names[i]);
		if (!mark.line)
			continue;
		snprintf(events->key, sizeof(events->key), "%s", names[i]);
		return config_fault(events, mark, "it beside a list of nodes",
			"it beside a number of nodes; a node of a list has a 'zone' and a 'capacity' of its "
			"own",
			error);
	}
	return 0;
}

/* As a config has them after it was read; these do not lead anywhere yet. */
static int set_paths(struct scenario_reader *reader, struct error *error)
{
	struct config *config = reader->scenario->store;
	config->path = strdup(reader->scenario->path);
	if (!config->path)
		return scenario_no_memory(reader, error);
	for (size_t i = 0; i < config->node_count; i++) {
		config->nodes[i].path = strdup(config->nodes[i].name);
		if (!config->nodes[i].path)
			return scenario_no_memory(reader, error);
	}
	return 0;
}

int scenario_store_finish(struct scenario_reader *reader, struct error *error)
{
	struct config *config = reader->scenario->store;
	struct config_events *events = &reader->config.events;
	if (config->path)
		return 0;
	snprintf(events->within, sizeof(events->within), "store");
	if (config->node_count && check_listed(reader, error))
		return -1;
	if (!config->node_count && make_nodes((struct scenario_store *)config))
		return scenario_no_memory(reader, error);
	if (config_check_values(&reader->config, error) || set_paths(reader, error))
		return -1;
	events->within[0] = '\0';
	events->key[0] = '\0';
	for (size_t i = 0; i < config->node_count; i++) {
		if (scenario_note_node(reader, config->nodes[i].name, error))
			return -1;
	}
	return 0;
}
