/*
 * points.c: see points.h.
 */
#include "tests/crash/points.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/env.h"
#include "tests/crash/folder.h"
#include "tests/support/must.h"

/* The numbers of Linux, which are the same on all machines that matter here; <errno.h> has no texts. */
#define NO_IO          "5"
#define NO_MEMORY      "12"
#define NO_DESCRIPTOR  "24"
#define NO_SPACE       "28"
#define READ_ONLY      "30"
#define TOO_MANY_LINKS "31"
#define NO_LOCK        "37"
#define OVER_QUOTA     "122"
#define INTERRUPTED    "4"
#define TRY_AGAIN      "11"

enum { WAYS_MAX = 7 };

static const char *const kind_names[CALL_KINDS] = CALL_NAMES;

/* How each kind of call may fail. The first way is also tried from then on. */
static const char *const ways[CALL_KINDS][WAYS_MAX] = {
	[CALL_OPEN] = {NO_IO, NO_DESCRIPTOR, NO_MEMORY},
	[CALL_CREATE] = {NO_SPACE, OVER_QUOTA, NO_IO, NO_DESCRIPTOR, READ_ONLY},
	[CALL_CLOSE] = {NO_IO},
	[CALL_READ] = {NO_IO, "short", INTERRUPTED},
	[CALL_WRITE] = {NO_SPACE, NO_IO, OVER_QUOTA, "short", INTERRUPTED},
	[CALL_TRUNCATE] = {NO_IO, NO_SPACE, INTERRUPTED},
	[CALL_ALLOCATE] = {NO_SPACE, NO_IO, INTERRUPTED},
	[CALL_FLUSH] = {NO_IO, NO_SPACE, OVER_QUOTA},
	[CALL_FLUSH_ALL] = {NO_IO, NO_SPACE},
	[CALL_LINK] = {NO_SPACE, NO_IO, READ_ONLY, TOO_MANY_LINKS},
	[CALL_RENAME] = {NO_IO, NO_SPACE, READ_ONLY},
	[CALL_UNLINK] = {NO_IO, READ_ONLY},
	[CALL_MKDIR] = {NO_SPACE, NO_IO, READ_ONLY},
	[CALL_SYMLINK] = {NO_SPACE, NO_IO},
	[CALL_MODE] = {NO_IO, READ_ONLY},
	[CALL_TIMES] = {NO_IO, READ_ONLY},
	[CALL_LIST] = {NO_IO, NO_MEMORY},
	[CALL_STAT] = {NO_IO, NO_MEMORY},
	[CALL_LOCK] = {NO_LOCK, INTERRUPTED},
	[CALL_MAP] = {NO_MEMORY},
	[CALL_DUPLICATE] = {NO_DESCRIPTOR},
	[CALL_PIPE] = {NO_DESCRIPTOR},
	[CALL_THREAD] = {TRY_AGAIN},
	[CALL_MEMORY] = {NO_MEMORY},
};

static void add(struct points *points, const struct reference *reference, const char *kind, uint64_t at,
	const char *action, bool lasting)
{
	if (points->count == points->room) {
		points->room = 2 * points->room + 1024;
		points->list = reallocarray(points->list, points->room, sizeof(*points->list));
		if (!points->list)
			die("out of memory");
	}
	points->list[points->count++] = (struct point){reference, kind, action, at, lasting};
}

void points_add_kills(struct points *points, const struct reference *reference)
{
	for (uint64_t at = 1; at <= reference->writes; at++)
		add(points, reference, "writes", at, "kill", false);
	for (uint64_t at = 1; at <= reference->torn; at++)
		add(points, reference, "writes", at, "torn", false);
}

void points_add_faults(struct points *points, const struct reference *reference)
{
	for (int kind = 0; kind < CALL_KINDS; kind++)
		for (uint64_t at = 1; at <= reference->counts[kind]; at++) {
			for (int way = 0; way < WAYS_MAX && ways[kind][way]; way++)
				add(points, reference, kind_names[kind], at, ways[kind][way], false);
			add(points, reference, kind_names[kind], at, ways[kind][0], true);
		}
}

void points_parse(struct points *points, const struct reference *reference, const char *name)
{
	char *copy = text("%s", name), *rest = NULL;
	strtok_r(copy, ":", &rest);
	const char *kind = strtok_r(NULL, ":", &rest), *at = strtok_r(NULL, ":", &rest);
	const char *action = strtok_r(NULL, ":", &rest), *lasting = strtok_r(NULL, ":", &rest);
	if (!kind || !at || !action)
		die("a point is called OPERATION:KIND:NUMBER:ACTION, or that with :lasting");
	/* The words live as long as the points do. */
	add(points, reference, kind, strtoull(at, NULL, 10), action, lasting != NULL);
}

void points_shuffle(struct points *points, uint64_t seed)
{
	for (size_t i = points->count; i > 1; i--) {
		size_t j = env_draw_mix(seed += ENV_DRAW_STEP) % i;
		struct point point = points->list[i - 1];
		points->list[i - 1] = points->list[j];
		points->list[j] = point;
	}
}

void points_describe(const struct reference *reference, bool writes_only)
{
	for (int kind = 0; kind < CALL_KINDS; kind++)
		if (reference->counts[kind] && (!writes_only || call_writes((enum call_kind)kind)))
			printf(" %s %llu", kind_names[kind], (unsigned long long)reference->counts[kind]);
	if (writes_only)
		printf(", %llu of them can be torn", (unsigned long long)reference->torn);
}
