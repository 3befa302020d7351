/*
 * Promises of tui/input.h: a line is edited by whole characters, and nothing harmful gets into it.
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <time.h>

#include "tests/screen/grid.h"
#include "tui/input.h"
#include "tui/keys.h"

static struct input input;

enum { CTRL_A = 1, CTRL_E = 5, CTRL_K = 11, CTRL_U = 21, CTRL_W = 23 };

static void type(const char *text)
{
	for (; *text != '\0'; text++)
		assert_true(input_key(&input, *text));
}

static void keys(const int *codes)
{
	for (; *codes != 0; codes++)
		input_key(&input, *codes);
}

static int begin(void **state)
{
	(void)state;
	input_release(&input);
	return 0;
}

static void test_characters_go_in_and_out_whole(void **state)
{
	(void)state;
	type("ab");
	input_key(&input, KEY_CHARACTER + 0xe9);
	input_key(&input, KEY_CHARACTER + 0x65e5);
	input_key(&input, KEY_CHARACTER + 0x1f600);
	assert_string_equal(input.text, "ab\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80");
	keys((const int[]){KEY_LEFT, KEY_BACKSPACE, 0});
	assert_string_equal(input.text, "ab\xc3\xa9\xf0\x9f\x98\x80");
	keys((const int[]){KEY_LEFT, KEY_DC, 0});
	assert_string_equal(input.text, "ab\xf0\x9f\x98\x80");
	keys((const int[]){KEY_HOME, KEY_BACKSPACE, KEY_RIGHT, 'x', KEY_END, 'y', KEY_RIGHT, KEY_DC, 0});
	assert_string_equal(input.text, "axb\xf0\x9f\x98\x80y");
}

static void test_words_and_ends_are_cut(void **state)
{
	(void)state;
	type("node drain  node-1 ");
	keys((const int[]){CTRL_W, 0});
	assert_string_equal(input.text, "node drain  ");
	keys((const int[]){CTRL_W, 0});
	assert_string_equal(input.text, "node ");
	type("list");
	keys((const int[]){CTRL_A, KEY_RIGHT, KEY_RIGHT, CTRL_K, 0});
	assert_string_equal(input.text, "no");
	keys((const int[]){CTRL_E, CTRL_U, 0});
	assert_string_equal(input.text, "");
}

static void test_control_characters_are_not_taken(void **state)
{
	(void)state;
	assert_false(input_key(&input, 27));
	assert_false(input_key(&input, 7));
	assert_false(input_key(&input, KEY_F(1)));
	assert_false(input_key(&input, KEY_CHARACTER + 0x80));
	assert_false(input_key(&input, KEY_CHARACTER + 0x9b));
	assert_false(input_key(&input, KEY_CHARACTER + 0xd800));
	assert_false(input_key(&input, KEY_CHARACTER + 0x110000));
	assert_string_equal(input.text, "");
}

static void test_a_line_has_an_end(void **state)
{
	(void)state;
	for (int i = 0; i < 2 * INPUT_BYTES; i++)
		input_key(&input, i % 2 == 0 ? 'a' : KEY_CHARACTER + 0x1f600);
	assert_in_range(input.length, INPUT_BYTES - 5, INPUT_BYTES - 1);
	assert_int_equal(strlen(input.text), input.length);
}

static void test_the_history_comes_back_and_keeps_the_draft(void **state)
{
	(void)state;
	static const char *const lines[] = {"one", "two", "two", ""};
	for (size_t i = 0; i < 4; i++) {
		input_set(&input, lines[i]);
		input_remember(&input);
	}
	assert_int_equal(input.history_count, 2);
	input_set(&input, "draft");
	keys((const int[]){KEY_UP, 0});
	assert_string_equal(input.text, "two");
	keys((const int[]){KEY_UP, KEY_UP, 0});
	assert_string_equal(input.text, "one");
	keys((const int[]){KEY_DOWN, KEY_DOWN, KEY_DOWN, 0});
	assert_string_equal(input.text, "draft");
	for (int i = 0; i < 3 * INPUT_HISTORY; i++) {
		char line[16];
		snprintf(line, sizeof(line), "%d", i);
		input_set(&input, line);
		input_remember(&input);
	}
	assert_int_equal(input.history_count, INPUT_HISTORY);
	assert_string_equal(input.history[0], "128");
}

static void test_the_cursor_can_always_be_seen(void **state)
{
	(void)state;
	static const char wide[] = "a\xe6\x97\xa5\xe6\x9c\xac \x1b[2J \xcc\x81 end of a long line";
	input_set(&input, wide);
	for (size_t left = 0; left < 40; left++) {
		for (int columns = 1; columns < 60; columns++) {
			struct grid *grid = grid_make(1, 80);
			const struct paint paint = {.canvas = &grid->canvas, .glyphs = &glyphs_utf8};
			input_draw(&input, &paint, 0, 3, columns);
			bool seen = false;
			for (int column = 0; column < 80; column++) {
				bool badge = (grid->cells[0][column].style & STYLE_BADGE) != 0;
				seen = seen || badge;
				assert_true(!badge || (column >= 3 && column < 3 + columns));
			}
			assert_true(seen || columns < 9); /* an escape may need more than there is */
		}
		input_key(&input, KEY_LEFT);
	}
}

static void test_a_long_line_is_drawn_quickly(void **state)
{
	(void)state;
	for (int i = 0; i < INPUT_BYTES - 1; i++)
		input.text[i] = 'a';
	input.length = input.cursor = INPUT_BYTES - 1;
	struct grid *grid = grid_make(1, 80);
	const struct paint paint = {.canvas = &grid->canvas, .glyphs = &glyphs_utf8};
	clock_t begun = clock();
	for (int i = 0; i < 50; i++)
		input_draw(&input, &paint, 0, 0, 80);
	assert_true(clock() - begun < CLOCKS_PER_SEC); /* a frame in 20 ms, also with sanitizers */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_characters_go_in_and_out_whole, begin),
		cmocka_unit_test_setup(test_words_and_ends_are_cut, begin),
		cmocka_unit_test_setup(test_control_characters_are_not_taken, begin),
		cmocka_unit_test_setup(test_a_line_has_an_end, begin),
		cmocka_unit_test_setup(test_the_history_comes_back_and_keeps_the_draft, begin),
		cmocka_unit_test_setup(test_the_cursor_can_always_be_seen, begin),
		cmocka_unit_test_setup(test_a_long_line_is_drawn_quickly, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
