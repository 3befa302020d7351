#include "cli/arguments.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cli/allocate.h"

enum { NAMES_MAX = 64 };

void arguments_init(struct arguments *arguments, const char *const *words, size_t count)
{
	*arguments = (struct arguments){.words = words, .word_count = count};
	arguments->operands = allocate(count, sizeof(*arguments->operands));
}

void arguments_release(struct arguments *arguments)
{
	free(arguments->given);
	free(arguments->operands);
	*arguments = (struct arguments){0};
}

void arguments_add_table(struct arguments *arguments, const struct option *table)
{
	assert(arguments->table_count < ARGUMENTS_TABLES_MAX);
	arguments->tables[arguments->table_count++] = table;
}

const struct option *arguments_option(const struct arguments *arguments, size_t index)
{
	for (size_t i = 0; i < arguments->table_count; i++) {
		const struct option *option = arguments->tables[i];
		if (!option)
			continue;
		for (; option->name; option++) {
			if (index-- == 0)
				return option;
		}
	}
	return NULL;
}

static void remember(struct arguments *arguments, const struct option *option, const char *value)
{
	size_t count = arguments->given_count + 1;
	arguments->given = allocate_again(arguments->given, count, sizeof(*arguments->given));
	arguments->given[arguments->given_count++] = (struct given_option){option, value};
}

static bool begins_number(const char *text)
{
	return *text >= '0' && *text <= '9';
}

/* The next word as the value of an option that wants one, or may have one. */
static int take_value(struct arguments *arguments, const char *shown, const struct option *option,
	const char **value, struct error *error)
{
	*value = NULL;
	if (option->optional && (arguments->next == arguments->word_count ||
					!begins_number(arguments->words[arguments->next])))
		return 0;
	if (arguments->next == arguments->word_count) {
		arguments->awaiting = option;
		return error_set(error, ERROR_USAGE, "option '%s' needs a value: %s", shown, option->value);
	}
	*value = arguments->words[arguments->next++];
	return 0;
}

static int unknown_name(
	const struct arguments *arguments, const char *name, size_t length, struct error *error)
{
	const char *names[NAMES_MAX];
	size_t count = 0;
	const struct option *option;
	while (count < NAMES_MAX && (option = arguments_option(arguments, count)) != NULL)
		names[count++] = option->name;
	char *word = allocate_text(name, length);
	const char *near = suggest(word, names, count);
	if (near)
		error_set(error, ERROR_USAGE, "unknown option '--%s'; did you mean '--%s'?", word, near);
	else
		error_set(error, ERROR_USAGE, "unknown option '--%s'", word);
	free(word);
	return -1;
}

/* Finds the option that the first `length` bytes of `name` name or begin. */
static int find_name(const struct arguments *arguments, const char *name, size_t length,
	const struct option **found, struct error *error)
{
	const struct option *option, *first = NULL, *second = NULL;
	for (size_t i = 0; (option = arguments_option(arguments, i)) != NULL; i++) {
		if (length == 0 || strncmp(option->name, name, length) != 0)
			continue;
		if (option->name[length] == '\0') {
			*found = option;
			return 0;
		}
		if (!first)
			first = option;
		else if (!second)
			second = option;
	}
	if (second)
		return error_set(error, ERROR_USAGE, "option '--%.*s' is ambiguous: '--%s' or '--%s'?",
			(int)length, name, first->name, second->name);
	if (!first)
		return unknown_name(arguments, name, length, error);
	*found = first;
	return 0;
}

const struct option *arguments_find_name(const struct arguments *arguments, const char *name, size_t length)
{
	struct error error;
	const struct option *option = NULL;
	return find_name(arguments, name, length, &option, &error) < 0 ? NULL : option;
}

static int take_long(struct arguments *arguments, const char *word, struct error *error)
{
	const char *name = word + 2;
	size_t length = strcspn(name, "=");
	const struct option *option = NULL;
	if (find_name(arguments, name, length, &option, error) < 0)
		return -1;
	const char *value = name[length] == '=' ? name + length + 1 : NULL;
	if (value && !option->value)
		return error_set(error, ERROR_USAGE, "option '--%s' takes no value", option->name);
	if (!value && option->value) {
		char shown[64] = "--";
		strncat(shown, option->name, sizeof(shown) - 3);
		if (take_value(arguments, shown, option, &value, error) < 0)
			return -1;
	}
	remember(arguments, option, value);
	return 0;
}

const struct option *arguments_find_letter(const struct arguments *arguments, char letter)
{
	const struct option *option;
	for (size_t i = 0; (option = arguments_option(arguments, i)) != NULL; i++) {
		if (option->letter == letter)
			return option;
	}
	return NULL;
}

/* How many bytes the character at `text` has, so that a message never shows half of one. */
static int character_length(const char *text)
{
	uint32_t code_point;
	size_t length = text_decode(text, strlen(text), &code_point);
	return length ? (int)length : 1;
}

static int take_letters(struct arguments *arguments, const char *word, struct error *error)
{
	for (const char *at = word + 1; *at; at++) {
		const struct option *option = arguments_find_letter(arguments, *at);
		if (!option)
			return error_set(
				error, ERROR_USAGE, "unknown option '-%.*s'", character_length(at), at);
		const char *value = at + 1;
		if (!option->value || (option->optional && *value && !begins_number(value))) {
			remember(arguments, option, NULL);
			continue;
		}
		if (*value == '\0') {
			const char shown[] = {'-', *at, '\0'};
			if (take_value(arguments, shown, option, &value, error) < 0)
				return -1;
		}
		remember(arguments, option, value);
		return 0;
	}
	return 0;
}

int arguments_word(struct arguments *arguments, const char **word, struct error *error)
{
	*word = NULL;
	while (arguments->next < arguments->word_count) {
		const char *text = arguments->words[arguments->next++];
		if (arguments->options_ended || text[0] != '-' || text[1] == '\0') {
			*word = text;
			return 0;
		}
		if (strcmp(text, "--") == 0) {
			arguments->options_ended = true;
			continue;
		}
		int result = text[1] == '-' ? take_long(arguments, text, error)
					    : take_letters(arguments, text, error);
		if (result < 0)
			return -1;
	}
	return 0;
}

int arguments_rest(struct arguments *arguments, struct error *error)
{
	for (;;) {
		const char *word;
		if (arguments_word(arguments, &word, error) < 0)
			return -1;
		if (!word)
			return 0;
		assert(arguments->operand_count < arguments->word_count);
		arguments->operands[arguments->operand_count++] = word;
	}
}

/* The last option of that name; a name that no table knows is a slip in the program. */
static const struct given_option *find_given(const struct arguments *arguments, const char *name)
{
	const struct option *option;
	for (size_t i = 0; (option = arguments_option(arguments, i)) != NULL; i++) {
		if (strcmp(option->name, name) == 0)
			break;
	}
	assert(option);
	for (size_t i = arguments->given_count; i > 0; i--) {
		if (arguments->given[i - 1].option == option)
			return &arguments->given[i - 1];
	}
	return NULL;
}

bool arguments_has(const struct arguments *arguments, const char *name)
{
	return find_given(arguments, name) != NULL;
}

const char *arguments_value(const struct arguments *arguments, const char *name)
{
	const struct given_option *given = find_given(arguments, name);
	return given ? given->value : NULL;
}

int arguments_read_number(const char *what, const char *text, uint64_t least, uint64_t most, uint64_t *number,
	struct error *error)
{
	assert(least <= most);
	uint64_t value = 0;
	bool valid = *text != '\0';
	for (const char *at = text; valid && *at; at++) {
		unsigned digit = (unsigned)(unsigned char)*at - '0';
		valid = digit <= 9 && value <= (UINT64_MAX - digit) / 10;
		value = value * 10 + digit;
	}
	if (!valid || value < least || value > most) {
		if (most == UINT64_MAX && least == 0)
			return error_set(error, ERROR_USAGE, "%s: '%s' is not a whole number", what, text);
		if (most == UINT64_MAX)
			return error_set(error, ERROR_USAGE,
				"%s: '%s' is not a whole number of at least %llu", what, text,
				(unsigned long long)least);
		return error_set(error, ERROR_USAGE, "%s: '%s' is not a whole number from %llu to %llu", what,
			text, (unsigned long long)least, (unsigned long long)most);
	}
	*number = value;
	return 0;
}

int arguments_number(const struct arguments *arguments, const char *name, uint64_t least, uint64_t most,
	uint64_t *number, struct error *error)
{
	const char *text = arguments_value(arguments, name);
	if (!text)
		return 0;
	char what[64] = "--";
	strncat(what, name, sizeof(what) - 3);
	return arguments_read_number(what, text, least, most, number, error);
}

int arguments_size(const struct arguments *arguments, const char *name, uint64_t least, uint64_t most,
	uint64_t *bytes, struct error *error)
{
	const char *text = arguments_value(arguments, name);
	if (!text)
		return 0;
	uint64_t value;
	if (text_parse_bytes(text, &value) < 0)
		return error_set(error, ERROR_USAGE,
			"--%s: '%s' is not a size such as 4096, 64KiB, 4MiB or 2GiB", name, text);
	if (value < least || value > most) {
		char low[16], high[16];
		text_bytes(low, sizeof(low), least);
		text_bytes(high, sizeof(high), most);
		if (most == UINT64_MAX)
			return error_set(error, ERROR_USAGE, "--%s: '%s' is less than %s", name, text, low);
		return error_set(
			error, ERROR_USAGE, "--%s: '%s' is not between %s and %s", name, text, low, high);
	}
	*bytes = value;
	return 0;
}
