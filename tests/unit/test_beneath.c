/*
 * Nothing below a folder leads out of it, waits, or is written through to somebody else's file, whatever was put
 * there: with openat2(), and on kernels that have none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/beneath.h"
#include "tests/support/one_world.h"

static int folder; /* "node", which has "sub/file"; beside it is "victim", which has "file" */

static int make(void **state, int without_openat2)
{
	one_world_make(state);
	mock.without_openat2 = without_openat2;
	scratch_folder(&scratch, "node");
	scratch_folder(&scratch, "node/sub");
	scratch_folder(&scratch, "victim");
	scratch_write(&scratch, "node/sub/file", "mine", 4);
	scratch_write(&scratch, "victim/file", "precious", 8);
	folder = open(scratch_path(&scratch, "node"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return folder < 0 ? -1 : 0;
}

static int make_with_openat2(void **state)
{
	return make(state, 0);
}

/* Before Linux 5.6. */
static int make_with_an_old_kernel(void **state)
{
	return make(state, ENOSYS);
}

/* A sandbox that knows no call of that number. */
static int make_in_a_sandbox(void **state)
{
	return make(state, EPERM);
}

static int clean(void **state)
{
	close(folder);
	scratch_expect(&scratch, "victim/file", "precious", 8);
	assert_int_equal(scratch_count(&scratch, "victim"), 1);
	return one_world_remove(state);
}

static void expect_open(const char *path, int flags, int number)
{
	int fd = beneath_open(&mock.env, folder, path, flags | O_CLOEXEC, 0);
	if ((fd < 0 ? errno : 0) != number)
		fail_msg("'%s' gives %s instead of %s", path, strerror(fd < 0 ? errno : 0), strerror(number));
	if (fd >= 0)
		close(fd);
}

static void test_what_is_there_is_opened(void **state)
{
	(void)state;
	expect_open("sub/file", O_RDONLY, 0);
	expect_open("sub", O_RDONLY | O_DIRECTORY, 0);
	expect_open(".", O_RDONLY | O_DIRECTORY, 0);
	expect_open("sub/none", O_RDONLY, ENOENT);
	expect_open("none/file", O_RDONLY, ENOENT);
	expect_open("sub/file/below", O_RDONLY, ENOTDIR);
	expect_open("sub/file", O_RDONLY | O_DIRECTORY, ENOTDIR);
}

static void test_links_are_not_followed_anywhere(void **state)
{
	(void)state;
	scratch_link(&scratch, "victim", "node/out");
	scratch_link(&scratch, "victim/file", "node/sub/out");
	scratch_link(&scratch, "node/sub", "node/in");
	scratch_link(&scratch, "nowhere", "node/dangling");
	expect_open("out/file", O_RDONLY, ELOOP);
	expect_open("out", O_RDONLY | O_DIRECTORY, ELOOP);
	expect_open("out", O_PATH | O_DIRECTORY, ELOOP);
	expect_open("sub/out", O_RDONLY, ELOOP);
	expect_open("in/file", O_RDONLY, ELOOP); /* not even to where one may go */
	expect_open("dangling", O_RDONLY, ELOOP);
}

static void test_paths_that_lead_out_are_refused(void **state)
{
	(void)state;
	const char *const paths[] = {
		"..", "../victim/file", "sub/../file", "sub/..", "sub/../../victim/file", "/etc/passwd", "/"};
	struct stat status;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		expect_open(paths[i], O_RDONLY, EXDEV);
		errno = 0;
		assert_int_equal(beneath_stat(&mock.env, folder, paths[i], &status), -1);
		assert_int_equal(errno, EXDEV);
	}
	expect_open("sub/..file", O_RDONLY, ENOENT); /* a name like any other */
}

static void test_names_are_not_changed_through_a_link(void **state)
{
	(void)state;
	struct stat status;
	scratch_link(&scratch, "victim", "node/out");
	assert_int_equal(beneath_unlink(&mock.env, folder, "out/file"), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(beneath_make_folder(&mock.env, folder, "out/made"), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(beneath_create(&mock.env, folder, "out/made"), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(beneath_stat(&mock.env, folder, "out/file", &status), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(beneath_rename(&mock.env, folder, "sub/file", folder, "out/made", 0), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(beneath_rename(&mock.env, folder, "out/file", folder, "made", 0), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(beneath_flush_folder(&mock.env, folder, "out"), -1);
	scratch_expect(&scratch, "node/sub/file", "mine", 4);
	/* The link itself can be looked at, and goes. */
	assert_int_equal(beneath_stat(&mock.env, folder, "out", &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_int_equal(beneath_unlink(&mock.env, folder, "out"), 0);
}

static void test_names_are_changed_where_they_are(void **state)
{
	(void)state;
	struct stat status;
	assert_int_equal(beneath_make_folder(&mock.env, folder, "sub/made"), 0);
	assert_int_equal(beneath_make_folder(&mock.env, folder, "sub/made"), 0); /* is there */
	assert_int_equal(beneath_stat(&mock.env, folder, "sub/made", &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	assert_int_equal(beneath_rename(&mock.env, folder, "sub/file", folder, "sub/made/file", 0), 0);
	scratch_expect(&scratch, "node/sub/made/file", "mine", 4);
	assert_int_equal(beneath_unlink(&mock.env, folder, "sub/made/file"), 0);
	assert_int_equal(beneath_flush_folder(&mock.env, folder, "sub/made"), 0);
	errno = EIO;
	beneath_discard(&mock.env, folder, "sub/made/file");
	assert_int_equal(errno, EIO);
}

/* Also where the file system knows no flags (NFS), or the kernel no such call. */
static void test_a_name_that_is_taken_stays_somebody_elses(void **state)
{
	(void)state;
	const int numbers[] = {0, EINVAL, ENOSYS};
	scratch_write(&scratch, "node/taken", "other", 5);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		if (numbers[i])
			env_mock_fail(
				&mock, (struct io_fault){
					       .call = IO_RENAMEAT2, .number = numbers[i], .lasting = true});
		size_t before = scratch_descriptors();
		assert_int_equal(beneath_rename_new(&mock.env, folder, "sub/file", folder, "taken"), -1);
		assert_int_equal(errno, EEXIST);
		assert_int_equal(beneath_rename_new(&mock.env, folder, "none", folder, "free"), -1);
		assert_int_equal(errno, ENOENT);
		scratch_expect(&scratch, "node/taken", "other", 5);
		assert_int_equal(beneath_rename_new(&mock.env, folder, "sub/file", folder, "sub/free"), 0);
		scratch_expect(&scratch, "node/sub/free", "mine", 4);
		assert_int_equal(scratch_count(&scratch, "node/sub"), 1);
		assert_int_equal(scratch_descriptors(), before);
		env_mock_heal(&mock);
		scratch_rename(&scratch, "node/sub/free", "node/sub/file");
	}
}

static void test_a_file_that_keeps_its_name_gets_no_other(void **state)
{
	(void)state;
	env_mock_fail(&mock, (struct io_fault){.call = IO_RENAMEAT2, .number = EINVAL});
	env_mock_fail(&mock, (struct io_fault){.call = IO_UNLINKAT, .number = EIO});
	assert_int_equal(beneath_rename_new(&mock.env, folder, "sub/file", folder, "sub/free"), -1);
	assert_int_equal(errno, EIO);
	scratch_expect(&scratch, "node/sub/file", "mine", 4);
	assert_int_equal(scratch_count(&scratch, "node/sub"), 1);
}

static void test_only_regular_files_are_files(void **state)
{
	(void)state;
	struct stat status;
	const char *const odd[] = {"fifo", "sub"};
	assert_int_equal(mkfifo(scratch_path(&scratch, "node/fifo"), 0600), 0);
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		assert_int_equal(beneath_open_file(&mock.env, folder, odd[i], O_RDONLY, &status), -1);
		assert_int_equal(errno, EBADMSG);
	}
	assert_int_equal(beneath_open_file(&mock.env, folder, "fifo", O_WRONLY, NULL), -1);
	assert_int_equal(errno, EBADMSG);
	int fd = beneath_open_file(&mock.env, folder, "sub/file", O_RDONLY, &status);
	assert_true(fd >= 0);
	assert_int_equal(status.st_size, 4);
	close(fd);
}

/* A draft is never somebody else's file, by whatever name that came to be there. */
static void test_what_is_created_is_new(void **state)
{
	(void)state;
	assert_int_equal(link(scratch_path(&scratch, "victim/file"), scratch_path(&scratch, "node/hard")), 0);
	scratch_link(&scratch, "victim/file", "node/soft");
	assert_int_equal(mkfifo(scratch_path(&scratch, "node/fifo"), 0600), 0);
	const char *const names[] = {"hard", "soft", "fifo", "none", "sub/none"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct stat status;
		int fd = beneath_create(&mock.env, folder, names[i]);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, "draft", 5), 5);
		assert_int_equal(fstat(fd, &status), 0);
		assert_true(S_ISREG(status.st_mode));
		assert_int_equal(status.st_nlink, 1);
		assert_int_equal(status.st_mode & 0777 & ~0600U, 0);
		close(fd);
	}
	assert_int_equal(beneath_create(&mock.env, folder, "sub"), -1); /* a folder stays */
}

static void test_no_descriptor_is_left_open(void **state)
{
	(void)state;
	scratch_link(&scratch, "victim", "node/out");
	size_t before = scratch_descriptors();
	expect_open("sub/file", O_RDONLY, 0);
	expect_open("out/file", O_RDONLY, ELOOP);
	assert_int_equal(beneath_open_file(&mock.env, folder, "sub", O_RDONLY, NULL), -1);
	assert_int_equal(beneath_rename(&mock.env, folder, "sub/file", folder, "out/file", 0), -1);
	assert_int_equal(beneath_rename(&mock.env, folder, "sub/file", folder, "sub/two", 0), 0);
	assert_int_equal(beneath_unlink(&mock.env, folder, "sub/two"), 0);
	assert_int_equal(scratch_descriptors(), before);
}

static void test_the_kernel_is_asked_for_all_of_it(void **state)
{
	(void)state;
	scratch_link(&scratch, "victim", "node/out");
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	if (env_real()->io->openat2(env_real()->io, folder, "sub", &how) < 0 && errno == ENOSYS)
		skip();
	env_mock_forget(&mock);
	expect_open("sub/file", O_RDONLY, 0);
	expect_open("out/file", O_RDONLY, ELOOP);
	assert_int_equal(mock.calls[IO_OPENAT], 2); /* one call each */
}

int main(void)
{
#define EACH_WAY(name)                                                                                       \
	cmocka_unit_test_setup_teardown(test_##name, make_with_openat2, clean),                              \
		cmocka_unit_test_setup_teardown(test_##name, make_with_an_old_kernel, clean),                \
		cmocka_unit_test_setup_teardown(test_##name, make_in_a_sandbox, clean)
	const struct CMUnitTest tests[] = {
		EACH_WAY(what_is_there_is_opened),
		EACH_WAY(links_are_not_followed_anywhere),
		EACH_WAY(paths_that_lead_out_are_refused),
		EACH_WAY(names_are_not_changed_through_a_link),
		EACH_WAY(names_are_changed_where_they_are),
		EACH_WAY(a_name_that_is_taken_stays_somebody_elses),
		EACH_WAY(a_file_that_keeps_its_name_gets_no_other),
		EACH_WAY(only_regular_files_are_files),
		EACH_WAY(what_is_created_is_new),
		EACH_WAY(no_descriptor_is_left_open),
		cmocka_unit_test_setup_teardown(
			test_the_kernel_is_asked_for_all_of_it, make_with_openat2, clean),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
