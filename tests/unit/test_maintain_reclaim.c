/*
 * Copies that the catalog does not count: those that are good count again once nothing else is left, and no others;
 * and what may be needed so stays.
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
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/healing.h"

#define ONE_OF                                                                                               \
	"chunk: {size: 64KiB}\nreplication_factor: 1\nmin_replicas: 1\nworkers: 2\nrepair: {grace: 0s}\n"    \
	"scrub: {interval: 0}\n"
#define PAIRS                                                                                                \
	"chunk: {size: 64KiB}\nreplication_factor: 2\nmin_replicas: 1\nworkers: 2\nrepair: {grace: 0s}\n"

enum { KEPT_MAX = 64 };

/* Copies that were taken out of nodes. */
static struct kept {
	unsigned node;
	char path[160], hex[DIGEST_HEX_SIZE];
} kept[KEPT_MAX];
static unsigned kept_count;

static const char *kept_path(const struct kept *copy)
{
	char name[32];
	snprintf(name, sizeof(name), "kept-%zu", (size_t)(copy - kept));
	return scratch_path(&fixture.scratch, name);
}

static void take_out(unsigned node, const char *path, uint64_t size, const struct digest *digest)
{
	(void)size;
	assert_true(kept_count < KEPT_MAX);
	struct kept *copy = &kept[kept_count++];
	char from[512];
	copy->node = node;
	snprintf(copy->path, sizeof(copy->path), "%s", path);
	digest_hex(digest, copy->hex);
	snprintf(from, sizeof(from), "%s", scratch_path(&fixture.scratch, path));
	assert_int_equal(rename(from, kept_path(copy)), 0);
}

static void put_back(const struct kept *copy)
{
	char from[512];
	snprintf(from, sizeof(from), "%s", kept_path(copy));
	assert_int_equal(rename(from, scratch_path(&fixture.scratch, copy->path)), 0);
}

/* Something of the copy's size lies in its place on another node; the chunk's own bytes are those of seed 1. */
static void lay_down(const struct kept *copy, unsigned node, uint64_t seed)
{
	char folder[64], path[160];
	snprintf(folder, sizeof(folder), "nodes/node-%u/chunks/%.2s", node, copy->hex);
	scratch_folder(&fixture.scratch, folder);
	snprintf(path, sizeof(path), "%s/%s", folder, copy->hex);
	scratch_write_seeded(&fixture.scratch, path, FIXTURE_CHUNK, seed);
}

static int64_t lost(void)
{
	return healing_sql("SELECT coalesce(sum(chunks), 0) FROM copyset WHERE length(nodes) = 0");
}

static struct catalog_request pass(enum pass_kind kind)
{
	return healing_answer(healing_ask((struct catalog_request){.kind = kind, .bandwidth = -1}), 60);
}

/* A store all of whose chunks are lost; the first copies of `kept` are those of the first chunk. */
static void lose_everything(size_t chunks)
{
	unsigned fewest, most;
	kept_count = 0;
	healing_begin(4, PAIRS, chunks);
	healing_each_chunk(take_out, &fewest, &most);
	assert_int_equal(kept_count, 2 * chunks);
	pass(PASS_SCRUB);
	healing_run_to_rest();
	assert_int_equal(lost(), chunks);
}

static void test_what_is_put_back_counts_again(void **state)
{
	(void)state;
	lose_everything(CHUNKS);
	for (unsigned i = 0; i < kept_count; i += 2)
		put_back(&kept[i]);
	healing_run_for(5 * SECOND);
	assert_int_equal(lost(), CHUNKS); /* nothing has happened that maintenance knows of */
	struct catalog_request done = pass(PASS_REPAIR);
	assert_int_equal(done.left, 0);
	assert_int_equal(healing_events("copy_found"), 1);
	healing_run_to_rest();
	healing_expect_copies(2);
	healing_expect_content();
	assert_int_equal(healing_sql("SELECT count(*) FROM bad_replica"), 0);
}

static void test_a_bad_copy_that_is_put_back_does_not_count(void **state)
{
	(void)state;
	lose_everything(2);
	put_back(&kept[0]);
	scratch_flip(&fixture.scratch, kept[0].path, 100);
	put_back(&kept[2]);
	assert_int_equal(truncate(scratch_path(&fixture.scratch, kept[2].path), 100), 0);
	assert_int_equal(pass(PASS_REPAIR).left, 2);
	assert_int_equal(lost(), 2);
	/* It is not the last word: a good one on another node does. */
	put_back(&kept[1]);
	assert_int_equal(pass(PASS_REPAIR).left, 1);
	assert_int_equal(lost(), 1);
	/* The one that was read is out of the way; the other is of no size that could be it. */
	assert_true(healing_quarantined_on(kept[0].node) == 1);
	assert_true(scratch_exists(&fixture.scratch, kept[2].path));
}

static void test_all_that_is_put_back_counts_so_that_nothing_is_copied(void **state)
{
	(void)state;
	lose_everything(CHUNKS);
	uint64_t before = maintenance->repaired;
	for (unsigned i = 0; i < kept_count; i++)
		put_back(&kept[i]);
	assert_int_equal(pass(PASS_REPAIR).left, 0);
	healing_run_to_rest();
	healing_expect_copies(2);
	assert_int_equal(maintenance->repaired, before);
	assert_int_equal(healing_events("copy_found"), 1);
}

/* Nobody asks: it is looked now and then, and one error is not the last word. */
static void test_a_read_that_fails_is_made_up_for(void **state)
{
	(void)state;
	static char under[512];
	lose_everything(1);
	put_back(&kept[0]);
	snprintf(under, sizeof(under), "%s", scratch_path(&fixture.scratch, kept[0].path));
	env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_PREAD, .number = EIO, .under = under});
	assert_int_equal(pass(PASS_REPAIR).left, 1);
	assert_int_equal(env_mock_hits(&fixture.mock, 0), 1);
	healing_run_for(400 * SECOND);
	assert_int_equal(lost(), 0);
	healing_expect_content();
}

/*
 * While wrong bytes are read, a put makes a good copy in their place, which counts by the time that the verdict is
 * there.
 */
static bool armed;
static unsigned raced;

static void put_meanwhile(void *context, int fd, off_t offset)
{
	char link[64], path[512];
	(void)context, (void)offset;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, sizeof(path) - 1);
	path[length < 0 ? 0 : length] = '\0';
	const char *node = strstr(path, "/nodes/node-");
	if (!armed || !node || !strstr(path, kept[0].hex))
		return;
	armed = false;
	raced = (unsigned)strtoul(node + strlen("/nodes/node-"), NULL, 10);
	assert_int_equal(unlink(path), 0);
	store_fixture_put(&fixture, "file", "again");
}

static void test_what_is_put_while_wrong_bytes_are_read_is_not_put_aside(void **state)
{
	(void)state;
	char path[200];
	lose_everything(1);
	for (unsigned node = 1; node <= 4; node++)
		lay_down(&kept[0], node, 77);
	fixture.mock.before_pread = put_meanwhile;
	armed = true;
	healing_ask((struct catalog_request){.kind = PASS_REPAIR, .bandwidth = -1});
	for (int i = 0; i < 200 && armed; i++)
		healing_run_for(STEP_MS);
	fixture.mock.before_pread = NULL;
	assert_false(armed);
	snprintf(path, sizeof(path), "nodes/node-%u/chunks/%.2s/%s", raced, kept[0].hex, kept[0].hex);
	assert_int_equal(healing_quarantined_on(raced), 0);
	assert_int_equal(healing_copies_on(raced), scratch_exists(&fixture.scratch, path));
	healing_run_to_rest();
	healing_expect_content();
}

/* What the system says of pages that it gave up, it says once: the file is made anew, not taken for the copy. */
static void test_a_file_whose_flush_failed_is_written_again(void **state)
{
	(void)state;
	struct catalog_chunk chunk;
	struct stat before, after;
	char hex[DIGEST_HEX_SIZE], path[160], kept_as[512];
	healing_make_store(2, PAIRS);
	store_fixture_fail_node(&fixture, 2, true);
	healing_put(1);
	store_fixture_fail_node(&fixture, 2, false);
	chunk = one_store_first_chunk();
	digest_hex(&chunk.digest, hex);
	snprintf(path, sizeof(path), "nodes/node-2/chunks/%.2s/%s", hex, hex);
	healing_start();
	env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_SYNCFS, .number = EIO});
	while (env_mock_hits(&fixture.mock, 0) == 0)
		healing_run_for(STEP_MS);
	snprintf(kept_as, sizeof(kept_as), "%s", scratch_path(&fixture.scratch, "kept"));
	assert_int_equal(stat(scratch_path(&fixture.scratch, path), &before), 0);
	assert_int_equal(link(scratch_path(&fixture.scratch, path), kept_as), 0);
	healing_run_for(120 * SECOND);
	healing_run_to_rest();
	assert_int_equal(healing_copies_on(2), 1);
	assert_int_equal(stat(scratch_path(&fixture.scratch, path), &after), 0);
	assert_true(before.st_ino != after.st_ino);
}

static int remove_node(unsigned node)
{
	char name[16];
	uint64_t copies;
	snprintf(name, sizeof(name), "node-%u", node);
	return store_node_remove_in(
		&fixture.mock.env, store_fixture_config(&fixture), name, NULL, &copies, &fixture.error);
}

static void test_a_node_whose_files_of_lost_chunks_cannot_be_read_can_be_removed(void **state)
{
	(void)state;
	static char under[512];
	lose_everything(1);
	healing_stop();
	put_back(&kept[0]);
	snprintf(under, sizeof(under), "%s", scratch_path(&fixture.scratch, kept[0].path));
	env_mock_fail(&fixture.mock,
		(struct io_fault){.call = IO_PREAD, .number = EIO, .lasting = true, .under = under});
	assert_int_equal(remove_node(kept[0].node), 0);
}

/* Who waits for a repair is not told that something is lost that only could not be written down yet. */
static void test_a_repair_waits_for_a_round_without_failure(void **state)
{
	(void)state;
	struct catalog_request request;
	lose_everything(1);
	put_back(&kept[0]);
	int64_t id = healing_ask((struct catalog_request){.kind = PASS_REPAIR, .bandwidth = -1});
	healing_sql("CREATE TRIGGER fault BEFORE INSERT ON event WHEN NEW.code = 'copy_found'"
		    " BEGIN SELECT RAISE(ABORT, 'no'); END");
	healing_run_for(SECOND);
	healing_sql("DROP TRIGGER fault");
	assert_int_equal(catalog_get_request(fixture.store->reader, id, &request, &fixture.error), 1);
	assert_false(request.done);
	assert_int_equal(healing_answer(id, 60).left, 0);
}

/* A node cannot leave with what may be the last copy. */
static void test_a_node_with_a_file_of_a_lost_chunk_is_not_removed(void **state)
{
	(void)state;
	lose_everything(1);
	healing_stop();
	put_back(&kept[0]);
	assert_int_equal(remove_node(kept[0].node), -1);
	assert_int_equal(fixture.error.code, ERROR_REFUSED);
	assert_non_null(strstr(fixture.error.message, "has a good file of 1 chunk "));
	assert_int_equal(remove_node(kept[1].node), 0);
	healing_start();
	healing_run_to_rest();
	assert_int_equal(lost(), 0);
	healing_expect_content();
}

static void test_more_than_a_page_is_looked_for(void **state)
{
	(void)state;
	enum { MANY = 130 };
	healing_make_store(4, "chunk: {size: 64KiB}\nreplication_factor: 1\nmin_replicas: 1\nworkers: 2\n");
	healing_put(MANY);
	assert_int_equal(catalog_begin(fixture.store->writer, &fixture.error), 0);
	for (int64_t id = 1; id <= MANY; id++) {
		struct catalog_chunk chunk;
		assert_int_equal(catalog_get_chunk(fixture.store->writer, id, &chunk, &fixture.error), 1);
		assert_int_equal(chunk.node_count, 1);
		assert_int_equal(
			catalog_drop_replica(fixture.store->writer, &chunk, chunk.nodes[0], &fixture.error),
			0);
	}
	assert_int_equal(catalog_commit(fixture.store->writer, &fixture.error), 0);
	healing_start();
	healing_run_for(10 * SECOND);
	assert_int_equal(lost(), 0);
	healing_expect_content();
}

/*
 * The only good copy is on a node that is away while the catalog regrows, and another file lies in its place
 * elsewhere.
 */
static void test_the_good_copy_comes_with_a_node_that_returns(void **state)
{
	(void)state;
	unsigned fewest, most;
	struct rebuild_result rebuilt;
	const struct rebuild_options options = {0};
	kept_count = 0;
	healing_make_store(
		3, "chunk: {size: 64KiB}\nreplication_factor: 1\nmin_replicas: 1\nrepair: {grace: 0s}\n");
	healing_put(1);
	healing_each_chunk(take_out, &fewest, &most);
	put_back(&kept[0]);
	unsigned holder = kept[0].node, other = holder % 3 + 1;
	lay_down(&kept[0], other, 77);
	healing_lose(holder);
	store_fixture_lose_catalog(&fixture);
	assert_int_equal(store_rebuild_in(&fixture.mock.env, store_fixture_config(&fixture), &options,
				 &rebuilt, &fixture.error),
		0);
	store_fixture_reopen(&fixture);
	assert_int_equal(healing_copies_on(other), 1);
	healing_start();
	pass(PASS_SCRUB);
	assert_int_equal(lost(), 1);
	assert_int_equal(healing_quarantined_on(other), 1);
	healing_give_back(holder);
	healing_run_for(5 * SECOND);
	assert_int_equal(lost(), 0);
	assert_int_equal(healing_copies_on(holder), 1);
	assert_int_equal(healing_events("copy_found"), 1);
	healing_expect_content();
}

/*
 * A repair that comes to nothing, for all that it can read is bad, leaves what it found where it was to make a copy.
 */
static void test_a_good_copy_stays_where_another_could_not_be_made(void **state)
{
	(void)state;
	unsigned fewest, most;
	kept_count = 0;
	healing_make_store(3, PAIRS);
	healing_put(1);
	healing_each_chunk(take_out, &fewest, &most);
	lay_down(&kept[0], kept[0].node, 77);
	lay_down(&kept[0], kept[1].node, 77);
	lay_down(&kept[0], 1 + 2 + 3 - kept[0].node - kept[1].node, 1);
	healing_lose(kept[1].node);
	healing_start();
	healing_run_for(5 * SECOND);
	assert_int_equal(healing_quarantined_on(kept[0].node), 1);
	healing_give_back(kept[1].node);
	pass(PASS_SCRUB);
	healing_run_to_rest();
	assert_int_equal(healing_quarantined_on(kept[1].node), 1);
	healing_expect_copies(2);
	healing_expect_content();
}

static void add_stray(unsigned node, const struct digest *digest)
{
	struct catalog *catalog = fixture.store->writer;
	assert_int_equal(catalog_begin(catalog, &fixture.error), 0);
	assert_int_equal(catalog_add_stray(catalog, (uint16_t)node, digest, &fixture.error), 0);
	assert_int_equal(catalog_commit(catalog, &fixture.error), 0);
}

/* The table says that the file is to go, and the catalog that there are enough others; but these have rotted. */
static void test_a_stray_stays_when_the_copies_that_count_have_rotted(void **state)
{
	(void)state;
	unsigned fewest, most;
	struct digest digest;
	kept_count = 0;
	healing_make_store(3, PAIRS);
	healing_put(1);
	healing_each_chunk(take_out, &fewest, &most);
	unsigned third = 1 + 2 + 3 - kept[0].node - kept[1].node;
	lay_down(&kept[0], kept[0].node, 77);
	lay_down(&kept[0], kept[1].node, 77);
	lay_down(&kept[0], third, 1);
	assert_true(digest_from_hex(kept[0].hex, &digest));
	add_stray(third, &digest);
	healing_start();
	healing_run_to_rest();
	healing_expect_copies(2);
	assert_true(healing_copies_on(third) == 1);
	healing_expect_content();
}

/*
 * The holder cannot be read, so nothing can be moved from it; what lies where it was to go is good, though nobody
 * counts it.
 */
static void test_a_move_that_fails_takes_no_good_copy_along(void **state)
{
	(void)state;
	static char under[512];
	unsigned fewest, most;
	bool changed;
	char name[16];
	kept_count = 0;
	healing_make_store(3, ONE_OF);
	healing_put(1);
	healing_each_chunk(take_out, &fewest, &most);
	put_back(&kept[0]);
	unsigned holder = kept[0].node, next = holder % 3 + 1, last = next % 3 + 1;
	lay_down(&kept[0], next, 1);
	lay_down(&kept[0], last, 1);
	healing_start();
	healing_run_for(2 * SECOND);
	snprintf(under, sizeof(under), "%s", scratch_path(&fixture.scratch, kept[0].path));
	env_mock_fail(&fixture.mock,
		(struct io_fault){.call = IO_PREAD, .number = EIO, .lasting = true, .under = under});
	snprintf(name, sizeof(name), "node-%u", holder);
	assert_int_equal(store_node_drain(fixture.store, name, &changed, &fixture.error), 0);
	healing_run_for(60 * SECOND);
	assert_true(env_mock_hits(&fixture.mock, 0) > 0);
	assert_int_equal(healing_files_on(next) + healing_files_on(last), 2);
}

/* A copy that cannot be read while another can is as bad as one of other bytes, and made again. */
static void test_copies_that_cannot_be_read_are_condemned_for_a_stray(void **state)
{
	(void)state;
	static char under[512];
	unsigned fewest, most;
	struct digest digest;
	kept_count = 0;
	healing_make_store(3, PAIRS "scrub: {interval: 0}\n");
	healing_put(2);
	healing_each_chunk(take_out, &fewest, &most);
	unsigned third = 1 + 2 + 3 - kept[0].node - kept[1].node;
	for (unsigned i = 0; i < 4; i++)
		put_back(&kept[i]);
	snprintf(under, sizeof(under), "%s", scratch_path(&fixture.scratch, kept[1].path));
	lay_down(&kept[0], third, 1);
	assert_true(digest_from_hex(kept[0].hex, &digest));
	add_stray(third, &digest);
	env_mock_fail(&fixture.mock,
		(struct io_fault){.call = IO_PREAD, .number = EIO, .lasting = true, .under = under});
	healing_start();
	healing_run_for(10 * SECOND);
	assert_int_equal(healing_events("replica_bad"), 1);
	env_mock_heal(&fixture.mock);
	healing_run_to_rest();
	healing_run_for(60 * SECOND);
	healing_expect_copies(2);
}

/* More of those that have to stay than are looked at together do not hide one that can go. */
static void test_strays_that_stay_do_not_keep_others_from_going(void **state)
{
	(void)state;
	enum { MANY = 70 };
	struct catalog_chunk chunks[MANY];
	struct digest last;
	char path[160];
	healing_make_store(3, "chunk: {size: 64KiB}\nreplication_factor: 2\nmin_replicas: 1\nworkers: 2\n"
			      "repair: {grace: 1h}\n");
	store_fixture_fail_node(&fixture, 1, true);
	healing_put(MANY);
	store_fixture_fail_node(&fixture, 1, false);
	assert_int_equal(
		catalog_page_chunks(fixture.store->reader, 0, 0, chunks, MANY, &fixture.error), MANY);
	for (int i = 0; i < MANY; i++) {
		struct kept copy;
		digest_hex(&chunks[i].digest, copy.hex);
		lay_down(&copy, 1, 77);
		add_stray(1, &chunks[i].digest);
	}
	memset(&last, 0xff, sizeof(last));
	struct kept copy;
	digest_hex(&last, copy.hex);
	lay_down(&copy, 1, 77);
	add_stray(1, &last);
	snprintf(path, sizeof(path), "nodes/node-1/chunks/ff/%s", copy.hex);
	const struct repair_control pause = {.set_paused = true, .paused = true};
	assert_int_equal(store_control_repair(fixture.store, &pause, &fixture.error), 0);
	healing_lose(3);
	healing_start();
	healing_run_for(5 * SECOND);
	assert_false(scratch_exists(&fixture.scratch, path));
	assert_int_equal(healing_files_on(1), MANY);
	/* Looking at them again and again writes nothing. */
	int64_t commits = healing_sql("SELECT sequence FROM state");
	healing_run_for(100 * SECOND);
	assert_true(healing_sql("SELECT sequence FROM state") <= commits + 2);
	/* A collection looks at all of them, however far the sweep has come. */
	memset(&last, 0, sizeof(last));
	digest_hex(&last, copy.hex);
	lay_down(&copy, 1, 77);
	add_stray(1, &last);
	maintenance->stray_sweeps[0].cursor = (struct stray_cursor){true, chunks[MANY - 1].digest};
	maintenance->next_stray_ns = INT64_MAX;
	assert_int_equal(pass(PASS_COLLECT).files, 1);
	maintenance->next_stray_ns = 0;
	healing_give_back(3);
	healing_run_for(60 * SECOND);
	assert_int_equal(healing_files_on(1), 0);
	healing_expect_content();
}

static void test_a_copy_counts_only_once_it_is_flushed(void **state)
{
	(void)state;
	lose_everything(1);
	put_back(&kept[0]);
	env_mock_fail(&fixture.mock, (struct io_fault){.call = IO_SYNCFS, .number = EIO, .lasting = true});
	assert_int_equal(pass(PASS_REPAIR).left, 1);
	assert_int_equal(lost(), 1);
	env_mock_heal(&fixture.mock);
	assert_int_equal(pass(PASS_REPAIR).left, 0);
}

/* It goes on by itself, once the catalog takes something again. */
static void test_a_catalog_that_fails_is_tried_again(void **state)
{
	(void)state;
	static const char *const faults[] = {
		"UPDATE ON chunk", "INSERT ON event WHEN NEW.code = 'copy_found'", "INSERT ON copyset"};
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		lose_everything(1);
		put_back(&kept[0]);
		healing_sql("CREATE TRIGGER fault BEFORE %s BEGIN SELECT RAISE(ABORT, 'no'); END", faults[i]);
		healing_ask((struct catalog_request){.kind = PASS_REPAIR, .bandwidth = -1});
		healing_run_for(3 * SECOND);
		assert_int_equal(lost(), 1);
		healing_sql("DROP TRIGGER fault");
		healing_run_for(3 * SECOND);
		assert_int_equal(lost(), 0);
		healing_expect_content();
		healing_clean(state);
	}
	healing_make_store(1, PAIRS); /* for the teardown */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, healing_clean)
	const struct CMUnitTest tests[] = {
		TEST(what_is_put_back_counts_again),
		TEST(a_bad_copy_that_is_put_back_does_not_count),
		TEST(all_that_is_put_back_counts_so_that_nothing_is_copied),
		TEST(a_read_that_fails_is_made_up_for),
		TEST(what_is_put_while_wrong_bytes_are_read_is_not_put_aside),
		TEST(a_file_whose_flush_failed_is_written_again),
		TEST(a_node_whose_files_of_lost_chunks_cannot_be_read_can_be_removed),
		TEST(a_repair_waits_for_a_round_without_failure),
		TEST(a_node_with_a_file_of_a_lost_chunk_is_not_removed),
		TEST(a_move_that_fails_takes_no_good_copy_along),
		TEST(copies_that_cannot_be_read_are_condemned_for_a_stray),
		TEST(more_than_a_page_is_looked_for),
		TEST(the_good_copy_comes_with_a_node_that_returns),
		TEST(a_good_copy_stays_where_another_could_not_be_made),
		TEST(a_stray_stays_when_the_copies_that_count_have_rotted),
		TEST(strays_that_stay_do_not_keep_others_from_going),
		TEST(a_copy_counts_only_once_it_is_flushed),
		TEST(a_catalog_that_fails_is_tried_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
