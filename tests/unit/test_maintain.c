/*
 * What maintenance promises, one step after another on a clock that the test moves: everything that is lost is made
 * good again, at the right time, from good copies only, and nothing is left behind (invariants 1 to 4).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/maintain.h"
#include "tests/support/store_fixture.h"

#define PACE     "workers: 4\nmemory: 16MiB\nchunk: {size: 64KiB}\n"
#define NO_SCRUB "scrub: {interval: 0}\n"
#define TWO_OF   PACE "replication_factor: 2\nmin_replicas: 1\n" NO_SCRUB
#define THREE_OF PACE "replication_factor: 3\nmin_replicas: 1\n" NO_SCRUB
#define GRACE    "repair: {interval: 100ms, grace: 5s}\n"
#define NO_GRACE "repair: {interval: 100ms, grace: 0}\n"

enum { STEP_MS = 20, CHUNKS = 12, SECOND = 1000 };
static const int64_t YEAR_MS = INT64_C(365) * 24 * 3600 * 1000;

static struct store_fixture fixture;
static struct maintenance *maintenance;
static size_t stored; /* chunks of "file" */

static void make_store(unsigned nodes, const char *settings)
{
	store_fixture_make(&fixture, nodes, settings);
	maintenance = NULL;
}

static int clean(void **state)
{
	(void)state;
	if (maintenance)
		maintain_free(maintenance);
	store_fixture_remove(&fixture);
	return 0;
}

static void start(void)
{
	if (maintain_new(fixture.store, &maintenance, &fixture.error) < 0)
		fail_msg("maintenance does not start: %s", fixture.error.message);
}

static void stop(void)
{
	maintain_free(maintenance);
	maintenance = NULL;
}

static void put(size_t chunks)
{
	stored = chunks;
	scratch_write_seeded(&fixture.scratch, "file", chunks * FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
}

static void pass_time(int64_t ms)
{
	env_mock_set_clock(
		&fixture.mock, fixture.mock.wall_ms + ms, fixture.mock.monotonic_ns + ms * 1000000);
}

static void jump_wall(int64_t ms)
{
	env_mock_set_clock(&fixture.mock, fixture.mock.wall_ms + ms, fixture.mock.monotonic_ns);
}

static void run_for(int64_t ms)
{
	for (int64_t passed = 0; passed < ms; passed += STEP_MS) {
		maintain_step(maintenance);
		pass_time(STEP_MS);
	}
}

static bool is_at_rest(void)
{
	return maintenance->report.state == REPAIR_IDLE && maintenance->task_count == 0 &&
	       !maintenance->dirty && maintenance->stray_count == 0;
}

/* Steps until nothing is to be done; fails when that takes longer than a minute by the test's clock. */
static void run_to_rest(void)
{
	run_for(2 * SECOND);
	for (int64_t passed = 0; !is_at_rest(); passed += STEP_MS) {
		if (passed > 60 * SECOND)
			fail_msg("no rest after a minute: %s (%s)",
				repair_state_name(maintenance->report.state), maintenance->report.reason);
		run_for(STEP_MS);
	}
}

/* ---- breaking and looking ---- */

static const char *node_folder(unsigned node)
{
	char name[32];
	snprintf(name, sizeof(name), "nodes/node-%u", node);
	return scratch_path(&fixture.scratch, name);
}

static const char *away_folder(unsigned node)
{
	char name[32];
	snprintf(name, sizeof(name), "away-%u", node);
	return scratch_path(&fixture.scratch, name);
}

static void lose(unsigned node)
{
	assert_int_equal(rename(node_folder(node), away_folder(node)), 0);
}

static void give_back(unsigned node)
{
	assert_int_equal(rename(away_folder(node), node_folder(node)), 0);
}

static int64_t sql(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int64_t sql(const char *format, ...)
{
	char text[512];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return store_fixture_sql(&fixture, text);
}

static int64_t events(const char *code)
{
	return sql("SELECT count(*) FROM event WHERE code = '%s'", code);
}

/* Every chunk's copies, one visit each. */
typedef void copy_visit(unsigned node, const char *path, uint64_t size, const struct digest *digest);

static size_t each_chunk(copy_visit *visit, unsigned *fewest, unsigned *most)
{
	struct catalog_chunk page[64];
	int count = catalog_page_chunks(fixture.store->reader, 0, 0, page, 64, &fixture.error);
	assert_true(count >= 0 && count < 64);
	*fewest = UINT32_MAX;
	*most = 0;
	for (int i = 0; i < count; i++) {
		unsigned present = 0;
		for (unsigned j = 0; j < page[i].node_count; j++) {
			char hex[DIGEST_HEX_SIZE], path[160];
			digest_hex(&page[i].digest, hex);
			snprintf(path, sizeof(path), "nodes/node-%u/chunks/%.2s/%s", page[i].nodes[j], hex,
				hex);
			if (access(node_folder(page[i].nodes[j]), F_OK) < 0)
				continue;
			present++;
			if (visit)
				visit(page[i].nodes[j], path, page[i].size, &page[i].digest);
		}
		*fewest = present < *fewest ? present : *fewest;
		*most = present > *most ? present : *most;
	}
	return (size_t)count;
}

static size_t verified;

static void verify_copy(unsigned node, const char *path, uint64_t size, const struct digest *digest)
{
	(void)node;
	size_t length;
	uint8_t *data = scratch_read(&fixture.scratch, path, &length);
	struct digest found = digest_of(data, length);
	free(data);
	assert_int_equal(length, size);
	assert_true(digest_equal(&found, digest));
	verified++;
}

/* Fails unless each chunk has just `copies` good ones on nodes that are there, and these have no other files. */
static void expect_copies(unsigned copies)
{
	unsigned fewest, most;
	verified = 0;
	each_chunk(verify_copy, &fewest, &most);
	assert_int_equal(fewest, copies);
	assert_int_equal(most, copies);
	assert_int_equal(store_fixture_chunk_files(&fixture), verified);
	store_fixture_check_counters(&fixture);
	assert_int_equal(sql("SELECT count(*) FROM stray WHERE node NOT IN (SELECT id FROM node WHERE "
			     "away_ms <> 0)"),
		0);
}

static void expect_content(void)
{
	store_fixture_expect(&fixture, "file", stored * FIXTURE_CHUNK, 1);
}

static int64_t copies_on(unsigned node)
{
	struct catalog_chunk page[64];
	int64_t copies = 0;
	int count = catalog_page_chunks(fixture.store->reader, 0, 0, page, 64, &fixture.error);
	assert_true(count >= 0);
	for (int i = 0; i < count; i++)
		for (unsigned j = 0; j < page[i].node_count; j++)
			copies += page[i].nodes[j] == node;
	return copies;
}

static size_t files_on(unsigned node)
{
	char path[64];
	snprintf(path, sizeof(path), "nodes/node-%u/chunks", node);
	return scratch_count(&fixture.scratch, path);
}

static size_t quarantined_on(unsigned node)
{
	char path[64];
	snprintf(path, sizeof(path), "nodes/node-%u/quarantine", node);
	return scratch_count(&fixture.scratch, path);
}

static void expect_state(enum repair_state wanted, const char *reason)
{
	if (maintenance->report.state != wanted || !strstr(maintenance->report.reason, reason))
		fail_msg("repair is %s (%s), not %s (%s)", repair_state_name(maintenance->report.state),
			maintenance->report.reason, repair_state_name(wanted), reason);
}

/* ---- grace ---- */

static void test_a_lost_node_is_repaired_after_its_grace_and_not_before(void **state)
{
	(void)state;
	make_store(5, THREE_OF GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	assert_int_equal(maintenance->repaired, 0);
	int64_t lost = copies_on(2);
	assert_true(lost > 0);
	lose(2);
	run_for(5 * SECOND - 2 * STEP_MS);
	assert_int_equal(maintenance->repaired, 0);
	expect_state(REPAIR_GRACE, "node-2 may come back");
	assert_true(maintenance->report.grace_left_s >= 0 && maintenance->report.grace_left_s < 0.1);
	run_for(SECOND);
	run_to_rest();
	assert_int_equal(maintenance->repaired, lost);
	expect_copies(3);
	expect_content();
}

static void test_without_grace_the_first_step_that_sees_it_repairs(void **state)
{
	(void)state;
	make_store(5, THREE_OF NO_GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	lose(2);
	maintain_step(maintenance);
	pass_time(STEP_MS);
	maintain_step(maintenance);
	assert_true(maintenance->repaired > 0);
	run_to_rest();
	expect_copies(3);
}

static void test_the_time_before_the_first_copy_does_not_lower_the_rate(void **state)
{
	(void)state;
	make_store(5, THREE_OF NO_GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	/* As if what is measured were to end while the first chunks are being copied. */
	maintenance->rate_ns = fixture.mock.monotonic_ns - (int64_t)3 * SECOND * 1000000;
	lose(2);
	for (int i = 0; i < 20 && maintenance->repaired == 0; i++)
		run_for(STEP_MS);
	assert_true(maintenance->repaired > 0);
	assert_true(maintenance->report.rate <= 0);
	assert_true(maintenance->report.eta_s < 0);
}

static void test_a_last_copy_does_not_wait(void **state)
{
	(void)state;
	make_store(4, TWO_OF GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	int64_t lost = copies_on(1);
	lose(1);
	run_for(SECOND);
	assert_int_equal(maintenance->repaired, lost);
	assert_int_equal(sql("SELECT count(*) FROM event WHERE code = 'repair_copy' AND text LIKE "
			     "'%%last copy'"),
		lost);
	expect_copies(2);
}

static void test_a_node_that_is_back_within_its_grace_costs_no_copy(void **state)
{
	(void)state;
	make_store(5, THREE_OF GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	lose(3);
	run_for(4 * SECOND);
	give_back(3);
	run_for(10 * SECOND);
	assert_int_equal(maintenance->repaired, 0);
	assert_int_equal(events("node_lost"), 1);
	assert_int_equal(events("node_back"), 1);
	store_fixture_check_replicas(&fixture);
	expect_copies(3);
}

static void test_a_node_that_is_back_later_is_used_and_the_excess_trimmed(void **state)
{
	(void)state;
	make_store(5, THREE_OF NO_GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	lose(2);
	run_for(SECOND);
	run_to_rest();
	size_t files = store_fixture_chunk_files(&fixture);
	assert_int_equal(files, 3 * CHUNKS);
	give_back(2);
	run_to_rest();
	store_fixture_check_replicas(&fixture);
	expect_copies(3);
	assert_int_equal(store_fixture_chunk_files(&fixture), 3 * CHUNKS);
	assert_int_equal(sql("SELECT count(*) FROM stray"), 0);
	expect_content();
}

static void test_grace_goes_on_where_another_process_stopped(void **state)
{
	(void)state;
	make_store(5, THREE_OF GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	lose(2);
	run_for(3 * SECOND);
	stop();
	store_fixture_reopen(&fixture);
	start();
	run_for(SECOND);
	assert_int_equal(maintenance->repaired, 0);
	run_for(3 * SECOND);
	assert_true(maintenance->repaired > 0);
	/* And it is told once that the node went. */
	assert_int_equal(events("node_lost"), 1);
}

/* ---- bad copies ---- */

static void corrupt_all_on(unsigned node)
{
	char path[160];
	while (store_fixture_chunk_path(&fixture, node, path)) {
		char aside[192];
		scratch_flip(&fixture.scratch, path, 1000);
		snprintf(aside, sizeof(aside), "%s.aside", path);
		assert_int_equal(
			rename(scratch_path(&fixture.scratch, path), scratch_path(&fixture.scratch, aside)),
			0);
	}
	char command[512];
	snprintf(command, sizeof(command),
		"cd '%s/chunks' && for f in */*.aside; do mv \"$f\" \"${f%%.aside}\"; done",
		node_folder(node));
	assert_int_equal(system(command), 0);
}

static void test_a_bad_copy_is_never_copied(void **state)
{
	(void)state;
	make_store(5, THREE_OF NO_GRACE);
	put(40);
	start();
	run_to_rest();
	corrupt_all_on(1);
	size_t bad = files_on(1);
	lose(2);
	run_for(SECOND);
	run_to_rest();
	/* Those that were chosen as a source are out of the way by now; all others than node 1's are good. */
	for (unsigned i = 3; i <= 5; i++)
		assert_int_equal(files_on(i), copies_on(i));
	assert_true(quarantined_on(1) > 0);
	assert_int_equal(events("replica_bad"), quarantined_on(1));
	struct catalog_request request = {.kind = PASS_SCRUB, .bandwidth = -1};
	assert_int_equal(catalog_begin(fixture.store->writer, &fixture.error), 0);
	assert_int_equal(catalog_add_request(fixture.store->writer, &request, &fixture.error), 0);
	assert_int_equal(catalog_commit(fixture.store->writer, &fixture.error), 0);
	run_for(2 * SECOND);
	run_to_rest();
	assert_int_equal(quarantined_on(1), bad);
	assert_int_equal(events("replica_bad"), bad);
	expect_copies(3);
	expect_content();
	give_back(2);
	run_to_rest();
	store_fixture_check_replicas(&fixture);
	expect_copies(3);
}

static void test_a_bad_last_copy_is_reported_and_not_multiplied(void **state)
{
	(void)state;
	make_store(4, TWO_OF NO_GRACE);
	put(1);
	start();
	run_to_rest();
	unsigned first = 0, second = 0;
	for (unsigned i = 1; i <= 4; i++)
		if (copies_on(i)) {
			second = first ? i : second;
			first = first ? first : i;
		}
	corrupt_all_on(first);
	lose(second);
	run_for(5 * SECOND);
	assert_int_equal(maintenance->repaired, 0);
	assert_int_equal(store_fixture_chunk_files(&fixture), 0);
	assert_int_equal(quarantined_on(first), 1);
	assert_int_equal(sql("SELECT count(*) FROM bad_replica"), 1);
	give_back(second);
	run_to_rest();
	expect_copies(2);
	/* All is as it should be, so the bad copy is forgotten. */
	assert_int_equal(sql("SELECT count(*) FROM bad_replica"), 0);
	expect_content();
}

/* No copy has to be made, because there were too many, or because another one comes back. */
static void test_a_bad_copy_is_forgotten_once_its_chunk_has_what_it_wants(void **state)
{
	(void)state;
	uint64_t changed;
	make_store(4, THREE_OF GRACE);
	put(40);
	start();
	run_to_rest();
	corrupt_all_on(1);
	assert_int_equal(store_set_replication(fixture.store, "file", 2, &changed, &fixture.error), 0);
	run_to_rest();
	assert_true(events("replica_bad") > 0);
	assert_int_equal(sql("SELECT count(*) FROM bad_replica"), 0);
	expect_copies(2);
	expect_content();
}

static void test_a_bad_copy_is_remembered_while_its_chunk_lacks_one(void **state)
{
	(void)state;
	char path[160];
	make_store(2, TWO_OF NO_GRACE);
	put(1);
	start();
	run_to_rest();
	assert_true(store_fixture_chunk_path(&fixture, 1, path));
	scratch_flip(&fixture.scratch, path, 7);
	env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_PWRITE, .number = ENOSPC, .lasting = true});
	struct catalog_request request = {.kind = PASS_SCRUB, .bandwidth = -1};
	assert_int_equal(catalog_begin(fixture.store->writer, &fixture.error), 0);
	assert_int_equal(catalog_add_request(fixture.store->writer, &request, &fixture.error), 0);
	assert_int_equal(catalog_commit(fixture.store->writer, &fixture.error), 0);
	run_for(10 * SECOND);
	assert_int_equal(sql("SELECT count(*) FROM bad_replica"), 1);
	env_mock_heal(&fixture.mock);
	run_for(20 * SECOND);
	assert_int_equal(sql("SELECT count(*) FROM bad_replica"), 0);
	expect_copies(2);
}

/* ---- targets that fail ---- */

static void break_target(enum io_call call, int number, unsigned skip)
{
	make_store(6, THREE_OF NO_GRACE);
	for (unsigned i = 0; i < 6; i++)
		env_mock_pretend_device(&fixture.mock, fixture.node_paths[i], 1000 + i);
	store_fixture_reopen(&fixture);
	put(40);
	start();
	run_to_rest();
	int64_t before = copies_on(3);
	env_mock_fail(&fixture.mock, (struct io_fault){.call = call,
					     .number = number,
					     .skip = skip,
					     .lasting = true,
					     .under = fixture.node_paths[2]});
	lose(1);
	run_for(40 * SECOND);
	assert_true(env_mock_hits(&fixture.mock, 0) > 0);
	unsigned fewest, most;
	each_chunk(NULL, &fewest, &most);
	assert_true(fewest >= 3);
	assert_true(copies_on(3) <= before);
	env_mock_heal(&fixture.mock);
	run_for(40 * SECOND);
	run_to_rest();
	expect_copies(3);
	give_back(1);
	run_to_rest();
	store_fixture_check_replicas(&fixture);
	expect_copies(3);
	assert_int_equal(files_on(3), copies_on(3));
	expect_content();
}

static void test_a_target_that_cannot_be_written_is_replaced(void **state)
{
	(void)state;
	break_target(IO_PWRITE, EIO, 0);
	assert_true(events("repair_failed") > 0);
}

static void test_a_target_that_fails_at_its_second_chunk_is_replaced(void **state)
{
	(void)state;
	break_target(IO_LINKAT, EIO, 1);
}

static void test_a_target_that_is_full_is_replaced(void **state)
{
	(void)state;
	break_target(IO_PWRITE, ENOSPC, 0);
}

static void test_a_target_that_cannot_be_flushed_is_replaced(void **state)
{
	(void)state;
	break_target(IO_SYNCFS, EIO, 0);
	assert_true(events("flush_failed") > 0);
	/* What was on its way there was told as failed. */
	assert_true(sql("SELECT count(*) FROM event WHERE code = 'repair_failed' AND target = 'node-3'") > 0);
}

static void test_what_is_not_flushed_is_no_replica(void **state)
{
	(void)state;
	make_store(3, TWO_OF NO_GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_SYNCFS, .number = EIO, .lasting = true});
	lose(1);
	run_for(5 * SECOND);
	assert_true(env_mock_hits(&fixture.mock, 0) > 0);
	assert_int_equal(maintenance->repaired, 0);
	env_mock_heal(&fixture.mock);
	run_for(20 * SECOND);
	run_to_rest();
	expect_copies(2);
	expect_content();
}

static void test_everything_is_flushed_after_it_was_written_and_before_it_counts(void **state)
{
	(void)state;
	make_store(3, TWO_OF NO_GRACE);
	put(1);
	start();
	run_to_rest();
	lose(copies_on(1) ? 1 : 2);
	env_mock_forget(&fixture.mock);
	run_for(SECOND);
	assert_int_equal(maintenance->repaired, 1);
	const char *link = strrchr(fixture.mock.trace, 'l'), *flush = strrchr(fixture.mock.trace, 'S');
	assert_true(link && flush && link < flush);
}

/* ---- failing again and again ---- */

static void test_a_chunk_that_fails_is_tried_again_ever_more_rarely(void **state)
{
	(void)state;
	enum { TRIES = 7 };
	int64_t at_ms[TRIES];
	unsigned tries = 0, hits = 0;
	make_store(3, TWO_OF NO_GRACE);
	put(1);
	start();
	run_to_rest();
	env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_PWRITE, .number = ENOSPC, .lasting = true});
	lose(copies_on(1) ? 1 : 2);
	while (tries < TRIES) {
		maintain_step(maintenance);
		unsigned now = env_mock_hits(&fixture.mock, 0);
		if (now > hits)
			at_ms[tries++] = fixture.mock.monotonic_ns / 1000000;
		hits = now;
		pass_time(STEP_MS);
		assert_true(fixture.mock.monotonic_ns < INT64_C(300) * 1000000000);
	}
	int64_t wait_ms = 1000;
	for (unsigned i = 1; i < TRIES; i++, wait_ms *= 2) {
		assert_true(at_ms[i] - at_ms[i - 1] >= wait_ms);
		assert_true(at_ms[i] - at_ms[i - 1] <= wait_ms + 500);
	}
	env_mock_heal(&fixture.mock);
	run_for(130 * SECOND);
	expect_copies(2);
}

/* ---- storms, pauses, limits ---- */

static void test_too_few_nodes_stop_all_copying_until_more_are_back(void **state)
{
	(void)state;
	make_store(6, THREE_OF NO_GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	for (unsigned i = 1; i <= 4; i++)
		lose(i);
	run_for(10 * SECOND);
	assert_int_equal(maintenance->repaired, 0);
	expect_state(REPAIR_BLOCKED, "only 2 of 6 nodes answer");
	assert_int_equal(sql("SELECT count(*) FROM stray"), 0);
	give_back(1);
	give_back(2);
	run_for(10 * SECOND);
	assert_true(maintenance->repaired > 0);
	give_back(3);
	give_back(4);
	run_to_rest();
	store_fixture_check_replicas(&fixture);
	expect_copies(3);
}

static void control(const struct repair_control *control)
{
	assert_int_equal(store_control_repair(fixture.store, control, &fixture.error), 0);
}

static void test_paused_it_does_nothing_and_says_so(void **state)
{
	(void)state;
	make_store(5, THREE_OF NO_GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	control(&(struct repair_control){.set_paused = true, .paused = true});
	lose(1);
	run_for(10 * SECOND);
	assert_int_equal(maintenance->repaired, 0);
	expect_state(REPAIR_PAUSED, "paused by the operator");
	assert_true(maintenance->report.queued > 0);
	control(&(struct repair_control){.set_paused = true});
	run_to_rest();
	expect_copies(3);
}

static void test_bytes_stay_within_the_limit_in_every_second(void **state)
{
	(void)state;
	enum { RATE = 2 * FIXTURE_CHUNK, SECONDS = 5 };
	make_store(5, THREE_OF "repair: {interval: 100ms, grace: 0, bandwidth: 128KiB}\n");
	put(24);
	start();
	run_to_rest();
	lose(1);
	unsigned missing = (unsigned)copies_on(1);
	assert_true(missing > 10);
	bool throttled = false;
	uint64_t bytes[SECONDS + 1];
	for (int i = 0; i <= SECONDS; i++) {
		bytes[i] = maintenance->repaired_bytes;
		if (i < SECONDS)
			run_for(SECOND);
		throttled |= maintenance->report.state == REPAIR_THROTTLED;
	}
	assert_true(throttled);
	/* What was saved up, a second's worth, comes on top once. A booking may overdraw by a chunk. */
	for (int i = 1; i <= SECONDS; i++)
		assert_true(bytes[i] <= (uint64_t)(i + 1) * RATE + FIXTURE_CHUNK);
	for (int i = 2; i <= SECONDS; i++)
		assert_in_range(bytes[i] - bytes[i - 1], RATE - FIXTURE_CHUNK, RATE + FIXTURE_CHUNK);
	/* A new limit counts at once. */
	control(&(struct repair_control){.set_bandwidth = true});
	run_for(SECOND);
	assert_int_equal(maintenance->repaired, missing);
	expect_copies(3);
}

/* ---- what was asked for ---- */

static void test_a_drained_node_is_emptied(void **state)
{
	(void)state;
	bool changed;
	make_store(4, TWO_OF GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	assert_true(copies_on(2) > 0);
	assert_int_equal(store_node_drain(fixture.store, "node-2", &changed, &fixture.error), 0);
	for (int i = 0; i < 20 && maintenance->report.state == REPAIR_IDLE; i++)
		run_for(STEP_MS);
	expect_state(REPAIR_RUNNING, "off nodes that are drained");
	run_to_rest();
	assert_int_equal(copies_on(2), 0);
	assert_int_equal(files_on(2), 0);
	store_fixture_check_replicas(&fixture);
	expect_copies(2);
	expect_content();
}

static void set_replication(unsigned copies)
{
	uint64_t changed;
	assert_int_equal(store_set_replication(fixture.store, "file", copies, &changed, &fixture.error), 0);
	run_to_rest();
	store_fixture_check_replicas(&fixture);
	expect_copies(copies);
	expect_content();
}

static void test_copies_follow_the_replication_factor_up_and_down(void **state)
{
	(void)state;
	make_store(5, TWO_OF GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	set_replication(4);
	set_replication(1);
	set_replication(5);
	set_replication(2);
}

static void test_wanting_more_copies_than_nodes_is_blocked_and_said(void **state)
{
	(void)state;
	make_store(3, TWO_OF GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	uint64_t changed;
	assert_int_equal(store_set_replication(fixture.store, "file", 5, &changed, &fixture.error), 0);
	run_for(5 * SECOND);
	expect_state(REPAIR_BLOCKED, "no node can take another copy of 12 chunks");
	expect_copies(3);
}

static int64_t ask(enum pass_kind kind, uint16_t node, int64_t bandwidth)
{
	struct catalog_request request = {.kind = kind, .node = node, .bandwidth = bandwidth};
	assert_int_equal(catalog_begin(fixture.store->writer, &fixture.error), 0);
	assert_int_equal(catalog_add_request(fixture.store->writer, &request, &fixture.error), 0);
	assert_int_equal(catalog_commit(fixture.store->writer, &fixture.error), 0);
	return request.id;
}

static struct catalog_request answer(int64_t id)
{
	struct catalog_request request;
	for (int passed = 0;; passed += STEP_MS) {
		assert_true(passed < 60 * SECOND);
		run_for(STEP_MS);
		assert_int_equal(catalog_get_request(fixture.store->reader, id, &request, &fixture.error), 1);
		if (request.done)
			return request;
	}
}

static void test_a_repair_that_is_asked_for_waives_the_grace(void **state)
{
	(void)state;
	make_store(5, THREE_OF GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	int64_t lost = copies_on(4);
	lose(4);
	run_for(SECOND);
	assert_int_equal(maintenance->repaired, 0);
	struct catalog_request request = answer(ask(PASS_REPAIR, 0, -1));
	assert_int_equal(request.chunks, lost);
	assert_int_equal(request.bytes, lost * FIXTURE_CHUNK);
	assert_int_equal(request.left, 0);
	assert_true(request.duration_ms < 3 * SECOND);
	assert_int_equal(request.pid, getpid());
	expect_copies(3);
}

static void test_a_repair_that_cannot_be_done_says_what_is_left(void **state)
{
	(void)state;
	make_store(3, THREE_OF GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	lose(3);
	run_for(SECOND);
	struct catalog_request request = answer(ask(PASS_REPAIR, 0, -1));
	assert_int_equal(request.chunks, 0);
	assert_int_equal(request.left, CHUNKS);
}

static void test_a_scrub_that_is_asked_for_counts_what_it_verified(void **state)
{
	(void)state;
	char path[160];
	make_store(4, TWO_OF GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	assert_true(store_fixture_chunk_path(&fixture, 2, path));
	scratch_flip(&fixture.scratch, path, 12345);
	struct catalog_request request = answer(ask(PASS_SCRUB, 0, -1));
	assert_int_equal(request.chunks, CHUNKS);
	assert_int_equal(request.bytes, (2 * CHUNKS - 1) * FIXTURE_CHUNK);
	assert_int_equal(request.bad, 1);
	run_to_rest();
	expect_copies(2);
	/* Of one node: only its copies are read. */
	int64_t on_node = copies_on(3);
	request = answer(ask(PASS_SCRUB, 3, -1));
	assert_int_equal(request.chunks, on_node);
	assert_int_equal(request.bytes, on_node * FIXTURE_CHUNK);
	assert_int_equal(request.bad, 0);
	assert_int_equal(maintenance->report.scrub.total, on_node);
}

static void test_a_rebalance_that_is_asked_for_fills_an_empty_node(void **state)
{
	(void)state;
	bool changed;
	make_store(4, TWO_OF GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	assert_int_equal(store_node_drain(fixture.store, "node-4", &changed, &fixture.error), 0);
	run_to_rest();
	assert_int_equal(copies_on(4), 0);
	assert_int_equal(store_node_recover(fixture.store, "node-4", &changed, &fixture.error), 0);
	run_for(STEP_MS);
	for (unsigned i = 1; i <= 4; i++)
		node_set_capacity(&fixture.store->nodes[i - 1], 32 * FIXTURE_CHUNK, 1);
	uint64_t repaired = maintenance->repaired;
	struct catalog_request request = answer(ask(PASS_REBALANCE, 0, -1));
	assert_int_equal(request.chunks, maintenance->repaired - repaired);
	assert_int_equal(request.bytes, request.chunks * FIXTURE_CHUNK);
	assert_in_range(request.chunks, 5, 7);
	assert_in_range(copies_on(4), 5, 7);
	store_fixture_check_replicas(&fixture);
	expect_copies(2);
	expect_content();
}

static void test_a_request_that_was_withdrawn_is_not_carried_on(void **state)
{
	(void)state;
	make_store(4, TWO_OF GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	struct catalog_request request = {.kind = PASS_SCRUB, .bandwidth = 1};
	request.id = ask(PASS_SCRUB, 0, 1);
	run_for(SECOND);
	assert_true(maintenance->scrub.running);
	assert_int_equal(catalog_begin(fixture.store->writer, &fixture.error), 0);
	assert_int_equal(catalog_finish_request(fixture.store->writer, &request, &fixture.error), 0);
	assert_int_equal(catalog_commit(fixture.store->writer, &fixture.error), 0);
	run_for(SECOND);
	assert_false(maintenance->scrub.running);
}

/* ---- wiped nodes ---- */

static void test_a_node_that_lost_its_files_but_not_its_identity_is_noticed(void **state)
{
	(void)state;
	char path[160];
	make_store(4, TWO_OF GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	int64_t lost = copies_on(2);
	while (store_fixture_chunk_path(&fixture, 2, path))
		assert_int_equal(unlink(scratch_path(&fixture.scratch, path)), 0);
	run_for(SECOND);
	run_to_rest();
	assert_int_equal(sql("SELECT chunks FROM event WHERE code = 'chunks_missing'"), lost);
	assert_int_equal(maintenance->repaired, lost);
	store_fixture_check_replicas(&fixture);
	expect_copies(2);
	expect_content();
}

static void test_a_disk_that_is_replaced_by_an_empty_one_is_not_taken_for_the_node(void **state)
{
	(void)state;
	make_store(5, THREE_OF NO_GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	lose(2);
	assert_int_equal(mkdir(node_folder(2), 0700), 0);
	run_for(5 * SECOND);
	assert_int_equal(scratch_count(&fixture.scratch, "nodes/node-2"), 0);
	assert_int_equal(rmdir(node_folder(2)), 0);
	run_to_rest();
	expect_copies(3);
}

/* ---- the wall clock ---- */

static void jump_in_grace(int64_t jump)
{
	make_store(5, THREE_OF GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	lose(2);
	run_for(2 * SECOND);
	jump_wall(jump);
	run_for(5 * SECOND - 2 * SECOND - 4 * STEP_MS);
	assert_int_equal(maintenance->repaired, 0);
	run_for(SECOND);
	assert_true(maintenance->repaired > 0);
	run_to_rest();
	expect_copies(3);
	expect_content();
}

static void test_grace_goes_by_the_monotonic_clock(void **state)
{
	(void)state;
	jump_in_grace(YEAR_MS);
	clean(NULL);
	jump_in_grace(-YEAR_MS);
}

static void jump_in_repair(int64_t jump)
{
	make_store(5, THREE_OF "repair: {interval: 100ms, grace: 0, bandwidth: 256KiB}\n");
	put(CHUNKS);
	start();
	run_to_rest();
	lose(2);
	run_for(500);
	assert_true(maintenance->repaired > 0);
	uint64_t before = maintenance->repaired_bytes;
	jump_wall(jump);
	run_for(500);
	assert_true(maintenance->repaired_bytes - before <= 3 * FIXTURE_CHUNK);
	run_to_rest();
	expect_copies(3);
	give_back(2);
	jump_wall(-jump);
	run_to_rest();
	store_fixture_check_replicas(&fixture);
	expect_copies(3);
	expect_content();
}

static void test_a_jump_of_the_wall_clock_does_not_disturb_a_repair(void **state)
{
	(void)state;
	jump_in_repair(YEAR_MS);
	clean(NULL);
	jump_in_repair(-YEAR_MS);
}

/* ---- scrub ---- */

#define SCRUB_OF(bandwidth)                                                                                  \
	PACE "replication_factor: 2\nmin_replicas: 1\nscrub: {interval: 1h, bandwidth: " bandwidth           \
	     "}\nrepair: {interval: 100ms, grace: 1h}\n"

/* As if the nodes had been made long ago, so that a scrub is due. */
static void start_overdue(void)
{
	sql("UPDATE node SET verified_ms = 0");
	start();
}

static int64_t verified_ms(unsigned node)
{
	return sql("SELECT verified_ms FROM node WHERE id = %u", node);
}

static void run_to_end_of_scrub(void)
{
	for (int64_t passed = 0; maintenance->scrub.running; passed += STEP_MS) {
		assert_true(passed < 600 * SECOND);
		run_for(STEP_MS);
	}
}

static void test_scrub_begins_by_itself_and_finds_a_flipped_byte(void **state)
{
	(void)state;
	char path[160];
	make_store(4, SCRUB_OF("0"));
	put(CHUNKS);
	assert_true(store_fixture_chunk_path(&fixture, 3, path));
	scratch_flip(&fixture.scratch, path, FIXTURE_CHUNK - 1);
	start_overdue();
	int64_t began = fixture.mock.wall_ms;
	run_to_rest();
	assert_false(maintenance->scrub.running);
	assert_int_equal(events("scrub_finished"), 1);
	assert_int_equal(events("replica_bad"), 1);
	assert_int_equal(quarantined_on(3), 1);
	store_fixture_check_replicas(&fixture);
	expect_copies(2);
	for (unsigned i = 1; i <= 4; i++)
		assert_in_range(verified_ms(i), began, began + 2 * SECOND);
	/* The next one comes when half of the interval is over. */
	pass_time(29 * 60 * SECOND);
	run_for(2 * SECOND);
	assert_int_equal(events("scrub_finished"), 1);
	pass_time(60 * SECOND);
	run_for(2 * SECOND);
	assert_int_equal(events("scrub_finished"), 2);
}

static void test_scrub_goes_on_after_a_restart_where_it_stopped(void **state)
{
	(void)state;
	make_store(4, SCRUB_OF("128KiB"));
	put(CHUNKS);
	start_overdue();
	run_for(5 * SECOND);
	uint64_t done = maintenance->scrub.done;
	int64_t started = maintenance->scrub.started_ms;
	assert_true(maintenance->scrub.running);
	assert_in_range(done, 3, CHUNKS - 3);
	stop();
	char text[256];
	assert_int_equal(
		catalog_read_text(fixture.store->reader, "scrub", text, sizeof(text), &fixture.error), 1);
	store_fixture_reopen(&fixture);
	pass_time(10 * SECOND);
	start();
	run_for(STEP_MS);
	assert_true(maintenance->scrub.running);
	assert_in_range(maintenance->scrub.done, done, done + 4);
	assert_int_equal(maintenance->scrub.started_ms, started);
	assert_int_equal(maintenance->report.scrub.total, CHUNKS);
	run_to_end_of_scrub();
	assert_int_equal(maintenance->scrub.done, CHUNKS);
	assert_int_equal(verified_ms(1), started);
	assert_int_equal(
		catalog_read_text(fixture.store->reader, "scrub", text, sizeof(text), &fixture.error), 0);
}

static void test_a_node_that_was_away_is_not_said_to_be_verified(void **state)
{
	(void)state;
	make_store(4,
		PACE "replication_factor: 3\nmin_replicas: 1\nscrub: {interval: 1h, bandwidth: 192KiB}\n"
		     "repair: {interval: 100ms, grace: 1h}\n");
	put(CHUNKS);
	start_overdue();
	run_for(3 * SECOND);
	assert_true(maintenance->scrub.running);
	lose(2);
	run_for(3 * SECOND);
	/* It stays so in the process that goes on with the pass. */
	stop();
	store_fixture_reopen(&fixture);
	start();
	run_for(STEP_MS);
	give_back(2);
	run_for(STEP_MS);
	run_to_end_of_scrub();
	assert_int_equal(verified_ms(2), 0);
	for (unsigned i = 1; i <= 4; i++)
		assert_true(i == 2 || verified_ms(i) > 0);
}

static void test_a_node_with_a_copy_that_could_not_be_read_is_not_said_to_be_verified(void **state)
{
	(void)state;
	char path[160];
	make_store(4, SCRUB_OF("0"));
	put(CHUNKS);
	assert_true(store_fixture_chunk_path(&fixture, 2, path));
	/* The copy's fault or not, nobody has seen its bytes. */
	env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_OPENAT,
					     .number = ENFILE,
					     .lasting = true,
					     .under = fixture.node_paths[1],
					     .ending = strrchr(path, '/')});
	start_overdue();
	run_for(4 * SECOND);
	/* Nor are all the others read again and again for it. */
	assert_int_equal(events("scrub_finished"), 1);
	assert_int_equal(events("replica_bad"), 0);
	assert_int_equal(verified_ms(2), 0);
	assert_true(verified_ms(1) > 0 && verified_ms(3) > 0 && verified_ms(4) > 0);
	env_mock_heal(&fixture.mock);
	pass_time(180 * SECOND);
	run_for(4 * SECOND);
	assert_true(verified_ms(2) > 0);
}

static void test_a_scrub_yields_to_repair(void **state)
{
	(void)state;
	make_store(4,
		PACE "replication_factor: 2\nmin_replicas: 1\nscrub: {interval: 1h, bandwidth: 128KiB}\n"
		     "repair: {interval: 100ms, grace: 0, bandwidth: 128KiB}\n");
	put(40);
	start_overdue();
	run_for(2 * SECOND);
	assert_true(maintenance->scrub.running);
	lose(1);
	run_for(500);
	assert_true(maintenance->queued_chunks > 0);
	uint64_t done = maintenance->scrub.done;
	run_for(SECOND);
	assert_true(maintenance->queued_chunks > 0);
	assert_int_equal(maintenance->scrub.done, done);
	run_to_rest();
	run_to_end_of_scrub();
	assert_int_equal(maintenance->scrub.done, 40);
}

static void jump_in_scrub(int64_t jump)
{
	make_store(4, SCRUB_OF("128KiB"));
	put(CHUNKS);
	start_overdue();
	run_for(3 * SECOND);
	assert_true(maintenance->scrub.running);
	jump_wall(jump);
	run_to_end_of_scrub();
	assert_int_equal(maintenance->scrub.done, CHUNKS);
	run_to_rest();
	run_to_end_of_scrub();
	expect_copies(2);
	/* And whatever the clock says, each interval has its scrub. */
	int64_t scrubs = events("scrub_finished");
	for (int i = 0; i < 61; i++) {
		pass_time(59 * SECOND);
		run_for(SECOND);
	}
	run_to_end_of_scrub();
	assert_in_range(events("scrub_finished"), scrubs + 1, scrubs + 3);
}

static void test_scrub_comes_once_an_interval_whatever_the_wall_clock_does(void **state)
{
	(void)state;
	jump_in_scrub(YEAR_MS);
	clean(NULL);
	jump_in_scrub(-YEAR_MS);
}

/* ---- processes that end ---- */

static long calls_left;
static struct io real;

/* The process ends before its n-th call that changes something. */
static void count_down(void)
{
	if (--calls_left == 0)
		_exit(0);
}

static int dying_openat(struct io *io, int folder, const char *path, int flags, mode_t mode)
{
	if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE)
		count_down();
	return real.openat(io, folder, path, flags, mode);
}

static ssize_t dying_pwrite(struct io *io, int fd, const void *data, size_t size, off_t offset)
{
	count_down();
	return real.pwrite(io, fd, data, size, offset);
}

static int dying_linkat(
	struct io *io, int old_folder, const char *old_path, int new_folder, const char *new_path, int flags)
{
	count_down();
	int result = real.linkat(io, old_folder, old_path, new_folder, new_path, flags);
	count_down();
	return result;
}

static int dying_unlinkat(struct io *io, int folder, const char *path, int flags)
{
	count_down();
	int result = real.unlinkat(io, folder, path, flags);
	count_down();
	return result;
}

static int dying_syncfs(struct io *io, int fd)
{
	count_down();
	int result = real.syncfs(io, fd);
	count_down();
	return result;
}

static void make_mortal(long calls)
{
	real = fixture.mock.io;
	calls_left = calls;
	fixture.mock.io.openat = dying_openat;
	fixture.mock.io.pwrite = dying_pwrite;
	fixture.mock.io.linkat = dying_linkat;
	fixture.mock.io.unlinkat = dying_unlinkat;
	fixture.mock.io.syncfs = dying_syncfs;
}

/* In a child: a repair, and the trimming after the node is back. */
static void live(long calls)
{
	if (store_open_in(&fixture.mock.env, store_fixture_config(&fixture), &fixture.store, &fixture.error) <
			0 ||
		maintain_new(fixture.store, &maintenance, &fixture.error) < 0)
		_exit(2);
	make_mortal(calls);
	run_for(2 * SECOND);
	if (rename(away_folder(1), node_folder(1)) < 0)
		_exit(2);
	run_for(2 * SECOND);
	_exit(1);
}

/* Returns whether the process ended before its work did. */
static bool die_after(long calls)
{
	store_close(fixture.store);
	fixture.store = NULL;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		live(calls);
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
	assert_int_equal(store_open_in(&fixture.mock.env, store_fixture_config(&fixture), &fixture.store,
				 &fixture.error),
		0);
	return WEXITSTATUS(status) == 0;
}

static void expect_recovery(void)
{
	start();
	run_for(2 * SECOND);
	if (access(away_folder(1), F_OK) == 0)
		give_back(1);
	run_for(2 * SECOND);
	run_to_rest();
	store_fixture_check_replicas(&fixture);
	expect_copies(2);
	assert_int_equal(sql("SELECT count(*) FROM stray"), 0);
	expect_content();
}

static void test_a_process_killed_at_any_moment_leaves_nothing_that_the_next_does_not_clear_up(void **state)
{
	(void)state;
	bool died = true;
	long calls = 1;
	for (; died; calls++) {
		make_store(3, TWO_OF NO_GRACE);
		put(4);
		assert_true(copies_on(1) > 0);
		lose(1);
		died = die_after(calls);
		expect_recovery();
		clean(NULL);
	}
	/* It did die in between. */
	assert_true(calls > 10);
	make_store(3, TWO_OF NO_GRACE);
}

/* A child that ends between two steps. */
static void test_a_process_killed_between_steps_is_taken_over_from(void **state)
{
	(void)state;
	for (int steps = 0; steps < 10; steps++) {
		make_store(3, TWO_OF NO_GRACE);
		put(4);
		lose(1);
		store_close(fixture.store);
		fixture.store = NULL;
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			if (store_open_in(&fixture.mock.env, store_fixture_config(&fixture), &fixture.store,
				    &fixture.error) < 0 ||
				maintain_new(fixture.store, &maintenance, &fixture.error) < 0)
				_exit(2);
			run_for(steps * STEP_MS);
			_exit(0);
		}
		int status;
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		assert_int_equal(store_open_in(&fixture.mock.env, store_fixture_config(&fixture),
					 &fixture.store, &fixture.error),
			0);
		expect_recovery();
		clean(NULL);
	}
	make_store(3, TWO_OF NO_GRACE);
}

static void test_maintenance_that_is_stopped_at_any_step_leaves_nothing_half_done(void **state)
{
	(void)state;
	for (int steps = 1; steps < 12; steps++) {
		make_store(3, TWO_OF "repair: {interval: 100ms, grace: 0, bandwidth: 1MiB}\n");
		put(4);
		lose(1);
		start();
		for (int i = 0; i < steps; i++) {
			maintain_step(maintenance);
			pass_time(STEP_MS);
		}
		stop();
		expect_recovery();
		clean(NULL);
	}
	make_store(3, TWO_OF NO_GRACE);
}

/* ---- two processes ---- */

static void test_only_one_maintains_a_store_and_the_other_takes_over(void **state)
{
	(void)state;
	struct store *other;
	struct maintenance *second;
	int64_t pid;
	make_store(4, TWO_OF NO_GRACE);
	put(CHUNKS);
	assert_false(role_is_held(fixture.store->config->store, &pid));
	start();
	run_to_rest();
	assert_true(role_is_held(fixture.store->config->store, &pid));
	assert_int_equal(pid, getpid());
	assert_int_equal(
		store_open_in(&fixture.mock.env, store_fixture_config(&fixture), &other, &fixture.error), 0);
	assert_int_equal(maintain_new(other, &second, &fixture.error), 0);
	lose(1);
	for (int i = 0; i < 100; i++) {
		maintain_step(second);
		pass_time(STEP_MS);
	}
	assert_false(maintenance_is_ours(second));
	assert_true(maintenance_is_ours(maintenance));
	assert_int_equal(second->repaired, 0);
	expect_state(REPAIR_IDLE, "");
	/* Nor does it write events about what it sees. */
	assert_int_equal(events("node_lost"), 0);
	stop();
	for (int i = 0; i < 100; i++) {
		maintain_step(second);
		pass_time(STEP_MS);
	}
	assert_true(maintenance_is_ours(second));
	assert_true(second->repaired > 0);
	assert_int_equal(events("node_lost"), 1);
	expect_copies(2);
	maintain_free(second);
	assert_false(role_is_held(fixture.store->config->store, &pid));
	store_close(other);
}

/* ---- what is said ---- */

static void test_events_tell_what_brought_it_about_and_what_became_of_it(void **state)
{
	(void)state;
	make_store(4, TWO_OF NO_GRACE);
	put(CHUNKS);
	start();
	run_to_rest();
	int64_t lost = copies_on(3);
	lose(3);
	run_to_rest();
	assert_int_equal(sql("SELECT count(*) FROM event WHERE code = 'node_lost' AND node = 'node-3' AND "
			     "\"trigger\" LIKE 'folder missing%%'"),
		1);
	assert_int_equal(sql("SELECT count(*) FROM event WHERE code = 'repair_started' AND \"trigger\" LIKE "
			     "'node-3 is absent%%'"),
		1);
	assert_int_equal(
		sql("SELECT count(*) FROM event WHERE code = 'repair_copy' AND \"trigger\" LIKE 'node-3 is "
		    "absent%%' AND source LIKE 'node-_' AND target LIKE 'node-_' AND source <> target AND "
		    "node = target AND target <> 'node-3' AND source <> 'node-3' AND result = 'ok' AND "
		    "chunks = 1 AND bytes = 65536 AND duration_ms >= 0 AND text LIKE '%%''file''%%'"),
		lost);
	assert_int_equal(
		sql("SELECT count(*) FROM event WHERE code = 'repair_finished' AND result = 'ok' AND "
		    "chunks = %d AND bytes = %d AND \"trigger\" LIKE 'node-3 is absent%%'",
			(int)lost, (int)lost * FIXTURE_CHUNK),
		1);
	/* In this order. */
	assert_true(sql("SELECT max(id) FROM event WHERE code = 'node_lost'") <
		    sql("SELECT min(id) FROM event WHERE code = 'repair_started'"));
	assert_true(sql("SELECT max(id) FROM event WHERE code = 'repair_started'") <
		    sql("SELECT min(id) FROM event WHERE code = 'repair_copy'"));
	assert_true(sql("SELECT max(id) FROM event WHERE code = 'repair_copy'") <
		    sql("SELECT min(id) FROM event WHERE code = 'repair_finished'"));
}

static void test_a_long_repair_is_told_in_few_events_that_add_up(void **state)
{
	(void)state;
	make_store(3, TWO_OF NO_GRACE);
	put(60);
	start();
	run_to_rest();
	int64_t lost = copies_on(2);
	assert_true(lost > 25);
	lose(2);
	run_to_rest();
	assert_true(events("repair_copy") <= 200);
	assert_int_equal(
		sql("SELECT sum(chunks) FROM event WHERE code IN ('repair_copy', 'repair_progress')"), lost);
	assert_int_equal(sql("SELECT chunks FROM event WHERE code = 'repair_finished'"), lost);
}

static void test_a_report_survives_its_file_whatever_names_are_in_it(void **state)
{
	(void)state;
	static const char *const names[] = {
		"", "a\nb\t\"c\\", "\xff\xfe\x80", "\x1b[31m", "{\"a\":1}", "\xe2\x80\xae", "%s%n", "a'b@7"};
	static struct report written, read_back;
	make_store(2, NULL);
	const char *folder = fixture.store->config->store;
	report_init(&written);
	written.pid = 4711;
	written.time_ms = 1700000000123;
	written.state = REPAIR_BLOCKED;
	strcpy(written.reason, "it \"cannot\"\n\x01 \xc3\xa4");
	written.queued = 10000000;
	written.queued_bytes = UINT64_C(1) << 50;
	written.active = 3;
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
	make_store(2, NULL);
	const char *folder = fixture.store->config->store;
	assert_false(report_read(&report, folder));
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		scratch_write(&fixture.scratch, "nodes/maintenance.json", texts[i], strlen(texts[i]));
		assert_false(report_read(&report, folder));
	}
	/* Wrong kinds of values count as none. */
	const char *odd =
		"{\"format\":1,\"state\":1,\"reason\":7,\"queued\":-4,\"rate\":\"x\",\"transfers\":{},"
		"\"nodes\":[{\"id\":70000,\"state\":1}],\"scrub\":[1]}";
	scratch_write(&fixture.scratch, "nodes/maintenance.json", odd, strlen(odd));
	assert_true(report_read(&report, folder));
	assert_int_equal(report.state, REPAIR_GRACE);
	assert_string_equal(report.reason, "");
	assert_int_equal(report.queued, 0);
	assert_int_equal(report.transfer_count, 0);
	assert_int_equal(report.node_count, 0);
	unlink(scratch_path(&fixture.scratch, "nodes/maintenance.json"));
	assert_int_equal(mkfifo(scratch_path(&fixture.scratch, "nodes/maintenance.json"), 0600), 0);
	assert_false(report_read(&report, folder));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, clean)
	const struct CMUnitTest tests[] = {
		TEST(a_lost_node_is_repaired_after_its_grace_and_not_before),
		TEST(without_grace_the_first_step_that_sees_it_repairs),
		TEST(the_time_before_the_first_copy_does_not_lower_the_rate),
		TEST(a_last_copy_does_not_wait),
		TEST(a_node_that_is_back_within_its_grace_costs_no_copy),
		TEST(a_node_that_is_back_later_is_used_and_the_excess_trimmed),
		TEST(grace_goes_on_where_another_process_stopped),
		TEST(a_bad_copy_is_never_copied),
		TEST(a_bad_last_copy_is_reported_and_not_multiplied),
		TEST(a_bad_copy_is_forgotten_once_its_chunk_has_what_it_wants),
		TEST(a_bad_copy_is_remembered_while_its_chunk_lacks_one),
		TEST(a_target_that_cannot_be_written_is_replaced),
		TEST(a_target_that_fails_at_its_second_chunk_is_replaced),
		TEST(a_target_that_is_full_is_replaced),
		TEST(a_target_that_cannot_be_flushed_is_replaced),
		TEST(what_is_not_flushed_is_no_replica),
		TEST(everything_is_flushed_after_it_was_written_and_before_it_counts),
		TEST(a_chunk_that_fails_is_tried_again_ever_more_rarely),
		TEST(too_few_nodes_stop_all_copying_until_more_are_back),
		TEST(paused_it_does_nothing_and_says_so),
		TEST(bytes_stay_within_the_limit_in_every_second),
		TEST(a_drained_node_is_emptied),
		TEST(copies_follow_the_replication_factor_up_and_down),
		TEST(wanting_more_copies_than_nodes_is_blocked_and_said),
		TEST(a_repair_that_is_asked_for_waives_the_grace),
		TEST(a_repair_that_cannot_be_done_says_what_is_left),
		TEST(a_scrub_that_is_asked_for_counts_what_it_verified),
		TEST(a_rebalance_that_is_asked_for_fills_an_empty_node),
		TEST(a_request_that_was_withdrawn_is_not_carried_on),
		TEST(a_node_that_lost_its_files_but_not_its_identity_is_noticed),
		TEST(a_disk_that_is_replaced_by_an_empty_one_is_not_taken_for_the_node),
		TEST(grace_goes_by_the_monotonic_clock),
		TEST(a_jump_of_the_wall_clock_does_not_disturb_a_repair),
		TEST(scrub_begins_by_itself_and_finds_a_flipped_byte),
		TEST(scrub_goes_on_after_a_restart_where_it_stopped),
		TEST(a_node_that_was_away_is_not_said_to_be_verified),
		TEST(a_node_with_a_copy_that_could_not_be_read_is_not_said_to_be_verified),
		TEST(a_scrub_yields_to_repair),
		TEST(scrub_comes_once_an_interval_whatever_the_wall_clock_does),
		TEST(a_process_killed_at_any_moment_leaves_nothing_that_the_next_does_not_clear_up),
		TEST(a_process_killed_between_steps_is_taken_over_from),
		TEST(maintenance_that_is_stopped_at_any_step_leaves_nothing_half_done),
		TEST(only_one_maintains_a_store_and_the_other_takes_over),
		TEST(events_tell_what_brought_it_about_and_what_became_of_it),
		TEST(a_long_repair_is_told_in_few_events_that_add_up),
		TEST(a_report_survives_its_file_whatever_names_are_in_it),
		TEST(a_report_that_makes_no_sense_is_none),
	};
	return cmocka_run_group_tests_name("maintenance", tests, NULL, NULL);
}
