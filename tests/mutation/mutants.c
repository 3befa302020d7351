/*
 * mutants.c: lists the mutants of a C source file, or writes one of them.
 *
 *	mutants list FILE [SEED]     NUMBER LINE FUNCTION KIND CHANGE DRAW, separated by tabs
 *	mutants write FILE NUMBER    the file with that change
 *
 * DRAW is a hash of the seed, the function and the change: the mutants with the lowest ones are a sample, and stay in
 * it when something else in the file changes.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/mutation/mutate.h"

static char *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	*size = 0;
	if (!file || fseek(file, 0, SEEK_END) < 0 || (text = calloc(1, (size_t)ftell(file) + 1)) == NULL) {
		perror(path);
		exit(2);
	}
	size_t room = (size_t)ftell(file);
	rewind(file);
	*size = fread(text, 1, room, file);
	fclose(file);
	return text;
}

/* Appends a stretch of source with every run of blanks as one space. */
static void add_words(char *out, size_t *length, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		bool blank = isspace((unsigned char)text[i]) != 0;
		if (!blank)
			out[(*length)++] = text[i];
		else if (*length && out[*length - 1] != ' ')
			out[(*length)++] = ' ';
	}
	out[*length] = '\0';
}

/* The change with what else is on its lines: "if ({count < 0 => !(count < 0)})". */
static char *describe(const char *text, size_t size, const struct mutant *mutant)
{
	size_t from = mutant->start, to = mutant->end, length = 0;
	while (from > 0 && text[from - 1] != '\n')
		from--;
	while (to < size && text[to] != '\n')
		to++;
	char *out = malloc(to - from + strlen(mutant->with) + 16);
	if (!out)
		abort();
	add_words(out, &length, text + from, mutant->start - from);
	add_words(out, &length, "{", 1);
	add_words(out, &length, text + mutant->start, mutant->end - mutant->start);
	add_words(out, &length, " => ", 4);
	add_words(out, &length, mutant->with, strlen(mutant->with));
	add_words(out, &length, "}", 1);
	add_words(out, &length, text + mutant->end, to - mutant->end);
	return out;
}

/* FNV-1a, whose last multiplication leaves the low bits well mixed. */
static uint64_t hash(uint64_t value, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		value = (value ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	return value;
}

static void list(const struct mutants *mutants, const char *text, size_t size, const char *seed)
{
	for (size_t i = 0; i < mutants->count; i++) {
		const struct mutant *mutant = &mutants->list[i];
		const struct token *name = &mutants->tokens->list[mutant->function];
		char *change = describe(text, size, mutant);
		uint64_t draw = hash(UINT64_C(0xcbf29ce484222325), seed, strlen(seed));
		draw = hash(draw, text + name->start, name->end - name->start);
		draw = hash(draw, change, strlen(change));
		printf("%zu\t%u\t%.*s\t%s\t%s\t%08" PRIx32 "\n", i, mutant->line,
			(int)(name->end - name->start), text + name->start, mutant->kind, change,
			(uint32_t)(draw ^ (draw >> 32)));
		free(change);
	}
}

static void write_one(const struct mutants *mutants, const char *text, size_t size, size_t number)
{
	const struct mutant *mutant = &mutants->list[number];
	fwrite(text, 1, mutant->start, stdout);
	fputs(mutant->with, stdout);
	fwrite(text + mutant->end, 1, size - mutant->end, stdout);
}

int main(int count, char **words)
{
	bool lists = count >= 3 && strcmp(words[1], "list") == 0;
	if (!lists && !(count == 4 && strcmp(words[1], "write") == 0)) {
		fprintf(stderr, "usage: mutants list FILE [SEED] | mutants write FILE NUMBER\n");
		return 2;
	}
	size_t size;
	char *text = read_file(words[2], &size);
	struct tokens tokens;
	struct mutants mutants;
	tokens_read(&tokens, text, size);
	mutants_find(&mutants, &tokens);
	size_t number = lists ? 0 : strtoul(words[3], NULL, 10);
	if (lists)
		list(&mutants, text, size, count > 3 ? words[3] : "1");
	else if (number < mutants.count)
		write_one(&mutants, text, size, number);
	bool known = lists || number < mutants.count;
	mutants_release(&mutants);
	tokens_release(&tokens);
	free(text);
	return known && fflush(stdout) == 0 ? 0 : 1;
}
