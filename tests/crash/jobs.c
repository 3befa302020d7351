/*
 * jobs.c: see jobs.h.
 */
#include "tests/crash/jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/crash/folder.h"
#include "tests/support/must.h"

struct job {
	pid_t pid; /* 0: free */
	size_t which;
};

char *job_path(const char *folder, unsigned job, const char *suffix)
{
	return text("%s/job-%u%s", folder, job, suffix);
}

static pid_t start(const char *folder, unsigned job, size_t which, void (*work)(unsigned job, size_t which))
{
	char *log = job_path(folder, job, ".log");
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
			_exit(2);
		work(job, which);
		fflush(stdout);
		_exit(0);
	}
	if (pid < 0)
		die("fork: %s", strerror(errno));
	free(log);
	return pid;
}

/* Waits for one of them, whose place is free then. */
static void finish_any(const char *folder, struct job *jobs, unsigned at_once,
	void (*done)(unsigned job, size_t which, int status))
{
	int status;
	pid_t pid = wait(&status);
	if (pid < 0)
		die("wait: %s", strerror(errno));
	for (unsigned i = 0; i < at_once; i++) {
		if (jobs[i].pid != pid)
			continue;
		char *log = job_path(folder, i, ".log");
		jobs[i].pid = 0;
		done(i, jobs[i].which, status);
		unlink(log);
		free(log);
	}
}

void jobs_run(const char *folder, unsigned at_once, size_t count, void (*work)(unsigned job, size_t which),
	void (*done)(unsigned job, size_t which, int status))
{
	struct job jobs[JOBS_MAX] = {{0}};
	unsigned active = 0;
	for (size_t which = 0; which < count; which++) {
		if (active == at_once) {
			finish_any(folder, jobs, at_once, done);
			active--;
		}
		unsigned job = 0;
		while (jobs[job].pid)
			job++;
		jobs[job] = (struct job){start(folder, job, which, work), which};
		active++;
	}
	for (; active; active--)
		finish_any(folder, jobs, at_once, done);
}
