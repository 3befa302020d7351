/*
 * Maintenance that has nothing to do: it sleeps, and what happens wakes it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/healing.h"

static bool is_readable(int fd)
{
	assert_true(fd >= 0);
	return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0) == 1;
}

static void test_a_commit_of_anybody_wakes_it(void **state)
{
	(void)state;
	bool changed;
	struct store *other;
	healing_make_store(3, TWO_OF NO_GRACE);
	assert_int_equal(
		store_open_in(&fixture.mock.env, store_fixture_config(&fixture), &other, &fixture.error), 0);
	healing_start();
	assert_false(is_readable(maintenance->commit_fd));
	const struct view *view;
	assert_int_equal(store_view(other, 0, &view, &fixture.error), 0);
	view_unref(view);
	assert_int_equal(store_view(other, 0, &view, &fixture.error), 0);
	view_unref(view);
	char events[4096];
	while (read(maintenance->commit_fd, events, sizeof(events)) > 0)
		continue; /* the first picture records the health */
	assert_int_equal(store_view(other, 0, &view, &fixture.error), 0);
	view_unref(view);
	assert_false(is_readable(maintenance->commit_fd));
	assert_int_equal(store_node_fail(other, "node-1", &changed, &fixture.error), 0);
	assert_true(is_readable(maintenance->commit_fd));
	store_close(other);
}

static void test_news_can_be_waited_for(void **state)
{
	(void)state;
	healing_begin(3, TWO_OF NO_GRACE, CHUNKS);
	uint64_t before = maintenance_news(maintenance);
	assert_false(is_readable(maintenance_news_fd(maintenance)));
	healing_run_for(5 * SECOND);
	assert_false(is_readable(maintenance_news_fd(maintenance)));
	healing_lose(1);
	healing_run_for(SECOND);
	assert_true(is_readable(maintenance_news_fd(maintenance)));
	assert_true(maintenance_news(maintenance) > before);
	assert_false(is_readable(maintenance_news_fd(maintenance)));
	healing_give_back(1);
}

/* The clock stands still but for what the test adds, so each rewriting is one that the passing of time asked for. */
static unsigned count_reports(int64_t ms)
{
	struct stat before, after;
	const char *path = scratch_path(&fixture.scratch, "nodes/maintenance.json");
	unsigned count = 0;
	assert_int_equal(stat(path, &before), 0);
	for (int64_t passed = 0; passed < ms; passed += STEP_MS) {
		healing_run_for(STEP_MS);
		assert_int_equal(stat(path, &after), 0);
		count += before.st_mtim.tv_nsec != after.st_mtim.tv_nsec ||
			 before.st_mtim.tv_sec != after.st_mtim.tv_sec || before.st_ino != after.st_ino;
		before = after;
	}
	return count;
}

static void test_the_report_is_written_seldom_at_rest_and_soon_when_it_changes(void **state)
{
	(void)state;
	healing_begin(3, TWO_OF NO_GRACE, CHUNKS);
	healing_run_for(5 * SECOND);
	assert_in_range(count_reports(12 * SECOND), 3, 5);
	const struct repair_control control = {.set_bandwidth = true, .bandwidth = 1 << 20};
	assert_int_equal(store_control_repair(fixture.store, &control, &fixture.error), 0);
	healing_run_for(300);
	struct report report;
	assert_true(report_read(&report, fixture.store->config->store));
	assert_int_equal(report.bandwidth, 1 << 20);
	/* Never so old that others do not believe it. */
	healing_run_for(10 * SECOND);
	assert_true(report_read(&report, fixture.store->config->store));
	assert_in_range(fixture.mock.wall_ms - report.time_ms, 0, REPORT_FRESH_MS - 1000);
}

/* ---- a disk that hangs ---- */

static pthread_mutex_t hang_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t hang_end = PTHREAD_COND_INITIALIZER;
static bool hanging;
static int (*real_openat)(struct io *io, int folder, const char *path, int flags, mode_t mode);

static int hanging_openat(struct io *io, int folder, const char *path, int flags, mode_t mode)
{
	if (strcmp(path, fixture.node_paths[0]) == 0) {
		pthread_mutex_lock(&hang_mutex);
		while (hanging)
			pthread_cond_wait(&hang_end, &hang_mutex);
		pthread_mutex_unlock(&hang_mutex);
	}
	return real_openat(io, folder, path, flags, mode);
}

static void hang(bool now)
{
	pthread_mutex_lock(&hang_mutex);
	hanging = now;
	pthread_cond_broadcast(&hang_end);
	pthread_mutex_unlock(&hang_mutex);
}

/* Waits until the node was looked at that often more; a test that never sees it is stopped by whoever runs it. */
static void wait_for_looks(struct maintenance *running, size_t node, unsigned looks)
{
	int64_t last = atomic_load(&running->nodes[node].looked_ns);
	while (looks) {
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		int64_t now = atomic_load(&running->nodes[node].looked_ns);
		looks -= now != last;
		last = now;
	}
}

static void test_a_disk_that_hangs_holds_up_no_other_node(void **state)
{
	(void)state;
	healing_make_store(4, TWO_OF NO_GRACE);
	const struct env env = {.io = &fixture.mock.io, .time = env_real()->time, .dice = env_real()->dice};
	struct store *store;
	struct maintenance *running;
	assert_int_equal(store_open_in(&env, store_fixture_config(&fixture), &store, &fixture.error), 0);
	real_openat = fixture.mock.io.openat;
	fixture.mock.io.openat = hanging_openat;
	assert_int_equal(maintenance_start(store, &running, &fixture.error), 0);
	for (size_t node = 0; node < 4; node++)
		wait_for_looks(running, node, 2);
	hang(true);
	while (atomic_load(&running->nodes[0].look_began_ns) == 0)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	for (size_t node = 1; node < 4; node++)
		wait_for_looks(running, node, 3);
	/* Long before its silence, after seconds, says that it hangs. */
	struct node_status status;
	node_status(&store->nodes[0], &status);
	assert_int_equal(status.state, NODE_UP);
	/* And one that goes meanwhile is noticed. */
	healing_lose(3);
	do {
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		node_status(&store->nodes[2], &status);
	} while (status.state != NODE_ABSENT);
	hang(false);
	wait_for_looks(running, 0, 2);
	maintenance_stop(running);
	store_close(store);
	fixture.mock.io.openat = real_openat;
	healing_give_back(3);
}

/* Nodes that join are not looked after by those alone that the first ones needed. */
static void test_a_disk_that_hangs_holds_up_no_node_that_joined_later(void **state)
{
	(void)state;
	healing_make_store(1, PACE "replication_factor: 1\nmin_replicas: 1\n" NO_SCRUB NO_GRACE);
	const struct env env = {.io = &fixture.mock.io, .time = env_real()->time, .dice = env_real()->dice};
	struct store *store;
	struct maintenance *running;
	char path[512];
	assert_int_equal(store_open_in(&env, store_fixture_config(&fixture), &store, &fixture.error), 0);
	real_openat = fixture.mock.io.openat;
	fixture.mock.io.openat = hanging_openat;
	assert_int_equal(maintenance_start(store, &running, &fixture.error), 0);
	snprintf(path, sizeof(path), "%s", healing_node_folder(2));
	const struct store_new_node added = {.name = "node-2", .path = path, .zone = "z"};
	assert_int_equal(store_node_add(store_fixture_config(&fixture), &added, NULL, &fixture.error), 0);
	while (store->node_count < 2)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	wait_for_looks(running, 1, 2);
	hang(true);
	while (atomic_load(&running->nodes[0].look_began_ns) == 0)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	wait_for_looks(running, 1, 3);
	hang(false);
	maintenance_stop(running);
	store_close(store);
	fixture.mock.io.openat = real_openat;
}

static void wait_for_order(struct node *node, bool failed)
{
	struct node_status status;
	do {
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		node_status(node, &status);
	} while (status.failed_by_operator != failed);
}

/* The disk of a node that was failed is often one that hangs, and who puts it back may not know better. */
static void test_a_disk_that_hangs_when_its_node_is_recovered_holds_up_nothing(void **state)
{
	(void)state;
	bool changed;
	healing_make_store(3, TWO_OF NO_GRACE);
	const struct env env = {.io = &fixture.mock.io, .time = env_real()->time, .dice = env_real()->dice};
	struct store *store, *other;
	struct maintenance *running;
	assert_int_equal(store_open_in(&env, store_fixture_config(&fixture), &store, &fixture.error), 0);
	assert_int_equal(store_open(store_fixture_config(&fixture), &other, &fixture.error), 0);
	real_openat = fixture.mock.io.openat;
	fixture.mock.io.openat = hanging_openat;
	assert_int_equal(maintenance_start(store, &running, &fixture.error), 0);
	assert_int_equal(store_node_fail(other, "node-1", &changed, &fixture.error), 0);
	wait_for_order(&store->nodes[0], true);
	hang(true);
	assert_int_equal(store_node_recover(other, "node-1", &changed, &fixture.error), 0);
	wait_for_order(&store->nodes[0], false);
	/* What comes after that is followed all the same. */
	assert_int_equal(store_node_fail(other, "node-2", &changed, &fixture.error), 0);
	wait_for_order(&store->nodes[1], true);
	hang(false);
	while (!node_is_readable(&store->nodes[0]))
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	maintenance_stop(running);
	store_close(other);
	store_close(store);
	fixture.mock.io.openat = real_openat;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, healing_clean)
	const struct CMUnitTest tests[] = {
		TEST(a_commit_of_anybody_wakes_it),
		TEST(news_can_be_waited_for),
		TEST(the_report_is_written_seldom_at_rest_and_soon_when_it_changes),
		TEST(a_disk_that_hangs_holds_up_no_other_node),
		TEST(a_disk_that_hangs_holds_up_no_node_that_joined_later),
		TEST(a_disk_that_hangs_when_its_node_is_recovered_holds_up_nothing),
	};
	return cmocka_run_group_tests_name("maintenance at rest", tests, NULL, NULL);
}
