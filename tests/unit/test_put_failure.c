/*
 * What a put promises when something fails under it: other nodes take over, nothing half is left, and nothing is
 * acknowledged that is not kept (invariants 1 and 10).
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

#define FOUR_NODES "chunk: {size: 64KiB}\nreplication_factor: 2\nmin_replicas: 2\nworkers: 4\n"

static int make(void **state)
{
	(void)state;
	store_fixture_make(&fixture, 4, FOUR_NODES);
	return 0;
}

static void fail_writes(unsigned node, int number, unsigned skip)
{
	env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_PWRITE,
					     .number = number,
					     .skip = skip,
					     .lasting = true,
					     .under = fixture.node_paths[node - 1]});
}

static enum node_state state_of(unsigned node)
{
	struct node_status status;
	node_status(&fixture.store->nodes[node - 1], &status);
	return status.state;
}

static void fail_midway(void)
{
	scratch_write_seeded(&fixture.scratch, "file", 20 * FIXTURE_CHUNK, 1);
	fail_writes(1, EIO, 2);
	store_fixture_put(&fixture, "file", NULL);
	assert_int_equal(state_of(1), NODE_DOWN);
	assert_true(env_mock_hits(&fixture.mock, 0) > 0);
	store_fixture_check_counters(&fixture);
	/* Without the node that failed. */
	store_fixture_expect(&fixture, "file", 20 * FIXTURE_CHUNK, 1);
}

static void expect_nothing_left(void)
{
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM file"), 0);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM chunk"), 0);
	assert_int_equal(store_fixture_chunk_files(&fixture), 0);
}

static void test_a_node_that_fails_midway_does_not_fail_the_put(void **state)
{
	(void)state;
	store_fixture_remove(&fixture);
	store_fixture_make(
		&fixture, 4, "chunk: {size: 64KiB}\nreplication_factor: 3\nmin_replicas: 2\nworkers: 4\n");
	fail_midway();
}

/* As above, but each chunk that lost its copy on the failed node needs another one before it may be acknowledged. */
static void test_a_node_that_fails_midway_is_replaced_by_others(void **state)
{
	(void)state;
	fail_midway();
	assert_int_equal(fixture.warned, 0);
	assert_int_equal(store_fixture_sql(&fixture,
				 "SELECT count(*) FROM copyset WHERE chunks > 0 AND length(nodes) < 4"),
		0);
}

static void test_a_full_node_is_passed_over_and_stays_readable(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "file", 20 * FIXTURE_CHUNK, 1);
	fail_writes(2, ENOSPC, 1);
	store_fixture_put(&fixture, "file", NULL);
	assert_int_equal(state_of(2), NODE_UP);
	store_fixture_check_replicas(&fixture);
	store_fixture_expect(&fixture, "file", 20 * FIXTURE_CHUNK, 1);
}

static void test_when_every_node_is_full_the_put_says_so_and_leaves_nothing(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "file", 5 * FIXTURE_CHUNK, 1);
	for (unsigned i = 1; i <= 4; i++)
		fail_writes(i, ENOSPC, 0);
	assert_int_equal(store_fixture_try_put(&fixture, "file", NULL, 0), -1);
	assert_int_equal(fixture.error.code, ERROR_NO_SPACE);
	assert_int_equal(fixture.stored, 0);
	expect_nothing_left();
}

static void test_one_copy_is_not_success_when_two_must_be_kept(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "file", 3 * FIXTURE_CHUNK, 1);
	for (unsigned i = 2; i <= 4; i++)
		fail_writes(i, EIO, 0);
	assert_int_equal(store_fixture_try_put(&fixture, "file", NULL, 0), -1);
	assert_int_equal(fixture.error.code, ERROR_UNAVAILABLE);
	expect_nothing_left();
}

static void test_a_put_that_cannot_keep_enough_copies_is_refused_before_it_reads(void **state)
{
	(void)state;
	bool changed;
	scratch_write_seeded(&fixture.scratch, "file", 100, 1);
	for (unsigned i = 1; i <= 3; i++) {
		char name[16];
		snprintf(name, sizeof(name), "node-%u", i);
		assert_int_equal(store_node_fail(fixture.store, name, &changed, &fixture.error), 0);
	}
	env_mock_forget(&fixture.mock);
	assert_int_equal(store_fixture_try_put(&fixture, "file", NULL, 0), -1);
	assert_int_equal(fixture.error.code, ERROR_UNAVAILABLE);
	assert_non_null(strstr(fixture.error.message, "min_replicas"));
	assert_non_null(strstr(fixture.error.message, "node-1 is down (failed by operator)"));
	assert_int_equal(fixture.mock.calls[IO_PREAD], 0);
	/* One copy is enough where only one is asked for. */
	assert_int_equal(store_fixture_try_put(&fixture, "file", NULL, 1), 0);
}

/* Several paths, so that the put flushes file systems rather than files. */
static int put_both(void)
{
	const char *paths[] = {scratch_path(&fixture.scratch, "one"), scratch_path(&fixture.scratch, "two")};
	struct put_options options = {0};
	return store_put(fixture.store, paths, 2, &options, &fixture.error);
}

static void pretend_devices(void)
{
	for (unsigned i = 0; i < 4; i++)
		env_mock_pretend_device(&fixture.mock, fixture.node_paths[i], 1000 + i);
	store_fixture_reopen(&fixture);
}

static void begin_with_four_devices(void)
{
	store_fixture_remove(&fixture);
	store_fixture_make(&fixture, 4, "chunk: {size: 64KiB}\nreplication_factor: 3\nmin_replicas: 2\n");
	scratch_write_seeded(&fixture.scratch, "one", 10 * FIXTURE_CHUNK, 1);
	scratch_write_seeded(&fixture.scratch, "two", 10 * FIXTURE_CHUNK, 2);
	pretend_devices();
}

static void test_copies_on_a_node_that_cannot_be_flushed_count_for_nothing(void **state)
{
	(void)state;
	begin_with_four_devices();
	env_mock_fail(&fixture.mock,
		(struct io_fault){
			.call = IO_SYNCFS, .number = EIO, .lasting = true, .under = fixture.node_paths[2]});
	assert_int_equal(put_both(), 0);
	assert_int_equal(env_mock_hits(&fixture.mock, 0), 1);
	assert_int_equal(state_of(3), NODE_DOWN);
	assert_int_equal(
		store_fixture_sql(&fixture,
			"SELECT count(*) FROM copyset WHERE chunks > 0 AND instr(hex(nodes), '0003') > 0"),
		0);
	assert_int_equal(store_fixture_sql(&fixture,
				 "SELECT count(*) FROM copyset WHERE chunks > 0 AND length(nodes) < 4"),
		0);
	store_fixture_check_counters(&fixture);
	store_fixture_expect(&fixture, "one", 10 * FIXTURE_CHUNK, 1);
	store_fixture_expect(&fixture, "two", 10 * FIXTURE_CHUNK, 2);
}

/* Where a chunk was stored already, the node that has it is not taken for the one that is to make up for the loss. */
static void test_what_a_flush_lost_is_made_up_for_on_a_node_without_a_copy(void **state)
{
	(void)state;
	begin_with_four_devices();
	store_fixture_fail_node(&fixture, 3, true);
	assert_int_equal(store_fixture_try_put(&fixture, "one", NULL, 1), 0);
	assert_int_equal(store_fixture_try_put(&fixture, "two", NULL, 1), 0);
	store_fixture_fail_node(&fixture, 3, false);
	env_mock_fail(&fixture.mock,
		(struct io_fault){
			.call = IO_SYNCFS, .number = EIO, .lasting = true, .under = fixture.node_paths[2]});
	const char *paths[] = {scratch_path(&fixture.scratch, "one"), scratch_path(&fixture.scratch, "two")};
	const struct put_options options = {.replication_factor = 3};
	assert_int_equal(store_put(fixture.store, paths, 2, &options, &fixture.error), 0);
	assert_int_equal(env_mock_hits(&fixture.mock, 0), 1);
	assert_int_equal(store_fixture_sql(&fixture,
				 "SELECT count(*) FROM copyset WHERE chunks > 0 AND length(nodes) < 6"),
		0);
	store_fixture_check_counters(&fixture);
}

static void test_when_no_node_can_be_flushed_nothing_is_acknowledged(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "one", 3 * FIXTURE_CHUNK, 1);
	scratch_write_seeded(&fixture.scratch, "two", 100, 2);
	env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_SYNCFS, .number = EIO, .lasting = true});
	assert_int_equal(put_both(), -1);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM file"), 0);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM chunk"), 0);
}

static void test_everything_is_flushed_before_it_is_acknowledged(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "one", 3 * FIXTURE_CHUNK, 1);
	scratch_write_seeded(&fixture.scratch, "two", 100, 2);
	pretend_devices();
	env_mock_forget(&fixture.mock);
	assert_int_equal(put_both(), 0);
	const char *last_link = strrchr(fixture.mock.trace, 'l'),
		   *first_flush = strchr(fixture.mock.trace, 'S');
	assert_true(last_link && first_flush && last_link < first_flush);
	/* After that only the record of it is written, to journals that are flushed in their turn. */
	const char *last_write = strrchr(first_flush, 'w'), *last_flush = strrchr(first_flush, 's');
	assert_true(last_write && last_flush && last_write < last_flush);
}

/* ---- the source ---- */

static void test_a_source_that_cannot_be_read_is_not_stored(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "file", 3 * FIXTURE_CHUNK, 1);
	env_mock_fail(&fixture.mock,
		(struct io_fault){.call = IO_PREAD, .number = EIO, .skip = 1, .ending = "/file"});
	assert_int_equal(store_fixture_try_put(&fixture, "file", NULL, 0), -1);
	assert_int_equal(fixture.error.code, ERROR_IO);
	expect_nothing_left();
}

static void test_a_small_source_that_cannot_be_read_is_not_stored(void **state)
{
	(void)state;
	scratch_folder(&fixture.scratch, "folder");
	scratch_write_seeded(&fixture.scratch, "folder/good", 5000, 1);
	scratch_write_seeded(&fixture.scratch, "folder/sick", 5000, 2);
	env_mock_fail(&fixture.mock,
		(struct io_fault){
			.call = IO_PREAD, .number = EIO, .lasting = true, .ending = "/folder/sick"});
	assert_int_equal(store_fixture_try_put(&fixture, "folder", NULL, 0), -1);
	assert_int_equal(fixture.failed, 1);
	assert_int_equal(fixture.failure.code, ERROR_IO);
	assert_int_equal(store_fixture_try_get(&fixture, "folder/sick"), -1);
	store_fixture_expect(&fixture, "folder/good", 5000, 1);
}

struct writer {
	const char *path;
	unsigned times, seen;
};

/* Appends to the file each time its beginning is read, as a program that is still writing it would. */
static void append(void *context, int fd, off_t offset)
{
	struct writer *writer = context;
	char self[64], path[4096];
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	ssize_t length = readlink(self, path, sizeof(path) - 1);
	path[length > 0 ? length : 0] = '\0';
	if (offset != 0 || strcmp(path, writer->path) != 0)
		return;
	if (writer->seen++ >= writer->times)
		return;
	int other = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_true(other >= 0);
	assert_int_equal(write(other, "more", 4), 4);
	close(other);
}

static void check_changing(const char *path, const char *name, size_t size)
{
	struct writer writer = {.path = scratch_path(&fixture.scratch, path), .times = 1};
	char copy[4096];
	snprintf(copy, sizeof(copy), "%s", writer.path);
	writer.path = copy;
	fixture.mock.before_pread = append;
	fixture.mock.context = &writer;
	const char *top = strchr(path, '/') ? "folder" : path;
	store_fixture_put(&fixture, top, NULL);
	fixture.mock.before_pread = NULL;
	/* What is stored is the state after the change, whole. */
	size_t found;
	uint8_t *data = scratch_read(&fixture.scratch, path, &found);
	assert_int_equal(found, size + 4);
	unlink(scratch_path(&fixture.scratch, "out"));
	assert_int_equal(store_fixture_try_get(&fixture, name), 0);
	scratch_expect(&fixture.scratch, "out", data, found);
	free(data);
	store_fixture_check_replicas(&fixture);
}

static void test_a_file_that_changes_once_is_read_again(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "file", 3 * FIXTURE_CHUNK, 1);
	check_changing("file", "file", 3 * FIXTURE_CHUNK);
}

static void test_a_small_file_that_changes_once_is_read_again(void **state)
{
	(void)state;
	scratch_folder(&fixture.scratch, "folder");
	scratch_write_seeded(&fixture.scratch, "folder/file", 1000, 1);
	check_changing("folder/file", "folder/file", 1000);
}

static void test_a_file_that_never_rests_is_not_stored(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "file", 3 * FIXTURE_CHUNK, 1);
	char path[4096];
	snprintf(path, sizeof(path), "%s", scratch_path(&fixture.scratch, "file"));
	struct writer writer = {.path = path, .times = 100};
	fixture.mock.before_pread = append;
	fixture.mock.context = &writer;
	assert_int_equal(store_fixture_try_put(&fixture, "file", NULL, 0), -1);
	fixture.mock.before_pread = NULL;
	assert_int_equal(fixture.error.code, ERROR_CHANGED);
	assert_true(writer.seen > 1 && writer.seen < 10);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM file"), 0);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM chunk"), 0);
	assert_int_equal(store_fixture_chunk_files(&fixture), 0);
}

/* ---- stopping ---- */

static atomic_bool cancel;

static void cancel_at(void *context, const struct progress *progress)
{
	if (progress->bytes_done >= *(const uint64_t *)context)
		atomic_store(&cancel, true);
}

static void test_a_cancelled_put_leaves_neither_a_name_nor_a_file(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "file", 40 * FIXTURE_CHUNK, 1);
	const char *path = scratch_path(&fixture.scratch, "file");
	uint64_t bytes = 6 * FIXTURE_CHUNK;
	struct put_options options = {.progress = cancel_at, .context = &bytes, .cancel = &cancel};
	atomic_store(&cancel, false);
	assert_int_equal(store_put(fixture.store, &path, 1, &options, &fixture.error), -1);
	assert_int_equal(fixture.error.code, ERROR_CANCELLED);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM file"), 0);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM version"), 0);
	assert_int_equal(store_fixture_chunk_files(&fixture), 0);
	atomic_store(&cancel, false);
	store_fixture_put(&fixture, "file", NULL);
	store_fixture_expect(&fixture, "file", 40 * FIXTURE_CHUNK, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, make, one_store_clean)
	const struct CMUnitTest tests[] = {
		TEST(a_node_that_fails_midway_does_not_fail_the_put),
		TEST(a_full_node_is_passed_over_and_stays_readable),
		TEST(when_every_node_is_full_the_put_says_so_and_leaves_nothing),
		TEST(one_copy_is_not_success_when_two_must_be_kept),
		TEST(a_put_that_cannot_keep_enough_copies_is_refused_before_it_reads),
		TEST(copies_on_a_node_that_cannot_be_flushed_count_for_nothing),
		TEST(what_a_flush_lost_is_made_up_for_on_a_node_without_a_copy),
		TEST(when_no_node_can_be_flushed_nothing_is_acknowledged),
		TEST(everything_is_flushed_before_it_is_acknowledged),
		TEST(a_source_that_cannot_be_read_is_not_stored),
		TEST(a_small_source_that_cannot_be_read_is_not_stored),
		TEST(a_file_that_changes_once_is_read_again),
		TEST(a_small_file_that_changes_once_is_read_again),
		TEST(a_file_that_never_rests_is_not_stored),
		TEST(a_cancelled_put_leaves_neither_a_name_nor_a_file),
		TEST(a_node_that_fails_midway_is_replaced_by_others),
	};
	return cmocka_run_group_tests_name("put, failing", tests, NULL, NULL);
}
