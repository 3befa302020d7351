#include "cli/width.h"

#include <string.h>

#include "engine/engine.h"

/* Columns of the character at `text`, whose length goes into `step`. */
static size_t character_width(const char *text, size_t length, size_t *step)
{
	uint32_t code_point;
	*step = text_decode(text, length, &code_point);
	if (*step == 0) {
		*step = 1;
		return 1;
	}
	int width = text_width(code_point);
	return width > 0 ? (size_t)width : 0;
}

size_t width_of(const char *text)
{
	size_t length = strlen(text), columns = 0, step;
	for (size_t i = 0; i < length; i += step)
		columns += character_width(text + i, length - i, &step);
	return columns;
}

size_t width_cut(const char *text, size_t columns)
{
	size_t length = strlen(text), used = 0, step;
	for (size_t i = 0; i < length; i += step) {
		used += character_width(text + i, length - i, &step);
		if (used > columns)
			return i;
	}
	return length;
}
