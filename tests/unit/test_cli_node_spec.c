/* What cli/node_spec.h promises about the value of `new --node`. */
#include "cli/node_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void expect_path(const char *text, const char *path)
{
	struct node_spec spec;
	struct error error;
	assert_int_equal(node_spec_parse(&spec, text, &error), 0);
	assert_string_equal(spec.path, path);
	node_spec_release(&spec);
}

static void a_path_may_hold_commas(void **state)
{
	(void)state;
	expect_path("/srv/a", "/srv/a");
	expect_path("a\\,b,zone=c", "a,b");
	expect_path("a\\b", "a\\b");
	expect_path("a\\\\,zone=c", "a\\");
	expect_path("a\\", "a\\");
	expect_path("zone=x", "zone=x");
}

static void all_parts_are_read_in_any_order(void **state)
{
	(void)state;
	struct node_spec spec;
	struct error error;
	assert_int_equal(node_spec_parse(&spec, "/srv/a,capacity=2GiB,zone=z\\,1,name=n", &error), 0);
	assert_string_equal(spec.path, "/srv/a");
	assert_string_equal(spec.name, "n");
	assert_string_equal(spec.zone, "z,1");
	assert_true(spec.capacity_bytes == UINT64_C(2) << 30);
	node_spec_release(&spec);
	assert_int_equal(node_spec_parse(&spec, "/srv/a", &error), 0);
	assert_null(spec.name);
	assert_null(spec.zone);
	assert_int_equal(spec.capacity_bytes, 0);
	node_spec_release(&spec);
}

static void mistakes_are_refused(void **state)
{
	(void)state;
	static const char *const wrong[] = {"", ",zone=a", "a,", "a,,zone=b", "a,b",
		"a,zone=", "a,name=", "a,color=red", "a,zone=b,zone=c", "a,name=b,name=c",
		"a,capacity=", "a,capacity=0", "a,capacity=much", "a,capacity=1GiB,capacity=2GiB"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct node_spec spec;
		struct error error;
		assert_int_equal(node_spec_parse(&spec, wrong[i], &error), -1);
		assert_int_equal(error.code, ERROR_USAGE);
		assert_int_equal(strncmp(error.message, "--node: ", 8), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_may_hold_commas),
		cmocka_unit_test(all_parts_are_read_in_any_order),
		cmocka_unit_test(mistakes_are_refused),
	};
	return cmocka_run_group_tests_name("cli node spec", tests, NULL, NULL);
}
