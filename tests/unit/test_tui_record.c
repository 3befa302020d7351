/*
 * Promises of an event's record (tui/events.h): it says what belongs to it, and leads to what it came from.
 */
#include "tests/screen/event_log.h"
#include "tests/screen/golden.h"

static void test_a_record_tells_all_there_is(void **state)
{
	(void)state;
	begin_story(24, 80, &glyphs_utf8);
	press("ggjjjjj\n");
	assert_ptr_equal(console_screen(&console), screens[SCREEN_EVENT]);
	const struct grid *grid = draw();
	static const char *const facts[] = {"because", "node-4 is down: input/output error",
		"node-3 ──▶ node-1", "1 chunk, 4.0 MiB", "146 ms, 27.4 MiB/s", "ok",
		"2026-11-02 10:03:15.139", "49 s ago", "I info", "repair_copy", "6 of 12"};
	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		if (!grid_shows(grid, facts[i]))
			fail_msg("no '%s' in\n%s", facts[i], golden_picture(grid, false));
}

static void test_a_low_screen_scrolls_the_record(void **state)
{
	(void)state;
	begin_story(10, 40, &glyphs_utf8);
	press("gjjjjj\n");
	assert_true(grid_shows(draw(), "copied chunk"));
	assert_false(grid_shows(draw(), "I info, repair_copy"));
	press("jjjjjjjjjj");
	assert_false(grid_shows(draw(), "copied chunk"));
	assert_true(grid_shows(draw(), "I info, repair_copy"));
	press("k");
	assert_false(grid_shows(draw(), "I info, repair_copy"));
	press("n");
	assert_true(grid_shows(draw(), "could not copy chunk"));
}

static void test_a_chain_has_cause_effects_and_the_same_node(void **state)
{
	(void)state;
	begin_story(40, 100, &glyphs_utf8);
	press("gjjj\n");
	const struct grid *grid = draw();
	assert_true(grid_shows(grid, "effect      repair: 40 chunks"));
	assert_true(grid_shows(grid, "same node   node-4 cannot be read"));
	assert_true(grid_shows(grid, "this        node-4 is down"));
	assert_false(grid_shows(grid, "notes.txt"));
	assert_false(grid_shows(grid, "stored 36 files"));
	/* The cursor moves along the chain, and Enter makes it about another one. */
	press("jj");
	assert_true(grid_shows(draw(), "this        node-4 is down"));
	assert_true(grid_shows(draw(), "node-3 ──▶ node-1"));
	press("\n");
	assert_true(grid_shows(draw(), "cause       node-4 is down"));
	assert_true(grid_shows(draw(), "this        copied chunk 3c59"));
	assert_true(grid_shows(draw(), "same cause  repair: copied 40"));
}

static void test_the_cause_is_told_however_far_away_it_is(void **state)
{
	(void)state;
	begin(40, 100, 200, 200);
	for (size_t i = 50; i < 200; i++)
		events[i].trigger = events[50].text;
	answer_all();
	press("\n");
	press("g");
	assert_true(grid_shows(draw(), "cause       event 51 of the log"));
}

static void test_next_and_before_go_through_the_log(void **state)
{
	(void)state;
	begin_story(24, 80, &glyphs_utf8);
	press("gj\n");
	assert_true(grid_shows(draw(), "HEALTHY: all is well"));
	press("n");
	assert_true(grid_shows(draw(), "node-4 cannot be read"));
	press("]");
	assert_true(grid_shows(draw(), "Event · node_lost"));
	press("[[");
	assert_true(grid_shows(draw(), "Event · health"));
	press("NNNN");
	assert_true(grid_shows(draw(), "Event · put"));
	press("q");
	assert_string_equal(under_cursor(), events[0].text);
}

static void test_a_record_stays_while_new_events_come(void **state)
{
	(void)state;
	static struct sample other;
	begin(24, 80, 1000, 60);
	answer_all();
	press("\n");
	assert_true(grid_shows(draw(), "1,000 of 1,000"));
	take_view(&other, 1040, 60);
	console_show(&console, &other.view);
	assert_true(grid_shows(draw(), "1,000 of 1,040"));
}

int main(void)
{
	viewer_use_utc();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_a_record_tells_all_there_is, end_log),
		cmocka_unit_test_teardown(test_a_low_screen_scrolls_the_record, end_log),
		cmocka_unit_test_teardown(test_a_chain_has_cause_effects_and_the_same_node, end_log),
		cmocka_unit_test_teardown(test_the_cause_is_told_however_far_away_it_is, end_log),
		cmocka_unit_test_teardown(test_next_and_before_go_through_the_log, end_log),
		cmocka_unit_test_teardown(test_a_record_stays_while_new_events_come, end_log),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
