#include "cli/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/allocate.h"
#include "cli/output.h"

enum { ROWS_DEFAULT = 24, ROWS_MIN = 3, MORE_SIZE = 64 };

static const char begin[] = "\033[?7l\033[H"; /* no line wraps; from the upper left corner */
static const char end_line[] = "\033[K\n";    /* clears what an earlier line left to the right */
static const char end[] = "\033[J\033[?7h";   /* the same below */

bool frame_is_possible(void)
{
	const char *terminal = getenv("TERM");
	return isatty(STDOUT_FILENO) && terminal && *terminal && strcmp(terminal, "dumb") != 0;
}

static size_t count_lines(const char *text)
{
	size_t lines = 0;
	for (; (text = strchr(text, '\n')) != NULL; text++)
		lines++;
	return lines;
}

char *frame_make(const char *text, size_t rows)
{
	if (rows < ROWS_MIN)
		rows = ROWS_MIN;
	size_t lines = count_lines(text), shown = lines < rows ? lines : rows - 2;
	size_t size = sizeof(begin) + strlen(text) + lines * sizeof(end_line) + MORE_SIZE + sizeof(end);
	char *out = allocate(size, 1), *at = stpcpy(out, begin);
	for (size_t i = 0; i < shown; i++) {
		size_t length = strcspn(text, "\n");
		memcpy(at, text, length);
		at = stpcpy(at + length, end_line);
		text += length + 1;
	}
	if (shown < lines)
		at += sprintf(at, "(%zu more lines)%s", lines - shown, end_line);
	strcpy(at, end);
	return out;
}

void frame_draw(const char *text)
{
	struct winsize size;
	bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
	char *frame = frame_make(text, known ? size.ws_row : ROWS_DEFAULT);
	output_print("%s", frame);
	output_flush();
	free(frame);
}
