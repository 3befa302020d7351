/*
 * What maintenance tells: events that explain themselves, and the report for other processes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/healing.h"

/* ---- what is said ---- */

static void test_events_tell_what_brought_it_about_and_what_became_of_it(void **state)
{
	(void)state;
	healing_begin(4, TWO_OF NO_GRACE, CHUNKS);
	int64_t lost = healing_copies_on(3);
	healing_lose(3);
	healing_run_to_rest();
	assert_int_equal(
		healing_sql("SELECT count(*) FROM event WHERE code = 'node_lost' AND node = 'node-3' AND "
			    "\"trigger\" LIKE 'folder missing%%'"),
		1);
	assert_int_equal(
		healing_sql("SELECT count(*) FROM event WHERE code = 'repair_started' AND \"trigger\" LIKE "
			    "'node-3 is absent%%'"),
		1);
	assert_int_equal(
		healing_sql(
			"SELECT count(*) FROM event WHERE code = 'repair_copy' AND \"trigger\" LIKE 'node-3 "
			"is "
			"absent%%' AND source LIKE 'node-_' AND target LIKE 'node-_' AND source <> target "
			"AND "
			"node = target AND target <> 'node-3' AND source <> 'node-3' AND result = 'ok' AND "
			"chunks = 1 AND bytes = 65536 AND duration_ms >= 0 AND text LIKE '%%''file''%%'"),
		lost);
	assert_int_equal(
		healing_sql("SELECT count(*) FROM event WHERE code = 'repair_finished' AND result = 'ok' AND "
			    "chunks = %d AND bytes = %d AND \"trigger\" LIKE 'node-3 is absent%%'",
			(int)lost, (int)lost * FIXTURE_CHUNK),
		1);
	/* In this order. */
	assert_true(healing_sql("SELECT max(id) FROM event WHERE code = 'node_lost'") <
		    healing_sql("SELECT min(id) FROM event WHERE code = 'repair_started'"));
	assert_true(healing_sql("SELECT max(id) FROM event WHERE code = 'repair_started'") <
		    healing_sql("SELECT min(id) FROM event WHERE code = 'repair_copy'"));
	assert_true(healing_sql("SELECT max(id) FROM event WHERE code = 'repair_copy'") <
		    healing_sql("SELECT min(id) FROM event WHERE code = 'repair_finished'"));
}

/* The end is told a little after the last copy. What happens in between has not brought this repair about. */
static void test_a_repair_ends_with_what_it_began_with(void **state)
{
	(void)state;
	healing_make_store(4, TWO_OF NO_GRACE);
	healing_put(CHUNKS);
	healing_start();
	healing_run_to_rest();
	int64_t lost = healing_copies_on(3);
	healing_lose(3);
	for (int i = 0; i < 1000 && (healing_events("repair_copy") < lost || !maintenance->idle_since_ns);
		i++)
		healing_run_for(STEP_MS);
	assert_int_equal(healing_events("repair_finished"), 0);
	maintain_set_trigger(maintenance, "node-3 came back");
	healing_run_for(SECOND);
	assert_int_equal(healing_sql("SELECT count(*) FROM event WHERE code = 'repair_finished' AND "
				     "\"trigger\" LIKE 'node-3 is absent%%'"),
		1);
	/* It will be what the next one began with. */
	assert_string_equal(maintenance->trigger, "node-3 came back");
}

static void test_a_long_repair_is_told_in_few_events_that_add_up(void **state)
{
	(void)state;
	healing_begin(3, TWO_OF NO_GRACE, 60);
	int64_t lost = healing_copies_on(2);
	assert_true(lost > 25);
	healing_lose(2);
	healing_run_to_rest();
	assert_true(healing_events("repair_copy") <= 200);
	assert_int_equal(
		healing_sql("SELECT sum(chunks) FROM event WHERE code IN ('repair_copy', 'repair_progress')"),
		lost);
	assert_int_equal(healing_sql("SELECT chunks FROM event WHERE code = 'repair_finished'"), lost);
}

/* A disk that was full under the catalog for a while keeps nobody from learning what was repaired. */
static void test_the_end_of_a_repair_is_told_once_the_catalog_takes_it(void **state)
{
	(void)state;
	healing_begin(3, TWO_OF NO_GRACE, 60);
	int64_t lost = healing_copies_on(2);
	assert_true(lost > 25);
	healing_sql("CREATE TRIGGER fault BEFORE INSERT ON event WHEN NEW.code = 'repair_finished' BEGIN "
		    "SELECT RAISE(ABORT, 'no'); END");
	healing_lose(2);
	healing_run_to_rest();
	healing_run_for(SECOND);
	assert_int_equal(healing_events("repair_finished"), 0);
	healing_sql("DROP TRIGGER fault");
	healing_run_for(SECOND);
	assert_int_equal(
		healing_sql("SELECT sum(chunks) FROM event WHERE code IN ('repair_copy', 'repair_progress')"),
		lost);
	assert_int_equal(healing_sql("SELECT sum(chunks) FROM event WHERE code = 'repair_finished'"), lost);
}

static void take_time(void *context, int fd, off_t offset)
{
	(void)context;
	(void)fd;
	(void)offset;
	healing_pass_time(30);
}

/* After each copy it would rest if somebody put or got; nobody does. */
static void test_without_clients_repair_is_not_said_to_be_slow_for_them(void **state)
{
	(void)state;
	healing_begin(4, TWO_OF NO_GRACE, 40);
	uint64_t lost = (uint64_t)healing_copies_on(2);
	assert_true(lost > 0);
	healing_lose(2);
	fixture.mock.before_pread = take_time;
	for (int step = 0; step < 1000 && maintenance->repaired < lost; step++) {
		healing_run_for(STEP_MS);
		assert_null(strstr(maintenance->report.reason, "clients"));
	}
	assert_int_equal(maintenance->repaired, lost);
	fixture.mock.before_pread = NULL;
}

static void test_a_report_survives_its_file_whatever_names_are_in_it(void **state)
{
	(void)state;
	static const char *const names[] = {
		"", "a\nb\t\"c\\", "\xff\xfe\x80", "\x1b[31m", "{\"a\":1}", "\xe2\x80\xae", "%s%n", "a'b@7"};
	static struct report written, read_back;
	healing_make_store(2, NULL);
	const char *folder = fixture.store->config->store;
	report_init(&written);
	written.pid = 4711;
	written.time_ms = 1700000000123;
	written.state = REPAIR_BLOCKED;
	strcpy(written.reason, "it \"cannot\"\n\x01 \xc3\xa4");
	written.queued = 10000000;
	written.queued_bytes = UINT64_C(1) << 50;
	written.active = 3;
	for (int i = 0; i < QUEUES; i++)
		written.queue[i] = (struct view_queue){(uint64_t)i * 7, (uint64_t)i << 40};
	written.rate = 1234.5;
	written.bandwidth = 1 << 20;
	written.repaired = 7;
	written.repaired_bytes = 8;
	written.scrub = (struct view_scrub){true, 5, 6, 1, 2.5, 0};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct report_transfer *transfer = &written.transfers[written.transfer_count++];
		strcpy(transfer->file, names[i]);
		strcpy(transfer->source, "node-1");
		strcpy(transfer->target, "node-2");
		strcpy(transfer->purpose, "repair");
		transfer->bytes = i;
		transfer->done_bytes = i / 2;
		transfer->age_ms = (int64_t)i * 1000;
	}
	struct report_transfer *longest = &written.transfers[written.transfer_count++];
	memset(longest->file, '\xee', REPORT_TEXT_SIZE - 1);
	for (size_t i = 0; i < REPORT_NODES_MAX; i++) {
		written.nodes[i].id = (uint16_t)(i * 1000 + 1);
		written.nodes[i].state = i % 2 ? NODE_SLOW : NODE_DOWN;
		memset(written.nodes[i].cause, '"', i % NODE_CAUSE_SIZE);
		written.node_count++;
	}
	report_write(&written, folder);
	assert_true(report_read(&read_back, folder));
	assert_memory_equal(&written, &read_back, sizeof(written));
}

static void test_a_report_that_makes_no_sense_is_none(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "{", "[]", "null", "{\"format\":2,\"state\":0}",
		"{\"format\":1,\"state\":99}", "\"text\"", "{\"format\":1e999}"};
	struct report report;
	healing_make_store(2, NULL);
	const char *folder = fixture.store->config->store;
	assert_false(report_read(&report, folder));
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		scratch_write(&fixture.scratch, "nodes/maintenance.json", texts[i], strlen(texts[i]));
		assert_false(report_read(&report, folder));
	}
	/* Wrong kinds of values count as none. */
	const char *odd =
		"{\"format\":1,\"state\":1,\"reason\":7,\"queued\":-4,\"rate\":\"x\",\"transfers\":{},"
		"\"queue\":[1,{\"chunks\":2},3,4,5,6,7,8],"
		"\"nodes\":[{\"id\":70000,\"state\":1}],\"scrub\":[1]}";
	scratch_write(&fixture.scratch, "nodes/maintenance.json", odd, strlen(odd));
	assert_true(report_read(&report, folder));
	assert_int_equal(report.state, REPAIR_GRACE);
	assert_string_equal(report.reason, "");
	assert_int_equal(report.queued, 0);
	assert_int_equal(report.transfer_count, 0);
	assert_int_equal(report.queue[0].chunks, 0);
	assert_int_equal(report.queue[1].chunks, 2);
	assert_int_equal(report.node_count, 0);
	/* Half a byte at the end is none, and nothing is read behind it. */
	const char *half = "{\"format\":1,\"state\":1,\"transfers\":[{\"file\":\"616\"}]}";
	scratch_write(&fixture.scratch, "nodes/maintenance.json", half, strlen(half));
	assert_true(report_read(&report, folder));
	assert_string_equal(report.transfers[0].file, "a");
	unlink(scratch_path(&fixture.scratch, "nodes/maintenance.json"));
	assert_int_equal(mkfifo(scratch_path(&fixture.scratch, "nodes/maintenance.json"), 0600), 0);
	assert_false(report_read(&report, folder));
}

/* Its counts would be taken for those of the process that has taken its place, and be added up a second time. */
static void test_the_report_of_a_process_that_is_gone_is_not_that_of_the_next(void **state)
{
	(void)state;
	static struct report report;
	struct role role;
	bool ours;
	int64_t pid;
	healing_make_store(2, NULL);
	const char *folder = fixture.store->config->store;
	report_init(&report);
	report.pid = (int64_t)getpid() + 1;
	report.repaired_bytes = 8;
	report_write(&report, folder);
	assert_false(maintain_report(fixture.store, &report, &ours, &pid));
	assert_int_equal(pid, 0);
	role_init(&role);
	assert_int_equal(role_take(&role, folder, &fixture.error), 1);
	assert_false(maintain_report(fixture.store, &report, &ours, &pid));
	assert_int_equal(pid, getpid());
	report_init(&report);
	report.pid = getpid();
	report_write(&report, folder);
	assert_true(maintain_report(fixture.store, &report, &ours, &pid));
	assert_int_equal(report.repaired_bytes, 0);
	role_release(&role);
}

/* ---- what is true at the time ---- */

static struct node *node_at(unsigned number)
{
	return &fixture.store->nodes[number - 1];
}

static unsigned node_with(bool copy)
{
	struct catalog_chunk chunk = one_store_first_chunk();
	for (unsigned i = 1; i <= fixture.store->node_count; i++)
		if (catalog_is_placed(&chunk, node_at(i)->id) == copy)
			return i;
	fail_msg("there is no such node");
	abort();
}

static void test_the_countdown_is_that_of_a_node_that_is_waited_for(void **state)
{
	(void)state;
	healing_make_store(5, THREE_OF GRACE);
	healing_put(1);
	healing_start();
	healing_run_for(SECOND);
	unsigned empty = node_with(false), holder = node_with(true);
	healing_lose(empty);
	healing_run_for(2 * SECOND);
	healing_lose(holder);
	healing_run_for(SECOND);
	assert_int_equal(maintenance->report.state, REPAIR_GRACE);
	assert_non_null(strstr(maintenance->report.reason, node_at(holder)->name));
	assert_true(maintenance->report.grace_left_s > 3);
}

static void test_a_copy_that_nobody_can_reach_is_not_said_to_be_left(void **state)
{
	(void)state;
	char path[160];
	healing_make_store(2, TWO_OF NO_GRACE);
	healing_put(1);
	healing_start();
	healing_run_for(SECOND);
	healing_lose(1);
	healing_run_for(SECOND);
	assert_true(store_fixture_chunk_path(&fixture, 2, path));
	scratch_flip(&fixture.scratch, path, 7);
	healing_answer(
		healing_ask((struct catalog_request){.kind = PASS_SCRUB, .node = 2, .bandwidth = -1}), 10);
	char text[192];
	snprintf(text, sizeof(text),
		"SELECT count(*) FROM event WHERE code = 'replica_bad' AND severity = %d"
		" AND text LIKE '%%; no other copy can be read now'",
		EVENT_ERROR);
	assert_int_equal(store_fixture_sql(&fixture, text), 1);
}

static void test_a_repair_is_announced_with_what_it_copies(void **state)
{
	(void)state;
	uint64_t changed;
	healing_make_store(4, THREE_OF NO_GRACE);
	healing_put(1);
	healing_start();
	scratch_write_seeded(&fixture.scratch, "more", CHUNKS * FIXTURE_CHUNK, 2);
	store_fixture_put(&fixture, "more", NULL);
	healing_run_for(SECOND);
	/* One chunk has a copy too few, and the others one too many. */
	assert_int_equal(store_set_replication(fixture.store, "file", 4, &changed, &fixture.error), 0);
	assert_int_equal(store_set_replication(fixture.store, "more", 2, &changed, &fixture.error), 0);
	healing_run_for(2 * SECOND);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT chunks FROM event WHERE code = 'repair_started' "
						     "AND text LIKE 'repair: 1 chunk has%'"),
		1);
}

static void test_a_balance_is_not_announced_as_copying_nothing(void **state)
{
	(void)state;
	bool changed;
	healing_make_store(4, TWO_OF NO_GRACE);
	healing_put(CHUNKS);
	healing_start();
	assert_int_equal(store_node_drain(fixture.store, "node-4", &changed, &fixture.error), 0);
	healing_run_for(5 * SECOND);
	assert_int_equal(store_node_recover(fixture.store, "node-4", &changed, &fixture.error), 0);
	for (unsigned i = 1; i <= 4; i++)
		node_set_capacity(node_at(i), 32 * FIXTURE_CHUNK, 1);
	struct catalog_request request = healing_answer(
		healing_ask((struct catalog_request){.kind = PASS_REBALANCE, .node = 0, .bandwidth = -1}),
		30);
	assert_true(request.chunks > 0);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM event WHERE code = "
						     "'repair_started' AND text LIKE 'repair: 0 chunks%'"),
		0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, healing_clean)
	const struct CMUnitTest tests[] = {
		TEST(events_tell_what_brought_it_about_and_what_became_of_it),
		TEST(a_repair_ends_with_what_it_began_with),
		TEST(a_long_repair_is_told_in_few_events_that_add_up),
		TEST(the_end_of_a_repair_is_told_once_the_catalog_takes_it),
		TEST(without_clients_repair_is_not_said_to_be_slow_for_them),
		TEST(a_report_survives_its_file_whatever_names_are_in_it),
		TEST(a_report_that_makes_no_sense_is_none),
		TEST(the_report_of_a_process_that_is_gone_is_not_that_of_the_next),
		TEST(the_countdown_is_that_of_a_node_that_is_waited_for),
		TEST(a_copy_that_nobody_can_reach_is_not_said_to_be_left),
		TEST(a_repair_is_announced_with_what_it_copies),
		TEST(a_balance_is_not_announced_as_copying_nothing),
	};
	return cmocka_run_group_tests_name("what maintenance tells", tests, NULL, NULL);
}
