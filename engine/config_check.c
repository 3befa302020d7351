/*
 * config_check.c: what must hold between the values of a config, once each is allowed by itself.
 *
 * - min_replicas is at most replication_factor (which may exceed the number of nodes: such a store
 *   works, and says that it is under-replicated);
 * - memory holds two of the largest chunks, one that is read and one that is written;
 * - node names differ, and so do their resolved paths;
 * - a link joins two different nodes, or a node and the client, and no two links go the same way.
 */
#include "engine/config_reader.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chunker.h"
#include "engine/config_path.h"

static const struct config_section *inner_of(const struct config_section *section, const char *name)
{
	const struct config_key *key = config_section_find(section, name);
	assert(key && key->inner);
	return key->inner;
}

static int check_replicas(struct config_reader *reader, struct error *error)
{
	struct config *config = reader->config;
	struct config_mark mark =
		config_mark_of(reader->schema, reader->marks[CONFIG_SECTION_TOP], "min_replicas");
	if (!mark.line)
		config->min_replicas = config->replication_factor < 2 ? config->replication_factor : 2;
	if (config->min_replicas <= config->replication_factor)
		return 0;
	char found[CONFIG_FOUND_TEXT_MAX], allowed[CONFIG_ALLOWED_TEXT_MAX];
	snprintf(found, sizeof(found), "'%u'", config->min_replicas);
	snprintf(allowed, sizeof(allowed), "a whole number from 1 to %u, the value of 'replication_factor'",
		config->replication_factor);
	snprintf(reader->events.key, sizeof(reader->events.key), "min_replicas");
	return config_fault(&reader->events, mark, found, allowed, error);
}

/* Blames `memory` where it was written down, else the chunk size that the default does not suffice for. */
static int check_memory(struct config_reader *reader, struct error *error)
{
	struct config *config = reader->config;
	uint64_t largest = chunker_max_bytes(config->chunk_method, config->chunk_bytes);
	if (config->memory_bytes / 2 >= largest)
		return 0;
	struct config_mark memory =
		config_mark_of(reader->schema, reader->marks[CONFIG_SECTION_TOP], "memory");
	struct config_mark size = config_mark_of(
		inner_of(&config_schema, "chunk"), reader->marks[CONFIG_SECTION_CHUNK], "size");
	char memory_text[32], size_text[32], least_text[32], largest_text[32];
	char found[CONFIG_FOUND_TEXT_MAX], allowed[CONFIG_ALLOWED_TEXT_MAX];
	config_bytes_text(config->memory_bytes, memory_text);
	config_bytes_text(config->chunk_bytes, size_text);
	config_bytes_text(largest, largest_text);
	config_bytes_text(largest * 2, least_text);
	if (memory.line)
		snprintf(found, sizeof(found), "'%s', while 'chunk.size' is %s", memory_text, size_text);
	else
		snprintf(found, sizeof(found), "'%s', while 'memory' is %s", size_text, memory_text);
	snprintf(allowed, sizeof(allowed),
		"a 'memory' of at least %s, two chunks of up to %s each, or a smaller 'chunk.size'",
		least_text, largest_text);
	snprintf(reader->events.key, sizeof(reader->events.key), "%s", memory.line ? "memory" : "chunk.size");
	return config_fault(&reader->events, memory.line ? memory : size, found, allowed, error);
}

/* Replaces `*path` by what it means in the folder `base`. */
static int resolve(struct config_reader *reader, char **path, const char *base, struct config_mark mark,
	struct error *error)
{
	char *resolved = config_path_resolve(base, *path);
	if (!resolved)
		return config_no_memory(reader->events.path, error);
	free(*path);
	*path = resolved;
	size_t length = strlen(resolved);
	if (length <= CONFIG_PATH_MAX)
		return 0;
	char found[CONFIG_FOUND_TEXT_MAX], allowed[CONFIG_ALLOWED_TEXT_MAX];
	snprintf(found, sizeof(found), "a path that is %zu bytes long once it is absolute", length);
	snprintf(allowed, sizeof(allowed), "at most %d bytes", CONFIG_PATH_MAX);
	return config_fault(&reader->events, mark, found, allowed, error);
}

static void name_item(struct config_reader *reader, const char *list, size_t index, const char *name)
{
	snprintf(reader->events.key, sizeof(reader->events.key), "%s[%zu].%s", list, index, name);
}

static int resolve_paths(struct config_reader *reader, struct error *error)
{
	struct config *config = reader->config;
	const struct config_section *nodes = inner_of(&config_schema, "nodes");
	config->path = config_path_of_file(reader->events.path);
	char *folder = config->path ? config_path_folder(config->path) : NULL;
	if (!folder)
		return config_no_memory(reader->events.path, error);
	snprintf(reader->events.key, sizeof(reader->events.key), "store");
	int result = resolve(reader, &config->store, folder,
		config_mark_of(&config_schema, reader->marks[CONFIG_SECTION_TOP], "store"), error);
	free(folder);
	for (size_t i = 0; !result && i < config->node_count; i++) {
		name_item(reader, "nodes", i, "path");
		result = resolve(reader, &config->nodes[i].path, config->store,
			config_mark_of(nodes, reader->node_marks[i], "path"), error);
	}
	return result;
}

static int default_zones(struct config_reader *reader, struct error *error)
{
	for (size_t i = 0; i < reader->config->node_count; i++) {
		struct config_node *node = &reader->config->nodes[i];
		if (!node->zone && !(node->zone = strdup(node->name)))
			return config_no_memory(reader->events.path, error);
	}
	return 0;
}

/* What must be unique: one text, or a pair of them; and whose it is. */
struct claim {
	const char *text, *other;
	size_t index;
};

static int compare_texts(const void *left, const void *right)
{
	const struct claim *a = left, *b = right;
	int order = strcmp(a->text, b->text);
	return order ? order : strcmp(a->other, b->other);
}

static int compare_claims(const void *left, const void *right)
{
	const struct claim *a = left, *b = right;
	int order = compare_texts(left, right);
	return order ? order : (a->index > b->index) - (a->index < b->index);
}

/* Sorts the claims; returns the first that repeats the one before it, or NULL. */
static const struct claim *sort_claims(struct claim *claims, size_t count)
{
	qsort(claims, count, sizeof(*claims), compare_claims);
	for (size_t i = 1; i < count; i++) {
		if (!compare_texts(&claims[i - 1], &claims[i]))
			return &claims[i];
	}
	return NULL;
}

static int refuse_twin(struct config_reader *reader, const char *text, struct config_mark mark,
	struct config_mark first, const char *allowed, struct error *error)
{
	char found[CONFIG_FOUND_TEXT_MAX], excerpt[CONFIG_FOUND_TEXT_MAX];
	snprintf(found, sizeof(found), "%.120s a second time (the first is at %u:%u)",
		config_excerpt(text, "'", excerpt), first.line, first.column);
	return config_fault(&reader->events, mark, found, allowed, error);
}

/* `claims` has room for a claim of each node, and holds their sorted names afterwards. */
static int check_nodes(struct config_reader *reader, struct claim *claims, struct error *error)
{
	const struct config *config = reader->config;
	const struct config_section *section = inner_of(reader->schema, "nodes");
	static const char *const keys[] = {"path", "name"};
	static const char *const allowed[] = {
		"a path that no other node has", "a name that no other node has"};
	for (size_t k = config->nodes[0].path ? 0 : 1; k < 2; k++) {
		for (size_t i = 0; i < config->node_count; i++)
			claims[i] = (struct claim){k ? config->nodes[i].name : config->nodes[i].path, "", i};
		const struct claim *twin = sort_claims(claims, config->node_count);
		if (!twin)
			continue;
		name_item(reader, "nodes", twin->index, keys[k]);
		return refuse_twin(reader, twin->text,
			config_mark_of(section, reader->node_marks[twin->index], keys[k]),
			config_mark_of(section, reader->node_marks[twin[-1].index], keys[k]), allowed[k],
			error);
	}
	return 0;
}

static int check_peer(struct config_reader *reader, size_t index, const char *key, const char *peer,
	const struct claim *names, struct error *error)
{
	struct claim wanted = {peer, "", 0};
	if (!strcmp(peer, "client") ||
		bsearch(&wanted, names, reader->config->node_count, sizeof(*names), compare_texts))
		return 0;
	const struct config_section *section = inner_of(inner_of(&config_schema, "network"), "links");
	char found[CONFIG_FOUND_TEXT_MAX], allowed[CONFIG_ALLOWED_TEXT_MAX];
	name_item(reader, "network.links", index, key);
	return config_fault(&reader->events, config_mark_of(section, reader->link_marks[index], key),
		config_excerpt(peer, "'", found),
		config_key_allowed(config_section_find(section, key), allowed), error);
}

static int check_links(
	struct config_reader *reader, struct claim *claims, const struct claim *names, struct error *error)
{
	const struct config *config = reader->config;
	const struct config_section *section = inner_of(inner_of(&config_schema, "network"), "links");
	char found[CONFIG_FOUND_TEXT_MAX];
	for (size_t i = 0; i < config->link_count; i++) {
		const struct config_link *link = &config->links[i];
		if (check_peer(reader, i, "from", link->from, names, error) ||
			check_peer(reader, i, "to", link->to, names, error))
			return -1;
		claims[i] = (struct claim){link->from, link->to, i};
		if (strcmp(link->from, link->to) != 0)
			continue;
		name_item(reader, "network.links", i, "to");
		return config_fault(&reader->events, config_mark_of(section, reader->link_marks[i], "to"),
			config_excerpt(link->to, "'", found), "another end than 'from'", error);
	}
	const struct claim *twin = sort_claims(claims, config->link_count);
	if (!twin)
		return 0;
	name_item(reader, "network.links", twin->index, "to");
	return refuse_twin(reader, twin->other,
		config_mark_of(section, reader->link_marks[twin->index], "to"),
		config_mark_of(section, reader->link_marks[twin[-1].index], "to"),
		"one link from each end to each other", error);
}

static int check_names(struct config_reader *reader, struct error *error)
{
	const struct config *config = reader->config;
	assert(config->node_count > 0);
	struct claim *names = calloc(config->node_count, sizeof(*names));
	struct claim *links = calloc(config->link_count + 1, sizeof(*links));
	int result = -1;
	if (!names || !links)
		config_no_memory(reader->events.path, error);
	else if (!check_nodes(reader, names, error) && !check_links(reader, links, names, error))
		result = 0;
	free(names);
	free(links);
	return result;
}

int config_check_values(struct config_reader *reader, struct error *error)
{
	if (check_replicas(reader, error) || check_memory(reader, error) || default_zones(reader, error))
		return -1;
	return check_names(reader, error);
}

int config_check(struct config_reader *reader, struct error *error)
{
	return resolve_paths(reader, error) ? -1 : config_check_values(reader, error);
}
