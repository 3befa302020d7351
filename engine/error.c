#include "engine/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void error_clear(struct error *error)
{
	error->code = ERROR_NONE;
	error->system_errno = 0;
	error->message[0] = '\0';
}

int error_set(struct error *error, enum error_code code, const char *format, ...)
{
	if (!error)
		return -1;
	error->code = code;
	error->system_errno = 0;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	return -1;
}

static enum error_code code_of_errno(int number)
{
	switch (number) {
	case ENOSPC:
	case EDQUOT:
		return ERROR_NO_SPACE;
	case ENOENT:
		return ERROR_NOT_FOUND;
	case ENOMEM:
		return ERROR_MEMORY;
	default:
		return ERROR_IO;
	}
}

/* Writes ": tail" into what is left of a message, cutting it where there is no more room. */
static void join(char *out, size_t size, const char *tail)
{
	size_t length = strnlen(tail, size < 3 ? 0 : size - 3);
	if (size < 3)
		return;
	memcpy(out, ": ", 2);
	memcpy(out + 2, tail, length);
	out[2 + length] = '\0';
}

int error_set_errno(struct error *error, int number, const char *format, ...)
{
	if (!error)
		return -1;
	error->code = code_of_errno(number);
	error->system_errno = number;
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	size_t used = length < 0 ? 0 : (size_t)length;
	if (used < sizeof(error->message)) {
		char reason[128];
		join(error->message + used, sizeof(error->message) - used,
			strerror_r(number, reason, sizeof(reason)));
	}
	return -1;
}

int error_context(struct error *error, const char *format, ...)
{
	if (!error)
		return -1;
	char message[sizeof(error->message)];
	memcpy(message, error->message, sizeof(message));
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	size_t used = length < 0 ? 0 : (size_t)length;
	if (used < sizeof(error->message))
		join(error->message + used, sizeof(error->message) - used, message);
	return -1;
}
