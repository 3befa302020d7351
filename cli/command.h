/*
 * command.h: what a command is.
 *
 * One table, commands.c, holds them all; parsing, `--help` and the list of commands read nothing else,
 * so that they cannot disagree. A command of two words ("node list") belongs to the group of the first.
 *
 * Exit status: 0 done, 1 failed, 2 wrong usage or configuration. A command that answers a monitoring
 * system gives the status of what it watches instead, and 3 when it cannot tell.
 */
#ifndef LINCKIA_CLI_COMMAND_H
#define LINCKIA_CLI_COMMAND_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/arguments.h"
#include "engine/engine.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_UNKNOWN = 3 };

/* What a command is run with. */
struct invocation {
	const struct command *command;
	const struct arguments *arguments;
	const char *config; /* of -c, or NULL */
	bool json;
	bool quiet;
};

#define OPERANDS_ANY UINT_MAX

enum { OPERAND_MEANINGS_MAX = 3 };

struct operands {
	const char *called; /* what messages call one; NULL: the command takes none */
	unsigned least, most;
	/* Of the first, the second …; the last one is that of all others. */
	enum meaning meanings[OPERAND_MEANINGS_MAX];
};

struct command {
	const char *name;
	const char *synopsis;    /* what follows the name */
	const char *summary;     /* one line for the list of commands */
	const char *description; /* for --help: paragraphs, each line at most 82 columns */
	struct operands operands;
	bool monitoring; /* its exit status tells a health */
	bool changes;    /* the store, or files */
	bool outside;    /* makes no sense within the console: it makes a store, or goes on by itself */
	const struct option *options;                    /* NULL: none of its own */
	int (*run)(const struct invocation *invocation); /* returns the exit status */
};

extern const struct command commands[];
extern const size_t command_count;

/* The options that every command takes. */
extern const struct option global_options[];

/* Whether `word` is the first word of commands that have two. */
bool command_is_group(const char *word);

/* The command called `first`, or `first second` where that is a group. NULL after an ERROR_USAGE. */
const struct command *command_find(const char *first, const char *second, struct error *error);

/* What stands in the place `index` of the command's operands, from 0; MEANS_NOTHING where it takes none. */
enum meaning command_operand_meaning(const struct command *command, size_t index);

/* Tells the user and returns the exit status that fits. */
int command_fail(const struct invocation *invocation, const struct error *error);

/* Finds the config and opens its store. */
MUST_CHECK int command_open(const struct invocation *invocation, struct store **store, struct error *error);

/* `path` as seen from any folder: behind the current folder where it is relative. The caller frees it. */
MUST_CHECK int command_absolute_path(const char *path, char **absolute, struct error *error);

/*
 * `name` without a closing '/': where a folder is meant, both spellings are welcome. The caller frees it.
 */
char *command_folder_name(const char *name);

/* Runs the command that `argv` asks for and returns the exit status. */
int command_main(int argc, char **argv);

/* "1 file", "2 files". Returns `out`. */
char *command_count_text(char *out, size_t size, uint64_t count, const char *one, const char *many);

int command_completion(const struct invocation *invocation);
int command_console(const struct invocation *invocation);
int command_daemon(const struct invocation *invocation);
int command_events(const struct invocation *invocation);
int command_gc(const struct invocation *invocation);
int command_get(const struct invocation *invocation);
int command_help(const struct invocation *invocation);
int command_init(const struct invocation *invocation);
int command_ls(const struct invocation *invocation);
int command_metrics(const struct invocation *invocation);
int command_net_cut(const struct invocation *invocation);
int command_net_heal(const struct invocation *invocation);
int command_net_partition(const struct invocation *invocation);
int command_net_preset(const struct invocation *invocation);
int command_net_set(const struct invocation *invocation);
int command_net_show(const struct invocation *invocation);
int command_new(const struct invocation *invocation);
int command_node_add(const struct invocation *invocation);
int command_node_corrupt(const struct invocation *invocation);
int command_node_drain(const struct invocation *invocation);
int command_node_fail(const struct invocation *invocation);
int command_node_list(const struct invocation *invocation);
int command_node_recover(const struct invocation *invocation);
int command_node_rm(const struct invocation *invocation);
int command_node_wipe(const struct invocation *invocation);
int command_put(const struct invocation *invocation);
int command_rebalance(const struct invocation *invocation);
int command_rebuild(const struct invocation *invocation);
int command_repair(const struct invocation *invocation);
int command_restore(const struct invocation *invocation);
int command_risk(const struct invocation *invocation);
int command_rm(const struct invocation *invocation);
int command_run(const struct invocation *invocation);
int command_scrub(const struct invocation *invocation);
int command_set_rf(const struct invocation *invocation);
int command_snapshot_create(const struct invocation *invocation);
int command_snapshot_diff(const struct invocation *invocation);
int command_snapshot_list(const struct invocation *invocation);
int command_snapshot_restore(const struct invocation *invocation);
int command_snapshot_rm(const struct invocation *invocation);
int command_snapshot_show(const struct invocation *invocation);
int command_stat(const struct invocation *invocation);
int command_status(const struct invocation *invocation);
int command_versions(const struct invocation *invocation);

#endif
