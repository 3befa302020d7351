/*
 * Promises of a console in which a scenario is played: the strip, the keys that steer it, the verdict.
 */
#include "tests/screen/sample_rehearsal.h"
#include "tests/screen/stage.h"
#include "tui/rehearsal_strip.h"

static struct stage *stage;
static struct rehearsal_status status;
static struct verdict verdict;
static char steered[64];

static void steer(void *context, enum steering what)
{
	assert_ptr_equal(context, stage);
	static const char letters[] = {'p', 'g', '1', '-', '+'};
	const char letter[] = {letters[what], '\0'};
	strcat(steered, letter);
}

static void begin(int rows, int columns, const struct glyphs *glyphs)
{
	stage = stage_begin(SAMPLE_DEGRADED, rows, columns, glyphs);
	stage->console.link.steer = steer;
	stage->console.rehearsal = &status;
	status = sample_status();
	steered[0] = '\0';
}

/* The console, and the strip below it, as the terminal shows them. */
static struct grid *draw(int rows, int columns)
{
	struct grid *grid = grid_make(rows, columns);
	int strip = rehearsal_strip_rows(rows);
	stage->console.rows = rows - strip;
	stage->console.columns = columns;
	console_settle(&stage->console);
	console_draw(&stage->console, &grid->canvas);
	const struct paint paint = {.canvas = &grid->canvas, .glyphs = stage->console.glyphs};
	rehearsal_strip_draw(&paint, (struct area){rows - strip, 0, strip, columns}, &status);
	return grid;
}

enum how { PLAYING, PAUSED, IN_TROUBLE, REAL, PASSED, FAILED };

static void make(enum how how)
{
	if (how == PAUSED)
		status.state = REHEARSAL_PAUSED;
	if (how == REAL)
		status.virtual_clock = false;
	if (how == IN_TROUBLE || how == FAILED) {
		status.passed = false;
		snprintf(status.failure, sizeof(status.failure),
			"line 19: expect {health: HEALTHY}: health is DEGRADED");
	}
	if (how != PASSED && how != FAILED)
		return;
	status.state = REHEARSAL_DONE;
	status.step = status.steps;
	snprintf(status.doing, sizeof(status.doing), "verify");
	verdict = sample_verdict(how == PASSED);
	stage->console.verdict = &verdict;
	console_show_verdict(&stage->console);
}

static void test_golden_screens(void **state)
{
	static const struct {
		const char *name;
		enum how how;
		int rows, columns;
		bool ascii, looks;
	} goldens[] = {
		{"rehearsal-playing-80x24-utf8", PLAYING, 24, 80, false, false},
		{"rehearsal-playing-40x15-utf8", PLAYING, 15, 40, false, false},
		{"rehearsal-playing-40x11-ascii", PLAYING, 11, 40, true, false},
		{"rehearsal-playing-160x45-utf8", PLAYING, 45, 160, false, false},
		{"rehearsal-paused-80x24-mono", PAUSED, 24, 80, false, true},
		{"rehearsal-trouble-80x24-utf8", IN_TROUBLE, 24, 80, false, false},
		{"rehearsal-real-40x24-utf8", REAL, 24, 40, false, false},
		{"rehearsal-passed-80x24-utf8", PASSED, 24, 80, false, false},
		{"rehearsal-failed-80x30-mono", FAILED, 30, 80, false, true},
		{"rehearsal-failed-40x40-utf8", FAILED, 40, 40, false, false},
		{"rehearsal-failed-160x45-ascii", FAILED, 45, 160, true, false},
	};
	for (size_t i = 0; i < sizeof(goldens) / sizeof(*goldens); i++) {
		begin(goldens[i].rows, goldens[i].columns, goldens[i].ascii ? &glyphs_ascii : &glyphs_utf8);
		make(goldens[i].how);
		golden_compare(draw(goldens[i].rows, goldens[i].columns), goldens[i].name, goldens[i].looks);
		stage_clean(state);
	}
}

/* The grid fails the test when anything is drawn off the canvas or could harm a terminal. */
static void test_everything_can_be_drawn_at_every_size(void **state)
{
	static const char hostile[] = "\x1b[31m\xff \xe6\x97\xa5\xe6\x9c\xac \xe2\x80\xae"
				      "abc\n and much more of it, without an end that one could see";
	for (int how = PLAYING; how <= FAILED; how++)
		for (int step = 0; step < 60; step++) {
			int rows = 1 + step * step % 70, columns = 1 + step * 37 % 220;
			begin(rows, columns, step % 2 != 0 ? &glyphs_ascii : &glyphs_utf8);
			make((enum how)how);
			if (step % 3 == 0) {
				snprintf(status.scenario, sizeof(status.scenario), "%s", hostile);
				snprintf(status.doing, sizeof(status.doing), "%s", hostile);
				snprintf(status.failure, sizeof(status.failure), "%s", hostile);
				verdict.scenario = verdict.failure = verdict.about = hostile;
			}
			draw(rows, columns);
			stage_press(stage, "GG");
			draw(rows, columns);
			stage_clean(state);
		}
}

static void test_keys_steer_from_every_screen(void **state)
{
	(void)state;
	begin(24, 80, &glyphs_utf8);
	for (int tab = 0; tab < SCREEN_TABS; tab++) {
		console_switch(&stage->console, (enum screen_id)tab);
		steered[0] = '\0';
		status.state = REHEARSAL_PLAYING;
		stage_press(stage, ",.<>");
		status.state = REHEARSAL_PAUSED;
		stage_press(stage, ",.");
		assert_string_equal(steered, "pp-+g1");
	}
}

static void test_typed_lines_and_questions_keep_their_keys(void **state)
{
	(void)state;
	begin(24, 80, &glyphs_utf8);
	stage_press(stage, ":,.<>\x1b"
			   "f,");
	assert_string_equal(steered, "");
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_OVERVIEW]);
}

static void test_without_a_scenario_the_keys_do_nothing(void **state)
{
	(void)state;
	begin(24, 80, &glyphs_utf8);
	stage->console.rehearsal = NULL;
	stage_press(stage, ",.<>");
	assert_string_equal(steered, "");
	stage_press(stage, "?");
	for (int page = 0; page < 12; page++, stage_press(stage, "l"))
		assert_false(stage_shows(stage, "The scenario that is played"));
}

static void test_help_tells_of_the_keys(void **state)
{
	(void)state;
	begin(100, 300, &glyphs_utf8);
	stage_press(stage, "?");
	assert_true(stage_shows(stage, "The scenario that is played"));
	assert_true(stage_shows(stage, "Plays the next step of a paused scenario"));
}

static void test_a_real_clock_has_no_speed(void **state)
{
	(void)state;
	begin(24, 80, &glyphs_utf8);
	status.virtual_clock = false;
	stage_press(stage, "<>");
	assert_string_equal(steered, "");
	assert_true(stage_shows(stage, "goes at the speed of real time"));
}

/* The console of a virtual clock is opened so. */
static void test_a_virtual_world_is_only_watched(void **state)
{
	(void)state;
	begin(24, 80, &glyphs_utf8);
	stage->console.read_only = true;
	stage_press(stage, "f");
	assert_true(stage_shows(stage, "A virtual clock is only watched: the same seed brings the same."));
	status.virtual_clock = false;
	stage_press(stage, "\x1b"
			   "f");
	assert_true(stage_shows(stage, "This console is read-only."));
	assert_int_equal(stage->sent_count, 0);
}

static void test_the_verdict_opens_and_comes_back(void **state)
{
	(void)state;
	begin(24, 80, &glyphs_utf8);
	stage_press(stage, ",");
	make(PASSED);
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_VERDICT]);
	assert_true(stage_shows(stage, "HEALTHY for good 4 m 14 s after the first trouble"));
	stage_press(stage, "q.");
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_OVERVIEW]);
	assert_true(stage_shows(stage, ", shows the verdict"));
	stage_press(stage, "2,,");
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_VERDICT]);
	assert_string_equal(steered, "p");
	stage_press(stage, "q");
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_NODES]);
}

/* Whoever reads a question has it taken away by nothing. */
static void test_the_verdict_waits_behind_a_question(void **state)
{
	(void)state;
	begin(24, 80, &glyphs_utf8);
	stage_press(stage, "f");
	make(FAILED);
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_CONFIRM]);
	stage_press(stage, "n,");
	assert_ptr_equal(console_screen(&stage->console), screens[SCREEN_VERDICT]);
	assert_true(stage_shows(stage, "FAILED"));
}

static void test_a_long_verdict_scrolls(void **state)
{
	(void)state;
	begin(16, 60, &glyphs_utf8);
	make(FAILED);
	assert_false(stage_shows(stage, "   repair.state is running"));
	stage_press(stage, "G");
	assert_true(stage_shows(stage, "   repair.state is running"));
	stage_press(stage, "g");
	assert_true(stage_shows(stage, "A disk dies"));
}

static void test_no_key_of_it_means_something_else(void **state)
{
	(void)state;
	for (int id = 0; id < SCREENS; id++) {
		bool taken[0x300] = {false};
		if (screens[id]->popup)
			continue;
		for (const struct key *key = screens[id]->keys; key != NULL && key->act != NULL; key++)
			for (int i = 0; i < KEY_CODES && key->codes[i] != 0; i++)
				taken[key->codes[i]] = true;
		for (size_t i = 0; i < key_set_count; i++)
			for (const struct key *key = key_sets[i].keys;
				(screens[id]->key_sets & key_sets[i].set) != 0 && key->act != NULL; key++)
				for (int j = 0; j < KEY_CODES && key->codes[j] != 0; j++)
					taken[key->codes[j]] = true;
		for (const struct key *key = keys_rehearsal; key->act != NULL; key++)
			assert_false(taken[key->codes[0]]);
	}
}

static void test_speeds_go_up_and_down_to_the_ends(void **state)
{
	(void)state;
	double speed = 1;
	assert_true(rehearsal_next_speed(speed, false) == 1);
	for (int i = 0; i < 20; i++) {
		double next = rehearsal_next_speed(speed, true);
		assert_true(next == 0 || next > speed);
		if (next == 0)
			break;
		assert_true(rehearsal_next_speed(next, false) == speed);
		speed = next;
	}
	assert_true(speed == 86400);
	assert_true(rehearsal_next_speed(0, true) == 0);
	assert_true(rehearsal_next_speed(0, false) == 86400);
	/* One that is not on the list goes to its neighbours. */
	assert_true(rehearsal_next_speed(7, true) == 10);
	assert_true(rehearsal_next_speed(7, false) == 5);
	char text[48];
	assert_string_equal(rehearsal_speed_text(text, sizeof(text), 0), "as fast as can be");
	assert_string_equal(rehearsal_speed_text(text, sizeof(text), 2), "2x");
	assert_string_equal(rehearsal_speed_text(text, sizeof(text), 0.5), "0.5x");
	assert_string_equal(rehearsal_speed_text(text, sizeof(text), 300), "5 m a second");
}

int main(void)
{
	viewer_use_utc();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden_screens),
		cmocka_unit_test(test_everything_can_be_drawn_at_every_size),
		cmocka_unit_test_teardown(test_keys_steer_from_every_screen, stage_clean),
		cmocka_unit_test_teardown(test_typed_lines_and_questions_keep_their_keys, stage_clean),
		cmocka_unit_test_teardown(test_without_a_scenario_the_keys_do_nothing, stage_clean),
		cmocka_unit_test_teardown(test_help_tells_of_the_keys, stage_clean),
		cmocka_unit_test_teardown(test_a_real_clock_has_no_speed, stage_clean),
		cmocka_unit_test_teardown(test_a_virtual_world_is_only_watched, stage_clean),
		cmocka_unit_test_teardown(test_the_verdict_opens_and_comes_back, stage_clean),
		cmocka_unit_test_teardown(test_the_verdict_waits_behind_a_question, stage_clean),
		cmocka_unit_test_teardown(test_a_long_verdict_scrolls, stage_clean),
		cmocka_unit_test(test_no_key_of_it_means_something_else),
		cmocka_unit_test(test_speeds_go_up_and_down_to_the_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
