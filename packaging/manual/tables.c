#include "packaging/manual/tables.h"

#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "engine/field.h"
#include "packaging/manual/roff.h"

static void print_options(const struct option *options)
{
	for (const struct option *option = options; option && option->name; option++) {
		puts(".TP");
		if (option->letter)
			printf("\\fB\\-%c\\fR, ", option->letter);
		fputs("\\fB\\-\\-", stdout);
		roff_text(option->name, strlen(option->name));
		fputs("\\fR", stdout);
		if (option->value) {
			fputs(option->optional ? " [" : " ", stdout);
			roff_synopsis(option->value, strlen(option->value));
			fputs(option->optional ? "]" : "", stdout);
		}
		putchar('\n');
		roff_text(option->help, strlen(option->help));
		putchar('\n');
	}
}

static void print_command(const struct command *command)
{
	fputs(".TP\n\\fB", stdout);
	roff_text(command->name, strlen(command->name));
	fputs("\\fR", stdout);
	for (const char *line = command->synopsis; *line;) {
		size_t length = strcspn(line, "\n");
		fputs(line == command->synopsis ? " " : "\n.TQ\n\\ \\ \\ \\ ", stdout);
		roff_synopsis(line, length);
		line += length + (line[length] == '\n');
	}
	putchar('\n');
	roff_description(command->description);
	if (command->options) {
		puts(".RS");
		print_options(command->options);
		puts(".RE");
	}
}

void tables_commands(void)
{
	for (size_t i = 0; i < command_count; i++)
		print_command(&commands[i]);
}

void tables_global_options(void)
{
	print_options(global_options);
}

void tables_checks(void)
{
	for (unsigned i = 0; i < CHECK_CODES; i++) {
		const char *name = check_code_name((enum check_code)i);
		printf("%s\\%%", i == 0 ? "" : i + 1 == CHECK_CODES ? " and\n" : ",\n");
		roff_text(name, strlen(name));
	}
	puts(".");
}

/* The bytes of the word that the path begins with, if there is more of it. */
static size_t group_length(const char *path)
{
	const char *dot = strchr(path, '.');
	return dot ? (size_t)(dot - path) : 0;
}

static void print_words(const char *path)
{
	struct field field;
	const char *word;
	if (!field_find(path, &field) || field.kind != FIELD_WORD)
		return;
	for (unsigned i = 0; (word = field_word(&field, i)) != NULL; i++) {
		fputs(i ? ", " : " (", stdout);
		roff_text(word, strlen(word));
	}
	putchar(')');
}

void tables_fields(void)
{
	char path[128], group[128] = "-";
	for (size_t i = 0; field_pattern(i, path, sizeof(path)); i++) {
		size_t length = group_length(path);
		bool same = length == strlen(group) && strncmp(path, group, length) == 0;
		if (!same) {
			snprintf(group, sizeof(group), "%.*s", (int)length, path);
			fputs(i ? ".\n.TP\n" : ".TP\n", stdout);
			printf("\\fB%s\\fR\n", length ? group : "of the store");
		} else {
			puts(",");
		}
		fputs("\\%", stdout);
		roff_text(path, strlen(path));
		print_words(path);
	}
	puts(".");
}
