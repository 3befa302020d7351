/*
 * What maintenance promises when things change between its steps, or cannot be done: nodes that come and go while a task is
 * under way, chunks that fail again and again, and who else wants something meanwhile.
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

#include "engine/maintain.h"
#include "tests/support/store_fixture.h"

#define PACE      "workers: 4\nmemory: 16MiB\nchunk: {size: 64KiB}\nmin_replicas: 1\n"
#define NO_SCRUB  "scrub: {interval: 0}\n"
#define NO_GRACE  "repair: {interval: 100ms, grace: 0}\n"
#define COPIES(n) "replication_factor: " #n "\n"

enum { STEP_MS = 20, CHUNKS = 12, SECOND = 1000 };

static struct store_fixture fixture;
static struct maintenance *maintenance;

static int clean(void **state)
{
	(void)state;
	if (maintenance)
		maintain_free(maintenance);
	maintenance = NULL;
	store_fixture_remove(&fixture);
	return 0;
}

/* A store with a file of that many chunks, and maintenance that has seen it. */
static void begin(unsigned nodes, const char *settings, size_t chunks)
{
	maintenance = NULL;
	store_fixture_make(&fixture, nodes, settings);
	for (unsigned i = 0; i < nodes; i++)
		env_mock_pretend_device(&fixture.mock, fixture.node_paths[i], 1000 + i);
	store_fixture_reopen(&fixture);
	scratch_write_seeded(&fixture.scratch, "file", chunks * FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
	if (maintain_new(fixture.store, &maintenance, &fixture.error) < 0)
		fail_msg("maintenance does not start: %s", fixture.error.message);
}

static void run_for(int64_t ms)
{
	for (int64_t passed = 0; passed < ms; passed += STEP_MS) {
		maintain_step(maintenance);
		env_mock_set_clock(&fixture.mock, fixture.mock.wall_ms + STEP_MS,
			fixture.mock.monotonic_ns + (int64_t)STEP_MS * 1000000);
	}
}

static struct node *node_at(unsigned number)
{
	return &fixture.store->nodes[number - 1];
}

static struct catalog_chunk first_chunk(void)
{
	struct catalog_chunk chunk;
	assert_int_equal(catalog_page_chunks(fixture.store->reader, 0, 0, &chunk, 1, &fixture.error), 1);
	return chunk;
}

/* ---- nodes that go while a task is under way ---- */

/* Of three copies one is to go; the one that was verified is away by then, and what is back nobody has looked at. */
static void test_a_copy_goes_only_while_the_verified_ones_are_there(void **state)
{
	(void)state;
	uint64_t changed;
	begin(3, PACE COPIES(3) NO_SCRUB NO_GRACE, 1);
	run_for(SECOND);
	assert_int_equal(first_chunk().node_count, 3);
	node_set_failed(node_at(1), true);
	assert_int_equal(store_set_replication(fixture.store, "file", 1, &changed, &fixture.error), 0);
	assert_int_equal(maintain_scan(maintenance, &fixture.error), 0);
	maintain_dispatch(maintenance);
	assert_int_equal(maintenance->task_count, 1);
	struct task *task = maintenance->tasks[0];
	assert_int_equal(task->kind, TASK_TRIM);
	maintain_run_ready(maintenance);
	assert_int_equal(task->verified, 1);
	node_set_failed(task->good[0], true);
	node_set_failed(node_at(1), false);
	node_probe(node_at(1));
	assert_true(node_is_readable(node_at(1)));
	maintain_commit(maintenance);
	assert_int_equal(first_chunk().node_count, 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, clean)
	const struct CMUnitTest tests[] = {
		TEST(a_copy_goes_only_while_the_verified_ones_are_there),
	};
	return cmocka_run_group_tests_name("maintenance, races", tests, NULL, NULL);
}
