#include "tests/support/healing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct maintenance *maintenance;
static size_t stored; /* chunks of "file" */

void healing_make_store(unsigned nodes, const char *settings)
{
	store_fixture_make(&fixture, nodes, settings);
	maintenance = NULL;
}

int healing_clean(void **state)
{
	(void)state;
	if (maintenance && maintenance->threaded)
		maintenance_stop(maintenance);
	else if (maintenance)
		maintain_free(maintenance);
	maintenance = NULL;
	store_fixture_remove(&fixture);
	return 0;
}

void healing_start(void)
{
	if (maintain_new(fixture.store, &maintenance, &fixture.error) < 0)
		fail_msg("maintenance does not start: %s", fixture.error.message);
}

void healing_stop(void)
{
	maintain_free(maintenance);
	maintenance = NULL;
}

void healing_put(size_t chunks)
{
	stored = chunks;
	scratch_write_seeded(&fixture.scratch, "file", chunks * FIXTURE_CHUNK, 1);
	store_fixture_put(&fixture, "file", NULL);
}

void healing_begin(unsigned nodes, const char *settings, size_t chunks)
{
	healing_make_store(nodes, settings);
	healing_put(chunks);
	healing_start();
	healing_run_to_rest();
}

pid_t healing_fork(void)
{
	store_close(fixture.store);
	fixture.store = NULL;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0 && (store_open_in(&fixture.mock.env, store_fixture_config(&fixture), &fixture.store,
				   &fixture.error) < 0 ||
				  maintain_new(fixture.store, &maintenance, &fixture.error) < 0))
		_exit(HEALING_NO_CHILD);
	return child;
}

int healing_wait(pid_t child)
{
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) == HEALING_NO_CHILD);
	store_fixture_reopen(&fixture);
	return status;
}

void healing_pass_time(int64_t ms)
{
	env_mock_set_clock(
		&fixture.mock, fixture.mock.wall_ms + ms, fixture.mock.monotonic_ns + ms * 1000000);
}

void healing_jump_wall(int64_t ms)
{
	env_mock_set_clock(&fixture.mock, fixture.mock.wall_ms + ms, fixture.mock.monotonic_ns);
}

void healing_run_for(int64_t ms)
{
	for (int64_t passed = 0; passed < ms; passed += STEP_MS) {
		maintain_step(maintenance);
		healing_pass_time(STEP_MS);
	}
}

bool healing_is_at_rest(void)
{
	return maintenance->report.state == REPAIR_IDLE && maintenance->task_count == 0 &&
	       !maintenance->dirty && maintenance->stray_count == 0;
}

/* Steps until nothing is to be done; fails when that takes longer than a minute by the test's clock. */
void healing_run_to_rest(void)
{
	healing_run_for(2 * SECOND);
	for (int64_t passed = 0; !healing_is_at_rest(); passed += STEP_MS) {
		if (passed > 60 * SECOND)
			fail_msg("no rest after a minute: %s (%s)",
				repair_state_name(maintenance->report.state), maintenance->report.reason);
		healing_run_for(STEP_MS);
	}
}

/* ---- breaking and looking ---- */

const char *healing_node_folder(unsigned node)
{
	char name[32];
	snprintf(name, sizeof(name), "nodes/node-%u", node);
	return scratch_path(&fixture.scratch, name);
}

const char *healing_away_folder(unsigned node)
{
	char name[32];
	snprintf(name, sizeof(name), "away-%u", node);
	return scratch_path(&fixture.scratch, name);
}

void healing_lose(unsigned node)
{
	assert_int_equal(rename(healing_node_folder(node), healing_away_folder(node)), 0);
}

void healing_give_back(unsigned node)
{
	assert_int_equal(rename(healing_away_folder(node), healing_node_folder(node)), 0);
}

int64_t healing_sql(const char *format, ...)
{
	char text[512];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return store_fixture_sql(&fixture, text);
}

int64_t healing_events(const char *code)
{
	return healing_sql("SELECT count(*) FROM event WHERE code = '%s'", code);
}

size_t healing_each_chunk(copy_visit *visit, unsigned *fewest, unsigned *most)
{
	struct catalog_chunk page[64];
	int count = catalog_page_chunks(fixture.store->reader, 0, 0, page, 64, &fixture.error);
	assert_true(count >= 0 && count < 64);
	*fewest = UINT32_MAX;
	*most = 0;
	for (int i = 0; i < count; i++) {
		unsigned present = 0;
		for (unsigned j = 0; j < page[i].node_count; j++) {
			char hex[DIGEST_HEX_SIZE], path[160];
			digest_hex(&page[i].digest, hex);
			snprintf(path, sizeof(path), "nodes/node-%u/chunks/%.2s/%s", page[i].nodes[j], hex,
				hex);
			if (access(healing_node_folder(page[i].nodes[j]), F_OK) < 0)
				continue;
			present++;
			if (visit)
				visit(page[i].nodes[j], path, page[i].size, &page[i].digest);
		}
		*fewest = present < *fewest ? present : *fewest;
		*most = present > *most ? present : *most;
	}
	return (size_t)count;
}

static size_t verified;

static void verify_copy(unsigned node, const char *path, uint64_t size, const struct digest *digest)
{
	(void)node;
	size_t length;
	uint8_t *data = scratch_read(&fixture.scratch, path, &length);
	struct digest found = digest_of(data, length);
	free(data);
	assert_int_equal(length, size);
	assert_true(digest_equal(&found, digest));
	verified++;
}

/* Fails unless each chunk has just `copies` good ones on nodes that are there, and these have no other files. */
void healing_expect_copies(unsigned copies)
{
	unsigned fewest, most;
	verified = 0;
	healing_each_chunk(verify_copy, &fewest, &most);
	assert_int_equal(fewest, copies);
	assert_int_equal(most, copies);
	assert_int_equal(store_fixture_chunk_files(&fixture), verified);
	store_fixture_check_counters(&fixture);
	assert_int_equal(
		healing_sql("SELECT count(*) FROM stray WHERE node NOT IN (SELECT id FROM node WHERE "
			    "away_ms <> 0)"),
		0);
}

void healing_expect_content(void)
{
	store_fixture_expect(&fixture, "file", stored * FIXTURE_CHUNK, 1);
}

int64_t healing_copies_on(unsigned node)
{
	struct catalog_chunk page[64];
	int64_t copies = 0;
	int count = catalog_page_chunks(fixture.store->reader, 0, 0, page, 64, &fixture.error);
	assert_true(count >= 0);
	for (int i = 0; i < count; i++)
		for (unsigned j = 0; j < page[i].node_count; j++)
			copies += page[i].nodes[j] == node;
	return copies;
}

size_t healing_files_on(unsigned node)
{
	char path[64];
	snprintf(path, sizeof(path), "nodes/node-%u/chunks", node);
	return scratch_count(&fixture.scratch, path);
}

size_t healing_quarantined_on(unsigned node)
{
	char path[64];
	snprintf(path, sizeof(path), "nodes/node-%u/quarantine", node);
	return scratch_count(&fixture.scratch, path);
}

void healing_expect_state(enum repair_state wanted, const char *reason)
{
	if (maintenance->report.state != wanted || !strstr(maintenance->report.reason, reason))
		fail_msg("repair is %s (%s), not %s (%s)", repair_state_name(maintenance->report.state),
			maintenance->report.reason, repair_state_name(wanted), reason);
}

int64_t healing_ask(struct catalog_request asked)
{
	assert_int_equal(catalog_begin(fixture.store->writer, &fixture.error), 0);
	assert_int_equal(catalog_add_request(fixture.store->writer, &asked, &fixture.error), 0);
	assert_int_equal(catalog_commit(fixture.store->writer, &fixture.error), 0);
	return asked.id;
}

struct catalog_request healing_answer(int64_t id, int seconds)
{
	struct catalog_request request;
	for (int passed = 0; passed < seconds * SECOND; passed += STEP_MS) {
		healing_run_for(STEP_MS);
		assert_int_equal(catalog_get_request(fixture.store->reader, id, &request, &fixture.error), 1);
		if (request.done)
			return request;
	}
	fail_msg("no answer within %d s: %s (%s)", seconds, repair_state_name(maintenance->report.state),
		maintenance->report.reason);
	abort();
}
