/*
 * Promises of the table of nodes and of the page of a node; what if is in test_tui_loss.c.
 */
#include "tests/screen/stage.h"
#include "tui/layout.h"

static struct stage *stage;

static void begin(enum sample_kind kind, int rows, int columns)
{
	stage = stage_begin(kind, rows, columns, &glyphs_utf8);
}

static const char *selected(void)
{
	return console_node(&stage->console)->name;
}

/* The names in the rows of the table, in order, each followed by a blank. */
static const char *names(void)
{
	static char text[4096];
	const struct grid *grid = stage_draw(stage);
	text[0] = '\0';
	for (int row = 4; row < grid->canvas.rows; row++) {
		char name[16] = "";
		for (int column = 2; column < 10; column++)
			strcat(name, grid->cells[row][column].text);
		if (strncmp(name, "node-", 5) != 0)
			break;
		name[strcspn(name, " ")] = '\0';
		strcat(strcat(text, name), " ");
	}
	return text;
}

/* ---- pictures ---- */

static void test_golden_screens(void **state)
{
	(void)state;
	static const struct golden goldens[] = {
		{"nodes-degraded-40x10-utf8", SAMPLE_DEGRADED, 10, 40, false, false, "2jjj"},
		{"nodes-degraded-80x24-utf8", SAMPLE_DEGRADED, 24, 80, false, false, "2j jj"},
		{"nodes-degraded-80x24-ascii", SAMPLE_DEGRADED, 24, 80, true, false, "2j jj"},
		{"nodes-degraded-80x24-mono", SAMPLE_DEGRADED, 24, 80, false, true, "2j jj"},
		{"nodes-degraded-200x60-utf8", SAMPLE_DEGRADED, 60, 200, false, false, "2j jj"},
		{"nodes-many-80x24-utf8", SAMPLE_MANY, 24, 80, false, false, "2ooG"},
		{"nodes-hostile-80x24-utf8", SAMPLE_HOSTILE, 24, 80, false, false, "2jj"},
		{"node-40x10-utf8", SAMPLE_DEGRADED, 10, 40, false, false, "2jjj\n"},
		{"node-80x24-utf8", SAMPLE_DEGRADED, 24, 80, false, false, "2jjj\n"},
		{"node-120x36-ascii", SAMPLE_DEGRADED, 36, 120, true, false, "2jjj\n"},
		{"node-200x60-utf8", SAMPLE_DEGRADED, 60, 200, false, false, "2jjj\n"},
		{"loss-40x10-utf8", SAMPLE_DEGRADED, 10, 40, false, false, "2jjjw"},
		{"loss-80x24-utf8", SAMPLE_DEGRADED, 24, 80, false, false, "2j j w"},
		{"loss-80x24-mono", SAMPLE_DEGRADED, 24, 80, false, true, "2j j w"},
		{"loss-200x60-ascii", SAMPLE_DEGRADED, 60, 200, true, false, "2jjjwjjj"},
	};
	for (size_t i = 0; i < sizeof(goldens) / sizeof(*goldens); i++) {
		stage = stage_begin_golden(&goldens[i]);
		stage_live(stage);
		for (const char *key = goldens[i].keys; *key != '\0'; key++) {
			stage_press(stage, (char[]){*key, '\0'});
			stage_answer(stage);
		}
		golden_compare(stage_draw(stage), goldens[i].name, goldens[i].looks);
		stage_end(stage);
	}
}

/* The grid fails the test when anything is drawn off the canvas or could harm a terminal. */
static void test_everything_can_be_drawn_at_every_size(void **state)
{
	(void)state;
	static const char *const paths[] = {
		"2", "2  ", "2\n", "2\nkkk", "2w", "2 aw", "2wjjG", "2ooo", "2wf"};
	for (int kind = 0; kind < SAMPLES; kind++)
		for (size_t path = 0; path < sizeof(paths) / sizeof(*paths); path++)
			for (int step = 0; step < 40; step++) {
				stage = stage_begin((enum sample_kind)kind, 24, 80,
					step % 2 != 0 ? &glyphs_ascii : &glyphs_utf8);
				stage_press(stage, paths[path]);
				if (step % 3 != 0)
					stage_answer(stage);
				viewer_resize(&stage->console, step);
				stage_end(stage);
			}
}

/* ---- the table ---- */

static void test_a_column_sorts_and_the_order_turns_round(void **state)
{
	(void)state;
	begin(SAMPLE_DEGRADED, 24, 80);
	stage_press(stage, "2");
	assert_string_equal(names(), "node-1 node-2 node-3 node-4 node-5 node-6 ");
	assert_true(stage_shows(stage, "Nodes\xe2\x96\xbc"));
	stage_press(stage, "O");
	assert_string_equal(names(), "node-6 node-5 node-4 node-3 node-2 node-1 ");
	assert_true(stage_shows(stage, "Nodes\xe2\x96\xb2"));
	stage_press(stage, "o"); /* by zone: equal ones stay in the order of the config */
	assert_true(stage_shows(stage, "zone\xe2\x96\xbc"));
	assert_string_equal(names(), "node-1 node-4 node-2 node-5 node-3 node-6 ");
	stage_press(stage, "O");
	assert_string_equal(names(), "node-3 node-6 node-2 node-5 node-1 node-4 ");
	stage_press(stage, "o"); /* by state: the worst first */
	assert_string_equal(names(), "node-4 node-1 node-2 node-3 node-5 node-6 ");
	stage_press(stage, "o"); /* by fill: the fullest first */
	assert_string_equal(names(), "node-6 node-5 node-4 node-3 node-2 node-1 ");
}

static void test_every_column_that_is_shown_can_be_sorted_by(void **state)
{
	(void)state;
	begin(SAMPLE_DEGRADED, 60, 240);
	stage_press(stage, "2");
	static const char *const headings[] = {"Nodes", "zone", "state", "cause", "fill", "used", "of",
		"chunks", "at risk", "read/s", "write/s", "latency", "errors", "weight", "path"};
	for (size_t i = 0; i < sizeof(headings) / sizeof(*headings); i++) {
		char sorted[32];
		snprintf(sorted, sizeof(sorted), "%s\xe2\x96\xbc", headings[i]);
		assert_true(stage_shows(stage, sorted));
		stage_press(stage, "o");
	}
	assert_true(stage_shows(stage, "Nodes\xe2\x96\xbc"));
}

static void test_names_sort_as_people_count(void **state)
{
	(void)state;
	begin(SAMPLE_MANY, 24, 80);
	stage_press(stage, "2jjjjjjjjjjG");
	assert_string_equal(selected(), "node-600");
	stage_press(stage, "gjjjjjjjjj");
	assert_string_equal(selected(), "node-10");
}

static void test_the_cursor_stays_on_its_node(void **state)
{
	(void)state;
	static struct sample other;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "2j");
	for (int i = 0; i < 12; i++) {
		stage_press(stage, i % 3 == 2 ? "O" : "o");
		assert_string_equal(selected(), "node-2");
	}
	/* Another view, in which the nodes stand elsewhere and others are the fullest. */
	sample_view(&other, SAMPLE_HEALTHY);
	struct view_node moved = other.nodes[1];
	other.nodes[1] = other.nodes[4];
	other.nodes[4] = moved;
	other.nodes[4].used_bytes = UINT64_C(2) << 30;
	console_show(&stage->console, &other.view);
	assert_string_equal(selected(), "node-2");
	assert_int_equal(stage->console.node, 4);
}

static void test_what_is_read_and_written_stands_in_the_table(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 36, 160);
	stage_press(stage, "2");
	for (int i = 0; i < 3; i++) {
		stage->sample.nodes[3].read_bytes += UINT64_C(10) << 20;
		stage->sample.nodes[3].written_bytes += UINT64_C(2) << 20;
		stage->console.tick_ms += HISTORY_STEP_MS;
		stage->sample.view.time_ms += HISTORY_STEP_MS;
		console_show(&stage->console, &stage->sample.view);
	}
	assert_true(stage_shows(stage, "5.0 MiB"));
	assert_true(stage_shows(stage, "1.0 MiB"));
}

static void test_a_filter_leaves_the_nodes_that_have_it(void **state)
{
	(void)state;
	begin(SAMPLE_DEGRADED, 24, 80);
	stage_press(stage, "2/DOWN");
	assert_string_equal(names(), "node-4 "); /* while it is typed, whatever the case */
	assert_string_equal(selected(), "node-4");
	stage_press(stage, "\n");
	assert_string_equal(names(), "node-4 ");
	assert_true(stage_shows(stage, "1 of 6 nodes"));
	stage_press(stage, "/\x15nothing like it\n"); /* Ctrl-U empties the line */
	assert_true(stage_shows(stage, "No node has that"));
	stage_press(stage, "jkG \n");
	assert_int_equal(stage->console.marks.count, 0);
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_NODES]);
	stage_press(stage, "/\x15\n");
	assert_string_equal(names(), "node-1 node-2 node-3 node-4 node-5 node-6 ");
	stage_press(stage, "/node-5\x1b"); /* left: as it was before */
	assert_string_equal(names(), "node-1 node-2 node-3 node-4 node-5 node-6 ");
}

static void test_six_hundred_nodes_scroll(void **state)
{
	(void)state;
	begin(SAMPLE_MANY, 24, 80);
	stage_press(stage, "2G");
	assert_string_equal(selected(), "node-600");
	assert_true(stage_shows(stage, "node-600"));
	for (int i = 0; i < 599; i++) {
		stage_press(stage, "k");
		assert_true(stage_shows(stage, "\xe2\x96\xb6"));
	}
	assert_string_equal(selected(), "node-1");
	stage_press(stage, "ll");
	assert_in_range(stage->console.node, 20, 50);
	stage_press(stage, "h");
	assert_true(stage_shows(stage, selected()));
}

static void test_the_mouse_selects_opens_and_sorts(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "2");
	console_click(&stage->console, 6, 4, false);
	assert_string_equal(selected(), "node-3");
	console_click(&stage->console, 3, 26, false);
	assert_true(stage_shows(stage, "fill\xe2\x96\xbc"));
	assert_string_equal(selected(), "node-3");
	console_click(&stage->console, 3, 26, false);
	assert_true(stage_shows(stage, "fill\xe2\x96\xb2"));
	console_click(&stage->console, 4, 4, false);
	console_click(&stage->console, 4, 4, true);
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_NODE]);
	assert_string_equal(selected(), "node-1");
}

/* ---- marks ---- */

static void test_marks_stay_on_their_nodes_until_they_are_taken_away(void **state)
{
	(void)state;
	static struct sample other;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "2  ");
	assert_string_equal(selected(), "node-3"); /* marking moves down */
	assert_true(stage_shows(stage, "2 marked"));
	stage_press(stage, "oO");
	assert_true(marks_has(&stage->console.marks, "node-1"));
	assert_true(marks_has(&stage->console.marks, "node-2"));
	stage_press(stage, "Oooook ");
	/* A node that is gone is not marked any more. */
	sample_view(&other, SAMPLE_HEALTHY);
	other.nodes[0].name = "another";
	size_t before = stage->console.marks.count;
	console_show(&stage->console, &other.view);
	assert_int_equal(stage->console.marks.count, before - 1);
	assert_false(marks_has(&stage->console.marks, "node-1"));
	assert_true(marks_has(&stage->console.marks, "node-2"));
	stage_press(stage, "u");
	assert_int_equal(stage->console.marks.count, 0);
	assert_false(stage_shows(stage, "marked"));
}

static void test_a_mark_can_be_taken_back_and_all_that_is_shown_be_marked(void **state)
{
	(void)state;
	begin(SAMPLE_DEGRADED, 24, 80);
	stage_press(stage, "2 k ");
	assert_int_equal(stage->console.marks.count, 0);
	stage_press(stage, "/down\na");
	assert_int_equal(stage->console.marks.count, 1);
	assert_true(marks_has(&stage->console.marks, "node-4"));
	stage_press(stage, "/\x15\naa");
	assert_int_equal(stage->console.marks.count, 6);
	stage_press(stage, "\n ");
	assert_int_equal(stage->console.marks.count, 5);
	stage_press(stage, " ");
	assert_int_equal(stage->console.marks.count, 6);
}

/* ---- a node ---- */

static void test_a_node_opens_and_its_neighbours_follow_the_table(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "2oo\n"); /* by state: all up, in the order of the config */
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_NODE]);
	stage_press(stage, "n]");
	assert_string_equal(selected(), "node-3");
	stage_press(stage, "N[");
	assert_string_equal(selected(), "node-1");
	stage_press(stage, "N");
	assert_string_equal(selected(), "node-1");
	stage_press(stage, "q");
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_NODES]);
	stage_press(stage, "ooO\nn"); /* by used, the least first */
	assert_string_equal(selected(), "node-2");
	/* From the overview it works as well, though the table was never seen. */
	stage_end(stage);
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "\nn");
	assert_string_equal(selected(), "node-2");
}

static void test_the_keys_of_a_node_are_about_the_open_one(void **state)
{
	(void)state;
	begin(SAMPLE_DEGRADED, 24, 80);
	stage_press(stage, "2\n ");
	assert_true(marks_has(&stage->console.marks, "node-1"));
	assert_true(stage_shows(stage, "marked"));
	stage_press(stage, " q");
	assert_int_equal(stage->console.marks.count, 0);
	stage_press(stage, "2\nnnnrs");
	assert_string_equal(stage->sent, "node recover node-4\nscrub node-4\n");
	stage_press(stage, "fydyxycy");
	assert_string_equal(stage->sent,
		"node recover node-4\nscrub node-4\nnode fail node-4\nnode drain node-4\n"
		"node wipe node-4\nnode corrupt node-4 --chunks 10\n");
}

static void test_a_node_is_asked_about_by_name_and_no_other_is_shown(void **state)
{
	(void)state;
	begin(SAMPLE_DEGRADED, 24, 80);
	stage_press(stage, "\nnnn");
	assert_string_equal(stage->about[QUESTION_NODE], "node-4");
	assert_string_equal(stage->about[QUESTION_EVENTS], "node-4");
	assert_true(stage_shows(stage, "looking..."));
	stage_answer(stage);
	assert_false(stage_shows(stage, "looking..."));
	assert_true(stage_shows(stage, "12 chunks (48.0 MiB) have no other"));
	assert_true(stage_shows(stage, "node-4 was failed by the operator"));
	assert_true(stage_shows(stage, "for 1 m 35 s")); /* since its last change of state */
	stage_press(stage, "n");
	assert_string_equal(stage->about[QUESTION_NODE], "node-5");
	assert_false(stage_shows(stage, "12 chunks"));
	assert_true(stage_shows(stage, "looking..."));
}

static void test_the_older_answer_stays_while_a_newer_one_is_looked_for(void **state)
{
	(void)state;
	begin(SAMPLE_DEGRADED, 24, 80);
	stage_press(stage, "\n");
	stage_answer(stage);
	int asked = stage->asked[QUESTION_NODE];
	stage->sample.view.sequence++;
	console_settle(&stage->console);
	assert_int_equal(stage->asked[QUESTION_NODE], asked); /* not at once */
	stage->console.tick_ms += 60000;
	console_settle(&stage->console);
	assert_int_equal(stage->asked[QUESTION_NODE], asked + 1);
	assert_false(stage_shows(stage, "looking..."));
	assert_true(stage_shows(stage, "12 chunks (48.0 MiB)"));
}

static void test_a_node_is_away_since_it_was_failed_not_since_that_was_noticed(void **state)
{
	(void)state;
	begin(SAMPLE_DEGRADED, 24, 80);
	struct view_event *last = &stage->answers.event[SAMPLE_NODE_EVENTS - 2];
	last[0].code = "node_failed";
	last[0].time_ms = SAMPLE_NOW_MS - 65000;
	last[1].code = "node_lost";
	last[1].time_ms = SAMPLE_NOW_MS - 60000;
	stage_press(stage, "jjj\n");
	stage_answer(stage);
	assert_true(stage_shows(stage, "since 10:03:00, for 1 m 5 s"));
	last[1].code = "node_back";
	assert_true(stage_shows(stage, "since 10:03:05, for 1 m"));
}

static void test_what_cannot_be_answered_is_said(void **state)
{
	(void)state;
	begin(SAMPLE_DEGRADED, 24, 80);
	stage->answers.node.failure = "The catalog cannot be read: disk I/O error.";
	stage->answers.loss.failure = "The catalog cannot be asked: disk I/O error.";
	stage_press(stage, "\n");
	stage_answer(stage);
	assert_true(stage_shows(stage, "The catalog cannot be read"));
	stage_press(stage, "w");
	stage_answer(stage);
	assert_true(stage_shows(stage, "The catalog cannot be asked"));
	stage_press(stage, "jkG");
}

static void test_what_only_a_node_holds_is_told(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "\n");
	stage->answers.node.node.only_here = 0;
	stage_answer(stage);
	assert_true(stage_shows(stage, "losing this node loses"));
	stage->answers.node.node.by_live[0] = 3;
	assert_true(stage_shows(stage, "0 copies"));
	assert_true(stage_shows(stage, "3 of these chunks cannot be read"));
	stage->answers.node.node = (__typeof__(stage->answers.node.node)){.name = "", .chunks = 0};
	assert_true(stage_shows(stage, "It holds nothing."));
}

static void test_the_events_of_a_node_scroll_and_stay(void **state)
{
	(void)state;
	begin(SAMPLE_DEGRADED, 24, 80);
	stage_press(stage, "\n");
	stage_answer(stage);
	assert_true(stage_shows(stage, "was failed by the operator"));
	stage_press(stage, "k");
	assert_false(stage_shows(stage, "was failed by the operator"));
	assert_true(stage_shows(stage, "(held)"));
	stage_press(stage, "kkhh");
	char *before = strdup(grid_row(stage_draw(stage), 19));
	/* Older ones fall out of the answer at the top: the same ones stay in sight. */
	stage->answers.events.events.events += 2;
	stage->answers.events.events.count -= 2;
	assert_memory_equal(before, grid_row(stage_draw(stage), 19), 60);
	free(before);
	stage_press(stage, "g");
	stage_press(stage, "jG");
	assert_true(stage_shows(stage, "was failed by the operator"));
	assert_false(stage_shows(stage, "(held)"));
}

static void test_a_node_that_goes_away_closes_its_page(void **state)
{
	(void)state;
	static struct sample other;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "\n");
	console_show(&stage->console, sample_view(&other, SAMPLE_BARE));
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_OVERVIEW]);
}

static void test_a_page_does_not_turn_to_another_node_behind_ones_back(void **state)
{
	(void)state;
	static struct sample other;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "jj\n");
	sample_view(&other, SAMPLE_HEALTHY);
	memmove(&other.nodes[2], &other.nodes[3], (other.view.node_count - 3) * sizeof(other.nodes[0]));
	other.view.node_count--;
	console_show(&stage->console, &other.view);
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_OVERVIEW]);
	assert_true(stage_shows(stage, "node-3 is no longer part of the store."));
}

/* The table is not looked at while something covers it; its rows are places in an older view then. */
static void test_what_lies_below_fits_as_soon_as_it_can_be_seen(void **state)
{
	(void)state;
	static struct sample other;
	begin(SAMPLE_MANY, 24, 80);
	stage_press(stage, "2G\n?");
	sample_view(&other, SAMPLE_BARE);
	console_show(&stage->console, &other.view);
	stage_press(stage, "q");
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_NODES]);
	stage_press(stage, "a");
	assert_int_equal(stage->console.marks.count, 0);
}

static void test_nodes_that_change_without_a_commit_are_asked_about_again(void **state)
{
	(void)state;
	static struct sample other;
	enum { LATER_MS = 60000 };
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "\n");
	stage_answer(stage);
	int before = stage->asked[QUESTION_NODE];
	stage->console.tick_ms += LATER_MS;
	console_settle(&stage->console);
	assert_int_equal(stage->asked[QUESTION_NODE], before);
	sample_view(&other, SAMPLE_HEALTHY);
	other.nodes[4].state = NODE_DOWN;
	assert_int_equal(other.view.sequence, stage->console.view->sequence);
	console_show(&stage->console, &other.view);
	assert_int_equal(stage->asked[QUESTION_NODE], before + 1);
}

static void test_what_failed_is_asked_again(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "\n");
	stage->answers.node.failure = "The catalog cannot be read: disk I/O error.";
	stage_answer(stage);
	int before = stage->asked[QUESTION_NODE];
	console_settle(&stage->console);
	assert_int_equal(stage->asked[QUESTION_NODE], before);
	stage->console.tick_ms += 60000;
	console_settle(&stage->console);
	assert_int_equal(stage->asked[QUESTION_NODE], before + 1);
}

int main(void)
{
	viewer_use_utc();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden_screens),
		cmocka_unit_test(test_everything_can_be_drawn_at_every_size),
		cmocka_unit_test_teardown(test_a_column_sorts_and_the_order_turns_round, stage_clean),
		cmocka_unit_test_teardown(test_every_column_that_is_shown_can_be_sorted_by, stage_clean),
		cmocka_unit_test_teardown(test_names_sort_as_people_count, stage_clean),
		cmocka_unit_test_teardown(test_the_cursor_stays_on_its_node, stage_clean),
		cmocka_unit_test_teardown(test_what_is_read_and_written_stands_in_the_table, stage_clean),
		cmocka_unit_test_teardown(test_a_filter_leaves_the_nodes_that_have_it, stage_clean),
		cmocka_unit_test_teardown(test_six_hundred_nodes_scroll, stage_clean),
		cmocka_unit_test_teardown(test_the_mouse_selects_opens_and_sorts, stage_clean),
		cmocka_unit_test_teardown(
			test_marks_stay_on_their_nodes_until_they_are_taken_away, stage_clean),
		cmocka_unit_test_teardown(
			test_a_mark_can_be_taken_back_and_all_that_is_shown_be_marked, stage_clean),
		cmocka_unit_test_teardown(test_a_node_opens_and_its_neighbours_follow_the_table, stage_clean),
		cmocka_unit_test_teardown(test_the_keys_of_a_node_are_about_the_open_one, stage_clean),
		cmocka_unit_test_teardown(
			test_a_node_is_asked_about_by_name_and_no_other_is_shown, stage_clean),
		cmocka_unit_test_teardown(
			test_the_older_answer_stays_while_a_newer_one_is_looked_for, stage_clean),
		cmocka_unit_test_teardown(
			test_a_node_is_away_since_it_was_failed_not_since_that_was_noticed, stage_clean),
		cmocka_unit_test_teardown(test_what_cannot_be_answered_is_said, stage_clean),
		cmocka_unit_test_teardown(test_what_only_a_node_holds_is_told, stage_clean),
		cmocka_unit_test_teardown(test_the_events_of_a_node_scroll_and_stay, stage_clean),
		cmocka_unit_test_teardown(test_a_node_that_goes_away_closes_its_page, stage_clean),
		cmocka_unit_test_teardown(
			test_a_page_does_not_turn_to_another_node_behind_ones_back, stage_clean),
		cmocka_unit_test_teardown(test_what_lies_below_fits_as_soon_as_it_can_be_seen, stage_clean),
		cmocka_unit_test_teardown(
			test_nodes_that_change_without_a_commit_are_asked_about_again, stage_clean),
		cmocka_unit_test_teardown(test_what_failed_is_asked_again, stage_clean),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
