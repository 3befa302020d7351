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

/* Every call that writes, and every write in the middle of it. */
void points_add_kills(struct points *points, const struct reference *reference);
/* Every call, with each errno that it may fail with; the first of them also from then on. */
void points_add_faults(struct points *points, const struct reference *reference);
/* The one with that name (point_name). */
void points_parse(struct points *points, const struct reference *reference, const char *name);
void points_shuffle(struct points *points, uint64_t seed);
/* Prints how many calls of which kind there are. */
void points_describe(const struct reference *reference, bool writes_only);

#endif
