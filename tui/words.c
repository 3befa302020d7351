/*
 * words.c: one walk over the line splits it; the same walk up to the cursor tells where the cursor is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/words.h"

/* ---- splitting and joining ---- */

/* A word under way. */
struct walk {
	const char *at;
	char quote; /* inside of this quote, or 0 */
	bool open;
	char *out; /* as long as the line */
	size_t length;
};

/* Reads one word, which begins at `at`. */
static void take_word(struct walk *walk)
{
	walk->length = 0;
	walk->quote = 0;
	walk->open = false;
	for (; *walk->at != '\0' && (walk->quote != 0 || (*walk->at != ' ' && *walk->at != '\t'));
		walk->at++) {
		char c = *walk->at;
		bool escapes = c == '\\' && walk->quote != '\'';
		if (walk->quote != 0 && c == walk->quote) {
			walk->quote = 0;
		} else if (walk->quote == 0 && (c == '\'' || c == '"')) {
			walk->quote = c;
		} else if (escapes && walk->at[1] == '\0') {
			walk->open = true;
		} else {
			bool literal =
				escapes && walk->quote == '"' && walk->at[1] != '"' && walk->at[1] != '\\';
			if (escapes && !literal)
				walk->at++;
			walk->out[walk->length++] = *walk->at;
		}
	}
	walk->open = walk->open || walk->quote != 0;
	walk->out[walk->length] = '\0';
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

bool words_split(const char *line, struct words *words)
{
	*words = (struct words){0};
	struct walk walk = {.at = skip_blanks(line), .out = malloc(strlen(line) + 1)};
	bool whole = walk.out != NULL;
	while (whole && *walk.at != '\0') {
		take_word(&walk);
		words->open = walk.open;
		walk.at = skip_blanks(walk.at);
		char *word = words->count < WORDS_LIMIT ? strdup(walk.out) : NULL;
		whole = word != NULL;
		if (whole)
			words->words[words->count++] = word;
	}
	free(walk.out);
	if (!whole)
		words_free(words);
	return whole;
}

void words_free(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->words[i]);
	*words = (struct words){0};
}

static bool needs_quotes(const char *word)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=.,/:@%^";
	if (*word == '\0')
		return true;
	for (const char *c = word; *c != '\0'; c++)
		if ((unsigned char)*c < 0x80 && strchr(plain, *c) == NULL)
			return true;
	return false;
}

char *words_quote(const char *word)
{
	if (!needs_quotes(word))
		return strdup(word);
	/* Inside of single quotes all is itself but the quote, which becomes four characters. */
	char *quoted = malloc(4 * strlen(word) + 3), *out = quoted;
	if (quoted == NULL)
		return NULL;
	*out++ = '\'';
	for (const char *c = word; *c != '\0'; c++) {
		if (*c == '\'') {
			memcpy(out, "'\\''", 4);
			out += 4;
		} else {
			*out++ = *c;
		}
	}
	*out++ = '\'';
	*out = '\0';
	return quoted;
}

char *words_join(const char *const *words, size_t count)
{
	char *line = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&line, &size);
	bool whole = out != NULL;
	for (size_t i = 0; whole && i < count; i++) {
		char *quoted = words_quote(words[i]);
		whole = quoted != NULL && fprintf(out, "%s%s", i > 0 ? " " : "", quoted) >= 0;
		free(quoted);
	}
	if (out != NULL && fclose(out) != 0)
		whole = false;
	if (whole)
		return line;
	free(line);
	return NULL;
}

/* ---- commands ---- */

/* How many words of the line the command's name takes, if the line begins with it; else 0. */
static size_t matches(const struct word_command *command, char *const *words, size_t count)
{
	const char *name = command->name;
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(words[i]);
		if (length == 0 || strncmp(name, words[i], length) != 0)
			return 0;
		if (name[length] == '\0')
			return i + 1;
		if (name[length] != ' ')
			return 0;
		name += length + 1;
	}
	return 0;
}

const struct word_command *words_command(const struct word_command *commands, const struct words *words)
{
	for (const struct word_command *command = commands; command->name != NULL; command++)
		if (matches(command, words->words, words->count) > 0)
			return command;
	return NULL;
}

bool words_group(const struct word_command *commands, const char *word)
{
	size_t length = strlen(word);
	for (const struct word_command *command = commands; command->name != NULL; command++)
		if (strncmp(command->name, word, length) == 0 && command->name[length] == ' ')
			return true;
	return false;
}

/* A long option may be cut short and have a value; letters may stand together. */
static bool is_option(const char *word, const struct word_option *option)
{
	if (strncmp(word, "--", 2) == 0) {
		size_t length = strcspn(word, "=");
		return length > 2 && strncmp(option->name, word, length) == 0;
	}
	return word[0] == '-' && option->letter != '\0' && strchr(word + 1, option->letter) != NULL;
}

const struct word_option *words_endless(const struct word_command *command, const struct words *words)
{
	for (size_t i = 1; i < words->count && strcmp(words->words[i], "--") != 0; i++)
		for (const struct word_option *option = command->options; option && option->name; option++)
			if (option->endless && is_option(words->words[i], option))
				return option;
	return NULL;
}

/* ---- the place of the cursor ---- */

/* The option whose value is the word that follows; NULL: the next word is no value. */
static const struct word_option *awaiting(const struct word_command *command, const char *word)
{
	if (strchr(word, '=') != NULL)
		return NULL;
	for (const struct word_option *option = command->options; option && option->name; option++)
		if (option->takes_value && is_option(word, option))
			return option;
	return NULL;
}

/* What the next word is, as the command's table says it. */
static enum word_kind kind_of_next(const struct word_command *command, const struct words *words)
{
	size_t operands = 0;
	const struct word_option *option = NULL;
	for (size_t i = matches(command, words->words, words->count); i < words->count; i++) {
		if (option != NULL)
			option = NULL;
		else if (words->words[i][0] == '-')
			option = awaiting(command, words->words[i]);
		else
			operands++;
	}
	if (option != NULL)
		return option->value;
	return command->operands[operands < WORD_OPERANDS ? operands : WORD_OPERANDS - 1];
}

bool words_locate(
	const struct word_command *commands, const char *line, size_t cursor, struct word_place *place)
{
	char *typed = strndup(line, cursor);
	struct words before = {0};
	*place = (struct word_place){.kind = WORD_COMMAND};
	struct walk walk = {.at = typed, .out = malloc(cursor + 1)};
	bool whole = typed != NULL && walk.out != NULL;
	const char *begin = typed;
	if (whole)
		walk.out[0] = '\0';
	while (whole && *walk.at != '\0') {
		/* Another word begins, so the one before is complete; at first there was none. */
		if (walk.at != begin && before.count < WORDS_LIMIT)
			before.words[before.count++] = strdup(walk.out);
		begin = walk.at = skip_blanks(walk.at);
		take_word(&walk);
	}
	if (whole) {
		place->begin = (size_t)(begin - typed);
		place->word = strdup(walk.out);
		whole = place->word != NULL;
	}
	for (size_t i = 0; i < before.count; i++)
		whole = whole && before.words[i] != NULL;
	if (whole) {
		place->command = words_command(commands, &before);
		if (place->command != NULL && place->word[0] == '-')
			place->kind = WORD_OPTION;
		else if (place->command != NULL)
			place->kind = kind_of_next(place->command, &before);
	} else {
		free(place->word);
		place->word = NULL;
	}
	words_free(&before);
	free(walk.out);
	free(typed);
	return whole;
}
