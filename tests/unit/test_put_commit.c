/*
 * What a put looks at again when it holds the write lock, before it counts a copy (invariant 1): each time something
 * happens after the copies were written and before they are committed, as another process or a disk may do it.
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
#include <unistd.h>

#include "engine/put.h"
#include "tests/support/one_store.h"

enum { CHUNKS = 12 };

static void (*meanwhile)(void);
static char doomed[160]; /* a chunk's file, below a node's folder */

/* Once, when the batch is flushed: everything is written then, and nothing committed. */
static void strike(void *context)
{
	(void)context;
	void (*what)(void) = meanwhile;
	meanwhile = NULL;
	if (what)
		what();
}

static void begin(const char *settings)
{
	store_fixture_make(&fixture, 3, settings);
	for (unsigned i = 0; i < 3; i++)
		env_mock_pretend_device(&fixture.mock, fixture.node_paths[i], 1000 + i);
	store_fixture_reopen(&fixture);
	scratch_write_seeded(&fixture.scratch, "file", CHUNKS * FIXTURE_CHUNK, 1);
}

#define AT_LEAST_ONE "chunk: {size: 64KiB}\nreplication_factor: 2\nmin_replicas: 1\n"
#define AT_LEAST_TWO "chunk: {size: 64KiB}\nreplication_factor: 2\nmin_replicas: 2\n"

static int try_put(const char *path, void (*what)(void))
{
	meanwhile = what;
	fixture.mock.before_syncfs = strike;
	int result = store_fixture_try_put(&fixture, path, NULL, 0);
	fixture.mock.before_syncfs = NULL;
	assert_null(meanwhile);
	return result;
}

static void take_files_of_second(void)
{
	char command[512];
	snprintf(command, sizeof(command), "rm -f '%s'/chunks/*/*", fixture.node_paths[1]);
	assert_int_equal(system(command), 0);
}

static void take_second_out_of_service(void)
{
	store_fixture_fail_node(&fixture, 2, true);
}

static void make_second_read_only(void)
{
	node_note_errno(&fixture.store->nodes[1], EROFS);
}

/* The new node has the number that the old one had. */
static void put_another_in_place_of_third(void)
{
	uint64_t chunks;
	char path[4096];
	struct error error;
	const char *name = fixture.store->nodes[2].name;
	snprintf(path, sizeof(path), "%s", scratch_path(&fixture.scratch, "elsewhere"));
	const struct store_new_node other = {.name = name, .path = path};
	assert_int_equal(store_node_remove(store_fixture_config(&fixture), name, NULL, &chunks, &error), 0);
	assert_int_equal(store_node_add(store_fixture_config(&fixture), &other, NULL, &error), 0);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT max(id) FROM node"), 3);
}

/* The second one has what was committed so far, but takes no more. */
static void remove_third_and_fail_journal_of_second(void)
{
	uint64_t chunks;
	struct error error;
	assert_int_equal(store_node_remove(store_fixture_config(&fixture), fixture.store->nodes[2].name, NULL,
				 &chunks, &error),
		0);
	env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_PWRITE,
					     .number = EIO,
					     .lasting = true,
					     .under = fixture.node_paths[1],
					     .ending = ".jsonl"});
}

static int64_t chunks_on_second(void)
{
	return store_fixture_sql(
		&fixture, "SELECT coalesce(sum(chunks), 0) FROM copyset WHERE instr(hex(nodes), '0002') > 0");
}

static void expect_nothing_stored(void)
{
	assert_int_equal(fixture.stored, 0);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM file"), 0);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM extent"), 0);
}

static void test_files_that_have_gone_do_not_count(void **state)
{
	(void)state;
	begin(AT_LEAST_ONE);
	assert_int_equal(try_put("file", take_files_of_second), 0);
	assert_int_equal(fixture.stored, 1);
	assert_int_equal(chunks_on_second(), 0);
	store_fixture_check_replicas(&fixture);
	store_fixture_check_counters(&fixture);
	store_fixture_expect(&fixture, "file", CHUNKS * FIXTURE_CHUNK, 1);
}

/* The put succeeds although this happens to the second node, and counts nothing that is there. */
static void expect_put_without_second(void (*what)(void))
{
	begin(AT_LEAST_ONE);
	assert_int_equal(try_put("file", what), 0);
	assert_int_equal(chunks_on_second(), 0);
	store_fixture_expect(&fixture, "file", CHUNKS * FIXTURE_CHUNK, 1);
}

static void test_a_node_that_has_gone_does_not_count(void **state)
{
	(void)state;
	expect_put_without_second(take_second_out_of_service);
}

/* Its flush may have failed, too: what cannot be written to cannot be flushed. */
static void test_a_node_whose_number_is_another_s_by_now_does_not_count(void **state)
{
	(void)state;
	begin(AT_LEAST_ONE);
	assert_int_equal(try_put("file", put_another_in_place_of_third), 0);
	assert_int_equal(fixture.stored, 1);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT coalesce(sum(chunks), 0) FROM copyset "
						     "WHERE instr(hex(nodes), '0003') > 0"),
		0);
	store_fixture_check_counters(&fixture);
	store_fixture_expect(&fixture, "file", CHUNKS * FIXTURE_CHUNK, 1);
}

/* Nor does a record on its journal, from which nobody would regrow the catalog. */
static void test_the_journal_of_a_node_that_was_removed_does_not_count(void **state)
{
	(void)state;
	begin("chunk: {size: 64KiB}\nreplication_factor: 3\nmin_replicas: 2\n");
	assert_int_equal(try_put("file", remove_third_and_fail_journal_of_second), -1);
	assert_int_equal(fixture.error.code, ERROR_UNAVAILABLE);
	assert_non_null(strstr(fixture.error.message, "the record of it is on the journals of 1 "));
	env_mock_heal(&fixture.mock);
	store_fixture_check_counters(&fixture);
}

static void test_a_node_that_takes_nothing_more_does_not_count(void **state)
{
	(void)state;
	expect_put_without_second(make_second_read_only);
}

static void test_with_too_few_copies_left_nothing_is_acknowledged(void **state)
{
	(void)state;
	begin(AT_LEAST_TWO);
	assert_int_equal(try_put("file", take_files_of_second), -1);
	assert_int_equal(fixture.error.code, ERROR_CHANGED);
	expect_nothing_stored();
	/* And it can be tried again. */
	store_fixture_put(&fixture, "file", NULL);
	store_fixture_check_replicas(&fixture);
	store_fixture_check_counters(&fixture);
	store_fixture_expect(&fixture, "file", CHUNKS * FIXTURE_CHUNK, 1);
}

static void take_doomed(void)
{
	for (unsigned i = 0; i < 3; i++) {
		char path[600];
		snprintf(path, sizeof(path), "%s/%s", fixture.node_paths[i], doomed);
		(void)unlink(path);
	}
}

/* Three chunks each, of which the first one is the same. */
static void write_two_files(void)
{
	static uint8_t bytes[3 * FIXTURE_CHUNK];
	char hex[DIGEST_HEX_SIZE];
	scratch_folder(&fixture.scratch, "both");
	scratch_fill(bytes, sizeof(bytes), 7);
	scratch_write(&fixture.scratch, "both/good", bytes, sizeof(bytes));
	scratch_fill(bytes + FIXTURE_CHUNK, 2 * FIXTURE_CHUNK, 8);
	scratch_write(&fixture.scratch, "both/lost", bytes, sizeof(bytes));
	struct digest digest = digest_of(bytes + 2 * FIXTURE_CHUNK, FIXTURE_CHUNK);
	digest_hex(&digest, hex);
	snprintf(doomed, sizeof(doomed), "chunks/%.2s/%s", hex, hex);
}

static void test_one_file_that_lost_its_copies_costs_the_others_nothing(void **state)
{
	(void)state;
	begin(AT_LEAST_TWO);
	write_two_files();
	assert_int_equal(try_put("both", take_doomed), -1);
	assert_int_equal(fixture.failed, 1);
	assert_int_equal(fixture.failure.code, ERROR_CHANGED);
	assert_int_equal(store_fixture_sql(&fixture,
				 "SELECT count(*) FROM file WHERE CAST(name AS TEXT) = 'both/good'"),
		1);
	assert_int_equal(store_fixture_sql(&fixture,
				 "SELECT count(*) FROM file WHERE CAST(name AS TEXT) = 'both/lost'"),
		0);
	store_fixture_check_replicas(&fixture);
	store_fixture_check_counters(&fixture);
	store_fixture_expect(&fixture, "both/good", 3 * FIXTURE_CHUNK, 7);
	/* What the one that failed left in the catalog does not keep it from being stored. */
	store_fixture_put(&fixture, "both/lost", "lost");
	store_fixture_check_replicas(&fixture);
}

/* A file that failed does not leave more copies behind than others want of the chunks that it shares with them. */
static void test_what_a_file_wanted_that_failed_is_not_wanted_for_good(void **state)
{
	(void)state;
	static uint8_t bytes[2 * CHUNKS * FIXTURE_CHUNK];
	char hex[DIGEST_HEX_SIZE];
	begin(AT_LEAST_TWO);
	assert_int_equal(store_fixture_try_put(&fixture, "file", NULL, 1), 0);
	scratch_fill(bytes, sizeof(bytes), 8);
	scratch_fill(bytes, CHUNKS * FIXTURE_CHUNK, 1);
	scratch_write(&fixture.scratch, "longer", bytes, sizeof(bytes));
	struct digest digest = digest_of(bytes + CHUNKS * FIXTURE_CHUNK, FIXTURE_CHUNK);
	digest_hex(&digest, hex);
	snprintf(doomed, sizeof(doomed), "chunks/%.2s/%s", hex, hex);
	assert_int_equal(try_put("longer", take_doomed), -1);
	assert_int_equal(fixture.error.code, ERROR_CHANGED);
	/* The next collection looks at each of them. */
	assert_int_equal(
		store_fixture_sql(&fixture, "SELECT count(*) FROM chunk c JOIN copyset s ON s.id = c.copyset"
					    " WHERE s.want > 1 AND c.id IN (SELECT chunk FROM extent)"
					    " AND c.id NOT IN (SELECT chunk FROM unused)"),
		0);
	assert_int_equal(store_fixture_sql(&fixture,
				 "SELECT count(*) FROM unused WHERE chunk IN (SELECT chunk FROM extent)"),
		CHUNKS);
}

/* ---- one batch after the other ---- */

static void put_begin(struct put *put, const struct put_options *options)
{
	put_prepare(put, fixture.store, options);
	put->flush = CHUNK_FLUSH_LATER;
	put->open = put_batch_new(put);
	put->row = malloc(sizeof(*put->row));
	assert_true(put->open && put->row);
}

static void put_finish(struct put *put)
{
	put_batch_free(put, put->open);
	free(put->row);
	pthread_mutex_destroy(&put->mutex);
	pthread_mutex_destroy(&put->report_mutex);
	pthread_cond_destroy(&put->changed);
}

/* A file of one chunk, alone in a batch that is sealed. The chunk waits to be given its bytes. */
static struct put_chunk *add_in_a_batch(struct put *put, const char *name)
{
	struct put_entry *entry = put_entry_new(put, name, ENTRY_FILE, NULL);
	assert_non_null(entry);
	entry->replication_factor = 2;
	entry->size = FIXTURE_CHUNK;
	entry->extents = 1;
	struct put_chunk *chunk = put_batch_add_chunk(put, FIXTURE_CHUNK, 2);
	assert_non_null(chunk);
	const struct put_extent extent = {.entry = entry, .chunk = chunk};
	assert_int_equal(put_batch_add_extent(put, &extent), 0);
	put_entry_end(put, entry);
	put_batch_seal(put, true);
	return chunk;
}

static void submit_seeded(struct put *put, struct put_chunk *chunk, uint64_t seed)
{
	struct buffer *buffer = pool_take(fixture.store->pool);
	buffer->length = FIXTURE_CHUNK;
	scratch_fill(buffer->data, FIXTURE_CHUNK, seed);
	put_submit(put, chunk, buffer);
}

/* Two files of the same bytes, each in a batch of its own; those of batch `begin_with` are stored before the other's. */
static void store_same_bytes(struct put *put, struct put_chunk *chunks[2], unsigned begin_with)
{
	static const struct put_options options;
	begin(AT_LEAST_TWO);
	put_begin(put, &options);
	chunks[0] = add_in_a_batch(put, "first");
	chunks[1] = add_in_a_batch(put, "second");
	submit_seeded(put, chunks[begin_with], 5);
	submit_seeded(put, chunks[!begin_with], 5);
	put->no_more_jobs = put->no_more_batches = true;
	put_store_chunks(put);
}

/*
 * Two workers may come to the same bytes in any order, on either side of the seam between two batches. The batch that
 * is committed first cannot count on what is written for the one after it.
 */
static void test_a_batch_does_not_wait_for_bytes_of_a_later_one(void **state)
{
	(void)state;
	static struct put put;
	struct put_chunk *chunks[2];
	store_same_bytes(&put, chunks, 1);
	put_commit_batches(&put);
	assert_int_equal(put.failures, 0);
	assert_int_equal(put.stored, 2);
	put_finish(&put);
	store_fixture_check_replicas(&fixture);
	store_fixture_check_counters(&fixture);
	store_fixture_expect(&fixture, "first", FIXTURE_CHUNK, 5);
	store_fixture_expect(&fixture, "second", FIXTURE_CHUNK, 5);
}

/* The other way round it may: the bytes are written once. */
static void test_bytes_of_an_earlier_batch_are_not_written_again(void **state)
{
	(void)state;
	static struct put put;
	struct put_chunk *chunks[2];
	store_same_bytes(&put, chunks, 0);
	assert_int_equal(chunks[1]->written_count, 0);
	put_commit_batches(&put);
	assert_int_equal(put.stored, 2);
	put_finish(&put);
	assert_int_equal(store_fixture_chunk_files(&fixture), 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, one_store_clean)
	const struct CMUnitTest tests[] = {
		TEST(files_that_have_gone_do_not_count),
		TEST(a_node_that_has_gone_does_not_count),
		TEST(a_node_whose_number_is_another_s_by_now_does_not_count),
		TEST(the_journal_of_a_node_that_was_removed_does_not_count),
		TEST(a_node_that_takes_nothing_more_does_not_count),
		TEST(with_too_few_copies_left_nothing_is_acknowledged),
		TEST(one_file_that_lost_its_copies_costs_the_others_nothing),
		TEST(what_a_file_wanted_that_failed_is_not_wanted_for_good),
		TEST(a_batch_does_not_wait_for_bytes_of_a_later_one),
		TEST(bytes_of_an_earlier_batch_are_not_written_again),
	};
	return cmocka_run_group_tests_name("put commits", tests, NULL, NULL);
}
