/*
 * What config.yaml may not hold: every key, and the rules between keys. Messages are compared whole,
 * because people act on their line, column and wording.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/config_text.h"

static struct error error;

static void refuse_bytes(const char *text, size_t length, const char *message)
{
	struct config *config = NULL;
	char expected[1024];
	error_clear(&error);
	if (!config_parse(CONFIG_PATH, text, length, &config, &error))
		fail_msg("accepted, but should fail with: %s", message);
	snprintf(expected, sizeof(expected), "%s:%s", CONFIG_PATH, message);
	assert_string_equal(error.message, expected);
	assert_int_equal(error.code, ERROR_CONFIG);
	assert_null(config);
}

static void refuse(const char *text, const char *message)
{
	refuse_bytes(text, strlen(text), message);
}

static void refuse_line(const char *line, const char *message)
{
	char text[512];
	snprintf(text, sizeof(text), CONFIG_NODES "%s\n", line);
	refuse(text, message);
}

#define TIME "a time such as 250ms, 5s, 10m, 2h or 7d, from "
#define SIZE "a size such as 512KiB, 4MiB, 2GiB or 1TiB, from "

static void test_values_out_of_line_are_named_with_place_and_remedy(void **state)
{
	(void)state;
	static const struct {
		const char *line, *message;
	} faults[] = {
		{"store: ''",
			"2:8: key 'store': found \"\", allowed is a path of 1 to 4095 bytes without control "
			"characters (~ is not expanded)"},
		{"store:", "2:7: key 'store': found nothing, allowed is a path of 1 to 4095 bytes without "
			   "control "
			   "characters (~ is not expanded)"},
		{"store: ~/x",
			"2:8: key 'store': found '~/x', allowed is a path of 1 to 4095 bytes without control "
			"characters (~ is not expanded)"},
		{"rehearsal: yes", "2:12: key 'rehearsal': found 'yes', allowed is true or false"},
		{"rehearsal: True", "2:12: key 'rehearsal': found 'True', allowed is true or false"},
		{"rehearsal: \"true\"", "2:12: key 'rehearsal': found \"true\", allowed is true or false"},
		{"replication_factor: 0",
			"2:21: key 'replication_factor': found '0', allowed is a whole number from 1 to 16"},
		{"replication_factor: 17",
			"2:21: key 'replication_factor': found '17', allowed is a whole number from 1 to 16"},
		{"replication_factor: -1",
			"2:21: key 'replication_factor': found '-1', allowed is a whole number from 1 to 16"},
		{"replication_factor: 1.5", "2:21: key 'replication_factor': found '1.5', allowed is a whole "
					    "number from 1 to 16"},
		{"replication_factor: 0x3", "2:21: key 'replication_factor': found '0x3', allowed is a whole "
					    "number from 1 to 16"},
		{"replication_factor: 03",
			"2:21: key 'replication_factor': found '03', allowed is a whole number from 1 to 16"},
		{"replication_factor: \"3\"", "2:21: key 'replication_factor': found \"3\", allowed is a "
					      "whole number from 1 to 16"},
		{"replication_factor: 99999999999999999999",
			"2:21: key 'replication_factor': found "
			"'99999999999999999999', allowed is a whole number from "
			"1 to 16"},
		{"replication_factor: 4294967297",
			"2:21: key 'replication_factor': found '4294967297', allowed is a "
			"whole number from 1 to 16"},
		{"min_replicas: 0",
			"2:15: key 'min_replicas': found '0', allowed is a whole number from 1 to 16"},
		{"min_replicas: 4",
			"2:15: key 'min_replicas': found '4', allowed is a whole number from 1 to 3, the "
			"value of 'replication_factor'"},
		{"memory: 7MiB", "2:9: key 'memory': found '7MiB', allowed is " SIZE "8MiB to 1048576TiB"},
		{"memory: 9e99 TiB",
			"2:9: key 'memory': found '9e99 TiB', allowed is " SIZE "8MiB to 1048576TiB"},
		{"memory: 99999999999999999999TiB",
			"2:9: key 'memory': found '99999999999999999999TiB', allowed is " SIZE
			"8MiB to 1048576TiB"},
		{"memory: -64MiB",
			"2:9: key 'memory': found '-64MiB', allowed is " SIZE "8MiB to 1048576TiB"},
		{"workers: 257", "2:10: key 'workers': found '257', allowed is 0 (chosen from the cores) or "
				 "a whole number "
				 "from 1 to 256"},
		{"chunk: {size: 64MB}",
			"2:15: key 'chunk.size': found '64MB', allowed is " SIZE "64KiB to 64MiB"},
		{"chunk: {size: 65MiB}",
			"2:15: key 'chunk.size': found '65MiB', allowed is " SIZE "64KiB to 64MiB"},
		{"chunk: {size: 65535}",
			"2:15: key 'chunk.size': found '65535', allowed is " SIZE "64KiB to 64MiB"},
		{"chunk: {method: rabin}",
			"2:17: key 'chunk.method': found 'rabin', allowed is one of fixed, cdc"},
		{"placement: {policy: random}",
			"2:21: key 'placement.policy': found 'random', allowed is one of balanced, "
			"rendezvous, round_robin"},
		{"placement: {spread: rack}",
			"2:21: key 'placement.spread': found 'rack', allowed is one of node, zone"},
		{"repair: {interval: 99ms}",
			"2:20: key 'repair.interval': found '99ms', allowed is " TIME "100ms to 1d"},
		{"repair:\n  grace: soon",
			"3:10: key 'repair.grace': found 'soon', allowed is " TIME "0 to 30d"},
		{"repair: {grace: -5s}",
			"2:17: key 'repair.grace': found '-5s', allowed is " TIME "0 to 30d"},
		{"repair: {grace: 31d}",
			"2:17: key 'repair.grace': found '31d', allowed is " TIME "0 to 30d"},
		{"repair: {bandwidth: fast}",
			"2:21: key 'repair.bandwidth': found 'fast', allowed is 0 (no limit) or " SIZE
			"1 to 1048576TiB"},
		{"repair: {concurrency: 0}",
			"2:23: key 'repair.concurrency': found '0', allowed is a whole number from 1 to 256"},
		{"repair: {min_up_ratio: 1.1}", "2:24: key 'repair.min_up_ratio': found '1.1', allowed is a "
						"number such as 0.5 from 0 to 1"},
		{"repair: {min_up_ratio: nan}", "2:24: key 'repair.min_up_ratio': found 'nan', allowed is a "
						"number such as 0.5 from 0 to 1"},
		{"repair: {min_up_ratio: .inf}", "2:24: key 'repair.min_up_ratio': found '.inf', allowed is "
						 "a number such as 0.5 from 0 to 1"},
		{"repair: {min_up_ratio: 5e-1}", "2:24: key 'repair.min_up_ratio': found '5e-1', allowed is "
						 "a number such as 0.5 from 0 to 1"},
		{"repair: {min_up_ratio: 0.}", "2:24: key 'repair.min_up_ratio': found '0.', allowed is a "
					       "number such as 0.5 from 0 to 1"},
		{"repair: {min_up_ratio: 0.5.5}", "2:24: key 'repair.min_up_ratio': found '0.5.5', allowed "
						  "is a number such as 0.5 from 0 to 1"},
		{"repair: {max_skew: 1.01}", "2:20: key 'repair.max_skew': found '1.01', allowed is a "
					     "number such as 0.5 from 0 to 1"},
		{"scrub: {interval: 999ms}",
			"2:19: key 'scrub.interval': found '999ms', allowed is 0 (never) or " TIME
			"1s to 3650d"},
		{"scrub: {bandwidth: 2EiB}",
			"2:20: key 'scrub.bandwidth': found '2EiB', allowed is 0 (no limit) or " SIZE
			"1 to 1048576TiB"},
		{"history: {keep_versions: -1}",
			"2:26: key 'history.keep_versions': found '-1', allowed is 0 (keep all) "
			"or a whole number from 1 to 1000000000"},
		{"history: {keep_for: 7}",
			"2:21: key 'history.keep_for': found '7', allowed is 0 (keep for ever) or " TIME
			"1s to 36500d"},
		{"network: {seed: 18446744073709551616}",
			"2:17: key 'network.seed': found '18446744073709551616', allowed "
			"is a whole number from 0 to 18446744073709551615"},
		{"console: {refresh: 49ms}",
			"2:20: key 'console.refresh': found '49ms', allowed is " TIME "50ms to 1m"},
		{"console: {theme: pink}",
			"2:18: key 'console.theme': found 'pink', allowed is one of dark, light, "
			"colour-blind, mono"},
	};
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		refuse_line(faults[i].line, faults[i].message);
}

#define NODE_KEYS "name, path, zone, capacity, weight"

static void test_faulty_nodes_are_named_by_their_place_in_the_list(void **state)
{
	(void)state;
	static const struct {
		const char *nodes, *message;
	} faults[] = {
		{"[]", "1:8: key 'nodes': found an empty list, allowed is a list of 1 to 1024 nodes"},
		{"{name: a}", "1:8: key 'nodes': found a mapping, allowed is a list of 1 to 1024 nodes"},
		{"a", "1:8: key 'nodes': found 'a', allowed is a list of 1 to 1024 nodes"},
		{"[a]", "1:9: key 'nodes[0]': found 'a', allowed is a mapping with the keys " NODE_KEYS},
		{"[{path: a}]", "1:9: key 'nodes[0].name': found nothing, allowed is 1 to 64 of a-z A-Z 0-9 "
				". _ - but not 'client'"},
		{"[{name: a, path: a}, {name: b}]",
			"1:29: key 'nodes[1].path': found nothing, allowed is a path of 1 to "
			"4095 bytes without control characters (~ is not expanded)"},
		{"[{name: client, path: a}]",
			"1:16: key 'nodes[0].name': found 'client', allowed is 1 to 64 of a-z A-Z "
			"0-9 . _ - but not 'client'"},
		{"[{name: a b, path: a}]", "1:16: key 'nodes[0].name': found 'a b', allowed is 1 to 64 of "
					   "a-z A-Z 0-9 . _ - but not 'client'"},
		{"[{name: ü, path: a}]", "1:16: key 'nodes[0].name': found 'ü', allowed is 1 to 64 of a-z "
					 "A-Z 0-9 . _ - but not 'client'"},
		{"[{name: a, path: \"a\\nb\"}]",
			"1:25: key 'nodes[0].path': found \"a\nb\", allowed is a path of 1 to "
			"4095 bytes without control characters (~ is not expanded)"},
		{"[{name: a, path: a, zone: ''}]", "1:34: key 'nodes[0].zone': found \"\", allowed is 1 to "
						   "64 bytes without control characters"},
		{"[{name: a, path: a, capacity: many}]",
			"1:38: key 'nodes[0].capacity': found 'many', allowed is 0 (as "
			"much as the file system has) or " SIZE "1 to 1048576TiB"},
		{"[{name: a, path: a, weight: 0}]", "1:36: key 'nodes[0].weight': found '0', allowed is a "
						    "number such as 1.5 above 0 and up to 1000"},
		{"[{name: a, path: a, weight: inf}]", "1:36: key 'nodes[0].weight': found 'inf', allowed is "
						      "a number such as 1.5 above 0 and up to 1000"},
		{"[{name: a, path: a, weight: 1000.1}]",
			"1:36: key 'nodes[0].weight': found '1000.1', allowed is a number such as 1.5 above "
			"0 and up to 1000"},
		{"[{name: a, path: a, weight: -1}]", "1:36: key 'nodes[0].weight': found '-1', allowed is a "
						     "number such as 1.5 above 0 and up to 1000"},
		{"[{name: a, path: a, size: 1}]",
			"1:28: key 'nodes[0].size': found an unknown key, allowed is one of " NODE_KEYS},
		{"[{name: a, path: a}, {name: a, path: b}]",
			"1:36: key 'nodes[1].name': found 'a' a second time (the first is at 1:16), allowed "
			"is a name that no "
			"other node has"},
		{"[{name: a, path: x/y}, {name: b, path: ./x//z/../y/}]",
			"1:47: key 'nodes[1].path': found '/no-such-folder/nodes/x/y' a second time (the "
			"first is at 1:25), "
			"allowed is a path that no other node has"},
	};
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		char text[512];
		snprintf(text, sizeof(text), "nodes: %s\n", faults[i].nodes);
		refuse(text, faults[i].message);
	}
	refuse("store: x\n", "1:1: key 'nodes': found nothing, allowed is a list of 1 to 1024 nodes");
}

static void test_names_and_zones_have_64_bytes_at_most(void **state)
{
	(void)state;
	char text[256];
	snprintf(text, sizeof(text), "nodes: [{name: %064d, path: a, zone: '%064d'}]", 1, 1);
	config_free(config_of(text));
	snprintf(text, sizeof(text), "nodes: [{name: %065d, path: a}]", 1);
	refuse(text, "1:16: key 'nodes[0].name': found '0000000000000000000000000000000000000000…', allowed "
		     "is 1 to 64 of "
		     "a-z A-Z 0-9 . _ - but not 'client'");
	snprintf(text, sizeof(text), "nodes: [{name: a, path: a, zone: '%065d'}]", 1);
	refuse(text, "1:34: key 'nodes[0].zone': found \"0000000000000000000000000000000000000000…\", "
		     "allowed is 1 to 64 "
		     "bytes without control characters");
}

#define LINK_KEYS "from, to, latency, jitter, bandwidth, loss, cut"

static void test_links_join_known_ends_once(void **state)
{
	(void)state;
	static const struct {
		const char *links, *message;
	} faults[] = {
		{"{}", "2:18: key 'network.links': found a mapping, allowed is a list of at most 65536 "
		       "links"},
		{"[a]", "2:19: key 'network.links[0]': found 'a', allowed is a mapping with the "
			"keys " LINK_KEYS},
		{"[{from: a}]", "2:19: key 'network.links[0].to': found nothing, allowed is the name of a "
				"node or client"},
		{"[{from: c, to: a}]", "2:26: key 'network.links[0].from': found 'c', allowed is the name of "
				       "a node or client"},
		{"[{from: a, to: a}]",
			"2:33: key 'network.links[0].to': found 'a', allowed is another end than 'from'"},
		{"[{from: a, to: b}, {from: b, to: a}, {from: a, to: b}]",
			"2:69: key 'network.links[2].to': found 'b' a second time (the first is at 2:33), "
			"allowed is one link "
			"from each end to each other"},
		{"[{from: a, to: b, loss: 2}]", "2:42: key 'network.links[0].loss': found '2', allowed is a "
						"number such as 0.5 from 0 to 1"},
		{"[{from: a, to: b, cut: 1}]",
			"2:41: key 'network.links[0].cut': found '1', allowed is true or false"},
		{"[{from: a, to: b, latency: 2h}]",
			"2:45: key 'network.links[0].latency': found '2h', allowed is " TIME "0 to 1h"},
	};
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		char line[256];
		snprintf(line, sizeof(line), "network: {links: %s}", faults[i].links);
		refuse_line(line, faults[i].message);
	}
}

static void test_min_replicas_follows_a_small_replication_factor(void **state)
{
	(void)state;
	struct config *config = config_of_line("replication_factor: 1");
	assert_int_equal(config->min_replicas, 1);
	config_free(config);
	refuse_line("replication_factor: 2\nmin_replicas: 3",
		"3:15: key 'min_replicas': found '3', allowed is a whole number from 1 to 2, the value of "
		"'replication_factor'");
	config = config_of_line(
		"replication_factor: 16"); /* more than there are nodes: under-replicated, not wrong */
	assert_int_equal(config->replication_factor, 16);
	config_free(config);
}

static void test_memory_holds_two_of_the_largest_chunks(void **state)
{
	(void)state;
	config_free(config_of_line("chunk: {size: 32MiB}"));
	refuse_line("chunk: {size: 33MiB}",
		"2:15: key 'chunk.size': found '33MiB', while 'memory' is 64MiB, allowed is a 'memory' of at "
		"least "
		"66MiB, two chunks of up to 33MiB each, or a smaller 'chunk.size'");
	refuse_line("memory: 16MiB\nchunk: {size: 8MiB, method: cdc}",
		"2:9: key 'memory': found '16MiB', while 'chunk.size' is 8MiB, allowed is a 'memory' of at "
		"least 26MiB, "
		"two chunks of up to 13MiB each, or a smaller 'chunk.size'");
	config_free(config_of_line("memory: 26MiB\nchunk: {size: 8MiB, method: cdc}"));
	refuse_line("memory: 15MiB\nchunk: {size: 8MiB}",
		"2:9: key 'memory': found '15MiB', while 'chunk.size' is 8MiB, allowed is a 'memory' of at "
		"least 16MiB, "
		"two chunks of up to 8MiB each, or a smaller 'chunk.size'");
}

static void test_a_path_too_long_once_absolute_is_refused(void **state)
{
	(void)state;
	char text[8192], long_path[4096];
	memset(long_path, 'x', 4095);
	long_path[4095] = '\0';
	snprintf(text, sizeof(text), "nodes: [{name: n, path: /%.4094s}]", long_path);
	config_free(config_of(text));
	snprintf(text, sizeof(text), "nodes: [{name: n, path: %s}]", long_path);
	refuse(text, "1:25: key 'nodes[0].path': found a path that is 4117 bytes long once it is absolute, "
		     "allowed is at "
		     "most 4095 bytes");
}

static void test_keys_are_known_and_stand_once(void **state)
{
	(void)state;
	const char *top = "store, rehearsal, replication_factor, min_replicas, memory, workers, chunk, "
			  "placement, nodes, "
			  "repair, scrub, history, network, console";
	char message[512];
	snprintf(message, sizeof(message), "2:1: key 'repiar': found an unknown key, allowed is one of %s",
		top);
	refuse_line("repiar: {}", message);
	snprintf(message, sizeof(message), "2:1: key '<<': found an unknown key, allowed is one of %s", top);
	refuse_line("<<: {store: x}", message);
	snprintf(message, sizeof(message), "2:3: found a list, allowed is one of %s", top);
	refuse_line("? [store]\n: x", message);
	snprintf(message, sizeof(message), "2:1: key 'Store': found an unknown key, allowed is one of %s",
		top);
	refuse_line("Store: x", message);
	refuse_line("chunk: {Size: 4MiB}",
		"2:9: key 'chunk.Size': found an unknown key, allowed is one of size, method");
	refuse_line("store: a\nstore: a",
		"3:1: key 'store': found a second time (the first is at 2:1), allowed is each key once");
	refuse_line(CONFIG_NODES,
		"2:1: key 'nodes': found a second time (the first is at 1:1), allowed is each key once");
	refuse_line("repair: {grace: 1s, \"grace\": 1s}", "2:21: key 'repair.grace': found a second time "
							  "(the first is at 2:10), allowed is each key once");
	refuse("nodes: [{name: a, name: b}]", "1:19: key 'nodes[0].name': found a second time (the first is "
					      "at 1:10), allowed is each key once");
	refuse_line("network: {links: [{from: a, to: b, to: b}]}",
		"2:36: key 'network.links[0].to': found a second time (the first is at 2:29), allowed is "
		"each key once");
	refuse_line("0123456789012345678901234567890123456789x: 1",
		"2:1: key '0123456789012345678901234567890123456789…': found an unknown key, allowed is one "
		"of store, "
		"rehearsal, replication_factor, min_replicas, memory, workers, chunk, placement, nodes, "
		"repair, scrub, "
		"history, network, console");
}

static void test_shapes_must_fit(void **state)
{
	(void)state;
	refuse_line(
		"memory: [64MiB]", "2:9: key 'memory': found a list, allowed is " SIZE "8MiB to 1048576TiB");
	refuse_line("memory: {size: 64MiB}",
		"2:9: key 'memory': found a mapping, allowed is " SIZE "8MiB to 1048576TiB");
	refuse_line("chunk: 4MiB",
		"2:8: key 'chunk': found '4MiB', allowed is a mapping with the keys size, method");
	refuse_line("chunk: [4MiB]",
		"2:8: key 'chunk': found a list, allowed is a mapping with the keys size, method");
	refuse_line(
		"chunk:", "2:7: key 'chunk': found nothing, allowed is a mapping with the keys size, method");
	refuse("[1]", "1:1: found a list, allowed is a mapping of keys, at least the key nodes");
	refuse("nodes", "1:1: found 'nodes', allowed is a mapping of keys, at least the key nodes");
}

static void test_what_was_found_is_cut_between_characters(void **state)
{
	(void)state;
	refuse_line("workers: 0123456789012345678901234567890123456789",
		"2:10: key 'workers': found '0123456789012345678901234567890123456789', allowed is 0 (chosen "
		"from the "
		"cores) or a whole number from 1 to 256");
	refuse_line("workers: 012345678901234567890123456789012345678éé",
		"2:10: key 'workers': found '012345678901234567890123456789012345678…', allowed is 0 (chosen "
		"from the "
		"cores) or a whole number from 1 to 256");
}

static void test_1024_nodes_are_read_and_no_more(void **state)
{
	(void)state;
	size_t size = 128 * 2000, used = (size_t)snprintf(NULL, 0, "nodes:\n");
	char *text = malloc(size);
	assert_non_null(text);
	memcpy(text, "nodes:\n", used);
	size_t at_1024 = 0;
	for (unsigned i = 0; i < 2000; i++) {
		used += (size_t)snprintf(text + used, size - used, "  - {name: n%u, path: p%u}\n", i, i);
		at_1024 = i == 1023 ? used : at_1024;
	}
	struct config *config = NULL;
	if (config_parse(CONFIG_PATH, text, at_1024, &config, &error))
		fail_msg("refused: %s", error.message);
	assert_int_equal(config->node_count, 1024);
	assert_string_equal(config->nodes[1023].name, "n1023");
	config_free(config);
	refuse_bytes(text, used,
		"1026:5: key 'nodes': found more than 1024, allowed is a list of 1 to 1024 nodes");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_out_of_line_are_named_with_place_and_remedy),
		cmocka_unit_test(test_faulty_nodes_are_named_by_their_place_in_the_list),
		cmocka_unit_test(test_names_and_zones_have_64_bytes_at_most),
		cmocka_unit_test(test_links_join_known_ends_once),
		cmocka_unit_test(test_min_replicas_follows_a_small_replication_factor),
		cmocka_unit_test(test_memory_holds_two_of_the_largest_chunks),
		cmocka_unit_test(test_a_path_too_long_once_absolute_is_refused),
		cmocka_unit_test(test_keys_are_known_and_stand_once),
		cmocka_unit_test(test_shapes_must_fit),
		cmocka_unit_test(test_what_was_found_is_cut_between_characters),
		cmocka_unit_test(test_1024_nodes_are_read_and_no_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
