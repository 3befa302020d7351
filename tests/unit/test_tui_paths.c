/*
 * Promises of tui/paths.h: the folder that a prefix names is looked into, and only the newest question counts.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/scratch.h"
#include "tui/paths.h"

static struct scratch scratch;
static struct paths *paths;
static uint64_t tickets;

static void wake(void *context)
{
	(void)context;
}

static int begin(void **state)
{
	(void)state;
	struct error error;
	scratch_make(&scratch);
	assert_int_equal(chdir(scratch.path), 0);
	scratch_write(&scratch, "film one.mkv", "", 0);
	scratch_write(&scratch, "film two.mkv", "", 0);
	scratch_write(&scratch, ".hidden", "", 0);
	assert_int_equal(mkdir("folder", 0700), 0);
	scratch_write(&scratch, "folder/inside", "", 0);
	assert_int_equal(symlink("folder", "link"), 0);
	return paths_start(wake, NULL, &paths, &error);
}

static int end(void **state)
{
	(void)state;
	paths_stop(paths);
	assert_int_equal(chdir("/"), 0);
	scratch_remove(&scratch);
	return 0;
}

static struct path_answer *answer_to(const char *prefix)
{
	paths_ask(paths, ++tickets, prefix);
	for (;;) {
		struct path_answer *answer = paths_take(paths);
		if (answer != NULL && answer->ticket == tickets)
			return answer;
		path_answer_free(answer);
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
}

/* `expected` has | between the paths. */
static void finds(const char *prefix, const char *expected)
{
	char found[1024] = "";
	struct path_answer *answer = answer_to(prefix);
	for (size_t i = 0; i < answer->count; i++)
		snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s", i > 0 ? "|" : "",
			answer->paths[i]);
	assert_string_equal(found, expected);
	assert_false(answer->more);
	path_answer_free(answer);
}

static void test_a_prefix_is_completed_in_its_folder(void **state)
{
	(void)state;
	char absolute[4200];
	finds("", "film one.mkv|film two.mkv|folder/|link/");
	finds("film", "film one.mkv|film two.mkv");
	finds("./fo", "./folder/");
	finds("folder/", "folder/inside");
	finds("link/in", "link/inside");
	finds(".", ".hidden");
	finds("nothing", "");
	finds("nowhere/x", "");
	finds("film one.mkv/", "");
	snprintf(absolute, sizeof(absolute), "%s/folder/i", scratch.path);
	struct path_answer *answer = answer_to(absolute);
	assert_int_equal(answer->count, 1);
	assert_memory_equal(answer->paths[0], absolute, strlen(absolute));
	path_answer_free(answer);
}

static void test_many_are_cut_and_said_to_be(void **state)
{
	(void)state;
	for (int i = 0; i <= PATHS_MAX; i++) {
		char name[32];
		snprintf(name, sizeof(name), "many%d", i);
		scratch_write(&scratch, name, "", 0);
	}
	struct path_answer *answer = answer_to("many");
	assert_int_equal(answer->count, PATHS_MAX);
	assert_true(answer->more);
	path_answer_free(answer);
}

/* What was asked before is given up, and another thread can begin at once. */
static void test_stopping_does_not_wait(void **state)
{
	(void)state;
	paths_ask(paths, ++tickets, "fi");
	paths_ask(paths, ++tickets, "fo");
	paths_stop(paths);
	struct error error;
	assert_int_equal(paths_start(wake, NULL, &paths, &error), 0);
	finds("fo", "folder/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_prefix_is_completed_in_its_folder, begin, end),
		cmocka_unit_test_setup_teardown(test_many_are_cut_and_said_to_be, begin, end),
		cmocka_unit_test_setup_teardown(test_stopping_does_not_wait, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
