/*
 * A disk that became slow is told from one that always was, from one that had a slow moment, and from a
 * whole store that is busy; and it does not flap.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "engine/latency.h"

static struct latency node;

static void feed(double ms, unsigned samples)
{
	for (unsigned i = 0; i < samples; i++)
		latency_add(&node, ms);
}

/* A node that has long taken `ms` for everything. */
static void make(double ms)
{
	latency_init(&node);
	feed(ms, 2000 * LATENCY_WINDOW);
}

static bool is_slow_alone(bool slow_now)
{
	return latency_is_slow(&node, NULL, 0, slow_now);
}

static bool is_slow_among(double first, double second, double third, bool slow_now)
{
	const double peers[] = {first, second, third};
	return latency_is_slow(&node, peers, 3, slow_now);
}

static void test_recent_is_the_median_of_the_last_samples(void **state)
{
	(void)state;
	static const double samples[] = {9, 1, 7, 3, 5};
	latency_init(&node);
	for (int i = 0; i < 3; i++) {
		assert_true(latency_recent(&node) < 0);
		latency_add(&node, samples[i]);
	}
	assert_true(latency_recent(&node) < 0);
	latency_add(&node, samples[3]);
	assert_true(latency_recent(&node) == 5); /* 1 3 7 9 */
	latency_add(&node, samples[4]);
	assert_true(latency_recent(&node) == 5);
	feed(100, 11); /* the window is full, and most of it is new */
	assert_true(latency_recent(&node) == 100);
	feed(2, 8);
	assert_true(latency_recent(&node) == 51);
	feed(2, 1);
	assert_true(latency_recent(&node) == 2);
	feed(0, LATENCY_WINDOW);
	assert_true(latency_recent(&node) == 0);
}

static void test_a_disk_that_became_slow_is_slow(void **state)
{
	(void)state;
	make(5);
	assert_false(is_slow_alone(false));
	feed(41, LATENCY_WINDOW);
	assert_true(is_slow_alone(false));
	assert_true(is_slow_among(5, 6, 7, false));
}

static void test_each_limit_must_be_passed(void **state)
{
	(void)state;
	/* The floor: forty times its history, four hundred times its peers, and yet quick. */
	make(0.5);
	feed(20, LATENCY_WINDOW);
	assert_false(is_slow_among(0.05, 0.05, 0.05, false));
	feed(20.5, LATENCY_WINDOW);
	assert_true(is_slow_among(0.05, 0.05, 0.05, false));
	/* Its own history. */
	make(5);
	feed(40, LATENCY_WINDOW);
	assert_false(is_slow_among(1, 1, 1, false));
	feed(40.5, LATENCY_WINDOW);
	assert_true(is_slow_among(1, 1, 1, false));
	/* Its peers, when the whole store is busy. */
	make(5);
	feed(100, LATENCY_WINDOW);
	assert_false(is_slow_among(90, 25, 24, false));
	assert_true(is_slow_among(90, 24.5, 24, false));
}

static void test_a_disk_that_always_was_slow_is_not(void **state)
{
	(void)state;
	latency_init(&node);
	for (int i = 0; i < 1000; i++) {
		feed(i % 2 ? 30 : 34, 1);
		assert_false(is_slow_among(1, 1, 1, false));
		assert_false(is_slow_alone(false));
	}
	feed(300, LATENCY_WINDOW);
	assert_true(is_slow_among(1, 1, 1, false));
}

static void test_a_slow_moment_is_not_slow(void **state)
{
	(void)state;
	make(5);
	for (int i = 0; i < 100; i++) {
		feed(5000, LATENCY_WINDOW / 2 - 1);
		assert_false(is_slow_alone(false));
		feed(5, LATENCY_WINDOW / 2 + 1);
		assert_false(is_slow_alone(false));
	}
}

static void test_unknown_peers_do_not_count(void **state)
{
	(void)state;
	make(5);
	feed(100, LATENCY_WINDOW);
	assert_false(is_slow_among(100, 100, -1, false));
	/* One alone says nothing about what is normal. */
	assert_true(is_slow_among(100, -1, -1, false));
	assert_true(is_slow_among(-1, -1, -1, false));
	/* The median of an even number lies between the middle two; of those that are known, that is. */
	assert_false(is_slow_among(24, 26, -1, false));
	assert_true(is_slow_among(-1, 23, 26, false));
	/* Not the mean: two slow peers of five excuse nobody. */
	const double peers[] = {5, 400, 5, 400, 5};
	assert_true(latency_is_slow(&node, peers, 5, false));
}

static void test_as_many_peers_as_there_can_be(void **state)
{
	(void)state;
	static double peers[LATENCY_PEERS_MAX];
	for (int i = 0; i < LATENCY_PEERS_MAX; i++)
		peers[i] = LATENCY_PEERS_MAX - i;
	make(5);
	feed(2051, LATENCY_WINDOW);
	assert_true(latency_is_slow(&node, peers, LATENCY_PEERS_MAX, false));
	feed(2050, LATENCY_WINDOW);
	assert_false(latency_is_slow(&node, peers, LATENCY_PEERS_MAX, false));
}

static void test_once_slow_it_stays_so_until_it_is_well_below(void **state)
{
	(void)state;
	make(5);
	feed(41, LATENCY_WINDOW);
	assert_true(is_slow_alone(true));
	feed(39, LATENCY_WINDOW);
	assert_false(is_slow_alone(false));
	assert_true(is_slow_alone(true));
	feed(20, LATENCY_WINDOW);
	assert_true(is_slow_alone(true));
	feed(19.5, LATENCY_WINDOW);
	assert_false(is_slow_alone(true));
}

static void test_half_of_any_limit_makes_it_well_again(void **state)
{
	(void)state;
	/* A hard disk among solid ones is well once it is as it always was. */
	make(30);
	feed(300, LATENCY_WINDOW);
	assert_true(is_slow_among(5, 5, 5, false));
	feed(30, LATENCY_WINDOW);
	assert_false(is_slow_among(5, 5, 5, true));
	/* When all have become as slow, it is not the one that is. */
	feed(300, LATENCY_WINDOW);
	assert_true(is_slow_among(149, 149, 149, true));
	assert_false(is_slow_among(151, 151, 151, true));
	/* Half of the floor ends it even if history and peers are ten times as quick. */
	make(0.5);
	feed(10, LATENCY_WINDOW);
	assert_true(is_slow_among(0.1, 0.1, 0.1, true));
	feed(9.9, LATENCY_WINDOW);
	assert_false(is_slow_among(0.1, 0.1, 0.1, true));
}

static void test_nothing_is_learned_while_it_is_slow(void **state)
{
	(void)state;
	make(5);
	bool slow = false;
	for (int i = 0; i < 100000; i++) {
		feed(100, 1);
		slow = is_slow_alone(slow);
	}
	assert_true(slow);
	/* Nor just above where it would be well again. */
	for (int i = 0; i < 100000; i++) {
		feed(21, 1);
		slow = is_slow_alone(slow);
	}
	assert_true(slow);
	feed(19.9, LATENCY_WINDOW);
	assert_false(is_slow_alone(slow));
	feed(39, LATENCY_WINDOW);
	assert_false(is_slow_alone(false));
	feed(41, LATENCY_WINDOW);
	assert_true(is_slow_alone(false));
}

static void test_the_baseline_follows_slowly(void **state)
{
	(void)state;
	make(10);
	feed(30, 10 * LATENCY_WINDOW);
	feed(85, LATENCY_WINDOW); /* still above eight times 10.4 */
	assert_true(is_slow_alone(false));
	make(10);
	feed(30, 3000 * LATENCY_WINDOW);
	feed(85, LATENCY_WINDOW);
	assert_false(is_slow_alone(false));
	feed(241, LATENCY_WINDOW);
	assert_true(is_slow_alone(false));
}

static void test_a_short_history_is_its_mean(void **state)
{
	(void)state;
	latency_init(&node);
	feed(30, LATENCY_WINDOW); /* spinning up */
	feed(10, 3 * LATENCY_WINDOW);
	feed(119, LATENCY_WINDOW); /* the mean is 15 */
	assert_false(is_slow_alone(false));
	feed(121, LATENCY_WINDOW);
	assert_true(is_slow_alone(false));
}

static void test_without_a_history_nothing_changes(void **state)
{
	(void)state;
	latency_init(&node);
	for (int i = 0; i < LATENCY_WINDOW; i++) {
		assert_false(is_slow_among(1, 1, 1, false));
		assert_true(is_slow_among(1, 1, 1, true));
		feed(5, 1);
	}
	assert_false(is_slow_among(1, 1, 1, true));
	latency_init(&node);
	assert_true(latency_recent(&node) < 0);
	assert_true(is_slow_alone(true));
}

static void test_no_history_excuses_a_disk_that_takes_ages_while_others_do_not(void **state)
{
	(void)state;
	latency_init(&node);
	feed(500, LATENCY_SAMPLES_MIN); /* no baseline yet */
	assert_true(is_slow_among(1, 1, 1, false));
	assert_false(is_slow_among(130, 130, 130, false));
	assert_false(is_slow_alone(false));
	make(500);
	assert_true(is_slow_among(1, 1, 1, false));
	assert_false(is_slow_among(130, 130, 130, false));
	feed(199, LATENCY_WINDOW);
	assert_false(is_slow_among(1, 1, 1, false));
	assert_true(is_slow_among(1, 1, 1, true));
	feed(99, LATENCY_WINDOW);
	assert_false(is_slow_among(1, 1, 1, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recent_is_the_median_of_the_last_samples),
		cmocka_unit_test(test_a_disk_that_became_slow_is_slow),
		cmocka_unit_test(test_each_limit_must_be_passed),
		cmocka_unit_test(test_a_disk_that_always_was_slow_is_not),
		cmocka_unit_test(test_a_slow_moment_is_not_slow),
		cmocka_unit_test(test_unknown_peers_do_not_count),
		cmocka_unit_test(test_as_many_peers_as_there_can_be),
		cmocka_unit_test(test_once_slow_it_stays_so_until_it_is_well_below),
		cmocka_unit_test(test_half_of_any_limit_makes_it_well_again),
		cmocka_unit_test(test_nothing_is_learned_while_it_is_slow),
		cmocka_unit_test(test_the_baseline_follows_slowly),
		cmocka_unit_test(test_a_short_history_is_its_mean),
		cmocka_unit_test(test_without_a_history_nothing_changes),
		cmocka_unit_test(test_no_history_excuses_a_disk_that_takes_ages_while_others_do_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
