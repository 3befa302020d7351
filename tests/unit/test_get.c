/*
 * Fetching: bad copies are passed over, reported and put away, and never served; what comes out is whole or nothing;
 * a tree comes back as it was and stays where it was sent (invariants 2 and 3).
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
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/one_store.h"

static int make(void **state)
{
	(void)state;
	store_fixture_make(
		&fixture, 3, "chunk: {size: 64KiB}\nreplication_factor: 3\nmin_replicas: 1\nworkers: 4\n");
	return 0;
}

static void spoil(unsigned node, int how)
{
	char path[160];
	assert_true(store_fixture_chunk_path(&fixture, node, path));
	if (how == 0)
		scratch_flip(&fixture.scratch, path, 3);
	else if (how == 1)
		assert_int_equal(truncate(scratch_path(&fixture.scratch, path), 5), 0);
	else
		assert_int_equal(unlink(scratch_path(&fixture.scratch, path)), 0);
}

/*
 * Fetches until each copy has had its turn: which one is read first is a matter of chance, but for a node that was
 * late once, as any may be on a busy machine. It comes last until the store is opened again.
 */
static void expect_often(const char *name, size_t size, uint64_t seed)
{
	for (int i = 0; i < 30; i++) {
		store_fixture_reopen(&fixture);
		store_fixture_expect(&fixture, name, size, seed);
	}
}

static void test_bad_copies_are_passed_over_and_condemned(void **state)
{
	(void)state;
	for (int how = 0; how < 3; how++) {
		const char *name = "file";
		store_fixture_remove(&fixture);
		make(NULL);
		scratch_write_seeded(&fixture.scratch, name, 50000, 1);
		store_fixture_put(&fixture, name, NULL);
		spoil(1, how);
		spoil(2, how);
		expect_often(name, 50000, 1);
		assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM bad_replica"), 2);
		assert_int_equal(
			store_fixture_sql(&fixture, "SELECT count(*) FROM event WHERE code = 'replica_bad'"),
			2);
		assert_int_equal(
			scratch_count(&fixture.scratch, "nodes/node-1/quarantine"), how == 2 ? 0 : 1);
		store_fixture_check_counters(&fixture);
		store_fixture_check_replicas(&fixture);
		/* Storing it again mends it. */
		store_fixture_put(&fixture, name, NULL);
		assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM bad_replica"), 0);
		assert_int_equal(store_fixture_chunk_files(&fixture), 3);
		store_fixture_check_replicas(&fixture);
	}
}

static void test_a_copy_that_cannot_be_read_is_passed_over(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "file", 50000, 1);
	store_fixture_put(&fixture, "file", NULL);
	char chunks[400];
	snprintf(chunks, sizeof(chunks), "%s/chunks", fixture.node_paths[0]);
	env_mock_fail(&fixture.mock,
		(struct io_fault){.call = IO_PREAD, .number = EIO, .lasting = true, .under = chunks});
	expect_often("file", 50000, 1);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM bad_replica WHERE node = 1"), 1);
}

static void test_without_a_good_copy_there_is_no_output(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "file", 3 * FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
	for (unsigned node = 1; node <= 3; node++)
		spoil(node, 0);
	assert_int_equal(store_fixture_try_get(&fixture, "file"), -1);
	assert_int_equal(fixture.error.code, ERROR_DAMAGED);
	assert_false(scratch_exists(&fixture.scratch, "out"));
	scratch_write(&fixture.scratch, "out", "old", 3);
	assert_int_equal(store_fixture_try_get(&fixture, "file"), -1);
	scratch_expect(&fixture.scratch, "out", "old", 3);
}

static void test_copies_on_nodes_that_are_away_are_unavailable_and_not_condemned(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "file", 3 * FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
	scratch_rename(&fixture.scratch, "nodes/node-1", "away");
	expect_often("file", 3 * FIXTURE_CHUNK, 1);
	bool changed;
	for (unsigned i = 2; i <= 3; i++)
		assert_int_equal(store_node_fail(fixture.store, i == 2 ? "node-2" : "node-3", &changed,
					 &fixture.error),
			0);
	store_probe_nodes(fixture.store);
	unlink(scratch_path(&fixture.scratch, "out"));
	assert_int_equal(store_fixture_try_get(&fixture, "file"), -1);
	assert_int_equal(fixture.error.code, ERROR_UNAVAILABLE);
	assert_non_null(strstr(fixture.error.message, "failed by operator"));
	assert_false(scratch_exists(&fixture.scratch, "out"));
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM bad_replica"), 0);
	scratch_rename(&fixture.scratch, "away", "nodes/node-1");
	store_probe_nodes(fixture.store);
	store_fixture_expect(&fixture, "file", 3 * FIXTURE_CHUNK, 1);
}

static void test_bad_copies_of_packed_files_are_passed_over(void **state)
{
	(void)state;
	scratch_folder(&fixture.scratch, "folder");
	scratch_write_seeded(&fixture.scratch, "folder/a", 5000, 1);
	scratch_write_seeded(&fixture.scratch, "folder/b", 5000, 2);
	store_fixture_put(&fixture, "folder", NULL);
	spoil(1, 0);
	spoil(2, 0);
	expect_often("folder/a", 5000, 1);
	expect_often("folder/b", 5000, 2);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM bad_replica"), 2);
}

static void test_a_full_output_leaves_nothing(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "file", 3 * FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
	static const struct io_fault faults[] = {
		{.call = IO_PWRITE, .number = ENOSPC, .skip = 1},
		{.call = IO_FCHMOD, .number = EIO},
		{.call = IO_LINKAT, .number = EIO},
	};
	size_t before = scratch_count(&fixture.scratch, "");
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		env_mock_fail(&fixture.mock, faults[i]);
		assert_int_equal(store_fixture_try_get(&fixture, "file"), -1);
		assert_int_equal(fixture.error.system_errno, faults[i].number);
		env_mock_heal(&fixture.mock);
		assert_int_equal(scratch_count(&fixture.scratch, ""), before);
	}
}

static int get_prefix(const char *prefix)
{
	struct get_options options = {.output = scratch_path(&fixture.scratch, "back")};
	return store_get_prefix(fixture.store, prefix, &options, &fixture.error);
}

static void set_time(const char *name, int64_t seconds)
{
	struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds, .tv_nsec = 123456789}};
	assert_int_equal(
		utimensat(AT_FDCWD, scratch_path(&fixture.scratch, name), times, AT_SYMLINK_NOFOLLOW), 0);
}

static void check_same(const char *one, const char *other)
{
	struct stat a, b;
	assert_int_equal(lstat(scratch_path(&fixture.scratch, one), &a), 0);
	if (lstat(scratch_path(&fixture.scratch, other), &b) < 0)
		fail_msg("%s is missing", other);
	assert_int_equal(a.st_mode, b.st_mode);
	assert_int_equal(a.st_mtim.tv_sec, b.st_mtim.tv_sec);
	assert_int_equal(a.st_mtim.tv_nsec, b.st_mtim.tv_nsec);
}

static void test_a_tree_comes_back_as_it_was(void **state)
{
	(void)state;
	const char *const folders[] = {
		"tree", "tree/empty", "tree/a", "tree/a/b", "tree/a.b", "tree/\xff\x80"};
	const char *const files[] = {
		"tree/a/b/file", "tree/a/x", "tree/a.b/y", "tree/none", "tree/\xff\x80/z"};
	for (size_t i = 0; i < 6; i++)
		scratch_folder(&fixture.scratch, folders[i]);
	for (size_t i = 0; i < 5; i++) {
		scratch_write_seeded(&fixture.scratch, files[i], i == 3 ? 0 : 40000 * i + 9, i);
		assert_int_equal(chmod(scratch_path(&fixture.scratch, files[i]), 0640 + (mode_t)i), 0);
		set_time(files[i], 1000000000 + (int64_t)i);
	}
	assert_int_equal(symlink("../nowhere", scratch_path(&fixture.scratch, "tree/link")), 0);
	set_time("tree/link", -5);
	for (size_t i = 6; i-- > 0;) {
		assert_int_equal(chmod(scratch_path(&fixture.scratch, folders[i]), 0750), 0);
		set_time(folders[i], 900000000 + (int64_t)i);
	}
	store_fixture_put(&fixture, "tree", NULL);
	assert_int_equal(get_prefix("tree"), 0);
	for (size_t i = 0; i < 6; i++) {
		char back[64];
		snprintf(back, sizeof(back), "back%s", folders[i] + 4);
		check_same(folders[i], back);
	}
	for (size_t i = 0; i < 5; i++) {
		char back[64];
		snprintf(back, sizeof(back), "back%s", files[i] + 4);
		check_same(files[i], back);
		scratch_expect_seeded(&fixture.scratch, back, i == 3 ? 0 : 40000 * i + 9, i);
	}
	char target[64] = "";
	assert_int_equal(readlink(scratch_path(&fixture.scratch, "back/link"), target, sizeof(target)), 10);
	assert_string_equal(target, "../nowhere");
	check_same("tree/link", "back/link");
	/* Once more, over what is there. */
	assert_int_equal(get_prefix("tree"), 0);
}

static void test_a_stored_link_leads_nothing_out_of_the_output(void **state)
{
	(void)state;
	scratch_folder(&fixture.scratch, "outside");
	scratch_folder(&fixture.scratch, "back");
	assert_int_equal(symlink("../outside", scratch_path(&fixture.scratch, "way")), 0);
	scratch_write_seeded(&fixture.scratch, "file", 100, 1);
	store_fixture_put(&fixture, "way", "tree/way");
	store_fixture_put(&fixture, "file", "tree/way/file");
	store_fixture_put(&fixture, "file", "tree/other/file");
	assert_int_equal(symlink("../outside", scratch_path(&fixture.scratch, "back/other")), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(get_prefix("tree"), -1);
	assert_int_equal(scratch_count(&fixture.scratch, "outside"), 0);
}

static void test_a_prefix_is_a_folder_and_not_the_start_of_a_name(void **state)
{
	(void)state;
	const char *const names[] = {
		"a", "a!", "a-b", "a.c", "a/b", "a/c/d", "a0", "a0/x", "a\x80", "a\xff/y"};
	scratch_write_seeded(&fixture.scratch, "file", 10, 1);
	for (size_t i = 1; i < sizeof(names) / sizeof(*names); i++)
		store_fixture_put(&fixture, "file", names[i]);
	assert_int_equal(store_fixture_list(&fixture, "a"), 0);
	assert_string_equal(fixture.names, "a/b\na/c/d\n");
	store_fixture_put(&fixture, "file", names[0]);
	assert_int_equal(store_fixture_list(&fixture, "a"), 0);
	assert_string_equal(fixture.names, "a\na/b\na/c/d\n");
	assert_int_equal(store_fixture_list(&fixture, "a\xff"), 0);
	assert_string_equal(fixture.names, "a\xff/y\n");
	assert_int_equal(store_fixture_list(&fixture, ""), 0);
	assert_string_equal(fixture.names, "a\na!\na-b\na.c\na/b\na/c/d\na0\na0/x\na\x80\na\xff/y\n");
	assert_int_equal(store_fixture_list(&fixture, "b"), -1);
	assert_int_equal(fixture.error.code, ERROR_NOT_FOUND);
	uint64_t removed;
	assert_int_equal(store_remove(fixture.store, "a/", &removed, &fixture.error), 0);
	assert_int_equal(removed, 2);
	store_fixture_expect(&fixture, "a/b@1", 10, 1);
	store_fixture_expect(&fixture, "a", 10, 1);
	store_fixture_check_counters(&fixture);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, make, one_store_clean)
	const struct CMUnitTest tests[] = {
		TEST(bad_copies_are_passed_over_and_condemned),
		TEST(a_copy_that_cannot_be_read_is_passed_over),
		TEST(without_a_good_copy_there_is_no_output),
		TEST(copies_on_nodes_that_are_away_are_unavailable_and_not_condemned),
		TEST(bad_copies_of_packed_files_are_passed_over),
		TEST(a_full_output_leaves_nothing),
		TEST(a_tree_comes_back_as_it_was),
		TEST(a_stored_link_leads_nothing_out_of_the_output),
		TEST(a_prefix_is_a_folder_and_not_the_start_of_a_name),
	};
	return cmocka_run_group_tests_name("get", tests, NULL, NULL);
}
