/* What cli/arguments.h promises: every way to write an option, and a clear word about every mistake. */
#include "cli/arguments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct option outer[] = {
	{.letter = 'c', .name = "config", .value = "CONFIG"},
	{.name = "json"},
	{.letter = 'q', .name = "quiet"},
	{0},
};

static const struct option inner[] = {
	{.letter = 'l', .name = "long"},
	{.letter = 'o', .name = "output", .value = "PATH"},
	{.name = "node", .value = "SPEC", .repeatable = true},
	{.name = "nodes", .value = "N"},
	{.letter = 'w', .name = "watch", .value = "SECONDS", .optional = true},
	{0},
};

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static size_t count_words(const char *const *words)
{
	size_t count = 0;
	while (words[count])
		count++;
	return count;
}

static int parse(struct arguments *arguments, const char *const *words, struct error *error)
{
	arguments_init(arguments, words, count_words(words));
	arguments_add_table(arguments, outer);
	arguments_add_table(arguments, inner);
	return arguments_rest(arguments, error);
}

static void expect_mistake(const char *const *words, const char *message)
{
	struct arguments arguments;
	struct error error;
	assert_int_equal(parse(&arguments, words, &error), -1);
	assert_int_equal(error.code, ERROR_USAGE);
	assert_string_equal(error.message, message);
	arguments_release(&arguments);
}

static void expect_output(const char *const *words, const char *value, const char *operand)
{
	struct arguments arguments;
	struct error error;
	assert_int_equal(parse(&arguments, words, &error), 0);
	assert_string_equal(arguments_value(&arguments, "output"), value);
	assert_int_equal(arguments.operand_count, operand ? 1 : 0);
	if (operand)
		assert_string_equal(arguments.operands[0], operand);
	arguments_release(&arguments);
}

static void values_are_taken_however_they_are_written(void **state)
{
	(void)state;
	expect_output(WORDS("-o", "x", "name"), "x", "name");
	expect_output(WORDS("name", "-ox"), "x", "name");
	expect_output(WORDS("--output", "x", "name"), "x", "name");
	expect_output(WORDS("name", "--output=x"), "x", "name");
	expect_output(WORDS("--out=x=y"), "x=y", NULL);
	expect_output(WORDS("--output="), "", NULL);
	expect_output(WORDS("-o", "-"), "-", NULL);
	expect_output(WORDS("-o", "--"), "--", NULL);
	expect_output(WORDS("-lqox", "name"), "x", "name");
	expect_output(WORDS("-o", "first", "-o", "last"), "last", NULL);
}

static void letters_without_values_can_be_joined(void **state)
{
	(void)state;
	struct arguments arguments;
	struct error error;
	assert_int_equal(parse(&arguments, WORDS("-lq"), &error), 0);
	assert_true(arguments_has(&arguments, "long"));
	assert_true(arguments_has(&arguments, "quiet"));
	assert_false(arguments_has(&arguments, "json"));
	assert_null(arguments_value(&arguments, "output"));
	arguments_release(&arguments);
}

static void two_dashes_end_the_options(void **state)
{
	(void)state;
	struct arguments arguments;
	struct error error;
	assert_int_equal(parse(&arguments, WORDS("-", "--", "-l", "--json", "--"), &error), 0);
	assert_int_equal(arguments.operand_count, 4);
	assert_string_equal(arguments.operands[0], "-");
	assert_string_equal(arguments.operands[1], "-l");
	assert_string_equal(arguments.operands[2], "--json");
	assert_string_equal(arguments.operands[3], "--");
	assert_false(arguments_has(&arguments, "long"));
	arguments_release(&arguments);
}

static void repeated_options_are_all_kept_in_order(void **state)
{
	(void)state;
	struct arguments arguments;
	struct error error;
	assert_int_equal(parse(&arguments, WORDS("--node", "a", "-l", "--node=b"), &error), 0);
	assert_int_equal(arguments.given_count, 3);
	assert_true(arguments.given[0].option->repeatable);
	assert_string_equal(arguments.given[0].value, "a");
	assert_string_equal(arguments.given[2].value, "b");
	arguments_release(&arguments);
}

static void options_of_a_command_are_unknown_before_it(void **state)
{
	(void)state;
	struct arguments arguments;
	struct error error;
	const char *word;
	const char *const words[] = {"--json", "ls", "-l"};
	arguments_init(&arguments, words, 3);
	arguments_add_table(&arguments, outer);
	assert_int_equal(arguments_word(&arguments, &word, &error), 0);
	assert_string_equal(word, "ls");
	assert_int_equal(arguments_word(&arguments, &word, &error), -1);
	assert_string_equal(error.message, "unknown option '-l'");
	arguments_release(&arguments);
	arguments_init(&arguments, words, 1);
	arguments_add_table(&arguments, outer);
	assert_int_equal(arguments_word(&arguments, &word, &error), 0);
	assert_null(word);
	arguments_release(&arguments);
}

static void expect_watch(const char *const *words, const char *value, const char *operand)
{
	struct arguments arguments;
	struct error error;
	uint64_t seconds = 2;
	assert_int_equal(parse(&arguments, words, &error), 0);
	assert_true(arguments_has(&arguments, "watch"));
	if (value)
		assert_string_equal(arguments_value(&arguments, "watch"), value);
	else
		assert_null(arguments_value(&arguments, "watch"));
	assert_int_equal(arguments_number(&arguments, "watch", 1, 99, &seconds, &error), 0);
	assert_int_equal(seconds, value ? 7 : 2);
	assert_int_equal(arguments.operand_count, operand ? 1 : 0);
	if (operand)
		assert_string_equal(arguments.operands[0], operand);
	arguments_release(&arguments);
}

static void an_optional_value_begins_with_a_digit(void **state)
{
	(void)state;
	expect_watch(WORDS("--watch"), NULL, NULL);
	expect_watch(WORDS("--watch", "7"), "7", NULL);
	expect_watch(WORDS("--watch=7", "x"), "7", "x");
	expect_watch(WORDS("--watch", "x"), NULL, "x");
	expect_watch(WORDS("--watch", "--", "7"), NULL, "7");
	expect_watch(WORDS("--wat", "--json"), NULL, NULL);
	expect_watch(WORDS("-w"), NULL, NULL);
	expect_watch(WORDS("-w7"), "7", NULL);
	expect_watch(WORDS("-w", "7"), "7", NULL);
	expect_watch(WORDS("-lw", "7"), "7", NULL);
	expect_watch(WORDS("-wl", "x"), NULL, "x");
	expect_watch(WORDS("--watch", "9", "--watch=7"), "7", NULL);
	struct arguments arguments;
	struct error error;
	uint64_t seconds = 2;
	assert_int_equal(parse(&arguments, WORDS("--watch=x"), &error), 0);
	assert_int_equal(arguments_number(&arguments, "watch", 1, 99, &seconds, &error), -1);
	assert_string_equal(error.message, "--watch: 'x' is not a whole number from 1 to 99");
	arguments_release(&arguments);
	assert_int_equal(parse(&arguments, WORDS("-wq"), &error), 0);
	assert_true(arguments_has(&arguments, "quiet"));
	arguments_release(&arguments);
}

static void mistakes_are_named(void **state)
{
	(void)state;
	expect_mistake(WORDS("--bogus"), "unknown option '--bogus'");
	expect_mistake(WORDS("--bogus=1"), "unknown option '--bogus'");
	expect_mistake(WORDS("--jsno"), "unknown option '--jsno'; did you mean '--json'?");
	expect_mistake(WORDS("--=x"), "unknown option '--'");
	expect_mistake(WORDS("-lz"), "unknown option '-z'");
	expect_mistake(WORDS("-\xC3\xA9"), "unknown option '-\xC3\xA9'");
	expect_mistake(WORDS("-o"), "option '-o' needs a value: PATH");
	expect_mistake(WORDS("--output"), "option '--output' needs a value: PATH");
	expect_mistake(WORDS("--json=yes"), "option '--json' takes no value");
}

static void a_short_form_must_be_unambiguous(void **state)
{
	(void)state;
	expect_mistake(WORDS("--no=3"), "option '--no' is ambiguous: '--node' or '--nodes'?");
	struct arguments arguments;
	struct error error;
	assert_int_equal(parse(&arguments, WORDS("--node=3", "--lo"), &error), 0);
	assert_string_equal(arguments_value(&arguments, "node"), "3");
	assert_null(arguments_value(&arguments, "nodes"));
	assert_true(arguments_has(&arguments, "long"));
	arguments_release(&arguments);
}

static int read_number(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
	struct error error;
	return arguments_read_number("N", text, least, most, number, &error);
}

static void numbers_are_whole_and_within_bounds(void **state)
{
	(void)state;
	uint64_t number = 7;
	static const char *const wrong[] = {"", "-1", "+1", " 1", "1 ", "1.5", "0x10", "abc", "17", "0",
		"18446744073709551616", "99999999999999999999999"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(read_number(wrong[i], 1, 16, &number), -1);
	assert_int_equal(number, 7);
	struct error error;
	assert_int_equal(arguments_read_number("N", "0", 1, UINT64_MAX, &number, &error), -1);
	assert_string_equal(error.message, "N: '0' is not a whole number of at least 1");
	assert_int_equal(arguments_read_number("N", "x", 0, UINT64_MAX, &number, &error), -1);
	assert_string_equal(error.message, "N: 'x' is not a whole number");
	assert_int_equal(read_number("16", 1, 16, &number), 0);
	assert_int_equal(number, 16);
	assert_int_equal(read_number("18446744073709551615", 0, UINT64_MAX, &number), 0);
	assert_true(number == UINT64_MAX);
}

static void a_number_that_was_not_given_leaves_the_default(void **state)
{
	(void)state;
	struct arguments arguments;
	struct error error;
	uint64_t number = 3;
	assert_int_equal(parse(&arguments, WORDS("x"), &error), 0);
	assert_int_equal(arguments_number(&arguments, "nodes", 1, 9, &number, &error), 0);
	assert_int_equal(number, 3);
	arguments_release(&arguments);
	assert_int_equal(parse(&arguments, WORDS("--nodes", "10"), &error), 0);
	assert_int_equal(arguments_number(&arguments, "nodes", 1, 9, &number, &error), -1);
	assert_string_equal(error.message, "--nodes: '10' is not a whole number from 1 to 9");
	arguments_release(&arguments);
}

static void sizes_have_units_and_bounds(void **state)
{
	(void)state;
	struct arguments arguments;
	struct error error;
	uint64_t bytes = 0;
	assert_int_equal(parse(&arguments, WORDS("--output=64KiB", "--nodes=x"), &error), 0);
	assert_int_equal(arguments_size(&arguments, "output", 1, UINT64_MAX, &bytes, &error), 0);
	assert_int_equal(bytes, 65536);
	assert_int_equal(arguments_size(&arguments, "output", 1, 1024, &bytes, &error), -1);
	assert_string_equal(error.message, "--output: '64KiB' is not between 1 B and 1.0 KiB");
	assert_int_equal(arguments_size(&arguments, "nodes", 1, 1024, &bytes, &error), -1);
	assert_int_equal(error.code, ERROR_USAGE);
	arguments_release(&arguments);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_taken_however_they_are_written),
		cmocka_unit_test(letters_without_values_can_be_joined),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(repeated_options_are_all_kept_in_order),
		cmocka_unit_test(options_of_a_command_are_unknown_before_it),
		cmocka_unit_test(an_optional_value_begins_with_a_digit),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(a_short_form_must_be_unambiguous),
		cmocka_unit_test(numbers_are_whole_and_within_bounds),
		cmocka_unit_test(a_number_that_was_not_given_leaves_the_default),
		cmocka_unit_test(sizes_have_units_and_bounds),
	};
	return cmocka_run_group_tests_name("cli arguments", tests, NULL, NULL);
}
