/*
 * config_edit.c: a node added to a config that people write by hand.
 *
 * Nothing is parsed and printed again: the events tell at which bytes the list `nodes` and its last
 * entry stand, and the new entry is inserted there, written like that last one.
 *
 *   block list   a line of its own after the line on which the last entry ends
 *   flow list    on that entry's line, or on the next when the line ends behind it; the comma that is
 *                then needed goes right behind the entry, before any comment
 *
 * The result is read as a config before it replaces the file; a layout that the rules above do not
 * foresee ends as an error, not as a damaged file.
 */
#include "engine/config.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config_entry.h"
#include "engine/config_event.h"
#include "engine/config_file.h"
#include "engine/config_path.h"

/* Where the list `nodes` and its last entry stand; places are bytes of the text. */
struct list_place {
	unsigned column; /* of the list */
	size_t begin, item_begin, item_end;
	bool flow, item_flow;
};

struct text {
	const char *bytes;
	size_t length;
};

static int no_memory(const char *path, struct error *error)
{
	return error_set(error, ERROR_MEMORY, "There is no memory left to edit %s", path);
}

/* The current event begins the list; follows it to its end. */
static int follow_list(struct config_events *events, struct list_place *place, struct error *error)
{
	*place = (struct list_place){
		.column = events->now.mark.column, .begin = events->now.begin, .flow = events->now.flow};
	for (;;) {
		if (config_events_next(events, error))
			return -1;
		if (events->now.kind == CONFIG_LIST_END)
			return 0;
		if (events->now.kind == CONFIG_MAPPING) {
			place->item_begin = events->now.begin;
			place->item_flow = events->now.flow;
		}
		/* A block mapping ends where the next thing begins, which is too far; its last scalar does not. */
		if (events->now.kind == CONFIG_SCALAR ||
			(events->now.kind == CONFIG_MAPPING_END && place->item_flow))
			place->item_end = events->now.end;
	}
}

/* Finds the list in a text that config_parse() has accepted, where nothing else can look like it. */
static int find_list(const char *path, struct text text, struct list_place *place, struct error *error)
{
	struct config_events events;
	if (config_events_init(&events, path, text.bytes, text.length, error))
		return -1;
	int result = -1;
	bool named = false;
	for (unsigned level = 0;;) {
		if (config_events_next(&events, error))
			break;
		enum config_event_kind kind = events.now.kind;
		assert(kind != CONFIG_END);
		if (level == 1 && named && kind == CONFIG_LIST) {
			result = follow_list(&events, place, error);
			break;
		}
		named = level == 1 && kind == CONFIG_SCALAR && !strcmp(events.now.text, "nodes");
		if (kind == CONFIG_MAPPING || kind == CONFIG_LIST)
			level++;
		else if (kind == CONFIG_MAPPING_END || kind == CONFIG_LIST_END)
			level--;
	}
	config_events_release(&events);
	return result;
}

/* The line feed that ends the line of byte `at`, or the end of the text. */
static size_t line_end(struct text text, size_t at)
{
	const char *end = memchr(text.bytes + at, '\n', text.length - at);
	return end ? (size_t)(end - text.bytes) : text.length;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static size_t skip_blanks(struct text text, size_t at)
{
	while (at < text.length && is_blank(text.bytes[at]))
		at++;
	return at;
}

/* Past blanks, line breaks and comments: the next thing that means something. */
static size_t skip_to_token(struct text text, size_t at)
{
	for (;;) {
		at = skip_blanks(text, at);
		if (at < text.length && text.bytes[at] == '#')
			at = line_end(text, at);
		if (at == text.length || text.bytes[at] != '\n')
			return at;
		at++;
	}
}

static void copy(FILE *out, struct text text, size_t begin, size_t end)
{
	assert(begin <= end && end <= text.length);
	fwrite(text.bytes + begin, 1, end - begin, out);
}

static void insert_in_block(FILE *out, struct text text, const struct list_place *place,
	const char *line_break, const struct config_node *node)
{
	int indent = (int)place->column - 1;
	size_t end = line_end(text, place->item_end);
	bool last_line = end == text.length;
	char between[1024]; /* an indent that does not fit is found out by check_result() */
	copy(out, text, 0, last_line ? end : end + 1);
	fprintf(out, "%s%*s- %s", last_line ? line_break : "", indent, "", place->item_flow ? "{" : "");
	snprintf(between, sizeof(between), "%s%*s", line_break, indent + 2, "");
	config_entry_write(out, node, place->item_flow ? ", " : between);
	fprintf(out, "%s%s", place->item_flow ? "}" : "", last_line ? "" : line_break);
	if (!last_line)
		copy(out, text, end + 1, text.length);
}

/* The blanks before the last entry, or two more than its line has when something else stands before it. */
static void write_indent(FILE *out, struct text text, size_t item_begin)
{
	size_t begin = item_begin;
	while (begin > 0 && text.bytes[begin - 1] != '\n')
		begin--;
	size_t end = skip_blanks(text, begin);
	copy(out, text, begin, end);
	if (end < item_begin)
		fputs("  ", out);
}

static void insert_in_flow(FILE *out, struct text text, const struct list_place *place,
	const char *line_break, const struct config_node *node)
{
	size_t next = skip_to_token(text, place->item_end);
	bool comma = next < text.length && text.bytes[next] == ',';
	size_t at = comma ? next + 1 : place->item_end;
	size_t rest = skip_blanks(text, at);
	bool own_line = rest < text.length && (text.bytes[rest] == '\n' || text.bytes[rest] == '#');
	copy(out, text, 0, at);
	if (!comma)
		fputc(',', out);
	if (own_line) {
		size_t line = line_end(text, at) + 1;
		copy(out, text, at, line);
		at = line;
		write_indent(out, text, place->item_begin);
	} else {
		fputc(' ', out);
	}
	fputc('{', out);
	config_entry_write(out, node, ", ");
	fputc('}', out);
	if (own_line)
		fprintf(out, "%s%s", comma ? "," : "", line_break);
	copy(out, text, at, text.length);
}

/* The text with the entry in it; the caller frees `result->bytes`. */
static int insert(const char *path, struct text text, const struct config_node *node, char **bytes,
	size_t *length, struct error *error)
{
	struct list_place place;
	*bytes = NULL;
	if (find_list(path, text, &place, error))
		return -1;
	const char *line_break = memmem(text.bytes, text.length, "\r\n", 2) ? "\r\n" : "\n";
	FILE *out = open_memstream(bytes, length);
	if (!out)
		return no_memory(path, error);
	if (place.flow)
		insert_in_flow(out, text, &place, line_break, node);
	else
		insert_in_block(out, text, &place, line_break, node);
	bool failed = ferror(out);
	if (fclose(out) || failed || !*bytes) /* glibc's last reallocation fails silently */
		return no_memory(path, error);
	return 0;
}

/* What the config has already, named as such and not by a line of a text that nobody will see. */
static int refuse_known(
	const char *path, const struct config *config, const struct config_node *node, struct error *error)
{
	if (config_find_node(config, node->name))
		return error_set(
			error, ERROR_EXISTS, "The config %s has a node '%s' already", path, node->name);
	if (config->node_count == CONFIG_NODES_MAX)
		return error_set(error, ERROR_REFUSED, "The config %s has %d nodes, the most there can be",
			path, CONFIG_NODES_MAX);
	char *resolved = config_path_resolve(config->store, node->path);
	if (!resolved)
		return no_memory(path, error);
	int result = 0;
	for (size_t i = 0; !result && i < config->node_count; i++) {
		if (!strcmp(config->nodes[i].path, resolved))
			result =
				error_set(error, ERROR_EXISTS, "The path %s belongs to the node '%s' already",
					resolved, config->nodes[i].name);
	}
	free(resolved);
	return result;
}

/* Whether `config` has `count` nodes, and the last of them is `node`, whose absolute path is `resolved`. */
static bool is_as_asked(
	const struct config *config, size_t count, const struct config_node *node, const char *resolved)
{
	const struct config_node *last = &config->nodes[config->node_count - 1];
	return config->node_count == count && !strcmp(last->name, node->name) &&
	       !strcmp(last->path, resolved) && !strcmp(last->zone, node->zone ? node->zone : node->name) &&
	       last->capacity_bytes == node->capacity_bytes;
}

/* The new text must be a config with exactly one node more, and that one as it was asked for. */
static int check_result(const char *path, struct text text, size_t node_count, const struct config_node *node,
	struct error *error)
{
	struct config *config = NULL;
	char *resolved = NULL;
	bool out_of_memory = false;
	int result = config_parse(path, text.bytes, text.length, &config, error);
	if (result) {
		out_of_memory = error && error->code == ERROR_MEMORY;
	} else if (!(resolved = config_path_resolve(config->store, node->path))) {
		out_of_memory = true;
		result = no_memory(path, error);
	} else if (!is_as_asked(config, node_count + 1, node, resolved)) {
		result = error_set(error, ERROR_CONFIG, "the new entry would be read as something else");
	}
	if (result && !out_of_memory)
		error_context(error, "The node '%s' cannot be added to %s by itself; add it with an editor",
			node->name, path);
	free(resolved);
	config_free(config);
	return result;
}

static int edit(const char *path, const struct config_node *node, struct error *error)
{
	char *old = NULL, *bytes = NULL;
	size_t length;
	struct stat status;
	struct text text = {0};
	struct config *config = NULL;
	int result = -1;
	if (config_file_read(path, &old, &text.length, &status, error))
		return -1;
	text.bytes = old;
	if (config_parse(path, text.bytes, text.length, &config, error) ||
		refuse_known(path, config, node, error) || insert(path, text, node, &bytes, &length, error) ||
		check_result(path, (struct text){bytes, length}, config->node_count, node, error))
		goto out;
	result = config_file_replace(path, bytes, length, &status, error);
out:
	config_free(config);
	free(bytes);
	free(old);
	return result;
}

int config_add_node(const char *path, const char *name, const char *node_path, const char *zone,
	uint64_t capacity_bytes, struct error *error)
{
	/* The fields are not const because config_free() owns those of a config; nothing writes to these. */
	const struct config_node node = {.name = (char *)name,
		.path = (char *)node_path,
		.zone = (char *)zone,
		.capacity_bytes = capacity_bytes};
	if (config_entry_check(&node, error))
		return -1;
	int lock = config_file_lock(path, error);
	if (lock < 0)
		return -1;
	int result = edit(path, &node, error);
	config_file_unlock(lock);
	return result;
}
