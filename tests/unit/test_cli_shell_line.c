/* What cli/shell_line.h promises: a line of bash as words, and a name that is only ever a name there. */
#include "cli/shell_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* The words of the line with '|' between them, and how its last one is left. */
static void expect_words(const char *line, const char *wanted, const char *raw, char quote, bool active)
{
	struct shell_line split;
	char found[256] = "";
	shell_line_split(line, &split);
	for (size_t i = 0; i < split.count; i++) {
		size_t used = strlen(found);
		snprintf(found + used, sizeof(found) - used, "%s%s", i ? "|" : "", split.words[i]);
	}
	assert_string_equal(found, wanted);
	assert_string_equal(split.raw, raw);
	assert_int_equal(split.quote, quote);
	assert_int_equal(split.active, active);
	shell_line_release(&split);
}

static void lines_are_split_as_bash_does(void **state)
{
	(void)state;
	expect_words("", "", "", 0, false);
	expect_words("a", "a", "a", 0, false);
	expect_words("a ", "a|", "", 0, false);
	expect_words("  a\tb  c", "a|b|c", "c", 0, false);
	expect_words("a b\\ c", "a|b c", "b\\ c", 0, false);
	expect_words("a 'b c' d", "a|b c|d", "d", 0, false);
	expect_words("a 'b $c", "a|b $c", "'b $c", '\'', false);
	expect_words("a \"b c", "a|b c", "\"b c", '"', false);
	expect_words("a \"b\\\"\\n", "a|b\"\\n", "\"b\\\"\\n", '"', false);
	expect_words("a b'c d'e", "a|bc de", "b'c d'e", 0, false);
	expect_words("a ''", "a|", "''", 0, false);
}

/* What bash would expand is no name yet. */
static void words_that_do_something_are_active(void **state)
{
	(void)state;
	expect_words("a $b", "a|$b", "$b", 0, true);
	expect_words("a \"$b", "a|$b", "\"$b", '"', true);
	expect_words("a `b", "a|`b", "`b", 0, true);
	expect_words("a b*", "a|b*", "b*", 0, true);
	expect_words("a b\\", "a|b", "b\\", 0, true);
	expect_words("a $b c", "a|$b|c", "c", 0, false);
	expect_words("a \\$b", "a|$b", "\\$b", 0, false);
}

static void expect_complete(const char *line, const char *word, const char *wanted)
{
	struct shell_line split;
	shell_line_split(line, &split);
	char *made = shell_line_complete(&split, word);
	assert_string_equal(made, wanted);
	free(made);
	shell_line_release(&split);
}

static void names_are_quoted_as_the_word_is(void **state)
{
	(void)state;
	expect_complete("x ", "a b", "a\\ b");
	expect_complete("x ", "$(touch x)", "\\$\\(touch\\ x\\)");
	expect_complete("x ", "größe", "größe");
	expect_complete("x ", "it's", "it\\'s");
	expect_complete("x 'it", "it's!", "'it'\\''s!");
	expect_complete("x \"a", "a$`\"\\ b", "\"a\\$\\`\\\"\\\\ b");
	expect_complete("x \"a", "a!b", "\"a\"\\!\"b");
	expect_complete("x a\\ ", "a b$", "a\\ b\\$");
	expect_complete("x 'a 'b", "a b c", "'a 'b\\ c");
}

/* bash does not close quotes behind a quote. */
static void names_that_end_in_a_quote_are_closed(void **state)
{
	(void)state;
	expect_complete("x 'a", "a'", "'a'\\'");
	expect_complete("x \"a", "a\"", "\"a\\\"\"");
	expect_complete("x \"a", "a!", "\"a\"\\!\"\"");
}

enum { RANDOM_WORDS = 600, RANDOM_LENGTH = 8 };

/* A word of anything that a shell knows, and how a part of it may be typed within `quote`. */
static void make_random(char *word, char *line, char quote)
{
	static const char characters[] = "ab $`\"'\\!*?[]{}()<>|&;#~=:@%^+,.-_/";
	size_t length = 1 + (size_t)(random() % RANDOM_LENGTH),
	       typed = (size_t)(random() % RANDOM_LENGTH) % length;
	for (size_t i = 0; i < length; i++)
		word[i] = characters[(size_t)random() % (sizeof(characters) - 1)];
	word[length] = '\0';
	line += sprintf(line, "x ");
	if (quote)
		*line++ = quote;
	for (size_t i = 0; i < typed; i++) {
		if (quote == '\'' && word[i] == '\'')
			line += sprintf(line, "'\\''");
		else if (quote == '\'' || (quote == '"' && !strchr("$`\"\\", word[i])))
			*line++ = word[i];
		else
			line += sprintf(line, "\\%c", word[i]);
	}
	*line = '\0';
}

/* Has bash print the words of `script`, one NUL behind each, and compares them. */
static void expect_from_bash(const char *script, char words[][RANDOM_LENGTH + 1], size_t count)
{
	char command[64], found[RANDOM_LENGTH + 8];
	snprintf(command, sizeof(command), "exec bash --norc '%s'", script);
	FILE *output = popen(command, "r");
	assert_non_null(output);
	for (size_t i = 0; i < count; i++) {
		size_t length = 0;
		int c;
		while ((c = getc(output)) > 0 && length < sizeof(found) - 1)
			found[length++] = (char)c;
		found[length] = '\0';
		assert_string_equal(found, words[i]);
	}
	assert_int_equal(pclose(output), 0);
}

/* Whatever is in a word and however its beginning was typed: bash takes what is completed for that word. */
static void bash_reads_back_what_was_completed(void **state)
{
	(void)state;
	static char words[RANDOM_WORDS][RANDOM_LENGTH + 1];
	static const char quotes[] = {'\0', '\'', '"'};
	char path[] = "/tmp/linckia-shell-line.XXXXXX", line[16 * RANDOM_LENGTH];
	int file = mkstemp(path);
	assert_true(file >= 0);
	FILE *script = fdopen(file, "w");
	srandom(7);
	for (size_t i = 0; i < RANDOM_WORDS; i++) {
		char quote = quotes[i % 3];
		struct shell_line split;
		make_random(words[i], line, quote);
		shell_line_split(line, &split);
		assert_false(split.active);
		char *made = shell_line_complete(&split, words[i]);
		/* As bash does it: see shell_line_complete(). */
		bool closes = quote && made[strlen(made) - 1] != quote;
		fprintf(script, "printf '%%s\\0' %s%.*s\n", made, closes, &quote);
		free(made);
		shell_line_release(&split);
	}
	assert_int_equal(fclose(script), 0);
	expect_from_bash(path, words, RANDOM_WORDS);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_split_as_bash_does),
		cmocka_unit_test(words_that_do_something_are_active),
		cmocka_unit_test(names_are_quoted_as_the_word_is),
		cmocka_unit_test(names_that_end_in_a_quote_are_closed),
		cmocka_unit_test(bash_reads_back_what_was_completed),
	};
	return cmocka_run_group_tests_name("cli shell line", tests, NULL, NULL);
}
