#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/text.h"

static struct scratch folder;
static pid_t folder_of;

/* Children that end by exit() leave it to their parent. */
static void remove_folder(void)
{
	if (folder_of == getpid())
		scratch_remove(&folder);
	folder_of = 0;
}

_Noreturn void fuzz_fail(const char *file, int line, const char *condition, const char *detail)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	if (detail) {
		size_t length = strlen(detail);
		char *escaped = malloc(TEXT_ESCAPED_SIZE(length));
		if (escaped) {
			text_escape(escaped, TEXT_ESCAPED_SIZE(length), detail, length, true);
			fprintf(stderr, "%s\n", escaped);
		}
		free(escaped);
	}
	remove_folder();
	abort();
}

const struct scratch *fuzz_folder(void)
{
	if (folder_of == 0) {
		scratch_make(&folder);
		folder_of = getpid();
		atexit(remove_folder);
	}
	return &folder;
}

void fuzz_write(const char *name, const void *data, size_t size)
{
	int fd = open(scratch_path(fuzz_folder(), name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	FUZZ_CHECK(fd >= 0);
	FUZZ_CHECK(pwrite(fd, data, size, 0) == (ssize_t)size);
	FUZZ_CHECK(ftruncate(fd, (off_t)size) == 0);
	close(fd);
}

uint8_t fuzz_take_byte(struct fuzz_input *input)
{
	if (input->left == 0)
		return 0;
	input->left--;
	return *input->at++;
}

uint64_t fuzz_take_number(struct fuzz_input *input, unsigned bytes)
{
	uint64_t number = 0;
	for (unsigned i = 0; i < bytes; i++)
		number = number << 8 | fuzz_take_byte(input);
	return number;
}

size_t fuzz_take_bytes(struct fuzz_input *input, size_t most, const uint8_t **bytes)
{
	size_t count = input->left < most ? input->left : most;
	*bytes = input->at;
	input->at += count;
	input->left -= count;
	return count;
}

char *fuzz_take_text(struct fuzz_input *input, size_t most)
{
	const uint8_t *bytes;
	size_t count = fuzz_take_bytes(input, most, &bytes);
	char *text = malloc(count + 1);
	FUZZ_CHECK(text);
	memcpy(text, bytes, count);
	text[count] = '\0';
	return text;
}

void fuzz_check_error(const struct error *error)
{
	size_t length = strnlen(error->message, sizeof(error->message));
	FUZZ_CHECK(error->code > ERROR_NONE && error->code <= ERROR_MEMORY);
	FUZZ_CHECK(length > 0 && length < sizeof(error->message));
	FUZZ_CHECK(error_code_name(error->code) != NULL);
}

/* Lines that the text has, and the characters of line number `line`. */
static unsigned measure(const char *text, size_t length, unsigned line, size_t *characters)
{
	unsigned lines = 1;
	*characters = 0;
	for (size_t at = 0; at < length; at++) {
		if (lines == line && text[at] != '\n' && ((unsigned char)text[at] & 0xc0) != 0x80)
			++*characters;
		lines += text[at] == '\n';
	}
	return lines;
}

void fuzz_check_fault(const struct error *error, const char *path, const char *text, size_t length)
{
	unsigned line = 0, column = 0;
	int end = 0;
	size_t characters;
	fuzz_check_error(error);
	FUZZ_CHECK_WITH(error->code == ERROR_CONFIG, error->message);
	FUZZ_CHECK_WITH(strncmp(error->message, path, strlen(path)) == 0, error->message);
	FUZZ_CHECK_WITH(
		sscanf(error->message + strlen(path), ":%u:%u: %n", &line, &column, &end) == 2 && end > 0,
		error->message);
	FUZZ_CHECK_WITH(strstr(error->message + strlen(path) + end, "found ") &&
				strstr(error->message, ", allowed is "),
		error->message);
	FUZZ_CHECK_WITH(line >= 1 && line <= measure(text, length, line, &characters), error->message);
	FUZZ_CHECK_WITH(column >= 1 && column <= characters + 1, error->message);
}
