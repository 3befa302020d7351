/*
 * command_help.c: explains the commands.
 */
#include "cli/command.h"
#include "cli/help.h"

int command_help(const struct invocation *invocation)
{
	const struct arguments *arguments = invocation->arguments;
	const char *first = arguments->operand_count > 0 ? arguments->operands[0] : NULL;
	const char *second = arguments->operand_count > 1 ? arguments->operands[1] : NULL;
	if (!first) {
		help_list(NULL);
		return EXIT_DONE;
	}
	if (command_is_group(first) && !second) {
		help_list(first);
		return EXIT_DONE;
	}
	struct error error;
	const struct command *command = NULL;
	if (second && !command_is_group(first))
		error_set(&error, ERROR_USAGE, "help explains one COMMAND: '%s' is too many", second);
	else
		command = command_find(first, second, &error);
	if (!command)
		return command_fail(invocation, &error);
	help_command(command);
	return EXIT_DONE;
}
