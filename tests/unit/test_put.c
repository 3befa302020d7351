/*
 * Storing and fetching single files: whatever the size and the way of cutting, the same bytes come back, bytes that
 * are stored already cost nothing, and names and replication factors are kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/one_store.h"

static void check_sha256(const char *path)
{
	size_t size;
	char hex[DIGEST_HEX_SIZE];
	uint8_t *data = scratch_read(&fixture.scratch, path, &size);
	struct digest digest = digest_of(data, size);
	free(data);
	assert_string_equal(fixture.last.sha256, digest_hex(&digest, hex));
}

static void round_trip_all_sizes(void)
{
	const size_t sizes[] = {0, 1, 4095, 4096, 4097, FIXTURE_CHUNK - 1, FIXTURE_CHUNK, FIXTURE_CHUNK + 1,
		3 * FIXTURE_CHUNK, 3 * FIXTURE_CHUNK + 12345};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		char name[32];
		snprintf(name, sizeof(name), "file-%zu", sizes[i]);
		scratch_write_seeded(&fixture.scratch, name, sizes[i], i + 1);
		store_fixture_put(&fixture, name, NULL);
		assert_int_equal(fixture.stored, 1);
		assert_int_equal(fixture.last.size, sizes[i]);
		assert_int_equal(fixture.last.new_chunks, fixture.last.chunks);
		check_sha256(name);
	}
	store_fixture_check_counters(&fixture);
	store_fixture_check_replicas(&fixture);
	store_fixture_reopen(&fixture);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		char name[32];
		snprintf(name, sizeof(name), "file-%zu", sizes[i]);
		store_fixture_expect(&fixture, name, sizes[i], i + 1);
	}
}

static void test_every_size_comes_back_from_fixed_chunks(void **state)
{
	(void)state;
	round_trip_all_sizes();
}

static void test_every_size_comes_back_from_content_defined_chunks(void **state)
{
	(void)state;
	store_fixture_remove(&fixture);
	store_fixture_make(
		&fixture, 3, "chunk: {size: 64KiB, method: cdc}\nreplication_factor: 2\nmin_replicas: 2\n");
	round_trip_all_sizes();
}

static void test_a_file_of_exactly_n_chunks_has_n(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "file", 3 * FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
	assert_int_equal(fixture.last.chunks, 3);
	assert_int_equal(store_fixture_chunk_files(&fixture), 6);
}

static void test_short_reads_and_writes_of_the_system_do_no_harm(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "file", 3 * FIXTURE_CHUNK + 5, 1);
	fixture.mock.transfer_max = 1000;
	store_fixture_put(&fixture, "file", NULL);
	store_fixture_expect(&fixture, "file", 3 * FIXTURE_CHUNK + 5, 1);
	store_fixture_check_replicas(&fixture);
}

static void test_the_same_bytes_are_stored_once(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "file", 3 * FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
	store_fixture_put(&fixture, "file", "copy");
	assert_int_equal(fixture.last.new_chunks, 0);
	assert_int_equal(fixture.last.version, 1);
	store_fixture_put(&fixture, "file", NULL);
	assert_int_equal(fixture.last.version, 2);
	assert_int_equal(store_fixture_chunk_files(&fixture), 6);
	store_fixture_expect(&fixture, "copy", 3 * FIXTURE_CHUNK, 1);
}

static void test_a_file_that_repeats_itself_is_stored_once(void **state)
{
	(void)state;
	uint8_t *zeros = calloc(20, FIXTURE_CHUNK);
	assert_non_null(zeros);
	scratch_write(&fixture.scratch, "zeros", zeros, 20 * FIXTURE_CHUNK);
	store_fixture_put(&fixture, "zeros", NULL);
	assert_int_equal(fixture.last.chunks, 20);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM chunk"), 1);
	assert_int_equal(store_fixture_try_get(&fixture, "zeros"), 0);
	scratch_expect(&fixture.scratch, "out", zeros, 20 * FIXTURE_CHUNK);
	store_fixture_check_replicas(&fixture);
	free(zeros);
}

static void test_old_versions_stay(void **state)
{
	(void)state;
	for (unsigned i = 1; i <= 3; i++) {
		scratch_write_seeded(&fixture.scratch, "file", 1000 * i, i);
		store_fixture_put(&fixture, "file", NULL);
		assert_int_equal(fixture.last.version, i);
	}
	store_fixture_expect(&fixture, "file@1", 1000, 1);
	store_fixture_expect(&fixture, "file@2", 2000, 2);
	store_fixture_expect(&fixture, "file", 3000, 3);
	assert_int_equal(store_fixture_try_get(&fixture, "file@4"), -1);
	assert_int_equal(fixture.error.code, ERROR_NOT_FOUND);
}

static void test_a_name_may_have_any_bytes(void **state)
{
	(void)state;
	char name[256];
	size_t length = 0;
	for (int byte = 1; byte < 256; byte++)
		if (byte != '/')
			name[length++] = (char)byte;
	name[length] = '\0';
	scratch_write_seeded(&fixture.scratch, "file", 100, 1);
	store_fixture_put(&fixture, "file", name);
	store_fixture_expect(&fixture, name, 100, 1);
	assert_int_equal(store_fixture_list(&fixture, NULL), 0);
	name[length++] = '\n';
	name[length] = '\0';
	assert_string_equal(fixture.names, name);
}

static void test_a_name_has_at_most_4096_bytes(void **state)
{
	(void)state;
	char name[STORE_NAME_MAX + 2];
	for (size_t i = 0; i <= STORE_NAME_MAX; i++)
		name[i] = i % 100 == 99 ? '/' : 'n';
	name[STORE_NAME_MAX + 1] = '\0';
	scratch_write_seeded(&fixture.scratch, "file", 100, 1);
	assert_int_equal(store_fixture_try_put(&fixture, "file", name, 0), -1);
	assert_int_equal(fixture.error.code, ERROR_USAGE);
	name[STORE_NAME_MAX] = '\0';
	store_fixture_put(&fixture, "file", name);
	store_fixture_expect(&fixture, name, 100, 1);
}

static void test_names_that_lead_elsewhere_are_refused(void **state)
{
	(void)state;
	const char *const names[] = {"", "/a", "a//b", "a/", ".", "..", "a/../b", "./a", "a/."};
	scratch_write_seeded(&fixture.scratch, "file", 100, 1);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		assert_int_equal(store_fixture_try_put(&fixture, "file", names[i], 0), -1);
		assert_int_equal(fixture.error.code, ERROR_USAGE);
	}
}

static void test_a_replication_factor_is_kept_by_later_puts(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "file", 100, 1);
	assert_int_equal(store_fixture_try_put(&fixture, "file", NULL, 3), 0);
	assert_int_equal(fixture.last.replication_factor, 3);
	scratch_write_seeded(&fixture.scratch, "file", 100, 2);
	store_fixture_put(&fixture, "file", NULL);
	assert_int_equal(fixture.last.replication_factor, 3);
	assert_int_equal(store_fixture_chunk_files(&fixture), 6);
	store_fixture_put(&fixture, "file", "other");
	assert_int_equal(fixture.last.replication_factor, 2);
	store_fixture_check_counters(&fixture);
}

static void test_a_higher_factor_adds_the_copies_that_lack(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "file", 2 * FIXTURE_CHUNK, 1);
	assert_int_equal(store_fixture_try_put(&fixture, "file", NULL, 1), 0);
	assert_int_equal(store_fixture_chunk_files(&fixture), 2);
	assert_int_equal(store_fixture_try_put(&fixture, "file", NULL, 3), 0);
	assert_int_equal(store_fixture_chunk_files(&fixture), 6);
	store_fixture_check_counters(&fixture);
	store_fixture_check_replicas(&fixture);
}

static void test_fewer_nodes_than_copies_is_a_warning(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "file", 100, 1);
	assert_int_equal(store_fixture_try_put(&fixture, "file", NULL, 5), 0);
	assert_int_equal(fixture.warned, 1);
	assert_non_null(strstr(fixture.failure.message, "3 of 5 copies"));
}

/* Feeds `size` bytes of `seed` to standard input and stores that. */
static void put_from_pipe(size_t size, uint64_t seed)
{
	int ends[2], saved = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		uint8_t *data = malloc(size);
		scratch_fill(data, size, seed);
		close(ends[0]);
		for (size_t done = 0; done < size;) {
			ssize_t put = write(ends[1], data + done, size - done < 777 ? size - done : 777);
			if (put < 0)
				break;
			done += (size_t)put;
		}
		_exit(0);
	}
	assert_true(child > 0);
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	int result = store_fixture_try_put(&fixture, "-", "piped", 0);
	if (saved >= 0) {
		dup2(saved, STDIN_FILENO);
		close(saved);
	}
	assert_int_equal(result, 0);
}

static void test_standard_input_is_stored_whole(void **state)
{
	(void)state;
	put_from_pipe(3 * FIXTURE_CHUNK + 17, 1);
	store_fixture_expect(&fixture, "piped", 3 * FIXTURE_CHUNK + 17, 1);
	check_sha256("out");
	assert_int_equal(store_fixture_try_put(&fixture, "-", NULL, 0), -1);
	assert_int_equal(fixture.error.code, ERROR_USAGE);
}

static void test_standard_input_is_cut_by_content_as_a_file_is(void **state)
{
	(void)state;
	store_fixture_remove(&fixture);
	store_fixture_make(&fixture, 3, "chunk: {size: 64KiB, method: cdc}\nreplication_factor: 2\n");
	scratch_write_seeded(&fixture.scratch, "file", 20 * FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
	put_from_pipe(20 * FIXTURE_CHUNK, 1);
	assert_int_equal(fixture.last.new_chunks, 0);
	store_fixture_expect(&fixture, "piped", 20 * FIXTURE_CHUNK, 1);
	check_sha256("out");
}

static void test_memory_for_buffers_is_bounded_by_the_config(void **state)
{
	(void)state;
	assert_true(pool_count(fixture.store->pool) * pool_buffer_bytes(fixture.store->pool) <=
		    fixture.store->config->memory_bytes);
	store_fixture_remove(&fixture);
	store_fixture_make(
		&fixture, 3, "chunk: {size: 4MiB}\nmemory: 8MiB\nreplication_factor: 2\nworkers: 8\n");
	assert_int_equal(pool_count(fixture.store->pool), 2);
	/* Two buffers for eight workers are enough to come to an end. */
	scratch_write_seeded(&fixture.scratch, "file", 13 << 20, 1);
	store_fixture_put(&fixture, "file", NULL);
	store_fixture_expect(&fixture, "file", 13 << 20, 1);
}

static void test_no_descriptor_is_forgotten(void **state)
{
	(void)state;
	scratch_write_seeded(&fixture.scratch, "file", 3 * FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
	store_fixture_expect(&fixture, "file", 3 * FIXTURE_CHUNK, 1);
	size_t before = scratch_descriptors();
	scratch_write_seeded(&fixture.scratch, "file", 3 * FIXTURE_CHUNK, 2);
	store_fixture_put(&fixture, "file", NULL);
	store_fixture_expect(&fixture, "file", 3 * FIXTURE_CHUNK, 2);
	assert_int_equal(scratch_descriptors(), before);
}

/* Clocks that were wrong, and archives that say so: nanoseconds since 1970 end in the year 2262. */
static void test_a_time_too_far_away_is_the_last_that_can_be_said(void **state)
{
	(void)state;
	const struct {
		int64_t given, kept;
	} seconds[] = {{13569465600, INT64_MAX / 1000000000}, {9223372036, 9223372036},
		{-2000000000, -2000000000}, {-13569465600, INT64_MIN / 1000000000 - 1}};
	for (size_t i = 0; i < sizeof(seconds) / sizeof(*seconds); i++) {
		scratch_write_seeded(&fixture.scratch, "file", 10, i);
		struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = seconds[i].given}};
		const char *path = scratch_path(&fixture.scratch, "file");
		struct stat status;
		assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
		assert_int_equal(stat(path, &status), 0);
		if (status.st_mtim.tv_sec != seconds[i].given)
			continue; /* this file system cannot say it either */
		store_fixture_put(&fixture, "file", NULL);
		store_fixture_expect(&fixture, "file", 10, i);
		assert_int_equal(stat(scratch_path(&fixture.scratch, "out"), &status), 0);
		assert_int_equal(status.st_mtim.tv_sec, seconds[i].kept);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, one_store_make, one_store_clean)
	const struct CMUnitTest tests[] = {
		TEST(every_size_comes_back_from_fixed_chunks),
		TEST(every_size_comes_back_from_content_defined_chunks),
		TEST(a_file_of_exactly_n_chunks_has_n),
		TEST(short_reads_and_writes_of_the_system_do_no_harm),
		TEST(the_same_bytes_are_stored_once),
		TEST(a_file_that_repeats_itself_is_stored_once),
		TEST(old_versions_stay),
		TEST(a_name_may_have_any_bytes),
		TEST(a_name_has_at_most_4096_bytes),
		TEST(names_that_lead_elsewhere_are_refused),
		TEST(a_replication_factor_is_kept_by_later_puts),
		TEST(a_higher_factor_adds_the_copies_that_lack),
		TEST(fewer_nodes_than_copies_is_a_warning),
		TEST(standard_input_is_stored_whole),
		TEST(standard_input_is_cut_by_content_as_a_file_is),
		TEST(memory_for_buffers_is_bounded_by_the_config),
		TEST(no_descriptor_is_forgotten),
		TEST(a_time_too_far_away_is_the_last_that_can_be_said),
	};
	return cmocka_run_group_tests_name("put", tests, NULL, NULL);
}
