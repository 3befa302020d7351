/*
 * command_new.c: makes a folder with a config, and the store that this describes.
 */
#include <stdlib.h>

#include "cli/allocate.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/node_place.h"
#include "cli/node_spec.h"
#include "cli/output.h"

enum { NODES_DEFAULT = 3 };
static const uint64_t chunk_bytes_min = 64 << 10, chunk_bytes_max = 64 << 20;

/* The nodes of --node, their paths made absolute. */
struct new_nodes {
	struct node_spec *specs;
	struct store_new_node *nodes;
	size_t count;
};

static void nodes_release(struct new_nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++)
		node_spec_release(&nodes->specs[i]);
	free(nodes->specs);
	free(nodes->nodes);
}

static int nodes_add(struct new_nodes *nodes, const char *text, struct error *error)
{
	struct node_spec *spec = &nodes->specs[nodes->count];
	if (node_spec_parse(spec, text, error) < 0)
		return -1;
	nodes->count++;
	char *absolute;
	if (command_absolute_path(spec->path, &absolute, error) < 0)
		return -1;
	free(spec->path);
	spec->path = absolute;
	nodes->nodes[nodes->count - 1] = (struct store_new_node){
		.name = spec->name,
		.path = spec->path,
		.zone = spec->zone,
		.capacity_bytes = spec->capacity_bytes,
	};
	return 0;
}

static int nodes_init(struct new_nodes *nodes, const struct arguments *arguments, struct error *error)
{
	*nodes = (struct new_nodes){
		.specs = allocate(arguments->given_count, sizeof(*nodes->specs)),
		.nodes = allocate(arguments->given_count, sizeof(*nodes->nodes)),
	};
	for (size_t i = 0; i < arguments->given_count; i++) {
		const struct given_option *given = &arguments->given[i];
		if (given->option->repeatable && nodes_add(nodes, given->value, error) < 0) {
			nodes_release(nodes);
			return -1;
		}
	}
	return 0;
}

static int read_options(
	const struct arguments *arguments, struct store_new_options *options, struct error *error)
{
	uint64_t count = NODES_DEFAULT, factor = 0;
	if (arguments_number(arguments, "nodes", 1, STORE_NODES_MAX, &count, error) < 0 ||
		arguments_number(arguments, "rf", 1, STORE_REPLICATION_MAX, &factor, error) < 0 ||
		arguments_size(arguments, "chunk-size", chunk_bytes_min, chunk_bytes_max,
			&options->chunk_bytes, error) < 0)
		return -1;
	if (arguments_has(arguments, "nodes") && arguments_has(arguments, "node"))
		return error_set(error, ERROR_USAGE, "give either --nodes or --node, not both");
	options->node_count = arguments_has(arguments, "node") ? 0 : (unsigned)count;
	options->replication_factor = (unsigned)factor;
	options->rehearsal = arguments_has(arguments, "rehearsal");
	return 0;
}

/* Allowed, for the nodes may come later; but until then every file is short of copies. */
static void warn_of_too_few_nodes(const struct store_new_options *options, size_t node_count)
{
	struct error warning;
	char nodes[32];
	if (options->replication_factor <= node_count)
		return;
	error_set(&warning, ERROR_UNAVAILABLE,
		"%u copies of each file are wanted, but the store has %s: until it has more, every file is "
		"short of copies; 'linckia node add' adds one",
		options->replication_factor,
		command_count_text(nodes, sizeof(nodes), node_count, "node", "nodes"));
	message_warning(&warning);
}

static void warn_of_forgotten_mounts(const struct new_nodes *nodes)
{
	const char **paths = allocate(nodes->count, sizeof(*paths));
	for (size_t i = 0; i < nodes->count; i++)
		paths[i] = nodes->nodes[i].path;
	for (size_t i = 0; i < nodes->count; i++)
		node_place_warn(paths[i], paths, nodes->count);
	free(paths);
}

int command_new(const struct invocation *invocation)
{
	struct error error;
	struct new_nodes nodes;
	struct store_new_options options = {0};
	char *absolute = NULL;
	const char *folder = invocation->arguments->operands[0];
	if (read_options(invocation->arguments, &options, &error) < 0 ||
		nodes_init(&nodes, invocation->arguments, &error) < 0)
		return command_fail(invocation, &error);
	options.nodes = nodes.nodes;
	options.nodes_length = nodes.count;
	size_t node_count = options.node_count ? options.node_count : nodes.count;
	/* Only what was named: a store that $LINCKIA_CONFIG or the working folder offers is another one. */
	options.config_path = invocation->config;
	int result = command_absolute_path(folder, &absolute, &error);
	if (result == 0)
		result = store_new(invocation->config ? absolute : folder, &options, &error);
	free(absolute);
	if (result < 0) {
		nodes_release(&nodes);
		return command_fail(invocation, &error);
	}
	char *config = invocation->config ? allocate_print("%s", invocation->config)
					  : allocate_print("%s/config.yaml", folder);
	if (invocation->json) {
		cJSON *object = cJSON_CreateObject();
		json_add_name(object, "config", config);
		output_document(object);
	}
	message_information("made a store; its config is %s", config);
	warn_of_too_few_nodes(&options, node_count);
	warn_of_forgotten_mounts(&nodes);
	nodes_release(&nodes);
	free(config);
	return EXIT_DONE;
}
