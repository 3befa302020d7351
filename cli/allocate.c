#include "cli/allocate.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void out_of_memory(void)
{
	fputs("linckia: out of memory\n", stderr);
	_Exit(EXIT_FAILURE);
}

void *allocate(size_t count, size_t size)
{
	/* calloc() checks the product; a zero size may yield NULL without being a failure. */
	void *memory = calloc(count ? count : 1, size ? size : 1);
	if (!memory)
		out_of_memory();
	return memory;
}

void *allocate_again(void *array, size_t count, size_t size)
{
	void *memory = reallocarray(array, count ? count : 1, size ? size : 1);
	if (!memory)
		out_of_memory();
	return memory;
}

char *allocate_text(const char *text, size_t length)
{
	if (length == SIZE_MAX)
		out_of_memory();
	char *copy = allocate(length + 1, 1);
	memcpy(copy, text, length);
	return copy;
}

char *allocate_print(const char *format, ...)
{
	char *text = NULL;
	va_list arguments;
	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		out_of_memory();
	return text;
}
