/*
 * main.c: strikes operations at all their points, or at a sample of them, and says what came of it.
 *
 *	crash crash|faults PROGRAM
 *
 * crash: kills the program before every call that writes, and in the middle of every write. faults: makes
 * every call fail in
 * every way that it can, once and from then on. Environment: CRASH_OPERATIONS (names, separated by blanks:
 * only these),
 * CRASH_POINTS (a sample of so many, chosen by CRASH_SEED), CRASH_ONE (a point's name: only that one, told at
 * length),
 * CRASH_JOBS (points at the same time). Ends with a line "N passed, N failed", and with 1 if any failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/env.h"
#include "tests/crash/folder.h"
#include "tests/crash/point.h"
#include "tests/crash/points.h"
#include "tests/support/must.h"

enum {
	JOBS_MAX = 16,
	THOROUGH_EVERY = 10,
	FAILURES_SHOWN = 200,
	POINTS_PER_OPERATION = 10,
	OPERATIONS_MIN = 3
};

static struct sweep {
	struct world world;
	struct reference *references;
	size_t reference_count;
	struct points points;
	struct job {
		pid_t pid; /* 0: free */
		size_t point;
	} jobs[JOBS_MAX];
	unsigned job_count;
	uint64_t passed, failed;
	bool verbose;
} sweep;

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);
	return value && *value ? strtoull(value, NULL, 10) : otherwise;
}

static bool is_chosen(const struct operation *operation, bool crash)
{
	const char *names = getenv("CRASH_OPERATIONS"), *one = getenv("CRASH_ONE");
	size_t length = strlen(operation->name);
	if (one && *one)
		return strncmp(one, operation->name, length) == 0 && one[length] == ':';
	if (crash && operation->traits & OPERATION_READS)
		return false;
	if (!names || !*names)
		return true;
	for (const char *at = names; (at = strstr(at, operation->name)); at += length)
		if ((at == names || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	return false;
}

/* ---- one point ---- */

static char *folder_of(unsigned job)
{
	return text("%s/job-%u", sweep.world.folder, job);
}

static void start(unsigned job, size_t which)
{
	char *folder = folder_of(job), *log = text("%s.log", folder);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
			_exit(2);
		point_run(&sweep.world, &sweep.points.list[which], folder, which % THOROUGH_EVERY == 0);
	}
	if (pid < 0)
		die("fork: %s", strerror(errno));
	sweep.jobs[job] = (struct job){pid, which};
	free(folder);
	free(log);
}

static void show_log(const char *log)
{
	char *line = NULL;
	size_t size = 0;
	FILE *file = fopen(log, "re");
	while (file && getline(&line, &size, file) > 0)
		printf("        %s%s", line, strchr(line, '\n') ? "" : "\n");
	free(line);
	if (file)
		fclose(file);
}

static void finish(unsigned job, int status)
{
	char name[128], *folder = folder_of(job), *log = text("%s.log", folder);
	point_name(&sweep.points.list[sweep.jobs[job].point], name, sizeof(name));
	sweep.passed += status == 0;
	sweep.failed += status != 0;
	if (status != 0)
		printf("FAILED  CRASH_ONE=%s\n", name);
	else if (sweep.verbose)
		printf("ok      %s\n", name);
	if (sweep.verbose || (status != 0 && sweep.failed <= FAILURES_SHOWN))
		show_log(log);
	if (status != 0 && WIFSIGNALED(status))
		printf("        the check was ended by signal %d\n", WTERMSIG(status));
	if (sweep.verbose && status != 0)
		printf("        what is left is in %s\n", folder);
	else
		remove_tree(folder);
	unlink(log);
	sweep.jobs[job].pid = 0;
	free(folder);
	free(log);
}

static void finish_any(void)
{
	int status;
	pid_t pid = wait(&status);
	for (unsigned i = 0; i < sweep.job_count; i++)
		if (sweep.jobs[i].pid == pid)
			finish(i, status);
	if (pid < 0)
		die("wait: %s", strerror(errno));
}

static void run_points(void)
{
	unsigned active = 0;
	for (size_t i = 0; i < sweep.points.count; i++) {
		if (active == sweep.job_count) {
			finish_any();
			active--;
		}
		unsigned job = 0;
		while (sweep.jobs[job].pid)
			job++;
		start(job, i);
		active++;
	}
	for (; active; active--)
		finish_any();
}

/* ---- all ---- */

static void make_world(const char *self, const char *program)
{
	static char library[PATH_MAX], folder[PATH_MAX], path[PATH_MAX];
	const char *place = getenv("TMPDIR");
	if (!place || !*place)
		place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(folder, sizeof(folder), "%s/linckia-crash.XXXXXX", place);
	if (!mkdtemp(folder) || !realpath(program, path) || !realpath(self, library))
		die("cannot begin in %s: %s", folder, strerror(errno));
	dirname(library);
	char *script = realpath("tests/crash/prepare.sh", NULL);
	if (!script)
		die("tests/crash/prepare.sh is not here");
	sweep.world = (struct world){
		.program = path,
		.script = script,
		.walk = text("%s/walk", library),
		.interposer = text("%s/libstrike.so", library),
		.allocator = text("%s/liballocate.so", library),
		.folder = folder,
	};
	setenv("LINCKIA", path, 1);
	char *base = text("%s/base", folder);
	operation_prepare_base(script, base);
	char *store = text("%s/s", base);
	folder_list(store, &sweep.world.usual);
	lines_sort(&sweep.world.usual);
	free(store);
	free(base);
}

/*
 * To look at an operation undisturbed costs as much as some points, so a sample is of some operations only,
 * chosen by the seed,
 * unless they are named.
 */
static size_t operations_to_choose(size_t candidates)
{
	size_t points = (size_t)number_of("CRASH_POINTS", 0);
	size_t wanted = points / POINTS_PER_OPERATION;
	const char *names = getenv("CRASH_OPERATIONS");
	if (points == 0 || (names && *names))
		return candidates;
	return wanted < OPERATIONS_MIN ? OPERATIONS_MIN : wanted;
}

static void make_references(bool crash)
{
	const char *one = getenv("CRASH_ONE");
	bool memory = !crash && (!one || !*one || strstr(one, ":memory:"));
	sweep.references = calloc(operation_count, sizeof(*sweep.references));
	if (!sweep.references)
		die("out of memory");
	size_t left = 0;
	for (size_t i = 0; i < operation_count; i++)
		left += is_chosen(&operations[i], crash);
	size_t wanted = operations_to_choose(left);
	uint64_t seed = number_of("CRASH_SEED", 1);
	for (size_t i = 0; i < operation_count; i++) {
		if (!is_chosen(&operations[i], crash))
			continue;
		/* Selection sampling: each of those that are left is as likely as the others. */
		if (env_draw_mix(seed += ENV_DRAW_STEP) % left-- >= wanted)
			continue;
		wanted--;
		struct reference *reference = &sweep.references[sweep.reference_count++];
		reference_make(&sweep.world, &operations[i], memory, reference);
	}
	if (sweep.reference_count == 0)
		die("there is no such operation");
}

static void choose_points(bool crash)
{
	const char *one = getenv("CRASH_ONE");
	if (one && *one) {
		points_parse(&sweep.points, &sweep.references[0], one);
		sweep.verbose = true;
		return;
	}
	for (size_t i = 0; i < sweep.reference_count; i++) {
		size_t before = sweep.points.count;
		if (crash)
			points_add_kills(&sweep.points, &sweep.references[i]);
		else
			points_add_faults(&sweep.points, &sweep.references[i]);
		printf("%-17s", sweep.references[i].operation->name);
		points_describe(&sweep.references[i], crash);
		printf(": %zu points\n", sweep.points.count - before);
	}
	size_t sample = (size_t)number_of("CRASH_POINTS", 0), all = sweep.points.count;
	points_shuffle(&sweep.points, number_of("CRASH_SEED", 1));
	if (sample && sample < all)
		sweep.points.count = sample;
	printf("%zu of %zu points, seed %llu\n", sweep.points.count, all,
		(unsigned long long)number_of("CRASH_SEED", 1));
}

int main(int argc, char **argv)
{
	bool crash = argc > 1 && strcmp(argv[1], "crash") == 0;
	if (argc != 3 || (!crash && strcmp(argv[1], "faults") != 0))
		die("usage: crash crash|faults PROGRAM");
	make_world(argv[0], argv[2]);
	make_references(crash);
	choose_points(crash);
	uint64_t jobs = number_of("CRASH_JOBS", 2);
	sweep.job_count = jobs < 1 ? 1 : jobs > JOBS_MAX ? JOBS_MAX : (unsigned)jobs;
	run_points();
	for (size_t i = 0; i < sweep.reference_count; i++)
		reference_free(&sweep.references[i]);
	lines_free(&sweep.world.usual);
	free(sweep.references);
	free(sweep.points.list);
	if (!sweep.verbose || sweep.failed == 0)
		remove_tree(sweep.world.folder);
	printf("%llu passed, %llu failed\n", (unsigned long long)sweep.passed,
		(unsigned long long)sweep.failed);
	return sweep.failed ? 1 : 0;
}
