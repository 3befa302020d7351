/*
 * The links of a store: who may change them, that they last, that other processes follow, and what they make of
 * nodes, and of puts and gets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/support/linking.h"

/* ---- changing them ---- */

static void test_only_a_rehearsal_store_is_changed(void **state)
{
	(void)state;
	healing_make_store(2, "network: {links: [{from: client, to: node-1, cut: true}]}\n");
	assert_int_equal(linking_try_set("client", "node-1", link_cut_both), -1);
	one_store_expect_failure(ERROR_REFUSED, "rehearsal: true");
	assert_int_equal(store_heal_network(fixture.store, &linking_changed, &fixture.error), -1);
	one_store_expect_failure(ERROR_REFUSED, "rehearsal: true");
	const char *const one[] = {"node-1"}, *const other[] = {"node-2"};
	assert_int_equal(store_partition(fixture.store, (const char *const *const[]){one, other},
				 (const size_t[]){1, 1}, 2, &fixture.error),
		-1);
	one_store_expect_failure(ERROR_REFUSED, "rehearsal: true");
	assert_int_equal(store_network_preset(fixture.store, "lan", NULL, 0, &fixture.error), -1);
	one_store_expect_failure(ERROR_REFUSED, "rehearsal: true");
	/* Nor does the config make one: but that is said. */
	linking_expect_links(fixture.store, "");
	linking_expect_node(1, NODE_UP, "");
	const struct view *view;
	assert_int_equal(store_view(fixture.store, 0, &view, &fixture.error), 0);
	assert_non_null(strstr(view->notes[0], "network.links do nothing"));
	view_unref(view);
}

static void test_what_makes_no_sense_is_refused(void **state)
{
	(void)state;
	healing_make_store(2, REHEARSAL);
	assert_int_equal(linking_try_set("client", "node-9", link_cut_both), -1);
	one_store_expect_failure(ERROR_NOT_FOUND, "no node 'node-9'");
	assert_int_equal(linking_try_set("node-1", "node-1", link_cut_both), -1);
	one_store_expect_failure(ERROR_USAGE, "itself");
	assert_int_equal(linking_try_set("client", "all", (struct link_change){0}), -1);
	one_store_expect_failure(ERROR_USAGE, "nothing is to be set");
	const struct link_change wrong[] = {
		{.set_latency = true, .to = {.latency_ms = -1}},
		{.set_latency = true, .to = {.latency_ms = LINK_LATENCY_MAX_MS + 1}},
		{.set_jitter = true, .to = {.jitter_ms = -1}},
		{.set_bandwidth = true, .to = {.bandwidth = LINK_BANDWIDTH_MAX + 1}},
		{.set_loss = true, .to = {.loss = 1.01}},
		{.set_loss = true, .to = {.loss = 0.0 / 0.0}},
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(linking_try_set("client", "all", wrong[i]), -1);
		assert_int_equal(fixture.error.code, ERROR_USAGE);
	}
	assert_int_equal(store_network_preset(fixture.store, "moon", NULL, 0, &fixture.error), -1);
	one_store_expect_failure(ERROR_NOT_FOUND, "lan, wan, wifi, slow-disk");
	assert_int_equal(store_network_preset(fixture.store, "slow-disk", NULL, 0, &fixture.error), -1);
	one_store_expect_failure(ERROR_USAGE, "name the nodes");
	const char *const one[] = {"client", "node-1"}, *const other[] = {"node-2", "node-1"};
	const char *const *const groups[] = {one, other};
	assert_int_equal(
		store_partition(fixture.store, groups, (const size_t[]){2, 2}, 2, &fixture.error), -1);
	one_store_expect_failure(ERROR_USAGE, "'node-1' stands in two groups");
	assert_int_equal(
		store_partition(fixture.store, groups, (const size_t[]){2, 2}, 1, &fixture.error), -1);
	one_store_expect_failure(ERROR_USAGE, "at least two groups");
	linking_expect_links(fixture.store, "");
	assert_int_equal(healing_events("link_changed") + healing_events("link_cut"), 0);
}

static void test_changes_are_merged_last_and_leave_events(void **state)
{
	(void)state;
	healing_make_store(2, REHEARSAL);
	linking_set(
		"client", "node-1", (struct link_change){.set_latency = true, .to = {.latency_ms = 5}}, 2);
	linking_set("client", "node-1",
		(struct link_change){.set_loss = true,
			.set_bandwidth = true,
			.to = {.loss = 0.25, .bandwidth = 1000},
			.one_way = true},
		1);
	linking_set("node-2", "node-1", link_cut_there, 1);
	linking_set("node-2", "node-1", link_cut_there, 0);
	const char *expected =
		"client>node-1 5 0 1000 0.25\nnode-1>client 5 0 0 0\nnode-2>node-1 0 0 0 0 cut\n";
	linking_expect_links(fixture.store, expected);
	store_fixture_reopen(&fixture);
	linking_expect_links(fixture.store, expected);
	linking_set("all", "all", link_mend, 1);
	assert_int_equal(healing_events("link_changed"), 2);
	assert_int_equal(healing_events("link_cut"), 1); /* what changes nothing leaves none */
	assert_int_equal(healing_events("link_restored"), 1);
	assert_int_equal(
		healing_sql("SELECT count(*) FROM event WHERE code = 'link_changed' AND node = 'node-1' "
			    "AND text LIKE '%%from client to node-1: bandwidth 1000 B/s, loss 25 %%'"),
		1);
	linking_heal(2);
	linking_heal(0);
	linking_expect_links(fixture.store, "");
	assert_int_equal(healing_events("network_healed"), 1);
}

static void test_healing_holds_for_the_config_too_until_it_is_set_again(void **state)
{
	(void)state;
	healing_make_store(2, REHEARSAL "network: {links: [{from: client, to: node-1, latency: 7ms}, "
					"{from: node-1, to: node-2, cut: true}]}\n");
	linking_expect_links(
		fixture.store, "client>node-1 7 0 0 0 config\nnode-1>node-2 0 0 0 0 cut config\n");
	linking_heal(2);
	linking_expect_links(fixture.store, "");
	store_fixture_reopen(&fixture);
	linking_expect_links(fixture.store, "");
	linking_set("node-1", "node-2", link_cut_there, 1);
	linking_expect_links(fixture.store, "node-1>node-2 0 0 0 0 cut\n");
}

static void test_a_partition_cuts_between_groups_only(void **state)
{
	(void)state;
	healing_make_store(3, REHEARSAL);
	const char *const one[] = {"client", "node-1"}, *const other[] = {"node-2"};
	assert_int_equal(store_partition(fixture.store, (const char *const *const[]){one, other},
				 (const size_t[]){2, 1}, 2, &fixture.error),
		0);
	linking_expect_links(fixture.store, "client>node-2 0 0 0 0 cut\nnode-1>node-2 0 0 0 0 cut\n"
					    "node-2>client 0 0 0 0 cut\nnode-2>node-1 0 0 0 0 cut\n");
	assert_int_equal(healing_events("network_partitioned"), 1);
	linking_expect_node(1, NODE_UP, "");
	linking_expect_node(2, NODE_DOWN, "cut off");
	linking_expect_node(3, NODE_UP, "");
}

static void test_a_preset_leaves_cuts(void **state)
{
	(void)state;
	healing_make_store(2, REHEARSAL);
	linking_set("client", "node-1", link_cut_there, 1);
	assert_int_equal(
		store_network_preset(fixture.store, "slow-disk", NAMES("node-1"), &fixture.error), 0);
	linking_expect_links(fixture.store,
		"client>node-1 250 50 2097152 0 cut\nnode-1>client 250 50 2097152 0\n"
		"node-1>node-2 250 50 2097152 0\nnode-2>node-1 250 50 2097152 0\n");
}

static void test_another_process_follows(void **state)
{
	(void)state;
	healing_make_store(3, REHEARSAL);
	struct store *other = linking_open_other();
	linking_set("client", "node-1", link_cut_both, 2);
	assert_true(node_is_readable(&other->nodes[0]));
	healing_pass_time(SECOND);
	linking_expect_links(other, "client>node-1 0 0 0 0 cut\nnode-1>client 0 0 0 0 cut\n");
	assert_false(node_is_readable(&other->nodes[0]));
	linking_heal(2);
	assert_int_equal(store_refresh_nodes(other, &fixture.error), 0);
	assert_true(node_is_readable(&other->nodes[0]));
	store_close(other);
}

static void test_links_of_a_node_begin_with_it_and_end_with_it(void **state)
{
	(void)state;
	healing_make_store(2, REHEARSAL);
	linking_set("all", "client", (struct link_change){.set_latency = true, .to = {.latency_ms = 1}}, 4);
	store_close(fixture.store);
	fixture.store = NULL;
	uint64_t chunks;
	assert_int_equal(
		store_node_remove(store_fixture_config(&fixture), "node-2", NULL, &chunks, &fixture.error),
		0);
	assert_int_equal(healing_sql("SELECT count(*) FROM link"), 2);
	fixture.store = linking_open_other();
	linking_expect_links(fixture.store, "client>node-1 1 0 0 0\nnode-1>client 1 0 0 0\n");
	/* A link that was described before its node is there. */
	assert_int_equal(healing_sql("INSERT INTO link VALUES ('client', 'late', 0, 0, 0, 0, 1)"), 0);
	const struct store_new_node late = {
		.name = "late", .path = scratch_path(&fixture.scratch, "nodes/late")};
	assert_int_equal(store_node_add(store_fixture_config(&fixture), &late, NULL, &fixture.error), 0);
	linking_expect_links(
		fixture.store, "client>node-1 1 0 0 0\nclient>late 0 0 0 0 cut\nnode-1>client 1 0 0 0\n");
	assert_false(node_is_readable(store_node_by_name(fixture.store, "late")));
}

/* ---- what they make of nodes ---- */

static bool has_check(const char *code, const char *detail)
{
	const struct view *view;
	bool found = false;
	assert_int_equal(store_view(fixture.store, 0, &view, &fixture.error), 0);
	for (size_t i = 0; i < view->check_count; i++)
		for (size_t j = 0; j < view->checks[i].detail_count; j++)
			found = found || (strcmp(check_code_name(view->checks[i].code), code) == 0 &&
						 strcmp(view->checks[i].details[j], detail) == 0);
	view_unref(view);
	return found;
}

static void test_a_node_that_is_cut_off_is_down_and_says_so(void **state)
{
	(void)state;
	healing_make_store(3, REHEARSAL);
	linking_set("node-1", "client", link_cut_there, 1);
	linking_expect_node(1, NODE_DOWN, "cut off");
	assert_null(node_reading(linking_node(1)));
	assert_null(node_writing(linking_node(1)));
	assert_true(has_check("NODE_DOWN", "node-1: cut off"));
	assert_true(has_check("LINK_CUT", "node-1 to client"));
	linking_set("node-2", "node-3", link_cut_both, 2);
	assert_true(has_check("LINK_CUT", "node-2 and node-3"));
	linking_expect_node(2, NODE_UP, "");
	/* Looks do not get through either, whoever looks. */
	node_probe(linking_node(1));
	linking_expect_node(1, NODE_DOWN, "cut off");
	bool done;
	assert_int_equal(store_node_fail(fixture.store, "node-1", &done, &fixture.error), 0);
	linking_expect_node(1, NODE_DOWN, "failed by operator");
	assert_int_equal(store_node_recover(fixture.store, "node-1", &done, &fixture.error), 0);
	linking_expect_node(1, NODE_DOWN, "cut off");
	linking_heal(3);
	linking_expect_node(1, NODE_UP, "");
	assert_false(has_check("LINK_CUT", "node-1 to client"));
}

static void test_a_node_from_which_nothing_comes_is_down(void **state)
{
	(void)state;
	healing_make_store(2, REHEARSAL);
	linking_set("client", "node-1", (struct link_change){.set_loss = true, .to = {.loss = 1}}, 2);
	linking_expect_node(1, NODE_DOWN, "timed out");
	linking_set("client", "node-1", (struct link_change){.set_loss = true, .to = {.loss = 0.5}}, 2);
	linking_expect_node(1, NODE_UP, "");
}

static void test_a_view_shows_links_as_they_are_simulated(void **state)
{
	(void)state;
	const struct view *view;
	healing_make_store(2, REHEARSAL);
	linking_set_latency("client", "node-1", 30);
	linking_set_latency("node-1", "node-2", 4);
	assert_int_equal(store_view(fixture.store, 0, &view, &fixture.error), 0);
	assert_int_equal(view->link_count, 5);
	const struct view_link *there = &view->links[0], *between = &view->links[3];
	assert_int_equal(there->from, LINK_CLIENT);
	assert_int_equal(there->to, 0);
	assert_int_equal(there->simulated.latency_ms, 30);
	assert_int_equal(between->from, 0);
	assert_int_equal(between->to, 1);
	assert_int_equal(between->latency_ms, 8);
	view_unref(view);
}

/* ---- puts and gets ---- */

static void test_a_get_takes_what_its_link_takes(void **state)
{
	(void)state;
	healing_make_store(1, REHEARSAL PACE "replication_factor: 1\n" NO_SCRUB);
	healing_put(1);
	linking_set("client", "node-1",
		(struct link_change){.set_latency = true,
			.set_bandwidth = true,
			.to = {.latency_ms = 50, .bandwidth = FIXTURE_CHUNK}},
		2);
	int64_t start = linking_now_ns();
	healing_expect_content();
	assert_int_equal(linking_now_ns() - start, 1100 * MS);
}

static void test_a_put_takes_what_its_links_take(void **state)
{
	(void)state;
	healing_make_store(2, REHEARSAL PACE "replication_factor: 1\nmin_replicas: 1\n" NO_SCRUB);
	linking_set_latency("client", "all", 50);
	int64_t start = linking_now_ns();
	healing_put(1);
	/* The chunk, the question for the ends of both journals, and on this clock one record after the other. */
	assert_int_equal(linking_now_ns() - start, 400 * MS);
}

static void test_a_get_goes_around_nodes_that_are_cut_off(void **state)
{
	(void)state;
	healing_make_store(3, REHEARSAL TWO_OF);
	healing_put(CHUNKS);
	for (unsigned cut = 1; cut <= 3; cut++) {
		char name[16];
		snprintf(name, sizeof(name), "node-%u", cut);
		linking_set("client", name, link_cut_there, 1);
		healing_expect_content();
		linking_heal(1);
	}
	linking_set("client", "all", link_cut_both, 6);
	assert_int_equal(store_fixture_try_get(&fixture, "file"), -1);
	one_store_expect_failure(ERROR_UNAVAILABLE, "(cut off)");
	assert_int_equal(healing_events("replica_bad"), 0);
	linking_heal(6);
	healing_expect_content();
}

/* Another process cuts the node off when the bytes are half way. */
static struct {
	struct store *other;
	int64_t at_ns;
	void (*sleep_ns)(struct timekeeper *time, int64_t ns);
} intruder;

static void sleep_and_cut(struct timekeeper *time, int64_t ns)
{
	intruder.sleep_ns(time, ns);
	if (!intruder.other || time->monotonic_ns(time) < intruder.at_ns)
		return;
	struct store *other = intruder.other;
	const char *const client = "client", *const first = "node-1";
	uint64_t count;
	struct error error;
	intruder.other = NULL;
	assert_int_equal(store_set_links(other, &client, 1, &first, 1, &link_cut_both, &count, &error), 0);
	store_close(other);
}

static void test_a_get_under_way_follows(void **state)
{
	(void)state;
	healing_make_store(2, REHEARSAL PACE "replication_factor: 2\n" NO_SCRUB);
	healing_put(1);
	linking_set(
		"client", "node-1", (struct link_change){.set_bandwidth = true, .to = {.bandwidth = 64}}, 2);
	/* What comes from node-1 alone would take 1024 s. */
	bool failed;
	assert_int_equal(store_node_fail(fixture.store, "node-2", &failed, &fixture.error), 0);
	intruder.other = linking_open_other();
	intruder.at_ns = linking_now_ns() + 10 * SECOND * MS;
	intruder.sleep_ns = fixture.mock.time.sleep_ns;
	fixture.mock.time.sleep_ns = sleep_and_cut;
	int64_t start = linking_now_ns();
	assert_int_equal(store_fixture_try_get(&fixture, "file"), -1);
	one_store_expect_failure(ERROR_UNAVAILABLE, "node-1 (cut off)");
	assert_in_range(linking_now_ns() - start, 10 * SECOND * MS, 11 * SECOND * MS);
	fixture.mock.time.sleep_ns = intruder.sleep_ns;
	assert_int_equal(healing_events("replica_bad"), 0);
}

static void test_a_put_takes_other_nodes_than_those_cut_off(void **state)
{
	(void)state;
	healing_make_store(4, REHEARSAL PACE "replication_factor: 2\nmin_replicas: 2\n" NO_SCRUB);
	linking_set("client", "node-1", link_cut_both, 2);
	healing_put(CHUNKS);
	healing_expect_copies(2);
	assert_int_equal(healing_copies_on(1), 0);
	/* With fewer nodes than min_replicas nothing is stored. */
	linking_set("client", "node-2", link_cut_both, 2);
	linking_set("client", "node-3", link_cut_there, 1);
	scratch_write(&fixture.scratch, "more", "x", 1);
	assert_int_equal(store_fixture_try_put(&fixture, "more", NULL, 0), -1);
	one_store_expect_failure(ERROR_UNAVAILABLE, "node-3 is down (cut off)");
	linking_heal(5);
	store_fixture_put(&fixture, "more", NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, healing_clean)
	const struct CMUnitTest tests[] = {
		TEST(only_a_rehearsal_store_is_changed),
		TEST(what_makes_no_sense_is_refused),
		TEST(changes_are_merged_last_and_leave_events),
		TEST(healing_holds_for_the_config_too_until_it_is_set_again),
		TEST(a_partition_cuts_between_groups_only),
		TEST(a_preset_leaves_cuts),
		TEST(another_process_follows),
		TEST(links_of_a_node_begin_with_it_and_end_with_it),
		TEST(a_node_that_is_cut_off_is_down_and_says_so),
		TEST(a_node_from_which_nothing_comes_is_down),
		TEST(a_view_shows_links_as_they_are_simulated),
		TEST(a_get_takes_what_its_link_takes),
		TEST(a_put_takes_what_its_links_take),
		TEST(a_get_goes_around_nodes_that_are_cut_off),
		TEST(a_get_under_way_follows),
		TEST(a_put_takes_other_nodes_than_those_cut_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
