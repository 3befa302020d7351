/*
 * Moments: a snapshot holds what was current when its commit was done, whatever happens afterwards; versions come
 * back by it; what differs between two is told; and bringing all back loses nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/history.h"
#include "tests/support/one_store.h"

/* Stores `size` bytes that belong to the seed. */
static void remove_name(const char *name)
{
	uint64_t removed;
	check(store_remove(fixture.store, name, &removed, &fixture.error));
	assert_true(removed > 0);
}

static struct snapshot snap(const char *name)
{
	struct snapshot snapshot;
	check(store_snapshot_create(fixture.store, name, &snapshot, &fixture.error));
	return snapshot;
}

static void note_name(void *context, const struct entry *entry)
{
	char *names = context;
	sprintf(names + strlen(names), "%s@%llu ", entry->name, (unsigned long long)entry->version);
}

static void expect_list(const char *prefix, const char *at, const char *wanted)
{
	char names[2048] = "";
	check(store_list(fixture.store, prefix, at, note_name, names, &fixture.error));
	assert_string_equal(names, wanted);
}

static void note_difference(void *context, const struct entry *before, const struct entry *after)
{
	char *names = context;
	sprintf(names + strlen(names), "%c%s ",
		!before  ? '+'
		: !after ? '-'
			 : '~',
		(after ? after : before)->name);
}

static void expect_diff(const char *before, const char *after, const char *prefix, const char *wanted)
{
	char names[2048] = "";
	const struct diff_options options = {.prefix = prefix, .report = note_difference, .context = names};
	check(store_snapshot_diff(fixture.store, before, after, &options, &fixture.error));
	assert_string_equal(names, wanted);
}

static struct snapshot_restore_result restore_all(const char *name, const char *prefix)
{
	struct snapshot_restore_result result;
	const struct snapshot_restore_options options = {.prefix = prefix};
	check(store_snapshot_restore(fixture.store, name, &options, &result, &fixture.error));
	return result;
}

/* ---- what a snapshot holds ---- */

static void finish(const char *name, uint64_t number)
{
	static struct catalog_entry entry;
	memset(&entry, 0, sizeof(entry));
	snprintf(entry.name, sizeof(entry.name), "%s", name);
	entry.replication_factor = 1;
	check(catalog_begin_version(fixture.store->writer, 1, &entry.version_id, &fixture.error));
	check(catalog_finish_version(fixture.store->writer, entry.version_id, &entry, &fixture.error));
	assert_int_equal(entry.number, number);
}

static uint64_t number_at(const char *name, int64_t at)
{
	static struct catalog_entry entry;
	int found = catalog_find_entry_at(fixture.store->reader, name, at, &entry, &fixture.error);
	assert_true(found >= 0);
	return found ? entry.number : 0;
}

static void test_of_versions_made_in_one_commit_only_the_last_was_ever_current(void **state)
{
	(void)state;
	struct catalog *catalog = fixture.store->writer;
	struct catalog_state before;
	check(catalog_read_state(catalog, &before, &fixture.error));
	check(catalog_begin(catalog, &fixture.error));
	for (uint64_t i = 1; i <= 3; i++)
		finish("name", i);
	finish("gone", 1);
	assert_int_equal(catalog_remove(catalog, "gone", &fixture.error), 1);
	check(catalog_commit(catalog, &fixture.error));
	check(catalog_begin(catalog, &fixture.error));
	assert_int_equal(catalog_remove(catalog, "name", &fixture.error), 1);
	finish("name", 4);
	check(catalog_commit(catalog, &fixture.error));
	int64_t sequence = (int64_t)before.sequence;
	assert_int_equal(number_at("name", sequence), 0);
	assert_int_equal(number_at("name", sequence + 1), 3);
	assert_int_equal(number_at("name", sequence + 2), 4);
	assert_int_equal(number_at("name", CATALOG_NOW), 4);
	for (int64_t at = sequence; at < sequence + 3; at++)
		assert_int_equal(number_at("gone", at), 0);
}

static void test_a_snapshot_goes_on_holding_what_was_there(void **state)
{
	(void)state;
	one_store_put("a", 100, 1);
	one_store_put("d/b", 200000, 2);
	struct snapshot first = snap("first");
	assert_int_equal(first.files, 2);
	assert_int_equal(first.bytes, 200100);
	one_store_put("a", 100, 3);
	remove_name("d/b");
	one_store_put("c", 10, 4);
	snap("second");
	one_store_put("d/b", 50, 5);
	expect_list("", "first", "a@1 d/b@1 ");
	expect_list("", "second", "a@2 c@1 ");
	expect_list("", NULL, "a@2 c@1 d/b@2 ");
	expect_list("", "now", "a@2 c@1 d/b@2 ");
	expect_list("d", "first", "d/b@1 ");
	store_fixture_expect(&fixture, "a@first", 100, 1);
	store_fixture_expect(&fixture, "d/b@first", 200000, 2);
	store_fixture_expect(&fixture, "d/b", 50, 5);
	assert_int_equal(store_fixture_try_get(&fixture, "d/b@second"), -1);
	assert_int_equal(fixture.error.code, ERROR_NOT_FOUND);
	assert_int_equal(store_list(fixture.store, "d", "second", note_name, NULL, &fixture.error), -1);
	assert_int_equal(fixture.error.code, ERROR_NOT_FOUND);
}

static void test_names_with_an_at_sign_come_first(void **state)
{
	(void)state;
	one_store_put("a", 10, 1);
	one_store_put("a", 10, 2);
	one_store_put("a@first", 10, 3);
	one_store_put("a@1", 10, 4);
	snap("first");
	one_store_put("a@first", 10, 5);
	store_fixture_expect(&fixture, "a@1", 10, 4);
	store_fixture_expect(&fixture, "a@first", 10, 5);
	store_fixture_expect(&fixture, "a@first@first", 10, 3);
	store_fixture_expect(&fixture, "a@first@1", 10, 3);
	remove_name("a@first");
	remove_name("a@1");
	store_fixture_expect(&fixture, "a@first", 10, 2);
	store_fixture_expect(&fixture, "a@1", 10, 1);
}

static void test_names_of_snapshots_are_checked(void **state)
{
	(void)state;
	static const char *const refused[] = {
		"", "7", "0123", "now", ".x", "-x", "a b", "a/b", "a@b", "a\n", "\xff"};
	char longest[SNAPSHOT_NAME_SIZE + 1];
	struct snapshot snapshot;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		assert_int_equal(
			store_snapshot_create(fixture.store, refused[i], &snapshot, &fixture.error), -1);
		assert_int_equal(fixture.error.code, ERROR_USAGE);
	}
	memset(longest, 'x', sizeof(longest));
	longest[SNAPSHOT_NAME_SIZE] = '\0';
	assert_int_equal(store_snapshot_create(fixture.store, longest, &snapshot, &fixture.error), -1);
	longest[SNAPSHOT_NAME_SIZE - 1] = '\0';
	check(store_snapshot_create(fixture.store, longest, &snapshot, &fixture.error));
	assert_string_equal(snapshot.name, longest);
	assert_int_equal(store_snapshot_create(fixture.store, longest, &snapshot, &fixture.error), -1);
	assert_int_equal(fixture.error.code, ERROR_EXISTS);
	check(store_snapshot_create(fixture.store, "7x._:+-", &snapshot, &fixture.error));
}

static void test_unnamed_snapshots_of_one_second_get_names_of_their_own(void **state)
{
	(void)state;
	struct snapshot first = snap(NULL), second = snap(NULL);
	char wanted[SNAPSHOT_NAME_SIZE + 4];
	snprintf(wanted, sizeof(wanted), "%s-2", first.name);
	assert_string_equal(second.name, wanted);
}

static void test_a_removed_snapshot_is_gone_and_its_versions_are_not(void **state)
{
	(void)state;
	one_store_put("a", 10, 1);
	snap("first");
	remove_name("a");
	check(store_snapshot_remove(fixture.store, "first", &fixture.error));
	assert_int_equal(store_snapshot_remove(fixture.store, "first", &fixture.error), -1);
	assert_int_equal(fixture.error.code, ERROR_NOT_FOUND);
	assert_int_equal(store_list(fixture.store, "", "first", note_name, NULL, &fixture.error), -1);
	assert_int_equal(fixture.error.code, ERROR_NOT_FOUND);
	store_fixture_expect(&fixture, "a@1", 10, 1);
}

/* ---- versions ---- */

static void note_version(void *context, const struct version *version)
{
	char *text = context;
	sprintf(text + strlen(text), "%llu%s", (unsigned long long)version->entry.version,
		version->current ? "*" : "");
	assert_int_equal(version->current, version->ended_ms == 0);
	for (size_t i = 0; i < version->snapshot_count; i++)
		sprintf(text + strlen(text), ",%s", version->snapshots[i]);
	strcat(text, " ");
}

static void test_versions_tell_which_snapshots_hold_them(void **state)
{
	(void)state;
	char text[512] = "";
	snap("empty");
	one_store_put("a", 10, 1);
	snap("one");
	snap("two");
	one_store_put("a", 10, 2);
	one_store_put("a", 10, 3);
	snap("three");
	remove_name("a");
	snap("four");
	check(store_versions(fixture.store, "a", note_version, text, &fixture.error));
	assert_string_equal(text, "3,three 2 1,one,two ");
	one_store_put("a", 10, 4);
	text[0] = '\0';
	check(store_versions(fixture.store, "a", note_version, text, &fixture.error));
	assert_string_equal(text, "4* 3,three 2 1,one,two ");
	assert_int_equal(store_versions(fixture.store, "b", note_version, text, &fixture.error), -1);
	assert_int_equal(fixture.error.code, ERROR_NOT_FOUND);
}

static void test_many_versions_are_listed_page_by_page(void **state)
{
	(void)state;
	char text[1024] = "";
	for (uint64_t i = 1; i <= 40; i++)
		one_store_put("a", 5, i);
	check(store_versions(fixture.store, "a", note_version, text, &fixture.error));
	for (unsigned i = 40; i >= 1; i--) {
		char wanted[16];
		snprintf(wanted, sizeof(wanted), i == 40 ? "%u* " : " %u ", i);
		assert_non_null(strstr(text, i == 1 ? " 1 " : wanted));
	}
}

/* ---- restoring one ---- */

static void test_a_restored_version_is_a_new_one_of_the_same_content(void **state)
{
	(void)state;
	struct restore_result result;
	one_store_put("a", 300000, 1);
	size_t files = store_fixture_chunk_files(&fixture);
	one_store_put("a", 0, 0);
	check(store_restore(fixture.store, "a@1", &result, &fixture.error));
	assert_true(result.changed);
	assert_int_equal(result.from, 1);
	assert_int_equal(result.version, 3);
	assert_string_equal(result.name, "a");
	store_fixture_expect(&fixture, "a", 300000, 1);
	assert_int_equal(store_fixture_chunk_files(&fixture), files);
	remove_name("a");
	check(store_restore(fixture.store, "a@1", &result, &fixture.error));
	assert_int_equal(result.version, 4);
	store_fixture_expect(&fixture, "a", 300000, 1);
	store_fixture_check_counters(&fixture);
	assert_int_equal(
		store_fixture_sql(&fixture, "SELECT count(*) FROM version v WHERE v.extents <>"
					    " (SELECT count(*) FROM extent e WHERE e.version = v.id)"),
		0);
}

static void test_what_is_current_already_costs_no_version(void **state)
{
	(void)state;
	struct restore_result result;
	one_store_put("a", 10, 1);
	snap("first");
	uint64_t versions = (uint64_t)store_fixture_sql(&fixture, "SELECT count(*) FROM version");
	check(store_restore(fixture.store, "a@1", &result, &fixture.error));
	assert_false(result.changed);
	check(store_restore(fixture.store, "a@first", &result, &fixture.error));
	assert_false(result.changed);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM version"), versions);
	assert_int_equal(store_restore(fixture.store, "a@2", &result, &fixture.error), -1);
	assert_int_equal(fixture.error.code, ERROR_NOT_FOUND);
	assert_int_equal(store_restore(fixture.store, "a@no", &result, &fixture.error), -1);
	assert_int_equal(fixture.error.code, ERROR_NOT_FOUND);
	assert_int_equal(store_restore(fixture.store, "b@1", &result, &fixture.error), -1);
	assert_int_equal(fixture.error.code, ERROR_NOT_FOUND);
	assert_int_equal(store_restore(fixture.store, "a", &result, &fixture.error), -1);
	assert_int_equal(fixture.error.code, ERROR_USAGE);
}

static void test_a_restored_name_keeps_its_replication_factor(void **state)
{
	(void)state;
	struct restore_result result;
	uint64_t changed;
	one_store_put("a", 100000, 1);
	one_store_put("a", 100, 2);
	check(store_set_replication(fixture.store, "a", 3, &changed, &fixture.error));
	check(store_restore(fixture.store, "a@1", &result, &fixture.error));
	assert_int_equal(store_fixture_sql(&fixture, "SELECT replication FROM file"), 3);
	assert_int_equal(
		store_fixture_sql(&fixture, "SELECT min(s.want) FROM extent e JOIN chunk c ON c.id = e.chunk"
					    " JOIN copyset s ON s.id = c.copyset"),
		3);
	store_fixture_check_counters(&fixture);
}

/* ---- differences, and restoring all ---- */

static void test_differences_are_told_by_name(void **state)
{
	(void)state;
	one_store_put("a", 10, 1);
	one_store_put("d/b", 10, 2);
	one_store_put("d-x", 10, 3);
	one_store_put("same", 10, 4);
	snap("first");
	one_store_put("a", 10, 5);
	remove_name("d/b");
	one_store_put("d/c", 10, 6);
	remove_name("d-x");
	one_store_put("brief", 1, 7);
	remove_name("brief");
	snap("second");
	expect_diff("first", "second", NULL, "~a -d-x -d/b +d/c ");
	expect_diff("second", "first", NULL, "~a +d-x +d/b -d/c ");
	expect_diff("first", "second", "d", "-d/b +d/c ");
	expect_diff("first", "second", "d/", "-d/b +d/c ");
	expect_diff("first", "second", "a", "~a ");
	expect_diff("first", "first", NULL, "");
	expect_diff("second", "now", NULL, "");
	remove_name("a");
	expect_diff("second", "now", NULL, "-a ");
	const struct diff_options options = {.prefix = "none", .report = note_difference};
	assert_int_equal(store_snapshot_diff(fixture.store, "first", "now", &options, &fixture.error), -1);
	assert_int_equal(fixture.error.code, ERROR_NOT_FOUND);
}

static void test_restoring_a_snapshot_can_be_undone(void **state)
{
	(void)state;
	one_store_put("a", 10, 1);
	one_store_put("d/b", 200000, 2);
	one_store_put("same", 10, 3);
	snap("first");
	one_store_put("a", 10, 4);
	remove_name("d/b");
	one_store_put("new", 10, 5);
	struct snapshot_restore_result done = restore_all("first", NULL);
	assert_int_equal(done.restored, 2);
	assert_int_equal(done.removed, 1);
	assert_int_equal(done.bytes, 200010);
	expect_list("", NULL, "a@3 d/b@2 same@1 ");
	expect_diff("first", "now", NULL, "");
	store_fixture_expect(&fixture, "a", 10, 1);
	store_fixture_expect(&fixture, "d/b", 200000, 2);
	struct snapshot_restore_result again = restore_all("first", NULL);
	assert_int_equal(again.restored + again.removed, 0);
	assert_string_equal(again.undo, "");
	struct snapshot_restore_result undone = restore_all(done.undo, NULL);
	assert_int_equal(undone.restored, 2);
	assert_int_equal(undone.removed, 1);
	expect_list("", NULL, "a@4 new@2 same@1 ");
	expect_diff(done.undo, "now", NULL, "");
	store_fixture_expect(&fixture, "a", 10, 4);
	store_fixture_expect(&fixture, "new", 10, 5);
	store_fixture_check_counters(&fixture);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM snapshot"), 3);
}

static void test_a_prefix_is_restored_alone(void **state)
{
	(void)state;
	one_store_put("d", 10, 1);
	one_store_put("d/a", 10, 2);
	one_store_put("d-a", 10, 3);
	one_store_put("e/a", 10, 4);
	snap("first");
	one_store_put("d", 10, 5);
	one_store_put("d/a", 10, 6);
	one_store_put("d-a", 10, 7);
	one_store_put("e/a", 10, 8);
	struct snapshot_restore_result done = restore_all("first", "d/");
	assert_int_equal(done.restored, 1);
	expect_diff("first", "now", NULL, "~d ~d-a ~e/a ");
	done = restore_all("first", "d");
	assert_int_equal(done.restored, 1);
	expect_diff("first", "now", NULL, "~d-a ~e/a ");
	struct snapshot_restore_result result;
	const struct snapshot_restore_options options = {.prefix = "none"};
	assert_int_equal(
		store_snapshot_restore(fixture.store, "first", &options, &result, &fixture.error), -1);
	assert_int_equal(fixture.error.code, ERROR_NOT_FOUND);
}

/* ---- many names ---- */

enum { MANY = 2500 };

static void store_many(unsigned from, unsigned step)
{
	check(catalog_begin(fixture.store->writer, &fixture.error));
	for (unsigned i = from; i < MANY; i += step) {
		static struct catalog_entry entry;
		memset(&entry, 0, sizeof(entry));
		snprintf(entry.name, sizeof(entry.name), "many/%04u", i);
		entry.replication_factor = 1;
		entry.mtime_ns = (int64_t)fixture.mock.dice.next(&fixture.mock.dice) >> 2;
		check(catalog_begin_version(fixture.store->writer, 1, &entry.version_id, &fixture.error));
		check(catalog_finish_version(
			fixture.store->writer, entry.version_id, &entry, &fixture.error));
	}
	check(catalog_commit(fixture.store->writer, &fixture.error));
}

struct stop {
	atomic_bool cancel;
	uint64_t calls;
};

static void stop_at_once(void *context, const struct progress *progress)
{
	struct stop *stop = context;
	assert_int_equal(progress->files_total, MANY);
	atomic_store(&stop->cancel, true);
	stop->calls++;
}

static void test_an_interrupted_restore_goes_on_where_it_stopped(void **state)
{
	(void)state;
	store_many(0, 1);
	snap("first");
	store_many(0, 1);
	struct stop stop = {.calls = 0};
	struct snapshot_restore_options options = {
		.progress = stop_at_once, .context = &stop, .cancel = &stop.cancel};
	struct snapshot_restore_result result;
	assert_int_equal(
		store_snapshot_restore(fixture.store, "first", &options, &result, &fixture.error), -1);
	assert_int_equal(fixture.error.code, ERROR_CANCELLED);
	assert_int_equal(stop.calls, 1);
	assert_true(result.restored > 0 && result.restored < MANY);
	struct snapshot_restore_result rest = restore_all("first", NULL);
	assert_int_equal(rest.restored, MANY - result.restored);
	expect_diff("first", "now", NULL, "");
	/* The first of the two holds all that was there. */
	struct snapshot_restore_result undone = restore_all(result.undo, NULL);
	assert_int_equal(undone.restored, MANY);
	expect_diff(result.undo, "now", NULL, "");
	assert_int_equal(store_fixture_sql(&fixture, "SELECT files FROM state"), MANY);
}

/* Takes the snapshot away while it is being restored, as another process might. */
static void take_away(void *context, const struct progress *progress)
{
	(void)progress;
	struct stop *stop = context;
	if (stop->calls++ == 0)
		check(store_snapshot_remove(fixture.store, "first", &fixture.error));
}

static void test_nothing_is_removed_for_want_of_a_snapshot_that_is_gone(void **state)
{
	(void)state;
	snap("first");
	store_many(0, 1);
	struct stop stop = {.calls = 0};
	struct snapshot_restore_options options = {.progress = take_away, .context = &stop};
	struct snapshot_restore_result result;
	struct error failure;
	assert_int_equal(store_snapshot_restore(fixture.store, "first", &options, &result, &failure), -1);
	assert_int_equal(failure.code, ERROR_CHANGED);
	assert_true(result.removed > 0 && result.removed < MANY);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM file WHERE head IS NOT NULL"),
		MANY - result.removed);
}

/* What each name was is noted after each of many random changes; every snapshot has to say the same at the end. */
static void test_snapshots_agree_with_what_was_noted(void **state)
{
	(void)state;
	enum { NAMES = 12, ROUNDS = 60 };
	unsigned noted[ROUNDS][NAMES], now[NAMES] = {0}, last[NAMES] = {0};
	for (unsigned round = 0; round < ROUNDS; round++) {
		check(catalog_begin(fixture.store->writer, &fixture.error));
		for (int i = 0; i < 5; i++) {
			unsigned which = (unsigned)(fixture.mock.dice.next(&fixture.mock.dice) % NAMES);
			char name[16];
			snprintf(name, sizeof(name), "n%02u", which);
			if (fixture.mock.dice.next(&fixture.mock.dice) % 3 == 0) {
				assert_int_equal(catalog_remove(fixture.store->writer, name, &fixture.error),
					now[which] != 0);
				now[which] = 0;
			} else {
				finish(name, ++last[which]);
				now[which] = last[which];
			}
		}
		check(catalog_commit(fixture.store->writer, &fixture.error));
		char name[16];
		snprintf(name, sizeof(name), "s%u", round);
		snap(name);
		memcpy(noted[round], now, sizeof(now));
	}
	for (unsigned round = 0; round < ROUNDS; round++) {
		char wanted[1024] = "", name[16];
		for (unsigned i = 0; i < NAMES; i++)
			if (noted[round][i])
				sprintf(wanted + strlen(wanted), "n%02u@%u ", i, noted[round][i]);
		snprintf(name, sizeof(name), "s%u", round);
		expect_list("", name, wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_of_versions_made_in_one_commit_only_the_last_was_ever_current, one_store_make,
			one_store_clean),
		cmocka_unit_test_setup_teardown(
			test_a_snapshot_goes_on_holding_what_was_there, one_store_make, one_store_clean),
		cmocka_unit_test_setup_teardown(
			test_names_with_an_at_sign_come_first, one_store_make, one_store_clean),
		cmocka_unit_test_setup_teardown(
			test_names_of_snapshots_are_checked, one_store_make, one_store_clean),
		cmocka_unit_test_setup_teardown(test_unnamed_snapshots_of_one_second_get_names_of_their_own,
			one_store_make, one_store_clean),
		cmocka_unit_test_setup_teardown(test_a_removed_snapshot_is_gone_and_its_versions_are_not,
			one_store_make, one_store_clean),
		cmocka_unit_test_setup_teardown(
			test_versions_tell_which_snapshots_hold_them, one_store_make, one_store_clean),
		cmocka_unit_test_setup_teardown(
			test_many_versions_are_listed_page_by_page, one_store_make, one_store_clean),
		cmocka_unit_test_setup_teardown(test_a_restored_version_is_a_new_one_of_the_same_content,
			one_store_make, one_store_clean),
		cmocka_unit_test_setup_teardown(
			test_what_is_current_already_costs_no_version, one_store_make, one_store_clean),
		cmocka_unit_test_setup_teardown(
			test_a_restored_name_keeps_its_replication_factor, one_store_make, one_store_clean),
		cmocka_unit_test_setup_teardown(
			test_differences_are_told_by_name, one_store_make, one_store_clean),
		cmocka_unit_test_setup_teardown(
			test_restoring_a_snapshot_can_be_undone, one_store_make, one_store_clean),
		cmocka_unit_test_setup_teardown(
			test_a_prefix_is_restored_alone, one_store_make, one_store_clean),
		cmocka_unit_test_setup_teardown(test_an_interrupted_restore_goes_on_where_it_stopped,
			one_store_make, one_store_clean),
		cmocka_unit_test_setup_teardown(test_nothing_is_removed_for_want_of_a_snapshot_that_is_gone,
			one_store_make, one_store_clean),
		cmocka_unit_test_setup_teardown(
			test_snapshots_agree_with_what_was_noted, one_store_make, one_store_clean),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
