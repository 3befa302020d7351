/* What engine/scenario.h promises of scenarios that are right: each step in each of its forms, and the store. */
#include "engine/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/scenario_text.h"

static void a_step_is_told_in_one_line(void **state)
{
	(void)state;
	static const struct {
		const char *step, *text;
	} steps[] = {
		{"put: {name: photos, files: 20, size: 4KiB..1MiB, rf: 2}",
			"put 20 files of 4KiB to 1MiB as photos/, 2 copies each"},
		{"put: {size: 0}", "put 1 file of 0 as files"},
		{"put: {files: 3}", "put 3 files of 1MiB as files/"},
		{"put: {name: n, refused: true}", "put 1 file of 1MiB as n, which is refused"},
		{"put: {paths: [a, /b/../c], rf: 1}", "put /no-such-folder/a, /c, 1 copy each"},
		{"put: {paths: a, name: b}", "put /no-such-folder/a as b"},
		{"rm: photos/", "rm photos/"},
		{"rm: [a, b]", "rm a, b"},
		{"set_rf: {name: [a, photos/], rf: 4}", "set_rf a, photos/ to 4"},
		{"snapshot: before", "snapshot before"},
		{"snapshot", "snapshot"},
		{"snapshot:", "snapshot"},
		{"fail: node-2", "fail node-2"},
		{"recover: all", "recover node-1, node-2, node-3, node-4 and 2 more"},
		{"wipe: [node-2, node-3]", "wipe node-2, node-3"},
		{"corrupt: node-2", "corrupt node-2"},
		{"corrupt: {nodes: node-2, chunks: 3}", "corrupt node-2, 3 chunks each"},
		{"fill: {nodes: node-2, to: 0.965}", "fill node-2 to 96.5 %"},
		{"fill: {nodes: node-2, to: 0}", "fill node-2 no more"},
		{"slow: {nodes: node-2, latency: 500ms, jitter: 10ms}",
			"slow node-2, latency 500ms, jitter 10ms"},
		{"link: {from: client, to: all, bandwidth: 1MiB, loss: 0.1, one_way: true}",
			"link client to node-1, node-2, node-3, node-4 and 2 more, bandwidth 1MiB, loss 10 "
			"%, one way"},
		{"link: {from: node-1, to: node-2, bandwidth: 0}",
			"link node-1 and node-2, bandwidth without limit"},
		{"cut: node-2", "cut node-2"},
		{"cut: {from: node-1, to: [node-2, client], one_way: true}",
			"cut node-1 to node-2, client, one way"},
		{"partition: [[client, node-1], [node-2]]", "partition client, node-1 / node-2"},
		{"heal", "heal"},
		{"away: node-2", "away node-2"},
		{"back: node-2", "back node-2"},
		{"drain: node-2", "drain node-2"},
		{"add_node: node-7", "add_node node-7"},
		{"add_node: {name: new, zone: z, capacity: 1GiB}", "add_node new in zone z"},
		{"remove_node: node-2", "remove_node node-2"},
		{"kill", "kill maintenance for 1s"},
		{"kill: 5s", "kill maintenance for 5s"},
		{"scrub", "scrub"},
		{"scrub: node-2", "scrub node-2"},
		{"collect", "collect"},
		{"lose_catalog", "lose_catalog"},
		{"repeat: {times: 3, steps: [heal]}", "repeat 3 times"},
		{"random: {for: 1h, every: 1m, faults: {fail: 2, kill: 0.5}}",
			"random fail, kill for 1h, every 1m on average, lasting 10s"},
		{"wait: 250ms", "wait 250ms"},
		{"expect: HEALTHY", "expect health HEALTHY"},
		{"expect: '!= CRITICAL'", "expect health != CRITICAL"},
		{"expect: {chunks.lost: 0, bytes.stored: '>=  1MiB', within: 5s, for: 2s}",
			"expect chunks.lost 0, bytes.stored >= 1MiB within 5s for 2s"},
		{"verify", "verify"},
	};
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		char text[512];
		snprintf(text, sizeof(text), "steps:\n  - %s\n", steps[i].step);
		struct scenario *scenario = scenario_of(text);
		assert_int_equal(scenario->step_count, 1);
		assert_string_equal(scenario->steps[0].text, steps[i].text);
		assert_int_equal(scenario->steps[0].line, 2);
		assert_int_equal(scenario->steps[0].column, 5);
		scenario_free(scenario);
	}
}

static void no_two_kinds_have_the_same_name(void **state)
{
	(void)state;
	for (unsigned i = 0; i < STEP_KINDS; i++) {
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(
				step_kind_name((enum step_kind)i), step_kind_name((enum step_kind)j));
	}
}

static void values_go_where_the_player_looks(void **state)
{
	(void)state;
	struct scenario *scenario = scenario_of(
		"name: Story\n"
		"about: |\n"
		"  It begins,\n"
		"  and ends.\n"
		"clock: virtual\n"
		"seed: 18446744073709551615\n"
		"steps:\n"
		"  - put: {name: p, files: 2, size: 1KiB..2KiB, rf: 2, refused: true}\n"
		"  - corrupt: node-2\n"
		"  - fill: {nodes: node-2, to: 0.5}\n"
		"  - slow: {nodes: [node-1], latency: 1s, bandwidth: 0}\n"
		"  - link: {from: node-1, to: client, jitter: 2s, loss: 0.25, one_way: true}\n"
		"  - cut: {from: client, to: node-1}\n"
		"  - partition: [[client], [node-1, node-2]]\n"
		"  - kill\n"
		"  - random: {for: 1m, every: 2s, lasting: 3s, at_once: 2, faults: {away: 1.5, rm: 2}}\n"
		"  - set_rf: {name: p/, rf: 5}\n");
	const struct scenario_step *step = scenario->steps;
	assert_string_equal(scenario->name, "Story");
	assert_string_equal(scenario->about, "It begins,\nand ends.");
	assert_true(scenario->virtual_clock);
	assert_true(scenario->seed == UINT64_MAX && scenario->store->network_seed == UINT64_MAX);
	assert_int_equal(scenario->step_count, 10);
	assert_int_equal(step->files, 2);
	assert_int_equal(step->size_bytes, 1024);
	assert_int_equal(step->size_most_bytes, 2048);
	assert_int_equal(step->replication_factor, 2);
	assert_true(step->refused);
	assert_int_equal(step[1].number, 1);
	assert_true(step[2].ratio == 0.5);
	assert_true(step[3].link.set_latency && step[3].link.set_bandwidth && !step[3].link.set_loss);
	assert_int_equal(step[3].link.latency_ms, 1000);
	assert_true(step[4].link.set_jitter && step[4].link.set_loss && !step[4].link.set_latency);
	assert_true(step[4].link.one_way && step[4].link.loss == 0.25);
	assert_string_equal(step[4].others[0], "client");
	assert_string_equal(step[5].names[0], "client");
	assert_string_equal(step[5].others[0], "node-1");
	assert_int_equal(step[6].group_count, 2);
	assert_int_equal(step[6].groups[1].count, 2);
	assert_int_equal(step[7].duration_ms, 1000);
	assert_int_equal(step[8].duration_ms, 60000);
	assert_int_equal(step[8].random.every_ms, 2000);
	assert_int_equal(step[8].random.lasting_ms, 3000);
	assert_int_equal(step[8].random.at_once, 2);
	assert_true(step[8].random.weights[FAULT_AWAY] == 1.5 && step[8].random.weights[FAULT_RM] == 2);
	assert_true(step[8].random.weights[FAULT_FAIL] == 0);
	assert_int_equal(step[9].number, 5);
	scenario_free(scenario);
}

static void without_a_store_there_are_six_nodes_in_three_zones(void **state)
{
	(void)state;
	struct scenario *scenario = scenario_of("steps: [verify]\n");
	const struct config *store = scenario->store;
	assert_false(scenario->has_store);
	assert_false(scenario->virtual_clock);
	assert_int_equal(scenario->seed, 1);
	assert_string_equal(scenario->name, "disk-dies");
	assert_string_equal(scenario->about, "");
	assert_int_equal(store->node_count, 6);
	assert_string_equal(store->nodes[5].name, "node-6");
	assert_string_equal(store->nodes[5].zone, "c");
	assert_int_equal(store->replication_factor, 3);
	assert_int_equal(store->min_replicas, 2);
	assert_int_equal(store->repair_grace_ms, 5000);
	assert_string_equal(store->console_theme, "dark");
	scenario_free(scenario);
}

static void a_store_has_the_keys_of_a_config(void **state)
{
	(void)state;
	struct scenario *scenario =
		scenario_of("seed: 7\n"
			    "store:\n"
			    "  nodes: 4\n"
			    "  zones: 2\n"
			    "  capacity: 1GiB\n"
			    "  replication_factor: 1\n"
			    "  chunk: {size: 64KiB, method: cdc}\n"
			    "  repair: {grace: 1m}\n"
			    "  network: {seed: 9, links: [{from: client, to: node-4, latency: 5ms}]}\n"
			    "steps: [verify]\n");
	const struct config *store = scenario->store;
	assert_true(scenario->has_store);
	assert_int_equal(store->node_count, 4);
	assert_string_equal(store->nodes[3].zone, "b");
	assert_int_equal(store->nodes[3].capacity_bytes, 1 << 30);
	assert_int_equal(store->min_replicas, 1);
	assert_int_equal(store->chunk_method, CHUNK_CDC);
	assert_int_equal(store->repair_grace_ms, 60000);
	assert_int_equal(store->network_seed, 9);
	assert_int_equal(store->link_count, 1);
	scenario_free(scenario);
}

static void nodes_can_be_listed(void **state)
{
	(void)state;
	struct scenario *scenario = scenario_of(
		"store: {nodes: [{name: big, zone: rack, capacity: 2GiB, weight: 2}, {name: b.c}]}\n"
		"steps:\n"
		"  - fail: [b.c, big]\n"
		"  - expect: {nodes.b.c.state: down, links.b.c.big.cut: false, links.client.b.c.latency_ms: "
		"none}\n");
	const struct config *store = scenario->store;
	assert_int_equal(store->node_count, 2);
	assert_string_equal(store->nodes[0].zone, "rack");
	assert_string_equal(store->nodes[1].zone, "b.c");
	assert_string_equal(store->nodes[1].path, "b.c");
	scenario_free(scenario);
}

static void nodes_come_and_go(void **state)
{
	(void)state;
	struct scenario *scenario = scenario_of("store: {nodes: 2, replication_factor: 2}\n"
						"steps:\n"
						"  - add_node: {name: node-3}\n"
						"  - remove_node: node-1\n"
						"  - fail: all\n"
						"  - add_node: node-1\n"
						"  - expect: {nodes.node-1.state: up}\n");
	const struct scenario_step *fail = &scenario->steps[2];
	assert_int_equal(fail->name_count, 2);
	assert_string_equal(fail->names[0], "node-2");
	assert_string_equal(fail->names[1], "node-3");
	scenario_free(scenario);
}

static void repeated_steps_keep_their_lines(void **state)
{
	(void)state;
	struct scenario *scenario =
		scenario_of("steps:\n"
			    "  - repeat:\n"
			    "      times: 2\n"
			    "      steps:\n"
			    "        - wait: 1s\n"
			    "        - repeat: {times: 3, steps: [heal, {fail: node-1}]}\n"
			    "  - verify\n");
	const struct scenario_step *outer = &scenario->steps[0];
	assert_int_equal(scenario->step_count, 2);
	assert_int_equal(outer->number, 2);
	assert_int_equal(outer->step_count, 2);
	assert_int_equal(outer->steps[1].line, 6);
	assert_int_equal(outer->steps[1].step_count, 2);
	assert_string_equal(outer->steps[1].steps[1].text, "fail node-1");
	scenario_free(scenario);
}

/* ---- expectations ---- */

static const struct view_node nodes[] = {
	{.name = "node-1", .zone = "a", .cause = "", .path = "/1", .latency_ms = 12, .used_bytes = 1 << 20},
	{.name = "node-2",
		.zone = "b",
		.cause = "cut off",
		.path = "/2",
		.state = NODE_DOWN,
		.latency_ms = -1},
};
static const struct view view = {
	.store = "/s",
	.health = HEALTH_DEGRADED,
	.rehearsal = true,
	.nodes = nodes,
	.node_count = 2,
	.nodes_up = 1,
	.chunks = {.lost = 3},
	.repair = {.reason = "", .eta_s = -1, .grace_left_s = 2.5},
	.maintenance_role = "self",
};

/* What is not as `fields` expect of the view; "" when everything is. */
static const char *failing(const char *fields)
{
	static char found[256];
	char text[512], tiny[4];
	snprintf(text, sizeof(text), "steps:\n  - expect: {%s}\n", fields);
	struct scenario *scenario = scenario_of(text);
	const struct scenario_expectation *expectation = &scenario->steps[0].expectation;
	found[0] = '\0';
	bool held = expectation_holds(expectation, &view, found, sizeof(found));
	assert_int_equal(held, found[0] == '\0');
	/* A short room is no reason to write elsewhere. */
	assert_int_equal(expectation_holds(expectation, &view, tiny, sizeof(tiny)), held);
	scenario_free(scenario);
	return found;
}

static void what_holds_holds(void **state)
{
	(void)state;
	static const char *const fields[] = {"health: DEGRADED", "health: degraded", "health: '!= HEALTHY'",
		"chunks.lost: 3", "chunks.lost: '== 3'", "chunks.lost: '>2'", "chunks.lost: '>= 3'",
		"chunks.lost: '< 3.5'", "chunks.lost: '<=3'", "chunks.lost: '!= 0'",
		"nodes.node-2.state: DOWN", "nodes.node-2.cause: cut off", "nodes.node-1.cause: ''",
		"nodes.node-2.cause: '!= x'", "nodes.node-2.latency_ms: none",
		"nodes.node-1.latency_ms: '!= none'", "nodes.node-1.latency_ms: < 1s",
		"nodes.node-1.used: 1MiB", "nodes.node-1.used: '< 1GiB'", "repair.eta_s: none",
		"repair.eta_s: '!= 5s'", "repair.grace_left_s: 2500ms", "rehearsal: true", "nodes_up: 1",
		"checks.CHUNKS_LOST: 0", "maintenance.role: self", "health: DEGRADED, chunks.lost: 3"};
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (*failing(fields[i]))
			fail_msg("%s: %s", fields[i], failing(fields[i]));
	}
}

static void what_does_not_is_told(void **state)
{
	(void)state;
	static const struct {
		const char *fields, *found;
	} cases[] = {
		{"health: HEALTHY", "health is DEGRADED"},
		{"health: '!= DEGRADED'", "health is DEGRADED"},
		{"health: DEGRADED, chunks.lost: 0", "chunks.lost is 3"},
		{"chunks.lost: '> 3'", "chunks.lost is 3"},
		{"chunks.lost: '< 3'", "chunks.lost is 3"},
		{"chunks.lost: '<= 2'", "chunks.lost is 3"},
		{"chunks.lost: '>= 4'", "chunks.lost is 3"},
		{"nodes.node-2.state: up", "nodes.node-2.state is down"},
		{"nodes.node-1.used: '> 1MiB'", "nodes.node-1.used is 1MiB"},
		{"nodes.node-2.latency_ms: '< 1s'", "nodes.node-2.latency_ms is none"},
		{"nodes.node-1.latency_ms: none", "nodes.node-1.latency_ms is 12ms"},
		{"nodes.node-1.cause: x", "nodes.node-1.cause is ''"},
		{"repair.grace_left_s: none", "repair.grace_left_s is 2.500s"},
		{"rehearsal: false", "rehearsal is true"},
		{"nodes.node-3.state: up", "nodes.node-3.state is not there"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_string_equal(failing(cases[i].fields), cases[i].found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_is_told_in_one_line),
		cmocka_unit_test(no_two_kinds_have_the_same_name),
		cmocka_unit_test(values_go_where_the_player_looks),
		cmocka_unit_test(without_a_store_there_are_six_nodes_in_three_zones),
		cmocka_unit_test(a_store_has_the_keys_of_a_config),
		cmocka_unit_test(nodes_can_be_listed),
		cmocka_unit_test(nodes_come_and_go),
		cmocka_unit_test(repeated_steps_keep_their_lines),
		cmocka_unit_test(what_holds_holds),
		cmocka_unit_test(what_does_not_is_told),
	};
	return cmocka_run_group_tests_name("scenario", tests, NULL, NULL);
}
