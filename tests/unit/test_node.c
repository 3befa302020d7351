/*
 * A node is its identity file (invariant 5): what is found at its path decides its state, and nothing else.
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

#include "engine/node.h"
#include "tests/support/env_mock.h"
#include "tests/support/scratch.h"

#define STORE "11111111-1111-4111-8111-111111111111"
#define OTHER "22222222-2222-4222-8222-222222222222"

static struct scratch scratch;
static struct env_mock mock;
static struct node node;
static struct error error;

static void init_node(struct node *made, const char *name, const char *folder, const char *store)
{
	assert_int_equal(node_init(made, &mock.env, name, "zone", scratch_path(&scratch, folder), &error), 0);
	strcpy(made->store_uuid, store);
	uuid_new(&mock.env, made->uuid);
	made->id = 1;
}

static int make(void **state)
{
	(void)state;
	scratch_make(&scratch);
	env_mock_init(&mock);
	init_node(&node, "disk", "disk", STORE);
	assert_int_equal(node_create(&node, &error), 0);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	node_release(&node);
	env_mock_release(&mock);
	scratch_remove(&scratch);
	return 0;
}

static void expect(enum node_finding finding, enum node_state state, const char *cause)
{
	struct node_status status;
	assert_int_equal(node_probe(&node), finding);
	node_status(&node, &status);
	assert_int_equal(status.state, state);
	if (!strstr(status.cause, cause) || (!*cause && *status.cause))
		fail_msg("the cause is '%s', not '%s'", status.cause, cause);
	assert_int_equal(node_writing(&node) != NULL, state == NODE_UP);
	assert_int_equal(node_reading(&node) != NULL, state == NODE_UP || state == NODE_READ_ONLY);
}

static void rename_in_scratch(const char *from, const char *to)
{
	assert_int_equal(rename(scratch_path(&scratch, from), scratch_path(&scratch, to)), 0);
}

static void test_a_new_node_has_its_folders_and_identity_for_its_owner_alone(void **state)
{
	(void)state;
	const char *const folders[] = {"disk", "disk/chunks", "disk/chunks/00", "disk/chunks/ff",
		"disk/journal", "disk/catalog", "disk/quarantine"};
	struct stat status;
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		assert_int_equal(stat(scratch_path(&scratch, folders[i]), &status), 0);
		assert_int_equal(status.st_mode & 07777, 0700);
	}
	assert_int_equal(stat(scratch_path(&scratch, "disk/" NODE_IDENTITY_FILE), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	struct node_identity identity;
	assert_int_equal(node_identify(&mock.env, node.path, &identity), 0);
	assert_string_equal(identity.store, STORE);
	assert_string_equal(identity.node, node.uuid);
	assert_string_equal(identity.name, "disk");
	expect(NODE_FOUND_IT, NODE_UP, "");
}

static void test_a_folder_that_is_a_node_already_is_refused(void **state)
{
	(void)state;
	struct node second;
	const char *const stores[] = {STORE, OTHER};
	for (int i = 0; i < 2; i++) {
		init_node(&second, "second", "disk", stores[i]);
		assert_int_equal(node_create(&second, &error), -1);
		assert_int_equal(error.code, ERROR_REFUSED);
		node_release(&second);
	}
	expect(NODE_FOUND_IT, NODE_UP, "");
}

static void test_chunks_without_an_identity_are_not_taken_over(void **state)
{
	(void)state;
	scratch_write(&scratch, "disk/chunks/ab/abcd", "bytes", 5);
	assert_int_equal(unlink(scratch_path(&scratch, "disk/" NODE_IDENTITY_FILE)), 0);
	assert_int_equal(node_create(&node, &error), -1);
	assert_int_equal(error.code, ERROR_REFUSED);
	expect(NODE_FOUND_BARE, NODE_ABSENT, "identity file missing");
}

static void test_a_damaged_identity_is_not_replaced(void **state)
{
	(void)state;
	const char *const identities[] = {"", "{",
		"{\"format\":2,\"store\":\"" STORE "\",\"node\":\"" OTHER "\"}",
		"{\"format\":1,\"store\":\"x\",\"node\":\"y\"}", "[]", "\"text\""};
	for (size_t i = 0; i < sizeof(identities) / sizeof(*identities); i++) {
		scratch_write(&scratch, "disk/" NODE_IDENTITY_FILE, identities[i], strlen(identities[i]));
		assert_int_equal(node_create(&node, &error), -1);
		expect(NODE_FOUND_UNREADABLE, NODE_DOWN, "damaged or of an unknown format");
		scratch_expect(&scratch, "disk/" NODE_IDENTITY_FILE, identities[i], strlen(identities[i]));
	}
}

static void test_an_identity_behind_a_link_or_a_fifo_is_none(void **state)
{
	(void)state;
	rename_in_scratch("disk/" NODE_IDENTITY_FILE, "identity");
	assert_int_equal(symlink("../identity", scratch_path(&scratch, "disk/" NODE_IDENTITY_FILE)), 0);
	expect(NODE_FOUND_UNREADABLE, NODE_DOWN, "damaged");
	assert_int_equal(unlink(scratch_path(&scratch, "disk/" NODE_IDENTITY_FILE)), 0);
	assert_int_equal(mkfifo(scratch_path(&scratch, "disk/" NODE_IDENTITY_FILE), 0600), 0);
	expect(NODE_FOUND_UNREADABLE, NODE_DOWN, "damaged");
}

static void test_a_missing_folder_makes_the_node_absent_until_it_is_back(void **state)
{
	(void)state;
	expect(NODE_FOUND_IT, NODE_UP, "");
	rename_in_scratch("disk", "away");
	expect(NODE_FOUND_NOTHING, NODE_ABSENT, "folder missing");
	scratch_folder(&scratch, "disk");
	expect(NODE_FOUND_BARE, NODE_ABSENT, "identity file missing");
	assert_int_equal(scratch_count(&scratch, "disk"), 0);
	assert_int_equal(rmdir(scratch_path(&scratch, "disk")), 0);
	rename_in_scratch("away", "disk");
	expect(NODE_FOUND_IT, NODE_UP, "");
}

static void test_another_node_or_store_at_the_path_is_never_taken_for_this_one(void **state)
{
	(void)state;
	struct node other;
	expect(NODE_FOUND_IT, NODE_UP, "");
	rename_in_scratch("disk", "away");
	init_node(&other, "other", "disk", STORE);
	assert_int_equal(node_create(&other, &error), 0);
	expect(NODE_FOUND_OTHER, NODE_ABSENT, "holds node 'other'");
	node_release(&other);
	rename_in_scratch("disk", "other");
	init_node(&other, "foreign", "disk", OTHER);
	assert_int_equal(node_create(&other, &error), 0);
	expect(NODE_FOUND_FOREIGN, NODE_ABSENT, "belongs to another store");
	node_release(&other);
}

static void test_a_folder_that_moved_is_attached_anew(void **state)
{
	(void)state;
	expect(NODE_FOUND_IT, NODE_UP, "");
	const struct node_attachment *before = node_reading(&node);
	char command[1024];
	snprintf(command, sizeof(command), "cd '%s' && cp -a disk copy && mv disk away && mv copy disk",
		scratch.path);
	assert_int_equal(system(command), 0);
	expect(NODE_FOUND_IT, NODE_UP, "");
	assert_ptr_not_equal(node_reading(&node), before);
	/* Whoever still uses the first attachment finds its descriptors open. */
	struct stat status;
	assert_int_equal(fstat(before->root, &status), 0);
}

static void shell(const char *line)
{
	char command[1024];
	snprintf(command, sizeof(command), "cd '%s/disk' && %s", scratch.path, line);
	assert_int_equal(system(command), 0);
}

static void test_empty_shard_folders_may_be_tidied_away(void **state)
{
	(void)state;
	expect(NODE_FOUND_IT, NODE_UP, "");
	shell("touch chunks/7f/file && find chunks -type d -empty -delete && [ ! -e chunks/00 ]");
	expect(NODE_FOUND_IT, NODE_UP, "");
	/* Nothing is made while nothing is stored: it would be in the way of somebody who deletes the node. */
	shell("[ ! -e chunks/00 ] && rm chunks/7f/file");
}

/* What is written must go where the path says, not into a folder that was moved away. */
static void test_a_chunk_folder_that_was_replaced_is_attached_anew(void **state)
{
	(void)state;
	struct stat open_one, at_path;
	expect(NODE_FOUND_IT, NODE_UP, "");
	shell("mv chunks old && cp -a old chunks");
	expect(NODE_FOUND_IT, NODE_UP, "");
	assert_int_equal(fstat(node_writing(&node)->chunks, &open_one), 0);
	assert_int_equal(stat(scratch_path(&scratch, "disk/chunks"), &at_path), 0);
	assert_int_equal(open_one.st_ino, at_path.st_ino);
}

static void test_lost_folders_make_it_absent_until_it_is_mended(void **state)
{
	(void)state;
	struct stat status;
	expect(NODE_FOUND_IT, NODE_UP, "");
	shell("rm -r chunks");
	expect(NODE_FOUND_NOTHING, NODE_ABSENT, "chunk folder missing");
	shell("mkdir chunks");
	expect(NODE_FOUND_NOTHING, NODE_ABSENT, "chunk folder missing");
	assert_int_equal(stat(scratch_path(&scratch, "disk/chunks/00"), &status), -1);
	assert_int_equal(node_mend(&node, &error), 0);
	expect(NODE_FOUND_IT, NODE_UP, "");
	shell("rm -r chunks && mv linckia-node.json identity");
	assert_int_equal(node_mend(&node, &error), -1);
	assert_int_equal(stat(scratch_path(&scratch, "disk/chunks"), &status), -1);
}

static void test_a_quarantine_that_was_deleted_is_made_again(void **state)
{
	(void)state;
	struct stat status;
	expect(NODE_FOUND_IT, NODE_UP, "");
	shell("rmdir quarantine");
	expect(NODE_FOUND_IT, NODE_UP, "");
	assert_int_equal(stat(scratch_path(&scratch, "disk/quarantine"), &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
}

static void test_no_permission_to_write_makes_it_read_only(void **state)
{
	(void)state;
	env_mock_fail(&mock, (struct io_fault){.call = IO_FACCESSAT, .number = EACCES});
	expect(NODE_FOUND_IT, NODE_READ_ONLY, "no permission");
	expect(NODE_FOUND_IT, NODE_UP, "");
}

static void test_an_input_output_error_makes_it_down(void **state)
{
	(void)state;
	env_mock_fail(&mock, (struct io_fault){.call = IO_PREAD, .number = EIO});
	expect(NODE_FOUND_UNREADABLE, NODE_DOWN, "input/output error");
	expect(NODE_FOUND_IT, NODE_UP, "");
}

static void test_a_probe_leaves_an_operators_failure_alone(void **state)
{
	(void)state;
	struct node_status status;
	expect(NODE_FOUND_IT, NODE_UP, "");
	node_set_failed(&node, true);
	env_mock_forget(&mock);
	node_probe(&node);
	node_note_errno(&node, EROFS);
	assert_int_equal(mock.calls[IO_OPENAT], 0);
	node_status(&node, &status);
	assert_int_equal(status.state, NODE_DOWN);
	assert_string_equal(status.cause, "failed by operator");
	assert_false(node_is_readable(&node));
	node_set_failed(&node, false);
	expect(NODE_FOUND_IT, NODE_UP, "");
}

static void test_each_errno_has_its_consequence(void **state)
{
	(void)state;
	static const struct {
		int number;
		enum node_state state;
		bool writable;
		const char *cause;
	} rows[] = {
		{EIO, NODE_DOWN, false, "input/output error"},
		{EROFS, NODE_READ_ONLY, false, "read-only"},
		{EACCES, NODE_READ_ONLY, false, "no permission"},
		{ENOSPC, NODE_UP, false, ""},
		{EDQUOT, NODE_UP, false, ""},
		{ENOENT, NODE_ABSENT, false, "missing"},
		{ESTALE, NODE_ABSENT, false, "missing"},
		{EMFILE, NODE_UP, true, ""},
		{ENOMEM, NODE_UP, true, ""},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct node_status status;
		assert_int_equal(node_probe(&node), NODE_FOUND_IT);
		node_note_errno(&node, rows[i].number);
		node_status(&node, &status);
		assert_int_equal(status.state, rows[i].state);
		assert_int_equal(status.writable, rows[i].writable);
		assert_non_null(strstr(status.cause, rows[i].cause));
	}
}

static void test_no_descriptor_is_forgotten(void **state)
{
	(void)state;
	size_t before = scratch_descriptors();
	struct node second;
	init_node(&second, "second", "second", STORE);
	assert_int_equal(node_create(&second, &error), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(node_probe(&second), NODE_FOUND_IT);
	env_mock_fail(&mock, (struct io_fault){.call = IO_OPENAT, .number = EIO, .ending = "/quarantine"});
	node_release(&second);
	assert_int_equal(scratch_descriptors(), before);
}

/* Whichever step of making a node fails, a second try finishes it. */
static void test_making_a_node_can_be_repeated_after_any_failure(void **state)
{
	(void)state;
	static const enum io_call calls[] = {IO_MKDIRAT, IO_PWRITE, IO_FSYNC, IO_RENAMEAT2, IO_SYNCFS};
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		struct node fresh;
		char name[16];
		snprintf(name, sizeof(name), "fresh-%zu", i);
		init_node(&fresh, name, name, STORE);
		env_mock_fail(&mock,
			(struct io_fault){
				.call = calls[i], .number = ENOSPC, .skip = calls[i] == IO_MKDIRAT ? 9 : 0});
		assert_int_equal(node_create(&fresh, &error), -1);
		env_mock_heal(&mock);
		struct node_identity identity;
		bool made = node_identify(&mock.env, fresh.path, &identity) == 0;
		int result = made ? 0 : node_create(&fresh, &error);
		node_release(&fresh);
		if (result < 0)
			fail_msg("after call %d failed: %s", (int)calls[i], error.message);
	}
}

/* ---- suspicion ---- */

static void note(int number, enum node_state state, const char *cause)
{
	struct node_status status;
	node_note_errno(&node, number);
	node_status(&node, &status);
	assert_int_equal(status.state, state);
	assert_non_null(strstr(status.cause, cause));
}

static bool is_suspect(void)
{
	struct node_status status;
	node_status(&node, &status);
	return status.suspect;
}

static void test_a_suspect_node_stays_down_until_it_was_written_flushed_and_read(void **state)
{
	(void)state;
	static const struct io_fault faults[] = {
		{.call = IO_OPENAT, .flags = O_CREAT},
		{.call = IO_PWRITE},
		{.call = IO_FSYNC},
		/* The identity is read first. */
		{.call = IO_PREAD, .skip = 1},
	};
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		struct io_fault fault = faults[i];
		expect(NODE_FOUND_IT, NODE_UP, "");
		note(EIO, NODE_DOWN, "input/output error");
		assert_true(is_suspect());
		for (int again = 0; again < 3; again++) {
			fault.number = EIO;
			env_mock_fail(&mock, fault);
			expect(NODE_FOUND_UNREADABLE, NODE_DOWN, "input/output error");
			assert_int_equal(env_mock_hits(&mock, 0), 1);
			assert_true(is_suspect());
			env_mock_heal(&mock);
		}
		expect(NODE_FOUND_IT, NODE_UP, "");
		assert_false(is_suspect());
		/* The look leaves nothing behind. */
		assert_int_equal(scratch_count(&scratch, "disk/chunks"), 0);
	}
}

/* As a disk does that takes writes and forgets them. */
static void forget_written(void *context, int fd, off_t offset)
{
	(void)context;
	char self[64], path[4096];
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	ssize_t length = readlink(self, path, sizeof(path) - 1);
	path[length > 0 ? length : 0] = '\0';
	if (offset != 0 || !strstr(path, "/.probe-"))
		return;
	int other = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(other >= 0);
	for (int i = 0; i < 4096; i++)
		assert_int_equal(pwrite(other, "\xa5", 1, i), 1);
	close(other);
}

static void test_a_test_file_that_is_read_back_as_something_else_keeps_it_down(void **state)
{
	(void)state;
	expect(NODE_FOUND_IT, NODE_UP, "");
	note(EIO, NODE_DOWN, "input/output error");
	mock.before_pread = forget_written;
	expect(NODE_FOUND_UNREADABLE, NODE_DOWN, "input/output error");
	mock.before_pread = NULL;
	expect(NODE_FOUND_IT, NODE_UP, "");
}

static void test_a_suspicion_changes_nothing_before_the_next_look(void **state)
{
	(void)state;
	expect(NODE_FOUND_IT, NODE_UP, "");
	env_mock_forget(&mock);
	expect(NODE_FOUND_IT, NODE_UP, "");
	assert_int_equal(mock.calls[IO_PWRITE], 0);
	node_set_suspect(&node);
	assert_non_null(node_writing(&node));
	expect(NODE_FOUND_IT, NODE_UP, "");
	assert_true(mock.calls[IO_PWRITE] > 0 && mock.calls[IO_FSYNC] > 0);
	assert_false(is_suspect());
	node_set_suspect(&node);
	env_mock_fail(&mock, (struct io_fault){.call = IO_FSYNC, .number = EIO});
	expect(NODE_FOUND_UNREADABLE, NODE_DOWN, "input/output error");
}

static void test_a_suspect_node_that_is_full_or_read_only_is_cleared_all_the_same(void **state)
{
	(void)state;
	expect(NODE_FOUND_IT, NODE_UP, "");
	note(EIO, NODE_DOWN, "");
	env_mock_fail(&mock, (struct io_fault){.call = IO_PWRITE, .number = ENOSPC});
	expect(NODE_FOUND_IT, NODE_UP, "");
	assert_false(is_suspect());
	note(EIO, NODE_DOWN, "");
	env_mock_fail(&mock, (struct io_fault){.call = IO_FACCESSAT, .number = EACCES});
	expect(NODE_FOUND_IT, NODE_READ_ONLY, "no permission");
}

static void test_an_operators_failure_ends_the_suspicion(void **state)
{
	(void)state;
	expect(NODE_FOUND_IT, NODE_UP, "");
	note(EIO, NODE_DOWN, "");
	node_set_failed(&node, true);
	assert_false(is_suspect());
	node_set_suspect(&node);
	assert_false(is_suspect());
}

/* ---- coming back ---- */

static void test_a_lost_node_needs_so_many_good_looks_in_a_row(void **state)
{
	(void)state;
	expect(NODE_FOUND_IT, NODE_UP, "");
	node_set_looks_to_return(&node, 3);
	/* One that is up needs none. */
	expect(NODE_FOUND_IT, NODE_UP, "");
	rename_in_scratch("disk", "away");
	expect(NODE_FOUND_NOTHING, NODE_ABSENT, "folder missing");
	rename_in_scratch("away", "disk");
	for (int i = 0; i < 2; i++)
		expect(NODE_FOUND_IT, NODE_ABSENT, "folder missing");
	rename_in_scratch("disk", "away");
	expect(NODE_FOUND_NOTHING, NODE_ABSENT, "folder missing");
	rename_in_scratch("away", "disk");
	for (int i = 0; i < 2; i++)
		expect(NODE_FOUND_IT, NODE_ABSENT, "folder missing");
	expect(NODE_FOUND_IT, NODE_UP, "");
	/* After an error too, and these looks are thorough. */
	note(EIO, NODE_DOWN, "");
	env_mock_forget(&mock);
	expect(NODE_FOUND_IT, NODE_DOWN, "input/output error");
	expect(NODE_FOUND_IT, NODE_DOWN, "input/output error");
	assert_true(is_suspect());
	expect(NODE_FOUND_IT, NODE_UP, "");
	assert_true(mock.calls[IO_FSYNC] >= 3);
}

static void test_the_operators_word_needs_no_second_look(void **state)
{
	(void)state;
	expect(NODE_FOUND_IT, NODE_UP, "");
	node_set_looks_to_return(&node, 5);
	node_set_failed(&node, true);
	node_set_failed(&node, false);
	expect(NODE_FOUND_IT, NODE_UP, "");
}

static void test_a_node_that_does_not_answer_for_long_is_down_until_it_does(void **state)
{
	(void)state;
	node_note_silence(&node, 5000);
	/* Nobody has found it yet: that says more. */
	struct node_status status;
	node_status(&node, &status);
	assert_int_equal(status.state, NODE_ABSENT);
	expect(NODE_FOUND_IT, NODE_UP, "");
	node_note_silence(&node, 7900);
	node_status(&node, &status);
	assert_int_equal(status.state, NODE_DOWN);
	assert_string_equal(status.cause, "no answer for 7 s");
	assert_null(node_reading(&node));
	expect(NODE_FOUND_IT, NODE_UP, "");
	node_set_failed(&node, true);
	node_note_silence(&node, 9000);
	node_status(&node, &status);
	assert_string_equal(status.cause, "failed by operator");
}

/* ---- draining, slow, full ---- */

static void expect_status(enum node_state state, bool readable, bool writable)
{
	struct node_status status;
	node_status(&node, &status);
	assert_int_equal(status.state, state);
	assert_int_equal(status.readable, readable);
	assert_int_equal(status.writable, writable);
	assert_int_equal(node_is_readable(&node), readable);
}

static void test_a_node_that_is_drained_is_read_but_gets_nothing_new(void **state)
{
	(void)state;
	expect(NODE_FOUND_IT, NODE_UP, "");
	node_set_draining(&node, true);
	expect_status(NODE_DRAINING, true, false);
	/* Its files can still be removed, which is what draining is for. */
	assert_non_null(node_writing(&node));
	/* What is worse is what it is said to be. */
	note(EIO, NODE_DOWN, "input/output error");
	expect_status(NODE_DOWN, false, false);
	assert_int_equal(node_probe(&node), NODE_FOUND_IT);
	expect_status(NODE_DRAINING, true, false);
	node_set_slow(&node, true);
	expect_status(NODE_DRAINING, true, false);
	node_set_slow(&node, false);
	node_set_draining(&node, false);
	expect_status(NODE_UP, true, true);
}

static void test_a_slow_node_is_read_and_written_and_says_why(void **state)
{
	(void)state;
	struct node_status status;
	expect(NODE_FOUND_IT, NODE_UP, "");
	node_set_slow(&node, true);
	expect_status(NODE_SLOW, true, true);
	assert_int_equal(node_probe(&node), NODE_FOUND_IT);
	expect_status(NODE_SLOW, true, true);
	node_status(&node, &status);
	assert_non_null(strstr(status.cause, "more slowly"));
	node_set_slow(&node, false);
	expect_status(NODE_UP, true, true);
	node_status(&node, &status);
	assert_string_equal(status.cause, "");
}

static void test_a_full_node_is_read_and_may_be_written_again_after_the_next_look(void **state)
{
	(void)state;
	expect(NODE_FOUND_IT, NODE_UP, "");
	node_note_errno(&node, ENOSPC);
	expect_status(NODE_UP, true, false);
	assert_int_equal(node_probe(&node), NODE_FOUND_IT);
	expect_status(NODE_UP, true, true);
}

/* ---- part of the store ---- */

static void test_a_node_that_was_forgotten_is_not_looked_at_until_it_is_remembered(void **state)
{
	(void)state;
	struct node_status status;
	char uuid[UUID_SIZE];
	expect(NODE_FOUND_IT, NODE_UP, "");
	snprintf(uuid, sizeof(uuid), "%s", node.uuid);
	node_set_draining(&node, true);
	node_set_slow(&node, true);
	node_set_suspect(&node);
	node_forget(&node);
	expect_status(NODE_ABSENT, false, false);
	node_status(&node, &status);
	assert_true(status.forgotten);
	assert_false(status.draining || status.slow || status.suspect);
	assert_string_equal(status.cause, "no longer part of the store");
	env_mock_forget(&mock);
	assert_int_equal(node_probe(&node), NODE_FOUND_NOTHING);
	assert_int_equal(mock.calls[IO_OPENAT], 0);
	assert_null(node_reading(&node));
	/* Back under another id, and only as the node that it then is. */
	node_remember(&node, 9, OTHER);
	node_status(&node, &status);
	assert_false(status.forgotten);
	expect(NODE_FOUND_OTHER, NODE_ABSENT, "holds node");
	node_remember(&node, 9, uuid);
	expect(NODE_FOUND_IT, NODE_UP, "");
	assert_int_equal(node.id, 9);
}

static void test_flush_failures_are_counted(void **state)
{
	(void)state;
	unsigned before = node_flush_failures(&node);
	node_note_flush_failure(&node);
	node_note_flush_failure(&node);
	assert_int_equal(node_flush_failures(&node), before + 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, make, clean)
	const struct CMUnitTest tests[] = {
		TEST(a_new_node_has_its_folders_and_identity_for_its_owner_alone),
		TEST(a_folder_that_is_a_node_already_is_refused),
		TEST(chunks_without_an_identity_are_not_taken_over),
		TEST(a_damaged_identity_is_not_replaced),
		TEST(an_identity_behind_a_link_or_a_fifo_is_none),
		TEST(a_missing_folder_makes_the_node_absent_until_it_is_back),
		TEST(another_node_or_store_at_the_path_is_never_taken_for_this_one),
		TEST(a_folder_that_moved_is_attached_anew),
		TEST(empty_shard_folders_may_be_tidied_away),
		TEST(a_chunk_folder_that_was_replaced_is_attached_anew),
		TEST(lost_folders_make_it_absent_until_it_is_mended),
		TEST(a_quarantine_that_was_deleted_is_made_again),
		TEST(no_permission_to_write_makes_it_read_only),
		TEST(an_input_output_error_makes_it_down),
		TEST(a_probe_leaves_an_operators_failure_alone),
		TEST(each_errno_has_its_consequence),
		TEST(no_descriptor_is_forgotten),
		TEST(making_a_node_can_be_repeated_after_any_failure),
		TEST(a_suspect_node_stays_down_until_it_was_written_flushed_and_read),
		TEST(a_test_file_that_is_read_back_as_something_else_keeps_it_down),
		TEST(a_suspicion_changes_nothing_before_the_next_look),
		TEST(a_suspect_node_that_is_full_or_read_only_is_cleared_all_the_same),
		TEST(an_operators_failure_ends_the_suspicion),
		TEST(a_lost_node_needs_so_many_good_looks_in_a_row),
		TEST(the_operators_word_needs_no_second_look),
		TEST(a_node_that_does_not_answer_for_long_is_down_until_it_does),
		TEST(a_node_that_is_drained_is_read_but_gets_nothing_new),
		TEST(a_slow_node_is_read_and_written_and_says_why),
		TEST(a_full_node_is_read_and_may_be_written_again_after_the_next_look),
		TEST(a_node_that_was_forgotten_is_not_looked_at_until_it_is_remembered),
		TEST(flush_failures_are_counted),
	};
	return cmocka_run_group_tests_name("node", tests, NULL, NULL);
}
