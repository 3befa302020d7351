/* What engine/scenario.h promises of comparisons: each case is the base with what it says itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/durability.h"
#include "tests/support/scenario_text.h"

static void a_case_says_what_differs_from_the_base(void **state)
{
	(void)state;
	struct scenario *scenario = scenario_of(
		"compare:\n"
		"  base: {nodes: 100, zones: 5, chunks: 1000, chunk_size: 4MiB, grace: 1h, "
		"annual_failure_rate: 0.05}\n"
		"  cases:\n"
		"    - {}\n"
		"    - {name: two copies, replication_factor: 2, placement: round_robin, spread: node}\n"
		"    - {nodes: 50, repair_bandwidth: 1GiB, scrub_interval: 0, replace_after: 0, "
		"outages_per_year: 12}\n"
		"seed: 42\n");
	const struct durability_case *cases = scenario->cases;
	struct durability_case standard;
	durability_case_init(&standard);
	assert_int_equal(scenario->step_count, 0);
	assert_int_equal(scenario->case_count, 3);
	assert_string_equal(cases[0].name, "case 1");
	assert_int_equal(cases[0].nodes, 100);
	assert_int_equal(cases[0].zones, 5);
	assert_int_equal(cases[0].chunk_bytes, 4 << 20);
	assert_int_equal(cases[0].grace_ms, 3600000);
	assert_true(cases[0].annual_failure_rate == 0.05);
	assert_int_equal(cases[0].replication_factor, standard.replication_factor);
	assert_int_equal(cases[0].period_ms, standard.period_ms);
	assert_string_equal(cases[1].name, "two copies");
	assert_int_equal(cases[1].nodes, 100);
	assert_int_equal(cases[1].replication_factor, 2);
	assert_int_equal(cases[1].policy, PLACEMENT_ROUND_ROBIN);
	assert_int_equal(cases[1].spread, SPREAD_NODE);
	assert_int_equal(cases[2].nodes, 50);
	assert_int_equal(cases[2].chunks, 1000);
	assert_int_equal(cases[2].repair_bandwidth, 1 << 30);
	assert_int_equal(cases[2].scrub_interval_ms, 0);
	assert_true(cases[2].outages_per_year == 12);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(cases[i].seed, 42);
	scenario_free(scenario);
}

static void faults_are_named_with_place_and_case(void **state)
{
	(void)state;
	refuse_scenario(
		"compare: {}", "1:10: compare: key 'cases': found nothing, allowed is a list of cases");
	refuse_scenario("compare: [a]",
		"1:10: key 'compare': found a list, allowed is a mapping with the keys base, cases");
	refuse_scenario("compare: {cases: []}",
		"1:18: compare: key 'cases': found an empty list, allowed is a list of at least one case");
	refuse_scenario("compare: {cases: [{}], base: {nodes: 3}}",
		"1:30: compare: key 'base': found it behind 'cases', allowed is 'base' before 'cases'");
	refuse_scenario("compare: {base: {nodes: 0}, cases: [{}]}",
		"1:25: compare: key 'base.nodes': found '0', allowed is a whole number from 1 to 1024");
	refuse_scenario("compare: {cases: [{}, {grace: soon}]}",
		"1:31: case 2: key 'grace': found 'soon', allowed is a time such as 250ms, 5s, 10m, 2h or "
		"7d, from 0 to "
		"36525d");
	refuse_scenario("compare: {cases: [{}, {placement: best}]}",
		"1:35: case 2: key 'placement': found 'best', allowed is one of balanced, rendezvous, "
		"round_robin");
	/* What the simulation itself refuses. */
	refuse_scenario("compare: {cases: [{}, {nodes: 2, zones: 1}]}",
		"1:23: case 2: key 'replication_factor': found 3, allowed is at most one copy for each of "
		"the 2 nodes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_case_says_what_differs_from_the_base),
		cmocka_unit_test(faults_are_named_with_place_and_case),
	};
	return cmocka_run_group_tests_name("scenario compare", tests, NULL, NULL);
}
