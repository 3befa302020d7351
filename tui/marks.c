/*
 * marks.c: an array of names; with a thousand nodes at most, looking through all of it costs less than drawing a row.
 */
#include <stdlib.h>
#include <string.h>

#include "tui/marks.h"

static size_t find(const struct marks *marks, const char *name)
{
	size_t at = 0;
	while (at < marks->count && strcmp(marks->names[at], name) != 0)
		at++;
	return at;
}

static void remove_at(struct marks *marks, size_t at)
{
	free(marks->names[at]);
	marks->count--;
	memmove(&marks->names[at], &marks->names[at + 1], (marks->count - at) * sizeof(marks->names[0]));
}

void marks_release(struct marks *marks)
{
	marks_clear(marks);
}

bool marks_has(const struct marks *marks, const char *name)
{
	return find(marks, name) < marks->count;
}

int marks_add(struct marks *marks, const char *name)
{
	if (marks_has(marks, name))
		return 0;
	if (marks->count == STORE_NODES_MAX)
		return -1;
	char *copy = strdup(name);
	if (copy == NULL)
		return -1;
	marks->names[marks->count++] = copy;
	return 0;
}

void marks_remove(struct marks *marks, const char *name)
{
	size_t at = find(marks, name);
	if (at < marks->count)
		remove_at(marks, at);
}

void marks_clear(struct marks *marks)
{
	while (marks->count > 0)
		free(marks->names[--marks->count]);
}

void marks_keep(struct marks *marks, const struct view *view)
{
	for (size_t at = marks->count; at-- > 0;) {
		size_t node = 0;
		while (node < view->node_count && strcmp(view->nodes[node].name, marks->names[at]) != 0)
			node++;
		if (node == view->node_count)
			remove_at(marks, at);
	}
}
