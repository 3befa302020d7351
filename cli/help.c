#include "cli/help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/allocate.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/version.h"

enum { OPTION_COLUMNS = 24, SUMMARY_COLUMNS = 16 };

static const char usage[] = "linckia [-c CONFIG] [--json] [-q] COMMAND ...";

static bool is_in_group(const struct command *command, const char *group)
{
	size_t length = group ? strlen(group) : 0;
	return !group || (strncmp(command->name, group, length) == 0 && command->name[length] == ' ');
}

/* "-o, --output PATH", "-w, --watch [SECONDS]" */
static char *option_label(const struct option *option)
{
	char letter[] = {'-', option->letter, ',', ' ', '\0'};
	const char *open = option->optional ? " [" : option->value ? " " : "";
	return allocate_print("%s--%s%s%s%s", option->letter ? letter : "    ", option->name, open,
		option->value ? option->value : "", option->optional ? "]" : "");
}

static void print_options(const struct option *options)
{
	for (const struct option *option = options; option && option->name; option++) {
		char *label = option_label(option);
		if (strlen(label) > OPTION_COLUMNS)
			output_print("  %s\n  %*s  %s\n", label, OPTION_COLUMNS, "", option->help);
		else
			output_print("  %-*s  %s\n", OPTION_COLUMNS, label, option->help);
		free(label);
	}
}

static cJSON *options_json(const struct option *options)
{
	cJSON *array = cJSON_CreateArray();
	for (const struct option *option = options; option && option->name; option++) {
		cJSON *object = cJSON_CreateObject();
		char letter[] = {option->letter, '\0'};
		json_add_text(object, "letter", option->letter ? letter : NULL);
		json_add_text(object, "name", option->name);
		json_add_text(object, "value", option->value);
		json_add_text(object, "meaning", meaning_name(option->meaning));
		json_add_text(object, "help", option->help);
		cJSON_AddBoolToObject(object, "repeatable", option->repeatable);
		cJSON_AddBoolToObject(object, "optional", option->optional);
		cJSON_AddItemToArray(array, object);
	}
	return array;
}

/* The meaning of each operand; what stands for the last one stands for all further ones. */
static cJSON *operands_json(const struct operands *operands)
{
	cJSON *object = cJSON_CreateObject();
	json_add_integer(object, "least", operands->least);
	if (operands->most == OPERANDS_ANY)
		cJSON_AddNullToObject(object, "most");
	else
		json_add_integer(object, "most", operands->most);
	cJSON *meanings = cJSON_AddArrayToObject(object, "meanings");
	for (size_t i = 0; i < OPERAND_MEANINGS_MAX && operands->meanings[i] != MEANS_NOTHING; i++)
		cJSON_AddItemToArray(meanings, cJSON_CreateString(meaning_name(operands->meanings[i])));
	return object;
}

static cJSON *command_json(const struct command *command)
{
	cJSON *object = cJSON_CreateObject();
	json_add_text(object, "name", command->name);
	json_add_text(object, "synopsis", command->synopsis);
	json_add_text(object, "summary", command->summary);
	json_add_text(object, "description", command->description);
	cJSON_AddItemToObject(object, "operands", operands_json(&command->operands));
	cJSON_AddItemToObject(object, "options", options_json(command->options));
	return object;
}

static void list_json(const char *group)
{
	cJSON *object = cJSON_CreateObject();
	cJSON *array = cJSON_AddArrayToObject(object, "commands");
	for (size_t i = 0; i < command_count; i++) {
		if (is_in_group(&commands[i], group))
			cJSON_AddItemToArray(array, command_json(&commands[i]));
	}
	cJSON_AddItemToObject(object, "options", options_json(global_options));
	output_document(object);
}

void help_list(const char *group)
{
	if (output_is_json()) {
		list_json(group);
		return;
	}
	if (group)
		output_print("Usage: linckia %s COMMAND ...\n\nCommands:\n", group);
	else
		output_print(
			"Usage: %s\n\n"
			"Keeps each file on several disks, mounts or folders, and every byte verified.\n\n"
			"Commands:\n",
			usage);
	for (size_t i = 0; i < command_count; i++) {
		if (is_in_group(&commands[i], group))
			output_print("  %-*s  %s\n", SUMMARY_COLUMNS, commands[i].name, commands[i].summary);
	}
	output_print("\nOptions, before or after the command:\n");
	print_options(global_options);
	output_print(
		"\nWithout -c, the config is $LINCKIA_CONFIG, ./config.yaml, ~/.config/linckia/config.yaml\n"
		"or /etc/linckia/config.yaml, the first that exists.\n"
		"'linckia COMMAND --help' explains a command.\n");
}

/* Lines of a synopsis that follow the first stand under the first one's operands. */
static void print_synopsis(const struct command *command)
{
	int indent = (int)(strlen("Usage: linckia ") + strlen(command->name) + 1);
	output_print("Usage: linckia %s", command->name);
	for (const char *line = command->synopsis; *line;) {
		size_t length = strcspn(line, "\n");
		if (line == command->synopsis)
			output_print(" %.*s", (int)length, line);
		else
			output_print("\n%*s%.*s", indent, "", (int)length, line);
		line += length + (line[length] == '\n');
	}
	output_print("\n\n");
}

void help_command(const struct command *command)
{
	if (output_is_json()) {
		output_document(command_json(command));
		return;
	}
	print_synopsis(command);
	output_print("%s", command->description);
	if (command->options) {
		output_print("\nOptions:\n");
		print_options(command->options);
	}
	output_print("\nOptions of every command:\n");
	print_options(global_options);
}

void help_usage(void)
{
	fprintf(stderr, "Usage: %s\nTry 'linckia --help'.\n", usage);
}

void help_version(void)
{
	if (output_is_json()) {
		cJSON *object = cJSON_CreateObject();
		json_add_text(object, "version", LINCKIA_VERSION);
		output_document(object);
	} else {
		output_print("linckia %s\n", LINCKIA_VERSION);
	}
}
