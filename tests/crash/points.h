/*
 * points.h: lists of points: which calls are struck, and how.
 */
#ifndef LINCKIA_TESTS_CRASH_POINTS_H
#define LINCKIA_TESTS_CRASH_POINTS_H

#include "tests/crash/point.h"

struct points {
	struct point *list; /* the caller's to free */
	size_t count, room;
};

/*
 * Of calls of an operation that are alike, which come from the same place in the program by the same way as
 * those of a loop do, only so many are struck: the first, the last, and others by the seed. 0: all are.
 */
struct limits {
	size_t alike, alike_of_memory;
	uint64_t seed;
};

/* Every call that writes, and every write in the middle of it. */
void points_add_kills(struct points *points, const struct reference *reference, const struct limits *limits);
/* Every call of the kinds wanted, with each errno that it may fail with; the first of them also from then on. */
void points_add_faults(struct points *points, const struct reference *reference, const struct limits *limits,
	bool (*wants)(const char *kind));
/* The one with that name (point_name). */
void points_parse(struct points *points, const struct reference *reference, const char *name);
/*
 * Orders them by the seed, so that the first ones are a sample; and of points which are struck in the same
 * way at the same place, be it in several operations, the second comes after the first of all others. Returns
 * how many of them are unlike each other.
 */
size_t points_order(struct points *points, uint64_t seed);
/* Prints how many calls of which kind there are, and from how many places. */
void points_describe(const struct reference *reference, bool writes_only);

#endif
