/*
 * What maintenance looks at once more when it holds the write lock, before a copy counts (invariant 1) and before one
 * is given up (invariant 4): each condition is broken after the task was carried out and before it is committed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>

#include "tests/support/healing.h"

static struct catalog_chunk chunk_now(void)
{
	struct catalog_chunk chunk = one_store_first_chunk();
	/* The catalog knows a set of nodes by their order. */
	for (unsigned i = 1; i < chunk.node_count; i++)
		assert_true(chunk.nodes[i - 1] < chunk.nodes[i]);
	return chunk;
}

static void set_copies(unsigned copies)
{
	uint64_t changed;
	assert_int_equal(store_set_replication(fixture.store, "file", copies, &changed, &fixture.error), 0);
}

/*
 * A store with a file of one chunk, each node on a device of its own, and maintenance that has seen all in order.
 * Where there are enough other nodes for it, the first one has no copy.
 */
static void begin(unsigned nodes, const char *settings)
{
	healing_make_store(nodes, settings);
	for (unsigned i = 0; i < nodes; i++)
		env_mock_pretend_device(&fixture.mock, fixture.node_paths[i], 1000 + i);
	store_fixture_reopen(&fixture);
	store_fixture_fail_node(&fixture, 1, true);
	healing_put(1);
	store_fixture_fail_node(&fixture, 1, false);
	assert_int_equal(node_probe(&fixture.store->nodes[0]), NODE_FOUND_IT);
	healing_start();
	healing_run_for(SECOND);
}

/* Plans and carries out the one task that there is, and leaves it uncommitted. */
static struct task *carry_out(enum task_kind kind)
{
	assert_int_equal(maintain_scan(maintenance, &fixture.error), 0);
	maintain_dispatch(maintenance);
	assert_int_equal(maintenance->task_count, 1);
	struct task *task = maintenance->tasks[0];
	assert_int_equal(task->kind, kind);
	if (kind == TASK_COPY)
		maintain_commit(maintenance); /* first the intent */
	maintain_run_ready(maintenance);
	assert_int_equal(maintenance->done_count, 1);
	return task;
}

static int64_t strays(uint16_t node)
{
	return healing_sql("SELECT count(*) FROM stray WHERE node = %u", node);
}

static bool has_file(struct node *node, const struct digest *digest)
{
	char path[600], hex[DIGEST_HEX_SIZE];
	struct stat status;
	digest_hex(digest, hex);
	snprintf(path, sizeof(path), "%s/chunks/%.2s/%s", node->path, hex, hex);
	return stat(path, &status) == 0;
}

/* ---- copies ---- */

static void leave_alone(struct task *task)
{
	(void)task;
}

static void unlink_file(struct task *task)
{
	assert_int_equal(
		chunk_file_unlink(&fixture.mock.env, node_writing(task->target), &task->chunk.digest), 0);
}

static void take_out_of_service(struct task *task)
{
	node_set_failed(task->target, true);
}

static void make_read_only(struct task *task)
{
	node_note_errno(task->target, EROFS);
}

static void refuse_writes(void *target)
{
	node_note_errno(target, EROFS);
}

static void make_read_only_at_the_flush(struct task *task)
{
	fixture.mock.context = task->target;
	fixture.mock.before_syncfs = refuse_writes;
}

static void fail_a_flush(struct task *task)
{
	node_note_flush_failure(task->target);
}

static void place_on(const struct node *node)
{
	struct catalog_chunk row = chunk_now();
	unsigned at = row.node_count++;
	for (; at > 0 && row.nodes[at - 1] > node->id; at--)
		row.nodes[at] = row.nodes[at - 1];
	row.nodes[at] = node->id;
	assert_int_equal(catalog_begin(fixture.store->writer, &fixture.error), 0);
	assert_int_equal(catalog_place_chunk(fixture.store->writer, &row, &fixture.error), 0);
	assert_int_equal(catalog_commit(fixture.store->writer, &fixture.error), 0);
}

static void place_it_already(struct task *task)
{
	place_on(task->target);
}

static bool sweep(struct node *node)
{
	struct stray_cursor from_the_beginning = {0};
	return maintain_sweep_strays(maintenance, node, &from_the_beginning);
}

static void sweep_strays(struct task *task)
{
	(void)sweep(task->target);
	assert_int_equal(strays(task->target->id), 1);
}

static void lose_first_holder(void)
{
	struct catalog_chunk chunk = chunk_now();
	assert_int_equal(chunk.node_count, 2);
	node_set_failed(store_node_by_id(fixture.store, chunk.nodes[0]), true);
}

/*
 * Fails one of the two nodes with the chunk, lets it be copied to the third, and does something to that before it
 * counts.
 */
static void expect_copy(void (*meanwhile)(struct task *task), bool counts)
{
	begin(3, TWO_OF NO_GRACE);
	struct catalog_chunk before = chunk_now();
	lose_first_holder();
	struct task *task = carry_out(TASK_COPY);
	uint16_t target = task->target->id;
	assert_int_equal(task->outcome, TASK_OK);
	assert_int_equal(strays(target), 1);
	assert_true(has_file(task->target, &before.digest));
	meanwhile(task);
	maintain_commit(maintenance);
	struct catalog_chunk after = chunk_now();
	assert_int_equal(catalog_is_placed(&after, target), counts);
	assert_int_equal(after.node_count, before.node_count + counts);
	assert_int_equal(strays(target), !counts);
	assert_int_equal(maintenance->repaired, counts);
}

static void test_a_copy_that_is_there_counts(void **state)
{
	(void)state;
	expect_copy(leave_alone, true);
}

static void test_a_copy_whose_file_has_gone_does_not_count(void **state)
{
	(void)state;
	expect_copy(unlink_file, false);
}

static void test_a_copy_on_a_node_that_has_gone_does_not_count(void **state)
{
	(void)state;
	expect_copy(take_out_of_service, false);
}

static void test_a_copy_on_a_node_that_takes_nothing_more_does_not_count(void **state)
{
	(void)state;
	expect_copy(make_read_only, false);
}

static void test_a_copy_on_a_node_that_takes_nothing_more_once_flushed_does_not_count(void **state)
{
	(void)state;
	expect_copy(make_read_only_at_the_flush, false);
}

static void test_a_copy_that_may_not_have_been_flushed_does_not_count(void **state)
{
	(void)state;
	expect_copy(fail_a_flush, false);
}

/* Its intent is a stray in the table until it is a replica. */
static void test_a_copy_that_is_under_way_is_not_swept_away(void **state)
{
	(void)state;
	expect_copy(sweep_strays, true);
}

static void test_a_copy_that_another_process_made_a_replica_is_one(void **state)
{
	(void)state;
	expect_copy(place_it_already, true);
}

static void test_a_copy_of_a_chunk_that_is_not_needed_any_more_does_not_count(void **state)
{
	(void)state;
	begin(3, TWO_OF NO_GRACE);
	lose_first_holder();
	uint16_t target = carry_out(TASK_COPY)->target->id;
	(void)healing_sql("DELETE FROM chunk");
	maintain_commit(maintenance);
	assert_int_equal(healing_sql("SELECT count(*) FROM chunk"), 0);
	assert_int_equal(maintenance->repaired, 0);
	assert_int_equal(strays(target), 1);
}

/* Whether the node is still there cannot be asked: that is no yes. */
static void test_nothing_counts_while_the_catalog_fails(void **state)
{
	(void)state;
	begin(3, TWO_OF NO_GRACE);
	lose_first_holder();
	struct task *task = carry_out(TASK_COPY);
	uint16_t target = task->target->id;
	(void)healing_sql("ALTER TABLE node RENAME TO elsewhere");
	maintain_commit(maintenance);
	(void)healing_sql("ALTER TABLE elsewhere RENAME TO node");
	struct catalog_chunk after = chunk_now();
	assert_false(catalog_is_placed(&after, target));
	assert_int_equal(maintenance->repaired, 0);
}

static void test_nothing_is_told_that_was_not_committed(void **state)
{
	(void)state;
	begin(3, TWO_OF NO_GRACE);
	lose_first_holder();
	(void)carry_out(TASK_COPY);
	healing_sql("CREATE TRIGGER fault BEFORE INSERT ON event WHEN NEW.code = 'repair_copy' BEGIN "
		    "SELECT RAISE(ABORT, 'no'); END");
	maintain_commit(maintenance);
	healing_sql("DROP TRIGGER fault");
	assert_int_equal(maintenance->repaired, 0);
	assert_int_equal(maintenance->run.chunks, 0);
}

/*
 * The file is there, and nobody has seen that it is good: neither from the task, nor because the node is well again
 * by the time the task is committed.
 */
static void test_a_copy_that_was_not_read_back_does_not_count(void **state)
{
	(void)state;
	begin(3, TWO_OF NO_GRACE);
	struct catalog_chunk before = chunk_now();
	struct node *target = NULL;
	for (unsigned i = 0; i < 3; i++)
		if (!catalog_is_placed(&before, fixture.store->nodes[i].id))
			target = &fixture.store->nodes[i];
	lose_first_holder();
	env_mock_fail(
		&fixture.mock, (struct io_fault){.call = IO_PREAD, .number = EIO, .under = target->path});
	struct task *task = carry_out(TASK_COPY);
	env_mock_heal(&fixture.mock);
	assert_int_equal(task->outcome, TASK_NO_TARGET);
	assert_true(has_file(target, &before.digest));
	for (int looks = 0; looks < 5 && !node_writing(target); looks++)
		(void)node_probe(target);
	assert_non_null(node_writing(target));
	maintain_commit(maintenance);
	struct catalog_chunk after = chunk_now();
	assert_false(catalog_is_placed(&after, target->id));
	assert_int_equal(strays(target->id), 1);
}

/* ---- trims ---- */

static void lose_a_verified_file(struct task *task)
{
	assert_int_equal(
		chunk_file_unlink(&fixture.mock.env, node_writing(task->good[0]), &task->chunk.digest), 0);
}

static void lose_a_verified_node(struct task *task)
{
	node_set_failed(task->good[1], true);
}

static void want_it_after_all(struct task *task)
{
	(void)task;
	set_copies(3);
}

static void want_even_fewer(struct task *task)
{
	(void)task;
	set_copies(1);
}

/*
 * Of three copies two are wanted from now on; the two others were verified, and something happens before the third
 * goes.
 */
static void expect_trim(void (*meanwhile)(struct task *task), bool goes)
{
	begin(3, THREE_OF NO_GRACE);
	assert_int_equal(chunk_now().node_count, 3);
	set_copies(2);
	struct task *task = carry_out(TASK_TRIM);
	struct node *victim = task->victim;
	assert_int_equal(task->outcome, TASK_OK);
	assert_int_equal(task->verified, 2);
	meanwhile(task);
	maintain_commit(maintenance);
	struct catalog_chunk after = chunk_now();
	assert_int_equal(catalog_is_placed(&after, victim->id), !goes);
	assert_int_equal(after.node_count, goes ? 2 : 3);
	assert_int_equal(strays(victim->id), goes);
	/* The file itself goes only once the catalog has given it up. */
	assert_true(has_file(victim, &after.digest));
	maintain_remove_strays(maintenance);
	assert_int_equal(has_file(victim, &after.digest), !goes);
}

static void test_a_copy_too_many_goes(void **state)
{
	(void)state;
	expect_trim(leave_alone, true);
}

static void test_a_copy_stays_when_a_verified_file_has_gone(void **state)
{
	(void)state;
	expect_trim(lose_a_verified_file, false);
}

static void test_a_copy_stays_when_a_verified_node_has_gone(void **state)
{
	(void)state;
	expect_trim(lose_a_verified_node, false);
}

static void test_a_copy_stays_when_it_is_wanted_after_all(void **state)
{
	(void)state;
	expect_trim(want_it_after_all, false);
}

static void test_a_copy_stays_when_anything_has_changed(void **state)
{
	(void)state;
	expect_trim(want_even_fewer, false);
}

/* Between the commit and the removal of the file another process may count the file again. */
static void test_the_file_of_a_copy_that_became_a_replica_again_stays(void **state)
{
	(void)state;
	begin(3, THREE_OF NO_GRACE);
	set_copies(2);
	struct node *victim = carry_out(TASK_TRIM)->victim;
	maintain_commit(maintenance);
	assert_int_equal(strays(victim->id), 1);
	place_on(victim);
	maintain_remove_strays(maintenance);
	struct catalog_chunk after = chunk_now();
	assert_true(catalog_is_placed(&after, victim->id));
	assert_true(has_file(victim, &after.digest));
	assert_int_equal(strays(victim->id), 0);
}

/* A question that fails is not the answer that no chunk has it. */
static void test_no_file_goes_while_the_catalog_fails(void **state)
{
	(void)state;
	begin(3, THREE_OF NO_GRACE);
	set_copies(2);
	struct node *victim = carry_out(TASK_TRIM)->victim;
	maintain_commit(maintenance);
	place_on(victim);
	(void)healing_sql("ALTER TABLE chunk RENAME TO elsewhere");
	maintain_remove_strays(maintenance);
	(void)sweep(victim);
	(void)healing_sql("ALTER TABLE elsewhere RENAME TO chunk");
	struct catalog_chunk after = chunk_now();
	assert_true(catalog_is_placed(&after, victim->id));
	assert_true(has_file(victim, &after.digest));
}

/* It goes when the node is back, not before, and is not forgotten. */
static void test_the_file_of_a_copy_on_a_node_that_went_away_waits_for_it(void **state)
{
	(void)state;
	begin(3, THREE_OF NO_GRACE);
	set_copies(2);
	struct node *victim = carry_out(TASK_TRIM)->victim;
	maintain_commit(maintenance);
	struct catalog_chunk after = chunk_now();
	node_set_failed(victim, true);
	maintain_remove_strays(maintenance);
	assert_int_equal(strays(victim->id), 1);
	assert_true(has_file(victim, &after.digest));
	node_set_failed(victim, false);
	assert_int_equal(node_probe(victim), NODE_FOUND_IT);
	assert_false(sweep(victim));
	assert_int_equal(strays(victim->id), 0);
	assert_false(has_file(victim, &after.digest));
}

/* One of the copies that were to stay turns out bad: enough others are good, but first that one is dealt with. */
static void test_no_copy_goes_in_the_task_that_found_a_bad_one(void **state)
{
	(void)state;
	char path[160];
	begin(4, PACE "replication_factor: 4\nmin_replicas: 1\n" NO_SCRUB NO_GRACE);
	set_copies(2);
	assert_int_equal(maintain_scan(maintenance, &fixture.error), 0);
	maintain_dispatch(maintenance);
	struct task *task = maintenance->tasks[0];
	assert_int_equal(task->kind, TASK_TRIM);
	unsigned other = task->victim == &fixture.store->nodes[0] ? 1 : 0;
	assert_true(store_fixture_chunk_path(&fixture, other + 1, path));
	scratch_flip(&fixture.scratch, path, 5);
	maintain_run_ready(maintenance);
	assert_int_equal(task->bad_count, 1);
	assert_int_equal(task->verified, 2);
	uint16_t victim = task->victim->id, bad = fixture.store->nodes[other].id;
	maintain_commit(maintenance);
	struct catalog_chunk after = chunk_now();
	assert_true(catalog_is_placed(&after, victim));
	assert_false(catalog_is_placed(&after, bad));
	assert_int_equal(after.node_count, 3);
}

/* Fewer are good than are wanted: what is too many by the catalog's count may be the only one that is good. */
static void test_no_copy_goes_when_too_few_others_are_good(void **state)
{
	(void)state;
	char path[160];
	begin(3, THREE_OF NO_GRACE);
	set_copies(2);
	assert_int_equal(maintain_scan(maintenance, &fixture.error), 0);
	maintain_dispatch(maintenance);
	struct task *task = maintenance->tasks[0];
	unsigned other = task->victim == &fixture.store->nodes[0] ? 1 : 0;
	assert_true(store_fixture_chunk_path(&fixture, other + 1, path));
	scratch_flip(&fixture.scratch, path, 5);
	maintain_run_ready(maintenance);
	assert_int_equal(task->verified, 1);
	assert_int_not_equal(task->outcome, TASK_OK);
	uint16_t victim = task->victim->id;
	maintain_commit(maintenance);
	struct catalog_chunk after = chunk_now();
	assert_true(catalog_is_placed(&after, victim));
	assert_int_equal(after.node_count, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, healing_clean)
	const struct CMUnitTest tests[] = {
		TEST(a_copy_that_is_there_counts),
		TEST(a_copy_whose_file_has_gone_does_not_count),
		TEST(a_copy_on_a_node_that_has_gone_does_not_count),
		TEST(a_copy_on_a_node_that_takes_nothing_more_does_not_count),
		TEST(a_copy_on_a_node_that_takes_nothing_more_once_flushed_does_not_count),
		TEST(a_copy_that_may_not_have_been_flushed_does_not_count),
		TEST(a_copy_that_another_process_made_a_replica_is_one),
		TEST(a_copy_that_is_under_way_is_not_swept_away),
		TEST(a_copy_of_a_chunk_that_is_not_needed_any_more_does_not_count),
		TEST(nothing_counts_while_the_catalog_fails),
		TEST(nothing_is_told_that_was_not_committed),
		TEST(a_copy_that_was_not_read_back_does_not_count),
		TEST(a_copy_too_many_goes),
		TEST(a_copy_stays_when_a_verified_file_has_gone),
		TEST(a_copy_stays_when_a_verified_node_has_gone),
		TEST(a_copy_stays_when_it_is_wanted_after_all),
		TEST(a_copy_stays_when_anything_has_changed),
		TEST(the_file_of_a_copy_that_became_a_replica_again_stays),
		TEST(no_file_goes_while_the_catalog_fails),
		TEST(the_file_of_a_copy_on_a_node_that_went_away_waits_for_it),
		TEST(no_copy_goes_in_the_task_that_found_a_bad_one),
		TEST(no_copy_goes_when_too_few_others_are_good),
	};
	return cmocka_run_group_tests_name("maintenance settles", tests, NULL, NULL);
}
