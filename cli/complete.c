#include "cli/complete.h"

#include <stdlib.h>
#include <string.h>

#include "cli/allocate.h"
#include "cli/command.h"

/* One word to be completed. */
struct place {
	const char *word;
	size_t head; /* bytes of it that stay as they are */
	const struct arguments *arguments;
	const struct complete_source *source;
	struct completion *completion;
};

/* Whether a terminal shows `name` and does nothing else. */
static bool is_plain(const char *name)
{
	size_t length = strlen(name), size = TEXT_ESCAPED_SIZE(length);
	char *escaped = allocate(size, 1);
	text_escape(escaped, size, name, length, false);
	bool plain = strcmp(escaped, name) == 0;
	free(escaped);
	return plain;
}

/* Adds the head and `text`, if that goes on from what was typed. */
static void add(struct place *place, const char *text, const char *tail, const char *about)
{
	struct completion *completion = place->completion;
	char *word = allocate_print("%.*s%s%s", (int)place->head, place->word, text, tail);
	bool known = strncmp(word, place->word, strlen(place->word)) != 0;
	for (size_t i = 0; i < completion->count && !known; i++)
		known = strcmp(completion->candidates[i].word, word) == 0;
	if (known) {
		free(word);
		return;
	}
	completion->candidates = allocate_again(
		completion->candidates, completion->count + 1, sizeof(*completion->candidates));
	completion->candidates[completion->count++] = (struct candidate){word, about};
}

/* ---- what the store has ---- */

static void add_found(void *context, const char *name)
{
	struct place *place = context;
	bool option = place->head == 0 && name[0] == '-' && !place->arguments->options_ended;
	if (!option && is_plain(name))
		add(place, name, "", "");
}

/* Whether `name` stands in the list between the option and the head, between commas and slashes. */
static bool is_listed(const struct place *place, const char *name)
{
	const char *at = place->word + place->completion->head, *end = place->word + place->head;
	while (at < end) {
		size_t length = strcspn(at, ",/");
		if (strlen(name) == length && strncmp(at, name, length) == 0)
			return true;
		at += length + 1;
	}
	return false;
}

static void add_to_list(void *context, const char *name)
{
	if (!is_listed(context, name))
		add_found(context, name);
}

/* "~/x", which a shell hands on as it is typed, as what it will be. */
static char *expand_home(const char *path)
{
	const char *home = getenv("HOME");
	return path[0] == '~' && path[1] == '/' && home ? allocate_print("%s%s", home, path + 1)
							: allocate_text(path, strlen(path));
}

static void add_from_store(struct place *place, enum meaning meaning)
{
	const char *given = arguments_value(place->arguments, "config");
	char *config = given ? expand_home(given) : NULL;
	switch (meaning) {
	case MEANS_NODE:
		place->source->nodes(config, add_found, place);
		break;
	case MEANS_NODES:
	case MEANS_ENDS:
	case MEANS_GROUPS:
		place->source->nodes(config, add_to_list, place);
		break;
	case MEANS_SNAPSHOT:
	case MEANS_MOMENT:
		place->source->snapshots(config, add_found, place);
		break;
	case MEANS_NAME:
	case MEANS_VERSION:
		place->source->names(config, place->word + place->head, add_found, place);
		break;
	default:
		break;
	}
	free(config);
}

/* Behind the last '@' of the word a snapshot may stand, too. */
static void add_moments(struct place *place)
{
	const char *at = strrchr(place->word + place->head, '@');
	if (!at)
		return;
	place->head = (size_t)(at + 1 - place->word);
	add_from_store(place, MEANS_SNAPSHOT);
}

/* ---- commands ---- */

/* The first words of commands, or the second ones of the group `first`. */
static void add_commands(struct place *place, const char *first)
{
	size_t length = first ? strlen(first) : 0;
	for (size_t i = 0; i < command_count; i++) {
		const char *name = commands[i].name, *blank = strchr(name, ' ');
		if (first) {
			if (strncmp(name, first, length) == 0 && name[length] == ' ')
				add(place, name + length + 1, "", commands[i].summary);
		} else if (blank) {
			char *group = allocate_text(name, (size_t)(blank - name));
			add(place, group, "", "has commands of its own");
			free(group);
		} else {
			add(place, name, "", commands[i].summary);
		}
	}
}

static void add_explained(struct place *place)
{
	const struct arguments *arguments = place->arguments;
	if (arguments->operand_count == 0)
		add_commands(place, NULL);
	else if (arguments->operand_count == 1 && command_is_group(arguments->operands[0]))
		add_commands(place, arguments->operands[0]);
}

/* ---- values and options ---- */

/* What begins at the head stands for `meaning`. */
static void add_value(struct place *place, enum meaning meaning)
{
	static const enum complete_files files[MEANINGS] = {
		[MEANS_PATH] = COMPLETE_FILES,
		[MEANS_FOLDER] = COMPLETE_FOLDERS,
		[MEANS_CONFIG] = COMPLETE_YAML,
		[MEANS_SCENARIO] = COMPLETE_YAML,
	};
	const char *choice;
	place->completion->files = files[meaning];
	place->completion->head = place->head;
	if (meaning_is_list(meaning)) {
		const char *separators = meaning == MEANS_GROUPS ? ",/" : ",";
		for (const char *at = place->word + place->head; *at; at++) {
			if (strchr(separators, *at))
				place->head = (size_t)(at + 1 - place->word);
		}
	}
	for (size_t i = 0; (choice = meaning_choice(meaning, i)) != NULL; i++)
		if (!is_listed(place, choice))
			add(place, choice, meaning == MEANS_SETTING ? "=" : "", "");
	if (meaning == MEANS_COMMAND)
		add_explained(place);
	add_from_store(place, meaning);
	if (meaning == MEANS_VERSION)
		add_moments(place);
}

static void add_options(struct place *place)
{
	const struct option *option;
	for (size_t i = 0; (option = arguments_option(place->arguments, i)) != NULL; i++) {
		if (arguments_has(place->arguments, option->name) && !option->repeatable)
			continue;
		char *word = allocate_print("--%s", option->name);
		add(place, word, "", option->help);
		free(word);
	}
}

/* "-o", "-lq", "-oPATH". */
static void complete_letters(struct place *place)
{
	for (const char *at = place->word + 1; *at; at++) {
		const struct option *option = arguments_find_letter(place->arguments, *at);
		if (!option)
			return;
		if (option->value && at[1]) {
			place->head = (size_t)(at + 1 - place->word);
			add_value(place, option->meaning);
			return;
		}
	}
	add(place, place->word, "", "");
}

static void complete_option(struct place *place)
{
	const char *word = place->word, *equals = strchr(word, '=');
	if (word[1] != '-' && word[1] != '\0') {
		complete_letters(place);
	} else if (!equals) {
		add_options(place);
	} else {
		const struct option *option =
			arguments_find_name(place->arguments, word + 2, (size_t)(equals - word) - 2);
		place->head = (size_t)(equals + 1 - word);
		if (option && option->value)
			add_value(place, option->meaning);
	}
}

/* ---- the line ---- */

/* What was typed so far, and where the last word stands in it. */
struct line {
	struct arguments arguments;
	const char *group;
	const struct command *command;
};

/* False where the words before the last one make no sense, so that nothing can follow. */
static bool parse(struct line *line)
{
	struct error error;
	struct arguments *arguments = &line->arguments;
	const char *first = NULL, *second = NULL;
	arguments_add_table(arguments, global_options);
	if (arguments_word(arguments, &first, &error) < 0)
		return arguments->awaiting != NULL;
	if (!first)
		return true;
	if (command_is_group(first)) {
		line->group = first;
		if (arguments_word(arguments, &second, &error) < 0)
			return arguments->awaiting != NULL;
		if (!second)
			return true;
	}
	line->command = command_find(first, second, &error);
	if (!line->command)
		return false;
	arguments_add_table(arguments, line->command->options);
	return arguments_rest(arguments, &error) == 0 || arguments->awaiting;
}

static void complete_place(const struct line *line, struct place *place)
{
	const struct arguments *arguments = &line->arguments;
	if (arguments->awaiting)
		add_value(place, arguments->awaiting->meaning);
	else if (place->word[0] == '-' && !arguments->options_ended)
		complete_option(place);
	else if (!line->command)
		add_commands(place, line->group);
	else
		add_value(place, command_operand_meaning(line->command, arguments->operand_count));
}

void complete(const char *const *words, size_t count, const struct complete_source *source,
	struct completion *completion)
{
	*completion = (struct completion){0};
	struct line line = {0};
	size_t before = count ? count - 1 : 0;
	arguments_init(&line.arguments, words, before);
	struct place place = {
		.word = count ? words[before] : "",
		.arguments = &line.arguments,
		.source = source,
		.completion = completion,
	};
	if (parse(&line))
		complete_place(&line, &place);
	arguments_release(&line.arguments);
}

void completion_release(struct completion *completion)
{
	for (size_t i = 0; i < completion->count; i++)
		free(completion->candidates[i].word);
	free(completion->candidates);
	*completion = (struct completion){0};
}
