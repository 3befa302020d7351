/*
 * Promises of the repair screen, its panels and what remembers a repair's course (tui/course.h), and of the keys that
 * act on the store.
 */
#include "tests/screen/apart.h"
#include "tests/screen/bare.h"
#include "tests/screen/golden.h"
#include "tui/course.h"
#include "tui/layout_repair.h"
#include "tui/panels.h"

#define MIB (UINT64_C(1) << 20)

static struct sample other;
static char sent[256]; /* the words of the last command */
static int sent_count;

static const struct view_transfer transfers[] = {
	{"photos/2024/summer/img_0412.jpg", "node-2", "node-5", "repair", 4 * MIB, 5 * MIB / 2, 310},
	{"music/goldberg/aria.flac@2", "node-3", "node-1", "repair", 4 * MIB, 3 * MIB, 420},
	{"", "node-6", "node-2", "spread", 3 * MIB, 0, 2},
	{"papers/on-the-motion-of-stars.pdf", "node-1", "node-6", "drain", 1 * MIB, 1 * MIB, 95},
};

static const struct view_event deeds[] = {
	{1, SAMPLE_NOW_MS - 200000000, EVENT_NOTICE, "repair_finished", "",
		"repair: copied 12 chunks (48.0 MiB) in 3 s; nothing more to copy", "", "", "", "ok", 12,
		48 * MIB, 3000},
	{2, SAMPLE_NOW_MS - 60000, EVENT_INFO, "put", "", "stored 'notes.txt'", "", "", "", "", 0, 0, -1},
	{3, SAMPLE_NOW_MS - 9000, EVENT_NOTICE, "repair_started", "",
		"repair: 142 chunks have to be copied (568.0 MiB), 2 on the last copy",
		"node-4 is down: failed by operator", "", "", "", 142, 568 * MIB, -1},
	{4, SAMPLE_NOW_MS - 8000, EVENT_INFO, "repair_copy", "node-5",
		"copied chunk 3c59e9678c64 of 'photos/img-14.jpg' (4.0 MiB) from node-3 to node-5",
		"node-4 is down: failed by operator", "node-3", "node-5", "ok", 1, 4 * MIB, 146},
};

static void set_work(struct view_repair *repair, uint64_t repaired, uint64_t queued)
{
	repair->repaired = repaired;
	repair->repaired_bytes = repaired * 4 * MIB;
	repair->queued = queued;
	repair->queued_bytes = queued * 4 * MIB;
	repair->queue[QUEUE_LAST_COPY] = (struct view_queue){2, 8 * MIB};
	repair->queue[QUEUE_MISSING] = (struct view_queue){queued - 2, (queued - 2) * 4 * MIB};
	repair->queue[QUEUE_EXCESS] = (struct view_queue){7, 28 * MIB};
}

/* The degraded sample, with repair in a state. */
static const struct view *make(struct sample *into, enum repair_state state)
{
	static const char *const reasons[] = {
		[REPAIR_IDLE] = "",
		[REPAIR_GRACE] = "node-4 may come back: 12.3 s left until 142 chunks are copied elsewhere",
		[REPAIR_RUNNING] = "copying chunks that have too few copies",
		[REPAIR_THROTTLED] = "copying chunks that have too few copies, at most 32.0 MiB a second",
		[REPAIR_PAUSED] = "paused by the operator; 'linckia repair --resume' ends that",
		[REPAIR_BLOCKED] =
			"only 2 of 6 nodes answer; repair waits for 50 % of them (repair.min_up_ratio)",
	};
	sample_view(into, state == REPAIR_IDLE ? SAMPLE_HEALTHY : SAMPLE_DEGRADED);
	struct view_repair *repair = &into->view.repair;
	*repair = (struct view_repair){
		.state = state, .reason = reasons[state], .eta_s = -1, .grace_left_s = -1};
	into->view.events = deeds;
	into->view.event_count = sizeof(deeds) / sizeof(*deeds);
	into->view.scrub.oldest_verified_ms = SAMPLE_NOW_MS - 3 * 86400000;
	into->view.stored_bytes = 3 * 986 * 4 * MIB;
	if (state != REPAIR_IDLE)
		set_work(repair, 500, 142);
	if (state == REPAIR_GRACE)
		repair->grace_left_s = 12.3;
	if (state == REPAIR_THROTTLED)
		repair->bandwidth = 32 * MIB;
	if (state == REPAIR_RUNNING || state == REPAIR_THROTTLED) {
		repair->rate = 24.3 * (double)MIB;
		repair->eta_s = 23.4;
		repair->active = 4;
		repair->transfers = transfers;
		repair->transfer_count = sizeof(transfers) / sizeof(*transfers);
		into->view.scrub.running = true;
		into->view.scrub.done = 300;
		into->view.scrub.total = 986;
		into->view.scrub.bad = 2;
		into->view.scrub.rate = 60.0 * (double)MIB;
	}
	if (state == REPAIR_BLOCKED)
		into->checks[1] = (struct view_check){.code = CHECK_REPAIR_BLOCKED,
			.severity = HEALTH_DEGRADED,
			.count = 1,
			.summary = "Repair is blocked.",
			.advice = "Bring nodes back until more than half of them answer."};
	return &into->view;
}

static void listen(void *context, const char *const *words, size_t count, bool typed)
{
	assert_ptr_equal(context, &console);
	assert_false(typed);
	viewer_join(sent, sizeof(sent), words, count, " ");
	sent_count++;
}

/* Shows `after` when `before` was shown first. */
static void begin(enum repair_state before, enum repair_state after, int rows, int columns)
{
	viewer_open(&console, make(&other, before), &glyphs_utf8, rows, columns,
		(struct console_link){.context = &console, .run = listen});
	console_switch(&console, SCREEN_REPAIR);
	make(&sample, after);
	if (before == after && after != REPAIR_IDLE) {
		set_work(&other.view.repair, 400, 242);
		console_show(&console, &other.view);
	}
	console.tick_ms += 2000;
	console_show(&console, &sample.view);
	sent_count = 0;
}

/* ---- what is shown ---- */

static void test_each_state_is_a_word_and_a_reason(void **state)
{
	(void)state;
	static const char *const words[][2] = {
		[REPAIR_IDLE] = {" IDLE ", "Nothing is to be repaired."},
		[REPAIR_GRACE] = {" GRACE ", "node-4 may come back"},
		[REPAIR_RUNNING] = {" RUNNING ", "copying chunks that have too few copies"},
		[REPAIR_THROTTLED] = {" THROTTLED ", "at most 32.0 MiB a second"},
		[REPAIR_PAUSED] = {" PAUSED ", "p lets it go on"},
		[REPAIR_BLOCKED] = {" BLOCKED ", "only 2 of 6 nodes answer"},
	};
	for (int i = REPAIR_IDLE; i <= REPAIR_BLOCKED; i++) {
		begin((enum repair_state)i, (enum repair_state)i, 24, 80);
		assert_true(grid_shows(draw(), words[i][0]));
		assert_true(grid_shows(draw(), words[i][1]));
		end(NULL);
	}
	begin(REPAIR_BLOCKED, REPAIR_BLOCKED, 24, 80);
	assert_true(grid_shows(draw(), "Bring nodes back until more than half"));
	end(NULL);
	begin(REPAIR_PAUSED, REPAIR_PAUSED, 24, 80);
	console.read_only = true;
	assert_false(grid_shows(draw(), "p lets it go on"));
	assert_true(grid_shows(draw(), "paused by the operator"));
	end(NULL);
}

static void test_what_is_done_how_fast_and_until_when(void **state)
{
	(void)state;
	begin(REPAIR_RUNNING, REPAIR_RUNNING, 24, 80);
	const struct grid *grid = draw();
	/* 400 before, 500 now, 142 to go; and 5/2 + 3 + 1 MiB under way. */
	static const char *const facts[] = {"41 %", "23 s left", "over at 10:04:28", "24.3 MiB/s", "no limit",
		"142 chunks to go", "node-2  ──▶  node-5", "62 %", "photos/2024", "2 bad copies found",
		"last copy", "maintained here, pid 4242"};
	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		if (!grid_shows(grid, facts[i]))
			fail_msg("no '%s' in\n%s", facts[i], golden_picture(grid, false));
}

static void test_a_grace_runs_down_between_views(void **state)
{
	(void)state;
	begin(REPAIR_GRACE, REPAIR_GRACE, 24, 80);
	assert_true(grid_shows(draw(), "13 s left   then 142 chunks are copied"));
	console.now_ms += 5000;
	assert_true(grid_shows(draw(), "8 s left"));
	console.now_ms += 60000;
	assert_true(grid_shows(draw(), " 0 s left"));
}

static void test_when_idle_the_last_repair_is_told(void **state)
{
	(void)state;
	begin(REPAIR_IDLE, REPAIR_IDLE, 24, 80);
	assert_true(grid_shows(draw(), "2 d 7 h ago: repair: copied 12 chunks"));
	assert_false(grid_shows(draw(), "notes.txt"));
	assert_true(grid_shows(draw(), "every copy was verified in the last 3 d"));
}

static void test_nobody_and_others_who_maintain_are_told(void **state)
{
	(void)state;
	begin(REPAIR_IDLE, REPAIR_IDLE, 24, 80);
	sample.view.maintenance_role = "other";
	assert_true(grid_shows(draw(), "maintained by pid 4242"));
	sample.view.maintenance_role = "none";
	sample.view.maintenance_pid = 0;
	assert_true(grid_shows(draw(), "maintained by nobody"));
}

/* ---- the course ---- */

static void test_progress_is_counted_from_where_the_work_began(void **state)
{
	(void)state;
	static struct course course;
	course = (struct course){.begun = false};
	struct view *view = &sample.view;
	make(&sample, REPAIR_IDLE);
	view->repair.repaired = 500;
	view->repair.repaired_bytes = 500 * 4 * MIB;
	course_follow(&course, view, 0);
	assert_true(course_progress(&course, view).ratio < 0);
	make(&sample, REPAIR_BLOCKED);
	course_follow(&course, view, 0);
	assert_int_equal(course_progress(&course, view).done_chunks, 0);
	assert_int_equal(course_progress(&course, view).total_chunks, 142);
	set_work(&view->repair, 571, 71);
	course_follow(&course, view, 0);
	assert_float_equal(course_progress(&course, view).ratio, 0.5, 0.001);
	assert_int_equal(course_progress(&course, view).done_bytes, 71 * 4 * MIB);
	/* Another process maintains the store and counts from its own beginning. */
	set_work(&view->repair, 3, 60);
	course_follow(&course, view, 0);
	assert_int_equal(course_progress(&course, view).total_chunks, 60);
	/* And what comes after that is another work. */
	make(&sample, REPAIR_IDLE);
	course_follow(&course, view, 0);
	make(&sample, REPAIR_BLOCKED);
	course_follow(&course, view, 0);
	assert_int_equal(course_progress(&course, view).done_chunks, 0);
}

static void test_a_grace_has_a_whole(void **state)
{
	(void)state;
	static struct course course;
	course = (struct course){.begun = false};
	make(&sample, REPAIR_GRACE);
	course_follow(&course, &sample.view, 0);
	sample.view.repair.grace_left_s = 2;
	course_follow(&course, &sample.view, 0);
	assert_float_equal(course.grace_s, 12.3, 0.001);
	make(&sample, REPAIR_RUNNING);
	course_follow(&course, &sample.view, 0);
	assert_float_equal(course.grace_s, 0, 0.001);
}

/* ---- the keys ---- */

static void test_the_footer_names_what_can_be_done(void **state)
{
	(void)state;
	begin(REPAIR_RUNNING, REPAIR_RUNNING, 24, 80);
	const char *footer = grid_row(draw(), 23);
	static const char *const words[] = {
		"R repair", "p pause", "- + limit", "b boost", "V scrub", "? help"};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strstr(footer, words[i]) == NULL)
			fail_msg("no '%s' in '%s'", words[i], footer);
	end(NULL);
	begin(REPAIR_PAUSED, REPAIR_PAUSED, 24, 80);
	assert_true(grid_shows(draw(), "p resume"));
}

static void test_p_pauses_and_resumes(void **state)
{
	(void)state;
	begin(REPAIR_RUNNING, REPAIR_RUNNING, 24, 80);
	press("p");
	assert_string_equal(sent, "repair --pause");
	end(NULL);
	begin(REPAIR_PAUSED, REPAIR_PAUSED, 24, 80);
	press("p");
	assert_string_equal(sent, "repair --resume");
}

static void test_repair_scrub_and_balance_run_their_commands(void **state)
{
	(void)state;
	begin(REPAIR_IDLE, REPAIR_IDLE, 24, 80);
	press("R");
	assert_string_equal(sent, "repair");
	press("V");
	assert_string_equal(sent, "scrub");
	press("B");
	assert_string_equal(sent, "rebalance");
	press("b");
	assert_string_equal(sent, "repair --bandwidth default");
}

static void test_the_limit_goes_in_round_steps_from_what_was_asked_for_last(void **state)
{
	(void)state;
	begin(REPAIR_THROTTLED, REPAIR_THROTTLED, 24, 80);
	press("-");
	assert_string_equal(sent, "repair --bandwidth 16MiB");
	press("-");
	assert_string_equal(sent, "repair --bandwidth 8MiB");
	assert_true(grid_shows(draw(), "limit 8.0 MiB/s"));
	press("+");
	assert_string_equal(sent, "repair --bandwidth 16MiB");
	press("=");
	assert_string_equal(sent, "repair --bandwidth 32MiB");
	press("b");
	assert_string_equal(sent, "repair --bandwidth 0");
	press("b");
	assert_string_equal(sent, "repair --bandwidth default");
}

static void test_a_step_that_was_not_taken_is_forgotten(void **state)
{
	(void)state;
	begin(REPAIR_THROTTLED, REPAIR_THROTTLED, 24, 80);
	press("-");
	console.tick_ms += 10000;
	make(&other, REPAIR_THROTTLED);
	console_show(&console, &other.view);
	assert_true(grid_shows(draw(), "limit 32.0 MiB/s"));
}

static void test_steps_end_somewhere(void **state)
{
	(void)state;
	begin(REPAIR_RUNNING, REPAIR_RUNNING, 24, 80);
	press("+");
	assert_int_equal(sent_count, 0);
	assert_true(grid_shows(draw(), "no limit already"));
	/* Without a limit, the first step lies below what is reached now: 24.3 MiB/s. */
	press("-");
	assert_string_equal(sent, "repair --bandwidth 16MiB");
	press("------");
	assert_string_equal(sent, "repair --bandwidth 262144");
	sent_count = 0;
	press("-");
	assert_int_equal(sent_count, 0);
	assert_true(grid_shows(draw(), "is the least"));
	press("++++++++++++");
	assert_string_equal(sent, "repair --bandwidth 1024MiB");
	press("+");
	assert_string_equal(sent, "repair --bandwidth 0");
}

static void test_enter_shows_the_log_of_repair(void **state)
{
	(void)state;
	begin(REPAIR_IDLE, REPAIR_IDLE, 24, 80);
	press("\n");
	assert_ptr_equal(console_screen(&console), screens[SCREEN_EVENTS]);
	assert_true(grid_shows(draw(), "Events · 3 · 'repair'"));
	assert_false(grid_shows(draw(), "notes.txt"));
}

static void test_what_moves_is_shown_before_what_waits(void **state)
{
	(void)state;
	begin(REPAIR_RUNNING, REPAIR_RUNNING, 24, 80);
	sample.view.repair.active = 25;
	const struct grid *grid = draw();
	assert_true(grid_shows(grid, "21 more"));
	assert_non_null(strstr(grid_row(grid, 13), "node-1  ──▶  node-6"));
	assert_non_null(strstr(grid_row(grid, 14), "node-6  ──▶  node-2"));
}

static void test_a_read_only_console_keeps_its_hands_off(void **state)
{
	(void)state;
	begin(REPAIR_THROTTLED, REPAIR_THROTTLED, 24, 80);
	console.read_only = true;
	press("RpbSB+-=");
	assert_int_equal(sent_count, 0);
	assert_true(grid_shows(draw(), "limit 32.0 MiB/s"));
}

/* ---- where things are ---- */

static void test_parts_never_overlap_and_never_leave_the_area(void **state)
{
	(void)state;
	for (int rows = 0; rows <= 100; rows++)
		for (int columns = 1; columns <= 300; columns++)
			for (size_t count = 0; count <= 40; count += 8) {
				struct area body = {2, 0, rows, columns};
				struct layout_repair layout = layout_repair(body, count);
				const struct area parts[] = {layout.state, layout.transfers, layout.scrub,
					layout.queue, layout.rate, layout.events};
				apart_expect(parts, 6, body);
				assert_true(rows < 4 || layout.state.rows == 4);
			}
}

static void test_every_state_can_be_drawn_at_every_size(void **state)
{
	(void)state;
	for (int i = REPAIR_IDLE; i <= REPAIR_BLOCKED; i++)
		for (int rows = 1; rows <= 100; rows += rows < 30 ? 1 : 13)
			for (int columns = 1; columns <= 300; columns += columns < 100 ? 7 : 41) {
				begin((enum repair_state)i, (enum repair_state)i, rows, columns);
				console.glyphs = columns % 2 != 0 ? &glyphs_ascii : &glyphs_utf8;
				struct grid *grid = draw();
				const struct paint paint = {&grid->canvas, console.glyphs};
				/* The panel alone, wherever somebody else puts it. */
				panel_repair(&paint, (struct area){0, 0, rows, columns}, &console);
				panel_repair(&paint,
					(struct area){rows / 2, columns / 2, rows / 3, columns / 2},
					&console);
				end(NULL);
			}
}

static void test_the_panel_has_room_for_its_wish(void **state)
{
	(void)state;
	begin(REPAIR_RUNNING, REPAIR_RUNNING, 24, 80);
	int rows = panel_repair_rows(&sample.view);
	struct grid *grid = grid_make(rows, 80);
	const struct paint paint = {&grid->canvas, &glyphs_utf8};
	panel_repair(&paint, (struct area){0, 0, rows, 80}, &console);
	assert_true(grid_shows(grid, "RUNNING"));
	assert_true(grid_shows(grid, "node-1  ──▶  node-6"));
	assert_memory_equal(grid_row(grid, rows - 1), " scrub", 6);
	make(&sample, REPAIR_IDLE);
	assert_int_equal(panel_repair_rows(&sample.view), 4);
}

static void test_golden_screens(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum repair_state before, after;
		int rows, columns;
		bool ascii, looks;
	} goldens[] = {
		{"repair-idle-80x24-utf8", REPAIR_IDLE, REPAIR_IDLE, 24, 80, false, false},
		{"repair-grace-80x24-utf8", REPAIR_GRACE, REPAIR_GRACE, 24, 80, false, false},
		{"repair-running-40x10-utf8", REPAIR_RUNNING, REPAIR_RUNNING, 10, 40, false, false},
		{"repair-running-80x24-utf8", REPAIR_RUNNING, REPAIR_RUNNING, 24, 80, false, false},
		{"repair-running-80x24-ascii", REPAIR_RUNNING, REPAIR_RUNNING, 24, 80, true, false},
		{"repair-running-80x24-mono", REPAIR_RUNNING, REPAIR_RUNNING, 24, 80, false, true},
		{"repair-running-200x60-utf8", REPAIR_RUNNING, REPAIR_RUNNING, 60, 200, false, false},
		{"repair-throttled-120x36-utf8", REPAIR_THROTTLED, REPAIR_THROTTLED, 36, 120, false, false},
		{"repair-paused-80x24-utf8", REPAIR_PAUSED, REPAIR_PAUSED, 24, 80, false, false},
		{"repair-blocked-80x24-utf8", REPAIR_BLOCKED, REPAIR_BLOCKED, 24, 80, false, false},
		{"help-40x10-utf8", REPAIR_IDLE, REPAIR_IDLE, 10, 40, false, false},
	};
	for (size_t i = 0; i < sizeof(goldens) / sizeof(*goldens); i++) {
		begin(goldens[i].before, goldens[i].after, goldens[i].rows, goldens[i].columns);
		console.glyphs = goldens[i].ascii ? &glyphs_ascii : &glyphs_utf8;
		if (strncmp(goldens[i].name, "help", 4) == 0)
			press("?");
		golden_compare(draw(), goldens[i].name, goldens[i].looks);
		end(NULL);
	}
}

/* ---- help ---- */

static void test_help_says_how_to_leave_and_where_the_manual_is(void **state)
{
	(void)state;
	static const int sizes[][2] = {{10, 40}, {24, 80}, {60, 200}};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		begin(REPAIR_IDLE, REPAIR_IDLE, sizes[i][0], sizes[i][1]);
		press("?");
		assert_true(grid_shows(draw(), "Help · Repair"));
		assert_true(grid_shows(draw(), "Leaves this help"));
		assert_true(grid_shows(draw(), "docs/README.md"));
		/* No sentence is cut: the page is wrapped, and scrolled to its end. */
		press("G");
		assert_true(grid_shows(draw(), "something failed"));
		press("q");
		assert_ptr_equal(console_screen(&console), screens[SCREEN_REPAIR]);
		end(NULL);
	}
}

static void test_wide_help_has_two_columns_and_narrow_help_cuts_nothing(void **state)
{
	(void)state;
	begin(REPAIR_IDLE, REPAIR_IDLE, 60, 200);
	press("?");
	const struct grid *grid = draw();
	int right = 0;
	for (int row = 3; row < 58; row++)
		right += strcmp(grid->cells[row][103].text, " ") != 0;
	assert_true(right > 10);
	end(NULL);
	begin(REPAIR_IDLE, REPAIR_IDLE, 10, 40);
	press("?");
	for (int page = 0; page < 100; page++, press("j"))
		for (int row = 2; row < 9; row++)
			if (strstr(grid_row(draw(), row), "1 … 9") == NULL)
				assert_null(strstr(grid_row(draw(), row), glyphs_utf8.ellipsis));
}

int main(void)
{
	viewer_use_utc();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_state_is_a_word_and_a_reason),
		cmocka_unit_test_teardown(test_what_is_done_how_fast_and_until_when, end),
		cmocka_unit_test_teardown(test_a_grace_runs_down_between_views, end),
		cmocka_unit_test_teardown(test_when_idle_the_last_repair_is_told, end),
		cmocka_unit_test_teardown(test_nobody_and_others_who_maintain_are_told, end),
		cmocka_unit_test(test_progress_is_counted_from_where_the_work_began),
		cmocka_unit_test(test_a_grace_has_a_whole),
		cmocka_unit_test_teardown(test_the_footer_names_what_can_be_done, end),
		cmocka_unit_test_teardown(test_p_pauses_and_resumes, end),
		cmocka_unit_test_teardown(test_repair_scrub_and_balance_run_their_commands, end),
		cmocka_unit_test_teardown(
			test_the_limit_goes_in_round_steps_from_what_was_asked_for_last, end),
		cmocka_unit_test_teardown(test_a_step_that_was_not_taken_is_forgotten, end),
		cmocka_unit_test_teardown(test_steps_end_somewhere, end),
		cmocka_unit_test_teardown(test_enter_shows_the_log_of_repair, end),
		cmocka_unit_test_teardown(test_what_moves_is_shown_before_what_waits, end),
		cmocka_unit_test_teardown(test_a_read_only_console_keeps_its_hands_off, end),
		cmocka_unit_test(test_parts_never_overlap_and_never_leave_the_area),
		cmocka_unit_test(test_every_state_can_be_drawn_at_every_size),
		cmocka_unit_test_teardown(test_the_panel_has_room_for_its_wish, end),
		cmocka_unit_test(test_golden_screens),
		cmocka_unit_test_teardown(test_wide_help_has_two_columns_and_narrow_help_cuts_nothing, end),
		cmocka_unit_test(test_help_says_how_to_leave_and_where_the_manual_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
