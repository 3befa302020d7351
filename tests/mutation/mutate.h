/*
 * mutate.h: the mutants of a C source file: small changes, each of which a test should notice.
 *
 * A mutant replaces one stretch of the text and keeps the number of lines. It is known by its file, its function and
 * its change in words, "if ({count < 0 => !(count < 0)})", which stay the same when lines move.
 *
 *   negate    if (c) becomes if (!(c)); c ? a : b becomes !(c) ? a : b
 *   never     if (c) becomes if ((c) && 0): a check that is made, but leads to nothing
 *   relation  < and <=, > and >=, == and != change places
 *   logic     && and || change places
 *   operand   an operand of && or || goes
 *   order     two calls joined by && or || change places; so do two effects that follow each other
 *   offset    + 1 or - 1 goes
 *   result    return -1 becomes 0, 0 becomes -1, true becomes false, and a call's error is not handed on
 *   call      a call whose result nobody uses goes
 *   assign    an assignment goes
 *   jump      goto, break, continue or return without a value goes
 *   constant  a number becomes one larger; an octal mode 0777
 *   flag      a flag of open() and the like goes
 *   sign      += and -= change places
 *
 * What only words a message, frees memory, closes, or locks is left alone, as are assertions.
 */
#ifndef LINCKIA_TESTS_MUTATION_MUTATE_H
#define LINCKIA_TESTS_MUTATION_MUTATE_H

#include "tests/mutation/tokens.h"

struct mutant {
	const char *kind;
	size_t function;   /* the token that names it */
	size_t start, end; /* in the text */
	unsigned line;     /* of the start */
	char *with;        /* what stands there instead */
};

struct mutants {
	const struct tokens *tokens;
	struct mutant *list;
	size_t count, room;
};

/* Finds all of them, in the order of the text. Exits when memory runs out. */
void mutants_find(struct mutants *mutants, const struct tokens *tokens);
void mutants_release(struct mutants *mutants);

#endif
