/* command_net.c: what changes the simulated network. */
#include <stdlib.h>
#include <string.h>

#include "cli/allocate.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/link_spec.h"
#include "cli/message.h"
#include "cli/node_list.h"
#include "cli/output.h"

static const char *const *names_of(const struct node_list *list)
{
	return (const char *const *)list->names;
}

static int conclude_changed(const struct invocation *invocation, uint64_t changed, const char *done)
{
	char count[48];
	if (invocation->json) {
		cJSON *object = cJSON_CreateObject();
		json_add_integer(object, "changed", changed);
		output_document(object);
	}
	if (changed == 0)
		message_information("nothing changed: the links are like that already");
	else
		message_information("%s %s, each direction counted", done,
			command_count_text(count, sizeof(count), changed, "link", "links"));
	return EXIT_DONE;
}

/* ---- set, cut ---- */

/* A and B are the first two operands. */
static int change_links(const struct invocation *invocation, struct link_change *change, const char *done)
{
	const char *const *operands = invocation->arguments->operands;
	struct node_list ends[2] = {{0}, {0}};
	struct store *store = NULL;
	struct error error;
	uint64_t changed = 0;
	change->one_way = arguments_has(invocation->arguments, "one-way");
	int result = node_list_add(&ends[0], operands[0], operands[0], &error);
	if (result == 0)
		result = node_list_add(&ends[1], operands[1], operands[1], &error);
	if (result == 0)
		result = command_open(invocation, &store, &error);
	if (result == 0)
		result = store_set_links(store, names_of(&ends[0]), ends[0].count, names_of(&ends[1]),
			ends[1].count, change, &changed, &error);
	store_close(store);
	for (int i = 0; i < 2; i++)
		node_list_release(&ends[i]);
	return result < 0 ? command_fail(invocation, &error) : conclude_changed(invocation, changed, done);
}

int command_net_set(const struct invocation *invocation)
{
	const struct arguments *arguments = invocation->arguments;
	struct link_change change = {0};
	struct error error;
	for (size_t i = 2; i < arguments->operand_count; i++)
		if (link_spec_parse(arguments->operands[i], &change, &error) < 0)
			return command_fail(invocation, &error);
	return change_links(invocation, &change, "changed");
}

int command_net_cut(const struct invocation *invocation)
{
	struct link_change change = {.set_cut = true, .to = {.cut = true}};
	return change_links(invocation, &change, "cut");
}

/* ---- partition ---- */

/* Groups of names, as store_partition() takes them. */
struct partition {
	struct node_list *groups;
	size_t count;
};

static void partition_release(struct partition *partition)
{
	for (size_t i = 0; i < partition->count; i++)
		node_list_release(&partition->groups[i]);
	free(partition->groups);
}

/* "A,B/C,D". What is in `partition` is to be released in either case. */
static int partition_parse(struct partition *partition, const char *text, struct error *error)
{
	for (const char *at = text;; at++) {
		size_t length = strcspn(at, "/");
		char *group = allocate_text(at, length);
		partition->groups =
			allocate_again(partition->groups, partition->count + 1, sizeof(*partition->groups));
		struct node_list *list = &partition->groups[partition->count++];
		*list = (struct node_list){0};
		int result = node_list_add(list, text, group, error);
		free(group);
		if (result < 0)
			return -1;
		at += length;
		if (*at == '\0')
			return 0;
	}
}

static int apply(struct store *store, const struct partition *partition, struct error *error)
{
	const char *const **groups = allocate(partition->count, sizeof(*groups));
	size_t *counts = allocate(partition->count, sizeof(*counts));
	for (size_t i = 0; i < partition->count; i++) {
		groups[i] = names_of(&partition->groups[i]);
		counts[i] = partition->groups[i].count;
	}
	int result = store_partition(store, groups, counts, partition->count, error);
	free(groups);
	free(counts);
	return result;
}

int command_net_partition(const struct invocation *invocation)
{
	struct partition partition = {0};
	struct store *store = NULL;
	struct error error;
	int result = partition_parse(&partition, invocation->arguments->operands[0], &error);
	if (result == 0)
		result = command_open(invocation, &store, &error);
	if (result == 0)
		result = apply(store, &partition, &error);
	store_close(store);
	if (result == 0 && invocation->json) {
		cJSON *object = cJSON_CreateObject();
		json_add_integer(object, "groups", partition.count);
		output_document(object);
	}
	if (result == 0)
		message_information(
			"nothing goes from one of the %zu groups to another; 'linckia net heal' ends that",
			partition.count);
	partition_release(&partition);
	return result < 0 ? command_fail(invocation, &error) : EXIT_DONE;
}

/* ---- preset, heal ---- */

int command_net_preset(const struct invocation *invocation)
{
	const struct arguments *arguments = invocation->arguments;
	const char *preset = arguments->operands[0];
	struct node_list nodes = {0};
	struct store *store = NULL;
	struct error error;
	int result = 0;
	for (size_t i = 1; result == 0 && i < arguments->operand_count; i++)
		result = node_list_add(&nodes, arguments->operands[i], arguments->operands[i], &error);
	if (result == 0)
		result = command_open(invocation, &store, &error);
	if (result == 0)
		result = store_network_preset(store, preset, names_of(&nodes), nodes.count, &error);
	store_close(store);
	if (result == 0 && invocation->json) {
		cJSON *object = cJSON_CreateObject();
		json_add_text(object, "preset", preset);
		json_add_texts(object, "nodes", names_of(&nodes), nodes.count);
		output_document(object);
	}
	if (result == 0)
		message_information("%s like '%s' now; 'linckia net show' lists the links",
			nodes.count ? "the links of these nodes are" : "all links are", preset);
	node_list_release(&nodes);
	return result < 0 ? command_fail(invocation, &error) : EXIT_DONE;
}

int command_net_heal(const struct invocation *invocation)
{
	struct store *store;
	struct error error;
	uint64_t changed = 0;
	if (command_open(invocation, &store, &error) < 0)
		return command_fail(invocation, &error);
	int result = store_heal_network(store, &changed, &error);
	store_close(store);
	return result < 0 ? command_fail(invocation, &error)
			  : conclude_changed(invocation, changed, "healed");
}
