/*
 * The links of a store: who may change them, that they last, that other processes follow, and what they make of
 * nodes, of puts and gets, and of repair.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "engine/task.h"
#include "tests/support/healing.h"

#define REHEARSAL "rehearsal: true\n"
#define MS        INT64_C(1000000)
#define NAMES(...)                                                                                           \
	(const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

static uint64_t changed;

static const struct link_change cut_both = {.set_cut = true, .to = {.cut = true}};
static const struct link_change cut_there = {.set_cut = true, .to = {.cut = true}, .one_way = true};
static const struct link_change mend = {.set_cut = true};

static int try_set(const char *from, const char *to, struct link_change change)
{
	return store_set_links(fixture.store, &from, 1, &to, 1, &change, &changed, &fixture.error);
}

/* Fails unless so many links changed, each direction for itself. */
static void set(const char *from, const char *to, struct link_change change, uint64_t expected)
{
	if (try_set(from, to, change) < 0)
		fail_msg("the links are not set: %s", fixture.error.message);
	assert_int_equal(changed, expected);
}

static void set_latency(const char *from, const char *to, int64_t ms)
{
	const struct link_change change = {.set_latency = true, .to = {.latency_ms = ms}};
	if (try_set(from, to, change) < 0)
		fail_msg("the links are not set: %s", fixture.error.message);
}

static void heal(uint64_t expected)
{
	assert_int_equal(store_heal_network(fixture.store, &changed, &fixture.error), 0);
	assert_int_equal(changed, expected);
}

static void expect_refusal(enum error_code code, const char *part)
{
	assert_int_equal(fixture.error.code, code);
	assert_non_null(strstr(fixture.error.message, part));
}

/* What a listing shows, a line each. */
static void list_link(void *context, const struct link *link)
{
	char *text = context;
	size_t used = strlen(text);
	snprintf(text + used, 4096 - used, "%s>%s %lld %lld %llu %g%s%s\n", link->from, link->to,
		(long long)link->settings.latency_ms, (long long)link->settings.jitter_ms,
		(unsigned long long)link->settings.bandwidth, link->settings.loss,
		link->settings.cut ? " cut" : "", link->of_config ? " config" : "");
}

static void expect_links(struct store *store, const char *expected)
{
	char text[4096] = "";
	assert_int_equal(store_list_links(store, list_link, text, &fixture.error), 0);
	assert_string_equal(text, expected);
}

static struct node *node(unsigned number)
{
	return &fixture.store->nodes[number - 1];
}

static void expect_node(unsigned number, enum node_state state, const char *cause)
{
	struct node_status status;
	node_status(node(number), &status);
	assert_int_equal(status.state, state);
	assert_string_equal(status.cause, cause);
}

static struct store *open_other(void)
{
	struct store *other;
	if (store_open_in(&fixture.mock.env, store_fixture_config(&fixture), &other, &fixture.error) < 0)
		fail_msg("%s", fixture.error.message);
	return other;
}

static int64_t now_ns(void)
{
	return fixture.mock.monotonic_ns;
}

/* ---- changing them ---- */

static void test_only_a_rehearsal_store_is_changed(void **state)
{
	(void)state;
	healing_make_store(2, "network: {links: [{from: client, to: node-1, cut: true}]}\n");
	assert_int_equal(try_set("client", "node-1", cut_both), -1);
	expect_refusal(ERROR_REFUSED, "rehearsal: true");
	assert_int_equal(store_heal_network(fixture.store, &changed, &fixture.error), -1);
	expect_refusal(ERROR_REFUSED, "rehearsal: true");
	const char *const one[] = {"node-1"}, *const other[] = {"node-2"};
	assert_int_equal(store_partition(fixture.store, (const char *const *const[]){one, other},
				 (const size_t[]){1, 1}, 2, &fixture.error),
		-1);
	expect_refusal(ERROR_REFUSED, "rehearsal: true");
	assert_int_equal(store_network_preset(fixture.store, "lan", NULL, 0, &fixture.error), -1);
	expect_refusal(ERROR_REFUSED, "rehearsal: true");
	/* Nor does the config make one: but that is said. */
	expect_links(fixture.store, "");
	expect_node(1, NODE_UP, "");
	const struct view *view;
	assert_int_equal(store_view(fixture.store, 0, &view, &fixture.error), 0);
	assert_non_null(strstr(view->notes[0], "network.links do nothing"));
	view_unref(view);
}

static void test_what_makes_no_sense_is_refused(void **state)
{
	(void)state;
	healing_make_store(2, REHEARSAL);
	assert_int_equal(try_set("client", "node-9", cut_both), -1);
	expect_refusal(ERROR_NOT_FOUND, "no node 'node-9'");
	assert_int_equal(try_set("node-1", "node-1", cut_both), -1);
	expect_refusal(ERROR_USAGE, "itself");
	assert_int_equal(try_set("client", "all", (struct link_change){0}), -1);
	expect_refusal(ERROR_USAGE, "nothing is to be set");
	const struct link_change wrong[] = {
		{.set_latency = true, .to = {.latency_ms = -1}},
		{.set_latency = true, .to = {.latency_ms = LINK_LATENCY_MAX_MS + 1}},
		{.set_jitter = true, .to = {.jitter_ms = -1}},
		{.set_bandwidth = true, .to = {.bandwidth = LINK_BANDWIDTH_MAX + 1}},
		{.set_loss = true, .to = {.loss = 1.01}},
		{.set_loss = true, .to = {.loss = 0.0 / 0.0}},
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(try_set("client", "all", wrong[i]), -1);
		assert_int_equal(fixture.error.code, ERROR_USAGE);
	}
	assert_int_equal(store_network_preset(fixture.store, "moon", NULL, 0, &fixture.error), -1);
	expect_refusal(ERROR_NOT_FOUND, "lan, wan, wifi, slow-disk");
	assert_int_equal(store_network_preset(fixture.store, "slow-disk", NULL, 0, &fixture.error), -1);
	expect_refusal(ERROR_USAGE, "name the nodes");
	const char *const one[] = {"client", "node-1"}, *const other[] = {"node-2", "node-1"};
	const char *const *const groups[] = {one, other};
	assert_int_equal(
		store_partition(fixture.store, groups, (const size_t[]){2, 2}, 2, &fixture.error), -1);
	expect_refusal(ERROR_USAGE, "'node-1' stands in two groups");
	assert_int_equal(
		store_partition(fixture.store, groups, (const size_t[]){2, 2}, 1, &fixture.error), -1);
	expect_refusal(ERROR_USAGE, "at least two groups");
	expect_links(fixture.store, "");
	assert_int_equal(healing_events("link_changed") + healing_events("link_cut"), 0);
}

static void test_changes_are_merged_last_and_leave_events(void **state)
{
	(void)state;
	healing_make_store(2, REHEARSAL);
	set("client", "node-1", (struct link_change){.set_latency = true, .to = {.latency_ms = 5}}, 2);
	set("client", "node-1",
		(struct link_change){.set_loss = true,
			.set_bandwidth = true,
			.to = {.loss = 0.25, .bandwidth = 1000},
			.one_way = true},
		1);
	set("node-2", "node-1", cut_there, 1);
	set("node-2", "node-1", cut_there, 0);
	const char *expected =
		"client>node-1 5 0 1000 0.25\nnode-1>client 5 0 0 0\nnode-2>node-1 0 0 0 0 cut\n";
	expect_links(fixture.store, expected);
	store_fixture_reopen(&fixture);
	expect_links(fixture.store, expected);
	set("all", "all", mend, 1);
	assert_int_equal(healing_events("link_changed"), 2);
	assert_int_equal(healing_events("link_cut"), 1); /* what changes nothing leaves none */
	assert_int_equal(healing_events("link_restored"), 1);
	assert_int_equal(
		healing_sql("SELECT count(*) FROM event WHERE code = 'link_changed' AND node = 'node-1' "
			    "AND text LIKE '%%from client to node-1: bandwidth 1000 B/s, loss 25 %%'"),
		1);
	heal(2);
	heal(0);
	expect_links(fixture.store, "");
	assert_int_equal(healing_events("network_healed"), 1);
}

static void test_healing_holds_for_the_config_too_until_it_is_set_again(void **state)
{
	(void)state;
	healing_make_store(2, REHEARSAL "network: {links: [{from: client, to: node-1, latency: 7ms}, "
					"{from: node-1, to: node-2, cut: true}]}\n");
	expect_links(fixture.store, "client>node-1 7 0 0 0 config\nnode-1>node-2 0 0 0 0 cut config\n");
	heal(2);
	expect_links(fixture.store, "");
	store_fixture_reopen(&fixture);
	expect_links(fixture.store, "");
	set("node-1", "node-2", cut_there, 1);
	expect_links(fixture.store, "node-1>node-2 0 0 0 0 cut\n");
}

static void test_a_partition_cuts_between_groups_only(void **state)
{
	(void)state;
	healing_make_store(3, REHEARSAL);
	const char *const one[] = {"client", "node-1"}, *const other[] = {"node-2"};
	assert_int_equal(store_partition(fixture.store, (const char *const *const[]){one, other},
				 (const size_t[]){2, 1}, 2, &fixture.error),
		0);
	expect_links(fixture.store, "client>node-2 0 0 0 0 cut\nnode-1>node-2 0 0 0 0 cut\n"
				    "node-2>client 0 0 0 0 cut\nnode-2>node-1 0 0 0 0 cut\n");
	assert_int_equal(healing_events("network_partitioned"), 1);
	expect_node(1, NODE_UP, "");
	expect_node(2, NODE_DOWN, "cut off");
	expect_node(3, NODE_UP, "");
}

static void test_a_preset_leaves_cuts(void **state)
{
	(void)state;
	healing_make_store(2, REHEARSAL);
	set("client", "node-1", cut_there, 1);
	assert_int_equal(
		store_network_preset(fixture.store, "slow-disk", NAMES("node-1"), &fixture.error), 0);
	expect_links(fixture.store, "client>node-1 250 50 2097152 0 cut\nnode-1>client 250 50 2097152 0\n"
				    "node-1>node-2 250 50 2097152 0\nnode-2>node-1 250 50 2097152 0\n");
}

static void test_another_process_follows(void **state)
{
	(void)state;
	healing_make_store(3, REHEARSAL);
	struct store *other = open_other();
	set("client", "node-1", cut_both, 2);
	assert_true(node_is_readable(&other->nodes[0]));
	healing_pass_time(SECOND);
	expect_links(other, "client>node-1 0 0 0 0 cut\nnode-1>client 0 0 0 0 cut\n");
	assert_false(node_is_readable(&other->nodes[0]));
	heal(2);
	assert_int_equal(store_refresh_nodes(other, &fixture.error), 0);
	assert_true(node_is_readable(&other->nodes[0]));
	store_close(other);
}

static void test_links_of_a_node_begin_with_it_and_end_with_it(void **state)
{
	(void)state;
	healing_make_store(2, REHEARSAL);
	set("all", "client", (struct link_change){.set_latency = true, .to = {.latency_ms = 1}}, 4);
	store_close(fixture.store);
	fixture.store = NULL;
	uint64_t chunks;
	assert_int_equal(
		store_node_remove(store_fixture_config(&fixture), "node-2", &chunks, &fixture.error), 0);
	assert_int_equal(healing_sql("SELECT count(*) FROM link"), 2);
	fixture.store = open_other();
	expect_links(fixture.store, "client>node-1 1 0 0 0\nnode-1>client 1 0 0 0\n");
	/* A link that was described before its node is there. */
	assert_int_equal(healing_sql("INSERT INTO link VALUES ('client', 'late', 0, 0, 0, 0, 1)"), 0);
	const struct store_new_node late = {
		.name = "late", .path = scratch_path(&fixture.scratch, "nodes/late")};
	assert_int_equal(store_node_add(store_fixture_config(&fixture), &late, &fixture.error), 0);
	expect_links(
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
	set("node-1", "client", cut_there, 1);
	expect_node(1, NODE_DOWN, "cut off");
	assert_null(node_reading(node(1)));
	assert_null(node_writing(node(1)));
	assert_true(has_check("NODE_DOWN", "node-1: cut off"));
	assert_true(has_check("LINK_CUT", "node-1 to client"));
	set("node-2", "node-3", cut_both, 2);
	assert_true(has_check("LINK_CUT", "node-2 and node-3"));
	expect_node(2, NODE_UP, "");
	/* Looks do not get through either, whoever looks. */
	node_probe(node(1));
	expect_node(1, NODE_DOWN, "cut off");
	bool done;
	assert_int_equal(store_node_fail(fixture.store, "node-1", &done, &fixture.error), 0);
	expect_node(1, NODE_DOWN, "failed by operator");
	assert_int_equal(store_node_recover(fixture.store, "node-1", &done, &fixture.error), 0);
	expect_node(1, NODE_DOWN, "cut off");
	heal(3);
	expect_node(1, NODE_UP, "");
	assert_false(has_check("LINK_CUT", "node-1 to client"));
}

static void test_a_node_from_which_nothing_comes_is_down(void **state)
{
	(void)state;
	healing_make_store(2, REHEARSAL);
	set("client", "node-1", (struct link_change){.set_loss = true, .to = {.loss = 1}}, 2);
	expect_node(1, NODE_DOWN, "timed out");
	set("client", "node-1", (struct link_change){.set_loss = true, .to = {.loss = 0.5}}, 2);
	expect_node(1, NODE_UP, "");
}

static void test_a_view_shows_links_as_they_are_simulated(void **state)
{
	(void)state;
	const struct view *view;
	healing_make_store(2, REHEARSAL);
	set_latency("client", "node-1", 30);
	set_latency("node-1", "node-2", 4);
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
	set("client", "node-1",
		(struct link_change){.set_latency = true,
			.set_bandwidth = true,
			.to = {.latency_ms = 50, .bandwidth = FIXTURE_CHUNK}},
		2);
	int64_t start = now_ns();
	healing_expect_content();
	assert_int_equal(now_ns() - start, 1100 * MS);
}

static void test_a_put_takes_what_its_links_take(void **state)
{
	(void)state;
	healing_make_store(2, REHEARSAL PACE "replication_factor: 1\nmin_replicas: 1\n" NO_SCRUB);
	set_latency("client", "all", 50);
	int64_t start = now_ns();
	healing_put(1);
	/* The chunk, the question for the ends of both journals, and on this clock one record after the other. */
	assert_int_equal(now_ns() - start, 400 * MS);
}

static void test_a_get_goes_around_nodes_that_are_cut_off(void **state)
{
	(void)state;
	healing_make_store(3, REHEARSAL TWO_OF);
	healing_put(CHUNKS);
	for (unsigned cut = 1; cut <= 3; cut++) {
		char name[16];
		snprintf(name, sizeof(name), "node-%u", cut);
		set("client", name, cut_there, 1);
		healing_expect_content();
		heal(1);
	}
	set("client", "all", cut_both, 6);
	assert_int_equal(store_fixture_try_get(&fixture, "file"), -1);
	expect_refusal(ERROR_UNAVAILABLE, "(cut off)");
	assert_int_equal(healing_events("replica_bad"), 0);
	heal(6);
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
	assert_int_equal(store_set_links(other, &client, 1, &first, 1, &cut_both, &count, &error), 0);
	store_close(other);
}

static void test_a_get_under_way_follows(void **state)
{
	(void)state;
	healing_make_store(2, REHEARSAL PACE "replication_factor: 2\n" NO_SCRUB);
	healing_put(1);
	set("client", "node-1", (struct link_change){.set_bandwidth = true, .to = {.bandwidth = 64}}, 2);
	/* What comes from node-1 alone would take 1024 s. */
	bool failed;
	assert_int_equal(store_node_fail(fixture.store, "node-2", &failed, &fixture.error), 0);
	intruder.other = open_other();
	intruder.at_ns = now_ns() + 10 * SECOND * MS;
	intruder.sleep_ns = fixture.mock.time.sleep_ns;
	fixture.mock.time.sleep_ns = sleep_and_cut;
	int64_t start = now_ns();
	assert_int_equal(store_fixture_try_get(&fixture, "file"), -1);
	expect_refusal(ERROR_UNAVAILABLE, "node-1 (cut off)");
	assert_in_range(now_ns() - start, 10 * SECOND * MS, 11 * SECOND * MS);
	fixture.mock.time.sleep_ns = intruder.sleep_ns;
	assert_int_equal(healing_events("replica_bad"), 0);
}

static void test_a_put_takes_other_nodes_than_those_cut_off(void **state)
{
	(void)state;
	healing_make_store(4, REHEARSAL PACE "replication_factor: 2\nmin_replicas: 2\n" NO_SCRUB);
	set("client", "node-1", cut_both, 2);
	healing_put(CHUNKS);
	healing_expect_copies(2);
	assert_int_equal(healing_copies_on(1), 0);
	/* With fewer nodes than min_replicas nothing is stored. */
	set("client", "node-2", cut_both, 2);
	set("client", "node-3", cut_there, 1);
	scratch_write(&fixture.scratch, "more", "x", 1);
	assert_int_equal(store_fixture_try_put(&fixture, "more", NULL, 0), -1);
	expect_refusal(ERROR_UNAVAILABLE, "node-3 is down (cut off)");
	heal(5);
	store_fixture_put(&fixture, "more", NULL);
}

/* ---- repair ---- */

static struct catalog_chunk first_chunk(void)
{
	struct catalog_chunk chunk;
	assert_int_equal(catalog_page_chunks(fixture.store->reader, 0, 0, &chunk, 1, &fixture.error), 1);
	return chunk;
}

/* The node that has none of it. */
static struct node *free_node(const struct catalog_chunk *chunk)
{
	for (size_t i = 0; i < fixture.store->node_count; i++)
		if (!catalog_is_placed(chunk, fixture.store->nodes[i].id))
			return &fixture.store->nodes[i];
	fail_msg("every node has it");
	return NULL;
}

/* Copies the first chunk from its first holder to a node that has none of it. */
static struct task copy_first_chunk(void)
{
	struct task task = {.kind = TASK_COPY, .chunk = first_chunk()};
	struct buffer *buffer = pool_take(fixture.store->pool);
	task.from = store_node_by_id(fixture.store, task.chunk.nodes[0]);
	task.target = free_node(&task.chunk);
	task_run(&task, fixture.store, buffer);
	pool_give(fixture.store->pool, buffer);
	return task;
}

static void make_for_copying(void)
{
	healing_make_store(3, REHEARSAL TWO_OF);
	healing_put(1);
}

static void test_a_copy_goes_from_node_to_node(void **state)
{
	(void)state;
	make_for_copying();
	const struct link_change slow = {.set_bandwidth = true, .to = {.bandwidth = 1}};
	set("client", "all", slow, 6);
	set("all", "all", (struct link_change){.set_bandwidth = true, .to = {.bandwidth = FIXTURE_CHUNK}}, 6);
	int64_t start = now_ns();
	struct task task = copy_first_chunk();
	assert_int_equal(task.outcome, TASK_OK);
	assert_ptr_equal(task.source, task.from);
	assert_int_equal(now_ns() - start, 1000 * MS);
}

static void test_a_copy_takes_another_source_where_one_is_cut_from_the_target(void **state)
{
	(void)state;
	make_for_copying();
	struct catalog_chunk chunk = first_chunk();
	const char *from = store_node_by_id(fixture.store, chunk.nodes[0])->name;
	set(from, free_node(&chunk)->name, cut_there, 1);
	struct task task = copy_first_chunk();
	assert_int_equal(task.outcome, TASK_OK);
	assert_ptr_equal(task.source, store_node_by_id(fixture.store, chunk.nodes[1]));
}

static void test_a_copy_is_relayed_where_every_source_is_cut_from_the_target(void **state)
{
	(void)state;
	make_for_copying();
	struct catalog_chunk chunk = first_chunk();
	set("all", free_node(&chunk)->name, cut_there, 2);
	set("client", "all", (struct link_change){.set_bandwidth = true, .to = {.bandwidth = FIXTURE_CHUNK}},
		6);
	int64_t start = now_ns();
	struct task task = copy_first_chunk();
	assert_int_equal(task.outcome, TASK_OK);
	assert_ptr_equal(task.source, task.from);
	assert_int_equal(now_ns() - start, 2000 * MS); /* to the client and on */
}

static void test_repair_copes_with_a_partial_partition(void **state)
{
	(void)state;
	healing_make_store(4, REHEARSAL TWO_OF NO_GRACE);
	healing_put(CHUNKS);
	healing_start();
	healing_run_to_rest();
	/* No node reaches another one, and the client all but one. */
	int64_t held = healing_copies_on(4);
	assert_true(held > 0);
	set("all", "all", cut_both, 12);
	set("client", "node-4", cut_both, 2);
	healing_run_to_rest();
	healing_expect_content();
	assert_int_equal(maintenance->repaired, held);
	assert_int_equal(healing_events("replica_bad"), 0);
	heal(14);
	healing_run_to_rest();
	healing_expect_copies(2);
}

static void test_half_of_the_nodes_cut_off_stops_repair_and_healing_copies_nothing(void **state)
{
	(void)state;
	healing_make_store(6, REHEARSAL PACE "replication_factor: 3\nmin_replicas: 2\n" NO_SCRUB NO_GRACE);
	healing_put(CHUNKS);
	healing_start();
	healing_run_to_rest();
	uint64_t before = maintenance->repaired;
	assert_int_equal(
		store_set_links(fixture.store, NAMES("client"), NAMES("node-1", "node-2", "node-3", "node-4"),
			&cut_both, &changed, &fixture.error),
		0);
	healing_run_for(5 * SECOND);
	healing_expect_state(REPAIR_BLOCKED, "2 of 6");
	assert_int_equal(maintenance->repaired, before);
	heal(8);
	healing_run_to_rest();
	assert_int_equal(maintenance->repaired, before);
	healing_expect_copies(3);
	healing_expect_content();
}

static void test_what_survived_a_cut_is_used_again(void **state)
{
	(void)state;
	healing_make_store(4, REHEARSAL TWO_OF NO_GRACE);
	healing_put(CHUNKS);
	healing_start();
	healing_run_to_rest();
	int64_t held = healing_copies_on(1);
	assert_true(held > 0);
	set("client", "node-1", cut_both, 2);
	healing_run_to_rest();
	uint64_t repaired = maintenance->repaired;
	assert_int_equal(repaired, held);
	heal(2);
	healing_run_to_rest();
	assert_int_equal(maintenance->repaired, repaired);
	healing_expect_copies(2);
	healing_expect_content();
}

static void test_a_short_cut_costs_nothing(void **state)
{
	(void)state;
	healing_make_store(4, REHEARSAL THREE_OF GRACE);
	healing_put(CHUNKS);
	healing_start();
	healing_run_to_rest();
	set("client", "node-2", cut_both, 2);
	healing_run_for(3 * SECOND);
	healing_expect_state(REPAIR_GRACE, "node-2");
	heal(2);
	healing_run_to_rest();
	assert_int_equal(maintenance->repaired, 0);
	healing_expect_copies(3);
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
		TEST(a_copy_goes_from_node_to_node),
		TEST(a_copy_takes_another_source_where_one_is_cut_from_the_target),
		TEST(a_copy_is_relayed_where_every_source_is_cut_from_the_target),
		TEST(repair_copes_with_a_partial_partition),
		TEST(half_of_the_nodes_cut_off_stops_repair_and_healing_copies_nothing),
		TEST(what_survived_a_cut_is_used_again),
		TEST(a_short_cut_costs_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
