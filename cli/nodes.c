#include "cli/nodes.h"

#include <stdio.h>

#include "cli/json.h"
#include "cli/table.h"

static const struct table_column columns[] = {
	{"NODE", false},
	{"ZONE", false},
	{"STATE", false},
	{"USED", true},
	{"OF", true},
	{"FULL", true},
	{"CHUNKS", true},
	{"LATENCY", true},
	{"ERRORS", true},
	{"CAUSE", false},
	{"PATH", false},
};

cJSON *node_json(const struct view_node *node)
{
	cJSON *object = cJSON_CreateObject();
	json_add_text(object, "name", node->name);
	json_add_text(object, "zone", node->zone);
	json_add_text(object, "state", node_state_name(node->state));
	json_add_text(object, "cause", node->cause);
	json_add_name(object, "path", node->path);
	json_add_integer(object, "capacity", node->capacity_bytes);
	json_add_integer(object, "used", node->used_bytes);
	json_add_integer(object, "chunks", node->chunks);
	json_add_integer(object, "at_risk", node->at_risk);
	json_add_decimal(object, "weight", node->weight);
	json_add_decimal(object, "latency_ms", node->latency_ms);
	json_add_integer(object, "read_bytes", node->read_bytes);
	json_add_integer(object, "written_bytes", node->written_bytes);
	json_add_integer(object, "errors", node->errors);
	return object;
}

static void add_node(struct table *table, const struct view_node *node)
{
	char text[32];
	table_add_coloured(table, COLOUR_STRONG, node->name);
	table_add(table, node->zone);
	table_add_coloured(table, colour_of_node(node->state), node_state_name(node->state));
	table_add(table, text_bytes(text, sizeof(text), node->used_bytes));
	if (node->capacity_bytes) {
		table_add(table, text_bytes(text, sizeof(text), node->capacity_bytes));
		snprintf(text, sizeof(text), "%.0f%%",
			100 * (double)node->used_bytes / (double)node->capacity_bytes);
		table_add(table, text);
	} else {
		table_add(table, "?");
		table_add(table, "?");
	}
	snprintf(text, sizeof(text), "%llu", (unsigned long long)node->chunks);
	table_add(table, text);
	if (node->latency_ms >= 0)
		snprintf(text, sizeof(text), "%.1f ms", node->latency_ms);
	else
		snprintf(text, sizeof(text), "?");
	table_add(table, text);
	/* Where no node has any, there is no such column. */
	snprintf(text, sizeof(text), "%llu", (unsigned long long)node->errors);
	table_add_coloured(table, COLOUR_WARNING, node->errors ? text : "");
	table_add(table, node->cause);
	table_add(table, node->path);
}

void nodes_print(const struct view *view, int indent)
{
	struct table *table = table_new(columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < view->node_count; i++)
		add_node(table, &view->nodes[i]);
	table_print(table, indent);
	table_free(table);
}
