/*
 * The inquiry itself: replacement, giving up, the end; and lists of files, completions and events.
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

static void put(const char *name, size_t size)
{
	scratch_write_seeded(&fixture.scratch, "source", size, size + 7);
	store_fixture_put(&fixture, "source", name);
}

/* Names without content, behind the engine's back: as many as a test of speed needs. */
static void make_many(const char *folder, unsigned count)
{
	char sql[1024];
	snprintf(sql, sizeof(sql),
		"INSERT INTO version (id, file, number, born, kind, size, extents, shared, sha256, mode,"
		" mtime_ns, stored_ms, replication) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
		" FROM n WHERE i < %u) SELECT 1000000 + i, 1000000 + i, 1, 1, 0, i, 0, 0, zeroblob(32), 384,"
		" 0, i, 2 FROM n",
		count);
	store_fixture_sql(&fixture, sql);
	snprintf(sql, sizeof(sql),
		"INSERT INTO file WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
		" WHERE i < %u) SELECT 1000000 + i, CAST('%s' || i AS BLOB), 1000000 + i, 1, 2 FROM n",
		count, folder);
	store_fixture_sql(&fixture, sql);
}

static double now_ms(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static struct question files_by(enum file_sort sort, bool reverse, const char *filter)
{
	return (struct question){
		.kind = QUESTION_FILES, .files = {.filter = filter, .sort = sort, .reverse = reverse}};
}

/* The names of a list of files, as many as there are, with a line's end each. */
static const char *names_of(const struct question *question)
{
	static char names[16384];
	const struct answer *files = asking_get(&asking, question);
	const struct question rows = {
		.kind = QUESTION_ROWS, .rows = {.ids = files->files.ids, .count = files->files.count}};
	const struct answer *answer = asking_get(&asking, &rows);
	assert_int_equal(answer->rows.count, files->files.count);
	size_t length = 0;
	names[0] = '\0';
	for (size_t i = 0; i < answer->rows.count; i++) {
		assert_int_equal(answer->rows.rows[i].id, files->files.ids[i]);
		length += (size_t)snprintf(
			names + length, sizeof(names) - length, "%s\n", answer->rows.rows[i].name);
	}
	return names;
}

static const char *list(enum file_sort sort, bool reverse, const char *filter)
{
	const struct question question = files_by(sort, reverse, filter);
	return names_of(&question);
}

/* ---- lists of files ---- */

static void test_a_list_shows_what_ls_shows(void **state)
{
	(void)state;
	scratch_folder(&fixture.scratch, "tree");
	scratch_folder(&fixture.scratch, "tree/empty");
	scratch_folder(&fixture.scratch, "tree/full");
	scratch_folder(&fixture.scratch, "tree/full/bare");
	scratch_write_seeded(&fixture.scratch, "tree/full/x", 10, 1);
	scratch_write_seeded(&fixture.scratch, "tree/full-not", 10, 2);
	store_fixture_put(&fixture, "tree", NULL);
	put("gone", 5);
	uint64_t removed;
	assert_int_equal(store_remove(fixture.store, "gone", &removed, &fixture.error), 0);
	assert_int_equal(store_fixture_list(&fixture, ""), 0);
	assert_string_equal(list(FILE_SORT_NAME, false, ""), fixture.names);
	assert_non_null(strstr(fixture.names, "tree/empty\n"));
	/* That a folder is empty does not hang on the filter. */
	assert_string_equal(
		list(FILE_SORT_NAME, false, "ull"), "tree/full-not\ntree/full/bare\ntree/full/x\n");
	assert_string_equal(list(FILE_SORT_NAME, false, "l/"), "tree/full/bare\ntree/full/x\n");
	const struct question all = files_by(FILE_SORT_NAME, false, "");
	assert_int_equal(asking_get(&asking, &all)->files.size_bytes, 20);
}

static void test_files_are_sorted_as_asked(void **state)
{
	(void)state;
	put("b", 300);
	put("c", 100);
	put("a", 100);
	put("c", 200);
	uint64_t changed;
	assert_int_equal(store_set_replication(fixture.store, "b", 3, &changed, &fixture.error), 0);
	store_fixture_sql(&fixture, "UPDATE version SET stored_ms = id * 1000");
	assert_string_equal(list(FILE_SORT_NAME, false, ""), "a\nb\nc\n");
	assert_string_equal(list(FILE_SORT_NAME, true, ""), "c\nb\na\n");
	assert_string_equal(list(FILE_SORT_SIZE, false, ""), "b\nc\na\n");
	assert_string_equal(list(FILE_SORT_SIZE, true, ""), "a\nc\nb\n");
	assert_string_equal(list(FILE_SORT_STORED, false, ""), "c\na\nb\n");
	assert_string_equal(list(FILE_SORT_VERSIONS, false, ""), "c\na\nb\n");
	assert_string_equal(list(FILE_SORT_COPIES, false, ""), "b\na\nc\n");
	assert_string_equal(list(FILE_SORT_COPIES, true, ""), "a\nc\nb\n");
}

static void test_a_filter_takes_any_bytes_and_ignores_the_case_of_letters(void **state)
{
	(void)state;
	static char longest[STORE_NAME_MAX + 1];
	memset(longest, 'n', STORE_NAME_MAX);
	longest[STORE_NAME_MAX - 1] = 'Z';
	put("Holiday/B\xc3\xa4r.JPG", 10);
	put("x\xff\xfe\x01\x1b[2J", 10);
	put("it's 100%_*[a]\"", 10);
	put("@\x60", 10);
	put(longest, 10);
	assert_string_equal(list(FILE_SORT_NAME, false, "hOLIDAY/b"), "Holiday/B\xc3\xa4r.JPG\n");
	assert_string_equal(list(FILE_SORT_NAME, false, "\xc3\xa4"), "Holiday/B\xc3\xa4r.JPG\n");
	assert_string_equal(list(FILE_SORT_NAME, false, "\xff\xfe\x01\x1b["), "x\xff\xfe\x01\x1b[2J\n");
	assert_string_equal(list(FILE_SORT_NAME, false, "'s 100%_*[A]\""), "it's 100%_*[a]\"\n");
	/* '@' and '`' differ by the bit that tells the case of letters, and are none. */
	assert_string_equal(list(FILE_SORT_NAME, false, "@@"), "");
	assert_string_equal(list(FILE_SORT_NAME, false, "%"), "it's 100%_*[a]\"\n");
	const char *names = list(FILE_SORT_NAME, false, "nz");
	assert_int_equal(strlen(names), STORE_NAME_MAX + 1);
	assert_memory_equal(names, longest, STORE_NAME_MAX);
	static char filter[3 * STORE_NAME_MAX];
	memset(filter, 'n', sizeof(filter) - 1);
	assert_string_equal(list(FILE_SORT_NAME, false, filter), "");
}

struct at_risk {
	unsigned count;
	char names[4096];
};

static void note_risk(void *context, const struct risk_file *file)
{
	struct at_risk *risk = context;
	if (!file->current)
		return;
	risk->count++;
	char line[300];
	snprintf(line, sizeof(line), "%s\n", file->name);
	strncat(risk->names, line, sizeof(risk->names) - strlen(risk->names) - 1);
}

static void test_files_at_risk_are_those_that_risk_reports(void **state)
{
	(void)state;
	for (int i = 0; i < 12; i++) {
		char name[32];
		snprintf(name, sizeof(name), "file-%02d", i);
		put(name, FIXTURE_CHUNK - (size_t)i);
		if (i % 4 == 0)
			put(name, FIXTURE_CHUNK - 50 -
					  (size_t)i); /* an older version at risk is not the file's */
	}
	scratch_write_seeded(&fixture.scratch, "source", FIXTURE_CHUNK, 99);
	assert_int_equal(store_fixture_try_put(&fixture, "source", "single", 1), 0);
	struct question question = files_by(FILE_SORT_LIVE, false, "");
	question.files.at_risk = true;
	assert_string_equal(names_of(&question), "");
	bool changed;
	assert_int_equal(store_node_fail(fixture.store, "node-2", &changed, &fixture.error), 0);
	struct at_risk risk = {0};
	assert_int_equal(store_risk(fixture.store, NULL, 0, note_risk, &risk, &fixture.error), 0);
	assert_true(risk.count > 0 && risk.count < 13);
	assert_int_equal(asking_get(&asking, &question)->files.count, risk.count);
	assert_string_equal(names_of(&question), risk.names);
	/* Without any live copy comes before with half of them, and these before the others. */
	assert_int_equal(store_node_fail(fixture.store, "node-3", &changed, &fixture.error), 0);
	question.files.at_risk = false;
	const struct answer *files = asking_get(&asking, &question);
	const struct question rows = {
		.kind = QUESTION_ROWS, .rows = {.ids = files->files.ids, .count = files->files.count}};
	const struct answer *answer = asking_get(&asking, &rows);
	assert_int_equal(answer->rows.count, 13);
	for (size_t i = 1; i < 13; i++) {
		const struct answer_file_row *before = &answer->rows.rows[i - 1], *row = before + 1;
		assert_true(before->worst_live * (int)row->want <= row->worst_live * (int)before->want);
	}
	assert_int_equal(answer->rows.rows[0].worst_live, 0);
}

/* ---- completion ---- */

static const char *complete(const char *prefix, size_t limit, bool *more)
{
	static char names[8192];
	const struct question question = {
		.kind = QUESTION_NAMES, .names = {.prefix = prefix, .limit = limit}};
	const struct answer *answer = asking_get(&asking, &question);
	size_t length = 0;
	names[0] = '\0';
	for (size_t i = 0; i < answer->names.count; i++)
		length += (size_t)snprintf(
			names + length, sizeof(names) - length, "%s\n", answer->names.names[i]);
	if (more)
		*more = answer->names.more;
	return names;
}

static void test_names_are_completed_up_to_the_next_slash(void **state)
{
	(void)state;
	bool more;
	static char longest[STORE_NAME_MAX + 1], expected[STORE_NAME_MAX + 2], beyond[2 * STORE_NAME_MAX];
	put("phone", 1);
	put("photos/2024/a", 2);
	put("photos/2024/b", 3);
	put("photos/c", 4);
	put("photos-old", 5);
	put("photos0", 6);
	put("\xff\xff/x", 7);
	memset(longest, 'q', STORE_NAME_MAX);
	put(longest, 8);
	assert_string_equal(complete("pho", 10, &more), "phone\nphotos-old\nphotos/\nphotos0\n");
	assert_false(more);
	assert_string_equal(complete("photos/", 10, NULL), "photos/2024/\nphotos/c\n");
	assert_string_equal(complete("photos/2", 10, NULL), "photos/2024/\n");
	assert_string_equal(complete("photos/2024/a", 10, NULL), "photos/2024/a\n");
	assert_string_equal(complete("photos/2024/aa", 10, NULL), "");
	assert_string_equal(complete("\xff", 10, NULL), "\xff\xff/\n");
	assert_string_equal(complete("P", 10, NULL), "");
	assert_string_equal(complete("ph", 2, &more), "phone\nphotos-old\n");
	assert_true(more);
	assert_string_equal(complete("ph", 0, &more), "");
	assert_true(more);
	snprintf(expected, sizeof(expected), "%s\n", longest);
	assert_string_equal(complete(longest, 10, NULL), expected);
	memset(beyond, 'q', sizeof(beyond) - 1);
	assert_string_equal(complete(beyond, 10, NULL), "");
	uint64_t removed;
	assert_int_equal(store_remove(fixture.store, "photos/", &removed, &fixture.error), 0);
	assert_string_equal(complete("photos", 10, NULL), "photos-old\nphotos0\n");
}

static void test_an_empty_folder_completes_to_nothing_more(void **state)
{
	(void)state;
	scratch_folder(&fixture.scratch, "bare");
	store_fixture_put(&fixture, "bare", NULL);
	assert_string_equal(complete("ba", 10, NULL), "bare/\n");
	assert_string_equal(complete("bare/", 10, NULL), "");
}

static void test_completion_does_not_walk_through_a_folder(void **state)
{
	(void)state;
	make_many("photos/", 50000);
	put("phone", 1);
	double began = now_ms(), fastest = 1e9;
	for (int i = 0; i < 5; i++) {
		began = now_ms();
		assert_string_equal(complete("pho", 10, NULL), "phone\nphotos/\n");
		double took = now_ms() - began;
		fastest = took < fastest ? took : fastest;
	}
	const struct question all = files_by(FILE_SORT_NAME, false, "");
	began = now_ms();
	assert_int_equal(asking_get(&asking, &all)->files.count, 50001);
	assert_true(fastest < (now_ms() - began) / 2);
}

/* ---- events ---- */

static void add_event(enum event_severity severity, const char *code, const char *node, const char *text)
{
	struct catalog *catalog = fixture.store->writer;
	assert_int_equal(catalog_begin(catalog, &fixture.error), 0);
	assert_int_equal(catalog_add_event(catalog, severity, code, node, text, &fixture.error), 0);
	assert_int_equal(catalog_commit(catalog, &fixture.error), 0);
}

static void expect_events(const struct answer *answer, const char *texts, bool older)
{
	char found[2048] = "";
	int64_t last = 0;
	for (size_t i = 0; i < answer->events.count; i++) {
		assert_true(answer->events.events[i].id > last);
		last = answer->events.events[i].id;
		strncat(found, answer->events.events[i].text, 60);
		strncat(found, " ", 2);
	}
	assert_string_equal(found, texts);
	assert_int_equal(answer->events.older, older);
}

static void test_events_are_the_newest_that_match_and_come_oldest_first(void **state)
{
	(void)state;
	store_fixture_sql(&fixture, "DELETE FROM event");
	add_event(EVENT_INFO, "put", "", "one");
	add_event(EVENT_WARNING, "node_slow", "node-1", "Two");
	add_event(EVENT_ERROR, "replica_bad", "node-2", "three\x1b[2J\xff");
	add_event(EVENT_NOTICE, "put", "node-1", "four");
	struct question question = {.kind = QUESTION_EVENTS,
		.events = {.filter = "", .node = "", .least = EVENT_INFO, .limit = 10}};
	const struct answer *answer = asking_get(&asking, &question);
	expect_events(answer, "one Two three\x1b[2J\xff four ", false);
	int64_t third = answer->events.events[2].id;
	assert_string_equal(answer->events.events[1].code, "node_slow");
	assert_string_equal(answer->events.events[1].node, "node-1");
	question.events.limit = 2;
	expect_events(asking_get(&asking, &question), "three\x1b[2J\xff four ", true);
	question.events.before = third;
	expect_events(asking_get(&asking, &question), "one Two ", false);
	question.events.limit = 1;
	expect_events(asking_get(&asking, &question), "Two ", true);
	question.events.limit = INQUIRY_EVENTS_MAX + 1000;
	question.events.before = 0;
	question.events.least = EVENT_WARNING;
	expect_events(asking_get(&asking, &question), "Two three\x1b[2J\xff ", false);
	question.events.node = "node-1";
	expect_events(asking_get(&asking, &question), "Two ", false);
	question.events.least = EVENT_INFO;
	question.events.filter = "PUT";
	expect_events(asking_get(&asking, &question), "four ", false);
	question.events.node = "";
	question.events.filter = "NODE-2";
	expect_events(asking_get(&asking, &question), "three\x1b[2J\xff ", false);
	question.events.filter = "tWO";
	expect_events(asking_get(&asking, &question), "Two ", false);
	question.events.filter = "five";
	expect_events(asking_get(&asking, &question), "", false);
}

/* ---- the inquiry itself ---- */

static void test_a_question_that_waits_is_replaced(void **state)
{
	(void)state;
	put("one", 10);
	put("two", 10);
	const struct question pairs = {.kind = QUESTION_PAIRS};
	atomic_store(&asking.hold, true);
	uint64_t held = asking_put(&asking, &pairs);
	asking_wait(&asking, QUESTION_PAIRS, held);
	/* The thread is in wake() now, and takes nothing. */
	char filter[8] = "one";
	const struct question first = files_by(FILE_SORT_NAME, false, filter);
	asking_put(&asking, &first);
	strcpy(filter, "two");
	uint64_t second = asking_put(&asking, &first);
	strcpy(filter, "???");
	assert_true(inquiry_is_busy(asking.inquiry, QUESTION_FILES));
	atomic_store(&asking.hold, false);
	const struct answer *answer = asking_wait(&asking, QUESTION_FILES, second);
	assert_int_equal(answer->files.count, 1);
	while (inquiry_is_busy(asking.inquiry, QUESTION_FILES))
		continue;
	asking_get(&asking, &pairs);
	assert_int_equal(atomic_load(&asking.answers), 3);
}

static void test_a_question_under_way_is_given_up_for_a_newer_one(void **state)
{
	(void)state;
	make_many("many/", 200000);
	const struct question slow = files_by(FILE_SORT_SIZE, false, "");
	const struct question pairs = {.kind = QUESTION_PAIRS};
	double began = now_ms();
	assert_int_equal(asking_get(&asking, &slow)->files.count, 200000);
	double whole = now_ms() - began;
	unsigned before = atomic_load(&asking.answers);
	began = now_ms();
	uint64_t last = 0;
	for (int i = 0; i < 40; i++) {
		last = asking_put(&asking, &slow);
		nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	}
	const struct answer *answer = asking_wait(&asking, QUESTION_FILES, last);
	assert_int_equal(answer->files.count, 200000);
	assert_null(answer->failure);
	asking_get(&asking, &pairs);
	/* Had each been answered, it would have taken as long as forty; a busy machine may let one or two through. */
	assert_true(now_ms() - began < 20 * whole);
	assert_true(atomic_load(&asking.answers) - before < 20);
}

static void test_kinds_take_turns(void **state)
{
	(void)state;
	make_many("many/", 100000);
	const struct question slow = files_by(FILE_SORT_SIZE, false, "");
	const struct question quick = {.kind = QUESTION_NAMES, .names = {.prefix = "ma", .limit = 5}};
	asking_put(&asking, &slow);
	uint64_t ticket = asking_put(&asking, &quick);
	for (int i = 0; i < 50; i++) {
		asking_put(&asking, &slow);
		const struct answer *answer = inquiry_answer(asking.inquiry, QUESTION_NAMES);
		bool came = answer && answer->ticket == ticket;
		answer_unref(answer);
		if (came)
			return;
		nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	}
	fail_msg("a slow kind starves a quick one");
}

static void test_closing_gives_up_at_once(void **state)
{
	(void)state;
	make_many("many/", 300000);
	const struct question slow = files_by(FILE_SORT_SIZE, false, "");
	double began = now_ms();
	asking_get(&asking, &slow);
	double whole = now_ms() - began;
	double fastest = 1e9;
	for (int i = 0; i < 5; i++) {
		struct inquiry *inquiry;
		assert_int_equal(inquiry_open(fixture.store, NULL, NULL, &inquiry, &fixture.error), 0);
		inquiry_ask(inquiry, &slow);
		nanosleep(&(struct timespec){.tv_nsec = 3000000}, NULL);
		began = now_ms();
		inquiry_close(inquiry);
		double took = now_ms() - began;
		fastest = took < fastest ? took : fastest;
	}
	assert_true(fastest < whole / 4);
	inquiry_close(NULL);
}

static void test_an_answer_outlives_the_inquiry(void **state)
{
	(void)state;
	put("file", 10);
	struct inquiry *inquiry;
	assert_int_equal(inquiry_open(fixture.store, NULL, NULL, &inquiry, &fixture.error), 0);
	assert_null(inquiry_answer(inquiry, QUESTION_NAMES));
	const struct question question = {.kind = QUESTION_NAMES, .names = {.prefix = "f", .limit = 5}};
	inquiry_ask(inquiry, &question);
	while (inquiry_is_busy(inquiry, QUESTION_NAMES))
		continue;
	const struct answer *answer = inquiry_answer(inquiry, QUESTION_NAMES);
	assert_ptr_equal(answer_ref(answer), answer);
	answer_unref(answer);
	inquiry_close(inquiry);
	assert_string_equal(answer->names.names[0], "file");
	answer_unref(answer);
	answer_unref(NULL);
}

static void test_an_inquiry_sees_each_commit_and_changes_none(void **state)
{
	(void)state;
	const struct question question = files_by(FILE_SORT_NAME, false, "");
	const struct answer *before = asking_get(&asking, &question);
	put("file", 10);
	const struct answer *after = asking_get(&asking, &question);
	assert_int_equal(before->files.count, 0);
	assert_int_equal(after->files.count, 1);
	assert_true(after->sequence > before->sequence);
	assert_int_equal(after->sequence, store_fixture_sql(&fixture, "SELECT sequence FROM state"));
}

static void test_a_damaged_catalog_is_said_in_a_sentence(void **state)
{
	(void)state;
	put("file", 10);
	store_fixture_sql(&fixture, "UPDATE chunk SET copyset = 77");
	const struct question question = {.kind = QUESTION_ROWS, .rows = {.ids = (int64_t[]){1}, .count = 1}};
	assert_non_null(strstr(asking_fail(&asking, &question), "copyset 77"));
	store_fixture_sql(&fixture, "ALTER TABLE file RENAME TO lost");
	const struct question all = files_by(FILE_SORT_NAME, false, "");
	assert_non_null(strstr(asking_fail(&asking, &all), "no such table"));
	store_fixture_sql(&fixture, "ALTER TABLE lost RENAME TO file");
	assert_int_equal(asking_get(&asking, &all)->files.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, asked_store_make, asked_store_clean)
		TEST(test_a_list_shows_what_ls_shows),
		TEST(test_files_are_sorted_as_asked),
		TEST(test_a_filter_takes_any_bytes_and_ignores_the_case_of_letters),
		TEST(test_files_at_risk_are_those_that_risk_reports),
		TEST(test_names_are_completed_up_to_the_next_slash),
		TEST(test_an_empty_folder_completes_to_nothing_more),
		TEST(test_completion_does_not_walk_through_a_folder),
		TEST(test_events_are_the_newest_that_match_and_come_oldest_first),
		TEST(test_a_question_that_waits_is_replaced),
		TEST(test_a_question_under_way_is_given_up_for_a_newer_one),
		TEST(test_kinds_take_turns),
		TEST(test_closing_gives_up_at_once),
		TEST(test_an_answer_outlives_the_inquiry),
		TEST(test_an_inquiry_sees_each_commit_and_changes_none),
		TEST(test_a_damaged_catalog_is_said_in_a_sentence),
	};
	return cmocka_run_group_tests_name("inquiry", tests, NULL, NULL);
}
