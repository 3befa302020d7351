#include "tests/support/collecting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct retention_rules collecting_only_current = {.keep_versions = 1};

/* ---- asking ---- */

struct catalog_request collecting_pass(const struct retention_rules *rules)
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

struct collect_preview collecting_look_ahead(void)
{
	struct collect_preview preview;
	struct collect_options options = {.set_keep_versions = true, .keep_versions = 1};
	uint64_t told = 0;
	check(store_preview_collection(
		fixture.store, &options, count_version, &told, &preview, &fixture.error));
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
	for (unsigned i = 1; i <= COLLECTING_NODES; i++) {
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

struct catalog_request collecting_pass_as_said(void)
{
	struct collect_preview said = collecting_look_ahead();
	uint64_t before = bytes_on_nodes();
	struct catalog_request done = collecting_pass(&collecting_only_current);
	assert_int_equal(before - bytes_on_nodes(), said.bytes);
	assert_int_equal(done.bytes, said.bytes);
	assert_int_equal(done.files, said.files);
	assert_int_equal(done.versions, said.versions);
	assert_int_equal(done.chunks, said.chunks);
	assert_int_equal(done.waiting, said.waiting_bytes);
	return done;
}

void collecting_expect_nothing_left(void)
{
	struct collect_preview left = collecting_look_ahead();
	assert_int_equal(left.versions + left.chunks + left.files + left.bytes, 0);
	assert_int_equal(healing_sql("SELECT count(*) FROM version WHERE file IS NULL"), 0);
	assert_int_equal(healing_sql("SELECT count(*) FROM unused"), 0);
	assert_int_equal(healing_sql("SELECT count(*) FROM stray"), 0);
	store_fixture_check_counters(&fixture);
	store_fixture_check_replicas(&fixture);
}

/* ---- a store with history ---- */

void collecting_put(const char *name, size_t chunks, uint64_t seed)
{
	scratch_write_seeded(&fixture.scratch, "source", chunks * FIXTURE_CHUNK, seed);
	store_fixture_put(&fixture, "source", name);
}

void collecting_make_history(void)
{
	healing_make_store(COLLECTING_NODES, TWO_OF NO_GRACE);
	collecting_put("a", 5, 1);
	collecting_put("a", 7, 2);
	collecting_put("a", 3, 3);
	collecting_put("b", 5, 1);
	collecting_put("b", 2, 4);
	healing_start();
	healing_run_to_rest();
}

void collecting_expect_current(void)
{
	store_fixture_expect(&fixture, "a", (size_t)3 * FIXTURE_CHUNK, 3);
	store_fixture_expect(&fixture, "b", (size_t)2 * FIXTURE_CHUNK, 4);
}
