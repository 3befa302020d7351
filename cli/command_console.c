#include <stdlib.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/console_words.h"
#include "cli/status.h"
#include "tui/console.h"

static int run_on(
	struct store *store, const struct invocation *invocation, const char *config, struct error *error)
{
	struct word_command *words = console_words_make();
	if (!words)
		return error_set(error, ERROR_MEMORY, "out of memory");
	const struct console_options options = {
		.theme = arguments_value(invocation->arguments, "theme"),
		.read_only = arguments_has(invocation->arguments, "read-only"),
		.config = config,
		.commands = words,
	};
	int result = console_show_store(store, &options, error);
	console_words_free(words);
	return result;
}

static int run(const struct invocation *invocation, struct error *error)
{
	struct store *store;
	char *config = NULL, *absolute = NULL;
	if (invocation->json)
		return error_set(
			error, ERROR_USAGE, "the console prints no JSON; 'linckia status --json' does");
	if (arguments_has(invocation->arguments, "once"))
		return status_show(invocation, NULL, error);
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return error_set(error, ERROR_USAGE,
			"the console needs a terminal; 'linckia console --once' and 'linckia status' do not");
	if (command_open(invocation, &store, error) < 0)
		return -1;
	int result = store_find_config(invocation->config, &config, error);
	if (result == 0)
		result = command_absolute_path(config, &absolute, error);
	if (result == 0)
		result = run_on(store, invocation, absolute, error);
	free(absolute);
	free(config);
	store_close(store);
	return result;
}

int command_console(const struct invocation *invocation)
{
	struct error error;
	return run(invocation, &error) < 0 ? command_fail(invocation, &error) : EXIT_DONE;
}
