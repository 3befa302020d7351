#include "engine/config_entry.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config_event.h"
#include "engine/config_schema.h"
#include "engine/text.h"

/* Tries `value` against the row `name` of a node, the same that will read it back. */
static int check_field(struct config_node *trial, const char *name, const char *value, struct error *error)
{
	char excerpt[CONFIG_FOUND_TEXT_MAX], allowed[CONFIG_ALLOWED_TEXT_MAX];
	const struct config_key *key =
		config_section_find(config_section_find(&config_schema, "nodes")->inner, name);
	assert(key);
	if (!text_is_utf8(value, strlen(value)))
		return error_set(error, ERROR_USAGE,
			"the %s %s of the node cannot stand in a config because it is not UTF-8; "
			"rename it, or give a symbolic link that has another name",
			name, value);
	switch (config_key_set(key, value, false, trial)) {
	case CONFIG_VALUE_GOOD:
		return 0;
	case CONFIG_VALUE_NO_MEMORY:
		return error_set(error, ERROR_MEMORY, "there is no memory left to check the node's %s", name);
	case CONFIG_VALUE_BAD:
		break;
	}
	return error_set(error, ERROR_USAGE, "the %s %s of the node cannot be used; allowed is %s", name,
		config_excerpt(value, "'", excerpt), config_key_allowed(key, allowed));
}

int config_entry_check(const struct config_node *node, struct error *error)
{
	struct config_node trial = {0};
	char capacity[32];
	config_bytes_text(node->capacity_bytes, capacity);
	int result = 0;
	if (check_field(&trial, "name", node->name, error) ||
		check_field(&trial, "path", node->path, error) ||
		(node->zone && check_field(&trial, "zone", node->zone, error)) ||
		check_field(&trial, "capacity", capacity, error))
		result = -1;
	free(trial.name);
	free(trial.path);
	free(trial.zone);
	return result;
}

/* Whether any reader of YAML takes `text` as a text without quotation marks. */
static bool is_plain(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/";
	static const char others[] = "0123456789._-";
	static const char *const reserved[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++) {
		if (!strcasecmp(text, reserved[i]))
			return false;
	}
	if (!strcmp(text, "."))
		return true;
	if (!*text || !strchr(letters, *text))
		return false;
	for (; *text; text++) {
		if (!strchr(letters, *text) && !strchr(others, *text))
			return false;
	}
	return true;
}

void config_text_write(FILE *out, const char *text)
{
	if (is_plain(text)) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

void config_decimal_write(FILE *out, double value)
{
	/* In billionths, because a locale may give %f a comma; what is above 0 stays so. */
	uint64_t billionths = (uint64_t)(value * 1e9 + 0.5);
	if (billionths == 0 && value > 0)
		billionths = 1;
	fprintf(out, "%" PRIu64 ".%09" PRIu64, billionths / 1000000000, billionths % 1000000000);
}

void config_entry_write(FILE *out, const struct config_node *node, const char *between)
{
	char capacity[32];
	fputs("name: ", out);
	config_text_write(out, node->name);
	fprintf(out, "%spath: ", between);
	config_text_write(out, node->path);
	if (node->zone) {
		fprintf(out, "%szone: ", between);
		config_text_write(out, node->zone);
	}
	if (node->capacity_bytes)
		fprintf(out, "%scapacity: %s", between, config_bytes_text(node->capacity_bytes, capacity));
	if (node->weight > 0 && node->weight != 1) {
		fprintf(out, "%sweight: ", between);
		config_decimal_write(out, node->weight);
	}
}
