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
		assert_true(command->operands.least <= command->operands.most);
		assert_int_equal(command->operands.called != NULL, command->operands.most > 0);
		assert_int_equal(command->description[strlen(command->description) - 1], '\n');
	}
}

/* What each operand and value is stands in the table, and nothing more. */
static void every_word_has_a_meaning(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_count; i++) {
		const struct command *command = &commands[i];
		const struct operands *operands = &command->operands;
		bool ended = false;
		assert_int_equal(operands->meanings[0] != MEANS_NOTHING, operands->most > 0);
		for (size_t j = 0; j < OPERAND_MEANINGS_MAX; j++) {
			assert_false(ended && operands->meanings[j] != MEANS_NOTHING);
			ended = operands->meanings[j] == MEANS_NOTHING;
			assert_true(ended || j < operands->most);
		}
		assert_int_equal(command_operand_meaning(command, operands->most), MEANS_NOTHING);
		for (const struct option *option = command->options; option && option->name; option++)
			assert_int_equal(option->meaning != MEANS_NOTHING, option->value != NULL);
	}
}

/* A word that help calls a node, a snapshot, a folder or a scenario is completed as one. */
static void help_and_completion_mean_the_same(void **state)
{
	(void)state;
	static const struct {
		const char *word;
		enum meaning kinds[3];
	} meanings[] = {
		{"DIR", {MEANS_FOLDER}},
		{"SNAPSHOT", {MEANS_SNAPSHOT}},
		{"NODE", {MEANS_NODE}},
		{"NODE,...", {MEANS_NODES}},
		{"SCENARIO", {MEANS_SCENARIO}},
		{"SCENARIO.yaml", {MEANS_SCENARIO}},
		{"CONFIG", {MEANS_CONFIG}},
		{"COMMAND", {MEANS_COMMAND}},
		{"SHELL", {MEANS_SHELL}},
		{"PATH", {MEANS_PATH, MEANS_FOLDER}},
		{"PREFIX", {MEANS_NAME}},
	};
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++) {
		const enum meaning *kinds = meanings[i].kinds;
		for (size_t j = 0; j < command_count; j++) {
			const struct operands *operands = &commands[j].operands;
			if (operands->called && strcmp(operands->called, meanings[i].word) == 0)
				assert_true(operands->meanings[0] == kinds[0] ||
					    operands->meanings[0] == kinds[1]);
			for (const struct option *option = commands[j].options; option && option->name;
				option++) {
				if (option->value && strcmp(option->value, meanings[i].word) == 0)
					assert_true(
						option->meaning == kinds[0] || option->meaning == kinds[1]);
			}
		}
	}
}

static void operands_have_their_meanings(void **state)
{
	(void)state;
	struct error error;
	const struct command *set = command_find("net", "set", &error);
	assert_int_equal(command_operand_meaning(set, 0), MEANS_ENDS);
	assert_int_equal(command_operand_meaning(set, 1), MEANS_ENDS);
	assert_int_equal(command_operand_meaning(set, 2), MEANS_SETTING);
	assert_int_equal(command_operand_meaning(set, 7), MEANS_SETTING);
	assert_int_equal(command_operand_meaning(command_find("put", NULL, &error), 9), MEANS_PATH);
	assert_int_equal(command_operand_meaning(command_find("run", NULL, &error), 1), MEANS_NOTHING);
	assert_int_equal(command_operand_meaning(command_find("init", NULL, &error), 0), MEANS_NOTHING);
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
		cmocka_unit_test(every_word_has_a_meaning),
		cmocka_unit_test(help_and_completion_mean_the_same),
		cmocka_unit_test(operands_have_their_meanings),
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
