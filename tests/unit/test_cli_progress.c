/* What cli/progress.h promises of its line: it fits, it is true, and it is harmless. */
#include "cli/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/width.h"

static const uint64_t mib = 1 << 20;

static void expect_line(size_t columns, const struct progress *progress, double rate, const char *expected)
{
	char line[1024];
	assert_int_equal(
		progress_line(line, sizeof(line), columns, progress, "files", rate), strlen(expected));
	assert_string_equal(line, expected);
}

static void the_line_tells_how_far_and_how_long(void **state)
{
	(void)state;
	const struct progress half = {.bytes_done = 50 * mib, .bytes_total = 100 * mib, .name = "a/film.mkv"};
	expect_line(100, &half, 10.0 * (double)mib,
		"[########........]  50%  50.0 MiB of 100.0 MiB  10.0 MiB/s  6 s left  film.mkv");
	expect_line(100, &half, 0, "[########........]  50%  50.0 MiB of 100.0 MiB  film.mkv");
	const struct progress unknown = {.bytes_done = 50 * mib, .name = "-"};
	expect_line(100, &unknown, 2.0 * (double)mib, "50.0 MiB  2.0 MiB/s  -");
	const struct progress files = {
		.bytes_done = mib, .bytes_total = mib, .files_done = 2, .files_total = 3, .name = NULL};
	expect_line(100, &files, (double)mib,
		"[################] 100%  1.0 MiB of 1.0 MiB  1.0 MiB/s  2 of 3 files");
}

static void a_source_that_grew_does_not_burst_the_bar(void **state)
{
	(void)state;
	const struct progress grown = {.bytes_done = 3 * mib, .bytes_total = mib};
	expect_line(100, &grown, 0, "[################] 100%  3.0 MiB of 1.0 MiB");
}

static void a_foreign_name_is_escaped(void **state)
{
	(void)state;
	const struct progress hostile = {.bytes_done = 1, .name = "x/\x1B[2J\xFF"};
	expect_line(100, &hostile, 0, "1 B  \\x1B[2J\\xFF");
}

static void no_width_is_exceeded(void **state)
{
	(void)state;
	char name[STORE_NAME_MAX + 1];
	for (size_t i = 0; i + 3 <= STORE_NAME_MAX; i += 3)
		memcpy(name + i, "\xE6\x97\xA5", 4);
	const struct progress progress = {.bytes_done = UINT64_MAX / 3,
		.bytes_total = UINT64_MAX,
		.files_done = UINT64_MAX / 2,
		.files_total = UINT64_MAX,
		.name = name};
	for (size_t columns = 0; columns < 400; columns++) {
		char line[2000];
		size_t length = progress_line(line, sizeof(line), columns, &progress, "files", 123456789);
		assert_int_equal(length, strlen(line));
		assert_true(width_of(line) <= columns);
	}
	for (size_t size = 1; size < 100; size++) {
		char line[100];
		assert_true(progress_line(line, size, 200, &progress, "files", 1e17) < size);
	}
}

/* ---- progress for another program ---- */

static int ends[2]; /* of the pipe that it goes through */

static void name_feed(int fd)
{
	char number[16];
	snprintf(number, sizeof(number), "%d", fd);
	setenv("LINCKIA_PROGRESS_FD", number, 1);
	progress_adopt_feed();
}

static int open_feed(void **state)
{
	(void)state;
	assert_int_equal(pipe(ends), 0);
	name_feed(ends[1]);
	return 0;
}

static int close_feed(void **state)
{
	(void)state;
	progress_stop();
	unsetenv("LINCKIA_PROGRESS_FD");
	progress_adopt_feed();
	close(ends[0]);
	close(ends[1]);
	return 0;
}

static void wait_for_next_line(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 110000000}, NULL);
}

/* What was written so far. */
static const char *fed(void)
{
	static char text[1 << 17];
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	ssize_t length = read(ends[0], text, sizeof(text) - 1);
	text[length > 0 ? length : 0] = '\0';
	return text;
}

static void another_program_gets_lines_and_at_last_the_newest(void **state)
{
	(void)state;
	assert_true(progress_start(true, "files"));
	wait_for_next_line();
	for (uint64_t i = 1; i <= 1000; i++)
		progress_show(NULL,
			&(struct progress){
				.bytes_done = i, .bytes_total = 1000, .files_total = 2, .name = "a b\n\x1b"});
	assert_string_equal(fed(), "1 1000 0 2 a b\\n\\x1B\n");
	progress_stop();
	assert_string_equal(fed(), "1000 1000 0 2 a b\\n\\x1B\n");
}

static void who_does_not_read_holds_nothing_up(void **state)
{
	(void)state;
	char name[STORE_NAME_MAX + 1];
	memset(name, '\n', STORE_NAME_MAX);
	name[STORE_NAME_MAX] = '\0';
	assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
	assert_true(progress_start(true, "files"));
	/* The lines are more than the pipe takes; a write that waits would wait for ever. */
	for (uint64_t i = 1; i <= 16; i++) {
		progress_stop();
		progress_start(true, "files");
		progress_show(NULL, &(struct progress){.bytes_done = i, .name = name});
	}
	progress_stop();
	assert_memory_equal(fed(), "1 0 0 0 \\n\\n", 12);
}

static void a_last_line_for_which_there_was_no_room_comes_at_the_end(void **state)
{
	(void)state;
	char filling[4096] = {0};
	assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
	assert_int_equal(write(ends[1], filling, sizeof(filling)), sizeof(filling));
	assert_true(progress_start(true, "files"));
	wait_for_next_line();
	progress_show(NULL, &(struct progress){.bytes_done = 7});
	fed();
	progress_stop();
	assert_string_equal(fed(), "7 0 0 0 \n");
}

static void a_reader_that_is_gone_kills_nothing(void **state)
{
	(void)state;
	assert_true(progress_start(true, "files"));
	close(ends[0]);
	wait_for_next_line();
	progress_show(NULL, &(struct progress){.bytes_done = 1});
	progress_stop();
}

/* It would be that of a file of the store later, which no line may be written into. */
static void a_number_that_is_not_open_is_not_used(void **state)
{
	(void)state;
	int number = dup(ends[1]);
	close(number);
	name_feed(number);
	assert_int_equal(dup(ends[1]), number);
	assert_false(progress_start(true, "files"));
	progress_show(NULL, &(struct progress){.bytes_done = 1});
	progress_stop();
	close(number);
	assert_string_equal(fed(), "");
	name_feed(ends[0]);
	assert_false(progress_start(true, "files"));
	static const char *const wrong[] = {"", "x", "1", "2", "-1", "99999999999", "3x"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		setenv("LINCKIA_PROGRESS_FD", wrong[i], 1);
		progress_adopt_feed();
		assert_false(progress_start(true, "files"));
	}
}

static void quiet_is_quiet_for_other_programs_too(void **state)
{
	(void)state;
	assert_false(progress_start(false, "files"));
	progress_show(NULL, &(struct progress){.bytes_done = 1});
	progress_stop();
	assert_string_equal(fed(), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_line_tells_how_far_and_how_long),
		cmocka_unit_test(a_source_that_grew_does_not_burst_the_bar),
		cmocka_unit_test(a_foreign_name_is_escaped),
		cmocka_unit_test(no_width_is_exceeded),
		cmocka_unit_test_setup_teardown(
			another_program_gets_lines_and_at_last_the_newest, open_feed, close_feed),
		cmocka_unit_test_setup_teardown(who_does_not_read_holds_nothing_up, open_feed, close_feed),
		cmocka_unit_test_setup_teardown(
			a_last_line_for_which_there_was_no_room_comes_at_the_end, open_feed, close_feed),
		cmocka_unit_test_setup_teardown(a_reader_that_is_gone_kills_nothing, open_feed, close_feed),
		cmocka_unit_test_setup_teardown(a_number_that_is_not_open_is_not_used, open_feed, close_feed),
		cmocka_unit_test_setup_teardown(quiet_is_quiet_for_other_programs_too, open_feed, close_feed),
	};
	return cmocka_run_group_tests_name("cli progress", tests, NULL, NULL);
}
