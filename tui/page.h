/*
 * page.h: a page of text that may be longer than its place and is scrolled by rows.
 *
 * What fills a page runs twice: without paint to count the rows, and to draw those that are in sight. So counting and
 * drawing cannot disagree.
 */
#ifndef LINCKIA_TUI_PAGE_H
#define LINCKIA_TUI_PAGE_H

#include "tui/paint.h"

/* A column of the page; where its rows are drawn depends on how far the page is scrolled. */
struct page {
	const struct paint *paint; /* NULL: only count */
	const struct glyphs *glyphs;
	struct area area;
	size_t first, row; /* the first in sight, the next to be filled */
};

/* The screen's row for the page's next row, or -1 when it is out of sight or nothing is drawn. */
int page_row(struct page *page);
/* Text, wrapped, `indent` columns from the left. */
void page_text(struct page *page, int indent, unsigned style, const char *text);
/* A title, with an empty row above it unless it is the first. */
void page_heading(struct page *page, const char *text);
/* A label with a text beside it. */
void page_entry(struct page *page, unsigned style, const char *label, const char *text);

#endif
