/*
 * point.c: see point.h.
 */
#include "tests/crash/point.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/engine.h"
#include "tests/crash/folder.h"
#include "tests/crash/look.h"
#include "tests/crash/program.h"
#include "tests/support/must.h"

void point_name(const struct point *point, char *out, size_t size)
{
	snprintf(out, size, "%s:%s:%llu:%s%s", point->reference->operation->name, point->kind,
		(unsigned long long)point->at, point->action, point->lasting ? ":lasting" : "");
}

static void check_end(const struct point *point, const struct outcome *outcome)
{
	bool kills = strcmp(point->action, "kill") == 0 || strcmp(point->action, "torn") == 0;
	if (outcome->hung)
		die("it did not end: %s", outcome->said);
	if (outcome->killed) {
		if (!kills)
			die("it was killed: %s", outcome->said);
		return;
	}
	if (outcome->signal)
		die("it was ended by signal %d: %s", outcome->signal, outcome->said);
	if (outcome->code == CODE_SANITIZER || strstr(outcome->said, "Sanitizer"))
		die("%s", outcome->said);
	if (outcome->code < 0 || outcome->code > 3)
		die("it ended with the code %d: %s", outcome->code, outcome->said);
	if (outcome->code != 0 && point->reference->operation->words[0] &&
		strncmp(outcome->said, "linckia: ", 9) != 0 &&
		strcmp(point->reference->operation->name, "status") != 0)
		die("it ended with the code %d without a sentence: '%s'", outcome->code, outcome->said);
}

static void check_copies(const struct point *point, const char *folder)
{
	struct lines now = {0};
	const struct lines *least = &point->reference->least;
	folder_count_copies(folder, &now);
	for (size_t i = 0; i < least->count; i++) {
		unsigned wanted = (unsigned)strtoul(least->text[i] + 66, NULL, 10);
		unsigned found = copies_of(&now, least->text[i] + 2);
		if (found < wanted)
			die("chunk %.12s has %u good copies, and should have %u", least->text[i] + 2, found,
				wanted);
	}
	lines_free(&now);
}

static size_t files_in(const char *folder, const char *inside)
{
	size_t count = 0;
	char *path = text("%s%s", folder, inside);
	DIR *listed = opendir(path);
	for (struct dirent *entry; listed && (entry = readdir(listed));)
		count += entry->d_name[0] != '.';
	if (listed)
		closedir(listed);
	free(path);
	return count;
}

/* What could not be flushed may be gone after the next power failure, so it gets no name, and counts as no copy. */
static void check_unflushed(const struct point *point, const struct outcome *outcome, const char *folder)
{
	char shard[256] = "";
	const char *path = strstr(outcome->report.what, "/s/"), *draft = path ? strstr(path, "/#") : NULL;
	if (strcmp(point->kind, "flush") != 0 || outcome->killed || !draft || !strstr(path, "/chunks/"))
		return;
	snprintf(shard, sizeof(shard), "%.*s", (int)(draft - path), path);
	if (files_in(folder, shard) > files_in(point->reference->folder, shard))
		die("a chunk file is in %s, though it could not be flushed", shard);
}

static const char said_kinds[] = "CVSND";

/*
 * A folder is listed as long as nothing below it is: so is one whose contents could not be read or did not come yet.
 */
static bool is_folder_above(const char *line, const struct lines *after)
{
	char kind, name[256];
	int what;
	if (sscanf(line, "%c %255s %d", &kind, name, &what) != 3 || what != ENTRY_FOLDER)
		return false;
	size_t length = kind == 'V' ? strcspn(name, "@") : strlen(name);
	for (size_t i = 0; i < after->count; i++)
		if (after->text[i][0] == kind && strncmp(after->text[i] + 2, name, length) == 0 &&
			after->text[i][2 + length] == '/')
			return true;
	return false;
}

/* Whether the store says what it should; `done`: what it says after the operation. */
static void check_lines(const struct reference *reference, const struct lines *now, bool done)
{
	const struct lines *before = &reference->before, *after = &reference->after;
	for (const char *kind = said_kinds; *kind; kind++) {
		if (*kind == 'D' && !done)
			continue; /* a node that is half made, or half gone, may be in any state */
		for (size_t i = 0; i < now->count; i++)
			if (now->text[i][0] == *kind && !lines_have(after, now->text[i]) &&
				(done || (!lines_have(before, now->text[i]) &&
						 !is_folder_above(now->text[i], after))))
				die("'%s' is there, and should not be%s", now->text[i],
					done ? ", now that it is done" : "");
		for (size_t i = 0; i < after->count; i++)
			if (after->text[i][0] == *kind && (done || lines_have(before, after->text[i])) &&
				!lines_have(now, after->text[i]))
				die("'%s' is not there%s", after->text[i], done ? ", though it is done" : "");
	}
}

static bool is_done(const struct reference *reference, const struct lines *now)
{
	for (const char *kind = said_kinds; *kind; kind++)
		if (lines_missing(&reference->after, *kind, now, NULL))
			return false;
	return true;
}

/* Once more, and undisturbed. */
static void check_again(const struct world *world, const struct point *point, const char *folder, bool done)
{
	struct outcome outcome;
	const struct reference *reference = point->reference;
	struct lines now = {0};
	const char *line;
	program_run(world, reference->operation, folder, STRIKE_NONE, NULL, &outcome);
	if (outcome.code == 1 && reference->operation->traits & OPERATION_THEN_INIT)
		program_run(world, operation_find("init"), folder, STRIKE_NONE, NULL, &outcome);
	if (outcome.hung || outcome.signal ||
		(outcome.code != 0 && !(done && reference->operation->traits & OPERATION_ONCE) &&
			reference->operation->traits != OPERATION_READS))
		die("undisturbed, it fails with %d: %s", outcome.code, outcome.said);
	look_at_store(folder, &reference->after, false, &now);
	if ((line = lines_missing(&reference->after, 'C', &now, NULL)))
		die("undisturbed, it did not make '%s'", line);
	if ((line = lines_missing(&now, 'C', &reference->after, NULL)))
		die("undisturbed, it left '%s'", line);
	lines_free(&now);
}

static void check_settled(const struct world *world, const struct point *point, const char *folder)
{
	struct lines now = {0};
	const char *line;
	look_settled(folder, &point->reference->settled, &now);
	if ((line = lines_missing(&now, 'F', &point->reference->settled, &world->usual)))
		die("'%s' is left", line);
	lines_free(&now);
}

/* The nodes that are part of the store after the operation and are there. */
static void check_by_walk(const struct world *world, const struct lines *after, const char *folder)
{
	char *store = text("%s/s", folder), *nodes[8];
	const char *words[12] = {world->walk, "--versions", store};
	int count = 0;
	for (size_t i = 0; i < after->count && count < 8; i++) {
		int length = (int)strcspn(after->text[i] + 2, " ");
		char *path = text("%s/%.*s/linckia-node.json", store, length, after->text[i] + 2);
		if (after->text[i][0] == 'D' && access(path, F_OK) == 0) {
			nodes[count] = text("%.*s=%s/%.*s", length, after->text[i] + 2, store, length,
				after->text[i] + 2);
			words[3 + count] = nodes[count];
			count++;
		}
		free(path);
	}
	char *said = program_ask(words);
	if (!strstr(said, "\"differ\":[]") || !strstr(said, "\"unreadable\":[]"))
		die("the walk says: %s", said);
	free(said);
	while (count)
		free(nodes[--count]);
	free(store);
}

void point_run(const struct world *world, const struct point *point, const char *folder, bool thorough)
{
	struct outcome outcome;
	struct lines now = {0};
	const struct operation *operation = point->reference->operation;
	bool may_be_none = operation->traits & OPERATION_MAKES_STORE;
	folder_copy(point->reference->folder, folder);
	program_run(world, operation, folder, STRIKE_POINT, point, &outcome);
	printf("struck %llu times, first %s; it ended with %d%s%s", (unsigned long long)outcome.report.struck,
		outcome.report.what, outcome.code, *outcome.said ? " and said " : "\n", outcome.said);
	check_end(point, &outcome);
	check_copies(point, folder);
	check_unflushed(point, &outcome, folder);
	bool done = !outcome.killed && outcome.code == 0;
	if (look_at_store(folder, &point->reference->before, may_be_none && !done, &now)) {
		check_lines(point->reference, &now, done);
		done = is_done(point->reference, &now);
	}
	check_again(world, point, folder, done);
	check_settled(world, point, folder);
	if (thorough)
		check_by_walk(world, &point->reference->after, folder);
	lines_free(&now);
	_exit(0);
}
