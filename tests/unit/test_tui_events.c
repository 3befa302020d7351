/*
 * Promises of the event log (tui/events.h): it can be scrolled through from end to end, the cursor stays on its
 * event, and filters act at once. test_tui_record.c has those of a single event.
 */
#include "tests/screen/event_log.h"
#include "tests/screen/golden.h"
#include "tui/events.h"
#include "tui/keys.h"

static int cursor_row(void)
{
	const struct grid *grid = draw();
	for (int row = 0; row < grid->canvas.rows; row++)
		if (strcmp(grid->cells[row][0].text, glyphs_utf8.marker) == 0)
			return row;
	return -1;
}

static void test_new_events_come_with_the_view_and_without_questions(void **state)
{
	(void)state;
	static struct sample other;
	begin(24, 80, 1000, 60);
	answer_all();
	assert_int_equal(asked_count, 1);
	assert_true(grid_shows(draw(), "Events · 1,000 · following"));
	take_view(&other, 1030, 60);
	console_show(&console, &other.view);
	assert_int_equal(asked_count, 1);
	assert_true(grid_shows(draw(), "Events · 1,030 · following"));
	assert_string_equal(under_cursor(), "event 1030 of the log");
}

static void test_what_a_view_cannot_tell_is_asked_for(void **state)
{
	(void)state;
	static struct sample other;
	begin(24, 80, 1000, 60);
	answer_all();
	take_view(&other, 1061, 60);
	console_show(&console, &other.view);
	assert_int_equal(asked_count, 2);
	answer_all();
	assert_true(grid_shows(draw(), "Events · 1,061 · following"));
}

static void test_the_cursor_stays_on_its_event_and_row(void **state)
{
	(void)state;
	static struct sample other;
	begin(24, 80, 1000, 60);
	answer_all();
	press("kkk");
	char held[160];
	snprintf(held, sizeof(held), "%s", under_cursor());
	int row = cursor_row();
	take_view(&other, 1040, 60);
	console_show(&console, &other.view);
	assert_string_equal(under_cursor(), held);
	assert_int_equal(cursor_row(), row);
	assert_true(grid_shows(draw(), "held"));
	press("G");
	assert_string_equal(under_cursor(), "event 1040 of the log");
	assert_true(grid_shows(draw(), "following"));
}

static void test_the_whole_log_can_be_scrolled_through(void **state)
{
	(void)state;
	begin(24, 80, LOG, 200);
	answer_all();
	assert_true(grid_shows(draw(), "Events · 4,096+ · following"));
	size_t expected = LOG;
	for (int pages = 0; expected > 1 && pages < LOG; pages++) {
		char wanted[64];
		press("k");
		answer_all();
		snprintf(wanted, sizeof(wanted), "event %zu of the log", --expected);
		assert_memory_equal(under_cursor(), wanted, strlen(wanted));
	}
	assert_int_equal(expected, 1);
	assert_true(asked_count < 10);
	for (; expected < LOG; expected++) {
		char wanted[64];
		press("j");
		answer_all();
		snprintf(wanted, sizeof(wanted), "event %zu of the log", expected + 1);
		assert_memory_equal(under_cursor(), wanted, strlen(wanted));
	}
	assert_true(grid_shows(draw(), "following"));
}

static void test_first_and_last_are_those_of_the_whole_log(void **state)
{
	(void)state;
	begin(24, 80, LOG, 200);
	answer_all();
	press("g");
	answer_all();
	assert_string_equal(under_cursor(), "event 1 of the log");
	press("G");
	answer_all();
	assert_string_equal(under_cursor(), "event 9000 of the log");
}

static void test_a_filter_acts_while_it_is_typed(void **state)
{
	(void)state;
	begin(24, 80, 1000, 200);
	answer_all();
	press("/disk");
	assert_string_equal(asked_filter, "disk");
	/* Before there is an answer, what the view has is shown. */
	assert_true(grid_shows(draw(), "tells of a Disk"));
	assert_false(grid_shows(draw(), "event 1000"));
	assert_true(grid_shows(draw(), "'disk'"));
	press("\n");
	assert_true(grid_shows(draw(), "Events · 2 · 'disk'"));
	press("/x\x1b");
	assert_string_equal(asked_filter, "disk");
	assert_true(grid_shows(draw(), "'disk'"));
}

static void test_what_matches_nothing_says_so(void **state)
{
	(void)state;
	begin(24, 80, 1000, 200);
	press("/zebra\n");
	assert_true(grid_shows(draw(), "Looking"));
	answer_all();
	assert_true(grid_shows(draw(), "No event is like that."));
	press("\n");
	assert_ptr_equal(console_screen(&console), screens[SCREEN_EVENTS]);
}

static void test_v_goes_through_the_severities(void **state)
{
	(void)state;
	static const char *const words[] = {
		"notice and worse", "warning and worse", "errors", "1,000 · follow"};
	begin(24, 80, 1000, 200);
	answer_all();
	for (int i = 0; i < 4; i++) {
		press("v");
		answer_all();
		assert_int_equal(asked.events.least, (i + 1) % 4);
		assert_true(grid_shows(draw(), words[i]));
		assert_true(grid_shows(draw(), " E "));
		assert_int_equal(grid_shows(draw(), " I "), i == 3);
	}
}

static void test_n_keeps_to_one_node(void **state)
{
	(void)state;
	begin(24, 80, 1000, 200);
	answer_all();
	press("n");
	assert_string_equal(asked_node, "node-1");
	assert_true(grid_shows(draw(), "· node-1 ·"));
	press("n");
	answer_all();
	assert_string_equal(asked_node, "");
	while (strcmp(events_current(&console)->node, "node-4") != 0)
		press("k");
	press("n");
	answer_all();
	assert_string_equal(asked_node, "node-4");
	assert_true(grid_shows(draw(), "Events · 100 · node-4"));
}

static void test_a_log_that_cannot_be_read_says_so_and_is_tried_again(void **state)
{
	(void)state;
	static struct sample other;
	begin(24, 80, 0, 0);
	fails = true;
	answer();
	assert_true(grid_shows(draw(), "cannot be read"));
	assert_int_equal(asked_count, 1);
	fails = false;
	take_view(&other, 5, 5);
	console_show(&console, &other.view);
	answer_all();
	assert_int_equal(asked_count, 2);
	assert_true(grid_shows(draw(), "Events · 5 · following"));
}

static void test_a_question_that_another_screen_replaced_is_asked_again(void **state)
{
	(void)state;
	begin(24, 80, 1000, 60);
	struct question other = {.kind = QUESTION_EVENTS};
	other.events.filter = other.events.node = "";
	console_ask(&console, &other);
	console_settle(&console);
	assert_int_equal(asked_count, 3);
	answer_all();
	assert_true(grid_shows(draw(), "Events · 1,000 · following"));
}

static void test_the_mouse_selects_and_opens(void **state)
{
	(void)state;
	begin(24, 80, 1000, 60);
	answer_all();
	console_click(&console, 5, 20, false);
	assert_int_equal(cursor_row(), 5);
	assert_ptr_equal(console_screen(&console), screens[SCREEN_EVENTS]);
	console_click(&console, 5, 20, true);
	assert_ptr_equal(console_screen(&console), screens[SCREEN_EVENT]);
}

static void test_there_may_be_nothing(void **state)
{
	(void)state;
	begin(24, 80, 0, 0);
	answer_all();
	assert_true(grid_shows(draw(), "No events yet."));
	press("\njkgGhl/x\n\x1bvn");
	console_push(&console, SCREEN_EVENT);
	console_settle(&console);
	press("jknN[]\n");
	assert_true(grid_shows(draw(), "There is no event."));
}

static void test_every_size_can_be_drawn(void **state)
{
	(void)state;
	static const char *const paths[] = {"", "kkk", "kk\n", "gjjj\n", "gjjjjj\njj", "v", "/copied\n", "n"};
	for (size_t path = 0; path < sizeof(paths) / sizeof(*paths); path++)
		for (int rows = 1; rows <= 100; rows += rows < 30 ? 1 : 13)
			for (int columns = 1; columns <= 300; columns += columns < 100 ? 7 : 41) {
				begin_story(24, 80, columns % 2 != 0 ? &glyphs_ascii : &glyphs_utf8);
				press(paths[path]);
				console.rows = rows;
				console.columns = columns;
				console_settle(&console);
				draw();
				end_log(NULL);
			}
}

static void test_golden_screens(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int rows, columns;
		bool ascii, looks;
		const char *keys;
	} goldens[] = {
		{"log-40x10-utf8", 10, 40, false, false, "kk"},
		{"log-80x24-utf8", 24, 80, false, false, "kkkkkk"},
		{"log-80x24-ascii", 24, 80, true, false, "kkkkkk"},
		{"log-80x24-mono", 24, 80, false, true, "kkkkkk"},
		{"log-200x60-utf8", 60, 200, false, false, "kkkkkk"},
		{"log-filter-80x24-utf8", 24, 80, false, false, "/copied\n"},
		{"event-40x10-utf8", 10, 40, false, false, "kkkkkk\n"},
		{"event-80x24-utf8", 24, 80, false, false, "kkkkkk\n"},
		{"event-80x24-ascii", 24, 80, true, false, "kkkkkk\n"},
		{"event-80x24-mono", 24, 80, false, true, "kkkkkk\n"},
		{"event-200x60-utf8", 60, 200, false, false, "kkkkkk\n"},
	};
	for (size_t i = 0; i < sizeof(goldens) / sizeof(*goldens); i++) {
		begin_story(
			goldens[i].rows, goldens[i].columns, goldens[i].ascii ? &glyphs_ascii : &glyphs_utf8);
		press(goldens[i].keys);
		answer_all();
		golden_compare(draw(), goldens[i].name, goldens[i].looks);
		end_log(NULL);
	}
}

int main(void)
{
	viewer_use_utc();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_new_events_come_with_the_view_and_without_questions, end_log),
		cmocka_unit_test_teardown(test_what_a_view_cannot_tell_is_asked_for, end_log),
		cmocka_unit_test_teardown(test_the_cursor_stays_on_its_event_and_row, end_log),
		cmocka_unit_test_teardown(test_the_whole_log_can_be_scrolled_through, end_log),
		cmocka_unit_test_teardown(test_first_and_last_are_those_of_the_whole_log, end_log),
		cmocka_unit_test_teardown(test_a_filter_acts_while_it_is_typed, end_log),
		cmocka_unit_test_teardown(test_what_matches_nothing_says_so, end_log),
		cmocka_unit_test_teardown(test_v_goes_through_the_severities, end_log),
		cmocka_unit_test_teardown(test_n_keeps_to_one_node, end_log),
		cmocka_unit_test_teardown(test_a_log_that_cannot_be_read_says_so_and_is_tried_again, end_log),
		cmocka_unit_test_teardown(
			test_a_question_that_another_screen_replaced_is_asked_again, end_log),
		cmocka_unit_test_teardown(test_the_mouse_selects_and_opens, end_log),
		cmocka_unit_test_teardown(test_there_may_be_nothing, end_log),
		cmocka_unit_test(test_every_size_can_be_drawn),
		cmocka_unit_test(test_golden_screens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
