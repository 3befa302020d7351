/*
 * commands.c: the table of commands, in the order in which help lists them.
 */
#include "cli/command.h"
#include "cli/options.h"

const struct command commands[] = {
	{
		.name = "new",
		.synopsis = "DIR [--nodes N | --node PATH[,name=X][,zone=Z][,capacity=SIZE] ...]\n"
			    "[--rf N] [--chunk-size SIZE] [--rehearsal]",
		.summary = "make a store and its config",
		.description =
			"Writes DIR/config.yaml, or the CONFIG of -c, and makes the store and its nodes.\n"
			"A DIR that has a config.yaml already is refused.\n"
			"\n"
			"A relative PATH is taken from the current folder. In PATH, '\\,' stands for a\n"
			"comma and '\\\\' for a backslash.\n",
		.operands = {"DIR", 1, 1, {MEANS_FOLDER}},
		.options = new_options,
		.outside = true,
		.run = command_new,
	},
	{
		.name = "init",
		.synopsis = "",
		.summary = "make the store that the config describes",
		.description =
			"Makes the catalog, and the identity and folders of each node that the catalog\n"
			"does not know yet. Safe to repeat. Refuses a node of another store.\n",
		.outside = true,
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
		.operands = {"PATH", 1, OPERANDS_ANY, {MEANS_PATH}},
		.options = put_options,
		.changes = true,
		.run = command_put,
	},
	{
		.name = "get",
		.synopsis = "NAME[@VERSION|@SNAPSHOT] [-o PATH] |\n"
			    "--prefix P [--at SNAPSHOT] -o DIR",
		.summary = "fetch a file, or a folder",
		.description =
			"Fetches NAME to PATH, or to its base name in the current folder. Every byte is\n"
			"verified before it is written; a file appears only when it is whole.\n"
			"\n"
			"With --prefix, DIR becomes what the folder P was when it was put, or, with --at,\n"
			"when the snapshot was taken.\n",
		.operands = {"NAME", 0, 1, {MEANS_VERSION}},
		.options = get_options,
		.run = command_get,
	},
	{
		.name = "ls",
		.synopsis = "[PREFIX] [-l] [-0] [--at SNAPSHOT]",
		.summary = "list names",
		.description =
			"Lists PREFIX and what lies under it, or everything, in byte order. A folder with\n"
			"nothing in it ends in '/'. Names are escaped on a terminal and exact elsewhere.\n",
		.operands = {"PREFIX", 0, 1, {MEANS_NAME}},
		.options = ls_options,
		.run = command_ls,
	},
	{
		.name = "stat",
		.synopsis = "NAME[@VERSION|@SNAPSHOT]",
		.summary = "show a file's chunks and where each copy is",
		.description =
			"Shows what is known of NAME, each of its chunks, and the nodes that hold it.\n",
		.operands = {"NAME", 1, 1, {MEANS_VERSION}},
		.run = command_stat,
	},
	{
		.name = "rm",
		.synopsis = "NAME...",
		.summary = "remove names",
		.description =
			"Removes each NAME, or everything under it when it ends in '/'. Versions stay in\n"
			"the history.\n",
		.operands = {"NAME", 1, OPERANDS_ANY, {MEANS_NAME}},
		.changes = true,
		.run = command_rm,
	},
	{
		.name = "versions",
		.synopsis = "NAME",
		.summary = "list every version of a name",
		.description =
			"Lists the versions of NAME, the newest first, also of a name that was removed:\n"
			"when each was stored and when it ended, and which snapshots hold it.\n",
		.operands = {"NAME", 1, 1, {MEANS_NAME}},
		.run = command_versions,
	},
	{
		.name = "restore",
		.synopsis = "NAME@VERSION | NAME@SNAPSHOT",
		.summary = "make an old version the current one again",
		.description =
			"Stores the content of that version as a new one, with its permissions and\n"
			"modification time. No byte of it is copied. Works for a name that was removed.\n"
			"\n"
			"For many names at once, see 'snapshot restore'.\n",
		.operands = {"NAME@VERSION", 1, 1, {MEANS_VERSION}},
		.changes = true,
		.run = command_restore,
	},
	{
		.name = "snapshot create",
		.synopsis = "[NAME]",
		.summary = "give the store as it is a name",
		.description =
			"Takes a snapshot, which costs the same however much is stored. Without NAME, it is\n"
			"called by the time, in UTC. NAME takes letters, digits and '._:+-'.\n",
		.operands = {"NAME", 0, 1, {MEANS_FREE}},
		.changes = true,
		.run = command_snapshot_create,
	},
	{
		.name = "snapshot list",
		.synopsis = "",
		.summary = "list the snapshots",
		.description = "Lists the snapshots, the oldest first.\n",
		.run = command_snapshot_list,
	},
	{
		.name = "snapshot show",
		.synopsis = "NAME [PREFIX]",
		.summary = "show what a snapshot holds",
		.description =
			"Shows when the snapshot was taken, and what it holds, or holds under PREFIX.\n"
			"'ls --at NAME' lists the names alone.\n",
		.operands = {"NAME", 1, 2, {MEANS_SNAPSHOT, MEANS_NAME}},
		.run = command_snapshot_show,
	},
	{
		.name = "snapshot diff",
		.synopsis = "A [B [PREFIX]]",
		.summary = "show what differs between two snapshots",
		.description =
			"Shows which names were added (+), removed (-) or changed (~) from A to B, or to\n"
			"the store as it is, which is also what 'now' stands for. Under PREFIX only, if\n"
			"given.\n"
			"\n"
			"A name is changed when its content, permissions or modification time are others;\n"
			"a folder, when its permissions are.\n",
		.operands = {"NAME", 1, 3, {MEANS_SNAPSHOT, MEANS_MOMENT, MEANS_NAME}},
		.run = command_snapshot_diff,
	},
	{
		.name = "snapshot restore",
		.synopsis = "NAME [PREFIX]",
		.summary = "bring the store, or a folder, back to a snapshot",
		.description =
			"Makes everything, or everything under PREFIX, what it was: what differs gets a new\n"
			"version, what was not there is removed. No byte is copied, and no version is lost.\n"
			"\n"
			"First takes a snapshot called before-restore-TIME; restoring that one undoes it.\n"
			"When it is interrupted, the same command goes on where it stopped.\n",
		.operands = {"NAME", 1, 2, {MEANS_SNAPSHOT, MEANS_NAME}},
		.changes = true,
		.run = command_snapshot_restore,
	},
	{
		.name = "snapshot rm",
		.synopsis = "NAME...",
		.summary = "remove snapshots",
		.description =
			"Removes each snapshot. The versions that only it held become history like any\n"
			"other; what is current stays.\n",
		.operands = {"NAME", 1, OPERANDS_ANY, {MEANS_SNAPSHOT}},
		.changes = true,
		.run = command_snapshot_rm,
	},
	{
		.name = "set-rf",
		.synopsis = "N NAME|PREFIX/ ...",
		.summary = "change how many copies files have",
		.description =
			"Sets the replication factor of each NAME, or of everything under PREFIX/, to N,\n"
			"1 to 16.\n",
		.operands = {"NAME", 2, OPERANDS_ANY, {MEANS_FREE, MEANS_NAME}},
		.changes = true,
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
		.operands = {"NAME", 1, 1, {MEANS_FREE}},
		.options = node_add_options,
		.changes = true,
		.run = command_node_add,
	},
	{
		.name = "node fail",
		.synopsis = "NAME",
		.summary = "take a node out of service",
		.description =
			"Treats the node as if it did not answer, until it is recovered. Nothing on it is\n"
			"touched.\n",
		.operands = {"NAME", 1, 1, {MEANS_NODE}},
		.changes = true,
		.run = command_node_fail,
	},
	{
		.name = "node recover",
		.synopsis = "NAME",
		.summary = "put a failed node back into service",
		.description = "Undoes 'node fail'.\n",
		.operands = {"NAME", 1, 1, {MEANS_NODE}},
		.changes = true,
		.run = command_node_recover,
	},
	{
		.name = "node drain",
		.synopsis = "NAME",
		.summary = "empty a node",
		.description =
			"Moves the copies on the node elsewhere and gives it no new ones, until 'node\n"
			"recover' ends that. The process that maintains the store does the moving: see\n"
			"'daemon'.\n",
		.operands = {"NAME", 1, 1, {MEANS_NODE}},
		.changes = true,
		.run = command_node_drain,
	},
	{
		.name = "node rm",
		.synopsis = "NAME",
		.summary = "take a node out of the store for good",
		.description =
			"Takes the node out of the store and out of the config; the copies it held are made\n"
			"anew elsewhere. Of each chunk it holds, a copy on another node is read first;\n"
			"refused while some chunk has no other good one. Drained nodes go at once.\n"
			"What is in its folder stays, without the identity.\n",
		.operands = {"NAME", 1, 1, {MEANS_NODE}},
		.changes = true,
		.run = command_node_rm,
	},
	{
		.name = "node wipe",
		.synopsis = "NAME",
		.summary = "delete all that a node holds, in a rehearsal store",
		.description =
			"Deletes every chunk file of the node behind the store's back, which is to find out\n"
			"by itself. Refused unless the config says 'rehearsal: true'.\n",
		.operands = {"NAME", 1, 1, {MEANS_NODE}},
		.changes = true,
		.run = command_node_wipe,
	},
	{
		.name = "node corrupt",
		.synopsis = "NAME [--chunks N]",
		.summary = "damage what a node holds, in a rehearsal store",
		.description =
			"Changes one byte in each of N chunk files of the node behind the store's back,\n"
			"which is to find out by itself. Refused unless the config says 'rehearsal: true'.\n",
		.operands = {"NAME", 1, 1, {MEANS_NODE}},
		.options = node_corrupt_options,
		.changes = true,
		.run = command_node_corrupt,
	},
	{
		.name = "net show",
		.synopsis = "",
		.summary = "show the simulated network",
		.description = "Lists the links that differ from perfect ones, which neither slow nor lose\n"
			       "anything. Where both directions are alike, they stand in one row.\n",
		.run = command_net_show,
	},
	{
		.name = "net set",
		.synopsis = "A B KEY=VALUE... [--one-way]",
		.summary = "change links of the simulated network",
		.description =
			"Changes the links between A and B, in both directions: latency=TIME, jitter=TIME,\n"
			"bandwidth=SIZE (a second; 0: no limit), loss=SHARE (0.02 or 2%), cut=true|false.\n"
			"What is not named stays.\n"
			"\n"
			"A and B are names of nodes with commas between them, 'client', which is whoever\n"
			"uses the store, or 'all', which is every node. It lasts until it is set again, and\n"
			"running commands feel it. Refused unless the config says 'rehearsal: true'.\n",
		.operands = {"KEY=VALUE", 3, OPERANDS_ANY, {MEANS_ENDS, MEANS_ENDS, MEANS_SETTING}},
		.options = net_link_options,
		.changes = true,
		.run = command_net_set,
	},
	{
		.name = "net cut",
		.synopsis = "A B [--one-way]",
		.summary = "cut links of the simulated network",
		.description =
			"Lets nothing through between A and B. A node that is cut from 'client' is down.\n"
			"'net set A B cut=false' and 'net heal' mend it. A and B are as in 'net set'.\n",
		.operands = {"A B", 2, 2, {MEANS_ENDS}},
		.options = net_link_options,
		.changes = true,
		.run = command_net_cut,
	},
	{
		.name = "net partition",
		.synopsis = "A,B/C,D[/...]",
		.summary = "cut the simulated network into groups",
		.description =
			"Lets nothing through between different groups, such as client,node-1/node-2.\n"
			"Within a group, and for who stands in none, everything stays as it is.\n",
		.operands = {"A,B/C,D", 1, 1, {MEANS_GROUPS}},
		.changes = true,
		.run = command_net_partition,
	},
	{
		.name = "net preset",
		.synopsis = "NAME [NODE...]",
		.summary = "make links what a kind of network is like",
		.description =
			"Gives every link from and to each NODE, or to all, what such a network has: lan,\n"
			"wan, wifi (a bad one), or slow-disk, which needs a NODE. What is cut stays cut.\n",
		.operands = {"NAME", 1, OPERANDS_ANY, {MEANS_PRESET, MEANS_NODE}},
		.changes = true,
		.run = command_net_preset,
	},
	{
		.name = "net heal",
		.synopsis = "",
		.summary = "make the simulated network perfect again",
		.description =
			"Makes all links perfect, also those that the config describes: they stay perfect\n"
			"until they are set again.\n",
		.changes = true,
		.run = command_net_heal,
	},
	{
		.name = "status",
		.synopsis = "[--watch [SECONDS]]",
		.summary = "tell how the store is, and why",
		.description =
			"Shows the health and its reasons, the nodes, what is stored, repair and scrub.\n"
			"\n"
			"The exit status is 0 for HEALTHY, 1 for DEGRADED, 2 for CRITICAL, and 3 when that\n"
			"cannot be told. With --watch, it is that of the last picture; with --json too,\n"
			"each picture is one line.\n",
		.monitoring = true,
		.options = status_options,
		.run = command_status,
	},
	{
		.name = "metrics",
		.synopsis = "[-o FILE] [--label KEY=VALUE ...] [--timeout SECONDS]",
		.summary = "tell how the store is, in numbers for Prometheus",
		.description =
			"Prints the state of the store in OpenMetrics text that the textfile collector of\n"
			"node_exporter reads as well. No name of a file is in it.\n"
			"\n"
			"When the store cannot be looked at, linckia_up is 0, there and in FILE, and the\n"
			"exit status is 1. FILE appears under its name only when it is whole, and anyone\n"
			"may read it, whatever the umask. A store among several needs a label of its own.\n",
		.options = metrics_options,
		.run = command_metrics,
	},
	{
		.name = "risk",
		.synopsis = "[--if-lost NODE,...]",
		.summary = "list the files at risk",
		.description =
			"Lists the versions with chunks that have fewer live copies than wanted, or would\n"
			"have if the nodes of --if-lost were lost too, worst first.\n",
		.options = risk_options,
		.run = command_risk,
	},
	{
		.name = "scrub",
		.synopsis = "[NODE] [--bandwidth SIZE]",
		.summary = "verify every copy now",
		.description =
			"Reads every copy, or those on NODE, and compares it with its name. A bad one goes\n"
			"to quarantine and is made anew by repair. That bad ones were found is no failure.\n",
		.operands = {"NODE", 0, 1, {MEANS_NODE}},
		.options = scrub_options,
		.changes = true,
		.run = command_scrub,
	},
	{
		.name = "repair",
		.synopsis = "[--bandwidth SIZE|default] [--pause | --resume]",
		.summary = "make missing copies now, or steer repair",
		.description =
			"Makes every copy that is missing and can be made, however much of the grace is\n"
			"left. The exit status is 1 when chunks still lack copies afterwards.\n"
			"\n"
			"With an option, it only sets how repair runs from now on, in whichever process,\n"
			"and returns at once. 'default' is what the config says.\n",
		.options = repair_options,
		.changes = true,
		.run = command_repair,
	},
	{
		.name = "rebalance",
		.synopsis = "",
		.summary = "even out how full the nodes are, now",
		.description = "Moves copies from the fullest nodes to the emptiest.\n",
		.changes = true,
		.run = command_rebalance,
	},
	{
		.name = "rebuild",
		.synopsis = "[--force]",
		.summary = "regrow the catalog from the nodes",
		.description =
			"Makes the catalog anew from the nodes that are there, when it is lost, damaged or\n"
			"too old: the newest history that they hold together, and which chunks are where.\n"
			"Tells what it uses and what is missing; what was there is put aside.\n"
			"\n"
			"Refused while another process uses the store, and while nothing is wrong with the\n"
			"catalog. The event log begins anew.\n",
		.options = rebuild_options,
		.changes = true,
		.outside = true,
		.run = command_rebuild,
	},
	{
		.name = "gc",
		.synopsis = "[--dry-run] [--keep-versions N] [--keep-for TIME]",
		.summary = "free what nobody can ask for any more, now",
		.description =
			"Lets go of the versions that the config's history section does not keep, and\n"
			"removes what only they used, what killed commands left behind, and bad copies\n"
			"that were replaced. Current versions and those of snapshots always stay.\n"
			"\n"
			"With --dry-run, nothing is changed: what would go is listed, and how much that\n"
			"frees. On nodes that are away, files go when they are back.\n",
		.options = gc_options,
		.changes = true,
		.run = command_gc,
	},
	{
		.name = "events",
		.synopsis = "[-f] [-l] [-n N]",
		.summary = "show what happened",
		.description =
			"Shows the newest N events, oldest first. With -f, goes on with those that follow,\n"
			"and with --json too, each event is one line.\n",
		.options = events_options,
		.run = command_events,
	},
	{
		.name = "daemon",
		.synopsis = "",
		.summary = "keep the store healthy without a screen",
		.description =
			"Detects, repairs, scrubs and balances until a signal ends it. One process at a\n"
			"time does that for a store; while another does, this one stands by to take over.\n"
			"\n"
			"Tells systemd when it is ready and how the store is, if started by it.\n",
		.outside = true,
		.run = command_daemon,
	},
	{
		.name = "console",
		.synopsis = "[--once] [--read-only] [--theme T]\n"
			    "[--run SCENARIO [--store DIR]]",
		.summary = "watch and steer the store on the terminal",
		.description =
			"Opens the console. Without any command, linckia does the same on a terminal.\n"
			"\n"
			"With --run it plays a scenario and shows its store meanwhile: ',' pauses, '.'\n"
			"plays the next step, '<' and '>' change the speed of a virtual clock.\n"
			"\n"
			"With --once it needs no terminal: it prints what 'linckia status' prints and exits\n"
			"with 0 however the store is, as long as it can be told.\n",
		.options = console_options,
		.outside = true,
		.run = command_console,
	},
	{
		.name = "run",
		.synopsis = "SCENARIO.yaml [--store DIR]",
		.summary = "play a rehearsal and give a verdict",
		.description =
			"Makes a store of its own for the scenario, breaks what it says, lets maintenance\n"
			"mend that, and tells what came of it: whether all was as expected, how long the\n"
			"store was not HEALTHY, what was lost, and what was copied in vain. The store goes\n"
			"in the end. The exit status is 1 if anything was not as expected.\n"
			"\n"
			"DIR is empty or not there yet, or has a rehearsal store, which is then played on\n"
			"as it is. docs/scenarios.md describes scenarios, and docs/scenarios/ has some to\n"
			"begin with.\n",
		.operands = {"SCENARIO.yaml", 1, 1, {MEANS_SCENARIO}},
		.options = run_options,
		.outside = true,
		.run = command_run,
	},
	{
		.name = "completion",
		.synopsis = "bash|zsh|fish",
		.summary = "print the script with which a shell completes linckia",
		.description = "Prints a script for that shell. To have it from now on:\n"
			       "\n"
			       "  bash  source <(linckia completion bash), in .bashrc\n"
			       "  zsh   linckia completion zsh >DIR/_linckia, DIR in $fpath\n"
			       "  fish  linckia completion fish | source, in config.fish\n"
			       "\n"
			       "The options are what the scripts use, and nobody else needs.\n",
		.operands = {"SHELL", 0, OPERANDS_ANY, {MEANS_SHELL, MEANS_FREE}},
		.options = completion_options,
		.outside = true,
		.run = command_completion,
	},
	{
		.name = "help",
		.synopsis = "[COMMAND]",
		.summary = "explain a command",
		.description = "Explains COMMAND as its --help does, or lists the commands.\n",
		.operands = {"COMMAND", 0, 2, {MEANS_COMMAND}},
		.run = command_help,
	},
};
const size_t command_count = sizeof(commands) / sizeof(*commands);
