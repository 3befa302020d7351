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

#include "tests/support/node_fixture.h"

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
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
}

static void test_a_folder_that_is_a_node_already_is_refused(void **state)
{
	(void)state;
	struct node second;
	const char *const stores[] = {STORE, OTHER};
	for (int i = 0; i < 2; i++) {
		node_fixture_init(&second, "second", "disk", stores[i]);
		assert_int_equal(node_create(&second, &error), -1);
		assert_int_equal(error.code, ERROR_REFUSED);
		node_release(&second);
	}
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
}

static void test_chunks_without_an_identity_are_not_taken_over(void **state)
{
	(void)state;
	scratch_write(&scratch, "disk/chunks/ab/abcd", "bytes", 5);
	assert_int_equal(unlink(scratch_path(&scratch, "disk/" NODE_IDENTITY_FILE)), 0);
	assert_int_equal(node_create(&node, &error), -1);
	assert_int_equal(error.code, ERROR_REFUSED);
	node_fixture_expect(NODE_FOUND_BARE, NODE_ABSENT, "identity file missing");
}

static void test_a_damaged_identity_is_not_replaced(void **state)
{
	(void)state;
	const char *const identities[] = {"", "{",
		"{\"format\":2,\"store\":\"" STORE "\",\"node\":\"" OTHER "\"}",
		"{\"format\":1,\"store\":\"x\",\"node\":\"y\"}", "[]", "\"text\"",
		"{\"format\":1,\"store\":5,\"node\":\"" OTHER "\"}",
		"{\"format\":1,\"store\":\"" STORE "\",\"node\":5}"};
	for (size_t i = 0; i < sizeof(identities) / sizeof(*identities); i++) {
		scratch_write(&scratch, "disk/" NODE_IDENTITY_FILE, identities[i], strlen(identities[i]));
		assert_int_equal(node_create(&node, &error), -1);
		node_fixture_expect(NODE_FOUND_UNREADABLE, NODE_DOWN, "damaged or of an unknown format");
		scratch_expect(&scratch, "disk/" NODE_IDENTITY_FILE, identities[i], strlen(identities[i]));
	}
}

static void test_an_identity_behind_a_link_or_a_fifo_is_none(void **state)
{
	(void)state;
	scratch_rename(&scratch, "disk/" NODE_IDENTITY_FILE, "identity");
	assert_int_equal(symlink("../identity", scratch_path(&scratch, "disk/" NODE_IDENTITY_FILE)), 0);
	node_fixture_expect(NODE_FOUND_UNREADABLE, NODE_DOWN, "damaged");
	assert_int_equal(unlink(scratch_path(&scratch, "disk/" NODE_IDENTITY_FILE)), 0);
	assert_int_equal(mkfifo(scratch_path(&scratch, "disk/" NODE_IDENTITY_FILE), 0600), 0);
	node_fixture_expect(NODE_FOUND_UNREADABLE, NODE_DOWN, "damaged");
}

static void test_a_missing_folder_makes_the_node_absent_until_it_is_back(void **state)
{
	(void)state;
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	scratch_rename(&scratch, "disk", "away");
	node_fixture_expect(NODE_FOUND_NOTHING, NODE_ABSENT, "folder missing");
	scratch_folder(&scratch, "disk");
	node_fixture_expect(NODE_FOUND_BARE, NODE_ABSENT, "identity file missing");
	assert_int_equal(scratch_count(&scratch, "disk"), 0);
	assert_int_equal(rmdir(scratch_path(&scratch, "disk")), 0);
	scratch_rename(&scratch, "away", "disk");
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
}

static void test_another_node_or_store_at_the_path_is_never_taken_for_this_one(void **state)
{
	(void)state;
	struct node other;
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	scratch_rename(&scratch, "disk", "away");
	node_fixture_init(&other, "other", "disk", STORE);
	assert_int_equal(node_create(&other, &error), 0);
	node_fixture_expect(NODE_FOUND_OTHER, NODE_ABSENT, "holds node 'other'");
	node_release(&other);
	scratch_rename(&scratch, "disk", "other");
	node_fixture_init(&other, "foreign", "disk", OTHER);
	assert_int_equal(node_create(&other, &error), 0);
	node_fixture_expect(NODE_FOUND_FOREIGN, NODE_ABSENT, "belongs to another store");
	node_release(&other);
}

static void test_a_folder_that_moved_is_attached_anew(void **state)
{
	(void)state;
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	const struct node_attachment *before = node_reading(&node);
	char command[1024];
	snprintf(command, sizeof(command), "cd '%s' && cp -a disk copy && mv disk away && mv copy disk",
		scratch.path);
	assert_int_equal(system(command), 0);
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
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
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	shell("touch chunks/7f/file && find chunks -type d -empty -delete && [ ! -e chunks/00 ]");
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	/* Nothing is made while nothing is stored: it would be in the way of somebody who deletes the node. */
	shell("[ ! -e chunks/00 ] && rm chunks/7f/file");
}

/* What is written must go where the path says, not into a folder that was moved away. */
static void test_a_chunk_folder_that_was_replaced_is_attached_anew(void **state)
{
	(void)state;
	struct stat open_one, at_path;
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	shell("mv chunks old && cp -a old chunks");
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	assert_int_equal(fstat(node_writing(&node)->chunks, &open_one), 0);
	assert_int_equal(stat(scratch_path(&scratch, "disk/chunks"), &at_path), 0);
	assert_int_equal(open_one.st_ino, at_path.st_ino);
}

static void test_lost_folders_make_it_absent_until_it_is_mended(void **state)
{
	(void)state;
	struct stat status;
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	shell("rm -r chunks");
	node_fixture_expect(NODE_FOUND_NOTHING, NODE_ABSENT, "chunk folder missing");
	shell("mkdir chunks");
	node_fixture_expect(NODE_FOUND_NOTHING, NODE_ABSENT, "chunk folder missing");
	assert_int_equal(stat(scratch_path(&scratch, "disk/chunks/00"), &status), -1);
	assert_int_equal(node_mend(&node, &error), 0);
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	shell("rm -r chunks && mv linckia-node.json identity");
	assert_int_equal(node_mend(&node, &error), -1);
	assert_int_equal(stat(scratch_path(&scratch, "disk/chunks"), &status), -1);
}

static void test_a_quarantine_that_was_deleted_is_made_again(void **state)
{
	(void)state;
	struct stat status;
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	shell("rmdir quarantine");
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	assert_int_equal(stat(scratch_path(&scratch, "disk/quarantine"), &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
}

static void test_no_permission_to_write_makes_it_read_only(void **state)
{
	(void)state;
	env_mock_fail(&mock, (struct io_fault){.call = IO_FACCESSAT, .number = EACCES});
	node_fixture_expect(NODE_FOUND_IT, NODE_READ_ONLY, "no permission");
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
}

static void test_an_input_output_error_makes_it_down(void **state)
{
	(void)state;
	env_mock_fail(&mock, (struct io_fault){.call = IO_PREAD, .number = EIO});
	node_fixture_expect(NODE_FOUND_UNREADABLE, NODE_DOWN, "input/output error");
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
}

static void test_a_probe_leaves_an_operators_failure_alone(void **state)
{
	(void)state;
	struct node_status status;
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
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
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
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
	node_fixture_init(&second, "second", "second", STORE);
	assert_int_equal(node_create(&second, &error), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(node_probe(&second), NODE_FOUND_IT);
	env_mock_fail(&mock, (struct io_fault){.call = IO_OPENAT, .number = EIO, .ending = "/quarantine"});
	node_release(&second);
	assert_int_equal(scratch_descriptors(), before);
}

/* Makes a node whose step after `skip` good ones fails. Whether there was such a step. */
static bool make_with_fault(enum io_call call, unsigned skip)
{
	struct node fresh;
	char name[32];
	snprintf(name, sizeof(name), "fresh-%d-%u", (int)call, skip);
	node_fixture_init(&fresh, name, name, STORE);
	env_mock_fail(&mock, (struct io_fault){.call = call, .number = ENOSPC, .skip = skip});
	int result = node_create(&fresh, &error);
	bool struck = env_mock_hits(&mock, 0) > 0;
	env_mock_heal(&mock);
	if (struck != (result < 0))
		fail_msg(
			"call %d, %u: %s", (int)call, skip, struck ? "the fault was ignored" : error.message);
	struct node_identity identity;
	bool made = node_identify(&mock.env, fresh.path, &identity) == 0;
	result = made ? 0 : node_create(&fresh, &error);
	node_release(&fresh);
	if (result < 0)
		fail_msg("after call %d, %u failed: %s", (int)call, skip, error.message);
	return struck;
}

/* Whichever step of making a node fails, that is told, and a second try finishes it. */
static void test_making_a_node_can_be_repeated_after_any_failure(void **state)
{
	(void)state;
	static const enum io_call calls[] = {IO_PWRITE, IO_FSYNC, IO_RENAMEAT2, IO_SYNCFS};
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		for (unsigned skip = 0; make_with_fault(calls[i], skip); skip++)
			assert_true(skip < 1000);
	assert_true(make_with_fault(IO_MKDIRAT, 0));
	assert_true(make_with_fault(IO_MKDIRAT, 9));
}

/* The name counts only when the folder it is in was flushed after it came. */
static void test_an_identity_is_flushed_before_and_after_it_gets_its_name(void **state)
{
	(void)state;
	struct node fresh;
	node_fixture_init(&fresh, "fresh", "fresh", STORE);
	env_mock_forget(&mock);
	assert_int_equal(node_create(&fresh, &error), 0);
	node_release(&fresh);
	const char *renamed = strrchr(mock.trace, 'r');
	assert_non_null(renamed);
	assert_true(renamed > mock.trace && renamed[-1] == 's');
	assert_int_equal(renamed[1], 'd');
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, node_fixture_make, node_fixture_remove)
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
		TEST(an_identity_is_flushed_before_and_after_it_gets_its_name),
	};
	return cmocka_run_group_tests_name("node", tests, NULL, NULL);
}
