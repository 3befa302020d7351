/*
 * What maintenance promises when things change between its steps, or cannot be done: nodes that come and go while a
 * task is under way, chunks that fail again and again, and who else wants something meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/clients.h"
#include "engine/flush.h"
#include "tests/support/healing.h"

#define TWICE "replication_factor: 2\nmin_replicas: 1\n"

/*
 * A store with a file of that many chunks, each node on a device of its own, and maintenance that has not begun yet.
 */
static void begin(unsigned nodes, const char *settings, size_t chunks)
{
	healing_make_store(nodes, settings);
	for (unsigned i = 0; i < nodes; i++)
		env_mock_pretend_device(&fixture.mock, fixture.node_paths[i], 1000 + i);
	store_fixture_reopen(&fixture);
	healing_put(chunks);
	healing_start();
}

static struct node *node_at(unsigned number)
{
	return &fixture.store->nodes[number - 1];
}

/* ---- nodes that go while a task is under way ---- */

/* Of three copies one is to go; the one that was verified is away by then, and what is back nobody has looked at. */
static void test_a_copy_goes_only_while_the_verified_ones_are_there(void **state)
{
	(void)state;
	uint64_t changed;
	begin(3, THREE_OF NO_GRACE, 1);
	healing_run_for(SECOND);
	assert_int_equal(one_store_first_chunk().node_count, 3);
	assert_int_equal(store_set_replication(fixture.store, "file", 1, &changed, &fixture.error), 0);
	node_set_failed(node_at(1), true);
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
	assert_int_equal(one_store_first_chunk().node_count, 3);
}

static uint16_t removed;

/* As another process does it. */
static void remove_node(uint16_t id)
{
	struct catalog *catalog;
	char path[512];
	uint64_t chunks;
	snprintf(path, sizeof(path), "%s", scratch_path(&fixture.scratch, "nodes/catalog.db"));
	assert_int_equal(catalog_open(env_real(), path, &catalog, &fixture.error), 0);
	assert_int_equal(catalog_begin(catalog, &fixture.error), 0);
	assert_int_equal(catalog_remove_node(catalog, id, &chunks, &fixture.error), 0);
	assert_int_equal(catalog_commit(catalog, &fixture.error), 0);
	catalog_close(catalog);
	removed = id;
}

static void remove_target(void *context)
{
	(void)context;
	if (!removed)
		remove_node(maintenance->tasks[0]->target->id);
}

/* Another node gets the number. */
static void replace_target(void *context)
{
	if (removed)
		return;
	remove_target(context);
	assert_int_equal(healing_sql("INSERT INTO node (id, uuid, name) VALUES (%u, "
				     "'00000000-0000-4000-8000-000000000000', 'another') RETURNING id",
				 removed),
		removed);
}

static void expect_no_replica_on_target(void (*meanwhile)(void *context))
{
	removed = 0;
	begin(4, TWO_OF NO_GRACE, CHUNKS);
	healing_run_for(SECOND);
	node_set_failed(node_at(1), true);
	assert_int_equal(maintain_scan(maintenance, &fixture.error), 0);
	maintain_dispatch(maintenance);
	maintain_commit(maintenance);
	maintain_run_ready(maintenance);
	assert_true(maintenance->done_count > 0);
	fixture.mock.before_syncfs = meanwhile;
	maintain_commit(maintenance);
	fixture.mock.before_syncfs = NULL;
	assert_int_not_equal(removed, 0);
	assert_int_equal(healing_copies_on(removed), 0);
}

static void test_a_node_that_was_removed_gets_no_replica(void **state)
{
	(void)state;
	expect_no_replica_on_target(remove_target);
}

static void test_a_node_whose_number_is_another_s_by_now_gets_no_replica(void **state)
{
	(void)state;
	expect_no_replica_on_target(replace_target);
}

static void remove_second(void *context)
{
	(void)context;
	if (!removed)
		remove_node(2);
}

static void test_a_put_does_not_count_a_node_that_was_removed(void **state)
{
	(void)state;
	removed = 0;
	begin(3, TWO_OF NO_GRACE, CHUNKS);
	scratch_write_seeded(&fixture.scratch, "more", 40 * FIXTURE_CHUNK, 2);
	fixture.mock.before_syncfs = remove_second;
	store_fixture_try_put(&fixture, "more", NULL, 0);
	fixture.mock.before_syncfs = NULL;
	assert_int_equal(removed, 2);
	assert_int_equal(healing_copies_on(removed), 0);
}

static void test_what_could_not_be_written_to_was_not_flushed(void **state)
{
	(void)state;
	bool touched[STORE_NODES_MAX] = {true};
	begin(2, TWO_OF NO_GRACE, 1);
	unsigned failures = node_flush_failures(node_at(1));
	node_note_errno(node_at(1), EROFS);
	flush_nodes(fixture.store, touched);
	/* It may be back by the time somebody asks; what was written before is none the safer for it. */
	assert_int_equal(node_probe(node_at(1)), NODE_FOUND_IT);
	assert_non_null(node_writing(node_at(1)));
	assert_int_not_equal(node_flush_failures(node_at(1)), failures);
}

/* ---- what fails again and again ---- */

static void test_looking_for_a_chunk_does_not_forget_that_others_failed(void **state)
{
	(void)state;
	enum { FIRST = 1, LAST = 8 * MAINTAIN_SETBACKS_MAX };
	begin(2, TWO_OF NO_GRACE, 1);
	for (int64_t id = FIRST; id <= LAST; id++)
		maintain_note_setback(maintenance, id, "no room");
	size_t before = 0, after = 0;
	for (size_t i = 0; i < MAINTAIN_SETBACKS_MAX; i++)
		before += maintenance->setbacks[i].chunk != 0;
	for (int64_t id = LAST + 1; id <= 2 * LAST; id++)
		maintain_note_setback(maintenance, id, NULL);
	for (size_t i = 0; i < MAINTAIN_SETBACKS_MAX; i++)
		after += maintenance->setbacks[i].chunk != 0;
	assert_int_equal(after, before);
}

static void test_what_cannot_be_copied_now_is_said_and_holds_up_no_scrub(void **state)
{
	(void)state;
	begin(3, PACE TWICE NO_GRACE "scrub: {interval: 1h, bandwidth: 0}\n", CHUNKS);
	healing_run_for(SECOND);
	env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_PWRITE, .number = ENOSPC, .lasting = true});
	node_set_failed(node_at(1), true);
	assert_int_equal(catalog_begin(fixture.store->writer, &fixture.error), 0);
	assert_int_equal(catalog_set_node_failed(fixture.store->writer, 1, true, &fixture.error), 0);
	assert_int_equal(catalog_commit(fixture.store->writer, &fixture.error), 0);
	healing_run_for(10 * SECOND);
	assert_true(maintenance->queued_chunks > 0);
	assert_int_equal(maintenance->report.state, REPAIR_BLOCKED);
	assert_non_null(strstr(maintenance->report.reason, "could not be copied"));
	struct catalog_request request = healing_answer(
		healing_ask((struct catalog_request){.kind = PASS_SCRUB, .node = 0, .bandwidth = -1}), 30);
	assert_int_equal(request.chunks, CHUNKS);
	env_mock_heal(&fixture.mock);
	healing_run_for(60 * SECOND);
	assert_int_equal(maintenance->report.state, REPAIR_IDLE);
}

static void test_a_last_copy_that_cannot_be_copied_makes_nothing_else_impolite(void **state)
{
	(void)state;
	uint64_t changed;
	char hex[DIGEST_HEX_SIZE];
	begin(4, TWO_OF NO_GRACE, 1);
	struct catalog_chunk chunk = one_store_first_chunk();
	scratch_write_seeded(&fixture.scratch, "more", CHUNKS * FIXTURE_CHUNK, 2);
	store_fixture_put(&fixture, "more", NULL);
	healing_run_for(SECOND);
	digest_hex(&chunk.digest, hex);
	env_mock_fail(&fixture.mock,
		(struct io_fault){.call = IO_OPENAT, .number = EIO, .lasting = true, .ending = hex});
	healing_lose(chunk.nodes[0]);
	healing_run_for(20 * SECOND);
	assert_int_equal(maintenance->last_copies, 1);
	assert_int_equal(maintenance->queued_chunks, 1);
	assert_int_equal(store_set_replication(fixture.store, "more", 3, &changed, &fixture.error), 0);
	int client = clients_enter(fixture.store->config->store);
	maintenance->polite_until_ns = 0;
	assert_int_equal(maintain_scan(maintenance, &fixture.error), 0);
	maintain_dispatch(maintenance);
	clients_leave(client);
	assert_int_equal(maintenance->task_count, 1);
}

/* ---- chunks of another size than the config says ---- */

static void add_large_chunk(size_t size)
{
	uint8_t *data = malloc(size);
	assert_non_null(data);
	memset(data, 'x', size);
	struct catalog_chunk chunk = {.size = size, .want = 2, .nodes = {1}, .node_count = 1};
	char hex[DIGEST_HEX_SIZE], path[160];
	chunk.digest = digest_of(data, size);
	digest_hex(&chunk.digest, hex);
	snprintf(path, sizeof(path), "nodes/node-1/chunks/%.2s/%s", hex, hex);
	scratch_write(&fixture.scratch, path, data, size);
	free(data);
	assert_int_equal(catalog_begin(fixture.store->writer, &fixture.error), 0);
	assert_int_equal(catalog_add_chunk(fixture.store->writer, &chunk, &fixture.error), 0);
	assert_int_equal(catalog_commit(fixture.store->writer, &fixture.error), 0);
}

/* Stored by a process that was started after the chunk size in the config was raised. */
static void test_a_chunk_larger_than_the_buffers_is_verified_and_no_accident(void **state)
{
	(void)state;
	begin(2, TWO_OF NO_GRACE, 1);
	add_large_chunk(3 * FIXTURE_CHUNK);
	healing_run_for(SECOND);
	assert_int_equal(maintenance->report.state, REPAIR_BLOCKED);
	assert_non_null(strstr(maintenance->report.reason, "larger"));
	struct catalog_request request = healing_answer(
		healing_ask((struct catalog_request){.kind = PASS_SCRUB, .node = 0, .bandwidth = -1}), 10);
	assert_int_equal(request.chunks, 2);
	assert_int_equal(request.bad, 0);
	assert_int_equal(request.bytes, 5 * FIXTURE_CHUNK);
}

/* ---- how much a step does ---- */

static unsigned clock_calls;

static int64_t count_clock(struct timekeeper *time)
{
	(void)time;
	clock_calls++;
	return fixture.mock.monotonic_ns;
}

/* The clock is asked for each chunk that is looked at and failed once. */
static void test_a_copyset_that_cannot_be_balanced_is_not_gone_through(void **state)
{
	(void)state;
	begin(2, TWO_OF NO_GRACE, 200);
	healing_run_for(SECOND);
	for (int64_t id = 1; id <= 200; id++)
		maintain_note_setback(maintenance, id, "long ago");
	healing_run_for(2 * SECOND);
	maintenance->moves = calloc(1, sizeof(*maintenance->moves));
	assert_non_null(maintenance->moves);
	maintenance->moves[0].copyset = one_store_first_chunk().copyset;
	maintenance->move_count = maintenance->move_room = 1;
	maintenance->balancing = true;
	fixture.mock.time.monotonic_ns = count_clock;
	clock_calls = 0;
	maintain_dispatch(maintenance);
	assert_in_range(clock_calls, 1, 20);
	assert_int_equal(maintenance->move_count, 0);
}

/* ---- nodes that are added meanwhile ---- */

static void test_a_node_that_was_added_meanwhile_comes_back_after_two_looks_too(void **state)
{
	(void)state;
	char path[512];
	begin(2, TWO_OF NO_GRACE, 1);
	healing_run_for(SECOND);
	snprintf(path, sizeof(path), "%s", scratch_path(&fixture.scratch, "nodes/node-3"));
	const struct store_new_node added = {.name = "node-3", .path = path, .zone = "z"};
	assert_int_equal(store_node_add(store_fixture_config(&fixture), &added, NULL, &fixture.error), 0);
	healing_run_for(SECOND);
	assert_int_equal(fixture.store->node_count, 3);
	assert_true(node_is_readable(node_at(3)));
	node_note_errno(node_at(3), EIO);
	assert_int_equal(node_probe(node_at(3)), NODE_FOUND_IT);
	assert_false(node_is_readable(node_at(3)));
	assert_int_equal(node_probe(node_at(3)), NODE_FOUND_IT);
	assert_true(node_is_readable(node_at(3)));
}

/* ---- the config, while threads run ---- */

static atomic_size_t most_running;

static void note_running(void *context, int fd, off_t offset)
{
	(void)context;
	(void)fd;
	(void)offset;
	struct maintenance *threaded = atomic_load(&fixture.store->maintenance);
	if (!threaded)
		return;
	pthread_mutex_lock(&threaded->mutex);
	size_t running = threaded->running;
	pthread_mutex_unlock(&threaded->mutex);
	size_t most = atomic_load(&most_running);
	while (running > most && !atomic_compare_exchange_weak(&most_running, &most, running))
		;
	usleep(2000);
}

static void edit_config(const char *from, const char *to)
{
	size_t length;
	char *text = (char *)scratch_read(&fixture.scratch, "config.yaml", &length), edited[4096];
	char *at = strstr(text, from);
	assert_non_null(at);
	int size = snprintf(edited, sizeof(edited), "%.*s%s%.*s", (int)(at - text), text, to,
		(int)(length - (size_t)(at - text) - strlen(from)), at + strlen(from));
	assert_true(size > 0 && (size_t)size < sizeof(edited));
	free(text);
	scratch_write(&fixture.scratch, "config.yaml", edited, (size_t)size);
}

/* Verifies everything, with the mock's clock at the pace of the real one; how many at once? */
static size_t scrub_in_threads(void)
{
	struct catalog_request request;
	for (int ms = 0; ms < 3 * SECOND; ms++) { /* the config is looked at once a second */
		env_mock_set_clock(
			&fixture.mock, fixture.mock.wall_ms + 1, fixture.mock.monotonic_ns + 1000000);
		usleep(100);
	}
	int64_t id = healing_ask((struct catalog_request){.kind = PASS_SCRUB, .node = 0, .bandwidth = -1});
	atomic_store(&most_running, 0);
	for (int ms = 0; ms < 20 * SECOND; ms++) {
		env_mock_set_clock(
			&fixture.mock, fixture.mock.wall_ms + 1, fixture.mock.monotonic_ns + 1000000);
		usleep(1000);
		assert_int_equal(catalog_get_request(fixture.store->reader, id, &request, &fixture.error), 1);
		if (request.done)
			return atomic_load(&most_running);
	}
	fail_msg("the scrub does not end");
	abort();
}

static void test_transfers_at_once_follow_the_config(void **state)
{
	(void)state;
	begin(2, TWO_OF "repair: {interval: 100ms, grace: 0, concurrency: 3}\n", 40);
	maintain_free(maintenance);
	maintenance = NULL;
	fixture.mock.before_pread = note_running;
	assert_int_equal(maintenance_start(fixture.store, &maintenance, &fixture.error), 0);
	assert_in_range(scrub_in_threads(), 2, 3);
	edit_config("concurrency: 3", "concurrency: 1");
	assert_int_equal(scrub_in_threads(), 1);
	edit_config("concurrency: 1", "concurrency: 6");
	assert_in_range(scrub_in_threads(), 4, 6);
	maintenance_stop(maintenance);
	maintenance = NULL;
	fixture.mock.before_pread = NULL;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, healing_clean)
	const struct CMUnitTest tests[] = {
		TEST(a_copy_goes_only_while_the_verified_ones_are_there),
		TEST(a_node_that_was_removed_gets_no_replica),
		TEST(a_node_whose_number_is_another_s_by_now_gets_no_replica),
		TEST(a_put_does_not_count_a_node_that_was_removed),
		TEST(what_could_not_be_written_to_was_not_flushed),
		TEST(looking_for_a_chunk_does_not_forget_that_others_failed),
		TEST(what_cannot_be_copied_now_is_said_and_holds_up_no_scrub),
		TEST(a_node_that_was_added_meanwhile_comes_back_after_two_looks_too),
		TEST(a_last_copy_that_cannot_be_copied_makes_nothing_else_impolite),
		TEST(transfers_at_once_follow_the_config),
		TEST(a_copyset_that_cannot_be_balanced_is_not_gone_through),
		TEST(a_chunk_larger_than_the_buffers_is_verified_and_no_accident),
	};
	return cmocka_run_group_tests_name("maintenance, races", tests, NULL, NULL);
}
