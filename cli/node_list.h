/*
 * node_list.h: the names of nodes with commas between them: NODE,...
 */
#ifndef LINCKIA_CLI_NODE_LIST_H
#define LINCKIA_CLI_NODE_LIST_H

#include "cli/arguments.h"

/* Owns the names. */
struct node_list {
	char **names;
	size_t count;
};

/*
 * Gathers the values of the repeatable option called `option`; none when it was not given. An empty name is an
 * ERROR_USAGE, after which `list` needs no release.
 */
MUST_CHECK int node_list_init(
	struct node_list *list, const struct arguments *arguments, const char *option, struct error *error);
/* Adds the names in `text`; `what` begins the message about an empty one. */
MUST_CHECK int node_list_add(struct node_list *list, const char *what, const char *text, struct error *error);
void node_list_release(struct node_list *list);

#endif
