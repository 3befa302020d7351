/*
 * Collection as maintenance does it: what killed processes, nodes that were away and bad copies left, and its own
 * crashes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/catalog_private.h"
#include "engine/clients.h"
#include "tests/support/collecting.h"

/* ---- what others left behind ---- */

static const char draft_name[] = "nodes/node-1/chunks/ab/.new-0123456789abcdef";

/* A put whose process ended: one batch is committed, files of another lie on the nodes. */
static void leave_half_a_put(void)
{
	struct catalog *catalog = fixture.store->writer;
	int64_t version, chunk = healing_sql("SELECT min(chunk) FROM extent");
	assert_int_equal(catalog_begin(catalog, &fixture.error), 0);
	assert_int_equal(catalog_begin_version(catalog, 3, &version, &fixture.error), 0);
	assert_int_equal(catalog_add_extent(catalog, version,
				 &(struct catalog_extent){.position = 0, .chunk = chunk}, &fixture.error),
		0);
	assert_int_equal(catalog_commit(catalog, &fixture.error), 0);
	char chunk_name[160];
	snprintf(chunk_name, sizeof(chunk_name), "nodes/node-2/chunks/ab/ab%062d", 7);
	scratch_write(&fixture.scratch, draft_name, "draft", 5);
	scratch_write(&fixture.scratch, chunk_name, "left over", 9);
}

static void test_what_a_killed_put_left_goes(void **state)
{
	(void)state;
	collecting_make_history();
	leave_half_a_put();
	/* As long as a client is at work, it might be that one's. */
	int client = clients_enter(fixture.store->config->store);
	collecting_pass(&collecting_only_current);
	assert_int_equal(
		healing_sql("SELECT count(*) FROM version WHERE file IS NULL AND replication > 0"), 1);
	clients_leave(client);
	struct catalog_request done = collecting_pass_as_said();
	assert_int_equal(done.files, 24 + 1);
	/* A file without a name yet is left until it is a day old: another process may be writing it. */
	assert_true(scratch_exists(&fixture.scratch, draft_name));
	healing_jump_wall(YEAR_MS * 60);
	assert_int_equal(collecting_pass_as_said().bytes, 5);
	assert_false(scratch_exists(&fixture.scratch, draft_name));
	collecting_expect_current();
	collecting_expect_nothing_left();
}

static void test_what_a_disk_was_tried_with_goes(void **state)
{
	(void)state;
	static const char left[] = "nodes/node-2/chunks/" NODE_PROBE_FILE;
	collecting_make_history();
	scratch_write(&fixture.scratch, left, "tried", 5);
	collecting_pass(&collecting_only_current);
	assert_false(scratch_exists(&fixture.scratch, left));
	collecting_expect_current();
}

static void test_a_node_that_was_away_is_cleaned_when_it_returns(void **state)
{
	(void)state;
	collecting_make_history();
	int64_t held = healing_sql(
		"SELECT coalesce(sum(c.size), 0) FROM chunk c JOIN copyset s ON s.id = c.copyset"
		" WHERE (hex(s.nodes) LIKE '0002%%' OR hex(s.nodes) LIKE '____0002')"
		" AND c.id NOT IN (SELECT e.chunk FROM extent e JOIN file f ON f.head = e.version)");
	assert_true(held > 0);
	healing_lose(2);
	healing_run_for(SECOND);
	struct catalog_request done = collecting_pass_as_said();
	assert_true((int64_t)done.waiting >= held);
	assert_true(healing_sql("SELECT count(*) FROM stray WHERE node = 2") > 0);
	healing_run_to_rest();
	collecting_expect_current();
	healing_give_back(2);
	healing_run_for(60 * SECOND);
	healing_run_to_rest();
	collecting_expect_current();
	collecting_expect_nothing_left();
}

static void test_quarantine_is_kept_while_its_chunk_is_short_of_copies(void **state)
{
	(void)state;
	char path[160];
	healing_begin(2, TWO_OF NO_GRACE, CHUNKS);
	assert_true(store_fixture_chunk_path(&fixture, 2, path));
	scratch_flip(&fixture.scratch, path, 12345);
	/* The other node is read-only to repair as long as it is paused. */
	maintenance->paused = true;
	assert_int_equal(catalog_begin(fixture.store->writer, &fixture.error), 0);
	assert_int_equal(catalog_write_setting(fixture.store->writer, "repair_paused", 1, &fixture.error), 0);
	assert_int_equal(catalog_commit(fixture.store->writer, &fixture.error), 0);
	struct catalog_chunk chunk;
	assert_int_equal(catalog_get_chunk(fixture.store->reader, healing_sql("SELECT min(id) FROM chunk"),
				 &chunk, &fixture.error),
		1);
	store_condemn_replica(fixture.store, &chunk, store_node_by_name(fixture.store, "node-2"), "test");
	healing_run_for(SECOND);
	assert_int_equal(healing_quarantined_on(2), 1);
	assert_int_equal(collecting_pass_as_said().files, 0);
	assert_int_equal(healing_quarantined_on(2), 1);
	assert_int_equal(catalog_begin(fixture.store->writer, &fixture.error), 0);
	assert_int_equal(catalog_write_setting(fixture.store->writer, "repair_paused", 0, &fixture.error), 0);
	assert_int_equal(catalog_commit(fixture.store->writer, &fixture.error), 0);
	healing_run_to_rest();
	healing_expect_copies(2);
	assert_int_equal(collecting_pass_as_said().files, 1);
	assert_int_equal(healing_quarantined_on(2), 0);
	healing_expect_content();
}

/* A copy that the catalog does not count may be the last good one. */
static void test_a_file_of_a_chunk_that_is_short_of_copies_stays(void **state)
{
	(void)state;
	char path[160];
	healing_begin(2, TWO_OF NO_GRACE, 1);
	healing_stop();
	assert_true(store_fixture_chunk_path(&fixture, 2, path));
	struct catalog_chunk chunk;
	assert_int_equal(catalog_begin(fixture.store->writer, &fixture.error), 0);
	assert_int_equal(catalog_get_chunk(fixture.store->writer, healing_sql("SELECT min(id) FROM chunk"),
				 &chunk, &fixture.error),
		1);
	assert_int_equal(catalog_drop_replica(fixture.store->writer, &chunk, 2, &fixture.error), 0);
	assert_int_equal(catalog_write_setting(fixture.store->writer, "repair_paused", 1, &fixture.error), 0);
	assert_int_equal(catalog_commit(fixture.store->writer, &fixture.error), 0);
	healing_start();
	healing_run_for(SECOND);
	assert_int_equal(collecting_pass_as_said().files, 0);
	assert_true(scratch_exists(&fixture.scratch, path));
}

/* ---- crashes ---- */

static atomic_long calls_left; /* records are appended to several nodes at once */
static struct io real;

static int dying_unlinkat(struct io *io, int folder, const char *path, int flags)
{
	if (atomic_fetch_sub(&calls_left, 1) == 1)
		raise(SIGKILL);
	return real.unlinkat(io, folder, path, flags);
}

static int dying_fstatat(struct io *io, int folder, const char *path, struct stat *status, int flags)
{
	if (atomic_fetch_sub(&calls_left, 1) == 1)
		raise(SIGKILL);
	return real.fstatat(io, folder, path, status, flags);
}

static bool die_after(long calls)
{
	pid_t child = healing_fork();
	if (child == 0) {
		healing_run_for(SECOND);
		real = fixture.mock.io;
		atomic_store(&calls_left, calls);
		fixture.mock.io.unlinkat = dying_unlinkat;
		fixture.mock.io.fstatat = dying_fstatat;
		collecting_pass(&collecting_only_current);
		_exit(1);
	}
	int status = healing_wait(child);
	bool died = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	assert_true(died || (WIFEXITED(status) && WEXITSTATUS(status) == 1));
	return died;
}

static void test_a_crash_at_any_point_is_made_good_by_the_next_pass(void **state)
{
	(void)state;
	unsigned deaths = 0;
	for (long calls = 1;; calls += 1 + calls / 2) {
		collecting_make_history();
		leave_half_a_put();
		healing_stop();
		bool died = die_after(calls);
		deaths += died;
		healing_start();
		healing_run_for(SECOND);
		collecting_expect_current();
		collecting_pass_as_said();
		healing_jump_wall(YEAR_MS * 60);
		collecting_pass(&collecting_only_current);
		collecting_expect_current();
		collecting_expect_nothing_left();
		healing_clean(NULL);
		if (!died)
			break;
	}
	assert_true(deaths > 3);
	healing_make_store(1, "replication_factor: 1\nmin_replicas: 1\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, healing_clean)
	const struct CMUnitTest tests[] = {
		TEST(what_a_killed_put_left_goes),
		TEST(what_a_disk_was_tried_with_goes),
		TEST(a_node_that_was_away_is_cleaned_when_it_returns),
		TEST(quarantine_is_kept_while_its_chunk_is_short_of_copies),
		TEST(a_file_of_a_chunk_that_is_short_of_copies_stays),
		TEST(a_crash_at_any_point_is_made_good_by_the_next_pass),
	};
	return cmocka_run_group_tests_name("leftovers", tests, NULL, NULL);
}
