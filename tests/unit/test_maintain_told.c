/*
 * What maintenance tells: events that explain themselves, and the report for other processes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/healing.h"

/* ---- what is said ---- */

static void test_events_tell_what_brought_it_about_and_what_became_of_it(void **state)
{
	(void)state;
	healing_make_store(4, TWO_OF NO_GRACE);
	healing_put(CHUNKS);
	healing_start();
	healing_run_to_rest();
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

static void test_a_long_repair_is_told_in_few_events_that_add_up(void **state)
{
	(void)state;
	healing_make_store(3, TWO_OF NO_GRACE);
	healing_put(60);
	healing_start();
	healing_run_to_rest();
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
	unlink(scratch_path(&fixture.scratch, "nodes/maintenance.json"));
	assert_int_equal(mkfifo(scratch_path(&fixture.scratch, "nodes/maintenance.json"), 0600), 0);
	assert_false(report_read(&report, folder));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, healing_clean)
	const struct CMUnitTest tests[] = {
		TEST(events_tell_what_brought_it_about_and_what_became_of_it),
		TEST(a_long_repair_is_told_in_few_events_that_add_up),
		TEST(a_report_survives_its_file_whatever_names_are_in_it),
		TEST(a_report_that_makes_no_sense_is_none),
	};
	return cmocka_run_group_tests_name("what maintenance tells", tests, NULL, NULL);
}
