/*
 * What maintenance tells of its work: the queue by kind, and how far each copy has come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/support/healing.h"

static void set_paused(bool paused)
{
	const struct repair_control control = {.set_paused = true, .paused = paused};
	assert_int_equal(store_control_repair(fixture.store, &control, &fixture.error), 0);
}

/* The sums must hold in the process that maintains the store, in any other, and where there is none. */
static void expect_sums(const struct view_repair *repair)
{
	uint64_t chunks = 0, bytes = 0;
	for (int kind = 0; kind < QUEUES; kind++) {
		chunks += repair->queue[kind].chunks;
		bytes += kind == QUEUE_EXCESS ? 0 : repair->queue[kind].bytes;
	}
	assert_int_equal(chunks, repair->queued);
	assert_int_equal(bytes, repair->queued_bytes);
}

/* So many chunks are queued in that kind, for which so many chunks are to be copied or become free. */
static void expect_queue(enum repair_queue kind, uint64_t chunks, uint64_t copies)
{
	const struct view *view;
	assert_int_equal(store_view(fixture.store, 0, &view, &fixture.error), 0);
	const struct view_repair *repair = &view->repair;
	expect_sums(repair);
	assert_int_equal(repair->queue[kind].chunks, chunks);
	assert_int_equal(repair->queue[kind].bytes, copies * FIXTURE_CHUNK);
	view_unref(view);
}

static void expect_nothing_queued(void)
{
	const struct view *view;
	assert_int_equal(store_view(fixture.store, 0, &view, &fixture.error), 0);
	expect_sums(&view->repair);
	assert_int_equal(view->repair.queued, 0);
	assert_int_equal(view->repair.queued_bytes, 0);
	view_unref(view);
}

/* The same from the report that another process reads. */
static void expect_report(enum repair_queue kind, uint64_t chunks)
{
	struct report report;
	report_write(&maintenance->report, fixture.store->config->store);
	assert_true(report_read(&report, fixture.store->config->store));
	assert_int_equal(report.queue[kind].chunks, chunks);
	assert_memory_equal(report.queue, maintenance->report.queue, sizeof(report.queue));
}

static void begin(unsigned nodes, const char *settings)
{
	healing_make_store(nodes, settings);
	healing_put(CHUNKS);
	healing_start();
	atomic_store(&fixture.store->maintenance, maintenance);
	healing_run_to_rest();
	expect_nothing_queued();
	set_paused(true);
}

static int clean(void **state)
{
	atomic_store(&fixture.store->maintenance, NULL);
	return healing_clean(state);
}

static void test_missing_copies_are_queued_by_how_bad_it_is(void **state)
{
	(void)state;
	begin(3, THREE_OF NO_GRACE);
	healing_lose(1);
	healing_run_for(SECOND);
	/* No node is left for them: they are queued nevertheless, and blocked. */
	expect_queue(QUEUE_MISSING, CHUNKS, CHUNKS);
	expect_queue(QUEUE_LAST_COPY, 0, 0);
	expect_report(QUEUE_MISSING, CHUNKS);
	healing_lose(2);
	healing_run_for(SECOND);
	expect_queue(QUEUE_MISSING, 0, 0);
	expect_queue(QUEUE_LAST_COPY, CHUNKS, 2 * CHUNKS);
	expect_report(QUEUE_LAST_COPY, CHUNKS);
	healing_give_back(1);
	healing_give_back(2);
	set_paused(false);
	healing_run_to_rest();
	expect_nothing_queued();
}

static void test_what_waits_for_a_node_is_queued_and_a_last_copy_is_not_taken_for_it(void **state)
{
	(void)state;
	begin(5, THREE_OF GRACE);
	set_paused(false);
	uint64_t lost = (uint64_t)healing_copies_on(2);
	assert_true(lost > 0);
	healing_lose(2);
	healing_run_for(SECOND);
	healing_expect_state(REPAIR_GRACE, "node-2");
	expect_queue(QUEUE_MISSING, lost, lost);
	expect_queue(QUEUE_LAST_COPY, 0, 0);
	healing_give_back(2);
	healing_run_to_rest();
	expect_nothing_queued();
}

static void test_a_drain_and_what_is_too_much_are_queues_of_their_own(void **state)
{
	(void)state;
	bool changed;
	uint64_t count;
	begin(4, THREE_OF NO_GRACE);
	uint64_t held = (uint64_t)healing_copies_on(3);
	assert_int_equal(store_node_drain(fixture.store, "node-3", &changed, &fixture.error), 0);
	healing_run_for(SECOND);
	expect_queue(QUEUE_DRAIN, held, held);
	expect_report(QUEUE_DRAIN, held);
	assert_int_equal(store_node_recover(fixture.store, "node-3", &changed, &fixture.error), 0);
	assert_int_equal(store_set_replication(fixture.store, "file", 2, &count, &fixture.error), 0);
	healing_run_for(SECOND);
	expect_queue(QUEUE_DRAIN, 0, 0);
	expect_queue(QUEUE_EXCESS, CHUNKS, CHUNKS);
	assert_int_equal(maintenance->report.queued_bytes, 0);
	set_paused(false);
	healing_run_to_rest();
	expect_nothing_queued();
}

static void test_moves_to_an_empty_node_are_estimated(void **state)
{
	(void)state;
	bool changed;
	begin(4, TWO_OF GRACE);
	set_paused(false);
	assert_int_equal(store_node_drain(fixture.store, "node-4", &changed, &fixture.error), 0);
	healing_run_to_rest();
	set_paused(true);
	assert_int_equal(store_node_recover(fixture.store, "node-4", &changed, &fixture.error), 0);
	healing_run_for(STEP_MS);
	/* So small that the skew is large. */
	for (unsigned i = 0; i < 4; i++)
		node_set_capacity(&fixture.store->nodes[i], 32 * FIXTURE_CHUNK, 1);
	healing_run_for(SECOND);
	/* 24 copies on four nodes are six on each; how many the others have beyond that is a matter of chance. */
	uint64_t beyond = 0, moves = maintenance->report.queue[QUEUE_BALANCE].chunks;
	for (unsigned i = 1; i < 4; i++)
		beyond += healing_copies_on(i) > 6 ? (uint64_t)healing_copies_on(i) - 6 : 0;
	assert_in_range(moves, beyond - 2, beyond);
	expect_queue(QUEUE_BALANCE, moves, maintenance->report.queue[QUEUE_BALANCE].bytes / FIXTURE_CHUNK);
	set_paused(false);
	healing_run_to_rest();
	assert_in_range(healing_copies_on(4), 4, 7);
	expect_nothing_queued();
}

static void test_with_nobody_to_maintain_it_the_queue_is_known(void **state)
{
	(void)state;
	bool changed;
	healing_make_store(3, THREE_OF NO_GRACE);
	healing_put(CHUNKS);
	expect_nothing_queued();
	assert_int_equal(store_node_fail(fixture.store, "node-1", &changed, &fixture.error), 0);
	expect_queue(QUEUE_MISSING, CHUNKS, CHUNKS);
	assert_int_equal(store_node_drain(fixture.store, "node-3", &changed, &fixture.error), 0);
	expect_queue(QUEUE_MISSING, CHUNKS, CHUNKS);
	expect_queue(QUEUE_DRAIN, CHUNKS, CHUNKS);
	assert_int_equal(store_node_fail(fixture.store, "node-2", &changed, &fixture.error), 0);
	expect_queue(QUEUE_LAST_COPY, CHUNKS, 2 * CHUNKS);
}

/* ---- how far a copy has come ---- */

static uint64_t seen[8];
static size_t seen_count;

static void look_on(void *context, int fd, off_t offset)
{
	(void)context, (void)fd, (void)offset;
	for (size_t i = 0; i < maintenance->task_count; i++)
		if (maintenance->tasks[i]->kind == TASK_COPY && seen_count < 8)
			seen[seen_count++] = task_done_bytes(maintenance->tasks[i]);
}

static void test_a_copy_tells_how_far_it_has_come(void **state)
{
	(void)state;
	healing_begin(3, TWO_OF NO_GRACE, 1);
	unsigned holder = healing_copies_on(1) ? 1 : 2;
	seen_count = 0;
	fixture.mock.before_pread = look_on;
	healing_lose(holder);
	healing_run_to_rest();
	fixture.mock.before_pread = NULL;
	/* Before the source is read, and, once it is written, before it is read back. */
	assert_true(seen_count >= 2);
	assert_int_equal(seen[0], 0);
	assert_int_equal(seen[seen_count - 1], 2 * FIXTURE_CHUNK / 3);
	healing_give_back(holder);
}

static void test_a_transfer_is_told_to_other_processes(void **state)
{
	(void)state;
	static struct report written, read_back;
	healing_make_store(2, NULL);
	report_init(&written);
	written.transfers[0].bytes = 1000;
	written.transfers[0].done_bytes = 333;
	written.transfers[1].bytes = 1000;
	written.transfers[1].done_bytes = 5000; /* makes no sense */
	written.transfer_count = 2;
	report_write(&written, fixture.store->config->store);
	assert_true(report_read(&read_back, fixture.store->config->store));
	assert_int_equal(read_back.transfers[0].done_bytes, 333);
	assert_int_equal(read_back.transfers[1].done_bytes, 1000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, clean)
	const struct CMUnitTest tests[] = {
		TEST(missing_copies_are_queued_by_how_bad_it_is),
		TEST(what_waits_for_a_node_is_queued_and_a_last_copy_is_not_taken_for_it),
		TEST(a_drain_and_what_is_too_much_are_queues_of_their_own),
		TEST(moves_to_an_empty_node_are_estimated),
		TEST(with_nobody_to_maintain_it_the_queue_is_known),
		TEST(a_copy_tells_how_far_it_has_come),
		TEST(a_transfer_is_told_to_other_processes),
	};
	return cmocka_run_group_tests_name("what maintenance has to do", tests, NULL, NULL);
}
