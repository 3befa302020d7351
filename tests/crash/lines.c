/*
 * lines.c: see lines.h.
 */
#include "tests/crash/lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lines_add(struct lines *lines, const char *format, ...)
{
	va_list arguments;
	if (lines->count == lines->room) {
		lines->room = 2 * lines->room + 64;
		lines->text = reallocarray(lines->text, lines->room, sizeof(*lines->text));
		if (!lines->text)
			abort();
	}
	va_start(arguments, format);
	if (vasprintf(&lines->text[lines->count++], format, arguments) < 0)
		abort();
	va_end(arguments);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void lines_sort(struct lines *lines)
{
	size_t kept = 0;
	if (lines->count)
		qsort(lines->text, lines->count, sizeof(*lines->text), by_text);
	for (size_t i = 0; i < lines->count; i++) {
		if (kept && strcmp(lines->text[kept - 1], lines->text[i]) == 0)
			free(lines->text[i]);
		else
			lines->text[kept++] = lines->text[i];
	}
	lines->count = kept;
}

bool lines_have(const struct lines *lines, const char *line)
{
	return lines->count && bsearch(&line, lines->text, lines->count, sizeof(*lines->text), by_text);
}

const char *lines_missing(
	const struct lines *all, char kind, const struct lines *some, const struct lines *others)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->text[i][0] == kind && !lines_have(some, all->text[i]) &&
			!(others && lines_have(others, all->text[i])))
			return all->text[i];
	return NULL;
}

void lines_free(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		free(lines->text[i]);
	free(lines->text);
	*lines = (struct lines){0};
}

bool lines_save(const struct lines *lines, const char *path)
{
	FILE *file = fopen(path, "we");
	if (!file)
		return false;
	for (size_t i = 0; i < lines->count; i++)
		fprintf(file, "%s\n", lines->text[i]);
	return fclose(file) == 0;
}

bool lines_load(struct lines *lines, const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	if (!file)
		return false;
	while ((length = getline(&line, &size, file)) > 0)
		lines_add(lines, "%.*s", (int)length - 1, line);
	free(line);
	fclose(file);
	lines_sort(lines);
	return true;
}
