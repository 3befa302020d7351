/*
 * What the journal promises: the same records on every node, before success is said; nodes that missed some get them;
 * nothing is written over what a node knows and the catalog does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/journal.h"
#include "tests/support/one_store.h"

enum { NODES = 4 };

static int make(void **state)
{
	(void)state;
	store_fixture_make(&fixture, NODES, "chunk: {size: 64KiB}\nreplication_factor: 2\nmin_replicas: 2\n");
	return 0;
}

static void put_many(unsigned count)
{
	scratch_folder(&fixture.scratch, "many");
	for (unsigned i = 0; i < count; i++) {
		char name[64];
		snprintf(name, sizeof(name), "many/%04u", i);
		scratch_write_seeded(&fixture.scratch, name, 100, i);
	}
	store_fixture_put(&fixture, "many", NULL);
}

/* The newest file of a node's journal, relative to the scratch folder. */
static const char *journal_of(unsigned node)
{
	static char path[160];
	uint64_t *numbers;
	size_t count;
	int root = open(fixture.node_paths[node - 1], O_RDONLY | O_DIRECTORY);
	assert_int_equal(journal_list(&fixture.mock.env, root, JOURNAL_RECORDS, &numbers, &count), 0);
	close(root);
	assert_true(count > 0);
	snprintf(path, sizeof(path), "nodes/node-%u/journal/%020llu.jsonl", node,
		(unsigned long long)numbers[count - 1]);
	free(numbers);
	return path;
}

static uint64_t end_of(unsigned node)
{
	struct node_journal journal;
	node_look_at_journal(&fixture.store->nodes[node - 1]);
	node_get_journal(&fixture.store->nodes[node - 1], &journal);
	return journal.known ? journal.sequence : 0;
}

static uint64_t last_record(void)
{
	return (uint64_t)store_fixture_sql(&fixture, "SELECT journal FROM state");
}

static size_t behind(void)
{
	struct node *nodes[STORE_NODES_MAX];
	return journal_find_behind(fixture.store, nodes);
}

static void expect_current(void)
{
	for (unsigned i = 1; i <= NODES; i++)
		assert_int_equal(end_of(i), last_record());
	assert_int_equal(behind(), 0);
}

static void expect_alike(void)
{
	size_t size;
	uint8_t *first = scratch_read(&fixture.scratch, journal_of(1), &size);
	for (unsigned i = 2; i <= NODES; i++)
		scratch_expect(&fixture.scratch, journal_of(i), first, size);
	free(first);
}

/* From here on commits leave no record on the nodes: as if the process died in between each time. */
static void lose_records(void)
{
	catalog_set_journal(fixture.store->writer, &(struct catalog_journal){0});
}

static void test_every_change_leaves_the_same_record_on_every_node(void **state)
{
	(void)state;
	uint64_t count, start = last_record();
	one_store_put("one", 1000, 1);
	one_store_put("one", 1000, 2);
	check(store_set_replication(fixture.store, "one", 3, &count, &fixture.error));
	check(store_remove(fixture.store, "one", &count, &fixture.error));
	expect_current();
	expect_alike();
	struct journal_lines lines;
	struct journal_record record;
	uint64_t damaged = 0, records = 0, last = start;
	int root = open(fixture.node_paths[0], O_RDONLY | O_DIRECTORY);
	assert_int_equal(journal_lines_open(&lines, &fixture.mock.env, root, JOURNAL_RECORDS, start), 0);
	for (; journal_record_next(&lines, &record, &damaged) == 1; records++) {
		assert_int_equal(record.previous, last);
		last = record.sequence;
	}
	journal_lines_close(&lines);
	close(root);
	assert_int_equal(records, 4);
	assert_int_equal(damaged, 0);
	assert_int_equal(last, last_record());
}

/* Long enough to go past the page cache, twice, behind something shorter. */
static void test_a_long_record_is_whole_on_every_node(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		one_store_put("one", 1000, round);
		put_many(1500);
		expect_current();
		expect_alike();
	}
	struct journal_lines lines;
	struct journal_record record = {0};
	uint64_t damaged = 0, longest = 0;
	int root = open(fixture.node_paths[0], O_RDONLY | O_DIRECTORY);
	uint64_t base = fixture.store->nodes[0].journal_end.base;
	assert_int_equal(journal_lines_open(&lines, &fixture.mock.env, root, JOURNAL_RECORDS, base), 0);
	while (journal_record_next(&lines, &record, &damaged) == 1)
		longest = record.end - record.start > longest ? record.end - record.start : longest;
	journal_lines_close(&lines);
	close(root);
	assert_int_equal(damaged, 0);
	assert_true(longest > 300000);
	assert_int_equal(record.sequence, last_record());
}

/* It is written once more then, and the zeros that fill up its last block are not left before the next one. */
static void test_a_long_record_that_is_not_cut_to_its_length_spoils_no_other(void **state)
{
	(void)state;
	char below[sizeof(fixture.node_paths[0]) + 16];
	snprintf(below, sizeof(below), "%s/journal", fixture.node_paths[1]);
	env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_FTRUNCATE, .number = EIO, .under = below});
	put_many(1500);
	env_mock_heal(&fixture.mock);
	one_store_put("one", 1000, 1);
	expect_current();
	expect_alike();
}

static void test_what_changes_nothing_leaves_no_record(void **state)
{
	(void)state;
	one_store_put("one", 1000, 1);
	uint64_t before = last_record();
	store_event(fixture.store, EVENT_INFO, "test", "", "nothing happened");
	assert_int_equal(last_record(), before);
	expect_current();
}

static void test_a_record_that_was_lost_after_the_commit_is_made_up_for(void **state)
{
	(void)state;
	one_store_put("one", 1000, 1);
	lose_records();
	one_store_put("two", 1000, 2);
	assert_int_equal(behind(), NODES);
	store_fixture_reopen(&fixture);
	assert_int_equal(behind(), NODES);
	one_store_put("three", 1000, 3);
	expect_current();
	expect_alike();
}

static void test_who_lacks_more_than_the_last_record_is_found_while_somebody_writes(void **state)
{
	(void)state;
	one_store_put("one", 1000, 1);
	expect_current();
	lose_records();
	one_store_put("one", 1000, 2);
	check(catalog_begin(fixture.store->writer, &fixture.error));
	assert_int_equal(behind(), 0);
	catalog_rollback(fixture.store->writer);
	assert_int_equal(behind(), NODES);
	put_many(3000); /* whose record is too long to be kept */
	check(catalog_begin(fixture.store->writer, &fixture.error));
	assert_int_equal(behind(), NODES);
	catalog_rollback(fixture.store->writer);
}

static atomic_bool writes;

static void *write_for_a_moment(void *unused)
{
	struct error error;
	if (catalog_begin(fixture.store->writer, &error) < 0)
		abort();
	atomic_store(&writes, true);
	nanosleep(&(struct timespec){.tv_nsec = 100 * 1000000L}, NULL);
	catalog_rollback(fixture.store->writer);
	return unused;
}

static void test_who_lacks_the_last_record_is_found_once_nobody_writes(void **state)
{
	(void)state;
	pthread_t writer;
	one_store_put("one", 1000, 1);
	lose_records();
	one_store_put("one", 1000, 2);
	assert_int_equal(pthread_create(&writer, NULL, write_for_a_moment, NULL), 0);
	while (!atomic_load(&writes))
		sched_yield();
	assert_int_equal(behind(), NODES);
	pthread_join(writer, NULL);
}

static void test_a_long_record_that_was_lost_leads_to_copies_of_the_catalog(void **state)
{
	(void)state;
	bool changed;
	lose_records();
	put_many(400);
	assert_int_equal(
		store_fixture_sql(&fixture, "SELECT count(*) FROM journal WHERE length(text) > 0"), 0);
	store_fixture_reopen(&fixture);
	assert_int_equal(behind(), NODES);
	/* Before a put is acknowledged, as many nodes as it needs have all that is in the catalog. */
	one_store_put("one", 1000, 1);
	assert_true(behind() <= NODES - 2);
	check(journal_maintain(fixture.store, &changed, &fixture.error));
	expect_current();
	check(journal_maintain(fixture.store, &changed, &fixture.error));
	assert_false(changed);
}

static void test_a_node_that_was_away_gets_what_it_missed(void **state)
{
	(void)state;
	bool changed;
	one_store_put("one", 1000, 1);
	check(store_node_fail(fixture.store, "node-2", &changed, &fixture.error));
	one_store_put("two", 1000, 2);
	put_many(400);
	one_store_put("three", 1000, 3);
	assert_true(end_of(1) == last_record());
	check(store_node_recover(fixture.store, "node-2", &changed, &fixture.error));
	expect_current();
	expect_alike();
}

static void test_a_node_that_lost_its_journal_gets_a_copy_of_the_catalog(void **state)
{
	(void)state;
	bool changed;
	char command[1024];
	one_store_put("one", 1000, 1);
	snprintf(command, sizeof(command), "rm -r '%s/journal' '%s/catalog'", fixture.node_paths[2],
		fixture.node_paths[2]);
	assert_int_equal(system(command), 0);
	end_of(3);
	assert_int_equal(behind(), 1);
	check(journal_maintain(fixture.store, &changed, &fixture.error));
	assert_true(changed);
	expect_current();
	one_store_put("two", 1000, 2);
	expect_current();
}

static unsigned drafts_on(unsigned node)
{
	unsigned count = 0;
	char path[sizeof(fixture.node_paths[0]) + 16];
	snprintf(path, sizeof(path), "%.319s/catalog", fixture.node_paths[node - 1]);
	DIR *stream = opendir(path);
	for (struct dirent *entry; stream && (entry = readdir(stream));)
		count += strncmp(entry->d_name, "new-", 4) == 0;
	if (stream)
		closedir(stream);
	return count;
}

/* A disk that is full would keep them for good. */
static void test_a_copy_that_cannot_be_made_leaves_nothing(void **state)
{
	(void)state;
	static const enum io_call fails[] = {IO_PWRITE, IO_FSYNC, IO_RENAMEAT2};
	char command[1024], below[sizeof(fixture.node_paths[0]) + 16];
	bool changed;
	one_store_put("one", 1000, 1);
	snprintf(command, sizeof(command), "rm -r '%s/journal' '%s/catalog'", fixture.node_paths[2],
		fixture.node_paths[2]);
	snprintf(below, sizeof(below), "%s/catalog", fixture.node_paths[2]);
	assert_int_equal(system(command), 0);
	end_of(3);
	for (size_t i = 0; i < sizeof(fails) / sizeof(*fails); i++) {
		env_mock_fail(&fixture.mock,
			(struct io_fault){
				.call = fails[i], .number = ENOSPC, .lasting = true, .under = below});
		(void)!journal_maintain(fixture.store, &changed, &fixture.error);
		assert_true(env_mock_hits(&fixture.mock, 0) > 0);
		assert_int_equal(drafts_on(3), 0);
		env_mock_heal(&fixture.mock);
	}
	check(journal_maintain(fixture.store, &changed, &fixture.error));
	expect_current();
}

static void append_bytes(const char *path, const char *bytes)
{
	int fd = open(scratch_path(&fixture.scratch, path), O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
	close(fd);
}

/* Else the power could take the folder's name, and with it all that was flushed below it. */
static void test_a_folder_that_is_made_anew_is_flushed_before_anything_is_in_it(void **state)
{
	(void)state;
	bool changed;
	char command[1024];
	unsigned count = 0;
	one_store_put("one", 1000, 1);
	snprintf(command, sizeof(command), "rm -r '%s/journal' '%s/catalog'", fixture.node_paths[2],
		fixture.node_paths[2]);
	assert_int_equal(system(command), 0);
	end_of(3);
	env_mock_forget(&fixture.mock);
	check(journal_maintain(fixture.store, &changed, &fixture.error));
	for (const char *made = fixture.mock.trace; (made = strchr(made, 'm')); made++, count++)
		assert_int_equal(made[1], 'd');
	assert_int_equal(count, 2);
}

static void test_half_a_record_does_not_count(void **state)
{
	(void)state;
	one_store_put("one", 1000, 1);
	append_bytes(journal_of(1), "{\"sequence\":99,\"fact\":\"remo");
	append_bytes(
		journal_of(2), "{\"sequence\":99,\"fact\":\"removed\",\"name\":\"one\",\"check\":\"0\"}\n");
	assert_int_equal(end_of(1), last_record());
	assert_int_equal(end_of(2), last_record());
	one_store_put("two", 1000, 2);
	expect_current();
	expect_alike();
}

static void test_a_damaged_record_is_written_again(void **state)
{
	(void)state;
	bool changed;
	size_t size;
	one_store_put("one", 1000, 1);
	one_store_put("two", 1000, 2);
	uint64_t last = last_record();
	free(scratch_read(&fixture.scratch, journal_of(3), &size));
	scratch_flip(&fixture.scratch, journal_of(3), (off_t)size - 40);
	assert_true(end_of(3) < last);
	check(journal_maintain(fixture.store, &changed, &fixture.error));
	expect_current();
	expect_alike();
}

static void test_the_reserve_makes_room_for_a_record(void **state)
{
	(void)state;
	assert_true(scratch_exists(&fixture.scratch, "nodes/node-1/journal/reserve"));
	env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_PWRITE,
					     .number = ENOSPC,
					     .under = fixture.node_paths[0],
					     .ending = ".jsonl"});
	uint64_t count;
	one_store_put("one", 1000, 1);
	check(store_remove(fixture.store, "one", &count, &fixture.error));
	assert_int_equal(env_mock_hits(&fixture.mock, 0), 1);
	assert_false(scratch_exists(&fixture.scratch, "nodes/node-1/journal/reserve"));
	expect_current();
	expect_alike();
}

static void test_what_is_recorded_on_too_few_nodes_is_not_acknowledged(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NODES - 1; i++)
		env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_PWRITE,
						     .number = EIO,
						     .lasting = true,
						     .under = fixture.node_paths[i],
						     .ending = ".jsonl"});
	scratch_write_seeded(&fixture.scratch, "one", 1000, 1);
	assert_int_equal(store_fixture_try_put(&fixture, "one", NULL, 0), -1);
	assert_int_equal(fixture.error.code, ERROR_UNAVAILABLE);
	assert_non_null(strstr(fixture.error.message, "journal"));
}

/* A catalog as it was before; the one that there is goes. */
/* ---- what is not put ---- */

static int try_remove(void)
{
	uint64_t removed;
	return store_remove(fixture.store, "old", &removed, &fixture.error);
}

static int try_set_replication(void)
{
	uint64_t changed;
	return store_set_replication(fixture.store, "old", 3, &changed, &fixture.error);
}

static int try_restore(void)
{
	struct restore_result result;
	return store_restore(fixture.store, "old@1", &result, &fixture.error);
}

static int try_snapshot(void)
{
	struct snapshot snapshot;
	return store_snapshot_create(fixture.store, "later", &snapshot, &fixture.error);
}

static int try_remove_snapshot(void)
{
	return store_snapshot_remove(fixture.store, "moment", &fixture.error);
}

static int try_restore_snapshot(void)
{
	struct snapshot_restore_result result;
	const struct snapshot_restore_options options = {0};
	return store_snapshot_restore(fixture.store, "moment", &options, &result, &fixture.error);
}

static int try_drain(void)
{
	bool changed;
	return store_node_drain(fixture.store, "node-4", &changed, &fixture.error);
}

static int try_remove_node(void)
{
	uint64_t chunks;
	return store_node_remove_in(
		&fixture.mock.env, store_fixture_config(&fixture), "node-4", NULL, &chunks, &fixture.error);
}

/* It is done, which cannot be taken back, and who asked is told that too few journals know of it. */
static void test_a_change_that_too_few_journals_know_of_is_told(void **state)
{
	static const struct {
		int (*act)(void);
		const char *done; /* finds one row afterwards, and none before */
	} changes[] = {
		{try_remove, "SELECT count(*) FROM file WHERE CAST(name AS TEXT) = 'old' AND head IS NULL"},
		{try_set_replication,
			"SELECT count(*) FROM file WHERE CAST(name AS TEXT) = 'old' AND replication = 3"},
		{try_restore, "SELECT count(*) FROM version WHERE number = 3"},
		{try_snapshot, "SELECT count(*) FROM snapshot WHERE name = 'later'"},
		{try_remove_snapshot, "SELECT count(*) = 0 FROM snapshot WHERE name = 'moment'"},
		{try_restore_snapshot, "SELECT count(*) FROM version WHERE number = 3"},
		{try_drain, "SELECT count(*) FROM node WHERE draining"},
		{try_remove_node, "SELECT count(*) = 3 FROM node"},
	};
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		struct snapshot snapshot;
		one_store_put("old", 1000, 1);
		check(store_snapshot_create(fixture.store, "moment", &snapshot, &fixture.error));
		scratch_write_seeded(&fixture.scratch, "old", 1000, 2);
		store_fixture_put(&fixture, "old", NULL);
		assert_int_equal(store_fixture_sql(&fixture, changes[i].done), 0);
		for (unsigned node = 1; node <= 3; node++)
			env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_PWRITE,
							     .number = EIO,
							     .lasting = true,
							     .under = fixture.node_paths[node - 1],
							     .ending = ".jsonl"});
		assert_int_equal(changes[i].act(), -1);
		assert_int_equal(fixture.error.code, ERROR_UNAVAILABLE);
		assert_non_null(strstr(
			fixture.error.message, "it is done, but the record of it is on the journals of "));
		assert_int_equal(store_fixture_sql(&fixture, changes[i].done), 1);
		env_mock_heal(&fixture.mock);
		one_store_clean(state);
		make(state);
	}
}

static void test_a_catalog_that_is_older_than_a_journal_is_not_written_to(void **state)
{
	(void)state;
	size_t size;
	uint64_t count;
	one_store_put("one", 1000, 1);
	check(catalog_settle(fixture.store->writer, &fixture.error));
	uint8_t *old = scratch_read(&fixture.scratch, "nodes/catalog.db", &size);
	one_store_put("two", 1000, 2);
	check(catalog_settle(fixture.store->writer, &fixture.error));
	scratch_write(&fixture.scratch, "nodes/catalog.db", old, size);
	free(old);
	store_fixture_reopen(&fixture);
	assert_int_equal(journal_check(fixture.store, &fixture.error), -1);
	assert_int_equal(fixture.error.code, ERROR_DAMAGED);
	scratch_write_seeded(&fixture.scratch, "three", 1000, 3);
	assert_int_equal(store_fixture_try_put(&fixture, "three", NULL, 0), -1);
	assert_int_equal(store_remove(fixture.store, "one", &count, &fixture.error), -1);
	assert_int_equal(fixture.error.code, ERROR_DAMAGED);
	/* What it knows can be read. */
	store_fixture_expect(&fixture, "one", 1000, 1);
	const struct view *view;
	check(store_view(fixture.store, 0, &view, &fixture.error));
	assert_int_equal(view->health, HEALTH_CRITICAL);
	assert_int_equal(view->checks[0].code, CHECK_CATALOG_DAMAGED);
	view_unref(view);
}

static void renew_all(void)
{
	struct journal_draft draft;
	struct node *nodes[NODES];
	for (size_t i = 0; i < NODES; i++)
		nodes[i] = &fixture.store->nodes[i];
	check(journal_draft_copy(fixture.store, nodes, NODES, NULL, &draft, &fixture.error));
	/* What comes in between goes along. */
	one_store_put("between", 1000, draft.sequence);
	check(catalog_begin(fixture.store->writer, &fixture.error));
	for (size_t i = 0; i < NODES; i++) {
		assert_true(draft.written[i]);
		assert_int_equal(journal_install_copy(fixture.store, nodes[i], &draft), 0);
	}
	catalog_rollback(fixture.store->writer);
}

static void test_two_copies_stay_and_records_go_on_after_them(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		one_store_put("one", 1000, i);
		renew_all();
		expect_current();
		expect_alike();
	}
	assert_int_equal(scratch_count(&fixture.scratch, "nodes/node-1/catalog"), 2);
	assert_int_equal(scratch_count(&fixture.scratch, "nodes/node-1/journal"), 3); /* and the reserve */
	one_store_put("two", 1000, 2);
	expect_current();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, one_store_clean)
		TEST(test_every_change_leaves_the_same_record_on_every_node),
		TEST(test_a_long_record_is_whole_on_every_node),
		TEST(test_a_long_record_that_is_not_cut_to_its_length_spoils_no_other),
		TEST(test_what_changes_nothing_leaves_no_record),
		TEST(test_a_record_that_was_lost_after_the_commit_is_made_up_for),
		TEST(test_who_lacks_more_than_the_last_record_is_found_while_somebody_writes),
		TEST(test_who_lacks_the_last_record_is_found_once_nobody_writes),
		TEST(test_a_long_record_that_was_lost_leads_to_copies_of_the_catalog),
		TEST(test_a_node_that_was_away_gets_what_it_missed),
		TEST(test_a_node_that_lost_its_journal_gets_a_copy_of_the_catalog),
		TEST(test_a_folder_that_is_made_anew_is_flushed_before_anything_is_in_it),
		TEST(test_a_copy_that_cannot_be_made_leaves_nothing),
		TEST(test_half_a_record_does_not_count),
		TEST(test_a_damaged_record_is_written_again),
		TEST(test_the_reserve_makes_room_for_a_record),
		TEST(test_what_is_recorded_on_too_few_nodes_is_not_acknowledged),
		TEST(test_a_change_that_too_few_journals_know_of_is_told),
		TEST(test_a_catalog_that_is_older_than_a_journal_is_not_written_to),
		TEST(test_two_copies_stay_and_records_go_on_after_them),
	};
	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
