/*
 * command.c: from the command line to the command that runs, and what commands share.
 */
#include "cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/allocate.h"
#include "cli/help.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/signals.h"

enum { WORDS_MAX = 64 };

/* The length of the first of a command's two words, or 0 where it has only one. */
static size_t group_length(const struct command *command)
{
	const char *blank = strchr(command->name, ' ');
	return blank ? (size_t)(blank - command->name) : 0;
}

static bool is_of_group(const struct command *command, const char *word)
{
	size_t length = group_length(command);
	return length && strlen(word) == length && strncmp(command->name, word, length) == 0;
}

bool command_is_group(const char *word)
{
	for (size_t i = 0; i < command_count; i++) {
		if (is_of_group(&commands[i], word))
			return true;
	}
	return false;
}

/* An unknown word: `group` is the group it was looked for in, or NULL. */
static void set_unknown(const char *group, const char *word, struct error *error)
{
	char *copies[WORDS_MAX];
	const char *words[WORDS_MAX];
	size_t count = 0;
	for (size_t i = 0; i < command_count && count < WORDS_MAX; i++) {
		size_t length = group_length(&commands[i]);
		const char *name = commands[i].name;
		if (group && !is_of_group(&commands[i], group))
			continue;
		if (group)
			copies[count] = allocate_text(name + length + 1, strlen(name + length + 1));
		else
			copies[count] = allocate_text(name, length ? length : strlen(name));
		words[count] = copies[count];
		count++;
	}
	const char *near = suggest(word, words, count), *blank = group ? " " : "";
	group = group ? group : "";
	if (near)
		error_set(error, ERROR_USAGE, "unknown command '%s%s%s'; did you mean '%s%s%s'?", group,
			blank, word, group, blank, near);
	else
		error_set(error, ERROR_USAGE, "unknown command '%s%s%s'", group, blank, word);
	while (count > 0)
		free(copies[--count]);
}

static void set_incomplete(const char *group, struct error *error)
{
	char list[512] = "";
	for (size_t i = 0; i < command_count; i++) {
		if (!is_of_group(&commands[i], group))
			continue;
		size_t used = strlen(list);
		snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "",
			commands[i].name + group_length(&commands[i]) + 1);
	}
	error_set(error, ERROR_USAGE, "'%s' needs one of: %s", group, list);
}

const struct command *command_find(const char *first, const char *second, struct error *error)
{
	bool group = command_is_group(first);
	for (size_t i = 0; i < command_count; i++) {
		const struct command *command = &commands[i];
		if (group && second && is_of_group(command, first) &&
			strcmp(command->name + group_length(command) + 1, second) == 0)
			return command;
		if (!group && group_length(command) == 0 && strcmp(command->name, first) == 0)
			return command;
	}
	if (group && !second)
		set_incomplete(first, error);
	else
		set_unknown(group ? first : NULL, group ? second : first, error);
	return NULL;
}

enum meaning command_operand_meaning(const struct command *command, size_t index)
{
	const struct operands *operands = &command->operands;
	if (index >= operands->most)
		return MEANS_NOTHING;
	size_t last = index < OPERAND_MEANINGS_MAX ? index : OPERAND_MEANINGS_MAX - 1;
	while (last > 0 && operands->meanings[last] == MEANS_NOTHING)
		last--;
	return operands->meanings[last];
}

int command_fail(const struct invocation *invocation, const struct error *error)
{
	message_error(error);
	if (invocation->command && invocation->command->monitoring)
		return EXIT_UNKNOWN;
	return error->code == ERROR_USAGE || error->code == ERROR_CONFIG ? EXIT_USAGE : EXIT_FAILED;
}

int command_open(const struct invocation *invocation, struct store **store, struct error *error)
{
	char *config = NULL;
	if (store_find_config(invocation->config, &config, error) < 0)
		return -1;
	int result = store_open(config, store, error);
	free(config);
	return result;
}

int command_absolute_path(const char *path, char **absolute, struct error *error)
{
	if (path[0] == '/') {
		*absolute = allocate_text(path, strlen(path));
		return 0;
	}
	char *folder = getcwd(NULL, 0);
	if (!folder)
		return error_set_errno(error, errno, "cannot tell the current folder");
	while (path[0] == '.' && path[1] == '/') {
		path += 2;
		path += strspn(path, "/");
	}
	bool here = *path == '\0' || strcmp(path, ".") == 0;
	bool root = strcmp(folder, "/") == 0;
	*absolute = here ? allocate_print("%s", folder) : allocate_print("%s/%s", root ? "" : folder, path);
	free(folder);
	return 0;
}

char *command_folder_name(const char *name)
{
	size_t length = strlen(name);
	return allocate_text(name, length > 1 && name[length - 1] == '/' ? length - 1 : length);
}

char *command_count_text(char *out, size_t size, uint64_t count, const char *one, const char *many)
{
	snprintf(out, size, "%llu %s", (unsigned long long)count, count == 1 ? one : many);
	return out;
}

static int check_operands(
	const struct command *command, const struct arguments *arguments, struct error *error)
{
	const struct operands *operands = &command->operands;
	size_t count = arguments->operand_count;
	if (count < operands->least) {
		size_t length = strcspn(command->synopsis, "\n");
		if (operands->least == 1)
			return error_set(
				error, ERROR_USAGE, "%s needs a %s", command->name, operands->called);
		return error_set(
			error, ERROR_USAGE, "%s needs: %.*s", command->name, (int)length, command->synopsis);
	}
	if (count > operands->most) {
		const char *extra = arguments->operands[operands->most];
		if (!operands->called)
			return error_set(error, ERROR_USAGE, "%s takes no argument: '%s' is too many",
				command->name, extra);
		return error_set(error, ERROR_USAGE, "%s takes one %s: '%s' is too many", command->name,
			operands->called, extra);
	}
	return 0;
}

/* Takes the words of the command and all that follows; `group` is set where help on a group is wanted. */
static int parse(
	struct arguments *arguments, const struct command **command, const char **group, struct error *error)
{
	const char *first, *second = NULL;
	*command = NULL;
	*group = NULL;
	arguments_add_table(arguments, global_options);
	if (arguments_word(arguments, &first, error) < 0)
		return -1;
	if (!first)
		return 0;
	if (command_is_group(first)) {
		if (arguments_word(arguments, &second, error) < 0)
			return -1;
		*group = first;
		if (!second && arguments_has(arguments, "help"))
			return 0;
	}
	*command = command_find(first, second, error);
	if (!*command)
		return -1;
	if ((*command)->options)
		arguments_add_table(arguments, (*command)->options);
	return arguments_rest(arguments, error);
}

/* Whether --json stands anywhere before `--`: a mistake elsewhere must still be told in JSON. */
static bool wants_json(const char *const *words, size_t count)
{
	for (size_t i = 0; i < count && strcmp(words[i], "--") != 0; i++) {
		if (strcmp(words[i], "--json") == 0)
			return true;
	}
	return false;
}

static int run_bare(struct invocation *invocation)
{
	if (invocation->json) {
		struct error error;
		error_set(&error, ERROR_USAGE, "no command was given");
		return command_fail(invocation, &error);
	}
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		help_usage();
		return EXIT_USAGE;
	}
	/* The console looks for options of its own, so it gets its own table. */
	struct error error;
	struct arguments none;
	arguments_init(&none, NULL, 0);
	invocation->command = command_find("console", NULL, &error);
	arguments_add_table(&none, global_options);
	arguments_add_table(&none, invocation->command->options);
	invocation->arguments = &none;
	int status = invocation->command->run(invocation);
	arguments_release(&none);
	return status;
}

static int run(struct invocation *invocation, struct arguments *arguments)
{
	struct error error;
	const char *group;
	int result = parse(arguments, &invocation->command, &group, &error);
	invocation->arguments = arguments;
	if (result == 0) {
		invocation->config = arguments_value(arguments, "config");
		invocation->json = arguments_has(arguments, "json");
		invocation->quiet = arguments_has(arguments, "quiet");
		output_start(invocation->json);
		message_start(invocation->json, invocation->quiet);
		if (arguments_has(arguments, "version")) {
			help_version();
			return EXIT_DONE;
		}
		if (arguments_has(arguments, "help")) {
			if (invocation->command)
				help_command(invocation->command);
			else
				help_list(group);
			return EXIT_DONE;
		}
		if (!invocation->command)
			return run_bare(invocation);
		result = check_operands(invocation->command, arguments, &error);
	}
	if (result < 0) {
		int status = command_fail(invocation, &error);
		message_hint(invocation->command ? invocation->command->name : group);
		return status;
	}
	return invocation->command->run(invocation);
}

int command_main(int argc, char **argv)
{
	const char *const *words = (const char *const *)argv + (argc > 0);
	size_t count = argc > 0 ? (size_t)argc - 1 : 0;
	progress_adopt_feed();
	output_guard();
	signals_ignore_pipe();
	json_start();
	struct invocation invocation = {.json = wants_json(words, count)};
	output_start(invocation.json);
	message_start(invocation.json, false);
	if (!signals_follow_parent()) {
		struct error error;
		error_set(&error, ERROR_CANCELLED, "nothing was done: the program that asked for it is gone");
		return command_fail(&invocation, &error);
	}
	struct arguments arguments;
	arguments_init(&arguments, words, count);
	int status = run(&invocation, &arguments);
	arguments_release(&arguments);
	if (output_finish() < 0 && status < EXIT_FAILED)
		status = invocation.command && invocation.command->monitoring ? EXIT_UNKNOWN : EXIT_FAILED;
	return status;
}
