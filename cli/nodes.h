/*
 * nodes.h: the nodes of a view, as JSON and as a table.
 */
#ifndef LINCKIA_CLI_NODES_H
#define LINCKIA_CLI_NODES_H

#include <cjson/cJSON.h>

#include "engine/engine.h"

/* The caller frees it. */
cJSON *node_json(const struct view_node *node);

/* Prints a table behind `indent` blanks. */
void nodes_print(const struct view *view, int indent);

#endif
