/*
 * main.c: strikes operations at all their points, or at a sample of them, and says what came of it.
 *
 *	crash crash|faults PROGRAM
 *
 * crash: kills the program before every call that writes, and in the middle of every write. faults: makes every
 * call fail in every way that it can, once and from then on. Environment:
 *
 *	CRASH_OPERATIONS  names, separated by blanks: only these
 *	CRASH_KINDS       faults: only calls of these kinds (call.h)
 *	CRASH_POINTS      a sample of so many, chosen by
 *	CRASH_SEED        1
 *	CRASH_ONE         a point's name: only that one, told at length
 *	CRASH_ALIKE       of calls that are alike (points.h) so many are struck; 0: all
 *	CRASH_MEMORY      the same for allocations; 0: none
 *	CRASH_JOBS        points at the same time
 *
 * Ends with a line "N passed, N failed", and with 1 if any failed.
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
#include "tests/crash/jobs.h"
#include "tests/crash/point.h"
#include "tests/crash/points.h"
#include "tests/support/must.h"

enum {
	JOBS_FOR_EACH_CORE = 8, /* most of the time a point waits for the clock of maintenance */
	THOROUGH_EVERY = 10,
	FAILURES_SHOWN = 200,
	POINTS_PER_OPERATION = 10,
	OPERATIONS_MIN = 3,
	TOLD_EVERY = 1000,
	ALIKE_WRITES = 32,
	ALIKE = 8,
	ALIKE_OF_MEMORY = 2,
};

static struct sweep {
	struct world world;
	bool crash; /* else faults */
	const struct operation **chosen;
	struct reference *references; /* of the chosen ones */
	size_t reference_count;
	struct points points;
	unsigned job_count;
	uint64_t passed, failed;
	bool verbose;
} sweep;

/* Whether `word` is among the words of `words`, which blanks separate. None at all: it is. */
static bool has_word(const char *words, const char *word)
{
	size_t length = strlen(word);
	if (!words || !*words)
		return true;
	for (const char *at = words; (at = strstr(at, word)); at += length)
		if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	return false;
}

static bool is_chosen(const struct operation *operation, bool crash)
{
	const char *one = getenv("CRASH_ONE");
	size_t length = strlen(operation->name);
	if (one && *one)
		return strncmp(one, operation->name, length) == 0 && one[length] == ':';
	if (crash && operation->traits & OPERATION_READS)
		return false;
	return has_word(getenv("CRASH_OPERATIONS"), operation->name);
}

/* ---- one point ---- */

static void strike_one(unsigned job, size_t which)
{
	char *folder = job_path(sweep.world.folder, job, "");
	point_run(&sweep.world, &sweep.points.list[which], folder, which % THOROUGH_EVERY == 0);
}

static void show_log(unsigned job)
{
	char *line = NULL, *log = job_path(sweep.world.folder, job, ".log");
	size_t size = 0;
	FILE *file = fopen(log, "re");
	while (file && getline(&line, &size, file) > 0)
		printf("        %s%s", line, strchr(line, '\n') ? "" : "\n");
	free(line);
	free(log);
	if (file)
		fclose(file);
}

static void finish_one(unsigned job, size_t which, int status)
{
	char name[128], *folder = job_path(sweep.world.folder, job, "");
	point_name(&sweep.points.list[which], name, sizeof(name));
	sweep.passed += status == 0;
	sweep.failed += status != 0;
	if (status != 0)
		printf("FAILED  CRASH_ONE=%s\n", name);
	else if (sweep.verbose)
		printf("ok      %s\n", name);
	if (sweep.verbose || (status != 0 && sweep.failed <= FAILURES_SHOWN))
		show_log(job);
	if (status != 0 && WIFSIGNALED(status))
		printf("        the check was ended by signal %d\n", WTERMSIG(status));
	if (sweep.verbose && status != 0)
		printf("        what is left is in %s\n", folder);
	else
		remove_tree(folder);
	free(folder);
	if ((sweep.passed + sweep.failed) % TOLD_EVERY == 0) {
		printf("%llu of %zu\n", (unsigned long long)(sweep.passed + sweep.failed),
			sweep.points.count);
		fflush(stdout);
	}
}

/* ---- all ---- */

static void make_world(const char *self, const char *program)
{
	static char library[PATH_MAX], path[PATH_MAX];
	if (!realpath(program, path) || !realpath(self, library))
		die("cannot find %s: %s", program, strerror(errno));
	dirname(library);
	char *script = realpath("tests/crash/prepare.sh", NULL);
	if (!script)
		die("tests/crash/prepare.sh is not here");
	char *folder = must_make_folder("TMPDIR", "linckia-crash");
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
	size_t points = (size_t)number_or(getenv("CRASH_POINTS"), 0);
	size_t wanted = points / POINTS_PER_OPERATION;
	const char *names = getenv("CRASH_OPERATIONS");
	if (points == 0 || (names && *names))
		return candidates;
	return wanted < OPERATIONS_MIN ? OPERATIONS_MIN : wanted;
}

static bool wants_memory(void)
{
	const char *one = getenv("CRASH_ONE");
	return !sweep.crash && number_or(getenv("CRASH_MEMORY"), 1) &&
	       has_word(getenv("CRASH_KINDS"), "memory") && (!one || !*one || strstr(one, ":memory:"));
}

static void refer_one(unsigned job, size_t which)
{
	(void)job;
	reference_make(&sweep.world, sweep.chosen[which], wants_memory());
}

static void finish_reference(unsigned job, size_t which, int status)
{
	if (status != 0) {
		show_log(job);
		die("what %s does undisturbed could not be seen", sweep.chosen[which]->name);
	}
	reference_load(&sweep.world, sweep.chosen[which], &sweep.references[which]);
}

static void make_references(void)
{
	sweep.references = calloc(operation_count, sizeof(*sweep.references));
	sweep.chosen = calloc(operation_count, sizeof(*sweep.chosen));
	if (!sweep.references || !sweep.chosen)
		die("out of memory");
	size_t left = 0;
	for (size_t i = 0; i < operation_count; i++)
		left += is_chosen(&operations[i], sweep.crash);
	size_t wanted = operations_to_choose(left);
	uint64_t seed = number_or(getenv("CRASH_SEED"), 1);
	for (size_t i = 0; i < operation_count; i++) {
		if (!is_chosen(&operations[i], sweep.crash))
			continue;
		/* Selection sampling: each of those that are left is as likely as the others. */
		if (env_draw_mix(seed += ENV_DRAW_STEP) % left-- >= wanted)
			continue;
		wanted--;
		sweep.chosen[sweep.reference_count++] = &operations[i];
	}
	if (sweep.reference_count == 0) {
		remove_tree(sweep.world.folder);
		die("there is no such operation");
	}
	jobs_run(sweep.world.folder, sweep.job_count, sweep.reference_count, refer_one, finish_reference);
}

static bool wants_kind(const char *kind)
{
	return has_word(getenv("CRASH_KINDS"), kind);
}

static void choose_points(void)
{
	const char *one = getenv("CRASH_ONE");
	if (one && *one) {
		points_parse(&sweep.points, &sweep.references[0], one);
		sweep.verbose = true;
		return;
	}
	const struct limits limits = {
		.alike = (size_t)number_or(getenv("CRASH_ALIKE"), sweep.crash ? ALIKE_WRITES : ALIKE),
		.alike_of_memory = (size_t)number_or(getenv("CRASH_MEMORY"), ALIKE_OF_MEMORY),
		.seed = number_or(getenv("CRASH_SEED"), 1)};
	for (size_t i = 0; i < sweep.reference_count; i++) {
		size_t before = sweep.points.count;
		if (sweep.crash)
			points_add_kills(&sweep.points, &sweep.references[i], &limits);
		else
			points_add_faults(&sweep.points, &sweep.references[i], &limits, wants_kind);
		printf("%-17s", sweep.references[i].operation->name);
		points_describe(&sweep.references[i], sweep.crash);
		printf(": %zu points\n", sweep.points.count - before);
	}
	size_t sample = (size_t)number_or(getenv("CRASH_POINTS"), 0), all = sweep.points.count;
	size_t unlike = points_order(&sweep.points, limits.seed);
	if (sample && sample < all)
		sweep.points.count = sample;
	printf("%zu of %zu points, %zu of which are unlike, seed %llu\n", sweep.points.count, all, unlike,
		(unsigned long long)limits.seed);
}

static unsigned jobs_at_once(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t jobs =
		number_or(getenv("CRASH_JOBS"), JOBS_FOR_EACH_CORE * (uint64_t)(cores < 1 ? 1 : cores));
	return jobs < 1 ? 1 : jobs > JOBS_MAX ? JOBS_MAX : (unsigned)jobs;
}

int main(int argc, char **argv)
{
	sweep.crash = argc > 1 && strcmp(argv[1], "crash") == 0;
	if (argc != 3 || (!sweep.crash && strcmp(argv[1], "faults") != 0))
		die("usage: crash crash|faults PROGRAM");
	make_world(argv[0], argv[2]);
	sweep.job_count = jobs_at_once();
	make_references();
	choose_points();
	jobs_run(sweep.world.folder, sweep.job_count, sweep.points.count, strike_one, finish_one);
	for (size_t i = 0; i < sweep.reference_count; i++)
		reference_free(&sweep.references[i]);
	lines_free(&sweep.world.usual);
	free(sweep.references);
	free(sweep.chosen);
	free(sweep.points.list);
	if (!sweep.verbose || sweep.failed == 0)
		remove_tree(sweep.world.folder);
	printf("%llu passed, %llu failed\n", (unsigned long long)sweep.passed,
		(unsigned long long)sweep.failed);
	return sweep.failed ? 1 : 0;
}
