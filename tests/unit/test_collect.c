/* What collect.h promises of files on nodes: which of them go, and that none goes that somebody counts on. */
#include "engine/collect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/one_store.h"

enum { SIZE = 4321, ODD_NODE = 2 };

static struct collect_judge judge;
static char folder[400]; /* of the file that is judged */
static struct chunk_folder_file file;
static char name[128];

static int make(void **state)
{
	(void)state;
	store_fixture_make(&fixture, 3, "chunk: {size: 64KiB}\nreplication_factor: 2\nmin_replicas: 1\n");
	judge = (struct collect_judge){
		.store = fixture.store,
		.catalog = fixture.store->reader,
		.alone = true,
		.complete = true,
	};
	return 0;
}

static int clean(void **state)
{
	(void)state;
	if (file.folder > 0)
		close(file.folder);
	file.folder = 0;
	store_fixture_remove(&fixture);
	return 0;
}

static struct node *odd_node(void)
{
	return &fixture.store->nodes[ODD_NODE];
}

/*
 * A file of that name on the node, by the name of its folder there; the judge's clock says that it is `age_ms` old.
 */
static void lay(const char *where, const char *called, int64_t age_ms)
{
	char path[600];
	struct stat status;
	snprintf(folder, sizeof(folder), "%s/%s", fixture.node_paths[ODD_NODE], where);
	snprintf(name, sizeof(name), "%s", called);
	if (file.folder > 0)
		close(file.folder);
	file.folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(file.folder > 0);
	file.name = name;
	file.named = false;
	int fd = openat(file.folder, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, SIZE), 0);
	close(fd);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(stat(path, &status), 0);
	judge.now_ms = (int64_t)status.st_mtime * 1000 + age_ms;
}

/* The same, named after a digest. */
static void lay_chunk(bool quarantine, const struct digest *digest, int64_t age_ms)
{
	char hex[DIGEST_HEX_SIZE], where[32];
	digest_hex(digest, hex);
	snprintf(where, sizeof(where), quarantine ? "quarantine" : "chunks/%.2s", hex);
	lay(where, hex, age_ms);
	file.named = true;
	file.digest = *digest;
}

static void expect_chunk_file(int goes)
{
	uint64_t bytes = 0;
	assert_int_equal(collect_judge_chunk_file(&judge, odd_node(), &file, &bytes, &fixture.error), goes);
	if (goes > 0)
		assert_int_equal(bytes, SIZE);
}

static void expect_quarantined(int goes)
{
	uint64_t bytes = 0;
	assert_int_equal(collect_judge_quarantined(&judge, &file, &bytes, &fixture.error), goes);
	if (goes > 0)
		assert_int_equal(bytes, SIZE);
}

/* A chunk with both its copies elsewhere than on the odd node. */
static struct catalog_chunk put_elsewhere(void)
{
	struct catalog_chunk chunk;
	store_fixture_fail_node(&fixture, ODD_NODE + 1, true);
	scratch_write_seeded(&fixture.scratch, "source", FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "source", "file");
	store_fixture_fail_node(&fixture, ODD_NODE + 1, false);
	assert_int_equal(node_probe(odd_node()), NODE_FOUND_IT);
	chunk = one_store_first_chunk();
	assert_int_equal(chunk.node_count, 2);
	assert_false(catalog_is_placed(&chunk, odd_node()->id));
	return chunk;
}

static void change(
	int (*how)(struct catalog *catalog, struct catalog_chunk *chunk), struct catalog_chunk *chunk)
{
	struct catalog *catalog = fixture.store->writer;
	assert_int_equal(catalog_begin(catalog, &fixture.error), 0);
	assert_int_equal(how(catalog, chunk), 0);
	assert_int_equal(catalog_commit(catalog, &fixture.error), 0);
}

static int add_stray(struct catalog *catalog, struct catalog_chunk *chunk)
{
	return catalog_add_stray(catalog, odd_node()->id, &chunk->digest, &fixture.error);
}

static int place_here_too(struct catalog *catalog, struct catalog_chunk *chunk)
{
	chunk->nodes[chunk->node_count++] = odd_node()->id;
	return catalog_place_chunk(catalog, chunk, &fixture.error);
}

/* ---- what no catalog knows ---- */

static const struct digest unknown = {{0xab, 0xcd, 0x12}};

static void test_a_file_that_no_catalog_knows_goes(void **state)
{
	(void)state;
	lay_chunk(false, &unknown, 0);
	expect_chunk_file(1);
}

/* After a rebuild without some nodes, these may know of what is not in the catalog. */
static void test_it_stays_while_a_node_does_not_answer(void **state)
{
	(void)state;
	lay_chunk(false, &unknown, 100 * (int64_t)COLLECT_FILE_AGE_MS);
	assert_true(collect_is_complete(fixture.store));
	node_set_failed(&fixture.store->nodes[0], true);
	assert_false(collect_is_complete(fixture.store));
	judge.complete = false;
	expect_chunk_file(0);
}

static void test_it_stays_for_a_day_while_clients_are_at_work(void **state)
{
	(void)state;
	judge.alone = false;
	lay_chunk(false, &unknown, COLLECT_FILE_AGE_MS);
	expect_chunk_file(0);
	judge.now_ms++;
	expect_chunk_file(1);
}

static void test_what_is_no_regular_file_stays(void **state)
{
	(void)state;
	lay_chunk(false, &unknown, 0);
	assert_int_equal(unlinkat(file.folder, name, 0), 0);
	expect_chunk_file(0);
	assert_int_equal(symlinkat("../../linckia-node.json", file.folder, name), 0);
	expect_chunk_file(0);
	assert_int_equal(unlinkat(file.folder, name, 0), 0);
	assert_int_equal(mkdirat(file.folder, name, 0700), 0);
	expect_chunk_file(0);
}

/* Somebody may be writing it, in whatever process; so being alone says nothing. */
static void test_a_draft_stays_for_a_day(void **state)
{
	(void)state;
	lay("chunks/ab", CHUNK_FILE_TEMPORARY "0123456789abcdef", COLLECT_FILE_AGE_MS);
	expect_chunk_file(0);
	judge.now_ms++;
	expect_chunk_file(1);
}

static void test_what_others_put_there_stays(void **state)
{
	(void)state;
	lay("chunks/ab", "notes.txt", 100 * (int64_t)COLLECT_FILE_AGE_MS);
	expect_chunk_file(0);
	lay("quarantine", "notes.txt", 100 * (int64_t)COLLECT_FILE_AGE_MS);
	expect_quarantined(0);
}

/* ---- what it knows ---- */

static void test_a_replica_stays(void **state)
{
	(void)state;
	struct catalog_chunk chunk = put_elsewhere();
	change(place_here_too, &chunk);
	lay_chunk(false, &chunk.digest, 100 * (int64_t)COLLECT_FILE_AGE_MS);
	expect_chunk_file(0);
}

static void test_a_further_file_goes_only_while_the_chunk_has_all_it_wants(void **state)
{
	(void)state;
	struct catalog_chunk chunk = put_elsewhere();
	lay_chunk(false, &chunk.digest, 100 * (int64_t)COLLECT_FILE_AGE_MS);
	expect_chunk_file(1);
	/* What the catalog knows does not depend on nodes that hold none of it. */
	judge.complete = false;
	expect_chunk_file(1);
	node_set_failed(&fixture.store->nodes[0], true);
	expect_chunk_file(0);
}

/*
 * The catalog counts two copies; when one of them has rotted unseen, the third file may be the last good one but one.
 */
static void test_a_further_file_goes_only_after_the_others_were_read(void **state)
{
	(void)state;
	char path[160];
	struct catalog_chunk chunk = put_elsewhere();
	lay_chunk(false, &chunk.digest, 100 * (int64_t)COLLECT_FILE_AGE_MS);
	judge.reads = true;
	expect_chunk_file(1);
	assert_true(store_fixture_chunk_path(&fixture, chunk.nodes[1], path));
	scratch_flip(&fixture.scratch, path, 3);
	expect_chunk_file(0);
	assert_int_equal(store_fixture_sql(&fixture, "SELECT count(*) FROM bad_replica"), 1);
	expect_chunk_file(0);
}

static void test_a_stray_is_left_to_those_who_see_to_strays(void **state)
{
	(void)state;
	struct catalog_chunk chunk = put_elsewhere();
	change(add_stray, &chunk);
	lay_chunk(false, &chunk.digest, 100 * (int64_t)COLLECT_FILE_AGE_MS);
	expect_chunk_file(0);
	judge.preview = true;
	assert_int_equal(catalog_preview_begin(fixture.store->reader, &fixture.error), 0);
	expect_chunk_file(1);
	catalog_preview_end(fixture.store->reader);
}

/* ---- a catalog that does not answer ---- */

/* As with a damaged one the question fails, which says nothing about the file. */
static void test_nothing_goes_while_the_catalog_fails(void **state)
{
	(void)state;
	struct catalog_chunk chunk = put_elsewhere();
	const struct digest *digests[] = {&unknown, &chunk.digest};
	static const char *const damages[] = {
		"ALTER TABLE stray RENAME TO a", "ALTER TABLE chunk RENAME TO b"};
	for (size_t damage = 0; damage < 2; damage++) {
		(void)store_fixture_sql(&fixture, damages[damage]);
		for (size_t i = 0; i < 2; i++) {
			lay_chunk(false, digests[i], 100 * (int64_t)COLLECT_FILE_AGE_MS);
			expect_chunk_file(-1);
			lay_chunk(true, digests[i], 0);
			expect_quarantined(damage == 0 ? 1 : -1);
		}
	}
}

/* ---- quarantine ---- */

static void test_a_bad_copy_stays_while_its_chunk_is_short(void **state)
{
	(void)state;
	struct catalog_chunk chunk = put_elsewhere();
	lay_chunk(true, &chunk.digest, 0);
	expect_quarantined(1);
	node_set_failed(&fixture.store->nodes[1], true);
	expect_quarantined(0);
	lay_chunk(true, &unknown, 0);
	expect_quarantined(1);
	assert_int_equal(unlinkat(file.folder, name, 0), 0);
	expect_quarantined(0);
}

/* A copy that could not be read for a while is there as well, and may be the only one of what others know of. */
static void test_it_stays_in_quarantine_while_a_node_does_not_answer(void **state)
{
	(void)state;
	lay_chunk(true, &unknown, 100 * (int64_t)COLLECT_FILE_AGE_MS);
	expect_quarantined(1);
	judge.complete = false;
	expect_quarantined(0);
	/* What the catalog knows does not depend on nodes that hold none of it. */
	struct catalog_chunk chunk = put_elsewhere();
	lay_chunk(true, &chunk.digest, 0);
	expect_quarantined(1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, make, clean)
	const struct CMUnitTest tests[] = {
		TEST(a_file_that_no_catalog_knows_goes),
		TEST(it_stays_while_a_node_does_not_answer),
		TEST(it_stays_for_a_day_while_clients_are_at_work),
		TEST(what_is_no_regular_file_stays),
		TEST(a_draft_stays_for_a_day),
		TEST(what_others_put_there_stays),
		TEST(a_replica_stays),
		TEST(a_further_file_goes_only_while_the_chunk_has_all_it_wants),
		TEST(a_further_file_goes_only_after_the_others_were_read),
		TEST(a_stray_is_left_to_those_who_see_to_strays),
		TEST(nothing_goes_while_the_catalog_fails),
		TEST(a_bad_copy_stays_while_its_chunk_is_short),
		TEST(it_stays_in_quarantine_while_a_node_does_not_answer),
	};
	return cmocka_run_group_tests_name("collect", tests, NULL, NULL);
}
