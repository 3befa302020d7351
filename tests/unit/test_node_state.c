/*
 * What becomes of a node's state besides what is found at its path: what went wrong, what an operator says, how it
 * answers.
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
		node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
		note(EIO, NODE_DOWN, "input/output error");
		assert_true(is_suspect());
		for (int again = 0; again < 3; again++) {
			fault.number = EIO;
			env_mock_fail(&mock, fault);
			node_fixture_expect(NODE_FOUND_UNREADABLE, NODE_DOWN, "input/output error");
			assert_int_equal(env_mock_hits(&mock, 0), 1);
			assert_true(is_suspect());
			env_mock_heal(&mock);
		}
		node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
		assert_false(is_suspect());
		/* The look leaves nothing behind. */
		assert_int_equal(scratch_count(&scratch, "disk/chunks"), 0);
	}
}

/* Where names do not go any more, a look three times a second would fill the disk with what it is tried with. */
static void test_a_disk_that_lets_no_name_go_is_tried_with_one_file(void **state)
{
	(void)state;
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	env_mock_fail(&mock,
		(struct io_fault){
			.call = IO_UNLINKAT, .number = EIO, .ending = NODE_PROBE_FILE, .lasting = true});
	for (int again = 0; again < 3; again++) {
		node_set_suspect(&node);
		node_probe(&node);
		assert_int_equal(scratch_count(&scratch, "disk/chunks"), 1);
	}
	/* What is left of it is in nobody's way. */
	env_mock_heal(&mock);
	node_set_suspect(&node);
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	assert_int_equal(scratch_count(&scratch, "disk/chunks"), 0);
}

/* As a disk does that takes writes and forgets them. */
static void forget_written(void *context, int fd, off_t offset)
{
	(void)context;
	char self[64], path[4096];
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	ssize_t length = readlink(self, path, sizeof(path) - 1);
	path[length > 0 ? length : 0] = '\0';
	if (offset != 0 || !strstr(path, "/" NODE_PROBE_FILE))
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
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	note(EIO, NODE_DOWN, "input/output error");
	mock.before_pread = forget_written;
	node_fixture_expect(NODE_FOUND_UNREADABLE, NODE_DOWN, "input/output error");
	mock.before_pread = NULL;
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
}

static void test_a_suspicion_changes_nothing_before_the_next_look(void **state)
{
	(void)state;
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	env_mock_forget(&mock);
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	assert_int_equal(mock.calls[IO_PWRITE], 0);
	node_set_suspect(&node);
	assert_non_null(node_writing(&node));
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	assert_true(mock.calls[IO_PWRITE] > 0 && mock.calls[IO_FSYNC] > 0);
	assert_false(is_suspect());
	node_set_suspect(&node);
	env_mock_fail(&mock, (struct io_fault){.call = IO_FSYNC, .number = EIO});
	node_fixture_expect(NODE_FOUND_UNREADABLE, NODE_DOWN, "input/output error");
}

static void test_a_suspect_node_that_is_full_or_read_only_is_cleared_all_the_same(void **state)
{
	(void)state;
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	note(EIO, NODE_DOWN, "");
	env_mock_fail(&mock, (struct io_fault){.call = IO_PWRITE, .number = ENOSPC});
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	assert_false(is_suspect());
	note(EIO, NODE_DOWN, "");
	env_mock_fail(&mock, (struct io_fault){.call = IO_FACCESSAT, .number = EACCES});
	node_fixture_expect(NODE_FOUND_IT, NODE_READ_ONLY, "no permission");
}

static void test_an_operators_failure_ends_the_suspicion(void **state)
{
	(void)state;
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
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
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	node_set_looks_to_return(&node, 3);
	/* One that is up needs none. */
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	scratch_rename(&scratch, "disk", "away");
	node_fixture_expect(NODE_FOUND_NOTHING, NODE_ABSENT, "folder missing");
	scratch_rename(&scratch, "away", "disk");
	for (int i = 0; i < 2; i++)
		node_fixture_expect(NODE_FOUND_IT, NODE_ABSENT, "folder missing");
	scratch_rename(&scratch, "disk", "away");
	node_fixture_expect(NODE_FOUND_NOTHING, NODE_ABSENT, "folder missing");
	scratch_rename(&scratch, "away", "disk");
	for (int i = 0; i < 2; i++)
		node_fixture_expect(NODE_FOUND_IT, NODE_ABSENT, "folder missing");
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	/* After an error too, and these looks are thorough. */
	note(EIO, NODE_DOWN, "");
	env_mock_forget(&mock);
	node_fixture_expect(NODE_FOUND_IT, NODE_DOWN, "input/output error");
	node_fixture_expect(NODE_FOUND_IT, NODE_DOWN, "input/output error");
	assert_true(is_suspect());
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	assert_true(mock.calls[IO_FSYNC] >= 3);
}

static void test_the_operators_word_needs_no_second_look(void **state)
{
	(void)state;
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	node_set_looks_to_return(&node, 5);
	node_set_failed(&node, true);
	node_set_failed(&node, false);
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
}

static void test_a_node_that_does_not_answer_for_long_is_down_until_it_does(void **state)
{
	(void)state;
	node_note_silence(&node, 5000);
	/* Nobody has found it yet: that says more. */
	struct node_status status;
	node_status(&node, &status);
	assert_int_equal(status.state, NODE_ABSENT);
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
	node_note_silence(&node, 7900);
	node_status(&node, &status);
	assert_int_equal(status.state, NODE_DOWN);
	assert_string_equal(status.cause, "no answer for 7 s");
	assert_null(node_reading(&node));
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
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
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
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
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
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
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
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
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
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
	node_fixture_expect(NODE_FOUND_OTHER, NODE_ABSENT, "holds node");
	node_remember(&node, 9, uuid);
	node_fixture_expect(NODE_FOUND_IT, NODE_UP, "");
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
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, node_fixture_make, node_fixture_remove)
	const struct CMUnitTest tests[] = {
		TEST(a_suspect_node_stays_down_until_it_was_written_flushed_and_read),
		TEST(a_disk_that_lets_no_name_go_is_tried_with_one_file),
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
	return cmocka_run_group_tests_name("node state", tests, NULL, NULL);
}
