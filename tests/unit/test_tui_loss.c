/*
 * Promises of what if: what losing nodes would mean, said before anything happens.
 */
#include "tests/screen/stage.h"
#include "tui/loss.h"

static struct stage *stage;

static void begin(enum sample_kind kind, int rows, int columns)
{
	stage = stage_begin(kind, rows, columns, &glyphs_utf8);
}

static const char *selected(void)
{
	return console_node(&stage->console)->name;
}

static void test_what_if_is_about_the_selected_node_or_the_marked_ones(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "2 j jw");
	assert_string_equal(stage->about[QUESTION_LOSS], "node-1 node-3");
	assert_true(stage_shows(stage, "What if node-1 and node-3 were lost?"));
	stage_press(stage, "q");
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_NODES]);
	stage_press(stage, "uw");
	assert_string_equal(stage->about[QUESTION_LOSS], "node-5");
	/* Elsewhere the marks are out of sight and do not count. */
	stage_press(stage, "q 1jw");
	assert_string_equal(stage->about[QUESTION_LOSS], selected());
	stage_press(stage, "q\nw");
	assert_string_equal(stage->about[QUESTION_LOSS], selected());
}

static void test_a_new_what_if_does_not_show_the_old_answer(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "w");
	stage_answer(stage);
	assert_true(stage_shows(stage, "Lost access: 12 versions could not be read until node-1 returns."));
	stage_press(stage, "qjw");
	assert_true(stage_shows(stage, "looking..."));
	assert_false(stage_shows(stage, "Lost access"));
}

/* Some of so many commands would be refused after the user was told that all nodes fail. */
static void test_more_nodes_than_commands_can_run_are_not_failed(void **state)
{
	(void)state;
	begin(SAMPLE_MANY, 24, 80);
	stage_press(stage, "2awf");
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_LOSS]);
	assert_true(stage_shows(stage, "too many at once"));
	assert_int_equal(stage->sent_count, 0);
}

static void test_failing_from_there_asks_and_is_one_command_for_each(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "2  w");
	stage_answer(stage);
	stage_press(stage, "f");
	assert_true(stage_shows(stage, "Fail these 2 nodes?"));
	assert_true(stage_shows(stage, "Lost access: 12 versions")); /* once more, at the moment it counts */
	assert_int_equal(stage->sent_count, 0);
	stage_press(stage, "n");
	assert_int_equal(stage->sent_count, 0);
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_LOSS]);
	stage_press(stage, "fy");
	assert_string_equal(stage->sent, "node fail node-1\nnode fail node-2\n");
	stage_end(stage);
	begin(SAMPLE_HEALTHY, 24, 80);
	stage->console.read_only = true;
	stage_press(stage, "wfy");
	assert_int_equal(stage->sent_count, 0);
	assert_true(stage_shows(stage, "read-only"));
}

static void test_the_files_at_risk_scroll(void **state)
{
	(void)state;
	begin(SAMPLE_HEALTHY, 24, 80);
	stage_press(stage, "w");
	stage_answer(stage);
	assert_true(stage_shows(stage, "img_0400.jpg"));
	stage_press(stage, "j");
	assert_false(stage_shows(stage, "img_0400.jpg"));
	stage_press(stage, "G");
	assert_true(stage_shows(stage, "img_0599.jpg"));
	stage_press(stage, "jlg");
	assert_true(stage_shows(stage, "img_0400.jpg"));
}

static void test_the_verdict_is_one_sentence_and_a_state(void **state)
{
	(void)state;
	static struct sample_answers answers;
	static const char *const both[] = {"node-1", "node-2"};
	char text[LOSS_TEXT_BYTES];
	sample_answer_loss(&answers, 1, 3);
	assert_int_equal(loss_verdict(&answers.loss, both, 1, text), HEALTH_CRITICAL);
	assert_string_equal(text, "Lost access: 1 version could not be read until node-1 returns.");
	assert_int_equal(loss_verdict(&answers.loss, both, 2, text), HEALTH_CRITICAL);
	assert_string_equal(text, "Lost access: 1 version could not be read until they return.");
	sample_answer_loss(&answers, 0, 3);
	assert_int_equal(loss_verdict(&answers.loss, both, 2, text), HEALTH_DEGRADED);
	assert_string_equal(text, "Thin: 3 versions would hang on a single copy until repair has made more.");
	sample_answer_loss(&answers, 0, 0);
	assert_int_equal(loss_verdict(&answers.loss, both, 2, text), HEALTH_HEALTHY);
	assert_string_equal(text, "Safe: no file drops below 2 copies.");
	answers.loss.loss.files = answers.loss.loss.sample_count = 0;
	assert_int_equal(loss_verdict(&answers.loss, both, 2, text), HEALTH_HEALTHY);
	assert_string_equal(text, "Safe: every file keeps all the copies that it should have.");
}

static void test_what_repair_would_do_is_told(void **state)
{
	(void)state;
	static struct sample sample;
	static struct sample_answers answers;
	static const char *const names_of_four[] = {"node-1", "node-2", "node-3", "node-4"};
	char text[LOSS_TEXT_BYTES];
	sample_answer_loss(&answers, 0, 0);
	loss_repair(&answers.loss, text);
	assert_string_equal(text, "Repair would make 286 copies (1.2 GiB): about 52 s at 22.9 MiB/s.");
	answers.loss.loss.seconds = -1;
	loss_repair(&answers.loss, text);
	assert_non_null(strstr(text, "how long that takes is not known yet"));
	assert_int_equal(loss_room(&answers.loss, text), ROLE_TEXT);
	assert_string_equal(text, "There is room for them: 5.0 GiB on the nodes that are left.");
	answers.loss.loss.fits = false;
	assert_int_equal(loss_room(&answers.loss, text), ROLE_DEGRADED);
	assert_non_null(strstr(text, "There is no room for all of them"));
	answers.loss.loss.obstacle = "too few zones are left.";
	loss_room(&answers.loss, text);
	assert_string_equal(text, "Not everything could be copied: too few zones are left.");
	answers.loss.loss.copies = 0;
	answers.loss.loss.obstacle = "";
	loss_repair(&answers.loss, text);
	assert_string_equal(text, "Repair would have nothing to copy.");
	loss_room(&answers.loss, text);
	assert_string_equal(text, "");
	const struct view *view = sample_view(&sample, SAMPLE_DEGRADED);
	loss_writes(view, names_of_four, 4, text);
	assert_string_equal(text, "");
	sample.view.min_replicas = 3;
	assert_int_equal(loss_writes(view, names_of_four, 4, text), ROLE_CRITICAL);
	assert_string_equal(
		text, "New files would be refused: 2 nodes are left that can be written, 3 are needed.");
}

int main(void)
{
	viewer_use_utc();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			test_what_if_is_about_the_selected_node_or_the_marked_ones, stage_clean),
		cmocka_unit_test_teardown(test_a_new_what_if_does_not_show_the_old_answer, stage_clean),
		cmocka_unit_test_teardown(test_more_nodes_than_commands_can_run_are_not_failed, stage_clean),
		cmocka_unit_test_teardown(
			test_failing_from_there_asks_and_is_one_command_for_each, stage_clean),
		cmocka_unit_test_teardown(test_the_files_at_risk_scroll, stage_clean),
		cmocka_unit_test(test_the_verdict_is_one_sentence_and_a_state),
		cmocka_unit_test(test_what_repair_would_do_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
