/*
 * input.c: editing a line by characters and words, as shells do.
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/input.h"
#include "tui/keys.h"

enum {
	CTRL_A = 1,
	CTRL_B = 2,
	CTRL_D = 4,
	CTRL_E = 5,
	CTRL_F = 6,
	CTRL_H = 8,
	CTRL_K = 11,
	CTRL_N = 14,
	CTRL_P = 16,
	CTRL_U = 21,
	CTRL_W = 23,
	RUBOUT = 127,
};

static bool continues(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

static size_t character_before(const struct input *input, size_t at)
{
	if (at > 0)
		at--;
	while (at > 0 && continues(input->text[at]))
		at--;
	return at;
}

static size_t character_after(const struct input *input, size_t at)
{
	if (at < input->length)
		at++;
	while (at < input->length && continues(input->text[at]))
		at++;
	return at;
}

static size_t word_before(const struct input *input, size_t at)
{
	while (at > 0 && input->text[at - 1] == ' ')
		at--;
	while (at > 0 && input->text[at - 1] != ' ')
		at--;
	return at;
}

static void cut(struct input *input, size_t from, size_t to)
{
	assert(from <= to && to <= input->length);
	memmove(input->text + from, input->text + to, input->length - to + 1);
	input->length -= to - from;
	input->cursor = from;
}

static size_t encode(char out[4], unsigned code_point)
{
	if (code_point < 0x80) {
		out[0] = (char)code_point;
		return 1;
	}
	size_t size = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
	for (size_t i = size - 1; i > 0; i--, code_point >>= 6)
		out[i] = (char)(0x80 | (code_point & 0x3f));
	static const unsigned char lead[5] = {0, 0, 0xc0, 0xe0, 0xf0};
	out[0] = (char)(lead[size] | code_point);
	return size;
}

/* Whether a code point beyond ASCII is one, and no control character. */
static bool is_text(int code_point)
{
	return code_point >= 0xa0 && code_point <= 0x10ffff && (code_point < 0xd800 || code_point > 0xdfff);
}

static void insert(struct input *input, unsigned code_point)
{
	char bytes[4];
	size_t size = encode(bytes, code_point);
	if (input->length + size >= sizeof(input->text))
		return;
	memmove(input->text + input->cursor + size, input->text + input->cursor,
		input->length - input->cursor + 1);
	memcpy(input->text + input->cursor, bytes, size);
	input->length += size;
	input->cursor += size;
}

void input_set(struct input *input, const char *text)
{
	size_t length = strlen(text);
	if (length >= sizeof(input->text))
		length = sizeof(input->text) - 1;
	memmove(input->text, text, length);
	input->text[length] = '\0';
	input->length = input->cursor = length;
}

/* ---- history ---- */

static void look_back(struct input *input)
{
	if (input->history_at == 0)
		return;
	if (input->history_at == input->history_count) {
		free(input->draft);
		input->draft = strdup(input->text);
	}
	input_set(input, input->history[--input->history_at]);
}

static void look_ahead(struct input *input)
{
	if (input->history_at == input->history_count)
		return;
	input->history_at++;
	if (input->history_at < input->history_count)
		input_set(input, input->history[input->history_at]);
	else
		input_set(input, input->draft != NULL ? input->draft : "");
}

void input_remember(struct input *input)
{
	size_t count = input->history_count;
	bool again = count > 0 && strcmp(input->history[count - 1], input->text) == 0;
	char *line = input->length > 0 && !again ? strdup(input->text) : NULL;
	if (line != NULL && count == INPUT_HISTORY) {
		free(input->history[0]);
		memmove(input->history, input->history + 1, (INPUT_HISTORY - 1) * sizeof(*input->history));
		count--;
	}
	if (line != NULL)
		input->history[count++] = line;
	input->history_count = input->history_at = count;
}

/* ---- keys ---- */

bool input_key(struct input *input, int key)
{
	switch (key) {
	case KEY_LEFT:
	case CTRL_B:
		input->cursor = character_before(input, input->cursor);
		return true;
	case KEY_RIGHT:
	case CTRL_F:
		input->cursor = character_after(input, input->cursor);
		return true;
	case KEY_HOME:
	case CTRL_A:
		input->cursor = 0;
		return true;
	case KEY_END:
	case CTRL_E:
		input->cursor = input->length;
		return true;
	case KEY_BACKSPACE:
	case CTRL_H:
	case RUBOUT:
		cut(input, character_before(input, input->cursor), input->cursor);
		return true;
	case KEY_DC:
	case CTRL_D: {
		size_t at = input->cursor;
		cut(input, at, character_after(input, at));
		return true;
	}
	case CTRL_U:
		cut(input, 0, input->cursor);
		return true;
	case CTRL_K:
		cut(input, input->cursor, input->length);
		return true;
	case CTRL_W:
		cut(input, word_before(input, input->cursor), input->cursor);
		return true;
	case KEY_UP:
	case CTRL_P:
		look_back(input);
		return true;
	case KEY_DOWN:
	case CTRL_N:
		look_ahead(input);
		return true;
	default:
		if (is_text(key - KEY_CHARACTER))
			insert(input, (unsigned)(key - KEY_CHARACTER));
		else if (key >= ' ' && key < RUBOUT)
			insert(input, (unsigned)key);
		else
			return false;
		return true;
	}
}

/* ---- drawing ---- */

/* Where to begin so that the cursor's cell can be seen: at the beginning, or as far to the right as needed. */
static size_t first_shown(const struct input *input, int columns)
{
	struct piece piece;
	int64_t before = 0; /* columns up to the cursor */
	size_t first = 0, size;
	for (size_t at = 0; at < input->cursor; at += size, before += piece.columns)
		if ((size = cells_next(input->text + at, input->cursor - at, &piece)) == 0)
			break;
	for (; before >= columns && first < input->cursor; first += size, before -= piece.columns)
		if ((size = cells_next(input->text + first, input->cursor - first, &piece)) == 0)
			break;
	return first;
}

void input_draw(const struct input *input, const struct paint *paint, int row, int column, int columns)
{
	int end = column + columns;
	size_t at = first_shown(input, columns);
	bool drawn = false;
	while (at < input->length && column < end) {
		char text[64];
		struct piece piece;
		size_t size = cells_next(input->text + at, input->length - at, &piece);
		if (size == 0 || size >= sizeof(text))
			break;
		memcpy(text, input->text + at, size);
		text[size] = '\0';
		bool here = input->cursor >= at && input->cursor < at + size && !drawn;
		drawn = drawn || here;
		column += paint_text(paint, row, column, end - column,
			here ? (unsigned)ROLE_TEXT | STYLE_BADGE : (unsigned)ROLE_TEXT, text);
		at += size;
	}
	if (!drawn && column < end)
		paint_text(paint, row, column, 1, (unsigned)ROLE_TEXT | STYLE_BADGE, " ");
}

void input_release(struct input *input)
{
	for (size_t i = 0; i < input->history_count; i++)
		free(input->history[i]);
	free(input->draft);
	*input = (struct input){0};
}
