/*
 * Promises of tui/jobs.h. A shell script plays the program: `-c CONFIG` comes first, then the words.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/scratch.h"
#include "tui/jobs.h"

static const char script[] =
	"#!/bin/sh\n"
	"shift 2\n"
	"echo $$ >>groups\n"
	"case $1 in\n"
	"say) shift; printf '%s\\n' \"$@\" ;;\n"
	"much) i=0; while [ $i -lt 3000 ]; do echo \"line $i, which is made longer to "
	"fill the room\"; i=$((i + 1)); done ;;\n"
	"fail) echo 'linckia: it does not work' >&2; exit 3 ;;\n"
	"mixed) echo 'linckia: error: no such node' >&2; echo 'linckia: did 1 of 2' >&2; "
	"echo list; exit ${2:-1} ;;\n"
	"pace) for i in 1 2 3 4 5 6 7 8 9; do echo \"0 0 $i 10 x\" >&3; sleep 0.2; done; "
	"echo nonsense >&3; echo '7 8' >&3 ;;\n"
	"nul) printf 'one\\0two\\0' ;;\n"
	"orphan) sleep 600 & echo $! >child; trap 'exit 1' INT; while :; do sleep 0.1; "
	"done ;;\n"
	"go) trap 'kill $!; echo stopped; exit 1' INT TERM; echo '5 10 1 2 a name' >&3; "
	"sleep 600 & echo $! >child; wait ;;\n"
	"deaf) trap '' INT TERM; echo $$ >deaf; while :; do sleep 0.1; done ;;\n"
	"environment) echo \"$LINCKIA_PROGRESS_FD $NO_COLOR $TERM\"; [ "
	"\"$LINCKIA_PARENT\" = \"$PPID\" ] && echo ours ;;\n"
	"esac\n";

static struct scratch scratch;
static struct jobs *jobs;
static atomic_int wakes;

static void wake(void *context)
{
	(void)context;
	atomic_fetch_add(&wakes, 1);
}

static int begin(void **state)
{
	(void)state;
	struct error error;
	static char program[4096];
	scratch_make(&scratch);
	scratch_write(&scratch, "program", script, sizeof(script) - 1);
	snprintf(program, sizeof(program), "%s/program", scratch.path);
	assert_int_equal(chmod(program, 0700), 0);
	assert_int_equal(chdir(scratch.path), 0);
	wakes = 0;
	return jobs_start(program, "config", wake, NULL, &jobs, &error);
}

/* A shell may be killed before it could end what it had started; each leads a group of its own. */
static void kill_leftovers(void)
{
	long group;
	FILE *in = fopen("groups", "r");
	while (in != NULL && fscanf(in, "%ld", &group) == 1)
		kill((pid_t)-group, SIGKILL);
	if (in != NULL)
		fclose(in);
}

static int end(void **state)
{
	(void)state;
	jobs_stop(jobs);
	jobs = NULL;
	kill_leftovers();
	assert_int_equal(chdir("/"), 0);
	scratch_remove(&scratch);
	return 0;
}

static uint64_t run(const char *const *words)
{
	size_t count = 0;
	while (words[count] != NULL)
		count++;
	return jobs_run(jobs, words, count, true);
}

static void rest(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

/* Waits until the newest job is over, and holds it. */
static const struct job *newest_over(void)
{
	for (;; jobs_release(jobs), rest()) {
		const struct job_list *list = jobs_hold(jobs);
		if (list->count > 0 && list->jobs[0]->state != JOB_RUNNING)
			return list->jobs[0];
	}
}

static long read_number(const char *name)
{
	long number = 0;
	while (number == 0) {
		FILE *in = fopen(name, "r");
		if (in != NULL && fscanf(in, "%ld", &number) != 1)
			number = 0;
		if (in != NULL)
			fclose(in);
		rest();
	}
	return number;
}

static void test_a_job_keeps_what_it_said(void **state)
{
	(void)state;
	assert_int_not_equal(run((const char *const[]){"say", "one", "it's \x1b[2J two", NULL}), 0);
	const struct job *job = newest_over();
	assert_int_equal(job->state, JOB_DONE);
	assert_string_equal(job->line, "say one 'it'\\''s \x1b[2J two'");
	assert_string_equal(job->output, "one\nit's \x1b[2J two\n");
	assert_string_equal(job->outcome, "2 lines");
	assert_true(job->typed && job->ended_ms >= job->started_ms);
	jobs_release(jobs);
	assert_true(wakes > 0);
}

static void test_a_failure_is_told_in_its_own_sentence(void **state)
{
	(void)state;
	run((const char *const[]){"fail", NULL});
	const struct job *job = newest_over();
	assert_int_equal(job->state, JOB_FAILED);
	assert_int_equal(job->exit_code, 3);
	assert_string_equal(job->outcome, "it does not work");
	jobs_release(jobs);
}

/* Other lines may follow it, and those of the other stream follow always. */
static void test_the_last_error_is_the_outcome_of_a_failure(void **state)
{
	(void)state;
	run((const char *const[]){"mixed", NULL});
	const struct job *job = newest_over();
	assert_int_equal(job->state, JOB_FAILED);
	assert_string_equal(job->outcome, "no such node");
	jobs_release(jobs);
	run((const char *const[]){"mixed", "0", NULL});
	job = newest_over();
	assert_int_equal(job->state, JOB_DONE);
	assert_string_equal(job->outcome, "did 1 of 2");
	jobs_release(jobs);
}

static void test_one_line_is_the_outcome(void **state)
{
	(void)state;
	run((const char *const[]){"say", "all is well", NULL});
	const struct job *job = newest_over();
	assert_string_equal(job->outcome, "all is well");
	jobs_release(jobs);
	run((const char *const[]){"nothing", NULL});
	job = newest_over();
	assert_string_equal(job->outcome, "done");
	jobs_release(jobs);
}

static void test_a_list_with_nul_bytes_is_kept_whole(void **state)
{
	(void)state;
	run((const char *const[]){"nul", NULL});
	const struct job *job = newest_over();
	assert_string_equal(job->output, "one\ntwo\n");
	assert_string_equal(job->outcome, "2 lines");
	jobs_release(jobs);
}

static void test_long_output_loses_its_beginning_and_says_how_much(void **state)
{
	(void)state;
	run((const char *const[]){"much", NULL});
	const struct job *job = newest_over();
	assert_in_range(job->output_length, JOB_OUTPUT_MAX / 2, JOB_OUTPUT_MAX);
	uint64_t all = 0;
	for (int i = 0; i < 3000; i++)
		all += (uint64_t)snprintf(NULL, 0, "line %d, which is made longer to fill the room\n", i);
	assert_int_equal(job->dropped + job->output_length, all);
	assert_string_equal(job->outcome, "3000 lines");
	assert_memory_equal(job->output, "line ", 5);
	jobs_release(jobs);
}

static void test_progress_is_read_and_a_job_can_be_cancelled(void **state)
{
	(void)state;
	uint64_t id = run((const char *const[]){"go", NULL});
	for (bool seen = false; !seen; rest()) {
		const struct job_list *list = jobs_hold(jobs);
		const struct job *job = list->jobs[0];
		seen = job->bytes_done == 5 && job->bytes_total == 10 && job->files_done == 1 &&
		       job->files_total == 2 && strcmp(job->name, "a name") == 0;
		assert_int_equal(list->running, 1);
		jobs_release(jobs);
	}
	long child = read_number("child");
	jobs_cancel(jobs, id);
	const struct job *job = newest_over();
	assert_int_equal(job->state, JOB_CANCELLED);
	assert_string_equal(job->outcome, "stopped");
	jobs_release(jobs);
	while (kill((pid_t)child, 0) == 0)
		rest();
}

/* Also when chunks are counted and no bytes. */
static void test_the_time_left_follows_the_pace(void **state)
{
	(void)state;
	bool told = false;
	run((const char *const[]){"pace", NULL});
	for (bool over = false; !over; rest()) {
		const struct job *job = jobs_hold(jobs)->jobs[0];
		over = job->state != JOB_RUNNING;
		told = told || job->left_ms > 0;
		/* Ten steps of 0.2 seconds; a slow machine needs longer, and then more is left. */
		if (job->left_ms > 0 && job->files_done < 9)
			assert_in_range(job->left_ms, 100, 60000);
		jobs_release(jobs);
	}
	const struct job *job = newest_over();
	assert_true(told);
	assert_int_equal(job->files_done, 9);
	assert_int_equal(job->bytes_done, 0);
	jobs_release(jobs);
}

static void test_no_process_outlives_the_jobs(void **state)
{
	(void)state;
	run((const char *const[]){"go", NULL});
	run((const char *const[]){"deaf", NULL});
	long child = read_number("child"), deaf = read_number("deaf");
	jobs_stop(jobs);
	jobs = NULL;
	assert_int_equal(kill((pid_t)deaf, 0), -1);
	assert_int_equal(errno, ESRCH);
	while (kill((pid_t)child, 0) == 0)
		rest();
}

/* Something that the job started may hold its output open. */
static void test_stopping_waits_for_no_strangers(void **state)
{
	(void)state;
	run((const char *const[]){"orphan", NULL});
	long child = read_number("child");
	jobs_stop(jobs);
	jobs = NULL;
	assert_int_equal(kill((pid_t)child, SIGKILL), 0);
}

/* A job that says much would have the console draw all the time. */
static void test_much_output_wakes_seldom(void **state)
{
	(void)state;
	struct timespec begun, ended;
	clock_gettime(CLOCK_MONOTONIC, &begun);
	run((const char *const[]){"much", NULL});
	newest_over();
	jobs_release(jobs);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	double passed_s =
		(double)(ended.tv_sec - begun.tv_sec) + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9;
	assert_true(wakes <= 4 + 20 * passed_s);
}

static void test_a_job_knows_its_parent_and_uses_no_colours(void **state)
{
	(void)state;
	run((const char *const[]){"environment", NULL});
	const struct job *job = newest_over();
	assert_string_equal(job->output, "3 1 dumb\nours\n");
	jobs_release(jobs);
}

static void test_old_jobs_make_room(void **state)
{
	(void)state;
	for (int i = 0; i < JOBS_MAX + 8; i++) {
		char number[16];
		snprintf(number, sizeof(number), "%d", i);
		assert_int_not_equal(run((const char *const[]){"say", number, NULL}), 0);
		newest_over();
		jobs_release(jobs);
	}
	const struct job_list *list = jobs_hold(jobs);
	assert_int_equal(list->count, JOBS_MAX);
	assert_string_equal(list->jobs[0]->line, "say 71");
	assert_string_equal(list->jobs[JOBS_MAX - 1]->line, "say 8");
	jobs_release(jobs);
}

static void test_only_so_many_run_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < JOBS_AT_ONCE; i++)
		assert_int_not_equal(run((const char *const[]){"go", NULL}), 0);
	assert_int_equal(run((const char *const[]){"say", "more", NULL}), 0);
}

static void test_a_program_that_is_not_there_fails(void **state)
{
	(void)state;
	struct error error;
	struct jobs *none;
	assert_int_equal(jobs_start("/nonexistent/program", "config", NULL, NULL, &none, &error), 0);
	assert_int_not_equal(jobs_run(none, (const char *const[]){"say", NULL}, 1, false), 0);
	for (bool over = false; !over; rest()) {
		const struct job *job = jobs_hold(none)->jobs[0];
		over = job->state == JOB_FAILED;
		if (over)
			assert_non_null(strstr(job->outcome, "No such file"));
		jobs_release(none);
	}
	jobs_stop(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_job_keeps_what_it_said, begin, end),
		cmocka_unit_test_setup_teardown(test_a_failure_is_told_in_its_own_sentence, begin, end),
		cmocka_unit_test_setup_teardown(test_the_last_error_is_the_outcome_of_a_failure, begin, end),
		cmocka_unit_test_setup_teardown(test_one_line_is_the_outcome, begin, end),
		cmocka_unit_test_setup_teardown(test_a_list_with_nul_bytes_is_kept_whole, begin, end),
		cmocka_unit_test_setup_teardown(test_stopping_waits_for_no_strangers, begin, end),
		cmocka_unit_test_setup_teardown(test_much_output_wakes_seldom, begin, end),
		cmocka_unit_test_setup_teardown(
			test_long_output_loses_its_beginning_and_says_how_much, begin, end),
		cmocka_unit_test_setup_teardown(test_progress_is_read_and_a_job_can_be_cancelled, begin, end),
		cmocka_unit_test_setup_teardown(test_the_time_left_follows_the_pace, begin, end),
		cmocka_unit_test_setup_teardown(test_no_process_outlives_the_jobs, begin, end),
		cmocka_unit_test_setup_teardown(test_a_job_knows_its_parent_and_uses_no_colours, begin, end),
		cmocka_unit_test_setup_teardown(test_old_jobs_make_room, begin, end),
		cmocka_unit_test_setup_teardown(test_only_so_many_run_at_once, begin, end),
		cmocka_unit_test_setup_teardown(test_a_program_that_is_not_there_fails, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
