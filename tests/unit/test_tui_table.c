/*
 * Promises of the columns of a table, over all widths and many sets of columns; and of its heading and rows.
 */
#include "tests/screen/grid.h"
#include "tui/table.h"

enum { SETS = 300, COLUMNS_MAX = 16, WIDTHS = 300 };

static const char *const titles[] = {"name", "zone", "state", "used", "risk", "longheading"};

static uint32_t seed;

static int any(int below)
{
	seed = seed * 1664525 + 1013904223;
	return (int)(seed >> 8) % below;
}

struct set {
	struct table_column columns[COLUMNS_MAX];
	size_t count;
};

/* The set number `number`, which is always the same one. */
static struct set make(int number)
{
	struct set set;
	seed = (uint32_t)number * 2654435761u + 1;
	set.count = 1 + (size_t)any(COLUMNS_MAX);
	for (size_t i = 0; i < set.count; i++) {
		int least = 1 + any(14);
		int wish = least + any(20);
		set.columns[i] = (struct table_column){
			.title = titles[any(6)],
			.least = least,
			.wish = wish,
			.rank = any(6),
			.right = any(2) == 0,
			.grows = any(4) == 0,
			.most = any(2) == 0 ? 0 : wish + any(10),
		};
	}
	set.columns[0].rank = 0;
	return set;
}

/* The columns that the least of all columns up to a rank take, gaps and margins included. */
static int taken(const struct set *set, int rank, int gap)
{
	int width = 3;
	for (size_t i = 0; i < set->count; i++)
		width += set->columns[i].rank <= rank ? set->columns[i].least + gap : 0;
	return width;
}

static void test_columns_neither_overlap_nor_leave_the_row(void **state)
{
	(void)state;
	for (int number = 0; number < SETS; number++) {
		struct set set = make(number);
		for (int width = 0; width <= WIDTHS; width++) {
			struct table_place places[COLUMNS_MAX];
			table_arrange(set.columns, set.count, width, places);
			int end = 1;
			for (size_t i = 0; i < set.count; i++) {
				assert_true(places[i].width >= 0);
				if (places[i].width == 0)
					continue;
				assert_true(places[i].at > end); /* at least one column between two */
				end = places[i].at + places[i].width;
				assert_true(end <= width - 1); /* the last one is the scroll bar's */
			}
		}
	}
}

static void test_a_column_has_its_least_width_or_is_gone_with_its_whole_rank(void **state)
{
	(void)state;
	for (int number = 0; number < SETS; number++) {
		struct set set = make(number);
		for (int width = 1; width <= WIDTHS; width++) {
			struct table_place places[COLUMNS_MAX];
			int gap = width >= 60 ? 2 : 1, shown = -1, gone = 100;
			table_arrange(set.columns, set.count, width, places);
			if (taken(&set, 0, gap) > width)
				continue; /* too narrow even for what always stays */
			for (size_t i = 0; i < set.count; i++) {
				int rank = set.columns[i].rank;
				if (places[i].width == 0) {
					gone = rank < gone ? rank : gone;
					continue;
				}
				assert_true(places[i].width >= set.columns[i].least);
				shown = rank > shown ? rank : shown;
			}
			assert_true(shown < gone);
			assert_true(gone > 0);
			/* Nothing has gone that would have fitted. */
			if (gone < 100)
				assert_true(taken(&set, gone, gap) > width);
		}
	}
}

static void test_wishes_come_before_growth_and_growth_has_its_limits(void **state)
{
	(void)state;
	for (int number = 0; number < SETS; number++) {
		struct set set = make(number);
		for (int width = 1; width <= WIDTHS; width++) {
			struct table_place places[COLUMNS_MAX];
			bool wanting = false, grown = false, unlimited = false;
			table_arrange(set.columns, set.count, width, places);
			int used = 3;
			for (size_t i = 0; i < set.count; i++) {
				const struct table_column *column = &set.columns[i];
				if (places[i].width == 0)
					continue;
				wanting = wanting || places[i].width < column->wish;
				grown = grown || places[i].width > column->wish;
				if (!column->grows || column->most > 0)
					assert_true(places[i].width <=
						    (column->grows ? column->most : column->wish));
				unlimited = unlimited || (column->grows && column->most == 0);
				used += places[i].width + (width >= 60 ? 2 : 1);
			}
			assert_false(wanting && grown);
			if (unlimited && grown)
				assert_int_equal(used, width);
		}
	}
}

static void test_a_wider_row_never_has_fewer_columns(void **state)
{
	(void)state;
	for (int number = 0; number < SETS; number++) {
		struct set set = make(number);
		size_t before = 0;
		for (int width = 1; width <= WIDTHS; width++) {
			struct table_place places[COLUMNS_MAX];
			size_t shown = 0;
			table_arrange(set.columns, set.count, width, places);
			for (size_t i = 0; i < set.count; i++)
				shown += places[i].width > 0;
			/* From 60 on the gaps are wider. */
			if (width != 60)
				assert_true(shown >= before);
			before = shown;
		}
	}
}

/* A heading in whole; or with its arrow, which may stand in the place of the last letter. */
static bool is_heading(const char *word, const struct glyphs *glyphs)
{
	for (size_t i = 0; i < sizeof(titles) / sizeof(*titles); i++) {
		size_t length = strlen(titles[i]);
		if (strcmp(word, titles[i]) == 0)
			return true;
		for (size_t cut = 0; cut < 2; cut++) {
			if (strncmp(word, titles[i], length - cut) != 0)
				continue;
			const char *rest = word + length - cut;
			if (strcmp(rest, glyphs->ascending) == 0 || strcmp(rest, glyphs->descending) == 0)
				return true;
		}
	}
	return false;
}

/* Every word between the rules and blanks of the first row is a heading. */
static void check_words(const struct grid *grid, const struct glyphs *glyphs)
{
	char word[GRID_COLUMNS * GRID_CELL] = "";
	for (int column = 0; column <= grid->canvas.columns; column++) {
		bool end = column == grid->canvas.columns;
		const char *cell = end ? " " : grid->cells[0][column].text;
		if (strcmp(cell, " ") != 0 && strcmp(cell, glyphs->rule) != 0) {
			strcat(word, cell);
			continue;
		}
		if (word[0] != '\0' && !is_heading(word, glyphs))
			fail_msg("'%s' is no heading", word);
		word[0] = '\0';
	}
}

static void test_headings_are_whole_and_apart(void **state)
{
	(void)state;
	for (int number = 0; number < SETS; number++) {
		struct set set = make(number);
		for (int width = 3; width <= 220; width += 7) {
			struct table_place places[COLUMNS_MAX];
			const struct grid *grid = grid_make(3, width);
			struct paint paint = {(struct canvas *)&grid->canvas,
				number % 2 != 0 ? &glyphs_ascii : &glyphs_utf8};
			table_arrange(set.columns, set.count, width, places);
			table_heading(&paint, (struct area){0, 0, 3, width}, "", set.columns, places,
				set.count, number % (int)set.count, number % 3 == 0);
			check_words(grid, paint.glyphs);
		}
	}
}

static void test_the_sorted_column_has_an_arrow(void **state)
{
	(void)state;
	static const struct table_column columns[] = {
		{"name", 8, 8, 0, false, false, 0},
		{"used", 10, 10, 0, true, false, 0},
	};
	struct table_place places[2];
	const struct grid *grid = grid_make(2, 40);
	const struct paint paint = {(struct canvas *)&grid->canvas, &glyphs_utf8};
	struct area area = {0, 0, 2, 40};
	table_arrange(columns, 2, 40, places);
	table_heading(&paint, area, "", columns, places, 2, 1, false);
	assert_true(grid_shows(grid, "used\xe2\x96\xbc"));
	table_heading(&paint, area, "", columns, places, 2, 1, true);
	assert_true(grid_shows(grid, "used\xe2\x96\xb2"));
	assert_false(grid_shows(grid, "name\xe2\x96\xb2"));
}

static void test_cursor_and_mark_have_their_own_cells(void **state)
{
	(void)state;
	const struct grid *grid = grid_make(2, 20);
	const struct paint paint = {(struct canvas *)&grid->canvas, &glyphs_ascii};
	struct area area = {0, 0, 2, 20};
	assert_int_equal(table_row(&paint, area, 0, false, true), 0);
	assert_int_equal(table_row(&paint, area, 1, true, true), STYLE_SELECTED);
	assert_string_equal(grid_row(grid, 0), " *");
	assert_string_equal(grid_row(grid, 1), ">*");
	assert_false(grid->cells[1][19].style & STYLE_SELECTED); /* the scroll bar's */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns_neither_overlap_nor_leave_the_row),
		cmocka_unit_test(test_a_column_has_its_least_width_or_is_gone_with_its_whole_rank),
		cmocka_unit_test(test_wishes_come_before_growth_and_growth_has_its_limits),
		cmocka_unit_test(test_a_wider_row_never_has_fewer_columns),
		cmocka_unit_test(test_headings_are_whole_and_apart),
		cmocka_unit_test(test_the_sorted_column_has_an_arrow),
		cmocka_unit_test(test_cursor_and_mark_have_their_own_cells),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
