/*
 * The throttle lets through what its rate allows and no more: whatever is booked, by however many threads,
 * and while the rate changes. Time is only what the tests say it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "engine/throttle.h"

static const int64_t SECOND = 1000000000;
static const uint64_t MIB = UINT64_C(1) << 20;
static const uint64_t EIB = UINT64_C(1) << 60;
static struct throttle throttle;

static void make(uint64_t rate)
{
	throttle_init(&throttle, rate);
	assert_true(throttle_rate(&throttle) == rate);
}

static void expect_wait(uint64_t bytes, int64_t now, int64_t wait)
{
	assert_int_equal(throttle_book(&throttle, bytes, now), wait);
}

static void test_no_limit_never_waits(void **state)
{
	(void)state;
	make(0);
	for (int i = 0; i < 1000; i++)
		expect_wait(UINT64_MAX, 0, 0);
	throttle_release(&throttle);
}

static void test_a_seconds_worth_goes_at_once_and_the_rest_in_order(void **state)
{
	(void)state;
	make(1000);
	expect_wait(600, 0, 0);
	expect_wait(400, 0, 0);
	expect_wait(500, 0, SECOND / 2);
	expect_wait(1, 0, SECOND / 2 + SECOND / 1000);
	expect_wait(0, 0, SECOND / 2 + SECOND / 1000);
	expect_wait(0, SECOND / 2, SECOND / 1000);
	expect_wait(499, SECOND / 2, SECOND / 2);
	expect_wait(0, SECOND - 1, 1);
	expect_wait(0, SECOND, 0);
	throttle_release(&throttle);
}

static void test_an_idle_hour_saves_no_more_than_a_second(void **state)
{
	(void)state;
	make(1000);
	expect_wait(1000, 0, 0);
	expect_wait(1000, 3600 * SECOND, 0);
	expect_wait(1000, 3600 * SECOND, SECOND);
	throttle_release(&throttle);
	make(1000); /* the same when the first booking is late */
	expect_wait(1000, 3600 * SECOND, 0);
	expect_wait(1000, 3600 * SECOND, SECOND);
	throttle_release(&throttle);
}

static void test_less_than_a_second_saves_less(void **state)
{
	(void)state;
	make(1000);
	expect_wait(1000, 0, 0);
	expect_wait(1000, SECOND / 4, SECOND * 3 / 4);
	throttle_release(&throttle);
}

static void test_a_booking_of_many_seconds_goes_at_once_only_after_as_many_idle_ones(void **state)
{
	(void)state;
	make(MIB);
	expect_wait(64 * MIB, 0, 0);
	expect_wait(64 * MIB, 0, 64 * SECOND);
	/* Paid at 64 s, and 63 more are saved. */
	expect_wait(64 * MIB, 127 * SECOND, SECOND);
	/* Paid at 128 s. */
	expect_wait(64 * MIB, 192 * SECOND, 0);
	expect_wait(MIB, 192 * SECOND, SECOND);
	throttle_release(&throttle);
}

static void test_a_new_rate_applies_to_what_is_owed(void **state)
{
	(void)state;
	make(1000);
	expect_wait(2000, 0, 0);
	expect_wait(1000, 0, SECOND);
	throttle_set(&throttle, 100);
	assert_int_equal(throttle_rate(&throttle), 100);
	expect_wait(0, 0, 10 * SECOND);
	throttle_set(&throttle, 10000);
	expect_wait(0, 0, SECOND / 10);
	expect_wait(1000, 0, SECOND / 5);
	throttle_set(&throttle, 0);
	expect_wait(1000000, 0, 0);
	assert_int_equal(throttle_rate(&throttle), 0);
	/* What went without a limit is neither owed nor does it save. */
	throttle_set(&throttle, 1000);
	expect_wait(500, 0, SECOND / 2);
	throttle_release(&throttle);
	make(1000);
	expect_wait(1, 0, 0);
	throttle_set(&throttle, 0);
	expect_wait(1, 0, 0);
	throttle_set(&throttle, 1000);
	expect_wait(500, 0, SECOND / 2);
	throttle_release(&throttle);
}

static void test_time_before_a_change_counts_as_far_as_it_is_known(void **state)
{
	(void)state;
	/* The debt of two seconds was paid long ago, at the rate that held then. */
	make(1000);
	expect_wait(1000, 0, 0);
	expect_wait(2000, 0, 2 * SECOND);
	throttle_set(&throttle, 1);
	expect_wait(1, 3 * SECOND, 0); /* the second after it saved at the slower rate */
	expect_wait(1, 3 * SECOND, SECOND);
	throttle_release(&throttle);
	/* Two idle seconds at a low rate are not worth two at a high one. */
	make(10);
	expect_wait(10, 0, 0);
	throttle_set(&throttle, 1000);
	expect_wait(1000, 2 * SECOND, SECOND - 2 * SECOND / 100);
	throttle_release(&throttle);
	/* A booking of nothing before the change makes it exact. */
	make(1000);
	expect_wait(1000, 0, 0);
	expect_wait(2000, 0, 2 * SECOND);
	expect_wait(0, SECOND, SECOND);
	throttle_set(&throttle, 100);
	expect_wait(0, SECOND, 10 * SECOND);
	expect_wait(0, 2 * SECOND, 9 * SECOND);
	throttle_release(&throttle);
}

static void test_tiny_steps_lose_nothing(void **state)
{
	(void)state;
	make(3);
	expect_wait(3, 0, 0);
	expect_wait(30, 0, 10 * SECOND);
	for (int64_t now = 0; now < 9 * SECOND; now += SECOND / 1000)
		throttle_book(&throttle, 0, now);
	int64_t wait = throttle_book(&throttle, 0, 9 * SECOND);
	assert_true(wait > SECOND - 10 && wait < SECOND + 10);
	throttle_release(&throttle);
}

static void test_extreme_rates_and_bookings_do_not_overflow(void **state)
{
	(void)state;
	make(EIB);
	for (int i = 0; i < 1000; i++)
		expect_wait(64 * MIB, 0, 0);
	expect_wait(EIB, SECOND, 0);
	expect_wait(EIB, SECOND, SECOND);
	expect_wait(0, INT64_MAX, 0);
	throttle_release(&throttle);
	make(1);
	expect_wait(64 * MIB, 0, 0);
	for (int64_t i = 1; i <= 60; i++)
		expect_wait(64 * MIB, 0, i * (int64_t)(64 * MIB) * SECOND);
	int64_t last = 0;
	for (int i = 0; i < 1000; i++) {
		int64_t wait = throttle_book(&throttle, UINT64_MAX, INT64_MAX - 1000 + i);
		assert_true(wait >= last);
		last = wait;
	}
	throttle_set(&throttle, EIB);
	assert_true(throttle_book(&throttle, 0, INT64_MAX) > 0);
	throttle_release(&throttle);
}

static void test_threads_that_arrive_out_of_order_wait_from_their_own_time(void **state)
{
	(void)state;
	make(1000);
	expect_wait(1000, 10 * SECOND, 0);
	expect_wait(1000, 10 * SECOND, SECOND);
	expect_wait(0, 9 * SECOND, 2 * SECOND);
	expect_wait(0, 10 * SECOND, SECOND);
	throttle_release(&throttle);
}

static uint64_t draw(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 33;
}

static void test_a_busy_caller_moves_at_the_rate_and_never_above_it(void **state)
{
	(void)state;
	enum { BOOKINGS = 2000, RATE = 100000, MOST = 150000 };
	static int64_t when[BOOKINGS];
	static uint64_t moved[BOOKINGS];
	uint64_t seed = 7, total = 0;
	int64_t now = 0;
	make(RATE);
	for (int i = 0; i < BOOKINGS; i++) {
		moved[i] = draw(&seed) % MOST + 1;
		total += moved[i];
		/* Now and then it has nothing to do for up to three seconds. */
		if (draw(&seed) % 50 == 0)
			now += (int64_t)(draw(&seed) % 3000) * (SECOND / 1000);
		now += throttle_book(&throttle, moved[i], now);
		when[i] = now;
	}
	for (int first = 0; first < BOOKINGS; first++) {
		uint64_t sum = 0;
		for (int i = first; i < BOOKINGS; i++) {
			sum += moved[i];
			double allowed = MOST + RATE * (double)(when[i] - when[first]) / (double)SECOND;
			assert_true((double)sum <= allowed + 1);
		}
	}
	/* At most the pauses were lost, forty of them. */
	assert_true((double)now / (double)SECOND < (double)total / RATE + 40 * 3);
	throttle_release(&throttle);
}

enum { THREADS = 4, EACH = 200000 };
static pthread_barrier_t all_are_here;

static void *book_many(void *argument)
{
	(void)argument;
	pthread_barrier_wait(&all_are_here);
	for (int i = 0; i < EACH; i++) {
		throttle_book(&throttle, 10, 0);
		if (i % 100 == 0)
			throttle_set(&throttle, 1000);
	}
	return NULL;
}

static void test_threads_share_one_bucket(void **state)
{
	(void)state;
	pthread_t threads[THREADS];
	make(1000);
	pthread_barrier_init(&all_are_here, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, book_many, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&all_are_here);
	expect_wait(0, 0, (THREADS * EACH * 10 / 1000 - 1) * SECOND);
	throttle_release(&throttle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_limit_never_waits),
		cmocka_unit_test(test_a_seconds_worth_goes_at_once_and_the_rest_in_order),
		cmocka_unit_test(test_an_idle_hour_saves_no_more_than_a_second),
		cmocka_unit_test(test_less_than_a_second_saves_less),
		cmocka_unit_test(test_a_booking_of_many_seconds_goes_at_once_only_after_as_many_idle_ones),
		cmocka_unit_test(test_a_new_rate_applies_to_what_is_owed),
		cmocka_unit_test(test_time_before_a_change_counts_as_far_as_it_is_known),
		cmocka_unit_test(test_tiny_steps_lose_nothing),
		cmocka_unit_test(test_extreme_rates_and_bookings_do_not_overflow),
		cmocka_unit_test(test_threads_that_arrive_out_of_order_wait_from_their_own_time),
		cmocka_unit_test(test_a_busy_caller_moves_at_the_rate_and_never_above_it),
		cmocka_unit_test(test_threads_share_one_bucket),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
