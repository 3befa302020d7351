/*
 * How versions, extents and chunks leave the catalog.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "engine/catalog_collect.h"
#include "tests/support/catalog_fixture.h"

static int make(void **state)
{
	catalog_fixture_make(state);
	env_mock_set_clock(&mock, 1000, 1);
	check(catalog_begin(catalog, &error));
	for (int i = 0; i < 4; i++) {
		char uuid[UUID_SIZE], name[16];
		uint16_t id;
		snprintf(uuid, sizeof(uuid), "11111111-1111-4111-8111-11111111111%d", i);
		snprintf(name, sizeof(name), "node-%d", i);
		check(catalog_add_node(catalog, name, uuid, &id, &error));
	}
	check(catalog_commit(catalog, &error));
	return 0;
}

/* The counters that are kept are those that counting would give. */
static void check_counters(void)
{
	assert_int_equal(sql("SELECT versions FROM state"),
		sql("SELECT count(*) FROM version WHERE file IS NOT NULL AND kind <> 2"));
	assert_int_equal(
		sql("SELECT count(*) FROM copyset s WHERE chunks <> (SELECT count(*) FROM chunk c"
		    " WHERE c.copyset = s.id) OR bytes <> (SELECT coalesce(sum(size), 0) FROM chunk c"
		    " WHERE c.copyset = s.id)"),
		0);
	/* Each chunk that is not unused wants what its users add up to. */
	assert_int_equal(
		sql("SELECT count(*) FROM chunk c JOIN copyset s ON s.id = c.copyset"
		    " WHERE c.id NOT IN (SELECT chunk FROM unused) AND s.want <> (SELECT max(f.replication)"
		    " FROM extent e JOIN version v ON v.id = e.version JOIN file f ON f.id = v.file"
		    " WHERE e.chunk = c.id)"),
		0);
}

static int64_t add_chunk(unsigned char seed, unsigned want)
{
	struct catalog_chunk chunk = {
		.digest = {{seed}}, .size = 100 + seed, .want = want, .nodes = {1, 2}, .node_count = 2};
	check(catalog_add_chunk(catalog, &chunk, &error));
	return chunk.id;
}

static int64_t unfinished(unsigned replication_factor, const int64_t *chunks, unsigned count)
{
	int64_t id;
	check(catalog_begin_version(catalog, replication_factor, &id, &error));
	for (unsigned i = 0; i < count; i++)
		check(catalog_add_extent(
			catalog, id, &(struct catalog_extent){.position = i, .chunk = chunks[i]}, &error));
	return id;
}

static int64_t store(const char *name, unsigned replication_factor, const int64_t *chunks, unsigned count)
{
	static struct catalog_entry entry;
	memset(&entry, 0, sizeof(entry));
	snprintf(entry.name, sizeof(entry.name), "%s", name);
	entry.kind = name[strlen(name) - 1] == '/' ? ENTRY_FOLDER : ENTRY_FILE;
	entry.extents = count;
	entry.replication_factor = replication_factor;
	int64_t id = unfinished(replication_factor, chunks, count);
	check(catalog_finish_version(catalog, id, &entry, &error));
	return id;
}

static void snapshot(const char *name)
{
	char text[200];
	snprintf(text, sizeof(text),
		"INSERT INTO snapshot (name, sequence, created_ms, files, bytes)"
		" VALUES ('%s', (SELECT sequence FROM state), 0, 0, 0)",
		name);
	sql(text);
}

/* Collects a version and releases all its extents. */
static void collect(int64_t id)
{
	bool more = true;
	check(catalog_begin(catalog, &error));
	assert_int_equal(catalog_collect_version(catalog, id, &error), 1);
	while (more)
		check(catalog_release_extents(catalog, id, 2, &more, &error));
	check(catalog_commit(catalog, &error));
	check_counters();
}

static void test_a_chunk_goes_after_its_last_user(void **state)
{
	(void)state;
	struct catalog_chunk gone;
	check(catalog_begin(catalog, &error));
	int64_t a = add_chunk(1, 2), b = add_chunk(2, 2), c = add_chunk(3, 2);
	int64_t first = store("file", 2, (int64_t[]){a, b, a, a, c}, 5);
	store("file", 2, (int64_t[]){a, a}, 2);
	check(catalog_commit(catalog, &error));
	collect(first);
	assert_int_equal(sql("SELECT count(*) FROM unused"), 2);
	assert_int_equal(sql("SELECT count(*) FROM version"), 1);
	assert_int_equal(sql("SELECT count(*) FROM extent"), 2);
	int64_t ids[4];
	assert_int_equal(catalog_page_unused(catalog, 999, ids, 4, &error), 0);
	assert_int_equal(catalog_page_unused(catalog, 1000, ids, 4, &error), 2);
	check(catalog_begin(catalog, &error));
	assert_int_equal(catalog_collect_chunk(catalog, b, &gone, &error), 1);
	assert_int_equal(gone.size, 102);
	check(catalog_commit(catalog, &error));
	check_counters();
	assert_int_equal(sql("SELECT count(*) FROM stray"), 2);
	assert_int_equal(sql("SELECT count(*) FROM chunk"), 2);
	assert_int_equal(catalog_has_stray(catalog, 1, &gone.digest, &error), 1);
	assert_int_equal(catalog_has_stray(catalog, 3, &gone.digest, &error), 0);
}

static void test_a_user_of_a_chunk_that_is_not_there_is_told_of(void **state)
{
	(void)state;
	bool more;
	check(catalog_begin(catalog, &error));
	int64_t a = add_chunk(1, 2);
	int64_t first = store("file", 2, &a, 1);
	store("file", 2, &a, 1);
	check(catalog_commit(catalog, &error));
	(void)sql("DELETE FROM chunk");
	error_clear(&error);
	check(catalog_begin(catalog, &error));
	assert_int_equal(catalog_collect_version(catalog, first, &error), 1);
	assert_int_equal(catalog_release_extents(catalog, first, 2, &more, &error), -1);
	assert_int_equal(error.code, ERROR_DAMAGED);
	catalog_rollback(catalog);
}

static void test_a_chunk_that_is_used_again_stays(void **state)
{
	(void)state;
	struct catalog_chunk gone;
	check(catalog_begin(catalog, &error));
	int64_t a = add_chunk(1, 2);
	int64_t first = store("file", 2, &a, 1);
	store("file", 2, NULL, 0);
	check(catalog_commit(catalog, &error));
	collect(first);
	check(catalog_begin(catalog, &error));
	store("other", 2, &a, 1);
	check(catalog_commit(catalog, &error));
	check(catalog_begin(catalog, &error));
	assert_int_equal(catalog_collect_chunk(catalog, a, &gone, &error), 0);
	check(catalog_commit(catalog, &error));
	assert_int_equal(sql("SELECT count(*) FROM chunk"), 1);
	assert_int_equal(sql("SELECT count(*) FROM unused"), 0);
	assert_int_equal(sql("SELECT count(*) FROM stray"), 0);
	check_counters();
}

static void test_a_chunk_that_is_used_again_wants_what_its_new_user_wants(void **state)
{
	(void)state;
	struct catalog_chunk gone;
	check(catalog_begin(catalog, &error));
	int64_t a = add_chunk(1, 2);
	int64_t first = store("file", 2, &a, 1);
	check(catalog_remove(catalog, "file", &error));
	check(catalog_commit(catalog, &error));
	collect(first);
	check(catalog_begin(catalog, &error));
	store("other", 1, &a, 1);
	assert_int_equal(catalog_collect_chunk(catalog, a, &gone, &error), 0);
	check(catalog_commit(catalog, &error));
	assert_int_equal(sql("SELECT want FROM copyset WHERE chunks > 0"), 1);
	check_counters();
}

static void test_a_pack_stays_for_its_last_file_and_wants_what_that_wants(void **state)
{
	(void)state;
	int64_t ids[3];
	check(catalog_begin(catalog, &error));
	int64_t pack = add_chunk(1, 4);
	ids[0] = store("a", 4, &pack, 1);
	ids[1] = store("b", 3, &pack, 1);
	ids[2] = store("c", 2, &pack, 1);
	for (int i = 0; i < 3; i++)
		check(catalog_remove(catalog, (const char *[]){"a", "b", "c"}[i], &error));
	check(catalog_commit(catalog, &error));
	check_counters();
	collect(ids[0]);
	assert_int_equal(sql("SELECT want FROM copyset WHERE chunks > 0"), 3);
	collect(ids[1]);
	assert_int_equal(sql("SELECT want FROM copyset WHERE chunks > 0"), 2);
	assert_int_equal(sql("SELECT count(*) FROM unused"), 0);
	collect(ids[2]);
	assert_int_equal(sql("SELECT chunk FROM unused"), pack);
	assert_int_equal(sql("SELECT count(*) FROM file"), 0);
}

static void test_what_is_current_or_in_a_snapshot_cannot_go(void **state)
{
	(void)state;
	check(catalog_begin(catalog, &error));
	int64_t first = store("file", 2, NULL, 0);
	check(catalog_commit(catalog, &error));
	snapshot("held");
	check(catalog_begin(catalog, &error));
	int64_t second = store("file", 2, NULL, 0);
	check(catalog_commit(catalog, &error));
	snapshot("current");
	check(catalog_begin(catalog, &error));
	assert_int_equal(catalog_collect_version(catalog, first, &error), 0);
	assert_int_equal(catalog_collect_version(catalog, second, &error), 0);
	assert_int_equal(catalog_collect_version(catalog, 12345, &error), 0);
	assert_int_equal(catalog_remove(catalog, "file", &error), 1);
	check(catalog_commit(catalog, &error));
	static struct catalog_ended page[4];
	struct catalog_ended_cursor cursor = {0};
	assert_int_equal(catalog_page_ended(catalog, &cursor, INT64_MAX, 9, page, 4, &error), 2);
	assert_true(page[0].facts.held && page[1].facts.held && page[0].facts.removed);
	assert_int_equal(page[0].facts.newer, 1);
	assert_int_equal(page[1].facts.newer, 0);
	sql("DELETE FROM snapshot WHERE name = 'held'");
	check(catalog_begin(catalog, &error));
	assert_int_equal(catalog_collect_version(catalog, first, &error), 1);
	assert_int_equal(catalog_collect_version(catalog, second, &error), 0);
	check(catalog_commit(catalog, &error));
	assert_int_equal(sql("SELECT count(*) FROM file"), 1);
	check_counters();
}

static void test_a_collected_version_is_found_by_nobody_but_who_has_it(void **state)
{
	(void)state;
	static struct catalog_entry entry;
	struct catalog_extent extent;
	struct catalog_chunk chunk;
	struct digest digest = {{0}};
	check(catalog_begin(catalog, &error));
	int64_t pack = add_chunk(1, 2);
	memset(&entry, 0, sizeof(entry));
	snprintf(entry.name, sizeof(entry.name), "small");
	entry.shared = true;
	entry.extents = 1;
	entry.size = 10;
	entry.digest = digest;
	entry.replication_factor = 2;
	int64_t id;
	check(catalog_begin_version(catalog, 2, &id, &error));
	extent = (struct catalog_extent){.chunk = pack, .part = true, .offset = 5, .length = 10};
	check(catalog_add_extent(catalog, id, &extent, &error));
	check(catalog_finish_version(catalog, id, &entry, &error));
	check(catalog_commit(catalog, &error));
	assert_int_equal(catalog_find_shared(catalog, &digest, 10, &extent, &chunk, &error), 1);
	check(catalog_begin(catalog, &error));
	store("small", 2, NULL, 0);
	assert_int_equal(catalog_collect_version(catalog, id, &error), 1);
	check(catalog_commit(catalog, &error));
	assert_int_equal(catalog_find_shared(catalog, &digest, 10, &extent, &chunk, &error), 0);
	assert_int_equal(catalog_find_entry(catalog, "small", 1, &entry, &error), 0);
	assert_int_equal(catalog_extents(catalog, id, 0, &extent, &chunk, 1, &error), 1);
	int64_t dead;
	assert_int_equal(catalog_next_dead(catalog, 999, &dead, &error), 0);
	assert_int_equal(catalog_next_dead(catalog, 1000, &dead, &error), 1);
	assert_int_equal(dead, id);
}

static void test_an_abandoned_version_leaves_its_chunks_to_collection(void **state)
{
	(void)state;
	static int64_t chunks[3000];
	int64_t ids[4];
	bool more;
	check(catalog_begin(catalog, &error));
	int64_t kept = add_chunk(1, 2);
	store("file", 2, &kept, 1);
	for (int i = 0; i < 3000; i++)
		chunks[i] = kept;
	chunks[2999] = add_chunk(2, 2);
	int64_t id = unfinished(3, chunks, 3000);
	assert_int_equal(catalog_page_unfinished(catalog, ids, 4, &error), 1);
	assert_int_equal(ids[0], id);
	check(catalog_abandon_version(catalog, id, &error));
	assert_int_equal(catalog_page_unfinished(catalog, ids, 4, &error), 0);
	check(catalog_commit(catalog, &error));
	assert_int_equal(sql("SELECT count(*) FROM version WHERE file IS NULL"), 1);
	check(catalog_begin(catalog, &error));
	assert_int_equal(catalog_abandon_version(catalog, id, &error), -1);
	catalog_rollback(catalog);
	check(catalog_begin(catalog, &error));
	check(catalog_release_extents(catalog, id, 1024, &more, &error));
	assert_true(more);
	check(catalog_release_extents(catalog, id, 1024, &more, &error));
	assert_false(more);
	check(catalog_commit(catalog, &error));
	assert_int_equal(sql("SELECT count(*) FROM version WHERE file IS NULL"), 0);
	assert_int_equal(sql("SELECT count(*) FROM extent"), 1);
	assert_int_equal(sql("SELECT chunk FROM unused"), chunks[2999]);
	check_counters();
}

static void test_a_put_cannot_finish_a_version_that_was_abandoned(void **state)
{
	(void)state;
	static struct catalog_entry entry = {.name = "late", .replication_factor = 2};
	static int64_t chunks[2000];
	check(catalog_begin(catalog, &error));
	for (int i = 0; i < 2000; i++)
		chunks[i] = i == 0 ? add_chunk(1, 2) : chunks[0];
	int64_t id = unfinished(2, chunks, 2000);
	check(catalog_abandon_version(catalog, id, &error));
	check(catalog_commit(catalog, &error));
	check(catalog_begin(catalog, &error));
	assert_int_equal(catalog_finish_version(catalog, id, &entry, &error), -1);
	catalog_rollback(catalog);
	assert_int_equal(catalog_find_entry(catalog, "late", 0, &entry, &error), 0);
}

static int count_chunk(void *context, const struct catalog_chunk *chunk, struct error *ignored)
{
	(void)ignored;
	*(uint64_t *)context += chunk->size;
	return 0;
}

static uint64_t preview(int64_t version, bool alone)
{
	uint64_t bytes = 0;
	check(catalog_preview_begin(catalog, &error));
	if (version)
		check(catalog_preview_version(catalog, version, &error));
	check(catalog_preview_chunks(catalog, alone, 1000, &error));
	check(catalog_preview_each(catalog, count_chunk, &bytes, &error));
	catalog_preview_end(catalog);
	return bytes;
}

static void test_a_preview_sees_what_would_go_and_changes_nothing(void **state)
{
	(void)state;
	check(catalog_begin(catalog, &error));
	int64_t a = add_chunk(1, 2), b = add_chunk(2, 2), orphan = add_chunk(3, 2), half = add_chunk(4, 2);
	int64_t unused = add_chunk(5, 2);
	int64_t first = store("file", 2, (int64_t[]){a, b}, 2);
	store("file", 2, &a, 1);
	unfinished(2, (int64_t[]){half, a}, 2);
	check(catalog_add_unused(catalog, unused, &error));
	check(catalog_commit(catalog, &error));
	(void)orphan;
	int64_t before = sql("SELECT sequence FROM state");
	assert_int_equal(preview(0, true), 103 + 104 + 105);
	assert_int_equal(preview(first, true), 102 + 103 + 104 + 105);
	assert_int_equal(preview(first, false), 105);
	assert_int_equal(preview(0, true), 103 + 104 + 105);
	assert_int_equal(sql("SELECT sequence FROM state"), before);
	assert_int_equal(sql("SELECT count(*) FROM chunk"), 5);
}

static void test_pages_of_what_ended_come_oldest_first_and_miss_none(void **state)
{
	(void)state;
	static struct catalog_ended page[3];
	struct catalog_ended_cursor cursor = {0};
	check(catalog_begin(catalog, &error));
	for (int i = 0; i < 11; i++) {
		env_mock_set_clock(&mock, 1000 + i / 4, 1);
		store("file", 2, NULL, 0);
		if (i % 5 == 0)
			store("folder/", 2, NULL, 0);
	}
	check(catalog_commit(catalog, &error));
	int seen = 0, count = 3;
	int64_t last = 0;
	while (count == 3) {
		count = catalog_page_ended(catalog, &cursor, INT64_MAX, 2, page, 3, &error);
		check(count);
		for (int i = 0; i < count; i++, seen++) {
			assert_true(page[i].facts.died_ms >= last);
			assert_true(page[i].facts.newer >= 1 && page[i].facts.newer <= 2);
			last = page[i].facts.died_ms;
		}
	}
	assert_int_equal(seen, 10 + 2);
	cursor = (struct catalog_ended_cursor){0};
	assert_int_equal(catalog_page_ended(catalog, &cursor, 999, 2, page, 3, &error), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, make, catalog_fixture_remove)
	const struct CMUnitTest tests[] = {
		TEST(a_chunk_goes_after_its_last_user),
		TEST(a_user_of_a_chunk_that_is_not_there_is_told_of),
		TEST(a_chunk_that_is_used_again_stays),
		TEST(a_chunk_that_is_used_again_wants_what_its_new_user_wants),
		TEST(a_pack_stays_for_its_last_file_and_wants_what_that_wants),
		TEST(what_is_current_or_in_a_snapshot_cannot_go),
		TEST(a_collected_version_is_found_by_nobody_but_who_has_it),
		TEST(an_abandoned_version_leaves_its_chunks_to_collection),
		TEST(a_put_cannot_finish_a_version_that_was_abandoned),
		TEST(a_preview_sees_what_would_go_and_changes_nothing),
		TEST(pages_of_what_ended_come_oldest_first_and_miss_none),
	};
	return cmocka_run_group_tests_name("catalog: what goes", tests, NULL, NULL);
}
