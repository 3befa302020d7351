/*
 * Promises that hold when the catalog's rows say what cannot be: no copy is lost for it, and nobody falls over it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "engine/copy_read.h"
#include "tests/support/healing.h"

/* Lets maintenance see what was done to the rows, and fails unless all of the content is still there. */
static void expect_nothing_lost(void)
{
	healing_start();
	healing_run_for(5 * SECOND);
	healing_expect_content();
}

static void test_chunks_that_nobody_wants_keep_a_copy(void **state)
{
	(void)state;
	static const char *const wanted[] = {"0", "-1", "4294967296"};
	healing_make_store(3, TWO_OF NO_GRACE);
	healing_put(CHUNKS);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		healing_sql("UPDATE OR IGNORE copyset SET want = %s", wanted[i]);
		expect_nothing_lost();
		healing_stop();
	}
}

static void test_a_node_that_is_named_twice_holds_one_copy(void **state)
{
	(void)state;
	healing_make_store(3, TWO_OF NO_GRACE);
	healing_put(CHUNKS);
	healing_sql("UPDATE OR IGNORE copyset SET want = 1,"
		    " nodes = CAST(substr(nodes, 1, 2) || substr(nodes, 1, 2) AS BLOB)");
	expect_nothing_lost();
}

static void test_more_copies_than_there_can_be_are_not_made(void **state)
{
	(void)state;
	healing_make_store(3, TWO_OF NO_GRACE);
	healing_put(CHUNKS);
	healing_sql("UPDATE OR IGNORE copyset SET want = 9223372036854775807");
	expect_nothing_lost();
	healing_expect_copies(3);
}

static void test_a_file_of_one_chunk_is_that_chunk(void **state)
{
	(void)state;
	healing_make_store(3, TWO_OF NO_GRACE);
	scratch_write_seeded(&fixture.scratch, "a", FIXTURE_CHUNK, 1);
	scratch_write_seeded(&fixture.scratch, "b", FIXTURE_CHUNK, 2);
	store_fixture_put(&fixture, "a", NULL);
	store_fixture_put(&fixture, "b", NULL);
	healing_sql("UPDATE extent SET chunk = (SELECT max(chunk) FROM extent)");
	store_fixture_expect(&fixture, "b", FIXTURE_CHUNK, 2);
	assert_int_equal(store_fixture_try_get(&fixture, "a"), -1);
	assert_int_equal(fixture.error.code, ERROR_DAMAGED);
}

/* Each chunk is good and as large as the right one: only the list as a whole tells. */
static void test_a_file_is_its_own_chunks_in_their_order(void **state)
{
	(void)state;
	static const char *const changes[] = {
		"UPDATE extent SET chunk = 3 - chunk WHERE version = 1",
		"UPDATE extent SET chunk = 4 WHERE version = 1 AND position = 1",
		"UPDATE version SET manifest = zeroblob(32) WHERE id = 1",
	};
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		if (i > 0)
			healing_clean(NULL);
		healing_make_store(3, TWO_OF NO_GRACE);
		scratch_write_seeded(&fixture.scratch, "a", 2 * FIXTURE_CHUNK, 1);
		scratch_write_seeded(&fixture.scratch, "b", 2 * FIXTURE_CHUNK, 2);
		store_fixture_put(&fixture, "a", NULL);
		store_fixture_put(&fixture, "b", NULL);
		store_fixture_expect(&fixture, "a", 2 * FIXTURE_CHUNK, 1);
		healing_sql("%s", changes[i]);
		assert_int_equal(store_fixture_try_get(&fixture, "a"), -1);
		assert_int_equal(fixture.error.code, ERROR_DAMAGED);
		store_fixture_expect(&fixture, "b", 2 * FIXTURE_CHUNK, 2);
	}
}

static void test_an_entry_of_no_kind_is_refused(void **state)
{
	(void)state;
	static const char *const kinds[] = {"3", "-1", "4294967296"};
	struct error *error = &fixture.error;
	healing_make_store(3, TWO_OF NO_GRACE);
	healing_put(2);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		healing_sql("UPDATE version SET kind = %s", kinds[i]);
		assert_int_equal(store_fixture_try_get(&fixture, "file"), -1);
		assert_int_equal(error->code, ERROR_DAMAGED);
		assert_non_null(strstr(error->message, "is malformed; 'linckia rebuild' makes it anew"));
	}
}

static void test_a_list_of_chunks_that_does_not_end_is_refused(void **state)
{
	(void)state;
	/*
	 * The last place there is: what comes after it is before the first. What is no number comes after all of
	 * them.
	 */
	static const char *const places[] = {"9223372036854775807", "'x'", "x'00'"};
	healing_make_store(3, TWO_OF NO_GRACE);
	healing_put(2);
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		healing_sql("UPDATE extent SET position = %s WHERE position <> 0", places[i]);
		assert_int_equal(store_fixture_try_get(&fixture, "file"), -1);
		assert_int_equal(fixture.error.code, ERROR_DAMAGED);
	}
}

/* What is no size of a chunk, what is none of this store's, and what is merely not this chunk's. */
static const char *const wrong_sizes[] = {
	"0", "-1", "1", "65535", "65537", "268435457", "9223372036854775807", "-9223372036854775807 - 1"};
enum { WRONG_SIZES = sizeof(wrong_sizes) / sizeof(*wrong_sizes) };

static void expect_damaged(int result)
{
	assert_int_equal(result, -1);
	if (fixture.error.code != ERROR_DAMAGED)
		fail_msg("%s: %s", error_code_name(fixture.error.code), fixture.error.message);
}

static void test_no_copy_is_condemned_for_a_size_that_is_not_its_own(void **state)
{
	(void)state;
	healing_make_store(3, TWO_OF NO_GRACE);
	healing_put(CHUNKS);
	for (size_t i = 0; i < WRONG_SIZES; i++) {
		healing_sql("UPDATE chunk SET size = %s", wrong_sizes[i]);
		expect_damaged(store_fixture_try_get(&fixture, "file"));
		healing_start();
		/* One copy is too many, one too few, and all are looked at. */
		healing_sql("UPDATE OR IGNORE copyset SET want = 3 WHERE id %% 2");
		healing_sql("UPDATE OR IGNORE copyset SET want = 1 WHERE id %% 2 = 0");
		struct catalog_request scrub = healing_answer(
			healing_ask((struct catalog_request){.kind = PASS_SCRUB, .bandwidth = -1}), 60);
		assert_int_equal(scrub.bad, 0);
		healing_lose(1);
		healing_run_for(5 * SECOND);
		healing_give_back(1);
		healing_run_for(5 * SECOND);
		healing_stop();
		for (unsigned node = 1; node <= 3; node++)
			assert_int_equal(healing_quarantined_on(node), 0);
		assert_int_equal(healing_events("replica_bad"), 0);
		assert_int_equal(healing_events("catalog_damaged"), CHUNKS * (i + 1));
		healing_sql("UPDATE chunk SET size = %d", FIXTURE_CHUNK);
		healing_expect_content();
	}
}

/* The chunk's own name tells whether the part or the copy is wrong; while it cannot, the copy is not bad. */
static void test_no_copy_is_bad_for_a_part_that_is_not_so(void **state)
{
	(void)state;
	healing_make_store(3, TWO_OF NO_GRACE);
	healing_put(1);
	struct catalog_chunk chunk = one_store_first_chunk();
	struct copy_read read = {
		.store = fixture.store,
		.from = node_reading(store_node_by_id(fixture.store, chunk.nodes[0])),
		.chunk = chunk,
		.partly = true,
		.length = 1000,
		.buffer = pool_take(fixture.store->pool),
	};
	copy_read_run(&read);
	assert_int_equal(read.result, CHUNK_READ_ERROR);
	assert_int_equal(read.number, EBADMSG);
	env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_OPENAT, .number = EMFILE, .skip = 1});
	copy_read_run(&read);
	assert_int_equal(env_mock_hits(&fixture.mock, 0), 1);
	assert_int_equal(read.result, CHUNK_READ_ERROR);
	assert_int_equal(read.number, EMFILE);
	env_mock_heal(&fixture.mock);
	pool_give(fixture.store->pool, read.buffer);
}

static void test_a_size_that_cannot_be_does_not_use_up_the_bandwidth(void **state)
{
	(void)state;
	healing_make_store(3, TWO_OF "repair: {interval: 100ms, grace: 0, bandwidth: 1MiB}\n");
	healing_put(CHUNKS);
	healing_sql("UPDATE chunk SET size = 9223372036854775807 WHERE id = 1");
	healing_start();
	healing_sql("UPDATE OR IGNORE copyset SET want = 3");
	healing_run_for(20 * SECOND);
	assert_int_equal(maintenance->repaired, CHUNKS - 1);
}

static void test_a_put_does_not_count_on_a_chunk_of_another_size(void **state)
{
	(void)state;
	healing_make_store(3, TWO_OF NO_GRACE);
	healing_put(2);
	for (size_t i = 0; i < WRONG_SIZES; i++) {
		healing_sql("UPDATE chunk SET size = %s", wrong_sizes[i]);
		expect_damaged(store_fixture_try_put(&fixture, "file", "again", 0));
	}
	healing_sql("UPDATE chunk SET size = %d", FIXTURE_CHUNK);
	store_fixture_put(&fixture, "file", "again");
	store_fixture_expect(&fixture, "again", 2 * FIXTURE_CHUNK, 1);
}

static void test_a_small_file_is_stored_anew_beside_a_chunk_of_another_size(void **state)
{
	(void)state;
	healing_make_store(3, TWO_OF NO_GRACE);
	scratch_folder(&fixture.scratch, "folder");
	scratch_write_seeded(&fixture.scratch, "folder/a", 1000, 7);
	scratch_write_seeded(&fixture.scratch, "folder/b", 1001, 8);
	store_fixture_put(&fixture, "folder/a", "alone");
	healing_sql("UPDATE chunk SET size = 999");
	store_fixture_put(&fixture, "folder", "both");
	store_fixture_expect(&fixture, "both/a", 1000, 7);
	healing_sql("UPDATE chunk SET size = 10");
	scratch_write_seeded(&fixture.scratch, "folder/a", 1002, 9);
	store_fixture_put(&fixture, "folder", "again");
	store_fixture_expect(&fixture, "again/b", 1001, 8);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, healing_clean)
	const struct CMUnitTest tests[] = {
		TEST(chunks_that_nobody_wants_keep_a_copy),
		TEST(a_node_that_is_named_twice_holds_one_copy),
		TEST(more_copies_than_there_can_be_are_not_made),
		TEST(a_file_of_one_chunk_is_that_chunk),
		TEST(a_file_is_its_own_chunks_in_their_order),
		TEST(an_entry_of_no_kind_is_refused),
		TEST(a_list_of_chunks_that_does_not_end_is_refused),
		TEST(no_copy_is_condemned_for_a_size_that_is_not_its_own),
		TEST(no_copy_is_bad_for_a_part_that_is_not_so),
		TEST(a_size_that_cannot_be_does_not_use_up_the_bandwidth),
		TEST(a_put_does_not_count_on_a_chunk_of_another_size),
		TEST(a_small_file_is_stored_anew_beside_a_chunk_of_another_size),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
