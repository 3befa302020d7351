/*
 * main.c: makes a manual page from a template.
 *
 *	manual TEMPLATE DATE >PAGE
 *
 * Lines are copied. In them @VERSION@ and @DATE@ are replaced, and some lines stand for what only the tables know:
 *
 *	@OPTIONS@ @COMMANDS@     of the program, with usage, description and options
 *	@CHECKS@ @FIELDS@        the codes of checks, and what an expectation may name
 *	@CONFIG repair.grace@    begins the entry of a key of the config: its name, what it allows, its default
 *	@SCENARIO seed@          the same of a scenario
 *	@STEP put@               says that the entry that begins here, up to the next such line or @END@, is about a
 *	                         step, and must name each of its keys in bold; what they allow is added
 *
 * A page that names a key or a step that does not exist, or leaves one out, is not made: the build fails.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/version.h"
#include "packaging/manual/tables.h"

enum { LINE_MAX_BYTES = 1024, ENTRY_MAX_BYTES = 8192, STEP_MAX_BYTES = 32 };

struct page {
	const char *path, *date;
	unsigned line;
	bool failed;
	bool used[BOOKS];
	char step[STEP_MAX_BYTES]; /* whose entry this is, or "" */
	char entry[ENTRY_MAX_BYTES];
};

static void fail(struct page *page, const char *what, const char *about)
{
	fprintf(stderr, "%s:%u: %s '%s'\n", page->path, page->line, what, about);
	page->failed = true;
}

/* The entry of a step is whole: it must have spoken of all keys. */
static void end_step(struct page *page)
{
	const char *key;
	for (size_t i = 0; *page->step && (key = tables_step_key(page->step, i)) != NULL; i++) {
		char bold[64];
		snprintf(bold, sizeof(bold), "\\fB%s\\fR", key);
		if (!strstr(page->entry, bold))
			fail(page, "the step above says nothing of its key", key);
	}
	if (*page->step)
		tables_step_keys(page->step);
	page->step[0] = page->entry[0] = '\0';
}

static void copy_line(struct page *page, const char *line)
{
	size_t used = strlen(page->entry);
	if (*page->step)
		snprintf(page->entry + used, sizeof(page->entry) - used, "%s", line);
	for (const char *at = line; *at;) {
		if (strncmp(at, "@VERSION@", 9) == 0) {
			fputs(LINCKIA_VERSION, stdout);
			at += 9;
		} else if (strncmp(at, "@DATE@", 6) == 0) {
			fputs(page->date, stdout);
			at += 6;
		} else {
			putchar(*at++);
		}
	}
}

/* "@NAME@" or "@NAME ARGUMENT@", taken apart within `line`. False: the line is none of these. */
static bool take_apart(char *line, char **name, char **argument)
{
	size_t length = strcspn(line, "\n");
	if (length < 3 || line[0] != '@' || line[length - 1] != '@' || memchr(line + 1, '@', length - 2))
		return false;
	line[length - 1] = '\0';
	*name = line + 1;
	*argument = strchr(line, ' ');
	if (*argument)
		*(*argument)++ = '\0';
	else
		*argument = line + strlen(line);
	return true;
}

static void expand(struct page *page, const char *name, const char *argument)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} parts[] = {{"COMMANDS", tables_commands}, {"OPTIONS", tables_global_options},
		{"CHECKS", tables_checks}, {"FIELDS", tables_fields}, {"END", NULL}};
	static const char *const book_names[BOOKS] = {"CONFIG", "SCENARIO"};
	end_step(page);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (strcmp(parts[i].name, name) == 0) {
			if (parts[i].print)
				parts[i].print();
			return;
		}
	}
	for (int i = 0; i < BOOKS; i++) {
		if (strcmp(book_names[i], name) != 0)
			continue;
		page->used[i] = true;
		if (!tables_key((enum book)i, argument))
			fail(page, "there is no key", argument);
		return;
	}
	if (strcmp(name, "STEP") != 0) {
		fail(page, "nothing is known of", name);
	} else {
		snprintf(page->step, sizeof(page->step), "%s", argument);
		if (!tables_step(argument))
			fail(page, "there is no step", argument);
	}
}

static void make(struct page *page, FILE *template)
{
	char line[LINE_MAX_BYTES], *name, *argument;
	while (fgets(line, sizeof(line), template)) {
		page->line++;
		if (take_apart(line, &name, &argument))
			expand(page, name, argument);
		else
			copy_line(page, line);
	}
	end_step(page);
	for (int i = 0; i < BOOKS; i++)
		if (page->used[i] && !tables_all_told((enum book)i))
			fail(page, "the page is not complete", page->path);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "Usage: manual TEMPLATE DATE >PAGE\n");
		return 2;
	}
	struct page page = {.path = argv[1], .date = argv[2]};
	FILE *template = fopen(page.path, "r");
	if (!template) {
		perror(page.path);
		return 1;
	}
	make(&page, template);
	fclose(template);
	return fflush(stdout) != 0 || page.failed;
}
