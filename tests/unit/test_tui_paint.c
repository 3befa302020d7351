/*
 * Promises of tui/cells.h, tui/paint.h and tui/theme.h: foreign text is harmless, cut by columns, never within a
 * character or a number; nothing leaves the canvas.
 */
#include "tests/screen/grid.h"
#include "tui/cells.h"
#include "tui/paint.h"

static const char *painted(const struct glyphs *glyphs, int columns, const char *text)
{
	struct grid *grid = grid_make(1, 120);
	struct paint paint = {&grid->canvas, glyphs};
	int used = paint_text(&paint, 0, 0, columns, ROLE_TEXT, text);
	assert_in_range(used, 0, columns);
	return grid_row(grid, 0);
}

static const char *cut(int columns, const char *text)
{
	return painted(&glyphs_utf8, columns, text);
}

static void test_text_is_cut_by_columns_with_an_ellipsis(void **state)
{
	(void)state;
	assert_string_equal(cut(5, "hello"), "hello");
	assert_string_equal(cut(4, "hello"), "hel…");
	assert_string_equal(cut(1, "hello"), "…");
	assert_string_equal(cut(0, "hello"), "");
	assert_string_equal(cut(6, "hello world"), "hello…");
	assert_string_equal(cut(7, "hello world"), "hello…");
	assert_string_equal(painted(&glyphs_ascii, 5, "hello world"), "hel..");
	assert_string_equal(painted(&glyphs_ascii, 1, "hello"), "");
}

static void test_a_cut_never_halves_a_character(void **state)
{
	(void)state;
	assert_string_equal(cut(12, "日本語ノード"), "日本語ノード");
	assert_string_equal(cut(11, "日本語ノード"), "日本語ノー…");
	assert_string_equal(cut(10, "日本語ノード"), "日本語ノ…");
	assert_string_equal(cut(2, "日本"), "…");
	assert_string_equal(cut(3, "e\xcc\x81te\xcc\x81"), "e\xcc\x81te\xcc\x81");
	assert_string_equal(cut(2, "e\xcc\x81te\xcc\x81"), "e\xcc\x81…");
}

static void test_a_cut_never_falls_into_a_number(void **state)
{
	(void)state;
	assert_string_equal(cut(8, "has 12345 chunks"), "has…");
	assert_string_equal(cut(10, "has 12345 chunks"), "has…");
	assert_string_equal(cut(11, "has 12345 chunks"), "has 12345 …");
	assert_string_equal(cut(13, "has 12345 chunks"), "has 12345 ch…");
	assert_string_equal(cut(9, "has 12.5 MiB"), "has…");
	assert_string_equal(cut(10, "has 12.5 MiB"), "has 12.5 …");
	assert_string_equal(cut(7, "1,234,567"), "…");
	assert_string_equal(cut(7, "node-12"), "node-12");
	assert_string_equal(cut(6, "node-12"), "node-…");
	assert_string_equal(cut(6, "at 10:04:05"), "at…");
}

/* Invariant 9. */
static void test_foreign_text_is_escaped_and_an_escape_is_never_cut(void **state)
{
	(void)state;
	assert_string_equal(cut(40, "a\x1b[31mb"), "a\\x1B[31mb");
	assert_string_equal(cut(5, "a\x1b[31mb"), "a…");
	assert_string_equal(cut(6, "a\x1b[31mb"), "a\\x1B…");
	assert_string_equal(cut(40, "a\nb\tc\xff"), "a\\nb\\tc\\xFF");
	assert_string_equal(cut(40, "\xe2\x80\xae"
				    "abc"),
		"\\u{202E}abc");
	assert_string_equal(cut(40, "\xc2\x9b"
				    "1m"),
		"\\u{009B}1m");
	/* Invisible joiners are dropped; a mark with nothing to sit on gets a space. */
	assert_string_equal(cut(40, "a\xe2\x80\x8d"
				    "b"),
		"ab");
	assert_string_equal(cut(40, "\xcc\x81x"), " \xcc\x81x");
}

static void test_every_text_of_bytes_can_be_painted_at_every_width(void **state)
{
	(void)state;
	uint64_t random = 88172645463325252u;
	for (int round = 0; round < 3000; round++) {
		char text[41];
		for (size_t i = 0; i < sizeof(text) - 1; i++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			static const char alphabet[] =
				"\xe6\x97\xa5\xcc\x81\x1b\xe2\x80\x8d\xf0\x9f\x91\xa9 12.a";
			text[i] = random % 3 == 0 ? (char)(1 + (random >> 8) % 255)
						  : alphabet[(random >> 8) % (sizeof(alphabet) - 1)];
		}
		text[sizeof(text) - 1] = '\0';
		cut(round % 60, text);
		painted(&glyphs_ascii, round % 60, text);
		int rows = cells_wrap_rows(text, 0, 1 + round % 20);
		assert_in_range(rows, 1, 40);
	}
}

static void test_ascii_terminals_get_ascii(void **state)
{
	(void)state;
	assert_string_equal(painted(&glyphs_ascii, 40, "a – b … “c” 日é"), "a - b . \"c\" ???");
	for (const char *c = painted(&glyphs_ascii, 40,
		     "x\xe6\x97\xa5\xf0\x9f\x91\xa9"
		     "e\xcc\x81");
		*c != '\0'; c++)
		assert_true(*c >= ' ' && *c < 0x7f);
}

static void test_wrapping_breaks_at_spaces(void **state)
{
	(void)state;
	struct grid *grid = grid_make(4, 20);
	struct paint paint = {&grid->canvas, &glyphs_utf8};
	int rows = paint_wrapped(&paint, (struct area){0, 0, 4, 10}, 4, ROLE_TEXT, "one two three four");
	assert_int_equal(rows, 3);
	assert_int_equal(rows, cells_wrap_rows("one two three four", 6, 10));
	assert_string_equal(grid_row(grid, 0), "    one");
	assert_string_equal(grid_row(grid, 1), "two three");
	assert_string_equal(grid_row(grid, 2), "four");
	grid = grid_make(4, 20);
	paint_wrapped(&paint, (struct area){0, 0, 2, 10}, 0, ROLE_TEXT, "one two three four five");
	assert_string_equal(grid_row(grid, 0), "one two");
	assert_string_equal(grid_row(grid, 1), "three fou…");
	assert_int_equal(cells_wrap_rows("", 0, 10), 0);
	assert_int_equal(cells_wrap_rows("日本語", 0, 1), 3);
}

static void test_bars_show_how_full_and_a_trace_of_little(void **state)
{
	(void)state;
	struct grid *grid = grid_make(5, 10);
	struct paint paint = {&grid->canvas, &glyphs_ascii};
	paint_bar(&paint, 0, 0, 10, 0.5, ROLE_BAR);
	paint_bar(&paint, 1, 0, 10, 0, ROLE_BAR);
	paint_bar(&paint, 2, 0, 10, 0.001, ROLE_BAR);
	paint_bar(&paint, 3, 0, 10, 7, ROLE_BAR);
	paint_bar(&paint, 4, 5, 10, 1, ROLE_BAR);
	assert_string_equal(grid_row(grid, 0), "#####.....");
	assert_string_equal(grid_row(grid, 1), "..........");
	assert_string_equal(grid_row(grid, 2), "#.........");
	assert_string_equal(grid_row(grid, 3), "##########");
	assert_string_equal(grid_row(grid, 4), "     #####");
}

static void test_a_line_shows_facts_whole_or_not_at_all(void **state)
{
	(void)state;
	struct grid *grid = grid_make(1, 30);
	struct paint paint = {&grid->canvas, &glyphs_ascii};
	struct line line = line_begin(&paint, 0, 0, 16);
	assert_true(line_add(&line, ROLE_TEXT, "%d nodes", 12));
	assert_false(line_add(&line, ROLE_TEXT, "%d files", 123456));
	assert_true(line_add(&line, ROLE_TEXT, "idle"));
	assert_string_equal(grid_row(grid, 0), "12 nodes | idle");
}

static void test_numbers_are_grouped(void **state)
{
	(void)state;
	char text[27];
	assert_string_equal(paint_number(text, sizeof(text), 0), "0");
	assert_string_equal(paint_number(text, sizeof(text), 999), "999");
	assert_string_equal(paint_number(text, sizeof(text), 1000), "1,000");
	assert_string_equal(paint_number(text, sizeof(text), UINT64_MAX), "18,446,744,073,709,551,615");
}

static void test_themes_have_looks_for_every_terminal(void **state)
{
	(void)state;
	static const char *const names[] = {"dark", "light", "colour-blind", "mono"};
	static const int colours[] = {0, 8, 16, 88, 256};
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 5; j++)
			for (unsigned style = 0; style < 4 * 256; style++) {
				if ((style & STYLE_ROLE) >= ROLES)
					continue;
				struct look look = theme_look(theme_find(names[i]), colours[j], style);
				int most = i == 3 ? 0 : colours[j] == 88 ? 16 : colours[j];
				assert_true(look.foreground >= -1 && look.foreground < (most > 0 ? most : 0));
				assert_true(look.background >= -1 && look.background < (most > 0 ? most : 0));
				if ((style & STYLE_BADGE) != 0)
					assert_true(look.reverse);
			}
	assert_null(theme_find("pink"));
}

static void test_what_is_quick_is_not_written_as_nothing(void **state)
{
	(void)state;
	char text[32];
	assert_string_equal(paint_latency(text, sizeof(text), 0.01), "<0.1 ms");
	assert_string_equal(paint_latency(text, sizeof(text), 0), "0.0 ms");
	assert_string_equal(paint_latency(text, sizeof(text), 0.42), "0.4 ms");
	assert_string_equal(paint_latency(text, sizeof(text), 38.2), "38 ms");
	assert_string_equal(paint_latency(text, sizeof(text), -1), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_is_cut_by_columns_with_an_ellipsis),
		cmocka_unit_test(test_a_cut_never_halves_a_character),
		cmocka_unit_test(test_a_cut_never_falls_into_a_number),
		cmocka_unit_test(test_foreign_text_is_escaped_and_an_escape_is_never_cut),
		cmocka_unit_test(test_every_text_of_bytes_can_be_painted_at_every_width),
		cmocka_unit_test(test_ascii_terminals_get_ascii),
		cmocka_unit_test(test_wrapping_breaks_at_spaces),
		cmocka_unit_test(test_bars_show_how_full_and_a_trace_of_little),
		cmocka_unit_test(test_a_line_shows_facts_whole_or_not_at_all),
		cmocka_unit_test(test_numbers_are_grouped),
		cmocka_unit_test(test_what_is_quick_is_not_written_as_nothing),
		cmocka_unit_test(test_themes_have_looks_for_every_terminal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
