#include "cli/output.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/allocate.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/progress.h"

static struct {
	bool json;
	bool terminal;
	bool coloured;
	int failure; /* errno of the first write that failed, or 0 */
} output;

static struct {
	bool holding;
	char *text;
	size_t length, room;
} held;

void output_guard(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
			continue;
		/*
		 * Opened the wrong way round on purpose: reading from a closed standard input and writing
		 * to a closed standard output must still fail.
		 */
		int opened = open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
		if (opened != fd)
			_Exit(EXIT_FAILURE);
	}
}

void output_start(bool json)
{
	output.json = json;
	output.terminal = isatty(STDOUT_FILENO);
	output.coloured = !json && colour_wanted(STDOUT_FILENO);
	output.failure = 0;
}

bool output_is_json(void)
{
	return output.json;
}

bool output_is_terminal(void)
{
	return output.terminal;
}

static void check(bool written)
{
	if (!written && !output.failure)
		output.failure = errno ? errno : EIO;
}

/* There is always room for a closing NUL. */
static void hold(const char *text, size_t length)
{
	if (held.length + length >= held.room) {
		held.room = 2 * (held.length + length + 1);
		held.text = allocate_again(held.text, held.room, 1);
	}
	memcpy(held.text + held.length, text, length);
	held.length += length;
}

static void put(const char *text, size_t length)
{
	if (output.failure || length == 0)
		return;
	if (held.holding) {
		hold(text, length);
		return;
	}
	if (output.terminal)
		progress_clear();
	errno = 0;
	check(fwrite(text, 1, length, stdout) == length);
}

void output_print(const char *format, ...)
{
	char *text = NULL;
	va_list arguments;
	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		errno = ENOMEM;
		check(false);
		return;
	}
	put(text, (size_t)length);
	free(text);
}

static void put_escaped(const char *text, bool double_backslash)
{
	size_t length = strlen(text), size = TEXT_ESCAPED_SIZE(length);
	char *escaped = allocate(size, 1);
	put(escaped, text_escape(escaped, size, text, length, double_backslash));
	free(escaped);
}

void output_text(const char *text)
{
	put_escaped(text, false);
}

void output_name(const char *name)
{
	if (output.terminal)
		put_escaped(name, true);
	else
		put(name, strlen(name));
}

void output_byte(char byte)
{
	put(&byte, 1);
}

void output_coloured(enum colour colour, const char *text)
{
	const char *begin = output.coloured ? colour_begin(colour) : "";
	output_print("%s%s%s", begin, text, *begin ? COLOUR_END : "");
}

void output_hold(void)
{
	assert(!held.holding);
	held.holding = true;
}

char *output_held(void)
{
	assert(held.holding);
	char *text = held.text ? held.text : allocate(1, 1);
	text[held.length] = '\0';
	memset(&held, 0, sizeof(held));
	return text;
}

void output_flush(void)
{
	if (output.failure)
		return;
	errno = 0;
	check(fflush(stdout) == 0);
}

static void put_item(cJSON *item)
{
	char *text = json_print(item);
	put(text, strlen(text));
	free(text);
	cJSON_Delete(item);
}

void output_document(cJSON *item)
{
	put_item(item);
	output_byte('\n');
}

void output_open_object(cJSON *item)
{
	assert(cJSON_IsObject(item));
	char *text = json_print(item);
	put(text, strlen(text) - 1);
	free(text);
	cJSON_Delete(item);
}

void output_array_add(struct output_array *array, cJSON *item)
{
	output_print("%s", array->begun ? ",\n" : "[\n");
	array->begun = true;
	put_item(item);
}

void output_array_end(struct output_array *array)
{
	output_print("%s", array->begun ? "\n]" : "[]");
}

bool output_failed(void)
{
	return output.failure != 0;
}

bool output_is_closed(void)
{
	return output.failure == EPIPE;
}

int output_finish(void)
{
	output_flush();
	errno = 0;
	if (fclose(stdout) != 0)
		check(false);
	if (!output.failure)
		return 0;
	/* EINTR comes from a signal that asked to stop; what was interrupted says so itself. */
	if (output.failure != EPIPE && output.failure != EINTR) {
		struct error error;
		error_set_errno(&error, output.failure, "cannot write to standard output");
		message_error(&error);
	}
	return -1;
}
