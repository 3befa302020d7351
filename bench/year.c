/*
 * year.c: plays a virtual year of 1,000 nodes with 1,000,000 chunks, three copies of each, on paper.
 *
 *	year [OUTAGES]
 *
 * 2 in a hundred disks fail in a year, and each node is away OUTAGES times (0), for five minutes on average. Prints
 * what came of it; how long it took and how much memory is for rusage to say.
 */
#include "engine/durability.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **arguments)
{
	struct durability_case year;
	struct durability_result result;
	struct error error;
	durability_case_init(&year);
	year.outages_per_year = count > 1 ? strtod(arguments[1], NULL) : 0;
	if (durability_run(&year, NULL, NULL, NULL, &result, &error) < 0) {
		fprintf(stderr, "year: %s\n", error.message);
		return 1;
	}
	printf("%" PRIu64 " disks failed, %" PRIu64 " outages, %" PRIu64 " copies made (%" PRIu64
	       " needless), %" PRIu64 " chunks lost, %" PRIu64 " events\n",
		result.disks_failed, result.outages, result.copies_made, result.copies_needless,
		result.chunks_lost, result.events);
	return 0;
}
