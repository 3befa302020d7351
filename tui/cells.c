/*
 * cells.c: walking, cutting and wrapping foreign text by columns.
 */
#include <assert.h>
#include <string.h>

#include "engine/engine.h"
#include "tui/cells.h"

enum { COMBINING_MAX = 4 }; /* as many marks as ncurses keeps in a cell */

static bool is_invisible(uint32_t code_point)
{
	return (code_point >= 0x200b && code_point <= 0x200d) || code_point == 0x2060 ||
	       (code_point >= 0xfe00 && code_point <= 0xfe0f) || code_point >= 0xe0000;
}

/* The bytes of the next character, or 1 for a byte that is not UTF-8; `*code_point` is 0 then. */
static size_t decode(const char *text, size_t length, uint32_t *code_point)
{
	size_t size = text_decode(text, length, code_point);
	if (size > 0)
		return size;
	*code_point = 0;
	return 1;
}

static size_t take_marks(const char *text, size_t length, struct piece *piece)
{
	size_t taken = 0;
	int marks = 0;
	while (taken < length) {
		uint32_t code_point;
		size_t size = text_decode(text + taken, length - taken, &code_point);
		if (size == 0 || (!is_invisible(code_point) && text_width(code_point) != 0))
			break;
		char escaped[TEXT_ESCAPED_SIZE(4)];
		size_t escaped_length = text_escape(escaped, sizeof(escaped), text + taken, size, false);
		if (escaped_length != size)
			break;
		if (!is_invisible(code_point) && marks < COMBINING_MAX) {
			memcpy(piece->text + piece->length, text + taken, size);
			piece->length += size;
			marks++;
		}
		taken += size;
	}
	return taken;
}

/* Most of what is drawn: a plain character with nothing behind it that could combine with it. */
static bool is_plain(const char *text, size_t length)
{
	return text[0] >= 0x20 && text[0] < 0x7f && (length == 1 || (unsigned char)text[1] < 0x80);
}

size_t cells_next(const char *text, size_t length, struct piece *piece)
{
	if (length == 0)
		return 0;
	if (is_plain(text, length)) {
		piece->text[0] = text[0];
		piece->text[1] = '\0';
		piece->length = 1;
		piece->columns = 1;
		piece->base = (unsigned char)text[0];
		piece->escape = false;
		return 1;
	}
	*piece = (struct piece){0};
	uint32_t code_point;
	size_t size = decode(text, length, &code_point);
	piece->length = text_escape(piece->text, sizeof(piece->text), text, size, false);
	if (piece->length != size || memcmp(piece->text, text, size) != 0) {
		piece->escape = true;
		piece->columns = (int)piece->length;
		return size;
	}
	piece->base = code_point;
	piece->columns = text_width(code_point);
	if (is_invisible(code_point)) {
		piece->length = 0;
		piece->columns = 0;
	} else if (piece->columns == 0) {
		/* A mark with nothing to sit on gets a space. */
		memmove(piece->text + 1, piece->text, size);
		piece->text[0] = ' ';
		piece->length = size + 1;
		piece->columns = 1;
	}
	if (piece->columns > 0)
		size += take_marks(text + size, length - size, piece);
	piece->text[piece->length] = '\0';
	assert(piece->length < sizeof(piece->text));
	return size;
}

int cells_width(const char *text, int limit)
{
	size_t length = strlen(text), at = 0, size;
	struct piece piece;
	int columns = 0;
	while (columns <= limit && (size = cells_next(text + at, length - at, &piece)) > 0) {
		columns += piece.columns;
		at += size;
	}
	return columns;
}

static bool is_digit(uint32_t code_point)
{
	return code_point >= '0' && code_point <= '9';
}

static bool continues_number(uint32_t code_point)
{
	return is_digit(code_point) || code_point == '.' || code_point == ',' || code_point == ':';
}

/* Walks as far as `limit` columns allow; `number` becomes the start of a number that the end touches. */
static struct cells_cut walk(const char *text, size_t length, int limit, struct cells_cut *number)
{
	struct cells_cut here = {0};
	struct piece piece;
	size_t size;
	bool in_number = false;
	while ((size = cells_next(text + here.length, length - here.length, &piece)) > 0) {
		if (here.columns + piece.columns > limit) {
			here.cut = true;
			break;
		}
		if (!in_number && is_digit(piece.base))
			*number = here;
		in_number = in_number ? continues_number(piece.base) : is_digit(piece.base);
		here.length += size;
		here.columns += piece.columns;
	}
	if (!in_number)
		*number = here;
	return here;
}

struct cells_cut cells_cut(const char *text, int columns, int ellipsis)
{
	size_t length = strlen(text);
	struct cells_cut number = {0};
	struct cells_cut whole = walk(text, length, columns < 0 ? 0 : columns, &number);
	if (!whole.cut)
		return whole;
	if (columns < ellipsis)
		return (struct cells_cut){0};
	walk(text, length, columns - ellipsis, &number);
	/* A space before the ellipsis is wasted, but behind a number it shows where the number ends. */
	while (number.length > 0 && text[number.length - 1] == ' ' &&
		(number.length < 2 || !is_digit((unsigned char)text[number.length - 2]))) {
		number.length--;
		number.columns--;
	}
	number.cut = true;
	assert(number.columns + ellipsis <= columns);
	return number;
}

size_t cells_wrap(const char *text, int columns, const char **next)
{
	size_t length = strlen(text);
	struct cells_cut number = {0};
	assert(columns > 0);
	*next = NULL;
	struct cells_cut here = walk(text, length, columns, &number);
	if (!here.cut)
		return length;
	const char *space = memrchr(text, ' ', here.length + 1);
	size_t taken = space != NULL && space > text ? (size_t)(space - text) : number.length;
	if (taken == 0)
		taken = here.length;
	if (taken == 0) {
		/* Not even one piece fits: it is shown as far as it goes, so that the next row is another. */
		struct piece piece;
		taken = cells_next(text, length, &piece);
	}
	size_t rest = taken + strspn(text + taken, " ");
	*next = rest < length ? text + rest : NULL;
	return taken;
}

int cells_wrap_rows(const char *text, int first, int columns)
{
	if (*text == '\0')
		return 0;
	int rows = 0;
	for (const char *next = text; next != NULL; rows++)
		cells_wrap(next, rows == 0 && first > 0 ? first : columns, &next);
	return rows;
}
