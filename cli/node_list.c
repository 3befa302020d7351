#include "cli/node_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/allocate.h"

int node_list_add(struct node_list *list, const char *what, const char *text, struct error *error)
{
	for (;;) {
		size_t length = strcspn(text, ",");
		if (length == 0)
			return error_set(error, ERROR_USAGE, "%s: the name of a node is empty", what);
		list->names = allocate_again(list->names, list->count + 1, sizeof(*list->names));
		list->names[list->count++] = allocate_text(text, length);
		if (text[length] == '\0')
			return 0;
		text += length + 1;
	}
}

int node_list_init(
	struct node_list *list, const struct arguments *arguments, const char *option, struct error *error)
{
	char what[64];
	*list = (struct node_list){0};
	snprintf(what, sizeof(what), "--%s", option);
	for (size_t i = 0; i < arguments->given_count; i++) {
		const struct given_option *given = &arguments->given[i];
		if (strcmp(given->option->name, option) != 0)
			continue;
		if (node_list_add(list, what, given->value, error) < 0) {
			node_list_release(list);
			return -1;
		}
	}
	return 0;
}

void node_list_release(struct node_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->names[i]);
	free(list->names);
	*list = (struct node_list){0};
}
