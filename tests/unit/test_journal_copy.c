/*
 * Copies of the catalog on nodes, where they are long and where disks fail: a copy that counts is whole, and one that
 * is not is told and leaves what was there before.
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

#include <cjson/cJSON.h>

#include "engine/journal.h"
#include "tests/support/one_store.h"

enum { NODES = 3, PARTS_BYTES = 2 << 20 }; /* it is written in parts of 1 MiB */

static struct journal_draft draft;
static struct node *nodes[NODES];

static int make(void **state)
{
	(void)state;
	store_fixture_make(&fixture, NODES, "chunk: {size: 64KiB}\nreplication_factor: 2\nmin_replicas: 2\n");
	for (size_t i = 0; i < NODES; i++)
		nodes[i] = &fixture.store->nodes[i];
	return 0;
}

/* Files with names so long that a copy of the catalog has several parts. */
static void put_long_names(void)
{
	char folder[3500] = "f", name[3600];
	scratch_folder(&fixture.scratch, folder);
	while (strlen(folder) < 3000) {
		snprintf(folder + strlen(folder), sizeof(folder) - strlen(folder), "/%0200d", 1);
		scratch_folder(&fixture.scratch, folder);
	}
	for (unsigned i = 0; i < PARTS_BYTES / 3000; i++) {
		snprintf(name, sizeof(name), "%s/%u", folder, i);
		scratch_write_seeded(&fixture.scratch, name, 100, i);
	}
	store_fixture_put(&fixture, "f", NULL);
}

static int install(unsigned node)
{
	check(catalog_begin(fixture.store->writer, &fixture.error));
	int result = journal_install_copy(fixture.store, nodes[node - 1], &draft);
	catalog_rollback(fixture.store->writer);
	return result;
}

static uint64_t end_of(unsigned node)
{
	struct node_journal journal;
	node_look_at_journal(nodes[node - 1]);
	node_get_journal(nodes[node - 1], &journal);
	return journal.known ? journal.sequence : 0;
}

static const char *copy_of(unsigned node)
{
	static char path[160];
	char name[JOURNAL_NAME_SIZE];
	snprintf(path, sizeof(path), "nodes/node-%u/%s", node,
		journal_file_name(JOURNAL_COPY, draft.sequence, name));
	return path;
}

/* Every line is intact, and the last one says how many there are. */
static void expect_whole(unsigned node, size_t bytes_min)
{
	size_t size, count = 0;
	uint8_t *data = scratch_read(&fixture.scratch, copy_of(node), &size);
	const char *line = (const char *)data, *end = line + size, *last = line;
	size_t length = 0;
	for (; line < end; line += length + 1, count++) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		assert_non_null(stop);
		length = (size_t)(stop - line);
		assert_true(fact_is_intact(line, length));
		last = line;
	}
	cJSON *fact = fact_parse(last, length);
	assert_non_null(fact);
	assert_string_equal(fact_kind(fact), "end");
	assert_int_equal((size_t)cJSON_GetNumberValue(cJSON_GetObjectItem(fact, "lines")), count - 1);
	assert_true(size >= bytes_min);
	cJSON_Delete(fact);
	free(data);
}

static void test_a_long_copy_is_whole_on_every_node(void **state)
{
	(void)state;
	put_long_names();
	check(journal_draft_copy(fixture.store, nodes, NODES, NULL, &draft, &fixture.error));
	for (unsigned i = 1; i <= NODES; i++) {
		assert_true(draft.written[i - 1]);
		assert_int_equal(install(i), 0);
		expect_whole(i, PARTS_BYTES);
		assert_int_equal(end_of(i), draft.sequence);
	}
}

/* Whichever part cannot be written or flushed, and although later ones could be. Its disk is in doubt then. */
static void test_a_node_that_misses_a_part_has_no_copy(void **state)
{
	(void)state;
	char below[400];
	put_long_names();
	snprintf(below, sizeof(below), "%s/catalog", fixture.node_paths[1]);
	static const struct {
		enum io_call call;
		unsigned skip;
	} faults[] = {{IO_PWRITE, 0}, {IO_PWRITE, 1}, {IO_PWRITE, 2}, {IO_FSYNC, 0}};
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		env_mock_fail(&fixture.mock, (struct io_fault){.call = faults[i].call,
						     .number = EIO,
						     .skip = faults[i].skip,
						     .under = below});
		check(journal_draft_copy(fixture.store, nodes, NODES, NULL, &draft, &fixture.error));
		assert_int_equal(env_mock_hits(&fixture.mock, 0), 1);
		env_mock_heal(&fixture.mock);
		assert_true(draft.written[0] && !draft.written[1] && draft.written[2]);
		struct node_status status;
		node_status(nodes[1], &status);
		assert_true(status.suspect && status.state == NODE_DOWN);
		assert_int_equal(install(1), 0);
		expect_whole(1, PARTS_BYTES);
		journal_drop_draft(fixture.store, nodes, NODES, &draft);
		assert_false(scratch_exists(&fixture.scratch, copy_of(2)));
		assert_int_equal(node_probe(nodes[1]), NODE_FOUND_IT);
		one_store_put("between", 1000, i);
	}
}

static void test_a_copy_that_is_not_durable_does_not_count(void **state)
{
	(void)state;
	static const struct {
		const char *below;
		enum io_call call;
	} faults[] = {{"catalog", IO_RENAMEAT2}, {"catalog", IO_FSYNC}, {"journal", IO_PWRITE},
		{"journal", IO_FSYNC}};
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		char below[400];
		one_store_put("one", 1000, i);
		check(journal_draft_copy(fixture.store, nodes, NODES, NULL, &draft, &fixture.error));
		snprintf(below, sizeof(below), "%s/%s", fixture.node_paths[1], faults[i].below);
		env_mock_fail(&fixture.mock,
			(struct io_fault){
				.call = faults[i].call, .number = EIO, .lasting = true, .under = below});
		assert_int_equal(install(2), -1);
		assert_int_equal(errno, EIO);
		assert_true(env_mock_hits(&fixture.mock, 0) > 0);
		env_mock_heal(&fixture.mock);
		journal_drop_draft(fixture.store, nodes, NODES, &draft);
		/* The next one does. */
		check(journal_draft_copy(fixture.store, nodes, NODES, NULL, &draft, &fixture.error));
		assert_true(draft.written[1]);
		assert_int_equal(install(2), 0);
		expect_whole(2, 0);
		assert_int_equal(end_of(2), draft.sequence);
	}
}

static void test_a_node_without_a_journal_gets_no_half_copy(void **state)
{
	(void)state;
	char command[1024], below[400];
	bool changed;
	put_long_names();
	snprintf(command, sizeof(command), "rm -r '%s/journal' '%s/catalog'", fixture.node_paths[1],
		fixture.node_paths[1]);
	assert_int_equal(system(command), 0);
	assert_int_equal(end_of(2), 0);
	snprintf(below, sizeof(below), "%s/catalog", fixture.node_paths[1]);
	env_mock_fail(&fixture.mock,
		(struct io_fault){.call = IO_PWRITE, .number = ENOSPC, .skip = 1, .under = below});
	(void)!journal_maintain(fixture.store, &changed, &fixture.error);
	assert_int_equal(env_mock_hits(&fixture.mock, 0), 1);
	env_mock_heal(&fixture.mock);
	assert_int_equal(scratch_count(&fixture.scratch, "nodes/node-2/catalog"), 0);
	assert_int_equal(end_of(2), 0);
	assert_int_equal(node_probe(nodes[1]), NODE_FOUND_IT);
	check(journal_maintain(fixture.store, &changed, &fixture.error));
	assert_true(changed);
	assert_int_equal(end_of(2), end_of(1));
}

/* Between a look that goes wrong and the next one, somebody may be about to append. */
static void test_where_the_end_is_not_known_nothing_is_appended(void **state)
{
	(void)state;
	char name[JOURNAL_NAME_SIZE], path[160], below[400];
	struct journal_end end = {0};
	struct node_journal journal;
	size_t size, size_after;
	one_store_put("one", 1000, 1);
	const struct node_attachment *attachment = node_writing(nodes[1]);
	node_get_journal(nodes[1], &journal);
	snprintf(path, sizeof(path), "nodes/node-2/%s",
		journal_file_name(JOURNAL_RECORDS, journal.base, name));
	snprintf(below, sizeof(below), "%s/journal", fixture.node_paths[1]);
	char *before = (char *)scratch_read(&fixture.scratch, path, &size);
	env_mock_fail(&fixture.mock,
		(struct io_fault){.call = IO_PREAD, .number = EIO, .lasting = true, .under = below});
	assert_int_equal(journal_look(&fixture.mock.env, attachment->root, &end), -1);
	env_mock_heal(&fixture.mock);
	/* Whole records, without the line that begins the file. */
	const char *records = memchr(before, '\n', size);
	assert_non_null(records);
	records++;
	assert_int_equal(journal_append(&fixture.mock.env, attachment->root, &end, records,
				 size - (size_t)(records - before), NULL),
		-1);
	char *after = (char *)scratch_read(&fixture.scratch, path, &size_after);
	assert_int_equal(size_after, size);
	assert_memory_equal(after, before, size);
	free(before);
	free(after);
}

/* What a process that was killed left. */
static void test_old_drafts_go_with_the_next_copy(void **state)
{
	(void)state;
	one_store_put("one", 1000, 1);
	scratch_write(&fixture.scratch, "nodes/node-1/catalog/new-0123456789abcdef", "x", 1);
	check(journal_draft_copy(fixture.store, nodes, NODES, NULL, &draft, &fixture.error));
	assert_int_equal(install(1), 0);
	assert_false(scratch_exists(&fixture.scratch, "nodes/node-1/catalog/new-0123456789abcdef"));
	expect_whole(1, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, make, one_store_clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_long_copy_is_whole_on_every_node),
		TEST(a_node_that_misses_a_part_has_no_copy),
		TEST(a_copy_that_is_not_durable_does_not_count),
		TEST(a_node_without_a_journal_gets_no_half_copy),
		TEST(where_the_end_is_not_known_nothing_is_appended),
		TEST(old_drafts_go_with_the_next_copy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
