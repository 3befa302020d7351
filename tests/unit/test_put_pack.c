/*
 * Folders of small files: packed into shared chunks, stored once however often they are put, and each fetched alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "tests/support/one_store.h"

static int make(void **state)
{
	(void)state;
	store_fixture_make(&fixture, 3, NULL);
	scratch_folder(&fixture.scratch, "folder");
	return 0;
}

static void write_many(unsigned count, unsigned different)
{
	for (unsigned i = 0; i < count; i++) {
		char name[32];
		snprintf(name, sizeof(name), "folder/file-%03u", i);
		scratch_write_seeded(&fixture.scratch, name, 1000 + i % different, 1 + i % different);
	}
}

static void expect_many(unsigned count, unsigned different)
{
	for (unsigned i = 0; i < count; i++) {
		char name[32];
		snprintf(name, sizeof(name), "folder/file-%03u", i);
		store_fixture_expect(&fixture, name, 1000 + i % different, 1 + i % different);
	}
}

static void test_many_small_files_share_few_chunks(void **state)
{
	(void)state;
	write_many(300, 300);
	store_fixture_put(&fixture, "folder", NULL);
	assert_true(store_fixture_sql(&fixture, "SELECT count(*) FROM chunk") <= 8);
	store_fixture_check_counters(&fixture);
	store_fixture_check_replicas(&fixture);
	expect_many(300, 300);
}

static void test_duplicates_within_a_pack_are_kept_once(void **state)
{
	(void)state;
	write_many(200, 3);
	store_fixture_put(&fixture, "folder", NULL);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM chunk"), 1);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT sum(size) FROM chunk"), 1000 + 1001 + 1002);
	expect_many(200, 3);
}

static void test_only_duplicates_of_one_file_are_still_found(void **state)
{
	(void)state;
	write_many(5, 1);
	store_fixture_put(&fixture, "folder", NULL);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT sum(size) FROM chunk"), 1000);
	expect_many(5, 1);
	scratch_write_seeded(&fixture.scratch, "single", 1000, 1);
	store_fixture_put(&fixture, "single", NULL);
	assert_int_equal(fixture.last.new_chunks, 0);
}

static void test_a_second_put_adds_no_chunk_and_no_byte(void **state)
{
	(void)state;
	write_many(100, 100);
	scratch_write_seeded(&fixture.scratch, "folder/large", 3 * FIXTURE_CHUNK, 7000);
	store_fixture_put(&fixture, "folder", NULL);
	int64_t chunks = store_fixture_sql(&fixture, "SELECT count(*) FROM chunk");
	size_t files = store_fixture_chunk_files(&fixture);
	env_mock_forget(&fixture.mock);
	store_fixture_put(&fixture, "folder", NULL);
	/* One record on each node's journal, and nothing else. */
	assert_int_equal(fixture.mock.calls[IO_PWRITE], fixture.store->node_count);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM chunk"), chunks);
	assert_int_equal(store_fixture_chunk_files(&fixture), files);
	expect_many(100, 100);
	store_fixture_check_counters(&fixture);
}

static void test_a_small_file_alone_is_a_chunk_of_its_own(void **state)
{
	(void)state;
	write_many(1, 1);
	store_fixture_put(&fixture, "folder", NULL);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM version WHERE shared = 1"), 0);
	assert_int_equal(
		store_fixture_sql(&fixture, "SELECT count(*) FROM extent WHERE part_length IS NOT NULL"), 0);
	expect_many(1, 1);
}

static void test_a_part_is_found_again_by_a_later_put(void **state)
{
	(void)state;
	write_many(50, 50);
	store_fixture_put(&fixture, "folder", NULL);
	scratch_folder(&fixture.scratch, "other");
	scratch_write_seeded(&fixture.scratch, "other/seventh", 1006, 7);
	scratch_write_seeded(&fixture.scratch, "other/new", 1006, 700);
	int64_t bytes = store_fixture_sql(&fixture, "SELECT sum(size) FROM chunk");
	store_fixture_put(&fixture, "other", NULL);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT sum(size) FROM chunk"), bytes + 1006);
	store_fixture_expect(&fixture, "other/seventh", 1006, 7);
	store_fixture_expect(&fixture, "other/new", 1006, 700);
}

static void test_a_higher_factor_for_one_packed_file_raises_its_whole_chunk(void **state)
{
	(void)state;
	uint64_t changed;
	write_many(20, 20);
	store_fixture_put(&fixture, "folder", NULL);
	assert_int_equal(
		store_set_replication(fixture.store, "folder/file-003", 3, &changed, &fixture.error), 0);
	assert_int_equal(changed, 1);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT max(want) FROM copyset WHERE chunks > 0"), 3);
	/* Putting it again writes the copy that lacks, since the part that is known is not enough. */
	store_fixture_put(&fixture, "folder", NULL);
	store_fixture_check_counters(&fixture);
	store_fixture_check_replicas(&fixture);
	expect_many(20, 20);
	assert_int_equal(store_set_replication(fixture.store, "folder/", 1, &changed, &fixture.error), 0);
	assert_int_equal(changed, 20);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT max(want) FROM copyset WHERE chunks > 0"), 1);
	store_fixture_check_counters(&fixture);
}

static void test_small_files_of_different_factors_are_not_packed_together(void **state)
{
	(void)state;
	uint64_t changed;
	write_many(10, 10);
	store_fixture_put(&fixture, "folder", NULL);
	assert_int_equal(
		store_set_replication(fixture.store, "folder/file-003", 3, &changed, &fixture.error), 0);
	for (unsigned i = 0; i < 10; i++) {
		char name[32];
		snprintf(name, sizeof(name), "folder/file-%03u", i);
		scratch_write_seeded(&fixture.scratch, name, 2000 + i, 100 + i);
	}
	store_fixture_put(&fixture, "folder", NULL);
	assert_int_equal(
		store_fixture_sql(&fixture,
			"SELECT s.want FROM file f JOIN extent e ON e.version = f.head JOIN chunk c ON c.id "
			"= e.chunk"
			" JOIN copyset s ON s.id = c.copyset WHERE f.name = CAST('folder/file-003' AS BLOB)"),
		3);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT max(s.want) FROM file f JOIN extent e ON "
						     "e.version = f.head JOIN chunk c ON c.id = e.chunk"
						     " JOIN copyset s ON s.id = c.copyset WHERE f.name <> "
						     "CAST('folder/file-003' AS BLOB)"),
		2);
	for (unsigned i = 0; i < 10; i++) {
		char name[32];
		snprintf(name, sizeof(name), "folder/file-%03u", i);
		store_fixture_expect(&fixture, name, 2000 + i, 100 + i);
	}
}

static void test_fifos_are_skipped_and_the_store_itself_is_left_out(void **state)
{
	(void)state;
	write_many(3, 3);
	assert_int_equal(mkfifo(scratch_path(&fixture.scratch, "folder/fifo"), 0600), 0);
	store_fixture_put(&fixture, "folder", NULL);
	assert_int_equal(fixture.skipped, 1);
	assert_non_null(strstr(fixture.failure.message, "FIFO"));
	store_fixture_put(&fixture, "", "everything");
	assert_int_equal(store_fixture_list(&fixture, "everything"), 0);
	assert_null(strstr(fixture.names, "catalog.db"));
	assert_null(strstr(fixture.names, "linckia-node.json"));
}

static void test_one_file_that_fails_does_not_keep_the_others_out(void **state)
{
	(void)state;
	write_many(10, 10);
	env_mock_fail(&fixture.mock,
		(struct io_fault){
			.call = IO_OPENAT, .number = EACCES, .lasting = true, .ending = "file-004"});
	assert_int_equal(store_fixture_try_put(&fixture, "folder", NULL, 0), -1);
	assert_int_equal(fixture.failed, 1);
	assert_int_equal(store_fixture_list(&fixture, "folder"), 0);
	assert_int_equal(fixture.listed, 9);
}

/* ---- a transaction that fails ---- */

/* What makes the first transaction fail only after the last source was read. */
struct obstacle {
	struct store_fixture *fixture;
	ino_t last_source;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool read;
	unsigned failed, stored;
};

static void note_last_source(void *context, int fd, off_t offset)
{
	struct obstacle *obstacle = context;
	struct stat status;
	if (offset != 0 || fstat(fd, &status) < 0 || status.st_ino != obstacle->last_source)
		return;
	pthread_mutex_lock(&obstacle->mutex);
	obstacle->read = true;
	pthread_cond_broadcast(&obstacle->changed);
	pthread_mutex_unlock(&obstacle->mutex);
}

static void wait_for_last_source(void *context)
{
	struct obstacle *obstacle = context;
	pthread_mutex_lock(&obstacle->mutex);
	while (!obstacle->read)
		pthread_cond_wait(&obstacle->changed, &obstacle->mutex);
	pthread_mutex_unlock(&obstacle->mutex);
}

/* Lets the catalog commit again as soon as the first failure was reported. */
static void relent(void *context, const struct error *message)
{
	(void)message;
	struct obstacle *obstacle = context;
	if (obstacle->failed++ == 0)
		store_fixture_sql(obstacle->fixture, "DROP TRIGGER fault");
}

static void count_stored(void *context, const struct entry *entry)
{
	struct obstacle *obstacle = context;
	obstacle->stored += strcmp(entry->name, "d-after") == 0;
}

/*
 * A file whose chunks spread over two transactions, the first of which fails; what the second one stores must be
 * whole. 16,384 extents end a batch.
 */
static void test_a_failed_transaction_harms_nothing_that_a_later_one_stores(void **state)
{
	(void)state;
	enum { CHUNKS = 16384 + 16 };
	struct stat status;
	scratch_write_seeded(&fixture.scratch, "a-small", 10, 1);
	scratch_write_seeded(&fixture.scratch, "c-after", 1000, 2);
	scratch_write_seeded(&fixture.scratch, "d-after", 1000, 2);
	scratch_write(&fixture.scratch, "b-long", "", 0);
	assert_int_equal(
		truncate(scratch_path(&fixture.scratch, "b-long"), (off_t)CHUNKS * FIXTURE_CHUNK), 0);
	store_fixture_put(&fixture, "c-after", "known");
	store_fixture_sql(&fixture,
		"CREATE TRIGGER fault BEFORE INSERT ON operation BEGIN SELECT RAISE(ABORT, 'no'); END");

	assert_int_equal(stat(scratch_path(&fixture.scratch, "d-after"), &status), 0);
	struct obstacle obstacle = {.fixture = &fixture, .last_source = status.st_ino};
	pthread_mutex_init(&obstacle.mutex, NULL);
	pthread_cond_init(&obstacle.changed, NULL);
	fixture.mock.before_pread = note_last_source;
	fixture.mock.before_syncfs = wait_for_last_source;
	fixture.mock.context = &obstacle;
	const char *paths[] = {scratch_path(&fixture.scratch, "a-small"),
		scratch_path(&fixture.scratch, "b-long"), scratch_path(&fixture.scratch, "c-after"),
		scratch_path(&fixture.scratch, "d-after")};
	struct put_options options = {.failed = relent, .stored = count_stored, .context = &obstacle};
	assert_int_equal(store_put(fixture.store, paths, 4, &options, &fixture.error), -1);
	fixture.mock.before_pread = NULL;
	fixture.mock.before_syncfs = NULL;
	pthread_mutex_destroy(&obstacle.mutex);
	pthread_cond_destroy(&obstacle.changed);

	assert_true(obstacle.failed >= 1);
	store_fixture_check_counters(&fixture);
	if (obstacle.stored)
		store_fixture_expect(&fixture, "d-after", 1000, 2);
	store_fixture_expect(&fixture, "known", 1000, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, make, one_store_clean)
	const struct CMUnitTest tests[] = {
		TEST(many_small_files_share_few_chunks),
		TEST(duplicates_within_a_pack_are_kept_once),
		TEST(only_duplicates_of_one_file_are_still_found),
		TEST(a_second_put_adds_no_chunk_and_no_byte),
		TEST(a_small_file_alone_is_a_chunk_of_its_own),
		TEST(a_part_is_found_again_by_a_later_put),
		TEST(a_higher_factor_for_one_packed_file_raises_its_whole_chunk),
		TEST(small_files_of_different_factors_are_not_packed_together),
		TEST(fifos_are_skipped_and_the_store_itself_is_left_out),
		TEST(one_file_that_fails_does_not_keep_the_others_out),
		TEST(a_failed_transaction_harms_nothing_that_a_later_one_stores),
	};
	return cmocka_run_group_tests_name("put, packs", tests, NULL, NULL);
}
