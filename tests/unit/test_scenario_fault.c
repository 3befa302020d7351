/*
 * What engine/scenario.h promises of scenarios that are wrong: where, in which step, what was found and what is
 * allowed. Messages are compared whole, because people act on their line, column and wording.
 */
#include "engine/scenario.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/scenario_text.h"

#define KINDS                                                                                                \
	"put, rm, set_rf, snapshot, fail, recover, wipe, corrupt, fill, slow, link, cut, partition, heal, "  \
	"away, back, drain, add_node, remove_node, kill, scrub, collect, lose_catalog, repeat, random, "     \
	"wait, expect, verify"
#define SIX   "node-1, node-2, node-3, node-4, node-5, node-6"
#define NODES "the name of a node, a list of them, or all"
#define TIME  "a time such as 250ms, 5s, 10m, 2h or 7d, from "
#define ENTRY                                                                                                \
	"a name of at most 4096 bytes, without control characters, that does not begin with / and has no "   \
	"empty, . or .. part"
#define GROUPS "a list of at least two groups, such as [[client, node-1], [node-2, node-3]]"
#define FIELDS                                                                                               \
	"a field of 'status --json', such as health, chunks.lost, nodes.NAME.state, checks.CODE or "         \
	"repair.state, besides within and for"
#define SIZES   "a size of at most 1TiB, such as 4MiB, or the least and the most, such as 1KiB..4MiB"
#define OUTSIDE "it outside, because what is repeated must find the same nodes each time"

static void faults_in_steps_are_named_with_place_step_and_remedy(void **state)
{
	(void)state;
	static const struct {
		const char *step, *message;
	} faults[] = {
		{"fial: node-1",
			"2:5: step 1: found 'fial', allowed is one of " KINDS "; did you mean fail?"},
		{"[heal]", "2:5: step 1: found a list, allowed is one of " KINDS},
		{"wait", "2:5: step 1, wait: found nothing, allowed is " TIME "1ms to 3650d"},
		{"wait: soon", "2:11: step 1, wait: found 'soon', allowed is " TIME "1ms to 3650d"},
		{"wait: 0", "2:11: step 1, wait: found '0', allowed is " TIME "1ms to 3650d"},
		{"wait: {for: 5s}", "2:11: step 1, wait: found a mapping, allowed is " TIME "1ms to 3650d"},
		{"heal: now", "2:11: step 1, heal: found 'now', allowed is nothing behind it"},
		{"verify: {}", "2:13: step 1, verify: found a mapping, allowed is nothing behind it"},
		{"{fail: node-1, heal: null}", "2:20: step 1, fail: found 'heal', allowed is one kind in "
					       "each step; begin the next one with '- '"},
		{"fail: node-9", "2:11: step 1, fail: found 'node-9', which is no node at this step, allowed "
				 "is one of " SIX " or all; did you mean node-1?"},
		{"fail: nod-2", "2:11: step 1, fail: found 'nod-2', which is no node at this step, allowed "
				"is one of " SIX " or all; did you mean node-2?"},
		{"fail: []", "2:11: step 1, fail: found an empty list, allowed is " NODES},
		{"fail: {nodes: node-1}", "2:11: step 1, fail: found a mapping, allowed is " NODES},
		{"fail:", "2:10: step 1, fail: found nothing, allowed is " NODES},
		{"fail", "2:5: step 1, fail: found nothing, allowed is " NODES},
		{"fail: [node-1, node-1]",
			"2:20: step 1, fail: found 'node-1' a second time, allowed is each node once"},
		{"fail: [[node-1]]", "2:12: step 1, fail: found a list, allowed is " NODES},
		{"fail: client", "2:11: step 1, fail: found 'client', which is no node at this step, allowed "
				 "is one of " SIX " or all"},
		{"recover: ''", "2:14: step 1, recover: found \"\", allowed is " NODES},
		{"corrupt: {nodes: node-1, chunks: 0}", "2:38: step 1, corrupt: key 'chunks': found '0', "
							"allowed is a whole number from 1 to 1000000"},
		{"corrupt: {chunks: 2}",
			"2:14: step 1, corrupt: key 'nodes': found nothing, allowed is " NODES},
		{"corrupt: {node: node-1}", "2:15: step 1, corrupt: key 'node': found an unknown key, "
					    "allowed is one of nodes, chunks"},
		{"fill: node-1",
			"2:11: step 1, fill: found 'node-1', allowed is a mapping with the keys nodes, to"},
		{"fill: {nodes: node-1}", "2:11: step 1, fill: key 'to': found nothing, allowed is a number "
					  "such as 0.5 from 0 to 1"},
		{"fill: {nodes: node-1, to: 2}", "2:31: step 1, fill: key 'to': found '2', allowed is a "
						 "number such as 0.5 from 0 to 1"},
		{"slow: node-1", "2:11: step 1, slow: found 'node-1', allowed is a mapping with the keys "
				 "nodes, latency, jitter, bandwidth, loss"},
		{"slow: {nodes: node-1}", "2:11: step 1, slow: found no setting, allowed is at least one of "
					  "latency, jitter, bandwidth, loss"},
		{"slow: {nodes: node-1, latency: 5}",
			"2:36: step 1, slow: key 'latency': found '5', allowed is " TIME "0 to 1h"},
		{"slow: {nodes: node-1, loss: 1.5}", "2:33: step 1, slow: key 'loss': found '1.5', allowed "
						     "is a number such as 0.5 from 0 to 1"},
		{"link: {from: node-1, to: nobody, latency: 1s}",
			"2:30: step 1, link: key 'to': found 'nobody', which is no node at this step, "
			"allowed is one of " SIX ", client or all"},
		{"link: {from: node-1, latency: 1s}",
			"2:11: step 1, link: key 'to': found nothing, allowed is the name of a node, client, "
			"a list of them, or all"},
		{"cut: {to: node-1}", "2:10: step 1, cut: key 'from': found nothing, allowed is the name of "
				      "a node, client, a list of them, or all"},
		{"cut: elsewhere", "2:10: step 1, cut: found 'elsewhere', which is no node at this step, "
				   "allowed is one of " SIX ", client or all"},
		{"partition: [node-1, node-2]",
			"2:17: step 1, partition: found 'node-1', allowed is " GROUPS},
		{"partition: [[node-1]]",
			"2:16: step 1, partition: found fewer than two groups, allowed is " GROUPS},
		{"partition: [[node-1], [node-1]]",
			"2:28: step 1, partition: found 'node-1', allowed is each node in one group"},
		{"partition: [[all], [client]]",
			"2:18: step 1, partition: found 'all', allowed is the name of a node or client"},
		{"partition: [[node-1], []]", "2:27: step 1, partition: found an empty group, allowed is at "
					      "least one node in each"},
		{"partition: node-1", "2:16: step 1, partition: found 'node-1', allowed is " GROUPS},
		{"put: docs", "2:10: step 1, put: found 'docs', allowed is a mapping with the keys name, "
			      "files, size, paths, rf, refused"},
		{"put: {size: big}", "2:17: step 1, put: key 'size': found 'big', allowed is " SIZES},
		{"put: {size: 4KiB..1KiB}",
			"2:17: step 1, put: key 'size': found '4KiB..1KiB', allowed is " SIZES},
		{"put: {size: 2TiB}", "2:17: step 1, put: key 'size': found '2TiB', allowed is " SIZES},
		{"put: {files: 0}", "2:18: step 1, put: key 'files': found '0', allowed is a whole number "
				    "from 1 to 1000000"},
		{"put: {name: /a}", "2:17: step 1, put: key 'name': found '/a', allowed is " ENTRY},
		{"put: {name: a/../b}", "2:17: step 1, put: key 'name': found 'a/../b', allowed is " ENTRY},
		{"put: {name: photos/}",
			"2:17: step 1, put: key 'name': found a name that ends in /, allowed is the name "
			"without it; several files go into a folder of that name"},
		{"put: {paths: a, files: 2}", "2:28: step 1, put: key 'files': found it beside 'paths', "
					      "allowed is either generated files, or paths"},
		{"put: {paths: [a, b], name: c}",
			"2:32: step 1, put: key 'name': found one name for several paths, allowed is a name "
			"for one path; several go by their own names"},
		{"put: {paths: ~/a}", "2:18: step 1, put: key 'paths': found '~/a', allowed is a path of 1 "
				      "to 4095 bytes without control characters (~ is not expanded)"},
		{"put: {rf: 17}",
			"2:15: step 1, put: key 'rf': found '17', allowed is a whole number from 1 to 16"},
		{"put: {refused: yes}",
			"2:20: step 1, put: key 'refused': found 'yes', allowed is true or false"},
		{"rm: a//b", "2:9: step 1, rm: found 'a//b', allowed is " ENTRY},
		{"set_rf: {name: a}", "2:13: step 1, set_rf: key 'rf': found nothing, allowed is a whole "
				      "number from 1 to 16"},
		{"set_rf: {name: a, rf: 0}",
			"2:27: step 1, set_rf: key 'rf': found '0', allowed is a whole number from 1 to 16"},
		{"snapshot: [a]", "2:15: step 1, snapshot: found a list, allowed is a name, or nothing"},
		{"add_node: client", "2:15: step 1, add_node: found 'client', allowed is 1 to 64 of a-z A-Z "
				     "0-9 . _ - but not 'client'"},
		{"add_node: node-2", "2:15: step 1, add_node: key 'name': found 'node-2', which is there "
				     "already, allowed is a name that no other node has"},
		{"add_node: {zone: z}", "2:15: step 1, add_node: key 'name': found nothing, allowed is 1 to "
					"64 of a-z A-Z 0-9 . _ - but not 'client'"},
		{"remove_node: all",
			"2:18: step 1, remove_node: found all nodes, allowed is fewer, so that one is left"},
		{"kill: 1000d", "2:11: step 1, kill: found '1000d', allowed is " TIME "1ms to 365d"},
		{"repeat: {times: 2}",
			"2:13: step 1, repeat: key 'steps': found nothing, allowed is a list of steps"},
		{"repeat: {times: 0, steps: [heal]}", "2:21: step 1, repeat: key 'times': found '0', allowed "
						      "is a whole number from 1 to 1000000"},
		{"repeat: {times: 2, steps: []}",
			"2:31: step 1, repeat: found an empty list, allowed is a list of at least one step"},
		{"repeat: {times: 2, steps: [heal, {fail: node-7}]}",
			"2:45: step 1.2, fail: found 'node-7', which is no node at this step, allowed is one "
			"of " SIX " or all; did you mean node-1?"},
		{"repeat: {times: 2, steps: [{add_node: n}]}",
			"2:43: step 1.1, add_node: found it within 'repeat', allowed is " OUTSIDE},
		{"repeat: {times: 2, steps: [{remove_node: node-1}]}",
			"2:46: step 1.1, remove_node: found it within 'repeat', allowed is " OUTSIDE},
		{"random: {for: 1m}",
			"2:13: step 1, random: key 'faults': found nothing, allowed is a mapping with the "
			"keys fail, away, wipe, corrupt, slow, cut, kill, put, rm"},
		{"random: {for: 1m, faults: {}}",
			"2:31: step 1, random: key 'faults': found nothing that could happen, allowed is a "
			"number above 0 for at least one of fail, away, wipe, corrupt, slow, cut, kill, put, "
			"rm"},
		{"random: {for: 1m, faults: {fail: -1}}",
			"2:38: step 1, random: key 'faults.fail': found '-1', allowed is a number such as "
			"0.5 from 0 to 1000"},
		{"random: {for: 1m, faults: {explode: 1}}",
			"2:32: step 1, random: key 'faults.explode': found an unknown key, allowed is one of "
			"fail, away, wipe, corrupt, slow, cut, kill, put, rm"},
		{"random: {for: 1m, at_once: 0, faults: {fail: 1}}",
			"2:32: step 1, random: key 'at_once': found '0', allowed is a whole number from 1 to "
			"1024"},
		{"expect: {}", "2:13: step 1, expect: found no field, allowed is at least one field"},
		{"expect: {within: 5s}",
			"2:13: step 1, expect: found no field, allowed is at least one field"},
		{"expect: broken", "2:13: step 1, expect: found 'broken', allowed is one of HEALTHY, "
				   "DEGRADED, CRITICAL, UNKNOWN, or '!= HEALTHY' in quotation marks"},
		{"expect: {chunks.lsot: 0}",
			"2:14: step 1, expect: key 'chunks.lsot': found an unknown field, allowed is " FIELDS
			"; did you mean chunks.lost?"},
		{"expect: {checks.CHUNK_LOST: 0}",
			"2:14: step 1, expect: key 'checks.CHUNK_LOST': found an unknown field, allowed "
			"is " FIELDS "; did you mean checks.CHUNKS_LOST?"},
		{"expect: {nodes.node-9.state: up}",
			"2:14: step 1, expect: key 'nodes.node-9.state': found 'node-9', which is no node at "
			"this step, allowed is one of " SIX "; did you mean node-1?"},
		{"expect: {nodes.node-1.stat: up}",
			"2:14: step 1, expect: key 'nodes.node-1.stat': found an unknown field, allowed "
			"is " FIELDS "; did you mean nodes.node-1.state?"},
		{"expect: {links.node-1.node-9.cut: true}",
			"2:14: step 1, expect: key 'links.node-1.node-9.cut': found a link whose ends are "
			"not both there at this step, allowed is links.FROM.TO.cut or "
			"links.FROM.TO.latency_ms with the names of two nodes, or client"},
		{"expect: {chunks.lost: none at all}",
			"2:27: step 1, expect: key 'chunks.lost': found 'none at all', allowed is a number "
			"such as 3, or a comparison such as '>= 3' or '!= 0' in quotation marks"},
		{"expect: {chunks.lost: [0]}",
			"2:27: step 1, expect: key 'chunks.lost': found a list, allowed is a number such as "
			"3, or a comparison such as '>= 3' or '!= 0' in quotation marks"},
		{"expect: {health: '> HEALTHY'}",
			"2:22: step 1, expect: key 'health': found \"> HEALTHY\", allowed is one of HEALTHY, "
			"DEGRADED, CRITICAL, UNKNOWN, or '!= HEALTHY' in quotation marks"},
		{"expect: {health: FINE}",
			"2:22: step 1, expect: key 'health': found 'FINE', allowed is one of HEALTHY, "
			"DEGRADED, CRITICAL, UNKNOWN, or '!= HEALTHY' in quotation marks"},
		{"expect: {nodes.node-1.state: UPP}",
			"2:34: step 1, expect: key 'nodes.node-1.state': found 'UPP', allowed is one of up, "
			"slow, down, absent, read_only, draining, or '!= up' in quotation marks"},
		{"expect: {bytes.stored: 5XB}",
			"2:28: step 1, expect: key 'bytes.stored': found '5XB', allowed is a size such as "
			"512KiB, or a comparison such as '< 1GiB' in quotation marks"},
		{"expect: {repair.eta_s: 5}",
			"2:28: step 1, expect: key 'repair.eta_s': found '5', allowed is a time such as "
			"250ms or 5s, or a comparison such as '< 5s' in quotation marks"},
		{"expect: {rehearsal: 1}",
			"2:25: step 1, expect: key 'rehearsal': found '1', allowed is true or false"},
		{"expect: {chunks.lost: 0, chunks.lost: 1}", "2:30: step 1, expect: key 'chunks.lost': found "
							     "it a second time, allowed is each field once"},
		{"expect: {chunks.lost: 0, for: 1s, for: 2s}", "2:39: step 1, expect: key 'for': found it a "
							       "second time, allowed is each field once"},
		{"expect: {chunks.lost: 0, within: soon}",
			"2:38: step 1, expect: key 'within': found 'soon', allowed is " TIME "0 to 3650d"},
		{"expect: [a]", "2:13: step 1, expect: found a list, allowed is a mapping of fields and "
				"values, such as {chunks.lost: 0, within: 30s}, or a health"},
		{"expect: {[a]: 1}",
			"2:14: step 1, expect: found a list, allowed is the name of a field, within or for"},
		{"expect: {nodes.node-1.latency_ms: 5}",
			"2:39: step 1, expect: key 'nodes.node-1.latency_ms': found '5', allowed is a time "
			"such as 20ms, or a comparison such as '< 20ms' in quotation marks"},
	};
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		char text[512];
		snprintf(text, sizeof(text), "steps:\n  - %s\n", faults[i].step);
		refuse_scenario(text, faults[i].message);
	}
}

static void faults_outside_of_steps_are_named_too(void **state)
{
	(void)state;
	static const struct {
		const char *text, *message;
	} faults[] = {
		{"", "1:1: found nothing, allowed is a mapping of keys, at least steps or compare"},
		{"[]", "1:1: found a list, allowed is a mapping of keys, at least steps or compare"},
		{"steps: []", "1:8: found an empty list, allowed is a list of at least one step"},
		{"name: x", "1:1: found neither 'steps' nor 'compare', allowed is at least one of them"},
		{"steps: [heal]\nsteps: [heal]", "2:1: key 'steps': found a second time (the first is at "
						 "1:1), allowed is each key once"},
		{"steps: [heal]\nstore: {nodes: 3}", "2:8: key 'store': found it behind 'steps', allowed is "
						     "'store' before 'steps', which name its nodes"},
		{"stepz: [heal]", "1:1: key 'stepz': found an unknown key, allowed is one of name, about, "
				  "clock, seed, store, steps, compare"},
		{"clock: fast\nsteps: [heal]",
			"1:8: key 'clock': found 'fast', allowed is one of real, virtual"},
		{"seed: -1\nsteps: [heal]", "1:7: key 'seed': found '-1', allowed is a whole number from 0 "
					    "to 18446744073709551615"},
		{"name: ''\nsteps: [heal]",
			"1:7: key 'name': found \"\", allowed is 1 to 120 bytes without control characters"},
		{"about: [a]\nsteps: [heal]", "1:8: key 'about': found a list, allowed is a text of at most "
					      "4096 bytes without control characters"},
		{"store: 3\nsteps: [heal]", "1:8: key 'store': found '3', allowed is a mapping with the keys "
					    "of a config but for store, rehearsal and console"},
		{"store: {rehearsal: true}\nsteps: [heal]",
			"1:9: store: key 'rehearsal': found an unknown key, allowed is one of "
			"replication_factor, min_replicas, memory, workers, chunk, placement, repair, scrub, "
			"history, network, nodes, zones, capacity"},
		{"store: {nodes: 0}\nsteps: [heal]",
			"1:16: store: key 'nodes': found '0', allowed is a whole number from 1 to 1024"},
		{"store: {nodes: many}\nsteps: [heal]",
			"1:16: store: key 'nodes': found 'many', allowed is a number of nodes from 1 to "
			"1024, or a list of them"},
		{"store: {nodes: []}\nsteps: [heal]", "1:16: store: key 'nodes': found an empty list, "
						      "allowed is a list of 1 to 1024 nodes"},
		{"store: {nodes: [{name: a, path: b}]}\nsteps: [heal]",
			"1:27: store: key 'nodes[0].path': found an unknown key, allowed is one of name, "
			"zone, capacity, weight"},
		{"store: {nodes: [{name: a}, {name: a}]}\nsteps: [heal]",
			"1:35: store: key 'nodes[1].name': found 'a' a second time (the first is at 1:24), "
			"allowed is a name that no other node has"},
		{"store: {nodes: [{name: a}], zones: 2}\nsteps: [heal]",
			"1:36: store: key 'zones': found it beside a list of nodes, allowed is it beside a "
			"number of nodes; a node of a list has a 'zone' and a 'capacity' of its own"},
		{"store:\n  nodes: 3\n  min_replicas: 4\nsteps: [heal]",
			"3:17: store: key 'min_replicas': found '4', allowed is a whole number from 1 to 3, "
			"the value of 'replication_factor'"},
		{"store: {chunk: {size: 64MiB}}\nsteps: [heal]",
			"1:23: store: key 'chunk.size': found '64MiB', while 'memory' is 64MiB, allowed is a "
			"'memory' of at least 128MiB, two chunks of up to 64MiB each, or a smaller "
			"'chunk.size'"},
		{"store: {nodes: 2, network: {links: [{from: client, to: node-3}]}}\nsteps: [heal]",
			"1:56: store: key 'network.links[0].to': found 'node-3', allowed is the name of a "
			"node or client"},
		{"store: {repair: {grace: soon}}\nsteps: [heal]",
			"1:25: store: key 'repair.grace': found 'soon', allowed is " TIME "0 to 30d"},
		{"steps: &a [heal]",
			"1:8: key 'steps': found the anchor 'a', allowed is the value without an anchor"},
		{"steps: [*a]", "1:9: found an alias (*), allowed is the value itself"},
		{"--- \nsteps: [heal]\n---\n", "3:1: found a second document, allowed is one document"},
		{"steps: heal", "1:8: found 'heal', allowed is a list of steps"},
		{"steps: [heal\n", "2:1: found text that is not YAML (did not find expected ',' or ']', "
				   "while parsing a flow sequence from line 1), allowed is valid YAML"},
		{"%YAML 1.2\n", "1:1: found a directive (a line that begins with %), allowed is YAML without "
				"directives"},
		{"steps: [!!str heal]",
			"1:9: found the tag 'tag:yaml.org,2002:str', allowed is the value without a tag"},
		{"steps:\n  - expect: {chunks.lost: >= 3}\n",
			"2:27: step 1, expect: key 'chunks.lost': found text that is not YAML (found "
			"character that cannot start any token, while scanning for the next token from line "
			"2), allowed is valid YAML; put text that begins with a special character in "
			"quotation marks"},
	};
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		refuse_scenario(faults[i].text, faults[i].message);
}

static void steps_later_in_the_file_are_told_by_number(void **state)
{
	(void)state;
	refuse_scenario("store: {nodes: 2}\n"
			"steps:\n"
			"  - heal\n"
			"  - repeat:\n"
			"      times: 2\n"
			"      steps:\n"
			"        - verify\n"
			"        - fail: [node-1, node-3]\n",
		"8:26: step 2.2, fail: found 'node-3', which is no node at this step, allowed is one of "
		"node-1, node-2 or "
		"all; did you mean node-1?");
	refuse_scenario("steps:\n"
			"  - remove_node: node-2\n"
			"  - expect: {nodes.node-2.state: up}\n",
		"3:14: step 2, expect: key 'nodes.node-2.state': found 'node-2', which is no node at this "
		"step, allowed is "
		"one of node-1, node-3, node-4, node-5, node-6; did you mean node-1?");
}

static void many_nodes_are_named_in_few_words(void **state)
{
	(void)state;
	refuse_scenario("store: {nodes: 1024}\nsteps: [{fail: nobody}]\n",
		"2:16: step 1, fail: found 'nobody', which is no node at this step, allowed is one of "
		"node-1, node-2, "
		"node-3, node-4, node-5, node-6, node-7 … node-1024 or all");
}

/* ---- hostile text ---- */

/* A text of `count` times `piece` between two others. The caller frees it. */
static char *repeat_text(const char *before, const char *piece, size_t count, const char *after)
{
	size_t length = strlen(piece), used = strlen(before);
	char *text = malloc(used + count * length + strlen(after) + 1);
	assert_non_null(text);
	strcpy(text, before);
	for (size_t i = 0; i < count; i++, used += length)
		memcpy(text + used, piece, length);
	strcpy(text + used, after);
	return text;
}

static void refuse_repeated(
	const char *before, const char *piece, size_t count, const char *after, const char *message)
{
	char *text = repeat_text(before, piece, count, after);
	refuse_scenario(text, message);
	free(text);
}

static void what_is_too_much_is_refused(void **state)
{
	(void)state;
	refuse_repeated("steps: ", "[", 100000, "", "1:9: step 1: found a list, allowed is one of " KINDS);
	refuse_repeated("steps:\n", "- heal\n", 4097, "",
		"4098:3: step 4097: found more than 4096 steps, allowed is fewer, for example with 'repeat'");
	refuse_repeated("#", "x", 1 << 20, "", "1:1: found 1048577 bytes, allowed is at most 1MiB");
	refuse_repeated("store: {nodes: 1024}\nsteps:\n", "- fail: all\n", 300, "",
		"259:9: step 257, fail: found more than 262144 nodes in all steps, allowed is fewer, for "
		"example with "
		"'repeat'");
	refuse_repeated("about: '", "x", 4097, "'\nsteps: [heal]",
		"1:8: key 'about': found \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…\", allowed is a text of "
		"at most "
		"4096 bytes without control characters");
}

static void repeats_have_a_bottom(void **state)
{
	(void)state;
	char *text = repeat_text("steps: ", "[{repeat: {times: 2, steps: ", 7, "[heal]");
	char *whole = repeat_text(text, "}}]", 7, "\n");
	scenario_free(scenario_of(whole));
	free(whole);
	free(text);
	refuse_repeated("steps: ", "[{repeat: {times: 2, steps: ", 8, "[heal]",
		"1:214: step 1.1.1.1.1.1.1.1, repeat: found one more level of nesting, allowed "
		"is at most 24 "
		"levels");
}

/* ---- chance ---- */

enum { MUTATIONS = 300, FILES_MAX = 64 };

static uint64_t chance = 1;

/* xorshift64: Marsaglia, "Xorshift RNGs", 2003. */
static uint64_t draw(uint64_t below)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return chance % below;
}

static size_t read_file(const char *path, char **text)
{
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	*text = calloc(1, CONFIG_BYTES_MAX);
	assert_non_null(*text);
	size_t length = fread(*text, 1, CONFIG_BYTES_MAX, file);
	fclose(file);
	return length;
}

/* Changes, swaps, repeats or removes some bytes. `room` is twice as long as the text. */
static size_t mutate(const char *text, size_t length, char *room)
{
	static const char special[] = "{}[]:,-#'\"|>&*!%@`\n\t \xC3\xFF\x00\x7F";
	memcpy(room, text, length);
	for (uint64_t i = draw(4) + 1; i > 0 && length > 0; i--) {
		size_t at = draw(length), count = draw(length - at) % 40, to = draw(length - count);
		switch (draw(4)) {
		case 0:
			room[at] = special[draw(sizeof(special) - 1)];
			break;
		case 1:
			room[at] = (char)draw(256);
			break;
		case 2:
			memmove(room + to, room + at, count);
			break;
		default:
			memmove(room + at, room + at + count, length - at - count);
			length -= count;
		}
	}
	return length;
}

/* Whatever is read ends well or is refused with a place. */
static void read_mutation(const char *path, const char *text, size_t length)
{
	struct error error;
	struct scenario *scenario = NULL;
	error_clear(&error);
	if (!scenario_parse(path, text, length, &scenario, &error)) {
		scenario_free(scenario);
		return;
	}
	assert_null(scenario);
	assert_int_equal(error.code, ERROR_CONFIG);
	assert_int_equal(strncmp(error.message, path, strlen(path)), 0);
	assert_int_equal(error.message[strlen(path)], ':');
}

static void whatever_becomes_of_a_scenario_is_read_or_refused(void **state)
{
	(void)state;
	unsigned files = 0;
	DIR *folder = opendir("docs/scenarios");
	assert_non_null(folder);
	for (const struct dirent *entry; (entry = readdir(folder));) {
		char path[512], *text;
		if (!strstr(entry->d_name, ".yaml"))
			continue;
		snprintf(path, sizeof(path), "docs/scenarios/%s", entry->d_name);
		size_t length = read_file(path, &text);
		char *room = malloc(2 * length + 1);
		assert_non_null(room);
		for (unsigned i = 0; i < MUTATIONS; i++)
			read_mutation(path, room, mutate(text, length, room));
		free(room);
		free(text);
		files++;
	}
	closedir(folder);
	assert_true(files >= 10 && files <= FILES_MAX);
}

static void a_file_that_is_not_there_is_a_fault_of_the_scenario(void **state)
{
	(void)state;
	struct error error;
	struct scenario *scenario;
	assert_int_equal(scenario_load("/no-such-folder/x.yaml", &scenario, &error), -1);
	assert_int_equal(error.code, ERROR_CONFIG);
	assert_non_null(strstr(error.message, "/no-such-folder/x.yaml"));
	assert_null(scenario);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_in_steps_are_named_with_place_step_and_remedy),
		cmocka_unit_test(faults_outside_of_steps_are_named_too),
		cmocka_unit_test(steps_later_in_the_file_are_told_by_number),
		cmocka_unit_test(many_nodes_are_named_in_few_words),
		cmocka_unit_test(what_is_too_much_is_refused),
		cmocka_unit_test(repeats_have_a_bottom),
		cmocka_unit_test(whatever_becomes_of_a_scenario_is_read_or_refused),
		cmocka_unit_test(a_file_that_is_not_there_is_a_fault_of_the_scenario),
	};
	return cmocka_run_group_tests_name("scenario faults", tests, NULL, NULL);
}
