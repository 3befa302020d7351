#include <unistd.h>

#include "cli/command.h"
#include "cli/status.h"
#include "tui/console.h"

static int run(const struct invocation *invocation, struct error *error)
{
	struct store *store;
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
	const struct console_options options = {
		.theme = arguments_value(invocation->arguments, "theme"),
		.read_only = arguments_has(invocation->arguments, "read-only"),
		.mouse = true,
	};
	int result = console_run(store, &options, error);
	store_close(store);
	return result;
}

int command_console(const struct invocation *invocation)
{
	struct error error;
	return run(invocation, &error) < 0 ? command_fail(invocation, &error) : EXIT_DONE;
}
