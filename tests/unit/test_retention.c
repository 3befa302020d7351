/*
 * Which versions history keeps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/retention.h"

enum { NOW = 1000000, DAY = 1000 }; /* days are short here */

static void test_each_rule_keeps_what_it_says(void **state)
{
	(void)state;
	static const struct {
		struct retention_rules rules;
		struct retention_version version;
		bool kept;
	} cases[] = {
		/* rules {versions, time}; version {held, removed, newer, died} */
		{{0, 0}, {false, false, 1000, 0}, true},
		{{0, 0}, {false, true, 1000, 0}, true},
		{{3, 0}, {false, false, 2, 0}, true},
		{{3, 0}, {false, false, 3, NOW}, false},
		{{3, 0}, {true, false, 3, 0}, true},
		{{1, 0}, {false, false, 1, NOW}, false},
		{{0, DAY}, {false, false, 1, NOW - DAY + 1}, true},
		{{0, DAY}, {false, false, 1, NOW - DAY}, false},
		{{0, DAY}, {true, true, 9, 0}, true},
		/* Either is enough. */
		{{3, DAY}, {false, false, 2, 0}, true},
		{{3, DAY}, {false, false, 3, NOW - DAY + 1}, true},
		{{3, DAY}, {false, false, 3, NOW - DAY}, false},
		/* A removed name keeps its last versions by time where there is one, else by number. */
		{{3, DAY}, {false, true, 0, NOW - DAY}, false},
		{{3, DAY}, {false, true, 0, NOW - DAY + 1}, true},
		{{3, 0}, {false, true, 2, 0}, true},
		{{3, 0}, {false, true, 3, NOW}, false},
		/* A clock that was set back makes things younger, not older. */
		{{0, DAY}, {false, false, 5, NOW + 50 * DAY}, true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (retention_keeps(&cases[i].rules, &cases[i].version, NOW) != cases[i].kept)
			fail_msg("case %zu", i);
}

static void test_nothing_beyond_the_horizon_goes(void **state)
{
	(void)state;
	static const struct retention_rules rules[] = {{0, DAY}, {3, DAY}, {1, 0}};
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		int64_t horizon = retention_horizon_ms(&rules[i], NOW);
		const struct retention_version young = {
			false, true, 100, horizon == INT64_MAX ? NOW : horizon + 1};
		const struct retention_version old = {
			false, false, 100, horizon == INT64_MAX ? NOW : horizon};
		assert_int_equal(retention_keeps(&rules[i], &young, NOW), horizon != INT64_MAX);
		assert_false(retention_keeps(&rules[i], &old, NOW));
	}
}

static void test_why_a_version_goes_is_told(void **state)
{
	(void)state;
	char why[160];
	const struct retention_version version = {false, false, 5, NOW - 5000};
	const struct retention_version removed = {false, true, 0, NOW - 5000};
	const struct retention_rules both = {3, 1000}, number = {3, 0}, age = {0, 1000};
	assert_string_equal(retention_explain(&both, &version, NOW, why, sizeof(why)),
		"ended 5 s ago, not among the newest 3");
	assert_string_equal(
		retention_explain(&number, &version, NOW, why, sizeof(why)), "not among the newest 3");
	assert_string_equal(retention_explain(&age, &version, NOW, why, sizeof(why)), "ended 5 s ago");
	assert_string_equal(retention_explain(&both, &removed, NOW, why, sizeof(why)), "ended 5 s ago");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_rule_keeps_what_it_says),
		cmocka_unit_test(test_nothing_beyond_the_horizon_goes),
		cmocka_unit_test(test_why_a_version_goes_is_told),
	};
	return cmocka_run_group_tests_name("retention", tests, NULL, NULL);
}
