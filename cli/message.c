#include "cli/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/allocate.h"
#include "cli/colour.h"
#include "cli/json.h"
#include "cli/progress.h"

static struct {
	bool json;
	bool quiet;
	bool coloured;
} settings;

void message_start(bool json, bool quiet)
{
	settings.json = json;
	settings.quiet = quiet;
	settings.coloured = colour_wanted(STDERR_FILENO);
}

static void print_line(enum colour colour, const char *label, const char *text)
{
	size_t length = strlen(text), size = TEXT_ESCAPED_SIZE(length);
	char *escaped = allocate(size, 1);
	text_escape(escaped, size, text, length, false);
	const char *begin = settings.coloured ? colour_begin(colour) : "";
	progress_clear();
	fprintf(stderr, "linckia: %s%s%s%s\n", begin, label, *begin ? COLOUR_END : "", escaped);
	free(escaped);
}

static void print_object(const char *kind, const struct error *error)
{
	cJSON *object = cJSON_CreateObject();
	cJSON *inner = cJSON_AddObjectToObject(object, kind);
	json_add_text(inner, "code", error_code_name(error->code));
	json_add_text(inner, "message", error->message);
	char *text = json_print(object);
	progress_clear();
	fprintf(stderr, "%s\n", text);
	free(text);
	cJSON_Delete(object);
}

void message_error(const struct error *error)
{
	if (settings.json)
		print_object("error", error);
	else if (error->code == ERROR_CANCELLED)
		print_line(COLOUR_BAD, "", error->message); /* which says so itself */
	else
		print_line(COLOUR_BAD, "error: ", error->message);
}

void message_warning(const struct error *warning)
{
	if (settings.json)
		print_object("warning", warning);
	else
		print_line(COLOUR_WARNING, "warning: ", warning->message);
}

void message_information(const char *format, ...)
{
	if (settings.json || settings.quiet)
		return;
	char *text = NULL;
	va_list arguments;
	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	print_line(COLOUR_NONE, "", text);
	free(text);
}

void message_hint(const char *command)
{
	/* Who runs this from another program is told there how it is used. */
	if (!settings.json && !getenv("LINCKIA_PARENT"))
		fprintf(stderr, "Try 'linckia%s%s --help'.\n", command ? " " : "", command ? command : "");
}
