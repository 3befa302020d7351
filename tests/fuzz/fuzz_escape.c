/*
 * fuzz_escape.c: whatever bytes a name has, a terminal sees none that does anything, and what it sees says which
 * bytes they were (invariant 9).
 */
#include <stdlib.h>
#include <string.h>

#include "cli/width.h"
#include "engine/text.h"
#include "tests/fuzz/fuzz.h"
#include "tui/cells.h"

/* Written here once more from the rule, not from the code: what does something instead of being shown. */
static bool is_harmless(uint32_t c)
{
	bool control = c < 0x20 || (c >= 0x7f && c <= 0x9f);
	bool direction = c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
			 (c >= 0x2066 && c <= 0x2069);
	bool separator = c == 0x2028 || c == 0x2029 || c == 0xfeff;
	return !control && !direction && !separator;
}

static void check_harmless(const char *text, size_t length)
{
	for (size_t at = 0; at < length;) {
		uint32_t code_point;
		size_t size = text_decode(text + at, length - at, &code_point);
		FUZZ_CHECK(size > 0);
		FUZZ_CHECK(is_harmless(code_point));
		at += size;
	}
}

static unsigned hex(const char *digits, size_t count)
{
	char copy[9] = "";
	memcpy(copy, digits, count);
	return (unsigned)strtoul(copy, NULL, 16);
}

static size_t encode(unsigned c, char *out)
{
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | c >> 12);
	out[1] = (char)(0x80 | (c >> 6 & 0x3f));
	out[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

/* Takes escapes with doubled backslashes back to the bytes that they stand for. */
static size_t unescape(const char *text, char *out)
{
	size_t length = 0;
	while (*text) {
		if (*text != '\\') {
			out[length++] = *text++;
			continue;
		}
		if (text[1] == 'x') {
			out[length++] = (char)hex(text + 2, 2);
			text += 4;
		} else if (text[1] == 'u') {
			size_t digits = strcspn(text + 3, "}");
			length += encode(hex(text + 3, digits), out + length);
			text += 3 + digits + 1;
		} else {
			out[length++] = text[1] == 'n' ? '\n' : text[1] == 't' ? '\t' : text[1];
			text += 2;
		}
	}
	return length;
}

/* A text that is cut is a beginning of the whole one, and fits. */
static void check_cut(const char *text, size_t size, const char *whole, size_t room)
{
	char *cut = malloc(room + 1);
	FUZZ_CHECK(cut);
	size_t length = text_escape(cut, room, text, size, true);
	if (room > 0) {
		FUZZ_CHECK(length < room && strlen(cut) == length);
		FUZZ_CHECK(strncmp(cut, whole, length) == 0);
		check_harmless(cut, length);
	}
	free(cut);
}

static void check_columns(const char *text, size_t columns)
{
	size_t length = width_cut(text, columns);
	FUZZ_CHECK(length <= strlen(text));
	char *cut = strndup(text, length);
	FUZZ_CHECK(cut && text_is_utf8(cut, length));
	FUZZ_CHECK(width_of(cut) <= columns);
	free(cut);
}

/* The same for the pieces that the console draws. */
static void check_pieces(const char *text, size_t size, int columns)
{
	struct piece piece;
	for (size_t at = 0, taken; (taken = cells_next(text + at, size - at, &piece)) > 0; at += taken) {
		FUZZ_CHECK(taken <= size - at);
		FUZZ_CHECK(piece.length == strlen(piece.text) && piece.columns >= 0);
		check_harmless(piece.text, piece.length);
	}
	char *copy = strndup(text, size);
	FUZZ_CHECK(copy);
	struct cells_cut cut = cells_cut(copy, columns, columns > 0);
	FUZZ_CHECK(cut.columns <= columns && cut.length <= strlen(copy));
	const char *row = copy;
	for (size_t rows = 0; row; rows++) {
		const char *next = NULL;
		size_t length = cells_wrap(row, columns > 0 ? columns : 1, &next);
		FUZZ_CHECK(length <= strlen(row));
		FUZZ_CHECK(!next || next > row);
		FUZZ_CHECK(rows <= size);
		row = next;
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	size_t room = fuzz_take_byte(&input);
	const char *text = (const char *)input.at;
	size_t length = input.left, most = TEXT_ESCAPED_SIZE(length);
	char *whole = malloc(most), *plain = malloc(most), *back = malloc(most);
	FUZZ_CHECK(whole && plain && back);
	size_t written = text_escape(whole, most, text, length, true);
	FUZZ_CHECK(written < most && strlen(whole) == written);
	check_harmless(whole, written);
	FUZZ_CHECK(unescape(whole, back) == length && memcmp(back, text, length) == 0);
	/* What is harmless already stays, so that escaping twice is escaping once. */
	written = text_escape(plain, most, text, length, false);
	FUZZ_CHECK(text_escape(back, most, plain, written, false) == written && strcmp(plain, back) == 0);
	FUZZ_CHECK(width_of(plain) <= 2 * written);
	check_cut(text, length, whole, room);
	check_columns(plain, room);
	check_pieces(text, length, (int)room);
	free(whole);
	free(plain);
	free(back);
	return 0;
}
