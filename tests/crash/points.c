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

/*
 * SQLite takes each lock of its shared memory that fails for one that another process has, and waits: when all do, a
 * command lasts for minutes. So there are only so many such points of an operation.
 */
enum { WAYS_MAX = 7, LASTING_LOCKS = 2 };

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
	[CALL_LOCK] = {NO_LOCK, NO_IO, INTERRUPTED},
	[CALL_MAP] = {NO_MEMORY},
	[CALL_DUPLICATE] = {NO_DESCRIPTOR},
	[CALL_PIPE] = {NO_DESCRIPTOR},
	[CALL_THREAD] = {TRY_AGAIN},
	[CALL_MEMORY] = {NO_MEMORY},
};

static void add(struct points *points, struct point point)
{
	if (points->count == points->room) {
		points->room = 2 * points->room + 1024;
		points->list = reallocarray(points->list, points->room, sizeof(*points->list));
		if (!points->list)
			die("out of memory");
	}
	points->list[points->count++] = point;
}

/* ---- which calls ---- */

/* Calls of one kind; `at` is the how manyth of that kind each is. */
struct site {
	uint64_t site, at;
};
struct choice {
	struct site *list;
	size_t count, sites; /* calls, and places they come from */
};

static int by_site(const void *a, const void *b)
{
	const struct site *one = a, *other = b;
	if (one->site != other->site)
		return one->site < other->site ? -1 : 1;
	return one->at < other->at ? -1 : 1;
}

/* Keeps the first and the last of `count` that are alike, and of the others as many as there is room for. */
static size_t thin(struct site *list, size_t count, size_t limit, uint64_t seed)
{
	if (limit == 0 || count <= limit)
		return count;
	size_t kept = 1, wanted = limit > 2 ? limit - 2 : 0;
	for (size_t i = 1; i < count - 1; i++) {
		/* Selection sampling: each of those that are left is as likely as the others. */
		if (env_draw_mix(seed += ENV_DRAW_STEP) % (count - 1 - i) >= wanted)
			continue;
		wanted--;
		list[kept++] = list[i];
	}
	if (limit > 1)
		list[kept++] = list[count - 1];
	return kept;
}

typedef bool selector(const struct strike_call *call, int kind);

static bool is_of_kind(const struct strike_call *call, int kind)
{
	return (int)call->kind == kind;
}

static bool is_divisible(const struct strike_call *call, int kind)
{
	return (int)call->kind == kind && call->divisible;
}

static bool writes(const struct strike_call *call, int kind)
{
	(void)kind;
	return call_writes(call->kind);
}

static struct choice choose(
	const struct reference *reference, selector *selects, int kind, size_t limit, uint64_t seed)
{
	struct choice choice = {0};
	uint64_t at = 0;
	choice.list = reallocarray(NULL, reference->call_count + 1, sizeof(*choice.list));
	if (!choice.list)
		die("out of memory");
	for (size_t i = 0; i < reference->call_count; i++)
		if (selects(&reference->calls[i], kind))
			choice.list[at] = (struct site){reference->calls[i].site, at + 1}, at++;
	qsort(choice.list, at, sizeof(*choice.list), by_site);
	for (size_t i = 0, alike; i < at; i += alike) {
		for (alike = 1; i + alike < at && choice.list[i + alike].site == choice.list[i].site;)
			alike++;
		size_t kept = thin(choice.list + i, alike, limit, seed + choice.list[i].site);
		memmove(choice.list + choice.count, choice.list + i, kept * sizeof(*choice.list));
		choice.count += kept;
		choice.sites++;
	}
	return choice;
}

static void add_all(struct points *points, const struct reference *reference, const struct choice *choice,
	const char *kind, const char *action, bool lasting)
{
	for (size_t i = 0; i < choice->count; i++)
		add(points, (struct point){reference, kind, action, choice->list[i].at, lasting,
				    choice->list[i].site, 0, 0});
}

void points_add_kills(struct points *points, const struct reference *reference, const struct limits *limits)
{
	struct choice all = choose(reference, writes, 0, limits->alike, limits->seed);
	struct choice torn = choose(reference, is_divisible, CALL_WRITE, limits->alike, limits->seed);
	add_all(points, reference, &all, "writes", "kill", false);
	add_all(points, reference, &torn, "writes", "torn", false);
	free(all.list);
	free(torn.list);
}

void points_add_faults(struct points *points, const struct reference *reference, const struct limits *limits,
	bool (*wants)(const char *kind))
{
	for (int kind = 0; kind < CALL_KINDS; kind++) {
		if (!wants(kind_names[kind]))
			continue;
		size_t limit = kind == CALL_MEMORY ? limits->alike_of_memory : limits->alike;
		struct choice all = choose(reference, is_of_kind, kind, limit, limits->seed);
		struct choice divisible = choose(reference, is_divisible, kind, limit, limits->seed);
		for (int way = 0; way < WAYS_MAX && ways[kind][way]; way++)
			add_all(points, reference, strcmp(ways[kind][way], "short") == 0 ? &divisible : &all,
				kind_names[kind], ways[kind][way], false);
		if (kind == CALL_LOCK)
			all.count = thin(all.list, all.count, LASTING_LOCKS, limits->seed);
		if (ways[kind][0])
			add_all(points, reference, &all, kind_names[kind], ways[kind][0], true);
		free(all.list);
		free(divisible.list);
	}
}

/* ---- one by its name, and what to say of all ---- */

void points_parse(struct points *points, const struct reference *reference, const char *name)
{
	char *copy = text("%s", name), *rest = NULL;
	strtok_r(copy, ":", &rest);
	const char *kind = strtok_r(NULL, ":", &rest), *at = strtok_r(NULL, ":", &rest);
	const char *action = strtok_r(NULL, ":", &rest), *lasting = strtok_r(NULL, ":", &rest);
	if (!kind || !at || !action)
		die("a point is called OPERATION:KIND:NUMBER:ACTION, or that with :lasting");
	/* The words live as long as the points do. */
	add(points,
		(struct point){reference, kind, action, strtoull(at, NULL, 10), lasting != NULL, 0, 0, 0});
}

/* ---- in which order ---- */

static int compare(uint64_t one, uint64_t other)
{
	return (one > other) - (one < other);
}

static int by_likeness(const struct point *one, const struct point *other)
{
	int order = strcmp(one->kind, other->kind);
	order = order ? order : strcmp(one->action, other->action);
	order = order ? order : one->lasting - other->lasting;
	return order ? order : compare(one->site, other->site);
}

static int by_likeness_and_draw(const void *a, const void *b)
{
	const struct point *one = a, *other = b;
	int order = by_likeness(one, other);
	return order ? order : compare(one->draw, other->draw);
}

static int by_rank_and_draw(const void *a, const void *b)
{
	const struct point *one = a, *other = b;
	return one->rank != other->rank ? compare(one->rank, other->rank) : compare(one->draw, other->draw);
}

size_t points_order(struct points *points, uint64_t seed)
{
	struct point *list = points->list;
	size_t unlike = 0;
	for (size_t i = 0; i < points->count; i++)
		list[i].draw = env_draw_mix(seed += ENV_DRAW_STEP);
	qsort(list, points->count, sizeof(*list), by_likeness_and_draw);
	for (size_t i = 0; i < points->count; i++) {
		bool alike = i > 0 && by_likeness(&list[i - 1], &list[i]) == 0;
		list[i].rank = alike ? list[i - 1].rank + 1 : 0;
		unlike += !alike;
	}
	qsort(list, points->count, sizeof(*list), by_rank_and_draw);
	return unlike;
}

void points_describe(const struct reference *reference, bool writes_only)
{
	for (int kind = 0; kind < CALL_KINDS; kind++) {
		if (writes_only && !call_writes((enum call_kind)kind))
			continue;
		struct choice all = choose(reference, is_of_kind, kind, 0, 0);
		if (all.count)
			printf(" %s %zu/%zu", kind_names[kind], all.count, all.sites);
		free(all.list);
	}
}
