/*
 * A copy of the catalog that takes its time: repair goes on beside it, and whoever ends maintenance does not wait for
 * it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/journal.h"
#include "tests/support/healing.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool held, waiting;
static int (*real_openat)(struct io *io, int folder, const char *path, int flags, mode_t mode);

/* A draft's file is not made before somebody lets go. */
static int held_openat(struct io *io, int folder, const char *path, int flags, mode_t mode)
{
	if (strncmp(path, "new-", 4) == 0) {
		pthread_mutex_lock(&mutex);
		waiting = true;
		pthread_cond_broadcast(&changed);
		while (held)
			pthread_cond_wait(&changed, &mutex);
		pthread_mutex_unlock(&mutex);
	}
	return real_openat(io, folder, path, flags, mode);
}

static void let_go(void)
{
	pthread_mutex_lock(&mutex);
	held = false;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
}

static void nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static struct store *store;
static struct maintenance *running;

static void lose_journal(unsigned node)
{
	struct node_journal journal;
	char path[160], name[JOURNAL_NAME_SIZE];
	node_get_journal(&fixture.store->nodes[node - 1], &journal);
	snprintf(path, sizeof(path), "nodes/node-%u/%s", node,
		journal_file_name(JOURNAL_RECORDS, journal.base, name));
	assert_int_equal(unlink(scratch_path(&fixture.scratch, path)), 0);
}

/* Threads at work in a store in which the second node has lost its journal, and a copy for it that is held up. */
static void begin(void)
{
	static struct env env;
	healing_make_store(4, TWO_OF NO_GRACE);
	healing_put(CHUNKS);
	lose_journal(2);
	env = (struct env){.io = &fixture.mock.io, .time = env_real()->time, .dice = env_real()->dice};
	real_openat = fixture.mock.io.openat;
	fixture.mock.io.openat = held_openat;
	held = true;
	waiting = false;
	assert_int_equal(store_open_in(&env, store_fixture_config(&fixture), &store, &fixture.error), 0);
	assert_int_equal(maintenance_start(store, &running, &fixture.error), 0);
	pthread_mutex_lock(&mutex);
	while (!waiting)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
}

static int end(void **state)
{
	let_go();
	maintenance_stop(running);
	store_close(store);
	running = NULL;
	store = NULL;
	fixture.mock.io.openat = real_openat;
	return healing_clean(state);
}

static size_t behind(void)
{
	static struct node *nodes[STORE_NODES_MAX];
	return journal_find_behind(store, nodes);
}

static void test_repair_goes_on_beside_it(void **state)
{
	(void)state;
	begin();
	healing_lose(3);
	/* A test that never sees it is stopped by whoever runs it. */
	while (healing_copies_on(1) + healing_copies_on(2) + healing_copies_on(4) < 2 * CHUNKS)
		nap();
	assert_int_equal(behind(), 1);
	let_go();
	while (behind() > 0)
		nap();
	healing_give_back(3);
}

static void *let_go_when_stopping(void *unused)
{
	(void)unused;
	while (!atomic_load(&running->stopping))
		nap();
	let_go();
	return NULL;
}

static void test_whoever_ends_maintenance_ends_it(void **state)
{
	(void)state;
	pthread_t helper;
	begin();
	assert_int_equal(pthread_create(&helper, NULL, let_go_when_stopping, NULL), 0);
	maintenance_stop(running);
	running = NULL;
	pthread_join(helper, NULL);
	assert_int_equal(behind(), 1);
	assert_int_equal(
		scratch_count(&fixture.scratch, "nodes/node-2/catalog"), 1); /* of the first commits */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, end)
	const struct CMUnitTest tests[] = {
		TEST(repair_goes_on_beside_it),
		TEST(whoever_ends_maintenance_ends_it),
	};
	return cmocka_run_group_tests_name("a copy of the catalog, beside maintenance", tests, NULL, NULL);
}
