#include "cli/node_spec.h"

#include <stdlib.h>
#include <string.h>

#include "cli/allocate.h"

void node_spec_release(struct node_spec *spec)
{
	free(spec->path);
	free(spec->name);
	free(spec->zone);
	*spec = (struct node_spec){0};
}

/* Takes what stands before the next bare comma, without its escapes; moves `text` behind that comma. */
static char *take_part(const char **text)
{
	const char *at = *text;
	char *part = allocate_text(at, strlen(at));
	size_t used = 0;
	for (; *at && *at != ','; at++) {
		if (at[0] == '\\' && (at[1] == ',' || at[1] == '\\'))
			at++;
		part[used++] = *at;
	}
	part[used] = '\0';
	*text = *at ? at + 1 : NULL;
	return part;
}

/* Stores `value` where nothing was yet. */
static int set_once(char **place, const char *key, const char *value, struct error *error)
{
	if (*value == '\0')
		return error_set(error, ERROR_USAGE, "--node: '%s=' needs a value", key);
	if (*place)
		return error_set(error, ERROR_USAGE, "--node: '%s=' is given twice", key);
	*place = allocate_text(value, strlen(value));
	return 0;
}

static int set_capacity(struct node_spec *spec, const char *value, struct error *error)
{
	if (spec->capacity_bytes)
		return error_set(error, ERROR_USAGE, "--node: 'capacity=' is given twice");
	if (text_parse_bytes(value, &spec->capacity_bytes) < 0 || spec->capacity_bytes == 0)
		return error_set(error, ERROR_USAGE,
			"--node: capacity '%s' is not a size such as 500GiB or 2TiB", value);
	return 0;
}

static int set_part(struct node_spec *spec, const char *part, struct error *error)
{
	if (strncmp(part, "name=", 5) == 0)
		return set_once(&spec->name, "name", part + 5, error);
	if (strncmp(part, "zone=", 5) == 0)
		return set_once(&spec->zone, "zone", part + 5, error);
	if (strncmp(part, "capacity=", 9) == 0)
		return set_capacity(spec, part + 9, error);
	return error_set(error, ERROR_USAGE,
		"--node: '%s' is none of name=X, zone=Z, capacity=SIZE; a comma in the path is written '\\,'",
		part);
}

int node_spec_parse(struct node_spec *spec, const char *text, struct error *error)
{
	*spec = (struct node_spec){0};
	const char *rest = text;
	spec->path = take_part(&rest);
	if (*spec->path == '\0') {
		node_spec_release(spec);
		return error_set(error, ERROR_USAGE, "--node: '%s' has no path", text);
	}
	while (rest) {
		char *part = take_part(&rest);
		int result = set_part(spec, part, error);
		free(part);
		if (result < 0) {
			node_spec_release(spec);
			return -1;
		}
	}
	return 0;
}
