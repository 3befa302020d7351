/*
 * help.h: the commands explained, from their table. Prints to standard output.
 */
#ifndef LINCKIA_CLI_HELP_H
#define LINCKIA_CLI_HELP_H

#include "cli/command.h"

/* All commands, or those of `group` when it is not NULL. */
void help_list(const char *group);

/* One command and its options. */
void help_command(const struct command *command);

/* What bare `linckia` says where it cannot open the console: to standard error. */
void help_usage(void);

/* `--version`. */
void help_version(void);

#endif
