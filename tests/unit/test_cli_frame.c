/* What cli/frame.h promises: nothing scrolls, and nothing of an earlier picture stays. */
#include "cli/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_frame(const char *text, size_t rows, const char *expected)
{
	char *frame = frame_make(text, rows);
	assert_string_equal(frame, expected);
	free(frame);
}

static void each_line_clears_what_it_leaves(void **state)
{
	(void)state;
	expect_frame("", 24, "\033[?7l\033[H\033[J\033[?7h");
	expect_frame("one\n\ntwo\n", 24, "\033[?7l\033[Hone\033[K\n\033[K\ntwo\033[K\n\033[J\033[?7h");
}

static void what_is_too_long_is_counted(void **state)
{
	(void)state;
	expect_frame("1\n2\n3\n", 4, "\033[?7l\033[H1\033[K\n2\033[K\n3\033[K\n\033[J\033[?7h");
	expect_frame(
		"1\n2\n3\n4\n", 4, "\033[?7l\033[H1\033[K\n2\033[K\n(2 more lines)\033[K\n\033[J\033[?7h");
}

static void no_terminal_is_too_small_or_too_large(void **state)
{
	(void)state;
	char text[2001];
	for (size_t i = 0; i + 1 < sizeof(text); i += 2)
		memcpy(text + i, "x\n", 3);
	for (size_t rows = 0; rows < 1100; rows++) {
		char *frame = frame_make(text, rows);
		size_t lines = 0;
		for (const char *at = frame; (at = strchr(at, '\n')) != NULL; at++)
			lines++;
		assert_true(lines < (rows < 3 ? 3 : rows));
		assert_true(lines == 1000 || lines + 1 == rows || rows < 3);
		free(frame);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_clears_what_it_leaves),
		cmocka_unit_test(what_is_too_long_is_counted),
		cmocka_unit_test(no_terminal_is_too_small_or_too_large),
	};
	return cmocka_run_group_tests_name("cli frame", tests, NULL, NULL);
}
