/*
 * Maintenance that ends or is killed at any moment, and who takes over from it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/healing.h"

/* ---- processes that end ---- */

static long calls_left;
static struct io real;

/* The process ends before its n-th call that changes something. */
static void count_down(void)
{
	if (--calls_left == 0)
		_exit(0);
}

static int dying_openat(struct io *io, int folder, const char *path, int flags, mode_t mode)
{
	if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE)
		count_down();
	return real.openat(io, folder, path, flags, mode);
}

static ssize_t dying_pwrite(struct io *io, int fd, const void *data, size_t size, off_t offset)
{
	count_down();
	return real.pwrite(io, fd, data, size, offset);
}

static int dying_linkat(
	struct io *io, int old_folder, const char *old_path, int new_folder, const char *new_path, int flags)
{
	count_down();
	int result = real.linkat(io, old_folder, old_path, new_folder, new_path, flags);
	count_down();
	return result;
}

static int dying_unlinkat(struct io *io, int folder, const char *path, int flags)
{
	count_down();
	int result = real.unlinkat(io, folder, path, flags);
	count_down();
	return result;
}

static int dying_syncfs(struct io *io, int fd)
{
	count_down();
	int result = real.syncfs(io, fd);
	count_down();
	return result;
}

static void make_mortal(long calls)
{
	real = fixture.mock.io;
	calls_left = calls;
	fixture.mock.io.openat = dying_openat;
	fixture.mock.io.pwrite = dying_pwrite;
	fixture.mock.io.linkat = dying_linkat;
	fixture.mock.io.unlinkat = dying_unlinkat;
	fixture.mock.io.syncfs = dying_syncfs;
}

/* In a child: a repair, and the trimming after the node is back. */
static void live(long calls)
{
	make_mortal(calls);
	healing_run_for(2 * SECOND);
	if (rename(healing_away_folder(1), healing_node_folder(1)) < 0)
		_exit(2);
	healing_run_for(2 * SECOND);
	_exit(1);
}

/* Returns whether the process ended before its work did. */
static bool die_after(long calls)
{
	pid_t child = healing_fork();
	if (child == 0)
		live(calls);
	int status = healing_wait(child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
	return WEXITSTATUS(status) == 0;
}

static void expect_recovery(void)
{
	healing_start();
	healing_run_for(2 * SECOND);
	if (access(healing_away_folder(1), F_OK) == 0)
		healing_give_back(1);
	healing_run_for(2 * SECOND);
	healing_run_to_rest();
	store_fixture_check_replicas(&fixture);
	healing_expect_copies(2);
	assert_int_equal(healing_sql("SELECT count(*) FROM stray"), 0);
	healing_expect_content();
}

static void test_a_process_killed_at_any_moment_leaves_nothing_that_the_next_does_not_clear_up(void **state)
{
	(void)state;
	bool died = true;
	long calls = 1;
	for (; died; calls++) {
		healing_make_store(3, TWO_OF NO_GRACE);
		healing_put(4);
		assert_true(healing_copies_on(1) > 0);
		healing_lose(1);
		died = die_after(calls);
		expect_recovery();
		healing_clean(NULL);
	}
	/* It did die in between. */
	assert_true(calls > 10);
	healing_make_store(3, TWO_OF NO_GRACE);
}

/* A child that ends between two steps. */
static void test_a_process_killed_between_steps_is_taken_over_from(void **state)
{
	(void)state;
	for (int steps = 0; steps < 10; steps++) {
		healing_make_store(3, TWO_OF NO_GRACE);
		healing_put(4);
		healing_lose(1);
		pid_t child = healing_fork();
		if (child == 0) {
			healing_run_for(steps * STEP_MS);
			_exit(0);
		}
		int status = healing_wait(child);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		expect_recovery();
		healing_clean(NULL);
	}
	healing_make_store(3, TWO_OF NO_GRACE);
}

static void test_maintenance_that_is_stopped_at_any_step_leaves_nothing_half_done(void **state)
{
	(void)state;
	for (int steps = 1; steps < 12; steps++) {
		healing_make_store(3, TWO_OF "repair: {interval: 100ms, grace: 0, bandwidth: 1MiB}\n");
		healing_put(4);
		healing_lose(1);
		healing_start();
		for (int i = 0; i < steps; i++) {
			maintain_step(maintenance);
			healing_pass_time(STEP_MS);
		}
		healing_stop();
		expect_recovery();
		healing_clean(NULL);
	}
	healing_make_store(3, TWO_OF NO_GRACE);
}

/* ---- two processes ---- */

static void test_only_one_maintains_a_store_and_the_other_takes_over(void **state)
{
	(void)state;
	struct store *other;
	struct maintenance *second;
	int64_t pid;
	healing_make_store(4, TWO_OF NO_GRACE);
	healing_put(CHUNKS);
	assert_false(role_is_held(fixture.store->config->store, &pid));
	healing_start();
	healing_run_to_rest();
	assert_true(role_is_held(fixture.store->config->store, &pid));
	assert_int_equal(pid, getpid());
	assert_int_equal(
		store_open_in(&fixture.mock.env, store_fixture_config(&fixture), &other, &fixture.error), 0);
	assert_int_equal(maintain_new(other, &second, &fixture.error), 0);
	healing_lose(1);
	for (int i = 0; i < 100; i++) {
		maintain_step(second);
		healing_pass_time(STEP_MS);
	}
	assert_false(maintenance_is_ours(second));
	assert_true(maintenance_is_ours(maintenance));
	assert_int_equal(second->repaired, 0);
	healing_expect_state(REPAIR_IDLE, "");
	/* Nor does it write events about what it sees. */
	assert_int_equal(healing_events("node_lost"), 0);
	healing_stop();
	for (int i = 0; i < 100; i++) {
		maintain_step(second);
		healing_pass_time(STEP_MS);
	}
	assert_true(maintenance_is_ours(second));
	assert_true(second->repaired > 0);
	assert_int_equal(healing_events("node_lost"), 1);
	healing_expect_copies(2);
	maintain_free(second);
	assert_false(role_is_held(fixture.store->config->store, &pid));
	store_close(other);
}

/* It may be an older copy, for which files that are replicas by now were in the way. */
static void test_nothing_goes_at_the_end_while_nodes_know_more_than_the_catalog(void **state)
{
	(void)state;
	static const char later[] = "stored after that copy was made";
	char hex[DIGEST_HEX_SIZE], path[160];
	healing_begin(2, TWO_OF NO_GRACE, 1);
	const struct digest digest = digest_of(later, sizeof(later));
	digest_hex(&digest, hex);
	snprintf(path, sizeof(path), "nodes/node-1/chunks/%.2s/%s", hex, hex);
	scratch_write(&fixture.scratch, path, later, sizeof(later));
	healing_sql("INSERT INTO stray VALUES (1, x'%s')", hex);
	healing_sql("UPDATE state SET journal = journal - 1");
	maintain_step(maintenance);
	assert_true(maintenance->behind_nodes);
	maintenance->next_stray_ns = 0;
	healing_stop();
	assert_true(scratch_exists(&fixture.scratch, path));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, healing_clean)
	const struct CMUnitTest tests[] = {
		TEST(a_process_killed_at_any_moment_leaves_nothing_that_the_next_does_not_clear_up),
		TEST(a_process_killed_between_steps_is_taken_over_from),
		TEST(maintenance_that_is_stopped_at_any_step_leaves_nothing_half_done),
		TEST(nothing_goes_at_the_end_while_nodes_know_more_than_the_catalog),
		TEST(only_one_maintains_a_store_and_the_other_takes_over),
	};
	return cmocka_run_group_tests_name("maintenance that ends", tests, NULL, NULL);
}
