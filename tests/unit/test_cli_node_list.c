/* What cli/node_list.h promises: commas part names, and options add up. */
#include "cli/node_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const struct option table[] = {
	{.name = "if-lost", .value = "NODE,...", .repeatable = true},
	{.name = "other", .value = "X"},
	{0},
};

static int read_list(struct node_list *list, const char *const *words, size_t count, struct error *error)
{
	struct arguments arguments;
	arguments_init(&arguments, words, count);
	arguments_add_table(&arguments, table);
	assert_int_equal(arguments_rest(&arguments, error), 0);
	int result = node_list_init(list, &arguments, "if-lost", error);
	arguments_release(&arguments);
	return result;
}

static void names_add_up_in_order(void **state)
{
	(void)state;
	static const char *const words[] = {"--if-lost", "a,b", "--other=x,y", "--if-lost=c"};
	struct node_list list;
	struct error error;
	assert_int_equal(read_list(&list, words, 4, &error), 0);
	assert_int_equal(list.count, 3);
	assert_string_equal(list.names[0], "a");
	assert_string_equal(list.names[1], "b");
	assert_string_equal(list.names[2], "c");
	node_list_release(&list);
	assert_int_equal(read_list(&list, words, 0, &error), 0);
	assert_int_equal(list.count, 0);
	node_list_release(&list);
}

static void an_empty_name_is_a_mistake(void **state)
{
	(void)state;
	static const char *const words[] = {
		"--if-lost=", "--if-lost=,", "--if-lost=a,", "--if-lost=,a", "--if-lost=a,,b"};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct node_list list;
		struct error error;
		assert_int_equal(read_list(&list, words + i, 1, &error), -1);
		assert_int_equal(error.code, ERROR_USAGE);
		assert_string_equal(error.message, "--if-lost: the name of a node is empty");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_add_up_in_order),
		cmocka_unit_test(an_empty_name_is_a_mistake),
	};
	return cmocka_run_group_tests_name("cli node list", tests, NULL, NULL);
}
