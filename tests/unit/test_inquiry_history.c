/*
 * Inquiries about history: snapshots, what differs between two moments, which snapshots hold a version, what was
 * removed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/support/asked_store.h"

static void drop(const char *name)
{
	uint64_t removed;
	assert_int_equal(store_remove(fixture.store, name, &removed, &fixture.error), 0);
}

/* A snapshot of now, as its row is defined to be. */
static void take(const char *name)
{
	char sql[256];
	snprintf(sql, sizeof(sql),
		"INSERT INTO snapshot SELECT NULL, '%s', sequence, sequence * 1000, files, logical_bytes "
		"FROM state",
		name);
	store_fixture_sql(&fixture, sql);
}

static struct question diff(const char *before, const char *after, const char *filter)
{
	return (struct question){
		.kind = QUESTION_DIFF, .diff = {.before = before, .after = after, .filter = filter}};
}

/* "+name -name ~name", in the order of the answer. */
static const char *differences(const char *before, const char *after, const char *filter)
{
	static char text[8192];
	const struct question question = diff(before, after, filter);
	const struct answer *answer = asking_get(&asking, &question);
	size_t length = 0, counted = 0;
	text[0] = '\0';
	for (size_t i = 0; i < answer->diff.count; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%c%s", i ? " " : "",
			"+-~"[answer->diff.rows[i].difference], answer -> diff.rows[i].name);
	for (int i = 0; i < DIFFERENCES; i++)
		counted += answer->diff.sums[i].names;
	assert_int_equal(counted, answer->diff.count);
	return text;
}

static const struct answer *ask_file(const char *name, uint64_t version)
{
	char sql[256];
	snprintf(sql, sizeof(sql), "SELECT id FROM file WHERE name = CAST('%s' AS BLOB)", name);
	const struct question question = {
		.kind = QUESTION_FILE, .file = {store_fixture_sql(&fixture, sql), version}};
	return asking_get(&asking, &question);
}

/* ---- snapshots ---- */

static void test_snapshots_come_newest_first_with_their_facts(void **state)
{
	(void)state;
	const struct question question = {.kind = QUESTION_SNAPSHOTS};
	assert_int_equal(asking_get(&asking, &question)->snapshots.count, 0);
	one_store_put("a", 100, 1);
	take("one");
	one_store_put("b", 50, 2);
	take("two");
	const struct answer *answer = asking_get(&asking, &question);
	assert_int_equal(answer->snapshots.count, 2);
	assert_false(answer->snapshots.more);
	assert_string_equal(answer->snapshots.snapshots[0].name, "two");
	assert_int_equal(answer->snapshots.snapshots[0].files, 2);
	assert_int_equal(answer->snapshots.snapshots[0].bytes, 150);
	assert_string_equal(answer->snapshots.snapshots[1].name, "one");
	assert_int_equal(answer->snapshots.snapshots[1].files, 1);
	assert_int_equal(answer->snapshots.snapshots[1].created_ms,
		(int64_t)answer->snapshots.snapshots[1].sequence * 1000);
}

static void test_more_snapshots_than_a_list_has_are_said_to_be_there(void **state)
{
	(void)state;
	store_fixture_sql(&fixture,
		"INSERT INTO snapshot WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
		" WHERE i < 10001) SELECT i, 's' || i, i, i, 0, 0 FROM n");
	const struct question question = {.kind = QUESTION_SNAPSHOTS};
	const struct answer *answer = asking_get(&asking, &question);
	assert_int_equal(answer->snapshots.count, INQUIRY_SNAPSHOTS_MAX);
	assert_true(answer->snapshots.more);
	assert_string_equal(answer->snapshots.snapshots[0].name, "s10001");
}

/* ---- what differs ---- */

static void test_a_diff_tells_what_was_added_removed_and_changed_by_name(void **state)
{
	(void)state;
	one_store_put("stays", 10, 1);
	one_store_put("goes", 20, 2);
	one_store_put("turns", 30, 3);
	take("one");
	one_store_put("comes", 40, 4);
	one_store_put("turns", 35, 5);
	drop("goes");
	take("two");
	one_store_put("turns", 36, 6);
	drop("stays");
	assert_string_equal(differences("one", "two", ""), "+comes -goes ~turns");
	assert_string_equal(differences("two", "one", ""), "-comes +goes ~turns");
	assert_string_equal(differences("one", "one", ""), "");
	assert_string_equal(differences("two", "", ""), "-stays ~turns");
	assert_string_equal(differences("one", "", ""), "+comes -goes -stays ~turns");
	assert_string_equal(differences("", "one", ""), "+goes +stays +turns");
	assert_string_equal(differences("one", "two", "O"), "+comes -goes");
	const struct question question = diff("one", "two", "");
	const struct answer *answer = asking_get(&asking, &question);
	const struct answer_difference *turns = &answer->diff.rows[2];
	assert_int_equal(turns->was_version, 1);
	assert_int_equal(turns->is_version, 2);
	assert_int_equal(turns->was_bytes, 30);
	assert_int_equal(turns->is_bytes, 35);
	assert_int_equal(answer->diff.rows[0].was_version, 0);
	assert_int_equal(answer->diff.sums[DIFFERENCE_REMOVED].was_bytes, 20);
	assert_int_equal(answer->diff.sums[DIFFERENCE_ADDED].is_bytes, 40);
	assert_int_equal(ask_file("turns", 0)->file.row.id, turns->file);
}

static void test_hidden_differences_are_counted_but_not_listed(void **state)
{
	(void)state;
	one_store_put("a", 10, 1);
	take("one");
	drop("a");
	one_store_put("b", 10, 1);
	struct question question = diff("one", "", "");
	question.diff.hidden[DIFFERENCE_ADDED] = true;
	const struct answer *answer = asking_get(&asking, &question);
	assert_int_equal(answer->diff.count, 1);
	assert_string_equal(answer->diff.rows[0].name, "a");
	assert_int_equal(answer->diff.sums[DIFFERENCE_ADDED].names, 1);
}

/* As after a restore: another version, but nothing that anybody could tell apart. */
static void test_the_same_content_again_is_no_difference(void **state)
{
	(void)state;
	one_store_put("a", 10, 1);
	take("one");
	one_store_put("a", 20, 2);
	take("two");
	one_store_put("a", 10, 1);
	store_fixture_sql(&fixture, "UPDATE version SET mtime_ns = 5");
	assert_string_equal(differences("one", "", ""), "");
	assert_string_equal(differences("two", "", ""), "~a");
	store_fixture_sql(&fixture, "UPDATE version SET mode = 493 WHERE number = 3");
	assert_string_equal(differences("one", "", ""), "~a");
	store_fixture_sql(&fixture, "UPDATE version SET mode = 493, mtime_ns = number");
	assert_string_equal(differences("one", "", ""), "~a");
}

static void test_a_folder_is_told_of_only_where_nothing_in_it_is(void **state)
{
	(void)state;
	take("none");
	scratch_folder(&fixture.scratch, "tree");
	scratch_folder(&fixture.scratch, "tree/empty");
	scratch_folder(&fixture.scratch, "tree/full");
	scratch_write_seeded(&fixture.scratch, "tree/full/x", 10, 1);
	scratch_write_seeded(&fixture.scratch, "tree/full-not", 10, 2);
	store_fixture_put(&fixture, "tree", NULL);
	assert_string_equal(differences("none", "", ""), "+tree/empty/ +tree/full-not +tree/full/x");
	assert_string_equal(differences("none", "", "empty"), "+tree/empty/");
	assert_string_equal(differences("none", "", "full"), "+tree/full-not +tree/full/x");
	assert_string_equal(differences("none", "none", ""), "");
	take("all");
	scratch_write_seeded(&fixture.scratch, "tree/full/y", 10, 3);
	store_fixture_put(&fixture, "tree", NULL);
	assert_string_equal(differences("all", "", ""), "+tree/full/y");
}

static void test_a_snapshot_that_is_not_there_is_a_failure(void **state)
{
	(void)state;
	struct question question = diff("nowhere", "", "");
	assert_non_null(strstr(asking_fail(&asking, &question), "there is no snapshot 'nowhere'"));
	take("one");
	question = diff("one", "nowhere", "");
	assert_non_null(strstr(asking_fail(&asking, &question), "there is no snapshot 'nowhere'"));
}

/* Names behind the engine's back, each with two versions: the second from sequence 1000 on. */
static void make_many(unsigned count)
{
	char sql[1024];
	for (int number = 1; number <= 2; number++) {
		snprintf(sql, sizeof(sql),
			"INSERT INTO version (id, file, number, born, died, kind, size, extents, shared, "
			"sha256, mode,"
			" mtime_ns, stored_ms, replication) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
			"SELECT i + 1"
			" FROM n WHERE i < %u) SELECT %d * 10000000 + i, 1000000 + i, %d, %s, 0, %d, 0, 0,"
			" zeroblob(32), 384, 0, i, 2 FROM n",
			count, number, number, number == 1 ? "1, 1000" : "1000, NULL", number);
		store_fixture_sql(&fixture, sql);
	}
	snprintf(sql, sizeof(sql),
		"INSERT INTO file WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
		" WHERE i < %u) SELECT 1000000 + i, CAST(printf('name-%%07d', i) AS BLOB), 20000000 + i, 2, 2"
		" FROM n",
		count);
	store_fixture_sql(&fixture, sql);
}

static void test_a_diff_of_many_names_counts_all_and_lists_the_first(void **state)
{
	(void)state;
	enum { MANY = 20000 };
	make_many(MANY);
	store_fixture_sql(&fixture, "INSERT INTO snapshot VALUES (1, 'old', 500, 1, 0, 0)");
	struct question question = diff("old", "", "");
	const struct answer *answer = asking_get(&asking, &question);
	assert_int_equal(answer->diff.count, INQUIRY_DIFF_MAX);
	assert_true(answer->diff.more);
	assert_int_equal(answer->diff.sums[DIFFERENCE_CHANGED].names, MANY);
	assert_int_equal(answer->diff.sums[DIFFERENCE_CHANGED].is_bytes, 2 * MANY);
	assert_string_equal(answer->diff.rows[0].name, "name-0000001");
	assert_string_equal(answer->diff.rows[INQUIRY_DIFF_MAX - 1].name, "name-0004096");
	question.diff.filter = "name-00199";
	answer = asking_get(&asking, &question);
	assert_int_equal(answer->diff.count, 100);
	assert_false(answer->diff.more);
}

static void test_a_diff_that_is_not_wanted_any_more_is_given_up(void **state)
{
	(void)state;
	make_many(200000);
	store_fixture_sql(&fixture, "INSERT INTO snapshot VALUES (1, 'old', 500, 1, 0, 0)");
	const struct question all = diff("old", "", ""), none = diff("old", "old", "");
	unsigned answers = atomic_load(&asking.answers);
	asking_put(&asking, &all);
	while (!inquiry_is_busy(asking.inquiry, QUESTION_DIFF))
		;
	nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	uint64_t last = asking_put(&asking, &none);
	assert_int_equal(asking_wait(&asking, QUESTION_DIFF, last)->diff.count, 0);
	assert_int_equal(atomic_load(&asking.answers), answers + 1);
}

/* ---- the versions of a file ---- */

static void expect_snapshots(const struct answer *answer, size_t version, const char *expected)
{
	const struct answer_version *v = &answer->file.versions[version];
	char text[256] = "";
	assert_true(v->snapshot_first + v->snapshot_count <= answer->file.snapshot_count);
	for (size_t i = 0; i < v->snapshot_count; i++) {
		strcat(text, i ? " " : "");
		strcat(text, answer->file.snapshots[v->snapshot_first + i]);
	}
	assert_string_equal(text, expected);
}

static void test_each_version_tells_which_snapshots_hold_it(void **state)
{
	(void)state;
	take("before");
	one_store_put("a", 10, 1);
	take("one");
	take("one-too");
	one_store_put("a", 20, 2);
	one_store_put("a", 30, 3);
	take("three");
	drop("a");
	take("after");
	one_store_put("a", 40, 4);
	const struct answer *answer = ask_file("a", 0);
	assert_int_equal(answer->file.version_count, 4);
	expect_snapshots(answer, 0, "");
	expect_snapshots(answer, 1, "three");
	expect_snapshots(answer, 2, "");
	expect_snapshots(answer, 3, "one-too one");
	assert_int_equal(answer->file.versions[0].ended_ms, 0);
	assert_true(answer->file.versions[1].ended_ms > 0);
	take("last");
	expect_snapshots(ask_file("a", 0), 0, "last");
}

static void test_each_version_tells_how_much_of_it_is_new(void **state)
{
	(void)state;
	one_store_put("a", 3 * FIXTURE_CHUNK, 1);
	scratch_write_seeded(&fixture.scratch, "source", 4 * FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "source", "a");
	one_store_put("a", 1000, 9);
	const struct answer *answer = ask_file("a", 0);
	assert_int_equal(answer->file.versions[0].new_bytes, 1000);
	assert_int_equal(answer->file.versions[1].new_bytes, FIXTURE_CHUNK);
	assert_int_equal(answer->file.versions[2].new_bytes, 3 * FIXTURE_CHUNK);
}

static void test_what_is_new_in_a_version_of_very_many_chunks_is_not_known(void **state)
{
	(void)state;
	one_store_put("a", FIXTURE_CHUNK, 1);
	one_store_put("a", FIXTURE_CHUNK, 2);
	store_fixture_sql(&fixture, "UPDATE version SET extents = 70000 WHERE number = 2");
	store_fixture_sql(&fixture, "INSERT INTO extent WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i "
				    "+ 1 FROM n WHERE i < 69999)"
				    " SELECT e.version, i, e.chunk, NULL, NULL FROM n, version v, extent e"
				    " WHERE v.number = 2 AND e.version = v.id AND e.position = 0");
	const struct answer *answer = ask_file("a", 0);
	assert_true(answer->file.versions[0].new_bytes == INQUIRY_UNKNOWN);
	assert_int_equal(answer->file.versions[1].new_bytes, FIXTURE_CHUNK);
}

/* ---- names that were removed ---- */

static void test_removed_names_are_listed_with_their_last_versions(void **state)
{
	(void)state;
	one_store_put("b", 10, 1);
	one_store_put("b", 20, 2);
	one_store_put("a", 30, 3);
	one_store_put("c", 40, 4);
	drop("b");
	drop("a");
	struct question question = {.kind = QUESTION_FILES, .files = {.filter = "", .removed = true}};
	const struct answer *files = asking_get(&asking, &question);
	assert_int_equal(files->files.count, 2);
	const struct question rows = {.kind = QUESTION_ROWS,
		.rows = {.ids = files->files.ids, .count = files->files.count, .removed = true}};
	const struct answer *answer = asking_get(&asking, &rows);
	assert_int_equal(answer->rows.count, 2);
	assert_string_equal(answer->rows.rows[0].name, "a");
	assert_string_equal(answer->rows.rows[1].name, "b");
	assert_true(answer->rows.rows[1].removed);
	assert_int_equal(answer->rows.rows[1].versions, 2);
	assert_int_equal(answer->rows.rows[1].size_bytes, 20);
	assert_true(answer->rows.rows[1].ended_ms > 0);
	store_fixture_sql(&fixture, "UPDATE version SET died_ms = id * 1000 WHERE died IS NOT NULL");
	question.files.sort = FILE_SORT_STORED;
	assert_int_equal(asking_get(&asking, &question)->files.ids[0], answer->rows.rows[0].id);
	one_store_put("a", 30, 3);
	assert_int_equal(asking_get(&asking, &question)->files.count, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, asked_store_make, asked_store_clean)
	const struct CMUnitTest tests[] = {
		TEST(test_snapshots_come_newest_first_with_their_facts),
		TEST(test_more_snapshots_than_a_list_has_are_said_to_be_there),
		TEST(test_a_diff_tells_what_was_added_removed_and_changed_by_name),
		TEST(test_hidden_differences_are_counted_but_not_listed),
		TEST(test_the_same_content_again_is_no_difference),
		TEST(test_a_folder_is_told_of_only_where_nothing_in_it_is),
		TEST(test_a_snapshot_that_is_not_there_is_a_failure),
		TEST(test_a_diff_of_many_names_counts_all_and_lists_the_first),
		TEST(test_a_diff_that_is_not_wanted_any_more_is_given_up),
		TEST(test_each_version_tells_which_snapshots_hold_it),
		TEST(test_each_version_tells_how_much_of_it_is_new),
		TEST(test_what_is_new_in_a_version_of_very_many_chunks_is_not_known),
		TEST(test_removed_names_are_listed_with_their_last_versions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
