/*
 * rusage.c: runs a command and writes what it cost as one line to a file.
 *
 *	rusage FILE COMMAND [ARGUMENT …]
 *
 * The line holds wall, user and system time in seconds and the peak resident set in KiB, that of the
 * command's own children included. The exit code is the command's: 128 and the signal's number if it was
 * killed, 127 if it could not be started.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds_of(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	struct rusage usage = {0};
	int status = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: rusage FILE COMMAND [ARGUMENT ...]\n");
		return 2;
	}
	/* Opened first, so that nothing stands between the command's end and the clock. */
	FILE *file = fopen(argv[1], "we");
	if (file == NULL) {
		fprintf(stderr, "rusage: %s: %s\n", argv[1], strerror(errno));
		return 2;
	}

	double start = seconds_now();
	pid_t child = fork();
	if (child < 0) {
		fprintf(stderr, "rusage: fork: %s\n", strerror(errno));
		fclose(file);
		return 2;
	}
	if (child == 0) {
		execvp(argv[2], argv + 2);
		fprintf(stderr, "rusage: %s: %s\n", argv[2], strerror(errno));
		_exit(127);
	}
	while (wait4(child, &status, 0, &usage) < 0) {
		if (errno != EINTR) {
			fprintf(stderr, "rusage: wait4: %s\n", strerror(errno));
			fclose(file);
			return 2;
		}
	}
	double wall = seconds_now() - start;

	fprintf(file, "%.6f %.6f %.6f %ld\n", wall, seconds_of(usage.ru_utime), seconds_of(usage.ru_stime),
		usage.ru_maxrss);
	if (fclose(file) != 0) {
		fprintf(stderr, "rusage: %s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
