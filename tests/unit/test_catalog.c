/*
 * The catalog: only its own database is opened, transactions are all or nothing also between processes, versions are
 * counted and kept, and the counters of copysets are at any time what counting the chunks gives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "engine/catalog.h"
#include "engine/network.h"
#include "tests/support/catalog_fixture.h"
#include "tests/support/old_catalog.h"

static void store_version(
	const char *name, unsigned replication_factor, const int64_t *chunks, unsigned count, uint64_t number)
{
	static struct catalog_entry entry;
	memset(&entry, 0, sizeof(entry));
	snprintf(entry.name, sizeof(entry.name), "%s", name);
	entry.kind = ENTRY_FILE;
	entry.size = 10;
	entry.extents = count;
	entry.replication_factor = replication_factor;
	check(catalog_begin_version(catalog, replication_factor, &entry.version_id, &error));
	for (unsigned i = 0; i < count; i++)
		check(catalog_add_extent(catalog, entry.version_id,
			&(struct catalog_extent){.position = i, .chunk = chunks[i]}, &error));
	check(catalog_finish_version(catalog, entry.version_id, &entry, &error));
	if (number)
		assert_int_equal(entry.number, number);
}

static void test_a_catalog_is_made_once(void **state)
{
	(void)state;
	assert_string_equal(catalog_store_uuid(catalog), STORE);
	assert_int_equal(catalog_create(&mock.env, catalog_fixture_path(), STORE, &error), -1);
	assert_int_equal(error.code, ERROR_EXISTS);
	assert_int_equal(scratch_count(&scratch, "") <= 4, 1);
}

static void expect_refusal(const char *name, enum error_code code)
{
	struct catalog *other = NULL;
	assert_int_equal(catalog_open(&mock.env, scratch_path(&scratch, name), &other, &error), -1);
	assert_int_equal(error.code, code);
}

static void test_what_is_no_catalog_is_refused(void **state)
{
	(void)state;
	uint8_t garbage[8192];
	scratch_fill(garbage, sizeof(garbage), 1);
	scratch_write(&scratch, "garbage.db", garbage, sizeof(garbage));
	expect_refusal("garbage.db", ERROR_DAMAGED);
	scratch_expect(&scratch, "garbage.db", garbage, sizeof(garbage));
	scratch_write(&scratch, "empty.db", "", 0);
	expect_refusal("empty.db", ERROR_DAMAGED);
	expect_refusal("none.db", ERROR_IO);
	char next[64];
	snprintf(next, sizeof(next), "PRAGMA user_version = %d", CATALOG_FORMAT + 1);
	sql(next);
	expect_refusal("catalog.db", ERROR_REFUSED);
}

static void bring_up_to_date(int format)
{
	check(catalog_begin(catalog, &error));
	store_version("name", 2, NULL, 0, 1);
	store_version("name", 2, NULL, 0, 2);
	check(catalog_add_event(catalog, EVENT_INFO, "put", "", "stored", &error));
	check(catalog_commit(catalog, &error));
	catalog_close(catalog);
	assert_true(old_catalog_make(catalog_fixture_path(), format));
	check(catalog_open(&mock.env, catalog_fixture_path(), &catalog, &error));
	struct catalog_state after;
	check(catalog_read_state(catalog, &after, &error));
	assert_int_equal(after.files, 1);
	assert_int_equal(after.last_version, 2);
	assert_int_equal(after.journal, after.sequence);
	assert_int_equal(sql("SELECT died_ms IS NOT NULL FROM version WHERE number = 1"), 1);
	check(catalog_begin(catalog, &error));
	check(catalog_add_stray(catalog, 1, &(struct digest){{1}}, &error));
	check(catalog_set_node_draining(catalog, 1, true, &error));
	check(catalog_set_link(catalog, "a", "b", &(struct link_settings){.cut = true}, &error));
	check(catalog_add_event(catalog, EVENT_INFO, "put", "", "stored", &error));
	check(catalog_commit(catalog, &error));
	/* Once is enough. */
	catalog_close(catalog);
	check(catalog_open(&mock.env, catalog_fixture_path(), &catalog, &error));
}

static void test_a_catalog_of_format_1_is_brought_up_to_date(void **state)
{
	(void)state;
	bring_up_to_date(1);
}

static void test_a_catalog_of_format_2_is_brought_up_to_date(void **state)
{
	(void)state;
	bring_up_to_date(2);
}

static void test_a_catalog_of_format_3_is_brought_up_to_date(void **state)
{
	(void)state;
	bring_up_to_date(3);
}

struct seen_links {
	unsigned count;
	struct catalog_link last;
};

static int see_link(void *context, const struct catalog_link *link, struct error *why)
{
	(void)why;
	struct seen_links *seen = context;
	seen->count++;
	seen->last = *link;
	return 0;
}

static struct seen_links see_links(void)
{
	struct seen_links seen = {.count = 0};
	check(catalog_each_link(catalog, see_link, &seen, &error));
	return seen;
}

static void test_a_link_is_kept_exactly_and_once_for_each_direction(void **state)
{
	(void)state;
	const struct link_settings settings = {.latency_ms = 3600000,
		.jitter_ms = 1,
		.bandwidth = LINK_BANDWIDTH_MAX,
		.loss = 0.1,
		.cut = true};
	check(catalog_begin(catalog, &error));
	check(catalog_set_link(catalog, "a", "client", &(struct link_settings){.loss = 1}, &error));
	check(catalog_set_link(catalog, "a", "client", &settings, &error));
	check(catalog_commit(catalog, &error));
	struct seen_links seen = see_links();
	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.last.from, "a");
	assert_string_equal(seen.last.to, "client");
	assert_true(link_settings_equal(&seen.last.settings, &settings));
	check(catalog_begin(catalog, &error));
	check(catalog_set_link(catalog, "client", "b", &settings, &error));
	check(catalog_remove_links(catalog, "a", &error));
	check(catalog_commit(catalog, &error));
	seen = see_links();
	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.last.to, "b");
	check(catalog_begin(catalog, &error));
	check(catalog_remove_links(catalog, NULL, &error));
	check(catalog_commit(catalog, &error));
	assert_int_equal(see_links().count, 0);
}

static void test_transactions_are_all_or_nothing(void **state)
{
	(void)state;
	struct catalog_state before, after;
	check(catalog_read_state(catalog, &before, &error));
	check(catalog_begin(catalog, &error));
	store_version("name", 2, NULL, 0, 1);
	catalog_rollback(catalog);
	check(catalog_read_state(catalog, &after, &error));
	assert_memory_equal(&before, &after, sizeof(before));
	check(catalog_begin(catalog, &error));
	store_version("name", 2, NULL, 0, 1);
	check(catalog_commit(catalog, &error));
	check(catalog_read_state(catalog, &after, &error));
	assert_int_equal(after.sequence, before.sequence + 1);
	assert_int_equal(after.files, 1);
}

static void test_damage_is_found_and_called_by_its_name(void **state)
{
	(void)state;
	sqlite3 *db;
	check(catalog_check(catalog, &error));
	catalog_close(catalog);
	catalog = NULL;
	assert_int_equal(sqlite3_open(catalog_fixture_path(), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				 "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage ="
				 " (SELECT rootpage FROM sqlite_schema WHERE name = 'stray')"
				 " WHERE name = 'request'",
				 NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	check(catalog_open(&mock.env, catalog_fixture_path(), &catalog, &error));
	assert_int_equal(catalog_check(catalog, &error), -1);
	assert_int_equal(error.code, ERROR_DAMAGED);
	assert_non_null(strstr(error.message, "catalog.db is damaged: "));
	assert_non_null(strstr(error.message, "; 'linckia rebuild' makes it anew from the nodes"));
	assert_null(strchr(error.message, '\n'));
}

/* Else it would begin to count anew, and what it then commits be older than what the nodes know. */
static void test_a_catalog_without_its_counters_is_damaged(void **state)
{
	(void)state;
	struct catalog_state counters;
	(void)sql("DELETE FROM state");
	assert_int_equal(catalog_read_state(catalog, &counters, &error), -1);
	assert_int_equal(error.code, ERROR_DAMAGED);
	error_clear(&error);
	assert_int_equal(catalog_begin(catalog, &error), -1);
	assert_int_equal(error.code, ERROR_DAMAGED);
	(void)sql("INSERT INTO state VALUES (1, 0, 0, 0, 0, 0, 0, 0)");
	check(catalog_begin(catalog, &error));
	catalog_rollback(catalog);
}

static void test_versions_count_from_one_and_outlive_the_name(void **state)
{
	(void)state;
	static struct catalog_entry entry;
	int64_t unfinished;
	check(catalog_begin(catalog, &error));
	for (uint64_t i = 1; i <= 3; i++)
		store_version("name", 2, NULL, 0, i);
	check(catalog_begin_version(catalog, 2, &unfinished, &error));
	check(catalog_commit(catalog, &error));
	assert_int_equal(catalog_list(catalog, "", NULL, CATALOG_NOW, &entry, 1, &error), 1);
	assert_int_equal(entry.number, 3);
	check(catalog_begin(catalog, &error));
	assert_int_equal(catalog_remove(catalog, "name", &error), 1);
	assert_int_equal(catalog_remove(catalog, "name", &error), 0);
	check(catalog_commit(catalog, &error));
	assert_int_equal(catalog_find_entry(catalog, "name", 0, &entry, &error), 0);
	assert_int_equal(catalog_find_entry(catalog, "name", 2, &entry, &error), 1);
	check(catalog_begin(catalog, &error));
	store_version("name", 2, NULL, 0, 4);
	check(catalog_abandon_version(catalog, unfinished, &error));
	check(catalog_commit(catalog, &error));
	assert_int_equal(sql("SELECT count(*) FROM version WHERE file IS NULL"), 0);
}

static void test_processes_take_turns(void **state)
{
	(void)state;
	enum { PROCESSES = 3, COMMITS = 40 };
	catalog_close(catalog);
	catalog = NULL;
	pid_t children[PROCESSES];
	for (int i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] > 0)
			continue;
		int bad = catalog_open(&mock.env, catalog_fixture_path(), &catalog, &error) < 0;
		for (int j = 0; !bad && j < COMMITS; j++) {
			bad = catalog_begin(catalog, &error) < 0 ||
			      catalog_add_event(catalog, EVENT_INFO, "test", "", "text", &error) < 0 ||
			      catalog_commit(catalog, &error) < 0;
		}
		if (bad)
			fprintf(stderr, "%s\n", error.message);
		_exit(bad);
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status;
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	check(catalog_open(&mock.env, catalog_fixture_path(), &catalog, &error));
	struct catalog_state now;
	check(catalog_read_state(catalog, &now, &error));
	assert_int_equal(now.sequence, PROCESSES * COMMITS);
	assert_int_equal(sql("SELECT count(*) FROM event"), PROCESSES * COMMITS);
}

/* ---- copysets ---- */

static unsigned draw(unsigned below)
{
	return (unsigned)(mock.dice.next(&mock.dice) % below);
}

static void draw_nodes(struct catalog_chunk *chunk)
{
	chunk->node_count = 0;
	for (uint16_t id = 1; id <= 5; id++)
		if (draw(2))
			chunk->nodes[chunk->node_count++] = id;
}

static void check_counters(void)
{
	assert_int_equal(
		sql("SELECT count(*) FROM copyset s WHERE s.chunks <> (SELECT count(*) FROM chunk c WHERE "
		    "c.copyset = s.id)"
		    " OR s.bytes <> (SELECT coalesce(sum(size), 0) FROM chunk c WHERE c.copyset = s.id)"),
		0);
	/* Every chunk that files use is wanted as often as the most demanding of them says. */
	assert_int_equal(sql("SELECT count(*) FROM chunk c JOIN copyset s ON s.id = c.copyset WHERE s.want <"
			     " (SELECT max(f.replication) FROM extent e JOIN version v ON v.id = e.version"
			     "  JOIN file f ON f.id = v.file WHERE e.chunk = c.id)"),
		0);
}

static void change_something(struct digest *digests, unsigned *count, unsigned most)
{
	struct catalog_chunk chunk = {.node_count = 0};
	char name[16];
	snprintf(name, sizeof(name), "file-%u", draw(10));
	unsigned kind = draw(6);
	if (kind == 0 || *count == 0) {
		if (*count == most)
			return;
		digests[*count] = digest_of(count, sizeof(*count));
		chunk = (struct catalog_chunk){.digest = digests[*count], .size = 1 + draw(1000), .want = 4};
		draw_nodes(&chunk);
		check(catalog_add_chunk(catalog, &chunk, &error));
		(*count)++;
		return;
	}
	assert_int_equal(catalog_find_chunk(catalog, &digests[draw(*count)], &chunk, &error), 1);
	if (kind == 1) {
		draw_nodes(&chunk);
		check(catalog_place_chunk(catalog, &chunk, &error));
	} else if (kind == 2) {
		check(catalog_add_bad_replica(catalog, &chunk, (uint16_t)(1 + draw(5)), "test", &error));
	} else if (kind == 3) {
		check(catalog_clear_bad_replicas(catalog, chunk.id, &error));
	} else if (kind == 4) {
		check(catalog_set_replication(catalog, name, 1 + draw(4), &error));
	} else {
		int64_t some[3];
		unsigned replication_factor = 1 + draw(4);
		for (int i = 0; i < 3; i++) {
			assert_int_equal(
				catalog_find_chunk(catalog, &digests[draw(*count)], &chunk, &error), 1);
			some[i] = chunk.id;
			/* Whoever stores a file sees to it that its chunks are wanted often enough. */
			if (chunk.want >= replication_factor)
				continue;
			chunk.want = replication_factor;
			check(catalog_place_chunk(catalog, &chunk, &error));
		}
		store_version(name, replication_factor, some, 3, 0);
	}
}

static void test_counters_of_copysets_follow_every_change(void **state)
{
	(void)state;
	enum { MOST = 100 };
	struct digest digests[MOST];
	unsigned count = 0;
	for (int round = 0; round < 30; round++) {
		check(catalog_begin(catalog, &error));
		unsigned before = count;
		for (int i = 0; i < 20; i++)
			change_something(digests, &count, MOST);
		if (round % 5 == 4) {
			catalog_rollback(catalog);
			count = before;
		} else {
			check(catalog_commit(catalog, &error));
		}
		check_counters();
	}
}

/* ---- events ---- */

static void note_event(void *context, const struct view_event *event)
{
	*(int64_t *)context = event->id;
}

static void test_old_events_are_trimmed_and_pages_are_in_order(void **state)
{
	(void)state;
	int64_t start, last = 0;
	enum { EVENTS = CATALOG_EVENTS_KEPT + 3000 };
	check(catalog_begin(catalog, &error));
	for (int i = 0; i < EVENTS; i++)
		check(catalog_add_event(catalog, EVENT_INFO, "test", "", "text", &error));
	check(catalog_commit(catalog, &error));
	assert_true(sql("SELECT count(*) FROM event") < CATALOG_EVENTS_KEPT + 1024);
	check(catalog_event_start(catalog, 10, &start, &error));
	assert_int_equal(start, EVENTS - 10);
	check(catalog_each_event(catalog, start, 4, note_event, &last, &error));
	assert_int_equal(last, EVENTS - 6);
}

static void test_health_is_remembered(void **state)
{
	(void)state;
	enum health health;
	int64_t since;
	assert_int_equal(catalog_read_health(catalog, &health, &since, &error), 0);
	check(catalog_begin(catalog, &error));
	check(catalog_write_health(catalog, HEALTH_DEGRADED, 12345, &error));
	check(catalog_commit(catalog, &error));
	assert_int_equal(catalog_read_health(catalog, &health, &since, &error), 1);
	assert_int_equal(health, HEALTH_DEGRADED);
	assert_int_equal(since, 12345);
}

/* Another program's database is left as it is, down to its journal mode. */
static void test_a_foreign_database_is_not_changed_by_the_refusal(void **state)
{
	(void)state;
	sqlite3 *db;
	size_t size;
	assert_int_equal(sqlite3_open(scratch_path(&scratch, "foreign.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE t (a); INSERT INTO t VALUES (1)", NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	uint8_t *before = scratch_read(&scratch, "foreign.db", &size), after[8192];
	expect_refusal("foreign.db", ERROR_DAMAGED);
	FILE *file = fopen(scratch_path(&scratch, "foreign.db"), "r");
	assert_non_null(file);
	size_t found = fread(after, 1, sizeof(after), file);
	fclose(file);
	bool same = found == size && memcmp(before, after, size) == 0;
	free(before);
	assert_true(same);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, catalog_fixture_make, catalog_fixture_remove)
	const struct CMUnitTest tests[] = {
		TEST(a_catalog_is_made_once),
		TEST(what_is_no_catalog_is_refused),
		TEST(a_catalog_of_format_1_is_brought_up_to_date),
		TEST(a_catalog_of_format_2_is_brought_up_to_date),
		TEST(a_catalog_of_format_3_is_brought_up_to_date),
		TEST(a_link_is_kept_exactly_and_once_for_each_direction),
		TEST(transactions_are_all_or_nothing),
		TEST(damage_is_found_and_called_by_its_name),
		TEST(a_catalog_without_its_counters_is_damaged),
		TEST(versions_count_from_one_and_outlive_the_name),
		TEST(processes_take_turns),
		TEST(counters_of_copysets_follow_every_change),
		TEST(old_events_are_trimmed_and_pages_are_in_order),
		TEST(health_is_remembered),
		TEST(a_foreign_database_is_not_changed_by_the_refusal),
	};
	return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
