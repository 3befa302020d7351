/*
 * command_completion.c: the scripts for shells, and what they ask.
 *
 * The first line of an answer says which files the shell is to look at, how many bytes of the word stand before the
 * path, and the last word as it was typed; each further line is a word that may stand there, a tab, and what it is.
 * "part" in place of files tells that the one word is not whole.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/allocate.h"
#include "cli/command.h"
#include "cli/complete.h"
#include "cli/completion_scripts.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/shell_line.h"

/* A node's disk that hangs must not keep the line from being typed. */
enum { PATIENCE_SECONDS = 3 };

static void print_first(const char *files, size_t head, const char *typed)
{
	output_print("%s %zu ", files, head);
	output_name(typed);
	output_byte('\n');
}

static void print_word(const char *word, const char *about)
{
	output_name(word);
	output_print("\t%s\n", about);
}

static const char *files_word(const struct completion *completion)
{
	static const char *const words[] = {
		[COMPLETE_NO_FILES] = "none",
		[COMPLETE_FILES] = "files",
		[COMPLETE_FOLDERS] = "folders",
		[COMPLETE_YAML] = "yaml",
	};
	return words[completion->files];
}

/* How many bytes all the texts have in common. */
static size_t common_length(char *const *texts, size_t count)
{
	size_t length = strlen(texts[0]);
	for (size_t i = 1; i < count; i++) {
		size_t same = 0;
		while (same < length && texts[i][same] == texts[0][same])
			same++;
		length = same;
	}
	return length;
}

/*
 * bash puts what all the words have in common on the line, as they are written. Where they go on with different
 * characters that are both written with a backslash, it would leave half of one: then it gets just what is common, or
 * an empty word, with which nothing is.
 */
static void print_for_line(const struct completion *completion, const struct shell_line *line)
{
	size_t count = completion->count;
	char **plain = allocate(count, sizeof(*plain)), **written = allocate(count, sizeof(*written));
	for (size_t i = 0; i < count; i++) {
		plain[i] = completion->candidates[i].word;
		written[i] = shell_line_complete(line, plain[i]);
	}
	char *common = count ? allocate_text(plain[0], common_length(plain, count)) : NULL;
	char *whole = count ? shell_line_complete(line, common) : NULL;
	bool cut = count > 1 && common_length(written, count) != strlen(whole);
	bool further = cut && strlen(common) > strlen(line->words[line->count - 1]);
	print_first(further ? "part" : files_word(completion), completion->head, line->raw);
	if (further)
		print_word(whole, "");
	for (size_t i = 0; i < count && !further; i++)
		print_word(written[i], completion->candidates[i].about);
	if (cut && !further)
		print_word("", "");
	for (size_t i = 0; i < count; i++)
		free(written[i]);
	free(written);
	free(plain);
	free(common);
	free(whole);
}

static int answer_words(const struct arguments *arguments)
{
	struct completion completion;
	size_t count = arguments->operand_count;
	complete(arguments->operands, count, &complete_store, &completion);
	print_first(files_word(&completion), completion.head, count ? arguments->operands[count - 1] : "");
	for (size_t i = 0; i < completion.count; i++)
		print_word(completion.candidates[i].word, completion.candidates[i].about);
	completion_release(&completion);
	return EXIT_DONE;
}

/* How many words stand before the first one behind the program's name: that, and what is assigned for it. */
static size_t count_before(const struct shell_line *line)
{
	size_t before = 0;
	while (before < line->count && strchr(line->words[before], '='))
		before++;
	return before + 1;
}

static int answer_line(const char *text)
{
	struct shell_line line;
	struct completion completion;
	shell_line_split(text, &line);
	size_t before = count_before(&line);
	if (before < line.count && !line.active && !strchr(line.raw, '\n')) {
		const char *const *words = (const char *const *)line.words;
		complete(words + before, line.count - before, &complete_store, &completion);
		print_for_line(&completion, &line);
		completion_release(&completion);
	}
	shell_line_release(&line);
	return EXIT_DONE;
}

static int print_script(const struct invocation *invocation, struct error *error)
{
	static const char *const scripts[] = {completion_bash, completion_zsh, completion_fish};
	const struct arguments *arguments = invocation->arguments;
	if (arguments->operand_count != 1)
		return error_set(error, ERROR_USAGE, "completion needs one SHELL: bash, zsh or fish");
	const char *name = arguments->operands[0], *shell;
	for (size_t i = 0; (shell = meaning_choice(MEANS_SHELL, i)) != NULL; i++) {
		if (strcmp(shell, name) != 0)
			continue;
		if (invocation->json) {
			cJSON *object = cJSON_CreateObject();
			json_add_text(object, "shell", shell);
			json_add_text(object, "script", scripts[i]);
			output_document(object);
		} else {
			output_print("%s", scripts[i]);
		}
		return 0;
	}
	return error_set(
		error, ERROR_USAGE, "no completion for '%s'; there is one for bash, zsh and fish", name);
}

int command_completion(const struct invocation *invocation)
{
	struct error error;
	const struct arguments *arguments = invocation->arguments;
	const char *line = arguments_value(arguments, "for-line");
	bool words = arguments_has(arguments, "for-words");
	int result = 0;
	if ((line || words) && invocation->json)
		result = error_set(&error, ERROR_USAGE, "--json is for the script of a SHELL");
	else if (line && (words || arguments->operand_count))
		result = error_set(
			&error, ERROR_USAGE, "--for-line takes the whole line, and nothing stands beside it");
	else if (!line && !words)
		result = print_script(invocation, &error);
	if (result < 0)
		return command_fail(invocation, &error);
	if (!line && !words)
		return EXIT_DONE;
	alarm(PATIENCE_SECONDS);
	return line ? answer_line(line) : answer_words(arguments);
}
