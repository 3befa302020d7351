/* What engine/traffic.h promises: one set of counters for all processes, or the process's own. */
#include "engine/traffic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/engine.h"
#include "tests/support/one_store.h"
#include "tests/support/one_world.h"

static struct traffic *open_as(const char *store)
{
	struct traffic *traffic;
	assert_int_equal(traffic_open(scratch.path, store, &traffic, &error), 0);
	return traffic;
}

static uint64_t count(const struct traffic *traffic, uint64_t node, enum traffic_kind kind)
{
	uint64_t counts[TRAFFIC_KINDS];
	traffic_get(traffic, node, counts);
	return counts[kind];
}

static void test_another_process_counts_for_this_one(void **state)
{
	(void)state;
	struct traffic *traffic = open_as(STORE);
	assert_true(traffic_is_shared(traffic));
	uint64_t node = traffic_key("a");
	traffic_add(traffic, node, TRAFFIC_READ_BYTES, 5);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct traffic *other;
		if (traffic_open(scratch.path, STORE, &other, &error) < 0)
			_exit(1);
		traffic_add(other, node, TRAFFIC_READ_BYTES, 7);
		traffic_add(other, node, TRAFFIC_ERRORS, 1);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(count(traffic, node, TRAFFIC_READ_BYTES), 12);
	assert_int_equal(count(traffic, node, TRAFFIC_WRITTEN_BYTES), 0);
	assert_int_equal(count(traffic, node, TRAFFIC_ERRORS), 1);
	traffic_close(traffic);
	traffic = open_as(STORE);
	assert_int_equal(count(traffic, node, TRAFFIC_READ_BYTES), 12);
	traffic_close(traffic);
	traffic_close(NULL);
}

static void test_the_file_is_private_whole_and_has_no_holes(void **state)
{
	(void)state;
	mode_t before = umask(0);
	traffic_close(open_as(STORE));
	umask(before);
	struct stat status;
	assert_int_equal(stat(scratch_path(&scratch, "traffic"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(status.st_size, 64 + TRAFFIC_SLOTS * 32);
	assert_int_equal(status.st_nlink, 1);
	assert_true(status.st_blocks * 512 >= status.st_size);
	assert_int_equal(scratch_count(&scratch, "."), 1);
}

static void test_a_file_that_makes_no_sense_is_let_be(void **state)
{
	(void)state;
	traffic_close(open_as(STORE));
	size_t size;
	uint8_t *good = scratch_read(&scratch, "traffic", &size);
	const struct {
		size_t size;
		off_t flip; /* negative: none */
	} rows[] = {{0, -1}, {100, -1}, {size - 1, -1}, {size, 0}, {size, 16}, {size, 20}, {size, 24}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t found;
		unlink(scratch_path(&scratch, "traffic"));
		scratch_write(&scratch, "traffic", good, rows[i].size);
		if (rows[i].flip >= 0)
			scratch_flip(&scratch, "traffic", rows[i].flip);
		uint8_t *before = scratch_read(&scratch, "traffic", &found);
		struct traffic *traffic = open_as(STORE);
		assert_false(traffic_is_shared(traffic));
		traffic_add(traffic, 3, TRAFFIC_WRITTEN_BYTES, 9);
		assert_int_equal(count(traffic, 3, TRAFFIC_WRITTEN_BYTES), 9);
		traffic_close(traffic);
		scratch_expect(&scratch, "traffic", before, rows[i].size);
		free(before);
	}
	free(good);
	unlink(scratch_path(&scratch, "traffic"));
	assert_int_equal(mkfifo(scratch_path(&scratch, "traffic"), 0600), 0);
	struct traffic *traffic = open_as(STORE);
	assert_false(traffic_is_shared(traffic));
	traffic_close(traffic);
}

static void test_another_store_and_a_missing_folder_have_counters_of_their_own(void **state)
{
	(void)state;
	traffic_close(open_as(STORE));
	struct traffic *traffic = open_as(OTHER);
	assert_false(traffic_is_shared(traffic));
	traffic_close(traffic);
	assert_int_equal(traffic_open(scratch_path(&scratch, "no/such"), STORE, &traffic, &error), 0);
	assert_false(traffic_is_shared(traffic));
	traffic_add(traffic, 1, TRAFFIC_ERRORS, 2);
	assert_int_equal(count(traffic, 1, TRAFFIC_ERRORS), 2);
	traffic_close(traffic);
}

static void test_nodes_are_told_apart_until_there_are_too_many(void **state)
{
	(void)state;
	struct traffic *traffic = open_as(STORE);
	traffic_add(NULL, 1, TRAFFIC_ERRORS, 1);
	traffic_add(traffic, 0, TRAFFIC_ERRORS, 1);
	assert_int_equal(count(traffic, 0, TRAFFIC_ERRORS), 0);
	assert_int_equal(traffic_key(""), 0);
	assert_true(traffic_key("a") != 0 && traffic_key("a") != traffic_key("b"));
	/* All want the same slot. */
	for (uint64_t i = 1; i <= TRAFFIC_SLOTS; i++)
		traffic_add(traffic, i * TRAFFIC_SLOTS, TRAFFIC_READ_BYTES, i);
	for (uint64_t i = 1; i <= TRAFFIC_SLOTS; i++)
		assert_int_equal(count(traffic, i * TRAFFIC_SLOTS, TRAFFIC_READ_BYTES), i);
	traffic_add(traffic, 5, TRAFFIC_READ_BYTES, 1);
	assert_int_equal(count(traffic, 5, TRAFFIC_READ_BYTES), 0);
	traffic_close(traffic);
}

enum { THREADS = 4, ROUNDS = 20000, NODES = 16 };

static void *count_much(void *argument)
{
	for (int i = 0; i < ROUNDS; i++)
		traffic_add(argument, (uint64_t)(1 + i % NODES), TRAFFIC_WRITTEN_BYTES, 1);
	return NULL;
}

static void test_nothing_is_lost_among_threads(void **state)
{
	(void)state;
	pthread_t threads[THREADS];
	struct traffic *handles[THREADS];
	for (int i = 0; i < THREADS; i++) {
		handles[i] = open_as(STORE);
		assert_int_equal(pthread_create(&threads[i], NULL, count_much, handles[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	uint64_t sum = 0;
	for (uint64_t node = 1; node <= NODES; node++)
		sum += count(handles[0], node, TRAFFIC_WRITTEN_BYTES);
	assert_int_equal(sum, THREADS * ROUNDS);
	for (int i = 0; i < THREADS; i++)
		traffic_close(handles[i]);
}

/* ---- what a store counts ---- */

static int make_store(void **state)
{
	(void)state;
	store_fixture_make(&fixture, 2, NULL);
	return 0;
}

static void expect_sums(uint64_t read, uint64_t written, uint64_t errors)
{
	const struct view *view;
	assert_int_equal(store_view(fixture.store, 0, &view, &fixture.error), 0);
	uint64_t found[3] = {0};
	for (size_t i = 0; i < view->node_count; i++) {
		found[0] += view->nodes[i].read_bytes;
		found[1] += view->nodes[i].written_bytes;
		found[2] += view->nodes[i].errors;
	}
	view_unref(view);
	assert_int_equal(found[0], read);
	assert_int_equal(found[1], written);
	assert_int_equal(found[2], errors);
}

static void test_put_and_get_are_counted_to_the_byte(void **state)
{
	(void)state;
	enum { SIZE = 5 * FIXTURE_CHUNK + 1000 };
	expect_sums(0, 0, 0);
	scratch_write_seeded(&fixture.scratch, "file", SIZE, 1);
	store_fixture_put(&fixture, "file", NULL);
	expect_sums(0, 2 * SIZE, 0);
	/* With two nodes to choose from, a read that is late is begun on the other as well, and both count. */
	node_set_failed(&fixture.store->nodes[1], true);
	store_fixture_expect(&fixture, "file", SIZE, 1);
	node_set_failed(&fixture.store->nodes[1], false);
	expect_sums(SIZE, 2 * SIZE, 0);
	/* What is stored already is not written again. */
	store_fixture_put(&fixture, "file", "again");
	expect_sums(SIZE, 2 * SIZE, 0);
	store_fixture_reopen(&fixture);
	expect_sums(SIZE, 2 * SIZE, 0);
}

static void test_a_bad_copy_is_one_error_of_its_node(void **state)
{
	(void)state;
	char path[160];
	scratch_write_seeded(&fixture.scratch, "file", FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
	assert_true(store_fixture_chunk_path(&fixture, 1, path));
	scratch_flip(&fixture.scratch, path, 100);
	/*
	 * Which copy is read first is left to chance, but for a node that was late once; until it is found, reading
	 * goes well.
	 */
	const struct view *view;
	uint64_t errors = 0;
	for (int i = 0; i < 50 && errors == 0; i++) {
		store_fixture_reopen(&fixture);
		store_fixture_expect(&fixture, "file", FIXTURE_CHUNK, 1);
		assert_int_equal(store_view(fixture.store, 0, &view, &fixture.error), 0);
		errors = view->nodes[0].errors;
		assert_int_equal(view->nodes[1].errors, 0);
		view_unref(view);
	}
	assert_int_equal(errors, 1);
	store_fixture_expect(&fixture, "file", FIXTURE_CHUNK, 1);
	assert_int_equal(store_view(fixture.store, 0, &view, &fixture.error), 0);
	assert_int_equal(view->nodes[0].errors, 1);
	view_unref(view);
}

static void test_a_failed_write_is_an_error_of_its_node(void **state)
{
	(void)state;
	env_mock_fail(&fixture.mock,
		(struct io_fault){.call = IO_PWRITE, .number = EIO, .under = fixture.node_paths[1]});
	scratch_write_seeded(&fixture.scratch, "file", FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
	const struct view *view;
	assert_int_equal(store_view(fixture.store, 0, &view, &fixture.error), 0);
	assert_int_equal(view->nodes[0].errors, 0);
	assert_int_equal(view->nodes[0].written_bytes, FIXTURE_CHUNK);
	assert_int_equal(view->nodes[1].errors, 1);
	assert_int_equal(view->nodes[1].written_bytes, 0);
	view_unref(view);
}

int main(void)
{
#define TEST(name)       cmocka_unit_test_setup_teardown(test_##name, one_world_make, one_world_remove)
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(test_##name, make_store, one_store_clean)
	const struct CMUnitTest tests[] = {
		TEST(another_process_counts_for_this_one),
		TEST(the_file_is_private_whole_and_has_no_holes),
		TEST(a_file_that_makes_no_sense_is_let_be),
		TEST(another_store_and_a_missing_folder_have_counters_of_their_own),
		TEST(nodes_are_told_apart_until_there_are_too_many),
		TEST(nothing_is_lost_among_threads),
		STORE_TEST(put_and_get_are_counted_to_the_byte),
		STORE_TEST(a_bad_copy_is_one_error_of_its_node),
		STORE_TEST(a_failed_write_is_an_error_of_its_node),
	};
	return cmocka_run_group_tests_name("traffic", tests, NULL, NULL);
}
