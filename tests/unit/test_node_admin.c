/*
 * What an operator does to a node by hand: it is told in an event and kept, saying it twice changes nothing, what
 * cannot be committed did not happen, and nothing is broken on purpose in a store that is not for rehearsals.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/one_store.h"

#define SETTINGS  "chunk: {size: 64KiB}\nreplication_factor: 2\nmin_replicas: 1\n"
#define REHEARSAL "rehearsal: true\n" SETTINGS

enum { CHUNKS = 12 };

static int make(void **state)
{
	(void)state;
	store_fixture_make(&fixture, 2, SETTINGS);
	return 0;
}

static int make_rehearsal(void **state)
{
	(void)state;
	store_fixture_make(&fixture, 2, REHEARSAL);
	scratch_write_seeded(&fixture.scratch, "file", CHUNKS * FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
	return 0;
}

static int64_t events(const char *code)
{
	char sql[128];
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM event WHERE code = '%s' AND node = 'node-1'", code);
	return store_fixture_sql(&fixture, sql);
}

typedef int node_order(struct store *store, const char *name, bool *changed, struct error *error);

/* Gives the order to node-1; `changes` whether it was not so already. */
static void give(node_order *order, bool changes)
{
	bool changed = !changes;
	if (order(fixture.store, "node-1", &changed, &fixture.error) < 0)
		fail_msg("said: %s", fixture.error.message);
	assert_int_equal(changed, changes);
}

/* In this process and for others. */
static void expect_node(bool failed, bool draining)
{
	struct node_status status;
	for (int i = 0; i < 2; i++) {
		node_status(&fixture.store->nodes[0], &status);
		assert_int_equal(status.failed_by_operator, failed);
		assert_int_equal(status.draining, draining);
		store_fixture_reopen(&fixture);
	}
}

/* ---- orders ---- */

static void test_a_failed_node_stays_failed_and_can_be_recovered(void **state)
{
	(void)state;
	give(store_node_fail, true);
	give(store_node_fail, false);
	assert_int_equal(events("node_failed"), 1);
	expect_node(true, false);
	give(store_node_recover, true);
	give(store_node_recover, false);
	assert_int_equal(events("node_recovered"), 1);
	assert_int_equal(events("node_kept"), 0);
	expect_node(false, false);
	assert_true(node_is_readable(&fixture.store->nodes[0]));
}

static void test_a_drained_node_can_be_kept(void **state)
{
	(void)state;
	give(store_node_drain, true);
	give(store_node_drain, false);
	assert_int_equal(events("node_drain"), 1);
	expect_node(false, true);
	give(store_node_recover, true);
	assert_int_equal(events("node_kept"), 1);
	assert_int_equal(events("node_recovered"), 0);
	expect_node(false, false);
}

static void test_failing_and_draining_do_not_undo_each_other(void **state)
{
	(void)state;
	give(store_node_drain, true);
	give(store_node_fail, true);
	expect_node(true, true);
	give(store_node_recover, true);
	give(store_node_fail, true);
	give(store_node_drain, true);
	expect_node(true, true);
}

static void test_an_order_that_cannot_be_committed_was_not_given(void **state)
{
	static node_order *const orders[] = {store_node_fail, store_node_drain, store_node_recover};
	static const char *const faults[] = {"INSERT ON event", "UPDATE ON node"};
	bool changed;
	(void)state;
	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
		bool recover = orders[i] == store_node_recover;
		for (size_t k = 0; k < sizeof(faults) / sizeof(*faults); k++) {
			char sql[128];
			if (recover && k == 0) {
				give(store_node_fail, true);
				give(store_node_drain, true);
			}
			snprintf(sql, sizeof(sql),
				"CREATE TRIGGER fault BEFORE %s BEGIN SELECT RAISE(ABORT, 'no'); END",
				faults[k]);
			store_fixture_sql(&fixture, sql);
			assert_int_equal(orders[i](fixture.store, "node-1", &changed, &fixture.error), -1);
			one_store_expect_failure(ERROR_IO, "no");
			store_fixture_sql(&fixture, "DROP TRIGGER fault");
			expect_node(recover, recover);
		}
	}
}

static void test_a_node_that_is_not_known_gets_no_orders(void **state)
{
	static node_order *const orders[] = {store_node_fail, store_node_drain, store_node_recover};
	(void)state;
	store_fixture_add_to_config(&fixture, "  - {name: late, path: late}\n");
	store_fixture_reopen(&fixture);
	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
		bool changed = true;
		assert_int_equal(orders[i](fixture.store, "node-9", &changed, &fixture.error), -1);
		one_store_expect_failure(
			ERROR_NOT_FOUND, "there is no node 'node-9'; 'linckia node list' shows them");
		assert_false(changed);
		assert_int_equal(orders[i](fixture.store, "late", &changed, &fixture.error), -1);
		one_store_expect_failure(
			ERROR_REFUSED, "node 'late' is not part of the store yet: run 'linckia init'");
	}
}

/* Whoever gives it may have had the store open for long. */
static void test_an_order_is_about_the_nodes_that_there_are_now(void **state)
{
	static node_order *const orders[] = {store_node_fail, store_node_drain, store_node_recover};
	(void)state;
	uint64_t chunks;
	const struct store_new_node second = {.name = "node-2", .path = "node-2"};
	const struct store_new_node late = {.name = "late", .path = "late"};
	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
		bool changed = true;
		check(store_node_remove(
			store_fixture_config(&fixture), second.name, NULL, &chunks, &fixture.error));
		assert_int_equal(orders[i](fixture.store, second.name, &changed, &fixture.error), -1);
		one_store_expect_failure(
			ERROR_NOT_FOUND, "there is no node 'node-2'; 'linckia node list' shows them");
		assert_false(changed);
		check(store_node_add(store_fixture_config(&fixture), &second, NULL, &fixture.error));
		store_fixture_reopen(&fixture);
	}
	bool changed = false;
	check(store_node_add(store_fixture_config(&fixture), &late, NULL, &fixture.error));
	check(store_node_fail(fixture.store, "late", &changed, &fixture.error));
	assert_true(changed);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT failed FROM node WHERE name = 'late'"), 1);
}

static bool looked_up, had_to_wait;

static void *look_up(void *argument)
{
	struct catalog_state state;
	struct error error;
	(void)argument;
	(void)!catalog_read_state(fixture.store->reader, &state, &error);
	return NULL;
}

/* While a disk is read. */
static void try_look_up(void *context, int fd, off_t offset)
{
	struct timespec until;
	pthread_t thread;
	(void)context, (void)fd, (void)offset;
	if (looked_up)
		return;
	looked_up = true;
	assert_int_equal(pthread_create(&thread, NULL, look_up, NULL), 0);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	had_to_wait = pthread_timedjoin_np(thread, NULL, &until) != 0;
	if (had_to_wait)
		pthread_detach(thread);
}

/* The disk of a node that was failed is often one that hangs. */
static void test_nobody_waits_for_the_disk_of_a_node_that_is_recovered(void **state)
{
	(void)state;
	struct store *other;
	bool changed;
	check(store_open(store_fixture_config(&fixture), &other, &fixture.error));
	check(store_node_fail(other, "node-1", &changed, &fixture.error));
	check(store_refresh_nodes(fixture.store, &fixture.error));
	assert_false(node_is_readable(&fixture.store->nodes[0]));
	check(store_node_recover(other, "node-1", &changed, &fixture.error));
	store_close(other);
	looked_up = had_to_wait = false;
	fixture.mock.before_pread = try_look_up;
	check(store_refresh_nodes(fixture.store, &fixture.error));
	fixture.mock.before_pread = NULL;
	assert_true(looked_up && node_is_readable(&fixture.store->nodes[0]));
	assert_false(had_to_wait);
}

/* ---- faults for rehearsals ---- */

static void test_nothing_is_broken_on_purpose_in_a_real_store(void **state)
{
	(void)state;
	uint64_t chunks = 1;
	scratch_write_seeded(&fixture.scratch, "file", CHUNKS * FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
	assert_int_equal(store_node_wipe(fixture.store, "node-1", &chunks, &fixture.error), -1);
	one_store_expect_failure(
		ERROR_REFUSED, "this is not a rehearsal store, so nothing is broken on purpose");
	assert_int_equal(chunks, 0);
	chunks = 1;
	assert_int_equal(store_node_corrupt(fixture.store, "node-1", 1, &chunks, &fixture.error), -1);
	one_store_expect_failure(
		ERROR_REFUSED, "this is not a rehearsal store, so nothing is broken on purpose");
	assert_int_equal(chunks, 0);
	store_fixture_check_replicas(&fixture);
}

static void test_a_node_that_cannot_be_written_to_is_not_broken(void **state)
{
	(void)state;
	uint64_t chunks;
	give(store_node_fail, true);
	assert_int_equal(store_node_wipe(fixture.store, "node-1", &chunks, &fixture.error), -1);
	one_store_expect_failure(ERROR_UNAVAILABLE, "node 'node-1' cannot be written to now");
	assert_int_equal(store_node_corrupt(fixture.store, "node-9", 1, &chunks, &fixture.error), -1);
	one_store_expect_failure(ERROR_NOT_FOUND, "there is no node 'node-9'");
	store_fixture_check_replicas(&fixture);
}

static void test_a_wiped_node_loses_its_chunks_alone(void **state)
{
	(void)state;
	uint64_t chunks;
	scratch_write(&fixture.scratch, "nodes/node-1/chunks/00/notes.txt", "mine", 4);
	assert_int_equal(store_node_wipe(fixture.store, "node-1", &chunks, &fixture.error), 0);
	assert_int_equal(chunks, CHUNKS);
	assert_int_equal(scratch_count(&fixture.scratch, "nodes/node-1/chunks"), 1);
	assert_int_equal(scratch_count(&fixture.scratch, "nodes/node-2/chunks"), CHUNKS);
	assert_true(scratch_exists(&fixture.scratch, "nodes/node-1/linckia-node.json"));
	assert_int_equal(events("node_wiped"), 1);
	store_fixture_expect(&fixture, "file", CHUNKS * FIXTURE_CHUNK, 1);
}

/* How many of the node's chunk files have not the bytes that their names say. */
static unsigned bad_files(unsigned number)
{
	struct catalog_chunk chunks[CHUNKS];
	unsigned bad = 0;
	assert_int_equal(
		catalog_page_chunks(fixture.store->reader, 0, 0, chunks, CHUNKS, &fixture.error), CHUNKS);
	for (unsigned i = 0; i < CHUNKS; i++) {
		char hex[DIGEST_HEX_SIZE], path[160];
		size_t size;
		digest_hex(&chunks[i].digest, hex);
		snprintf(path, sizeof(path), "nodes/node-%u/chunks/%.2s/%s", number, hex, hex);
		uint8_t *data = scratch_read(&fixture.scratch, path, &size);
		struct digest found = digest_of(data, size);
		free(data);
		assert_int_equal(size, FIXTURE_CHUNK);
		bad += !digest_equal(&found, &chunks[i].digest);
	}
	return bad;
}

static void corrupt(uint64_t wanted, unsigned expected)
{
	uint64_t chunks;
	assert_int_equal(store_node_corrupt(fixture.store, "node-1", wanted, &chunks, &fixture.error), 0);
	assert_int_equal(chunks, expected);
}

static void test_as_many_chunk_files_are_corrupted_as_was_said(void **state)
{
	(void)state;
	scratch_write(&fixture.scratch, "nodes/node-1/chunks/00/notes.txt", "mine", 4);
	corrupt(0, 0);
	assert_int_equal(bad_files(1), 0);
	corrupt(5, 5);
	assert_int_equal(bad_files(1), 5);
	assert_int_equal(bad_files(2), 0);
	scratch_expect(&fixture.scratch, "nodes/node-1/chunks/00/notes.txt", "mine", 4);
	assert_int_equal(events("node_corrupted"), 2);
	store_fixture_expect(&fixture, "file", CHUNKS * FIXTURE_CHUNK, 1);
}

static void test_no_more_files_are_corrupted_than_there_are(void **state)
{
	(void)state;
	corrupt(CHUNKS + 100, CHUNKS);
	assert_int_equal(bad_files(1), CHUNKS);
}

static void test_a_file_that_has_another_name_too_is_not_corrupted(void **state)
{
	(void)state;
	char path[160], source[512];
	assert_true(store_fixture_chunk_path(&fixture, 1, path));
	snprintf(source, sizeof(source), "%s", scratch_path(&fixture.scratch, path));
	assert_int_equal(link(source, scratch_path(&fixture.scratch, "mine")), 0);
	corrupt(CHUNKS, CHUNKS - 1);
	assert_int_equal(bad_files(1), CHUNKS - 1);
}

#define TEST(name)           cmocka_unit_test_setup_teardown(test_##name, make, one_store_clean)
#define REHEARSAL_TEST(name) cmocka_unit_test_setup_teardown(test_##name, make_rehearsal, one_store_clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_failed_node_stays_failed_and_can_be_recovered),
		TEST(a_drained_node_can_be_kept),
		TEST(failing_and_draining_do_not_undo_each_other),
		TEST(an_order_that_cannot_be_committed_was_not_given),
		TEST(a_node_that_is_not_known_gets_no_orders),
		TEST(an_order_is_about_the_nodes_that_there_are_now),
		TEST(nobody_waits_for_the_disk_of_a_node_that_is_recovered),
		TEST(nothing_is_broken_on_purpose_in_a_real_store),
		REHEARSAL_TEST(a_node_that_cannot_be_written_to_is_not_broken),
		REHEARSAL_TEST(a_wiped_node_loses_its_chunks_alone),
		REHEARSAL_TEST(as_many_chunk_files_are_corrupted_as_was_said),
		REHEARSAL_TEST(no_more_files_are_corrupted_than_there_are),
		REHEARSAL_TEST(a_file_that_has_another_name_too_is_not_corrupted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
