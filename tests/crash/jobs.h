/*
 * jobs.h: pieces of work in processes of their own, several at the same time.
 */
#ifndef LINCKIA_TESTS_CRASH_JOBS_H
#define LINCKIA_TESTS_CRASH_JOBS_H

#include <stddef.h>

enum { JOBS_MAX = 64 };

/*
 * Calls work(job, which) for each `which` below `count`, in a child, `at_once` of them at a time; `job` is
 * below `at_once`, and no other piece that is under way has the same. Its output goes into `folder`/job-N.log.
 * Where it returns, its process ends with 0. Then done() is called in this process, with the status that
 * wait() gave; it may read the log, which is removed afterwards.
 */
void jobs_run(const char *folder, unsigned at_once, size_t count, void (*work)(unsigned job, size_t which),
	void (*done)(unsigned job, size_t which, int status));

/* The name of a file or folder of the job, the caller's to free. */
char *job_path(const char *folder, unsigned job, const char *suffix);

#endif
