/*
 * command_console.c: the console of a store, or of the store of a scenario that is played meanwhile.
 */
#include <stdlib.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/console_words.h"
#include "cli/rehearse.h"
#include "cli/status.h"
#include "cli/verdict.h"
#include "tui/console.h"

static int run_on(struct store *store, const struct invocation *invocation, const char *config,
	struct rehearsal *rehearsal, struct error *error)
{
	struct word_command *words = console_words_make();
	if (!words)
		return error_set(error, ERROR_MEMORY, "out of memory");
	const struct console_options options = {
		.theme = arguments_value(invocation->arguments, "theme"),
		.read_only = arguments_has(invocation->arguments, "read-only"),
		.rehearsal = rehearsal,
		.config = config,
		.commands = words,
	};
	int result = console_show_store(store, &options, error);
	console_words_free(words);
	return result;
}

/* What the screen showed last goes with it, so the verdict is printed too, if it came to one. */
static int tell_verdict(struct rehearsal *rehearsal, struct error *error)
{
	struct rehearsal_status status;
	rehearsal_get_status(rehearsal, &status);
	if (status.state != REHEARSAL_DONE)
		return 0;
	verdict_print(rehearsal_verdict(rehearsal));
	return status.passed ? 0 : error_set(error, ERROR_CHANGED, "the scenario did not pass");
}

/* On the store of a scenario that is played meanwhile. */
static int run_rehearsal(const struct invocation *invocation, const char *scenario, struct error *error)
{
	struct rehearse *rehearse;
	struct store *store;
	const char *folder = arguments_value(invocation->arguments, "store");
	if (rehearse_start(scenario, folder, &rehearse, error) < 0)
		return -1;
	struct rehearsal *rehearsal = rehearse_of(rehearse);
	int result = rehearsal_open_store(rehearsal, &store, error);
	if (result == 0) {
		result = run_on(store, invocation, rehearsal_config(rehearsal), rehearsal, error);
		store_close(store);
	}
	if (result == 0)
		result = tell_verdict(rehearsal, error);
	rehearse_stop(rehearse);
	return result;
}

static int run(const struct invocation *invocation, struct error *error)
{
	struct store *store;
	char *config = NULL, *absolute = NULL;
	const char *scenario = arguments_value(invocation->arguments, "run");
	if (invocation->json)
		return error_set(
			error, ERROR_USAGE, "the console prints no JSON; 'linckia status --json' does");
	if (arguments_has(invocation->arguments, "once"))
		return status_show(invocation, NULL, error);
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return error_set(error, ERROR_USAGE,
			"the console needs a terminal; 'linckia console --once' and 'linckia status' do not");
	if (scenario)
		return run_rehearsal(invocation, scenario, error);
	if (arguments_has(invocation->arguments, "store"))
		return error_set(error, ERROR_USAGE,
			"--store is for the store of a scenario, with --run; -c tells which store to show");
	if (command_open(invocation, &store, error) < 0)
		return -1;
	int result = store_find_config(invocation->config, &config, error);
	if (result == 0)
		result = command_absolute_path(config, &absolute, error);
	if (result == 0)
		result = run_on(store, invocation, absolute, NULL, error);
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
