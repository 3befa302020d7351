/*
 * Promises of tui/surface.h: only what has changed is reported, and no half of a wide character is left over.
 */
#include "tests/screen/grid.h"
#include "tui/surface.h"

static struct surface surface;
static struct {
	int row, column;
	char text[SURFACE_TEXT + 1];
	unsigned style;
} changes[64];
static int change_count;

static void collect(int row, int column, const struct surface_cell *cell)
{
	assert_in_range(change_count, 0, 63);
	changes[change_count].row = row;
	changes[change_count].column = column;
	changes[change_count].style = cell->style;
	snprintf(changes[change_count++].text, sizeof(changes[0].text), "%.*s", cell->length, cell->text);
}

static void show(void)
{
	change_count = 0;
	surface_show(&surface, collect);
}

static void put(struct canvas *canvas, int row, int column, const char *text, int width, unsigned style)
{
	canvas->put(canvas, row, column, text, strlen(text), width, style);
}

static int end(void **state)
{
	(void)state;
	surface_release(&surface);
	return 0;
}

static void test_only_changes_are_reported(void **state)
{
	(void)state;
	struct canvas *canvas = surface_begin(&surface, 2, 3);
	put(canvas, 1, 2, "a", 1, ROLE_TEXT);
	show();
	assert_int_equal(change_count, 6);
	canvas = surface_begin(&surface, 2, 3);
	put(canvas, 1, 2, "a", 1, ROLE_TEXT);
	show();
	assert_int_equal(change_count, 0);
	canvas = surface_begin(&surface, 2, 3);
	put(canvas, 1, 2, "a", 1, ROLE_DIM);
	show();
	assert_int_equal(change_count, 1);
	assert_int_equal(changes[0].row, 1);
	assert_int_equal(changes[0].column, 2);
	assert_int_equal(changes[0].style, ROLE_DIM);
	surface_begin(&surface, 2, 3);
	show();
	assert_int_equal(change_count, 1);
	assert_string_equal(changes[0].text, " ");
	surface_forget(&surface);
	surface_begin(&surface, 2, 3);
	show();
	assert_int_equal(change_count, 6);
	surface_begin(&surface, 2, 2);
	show();
	assert_int_equal(change_count, 4);
}

static void test_a_wide_character_goes_as_a_whole(void **state)
{
	(void)state;
	static const char wide[] = "\xe6\x97\xa5";
	for (int over = 1; over <= 2; over++) {
		struct canvas *canvas = surface_begin(&surface, 1, 4);
		put(canvas, 0, 1, wide, 2, ROLE_TEXT);
		show();
		assert_int_equal(change_count, 3);
		assert_string_equal(changes[1].text, wide);
		canvas = surface_begin(&surface, 1, 4);
		put(canvas, 0, 1, wide, 2, ROLE_TEXT);
		put(canvas, 0, over, "x", 1, ROLE_TEXT);
		show();
		assert_int_equal(change_count, 2);
		assert_string_equal(changes[over - 1].text, "x");
		assert_string_equal(changes[2 - over].text, " ");
		surface_release(&surface);
	}
}

static void test_what_no_cell_can_hold_becomes_a_question_mark(void **state)
{
	(void)state;
	struct canvas *canvas = surface_begin(&surface, 1, 3);
	char text[SURFACE_TEXT + 2];
	memset(text, 'm', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	put(canvas, 0, 0, text, 2, ROLE_TEXT);
	show();
	assert_string_equal(changes[0].text, "?");
	assert_string_equal(changes[1].text, " ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_only_changes_are_reported, end),
		cmocka_unit_test_teardown(test_a_wide_character_goes_as_a_whole, end),
		cmocka_unit_test_teardown(test_what_no_cell_can_hold_becomes_a_question_mark, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
