/*
 * check.h: whether a store that lost its power is all there.
 */
#ifndef LINCKIA_TESTS_POWER_CHECK_H
#define LINCKIA_TESTS_POWER_CHECK_H

#include <stdbool.h>

#include "expect.h"

struct check {
	const char *root;            /* the folder with the store `s` */
	const char *scratch;         /* a path for what is fetched, where nothing is yet */
	const struct expect *before; /* what has to be there … */
	const struct expect *
		after; /* … or, name by name, what the command under way was to make of it; may be the same */
	unsigned least; /* good copies of each chunk of a current file, at least */
	bool damaged;   /* the catalog may speak of copies that are not there */
	char *problem;  /* set when something is not as it should be; the caller's */
};

/*
 * Opens the store and reads all of it: the names and no others, each with one of its contents, byte for byte;
 * every version and snapshot; and, past the engine, the files of the copies that the catalog counts on, and the
 * catalog as SQLite sees it. True when all is well.
 */
bool check_store(struct check *check);

#endif
