/*
 * golden.h: comparing what was drawn with a picture that somebody has looked at.
 *
 * A golden screen is tests/screen/golden/NAME.txt. After a wanted change, run the test with LINCKIA_GOLDEN=write and
 * look at the difference. A monochrome one has a second half that tells bold, dim and reverse cells.
 */
#ifndef LINCKIA_TESTS_SCREEN_GOLDEN_H
#define LINCKIA_TESTS_SCREEN_GOLDEN_H

#include "tests/screen/grid.h"
#include "tests/screen/sample.h"
#include "tui/glyphs.h"

/* How a picture comes about. */
struct golden {
	const char *name;
	enum sample_kind kind;
	int rows, columns;
	bool ascii, looks; /* looks: with the half about bold, dim and reverse */
	const char *keys;
};

static inline const struct glyphs *golden_glyphs(const struct golden *golden)
{
	return golden->ascii ? &glyphs_ascii : &glyphs_utf8;
}

static inline char golden_look(unsigned style)
{
	struct look look = theme_look(theme_find("mono"), 256, style);
	return look.reverse ? 'r' : look.bold ? 'b' : look.dim ? 'd' : '.';
}

static inline char *golden_picture(const struct grid *grid, bool looks)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	for (int row = 0; row < grid->canvas.rows; row++)
		fprintf(out, "%s\n", grid_row(grid, row));
	for (int row = 0; looks && row < grid->canvas.rows; row++) {
		for (int column = 0; column < grid->canvas.columns; column++)
			fputc(golden_look(grid->cells[row][column].style), out);
		fputc('\n', out);
	}
	fclose(out);
	return text;
}

static inline char *golden_read(const char *path)
{
	FILE *in = fopen(path, "r");
	if (in == NULL)
		fail_msg("%s cannot be opened", path);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	for (int c; (c = fgetc(in)) != EOF;)
		fputc(c, out);
	fclose(in);
	fclose(out);
	return text;
}

static inline void golden_compare(const struct grid *grid, const char *name, bool looks)
{
	char path[256];
	snprintf(path, sizeof(path), "tests/screen/golden/%s.txt", name);
	char *drawn = golden_picture(grid, looks);
	const char *mode = getenv("LINCKIA_GOLDEN");
	if (mode != NULL && strcmp(mode, "write") == 0) {
		FILE *out = fopen(path, "w");
		assert_non_null(out);
		fputs(drawn, out);
		fclose(out);
	}
	char *golden = golden_read(path);
	if (strcmp(drawn, golden) != 0)
		fail_msg("%s differs; this was drawn:\n%s", path, drawn);
	free(golden);
	free(drawn);
}

#endif
