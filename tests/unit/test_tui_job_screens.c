/*
 * Promises of the console about jobs: the line above the keys, what is said when one is over, their list, their
 * pages.
 */
#include "tests/screen/bare.h"
#include "tui/layout.h"

enum { COUNT = 3 };

static struct job jobs[COUNT]; /* the newest first */
static struct job_list list;
static uint64_t cancelled;

static void cancel(void *context, uint64_t id)
{
	assert_ptr_equal(context, &console);
	cancelled = id;
}

static void set_output(struct job *job, const char *text)
{
	job->output = (char *)(uintptr_t)text;
	job->output_length = strlen(text);
}

/* One runs, one failed, one is done. */
static void begin_at(int rows, int columns)
{
	static const struct job *shown[COUNT] = {&jobs[0], &jobs[1], &jobs[2]};
	viewer_open(&console, sample_view(&sample, SAMPLE_HEALTHY), &glyphs_utf8, rows, columns,
		(struct console_link){.context = &console, .cancel = cancel});
	jobs[0] = (struct job){.id = 3,
		.line = (char *)(uintptr_t) "put film.mkv",
		.state = JOB_RUNNING,
		.started_ms = SAMPLE_NOW_MS - 9000,
		.bytes_done = UINT64_C(50) << 20,
		.bytes_total = UINT64_C(100) << 20,
		.rate = 10 << 20,
		.left_ms = 4900,
		.name = "film.mkv"};
	jobs[1] = (struct job){.id = 2,
		.line = (char *)(uintptr_t) "get nope",
		.state = JOB_FAILED,
		.exit_code = 1,
		.started_ms = SAMPLE_NOW_MS - 60000,
		.ended_ms = SAMPLE_NOW_MS - 59000,
		.outcome = "there is no 'nope' in the store"};
	set_output(&jobs[1], "linckia: error: there is no 'nope' in the store\n");
	jobs[2] = (struct job){.id = 1,
		.line = (char *)(uintptr_t) "ls",
		.typed = true,
		.state = JOB_DONE,
		.started_ms = SAMPLE_NOW_MS - 70000,
		.ended_ms = SAMPLE_NOW_MS - 69900,
		.outcome = "b"};
	set_output(&jobs[2], "a\nb\n");
	list = (struct job_list){.jobs = shown, .count = COUNT, .running = 1};
	console.jobs = &list;
	console_settle(&console);
	cancelled = 0;
}

static int begin(void **state)
{
	(void)state;
	begin_at(24, 80);
	return 0;
}

static void test_the_line_tells_of_the_newest_that_runs(void **state)
{
	(void)state;
	assert_true(shows("put film.mkv"));
	assert_true(shows("50 %"));
	assert_true(shows("10.0 MiB/s"));
	assert_true(shows("5 s left"));
	assert_false(shows("more"));
	jobs[1].state = JOB_RUNNING;
	list.running = 2;
	assert_true(shows("and 1 more"));
	jobs[0].state = jobs[1].state = JOB_DONE;
	list.running = 0;
	assert_false(shows("put film.mkv"));
}

/* A file may grow while it is read. */
static void test_no_share_is_above_all(void **state)
{
	(void)state;
	jobs[0].bytes_done = 3 * jobs[0].bytes_total;
	assert_true(shows("100 %"));
}

static void test_a_failure_stays_and_says_where_to_read_it(void **state)
{
	(void)state;
	console_job_over(&console, &jobs[1]);
	assert_true(shows("get nope: there is no 'nope' in the store"));
	assert_true(shows("9 jobs, 1 running"));
	list.running = 0;
	press("jk?q");
	console.tick_ms += 3600000;
	assert_false(console_expire(&console));
	assert_true(shows("get nope: there is no 'nope' in the store"));
	assert_true(shows("9 jobs"));
	press("\x1b");
	assert_false(shows("get nope"));
}

/* Two commands are typed, the second fails at once, and then the first ends well. */
static void test_a_failure_is_not_hidden_by_the_end_of_an_earlier_command(void **state)
{
	(void)state;
	assert_true(jobs[2].id < jobs[1].id);
	console_job_over(&console, &jobs[1]);
	jobs[2].typed = false;
	console_job_over(&console, &jobs[2]);
	assert_true(shows("get nope: there is no 'nope' in the store"));
	press("\x1b");
	console_job_over(&console, &jobs[2]);
	assert_true(shows("ls: b"));
	console_job_over(&console, &jobs[1]);
	jobs[0].state = JOB_DONE;
	snprintf(jobs[0].outcome, sizeof(jobs[0].outcome), "stored 1 file");
	assert_true(jobs[0].id > jobs[1].id);
	console_job_over(&console, &jobs[0]);
	assert_true(shows("put film.mkv: stored 1 file"));
}

static void test_a_success_is_said_and_goes(void **state)
{
	(void)state;
	jobs[0].state = JOB_DONE;
	list.running = 0;
	snprintf(jobs[0].outcome, sizeof(jobs[0].outcome), "stored 1 file");
	console_job_over(&console, &jobs[0]);
	assert_true(shows("put film.mkv: stored 1 file"));
	press("j");
	assert_false(shows("put film.mkv"));
}

static void test_long_words_leave_room_for_what_became_of_them(void **state)
{
	(void)state;
	char line[2000];
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	jobs[1].line = line;
	console_job_over(&console, &jobs[1]);
	assert_true(shows("x\xe2\x80\xa6: there is no 'nope' in the store"));
}

static void test_what_was_typed_and_said_much_opens(void **state)
{
	(void)state;
	console_job_over(&console, &jobs[2]);
	assert_ptr_equal(console_screen(&console), screens[SCREEN_JOB]);
	assert_true(shows(" a"));
	press("q");
	assert_ptr_equal(console_screen(&console), screens[SCREEN_OVERVIEW]);
	jobs[2].typed = false;
	console_job_over(&console, &jobs[2]);
	assert_ptr_equal(console_screen(&console), screens[SCREEN_OVERVIEW]);
	assert_true(shows("ls: b"));
	jobs[2].typed = true;
	set_output(&jobs[2], "one line\n");
	console_job_over(&console, &jobs[2]);
	assert_ptr_equal(console_screen(&console), screens[SCREEN_OVERVIEW]);
}

/* A question may be open, or a line half typed. */
static void test_nothing_opens_over_what_is_being_answered(void **state)
{
	(void)state;
	press("f");
	console_job_over(&console, &jobs[2]);
	assert_ptr_equal(console_screen(&console), screens[SCREEN_CONFIRM]);
	press("n:ab");
	console_job_over(&console, &jobs[2]);
	assert_ptr_equal(console_screen(&console), screens[SCREEN_COMMAND]);
	press("\x1b");
	assert_true(shows("ls: b"));
}

static void test_the_list_shows_the_newest_first_with_what_became_of_it(void **state)
{
	(void)state;
	press("9");
	const struct grid *grid = draw();
	assert_non_null(strstr(grid_row(grid, 3), "running"));
	assert_non_null(strstr(grid_row(grid, 3), "50 %"));
	assert_non_null(strstr(grid_row(grid, 4), "failed"));
	assert_non_null(strstr(grid_row(grid, 4), "get nope"));
	assert_non_null(strstr(grid_row(grid, 5), "done"));
	press("j\n");
	assert_ptr_equal(console_screen(&console), screens[SCREEN_JOB]);
	assert_true(shows("exit status 1"));
	assert_true(shows("linckia: error: there is no 'nope' in the store"));
}

/* The cursor is on a job, not on a place. */
static void test_the_cursor_stays_on_its_job(void **state)
{
	(void)state;
	static const struct job *later[COUNT] = {&jobs[0], &jobs[2]};
	press("9jj");
	list = (struct job_list){.jobs = later, .count = 2, .running = 1};
	console_settle(&console);
	press("\n");
	assert_int_equal(console.job, 1);
}

static void test_cancelling_asks_and_only_what_runs_is_cancelled(void **state)
{
	(void)state;
	press("9x");
	assert_true(shows("Cancel this job?"));
	press("x");
	assert_int_equal(cancelled, 0);
	press("xy");
	assert_int_equal(cancelled, 3);
	jobs[0].cancels = 1;
	cancelled = 0;
	assert_true(shows("ending"));
	press("\nx");
	assert_true(shows("End this job at once?"));
	press("y");
	assert_int_equal(cancelled, 3);
	cancelled = 0;
	press("qjx");
	assert_int_equal(cancelled, 0);
	assert_true(shows("It does not run."));
}

static void test_leaving_asks_while_something_runs(void **state)
{
	(void)state;
	press("q");
	assert_true(shows("1 job is still running"));
	press("q");
	assert_false(console.quit);
	press("qy");
	assert_true(console.quit);
	console.quit = false;
	press(":q\n");
	assert_false(console.quit);
	press("n");
	list.running = 0;
	press("q");
	assert_true(console.quit);
}

static void test_a_page_follows_its_end_until_it_is_scrolled(void **state)
{
	(void)state;
	char text[4096] = "";
	for (int i = 0; i < 100; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "line %d\n", i);
	set_output(&jobs[0], text);
	press("9\n");
	assert_true(shows("line 99"));
	assert_false(shows("line 1\n"));
	press("g");
	assert_true(shows("line 0"));
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "line 100\n");
	set_output(&jobs[0], text);
	console_settle(&console);
	assert_true(shows("line 0"));
	press("G");
	console_settle(&console);
	assert_true(shows("line 100"));
}

static void test_the_digits_lead_away_from_a_page(void **state)
{
	(void)state;
	press("9\n");
	press("7");
	assert_ptr_equal(console_screen(&console), &screen_events);
}

static void test_a_click_below_the_list_opens_nothing(void **state)
{
	(void)state;
	press("9");
	int heading = console_body(&console).row;
	console_click(&console, heading + COUNT + 1, 10, true);
	assert_ptr_equal(console_screen(&console), &screen_jobs);
	console_click(&console, heading + COUNT, 10, true);
	assert_ptr_equal(console_screen(&console), &screen_job);
	assert_int_equal(console.job, 1);
}

static void test_lines_of_any_length_are_shown_whole(void **state)
{
	(void)state;
	static char text[20000];
	for (size_t i = 0; i + 3 <= sizeof(text) - 8; i += 3)
		memcpy(text + i, "\xe6\x97\xa5", 3);
	memcpy(text + (sizeof(text) - 8) / 3 * 3, "THE END", 8);
	set_output(&jobs[2], text);
	press("9jj\nG");
	assert_true(shows("THE END"));
	for (int row = 4; row < 20; row++)
		assert_null(strstr(grid_row(draw(), row), "\\x"));
}

static void test_hostile_output_is_harmless(void **state)
{
	(void)state;
	set_output(&jobs[2], "\x1b[2J\r\x9b"
			     "31m \xff \xe2\x80\xae end\n");
	press("9jj\n");
	assert_true(shows("\\x1B[2J"));
	assert_true(shows("end"));
}

static void test_jobs_can_be_drawn_at_every_size(void **state)
{
	(void)state;
	static const char *const paths[] = {"", "9", "9j", "9\n", "9j\n", "9x", "q"};
	console_release(&console);
	for (size_t path = 0; path < sizeof(paths) / sizeof(*paths); path++)
		for (int step = 0; step < 40; step++) {
			begin_at(24, 80);
			press(paths[path]);
			console_job_over(&console, &jobs[step % COUNT]);
			viewer_resize(&console, step);
			console_release(&console);
		}
	begin_at(24, 80);
}

int main(void)
{
	viewer_use_utc();
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(test_the_line_tells_of_the_newest_that_runs),
		TEST(test_no_share_is_above_all),
		TEST(test_a_failure_stays_and_says_where_to_read_it),
		TEST(test_a_failure_is_not_hidden_by_the_end_of_an_earlier_command),
		TEST(test_a_success_is_said_and_goes),
		TEST(test_long_words_leave_room_for_what_became_of_them),
		TEST(test_what_was_typed_and_said_much_opens),
		TEST(test_nothing_opens_over_what_is_being_answered),
		TEST(test_the_list_shows_the_newest_first_with_what_became_of_it),
		TEST(test_the_cursor_stays_on_its_job),
		TEST(test_cancelling_asks_and_only_what_runs_is_cancelled),
		TEST(test_leaving_asks_while_something_runs),
		TEST(test_a_page_follows_its_end_until_it_is_scrolled),
		TEST(test_the_digits_lead_away_from_a_page),
		TEST(test_a_click_below_the_list_opens_nothing),
		TEST(test_lines_of_any_length_are_shown_whole),
		TEST(test_hostile_output_is_harmless),
		TEST(test_jobs_can_be_drawn_at_every_size),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
