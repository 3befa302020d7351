/*
 * Promises of the list of files: it opens and scrolls at once however long it is, stays where one was, and is sorted
 * and filtered as its keys say.
 */
#include "tests/screen/oracle.h"
#include "tui/layout.h"

static struct oracle *oracle;

static void begin(int rows, int columns)
{
	oracle = oracle_begin(SAMPLE_DEGRADED, rows, columns, &glyphs_utf8);
}

/* The list is open, and its first rows are known. */
static void begin_list(int rows, int columns)
{
	begin(rows, columns);
	oracle_go(oracle, "4");
}

/* ---- looking ---- */

static void test_the_list_opens_at_once_and_asks_for_the_rows_around_the_cursor(void **state)
{
	(void)state;
	begin(24, 80);
	oracle_press(oracle, "4");
	assert_int_equal(oracle->asked_count[QUESTION_FILES], 1);
	assert_true(oracle_shows(oracle, "Looking at the files."));
	assert_true(oracle_shows(oracle, "looking"));
	oracle_speak(oracle, QUESTION_FILES);
	assert_true(oracle_shows(oracle, "100,000 files"));
	assert_true(oracle_shows(oracle, "139.7 GiB"));
	assert_false(oracle_shows(oracle, "ooking"));
	assert_int_equal(oracle->asked_count[QUESTION_ROWS], 1);
	assert_int_equal(oracle->asked[QUESTION_ROWS].rows.count, INQUIRY_ROWS_MAX);
	assert_int_equal(oracle->ids[0], 1);
	oracle_speak(oracle, QUESTION_ROWS);
	assert_true(oracle_selects(oracle, "folder/file-000001"));
	assert_true(oracle_shows(oracle, "folder/file-000018"));
}

static int placeholders(void)
{
	const struct grid *grid = oracle_draw(oracle);
	int count = 0;
	for (int row = 0; row < grid->canvas.rows; row++)
		count += strcmp(grid->cells[row][2].text, "\xe2\x80\xa6") == 0;
	return count;
}

static void test_paging_through_never_shows_a_row_that_could_be_known(void **state)
{
	(void)state;
	begin_list(24, 80);
	for (int page = 0; page < 200; page++) {
		oracle_press(oracle, "l");
		assert_int_equal(placeholders(), 0);
		if (page % 3 == 0)
			oracle_speak_all(oracle);
	}
	assert_true(oracle->asked_count[QUESTION_ROWS] < 40);
}

static void test_the_last_row_is_asked_for_and_the_first_ones_are_still_known(void **state)
{
	(void)state;
	begin_list(24, 80);
	oracle_press(oracle, "G");
	assert_int_equal(placeholders(), 18);
	assert_int_equal(oracle->ids[oracle->asked[QUESTION_ROWS].rows.count - 1], 100000);
	oracle_speak_all(oracle);
	assert_true(oracle_selects(oracle, "folder/file-100000"));
	oracle_press(oracle, "g");
	assert_int_equal(placeholders(), 0);
	assert_true(oracle_selects(oracle, "folder/file-000001"));
	oracle_press(oracle, "G");
	assert_int_equal(placeholders(), 0);
}

static void test_a_key_held_down_does_not_replace_a_question_that_will_do(void **state)
{
	(void)state;
	begin(24, 80);
	oracle_press(oracle, "4");
	oracle_speak(oracle, QUESTION_FILES);
	int asked = oracle->asked_count[QUESTION_ROWS];
	for (int page = 0; page < 27; page++)
		oracle_press(oracle, "l");
	assert_int_equal(oracle->asked_count[QUESTION_ROWS], asked);
	oracle_press(oracle, "G");
	assert_int_equal(oracle->asked_count[QUESTION_ROWS], asked + 1);
}

static void test_a_file_that_is_gone_does_not_make_it_ask_without_end(void **state)
{
	(void)state;
	begin(24, 80);
	oracle_press(oracle, "4");
	oracle_speak(oracle, QUESTION_FILES);
	oracle->files = 5;
	oracle_speak_all(oracle);
	int asked = oracle->asked_count[QUESTION_ROWS];
	oracle_press(oracle, "jjjjkk");
	assert_int_equal(oracle->asked_count[QUESTION_ROWS], asked);
	assert_true(placeholders() > 0);
	oracle_follow(oracle);
	assert_int_equal(placeholders(), 0);
	assert_true(oracle_shows(oracle, "5 files"));
}

static void test_a_screen_higher_than_any_window_does_not_make_it_ask_without_end(void **state)
{
	(void)state;
	begin(24, 80);
	oracle->console.rows = 1400;
	oracle_go(oracle, "4");
	oracle_go(oracle, "Gljg");
	int asked = oracle->asked_count[QUESTION_ROWS];
	oracle_press(oracle, "jjj");
	assert_int_equal(oracle->asked_count[QUESTION_ROWS], asked);
}

/* ---- staying ---- */

static void test_the_cursor_stays_on_its_file_when_the_list_changes(void **state)
{
	(void)state;
	begin(24, 80);
	oracle_go(oracle, "4lll");
	oracle_go(oracle, "llljj");
	assert_true(oracle_selects(oracle, "folder/file-000057"));
	int row = oracle_row_of(oracle, "folder/file-000057");
	oracle->first_id = 31;
	oracle_change(oracle);
	assert_false(oracle_shows(oracle, "looking"));
	oracle_speak_all(oracle);
	assert_true(oracle_selects(oracle, "folder/file-000057"));
	assert_int_equal(oracle_row_of(oracle, "folder/file-000057"), row);
	assert_int_equal(oracle->console.file, 57);
	oracle->first_id = 2000;
	oracle->files = 10;
	oracle_follow(oracle);
	assert_true(oracle_selects(oracle, "folder/file-002009"));
	oracle->files = 0;
	oracle_follow(oracle);
	assert_true(oracle_shows(oracle, "No files yet"));
	oracle_press(oracle, "jkGgnlh\n");
	assert_ptr_equal(console_screen(&oracle->console), screens[SCREEN_FILES]);
}

static void test_a_failed_answer_says_why_and_leaves_what_was_known(void **state)
{
	(void)state;
	begin(24, 80);
	oracle->failure = "the catalog cannot be read: input/output error";
	oracle_go(oracle, "4");
	assert_true(oracle_shows(oracle, "input/output error"));
	assert_false(oracle_shows(oracle, "ooking"));
	oracle->failure = NULL;
	oracle_follow(oracle);
	assert_false(oracle_shows(oracle, "input/output error"));
	assert_true(oracle_selects(oracle, "folder/file-000001"));
	oracle->failure = "the catalog cannot be read: input/output error";
	oracle_follow(oracle);
	assert_true(oracle_shows(oracle, "input/output error"));
	assert_true(oracle_shows(oracle, "100,000 files"));
	assert_true(oracle_selects(oracle, "folder/file-000001"));
}

/* ---- sorting and filtering ---- */

static void test_sorting_goes_through_the_columns_and_is_marked_in_the_heading(void **state)
{
	(void)state;
	static const struct {
		enum file_sort sort;
		const char *heading;
	} order[] = {{FILE_SORT_SIZE, "size▼"}, {FILE_SORT_VERSIONS, "version▼"}, {FILE_SORT_COPIES, "want▼"},
		{FILE_SORT_LIVE, "live▼"}, {FILE_SORT_STORED, "stored▼"}, {FILE_SORT_NAME, "Name▲"}};
	begin_list(24, 120);
	oracle_press(oracle, "l");
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		oracle_press(oracle, "o");
		assert_int_equal(oracle->asked[QUESTION_FILES].files.sort, order[i].sort);
		assert_false(oracle->asked[QUESTION_FILES].files.reverse);
		assert_true(oracle_shows(oracle, order[i].heading));
		assert_true(oracle_shows(oracle, "looking"));
		oracle_speak_all(oracle);
		assert_true(oracle_selects(oracle, "folder/file-000001"));
	}
	oracle_press(oracle, "O");
	assert_true(oracle->asked[QUESTION_FILES].files.reverse);
	assert_true(oracle_shows(oracle, "Name▼"));
}

static void test_the_filter_works_while_it_is_typed_and_esc_restores(void **state)
{
	(void)state;
	begin_list(24, 80);
	oracle_go(oracle, "llj");
	assert_true(oracle_selects(oracle, "folder/file-000038"));
	oracle_press(oracle, "/1");
	assert_string_equal(oracle->filter, "1");
	/* The old list stays until the new one has come. */
	assert_true(oracle_selects(oracle, "folder/file-000038"));
	oracle_press(oracle, "2");
	assert_string_equal(oracle->filter, "12");
	oracle_speak_all(oracle);
	assert_true(oracle_selects(oracle, "folder/file-000001"));
	assert_true(oracle_shows(oracle, "12 files"));
	oracle_go(oracle, "0");
	assert_true(oracle_selects(oracle, "folder/file-000038"));
	oracle_press(oracle, "\x7f\x1b");
	assert_string_equal(oracle->filter, "");
	oracle_speak_all(oracle);
	assert_true(oracle_shows(oracle, "100,000 files"));
	assert_true(oracle_selects(oracle, "folder/file-000038"));
	oracle_go(oracle, "/12\n");
	assert_true(oracle_shows(oracle, "filter 12"));
	assert_true(oracle_shows(oracle, "12 files"));
	oracle_go(oracle, "/\x7f\x7f"
			  "0\n");
	assert_true(oracle_shows(oracle, "No file has this in its name."));
	oracle_press(oracle, "/3\x1b");
	assert_string_equal(oracle->filter, "0");
}

static void test_what_is_opened_before_the_filter_has_worked_is_what_it_finds(void **state)
{
	(void)state;
	begin_list(24, 80);
	oracle_press(oracle, "/12\n\n");
	assert_ptr_equal(console_screen(&oracle->console), &screen_files);
	oracle_speak_all(oracle);
	assert_ptr_equal(console_screen(&oracle->console), &screen_file);
	oracle_go(oracle, "q/\x7f\x7f"
			  "0\n\n");
	assert_ptr_equal(console_screen(&oracle->console), &screen_files);
	/* Who has gone elsewhere meanwhile is left there. */
	oracle_go(oracle, "/\x7f\n\n2");
	oracle_go(oracle, "4");
	assert_ptr_equal(console_screen(&oracle->console), &screen_files);
}

static void test_only_files_at_risk(void **state)
{
	(void)state;
	begin(24, 80);
	oracle_press(oracle, "4a");
	assert_true(oracle->asked[QUESTION_FILES].files.at_risk);
	oracle->files = 0;
	oracle_speak_all(oracle);
	assert_true(oracle_shows(oracle, "at risk only"));
	assert_true(oracle_shows(oracle, "No file is at risk."));
	oracle_press(oracle, "a");
	assert_false(oracle->asked[QUESTION_FILES].files.at_risk);
}

/* ---- rows ---- */

static void test_live_copies_are_told_by_number_shape_and_role(void **state)
{
	(void)state;
	begin_list(24, 80);
	assert_non_null(
		strstr(grid_row(oracle_draw(oracle), oracle_row_of(oracle, "file-000001")), "■ 3 of 3"));
	assert_non_null(
		strstr(grid_row(oracle_draw(oracle), oracle_row_of(oracle, "file-000005")), "◧ 2 of 3"));
	assert_non_null(
		strstr(grid_row(oracle_draw(oracle), oracle_row_of(oracle, "file-000007")), "▲ 1 of 3"));
	assert_non_null(
		strstr(grid_row(oracle_draw(oracle), oracle_row_of(oracle, "file-000011")), "✗ 0 of 3"));
	assert_non_null(
		strstr(grid_row(oracle_draw(oracle), oracle_row_of(oracle, "file-000002")), "3 of 3"));
	oracle->first_id = 97;
	oracle_follow(oracle);
	oracle_press(oracle, "g");
	const char *link = grid_row(oracle_draw(oracle), oracle_row_of(oracle, "file-000097"));
	assert_non_null(strstr(link, "link"));
	assert_null(strstr(link, "of 3"));
}

static const char *const hostile[] = {
	"evil\x1b[31m\x1b]0;owned\x07/\xff\xfe.txt",
	"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x83\x8e\xe3\x83\xbc\xe3\x83\x88/"
	"\xe5\x86\x99\xe7\x9c\x9f.jpg",
	"e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81-\xe2\x80\xae"
	"abc \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7",
	"a\tb\nc\rd", "-rf", NULL, /* 4,096 bytes */
};

static const char *hostile_name(size_t i)
{
	static char longest[STORE_NAME_MAX + 1];
	memset(longest, '7', STORE_NAME_MAX);
	memcpy(longest + 1000, "\xe6\x97\xa5", 3);
	return hostile[i] != NULL ? hostile[i] : longest;
}

static void test_hostile_names_harm_nothing_at_any_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++)
		for (int step = 0; step < 60; step++) {
			oracle = oracle_begin(
				SAMPLE_HOSTILE, 24, 80, step % 2 != 0 ? &glyphs_ascii : &glyphs_utf8);
			oracle->name = hostile_name(i);
			oracle->chunks = step % 3 == 0 ? 0 : 5000;
			oracle_go(oracle, "4");
			if (step % 2 != 0)
				oracle_press(oracle, "\n");
			oracle_speak_all(oracle);
			viewer_resize(&oracle->console, step);
			oracle_end(oracle);
		}
}

/* ---- keys ---- */

static void test_the_number_of_copies_is_set_for_the_name_as_it_is(void **state)
{
	(void)state;
	char words[STORE_NAME_MAX + 64];
	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
		begin(24, 80);
		oracle->name = hostile_name(i);
		oracle_go(oracle, "4");
		oracle_press(oracle, "n");
		assert_true(oracle_shows(oracle, "Copies, 1 to 16: 3"));
		oracle_press(oracle, "\x7f"
				     "12\n");
		snprintf(words, sizeof(words), "set-rf 12 %s%s", hostile_name(i)[0] == '-' ? "-- " : "",
			hostile_name(i));
		assert_string_equal(oracle->sent, words);
		oracle_end(oracle);
	}
	static const char *const refused[] = {"0", "17", "x", "3x", "-1", " 3", "99999999999999999999"};
	begin_list(24, 80);
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		oracle_press(oracle, "n\x7f");
		oracle_press(oracle, refused[i]);
		oracle_press(oracle, "\n");
		assert_true(oracle_shows(oracle, "A file can have 1 to 16 copies."));
		oracle_press(oracle, "\x1b");
	}
	oracle_press(oracle, "n\x1b");
	oracle_press(oracle, "n\x7f\n");
	oracle->console.read_only = true;
	oracle_press(oracle, "n");
	assert_true(oracle_shows(oracle, "read-only"));
	assert_int_equal(oracle->sent_count, 0);
	oracle_end(oracle);
}

static void test_the_file_asked_about_is_the_one_that_changes(void **state)
{
	(void)state;
	begin_list(24, 80);
	oracle_press(oracle, "jjn\x7f");
	oracle->first_id = 500;
	oracle_follow(oracle);
	oracle_press(oracle, "2\n");
	assert_string_equal(oracle->sent, "set-rf 2 folder/file-000003");
}

static void test_enter_and_the_mouse_open_a_file(void **state)
{
	(void)state;
	begin_list(24, 80);
	int row = oracle_row_of(oracle, "file-000006");
	console_click(&oracle->console, row, 10, false);
	assert_true(oracle_selects(oracle, "file-000006"));
	console_click(&oracle->console, 23, 10, true);
	console_click(&oracle->console, row, 10, true);
	assert_ptr_equal(console_screen(&oracle->console), screens[SCREEN_FILE]);
	assert_int_equal(oracle->asked[QUESTION_FILE].file.id, 6);
	oracle_press(oracle, "\x1b");
	assert_ptr_equal(console_screen(&oracle->console), screens[SCREEN_FILES]);
	oracle_press(oracle, "j\n");
	assert_int_equal(oracle->asked[QUESTION_FILE].file.id, 7);
}

static void test_golden_lists(void **state)
{
	(void)state;
	static const struct golden goldens[] = {
		{"files-40x10-utf8", SAMPLE_DEGRADED, 10, 40, false, false, "ojjj"},
		{"files-80x24-utf8", SAMPLE_DEGRADED, 24, 80, false, false, "ojjj"},
		{"files-80x24-ascii", SAMPLE_DEGRADED, 24, 80, true, false, "ojjj"},
		{"files-80x24-mono", SAMPLE_DEGRADED, 24, 80, false, true, "ojjj"},
		{"files-200x60-utf8", SAMPLE_DEGRADED, 60, 200, false, false, "ojjj"},
	};
	for (size_t i = 0; i < sizeof(goldens) / sizeof(*goldens); i++) {
		oracle = oracle_begin_golden(&goldens[i]);
		oracle_go(oracle, "4");
		oracle_go(oracle, goldens[i].keys);
		golden_compare(oracle_draw(oracle), goldens[i].name, goldens[i].looks);
		oracle_end(oracle);
	}
}

int main(void)
{
	viewer_use_utc();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			test_the_list_opens_at_once_and_asks_for_the_rows_around_the_cursor, oracle_clean),
		cmocka_unit_test_teardown(
			test_paging_through_never_shows_a_row_that_could_be_known, oracle_clean),
		cmocka_unit_test_teardown(
			test_the_last_row_is_asked_for_and_the_first_ones_are_still_known, oracle_clean),
		cmocka_unit_test_teardown(
			test_a_key_held_down_does_not_replace_a_question_that_will_do, oracle_clean),
		cmocka_unit_test_teardown(
			test_a_file_that_is_gone_does_not_make_it_ask_without_end, oracle_clean),
		cmocka_unit_test_teardown(
			test_a_screen_higher_than_any_window_does_not_make_it_ask_without_end, oracle_clean),
		cmocka_unit_test_teardown(
			test_the_cursor_stays_on_its_file_when_the_list_changes, oracle_clean),
		cmocka_unit_test_teardown(
			test_a_failed_answer_says_why_and_leaves_what_was_known, oracle_clean),
		cmocka_unit_test_teardown(
			test_sorting_goes_through_the_columns_and_is_marked_in_the_heading, oracle_clean),
		cmocka_unit_test_teardown(
			test_the_filter_works_while_it_is_typed_and_esc_restores, oracle_clean),
		cmocka_unit_test_teardown(
			test_what_is_opened_before_the_filter_has_worked_is_what_it_finds, oracle_clean),
		cmocka_unit_test_teardown(test_only_files_at_risk, oracle_clean),
		cmocka_unit_test_teardown(test_live_copies_are_told_by_number_shape_and_role, oracle_clean),
		cmocka_unit_test(test_hostile_names_harm_nothing_at_any_size),
		cmocka_unit_test(test_the_number_of_copies_is_set_for_the_name_as_it_is),
		cmocka_unit_test_teardown(test_the_file_asked_about_is_the_one_that_changes, oracle_clean),
		cmocka_unit_test_teardown(test_enter_and_the_mouse_open_a_file, oracle_clean),
		cmocka_unit_test(test_golden_lists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
