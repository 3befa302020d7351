/*
 * Promises of tui/words.h: words are split as in a shell, joined so that they split again, and placed for completion.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tui/words.h"

static const struct word_option get_options[] = {
	{.name = "--output", .letter = 'o', .takes_value = true, .value = WORD_PATH},
	{.name = "--prefix", .takes_value = true, .value = WORD_NAME},
	{.name = "--at", .takes_value = true, .value = WORD_SNAPSHOT},
	{0},
};
static const struct word_option put_options[] = {
	{.name = "--replication", .letter = 'r', .takes_value = true},
	{0},
};
static const struct word_option risk_options[] = {
	{.name = "--if-lost", .takes_value = true, .value = WORD_NODE},
	{0},
};
static const struct word_option link_options[] = {{.name = "--one-way"}, {0}};
static const struct word_option events_options[] = {
	{.name = "--follow", .letter = 'f', .endless = true},
	{.name = "--number", .letter = 'n', .takes_value = true},
	{0},
};
static const struct word_command commands[] = {
	{.name = "get", .options = get_options, .operands = {WORD_NAME}},
	{.name = "put", .options = put_options, .operands = {WORD_PATH, WORD_PATH, WORD_PATH, WORD_PATH}},
	{.name = "set-rf", .operands = {WORD_OTHER, WORD_NAME}},
	{.name = "node drain", .operands = {WORD_NODE}},
	{.name = "node add"},
	{.name = "scrub", .operands = {WORD_NODE}},
	{.name = "risk", .options = risk_options},
	{.name = "snapshot create"},
	{.name = "snapshot rm", .operands = {WORD_SNAPSHOT}},
	{.name = "snapshot diff", .operands = {WORD_SNAPSHOT, WORD_SNAPSHOT, WORD_NAME}},
	{.name = "rebalance"},
	{.name = "net set",
		.options = link_options,
		.operands = {WORD_END, WORD_END, WORD_SETTING, WORD_SETTING}},
	{.name = "net cut", .options = link_options, .operands = {WORD_END, WORD_END}},
	{.name = "net partition", .operands = {WORD_END}},
	{.name = "net preset", .operands = {WORD_PRESET, WORD_NODE, WORD_NODE, WORD_NODE}},
	{.name = "net heal"},
	{.name = "events", .options = events_options},
	{.name = NULL},
};

static void split_is(const char *line, const char *const *expected, size_t count, bool open)
{
	struct words words;
	assert_true(words_split(line, &words));
	assert_int_equal(words.count, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(words.words[i], expected[i]);
	assert_null(words.words[count]);
	assert_int_equal(words.open, open);
	words_free(&words);
}

static void test_words_are_split_as_in_a_shell(void **state)
{
	(void)state;
	split_is("", NULL, 0, false);
	split_is("  \t ", NULL, 0, false);
	split_is("put a b", (const char *const[]){"put", "a", "b"}, 3, false);
	split_is("  put  'a b'  \"c \\\" d\" e\\ f ", (const char *const[]){"put", "a b", "c \" d", "e f"}, 4,
		false);
	split_is("a'b'\"c\"d", (const char *const[]){"abcd"}, 1, false);
	split_is("''", (const char *const[]){""}, 1, false);
	split_is("'\\n' \"\\n\" \\n", (const char *const[]){"\\n", "\\n", "n"}, 3, false);
	split_is("put 'a b", (const char *const[]){"put", "a b"}, 2, true);
	split_is("put a\\", (const char *const[]){"put", "a"}, 2, true);
}

static void test_too_many_words_are_refused(void **state)
{
	(void)state;
	char line[4 * WORDS_LIMIT];
	struct words words;
	memset(line, 0, sizeof(line));
	for (size_t i = 0; i <= WORDS_LIMIT; i++)
		memcpy(line + 2 * i, "x ", 2);
	assert_false(words_split(line, &words));
	assert_int_equal(words.count, 0);
	line[2 * WORDS_LIMIT] = '\0';
	assert_true(words_split(line, &words));
	words_free(&words);
}

static void test_joined_words_split_into_themselves(void **state)
{
	(void)state;
	static const char *const nasty[] = {"plain", "", "a b", "it's", "\"", "\\", "$(rm)", "a\nb",
		"\x1b[2J", "-x", "na\xc3\xafve", "'", "`", "~", "*", "#"};
	size_t count = sizeof(nasty) / sizeof(*nasty);
	char *line = words_join(nasty, count);
	assert_non_null(line);
	split_is(line, nasty, count, false);
	free(line);
	line = words_join((const char *const[]){"node", "fail", "node-2"}, 3);
	assert_string_equal(line, "node fail node-2");
	free(line);
}

static void place_is(const char *line, enum word_kind kind, const char *word, size_t begin)
{
	struct word_place place;
	assert_true(words_locate(commands, line, strlen(line), &place));
	assert_int_equal(place.kind, kind);
	assert_string_equal(place.word, word);
	assert_int_equal(place.begin, begin);
	free(place.word);
}

static void test_the_cursor_is_where_the_table_says(void **state)
{
	(void)state;
	place_is("", WORD_COMMAND, "", 0);
	place_is("no", WORD_COMMAND, "no", 0);
	place_is("node dr", WORD_COMMAND, "dr", 5);
	place_is("node drain no", WORD_NODE, "no", 11);
	place_is("node add no", WORD_OTHER, "no", 9);
	place_is("scrub ", WORD_NODE, "", 6);
	place_is("get pho", WORD_NAME, "pho", 4);
	place_is("get 'my pho", WORD_NAME, "my pho", 4);
	place_is("get --pre", WORD_OPTION, "--pre", 4);
	place_is("get --prefix a", WORD_NAME, "a", 13);
	place_is("get a -o /t", WORD_PATH, "/t", 9);
	place_is("put /et", WORD_PATH, "/et", 4);
	place_is("put a b c d e", WORD_PATH, "e", 12);
	place_is("put -r 2", WORD_OTHER, "2", 7);
	place_is("put -r 2 /et", WORD_PATH, "/et", 9);
	place_is("put --repl=2 /et", WORD_PATH, "/et", 13);
	place_is("set-rf 2 pho", WORD_NAME, "pho", 9);
	place_is("get a b", WORD_OTHER, "b", 6);
	place_is("get -o /tmp/x pho", WORD_NAME, "pho", 14);
	place_is("risk --if-lost node-1,no", WORD_NODE, "node-1,no", 15);
	place_is("rebalance x", WORD_OTHER, "x", 10);
	place_is("snapshot create x", WORD_OTHER, "x", 16);
	place_is("snapshot rm x", WORD_SNAPSHOT, "x", 12);
	place_is("snapshot diff a b", WORD_SNAPSHOT, "b", 16);
	place_is("snapshot diff a b pho", WORD_NAME, "pho", 18);
	place_is("get --at x", WORD_SNAPSHOT, "x", 9);
	place_is("net se", WORD_COMMAND, "se", 4);
	place_is("net set cl", WORD_END, "cl", 8);
	place_is("net set client --one-way node-1,no", WORD_END, "node-1,no", 25);
	place_is("net set client node-1 lat", WORD_SETTING, "lat", 22);
	place_is("net set client node-1 loss=1% lat", WORD_SETTING, "lat", 30);
	place_is("net cut client no", WORD_END, "no", 15);
	place_is("net cut client node-1 x", WORD_OTHER, "x", 22);
	place_is("net partition client/no", WORD_END, "client/no", 14);
	place_is("net preset wi", WORD_PRESET, "wi", 11);
	place_is("net preset wifi no", WORD_NODE, "no", 16);
	place_is("net heal x", WORD_OTHER, "x", 9);
	place_is("unknown x", WORD_COMMAND, "x", 8);
	place_is("  scrub '' ", WORD_OTHER, "", 11);
	place_is("  scrub ''", WORD_NODE, "", 8);
	place_is("'' scrub", WORD_COMMAND, "scrub", 3);
}

static void test_only_what_stands_before_the_cursor_counts(void **state)
{
	(void)state;
	struct word_place place;
	assert_true(words_locate(commands, "node drain node-1", 12, &place));
	assert_int_equal(place.kind, WORD_NODE);
	assert_string_equal(place.word, "n");
	free(place.word);
}

static void test_a_command_may_have_two_words(void **state)
{
	(void)state;
	struct words words;
	assert_true(words_split("node drain node-1", &words));
	assert_string_equal(words_command(commands, &words)->name, "node drain");
	words_free(&words);
	assert_true(words_split("node", &words));
	assert_null(words_command(commands, &words));
	words_free(&words);
	assert_true(words_split("getx", &words));
	assert_null(words_command(commands, &words));
	words_free(&words);
}

static bool is_endless(const char *line)
{
	struct words words;
	assert_true(words_split(line, &words));
	bool endless = words_endless(words_command(commands, &words), &words) != NULL;
	words_free(&words);
	return endless;
}

static void test_what_never_ends_is_known_by_its_option(void **state)
{
	(void)state;
	assert_true(is_endless("events -f"));
	assert_true(is_endless("events -lf"));
	assert_true(is_endless("events -n 5 --fo"));
	assert_true(is_endless("events --follow=x"));
	assert_false(is_endless("events"));
	assert_false(is_endless("events -n5 --number -l"));
	assert_false(is_endless("events --"));
	assert_false(is_endless("events -- -f"));
	assert_false(is_endless("scrub -f"));
	assert_true(words_group(commands, "node"));
	assert_false(words_group(commands, "nod"));
	assert_false(words_group(commands, "scrub"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_are_split_as_in_a_shell),
		cmocka_unit_test(test_too_many_words_are_refused),
		cmocka_unit_test(test_joined_words_split_into_themselves),
		cmocka_unit_test(test_the_cursor_is_where_the_table_says),
		cmocka_unit_test(test_only_what_stands_before_the_cursor_counts),
		cmocka_unit_test(test_a_command_may_have_two_words),
		cmocka_unit_test(test_what_never_ends_is_known_by_its_option),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
