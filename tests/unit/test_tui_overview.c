/*
 * Promises of the overview: is my data safe, if not which files and why, what is being done, when will it be over.
 */
#include "tests/screen/stage.h"

static struct stage *stage;

static void open_stage(enum sample_kind kind, int rows, int columns)
{
	stage = stage_begin(kind, rows, columns, &glyphs_utf8);
	console_tick(&stage->console);
	console_settle(&stage->console);
}

static void repair_under_way(void)
{
	stage->sample.view.repair = (struct view_repair){.state = REPAIR_RUNNING,
		.reason = "copying chunks that have too few copies",
		.queued = 142,
		.queued_bytes = UINT64_C(142) << 20,
		.rate = 4 << 20,
		.eta_s = 36,
		.grace_left_s = -1,
		.repaired = 20,
		.repaired_bytes = 20 << 20};
	console_show(&stage->console, &stage->sample.view);
	console_settle(&stage->console);
}

static void test_a_usual_screen_answers_all_questions(void **state)
{
	(void)state;
	open_stage(SAMPLE_DEGRADED, 24, 80);
	repair_under_way();
	assert_true(stage_shows(stage, "DEGRADED"));
	assert_true(stage_shows(stage, "142 chunks have fewer live copies than wanted."));
	assert_true(stage_shows(stage, "in photos/2024/summer/img_0412.jpg (version 1)"));
	assert_true(stage_shows(stage, "1 node is down: node-4 (failed by operator)."));
	assert_true(stage_shows(stage, "RUNNING"));
	assert_true(stage_shows(stage, "36 s left"));
	assert_true(stage_shows(stage, "142 under-replicated"));
	for (int i = 0; i < 6; i++)
		assert_true(stage_shows(stage, stage->sample.names[i]));
	assert_true(stage_shows(stage, "node-4 answers again."));
	stage_end(stage);
}

static void test_a_small_screen_says_what_repair_does(void **state)
{
	(void)state;
	open_stage(SAMPLE_DEGRADED, 10, 40);
	repair_under_way();
	assert_true(stage_shows(stage, "DEGRADED"));
	assert_true(stage_shows(stage, "repair running"));
	assert_true(stage_shows(stage, "node-4"));
	assert_true(stage_shows(stage, "node-4 answers again."));
	stage_end(stage);
}

static void test_what_repair_does_is_told_once(void **state)
{
	(void)state;
	open_stage(SAMPLE_DEGRADED, 60, 200);
	repair_under_way();
	assert_true(stage_shows(stage, "RUNNING"));
	assert_false(stage_shows(stage, "repair running"));
	stage_end(stage);
	open_stage(SAMPLE_HEALTHY, 24, 80);
	assert_true(stage_shows(stage, "repair idle"));
	stage_end(stage);
}

static void test_the_time_since_when_is_rounded_before_it_goes(void **state)
{
	(void)state;
	static const struct {
		const char *sentence, *shown, *longer;
	} rows[] = {
		{"142 chunks have fewer live copies", "for 3 m 10 s", "xxx"},
		{"142 chunks have fewer live copies than hoped", "for 3 m", "10 s"},
		{"142 chunks have fewer live copies than is wanted", "  3 m  ", "for 3 m"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		open_stage(SAMPLE_DEGRADED, 24, 80);
		stage->sample.checks[0].summary = rows[i].sentence;
		assert_true(stage_shows(stage, rows[i].shown));
		assert_false(stage_shows(stage, rows[i].longer));
		stage_end(stage);
	}
}

/* Whatever the width: a sentence that does not fit beside its code has a row of its own. */
static void test_a_sentence_and_its_code_do_not_share_a_row_that_is_too_short(void **state)
{
	(void)state;
	open_stage(SAMPLE_DEGRADED, 36, 120);
	const struct grid *grid = stage_draw(stage);
	for (int row = 0; row < 36; row++)
		if (strstr(grid_row(grid, row), "CHUNKS_UNDER_REPLICATED") != NULL)
			assert_null(strstr(grid_row(grid, row), "142 chunks have"));
	assert_true(stage_shows(stage, "CHUNKS_UNDER_REPLICATED"));
	assert_true(stage_shows(stage, "142 chunks have fewer live copies than wanted.  "));
	stage_end(stage);
}

static void test_many_checks_are_cut_before_they_are_left_out(void **state)
{
	(void)state;
	static struct view_check checks[30];
	static const char *const nodes[] = {"node-4: cut off", "node-5: slow disk"};
	open_stage(SAMPLE_DEGRADED, 24, 80);
	for (int i = 0; i < 30; i++)
		checks[i] = (struct view_check){.code = CHECK_NODE_SLOW,
			.severity = HEALTH_DEGRADED,
			.count = 2,
			.summary = "2 nodes are slow: node-4, …",
			.advice = "check the disk",
			.details = nodes,
			.detail_count = 2};
	stage->sample.view.checks = checks;
	stage->sample.view.check_count = 30;
	console_settle(&stage->console);
	assert_true(stage_shows(stage, "Checks (30)"));
	assert_true(stage_shows(stage, " more"));
	assert_false(stage_shows(stage, "check the disk"));
	stage->sample.view.check_count = 1;
	console_settle(&stage->console);
	assert_true(stage_shows(stage, "and node-5: slow disk"));
	assert_true(stage_shows(stage, "check the disk"));
	stage_end(stage);
}

/* The mouse, twice on the row that has that text. */
static void click_twice(const char *text)
{
	const struct grid *grid = stage_draw(stage);
	for (int row = 2; row < stage->console.rows - 2; row++) {
		const char *found = strstr(grid_row(grid, row), text);
		int column = 0;
		for (const char *p = grid_row(grid, row); found != NULL && p < found; p++)
			column += ((unsigned char)*p & 0xc0) != 0x80;
		if (found == NULL)
			continue;
		console_click(&stage->console, row, column, false);
		assert_int_equal(stage->console.stack[0], SCREEN_OVERVIEW);
		console_click(&stage->console, row, column, true);
		return;
	}
	fail_msg("%s is not in sight", text);
}

static void test_the_mouse_goes_where_there_is_more_about_a_panel(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum screen_id screen;
	} panels[] = {{"Checks (2)", SCREEN_FILES}, {" Repair ", SCREEN_REPAIR},
		{"copies 844", SCREEN_CHUNKS}, {" Zones ", SCREEN_CHUNKS}, {"Events, newest", SCREEN_EVENTS},
		{"node-2  b", SCREEN_NODE}};
	for (size_t i = 0; i < sizeof(panels) / sizeof(*panels); i++) {
		open_stage(SAMPLE_DEGRADED, 60, 200);
		click_twice(panels[i].text);
		if (!console_sees(&stage->console, panels[i].screen))
			fail_msg("%s", panels[i].text);
		if (panels[i].screen == SCREEN_NODE)
			assert_int_equal(stage->console.node, 1);
		stage_end(stage);
	}
}

int main(void)
{
	viewer_use_utc();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_usual_screen_answers_all_questions),
		cmocka_unit_test(test_a_small_screen_says_what_repair_does),
		cmocka_unit_test(test_what_repair_does_is_told_once),
		cmocka_unit_test(test_the_time_since_when_is_rounded_before_it_goes),
		cmocka_unit_test(test_a_sentence_and_its_code_do_not_share_a_row_that_is_too_short),
		cmocka_unit_test(test_the_mouse_goes_where_there_is_more_about_a_panel),
		cmocka_unit_test(test_many_checks_are_cut_before_they_are_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
