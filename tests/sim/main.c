/*
 * main.c: simulate: plays seeds, several at a time, each in a process and a folder of its own.
 *
 *	simulate [SEED [RUNS [STEPS [SKIP]]]]
 *
 * SKIP is a list of steps to leave out, such as 3,7-12. A run that fails is told with its record and the
 * command that plays
 * it again, after as many steps as possible were left out of it. $SIM_JOBS runs go on at a time; $SIM_DIR is
 * where their
 * folders are made; $SIM_TRACE=1 shows the record of a run that passes too; with $SIM_FIRST=1 the first run that
 * fails ends it all, and no step is left out of it: so it is told soonest whether something broken on purpose is
 * noticed. One run in a hundred is played twice, and its two records must be the same. Of at least COMPLETE_RUNS runs
 * every counter must have counted something.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim.h"
#include "tests/support/must.h"

enum {
	STEPS_MAX = 1000,
	STEPS_USUAL = 32,
	JOBS_MAX = 64,
	LIMIT_CPU_S = 30, /* for a run: more is a loop without end */
	LIMIT_S = 900,    /* of real time: more is a hang */
	TWICE_EACH = 100,
	SHRINK_ATTEMPTS = 60,
	COMPLETE_RUNS = 300,
	TELL_EACH = 20,
};

struct plan {
	uint64_t seed, runs;
	unsigned steps;
	bool skip[STEPS_MAX + 1];
	bool first; /* failure ends it */
};

static char *base;

/* ---- folders ---- */

/* Removes what is in the folder; most folders are empty, so each is removed at once if it can be. */
static int remove_entries(int fd)
{
	int result = 0;
	DIR *listing = fdopendir(fd);
	if (!listing) {
		close(fd);
		return -1;
	}
	for (struct dirent *entry; (entry = readdir(listing));) {
		const char *name = entry->d_name;
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
			unlinkat(dirfd(listing), name, entry->d_type == DT_DIR ? AT_REMOVEDIR : 0) == 0)
			continue;
		int below = openat(dirfd(listing), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below < 0 || remove_entries(below) < 0 ||
			unlinkat(dirfd(listing), name, AT_REMOVEDIR) < 0)
			result = -1;
	}
	closedir(listing);
	return result;
}

static void remove_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 ? errno != ENOENT : remove_entries(fd) < 0 || rmdir(path) < 0)
		fprintf(stderr, "simulate: cannot remove %s: %s\n", path, strerror(errno));
}

static void folder_of(char *path, size_t size, uint64_t seed, const char *which)
{
	snprintf(path, size, "%s/%llu%s", base, (unsigned long long)seed, which);
}

static char *read_trace(const char *folder, size_t *length)
{
	char path[300];
	snprintf(path, sizeof(path), "%s/trace", folder);
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t room = 0;
	*length = 0;
	if (!file)
		return NULL;
	ssize_t got = getdelim(&text, &room, '\0', file);
	fclose(file);
	*length = got > 0 ? (size_t)got : 0;
	return text;
}

/* ---- one run ---- */

static pid_t start(const struct plan *plan, uint64_t seed, const char *which)
{
	char folder[256];
	folder_of(folder, sizeof(folder), seed, which);
	fflush(stdout);
	pid_t child = fork();
	if (child < 0) {
		perror("simulate: fork");
		exit(2);
	}
	if (child > 0)
		return child;
	setrlimit(RLIMIT_CPU, &(struct rlimit){LIMIT_CPU_S, LIMIT_CPU_S});
	alarm(LIMIT_S);
	run_seed(folder, seed, plan->steps, plan->skip);
}

static bool passes(const struct plan *plan, uint64_t seed, const char *which)
{
	int status;
	pid_t child = start(plan, seed, which);
	return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- a run that failed ---- */

/* Leaves out runs of steps, ever shorter ones, as long as it still fails (delta debugging: Zeller, FSE 1999). */
static void shrink(struct plan *plan, uint64_t seed)
{
	char folder[256];
	unsigned attempts = 0;
	for (unsigned length = plan->steps / 2; length > 0; length /= 2)
		for (unsigned from = 1; from <= plan->steps && attempts < SHRINK_ATTEMPTS; from += length) {
			struct plan shorter = *plan;
			unsigned left_out = 0;
			for (unsigned i = from; i < from + length && i <= plan->steps; i++) {
				left_out += !shorter.skip[i];
				shorter.skip[i] = true;
			}
			if (left_out == 0)
				continue;
			attempts++;
			if (!passes(&shorter, seed, "-shrunk"))
				*plan = shorter;
			folder_of(folder, sizeof(folder), seed, "-shrunk");
			remove_folder(folder);
		}
}

static void print_trace(const char *folder)
{
	size_t length;
	char *text = read_trace(folder, &length);
	if (text)
		fwrite(text, 1, length, stdout);
	free(text);
}

static void print_command(const struct plan *plan, uint64_t seed)
{
	const char *before = " SIM_SKIP=";
	printf("again: make sim SIM_SEED=%llu SIM_RUNS=1 SIM_STEPS=%u", (unsigned long long)seed,
		plan->steps);
	for (unsigned i = 1; i <= plan->steps; i++) {
		unsigned last = i;
		while (plan->skip[i] && last < plan->steps && plan->skip[last + 1])
			last++;
		if (!plan->skip[i])
			continue;
		printf(last > i ? "%s%u-%u" : "%s%u", before, i, last);
		before = ",";
		i = last;
	}
	putchar('\n');
}

static void tell_failure(const struct plan *plan, uint64_t seed)
{
	char folder[256];
	struct plan shorter = *plan;
	folder_of(folder, sizeof(folder), seed, "");
	printf("FAILED seed %llu\n", (unsigned long long)seed);
	if (plan->runs > 1 && !plan->first) {
		shrink(&shorter, seed);
		remove_folder(folder);
		if (passes(&shorter, seed, ""))
			printf("it fails now and then only: the record of a run that passed follows\n");
	}
	print_trace(folder);
	print_command(&shorter, seed);
	remove_folder(folder);
}

/* Whether a second run of the seed leaves the same record. */
static bool is_repeatable(const struct plan *plan, uint64_t seed)
{
	char first[256], second[256];
	size_t lengths[2] = {0, 0};
	folder_of(first, sizeof(first), seed, "");
	folder_of(second, sizeof(second), seed, "-twice");
	bool passed = passes(plan, seed, "-twice");
	char *texts[2] = {read_trace(first, &lengths[0]), read_trace(second, &lengths[1])};
	bool same = passed && texts[0] && texts[1] && lengths[0] == lengths[1] &&
		    memcmp(texts[0], texts[1], lengths[0]) == 0;
	if (!same)
		printf("FAILED seed %llu: two runs of it differ\n", (unsigned long long)seed);
	free(texts[0]);
	free(texts[1]);
	remove_folder(second);
	return same;
}

/* ---- all runs ---- */

struct slot {
	pid_t pid;
	uint64_t seed;
};

static bool judge(const struct plan *plan, uint64_t seed, int status)
{
	char folder[256];
	folder_of(folder, sizeof(folder), seed, "");
	bool passed = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (!passed) {
		if (!WIFEXITED(status))
			printf("seed %llu ended by signal %d\n", (unsigned long long)seed, WTERMSIG(status));
		tell_failure(plan, seed);
		return false;
	}
	if (seed % TWICE_EACH == 1 % TWICE_EACH || plan->runs == 1)
		passed = is_repeatable(plan, seed);
	if (getenv("SIM_TRACE"))
		print_trace(folder);
	remove_folder(folder);
	return passed;
}

static void reap(const struct plan *plan, struct slot *slots, unsigned *passed, unsigned *failed)
{
	int status;
	pid_t pid = wait(&status);
	for (size_t i = 0; i < JOBS_MAX; i++) {
		if (slots[i].pid != pid)
			continue;
		slots[i].pid = 0;
		if (judge(plan, slots[i].seed, status))
			++*passed;
		else
			++*failed;
		if ((*passed + *failed) % TELL_EACH == 0)
			printf("%u runs passed so far, %u failed\n", *passed, *failed);
		return;
	}
}

static unsigned play(const struct plan *plan, unsigned jobs)
{
	struct slot slots[JOBS_MAX] = {0};
	unsigned busy = 0, passed = 0, failed = 0;
	for (uint64_t seed = plan->seed; seed < plan->seed + plan->runs; seed++) {
		size_t at = 0;
		for (; busy >= jobs; busy--)
			reap(plan, slots, &passed, &failed);
		if (failed && plan->first)
			break;
		while (slots[at].pid)
			at++;
		slots[at] = (struct slot){.seed = seed, .pid = start(plan, seed, "")};
		busy++;
	}
	for (; busy > 0; busy--)
		reap(plan, slots, &passed, &failed);
	if (plan->runs > 1 && !(failed && plan->first)) {
		unsigned missing = counters_print();
		if (missing && plan->runs >= COMPLETE_RUNS) {
			printf("FAILED: %u of these never happened\n", missing);
			failed++;
		}
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed;
}

/* ---- arguments ---- */

static void read_skip(struct plan *plan, const char *text)
{
	while (text && *text) {
		char *end;
		unsigned long from = strtoul(text, &end, 10), to = from;
		if (*end == '-')
			to = strtoul(end + 1, &end, 10);
		for (unsigned long i = from; i <= to && i <= STEPS_MAX; i++)
			plan->skip[i] = true;
		text = *end ? end + 1 : end;
	}
}

int main(int argc, char **argv)
{
	static struct plan plan;
	uint64_t jobs = number_or(getenv("SIM_JOBS"), (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
	setvbuf(stdout, NULL, _IOLBF, 0);
	plan.seed = number_or(argc > 1 ? argv[1] : NULL, 1);
	plan.runs = number_or(argc > 2 ? argv[2] : NULL, 500);
	plan.steps = (unsigned)number_or(argc > 3 ? argv[3] : NULL, STEPS_USUAL);
	plan.first = number_or(getenv("SIM_FIRST"), 0) != 0;
	read_skip(&plan, argc > 4 ? argv[4] : NULL);
	if (argc > 5 || plan.steps > STEPS_MAX || plan.runs == 0) {
		fprintf(stderr, "usage: simulate [SEED [RUNS [STEPS [SKIP]]]]\n");
		return 2;
	}
	base = must_make_folder("SIM_DIR", "linckia-simulate");
	counters_init();
	unsigned failed = play(&plan, jobs < 1 ? 1 : jobs > JOBS_MAX ? JOBS_MAX : (unsigned)jobs);
	remove_folder(base);
	free(base);
	return failed ? 1 : 0;
}
