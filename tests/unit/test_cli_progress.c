/* What cli/progress.h promises of its line: it fits, it is true, and it is harmless. */
#include "cli/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_line_tells_how_far_and_how_long),
		cmocka_unit_test(a_source_that_grew_does_not_burst_the_bar),
		cmocka_unit_test(a_foreign_name_is_escaped),
		cmocka_unit_test(no_width_is_exceeded),
	};
	return cmocka_run_group_tests_name("cli progress", tests, NULL, NULL);
}
