/*
 * A node leaves the store only when a good copy of each of its chunks was read elsewhere (invariant 4), and is
 * otherwise left as it was, in the catalog, in the config and on its disk.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/one_store.h"

#define TWO_OF "chunk: {size: 64KiB}\nreplication_factor: 2\nmin_replicas: 1\nworkers: 4\n"

enum { CHUNKS = 12, PAGE_CHUNKS = 64 /* as many node_remove.c asks the catalog for at a time */ };

static struct progress told; /* the last */
static unsigned times_told;
static void (*at_first)(void); /* called when the first chunk was read */

static void make(unsigned nodes, const char *settings, size_t chunks)
{
	at_first = NULL;
	store_fixture_make(&fixture, nodes, settings);
	scratch_write_seeded(&fixture.scratch, "file", chunks * FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
}

static void tell(void *context, const struct progress *progress)
{
	assert_ptr_equal(context, &told);
	told = *progress;
	if (times_told++ == 0 && at_first)
		at_first();
}

static int try_remove(const char *name, const atomic_bool *cancel, uint64_t *chunks)
{
	const struct node_removal_options options = {tell, &told, cancel};
	told = (struct progress){0};
	times_told = 0;
	return store_node_remove_in(
		&fixture.mock.env, store_fixture_config(&fixture), name, &options, chunks, &fixture.error);
}

static bool is_in_config(const char *name)
{
	struct config *config;
	assert_int_equal(config_load(store_fixture_config(&fixture), &config, &fixture.error), 0);
	bool found = config_find_node(config, name) != NULL;
	config_free(config);
	return found;
}

/* Removing node-1 fails, and it is as it was. */
static void refuse(enum error_code code, const char *sentence)
{
	uint64_t chunks;
	int64_t copysets = store_fixture_sql(&fixture, "SELECT count(*) FROM copyset");
	assert_int_equal(try_remove("node-1", NULL, &chunks), -1);
	one_store_expect_failure(code, sentence);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM node WHERE name = 'node-1'"), 1);
	assert_int_equal(
		store_fixture_sql(&fixture, "SELECT count(*) FROM event WHERE code = 'node_removed'"), 0);
	assert_true(store_fixture_sql(&fixture, "SELECT count(*) FROM copyset") >= copysets);
	assert_true(is_in_config("node-1"));
	assert_false(scratch_exists(&fixture.scratch, "nodes/node-1/linckia-node.json.removed"));
	store_fixture_check_counters(&fixture);
}

/* Removing node-1 succeeds; so many copies have to be made elsewhere for that. */
static void expect_removed(uint64_t copies)
{
	uint64_t chunks;
	if (try_remove("node-1", NULL, &chunks) != 0)
		fail_msg("refused: %s", fixture.error.message);
	assert_int_equal(chunks, copies);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM node WHERE name = 'node-1'"), 0);
	assert_int_equal(
		store_fixture_sql(&fixture, "SELECT count(*) FROM event WHERE code = 'node_removed'"), 1);
	assert_false(is_in_config("node-1"));
	store_fixture_check_counters(&fixture);
	store_fixture_reopen(&fixture);
}

static void chunk_path(unsigned node, unsigned number, char out[160])
{
	struct catalog_chunk chunks[PAGE_CHUNKS];
	char hex[DIGEST_HEX_SIZE];
	int64_t after = 0;
	unsigned seen = 0;
	for (int count;; seen += (unsigned)count, after = chunks[count - 1].id) {
		count = catalog_page_chunks(
			fixture.store->reader, 0, after, chunks, PAGE_CHUNKS, &fixture.error);
		assert_true(count > 0);
		if (number < seen + (unsigned)count)
			break;
	}
	digest_hex(&chunks[number - seen].digest, hex);
	snprintf(out, 160, "nodes/node-%u/chunks/%.2s/%s", node, hex, hex);
}

static void damage(unsigned node, unsigned number)
{
	char path[160];
	chunk_path(node, number, path);
	scratch_flip(&fixture.scratch, path, 100);
}

static void take_away(unsigned node)
{
	char from[32], to[32];
	snprintf(from, sizeof(from), "nodes/node-%u", node);
	snprintf(to, sizeof(to), "away-%u", node);
	char source[512];
	snprintf(source, sizeof(source), "%s", scratch_path(&fixture.scratch, from));
	assert_int_equal(rename(source, scratch_path(&fixture.scratch, to)), 0);
}

/* ---- what goes ---- */

static void test_a_node_goes_when_each_chunk_was_read_elsewhere(void **state)
{
	(void)state;
	make(2, TWO_OF, 5);
	expect_removed(5);
	assert_int_equal(times_told, 5);
	assert_int_equal(told.files_done, 5);
	assert_int_equal(told.files_total, 5);
	assert_int_equal(told.bytes_done, 5 * FIXTURE_CHUNK);
	assert_int_equal(told.bytes_total, 5 * FIXTURE_CHUNK);
	/* What is in its folder stays, but it is a node no more. */
	assert_true(scratch_exists(&fixture.scratch, "nodes/node-1/linckia-node.json.removed"));
	assert_false(scratch_exists(&fixture.scratch, "nodes/node-1/linckia-node.json"));
	assert_int_equal(scratch_count(&fixture.scratch, "nodes/node-1/chunks"), 5);
	store_fixture_expect(&fixture, "file", 5 * FIXTURE_CHUNK, 1);
}

static void test_a_node_that_holds_nothing_goes_unread(void **state)
{
	(void)state;
	store_fixture_make(&fixture, 3, TWO_OF);
	at_first = NULL;
	store_fixture_fail_node(&fixture, 1, true);
	scratch_write_seeded(&fixture.scratch, "file", FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
	damage(2, 0);
	expect_removed(0);
	assert_int_equal(times_told, 0);
	/* The bad copy was not met. */
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM bad_replica"), 0);
	store_fixture_expect(&fixture, "file", FIXTURE_CHUNK, 1);
}

static void test_only_what_the_node_holds_is_counted(void **state)
{
	(void)state;
	store_fixture_make(&fixture, 4, TWO_OF);
	at_first = NULL;
	store_fixture_fail_node(&fixture, 1, true);
	scratch_write_seeded(&fixture.scratch, "other", 3 * FIXTURE_CHUNK, 2);
	store_fixture_put(&fixture, "other", NULL);
	store_fixture_fail_node(&fixture, 1, false);
	assert_int_equal(node_probe(&fixture.store->nodes[0]), NODE_FOUND_IT);
	store_fixture_fail_node(&fixture, 3, true);
	store_fixture_fail_node(&fixture, 4, true);
	scratch_write_seeded(&fixture.scratch, "file", 2 * FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
	expect_removed(2);
	assert_int_equal(told.files_done, 2);
	assert_int_equal(told.files_total, 2);
	assert_int_equal(told.bytes_total, 2 * FIXTURE_CHUNK);
	store_fixture_expect(&fixture, "file", 2 * FIXTURE_CHUNK, 1);
	/* A chunk of this one may be on just the two that are failed, now the second and third. */
	store_fixture_fail_node(&fixture, 2, false);
	store_fixture_fail_node(&fixture, 3, false);
	store_fixture_expect(&fixture, "other", 3 * FIXTURE_CHUNK, 2);
}

static void test_a_node_that_is_gone_can_be_forgotten(void **state)
{
	(void)state;
	make(2, TWO_OF, 2);
	take_away(1);
	expect_removed(2);
	store_fixture_expect(&fixture, "file", 2 * FIXTURE_CHUNK, 1);
}

/* A disk that died, and all it held was copied since: nothing is left to do. */
static void test_copies_that_others_have_need_not_be_made(void **state)
{
	(void)state;
	make(2, TWO_OF, 3);
	uint64_t changed;
	assert_int_equal(store_set_replication(fixture.store, "file", 1, &changed, &fixture.error), 0);
	expect_removed(0);
	store_fixture_expect(&fixture, "file", 3 * FIXTURE_CHUNK, 1);
}

static void test_a_node_that_only_the_config_knows_goes_from_there(void **state)
{
	(void)state;
	make(2, TWO_OF, 1);
	store_fixture_add_to_config(&fixture, "  - {name: late, path: late}\n");
	uint64_t chunks = 1;
	assert_int_equal(try_remove("late", NULL, &chunks), 0);
	assert_int_equal(chunks, 0);
	assert_false(is_in_config("late"));
	assert_true(is_in_config("node-1"));
}

static void test_a_node_that_only_the_catalog_knows_goes_from_there(void **state)
{
	(void)state;
	make(2, TWO_OF, 1);
	assert_int_equal(config_remove_node(store_fixture_config(&fixture), "node-1", &fixture.error), 0);
	expect_removed(1);
}

/* ---- what comes back ---- */

static void remove_and_add(const struct store_new_node *node, bool noticed)
{
	uint64_t chunks;
	assert_int_equal(try_remove(node->name, NULL, &chunks), 0);
	if (noticed)
		assert_int_equal(store_refresh_nodes(fixture.store, &fixture.error), 0);
	assert_int_equal(store_node_add_in(&fixture.mock.env, store_fixture_config(&fixture), node, NULL,
				 &fixture.error),
		0);
	assert_int_equal(store_refresh_nodes(fixture.store, &fixture.error), 0);
}

/* For whoever had the store open meanwhile, whether or not it looked in between. */
static void test_a_node_that_comes_back_elsewhere_is_looked_for_there(void **state)
{
	(void)state;
	static const char *const folders[] = {"here", "there", "there"}, *const zones[] = {"x", "x", "y"};
	make(3, TWO_OF, 2);
	for (size_t i = 0; i < 6; i++) {
		char path[4096];
		snprintf(path, sizeof(path), "%s", scratch_path(&fixture.scratch, folders[i % 3]));
		remove_and_add(&(struct store_new_node){.name = "node-1", .path = path, .zone = zones[i % 3]},
			i < 3);
		struct node *node = store_node_by_name(fixture.store, "node-1");
		assert_string_equal(node->path, path);
		assert_string_equal(node->zone, zones[i % 3]);
		assert_true(node->id != 0 && node_is_readable(node));
		assert_ptr_equal(store_node_by_id(fixture.store, node->id), node);
	}
	store_fixture_expect(&fixture, "file", 2 * FIXTURE_CHUNK, 1);
}

/* For whoever has not noticed yet: what the one that went has says nothing of the one that has its number now. */
static void test_a_bad_copy_is_not_held_against_who_has_the_number_now(void **state)
{
	(void)state;
	uint64_t chunks;
	struct store *other;
	make(2, TWO_OF, 2);
	struct node *old = &fixture.store->nodes[1];
	struct catalog_chunk chunk = one_store_first_chunk();
	assert_int_equal(try_remove(old->name, NULL, &chunks), 0);
	const struct store_new_node node = {.name = "node-3", .path = "node-3"};
	check(store_node_add_in(
		&fixture.mock.env, store_fixture_config(&fixture), &node, NULL, &fixture.error));
	check(store_open_in(&fixture.mock.env, store_fixture_config(&fixture), &other, &fixture.error));
	const char *path = scratch_path(&fixture.scratch, "file");
	const struct put_options options = {0};
	check(store_put(other, &path, 1, &options, &fixture.error));
	store_close(other);
	static const char placed[] = "SELECT sum(chunks) FROM copyset WHERE nodes = x'00010002'";
	assert_int_equal(store_fixture_sql(&fixture, placed), 2);
	assert_true(old->id == 2 && node_is_readable(old));
	damage(2, 0);
	store_condemn_replica(fixture.store, &chunk, old, "test");
	assert_int_equal(store_fixture_sql(&fixture, placed), 2);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM bad_replica"), 0);
}

/* ---- what stays ---- */

static void test_a_node_stays_when_the_other_copy_is_bad(void **state)
{
	(void)state;
	make(2, TWO_OF, 3);
	damage(2, 1);
	refuse(ERROR_REFUSED, "node 'node-1' holds the only good copy that can be reached of 1 chunk;");
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM bad_replica"), 1);
	/* Now the catalog says so, and nothing need be read. */
	refuse(ERROR_REFUSED, "the only good copy that can be reached of 1 chunk;");
	assert_int_equal(times_told, 0);
	store_fixture_expect(&fixture, "file", 3 * FIXTURE_CHUNK, 1);
}

static void test_a_node_stays_when_other_copies_are_missing(void **state)
{
	(void)state;
	make(2, TWO_OF, 3);
	for (unsigned i = 0; i < 2; i++) {
		char path[160];
		chunk_path(2, i, path);
		assert_int_equal(remove(scratch_path(&fixture.scratch, path)), 0);
	}
	refuse(ERROR_REFUSED, "the only good copy that can be reached of 2 chunks;");
	assert_int_equal(times_told, 3);
	store_fixture_expect(&fixture, "file", 3 * FIXTURE_CHUNK, 1);
}

/* Which is not held against the copies while no good one is known, so the catalog goes on counting them. */
static void test_a_node_stays_when_other_copies_cannot_be_read(void **state)
{
	(void)state;
	char under[400];
	make(2, TWO_OF, CHUNKS);
	snprintf(under, sizeof(under), "%s/chunks", fixture.node_paths[1]);
	env_mock_fail(&fixture.mock,
		(struct io_fault){.call = IO_PREAD, .number = EIO, .lasting = true, .under = under});
	refuse(ERROR_REFUSED, "the only good copy that can be reached of 12 chunks;");
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM bad_replica"), 0);
	env_mock_heal(&fixture.mock);
	store_fixture_expect(&fixture, "file", CHUNKS * FIXTURE_CHUNK, 1);
}

static void test_a_node_stays_when_all_other_copies_are_bad(void **state)
{
	(void)state;
	make(2, TWO_OF, CHUNKS);
	for (unsigned i = 0; i < CHUNKS; i++)
		damage(2, i);
	refuse(ERROR_REFUSED, "the only good copy that can be reached of 12 chunks;");
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM bad_replica"), CHUNKS);
	store_fixture_expect(&fixture, "file", CHUNKS * FIXTURE_CHUNK, 1);
}

static void hide_chunks(void)
{
	store_fixture_sql(&fixture, "ALTER TABLE chunk RENAME TO hidden");
}

static void test_a_catalog_that_fails_midway_leaves_the_node(void **state)
{
	(void)state;
	uint64_t chunks;
	make(2, TWO_OF, PAGE_CHUNKS + 2);
	at_first = hide_chunks;
	assert_int_equal(try_remove("node-1", NULL, &chunks), -1);
	store_fixture_sql(&fixture, "ALTER TABLE hidden RENAME TO chunk");
	one_store_expect_failure(ERROR_IO, "chunk");
	assert_true(is_in_config("node-1"));
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM node WHERE name = 'node-1'"), 1);
}

static void test_a_size_that_no_chunk_can_have_is_not_read(void **state)
{
	(void)state;
	make(2, TWO_OF, 2);
	store_fixture_sql(&fixture, "UPDATE chunk SET size = 1 << 30 WHERE id = 1");
	store_fixture_sql(&fixture, "UPDATE copyset SET bytes = (SELECT sum(size) FROM chunk)");
	refuse(ERROR_REFUSED, "the only good copy that can be reached of 1 chunk;");
}

static void test_a_node_stays_when_the_last_of_many_chunks_is_bad_elsewhere(void **state)
{
	(void)state;
	make(2, TWO_OF, PAGE_CHUNKS + 2);
	damage(2, PAGE_CHUNKS + 1);
	refuse(ERROR_REFUSED, "of 1 chunk;");
	assert_int_equal(times_told, PAGE_CHUNKS + 2);
}

static void test_a_node_stays_when_the_others_do_not_answer(void **state)
{
	(void)state;
	make(2, TWO_OF, 3);
	take_away(2);
	refuse(ERROR_REFUSED, "node 'node-1' holds the only good copy that can be reached of 3 chunks;");
	assert_int_equal(times_told, 0);
}

static void test_a_node_that_is_gone_is_not_forgotten_while_it_has_the_only_copies(void **state)
{
	(void)state;
	make(2, TWO_OF, 2);
	take_away(1);
	damage(2, 0);
	refuse(ERROR_REFUSED,
		"node 'node-1' does not answer, and no node that answers has a good copy of 1 chunk");
}

static void test_a_node_stays_when_there_is_one_copy(void **state)
{
	(void)state;
	make(2, "chunk: {size: 64KiB}\nreplication_factor: 1\nmin_replicas: 1\n", 1);
	const char *holder = store_fixture_sql(&fixture,
				     "SELECT count(*) FROM copyset WHERE chunks > 0 AND nodes = x'0001'")
				     ? "node-1"
				     : "node-2";
	uint64_t chunks;
	assert_int_equal(try_remove(holder, NULL, &chunks), -1);
	one_store_expect_failure(ERROR_REFUSED, "the only good copy that can be reached of 1 chunk;");
	assert_true(is_in_config(holder));
}

static void condemn_elsewhere(void)
{
	struct catalog_chunk chunk = one_store_first_chunk();
	damage(2, 0);
	store_condemn_replica(fixture.store, &chunk, store_node_by_name(fixture.store, "node-2"), "test");
}

static void test_a_copy_that_was_read_and_went_bad_since_does_not_count(void **state)
{
	(void)state;
	make(2, TWO_OF, 2);
	at_first = condemn_elsewhere;
	refuse(ERROR_REFUSED, "of 1 chunk;");
	assert_int_equal(times_told, 2);
	store_fixture_expect(&fixture, "file", 2 * FIXTURE_CHUNK, 1);
}

static atomic_bool interrupted;

static void interrupt(void)
{
	atomic_store(&interrupted, true);
}

static void test_an_interrupted_removal_changes_nothing(void **state)
{
	(void)state;
	make(2, TWO_OF, 3);
	uint64_t chunks;
	atomic_store(&interrupted, false);
	at_first = interrupt;
	assert_int_equal(try_remove("node-1", &interrupted, &chunks), -1);
	one_store_expect_failure(ERROR_CANCELLED, "interrupted; node 'node-1' is still there");
	assert_int_equal(times_told, 1);
	assert_true(is_in_config("node-1"));
	at_first = NULL;
	expect_removed(3);
}

static void test_a_catalog_that_fails_leaves_the_node_in_the_config(void **state)
{
	static const char *const faults[] = {"DELETE ON node", "INSERT ON event", "UPDATE ON chunk"};
	(void)state;
	make(2, TWO_OF, 2);
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		char sql[160];
		snprintf(sql, sizeof(sql),
			"CREATE TRIGGER fault BEFORE %s BEGIN SELECT RAISE(ABORT, 'no'); END", faults[i]);
		store_fixture_sql(&fixture, sql);
		refuse(ERROR_IO, "no");
		store_fixture_sql(&fixture, "DROP TRIGGER fault");
	}
	store_fixture_expect(&fixture, "file", 2 * FIXTURE_CHUNK, 1);
	expect_removed(2);
}

/* The journal of the node that goes does not count: it is nothing to regrow the catalog from. */
static void test_a_removal_that_only_the_node_itself_could_tell_of_is_told(void **state)
{
	(void)state;
	uint64_t chunks;
	make(2, TWO_OF, 2);
	env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_PWRITE,
					     .number = EIO,
					     .lasting = true,
					     .under = fixture.node_paths[1],
					     .ending = ".jsonl"});
	assert_int_equal(try_remove("node-1", NULL, &chunks), -1);
	one_store_expect_failure(
		ERROR_UNAVAILABLE, "it is done, but the record of it is on the journals of 0 nodes");
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM node WHERE name = 'node-1'"), 0);
	assert_true(scratch_exists(&fixture.scratch, "nodes/node-1/linckia-node.json.removed"));
}

/* The config comes first, so what is left then is a node that only the catalog knows. */
static void test_a_commit_that_fails_is_told_and_can_be_made_up_for(void **state)
{
	(void)state;
	uint64_t chunks;
	make(2, TWO_OF, 2);
	store_fixture_sql(&fixture,
		"CREATE TRIGGER fault BEFORE INSERT ON operation BEGIN SELECT RAISE(ABORT, 'no'); END");
	assert_int_equal(try_remove("node-1", NULL, &chunks), -1);
	one_store_expect_failure(
		ERROR_IO, "node 'node-1' was taken out of the config, but not out of the catalog");
	assert_true(scratch_exists(&fixture.scratch, "nodes/node-1/linckia-node.json"));
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM node WHERE name = 'node-1'"), 1);
	store_fixture_sql(&fixture, "DROP TRIGGER fault");
	expect_removed(2);
	store_fixture_expect(&fixture, "file", 2 * FIXTURE_CHUNK, 1);
}

static void test_a_config_that_cannot_be_edited_leaves_the_node_in_the_catalog(void **state)
{
	(void)state;
	make(2, TWO_OF, 2);
	store_fixture_add_to_config(&fixture, "network: {links: [{from: client, to: node-1}]}\n");
	refuse(ERROR_REFUSED, "a link from 'client' to 'node-1' in network.links");
	store_fixture_expect(&fixture, "file", 2 * FIXTURE_CHUNK, 1);
}

static void test_a_node_that_is_not_known_is_refused(void **state)
{
	(void)state;
	make(2, TWO_OF, 1);
	uint64_t chunks;
	assert_int_equal(try_remove("node-9", NULL, &chunks), -1);
	one_store_expect_failure(ERROR_NOT_FOUND, "there is no node 'node-9'");
	const char *nowhere = scratch_path(&fixture.scratch, "none.yaml");
	assert_int_equal(store_node_remove(nowhere, "node-1", NULL, &chunks, &fixture.error), -1);
	assert_int_equal(fixture.error.code, ERROR_CONFIG);
}

#define TEST(name) cmocka_unit_test_teardown(test_##name, one_store_clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_node_goes_when_each_chunk_was_read_elsewhere),
		TEST(a_node_that_holds_nothing_goes_unread),
		TEST(only_what_the_node_holds_is_counted),
		TEST(a_node_that_is_gone_can_be_forgotten),
		TEST(copies_that_others_have_need_not_be_made),
		TEST(a_node_that_only_the_config_knows_goes_from_there),
		TEST(a_node_that_only_the_catalog_knows_goes_from_there),
		TEST(a_node_that_comes_back_elsewhere_is_looked_for_there),
		TEST(a_bad_copy_is_not_held_against_who_has_the_number_now),
		TEST(a_node_stays_when_the_other_copy_is_bad),
		TEST(a_node_stays_when_other_copies_are_missing),
		TEST(a_node_stays_when_other_copies_cannot_be_read),
		TEST(a_node_stays_when_all_other_copies_are_bad),
		TEST(a_catalog_that_fails_midway_leaves_the_node),
		TEST(a_size_that_no_chunk_can_have_is_not_read),
		TEST(a_node_stays_when_the_last_of_many_chunks_is_bad_elsewhere),
		TEST(a_node_stays_when_the_others_do_not_answer),
		TEST(a_node_that_is_gone_is_not_forgotten_while_it_has_the_only_copies),
		TEST(a_node_stays_when_there_is_one_copy),
		TEST(a_copy_that_was_read_and_went_bad_since_does_not_count),
		TEST(an_interrupted_removal_changes_nothing),
		TEST(a_catalog_that_fails_leaves_the_node_in_the_config),
		TEST(a_removal_that_only_the_node_itself_could_tell_of_is_told),
		TEST(a_commit_that_fails_is_told_and_can_be_made_up_for),
		TEST(a_config_that_cannot_be_edited_leaves_the_node_in_the_catalog),
		TEST(a_node_that_is_not_known_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
