/*
 * Replicas as files: what is on the disk, in which order it got there, and that a bad one is never taken for good
 * (invariants 2 and 3).
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

#include "engine/chunk_file.h"
#include "tests/support/node_fixture.h"

enum { BUFFER = 512 << 10, LARGE = 300001, SMALL = 1000 };

static struct node_attachment place; /* the node's, with features that a test may change */
static struct pool *pool;
static struct buffer *buffer;
static struct digest digest;
static char file[160];

static int make(void **state)
{
	assert_int_equal(digest_ready(&error), 0);
	node_fixture_make(state);
	assert_int_equal(node_probe(&node), NODE_FOUND_IT);
	place = *node_reading(&node);
	assert_int_equal(pool_new(BUFFER, 2 * BUFFER, &pool, &error), 0);
	buffer = pool_take(pool);
	env_mock_forget(&mock);
	return 0;
}

static int clean(void **state)
{
	pool_give(pool, buffer);
	pool_free(pool);
	return node_fixture_remove(state);
}

static void load(size_t size)
{
	char hex[DIGEST_HEX_SIZE];
	memset(buffer->data, 0xee, buffer->size);
	scratch_fill(buffer->data, size, size);
	buffer->length = size;
	digest = digest_of(buffer->data, size);
	digest_hex(&digest, hex);
	snprintf(file, sizeof(file), "disk/chunks/%.2s/%s", hex, hex);
}

static int try_store(size_t size, enum chunk_write_result *result)
{
	load(size);
	return chunk_file_write(&mock.env, &place, &digest, buffer, CHUNK_FLUSH_NOW, result);
}

static void store(size_t size, enum chunk_write_result expected)
{
	enum chunk_write_result result;
	assert_int_equal(try_store(size, &result), 0);
	assert_int_equal(result, expected);
	scratch_expect_seeded(&scratch, file, size, size);
}

static void test_a_shard_folder_that_was_tidied_away_is_made_anew(void **state)
{
	(void)state;
	static const bool unnamed[] = {true, false};
	for (size_t i = 0; i < 2; i++) {
		struct stat status;
		char shard[32], path[200];
		place.unnamed = unnamed[i] && node_reading(&node)->unnamed;
		load(LARGE + i);
		snprintf(shard, sizeof(shard), "%.14s", file);
		snprintf(path, sizeof(path), "%s", scratch_path(&scratch, shard));
		assert_int_equal(rmdir(path), 0);
		env_mock_forget(&mock);
		store(LARGE + i, CHUNK_WRITTEN);
		/* The folder has its name for good before anything in it has one. */
		assert_non_null(strstr(mock.trace, "md"));
		assert_int_equal(stat(path, &status), 0);
		assert_int_equal(status.st_mode & 0777, 0700);
	}
}

/* Stores while a call fails after `skip` of its kind. False: there were no more, and it succeeded. */
static bool store_is_struck(
	size_t size, enum io_call call, int number, unsigned skip, enum chunk_write_result *result)
{
	env_mock_fail(&mock, (struct io_fault){.call = call, .number = number, .skip = skip});
	int status = try_store(size, result), found = errno;
	bool struck = env_mock_hits(&mock, 0) > 0;
	env_mock_heal(&mock);
	assert_int_equal(status, struck ? -1 : 0);
	if (struck)
		assert_int_equal(found, number);
	return struck;
}

/* Whichever of its steps fails. */
static void test_a_shard_folder_that_cannot_be_made_is_an_error(void **state)
{
	(void)state;
	static const enum io_call calls[] = {IO_MKDIRAT, IO_FSYNC, IO_OPENAT};
	size_t size = LARGE;
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		bool struck = true;
		for (unsigned skip = 0; struck; skip++, size++) {
			enum chunk_write_result result;
			char shard[32];
			load(size);
			snprintf(shard, sizeof(shard), "%.14s", file);
			assert_int_equal(rmdir(scratch_path(&scratch, shard)), 0);
			struck = store_is_struck(size, calls[i], EMFILE, skip, &result);
			if (!struck)
				assert_int_equal(chunk_file_unlink(&mock.env, &place, &digest), 0);
			assert_int_equal(scratch_count(&scratch, "disk/chunks"), 0);
		}
	}
}

static enum chunk_read_result fetch(size_t size)
{
	memset(buffer->data, 0, buffer->size);
	return chunk_file_read(&mock.env, &place, &digest, size, buffer);
}

static void test_a_replica_is_its_bytes_under_its_digest(void **state)
{
	(void)state;
	const size_t sizes[] = {1, SMALL, 4096, 131072, 131073, LARGE, BUFFER - 1, BUFFER};
	for (int direct = 0; direct < 2; direct++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			place.direct_io = direct;
			store(sizes[i], CHUNK_WRITTEN);
			struct stat status;
			assert_int_equal(stat(scratch_path(&scratch, file), &status), 0);
			assert_int_equal(status.st_mode & 07777, 0600);
			assert_int_equal(fetch(sizes[i]), CHUNK_GOOD);
			assert_int_equal(buffer->length, sizes[i]);
			assert_int_equal(chunk_file_verify(&mock.env, &place, &digest, sizes[i]), CHUNK_GOOD);
			assert_true(chunk_file_exists(&mock.env, &place, &digest));
			assert_int_equal(chunk_file_unlink(&mock.env, &place, &digest), 0);
			assert_int_equal(chunk_file_unlink(&mock.env, &place, &digest), 0);
			assert_false(chunk_file_exists(&mock.env, &place, &digest));
			assert_int_equal(fetch(sizes[i]), CHUNK_MISSING);
		}
}

static void test_bytes_are_flushed_before_the_name_and_the_name_before_success(void **state)
{
	(void)state;
	for (int unnamed = 0; unnamed < 2; unnamed++) {
		struct stat status;
		place.unnamed = unnamed && place.unnamed;
		env_mock_forget(&mock);
		store(SMALL + (size_t)unnamed, CHUNK_WRITTEN);
		assert_string_equal(mock.trace, place.unnamed ? "cwsld" : "cwsldu");
		assert_int_equal(stat(scratch_path(&scratch, file), &status), 0);
		assert_int_equal(status.st_mode & 07777, 0600);
		place.unnamed = node_reading(&node)->unnamed;
	}
}

static void test_a_flush_left_to_the_caller_is_left_to_the_caller(void **state)
{
	(void)state;
	enum chunk_write_result result;
	load(SMALL);
	assert_int_equal(chunk_file_write(&mock.env, &place, &digest, buffer, CHUNK_FLUSH_LATER, &result), 0);
	assert_int_equal(mock.calls[IO_FSYNC], 0);
	scratch_expect_seeded(&scratch, file, SMALL, SMALL);
}

/*
 * Of a file that is there nobody knows whether it is durable: a flush of it may have failed, and been told to
 * somebody else.
 */
static void test_a_good_file_that_is_there_is_replaced_by_one_that_is_flushed(void **state)
{
	(void)state;
	for (int unnamed = 0; unnamed < 2; unnamed++)
		for (int later = 0; later < 2; later++) {
			struct stat before, after;
			enum chunk_write_result result;
			place.unnamed = unnamed && node_reading(&node)->unnamed;
			load(LARGE);
			assert_int_equal(chunk_file_unlink(&mock.env, &place, &digest), 0);
			store(LARGE, CHUNK_WRITTEN);
			assert_int_equal(stat(scratch_path(&scratch, file), &before), 0);
			env_mock_forget(&mock);
			load(LARGE);
			assert_int_equal(chunk_file_write(&mock.env, &place, &digest, buffer,
						 later ? CHUNK_FLUSH_LATER : CHUNK_FLUSH_NOW, &result),
				0);
			assert_int_equal(result, CHUNK_REPLACED);
			/* Its bytes, then its name; and where nobody else does it, the folder. */
			const char *rename = strrchr(mock.trace, 'r'), *flush = strrchr(mock.trace, 's');
			assert_true(rename && flush && flush < rename);
			assert_string_equal(rename, later ? "r" : "rd");
			assert_int_equal(stat(scratch_path(&scratch, file), &after), 0);
			assert_true(before.st_ino != after.st_ino);
			scratch_expect_seeded(&scratch, file, LARGE, LARGE);
			assert_int_equal(scratch_count(&scratch, "disk/chunks"), 1);
			assert_int_equal(scratch_count(&scratch, "disk/quarantine"), 0);
		}
}

/* Whatever fails, a good file is under the name, and no other is left over. */
static void test_a_good_file_that_cannot_be_replaced_stays(void **state)
{
	(void)state;
	static const enum io_call calls[] = {IO_OPENAT, IO_FSYNC, IO_LINKAT, IO_RENAMEAT2};
	store(SMALL, CHUNK_WRITTEN);
	size_t before = scratch_descriptors();
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		bool struck = true;
		for (unsigned skip = 0; struck; skip++) {
			enum chunk_write_result result;
			struck = store_is_struck(SMALL, calls[i], EIO, skip, &result);
			if (!struck)
				assert_int_equal(result, CHUNK_REPLACED);
			assert_int_equal(scratch_count(&scratch, "disk/chunks"), 1);
			assert_int_equal(scratch_descriptors(), before);
			scratch_expect_seeded(&scratch, file, SMALL, SMALL);
		}
	}
}

/* What is done to a good replica. */
static void spoil(int how)
{
	const char *path = scratch_path(&scratch, file);
	if (how == 0) {
		scratch_flip(&scratch, file, 77);
	} else if (how == 1) {
		assert_int_equal(truncate(path, SMALL), 0);
	} else if (how == 2) {
		assert_int_equal(truncate(path, LARGE + 1), 0);
	} else {
		assert_int_equal(rename(path, scratch_path(&scratch, "good")), 0);
		if (how == 3)
			assert_int_equal(symlink("../../../good", path), 0);
		else if (how == 4)
			assert_int_equal(mkfifo(path, 0600), 0);
		else
			assert_int_equal(mkdir(path, 0700), 0);
	}
}
enum { WAYS_TO_SPOIL = 6 };

static void test_a_bad_replica_is_told_and_replaced_and_kept_in_quarantine(void **state)
{
	(void)state;
	for (int direct = 0; direct < 2; direct++)
		for (int how = 0; how < WAYS_TO_SPOIL; how++) {
			place.direct_io = direct;
			store(LARGE, CHUNK_WRITTEN);
			spoil(how);
			assert_int_equal(fetch(LARGE), CHUNK_BAD);
			assert_int_equal(chunk_file_verify(&mock.env, &place, &digest, LARGE), CHUNK_BAD);
			store(LARGE, CHUNK_WRITTEN);
			assert_int_equal(fetch(LARGE), CHUNK_GOOD);
			assert_int_equal(chunk_file_unlink(&mock.env, &place, &digest), 0);
		}
	char command[512];
	snprintf(command, sizeof(command), "test $(ls '%s/disk/quarantine' | wc -l) = %d", scratch.path,
		2 * WAYS_TO_SPOIL);
	assert_int_equal(system(command), 0);
}

static void test_an_unreadable_replica_is_an_error_of_the_system(void **state)
{
	(void)state;
	store(LARGE, CHUNK_WRITTEN);
	env_mock_fail(&mock, (struct io_fault){.call = IO_PREAD, .number = EIO, .lasting = true});
	assert_int_equal(fetch(LARGE), CHUNK_READ_ERROR);
	assert_int_equal(errno, EIO);
	assert_int_equal(chunk_file_verify(&mock.env, &place, &digest, LARGE), CHUNK_READ_ERROR);
	assert_int_equal(errno, EIO);
	env_mock_heal(&mock);
	env_mock_fail(&mock, (struct io_fault){.call = IO_OPENAT, .number = EMFILE});
	assert_int_equal(fetch(LARGE), CHUNK_READ_ERROR);
	assert_int_equal(errno, EMFILE);
}

/*
 * A bad sector is ENODATA to a direct read, not EIO, and a file system that finds a file's own metadata damaged has
 * words of its own. All mean the copy; EBADMSG would mean that it is good.
 */
static void test_a_copy_that_the_disk_lost_is_an_input_output_error_by_any_name(void **state)
{
	(void)state;
	static const int numbers[] = {ENODATA, EILSEQ, EUCLEAN, EBADMSG};
	uint8_t data[SMALL];
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		enum chunk_write_result result;
		place.direct_io = i % 2 == 0;
		load(LARGE);
		assert_int_equal(chunk_file_unlink(&mock.env, &place, &digest), 0);
		store(LARGE, CHUNK_WRITTEN);
		struct digest part = digest_of(buffer->data, SMALL);
		env_mock_fail(
			&mock, (struct io_fault){.call = IO_PREAD, .number = numbers[i], .lasting = true});
		assert_int_equal(fetch(LARGE), CHUNK_READ_ERROR);
		assert_int_equal(errno, EIO);
		assert_int_equal(chunk_file_verify(&mock.env, &place, &digest, LARGE), CHUNK_READ_ERROR);
		assert_int_equal(errno, EIO);
		assert_int_equal(
			chunk_file_read_part(&mock.env, &place, &digest, LARGE, 0, SMALL, &part, data),
			CHUNK_READ_ERROR);
		assert_int_equal(errno, EIO);
		env_mock_heal(&mock);
		env_mock_fail(
			&mock, (struct io_fault){.call = IO_PWRITE, .number = numbers[i], .lasting = true});
		assert_int_equal(try_store(LARGE, &result), -1);
		assert_int_equal(errno, EIO);
		env_mock_heal(&mock);
	}
}

/* It may be good: it is neither taken for bad nor for good, and the copy that was to be written is not. */
static void test_an_unreadable_file_in_the_way_is_left_where_it_is(void **state)
{
	(void)state;
	for (int direct = 0; direct < 2; direct++) {
		enum chunk_write_result result;
		place.direct_io = direct;
		store(LARGE, direct ? CHUNK_REPLACED : CHUNK_WRITTEN);
		env_mock_fail(&mock, (struct io_fault){.call = IO_PREAD, .number = EIO, .lasting = true});
		assert_int_equal(try_store(LARGE, &result), -1);
		assert_int_equal(errno, EIO);
		env_mock_heal(&mock);
		scratch_expect_seeded(&scratch, file, LARGE, LARGE);
		assert_int_equal(scratch_count(&scratch, "disk/quarantine"), 0);
	}
}

/*
 * A bad file that cannot be moved away stays in the way: nothing is written over it, and nothing claims to be stored.
 */
static void test_a_bad_file_that_cannot_be_moved_is_an_error(void **state)
{
	(void)state;
	enum chunk_write_result result;
	store(LARGE, CHUNK_WRITTEN);
	spoil(0);
	env_mock_fail(&mock, (struct io_fault){.call = IO_RENAMEAT2, .number = EIO, .lasting = true});
	assert_int_equal(try_store(LARGE, &result), -1);
	assert_int_equal(errno, EIO);
	assert_int_equal(chunk_file_quarantine(&mock.env, &place, &digest), -1);
	assert_int_equal(errno, EIO);
	env_mock_heal(&mock);
	assert_int_equal(fetch(LARGE), CHUNK_BAD);
}

/* NFS and others cannot refuse to replace a file while they rename one. */
static void test_a_bad_file_is_moved_on_any_file_system(void **state)
{
	(void)state;
	env_mock_fail(&mock, (struct io_fault){.call = IO_RENAMEAT2, .number = EINVAL, .lasting = true});
	for (size_t i = 1; i <= 3; i++) {
		store(LARGE, CHUNK_WRITTEN);
		spoil(0);
		store(LARGE, CHUNK_WRITTEN); /* to quarantine with the bad one */
		assert_int_equal(scratch_count(&scratch, "disk/quarantine"), i);
		assert_int_equal(fetch(LARGE), CHUNK_GOOD);
		assert_int_equal(chunk_file_unlink(&mock.env, &place, &digest), 0);
	}
}

static void test_a_look_tells_what_is_there(void **state)
{
	(void)state;
	for (int how = 0; how < WAYS_TO_SPOIL; how++) {
		bool regular = how < 3, as_long = how == 0;
		store(LARGE, CHUNK_WRITTEN);
		assert_int_equal(chunk_file_look(&mock.env, &place, &digest, LARGE), CHUNK_GOOD);
		assert_int_equal(chunk_file_size(&mock.env, &place, &digest), LARGE);
		spoil(how);
		assert_int_equal(
			chunk_file_look(&mock.env, &place, &digest, LARGE), as_long ? CHUNK_GOOD : CHUNK_BAD);
		assert_int_equal(chunk_file_exists(&mock.env, &place, &digest), regular);
		assert_int_equal(chunk_file_quarantine(&mock.env, &place, &digest), 0);
		assert_int_equal(chunk_file_look(&mock.env, &place, &digest, LARGE), CHUNK_MISSING);
		assert_int_equal(chunk_file_size(&mock.env, &place, &digest), -1);
		assert_int_equal(errno, ENOENT);
	}
	env_mock_fail(&mock, (struct io_fault){.call = IO_FSTATAT, .number = EIO, .lasting = true});
	assert_int_equal(chunk_file_look(&mock.env, &place, &digest, LARGE), CHUNK_READ_ERROR);
	assert_int_equal(errno, EIO);
}

static void test_a_file_that_cannot_be_unlinked_is_an_error(void **state)
{
	(void)state;
	store(LARGE, CHUNK_WRITTEN);
	env_mock_fail(&mock, (struct io_fault){.call = IO_UNLINKAT, .number = EIO});
	assert_int_equal(chunk_file_unlink(&mock.env, &place, &digest), -1);
	assert_int_equal(errno, EIO);
	assert_true(chunk_file_exists(&mock.env, &place, &digest));
}

static void test_short_transfers_do_no_harm(void **state)
{
	(void)state;
	const size_t most[] = {1000, 4096, 65536};
	for (int direct = 0; direct < 2; direct++)
		for (size_t i = 0; i < sizeof(most) / sizeof(*most); i++) {
			place.direct_io = direct;
			mock.transfer_max = most[i];
			store(LARGE, CHUNK_WRITTEN);
			assert_int_equal(fetch(LARGE), CHUNK_GOOD);
			assert_int_equal(chunk_file_unlink(&mock.env, &place, &digest), 0);
		}
}

static void test_a_file_system_that_refuses_direct_transfers_is_written_otherwise(void **state)
{
	(void)state;
	place.direct_io = true;
	const struct io_fault faults[] = {
		{.call = IO_OPENAT, .number = EINVAL, .lasting = true, .flags = O_DIRECT},
		{.call = IO_PWRITE, .number = EINVAL},
		{.call = IO_PREAD, .number = EINVAL},
		{.call = IO_FALLOCATE, .number = EOPNOTSUPP, .lasting = true},
		{.call = IO_FALLOCATE, .number = ENOSYS, .lasting = true},
	};
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		env_mock_fail(&mock, faults[i]);
		store(LARGE, CHUNK_WRITTEN);
		assert_int_equal(fetch(LARGE), CHUNK_GOOD);
		assert_int_equal(chunk_file_unlink(&mock.env, &place, &digest), 0);
		env_mock_heal(&mock);
	}
}

static void test_whichever_call_fails_nothing_is_left(void **state)
{
	(void)state;
	static const struct io_fault faults[] = {
		{.call = IO_OPENAT, .number = EMFILE},
		{.call = IO_FALLOCATE, .number = ENOSPC},
		{.call = IO_PWRITE, .number = ENOSPC},
		{.call = IO_PWRITE, .number = EIO},
		{.call = IO_FTRUNCATE, .number = EIO},
		{.call = IO_FSYNC, .number = EIO},
		{.call = IO_FSYNC, .number = EIO, .skip = 1},
		{.call = IO_LINKAT, .number = EIO},
	};
	bool can = place.unnamed;
	size_t before = scratch_descriptors();
	for (int unnamed = 0; unnamed < 2; unnamed++)
		for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
			enum chunk_write_result result;
			place.unnamed = unnamed && can;
			place.direct_io = true;
			env_mock_fail(&mock, faults[i]);
			assert_int_equal(try_store(LARGE, &result), -1);
			assert_int_equal(errno, faults[i].number);
			env_mock_heal(&mock);
			assert_int_equal(scratch_count(&scratch, "disk/chunks"), 0);
			assert_int_equal(scratch_descriptors(), before);
		}
	store(LARGE, CHUNK_WRITTEN);
}

static void test_a_failed_flush_leaves_a_file_that_others_count_on(void **state)
{
	(void)state;
	enum chunk_write_result result;
	store(LARGE, CHUNK_WRITTEN);
	env_mock_fail(&mock, (struct io_fault){.call = IO_FSYNC, .number = EIO, .skip = 1});
	assert_int_equal(try_store(LARGE, &result), -1);
	scratch_expect_seeded(&scratch, file, LARGE, LARGE);
}

static void test_a_part_is_checked_by_its_own_digest(void **state)
{
	(void)state;
	uint8_t data[SMALL], expected[LARGE];
	store(LARGE, CHUNK_WRITTEN);
	scratch_fill(expected, LARGE, LARGE);
	const size_t offsets[] = {0, 4095, LARGE - SMALL};
	for (size_t i = 0; i < 3; i++) {
		struct digest part = digest_of(expected + offsets[i], SMALL);
		assert_int_equal(chunk_file_read_part(
					 &mock.env, &place, &digest, LARGE, offsets[i], SMALL, &part, data),
			CHUNK_GOOD);
		assert_memory_equal(data, expected + offsets[i], SMALL);
	}
	struct digest part = digest_of(expected, SMALL);
	scratch_flip(&scratch, file, SMALL + 1);
	assert_int_equal(
		chunk_file_read_part(&mock.env, &place, &digest, LARGE, 0, SMALL, &part, data), CHUNK_GOOD);
	scratch_flip(&scratch, file, SMALL - 1);
	assert_int_equal(
		chunk_file_read_part(&mock.env, &place, &digest, LARGE, 0, SMALL, &part, data), CHUNK_BAD);
	env_mock_fail(&mock, (struct io_fault){.call = IO_PREAD, .number = EIO});
	assert_int_equal(chunk_file_read_part(&mock.env, &place, &digest, LARGE, 0, SMALL, &part, data),
		CHUNK_READ_ERROR);
	assert_int_equal(errno, EIO);
	env_mock_heal(&mock);
	assert_int_equal(truncate(scratch_path(&scratch, file), SMALL), 0);
	assert_int_equal(
		chunk_file_read_part(&mock.env, &place, &digest, LARGE, 0, SMALL, &part, data), CHUNK_BAD);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, make, clean)
	const struct CMUnitTest tests[] = {
		TEST(a_replica_is_its_bytes_under_its_digest),
		TEST(bytes_are_flushed_before_the_name_and_the_name_before_success),
		TEST(a_flush_left_to_the_caller_is_left_to_the_caller),
		TEST(a_shard_folder_that_was_tidied_away_is_made_anew),
		TEST(a_shard_folder_that_cannot_be_made_is_an_error),
		TEST(a_good_file_that_is_there_is_replaced_by_one_that_is_flushed),
		TEST(a_good_file_that_cannot_be_replaced_stays),
		TEST(a_bad_replica_is_told_and_replaced_and_kept_in_quarantine),
		TEST(an_unreadable_replica_is_an_error_of_the_system),
		TEST(a_copy_that_the_disk_lost_is_an_input_output_error_by_any_name),
		TEST(an_unreadable_file_in_the_way_is_left_where_it_is),
		TEST(a_bad_file_that_cannot_be_moved_is_an_error),
		TEST(a_bad_file_is_moved_on_any_file_system),
		TEST(a_look_tells_what_is_there),
		TEST(a_file_that_cannot_be_unlinked_is_an_error),
		TEST(short_transfers_do_no_harm),
		TEST(a_file_system_that_refuses_direct_transfers_is_written_otherwise),
		TEST(whichever_call_fails_nothing_is_left),
		TEST(a_failed_flush_leaves_a_file_that_others_count_on),
		TEST(a_part_is_checked_by_its_own_digest),
	};
	return cmocka_run_group_tests_name("chunk file", tests, NULL, NULL);
}
