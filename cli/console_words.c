#include "cli/console_words.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/command.h"

static enum word_kind kind_of(enum meaning meaning)
{
	static const enum word_kind kinds[MEANINGS] = {
		[MEANS_PATH] = WORD_PATH,
		[MEANS_FOLDER] = WORD_PATH,
		[MEANS_CONFIG] = WORD_PATH,
		[MEANS_SCENARIO] = WORD_PATH,
		[MEANS_NODE] = WORD_NODE,
		[MEANS_NODES] = WORD_NODE,
		[MEANS_ENDS] = WORD_END,
		[MEANS_GROUPS] = WORD_END,
		[MEANS_SNAPSHOT] = WORD_SNAPSHOT,
		[MEANS_MOMENT] = WORD_SNAPSHOT,
		[MEANS_NAME] = WORD_NAME,
		[MEANS_VERSION] = WORD_NAME,
		[MEANS_SETTING] = WORD_SETTING,
		[MEANS_PRESET] = WORD_PRESET,
	};
	return kinds[meaning];
}

static void free_options(const struct word_option *options)
{
	for (const struct word_option *option = options; option && option->name; option++)
		free((char *)option->name);
	free((void *)options);
}

/* NULL without memory. */
static struct word_option *make_options(const struct option *options)
{
	size_t count = 0;
	while (options && options[count].name)
		count++;
	struct word_option *made = calloc(count + 1, sizeof(*made));
	for (size_t i = 0; made && i < count; i++) {
		char *name;
		if (asprintf(&name, "--%s", options[i].name) < 0) {
			free_options(made);
			return NULL;
		}
		made[i] = (struct word_option){
			.name = name,
			.letter = options[i].letter,
			.takes_value = options[i].value && !options[i].optional,
			.value = kind_of(options[i].meaning),
			.endless = options[i].endless,
		};
	}
	return made;
}

struct word_command *console_words_make(void)
{
	struct word_command *words = calloc(command_count + 1, sizeof(*words));
	for (size_t i = 0; words && i < command_count; i++) {
		words[i] = (struct word_command){
			.name = commands[i].name,
			.synopsis = commands[i].synopsis,
			.summary = commands[i].summary,
			.options = make_options(commands[i].options),
			.changes = commands[i].changes,
			.hidden = commands[i].outside,
		};
		for (size_t operand = 0; operand < WORD_OPERANDS; operand++)
			words[i].operands[operand] = kind_of(command_operand_meaning(&commands[i], operand));
		if (!words[i].options) {
			console_words_free(words);
			return NULL;
		}
	}
	return words;
}

void console_words_free(struct word_command *words)
{
	for (struct word_command *word = words; word && word->name; word++)
		free_options(word->options);
	free(words);
}
