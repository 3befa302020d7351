/*
 * A node whose folder somebody else can write to: what they put there costs copies on that node at worst.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/chunk_file.h"
#include "tests/support/node_fixture.h"

enum { SIZE = 1000 };

static struct buffer buffer;
static uint8_t bytes[4096] __attribute__((aligned(4096)));
static struct digest digest;

static int make(void **state)
{
	assert_int_equal(digest_ready(&error), 0);
	node_fixture_make(state);
	scratch_folder(&scratch, "victim");
	scratch_write(&scratch, "victim/precious", "precious", 8);
	buffer = (struct buffer){.data = bytes, .size = sizeof(bytes), .length = SIZE};
	scratch_fill(bytes, SIZE, 1);
	digest = digest_of(bytes, SIZE);
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	return 0;
}

static int clean(void **state)
{
	scratch_expect(&scratch, "victim/precious", "precious", 8);
	assert_int_equal(scratch_count(&scratch, "victim"), 1);
	return node_fixture_remove(state);
}

static const char *shard(void)
{
	static char path[32];
	snprintf(path, sizeof(path), "disk/chunks/%02x", digest.bytes[0]);
	return path;
}

static int write_chunk(void)
{
	enum chunk_write_result result;
	buffer.length = SIZE;
	return chunk_file_write(&mock.env, node_writing(&node), &digest, &buffer, CHUNK_FLUSH_NOW, &result);
}

static void test_a_shard_that_is_a_link_takes_nothing(void **state)
{
	(void)state;
	scratch_rename(&scratch, shard(), "disk/away");
	scratch_link(&scratch, "victim", shard());
	assert_int_equal(write_chunk(), -1);
	assert_int_equal(errno, ELOOP);
	const struct node_attachment *attachment = node_reading(&node);
	assert_int_equal(chunk_file_verify(&mock.env, attachment, &digest, SIZE), CHUNK_BAD);
	assert_int_equal(chunk_file_look(&mock.env, attachment, &digest, SIZE), CHUNK_BAD);
	assert_false(chunk_file_exists(&mock.env, attachment, &digest));
	assert_int_equal(chunk_file_quarantine(&mock.env, attachment, &digest), -1);
	assert_int_equal(chunk_file_unlink(&mock.env, attachment, &digest), -1);
}

/* The node's folders are there, but for one: it is not away, and that copy is bad. */
static void test_a_shard_that_is_a_file_has_bad_copies(void **state)
{
	(void)state;
	scratch_rename(&scratch, shard(), "disk/away");
	scratch_write(&scratch, shard(), "", 0);
	const struct node_attachment *attachment = node_reading(&node);
	assert_int_equal(chunk_file_read(&mock.env, attachment, &digest, SIZE, &buffer), CHUNK_BAD);
	assert_int_equal(chunk_file_verify(&mock.env, attachment, &digest, SIZE), CHUNK_BAD);
	assert_int_equal(chunk_file_look(&mock.env, attachment, &digest, SIZE), CHUNK_BAD);
	assert_false(chunk_file_exists(&mock.env, attachment, &digest));
	assert_int_equal(write_chunk(), -1);
}

/* A chunk's file there is not removed, moved or taken for the node's, although it is good. */
static void test_a_good_chunk_behind_a_link_is_not_the_nodes(void **state)
{
	(void)state;
	char hex[DIGEST_HEX_SIZE], path[128];
	assert_int_equal(write_chunk(), 0);
	scratch_rename(&scratch, shard(), "disk/away");
	scratch_link(&scratch, "disk/away", shard());
	const struct node_attachment *attachment = node_reading(&node);
	assert_int_equal(chunk_file_read(&mock.env, attachment, &digest, SIZE, &buffer), CHUNK_BAD);
	assert_int_equal(chunk_file_quarantine(&mock.env, attachment, &digest), -1);
	assert_int_equal(chunk_file_unlink(&mock.env, attachment, &digest), -1);
	snprintf(path, sizeof(path), "disk/away/%s", digest_hex(&digest, hex));
	scratch_expect_seeded(&scratch, path, SIZE, 1);
}

/* The file of a chunk that is somebody else's too loses its name here, and keeps its bytes. */
static void test_a_hard_linked_chunk_is_not_written_to(void **state)
{
	(void)state;
	char hex[DIGEST_HEX_SIZE], path[128];
	snprintf(path, sizeof(path), "%s/%s", shard(), digest_hex(&digest, hex));
	assert_int_equal(link(scratch_path(&scratch, "victim/precious"), scratch_path(&scratch, path)), 0);
	assert_int_equal(write_chunk(), 0); /* to quarantine with it */
	scratch_expect_seeded(&scratch, path, SIZE, 1);
	snprintf(path, sizeof(path), "disk/quarantine/%s", hex);
	scratch_expect(&scratch, path, "precious", 8);
}

/* Between a look and a write, the path comes to lead elsewhere: what is open is still the node. */
static void test_a_path_that_becomes_a_link_keeps_what_is_open(void **state)
{
	(void)state;
	scratch_rename(&scratch, "disk", "moved");
	scratch_link(&scratch, "victim", "disk");
	assert_int_equal(write_chunk(), 0);
	assert_int_equal(scratch_count(&scratch, "moved/chunks"), 1);
	node_fixture_expect(NODE_FOUND_BARE, NODE_ABSENT, "identity file missing");
}

static void test_folders_that_are_links_make_a_node_absent(void **state)
{
	(void)state;
	const char *const folders[] = {"disk/chunks", "disk/quarantine"};
	for (size_t i = 0; i < 2; i++) {
		scratch_rename(&scratch, folders[i], "away");
		scratch_link(&scratch, "victim", folders[i]);
		assert_int_not_equal(node_probe(&node), NODE_FOUND_IT);
		assert_null(node_writing(&node));
		assert_int_equal(unlink(scratch_path(&scratch, folders[i])), 0);
		scratch_rename(&scratch, "away", folders[i]);
		node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	}
}

static void test_making_a_node_follows_no_link(void **state)
{
	(void)state;
	struct node second;
	scratch_folder(&scratch, "second");
	scratch_link(&scratch, "victim", "second/chunks");
	scratch_link(&scratch, "victim/precious", "second/" NODE_IDENTITY_FILE ".new");
	node_fixture_init(&second, "second", "second", STORE);
	assert_int_equal(node_create(&second, &error), -1);
	assert_int_equal(unlink(scratch_path(&scratch, "second/chunks")), 0);
	assert_int_equal(node_create(&second, &error), 0);
	node_release(&second);
}

static void test_an_identity_that_is_no_file_is_none(void **state)
{
	(void)state;
	const char *identity = "disk/" NODE_IDENTITY_FILE;
	scratch_rename(&scratch, identity, "kept");
	assert_int_equal(mkfifo(scratch_path(&scratch, identity), 0600), 0);
	node_fixture_expect(NODE_FOUND_UNREADABLE, NODE_DOWN, "identity file damaged");
	assert_int_equal(unlink(scratch_path(&scratch, identity)), 0);
	scratch_link(&scratch, "kept", identity);
	node_fixture_expect(NODE_FOUND_UNREADABLE, NODE_DOWN, "identity file damaged");
	assert_int_equal(unlink(scratch_path(&scratch, identity)), 0);
	scratch_write(&scratch, identity, "", 0);
	assert_int_equal(truncate(scratch_path(&scratch, identity), (off_t)1 << 40), 0);
	node_fixture_expect(NODE_FOUND_UNREADABLE, NODE_DOWN, "identity file damaged");
	assert_int_equal(unlink(scratch_path(&scratch, identity)), 0);
	scratch_rename(&scratch, "kept", identity);
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
}

/* What is in quarantine may be deleted with its folder; what comes next finds the new one. */
static void test_a_quarantine_that_was_made_anew_is_used(void **state)
{
	(void)state;
	assert_int_equal(write_chunk(), 0);
	assert_int_equal(rmdir(scratch_path(&scratch, "disk/quarantine")), 0);
	scratch_folder(
		&scratch, "disk/other"); /* takes the inode's place, where one is given again at once */
	scratch_folder(&scratch, "disk/quarantine");
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	assert_int_equal(chunk_file_quarantine(&mock.env, node_reading(&node), &digest), 0);
	assert_int_equal(scratch_count(&scratch, "disk/quarantine"), 1);
}

/* A folder that is replaced at every look does not take the descriptors of all other nodes. */
static void test_a_folder_that_is_always_another_costs_little(void **state)
{
	(void)state;
	size_t before = scratch_descriptors();
	char name[64];
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "disk/old-%d", i);
		scratch_rename(&scratch, "disk/chunks", name);
		scratch_folder(&scratch, "disk/chunks");
		scratch_folder(&scratch, "disk/chunks/00");
		node_probe(&node);
	}
	assert_in_range(scratch_descriptors(), before, before + 3 * 64);
	node_fixture_expect(NODE_FOUND_UNREADABLE, NODE_DOWN, "were replaced");
}

/* ---- journals ---- */

static void expect_journal(bool known)
{
	struct node_journal journal;
	node_look_at_journal(&node);
	node_get_journal(&node, &journal);
	assert_int_equal(journal.known, known);
}

static void test_a_journal_that_is_no_file_is_not_waited_for(void **state)
{
	(void)state;
	const char *name = "disk/journal/00000000000000000001.jsonl";
	assert_int_equal(mkfifo(scratch_path(&scratch, name), 0600), 0);
	expect_journal(false);
	assert_int_equal(unlink(scratch_path(&scratch, name)), 0);
	scratch_link(&scratch, "victim/precious", name);
	expect_journal(false);
	assert_int_equal(unlink(scratch_path(&scratch, name)), 0);
	expect_journal(true);
}

static void test_a_tebibyte_of_nothing_is_not_searched(void **state)
{
	(void)state;
	const char *name = "disk/journal/00000000000000000001.jsonl";
	scratch_write(&scratch, name, "", 0);
	if (truncate(scratch_path(&scratch, name), (off_t)1 << 40) < 0)
		skip();
	env_mock_forget(&mock);
	expect_journal(false);
	assert_in_range(mock.calls[IO_PREAD], 1, 20000); /* a gibibyte in windows of 64 KiB */
	unsigned reads = mock.calls[IO_PREAD];
	expect_journal(false);
	assert_int_equal(mock.calls[IO_PREAD], reads); /* as long as it stays as it is */
}

static void test_a_journal_folder_of_too_many_files_is_none(void **state)
{
	(void)state;
	char name[64];
	int root = open(node.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint64_t *numbers;
	size_t count;
	for (int i = 0; i <= JOURNAL_FILES_MAX; i++) {
		snprintf(name, sizeof(name), "disk/catalog/%020d.jsonl", i);
		scratch_write(&scratch, name, "", 0);
	}
	assert_int_equal(journal_list(&mock.env, root, JOURNAL_COPY, &numbers, &count), -1);
	assert_int_equal(errno, EFBIG);
	assert_null(numbers);
	assert_int_equal(count, 0);
	assert_int_equal(unlink(scratch_path(&scratch, name)), 0);
	assert_int_equal(journal_list(&mock.env, root, JOURNAL_COPY, &numbers, &count), 0);
	assert_int_equal(count, JOURNAL_FILES_MAX);
	free(numbers);
	close(root);
}

static void expect_not_begun(void)
{
	struct journal_end end = {0};
	struct journal_header header = {1, STORE, STORE};
	int root = open(node.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(journal_begin(&mock.env, root, &header, "", 0, 1, &end), -1);
	assert_int_equal(errno, ELOOP);
	journal_keep_reserve(&mock.env, root);
	close(root);
}

static void test_a_journal_folder_that_is_a_link_is_not_written_to(void **state)
{
	(void)state;
	assert_int_equal(rmdir(scratch_path(&scratch, "disk/journal")), 0);
	scratch_link(&scratch, "victim", "disk/journal");
	expect_not_begun();
}

/* Drafts have a name that can be foretold. */
static void test_a_draft_is_not_written_through_to_a_victim(void **state)
{
	(void)state;
	struct journal_end end = {0};
	struct journal_header header = {1, STORE, STORE};
	int root = open(node.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 3; i++) {
		const char *draft = "disk/journal/new";
		if (i == 0)
			assert_int_equal(link(scratch_path(&scratch, "victim/precious"),
						 scratch_path(&scratch, draft)),
				0);
		else if (i == 1)
			scratch_link(&scratch, "victim/precious", draft);
		else
			assert_int_equal(mkfifo(scratch_path(&scratch, draft), 0600), 0);
		assert_int_equal(journal_begin(&mock.env, root, &header, "", 0, 1, &end), 0);
	}
	close(root);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, make, clean)
	const struct CMUnitTest tests[] = {
		TEST(a_shard_that_is_a_link_takes_nothing),
		TEST(a_shard_that_is_a_file_has_bad_copies),
		TEST(a_good_chunk_behind_a_link_is_not_the_nodes),
		TEST(a_hard_linked_chunk_is_not_written_to),
		TEST(a_path_that_becomes_a_link_keeps_what_is_open),
		TEST(folders_that_are_links_make_a_node_absent),
		TEST(making_a_node_follows_no_link),
		TEST(an_identity_that_is_no_file_is_none),
		TEST(a_quarantine_that_was_made_anew_is_used),
		TEST(a_folder_that_is_always_another_costs_little),
		TEST(a_journal_that_is_no_file_is_not_waited_for),
		TEST(a_tebibyte_of_nothing_is_not_searched),
		TEST(a_journal_folder_of_too_many_files_is_none),
		TEST(a_journal_folder_that_is_a_link_is_not_written_to),
		TEST(a_draft_is_not_written_through_to_a_victim),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
