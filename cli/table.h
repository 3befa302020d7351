/*
 * table.h: aligned columns of text on standard output.
 *
 * Cells are kept until the table is printed, so this is for things of which there are few: nodes, not
 * files.
 */
#ifndef LINCKIA_CLI_TABLE_H
#define LINCKIA_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/colour.h"

struct table_column {
	const char *title;
	bool right; /* numbers stand at the right edge */
};

struct table;

/* `columns` must outlive the table. The caller frees it with table_free(). */
struct table *table_new(const struct table_column *columns, size_t count);
void table_free(struct table *table);

/* Fills the next cell, row by row, with any text: it is escaped and copied. */
void table_add(struct table *table, const char *text);
void table_add_coloured(struct table *table, enum colour colour, const char *text);

/* Prints titles and rows, each behind `indent` blanks. The last row must be complete. */
void table_print(const struct table *table, int indent);

#endif
