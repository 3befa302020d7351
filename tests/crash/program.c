/*
 * program.c: see program.h.
 */
#include "tests/crash/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/crash/folder.h"
#include "tests/support/must.h"

enum { LIMIT_MS = 60000, LIMIT_LOCKED_MS = 600000, CALLS_MAX = 1 << 17 };

static void redirect(const char *path, int flags, int target)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);
	if (fd < 0 || dup2(fd, target) < 0)
		_exit(127);
}

static void set_strike(const struct world *world, const char *folder, const char *report,
	enum strike_mode mode, const struct point *point)
{
	char number[24], preload[8192];
	bool memory =
		mode == STRIKE_COUNT_MEMORY || (mode == STRIKE_POINT && strcmp(point->kind, "memory") == 0);
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0:exitcode=99:allocator_may_return_null=1", 1);
	setenv("UBSAN_OPTIONS", "exitcode=99:print_stacktrace=1", 1);
	setenv("LSAN_OPTIONS", "exitcode=99:print_suppressions=0", 1);
	if (mode == STRIKE_NONE)
		return;
	snprintf(preload, sizeof(preload), "%s%s%s", world->interposer, memory ? " " : "",
		memory ? world->allocator : "");
	setenv("LD_PRELOAD", preload, 1);
	setenv("STRIKE_REPORT", report, 1);
	setenv("STRIKE_UNDER", folder, 1);
	if (mode != STRIKE_POINT) {
		snprintf(number, sizeof(number), "%d", CALLS_MAX);
		setenv("STRIKE_CALLS", number, 1);
		return;
	}
	snprintf(number, sizeof(number), "%llu", (unsigned long long)point->at);
	setenv("STRIKE_KIND", point->kind, 1);
	setenv("STRIKE_AT", number, 1);
	setenv("STRIKE_ACTION", point->action, 1);
	if (point->lasting)
		setenv("STRIKE_LASTING", "1", 1);
}

static void become(
	const struct world *world, const struct operation *operation, const char *folder, const char *said)
{
	const char *words[16] = {world->program};
	for (int i = 0; operation->words[i]; i++)
		words[i + 1] = operation->words[i];
	if (chdir(folder) < 0)
		_exit(127);
	redirect(operation->input ? operation->input : "/dev/null", O_RDONLY, STDIN_FILENO);
	redirect("/dev/null", O_WRONLY, STDOUT_FILENO);
	redirect(said, O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
	execv(world->program, (char *const *)words);
	_exit(127);
}

/* Waits until the process ends, or ends it. Whether it had to. */
static bool wait_for(pid_t pid, int limit_ms, int *status)
{
	struct pollfd ended = {.fd = pidfd_open(pid, 0), .events = POLLIN};
	if (ended.fd < 0)
		die("pidfd_open: %s", strerror(errno));
	bool hung = poll(&ended, 1, limit_ms) == 0;
	close(ended.fd);
	if ((hung && kill(pid, SIGKILL) < 0) || waitpid(pid, status, 0) < 0)
		die("cannot wait for process %d: %s", (int)pid, strerror(errno));
	return hung;
}

static int open_report(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	off_t size = sizeof(struct strike_report) + CALLS_MAX * sizeof(struct strike_call);
	if (fd < 0 || ftruncate(fd, size) < 0)
		die("%s: %s", path, strerror(errno));
	return fd;
}

static void read_report(int fd, struct outcome *outcome)
{
	if (read(fd, &outcome->report, sizeof(outcome->report)) != (ssize_t)sizeof(outcome->report))
		die("a report cannot be read: %s", strerror(errno));
	size_t size = outcome->report.called * sizeof(*outcome->calls);
	if (outcome->report.called > CALLS_MAX)
		die("there are more than %d calls", CALLS_MAX);
	if (size && (!(outcome->calls = malloc(size)) || read(fd, outcome->calls, size) != (ssize_t)size))
		die("a report cannot be read: %s", strerror(errno));
}

static void read_said(const char *path, struct outcome *outcome)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, outcome->said, sizeof(outcome->said) - 1) < 0)
		die("%s: %s", path, strerror(errno));
	close(fd);
}

void program_run(const struct world *world, const struct operation *operation, const char *folder,
	enum strike_mode mode, const struct point *point, struct outcome *outcome)
{
	char *said = text("%s.said", folder), *report = text("%s.report", folder);
	int status = 0, fd = open_report(report);
	memset(outcome, 0, sizeof(*outcome));
	pid_t pid = fork();
	if (pid == 0) {
		set_strike(world, folder, report, mode, point);
		become(world, operation, folder, said);
	}
	if (pid < 0)
		die("fork: %s", strerror(errno));
	bool locked = mode == STRIKE_POINT && point->lasting && strcmp(point->kind, "lock") == 0;
	outcome->hung = wait_for(pid, locked ? LIMIT_LOCKED_MS : LIMIT_MS, &status);
	outcome->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	outcome->killed = outcome->signal == SIGKILL && !outcome->hung;
	outcome->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	read_said(said, outcome);
	read_report(fd, outcome);
	close(fd);
	unlink(said);
	unlink(report);
	free(said);
	free(report);
}

char *program_ask(const char *const *words)
{
	int ends[2], status;
	char *answer = calloc(1, 65536);
	size_t length = 0;
	if (!answer || pipe2(ends, O_CLOEXEC) < 0)
		die("pipe2: %s", strerror(errno));
	pid_t pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		execv(words[0], (char *const *)words);
		_exit(127);
	}
	close(ends[1]);
	for (ssize_t got; length < 65535 && (got = read(ends[0], answer + length, 65535 - length)) > 0;)
		length += (size_t)got;
	close(ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		die("%s fails: %s", words[0], answer);
	return answer;
}
