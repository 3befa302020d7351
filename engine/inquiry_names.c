/*
 * inquiry_names.c: how a name that was begun may go on: like a shell, up to the next '/'.
 *
 * Each completion costs one search in the index of names: after a folder the next name that is looked for is the
 * first one behind all that is in it, so the number of its members does not matter.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/inquiry_private.h"

struct completion {
	char from[STORE_NAME_MAX + 4]; /* the next name is not below this */
	char below[STORE_NAME_MAX + 4];
	char name[STORE_NAME_MAX + 2];
	bool bounded; /* `below` counts */
};

/* The names with the beginning `prefix`, but not itself where it is a folder. */
static void set_range(struct completion *completion, const char *prefix, size_t length)
{
	memcpy(completion->from, prefix, length + 1);
	if (length && prefix[length - 1] == '/') {
		completion->from[length] = 1;
		completion->from[length + 1] = '\0';
	}
	memcpy(completion->below, prefix, length + 1);
	while (length && (unsigned char)completion->below[length - 1] == 0xff)
		length--;
	completion->bounded = length > 0;
	if (length) {
		completion->below[length - 1] = (char)((unsigned char)completion->below[length - 1] + 1);
		completion->below[length] = '\0';
	}
}

/* Cuts the name that was found behind the next '/', and moves on to what does not begin like that. */
static void complete(struct completion *completion, size_t prefix_length)
{
	char *slash = strchr(completion->name + prefix_length, '/');
	if (slash)
		slash[1] = '\0';
	size_t length = strlen(completion->name);
	memcpy(completion->from, completion->name, length + 1);
	if (slash) {
		completion->from[length - 1] = '/' + 1;
	} else {
		completion->from[length] = 1;
		completion->from[length + 1] = '\0';
	}
}

static int complete_all(struct search *search, struct completion *completion, struct error *error)
{
	const struct question *question = search->question;
	struct answer *answer = search->answer;
	size_t prefix_length = strlen(question->names.prefix), limit = question->names.limit, count = 0;
	const char **names = search_alloc(search, limit, sizeof(*names), error);
	if (!names)
		return -1;
	answer->names.names = names;
	if (prefix_length > STORE_NAME_MAX + 1)
		return 0;
	set_range(completion, question->names.prefix, prefix_length);
	for (;;) {
		int found = catalog_next_name(search->catalog, completion->from,
			completion->bounded ? completion->below : NULL, completion->name, error);
		if (found < 0 || search_goes_on(search, error) < 0)
			return -1;
		if (found == 0)
			break;
		if (count == limit) {
			answer->names.more = true;
			break;
		}
		complete(completion, prefix_length);
		names[count++] = arena_text(search->arena, completion->name);
	}
	answer->names.count = count;
	return 0;
}

int inquiry_names(struct search *search, struct error *error)
{
	struct completion *completion = malloc(sizeof(*completion));
	if (!completion)
		return error_set_errno(error, ENOMEM, "cannot complete the name");
	int result = complete_all(search, completion, error);
	free(completion);
	return result;
}
