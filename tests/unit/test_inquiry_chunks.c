/*
 * What an inquiry knows of chunks and nodes: rows, one file, one chunk, what a loss would mean, pairs, and one node.
 * The figures are checked against what store_stat(), store_risk() and store_view() say of the same store.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/asked_store.h"
#include "tests/support/healing.h"

static int make(void **state)
{
	(void)state;
	asked_store_begin(4, NULL);
	return 0;
}

static void put(const char *name, size_t size, uint64_t seed, unsigned copies)
{
	scratch_write_seeded(&fixture.scratch, "source", size, seed);
	check(store_fixture_try_put(&fixture, "source", name, copies));
}

static void fail_node(const char *name)
{
	bool changed;
	assert_int_equal(store_node_fail(fixture.store, name, &changed, &fixture.error), 0);
}

static int64_t id_of(const char *name)
{
	char sql[256];
	snprintf(sql, sizeof(sql), "SELECT id FROM file WHERE name = CAST('%s' AS BLOB)", name);
	return store_fixture_sql(&fixture, sql);
}

/* ---- what stat says ---- */

enum { CHUNKS_MAX = 64 };

static struct {
	struct stat_chunk chunks[CHUNKS_MAX];
	struct stat_replica replicas[CHUNKS_MAX][8];
	unsigned live[CHUNKS_MAX];
	size_t count;
} stated;

static void note_stat_entry(void *context, const struct entry *entry)
{
	(void)context;
	(void)entry;
	stated.count = 0;
}

static void note_stat_chunk(void *context, const struct stat_chunk *chunk)
{
	(void)context;
	assert_true(stated.count < CHUNKS_MAX && chunk->replica_count <= 8);
	size_t at = stated.count++;
	stated.chunks[at] = *chunk;
	stated.live[at] = 0;
	for (size_t i = 0; i < chunk->replica_count; i++) {
		stated.replicas[at][i] = chunk->replicas[i];
		stated.live[at] += chunk->replicas[i].state == REPLICA_LIVE;
	}
}

static void stat_file(const char *name)
{
	assert_int_equal(
		store_stat(fixture.store, name, note_stat_entry, note_stat_chunk, NULL, &fixture.error), 0);
}

/* ---- rows ---- */

static void test_rows_come_in_the_order_asked_without_what_is_gone(void **state)
{
	(void)state;
	put("a", 5 * FIXTURE_CHUNK, 1, 3);
	put("a", 4 * FIXTURE_CHUNK, 2, 3);
	put("gone", 10, 3, 2);
	put("empty", 0, 4, 2);
	scratch_folder(&fixture.scratch, "folder");
	store_fixture_put(&fixture, "folder", NULL);
	uint64_t removed;
	int64_t ids[] = {id_of("empty"), 99999, id_of("gone"), id_of("a"), id_of("folder/"), -1};
	assert_int_equal(store_remove(fixture.store, "gone", &removed, &fixture.error), 0);
	const struct question question = {.kind = QUESTION_ROWS, .rows = {.ids = ids, .count = 6}};
	const struct answer *answer = asking_get(&asking, &question);
	assert_int_equal(answer->rows.count, 3);
	const struct answer_file_row *rows = answer->rows.rows;
	assert_string_equal(rows[0].name, "empty");
	assert_int_equal(rows[0].worst_live, -1);
	assert_string_equal(rows[2].name, "folder");
	assert_int_equal(rows[2].kind, ENTRY_FOLDER);
	const struct answer_file_row *row = &rows[1];
	assert_string_equal(row->name, "a");
	assert_int_equal(row->id, ids[3]);
	assert_int_equal(row->version, 2);
	assert_int_equal(row->versions, 2);
	assert_int_equal(row->size_bytes, 4 * FIXTURE_CHUNK);
	assert_int_equal(row->chunks, 4);
	assert_int_equal(row->replication_factor, 3);
	assert_int_equal(row->worst_live, 3);
	assert_int_equal(row->want, 3);
}

static void test_a_row_shows_the_worst_chunk_as_it_is_now(void **state)
{
	(void)state;
	put("a", 20 * FIXTURE_CHUNK, 1, 2);
	const int64_t id = id_of("a");
	const struct question question = {.kind = QUESTION_ROWS, .rows = {.ids = &id, .count = 1}};
	assert_int_equal(asking_get(&asking, &question)->rows.rows[0].worst_live, 2);
	const char *const nodes[] = {"node-1", "node-2", "node-3"};
	for (size_t i = 0; i < 3; i++) {
		fail_node(nodes[i]);
		stat_file("a");
		unsigned worst = 99;
		for (size_t c = 0; c < stated.count; c++)
			worst = stated.live[c] < worst ? stated.live[c] : worst;
		assert_int_equal(asking_get(&asking, &question)->rows.rows[0].worst_live, worst);
	}
	/* Large files' worst chunks are remembered, and forgotten again. */
	store_fixture_sql(&fixture, "UPDATE version SET extents = 5000");
	assert_int_equal(asking_get(&asking, &question)->rows.rows[0].worst_live, 0);
	bool changed;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(store_node_recover(fixture.store, nodes[i], &changed, &fixture.error), 0);
	assert_int_equal(asking_get(&asking, &question)->rows.rows[0].worst_live, 2);
	assert_int_equal(asking_get(&asking, &question)->rows.rows[0].worst_live, 2);
}

static void test_more_rows_than_allowed_are_cut(void **state)
{
	(void)state;
	put("a", 1, 1, 2);
	static int64_t ids[INQUIRY_ROWS_MAX + 100];
	for (size_t i = 0; i < INQUIRY_ROWS_MAX + 100; i++)
		ids[i] = id_of("a");
	const struct question question = {
		.kind = QUESTION_ROWS, .rows = {.ids = ids, .count = INQUIRY_ROWS_MAX + 100}};
	assert_int_equal(asking_get(&asking, &question)->rows.count, INQUIRY_ROWS_MAX);
}

/* ---- one file, one chunk ---- */

static void test_a_map_says_what_stat_says(void **state)
{
	(void)state;
	put("a", 30 * FIXTURE_CHUNK, 1, 2);
	put("a", 3 * FIXTURE_CHUNK, 2, 2);
	fail_node("node-3");
	struct question question = {.kind = QUESTION_FILE, .file = {.id = id_of("a"), .version = 1}};
	const struct answer *answer = asking_get(&asking, &question);
	assert_int_equal(answer->file.version, 1);
	assert_int_equal(answer->file.version_count, 2);
	assert_int_equal(answer->file.versions[0].number, 2);
	assert_true(answer->file.versions[0].current);
	assert_false(answer->file.versions[1].current);
	assert_int_equal(answer->file.versions[1].size_bytes, 30 * FIXTURE_CHUNK);
	assert_int_equal(answer->file.row.size_bytes, 3 * FIXTURE_CHUNK);
	stat_file("a@1");
	assert_int_equal(answer->file.chunk_count, 30);
	unsigned missing = 0;
	for (size_t i = 0; i < 30; i++) {
		assert_int_equal(answer->file.live[i], stated.live[i]);
		missing += answer->file.live[i] < answer->file.want[i];
	}
	assert_true(missing > 0 && missing < 30);
	question.file.version = 0;
	answer = asking_get(&asking, &question);
	assert_int_equal(answer->file.version, 2);
	assert_int_equal(answer->file.chunk_count, 3);
	assert_int_equal(answer->file.want[0], 2);
	assert_string_equal(answer->file.versions[0].sha256, fixture.last.sha256);
}

static void test_a_removed_file_has_its_versions_still(void **state)
{
	(void)state;
	put("a", 10, 1, 2);
	put("a", 20, 2, 2);
	struct question question = {.kind = QUESTION_FILE, .file = {.id = id_of("a")}};
	uint64_t removed;
	assert_int_equal(store_remove(fixture.store, "a", &removed, &fixture.error), 0);
	const struct answer *answer = asking_get(&asking, &question);
	assert_int_equal(answer->file.version, 2);
	question.file.version = 1;
	answer = asking_get(&asking, &question);
	assert_int_equal(answer->file.version, 1);
	assert_int_equal(answer->file.version_count, 2);
	assert_int_equal(answer->file.row.version, 0);
	assert_true(answer->file.row.removed);
	assert_true(answer->file.row.ended_ms > 0);
	assert_int_equal(answer->file.row.ended_ms, answer->file.versions[0].ended_ms);
	question.file.version = 3;
	assert_non_null(strstr(asking_fail(&asking, &question), "'a' has no version 3"));
	question.file.id = 4711;
	assert_non_null(strstr(asking_fail(&asking, &question), "no such file"));
}

static void test_a_map_too_large_for_the_memory_is_a_failure(void **state)
{
	(void)state;
	put("a", 10, 1, 2);
	const struct question question = {.kind = QUESTION_FILE, .file = {.id = id_of("a")}};
	store_fixture_sql(&fixture, "UPDATE version SET extents = 9223372036854775807");
	assert_non_null(strstr(asking_fail(&asking, &question), "cannot hold a map"));
	store_fixture_sql(&fixture, "UPDATE version SET extents = 2");
	assert_non_null(strstr(asking_fail(&asking, &question), "damaged"));
	store_fixture_sql(&fixture, "UPDATE version SET extents = 1");
	asking_get(&asking, &question);
}

static void expect_chunk(int64_t id, uint64_t version, size_t index)
{
	const struct question question = {
		.kind = QUESTION_CHUNK, .chunk = {.id = id, .version = version, .index = index}};
	const struct answer *answer = asking_get(&asking, &question);
	const struct stat_chunk *chunk = &stated.chunks[index];
	assert_int_equal(answer->chunk.index, index);
	assert_string_equal(answer->chunk.sha256, chunk->sha256);
	assert_int_equal(answer->chunk.size_bytes, chunk->size_bytes);
	assert_int_equal(answer->chunk.offset, chunk->offset);
	assert_int_equal(answer->chunk.length, chunk->length);
	assert_int_equal(answer->chunk.replica_count, chunk->replica_count);
	for (size_t i = 0; i < chunk->replica_count; i++) {
		assert_string_equal(answer->chunk.replicas[i].node, stated.replicas[index][i].node);
		assert_int_equal(answer->chunk.replicas[i].state, stated.replicas[index][i].state);
	}
}

static void test_a_chunk_is_what_stat_says(void **state)
{
	(void)state;
	put("a", 6 * FIXTURE_CHUNK, 1, 3);
	put("small-1", 100, 2, 2);
	put("small-2", 200, 3, 2);
	fail_node("node-2");
	struct catalog_chunk chunk;
	struct catalog *catalog = fixture.store->writer;
	assert_int_equal(catalog_begin(catalog, &fixture.error), 0);
	assert_int_equal(catalog_get_chunk(catalog, 3, &chunk, &fixture.error), 1);
	assert_int_equal(
		catalog_add_bad_replica(catalog, &chunk, chunk.nodes[0], "a test", &fixture.error), 0);
	assert_int_equal(catalog_commit(catalog, &fixture.error), 0);
	stat_file("a");
	unsigned states[3] = {0};
	for (size_t i = 0; i < 6; i++) {
		expect_chunk(id_of("a"), 0, i);
		for (size_t r = 0; r < stated.chunks[i].replica_count; r++)
			states[stated.replicas[i][r].state]++;
	}
	assert_true(states[REPLICA_LIVE] && states[REPLICA_UNREACHABLE] && states[REPLICA_BAD] == 1);
	stat_file("small-2");
	expect_chunk(id_of("small-2"), 1, 0);
	struct question beyond = {.kind = QUESTION_CHUNK, .chunk = {.id = id_of("a"), .index = 6}};
	assert_non_null(strstr(asking_fail(&asking, &beyond), "'a' has no chunk 7"));
	/* Positions need not be without gaps. */
	store_fixture_sql(&fixture, "UPDATE extent SET position = position * 10 + 1000 WHERE version = 1");
	stat_file("a@1");
	expect_chunk(id_of("a"), 1, 5);
	expect_chunk(id_of("a"), 1, 0);
}

/* ---- loss ---- */

struct risk_sum {
	uint64_t files, one_copy, unavailable;
	char worst[128];
};

static void add_risk(void *context, const struct risk_file *file)
{
	struct risk_sum *sum = context;
	if (sum->files++ == 0)
		snprintf(sum->worst, sizeof(sum->worst), "%s", file->name);
	sum->one_copy += file->worst_live == 1;
	sum->unavailable += file->worst_live == 0;
}

static void fill_store(void)
{
	char name[32];
	for (unsigned i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "file-%u", i);
		put(name, (i % 4 + 1) * FIXTURE_CHUNK, i, i % 3 + 1);
		if (i % 5 == 0)
			put(name, (i % 3 + 1) * FIXTURE_CHUNK, 100 + i, i % 3 + 1);
	}
}

static const struct answer *lose(const char *const *nodes, size_t count)
{
	const struct question question = {
		.kind = QUESTION_LOSS, .loss = {.nodes = nodes, .count = count, .sample = 5}};
	return asking_get(&asking, &question);
}

/* Compares a loss that is reckoned with the one that has happened. */
static void expect_loss(const struct answer *answer, const struct risk_sum *before)
{
	struct risk_sum after = {0};
	assert_int_equal(store_risk(fixture.store, NULL, 0, add_risk, &after, &fixture.error), 0);
	assert_int_equal(before->files, after.files);
	assert_int_equal(answer->loss.files, after.files);
	assert_int_equal(answer->loss.files_one_copy, after.one_copy);
	assert_int_equal(answer->loss.files_unavailable, after.unavailable);
	const struct view *view = one_store_look();
	const struct view_chunks *chunks = &view->chunks;
	assert_int_equal(answer->loss.chunks, chunks->under_replicated + chunks->unavailable + chunks->lost);
	assert_int_equal(answer->loss.chunks_one_copy, chunks->last_copy);
	assert_int_equal(answer->loss.chunks_unavailable, chunks->unavailable + chunks->lost);
	view_unref(view);
}

static void test_a_loss_is_as_bad_as_was_reckoned(void **state)
{
	(void)state;
	static const char *const nodes[] = {"node-2", "node-4", "node-1"};
	fill_store();
	assert_int_equal(lose(NULL, 0)->loss.chunks, 0);
	for (size_t down = 0; down < 3; down++) {
		/* One more than those that are down already. */
		struct risk_sum risk = {0};
		assert_int_equal(
			store_risk(fixture.store, &nodes[down], 1, add_risk, &risk, &fixture.error), 0);
		const struct answer *answer = lose(&nodes[down], 1);
		fail_node(nodes[down]);
		expect_loss(answer, &risk);
		assert_true(answer->loss.chunks > 0);
		assert_int_equal(answer->loss.sample_count, answer->loss.files < 5 ? answer->loss.files : 5);
		for (size_t i = 1; i < answer->loss.sample_count; i++)
			assert_true(
				answer->loss.sample[i - 1].worst_live <= answer->loss.sample[i].worst_live);
		assert_true(answer->loss.sample[0].want > answer->loss.sample[0].worst_live);
		/* The same as losing it once more. */
		assert_int_equal(lose(&nodes[down], 1)->loss.chunks, answer->loss.chunks);
		assert_int_equal(lose(NULL, 0)->loss.chunks, answer->loss.chunks);
	}
	assert_non_null(strstr(lose(NULL, 0)->loss.obstacle, "repair.min_up_ratio"));
}

/* What maintenance really copies. */
static void test_repair_copies_what_was_reckoned(void **state)
{
	(void)state;
	static const char *const lost[] = {"node-3"};
	asked_store_begin(5, TWO_OF NO_GRACE);
	fill_store();
	const struct answer *answer = lose(lost, 1);
	assert_true(answer->loss.copies > 0);
	assert_true(answer->loss.fits);
	fail_node("node-3");
	healing_start();
	healing_run_to_rest();
	assert_int_equal(answer->loss.copies, maintenance->repaired);
	assert_int_equal(answer->loss.copy_bytes, maintenance->repaired_bytes);
	/* A chunk whose only copy was there stays away. */
	assert_int_equal(lose(NULL, 0)->loss.copies, 0);
	assert_int_equal(lose(NULL, 0)->loss.chunks, answer->loss.chunks_unavailable);
	assert_true((answer->loss.obstacle[0] != '\0') == (answer->loss.chunks_unavailable > 0));
	healing_stop();
}

static void test_what_is_in_the_way_of_repair_is_said(void **state)
{
	(void)state;
	static const char *const one[] = {"node-1"}, *const two[] = {"node-1", "node-2"},
				 *const all[] = {"node-1", "node-2", "node-3", "node-4"};
	static const char *const unknown[] = {"node-9"};
	put("four", 8 * FIXTURE_CHUNK, 1, 4);
	const struct answer *answer = lose(one, 1);
	assert_int_equal(answer->loss.chunks, 8);
	assert_int_equal(answer->loss.copies, 0);
	assert_non_null(strstr(answer->loss.obstacle, "8 chunks would want up to 4 copies, and 3 nodes"));
	assert_null(strstr(answer->loss.obstacle, "min_up_ratio"));
	assert_int_equal(lose(all, 4)->loss.chunks_unavailable, 8);
	assert_non_null(strstr(lose(all, 4)->loss.obstacle, "8 chunks would have no copy left"));
	assert_non_null(strstr(lose(all, 4)->loss.obstacle, "only 0 of 4 nodes would answer"));
	const struct question question = {.kind = QUESTION_LOSS, .loss = {.nodes = unknown, .count = 1}};
	assert_non_null(strstr(asking_fail(&asking, &question), "there is no node 'node-9'"));
	/* Room: what the nodes that are left hold now and little more. */
	put("two", 40 * FIXTURE_CHUNK, 2, 2);
	answer = lose(two, 2);
	assert_true(answer->loss.fits);
	for (size_t i = 0; i < 4; i++)
		node_set_capacity(&fixture.store->nodes[i], 30 * FIXTURE_CHUNK, 1);
	const struct answer *tight = lose(two, 2);
	assert_int_equal(tight->loss.copies, answer->loss.copies);
	assert_false(tight->loss.fits);
	assert_true(tight->loss.room_bytes < tight->loss.copy_bytes);
	assert_non_null(strstr(tight->loss.obstacle, "have room for"));
	/* Room in one node only is of no use for chunks that it has already. */
	node_set_capacity(&fixture.store->nodes[2], 1000 * FIXTURE_CHUNK, 1);
	tight = lose(two, 2);
	assert_true(tight->loss.room_bytes > tight->loss.copy_bytes);
	assert_false(tight->loss.fits);
}

static void test_a_repair_takes_as_long_as_the_rate_says(void **state)
{
	(void)state;
	static const char *const one[] = {"node-1"};
	put("two", 40 * FIXTURE_CHUNK, 2, 2);
	const struct answer *answer = lose(one, 1);
	assert_true(answer->loss.copies > 0);
	assert_true(answer->loss.rate == 0 && answer->loss.seconds < 0);
	/* What repair did lately … */
	const struct view_event done = {.severity = EVENT_NOTICE,
		.code = "repair_finished",
		.node = "",
		.text = "",
		.trigger = "",
		.source = "",
		.target = "",
		.result = "ok",
		.bytes = 4000,
		.duration_ms = 2000};
	struct catalog *catalog = fixture.store->writer;
	assert_int_equal(catalog_begin(catalog, &fixture.error), 0);
	assert_int_equal(catalog_record_event(catalog, &done, &fixture.error), 0);
	assert_int_equal(catalog_commit(catalog, &fixture.error), 0);
	answer = lose(one, 1);
	assert_true(answer->loss.rate == 2000);
	assert_true(answer->loss.seconds == (double)answer->loss.copy_bytes / 2000);
	/* … counts less than a limit. */
	const struct repair_control control = {.set_bandwidth = true, .bandwidth = 1000};
	assert_int_equal(store_control_repair(fixture.store, &control, &fixture.error), 0);
	assert_true(lose(one, 1)->loss.rate == 1000);
	assert_true(lose(NULL, 0)->loss.seconds == 0);
}

/* ---- pairs and nodes ---- */

static uint32_t pair(const struct answer *answer, size_t a, size_t b)
{
	assert_int_equal(answer->pairs.chunks[a * answer->pairs.count + b],
		answer->pairs.chunks[b * answer->pairs.count + a]);
	return answer->pairs.chunks[a * answer->pairs.count + b];
}

static const struct answer *place(const char *policy)
{
	char settings[160];
	const struct question question = {.kind = QUESTION_PAIRS};
	snprintf(settings, sizeof(settings),
		"chunk: {size: 64KiB}\nreplication_factor: 2\nmin_replicas: 1\nworkers: 4\n"
		"placement: {policy: %s}\n",
		policy);
	asked_store_begin(6, settings);
	put("file", 120 * FIXTURE_CHUNK, 1, 2);
	const struct answer *answer = asking_get(&asking, &question);
	assert_int_equal(answer->pairs.count, 6);
	const struct view *view = one_store_look();
	uint32_t most = 0, sum = 0;
	for (size_t a = 0; a < 6; a++) {
		assert_string_equal(answer->pairs.nodes[a], view->nodes[a].name);
		assert_int_equal(pair(answer, a, a), view->nodes[a].chunks);
		for (size_t b = 0; b < a; b++) {
			sum += pair(answer, a, b);
			most = pair(answer, a, b) > most ? pair(answer, a, b) : most;
		}
	}
	view_unref(view);
	assert_int_equal(sum, 120);
	assert_int_equal(answer->pairs.most, most);
	return answer;
}

static void test_pairs_show_how_chunks_were_placed(void **state)
{
	(void)state;
	/* Each node shares with the two beside it only. */
	const struct answer *answer = place("round_robin");
	for (size_t a = 0; a < 6; a++)
		for (size_t b = 0; b < 6; b++)
			if (a != b && (a + 1) % 6 != b && (b + 1) % 6 != a)
				assert_int_equal(pair(answer, a, b), 0);
	assert_int_equal(answer->pairs.most, 20);
	asked_store_clean(NULL);
	answer = place("balanced");
	for (size_t a = 0; a < 6; a++)
		for (size_t b = 0; b < a; b++)
			assert_true(pair(answer, a, b) > 0);
}

static void test_a_node_is_described_by_its_copysets(void **state)
{
	(void)state;
	fill_store();
	struct question question = {.kind = QUESTION_NODE, .node = {.name = "node-2"}};
	fail_node("node-3");
	const struct answer *answer = asking_get(&asking, &question);
	const struct view *view = one_store_look();
	assert_string_equal(answer->node.name, "node-2");
	assert_int_equal(answer->node.chunks, view->nodes[1].chunks);
	assert_int_equal(answer->node.bytes, view->nodes[1].used_bytes);
	view_unref(view);
	uint64_t sum = 0;
	for (size_t i = 0; i < 17; i++)
		sum += answer->node.by_live[i];
	assert_int_equal(sum, answer->node.chunks);
	/* Those that nobody else has are unavailable without it. */
	static const char *const lost[] = {"node-2"};
	uint64_t without = lose(lost, 1)->loss.chunks_unavailable,
		 now = lose(NULL, 0)->loss.chunks_unavailable;
	assert_true(answer->node.only_here > 0);
	assert_int_equal(answer->node.only_here, without - now);
	assert_int_equal(answer->node.by_live[1], answer->node.only_here);
	assert_true(answer->node.file_count > 0 && answer->node.file_count <= 8);
	for (size_t i = 0; i < answer->node.file_count; i++) {
		bool here = false;
		stat_file(answer->node.files[i]);
		for (size_t c = 0; c < stated.count; c++)
			for (size_t r = 0; r < stated.chunks[c].replica_count; r++)
				here = here || strcmp(stated.replicas[c][r].node, "node-2") == 0;
		assert_true(here);
	}
	/* A node that does not answer has no live copies. */
	question.node.name = "node-3";
	assert_int_equal(asking_get(&asking, &question)->node.only_here, 0);
	question.node.name = "node-9";
	assert_non_null(strstr(asking_fail(&asking, &question), "there is no node 'node-9'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, asked_store_clean)
		TEST(test_rows_come_in_the_order_asked_without_what_is_gone),
		TEST(test_a_row_shows_the_worst_chunk_as_it_is_now),
		TEST(test_more_rows_than_allowed_are_cut),
		TEST(test_a_map_says_what_stat_says),
		TEST(test_a_removed_file_has_its_versions_still),
		TEST(test_a_map_too_large_for_the_memory_is_a_failure),
		TEST(test_a_chunk_is_what_stat_says),
		TEST(test_a_loss_is_as_bad_as_was_reckoned),
		cmocka_unit_test_teardown(test_repair_copies_what_was_reckoned, asked_store_clean),
		TEST(test_what_is_in_the_way_of_repair_is_said),
		TEST(test_a_repair_takes_as_long_as_the_rate_says),
		cmocka_unit_test_teardown(test_pairs_show_how_chunks_were_placed, asked_store_clean),
		TEST(test_a_node_is_described_by_its_copysets),
	};
	return cmocka_run_group_tests_name("inquiry_chunks", tests, NULL, NULL);
}
