/*
 * A read that does not come back is overtaken by one of another copy: a get ends without it, memory and the store's
 * end are in order all the same, and what the overtaken read finds in the end does no harm. Nodes that are slow are
 * asked last.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/hedge.h"
#include "tests/support/one_store.h"

enum { CHUNKS = 24, SIZE = CHUNKS * FIXTURE_CHUNK, SLOW_MS = 500 };

/* Reads of chunks on node-1 stay where they are while `held`, and take `delay_ms` by the mock's clock. */
static struct {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool held;
	int64_t delay_ms;
	unsigned begun, waiting;
} gate = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static bool is_on_first_node(int fd)
{
	char link[64], path[512];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, sizeof(path) - 1);
	if (length < 0)
		return false;
	path[length] = '\0';
	return strstr(path, "/node-1/chunks/") != NULL;
}

static void before_pread(void *context, int fd, off_t offset)
{
	(void)context;
	(void)offset;
	if (!is_on_first_node(fd))
		return;
	pthread_mutex_lock(&gate.mutex);
	gate.begun++;
	gate.waiting++;
	pthread_cond_broadcast(&gate.changed);
	while (gate.held)
		pthread_cond_wait(&gate.changed, &gate.mutex);
	gate.waiting--;
	int64_t delay_ms = gate.delay_ms;
	pthread_mutex_unlock(&gate.mutex);
	if (delay_ms)
		fixture.mock.time.sleep_ns(&fixture.mock.time, delay_ms * 1000000);
}

static void hold(bool held)
{
	pthread_mutex_lock(&gate.mutex);
	gate.held = held;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.mutex);
}

static unsigned count_begun(void)
{
	pthread_mutex_lock(&gate.mutex);
	unsigned begun = gate.begun;
	gate.begun = 0;
	pthread_mutex_unlock(&gate.mutex);
	return begun;
}

static unsigned count_waiting(void)
{
	pthread_mutex_lock(&gate.mutex);
	unsigned waiting = gate.waiting;
	pthread_mutex_unlock(&gate.mutex);
	return waiting;
}

static int make(void **state)
{
	(void)state;
	store_fixture_make(&fixture, 3,
		"chunk: {size: 64KiB}\nmemory: 16MiB\nreplication_factor: 3\nmin_replicas: 1\nworkers: 4\n");
	scratch_write_seeded(&fixture.scratch, "file", SIZE, 1);
	store_fixture_put(&fixture, "file", NULL);
	gate.held = false;
	gate.delay_ms = 0;
	gate.begun = 0;
	fixture.mock.before_pread = before_pread;
	return 0;
}

static int clean(void **state)
{
	(void)state;
	hold(false);
	store_fixture_remove(&fixture);
	return 0;
}

static uint64_t errors_of_first_node(void)
{
	uint64_t counts[TRAFFIC_KINDS];
	node_get_counts(&fixture.store->nodes[0], counts);
	return counts[TRAFFIC_ERRORS];
}

static void test_a_get_ends_while_a_read_hangs(void **state)
{
	(void)state;
	hold(true);
	store_fixture_expect(&fixture, "file", SIZE, 1);
	unsigned waiting = count_waiting();
	assert_true(waiting > 0);
	assert_true(waiting <= fixture.store->workers); /* each thread meets the node once */
	store_fixture_expect(&fixture, "file", SIZE, 1);
	assert_int_equal(count_waiting(), waiting);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM bad_replica"), 0);
	hold(false);
	store_fixture_reopen(&fixture); /* all buffers are back */
	assert_int_equal(errors_of_first_node(), 0);
}

static void test_a_bad_copy_beside_one_that_hangs_is_passed_over(void **state)
{
	(void)state;
	char path[160];
	assert_true(store_fixture_chunk_path(&fixture, 2, path));
	scratch_flip(&fixture.scratch, path, 3);
	hold(true);
	for (int i = 0; i < 20; i++)
		store_fixture_expect(&fixture, "file", SIZE, 1);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM bad_replica WHERE node = 2"), 1);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM bad_replica"), 1);
}

static void test_what_an_overtaken_read_met_is_counted_and_nothing_else(void **state)
{
	(void)state;
	char chunks[400];
	snprintf(chunks, sizeof(chunks), "%s/chunks", fixture.node_paths[0]);
	hold(true);
	store_fixture_expect(&fixture, "file", SIZE, 1);
	unsigned waiting = count_waiting();
	assert_true(waiting > 0);
	env_mock_fail(&fixture.mock,
		(struct io_fault){.call = IO_PREAD, .number = EIO, .lasting = true, .under = chunks});
	hold(false);
	store_close(fixture.store);
	env_mock_heal(&fixture.mock);
	assert_int_equal(store_open_in(&fixture.mock.env, store_fixture_config(&fixture), &fixture.store,
				 &fixture.error),
		0);
	assert_int_equal(errors_of_first_node(), waiting);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM bad_replica"), 0);
	assert_int_equal(
		store_fixture_sql(&fixture, "SELECT count(*) FROM event WHERE code = 'read_failed'"), 0);
}

static void *get_in_thread(void *unused)
{
	(void)unused;
	store_fixture_expect(&fixture, "file", SIZE, 1);
	return NULL;
}

/* Without a buffer to spare nothing is overtaken, and nobody waits for one either. */
static void test_without_a_spare_buffer_the_read_is_waited_for(void **state)
{
	(void)state;
	struct buffer *taken = NULL, *buffer;
	unsigned kept = fixture.store->workers;
	pthread_t thread;
	for (size_t i = pool_count(fixture.store->pool); i > kept; i--) {
		buffer = pool_take(fixture.store->pool);
		buffer->next = taken;
		taken = buffer;
	}
	hold(true);
	assert_int_equal(pthread_create(&thread, NULL, get_in_thread, NULL), 0);
	pthread_mutex_lock(&gate.mutex);
	while (gate.waiting == 0)
		pthread_cond_wait(&gate.changed, &gate.mutex);
	pthread_mutex_unlock(&gate.mutex);
	hold(false);
	pthread_join(thread, NULL);
	for (; taken; taken = buffer) {
		buffer = taken->next;
		pool_give(fixture.store->pool, taken);
	}
}

static void test_slow_nodes_are_asked_last(void **state)
{
	(void)state;
	store_fixture_expect(
		&fixture, "file", SIZE, 1); /* nobody says that a node is slow, and that was asked for now */
	assert_true(count_begun() > 0);
	node_set_slow(&fixture.store->nodes[0], true);
	store_fixture_expect(&fixture, "file", SIZE, 1);
	assert_int_equal(count_begun(), 0);
	for (unsigned i = 0; i < 3; i++) {
		node_set_slow(&fixture.store->nodes[i], true);
		node_set_latency(&fixture.store->nodes[i], i == 0 ? 30 : 40);
	}
	store_fixture_expect(&fixture, "file", SIZE, 1);
	assert_int_equal(count_begun(), CHUNKS); /* it is the least slow */
}

/* By the clock alone, as in a simulated world: nothing is overtaken there. */
static void test_a_node_that_was_late_is_avoided_and_forgiven(void **state)
{
	(void)state;
	fixture.mock.env.simulated = true;
	store_fixture_reopen(&fixture);
	gate.delay_ms = SLOW_MS;
	store_fixture_expect(&fixture, "file", SIZE, 1);
	assert_int_equal(count_begun(), 1);
	for (int i = 0; i < 3; i++) { /* still slow: tried after 1, 2 and 4 seconds */
		int64_t wait_ns = INT64_C(1000000000) << i;
		fixture.mock.time.sleep_ns(&fixture.mock.time, wait_ns - SLOW_MS * 1000000 - 1);
		store_fixture_expect(&fixture, "file", SIZE, 1);
		assert_int_equal(count_begun(), 0);
		fixture.mock.time.sleep_ns(&fixture.mock.time, SLOW_MS * 1000000 + 1);
		store_fixture_expect(&fixture, "file", SIZE, 1);
		assert_int_equal(count_begun(), 1);
	}
	gate.delay_ms = 0;
	fixture.mock.time.sleep_ns(&fixture.mock.time, INT64_C(8000000000));
	store_fixture_expect(&fixture, "file", SIZE, 1);
	assert_true(count_begun() > 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, make, clean)
	const struct CMUnitTest tests[] = {
		TEST(a_get_ends_while_a_read_hangs),
		TEST(a_bad_copy_beside_one_that_hangs_is_passed_over),
		TEST(what_an_overtaken_read_met_is_counted_and_nothing_else),
		TEST(without_a_spare_buffer_the_read_is_waited_for),
		TEST(slow_nodes_are_asked_last),
		TEST(a_node_that_was_late_is_avoided_and_forgiven),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
