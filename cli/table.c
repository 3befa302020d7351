#include "cli/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cli/allocate.h"
#include "cli/output.h"
#include "cli/width.h"

struct cell {
	char *text; /* escaped */
	size_t columns;
	enum colour colour;
};

struct table {
	const struct table_column *columns;
	size_t column_count;
	struct cell *cells;
	size_t cell_count, cell_room;
};

struct table *table_new(const struct table_column *columns, size_t count)
{
	assert(count > 0);
	struct table *table = allocate(1, sizeof(*table));
	table->columns = columns;
	table->column_count = count;
	for (size_t i = 0; i < count; i++)
		table_add_coloured(table, COLOUR_DIM, columns[i].title);
	return table;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->cell_count; i++)
		free(table->cells[i].text);
	free(table->cells);
	free(table);
}

void table_add_coloured(struct table *table, enum colour colour, const char *text)
{
	if (table->cell_count == table->cell_room) {
		table->cell_room = table->cell_room ? 2 * table->cell_room : 64;
		table->cells = allocate_again(table->cells, table->cell_room, sizeof(*table->cells));
	}
	size_t length = strlen(text), size = TEXT_ESCAPED_SIZE(length);
	char *escaped = allocate(size, 1);
	text_escape(escaped, size, text, length, false);
	table->cells[table->cell_count++] = (struct cell){escaped, width_of(escaped), colour};
}

void table_add(struct table *table, const char *text)
{
	table_add_coloured(table, COLOUR_NONE, text);
}

static void print_blanks(size_t count)
{
	output_print("%*s", (int)count, "");
}

/* The widest cell of a column; 0 when no row has anything in it. */
static size_t column_width(const struct table *table, size_t column)
{
	size_t width = 0;
	bool used = false;
	for (size_t i = column; i < table->cell_count; i += table->column_count) {
		if (table->cells[i].columns > width)
			width = table->cells[i].columns;
		used = used || (i >= table->column_count && table->cells[i].columns > 0);
	}
	return used ? width : 0;
}

void table_print(const struct table *table, int indent)
{
	assert(table->cell_count % table->column_count == 0);
	size_t *widths = allocate(table->column_count, sizeof(*widths));
	for (size_t i = 0; i < table->column_count; i++)
		widths[i] = column_width(table, i);
	for (size_t row = 0; row < table->cell_count; row += table->column_count) {
		size_t owed = (size_t)indent; /* blanks that only matter if something follows */
		for (size_t i = 0; i < table->column_count; i++) {
			const struct cell *cell = &table->cells[row + i];
			if (widths[i] == 0)
				continue;
			size_t padding = widths[i] - cell->columns;
			bool right = table->columns[i].right;
			if (cell->columns > 0) {
				print_blanks(owed + (right ? padding : 0));
				output_coloured(cell->colour, cell->text);
				owed = (right ? 0 : padding) + 2;
			} else {
				owed += padding + 2;
			}
		}
		output_byte('\n');
	}
	free(widths);
}
