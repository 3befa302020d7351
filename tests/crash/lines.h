/*
 * lines.h: sets of lines of text, by which the tests of crashes compare what a store says with what it should say.
 */
#ifndef LINCKIA_TESTS_CRASH_LINES_H
#define LINCKIA_TESTS_CRASH_LINES_H

#include <stdbool.h>
#include <stddef.h>

struct lines {
	char **text; /* sorted, each once, after lines_sort() */
	size_t count, room;
};

__attribute__((format(printf, 2, 3))) void lines_add(struct lines *lines, const char *format, ...);
void lines_sort(struct lines *lines);
bool lines_have(const struct lines *lines, const char *line);
/*
 * The first line of `all`, of those that begin with `kind`, that is in neither `some` nor `others`, which may
 * be NULL.
 */
const char *lines_missing(
	const struct lines *all, char kind, const struct lines *some, const struct lines *others);
void lines_free(struct lines *lines);

/* To and from a file, one line each. False, with errno, when that failed. */
bool lines_save(const struct lines *lines, const char *path);
bool lines_load(struct lines *lines, const char *path);

#endif
