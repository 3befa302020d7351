/*
 * Promises of the screens about history: snapshots are listed, taken, compared, restored and removed in the words of
 * the shell; a diff tells how many names differ before it lists some; versions of a file are restored and fetched.
 */
#include "tests/screen/oracle.h"

static struct oracle *oracle;

static void begin(int rows, int columns, size_t snapshots)
{
	oracle = oracle_begin(SAMPLE_DEGRADED, rows, columns, &glyphs_utf8);
	oracle->snapshots = snapshots;
	oracle->differences = 12;
	oracle->files = 50;
}

static void open_snapshots(void)
{
	oracle_go(oracle, "4s");
}

/* ---- taking one ---- */

static void test_s_takes_a_snapshot_named_after_the_time(void **state)
{
	(void)state;
	static const char screens_with_it[] = "1234567";
	begin(24, 80, 3);
	for (size_t i = 0; i + 1 < sizeof(screens_with_it); i++) {
		const char keys[] = {screens_with_it[i], 'S', '\n', '\0'};
		oracle->sent[0] = '\0';
		oracle_press(oracle, keys);
		assert_string_equal(oracle->sent, "snapshot create 2026-11-02T10.04.05Z");
	}
	oracle_press(oracle, "S");
	assert_true(oracle_shows(oracle, "Snapshot: 2026-11-02T10.04.05Z"));
	oracle_press(oracle, "\x15"
			     "before-cleaning\n");
	assert_string_equal(oracle->sent, "snapshot create before-cleaning");
	int sent = oracle->sent_count;
	oracle_press(oracle, "S\x1b");
	oracle_press(oracle, "S\x15\n");
	assert_int_equal(oracle->sent_count, sent);
}

static void test_a_read_only_console_takes_none(void **state)
{
	(void)state;
	begin(24, 80, 3);
	oracle->console.read_only = true;
	open_snapshots();
	oracle_press(oracle, "S");
	assert_true(oracle_shows(oracle, "This console is read-only."));
	oracle_press(oracle, "\x1bry");
	oracle_press(oracle, "\x1bxy");
	assert_int_equal(oracle->sent_count, 0);
}

/* ---- the list ---- */

static void test_snapshots_are_listed_with_their_facts(void **state)
{
	(void)state;
	begin(24, 80, 3);
	open_snapshots();
	assert_true(oracle_shows(oracle, "3 snapshots"));
	assert_true(oracle_shows(oracle, "newest 1 m ago"));
	int row = oracle_row_of(oracle, "taken-2");
	assert_non_null(strstr(grid_row(oracle_draw(oracle), row), "2026-11-02 09:01"));
	assert_non_null(strstr(grid_row(oracle_draw(oracle), row), "1 h"));
	assert_non_null(strstr(grid_row(oracle_draw(oracle), row), "1,227"));
	assert_non_null(strstr(grid_row(oracle_draw(oracle), row), "5.0 GiB"));
	assert_true(oracle_selects(oracle, "taken-3"));
	oracle_press(oracle, "q");
	assert_true(oracle->console.stack[oracle->console.depth - 1] == SCREEN_FILES);
}

static void test_the_command_line_opens_them_from_anywhere(void **state)
{
	(void)state;
	begin(24, 80, 3);
	oracle_go(oracle, "7:snapshots\n");
	assert_true(oracle_shows(oracle, "3 snapshots"));
	assert_int_equal(oracle->sent_count, 0);
	/* Not on top of themselves, however often. */
	for (int i = 0; i < 20; i++)
		oracle_press(oracle, "\n\n:snapshots\n");
	assert_int_equal(oracle->console.depth, 2);
}

static void test_none_yet_says_how_to_take_one(void **state)
{
	(void)state;
	begin(24, 80, 0);
	oracle_press(oracle, "4s");
	assert_true(oracle_shows(oracle, "Looking at the snapshots."));
	oracle_speak_all(oracle);
	assert_true(oracle_shows(oracle, "No snapshots yet: S takes one."));
	oracle_press(oracle, "\nv rxjkgG");
	assert_int_equal(oracle->console.depth, 2);
	assert_int_equal(oracle->sent_count, 0);
}

static void test_a_failure_says_why(void **state)
{
	(void)state;
	begin(24, 80, 3);
	oracle->failure = "the catalog cannot be read: input/output error";
	open_snapshots();
	assert_true(oracle_shows(oracle, "the catalog cannot be read"));
	oracle_press(oracle, "\nv rxjkgG");
	assert_int_equal(oracle->console.depth, 2);
	oracle->failure = NULL;
	oracle_follow(oracle);
	assert_true(oracle_shows(oracle, "3 snapshots"));
}

static void test_the_cursor_stays_on_its_snapshot_but_follows_the_newest(void **state)
{
	(void)state;
	begin(24, 80, 5);
	open_snapshots();
	oracle->snapshots = 6;
	oracle_follow(oracle);
	assert_true(oracle_selects(oracle, "taken-6"));
	oracle_press(oracle, "jj");
	assert_true(oracle_selects(oracle, "taken-4"));
	oracle->snapshots = 8;
	oracle_change(oracle);
	/* What was known stays in sight until there is more. */
	assert_true(oracle_selects(oracle, "taken-4"));
	oracle_speak_all(oracle);
	assert_true(oracle_selects(oracle, "taken-4"));
	oracle->snapshots = 2;
	oracle_follow(oracle);
	assert_true(oracle_selects(oracle, "taken-1"));
}

/* ---- restoring and removing ---- */

static void test_restoring_and_removing_ask_first_and_say_what_happens(void **state)
{
	(void)state;
	begin(24, 80, 3);
	open_snapshots();
	oracle_press(oracle, "jr");
	assert_true(oracle_shows(oracle, "Restore this snapshot?"));
	assert_true(oracle_shows(oracle, "2026-11-02 09:01"));
	assert_true(oracle_shows(oracle, "undoes"));
	oracle_press(oracle, "r");
	assert_int_equal(oracle->sent_count, 0);
	oracle_press(oracle, "ry");
	assert_string_equal(oracle->sent, "snapshot restore taken-2");
	oracle_press(oracle, "x");
	assert_true(oracle_shows(oracle, "Remove this snapshot?"));
	oracle_press(oracle, "\n");
	assert_int_equal(oracle->sent_count, 1);
	oracle_press(oracle, "xy");
	assert_string_equal(oracle->sent, "snapshot rm taken-2");
	oracle_press(oracle, ":snapshot rm taken-1\n");
	assert_int_equal(oracle->sent_count, 3);
}

/* ---- what differs ---- */

static void expect_diff(const char *before, const char *after)
{
	assert_string_equal(oracle->before, before);
	assert_string_equal(oracle->after, after);
}

static void test_enter_compares_with_now_and_two_marks_with_each_other(void **state)
{
	(void)state;
	begin(24, 80, 5);
	open_snapshots();
	oracle_press(oracle, "j\n");
	expect_diff("taken-4", "");
	assert_true(oracle_shows(oracle, "Looking for what differs."));
	oracle_speak_all(oracle);
	assert_true(oracle_shows(oracle, "taken-4 to now"));
	/* Newer first or older first: the older one is what is compared with. */
	oracle_press(oracle, "qg ");
	assert_true(oracle_shows(oracle, "one is marked"));
	oracle_press(oracle, "j \n");
	expect_diff("taken-3", "taken-5");
	oracle_press(oracle, "qG k \n");
	expect_diff("taken-1", "taken-2");
	/* A mark is taken off again. */
	oracle_press(oracle, "qG \n");
	assert_true(oracle->asked_count[QUESTION_DIFF] == 4);
	expect_diff("taken-1", "");
	oracle_press(oracle, "qv");
	expect_diff("", "taken-1");
	oracle_speak_all(oracle);
	assert_true(oracle_shows(oracle, "What taken-1 holds"));
	assert_true(oracle_shows(oracle, "12 names"));
	assert_false(oracle_shows(oracle, "added"));
}

static void test_marks_of_snapshots_that_are_gone_are_forgotten(void **state)
{
	(void)state;
	begin(24, 80, 5);
	open_snapshots();
	oracle_press(oracle, "G g ");
	assert_true(oracle_shows(oracle, "two are marked"));
	oracle->snapshots = 4;
	oracle_follow(oracle);
	assert_true(oracle_shows(oracle, "one is marked"));
}

static void test_counts_come_first_then_names_with_their_sizes(void **state)
{
	(void)state;
	begin(24, 120, 3);
	open_snapshots();
	oracle_go(oracle, "\n");
	assert_true(oracle_shows(oracle, "+ 4 added, 1.9 MiB"));
	assert_true(oracle_shows(oracle, "- 4 removed, 2.1 MiB"));
	assert_true(oracle_shows(oracle, "~ 4 changed, 2.5 MiB to 2.7 MiB"));
	int row = oracle_row_of(oracle, "folder/name-000002");
	const char *text = grid_row(oracle_draw(oracle), row);
	assert_non_null(strstr(text, "~ changed"));
	assert_non_null(strstr(text, "3 to 4"));
	assert_non_null(strstr(text, "195.3 KiB"));
	assert_non_null(strstr(text, "214.8 KiB"));
	oracle_press(oracle, "j\n");
	assert_int_equal(oracle->console.file, 2);
	oracle_speak_all(oracle);
	assert_true(oracle_shows(oracle, "Versions"));
	oracle_press(oracle, "q");
	assert_true(oracle_selects(oracle, "folder/name-000001"));
}

static void test_one_name_is_restored_from_a_diff(void **state)
{
	(void)state;
	begin(24, 80, 3);
	open_snapshots();
	oracle_go(oracle, "\n");
	oracle_press(oracle, "r");
	assert_true(oracle_shows(oracle, "The name was not there in taken-3."));
	oracle_press(oracle, "jr");
	assert_true(oracle_shows(oracle, "Restore this version?"));
	assert_true(oracle_shows(oracle, "97.7 KiB"));
	oracle_press(oracle, "y");
	assert_string_equal(oracle->sent, "restore folder/name-000001@taken-3");
	oracle_go(oracle, "qv");
	oracle->name = "-folder/";
	oracle_follow(oracle);
	oracle_press(oracle, "ry");
	assert_string_equal(oracle->sent, "restore -- -folder@taken-3");
}

static void test_one_kind_of_difference_can_be_listed_alone(void **state)
{
	(void)state;
	begin(24, 80, 3);
	open_snapshots();
	oracle_go(oracle, "\n");
	oracle_press(oracle, "a");
	/* Until the answer is there what was known stays. */
	assert_true(oracle_shows(oracle, "~ changed"));
	oracle_speak_all(oracle);
	assert_true(oracle_shows(oracle, "+ added"));
	assert_false(oracle_shows(oracle, "~ changed"));
	assert_true(oracle_shows(oracle, "~ 4 changed"));
	oracle_go(oracle, "aa");
	assert_true(oracle_shows(oracle, "~ changed"));
	assert_false(oracle_shows(oracle, "- removed"));
	oracle_go(oracle, "a");
	assert_true(oracle_shows(oracle, "- removed"));
}

static void test_a_diff_of_very_many_names_is_cut_and_says_so(void **state)
{
	(void)state;
	begin(24, 160, 3);
	oracle->differences = 1000000;
	open_snapshots();
	oracle_go(oracle, "\n");
	assert_true(oracle_shows(oracle, "+ 333,334 added"));
	assert_true(oracle_shows(oracle, "the first 4,096 of 1,000,000"));
	oracle_press(oracle, "G");
	assert_true(oracle_selects(oracle, "folder/name-004095"));
	oracle_press(oracle, "/5");
	assert_string_equal(oracle->diff_filter, "5");
	oracle_speak_all(oracle);
	assert_false(oracle_shows(oracle, "the first"));
	assert_true(oracle_shows(oracle, "folder/name-000004"));
	oracle_press(oracle, "\x1b");
	assert_string_equal(oracle->diff_filter, "");
	oracle_speak_all(oracle);
	oracle_go(oracle, "/0\n");
	assert_true(oracle_shows(oracle, "No name is like that."));
	oracle_press(oracle, "\njkG");
	assert_int_equal(oracle->console.depth, 3);
}

static void test_an_answer_to_an_older_question_is_not_shown(void **state)
{
	(void)state;
	begin(24, 80, 3);
	open_snapshots();
	oracle_press(oracle, "\n");
	oracle_speak(oracle, QUESTION_DIFF);
	assert_true(oracle_shows(oracle, "taken-3 to now"));
	oracle_press(oracle, "qj\n");
	assert_true(oracle_shows(oracle, "taken-2 to now"));
	assert_true(oracle_shows(oracle, "Looking for what differs."));
	assert_false(oracle_shows(oracle, "folder/name-000001"));
	oracle->failure = "there is no snapshot 'taken-2'";
	oracle_speak_all(oracle);
	assert_true(oracle_shows(oracle, "there is no snapshot 'taken-2'"));
	oracle_press(oracle, "\najk/x\n");
	assert_int_equal(oracle->console.depth, 3);
}

static void test_nothing_differs(void **state)
{
	(void)state;
	begin(24, 80, 3);
	oracle->differences = 0;
	open_snapshots();
	oracle_go(oracle, "\n");
	assert_true(oracle_shows(oracle, "Nothing differs."));
	oracle_go(oracle, "qv");
	assert_true(oracle_shows(oracle, "It holds no names."));
}

static void test_the_mouse_selects_and_opens(void **state)
{
	(void)state;
	begin(24, 80, 3);
	open_snapshots();
	int row = oracle_row_of(oracle, "taken-1");
	console_click(&oracle->console, row, 10, false);
	assert_true(oracle_selects(oracle, "taken-1"));
	console_click(&oracle->console, row, 10, true);
	expect_diff("taken-1", "");
	oracle_speak_all(oracle);
	row = oracle_row_of(oracle, "name-000002");
	console_click(&oracle->console, row, 10, false);
	console_click(&oracle->console, row, 10, true);
	assert_int_equal(oracle->console.file, 3);
	console_click(&oracle->console, 23, 10, true);
}

static void test_hostile_names_harm_nothing_at_any_size(void **state)
{
	(void)state;
	for (int rows = 1; rows <= 60; rows += rows < 12 ? 1 : 16)
		for (int columns = 1; columns <= 200; columns += columns < 44 ? 3 : 39) {
			begin(24, 80, 40);
			oracle->name = "a\xff\n\x1b[31m/\xe2\x80\xae\xe4\xb8\xad\xe4\xb8\xad very long name, "
				       "very long "
				       "name, very long name, very long name, very long name, very long name";
			oracle->console.rows = rows;
			oracle->console.columns = columns;
			open_snapshots();
			oracle_draw(oracle);
			oracle_go(oracle, "\n");
			oracle_draw(oracle);
			oracle_go(oracle, "\n");
			oracle_draw(oracle);
			oracle_end(oracle);
		}
}

/* ---- versions of a file ---- */

static void test_a_file_tells_what_is_new_in_a_version_until_when_it_lasted_and_who_holds_it(void **state)
{
	(void)state;
	begin(24, 120, 3);
	oracle_open_file(oracle);
	int row = oracle_row_of(oracle, "current");
	assert_non_null(strstr(grid_row(oracle_draw(oracle), row), "1.0 MiB"));
	assert_non_null(strstr(grid_row(oracle_draw(oracle), row + 1), "2026-11-02 10:04"));
	assert_non_null(strstr(grid_row(oracle_draw(oracle), row + 1), "taken-2 +1"));
}

static void test_the_chosen_version_is_restored_after_a_question(void **state)
{
	(void)state;
	begin(24, 80, 3);
	oracle_open_file(oracle);
	oracle_press(oracle, "r");
	assert_true(oracle_shows(oracle, "Version 3 is what the name has now"));
	oracle_go(oracle, "vj");
	oracle_press(oracle, "r");
	assert_true(oracle_shows(oracle, "Restore this version?"));
	assert_true(oracle_shows(oracle, "folder/file-000001@2"));
	assert_true(oracle_shows(oracle, "undone"));
	oracle_press(oracle, "n");
	assert_int_equal(oracle->sent_count, 0);
	oracle_press(oracle, "ry");
	assert_string_equal(oracle->sent, "restore folder/file-000001@2");
}

static void test_the_chosen_version_is_fetched_beside_what_is_here(void **state)
{
	(void)state;
	begin(24, 80, 3);
	oracle_open_file(oracle);
	oracle_go(oracle, "vj");
	oracle_press(oracle, "f");
	assert_true(oracle_shows(oracle, "Fetch to: file-000001@2"));
	oracle_press(oracle, "\n");
	assert_string_equal(oracle->sent, "get folder/file-000001@2 -o file-000001@2");
	oracle_press(oracle, "f\x15/srv/there\n");
	assert_string_equal(oracle->sent, "get folder/file-000001@2 -o /srv/there");
	int sent = oracle->sent_count;
	oracle_press(oracle, "f\x15\n");
	oracle_press(oracle, "f\x1b");
	assert_int_equal(oracle->sent_count, sent);
}

static void test_a_name_like_an_option_is_told_from_one(void **state)
{
	(void)state;
	begin(24, 80, 3);
	oracle->name = "-o";
	oracle_open_file(oracle);
	oracle_go(oracle, "vj");
	oracle_press(oracle, "ry");
	assert_string_equal(oracle->sent, "restore -- -o@2");
	oracle_press(oracle, "f\x15x\n");
	assert_string_equal(oracle->sent, "get -o x -- -o@2");
}

static void test_names_that_were_removed_are_listed_apart_and_restored(void **state)
{
	(void)state;
	begin(24, 80, 3);
	oracle_go(oracle, "4");
	oracle_press(oracle, "d");
	assert_true(oracle->asked[QUESTION_FILES].files.removed);
	oracle->removed = true;
	oracle_speak_all(oracle);
	assert_true(oracle->asked[QUESTION_ROWS].rows.removed);
	assert_true(oracle_shows(oracle, "50 removed files"));
	assert_true(oracle_shows(oracle, "removed "));
	oracle_go(oracle, "\n");
	assert_true(oracle_shows(oracle, "removed 2026-11-02"));
	assert_false(oracle_shows(oracle, "current"));
	oracle_press(oracle, "r");
	assert_true(oracle_shows(oracle, "The name is there again"));
	oracle_press(oracle, "y");
	assert_string_equal(oracle->sent, "restore folder/file-000001@3");
	oracle_press(oracle, "qa");
	assert_false(oracle->asked[QUESTION_FILES].files.removed);
	oracle_press(oracle, "d");
	assert_false(oracle->asked[QUESTION_FILES].files.at_risk);
	oracle_press(oracle, "d");
	assert_false(oracle->asked[QUESTION_FILES].files.removed);
}

static void test_golden_pictures(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int rows, columns;
		bool ascii, looks;
		const char *keys[3];
	} goldens[] = {
		{"snapshots-40x10-utf8", 10, 40, false, false, {"j "}},
		{"snapshots-80x24-utf8", 24, 80, false, false, {"j "}},
		{"snapshots-80x24-ascii", 24, 80, true, false, {"j "}},
		{"snapshots-80x24-mono", 24, 80, false, true, {"j j "}},
		{"snapshots-200x60-utf8", 60, 200, false, false, {"j "}},
		{"snapshots-restore-80x24-utf8", 24, 80, false, false, {"jr"}},
		{"diff-40x10-utf8", 10, 40, false, false, {"\n", "j"}},
		{"diff-80x24-utf8", 24, 80, false, false, {"\n", "j"}},
		{"diff-80x24-ascii", 24, 80, true, false, {"\n", "j"}},
		{"diff-80x24-mono", 24, 80, false, true, {"\n", "aj"}},
		{"diff-200x60-utf8", 60, 200, false, false, {" jj \n", "j"}},
		{"holds-80x24-utf8", 24, 80, false, false, {"v", "j"}},
	};
	for (size_t i = 0; i < sizeof(goldens) / sizeof(*goldens); i++) {
		begin(goldens[i].rows, goldens[i].columns, 30);
		oracle->console.glyphs = goldens[i].ascii ? &glyphs_ascii : &glyphs_utf8;
		oracle->differences = 5000;
		open_snapshots();
		for (int k = 0; k < 3 && goldens[i].keys[k] != NULL; k++) {
			oracle_go(oracle, goldens[i].keys[k]);
		}
		golden_compare(oracle_draw(oracle), goldens[i].name, goldens[i].looks);
		oracle_end(oracle);
	}
}

int main(void)
{
	viewer_use_utc();
#define TEST(name) cmocka_unit_test_teardown(name, oracle_clean)
	const struct CMUnitTest tests[] = {
		TEST(test_s_takes_a_snapshot_named_after_the_time),
		TEST(test_a_read_only_console_takes_none),
		TEST(test_snapshots_are_listed_with_their_facts),
		TEST(test_the_command_line_opens_them_from_anywhere),
		TEST(test_none_yet_says_how_to_take_one),
		TEST(test_a_failure_says_why),
		TEST(test_the_cursor_stays_on_its_snapshot_but_follows_the_newest),
		TEST(test_restoring_and_removing_ask_first_and_say_what_happens),
		TEST(test_enter_compares_with_now_and_two_marks_with_each_other),
		TEST(test_marks_of_snapshots_that_are_gone_are_forgotten),
		TEST(test_counts_come_first_then_names_with_their_sizes),
		TEST(test_one_name_is_restored_from_a_diff),
		TEST(test_one_kind_of_difference_can_be_listed_alone),
		TEST(test_a_diff_of_very_many_names_is_cut_and_says_so),
		TEST(test_an_answer_to_an_older_question_is_not_shown),
		TEST(test_nothing_differs),
		TEST(test_the_mouse_selects_and_opens),
		cmocka_unit_test(test_hostile_names_harm_nothing_at_any_size),
		TEST(test_a_file_tells_what_is_new_in_a_version_until_when_it_lasted_and_who_holds_it),
		TEST(test_the_chosen_version_is_restored_after_a_question),
		TEST(test_the_chosen_version_is_fetched_beside_what_is_here),
		TEST(test_a_name_like_an_option_is_told_from_one),
		TEST(test_names_that_were_removed_are_listed_apart_and_restored),
		cmocka_unit_test(test_golden_pictures),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
