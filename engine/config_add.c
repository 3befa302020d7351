/*
 * config_add.c: a node added to a config that people write by hand.
 *
 * The new entry is inserted behind the last of the list `nodes`, written like that one.
 *
 *   block list   a line of its own after the line on which the last entry ends
 *   flow list    on that entry's line, or on the next when the line ends behind it; the comma that is
 *                then needed goes right behind the entry, before any comment
 *
 * The result is read as a config before it replaces the file; a layout that the rules above do not
 * foresee ends as an error, not as a damaged file.
 */
#include "engine/config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config_edit.h"
#include "engine/config_entry.h"
#include "engine/config_path.h"

static void insert_in_block(FILE *out, struct config_text text, const struct config_list *list,
	const char *line_break, const struct config_node *node)
{
	int indent = (int)list->column - 1;
	size_t end = config_text_line_end(text, list->item.end);
	bool last_line = end == text.length;
	char between[1024]; /* an indent that does not fit is found out by check_result() */
	config_text_copy(out, text, 0, last_line ? end : end + 1);
	fprintf(out, "%s%*s- %s", last_line ? line_break : "", indent, "", list->item.flow ? "{" : "");
	snprintf(between, sizeof(between), "%s%*s", line_break, indent + 2, "");
	config_entry_write(out, node, list->item.flow ? ", " : between);
	fprintf(out, "%s%s", list->item.flow ? "}" : "", last_line ? "" : line_break);
	if (!last_line)
		config_text_copy(out, text, end + 1, text.length);
}

/* The blanks before the last entry, or two more than its line has when something else stands before it. */
static void write_indent(FILE *out, struct config_text text, size_t item_begin)
{
	size_t begin = config_text_line_begin(text, item_begin);
	size_t end = config_text_skip_blanks(text, begin);
	config_text_copy(out, text, begin, end);
	if (end < item_begin)
		fputs("  ", out);
}

static void insert_in_flow(FILE *out, struct config_text text, const struct config_list *list,
	const char *line_break, const struct config_node *node)
{
	size_t next = config_text_skip_to_token(text, list->item.end);
	bool comma = next < text.length && text.bytes[next] == ',';
	size_t at = comma ? next + 1 : list->item.end;
	size_t rest = config_text_skip_blanks(text, at);
	bool own_line = rest < text.length && (text.bytes[rest] == '\n' || text.bytes[rest] == '#');
	config_text_copy(out, text, 0, at);
	if (!comma)
		fputc(',', out);
	if (own_line) {
		size_t line = config_text_line_end(text, at) + 1;
		config_text_copy(out, text, at, line);
		at = line;
		write_indent(out, text, list->item.begin);
	} else {
		fputc(' ', out);
	}
	fputc('{', out);
	config_entry_write(out, node, ", ");
	fputc('}', out);
	if (own_line)
		fprintf(out, "%s%s", comma ? "," : "", line_break);
	config_text_copy(out, text, at, text.length);
}

/* The text with the entry in it; the caller frees `*bytes`. */
static int insert(const struct config_edit *edit, const struct config_node *node, char **bytes,
	size_t *length, struct error *error)
{
	struct config_list list;
	struct config_text text = edit->text;
	*bytes = NULL;
	if (config_list_find(edit->path, text, edit->config->node_count - 1, &list, error))
		return -1;
	const char *line_break = memmem(text.bytes, text.length, "\r\n", 2) ? "\r\n" : "\n";
	FILE *out = open_memstream(bytes, length);
	if (!out)
		return config_edit_no_memory(edit->path, error);
	if (list.flow)
		insert_in_flow(out, text, &list, line_break, node);
	else
		insert_in_block(out, text, &list, line_break, node);
	return config_edit_close(out, bytes, edit->path, error);
}

/* What the config has already, named as such and not by a line of a text that nobody will see. */
static int refuse_known(
	const char *path, const struct config *config, const struct config_node *node, struct error *error)
{
	if (config_find_node(config, node->name))
		return error_set(
			error, ERROR_EXISTS, "the config %s has a node '%s' already", path, node->name);
	if (config->node_count == CONFIG_NODES_MAX)
		return error_set(error, ERROR_REFUSED, "the config %s has %d nodes, the most there can be",
			path, CONFIG_NODES_MAX);
	char *resolved = config_path_resolve(config->store, node->path);
	if (!resolved)
		return config_edit_no_memory(path, error);
	int result = 0;
	for (size_t i = 0; !result && i < config->node_count; i++) {
		if (!strcmp(config->nodes[i].path, resolved))
			result =
				error_set(error, ERROR_EXISTS, "the path %s belongs to the node '%s' already",
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
static int check_result(const char *path, struct config_text text, size_t node_count,
	const struct config_node *node, struct error *error)
{
	struct config *config = NULL;
	char *resolved = NULL;
	bool out_of_memory = false;
	int result = config_parse(path, text.bytes, text.length, &config, error);
	if (result) {
		out_of_memory = error && error->code == ERROR_MEMORY;
	} else if (!(resolved = config_path_resolve(config->store, node->path))) {
		out_of_memory = true;
		result = config_edit_no_memory(path, error);
	} else if (!is_as_asked(config, node_count + 1, node, resolved)) {
		result = error_set(error, ERROR_CONFIG, "the new entry would be read as something else");
	}
	if (result && !out_of_memory)
		error_context(error, "the node '%s' cannot be added to %s by itself; add it with an editor",
			node->name, path);
	free(resolved);
	config_free(config);
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
	struct config_edit edit;
	char *bytes = NULL;
	size_t length;
	int result = -1;
	if (config_entry_check(&node, error) || config_edit_begin(&edit, path, error))
		return -1;
	if (refuse_known(path, edit.config, &node, error) || insert(&edit, &node, &bytes, &length, error) ||
		check_result(
			path, (struct config_text){bytes, length}, edit.config->node_count, &node, error))
		goto out;
	result = config_edit_replace(&edit, (struct config_text){bytes, length}, error);
out:
	free(bytes);
	config_edit_end(&edit);
	return result;
}
