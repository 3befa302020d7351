/* What cli/signals.h promises of waiting: whatever ends it, ends it at once. */
#include "cli/signals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { LONG_MS = 20000 };

static double now_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void time_ends_it(void **state)
{
	(void)state;
	signals_catch();
	int pipe_ends[2];
	assert_int_equal(pipe(pipe_ends), 0);
	assert_true(signals_wait(1, -1));
	assert_true(signals_wait(0, pipe_ends[1]));
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

static void a_reader_that_is_gone_ends_it(void **state)
{
	(void)state;
	int pipe_ends[2];
	double began = now_s();
	assert_int_equal(pipe(pipe_ends), 0);
	close(pipe_ends[0]);
	signals_ignore_pipe();
	assert_false(signals_wait(LONG_MS, pipe_ends[1]));
	assert_true(now_s() - began < LONG_MS / 2000.0);
	close(pipe_ends[1]);
}

static void what_can_be_read_ends_it(void **state)
{
	(void)state;
	signals_catch();
	int pipe_ends[2];
	double began = now_s();
	assert_int_equal(pipe(pipe_ends), 0);
	assert_true(signals_wait_for(1, pipe_ends[0]));
	assert_true(signals_wait_for(1, -1));
	assert_int_equal(write(pipe_ends[1], "x", 1), 1);
	assert_true(signals_wait_for(LONG_MS, pipe_ends[0]));
	assert_true(now_s() - began < LONG_MS / 2000.0);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

/* Waits with every signal blocked, as a thread of the engine may. */
static void *wait_long(void *result)
{
	*(bool *)result = signals_wait(LONG_MS, -1);
	return NULL;
}

/* The last test: a request to stop is for ever. */
static void a_signal_to_another_thread_ends_it(void **state)
{
	(void)state;
	pthread_t thread;
	sigset_t all, before;
	bool went_on = true;
	double began = now_s();
	signals_catch();
	sigfillset(&all);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &all, &before), 0);
	assert_int_equal(pthread_create(&thread, NULL, wait_long, &went_on), 0);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
	raise(SIGTERM);
	pthread_join(thread, NULL);
	assert_false(went_on);
	assert_true(*signals_cancel());
	assert_false(signals_wait(LONG_MS, -1));
	assert_true(now_s() - began < LONG_MS / 2000.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_ends_it),
		cmocka_unit_test(a_reader_that_is_gone_ends_it),
		cmocka_unit_test(what_can_be_read_ends_it),
		cmocka_unit_test(a_signal_to_another_thread_ends_it),
	};
	return cmocka_run_group_tests_name("cli signals", tests, NULL, NULL);
}
