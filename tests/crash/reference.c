/*
 * reference.c: see reference.h.
 */
#include "tests/crash/reference.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/crash/folder.h"
#include "tests/crash/look.h"
#include "tests/crash/program.h"
#include "tests/support/must.h"

static unsigned wanted_of(const struct lines *lines, const char *sha256)
{
	for (size_t i = 0; i < lines->count; i++)
		if (lines->text[i][0] == 'W' && strncmp(lines->text[i] + 2, sha256, 64) == 0)
			return (unsigned)strtoul(lines->text[i] + 66, NULL, 10);
	return 0;
}

static void find_least(struct reference *reference)
{
	struct lines had = {0};
	folder_count_copies(reference->folder, &had);
	for (size_t i = 0; i < had.count; i++) {
		unsigned count = copies_of(&had, had.text[i] + 2);
		unsigned wanted = wanted_of(&reference->after, had.text[i] + 2);
		lines_add(&reference->least, "K %.64s %u", had.text[i] + 2, count < wanted ? count : wanted);
	}
	lines_sort(&reference->least);
	lines_free(&had);
}

static void look(const char *folder, const struct lines *names, struct lines *found)
{
	look_at_store(folder, names, false, found);
	look_at_chunks(folder, found);
	lines_sort(found);
}

/* ---- to files and back ---- */

enum { PARTS = 4 };

static void name_parts(struct reference *reference, struct lines *parts[PARTS], char *paths[PARTS])
{
	struct lines *const all[] = {
		&reference->before, &reference->after, &reference->settled, &reference->least};
	for (int i = 0; i < PARTS; i++) {
		parts[i] = all[i];
		paths[i] = text("%s.lines-%d", reference->folder, i);
	}
}

static void save_calls(const char *path, const struct strike_call *calls, size_t count)
{
	FILE *file = fopen(path, "we");
	if (!file || fwrite(calls, sizeof(*calls), count, file) != count || fclose(file) != 0)
		die("%s: %s", path, strerror(errno));
}

static void save(struct reference *reference)
{
	struct lines *parts[PARTS];
	char *paths[PARTS], *calls = text("%s.calls", reference->folder);
	name_parts(reference, parts, paths);
	for (int i = 0; i < PARTS; i++) {
		if (!lines_save(parts[i], paths[i]))
			die("%s: %s", paths[i], strerror(errno));
		free(paths[i]);
	}
	save_calls(calls, reference->calls, reference->call_count);
	free(calls);
}

static void load_calls(const char *path, struct reference *reference)
{
	FILE *file = fopen(path, "re");
	if (!file || fseek(file, 0, SEEK_END) < 0)
		die("%s: %s", path, strerror(errno));
	size_t count = (size_t)ftell(file) / sizeof(*reference->calls);
	rewind(file);
	reference->calls = reallocarray(NULL, count + 1, sizeof(*reference->calls));
	if (!reference->calls || fread(reference->calls, sizeof(*reference->calls), count, file) != count)
		die("%s: %s", path, strerror(errno));
	reference->call_count = count;
	fclose(file);
}

static char *folder_of(const struct world *world, const struct operation *operation)
{
	return text("%s/%s", world->folder, operation->name);
}

void reference_load(const struct world *world, const struct operation *operation, struct reference *reference)
{
	struct lines *parts[PARTS];
	char *paths[PARTS];
	*reference = (struct reference){.operation = operation, .folder = folder_of(world, operation)};
	char *calls = text("%s.calls", reference->folder);
	name_parts(reference, parts, paths);
	for (int i = 0; i < PARTS; i++) {
		if (!lines_load(parts[i], paths[i]))
			die("%s: %s", paths[i], strerror(errno));
		free(paths[i]);
	}
	load_calls(calls, reference);
	free(calls);
}

/* ---- making one ---- */

void reference_make(const struct world *world, const struct operation *operation, bool memory)
{
	struct outcome outcome;
	struct reference reference = {.operation = operation, .folder = folder_of(world, operation)};
	char *base = text("%s/base", world->folder), *done = text("%s.done", reference.folder);
	operation_prepare(operation, world->script, base, reference.folder);
	if (!(operation->traits & OPERATION_MAKES_STORE)) {
		folder_copy(reference.folder, done);
		look(done, NULL, &reference.before);
		remove_tree(done);
	}
	folder_copy(reference.folder, done);
	program_run(world, operation, done, memory ? STRIKE_COUNT_MEMORY : STRIKE_COUNT, NULL, &outcome);
	if (outcome.code != 0 && operation->traits != OPERATION_READS)
		die("%s fails undisturbed: %s", operation->name, outcome.said);
	reference.calls = outcome.calls;
	reference.call_count = outcome.report.called;
	look(done, &reference.before, &reference.after);
	look_settled(done, NULL, &reference.settled);
	find_least(&reference);
	save(&reference);
	remove_tree(done);
	free(done);
	free(base);
	reference_free(&reference);
}

void reference_free(struct reference *reference)
{
	lines_free(&reference->before);
	lines_free(&reference->after);
	lines_free(&reference->settled);
	lines_free(&reference->least);
	free(reference->calls);
	free(reference->folder);
}
