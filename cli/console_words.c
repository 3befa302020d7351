#include "cli/console_words.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/command.h"

static size_t count_options(const struct option *options)
{
	size_t count = 0;
	while (options && options[count].name)
		count++;
	return count;
}

/* "--prefix" for each option, or NULL without memory. */
static char **make_options(const struct option *options)
{
	size_t count = count_options(options);
	char **made = calloc(count + 1, sizeof(*made));
	bool whole = made != NULL;
	for (size_t i = 0; whole && i < count; i++) {
		if (asprintf(&made[i], "--%s", options[i].name) < 0)
			made[i] = NULL;
		whole = made[i] != NULL;
	}
	if (whole)
		return made;
	for (size_t i = 0; made && i < count; i++)
		free(made[i]);
	free(made);
	return NULL;
}

struct word_command *console_words_make(void)
{
	struct word_command *words = calloc(command_count + 1, sizeof(*words));
	for (size_t i = 0; words && i < command_count; i++) {
		char **options = make_options(commands[i].options);
		if (!options) {
			console_words_free(words);
			return NULL;
		}
		words[i] = (struct word_command){
			.name = commands[i].name,
			.synopsis = commands[i].synopsis,
			.summary = commands[i].summary,
			.options = (const char *const *)options,
			.changes = commands[i].changes,
			.hidden = commands[i].outside,
		};
		for (size_t j = 0; options[j]; j++)
			if (commands[i].options[j].endless) {
				words[i].endless = options[j];
				words[i].endless_letter = commands[i].options[j].letter;
			}
	}
	return words;
}

void console_words_free(struct word_command *words)
{
	for (struct word_command *word = words; word && word->name; word++) {
		for (const char *const *option = word->options; *option; option++)
			free((char *)*option);
		free((void *)word->options);
	}
	free(words);
}
