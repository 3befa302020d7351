/*
 * page.c: each row is asked for once, in order; those out of sight are passed over.
 */
#include <stdio.h>

#include "tui/cells.h"
#include "tui/page.h"

enum {
	LABEL = 12,
	NARROW = 60, /* less is indented below this */
};

int page_row(struct page *page)
{
	size_t row = page->row++;
	if (page->paint == NULL || row < page->first || row - page->first >= (size_t)page->area.rows)
		return -1;
	return page->area.row + (int)(row - page->first);
}

void page_text(struct page *page, int indent, unsigned style, const char *text)
{
	int columns = page->area.columns - indent - 1;
	while (text != NULL && *text != '\0' && columns > 0) {
		const char *next;
		char part[1024]; /* more than any row shows */
		size_t length = cells_wrap(text, columns, &next);
		int row = page_row(page);
		snprintf(part, sizeof(part), "%.*s", (int)length, text);
		if (row >= 0)
			paint_text(page->paint, row, page->area.column + indent, columns, style, part);
		text = next;
	}
}

void page_heading(struct page *page, const char *text)
{
	if (page->row > 0)
		page_row(page);
	page_text(page, 1, ROLE_TITLE, text);
}

void page_entry(struct page *page, unsigned style, const char *label, const char *text)
{
	bool narrow = page->area.columns < NARROW;
	int indent = narrow ? 1 : 3, width = LABEL;
	size_t row = page->row;
	page_text(page, indent + width, ROLE_TEXT, text);
	if (page->row == row)
		page_row(page);
	if (page->paint != NULL && row >= page->first && row - page->first < (size_t)page->area.rows)
		paint_text(page->paint, page->area.row + (int)(row - page->first), page->area.column + indent,
			width - 1, style, label);
}
