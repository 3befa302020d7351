/* What cli/command.h promises: the table of commands is sound, and a word finds its command. */
#include "cli/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void every_command_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_count; i++) {
		const struct command *command = &commands[i];
		assert_non_null(command->name);
		assert_non_null(command->synopsis);
		assert_non_null(command->summary);
		assert_non_null(command->description);
		assert_non_null(command->run);
		assert_true(command->operands_min <= command->operands_max);
		assert_int_equal(command->operand != NULL, command->operands_max > 0);
		assert_int_equal(command->description[strlen(command->description) - 1], '\n');
	}
}

/* The lines of help fit a terminal of 100 columns, descriptions one of 82. */
static void help_is_not_too_wide(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_count; i++) {
		assert_true(strlen(commands[i].summary) <= 60);
		for (const char *line = commands[i].description; *line;) {
			size_t length = strcspn(line, "\n");
			assert_true(length <= 82);
			line += length + 1;
		}
		for (const struct option *option = commands[i].options; option && option->name; option++)
			assert_true(strlen(option->help) <= 72);
	}
}

static void expect_no_clash(const struct option *left, const struct option *right)
{
	for (; left && left->name; left++) {
		for (const struct option *other = right; other && other->name; other++) {
			if (left == other)
				continue;
			assert_string_not_equal(left->name, other->name);
			assert_true(left->letter == 0 || left->letter != other->letter);
		}
	}
}

static void no_option_has_two_meanings(void **state)
{
	(void)state;
	expect_no_clash(global_options, global_options);
	for (size_t i = 0; i < command_count; i++) {
		expect_no_clash(commands[i].options, commands[i].options);
		expect_no_clash(commands[i].options, global_options);
	}
}

static void words_find_their_command(void **state)
{
	(void)state;
	struct error error;
	assert_string_equal(command_find("ls", NULL, &error)->name, "ls");
	assert_string_equal(command_find("node", "list", &error)->name, "node list");
	assert_true(command_is_group("node"));
	assert_false(command_is_group("nod"));
	assert_false(command_is_group("ls"));
	assert_false(command_is_group(""));
}

static void expect_unknown(const char *first, const char *second, const char *message)
{
	struct error error;
	assert_null(command_find(first, second, &error));
	assert_int_equal(error.code, ERROR_USAGE);
	assert_string_equal(error.message, message);
}

static void near_misses_are_suggested(void **state)
{
	(void)state;
	expect_unknown("stauts", NULL, "unknown command 'stauts'; did you mean 'status'?");
	expect_unknown("nodes", NULL, "unknown command 'nodes'; did you mean 'node'?");
	expect_unknown("node", "lsit", "unknown command 'node lsit'; did you mean 'node list'?");
	expect_unknown("frobnicate", NULL, "unknown command 'frobnicate'");
	expect_unknown("node list", NULL, "unknown command 'node list'");
	expect_unknown("", NULL, "unknown command ''");
}

static void a_group_needs_a_second_word(void **state)
{
	(void)state;
	struct error error;
	assert_null(command_find("node", NULL, &error));
	assert_int_equal(error.code, ERROR_USAGE);
	assert_non_null(strstr(error.message, "list"));
	assert_non_null(strstr(error.message, "recover"));
}

static void folders_may_be_written_with_a_slash(void **state)
{
	(void)state;
	static const char *const pairs[][2] = {{"a/b/", "a/b"}, {"a", "a"}, {"", ""}, {"/", "/"}};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		char *name = command_folder_name(pairs[i][0]);
		assert_string_equal(name, pairs[i][1]);
		free(name);
	}
}

static void relative_paths_become_absolute(void **state)
{
	(void)state;
	struct error error;
	char *here, *path;
	assert_int_equal(command_absolute_path(".", &here, &error), 0);
	assert_int_equal(here[0], '/');
	size_t length = strcmp(here, "/") == 0 ? 0 : strlen(here);
	static const char *const spellings[] = {"x/y", "./x/y", ".//x/y", "././x/y"};
	for (size_t i = 0; i < sizeof(spellings) / sizeof(*spellings); i++) {
		assert_int_equal(command_absolute_path(spellings[i], &path, &error), 0);
		assert_int_equal(strncmp(path, here, length), 0);
		assert_string_equal(path + length, "/x/y");
		free(path);
	}
	assert_int_equal(command_absolute_path("/srv/../x", &path, &error), 0);
	assert_string_equal(path, "/srv/../x");
	free(path);
	free(here);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_is_whole),
		cmocka_unit_test(help_is_not_too_wide),
		cmocka_unit_test(no_option_has_two_meanings),
		cmocka_unit_test(words_find_their_command),
		cmocka_unit_test(near_misses_are_suggested),
		cmocka_unit_test(a_group_needs_a_second_word),
		cmocka_unit_test(folders_may_be_written_with_a_slash),
		cmocka_unit_test(relative_paths_become_absolute),
	};
	return cmocka_run_group_tests_name("cli command", tests, NULL, NULL);
}
