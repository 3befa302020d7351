/*
 * options.c: the options of the commands. In help, what holds when one is not given stands in brackets.
 */
#include "cli/options.h"

#include "cli/command.h"

const struct option global_options[] = {
	{.letter = 'c',
		.name = "config",
		.value = "CONFIG",
		.meaning = MEANS_CONFIG,
		.help = "use this config.yaml"},
	{.name = "json", .help = "print JSON, also for errors"},
	{.letter = 'q', .name = "quiet", .help = "no progress and no information; errors and data stay"},
	{.letter = 'h', .name = "help", .help = "explain the command and exit"},
	{.name = "version", .help = "print the version and exit"},
	{0},
};

const struct option new_options[] = {
	{.name = "nodes",
		.value = "N",
		.meaning = MEANS_FREE,
		.help = "make node-1 to node-N in DIR, in zones a, b, c in turn (3)"},
	{.name = "node",
		.value = "PATH[,name=X][,zone=Z][,capacity=SIZE]",
		.meaning = MEANS_FOLDER,
		.help = "use this folder as a node; may be repeated",
		.repeatable = true},
	{.name = "rf",
		.value = "N",
		.meaning = MEANS_FREE,
		.help = "copies of each file, 1 to 16 (3, or the number of nodes if smaller)"},
	{.name = "chunk-size", .value = "SIZE", .meaning = MEANS_FREE, .help = "64KiB to 64MiB (4MiB)"},
	{.name = "rehearsal", .help = "a store for experiments, where faults may destroy data"},
	{0},
};

const struct option put_options[] = {
	{.letter = 'r',
		.name = "rf",
		.value = "RF",
		.meaning = MEANS_FREE,
		.help = "copies, 1 to 16 (what the config says)"},
	{.letter = 'n',
		.name = "name",
		.value = "NAME",
		.meaning = MEANS_NAME,
		.help = "store under this name (the base name of PATH)"},
	{0},
};

const struct option get_options[] = {
	{.letter = 'o',
		.name = "output",
		.value = "PATH",
		.meaning = MEANS_PATH,
		.help = "write here; '-' is standard output"},
	{.name = "prefix",
		.value = "P",
		.meaning = MEANS_NAME,
		.help = "fetch everything under P into the folder of -o; '' is all"},
	{.name = "at",
		.value = "SNAPSHOT",
		.meaning = MEANS_SNAPSHOT,
		.help = "as P was then; needs --prefix"},
	{0},
};

const struct option ls_options[] = {
	{.letter = 'l',
		.name = "long",
		.help = "also permissions, replication factor, version, size, time, link target"},
	{.name = "at", .value = "SNAPSHOT", .meaning = MEANS_SNAPSHOT, .help = "as it was then"},
	{.letter = '0', .name = "null", .help = "end each entry with a NUL byte instead of a newline"},
	{0},
};

const struct option node_add_options[] = {
	{.name = "path",
		.value = "PATH",
		.meaning = MEANS_FOLDER,
		.help = "the node's folder; without it, NAME must be in the config"},
	{.name = "zone",
		.value = "Z",
		.meaning = MEANS_FREE,
		.help = "what it is likely to fail together with"},
	{.name = "capacity",
		.value = "SIZE",
		.meaning = MEANS_FREE,
		.help = "how much it may hold (its whole file system)"},
	{0},
};

const struct option node_corrupt_options[] = {
	{.name = "chunks", .value = "N", .meaning = MEANS_FREE, .help = "how many chunk files (1)"},
	{0},
};

const struct option net_link_options[] = {
	{.name = "one-way", .help = "only from A to B, not back"},
	{0},
};

const struct option status_options[] = {
	{.letter = 'w',
		.name = "watch",
		.value = "SECONDS",
		.meaning = MEANS_FREE,
		.help = "show it again and again, every SECONDS (2), until a signal",
		.optional = true,
		.endless = true},
	{0},
};

const struct option metrics_options[] = {
	{.letter = 'o',
		.name = "output",
		.value = "FILE",
		.meaning = MEANS_PATH,
		.help = "write here, all at once; '-' is standard output"},
	{.letter = 'l',
		.name = "label",
		.value = "KEY=VALUE",
		.meaning = MEANS_FREE,
		.help = "say this of every number; may be repeated",
		.repeatable = true},
	{.name = "timeout",
		.value = "SECONDS",
		.meaning = MEANS_FREE,
		.help = "wait at most so long for the store (20)"},
	{0},
};

const struct option risk_options[] = {
	{.name = "if-lost",
		.value = "NODE,...",
		.meaning = MEANS_NODES,
		.help = "as if these nodes were lost too; may be repeated",
		.repeatable = true},
	{0},
};

const struct option scrub_options[] = {
	{.letter = 'b',
		.name = "bandwidth",
		.value = "SIZE",
		.meaning = MEANS_FREE,
		.help = "read at most this much a second; 0 is no limit (0)"},
	{0},
};

const struct option rebuild_options[] = {
	{.name = "force", .help = "also when the catalog is in order"},
	{0},
};

const struct option repair_options[] = {
	{.letter = 'b',
		.name = "bandwidth",
		.value = "SIZE|default",
		.meaning = MEANS_FREE,
		.help = "from now on copy at most this much a second; 0 is no limit"},
	{.name = "pause", .help = "from now on copy nothing"},
	{.name = "resume", .help = "end the pause"},
	{0},
};

const struct option gc_options[] = {
	{.letter = 'n', .name = "dry-run", .help = "only tell what would go"},
	{.name = "keep-versions",
		.value = "N",
		.meaning = MEANS_FREE,
		.help = "keep a name's newest N versions; 0: no such rule"},
	{.name = "keep-for",
		.value = "TIME",
		.meaning = MEANS_FREE,
		.help = "keep what ended less than TIME ago; 0: no such rule"},
	{0},
};

const struct option completion_options[] = {
	{.name = "for-line",
		.value = "LINE",
		.meaning = MEANS_FREE,
		.help = "what may follow at the end of a line in bash"},
	{.name = "for-words", .help = "what may stand in place of the last of the words behind '--'"},
	{0},
};

const struct option run_options[] = {
	{.name = "store",
		.value = "DIR",
		.meaning = MEANS_FOLDER,
		.help = "make the store in DIR and leave it there"},
	{0},
};

const struct option events_options[] = {
	{.letter = 'n',
		.name = "number",
		.value = "N",
		.meaning = MEANS_FREE,
		.help = "how many of the newest; 0 is all (20)"},
	{.letter = 'f',
		.name = "follow",
		.help = "go on with what happens from now on, until a signal",
		.endless = true},
	{.letter = 'l',
		.name = "long",
		.help = "also what brought it about, between which nodes, how much, how long"},
	{0},
};

const struct option console_options[] = {
	{.name = "once", .help = "print the overview once, as 'linckia status' does, and end"},
	{.name = "read-only", .help = "look, but change nothing"},
	{.name = "theme", .value = "T", .meaning = MEANS_THEME, .help = "colours (what the config says)"},
	{.name = "run",
		.value = "SCENARIO",
		.meaning = MEANS_SCENARIO,
		.help = "play a rehearsal on screen, as 'linckia run' does"},
	{.name = "store",
		.value = "DIR",
		.meaning = MEANS_FOLDER,
		.help = "with --run: make its store in DIR and leave it there"},
	{0},
};
