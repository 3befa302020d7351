/*
 * Collection as maintenance does it: what it says beforehand, what it frees, and what it must not take from anybody.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/catalog_private.h"
#include "engine/clients.h"
#include "tests/support/healing.h"

enum { HOUR = 3600 * SECOND, NODES = 4 };

static const struct retention_rules only_current = {.keep_versions = 1};

/* ---- asking ---- */

static struct catalog_request run_pass(const struct retention_rules *rules)
{
	struct catalog_request request = healing_answer(
		healing_ask((struct catalog_request){.kind = PASS_COLLECT, .bandwidth = -1, .rules = *rules}),
		60);
	if (request.left)
		fail_msg("%s", request.text);
	return request;
}

static void count_version(void *context, const struct collect_version *version)
{
	assert_true(version->name[0] && version->why[0]);
	++*(uint64_t *)context;
}

static struct collect_preview look_ahead(void)
{
	struct collect_preview preview;
	struct collect_options options = {.set_keep_versions = true, .keep_versions = 1};
	uint64_t told = 0;
	if (store_preview_collection(
		    fixture.store, &options, count_version, &told, &preview, &fixture.error) < 0)
		fail_msg("%s", fixture.error.message);
	assert_int_equal(told, preview.versions);
	return preview;
}

/* Bytes in all files of the nodes' chunk and quarantine folders. */
static uint64_t bytes_in(const char *folder)
{
	uint64_t bytes = 0;
	DIR *stream = opendir(folder);
	for (struct dirent *entry; stream && (entry = readdir(stream));) {
		char path[4096];
		struct stat status;
		if (entry->d_name[0] == '.' && strncmp(entry->d_name, ".new-", 5) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (lstat(path, &status) == 0)
			bytes += S_ISDIR(status.st_mode) ? bytes_in(path) : (uint64_t)status.st_size;
	}
	if (stream)
		closedir(stream);
	return bytes;
}

static uint64_t bytes_on_nodes(void)
{
	uint64_t bytes = 0;
	for (unsigned i = 1; i <= NODES; i++) {
		char path[4096];
		if (access(healing_node_folder(i), F_OK) < 0)
			continue;
		snprintf(path, sizeof(path), "%s/chunks", healing_node_folder(i));
		bytes += bytes_in(path);
		snprintf(path, sizeof(path), "%s/quarantine", healing_node_folder(i));
		bytes += bytes_in(path);
	}
	return bytes;
}

/* What was said beforehand is what is free afterwards. */
static struct catalog_request expect_pass_as_said(void)
{
	struct collect_preview said = look_ahead();
	uint64_t before = bytes_on_nodes();
	struct catalog_request done = run_pass(&only_current);
	assert_int_equal(before - bytes_on_nodes(), said.bytes);
	assert_int_equal(done.bytes, said.bytes);
	assert_int_equal(done.files, said.files);
	assert_int_equal(done.versions, said.versions);
	assert_int_equal(done.chunks, said.chunks);
	assert_int_equal(done.waiting, said.waiting_bytes);
	return done;
}

static void expect_nothing_left(void)
{
	struct collect_preview left = look_ahead();
	assert_int_equal(left.versions + left.chunks + left.files + left.bytes, 0);
	assert_int_equal(healing_sql("SELECT count(*) FROM version WHERE file IS NULL"), 0);
	assert_int_equal(healing_sql("SELECT count(*) FROM unused"), 0);
	assert_int_equal(healing_sql("SELECT count(*) FROM stray"), 0);
	store_fixture_check_counters(&fixture);
	store_fixture_check_replicas(&fixture);
}

/* ---- a store with history ---- */

static void put_seeded(const char *name, size_t chunks, uint64_t seed)
{
	scratch_write_seeded(&fixture.scratch, "source", chunks * FIXTURE_CHUNK, seed);
	store_fixture_put(&fixture, "source", name);
}

static void make_history(void)
{
	healing_make_store(NODES, TWO_OF NO_GRACE);
	put_seeded("a", 5, 1);
	put_seeded("a", 7, 2);
	put_seeded("a", 3, 3);
	put_seeded("b", 5, 1);
	put_seeded("b", 2, 4);
	healing_start();
	healing_run_to_rest();
}

static void expect_current(void)
{
	store_fixture_expect(&fixture, "a", (size_t)3 * FIXTURE_CHUNK, 3);
	store_fixture_expect(&fixture, "b", (size_t)2 * FIXTURE_CHUNK, 4);
}

static void test_a_pass_frees_what_was_said_to_the_byte(void **state)
{
	(void)state;
	make_history();
	struct catalog_request done = expect_pass_as_said();
	assert_int_equal(done.versions, 3);
	assert_int_equal(done.chunks, 12);
	assert_int_equal(done.files, 24);
	assert_int_equal(healing_events("collected"), 1);
	expect_current();
	expect_nothing_left();
	assert_int_equal(run_pass(&only_current).files, 0);
	assert_int_equal(healing_events("collected"), 1);
}

/* Copies that are too many would be freed with the rest, if they were trimmed meanwhile. */
static void test_what_repair_would_trim_is_no_part_of_it(void **state)
{
	(void)state;
	uint64_t changed;
	make_history();
	assert_int_equal(store_set_replication(fixture.store, "b", 1, &changed, &fixture.error), 0);
	struct catalog_request done = expect_pass_as_said();
	assert_int_equal(done.versions, 3);
	healing_run_to_rest();
	expect_current();
	expect_nothing_left();
}

static void test_without_rules_no_version_goes(void **state)
{
	(void)state;
	static const struct retention_rules none = {0, 0};
	make_history();
	struct catalog_request done = run_pass(&none);
	assert_int_equal(done.versions + done.chunks + done.files, 0);
	assert_int_equal(healing_sql("SELECT count(*) FROM version"), 5);
}

static void test_what_a_snapshot_holds_stays_and_can_be_fetched(void **state)
{
	(void)state;
	healing_make_store(NODES, TWO_OF NO_GRACE);
	put_seeded("a", 5, 1);
	put_seeded("a", 7, 2);
	int64_t at = healing_sql("SELECT sequence FROM state");
	healing_sql(
		"INSERT INTO snapshot (name, sequence, created_ms, files, bytes) VALUES ('s', %lld, 0, 0, 0)",
		(long long)at);
	put_seeded("a", 3, 3);
	healing_start();
	healing_run_to_rest();
	assert_int_equal(expect_pass_as_said().versions, 1);
	store_fixture_expect(&fixture, "a@2", (size_t)7 * FIXTURE_CHUNK, 2);
	assert_int_equal(store_fixture_try_get(&fixture, "a@1"), -1);
	assert_int_equal(fixture.error.code, ERROR_NOT_FOUND);
}

/* What somebody asked for who was killed is not done later, when nobody knows whether it is still meant. */
static void test_rules_of_one_who_is_gone_are_not_followed(void **state)
{
	(void)state;
	make_history();
	pid_t gone = fork();
	assert_true(gone >= 0);
	if (gone == 0)
		_exit(0);
	assert_int_equal(waitpid(gone, NULL, 0), gone);
	struct catalog_request request = {
		.kind = PASS_COLLECT, .bandwidth = -1, .rules = only_current, .pid = gone};
	assert_int_equal(catalog_begin(fixture.store->writer, &fixture.error), 0);
	assert_int_equal(catalog_add_request(fixture.store->writer, &request, &fixture.error), 0);
	assert_int_equal(catalog_commit(fixture.store->writer, &fixture.error), 0);
	healing_run_for(5 * STEP_MS);
	assert_int_equal(catalog_get_request(fixture.store->reader, request.id, &request, &fixture.error), 1);
	assert_true(request.done);
	assert_int_equal(healing_sql("SELECT count(*) FROM version"), 5);
	assert_int_equal(expect_pass_as_said().versions, 3);
}

/* ---- clients at work ---- */

static void test_while_clients_work_chunks_wait_out_the_grace(void **state)
{
	(void)state;
	make_history();
	int client = clients_enter(fixture.store->config->store);
	assert_true(client >= 0);
	size_t files = store_fixture_chunk_files(&fixture);
	assert_true(look_ahead().clients);
	assert_int_equal(look_ahead().bytes, 0);
	/* The versions go at once; what they had can still be read by who began before. */
	assert_int_equal(run_pass(&only_current).versions, 3);
	assert_int_equal(healing_sql("SELECT count(*) FROM unused"), 0);
	healing_jump_wall(HOUR - SECOND);
	run_pass(&only_current);
	assert_int_equal(healing_sql("SELECT count(*) FROM unused"), 0);
	healing_jump_wall(2 * SECOND);
	run_pass(&only_current);
	assert_int_equal(healing_sql("SELECT count(*) FROM unused"), 12);
	assert_int_equal(store_fixture_chunk_files(&fixture), files);
	healing_jump_wall(HOUR + SECOND);
	assert_int_equal(expect_pass_as_said().files, 24);
	assert_true(look_ahead().clients);
	clients_leave(client);
	expect_current();
	expect_nothing_left();
}

/* Chunks of version 1 of "a" are unused since `age_ms`, and a client keeps them from being collected. */
static int make_unused(int64_t age_ms)
{
	make_history();
	int client = clients_enter(fixture.store->config->store);
	run_pass(&only_current);
	healing_jump_wall(HOUR + SECOND);
	run_pass(&only_current);
	assert_int_equal(healing_sql("SELECT count(*) FROM unused"), 12);
	healing_jump_wall(age_ms);
	return client;
}

static int passes_to_run;

/* In the middle of a put, when its last chunk is read and it has looked up the others. */
static void collect_meanwhile(void *context, int fd, off_t offset)
{
	(void)context;
	(void)fd;
	if (passes_to_run == 0 || offset != 4 * (off_t)FIXTURE_CHUNK)
		return;
	passes_to_run--;
	usleep(100000);
	run_pass(&only_current);
}

static int put_while_collecting(void)
{
	scratch_write_seeded(&fixture.scratch, "source", (size_t)5 * FIXTURE_CHUNK, 1);
	passes_to_run = 1;
	fixture.mock.before_pread = collect_meanwhile;
	int result = store_fixture_try_put(&fixture, "source", "again", 0);
	fixture.mock.before_pread = NULL;
	assert_int_equal(passes_to_run, 0);
	return result;
}

static void test_a_put_that_reuses_a_chunk_keeps_it(void **state)
{
	(void)state;
	int client = make_unused(0);
	assert_int_equal(put_while_collecting(), 0);
	assert_int_equal(fixture.last.new_chunks, 0);
	clients_leave(client);
	run_pass(&only_current);
	store_fixture_expect(&fixture, "again", (size_t)5 * FIXTURE_CHUNK, 1);
	expect_current();
	expect_nothing_left();
}

static void test_a_put_that_is_slower_than_the_grace_fails_cleanly(void **state)
{
	(void)state;
	int client = make_unused(HOUR + SECOND);
	assert_int_equal(put_while_collecting(), -1);
	assert_int_equal(fixture.failure.code ? fixture.failure.code : fixture.error.code, ERROR_CHANGED);
	assert_int_equal(healing_sql("SELECT count(*) FROM file WHERE name = CAST('again' AS BLOB)"), 0);
	clients_leave(client);
	store_fixture_put(&fixture, "source", "again");
	store_fixture_expect(&fixture, "again", (size_t)5 * FIXTURE_CHUNK, 1);
	run_pass(&only_current);
	expect_current();
	expect_nothing_left();
}

/* ---- a full disk ---- */

static unsigned failures_left;

static void fail_as_full(sqlite3_context *context, int count, sqlite3_value **values)
{
	(void)count;
	(void)values;
	if (failures_left > 0) {
		failures_left--;
		sqlite3_result_error_code(context, SQLITE_FULL);
	}
}

/* The next change of a version finds the catalog's disk full. */
static void fill_disk_of_catalog(void)
{
	sqlite3 *db = fixture.store->writer->db;
	failures_left = 1;
	assert_int_equal(
		sqlite3_create_function(db, "fail_as_full", 0, SQLITE_UTF8, NULL, fail_as_full, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				 "CREATE TEMP TRIGGER full BEFORE UPDATE ON main.version "
				 "BEGIN SELECT fail_as_full(); END",
				 NULL, NULL, NULL),
		SQLITE_OK);
}

/* Once the reserve has been let go of, the same versions are tried again, and not those that come after. */
static void test_what_a_full_disk_kept_goes_once_there_is_room(void **state)
{
	(void)state;
	make_history();
	assert_true(scratch_exists(&fixture.scratch, "nodes/reserve"));
	fill_disk_of_catalog();
	struct catalog_request done = expect_pass_as_said();
	assert_int_equal(failures_left, 0);
	assert_int_equal(done.versions, 3);
	assert_int_equal(done.files, 24);
	expect_current();
	expect_nothing_left();
}

/* ---- what others left behind ---- */

static const char draft_name[] = "nodes/node-1/chunks/ab/.new-0123456789abcdef";

/* A put whose process ended: one batch is committed, files of another lie on the nodes. */
static void leave_half_a_put(void)
{
	struct catalog *catalog = fixture.store->writer;
	int64_t version, chunk = healing_sql("SELECT min(chunk) FROM extent");
	assert_int_equal(catalog_begin(catalog, &fixture.error), 0);
	assert_int_equal(catalog_begin_version(catalog, 3, &version, &fixture.error), 0);
	assert_int_equal(catalog_add_extent(catalog, version,
				 &(struct catalog_extent){.position = 0, .chunk = chunk}, &fixture.error),
		0);
	assert_int_equal(catalog_commit(catalog, &fixture.error), 0);
	char chunk_name[160];
	snprintf(chunk_name, sizeof(chunk_name), "nodes/node-2/chunks/ab/ab%062d", 7);
	scratch_write(&fixture.scratch, draft_name, "draft", 5);
	scratch_write(&fixture.scratch, chunk_name, "left over", 9);
}

static void test_what_a_killed_put_left_goes(void **state)
{
	(void)state;
	make_history();
	leave_half_a_put();
	/* As long as a client is at work, it might be that one's. */
	int client = clients_enter(fixture.store->config->store);
	run_pass(&only_current);
	assert_int_equal(
		healing_sql("SELECT count(*) FROM version WHERE file IS NULL AND replication > 0"), 1);
	clients_leave(client);
	struct catalog_request done = expect_pass_as_said();
	assert_int_equal(done.files, 24 + 1);
	/* A file without a name yet is left until it is a day old: another process may be writing it. */
	assert_true(scratch_exists(&fixture.scratch, draft_name));
	healing_jump_wall(YEAR_MS * 60);
	assert_int_equal(expect_pass_as_said().bytes, 5);
	assert_false(scratch_exists(&fixture.scratch, draft_name));
	expect_current();
	expect_nothing_left();
}

static void test_what_a_disk_was_tried_with_goes(void **state)
{
	(void)state;
	static const char left[] = "nodes/node-2/chunks/" NODE_PROBE_FILE;
	make_history();
	scratch_write(&fixture.scratch, left, "tried", 5);
	run_pass(&only_current);
	assert_false(scratch_exists(&fixture.scratch, left));
	expect_current();
}

static void test_a_node_that_was_away_is_cleaned_when_it_returns(void **state)
{
	(void)state;
	make_history();
	int64_t held = healing_sql(
		"SELECT coalesce(sum(c.size), 0) FROM chunk c JOIN copyset s ON s.id = c.copyset"
		" WHERE (hex(s.nodes) LIKE '0002%%' OR hex(s.nodes) LIKE '____0002')"
		" AND c.id NOT IN (SELECT e.chunk FROM extent e JOIN file f ON f.head = e.version)");
	assert_true(held > 0);
	healing_lose(2);
	healing_run_for(SECOND);
	struct catalog_request done = expect_pass_as_said();
	assert_true((int64_t)done.waiting >= held);
	assert_true(healing_sql("SELECT count(*) FROM stray WHERE node = 2") > 0);
	healing_run_to_rest();
	expect_current();
	healing_give_back(2);
	healing_run_for(60 * SECOND);
	healing_run_to_rest();
	expect_current();
	expect_nothing_left();
}

static void test_quarantine_is_kept_while_its_chunk_is_short_of_copies(void **state)
{
	(void)state;
	char path[160];
	healing_make_store(2, TWO_OF NO_GRACE);
	healing_put(CHUNKS);
	healing_start();
	healing_run_to_rest();
	assert_true(store_fixture_chunk_path(&fixture, 2, path));
	scratch_flip(&fixture.scratch, path, 12345);
	/* The other node is read-only to repair as long as it is paused. */
	maintenance->paused = true;
	assert_int_equal(catalog_begin(fixture.store->writer, &fixture.error), 0);
	assert_int_equal(catalog_write_setting(fixture.store->writer, "repair_paused", 1, &fixture.error), 0);
	assert_int_equal(catalog_commit(fixture.store->writer, &fixture.error), 0);
	struct catalog_chunk chunk;
	assert_int_equal(catalog_get_chunk(fixture.store->reader, healing_sql("SELECT min(id) FROM chunk"),
				 &chunk, &fixture.error),
		1);
	store_condemn_replica(fixture.store, &chunk, store_node_by_name(fixture.store, "node-2"), "test");
	healing_run_for(SECOND);
	assert_int_equal(healing_quarantined_on(2), 1);
	assert_int_equal(expect_pass_as_said().files, 0);
	assert_int_equal(healing_quarantined_on(2), 1);
	assert_int_equal(catalog_begin(fixture.store->writer, &fixture.error), 0);
	assert_int_equal(catalog_write_setting(fixture.store->writer, "repair_paused", 0, &fixture.error), 0);
	assert_int_equal(catalog_commit(fixture.store->writer, &fixture.error), 0);
	healing_run_to_rest();
	healing_expect_copies(2);
	assert_int_equal(expect_pass_as_said().files, 1);
	assert_int_equal(healing_quarantined_on(2), 0);
	healing_expect_content();
}

/* A copy that the catalog does not count may be the last good one. */
static void test_a_file_of_a_chunk_that_is_short_of_copies_stays(void **state)
{
	(void)state;
	char path[160];
	healing_make_store(2, TWO_OF NO_GRACE);
	healing_put(1);
	healing_start();
	healing_run_to_rest();
	healing_stop();
	assert_true(store_fixture_chunk_path(&fixture, 2, path));
	struct catalog_chunk chunk;
	assert_int_equal(catalog_begin(fixture.store->writer, &fixture.error), 0);
	assert_int_equal(catalog_get_chunk(fixture.store->writer, healing_sql("SELECT min(id) FROM chunk"),
				 &chunk, &fixture.error),
		1);
	assert_int_equal(catalog_drop_replica(fixture.store->writer, &chunk, 2, &fixture.error), 0);
	assert_int_equal(catalog_write_setting(fixture.store->writer, "repair_paused", 1, &fixture.error), 0);
	assert_int_equal(catalog_commit(fixture.store->writer, &fixture.error), 0);
	healing_start();
	healing_run_for(SECOND);
	assert_int_equal(expect_pass_as_said().files, 0);
	assert_true(scratch_exists(&fixture.scratch, path));
}

/* ---- by itself ---- */

static void test_maintenance_collects_by_itself_and_rests(void **state)
{
	(void)state;
	healing_make_store(NODES, TWO_OF NO_GRACE "history: {keep_versions: 2}\n");
	put_seeded("a", 5, 1);
	put_seeded("a", 7, 2);
	put_seeded("a", 3, 3);
	healing_start();
	healing_run_for(20 * SECOND);
	assert_int_equal(healing_events("collected"), 1);
	assert_int_equal(store_fixture_chunk_files(&fixture), 2 * (7 + 3));
	store_fixture_expect(&fixture, "a@2", (size_t)7 * FIXTURE_CHUNK, 2);
	int64_t sequence = healing_sql("SELECT sequence FROM state");
	healing_run_for(200 * SECOND);
	assert_int_equal(healing_sql("SELECT sequence FROM state"), sequence);
	put_seeded("a", 1, 5);
	healing_run_for(70 * SECOND);
	assert_int_equal(store_fixture_chunk_files(&fixture), 2 * (3 + 1));
}

/* ---- crashes ---- */

static atomic_long calls_left; /* records are appended to several nodes at once */
static struct io real;

static int dying_unlinkat(struct io *io, int folder, const char *path, int flags)
{
	if (atomic_fetch_sub(&calls_left, 1) == 1)
		raise(SIGKILL);
	return real.unlinkat(io, folder, path, flags);
}

static int dying_fstatat(struct io *io, int folder, const char *path, struct stat *status, int flags)
{
	if (atomic_fetch_sub(&calls_left, 1) == 1)
		raise(SIGKILL);
	return real.fstatat(io, folder, path, status, flags);
}

static bool die_after(long calls)
{
	store_close(fixture.store);
	fixture.store = NULL;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (store_open_in(&fixture.mock.env, store_fixture_config(&fixture), &fixture.store,
			    &fixture.error) < 0 ||
			maintain_new(fixture.store, &maintenance, &fixture.error) < 0)
			_exit(2);
		healing_run_for(SECOND);
		real = fixture.mock.io;
		atomic_store(&calls_left, calls);
		fixture.mock.io.unlinkat = dying_unlinkat;
		fixture.mock.io.fstatat = dying_fstatat;
		run_pass(&only_current);
		_exit(1);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	bool died = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	assert_true(died || (WIFEXITED(status) && WEXITSTATUS(status) == 1));
	assert_int_equal(store_open_in(&fixture.mock.env, store_fixture_config(&fixture), &fixture.store,
				 &fixture.error),
		0);
	return died;
}

static void test_a_crash_at_any_point_is_made_good_by_the_next_pass(void **state)
{
	(void)state;
	unsigned deaths = 0;
	for (long calls = 1;; calls += 1 + calls / 2) {
		make_history();
		leave_half_a_put();
		healing_stop();
		bool died = die_after(calls);
		deaths += died;
		healing_start();
		healing_run_for(SECOND);
		expect_current();
		expect_pass_as_said();
		healing_jump_wall(YEAR_MS * 60);
		run_pass(&only_current);
		expect_current();
		expect_nothing_left();
		healing_clean(NULL);
		if (!died)
			break;
	}
	assert_true(deaths > 3);
	healing_make_store(1, "replication_factor: 1\nmin_replicas: 1\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, healing_clean)
	const struct CMUnitTest tests[] = {
		TEST(a_pass_frees_what_was_said_to_the_byte),
		TEST(what_repair_would_trim_is_no_part_of_it),
		TEST(without_rules_no_version_goes),
		TEST(rules_of_one_who_is_gone_are_not_followed),
		TEST(what_a_snapshot_holds_stays_and_can_be_fetched),
		TEST(while_clients_work_chunks_wait_out_the_grace),
		TEST(a_put_that_reuses_a_chunk_keeps_it),
		TEST(a_put_that_is_slower_than_the_grace_fails_cleanly),
		TEST(what_a_full_disk_kept_goes_once_there_is_room),
		TEST(what_a_killed_put_left_goes),
		TEST(what_a_disk_was_tried_with_goes),
		TEST(a_node_that_was_away_is_cleaned_when_it_returns),
		TEST(quarantine_is_kept_while_its_chunk_is_short_of_copies),
		TEST(a_file_of_a_chunk_that_is_short_of_copies_stays),
		TEST(maintenance_collects_by_itself_and_rests),
		TEST(a_crash_at_any_point_is_made_good_by_the_next_pass),
	};
	return cmocka_run_group_tests_name("collection", tests, NULL, NULL);
}
