/*
 * command_node.c: lists nodes, adds and removes them, and takes them out of service and back.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/allocate.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/node_place.h"
#include "cli/nodes.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/signals.h"

int command_node_list(const struct invocation *invocation)
{
	struct error error;
	struct store *store;
	const struct view *view;
	if (command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	int result = store_view(store, 0, &view, &error);
	if (result == 0) {
		struct output_array array = {0};
		for (size_t i = 0; invocation->json && i < view->node_count; i++)
			output_array_add(&array, node_json(&view->nodes[i]));
		if (invocation->json) {
			output_array_end(&array);
			output_byte('\n');
		} else {
			nodes_print(view, 0);
		}
		view_unref(view);
	}
	store_close(store);
	return result < 0 ? command_fail(invocation, &error) : EXIT_DONE;
}

/* What became of the node, for people or in JSON. */
static int conclude(const struct invocation *invocation, const char *name, bool changed, const char *sentence)
{
	if (invocation->json) {
		cJSON *object = cJSON_CreateObject();
		json_add_text(object, "name", name);
		cJSON_AddBoolToObject(object, "changed", changed);
		output_document(object);
	}
	message_information("%s %s", name, sentence);
	return EXIT_DONE;
}

static int add(
	const struct invocation *invocation, struct store_new_node *node, bool *made, struct error *error)
{
	const struct arguments *arguments = invocation->arguments;
	const char *path = arguments_value(arguments, "path");
	char *absolute = NULL, *config = NULL;
	if (!path && (node->zone || arguments_has(arguments, "capacity")))
		return error_set(
			error, ERROR_USAGE, "--zone and --capacity are for a new node: give its --path too");
	if (path && *path == '\0')
		return error_set(error, ERROR_USAGE, "--path: the path is empty");
	if (arguments_size(arguments, "capacity", 1, UINT64_MAX, &node->capacity_bytes, error) < 0)
		return -1;
	if (path && command_absolute_path(path, &absolute, error) < 0)
		return -1;
	node->path = absolute;
	int result = store_find_config(invocation->config, &config, error);
	if (result == 0)
		result = store_node_add(config, node, made, error);
	free(config);
	free(absolute);
	return result;
}

/* Of a node that is new, only: who has answered once is not asked again. */
static void warn_of_forgotten_mount(const struct invocation *invocation, const char *name)
{
	struct error ignored;
	struct store *store;
	const struct view *view;
	if (command_open(invocation, &store, &ignored) < 0)
		return;
	if (store_view(store, 0, &view, &ignored) == 0) {
		const char **paths = allocate(view->node_count, sizeof(*paths)), *own = NULL;
		for (size_t i = 0; i < view->node_count; i++) {
			paths[i] = view->nodes[i].path;
			if (strcmp(view->nodes[i].name, name) == 0)
				own = paths[i];
		}
		if (own)
			node_place_warn(own, paths, view->node_count);
		free(paths);
		view_unref(view);
	}
	store_close(store);
}

int command_node_add(const struct invocation *invocation)
{
	struct error error;
	struct store_new_node node = {
		.name = invocation->arguments->operands[0],
		.zone = arguments_value(invocation->arguments, "zone"),
	};
	bool made = false;
	if (add(invocation, &node, &made, &error) < 0)
		return command_fail(invocation, &error);
	if (made)
		warn_of_forgotten_mount(invocation, node.name);
	return conclude(invocation, node.name, made, made ? "was added" : "was part of the store already");
}

typedef int node_switch(struct store *store, const char *name, bool *changed, struct error *error);

static int run_switch(
	const struct invocation *invocation, node_switch *turn, const char *done, const char *was_so)
{
	struct error error;
	struct store *store;
	bool changed = false;
	const char *name = invocation->arguments->operands[0];
	if (command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	int result = turn(store, name, &changed, &error);
	store_close(store);
	if (result < 0)
		return command_fail(invocation, &error);
	return conclude(invocation, name, changed, changed ? done : was_so);
}

int command_node_fail(const struct invocation *invocation)
{
	return run_switch(invocation, store_node_fail, "is out of service", "was out of service already");
}

int command_node_recover(const struct invocation *invocation)
{
	return run_switch(invocation, store_node_recover, "is back in service",
		"was neither failed nor drained by a command, so there is nothing to end");
}

int command_node_drain(const struct invocation *invocation)
{
	return run_switch(invocation, store_node_drain,
		"is being drained: the process that maintains the store moves its copies, and status tells "
		"when it is empty",
		"was being drained already");
}

int command_node_rm(const struct invocation *invocation)
{
	struct error error;
	const char *name = invocation->arguments->operands[0];
	char *config = NULL, count[48];
	uint64_t chunks = 0;
	int result = store_find_config(invocation->config, &config, &error);
	signals_catch();
	const struct node_removal_options options = {
		.progress = progress_start(!invocation->quiet, "chunks") ? progress_show : NULL,
		.cancel = signals_cancel(),
	};
	if (result == 0)
		result = store_node_remove(config, name, &options, &chunks, &error);
	progress_stop();
	free(config);
	if (result < 0)
		return command_fail(invocation, &error);
	if (invocation->json) {
		cJSON *object = cJSON_CreateObject();
		json_add_text(object, "name", name);
		json_add_integer(object, "chunks", chunks);
		output_document(object);
	}
	if (chunks)
		message_information("%s is out of the store; repair makes %s anew elsewhere", name,
			command_count_text(count, sizeof(count), chunks, "copy", "copies"));
	else
		message_information("%s is out of the store; no copies have to be made for that", name);
	return EXIT_DONE;
}
