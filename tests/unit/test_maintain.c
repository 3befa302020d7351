/*
 * What maintenance does by itself, one step after another on a clock that the test moves: everything that is lost is
 * made good again, at the right time, from good copies only, and nothing is left behind (invariants 1 to 4).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/healing.h"

/* ---- bad copies ---- */

static void corrupt_all_on(unsigned node)
{
	char path[160];
	while (store_fixture_chunk_path(&fixture, node, path)) {
		char aside[192];
		scratch_flip(&fixture.scratch, path, 1000);
		snprintf(aside, sizeof(aside), "%s.aside", path);
		scratch_rename(&fixture.scratch, path, aside);
	}
	char command[512];
	snprintf(command, sizeof(command),
		"cd '%s/chunks' && for f in */*.aside; do mv \"$f\" \"${f%%.aside}\"; done",
		healing_node_folder(node));
	assert_int_equal(system(command), 0);
}

static void test_a_bad_copy_is_never_copied(void **state)
{
	(void)state;
	healing_begin(5, THREE_OF NO_GRACE, 40);
	corrupt_all_on(1);
	size_t bad = healing_files_on(1);
	healing_lose(2);
	healing_run_for(SECOND);
	healing_run_to_rest();
	/* Those that were chosen as a source are out of the way by now; all others than node 1's are good. */
	for (unsigned i = 3; i <= 5; i++)
		assert_int_equal(healing_files_on(i), healing_copies_on(i));
	assert_true(healing_quarantined_on(1) > 0);
	assert_int_equal(healing_events("replica_bad"), healing_quarantined_on(1));
	healing_ask((struct catalog_request){.kind = PASS_SCRUB, .bandwidth = -1});
	healing_run_for(2 * SECOND);
	healing_run_to_rest();
	assert_int_equal(healing_quarantined_on(1), bad);
	assert_int_equal(healing_events("replica_bad"), bad);
	healing_expect_copies(3);
	healing_expect_content();
	healing_give_back(2);
	healing_run_to_rest();
	store_fixture_check_replicas(&fixture);
	healing_expect_copies(3);
}

static void test_a_bad_last_copy_is_reported_and_not_multiplied(void **state)
{
	(void)state;
	healing_begin(4, TWO_OF NO_GRACE, 1);
	unsigned first = 0, second = 0;
	for (unsigned i = 1; i <= 4; i++)
		if (healing_copies_on(i)) {
			second = first ? i : second;
			first = first ? first : i;
		}
	corrupt_all_on(first);
	healing_lose(second);
	healing_run_for(5 * SECOND);
	assert_int_equal(maintenance->repaired, 0);
	assert_int_equal(store_fixture_chunk_files(&fixture), 0);
	assert_int_equal(healing_quarantined_on(first), 1);
	assert_int_equal(healing_sql("SELECT count(*) FROM bad_replica"), 1);
	healing_give_back(second);
	healing_run_to_rest();
	healing_expect_copies(2);
	/* All is as it should be, so the bad copy is forgotten. */
	assert_int_equal(healing_sql("SELECT count(*) FROM bad_replica"), 0);
	healing_expect_content();
}

/* No copy has to be made, because there were too many, or because another one comes back. */
static void test_a_bad_copy_is_forgotten_once_its_chunk_has_what_it_wants(void **state)
{
	(void)state;
	uint64_t changed;
	healing_begin(4, THREE_OF GRACE, 40);
	corrupt_all_on(1);
	assert_int_equal(store_set_replication(fixture.store, "file", 2, &changed, &fixture.error), 0);
	healing_run_to_rest();
	assert_true(healing_events("replica_bad") > 0);
	assert_int_equal(healing_sql("SELECT count(*) FROM bad_replica"), 0);
	healing_expect_copies(2);
	healing_expect_content();
}

static void test_a_bad_copy_is_remembered_while_its_chunk_lacks_one(void **state)
{
	(void)state;
	char path[160];
	healing_begin(2, TWO_OF NO_GRACE, 1);
	assert_true(store_fixture_chunk_path(&fixture, 1, path));
	scratch_flip(&fixture.scratch, path, 7);
	env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_PWRITE, .number = ENOSPC, .lasting = true});
	healing_ask((struct catalog_request){.kind = PASS_SCRUB, .bandwidth = -1});
	healing_run_for(10 * SECOND);
	assert_int_equal(healing_sql("SELECT count(*) FROM bad_replica"), 1);
	env_mock_heal(&fixture.mock);
	healing_run_for(20 * SECOND);
	assert_int_equal(healing_sql("SELECT count(*) FROM bad_replica"), 0);
	healing_expect_copies(2);
}

/* ---- targets that fail ---- */

static void break_target(enum io_call call, int number, unsigned skip)
{
	healing_make_store(6, THREE_OF NO_GRACE);
	for (unsigned i = 0; i < 6; i++)
		env_mock_pretend_device(&fixture.mock, fixture.node_paths[i], 1000 + i);
	store_fixture_reopen(&fixture);
	healing_put(40);
	healing_start();
	healing_run_to_rest();
	int64_t before = healing_copies_on(3);
	env_mock_fail(&fixture.mock, (struct io_fault){.call = call,
					     .number = number,
					     .skip = skip,
					     .lasting = true,
					     .under = fixture.node_paths[2]});
	healing_lose(1);
	healing_run_for(40 * SECOND);
	assert_true(env_mock_hits(&fixture.mock, 0) > 0);
	unsigned fewest, most;
	healing_each_chunk(NULL, &fewest, &most);
	assert_true(fewest >= 3);
	assert_true(healing_copies_on(3) <= before);
	env_mock_heal(&fixture.mock);
	healing_run_for(40 * SECOND);
	healing_run_to_rest();
	healing_expect_copies(3);
	healing_give_back(1);
	healing_run_to_rest();
	store_fixture_check_replicas(&fixture);
	healing_expect_copies(3);
	assert_int_equal(healing_files_on(3), healing_copies_on(3));
	healing_expect_content();
}

static void test_a_target_that_cannot_be_written_is_replaced(void **state)
{
	(void)state;
	break_target(IO_PWRITE, EIO, 0);
	assert_true(healing_events("repair_failed") > 0);
}

static void test_a_target_that_fails_at_its_second_chunk_is_replaced(void **state)
{
	(void)state;
	break_target(IO_LINKAT, EIO, 1);
}

static void test_a_target_that_is_full_is_replaced(void **state)
{
	(void)state;
	break_target(IO_PWRITE, ENOSPC, 0);
}

static void test_a_target_that_cannot_be_flushed_is_replaced(void **state)
{
	(void)state;
	break_target(IO_SYNCFS, EIO, 0);
	assert_true(healing_events("flush_failed") > 0);
	/* What was on its way there was told as failed. */
	assert_true(
		healing_sql("SELECT count(*) FROM event WHERE code = 'repair_failed' AND target = 'node-3'") >
		0);
}

static void test_what_is_not_flushed_is_no_replica(void **state)
{
	(void)state;
	healing_begin(3, TWO_OF NO_GRACE, CHUNKS);
	env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_SYNCFS, .number = EIO, .lasting = true});
	healing_lose(1);
	healing_run_for(5 * SECOND);
	assert_true(env_mock_hits(&fixture.mock, 0) > 0);
	assert_int_equal(maintenance->repaired, 0);
	env_mock_heal(&fixture.mock);
	healing_run_for(20 * SECOND);
	healing_run_to_rest();
	healing_expect_copies(2);
	healing_expect_content();
}

static void test_everything_is_flushed_after_it_was_written_and_before_it_counts(void **state)
{
	(void)state;
	healing_begin(3, TWO_OF NO_GRACE, 1);
	healing_lose(healing_copies_on(1) ? 1 : 2);
	env_mock_forget(&fixture.mock);
	healing_run_for(SECOND);
	assert_int_equal(maintenance->repaired, 1);
	const char *link = strrchr(fixture.mock.trace, 'l'), *flush = strrchr(fixture.mock.trace, 'S');
	assert_true(link && flush && link < flush);
}

/* ---- failing again and again ---- */

static void test_a_chunk_that_fails_is_tried_again_ever_more_rarely(void **state)
{
	(void)state;
	enum { TRIES = 7 };
	int64_t at_ms[TRIES];
	unsigned tries = 0, hits = 0;
	healing_begin(3, TWO_OF NO_GRACE, 1);
	env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_PWRITE, .number = ENOSPC, .lasting = true});
	healing_lose(healing_copies_on(1) ? 1 : 2);
	while (tries < TRIES) {
		maintain_step(maintenance);
		unsigned now = env_mock_hits(&fixture.mock, 0);
		if (now > hits)
			at_ms[tries++] = fixture.mock.monotonic_ns / 1000000;
		hits = now;
		healing_pass_time(STEP_MS);
		assert_true(fixture.mock.monotonic_ns < INT64_C(300) * 1000000000);
	}
	int64_t wait_ms = 1000;
	for (unsigned i = 1; i < TRIES; i++, wait_ms *= 2) {
		assert_true(at_ms[i] - at_ms[i - 1] >= wait_ms);
		assert_true(at_ms[i] - at_ms[i - 1] <= wait_ms + 500);
	}
	env_mock_heal(&fixture.mock);
	healing_run_for(130 * SECOND);
	healing_expect_copies(2);
}

/* ---- storms, pauses, limits ---- */

static void test_too_few_nodes_stop_all_copying_until_more_are_back(void **state)
{
	(void)state;
	healing_begin(6, THREE_OF NO_GRACE, CHUNKS);
	for (unsigned i = 1; i <= 4; i++)
		healing_lose(i);
	healing_run_for(10 * SECOND);
	assert_int_equal(maintenance->repaired, 0);
	healing_expect_state(REPAIR_BLOCKED, "only 2 of 6 nodes answer");
	assert_int_equal(healing_sql("SELECT count(*) FROM stray"), 0);
	healing_give_back(1);
	healing_give_back(2);
	healing_run_for(10 * SECOND);
	assert_true(maintenance->repaired > 0);
	healing_give_back(3);
	healing_give_back(4);
	healing_run_to_rest();
	store_fixture_check_replicas(&fixture);
	healing_expect_copies(3);
}

static void control(const struct repair_control *control)
{
	assert_int_equal(store_control_repair(fixture.store, control, &fixture.error), 0);
}

static void test_paused_it_does_nothing_and_says_so(void **state)
{
	(void)state;
	healing_begin(5, THREE_OF NO_GRACE, CHUNKS);
	control(&(struct repair_control){.set_paused = true, .paused = true});
	healing_lose(1);
	healing_run_for(10 * SECOND);
	assert_int_equal(maintenance->repaired, 0);
	healing_expect_state(REPAIR_PAUSED, "paused by the operator");
	assert_true(maintenance->report.queued > 0);
	control(&(struct repair_control){.set_paused = true});
	healing_run_to_rest();
	healing_expect_copies(3);
}

/* That the catalog cannot be asked just now is no word of the operator's. */
static void test_it_stays_paused_while_the_catalog_does_not_say_so(void **state)
{
	(void)state;
	healing_begin(5, THREE_OF NO_GRACE, CHUNKS);
	control(&(struct repair_control){.set_paused = true, .paused = true});
	healing_run_for(SECOND);
	healing_sql("ALTER TABLE meta RENAME TO elsewhere");
	healing_lose(1);
	healing_run_for(SECOND);
	assert_true(maintenance->paused);
	assert_int_equal(maintenance->repaired, 0);
	healing_sql("ALTER TABLE elsewhere RENAME TO meta");
	control(&(struct repair_control){.set_paused = true});
	healing_run_to_rest();
	healing_expect_copies(3);
}

static void test_bytes_stay_within_the_limit_in_every_second(void **state)
{
	(void)state;
	enum { RATE = 2 * FIXTURE_CHUNK, SECONDS = 5 };
	healing_begin(5, THREE_OF "repair: {interval: 100ms, grace: 0, bandwidth: 128KiB}\n", 24);
	healing_lose(1);
	unsigned missing = (unsigned)healing_copies_on(1);
	assert_true(missing > 10);
	bool throttled = false;
	uint64_t bytes[SECONDS + 1];
	for (int i = 0; i <= SECONDS; i++) {
		bytes[i] = maintenance->repaired_bytes;
		if (i < SECONDS)
			healing_run_for(SECOND);
		throttled |= maintenance->report.state == REPAIR_THROTTLED;
	}
	assert_true(throttled);
	/* What was saved up, a second's worth, comes on top once. A booking may overdraw by a chunk. */
	for (int i = 1; i <= SECONDS; i++)
		assert_true(bytes[i] <= (uint64_t)(i + 1) * RATE + FIXTURE_CHUNK);
	for (int i = 2; i <= SECONDS; i++)
		assert_in_range(bytes[i] - bytes[i - 1], RATE - FIXTURE_CHUNK, RATE + FIXTURE_CHUNK);
	/* A new limit counts at once. */
	control(&(struct repair_control){.set_bandwidth = true});
	healing_run_for(SECOND);
	assert_int_equal(maintenance->repaired, missing);
	healing_expect_copies(3);
}

/* ---- wiped nodes ---- */

static void test_a_node_that_lost_its_files_but_not_its_identity_is_noticed(void **state)
{
	(void)state;
	char path[160];
	healing_begin(4, TWO_OF GRACE, CHUNKS);
	int64_t lost = healing_copies_on(2);
	while (store_fixture_chunk_path(&fixture, 2, path))
		assert_int_equal(unlink(scratch_path(&fixture.scratch, path)), 0);
	healing_run_for(SECOND);
	healing_run_to_rest();
	assert_int_equal(healing_sql("SELECT chunks FROM event WHERE code = 'chunks_missing'"), lost);
	assert_int_equal(maintenance->repaired, lost);
	store_fixture_check_replicas(&fixture);
	healing_expect_copies(2);
	healing_expect_content();
}

/* What is missing is noticed, although the catalog cannot be written to while it is looked for. */
static void test_an_inventory_outlives_a_catalog_that_fails(void **state)
{
	(void)state;
	char path[160];
	healing_begin(4, TWO_OF GRACE, CHUNKS);
	for (size_t i = 0; i < 4; i++)
		maintenance->nodes[i].next_sample_ns = INT64_MAX; /* no look finds it by chance */
	assert_true(store_fixture_chunk_path(&fixture, 2, path));
	assert_int_equal(unlink(scratch_path(&fixture.scratch, path)), 0);
	healing_sql("CREATE TRIGGER fault BEFORE UPDATE ON chunk BEGIN SELECT RAISE(ABORT, 'no'); END");
	maintenance->nodes[1].inventory_wanted = true;
	healing_run_for(SECOND);
	healing_sql("DROP TRIGGER fault");
	healing_run_to_rest();
	assert_int_equal(healing_sql("SELECT sum(chunks) FROM event WHERE code = 'chunks_missing'"), 1);
	store_fixture_check_replicas(&fixture);
	healing_expect_copies(2);
}

static void test_a_disk_that_is_replaced_by_an_empty_one_is_not_taken_for_the_node(void **state)
{
	(void)state;
	healing_begin(5, THREE_OF NO_GRACE, CHUNKS);
	healing_lose(2);
	assert_int_equal(mkdir(healing_node_folder(2), 0700), 0);
	healing_run_for(5 * SECOND);
	assert_int_equal(scratch_count(&fixture.scratch, "nodes/node-2"), 0);
	assert_int_equal(rmdir(healing_node_folder(2)), 0);
	healing_run_to_rest();
	healing_expect_copies(3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, healing_clean)
	const struct CMUnitTest tests[] = {
		TEST(a_bad_copy_is_never_copied),
		TEST(a_bad_last_copy_is_reported_and_not_multiplied),
		TEST(a_bad_copy_is_forgotten_once_its_chunk_has_what_it_wants),
		TEST(a_bad_copy_is_remembered_while_its_chunk_lacks_one),
		TEST(a_target_that_cannot_be_written_is_replaced),
		TEST(a_target_that_fails_at_its_second_chunk_is_replaced),
		TEST(a_target_that_is_full_is_replaced),
		TEST(a_target_that_cannot_be_flushed_is_replaced),
		TEST(what_is_not_flushed_is_no_replica),
		TEST(everything_is_flushed_after_it_was_written_and_before_it_counts),
		TEST(a_chunk_that_fails_is_tried_again_ever_more_rarely),
		TEST(too_few_nodes_stop_all_copying_until_more_are_back),
		TEST(paused_it_does_nothing_and_says_so),
		TEST(it_stays_paused_while_the_catalog_does_not_say_so),
		TEST(bytes_stay_within_the_limit_in_every_second),
		TEST(a_node_that_lost_its_files_but_not_its_identity_is_noticed),
		TEST(an_inventory_outlives_a_catalog_that_fails),
		TEST(a_disk_that_is_replaced_by_an_empty_one_is_not_taken_for_the_node),
	};
	return cmocka_run_group_tests_name("maintenance", tests, NULL, NULL);
}
