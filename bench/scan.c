/*
 * scan.c: how long maintenance takes to judge every copyset of a store as it is.
 *
 *	scan CONFIG [RUNS]
 *
 * Prints the median time of a scan in milliseconds, the number of copysets, and how many of them want something done.
 * No node that is away is waited for, so each of its copysets is judged in full and queued.
 */
#include "engine/maintain.h"

#include <stdio.h>
#include <stdlib.h>

enum { RUNS = 11, RUNS_MAX = 101 };

static int by_value(const void *a, const void *b)
{
	double first = *(const double *)a, second = *(const double *)b;
	return first < second ? -1 : first > second;
}

static int count(void *context, const struct catalog_copyset *copyset, struct error *error)
{
	(void)copyset;
	(void)error;
	++*(size_t *)context;
	return 0;
}

static int measure(struct store *store, struct maintenance *maintenance, int runs, struct error *error)
{
	double ms[RUNS_MAX];
	size_t copysets = 0;
	store_probe_nodes(store);
	for (int run = 0; run < runs; run++) {
		int64_t began = maintain_now_ns(maintenance);
		if (maintain_scan(maintenance, error) < 0)
			return -1;
		ms[run] = (double)(maintain_now_ns(maintenance) - began) / 1e6;
	}
	if (catalog_each_copyset(store->reader, count, &copysets, error) < 0)
		return -1;
	qsort(ms, (size_t)runs, sizeof(*ms), by_value);
	printf("%.1f %zu %zu\n", ms[runs / 2], copysets, maintenance->queue_count);
	return 0;
}

int main(int argc, char **argv)
{
	struct error error;
	struct store *store;
	struct maintenance *maintenance;
	int runs = argc == 3 ? atoi(argv[2]) : RUNS, result = -1;
	if (argc < 2 || argc > 3 || runs < 1 || runs > RUNS_MAX) {
		fprintf(stderr, "usage: scan CONFIG [RUNS]\n");
		return 2;
	}
	if (store_open(argv[1], &store, &error) < 0) {
		fprintf(stderr, "scan: %s\n", error.message);
		return 1;
	}
	if (maintain_new(store, &maintenance, &error) == 0) {
		result = measure(store, maintenance, runs, &error);
		maintain_free(maintenance);
	}
	if (result < 0)
		fprintf(stderr, "scan: %s\n", error.message);
	store_close(store);
	return result < 0 ? 1 : 0;
}
