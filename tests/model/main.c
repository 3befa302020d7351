/*
 * main.c: random histories of a store, against a model of it.
 *
 *	histories PROGRAM [FIRST-SEED [RUNS]]
 *
 * Each run makes a store with six nodes, does some twenty random things to it by running the program, kills it in the
 * middle of every third of them, takes nodes and the catalog away as far as replication allows, and compares what
 * the store holds with what the model says: names, versions, snapshots, bytes, modes and times. A change that
 * was killed may have happened or not, name by name; one that was acknowledged has happened. At the end all is
 * removed and collected, and no file may be left.
 *
 * A seed decides all that a run does, but not when exactly a kill strikes. Runs take turns on all cores. A run that
 * fails is told with all it did, and its folder stays. $MODEL_DIR is where the folders are made (/dev/shm or
 * /tmp); $MODEL_STEPS how many steps a run has (20).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"
#include "tests/support/must.h"

static char *base;

/* Shows what a run did, ending with what differed. */
static void tell_failure(uint64_t seed)
{
	char path[600], line[4096];
	snprintf(path, sizeof(path), "%s/%llu/record", base, (unsigned long long)seed);
	printf("FAILED  seed %llu; its folder is %s/%llu\n", (unsigned long long)seed, base,
		(unsigned long long)seed);
	FILE *record = fopen(path, "re");
	while (record && fgets(line, sizeof(line), record))
		printf("        %s", line);
	if (record)
		fclose(record);
}

struct slot {
	pid_t pid;
	uint64_t seed;
};

/* Waits for one run to end; counts it. */
static void reap(struct slot *slots, size_t count, unsigned *passed, unsigned *failed)
{
	int status;
	pid_t pid = wait(&status);
	for (size_t i = 0; i < count; i++) {
		char folder[600];
		if (slots[i].pid != pid)
			continue;
		slots[i].pid = 0;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
			snprintf(folder, sizeof(folder), "%s/%llu", base, (unsigned long long)slots[i].seed);
			remove_tree(folder);
			++*passed;
		} else {
			tell_failure(slots[i].seed);
			++*failed;
		}
	}
}

static struct slot *free_slot(struct slot *slots, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slots[i].pid == 0)
			return &slots[i];
	return NULL;
}

static void run_all(const char *program, uint64_t first, uint64_t runs, unsigned steps, unsigned *failed)
{
	struct slot slots[64] = {0}, *slot;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t count = cores < 1 ? 1 : cores > 32 ? 64 : 2 * (size_t)cores, busy = 0;
	unsigned passed = 0;
	char folder[600];
	for (uint64_t seed = first; seed < first + runs; seed++) {
		if (busy == count) {
			reap(slots, count, &passed, failed);
			busy--;
		}
		slot = free_slot(slots, count);
		slot->seed = seed;
		fflush(stdout);
		slot->pid = fork();
		if (slot->pid == 0) {
			snprintf(folder, sizeof(folder), "%s/%llu", base, (unsigned long long)seed);
			run_one(program, folder, seed, steps);
		}
		busy++;
	}
	for (; busy > 0; busy--)
		reap(slots, count, &passed, failed);
	printf("%u passed, %u failed\n", passed, *failed);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0); /* what failed is told also when the rest is cut short */
	unsigned failed = 0;
	char *program = argc > 1 ? realpath(argv[1], NULL) : NULL;
	if (!program || argc > 4) {
		fprintf(stderr, "usage: histories PROGRAM [FIRST-SEED [RUNS]]\n");
		return 2;
	}
	base = must_make_folder("MODEL_DIR", "linckia-sim");
	umask(022);
	run_all(program, number_or(argc > 2 ? argv[2] : NULL, 1), number_or(argc > 3 ? argv[3] : NULL, 20),
		(unsigned)number_or(getenv("MODEL_STEPS"), 20), &failed);
	if (failed == 0)
		remove_tree(base);
	free(base);
	free(program);
	return failed ? 1 : 0;
}
