/*
 * commands.c: the table of commands, in the order in which help lists them.
 */
#include "cli/command.h"

const struct option global_options[] = {
	{.letter = 'c', .name = "config", .value = "CONFIG", .help = "use this config.yaml"},
	{.name = "json", .help = "print JSON, also for errors"},
	{.letter = 'q', .name = "quiet", .help = "no progress and no information; errors and data stay"},
	{.letter = 'h', .name = "help", .help = "explain the command and exit"},
	{.name = "version", .help = "print the version and exit"},
	{0},
};

static const struct option new_options[] = {
	{.name = "nodes", .value = "N", .help = "make node-1 to node-N in DIR, in zones a, b, c in turn (3)"},
	{.name = "node",
		.value = "PATH[,name=X][,zone=Z][,capacity=SIZE]",
		.help = "use this folder as a node; may be repeated",
		.repeatable = true},
	{.name = "rf",
		.value = "N",
		.help = "copies of each file, 1 to 16 (3, or the number of nodes if smaller)"},
	{.name = "chunk-size", .value = "SIZE", .help = "64KiB to 64MiB (4MiB)"},
	{.name = "rehearsal", .help = "a store for experiments, where faults may destroy data"},
	{0},
};

static const struct option put_options[] = {
	{.letter = 'r', .name = "rf", .value = "RF", .help = "copies, 1 to 16 (what the config says)"},
	{.letter = 'n',
		.name = "name",
		.value = "NAME",
		.help = "store under this name (the base name of PATH)"},
	{0},
};

static const struct option get_options[] = {
	{.letter = 'o', .name = "output", .value = "PATH", .help = "write here; '-' is standard output"},
	{.name = "prefix", .value = "P", .help = "fetch everything under P into the folder of -o; '' is all"},
	{0},
};

static const struct option ls_options[] = {
	{.letter = 'l',
		.name = "long",
		.help = "also permissions, replication factor, version, size, time, link target"},
	{.letter = '0', .name = "null", .help = "end each entry with a NUL byte instead of a newline"},
	{0},
};

static const struct option node_add_options[] = {
	{.name = "path",
		.value = "PATH",
		.help = "the node's folder; without it, NAME must be in the config"},
	{.name = "zone", .value = "Z", .help = "what it is likely to fail together with"},
	{.name = "capacity", .value = "SIZE", .help = "how much it may hold (its whole file system)"},
	{0},
};

static const struct option events_options[] = {
	{.letter = 'n', .name = "number", .value = "N", .help = "how many of the newest; 0 is all (20)"},
	{0},
};

static const struct option console_options[] = {
	{.name = "read-only", .help = "look, but change nothing"},
	{.name = "theme", .value = "T", .help = "colours (what the config says)"},
	{0},
};

const struct command commands[] = {
	{
		.name = "new",
		.synopsis = "DIR [--nodes N | --node PATH[,name=X][,zone=Z][,capacity=SIZE] ...]\n"
			    "[--rf N] [--chunk-size SIZE] [--rehearsal]",
		.summary = "make a store and its config",
		.description =
			"Writes DIR/config.yaml and makes the store and its nodes. A DIR that has a\n"
			"config.yaml already is refused.\n"
			"\n"
			"A relative PATH is taken from the current folder. In PATH, '\\,' stands for a\n"
			"comma and '\\\\' for a backslash.\n",
		.operand = "DIR",
		.operands_min = 1,
		.operands_max = 1,
		.options = new_options,
		.run = command_new,
	},
	{
		.name = "init",
		.synopsis = "",
		.summary = "make the store that the config describes",
		.description =
			"Makes the catalog, and the identity and folders of each node that the catalog\n"
			"does not know yet. Safe to repeat. Refuses a node of another store.\n",
		.run = command_init,
	},
	{
		.name = "put",
		.synopsis = "[-r RF] [-n NAME] PATH...",
		.summary = "store files and folders",
		.description =
			"Stores files, symbolic links and folders (recursively), each under its base name\n"
			"or NAME. A PATH of '-' is standard input and needs -n. Other kinds of files are\n"
			"skipped with a warning.\n"
			"\n"
			"What is reported as stored is durable. When some entries cannot be stored, the\n"
			"others are stored all the same, and the exit status is 1. With --json, one object\n"
			"for each entry is printed as soon as it is durable, one a line.\n",
		.operand = "PATH",
		.operands_min = 1,
		.operands_max = OPERANDS_ANY,
		.options = put_options,
		.run = command_put,
	},
	{
		.name = "get",
		.synopsis = "NAME[@VERSION] [-o PATH] | --prefix P -o DIR",
		.summary = "fetch a file, or a folder",
		.description =
			"Fetches NAME to PATH, or to its base name in the current folder. Every byte is\n"
			"verified before it is written; a file appears only when it is whole.\n"
			"\n"
			"With --prefix, DIR becomes what the folder P was when it was put.\n",
		.operand = "NAME",
		.operands_min = 0,
		.operands_max = 1,
		.options = get_options,
		.run = command_get,
	},
	{
		.name = "ls",
		.synopsis = "[PREFIX] [-l] [-0]",
		.summary = "list names",
		.description =
			"Lists PREFIX and what lies under it, or everything, in byte order. A folder with\n"
			"nothing in it ends in '/'. Names are escaped on a terminal and exact elsewhere.\n",
		.operand = "PREFIX",
		.operands_min = 0,
		.operands_max = 1,
		.options = ls_options,
		.run = command_ls,
	},
	{
		.name = "stat",
		.synopsis = "NAME[@VERSION]",
		.summary = "show a file's chunks and where each copy is",
		.description =
			"Shows what is known of NAME, each of its chunks, and the nodes that hold it.\n",
		.operand = "NAME",
		.operands_min = 1,
		.operands_max = 1,
		.run = command_stat,
	},
	{
		.name = "rm",
		.synopsis = "NAME...",
		.summary = "remove names",
		.description =
			"Removes each NAME, or everything under it when it ends in '/'. Versions stay in\n"
			"the history.\n",
		.operand = "NAME",
		.operands_min = 1,
		.operands_max = OPERANDS_ANY,
		.run = command_rm,
	},
	{
		.name = "set-rf",
		.synopsis = "N NAME|PREFIX/ ...",
		.summary = "change how many copies files have",
		.description =
			"Sets the replication factor of each NAME, or of everything under PREFIX/, to N,\n"
			"1 to 16.\n",
		.operand = "NAME",
		.operands_min = 2,
		.operands_max = OPERANDS_ANY,
		.run = command_set_rf,
	},
	{
		.name = "node list",
		.synopsis = "",
		.summary = "list the nodes",
		.description =
			"Lists the nodes with their state, how full they are, and how fast they answer.\n",
		.run = command_node_list,
	},
	{
		.name = "node add",
		.synopsis = "NAME [--path PATH] [--zone Z] [--capacity SIZE]",
		.summary = "add a node",
		.description =
			"Adds the node NAME of the config to the store. With --path, writes an entry for it\n"
			"into the config first. A relative PATH is taken from the current folder.\n",
		.operand = "NAME",
		.operands_min = 1,
		.operands_max = 1,
		.options = node_add_options,
		.run = command_node_add,
	},
	{
		.name = "node fail",
		.synopsis = "NAME",
		.summary = "take a node out of service",
		.description =
			"Treats the node as if it did not answer, until it is recovered. Nothing on it is\n"
			"touched.\n",
		.operand = "NAME",
		.operands_min = 1,
		.operands_max = 1,
		.run = command_node_fail,
	},
	{
		.name = "node recover",
		.synopsis = "NAME",
		.summary = "put a failed node back into service",
		.description = "Undoes 'node fail'.\n",
		.operand = "NAME",
		.operands_min = 1,
		.operands_max = 1,
		.run = command_node_recover,
	},
	{
		.name = "status",
		.synopsis = "",
		.summary = "tell how the store is, and why",
		.description =
			"Shows the health and its reasons, the nodes, what is stored, and repair.\n"
			"\n"
			"The exit status is 0 for HEALTHY, 1 for DEGRADED, 2 for CRITICAL, and 3 when that\n"
			"cannot be told.\n",
		.monitoring = true,
		.run = command_status,
	},
	{
		.name = "events",
		.synopsis = "[-n N]",
		.summary = "show what happened",
		.description = "Shows the newest N events, oldest first.\n",
		.options = events_options,
		.run = command_events,
	},
	{
		.name = "console",
		.synopsis = "[--read-only] [--theme T]",
		.summary = "watch and steer the store on the terminal",
		.description =
			"Opens the console. Without any command, linckia does the same on a terminal.\n",
		.options = console_options,
		.run = command_console,
	},
	{
		.name = "help",
		.synopsis = "[COMMAND]",
		.summary = "explain a command",
		.description = "Explains COMMAND as its --help does, or lists the commands.\n",
		.operand = "COMMAND",
		.operands_min = 0,
		.operands_max = 2,
		.run = command_help,
	},
};
const size_t command_count = sizeof(commands) / sizeof(*commands);
