/*
 * When a read is late: by what reads of its size took so far, on its node and on others; and how long a node whose
 * reads are late is avoided.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/read_times.h"

enum { MIB = 1 << 20 };
#define SECOND INT64_C(1000000000)

static struct read_times node, all;

static int forget(void **state)
{
	(void)state;
	node = all = (struct read_times){0};
	return 0;
}

static void feed(struct read_times *times, uint64_t bytes, double ms, int count)
{
	for (int i = 0; i < count; i++)
		read_times_add(times, bytes, ms);
}

static void expect_limit(uint64_t bytes, double ms)
{
	double limit = read_times_limit(&node, &all, bytes);
	if (limit < ms - 0.001 || limit > ms + 0.001)
		fail_msg("late after %g ms, not %g", limit, ms);
}

static void test_while_nothing_is_known_the_limit_is_one_to_begin_with(void **state)
{
	(void)state;
	expect_limit(4 * MIB, 80);
	expect_limit(9 * MIB, 160);
	expect_limit(1000, 30);
	feed(&node, 4 * MIB, 1000, 3);
	feed(&all, 4 * MIB, 1000, 3);
	expect_limit(4 * MIB, 80); /* three say nothing */
}

static void test_the_limit_follows_from_what_reads_took(void **state)
{
	(void)state;
	feed(&all, 4 * MIB, 100, 4);
	expect_limit(4 * MIB, 400); /* of a node that is not known yet */
	feed(&node, 4 * MIB, 50, 4);
	expect_limit(4 * MIB, 200);
	expect_limit(9 * MIB, 400);
	feed(&node, 9 * MIB, 20, READ_TIMES_WINDOW); /* 10 ms for 4 MiB */
	expect_limit(4 * MIB, 40);
	feed(&node, 4 * MIB, 1, READ_TIMES_WINDOW);
	expect_limit(4 * MIB, 30);
}

static void test_a_few_late_reads_do_not_move_the_limit(void **state)
{
	(void)state;
	feed(&all, 4 * MIB, 10, READ_TIMES_WINDOW);
	feed(&node, 4 * MIB, 10, READ_TIMES_WINDOW);
	feed(&node, 4 * MIB, 500, READ_TIMES_WINDOW / 2 - 1);
	expect_limit(4 * MIB, 40);
}

static void test_a_node_that_is_always_slow_is_late_by_the_measure_of_others(void **state)
{
	(void)state;
	feed(&node, 4 * MIB, 500, READ_TIMES_WINDOW);
	feed(&all, 4 * MIB, 10, READ_TIMES_WINDOW);
	expect_limit(4 * MIB, 80);
	/* When all are slow, none is. */
	feed(&all, 4 * MIB, 500, READ_TIMES_WINDOW);
	expect_limit(4 * MIB, 2000);
}

static void test_a_node_that_was_late_is_tried_ever_more_rarely(void **state)
{
	(void)state;
	struct read_trust trust = {0};
	int64_t now = 5 * SECOND;
	assert_false(read_trust_is_low(&trust, now));
	read_trust_try(&trust, now); /* of one that is trusted: nothing */
	assert_false(read_trust_is_low(&trust, now));
	read_trust_late(&trust, now - 10, now);
	static const int seconds[] = {1, 2, 4, 8, 16, 16};
	for (int i = 0; i < 6; i++) {
		assert_true(read_trust_is_low(&trust, now + seconds[i] * SECOND - 1));
		now += seconds[i] * SECOND;
		assert_false(read_trust_is_low(&trust, now));
		read_trust_try(&trust, now);
		assert_true(read_trust_is_low(&trust, now)); /* one tries it, and no other */
		read_trust_late(&trust, now, now + 10);
	}
}

static void test_a_read_in_time_makes_good_but_not_one_from_before(void **state)
{
	(void)state;
	struct read_trust trust = {0};
	read_trust_late(&trust, 5 * SECOND, 6 * SECOND);
	read_trust_in_time(&trust, 5 * SECOND);
	assert_true(read_trust_is_low(&trust, 6 * SECOND));
	read_trust_in_time(&trust, 5 * SECOND + 1);
	assert_false(read_trust_is_low(&trust, 6 * SECOND));
	read_trust_late(&trust, 7 * SECOND, 7 * SECOND); /* a second again, not two */
	assert_true(read_trust_is_low(&trust, 8 * SECOND - 1));
	assert_false(read_trust_is_low(&trust, 8 * SECOND));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(test_##name, forget)
	const struct CMUnitTest tests[] = {
		TEST(while_nothing_is_known_the_limit_is_one_to_begin_with),
		TEST(the_limit_follows_from_what_reads_took),
		TEST(a_few_late_reads_do_not_move_the_limit),
		TEST(a_node_that_is_always_slow_is_late_by_the_measure_of_others),
		TEST(a_node_that_was_late_is_tried_ever_more_rarely),
		TEST(a_read_in_time_makes_good_but_not_one_from_before),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
