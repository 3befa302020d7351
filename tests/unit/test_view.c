/*
 * Health from copysets and nodes, and the view and watch that show it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/health.h"
#include "engine/role.h"
#include "tests/support/one_store.h"

/* ---- health, which is pure ---- */

static struct health_tally tally;
static const struct health_node facts[] = {
	{.id = 1, .zone = 0, .readable = true, .writable = true},
	{.id = 2, .zone = 1, .readable = true, .writable = true},
	{.id = 3, .zone = 0, .readable = true, .writable = true},
	{.id = 4, .zone = 2, .readable = false, .writable = false},
};

static const struct view_chunks *judge(unsigned want, const uint16_t *nodes, unsigned count, bool by_zone)
{
	struct catalog_copyset copyset = {
		.id = 7, .want = want, .node_count = count, .chunks = 10, .bytes = 1000};
	if (count)
		memcpy(copyset.nodes, nodes, count * sizeof(*nodes));
	health_begin(&tally, facts, 4, by_zone);
	health_add(&tally, &copyset);
	assert_int_equal(tally.chunks.total, 10);
	assert_int_equal(tally.bytes_stored, 1000 * count);
	assert_int_equal(tally.chunks.full + tally.chunks.under_replicated + tally.chunks.unavailable +
				 tally.chunks.lost,
		10);
	return &tally.chunks;
}

static void test_chunks_are_counted_by_what_is_live_and_wanted(void **state)
{
	(void)state;
	assert_int_equal(judge(2, (uint16_t[]){1, 2}, 2, true)->full, 10);
	assert_int_equal(judge(1, (uint16_t[]){1, 2}, 2, true)->excess, 10);
	assert_int_equal(judge(3, (uint16_t[]){1, 2}, 2, true)->under_replicated, 10);
	assert_int_equal(tally.chunks.last_copy, 0);
	assert_int_equal(tally.at_risk_on[0], 10);
	assert_int_equal(judge(2, (uint16_t[]){1, 4}, 2, true)->last_copy, 10);
	assert_int_equal(tally.samples[CHECK_CHUNKS_LAST_COPY][0], 7);
	assert_int_equal(judge(1, (uint16_t[]){1}, 1, true)->last_copy, 0);
	assert_int_equal(judge(1, (uint16_t[]){4}, 1, true)->unavailable, 10);
	assert_int_equal(judge(1, (uint16_t[]){9}, 1, true)->unavailable, 10);
	assert_int_equal(judge(1, NULL, 0, true)->lost, 10);
	assert_int_equal(tally.chunks.by_live[0], 10);
}

static void test_copies_are_misplaced_only_where_they_could_be_elsewhere(void **state)
{
	(void)state;
	assert_int_equal(judge(2, (uint16_t[]){1, 3}, 2, true)->misplaced, 10);
	assert_int_equal(judge(2, (uint16_t[]){1, 3}, 2, false)->misplaced, 0);
	assert_int_equal(judge(3, (uint16_t[]){1, 2, 3}, 3, true)->misplaced, 0);
	assert_int_equal(judge(2, (uint16_t[]){1, 4}, 2, true)->misplaced, 0);
}

/* ---- the view ---- */

static const struct view_check *find_check(const struct view *view, enum check_code code)
{
	for (size_t i = 0; i < view->check_count; i++)
		if (view->checks[i].code == code)
			return &view->checks[i];
	return NULL;
}

static void test_a_new_store_is_healthy_and_empty(void **state)
{
	(void)state;
	const struct view *view = one_store_look();
	assert_int_equal(view->health, HEALTH_HEALTHY);
	assert_int_equal(view->check_count, 0);
	assert_int_equal(view->nodes_up, 3);
	assert_int_equal(view->chunks.total, 0);
	assert_int_equal(view->note_count, 1);
	assert_non_null(strstr(view->notes[0], "3 nodes share one device"));
	view_unref(view);
	view_unref(NULL);
}

static void test_a_drain_is_told_until_it_has_ended(void **state)
{
	(void)state;
	bool changed;
	assert_int_equal(store_node_drain(fixture.store, "node-3", &changed, &fixture.error), 0);
	const struct view *view = one_store_look();
	assert_int_equal(view->health, HEALTH_HEALTHY);
	assert_int_equal(view->repair.state, REPAIR_IDLE);
	assert_non_null(strstr(view->notes[0], "'linckia node rm node-3'"));
	view_unref(view);
	assert_int_equal(store_node_recover(fixture.store, "node-3", &changed, &fixture.error), 0);
	scratch_write_seeded(&fixture.scratch, "file", 9 * FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
	assert_int_equal(store_node_drain(fixture.store, "node-3", &changed, &fixture.error), 0);
	view = one_store_look();
	assert_true(view->nodes[2].chunks > 0);
	assert_non_null(strstr(view->notes[0], "node-3 is being drained: "));
	/* Nobody maintains this store, so nobody moves them. */
	assert_int_equal(view->repair.state, REPAIR_PAUSED);
	assert_int_equal(view->repair.queued, view->nodes[2].chunks);
	view_unref(view);
}

/* It reads the store first, which may take a while. */
static void test_a_process_that_has_just_begun_to_maintain_the_store_is_not_nobody(void **state)
{
	(void)state;
	bool changed;
	struct role role;
	scratch_write_seeded(&fixture.scratch, "file", 9 * FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
	assert_int_equal(store_node_fail(fixture.store, "node-1", &changed, &fixture.error), 0);
	const struct view *view = one_store_look();
	assert_true(view->repair.queued > 0);
	assert_string_equal(view->maintenance_role, "none");
	assert_non_null(strstr(view->repair.reason, "no process maintains the store"));
	view_unref(view);
	role_init(&role);
	assert_int_equal(role_take(&role, fixture.store->config->store, &fixture.error), 1);
	view = one_store_look();
	assert_string_equal(view->maintenance_role, "other");
	assert_int_equal(view->maintenance_pid, getpid());
	assert_int_equal(view->repair.state, REPAIR_PAUSED);
	assert_null(strstr(view->repair.reason, "no process"));
	view_unref(view);
	role_release(&role);
}

static void test_checks_name_files_and_come_worst_first(void **state)
{
	(void)state;
	bool changed;
	scratch_write_seeded(&fixture.scratch, "file", 9 * FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
	const struct view *before = one_store_look();
	assert_int_equal(before->chunks.full, 9);
	assert_int_equal(before->stored_bytes, 18 * FIXTURE_CHUNK);
	assert_int_equal(before->files, 1);
	env_mock_set_clock(&fixture.mock, INT64_C(1700000005000), 2000);
	assert_int_equal(store_node_fail(fixture.store, "node-1", &changed, &fixture.error), 0);
	assert_true(changed);
	assert_int_equal(store_node_fail(fixture.store, "node-2", &changed, &fixture.error), 0);
	const struct view *view = one_store_look();
	assert_int_equal(view->health, HEALTH_CRITICAL);
	assert_int_equal(view->health_since_ms, INT64_C(1700000005000));
	for (size_t i = 1; i < view->check_count; i++)
		assert_true(view->checks[i - 1].severity >= view->checks[i].severity);
	const struct view_check *check = find_check(view, CHECK_CHUNKS_UNAVAILABLE);
	assert_non_null(check);
	assert_int_equal(check->severity, HEALTH_CRITICAL);
	assert_int_equal(check->count, view->chunks.unavailable);
	assert_string_equal(check->details[0], "file (version 1)");
	check = find_check(view, CHECK_NODE_DOWN);
	assert_non_null(check);
	assert_int_equal(check->count, 2);
	assert_non_null(strstr(check->details[0], "failed by operator"));
	/* The earlier view is as it was. */
	assert_int_equal(before->health, HEALTH_HEALTHY);
	assert_string_equal(view->events[view->event_count - 1].code, "health");
	view_unref(before);
	view_unref(view);
	assert_int_equal(store_node_recover(fixture.store, "node-1", &changed, &fixture.error), 0);
	assert_int_equal(store_node_recover(fixture.store, "node-2", &changed, &fixture.error), 0);
	view = one_store_look();
	assert_int_equal(view->health, HEALTH_HEALTHY);
	view_unref(view);
}

/* ---- the watch ---- */

/* Waits, for as long as it takes, until `holds`; a test that never sees it is stopped by whoever runs it. */
static void wait_until(struct watch *watch, bool (*holds)(const struct view *view))
{
	for (bool done = false; !done;) {
		const struct view *view = watch_view(watch);
		done = holds(view);
		view_unref(view);
		if (!done)
			nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
}

static bool has_a_node_down(const struct view *view)
{
	return view->nodes[1].state == NODE_DOWN;
}

static void count_wake(void *context)
{
	atomic_fetch_add((atomic_int *)context, 1);
}

static bool has_a_file(const struct view *view)
{
	return view->files == 1;
}

static void test_a_watch_shows_a_node_that_fails_and_says_that_there_is_news(void **state)
{
	(void)state;
	struct watch *watch;
	atomic_int wakes = 0;
	bool changed;
	const struct watch_options options = {.refresh_ms = 10, .wake = count_wake, .context = &wakes};
	assert_int_equal(watch_start(fixture.store, &options, &watch, &fixture.error), 0);
	assert_int_equal(store_node_fail(fixture.store, "node-2", &changed, &fixture.error), 0);
	wait_until(watch, has_a_node_down);
	watch_stop(watch);
	assert_true(wakes > 0);
	watch_stop(NULL);
}

static void test_a_watch_shows_what_another_store_handle_commits(void **state)
{
	(void)state;
	struct watch *watch;
	struct store *watched;
	assert_int_equal(
		store_open_in(&fixture.mock.env, store_fixture_config(&fixture), &watched, &fixture.error),
		0);
	assert_int_equal(
		watch_start(watched, &(struct watch_options){.refresh_ms = 10}, &watch, &fixture.error), 0);
	scratch_write_seeded(&fixture.scratch, "file", 100, 1);
	store_fixture_put(&fixture, "file", NULL);
	wait_until(watch, has_a_file);
	watch_stop(watch);
	store_close(watched);
}

/* ---- a watch that has nothing to do ---- */

static struct store *watched;

static struct watch *watch_another_handle(void)
{
	struct watch *watch;
	assert_int_equal(
		store_open_in(&fixture.mock.env, store_fixture_config(&fixture), &watched, &fixture.error),
		0);
	assert_int_equal(
		watch_start(watched, &(struct watch_options){.refresh_ms = 1}, &watch, &fixture.error), 0);
	return watch;
}

static void end_watch(struct watch *watch)
{
	watch_stop(watch);
	store_close(watched);
}

static void wait_ms(int ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000L}, NULL);
}

/* Waits until it has taken no picture for a hundred looks. */
static void wait_for_rest(struct watch *watch)
{
	for (bool same = false; !same;) {
		const struct view *before = watch_view(watch);
		wait_ms(100);
		const struct view *after = watch_view(watch);
		same = before == after;
		view_unref(before);
		view_unref(after);
	}
}

/* Whether it takes a picture within three hundred looks. */
static bool takes_a_picture(struct watch *watch)
{
	const struct view *before = watch_view(watch);
	bool same = true;
	for (int i = 0; i < 100 && same; i++) {
		wait_ms(3);
		const struct view *after = watch_view(watch);
		same = before == after;
		view_unref(after);
	}
	view_unref(before);
	return !same;
}

static bool has_read_the_file(const struct view *view)
{
	uint64_t read = 0;
	for (size_t i = 0; i < view->node_count; i++)
		read += view->nodes[i].read_bytes;
	return read == 9 * FIXTURE_CHUNK;
}

static bool has_an_error(const struct view *view)
{
	return view->nodes[1].errors == 1;
}

static void test_a_watch_shows_traffic_when_nothing_else_changes(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "file", 9 * FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
	struct watch *watch = watch_another_handle();
	wait_for_rest(watch);
	int64_t commits = store_fixture_sql(&fixture, "SELECT sequence FROM state");
	store_fixture_expect(&fixture, "file", 9 * FIXTURE_CHUNK, 1);
	wait_until(watch, has_read_the_file);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT sequence FROM state"), commits);
	node_count(&fixture.store->nodes[1], TRAFFIC_ERRORS, 1);
	wait_until(watch, has_an_error);
	end_watch(watch);
}

static bool has_a_slow_node(const struct view *view)
{
	return view->nodes[0].latency_ms == 40 && view->links[0].latency_ms == 40;
}

static void test_a_watch_shows_a_new_latency_but_no_jitter(void **state)
{
	(void)state;
	struct watch *watch = watch_another_handle();
	wait_for_rest(watch);
	node_set_latency(&watched->nodes[0], 0.9);
	assert_false(takes_a_picture(watch));
	node_set_latency(&watched->nodes[0], 40);
	wait_until(watch, has_a_slow_node);
	wait_for_rest(watch);
	static const double jitter[] = {31, 52, 28, 50, 44};
	for (size_t i = 0; i < sizeof(jitter) / sizeof(*jitter); i++) {
		node_set_latency(&watched->nodes[0], jitter[i]);
		wait_ms(2);
	}
	node_set_latency(&watched->nodes[0], 40);
	assert_false(takes_a_picture(watch));
	node_set_latency(&watched->nodes[0], 4);
	assert_true(takes_a_picture(watch));
	end_watch(watch);
}

static void test_a_watch_at_rest_takes_no_pictures(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "file", 9 * FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
	struct watch *watch = watch_another_handle();
	wait_for_rest(watch);
	assert_false(takes_a_picture(watch));
	end_watch(watch);
}

static void test_links_lead_to_the_nodes_that_answer(void **state)
{
	(void)state;
	bool changed;
	const struct view *view = one_store_look();
	assert_int_equal(view->link_count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(view->links[i].from, LINK_CLIENT);
		assert_int_equal(view->links[i].to, i);
		assert_false(view->links[i].cut);
		assert_true(view->links[i].latency_ms >= 0);
	}
	view_unref(view);
	assert_int_equal(store_node_fail(fixture.store, "node-2", &changed, &fixture.error), 0);
	view = one_store_look();
	assert_int_equal(view->link_count, 2);
	assert_int_equal(view->links[1].to, 2);
	view_unref(view);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, one_store_make, one_store_clean)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chunks_are_counted_by_what_is_live_and_wanted),
		cmocka_unit_test(test_copies_are_misplaced_only_where_they_could_be_elsewhere),
		TEST(a_new_store_is_healthy_and_empty),
		TEST(a_drain_is_told_until_it_has_ended),
		TEST(a_process_that_has_just_begun_to_maintain_the_store_is_not_nobody),
		TEST(checks_name_files_and_come_worst_first),
		TEST(a_watch_shows_a_node_that_fails_and_says_that_there_is_news),
		TEST(a_watch_shows_what_another_store_handle_commits),
		TEST(a_watch_shows_traffic_when_nothing_else_changes),
		TEST(a_watch_shows_a_new_latency_but_no_jitter),
		TEST(a_watch_at_rest_takes_no_pictures),
		TEST(links_lead_to_the_nodes_that_answer),
	};
	return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
