/*
 * A node that went away is waited for as configured, one that flaps longer, but never for ever.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>

#include "engine/grace.h"

static const int64_t SECOND = 1000;
static const int64_t MINUTE = INT64_C(60) * 1000;
static const int64_t HOUR = INT64_C(60) * 60 * 1000;
static const int64_t DAY = INT64_C(24) * 60 * 60 * 1000;
static struct grace node;

/* Away now, `pause` after the last return, and back a moment later. Returns how long it would be waited for. */
static int64_t flap(int64_t *now, int64_t pause, int64_t grace)
{
	*now += pause;
	grace_gone(&node, *now, grace);
	int64_t left = grace_left_ms(&node, *now);
	*now += 1;
	grace_back(&node, *now);
	return left;
}

static void test_a_departure_is_waited_for_as_configured(void **state)
{
	(void)state;
	grace_init(&node);
	assert_false(grace_is_away(&node));
	assert_int_equal(grace_left_ms(&node, 0), 0);
	assert_int_equal(grace_departures(&node), 0);
	grace_gone(&node, 500, 5 * SECOND);
	assert_true(grace_is_away(&node));
	assert_int_equal(grace_departures(&node), 1);
	assert_int_equal(grace_left_ms(&node, 500), 5000);
	assert_int_equal(grace_left_ms(&node, 400), 5000);
	assert_int_equal(grace_left_ms(&node, 501), 4999);
	assert_int_equal(grace_left_ms(&node, 5499), 1);
	assert_int_equal(grace_left_ms(&node, 5500), 0);
	assert_int_equal(grace_left_ms(&node, INT64_MAX / 2), 0);
	assert_true(grace_is_away(&node));
	grace_back(&node, 6000);
	assert_false(grace_is_away(&node));
	assert_int_equal(grace_left_ms(&node, 6000), 0);
	assert_int_equal(grace_departures(&node), 1);
}

static void test_saying_it_twice_changes_nothing(void **state)
{
	(void)state;
	grace_init(&node);
	grace_back(&node, 0); /* it was never away */
	grace_gone(&node, 0, 5 * SECOND);
	assert_int_equal(grace_left_ms(&node, 0), 5000);
	grace_gone(&node, 3000, 60 * SECOND);
	assert_int_equal(grace_left_ms(&node, 3000), 2000);
	assert_int_equal(grace_departures(&node), 1);
	grace_back(&node, 4000);
	grace_back(&node, 4000 + 10 * MINUTE - 1); /* it has been there since 4000 */
	grace_gone(&node, 4000 + 10 * MINUTE, 5 * SECOND);
	assert_int_equal(grace_departures(&node), 1);
}

static void test_each_departure_of_a_row_doubles_the_wait_up_to_16(void **state)
{
	(void)state;
	static const int64_t factors[] = {1, 2, 4, 8, 16, 16, 16, 16};
	int64_t now = 0;
	grace_init(&node);
	for (unsigned i = 0; i < sizeof(factors) / sizeof(*factors); i++) {
		assert_int_equal(flap(&now, 10 * MINUTE - 1, 5 * SECOND), factors[i] * 5 * SECOND);
		assert_int_equal(grace_departures(&node), i + 1);
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(flap(&now, 0, 5 * SECOND), 80 * SECOND);
}

static void test_who_stays_for_the_window_begins_again(void **state)
{
	(void)state;
	int64_t now = 0;
	grace_init(&node);
	flap(&now, 0, 5 * SECOND);
	assert_int_equal(flap(&now, 10 * MINUTE - 1, 5 * SECOND), 10 * SECOND);
	assert_int_equal(flap(&now, 10 * MINUTE, 5 * SECOND), 5 * SECOND);
	assert_int_equal(grace_departures(&node), 1);
	assert_int_equal(flap(&now, 0, 5 * SECOND), 10 * SECOND);
}

static void test_the_window_counts_from_the_return(void **state)
{
	(void)state;
	grace_init(&node);
	grace_gone(&node, 0, 5 * SECOND);
	grace_back(&node, HOUR);
	grace_gone(&node, HOUR + 9 * MINUTE, 5 * SECOND);
	assert_int_equal(grace_left_ms(&node, HOUR + 9 * MINUTE), 10 * SECOND);
}

static void test_a_long_grace_has_a_long_window(void **state)
{
	(void)state;
	int64_t now = 0;
	grace_init(&node);
	flap(&now, 0, MINUTE);
	assert_int_equal(flap(&now, 20 * MINUTE - 1, MINUTE), 2 * MINUTE);
	assert_int_equal(flap(&now, 20 * MINUTE, MINUTE), MINUTE);
}

static void test_never_more_than_an_hour_above_the_grace_nor_less_than_it(void **state)
{
	(void)state;
	static const int64_t graces[] = {1, 5000, 224 * 1000, 226 * 1000, INT64_C(3600) * 1000,
		INT64_C(30) * 86400 * 1000, INT64_MAX / 2, INT64_MAX};
	for (unsigned i = 0; i < sizeof(graces) / sizeof(*graces); i++) {
		int64_t now = 0, grace = graces[i], last = 0;
		int64_t most = grace < INT64_MAX - HOUR ? grace + HOUR : INT64_MAX;
		grace_init(&node);
		for (int j = 0; j < 10; j++) {
			int64_t left = flap(&now, 0, grace);
			assert_true(left >= grace && left >= last && left <= most);
			last = left;
		}
		/* 16 times, unless that is more than an hour above. */
		assert_true(last == (grace < 240 * SECOND ? 16 * grace : most));
	}
	int64_t now = 0;
	grace_init(&node);
	assert_int_equal(flap(&now, 0, 30 * DAY), 30 * DAY);
	assert_int_equal(flap(&now, 0, 30 * DAY), 30 * DAY + HOUR);
	assert_int_equal(flap(&now, 0, 30 * MINUTE), 90 * MINUTE);
}

static void test_exactly_an_hour_above_is_allowed(void **state)
{
	(void)state;
	int64_t now = 0;
	grace_init(&node);
	flap(&now, 0, HOUR);
	assert_int_equal(flap(&now, 0, HOUR), 2 * HOUR);
	assert_int_equal(flap(&now, 0, HOUR), 2 * HOUR);
	/* One that the division of the limit rounds. */
	grace_init(&node);
	for (int i = 0; i < 4; i++)
		flap(&now, 0, 239999);
	assert_int_equal(flap(&now, 0, 239999), INT64_C(16) * 239999);
}

static void test_no_grace_waits_only_for_a_node_that_flaps(void **state)
{
	(void)state;
	static const int64_t waits[] = {0, 0, 4000, 8000, 16000, 16000};
	int64_t now = 0;
	grace_init(&node);
	for (unsigned i = 0; i < sizeof(waits) / sizeof(*waits); i++)
		assert_int_equal(flap(&now, MINUTE, 0), waits[i]);
	assert_int_equal(flap(&now, 10 * MINUTE, 0), 0);
}

static void test_a_changed_grace_counts_for_the_next_departure(void **state)
{
	(void)state;
	int64_t now = 0;
	grace_init(&node);
	assert_int_equal(flap(&now, 0, 5 * SECOND), 5 * SECOND);
	assert_int_equal(flap(&now, 0, MINUTE), 2 * MINUTE);
	assert_int_equal(flap(&now, 0, SECOND), 4 * SECOND);
}

static void test_a_waived_wait_is_over_until_it_returns(void **state)
{
	(void)state;
	grace_init(&node);
	grace_waive(&node); /* present: nothing to waive */
	grace_gone(&node, 0, 5 * SECOND);
	assert_int_equal(grace_left_ms(&node, 0), 5000);
	grace_waive(&node);
	assert_int_equal(grace_left_ms(&node, 0), 0);
	assert_true(grace_is_away(&node));
	grace_gone(&node, 1000, 5 * SECOND);
	assert_int_equal(grace_left_ms(&node, 1000), 0);
	grace_back(&node, 2000);
	grace_gone(&node, 3000, 5 * SECOND);
	assert_int_equal(grace_left_ms(&node, 3000), 10000);
	assert_int_equal(grace_departures(&node), 2);
}

static void test_another_process_goes_on_where_one_stopped(void **state)
{
	(void)state;
	/* Another origin of time, and the third departure of a row. */
	grace_init(&node);
	grace_resume(&node, 7000, 3, false, -100, 5 * SECOND);
	assert_true(grace_is_away(&node));
	assert_int_equal(grace_departures(&node), 3);
	assert_int_equal(grace_left_ms(&node, -100), 13000);
	assert_int_equal(grace_left_ms(&node, 12899), 1);
	assert_int_equal(grace_left_ms(&node, 12900), 0);
	grace_back(&node, 20000);
	grace_gone(&node, 21000, 5 * SECOND);
	assert_int_equal(grace_left_ms(&node, 21000), 40000);
	/* It has been away for longer than it is waited for. */
	grace_resume(&node, 5000, 1, false, 0, 5 * SECOND);
	assert_int_equal(grace_left_ms(&node, 0), 0);
	/* The operator did not want to wait. */
	grace_resume(&node, 0, 1, true, 0, 5 * SECOND);
	assert_int_equal(grace_left_ms(&node, 0), 0);
	/* What was known before is forgotten. */
	grace_resume(&node, 1000, 1, false, 0, 5 * SECOND);
	assert_int_equal(grace_left_ms(&node, 0), 4000);
	assert_int_equal(grace_departures(&node), 1);
}

static void test_records_that_make_no_sense_do_no_harm(void **state)
{
	(void)state;
	grace_init(&node);
	grace_resume(&node, -5000, 0, false, 1000, 5 * SECOND);
	assert_int_equal(grace_departures(&node), 1);
	assert_int_equal(grace_left_ms(&node, 1000), 5000);
	grace_resume(&node, INT64_MAX, UINT_MAX, false, -1000, 5 * SECOND);
	assert_int_equal(grace_left_ms(&node, DAY), 0);
	grace_back(&node, DAY);
	grace_gone(&node, DAY, 5 * SECOND);
	assert_int_equal(grace_left_ms(&node, DAY), 80 * SECOND);
	assert_true(grace_departures(&node) == UINT_MAX);
}

static void test_a_present_node_that_flapped_can_be_resumed_too(void **state)
{
	(void)state;
	grace_init(&node);
	grace_resume(&node, 0, 2, false, -MINUTE, 5 * SECOND);
	grace_back(&node, -MINUTE);
	assert_false(grace_is_away(&node));
	grace_gone(&node, 8 * MINUTE, 5 * SECOND);
	assert_int_equal(grace_left_ms(&node, 8 * MINUTE), 20 * SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_departure_is_waited_for_as_configured),
		cmocka_unit_test(test_saying_it_twice_changes_nothing),
		cmocka_unit_test(test_each_departure_of_a_row_doubles_the_wait_up_to_16),
		cmocka_unit_test(test_who_stays_for_the_window_begins_again),
		cmocka_unit_test(test_the_window_counts_from_the_return),
		cmocka_unit_test(test_a_long_grace_has_a_long_window),
		cmocka_unit_test(test_never_more_than_an_hour_above_the_grace_nor_less_than_it),
		cmocka_unit_test(test_exactly_an_hour_above_is_allowed),
		cmocka_unit_test(test_no_grace_waits_only_for_a_node_that_flaps),
		cmocka_unit_test(test_a_changed_grace_counts_for_the_next_departure),
		cmocka_unit_test(test_a_waived_wait_is_over_until_it_returns),
		cmocka_unit_test(test_another_process_goes_on_where_one_stopped),
		cmocka_unit_test(test_records_that_make_no_sense_do_no_harm),
		cmocka_unit_test(test_a_present_node_that_flapped_can_be_resumed_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
