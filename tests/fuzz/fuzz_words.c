/*
 * fuzz_words.c: a command line as words: what is split can be joined and split again into the same, and completion
 * finds a place within the line.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/console_words.h"
#include "tests/fuzz/fuzz.h"
#include "tui/words.h"

static void check_same(const struct words *words, const struct words *again)
{
	FUZZ_CHECK(words->count == again->count && !again->open);
	for (size_t i = 0; i < words->count; i++)
		FUZZ_CHECK_WITH(strcmp(words->words[i], again->words[i]) == 0, again->words[i]);
	FUZZ_CHECK(!words->words[words->count] && !again->words[again->count]);
}

static void check_join(const struct words *words)
{
	struct words again;
	char *line = words_join((const char *const *)words->words, words->count);
	FUZZ_CHECK(line && words_split(line, &again));
	check_same(words, &again);
	words_free(&again);
	free(line);
}

static void check_quote(const char *word)
{
	struct words again;
	char *quoted = words_quote(word);
	FUZZ_CHECK(quoted && words_split(quoted, &again));
	FUZZ_CHECK(again.count == 1 && !again.open && strcmp(again.words[0], word) == 0);
	words_free(&again);
	free(quoted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	size_t cursor = (size_t)fuzz_take_number(&input, 2);
	char *line = fuzz_take_text(&input, SIZE_MAX);
	static struct word_command *commands;
	if (!commands)
		commands = console_words_make();
	FUZZ_CHECK(commands);
	struct words words;
	if (words_split(line, &words)) {
		FUZZ_CHECK(words.count <= WORDS_LIMIT);
		check_join(&words);
		const struct word_command *command = words_command(commands, &words);
		if (command)
			words_endless(command, &words);
		if (words.count > 0)
			words_group(commands, words.words[0]);
		words_free(&words);
	}
	check_quote(line);
	struct word_place place;
	cursor %= strlen(line) + 1;
	if (words_locate(commands, line, cursor, &place)) {
		FUZZ_CHECK(place.word && place.begin <= cursor);
		free(place.word);
	}
	free(line);
	return 0;
}
