/*
 * config_value.c: one value of the config: checked, stored, and worded.
 *
 * Numbers are read here and not with strtod() or strtoull(): those accept signs, blanks, hexadecimal
 * and infinities, and follow the locale that a console sets. A leading zero is refused because YAML 1.1
 * reads it as octal.
 */
#include "engine/config_schema.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config.h"
#include "engine/config_event.h"
#include "engine/text.h"

/* The words of config.h's enumerations are stored through an unsigned. */
static_assert(sizeof(enum chunk_method) == sizeof(unsigned) &&
		      sizeof(enum placement_policy) == sizeof(unsigned) &&
		      sizeof(enum placement_spread) == sizeof(unsigned),
	"enumerations are as wide as unsigned");

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "0", "17": digits without a leading zero, nothing else. */
static bool parse_whole(const char *text, uint64_t *value)
{
	*value = 0;
	if (!is_digit(*text) || (text[0] == '0' && text[1]))
		return false;
	for (; is_digit(*text); text++) {
		if (__builtin_mul_overflow(*value, 10, value) ||
			__builtin_add_overflow(*value, (uint64_t)(*text - '0'), value))
			return false;
	}
	return *text == '\0';
}

/*
 * "1", "0.25": at most 15 digits in all, so that both the digits and the power of ten are exact in a
 * double, and their quotient is the nearest double.
 */
static bool parse_decimal(const char *text, double *value)
{
	uint64_t digits = 0, divisor = 1;
	unsigned count = 0;
	const char *point = NULL;
	if (!is_digit(text[0]) || (text[0] == '0' && is_digit(text[1])))
		return false;
	for (; *text; text++) {
		if (*text == '.' && !point && is_digit(text[1])) {
			point = text;
			continue;
		}
		if (!is_digit(*text) || ++count > 15)
			return false;
		digits = digits * 10 + (uint64_t)(*text - '0');
		divisor *= point ? 10 : 1;
	}
	*value = (double)digits / (double)divisor;
	return true;
}

static bool is_name(const char *text, size_t most)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t length = strlen(text);
	return length >= 1 && length <= most && strspn(text, allowed) == length &&
	       strcmp(text, "client") != 0;
}

/* A "~" that a shell would expand would make a folder of that name here: surely not what was meant. */
static bool is_path(const char *text, size_t most)
{
	size_t length = strlen(text);
	bool home = text[0] == '~' && (text[1] == '\0' || text[1] == '/');
	return length >= 1 && length <= most && !home && config_text_is_printable(text);
}

static bool is_label(const char *text, size_t most)
{
	size_t length = strlen(text);
	return length >= 1 && length <= most && config_text_is_printable(text);
}

static bool find_word(const char *const *words, const char *text, unsigned *index)
{
	for (*index = 0; words[*index]; ++*index) {
		if (!strcmp(words[*index], text))
			return true;
	}
	return false;
}

static bool in_range(const struct config_key *key, uint64_t value)
{
	return (value >= key->least && value <= key->most) || (key->zero && value == 0);
}

static bool is_text_allowed(const struct config_key *key, const char *text)
{
	unsigned word;
	switch (key->kind) {
	case CONFIG_KIND_PATH:
		return is_path(text, key->most);
	case CONFIG_KIND_NAME:
		return is_name(text, key->most);
	case CONFIG_KIND_LABEL:
		return is_label(text, key->most);
	case CONFIG_KIND_THEME:
		return find_word(key->words, text, &word);
	default:
		return text[0] != '\0'; /* a peer: whether it is a node is known once all nodes are read */
	}
}

static enum config_verdict set_text(const struct config_key *key, const char *text, char **field)
{
	if (!is_text_allowed(key, text))
		return CONFIG_VALUE_BAD;
	char *copy = strdup(text);
	if (!copy)
		return CONFIG_VALUE_NO_MEMORY;
	free(*field);
	*field = copy;
	return CONFIG_VALUE_GOOD;
}

/* The kinds that are whole numbers underneath, in their own notation. */
static bool parse_measure(const struct config_key *key, const char *text, uint64_t *value)
{
	int64_t milliseconds;
	switch (key->kind) {
	case CONFIG_KIND_BYTES:
		return !text_parse_bytes(text, value);
	case CONFIG_KIND_TIME:
		if (text_parse_duration(text, &milliseconds) || milliseconds < 0)
			return false;
		*value = (uint64_t)milliseconds;
		return true;
	default:
		return parse_whole(text, value);
	}
}

static bool set_measure(const struct config_key *key, const char *text, void *field)
{
	uint64_t value;
	if (!parse_measure(key, text, &value) || !in_range(key, value))
		return false;
	if (key->kind == CONFIG_KIND_COUNT)
		*(unsigned *)field = (unsigned)value;
	else if (key->kind == CONFIG_KIND_TIME)
		*(int64_t *)field = (int64_t)value;
	else
		*(uint64_t *)field = value;
	return true;
}

static bool set_decimal(const struct config_key *key, const char *text, double *field)
{
	double value;
	if (!parse_decimal(text, &value) || value > (double)key->most)
		return false;
	if (key->kind == CONFIG_KIND_WEIGHT ? value <= 0 : value < (double)key->least)
		return false;
	*field = value;
	return true;
}

static bool set_flag(const char *text, bool *field)
{
	*field = !strcmp(text, "true");
	return *field || !strcmp(text, "false");
}

static bool set_word(const struct config_key *key, const char *text, unsigned *field)
{
	unsigned word;
	if (!find_word(key->words, text, &word))
		return false;
	*field = word;
	return true;
}

enum config_verdict config_key_set(const struct config_key *key, const char *text, bool quoted, void *object)
{
	void *field = (char *)object + key->offset;
	bool good = false;
	switch (key->kind) {
	case CONFIG_KIND_PATH:
	case CONFIG_KIND_NAME:
	case CONFIG_KIND_PEER:
	case CONFIG_KIND_LABEL:
	case CONFIG_KIND_THEME:
		return set_text(key, text, field);
	case CONFIG_KIND_WORD:
		good = set_word(key, text, field);
		break;
	case CONFIG_KIND_FLAG:
		good = !quoted && set_flag(text, field);
		break;
	case CONFIG_KIND_COUNT:
	case CONFIG_KIND_NUMBER:
		good = !quoted && set_measure(key, text, field);
		break;
	case CONFIG_KIND_BYTES:
	case CONFIG_KIND_TIME:
		good = set_measure(key, text, field);
		break;
	case CONFIG_KIND_RATIO:
	case CONFIG_KIND_WEIGHT:
		good = !quoted && set_decimal(key, text, field);
		break;
	case CONFIG_KIND_SECTION:
	case CONFIG_KIND_NODES:
	case CONFIG_KIND_LINKS:
	case CONFIG_KIND_OTHER:
		break;
	}
	return good ? CONFIG_VALUE_GOOD : CONFIG_VALUE_BAD;
}

/* `value` in the largest of `units` that it is a whole number of; sizes descend and end with 1. */
static char *exact_text(uint64_t value, const uint64_t *sizes, const char *const *units, char out[static 32])
{
	size_t i = 0;
	while (sizes[i] > 1 && (value == 0 || value % sizes[i]))
		i++;
	snprintf(out, 32, "%" PRIu64 "%s", value / sizes[i], value ? units[i] : "");
	return out;
}

char *config_bytes_text(uint64_t bytes, char out[static 32])
{
	static const uint64_t sizes[] = {
		UINT64_C(1) << 40, UINT64_C(1) << 30, UINT64_C(1) << 20, UINT64_C(1) << 10, 1};
	static const char *const units[] = {"TiB", "GiB", "MiB", "KiB", ""};
	return exact_text(bytes, sizes, units, out);
}

char *config_time_text(uint64_t milliseconds, char out[static 32])
{
	static const uint64_t sizes[] = {86400000, 3600000, 60000, 1000, 1};
	static const char *const units[] = {"d", "h", "m", "s", "ms"};
	return exact_text(milliseconds, sizes, units, out);
}

static char *number_text(uint64_t number, char out[static 32])
{
	snprintf(out, 32, "%" PRIu64, number);
	return out;
}

static char *range_allowed(const struct config_key *key, const char *what,
	char *text(uint64_t, char out[static 32]), char out[static CONFIG_ALLOWED_TEXT_MAX])
{
	char least[32], most[32];
	snprintf(out, CONFIG_ALLOWED_TEXT_MAX, "%s%s%s%s from %s to %s", key->zero ? "0 (" : "",
		key->zero ? key->zero : "", key->zero ? ") or " : "", what, text(key->least, least),
		text(key->most, most));
	return out;
}

static char *words_allowed(
	const char *before, const char *const *words, char out[static CONFIG_ALLOWED_TEXT_MAX])
{
	size_t used = (size_t)snprintf(out, CONFIG_ALLOWED_TEXT_MAX, "%s", before);
	for (size_t i = 0; words[i] && used < CONFIG_ALLOWED_TEXT_MAX; i++)
		used += (size_t)snprintf(
			out + used, CONFIG_ALLOWED_TEXT_MAX - used, "%s %s", i ? "," : "", words[i]);
	return out;
}

char *config_section_allowed(
	const struct config_section *section, const char *before, char out[static CONFIG_ALLOWED_TEXT_MAX])
{
	const char *names[CONFIG_KEYS_MAX + 1] = {NULL};
	assert(section->key_count <= CONFIG_KEYS_MAX);
	for (size_t i = 0; i < section->key_count; i++)
		names[i] = section->keys[i].name;
	return words_allowed(before, names, out);
}

char *config_key_allowed(const struct config_key *key, char out[static CONFIG_ALLOWED_TEXT_MAX])
{
	const size_t size = CONFIG_ALLOWED_TEXT_MAX;
	const unsigned least = (unsigned)key->least, most = (unsigned)key->most;
	switch (key->kind) {
	case CONFIG_KIND_SECTION:
		return config_section_allowed(key->inner, "a mapping with the keys", out);
	case CONFIG_KIND_NODES:
		snprintf(out, size, "a list of %u to %u nodes", least, most);
		break;
	case CONFIG_KIND_LINKS:
		snprintf(out, size, "a list of at most %u links", most);
		break;
	case CONFIG_KIND_PATH:
		snprintf(out, size, "a path of 1 to %u bytes without control characters (~ is not expanded)",
			most);
		break;
	case CONFIG_KIND_NAME:
		snprintf(out, size, "1 to %u of a-z A-Z 0-9 . _ - but not 'client'", most);
		break;
	case CONFIG_KIND_PEER:
		snprintf(out, size, "the name of a node or client");
		break;
	case CONFIG_KIND_LABEL:
		snprintf(out, size, "1 to %u bytes without control characters", most);
		break;
	case CONFIG_KIND_THEME:
	case CONFIG_KIND_WORD:
		return words_allowed("one of", key->words, out);
	case CONFIG_KIND_FLAG:
		snprintf(out, size, "true or false");
		break;
	case CONFIG_KIND_COUNT:
	case CONFIG_KIND_NUMBER:
		return range_allowed(key, "a whole number", number_text, out);
	case CONFIG_KIND_BYTES:
		return range_allowed(
			key, "a size such as 512KiB, 4MiB, 2GiB or 1TiB,", config_bytes_text, out);
	case CONFIG_KIND_TIME:
		return range_allowed(key, "a time such as 250ms, 5s, 10m, 2h or 7d,", config_time_text, out);
	case CONFIG_KIND_RATIO:
		snprintf(out, size, "a number such as 0.5 from %u to %u", least, most);
		break;
	case CONFIG_KIND_WEIGHT:
		snprintf(out, size, "a number such as 1.5 above 0 and up to %u", most);
		break;
	case CONFIG_KIND_OTHER:
		snprintf(out, size, "%s", key->allowed);
		break;
	}
	return out;
}
