/*
 * picture.c: draws what `tmux capture-pane -e -p` prints as an SVG.
 *
 *	picture COLUMNS ROWS <captured >picture.svg
 *
 * Every run of cells with one look is a text of a fixed length, so that the columns stand whatever the font; blocks
 * and lines are drawn as shapes, because fonts leave gaps between them. Colours are xterm's. Used by
 * scripts/pictures.sh.
 */
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

enum { COLUMNS_MAX = 400, ROWS_MAX = 120, PARAMETERS = 32, WIDTH = 9, HEIGHT = 19, BASE = 14, PAD = 14 };

#define PAPER "#16181d"
#define INK   "#c9cdd3"

struct look {
	int foreground, background; /* a colour number; -1: the terminal's own */
	bool bold, dim, reverse;
};

struct cell {
	wchar_t text; /* 0: nothing, or the right half of a wide character */
	wchar_t mark; /* that combines with it, or 0 */
	struct look look;
};

static struct cell cells[ROWS_MAX][COLUMNS_MAX];

/* ---- reading ---- */

static void take_parameters(struct look *look, const int *parameters, int count)
{
	for (int i = 0; i < count; i++) {
		int p = parameters[i];
		if (p == 0)
			*look = (struct look){-1, -1, false, false, false};
		else if (p == 1)
			look->bold = true;
		else if (p == 2)
			look->dim = true;
		else if (p == 7)
			look->reverse = true;
		else if (p == 22)
			look->bold = look->dim = false;
		else if (p == 27)
			look->reverse = false;
		else if (p == 39)
			look->foreground = -1;
		else if (p == 49)
			look->background = -1;
		else if (p >= 30 && p <= 37)
			look->foreground = p - 30;
		else if (p >= 40 && p <= 47)
			look->background = p - 40;
		else if (p >= 90 && p <= 97)
			look->foreground = p - 90 + 8;
		else if ((p == 38 || p == 48) && i + 2 < count && parameters[i + 1] == 5) {
			*(p == 38 ? &look->foreground : &look->background) = parameters[i + 2];
			i += 2;
		}
	}
}

/* Reads what follows ESC [ up to its last letter. */
static void take_sequence(struct look *look)
{
	int parameters[PARAMETERS] = {0}, count = 1;
	wint_t c;
	while ((c = getwchar()) != WEOF) {
		if (c >= L'0' && c <= L'9')
			parameters[count - 1] = parameters[count - 1] * 10 + (int)(c - L'0');
		else if ((c == L';' || c == L':') && count < PARAMETERS)
			count++;
		else if (c >= 0x40 && c <= 0x7e)
			break;
	}
	if (c == L'm')
		take_parameters(look, parameters, count);
}

static void take_all(int columns, int rows)
{
	struct look look = {-1, -1, false, false, false};
	int row = 0, column = 0;
	for (wint_t c; row < rows && (c = getwchar()) != WEOF;) {
		if (c == L'\n') {
			row++;
			column = 0;
		} else if (c == 0x1b) {
			if (getwchar() == L'[')
				take_sequence(&look);
		} else {
			int width = wcwidth((wchar_t)c);
			if (width == 0 && column > 0)
				cells[row][column - 1].mark = (wchar_t)c;
			if (width < 1 || column + width > columns)
				continue;
			cells[row][column] = (struct cell){(wchar_t)c, 0, look};
			for (int i = 1; i < width; i++)
				cells[row][column + i] = (struct cell){0, 0, look};
			column += width;
		}
	}
}

/* ---- drawing ---- */

static const char *colour(int number, const char *own, char out[8])
{
	static const unsigned first[16] = {0x1d1f24, 0xd5605a, 0x79b463, 0xd9b24e, 0x5f8fd3, 0xb37fc7,
		0x58b0b3, 0xc9cdd3, 0x6b7078, 0xf08a83, 0x97d17f, 0xf0cd6e, 0x86b1ee, 0xcfa2e0, 0x7fcfd1,
		0xf1f3f5};
	static const unsigned steps[6] = {0, 95, 135, 175, 215, 255};
	if (number < 0)
		return own;
	unsigned rgb = first[number & 15];
	if (number >= 232)
		rgb = (unsigned)(8 + (number - 232) * 10) * 0x10101;
	else if (number >= 16)
		rgb = steps[(number - 16) / 36] << 16 | steps[(number - 16) / 6 % 6] << 8 |
		      steps[(number - 16) % 6];
	snprintf(out, 8, "#%06x", rgb);
	return out;
}

static bool same(const struct look *a, const struct look *b)
{
	return a->foreground == b->foreground && a->background == b->background && a->bold == b->bold &&
	       a->dim == b->dim && a->reverse == b->reverse;
}

static const char *ink(const struct look *look, char out[8])
{
	return look->reverse ? colour(look->background, PAPER, out) : colour(look->foreground, INK, out);
}

static void draw_paper(int row, int columns)
{
	char out[8];
	for (int column = 0, next; column < columns; column = next) {
		const struct look *look = &cells[row][column].look;
		for (next = column; next < columns && same(look, &cells[row][next].look);)
			next++;
		const char *fill = look->reverse ? colour(look->foreground, INK, out)
						 : colour(look->background, NULL, out);
		if (fill != NULL)
			printf("<rect x='%d' y='%d' width='%d' height='%d' fill='%s'/>\n",
				PAD + column * WIDTH, PAD + row * HEIGHT, (next - column) * WIDTH, HEIGHT,
				fill);
	}
}

static void draw_rect(double x, double y, double width, double height, const char *fill, double opacity)
{
	printf("<rect x='%.2f' y='%.2f' width='%.2f' height='%.2f' fill='%s'", x, y, width, height, fill);
	printf(opacity < 1 ? " opacity='%.2f'/>\n" : "/>\n", opacity);
}

/* Blocks and lines as shapes: `count` of the same, side by side. */
static void draw_shape(int row, int column, int count, wchar_t text, const struct look *look)
{
	char out[8];
	const char *fill = ink(look, out);
	double x = PAD + column * WIDTH, y = PAD + row * HEIGHT, opacity = look->dim ? 0.55 : 1,
	       width = count * WIDTH;
	double middle_x = x + WIDTH / 2.0, middle_y = y + HEIGHT / 2.0;
	if (text >= 0x2581 && text <= 0x2588) {
		double height = HEIGHT * (text - 0x2580) / 8.0;
		draw_rect(x, y + HEIGHT - height, width, height, fill, opacity);
	} else if (text >= 0x2589 && text <= 0x258f) {
		draw_rect(x, y, WIDTH * (0x2590 - text) / 8.0, HEIGHT, fill, opacity);
	} else if (text >= 0x2591 && text <= 0x2593) {
		draw_rect(x, y, width, HEIGHT, fill, opacity * (text - 0x2590) / 4.0);
	} else if (text == 0x2500) {
		draw_rect(x, middle_y - 0.5, width, 1, fill, opacity);
	} else if (text == 0x2502 || text == 0x2503) {
		double thick = text == 0x2502 ? 1 : 3;
		draw_rect(middle_x - thick / 2, y, thick, HEIGHT, fill, opacity);
	} else {
		/* A corner: from the middle of one side to the middle of another. */
		bool left = text == 0x256e || text == 0x256f, up = text == 0x256f || text == 0x2570;
		printf("<path d='M%.1f %.1f Q%.1f %.1f %.1f %.1f' fill='none' stroke='%s'/>\n", middle_x,
			up ? y : y + HEIGHT, middle_x, middle_y, left ? x : x + WIDTH, middle_y, fill);
	}
}

/* Whether such shapes, side by side, are one longer shape. */
static bool joins(wchar_t text)
{
	return (text >= 0x2581 && text <= 0x2588) || (text >= 0x2591 && text <= 0x2593) || text == 0x2500;
}

static void draw_letter(wchar_t text)
{
	if (text == L'&')
		fputs("&amp;", stdout);
	else if (text == L'<')
		fputs("&lt;", stdout);
	else
		printf("%lc", (wint_t)text);
}

static bool is_shape(wchar_t text)
{
	return (text >= 0x2581 && text <= 0x2593 && text != 0x2590) || text == 0x2500 || text == 0x2502 ||
	       text == 0x2503 || (text >= 0x256d && text <= 0x2570);
}

static void draw_text(int row, int from, int to)
{
	char out[8];
	const struct look *look = &cells[row][from].look;
	while (from < to && (cells[row][from].text == L' ' || cells[row][from].text == 0))
		from++;
	while (to > from && (cells[row][to - 1].text == L' '))
		to--;
	if (from == to)
		return;
	printf("<text x='%d' y='%d' textLength='%d' fill='%s'%s%s>", PAD + from * WIDTH,
		PAD + row * HEIGHT + BASE, (to - from) * WIDTH, ink(look, out),
		look->bold ? " font-weight='bold'" : "", look->dim ? " opacity='.55'" : "");
	for (int column = from; column < to; column++) {
		if (cells[row][column].text != 0)
			draw_letter(cells[row][column].text);
		if (cells[row][column].mark != 0)
			draw_letter(cells[row][column].mark);
	}
	puts("</text>");
}

static void draw_ink(int row, int columns)
{
	for (int column = 0, next; column < columns; column = next) {
		const struct cell *cell = &cells[row][column];
		next = column + 1;
		if (is_shape(cell->text)) {
			while (next < columns && joins(cell->text) && cells[row][next].text == cell->text &&
				same(&cell->look, &cells[row][next].look))
				next++;
			draw_shape(row, column, next - column, cell->text, &cell->look);
			continue;
		}
		while (next < columns && same(&cell->look, &cells[row][next].look) &&
			!is_shape(cells[row][next].text))
			next++;
		draw_text(row, column, next);
	}
}

int main(int count, char **arguments)
{
	int columns = count == 3 ? atoi(arguments[1]) : 0, rows = count == 3 ? atoi(arguments[2]) : 0;
	if (columns < 1 || columns > COLUMNS_MAX || rows < 1 || rows > ROWS_MAX) {
		fprintf(stderr, "picture: COLUMNS ROWS, at most %d and %d\n", COLUMNS_MAX, ROWS_MAX);
		return 2;
	}
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL) {
		fprintf(stderr, "picture: there is no locale C.UTF-8\n");
		return 1;
	}
	for (int row = 0; row < rows; row++)
		for (int column = 0; column < columns; column++)
			cells[row][column] = (struct cell){L' ', 0, {-1, -1, false, false, false}};
	take_all(columns, rows);
	int width = 2 * PAD + columns * WIDTH, height = 2 * PAD + rows * HEIGHT;
	printf("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' width='%d' height='%d'>\n", width,
		height, width, height);
	printf("<rect width='%d' height='%d' rx='10' fill='%s'/>\n", width, height, PAPER);
	puts("<g font-family='DejaVu Sans Mono, Menlo, Consolas, monospace' font-size='15' "
	     "xml:space='preserve'>");
	for (int row = 0; row < rows; row++) {
		draw_paper(row, columns);
		draw_ink(row, columns);
	}
	puts("</g></svg>");
	return 0;
}
