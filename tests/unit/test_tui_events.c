/*
 * Promises of the event log (tui/events.h): it can be scrolled through from end to end, the cursor stays on its event,
 * filters act at once, and a record says what belongs to it.
 */
#include <time.h>

#include "engine/arena.h"
#include "tests/screen/golden.h"
#include "tests/screen/sample.h"
#include "tui/events.h"
#include "tui/keys.h"
#include "tui/panels.h"

#include <stdatomic.h>

static struct sample sample;
static struct console console;

/* ---- a log that answers ---- */

enum { LOG = 9000 };

static struct view_event events[LOG]; /* by id, which is the place and 1 */
static char texts[LOG][160];
static size_t log_count;

/* The console keeps references to what it was given; these answers are nobody's to free. See engine/inquiry.c. */
struct box {
	struct answer answer;
	struct arena arena;
	atomic_uint references;
};
static struct box boxes[2];
static struct view_event answered[2][INQUIRY_EVENTS_MAX];
static struct question asked; /* the last one; texts copied */
static char asked_filter[EVENT_FILTER_BYTES], asked_node[EVENT_NODE_BYTES];
static size_t asked_count;
static uint64_t answered_ticket;
static bool fails;

static void listen(void *context, const struct question *question)
{
	assert_ptr_equal(context, &console);
	if (question->kind != QUESTION_EVENTS)
		return;
	asked = *question;
	snprintf(asked_filter, sizeof(asked_filter), "%s", question->events.filter);
	snprintf(asked_node, sizeof(asked_node), "%s", question->events.node);
	asked_count++;
}

static bool is_wanted(const struct view_event *event)
{
	return event->severity >= asked.events.least &&
	       (asked_node[0] == '\0' || strcmp(event->node, asked_node) == 0) &&
	       (asked_filter[0] == '\0' || strstr(event->text, asked_filter) != NULL);
}

/* Answers the last question from the log. */
static void answer(void)
{
	static int turn;
	struct box *box = &boxes[turn = 1 - turn];
	struct view_event *page = answered[turn];
	size_t limit = asked.events.limit, count = 0;
	answered_ticket = asked.ticket;
	int64_t before = asked.events.before > 0 ? asked.events.before : (int64_t)log_count + 1;
	assert_int_equal(limit, INQUIRY_EVENTS_MAX);
	box->answer = (struct answer){.kind = QUESTION_EVENTS, .ticket = asked.ticket};
	atomic_store(&box->references, 1000);
	for (size_t i = (size_t)before - 1; i > 0; i--) {
		if (!is_wanted(&events[i - 1]))
			continue;
		if (count == limit) {
			box->answer.events.older = true;
			break;
		}
		page[limit - ++count] = events[i - 1];
	}
	box->answer.events.events = page + limit - count;
	box->answer.events.count = count;
	box->answer.failure = fails ? "The catalog cannot be read: input/output error." : NULL;
	console.answers[QUESTION_EVENTS] = &box->answer;
	console_settle(&console);
}

/* Answers until nothing more is asked. */
static void answer_all(void)
{
	while (answered_ticket != asked.ticket)
		answer();
}

/* ---- the stage ---- */

static void write_log(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		snprintf(texts[i], sizeof(texts[i]), "event %zu of the log%s", i + 1,
			i % 100 == 7 ? " tells of a Disk" : "");
		events[i] = (struct view_event){
			.id = (int64_t)i + 1,
			.time_ms = SAMPLE_NOW_MS - (int64_t)(LOG - i) * 1000,
			.severity = (enum event_severity)(i % 4),
			.code = "sample",
			.node = i % 10 == 3 ? "node-4" : "",
			.text = texts[i],
			.trigger = "",
			.source = "",
			.target = "",
			.result = "",
			.duration_ms = -1,
		};
	}
}

/* A view that has the newest `count` of the first `total` events of the log. */
static void take_view(struct sample *into, size_t total, size_t count)
{
	write_log(total);
	sample_view(into, SAMPLE_HEALTHY);
	into->view.sequence = total;
	into->view.events = events + (total - count);
	into->view.event_count = count;
	log_count = total;
}

static void begin(int rows, int columns, size_t total, size_t in_view)
{
	take_view(&sample, total, in_view);
	assert_int_equal(console_init(&console, &sample.view, &glyphs_utf8), 0);
	console.link = (struct console_link){.context = &console, .ask = listen};
	console.rows = rows;
	console.columns = columns;
	console.now_ms = SAMPLE_NOW_MS;
	asked_count = 0;
	answered_ticket = 0;
	asked = (struct question){.ticket = 0};
	fails = false;
	keys_dispatch(&console, 'e');
}

static int end(void **state)
{
	(void)state;
	console.answers[QUESTION_EVENTS] = NULL;
	console_release(&console);
	return 0;
}

static void press(const char *codes)
{
	for (; *codes != '\0'; codes++)
		keys_dispatch(&console, *codes);
}

static struct grid *draw(void)
{
	struct grid *grid = grid_make(console.rows, console.columns);
	console_draw(&console, &grid->canvas);
	return grid;
}

static const char *under_cursor(void)
{
	const struct view_event *event = events_current(&console);
	return event != NULL ? event->text : "";
}

static int cursor_row(void)
{
	const struct grid *grid = draw();
	for (int row = 0; row < grid->canvas.rows; row++)
		if (strcmp(grid->cells[row][0].text, glyphs_utf8.marker) == 0)
			return row;
	return -1;
}

/* ---- promises ---- */

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

/* ---- records ---- */

enum { STORY = 12 };

/* A node fails, its chunks are copied elsewhere, it returns; and things that have nothing to do with it. */
static void tell_story(void)
{
	static const struct view_event story[STORY] = {
		{0, 0, EVENT_INFO, "put", "", "stored 36 files, 343.4 MiB, beginning with 'photos/a.jpg'", "",
			"", "", "", 0, 0, -1},
		{0, 0, EVENT_NOTICE, "health", "", "HEALTHY: all is well", "", "", "", "", 0, 0, -1},
		{0, 0, EVENT_ERROR, "io_error", "node-4", "node-4 cannot be read: input/output error", "", "",
			"", "", 0, 0, -1},
		{0, 0, EVENT_WARNING, "node_lost", "node-4", "node-4 is down: input/output error",
			"input/output error", "", "", "", 0, 0, -1},
		{0, 0, EVENT_NOTICE, "repair_started", "",
			"repair: 40 chunks have to be copied (153.9 MiB)",
			"node-4 is down: input/output error", "", "", "", 40, 161360128, -1},
		{0, 0, EVENT_INFO, "repair_copy", "node-1",
			"copied chunk 3c59e9678c64 of 'photos/img-14.jpg' (4.0 MiB) from node-3 to node-1",
			"node-4 is down: input/output error", "node-3", "node-1", "ok", 1, 4194304, 146},
		{0, 0, EVENT_WARNING, "repair_failed", "node-2",
			"could not copy chunk ef5f81254b55 of 'photos/img-5.jpg' to node-2: no space left on "
			"device; trying again later",
			"node-4 is down: input/output error", "node-3", "node-2", "failed", 1, 4194304, 12},
		{0, 0, EVENT_INFO, "put", "", "stored 'notes.txt'", "", "", "", "", 0, 0, -1},
		{0, 0, EVENT_INFO, "repair_progress", "", "copied 38 more chunks (148.0 MiB)",
			"node-4 is down: input/output error", "", "", "ok", 38, 155189248, 9800},
		{0, 0, EVENT_NOTICE, "repair_finished", "", "repair: copied 40 chunks (153.9 MiB) in 10 s",
			"node-4 is down: input/output error", "", "", "ok", 40, 161360128, 10012},
		{0, 0, EVENT_NOTICE, "node_back", "node-4",
			"node-4 answers again (up); what it holds is checked", "", "", "", "", 0, 0, -1},
		{0, 0, EVENT_INFO, "scrub_finished", "node-4", "every copy on node-4 was verified", "", "",
			"", "ok", 43, 171966464, 2210},
	};
	for (size_t i = 0; i < STORY; i++) {
		events[i] = story[i];
		events[i].id = (int64_t)i + 1;
		events[i].time_ms = SAMPLE_NOW_MS - (int64_t)(STORY - i) * 7123 - (i < 2 ? 90000000 : 0);
	}
}

static void begin_story(int rows, int columns, const struct glyphs *glyphs)
{
	begin(rows, columns, STORY, STORY);
	tell_story();
	console.glyphs = glyphs;
	answer_all();
}

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
				end(NULL);
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
		end(NULL);
	}
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_new_events_come_with_the_view_and_without_questions, end),
		cmocka_unit_test_teardown(test_what_a_view_cannot_tell_is_asked_for, end),
		cmocka_unit_test_teardown(test_the_cursor_stays_on_its_event_and_row, end),
		cmocka_unit_test_teardown(test_the_whole_log_can_be_scrolled_through, end),
		cmocka_unit_test_teardown(test_first_and_last_are_those_of_the_whole_log, end),
		cmocka_unit_test_teardown(test_a_filter_acts_while_it_is_typed, end),
		cmocka_unit_test_teardown(test_what_matches_nothing_says_so, end),
		cmocka_unit_test_teardown(test_v_goes_through_the_severities, end),
		cmocka_unit_test_teardown(test_n_keeps_to_one_node, end),
		cmocka_unit_test_teardown(test_a_log_that_cannot_be_read_says_so_and_is_tried_again, end),
		cmocka_unit_test_teardown(test_a_question_that_another_screen_replaced_is_asked_again, end),
		cmocka_unit_test_teardown(test_the_mouse_selects_and_opens, end),
		cmocka_unit_test_teardown(test_a_record_tells_all_there_is, end),
		cmocka_unit_test_teardown(test_a_low_screen_scrolls_the_record, end),
		cmocka_unit_test_teardown(test_a_chain_has_cause_effects_and_the_same_node, end),
		cmocka_unit_test_teardown(test_the_cause_is_told_however_far_away_it_is, end),
		cmocka_unit_test_teardown(test_next_and_before_go_through_the_log, end),
		cmocka_unit_test_teardown(test_a_record_stays_while_new_events_come, end),
		cmocka_unit_test_teardown(test_there_may_be_nothing, end),
		cmocka_unit_test(test_every_size_can_be_drawn),
		cmocka_unit_test(test_golden_screens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
