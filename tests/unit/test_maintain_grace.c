/*
 * How long maintenance waits for a node that is away, and that the clock on the wall has no part in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>

#include "tests/support/healing.h"

/* ---- grace ---- */

static void test_a_lost_node_is_repaired_after_its_grace_and_not_before(void **state)
{
	(void)state;
	healing_begin(5, THREE_OF GRACE, CHUNKS);
	assert_int_equal(maintenance->repaired, 0);
	int64_t lost = healing_copies_on(2);
	assert_true(lost > 0);
	healing_lose(2);
	healing_run_for(5 * SECOND - 2 * STEP_MS);
	assert_int_equal(maintenance->repaired, 0);
	healing_expect_state(REPAIR_GRACE, "node-2 may come back");
	assert_true(maintenance->report.grace_left_s >= 0 && maintenance->report.grace_left_s < 0.1);
	healing_run_for(SECOND);
	healing_run_to_rest();
	assert_int_equal(maintenance->repaired, lost);
	healing_expect_copies(3);
	healing_expect_content();
}

static void test_without_grace_the_first_step_that_sees_it_repairs(void **state)
{
	(void)state;
	healing_begin(5, THREE_OF NO_GRACE, CHUNKS);
	healing_lose(2);
	maintain_step(maintenance);
	healing_pass_time(STEP_MS);
	maintain_step(maintenance);
	assert_true(maintenance->repaired > 0);
	healing_run_to_rest();
	healing_expect_copies(3);
}

static void test_the_time_before_the_first_copy_does_not_lower_the_rate(void **state)
{
	(void)state;
	healing_begin(5, THREE_OF NO_GRACE, CHUNKS);
	/* As if what is measured were to end while the first chunks are being copied. */
	maintenance->rate_ns = fixture.mock.monotonic_ns - (int64_t)3 * SECOND * 1000000;
	healing_lose(2);
	for (int i = 0; i < 20 && maintenance->repaired == 0; i++)
		healing_run_for(STEP_MS);
	assert_true(maintenance->repaired > 0);
	assert_true(maintenance->report.rate <= 0);
	assert_true(maintenance->report.eta_s < 0);
}

static void test_a_last_copy_does_not_wait(void **state)
{
	(void)state;
	healing_begin(4, TWO_OF GRACE, CHUNKS);
	int64_t lost = healing_copies_on(1);
	healing_lose(1);
	healing_run_for(SECOND);
	assert_int_equal(maintenance->repaired, lost);
	assert_int_equal(healing_sql("SELECT count(*) FROM event WHERE code = 'repair_copy' AND text LIKE "
				     "'%%last copy'"),
		lost);
	healing_expect_copies(2);
}

static void test_a_node_that_is_back_within_its_grace_costs_no_copy(void **state)
{
	(void)state;
	healing_begin(5, THREE_OF GRACE, CHUNKS);
	healing_lose(3);
	healing_run_for(4 * SECOND);
	healing_give_back(3);
	healing_run_for(10 * SECOND);
	assert_int_equal(maintenance->repaired, 0);
	assert_int_equal(healing_events("node_lost"), 1);
	assert_int_equal(healing_events("node_back"), 1);
	store_fixture_check_replicas(&fixture);
	healing_expect_copies(3);
}

static void test_a_node_that_is_back_later_is_used_and_the_excess_trimmed(void **state)
{
	(void)state;
	healing_begin(5, THREE_OF NO_GRACE, CHUNKS);
	healing_lose(2);
	healing_run_for(SECOND);
	healing_run_to_rest();
	size_t files = store_fixture_chunk_files(&fixture);
	assert_int_equal(files, 3 * CHUNKS);
	healing_give_back(2);
	healing_run_to_rest();
	store_fixture_check_replicas(&fixture);
	healing_expect_copies(3);
	assert_int_equal(store_fixture_chunk_files(&fixture), 3 * CHUNKS);
	assert_int_equal(healing_sql("SELECT count(*) FROM stray"), 0);
	healing_expect_content();
}

static void test_grace_goes_on_where_another_process_stopped(void **state)
{
	(void)state;
	healing_begin(5, THREE_OF GRACE, CHUNKS);
	healing_lose(2);
	healing_run_for(3 * SECOND);
	healing_stop();
	store_fixture_reopen(&fixture);
	healing_start();
	healing_run_for(SECOND);
	assert_int_equal(maintenance->repaired, 0);
	healing_run_for(3 * SECOND);
	assert_true(maintenance->repaired > 0);
	/* And it is told once that the node went. */
	assert_int_equal(healing_events("node_lost"), 1);
}

/* ---- the wall clock ---- */

static void jump_in_grace(int64_t jump)
{
	healing_begin(5, THREE_OF GRACE, CHUNKS);
	healing_lose(2);
	healing_run_for(2 * SECOND);
	healing_jump_wall(jump);
	healing_run_for(5 * SECOND - 2 * SECOND - 4 * STEP_MS);
	assert_int_equal(maintenance->repaired, 0);
	healing_run_for(SECOND);
	assert_true(maintenance->repaired > 0);
	healing_run_to_rest();
	healing_expect_copies(3);
	healing_expect_content();
}

static void test_grace_goes_by_the_monotonic_clock(void **state)
{
	(void)state;
	jump_in_grace(YEAR_MS);
	healing_clean(NULL);
	jump_in_grace(-YEAR_MS);
}

static void jump_in_repair(int64_t jump)
{
	healing_begin(5, THREE_OF "repair: {interval: 100ms, grace: 0, bandwidth: 256KiB}\n", CHUNKS);
	healing_lose(2);
	healing_run_for(500);
	assert_true(maintenance->repaired > 0);
	uint64_t before = maintenance->repaired_bytes;
	healing_jump_wall(jump);
	healing_run_for(500);
	assert_true(maintenance->repaired_bytes - before <= 3 * FIXTURE_CHUNK);
	healing_run_to_rest();
	healing_expect_copies(3);
	healing_give_back(2);
	healing_jump_wall(-jump);
	healing_run_to_rest();
	store_fixture_check_replicas(&fixture);
	healing_expect_copies(3);
	healing_expect_content();
}

static void test_a_jump_of_the_wall_clock_does_not_disturb_a_repair(void **state)
{
	(void)state;
	jump_in_repair(YEAR_MS);
	healing_clean(NULL);
	jump_in_repair(-YEAR_MS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, healing_clean)
	const struct CMUnitTest tests[] = {
		TEST(a_lost_node_is_repaired_after_its_grace_and_not_before),
		TEST(without_grace_the_first_step_that_sees_it_repairs),
		TEST(the_time_before_the_first_copy_does_not_lower_the_rate),
		TEST(a_last_copy_does_not_wait),
		TEST(a_node_that_is_back_within_its_grace_costs_no_copy),
		TEST(a_node_that_is_back_later_is_used_and_the_excess_trimmed),
		TEST(grace_goes_on_where_another_process_stopped),
		TEST(grace_goes_by_the_monotonic_clock),
		TEST(a_jump_of_the_wall_clock_does_not_disturb_a_repair),
	};
	return cmocka_run_group_tests_name("grace of maintenance", tests, NULL, NULL);
}
