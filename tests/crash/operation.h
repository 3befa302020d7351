/*
 * operation.h: what is interrupted and spoilt: commands, each on a small store that prepare.sh has made ready for it.
 */
#ifndef LINCKIA_TESTS_CRASH_OPERATION_H
#define LINCKIA_TESTS_CRASH_OPERATION_H

#include <stdbool.h>
#include <stddef.h>

enum {
	OPERATION_MAKES_STORE = 1, /* before it, and when it is interrupted, there may be no store to open */
	OPERATION_ONCE = 2,        /* repeated when it is done, it fails */
	OPERATION_AGES = 4,        /* before it, the catalog becomes one of format 1 */
	OPERATION_READS = 8,       /* it changes nothing that is worth killing it for */
};

struct operation {
	const char *name;
	const char *state; /* a function of prepare.sh */
	const char *input; /* standard input; NULL: nothing */
	unsigned traits;
	const char *words[10]; /* after the program's name; NULL ends them */
};
extern const struct operation operations[];
extern const size_t operation_count;

const struct operation *operation_find(const char *name);

/* Makes the folder `path` the one that `operation` is begun in; `base` is what prepare.sh made for all. */
void operation_prepare(
	const struct operation *operation, const char *script, const char *base, const char *path);
/* Makes `base`. */
void operation_prepare_base(const char *script, const char *base);

#endif
