/*
 * What a put makes of what it finds: which names things get, what is skipped, what fails and with which sentence, and
 * that nothing of this keeps the rest from being stored.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/one_store.h"

static int (*real_openat)(struct io *io, int folder, const char *path, int flags, mode_t mode);

static int make(void **state)
{
	(void)state;
	store_fixture_make(&fixture, 3, NULL);
	scratch_folder(&fixture.scratch, "folder");
	scratch_write_seeded(&fixture.scratch, "folder/file", 1000, 1);
	return 0;
}

static void expect_names(const char *names)
{
	assert_int_equal(store_fixture_list(&fixture, ""), 0);
	assert_string_equal(fixture.names, names);
}

static void expect_said(const struct error *error, enum error_code code, const char *sentence)
{
	if (error->code != code || !strstr(error->message, sentence))
		fail_msg("said: %s", error->message);
}

/* Storing "folder" leaves something out for this reason, and the rest is stored. */
static void expect_skipped(const char *sentence)
{
	store_fixture_put(&fixture, "folder", NULL);
	assert_int_equal(fixture.skipped, 1);
	expect_said(&fixture.failure, ERROR_REFUSED, sentence);
	expect_names("folder/file\n");
}

/* It fails with this sentence, and the rest is stored. */
static void expect_failed(const char *sentence)
{
	assert_int_equal(store_fixture_try_put(&fixture, "folder", NULL, 0), -1);
	assert_int_equal(fixture.failed, 1);
	if (!strstr(fixture.failure.message, sentence))
		fail_msg("said: %s", fixture.failure.message);
	expect_names("folder/file\n");
	store_fixture_expect(&fixture, "folder/file", 1000, 1);
}

/* ---- names ---- */

static void test_a_path_gives_the_name_whatever_its_ending(void **state)
{
	static const char *const paths[] = {
		"folder", "folder/", "folder///", "folder/.", "folder/./", "folder/sub/..", "folder/sub/../"};
	(void)state;
	scratch_folder(&fixture.scratch, "folder/sub");
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		store_fixture_put(&fixture, paths[i], NULL);
		expect_names("folder/file\nfolder/sub\n");
	}
}

static void test_a_path_without_a_name_needs_one(void **state)
{
	static const struct put_options none;
	static const char *const root[] = {"/"}, *const slashes[] = {"///"};
	static const char *const *const paths[] = {root, slashes};
	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		assert_int_equal(store_put(fixture.store, paths[i], 1, &none, &fixture.error), -1);
		expect_said(
			&fixture.error, ERROR_USAGE, "has no base name to store it under; give one with -n");
	}
	expect_names("");
}

static void test_a_path_that_leads_nowhere_cannot_be_resolved(void **state)
{
	(void)state;
	assert_int_equal(store_fixture_try_put(&fixture, "nowhere/..", NULL, 0), -1);
	expect_said(&fixture.error, ERROR_NOT_FOUND, "cannot resolve '");
	expect_names("");
}

static void test_a_name_that_becomes_too_long_is_not_stored(void **state)
{
	char deep[STORE_NAME_MAX + 1] = "";
	(void)state;
	while (strlen(deep) + 220 < STORE_NAME_MAX)
		snprintf(deep + strlen(deep), sizeof(deep) - strlen(deep), "%s%0200d", *deep ? "/" : "", 1);
	char longest[256];
	snprintf(longest, sizeof(longest), "folder/%0230d", 2);
	scratch_write(&fixture.scratch, longest, "x", 1);
	assert_int_equal(store_fixture_try_put(&fixture, "folder", deep, 0), -1);
	assert_int_equal(fixture.failed, 1);
	expect_said(&fixture.failure, fixture.failure.code, "cannot store '");
	assert_int_equal(store_fixture_list(&fixture, ""), 0);
	assert_int_equal(fixture.listed, 1);
}

/* ---- what is skipped ---- */

static void test_a_socket_is_skipped(void **state)
{
	(void)state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		scratch_path(&fixture.scratch, "folder/socket"));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	expect_skipped("'folder/socket' is not stored: it is a socket");
	close(fd);
}

static void test_a_device_is_skipped(void **state)
{
	static const char *const paths[] = {"/dev/null"};
	(void)state;
	const struct put_options options = {.name = "null"};
	assert_int_equal(store_put(fixture.store, paths, 1, &options, &fixture.error), 0);
	expect_names("");
}

static void test_nodes_are_left_out_by_whatever_way_they_are_reached(void **state)
{
	(void)state;
	store_fixture_put(&fixture, "nodes", NULL);
	assert_int_equal(fixture.skipped, 1);
	expect_said(&fixture.failure, ERROR_REFUSED, "'nodes' is not stored: it belongs to this store");
	store_fixture_put(&fixture, "nodes/node-2/../node-2", NULL);
	assert_int_equal(fixture.skipped, 1);
	store_fixture_put(&fixture, "nodes/node-2/chunks", "chunks");
	assert_int_equal(fixture.skipped, 0);
}

/* ---- what changes while it is looked at ---- */

/* Puts a FIFO in place of "folder/victim", just when it is opened. */
static int replace_and_open(struct io *io, int folder, const char *path, int flags, mode_t mode)
{
	if (strcmp(path, "victim") == 0) {
		assert_int_equal(unlinkat(folder, path, 0), 0);
		assert_int_equal(mkfifoat(folder, path, 0600), 0);
	}
	return real_openat(io, folder, path, flags, mode);
}

static void test_a_file_that_became_a_fifo_is_skipped_and_not_waited_for(void **state)
{
	(void)state;
	scratch_write(&fixture.scratch, "folder/victim", "x", 1);
	real_openat = fixture.mock.io.openat;
	fixture.mock.io.openat = replace_and_open;
	expect_skipped(
		"'folder/victim' is not stored: it was replaced by something else while the folder was read");
	fixture.mock.io.openat = real_openat;
}

/* The same with a link, which must not be followed. */
static int link_and_open(struct io *io, int folder, const char *path, int flags, mode_t mode)
{
	if (strcmp(path, "victim") == 0) {
		assert_int_equal(unlinkat(folder, path, 0), 0);
		assert_int_equal(symlinkat("../secret", folder, path), 0);
	}
	return real_openat(io, folder, path, flags, mode);
}

static void test_a_file_that_became_a_link_is_not_followed(void **state)
{
	(void)state;
	scratch_write(&fixture.scratch, "secret", "secret", 6);
	scratch_write(&fixture.scratch, "folder/victim", "x", 1);
	real_openat = fixture.mock.io.openat;
	fixture.mock.io.openat = link_and_open;
	expect_failed("cannot open 'folder/victim'");
	fixture.mock.io.openat = real_openat;
}

/* ---- what fails ---- */

static void test_a_source_that_cannot_be_looked_at_fails_alone(void **state)
{
	(void)state;
	char under[512];
	scratch_write(&fixture.scratch, "folder/victim", "x", 1);
	snprintf(under, sizeof(under), "%s", scratch_path(&fixture.scratch, "folder/victim"));
	static const enum io_call calls[] = {IO_FSTATAT, IO_FSTAT};
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		env_mock_fail(&fixture.mock,
			(struct io_fault){.call = calls[i], .number = EIO, .lasting = true, .under = under});
		expect_failed("cannot look at 'folder/victim'");
		env_mock_heal(&fixture.mock);
	}
}

static void test_links_are_stored_as_they_are(void **state)
{
	(void)state;
	assert_int_equal(symlink("no such thing", scratch_path(&fixture.scratch, "folder/link")), 0);
	store_fixture_put(&fixture, "folder", NULL);
	assert_int_equal(store_fixture_sql(&fixture,
				 "SELECT count(*) FROM version WHERE CAST(target AS TEXT) = 'no such thing'"),
		1);
	expect_names("folder/file\nfolder/link\n");
}

/* ---- order ---- */

/* The names that were gone to, each once, with a space behind it. Of the newest other threads tell, too. */
static char went_to[1024], newest[64];

static void note(void *context, const struct progress *progress)
{
	size_t length = strlen(went_to);
	(void)context;
	if (!progress->name || strncmp(progress->name, "folder/", 7) != 0 ||
		strcmp(progress->name, newest) == 0)
		return;
	snprintf(newest, sizeof(newest), "%s", progress->name);
	snprintf(went_to + length, sizeof(went_to) - length, "%s ", newest + 7);
}

/* Else the packing of small files, and so all that a scenario tells, would be another on each file system. */
static void test_a_folder_is_read_in_the_order_of_names(void **state)
{
	(void)state;
	scratch_folder(&fixture.scratch, "folder/c");
	for (char letter = 'z'; letter >= 'a'; letter--) {
		char name[] = "folder/c/ ";
		name[sizeof(name) - 2] = letter;
		scratch_write_seeded(&fixture.scratch, name, 10, (unsigned)letter);
	}
	scratch_write_seeded(&fixture.scratch, "folder/b", 10, 2);
	scratch_write_seeded(&fixture.scratch, "folder/d", 10, 3);
	const char *folder = scratch_path(&fixture.scratch, "folder");
	const struct put_options options = {.progress = note};
	assert_int_equal(store_put(fixture.store, &folder, 1, &options, &fixture.error), 0);
	assert_string_equal(went_to,
		"b c c/a c/b c/c c/d c/e c/f c/g c/h c/i c/j c/k c/l c/m c/n c/o c/p c/q c/r c/s c/t "
		"c/u c/v c/w c/x c/y c/z d file ");
}

/* ---- totals ---- */

static struct progress told;

static void tell(void *context, const struct progress *progress)
{
	(void)context;
	told = *progress;
}

static void test_totals_are_of_what_is_going_to_be_stored(void **state)
{
	(void)state;
	scratch_folder(&fixture.scratch, "folder/sub");
	scratch_write_seeded(&fixture.scratch, "folder/sub/other", 234, 2);
	assert_int_equal(symlink("x", scratch_path(&fixture.scratch, "folder/link")), 0);
	assert_int_equal(mkfifo(scratch_path(&fixture.scratch, "folder/fifo"), 0600), 0);
	const char *folder = scratch_path(&fixture.scratch, "folder");
	const char *nodes = scratch_path(&fixture.scratch, "nodes");
	const char *nowhere = scratch_path(&fixture.scratch, "nowhere");
	const struct put_options options = {.progress = tell};
	const char *const both[] = {folder, nodes};
	assert_int_equal(store_put(fixture.store, both, 2, &options, &fixture.error), 0);
	assert_int_equal(told.files_total, 3);
	assert_int_equal(told.bytes_total, 1234);
	const char *const missing[] = {nowhere, folder};
	assert_int_equal(store_put(fixture.store, missing, 2, &options, &fixture.error), -1);
	assert_int_equal(told.files_total, 3);
	assert_int_equal(told.bytes_total, 1234);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, make, one_store_clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_path_gives_the_name_whatever_its_ending),
		TEST(a_path_without_a_name_needs_one),
		TEST(a_path_that_leads_nowhere_cannot_be_resolved),
		TEST(a_name_that_becomes_too_long_is_not_stored),
		TEST(a_socket_is_skipped),
		TEST(a_device_is_skipped),
		TEST(nodes_are_left_out_by_whatever_way_they_are_reached),
		TEST(a_file_that_became_a_fifo_is_skipped_and_not_waited_for),
		TEST(a_file_that_became_a_link_is_not_followed),
		TEST(a_source_that_cannot_be_looked_at_fails_alone),
		TEST(links_are_stored_as_they_are),
		TEST(a_folder_is_read_in_the_order_of_names),
		TEST(totals_are_of_what_is_going_to_be_stored),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
