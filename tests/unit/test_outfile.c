/*
 * A file appears under its name only when it is whole, and whatever fails, nothing is left beside it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/outfile.h"
#include "tests/support/one_world.h"

static int folder;

static int make(void **state)
{
	one_world_make(state);
	folder = open(scratch.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return folder < 0 ? -1 : 0;
}

static int clean(void **state)
{
	close(folder);
	return one_world_remove(state);
}

static void without_unnamed_files(void)
{
	env_mock_fail(
		&mock, (struct io_fault){
			       .call = IO_OPENAT, .number = EOPNOTSUPP, .lasting = true, .flags = O_TMPFILE});
}

static int write_file(const char *text)
{
	struct outfile output;
	assert_int_equal(outfile_begin(&output, &mock.env, folder, "name"), 0);
	assert_int_equal(write(output.fd, text, strlen(text)), strlen(text));
	return outfile_finish(&output, 0640, INT64_C(-1500000000));
}

static void test_a_file_appears_when_it_is_finished_and_replaces_what_was_there(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct outfile output;
		struct stat status;
		assert_int_equal(outfile_begin(&output, &mock.env, folder, "name"), 0);
		assert_int_equal(scratch_exists(&scratch, "name"), i > 0);
		outfile_abort(&output);
		assert_int_equal(write_file("first"), 0);
		scratch_expect(&scratch, "name", "first", 5);
		assert_int_equal(write_file("other"), 0);
		scratch_expect(&scratch, "name", "other", 5);
		assert_int_equal(stat(scratch_path(&scratch, "name"), &status), 0);
		assert_int_equal(status.st_mode & 07777, 0640);
		assert_int_equal(status.st_mtim.tv_sec, -2);
		assert_int_equal(status.st_mtim.tv_nsec, 500000000);
		assert_int_equal(scratch_count(&scratch, ""), 1);
		without_unnamed_files();
	}
}

static void test_a_failure_leaves_what_was_there_and_nothing_else(void **state)
{
	(void)state;
	static const enum io_call calls[] = {IO_FCHMOD, IO_LINKAT, IO_RENAMEAT2};
	scratch_write(&scratch, "name", "old", 3);
	size_t before = scratch_descriptors();
	for (int unnamed = 1; unnamed >= 0; unnamed--)
		for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
			if (!unnamed && calls[i] == IO_LINKAT)
				continue;
			env_mock_heal(&mock);
			if (!unnamed)
				without_unnamed_files();
			env_mock_fail(&mock, (struct io_fault){.call = calls[i], .number = EIO});
			assert_int_equal(write_file("new"), -1);
			assert_int_equal(errno, EIO);
			scratch_expect(&scratch, "name", "old", 3);
			assert_int_equal(scratch_count(&scratch, ""), 1);
			assert_int_equal(scratch_descriptors(), before);
		}
}

static void test_a_folder_in_the_way_stays(void **state)
{
	(void)state;
	scratch_folder(&scratch, "name");
	assert_int_equal(write_file("new"), -1);
	assert_int_equal(outfile_link(&mock.env, folder, "name", "target", 0), -1);
	assert_int_equal(scratch_count(&scratch, ""), 0);
	assert_int_equal(rmdir(scratch_path(&scratch, "name")), 0);
}

static void test_a_link_replaces_what_was_there(void **state)
{
	(void)state;
	char target[16] = "";
	scratch_write(&scratch, "name", "old", 3);
	assert_int_equal(outfile_link(&mock.env, folder, "name", "../target", 5), 0);
	assert_int_equal(readlink(scratch_path(&scratch, "name"), target, sizeof(target)), 9);
	assert_string_equal(target, "../target");
	env_mock_fail(&mock, (struct io_fault){.call = IO_RENAMEAT2, .number = EIO});
	assert_int_equal(outfile_link(&mock.env, folder, "second", "../target", 5), -1);
	assert_false(scratch_exists(&scratch, "second"));
}

/* NFS and quotas report a failed write only here. */
static void test_a_failed_close_leaves_no_file(void **state)
{
	(void)state;
	env_mock_fail(&mock, (struct io_fault){.call = IO_CLOSE, .number = EIO});
	assert_int_equal(write_file("new"), -1);
	assert_int_equal(errno, EIO);
	assert_false(scratch_exists(&scratch, "name"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, make, clean)
	const struct CMUnitTest tests[] = {
		TEST(a_file_appears_when_it_is_finished_and_replaces_what_was_there),
		TEST(a_failure_leaves_what_was_there_and_nothing_else),
		TEST(a_folder_in_the_way_stays),
		TEST(a_link_replaces_what_was_there),
		TEST(a_failed_close_leaves_no_file),
	};
	return cmocka_run_group_tests_name("outfile", tests, NULL, NULL);
}
