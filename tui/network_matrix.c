/*
 * network_matrix.c: drawing goes through the list of links once, however many there are, so that nothing has to be
 * kept beside the view.
 */
#include <stdio.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/network_list.h"
#include "tui/network_matrix.h"

void link_matrix_make(
	const struct console *console, const struct link_cursor *cursor, struct link_matrix *matrix)
{
	const struct view *view = console->view;
	int name = 0, label = 1;
	axis_make(&matrix->axis, view);
	for (size_t i = 0; i < matrix->axis.count; i++) {
		int who = matrix->axis.who[i];
		int width = cells_width(axis_name(view, who), 40);
		name = width > name ? width : name;
		width = who == LINK_CLIENT ? 1 : cells_width(axis_label(&matrix->axis, view, who), 40);
		label = width > label ? width : label;
	}
	struct area body = console_body(console);
	matrix->layout = layout_network(body, matrix->axis.count, cursor->cells, name, label);
	matrix->list = (struct area){0};
	int rows = network_matrix_rows(matrix->axis.count, &matrix->layout);
	int spare = body.rows - rows - 1;
	if (spare > (int)view->node_count && view->node_count > 0) {
		matrix->list = (struct area){body.row + rows + 1, body.column, spare, body.columns};
		body.rows = rows;
		matrix->layout = layout_network(body, matrix->axis.count, cursor->cells, name, label);
	}
	matrix->row = axis_position(&matrix->axis, cursor->from);
	matrix->column = axis_position(&matrix->axis, cursor->to);
}

/* ---- drawing: around the matrix ---- */

static void draw_title(const struct paint *paint, struct area area, enum link_metric metric)
{
	const char *title = link_metric_title(metric);
	paint_title(paint, area, title);
	/* The scale, where there is room for all of it. */
	enum { STEP = 6, SCALE = STEP * (HEAT_STEPS - 1) + 2 };
	int column = area.column + area.columns - SCALE;
	if (column < area.column + (int)strlen(title) + 6)
		return;
	for (int step = 1; step < HEAT_STEPS; step++, column += STEP) {
		paint_heat(paint, area.row, column, 1, step, 0);
		paint_format(paint, area.row, column + 1, STEP - 1, ROLE_DIM, " %s ",
			link_heat_begins(metric, step));
	}
}

/* The names of the zones above their columns, each as long as it has columns in sight. */
static void draw_zones(const struct console *console, const struct paint *paint,
	const struct link_matrix *matrix, size_t first, size_t shown)
{
	struct area area = matrix->layout.zones;
	if (area.rows < 1)
		return;
	for (size_t i = first; i < first + shown && i < matrix->axis.count;) {
		const char *zone = axis_zone(console->view, matrix->axis.who[i]);
		size_t end = i + 1;
		while (end < first + shown && end < matrix->axis.count &&
			matrix->axis.who[i] != LINK_CLIENT &&
			strcmp(axis_zone(console->view, matrix->axis.who[end]), zone) == 0)
			end++;
		int width = (int)(end - i) * matrix->layout.cell_columns - 1;
		int column = area.column + (int)(i - first) * matrix->layout.cell_columns;
		for (int j = 0; j < width && zone[0] != '\0'; j++)
			paint_text(paint, area.row, column + j, 1, ROLE_RULE, paint->glyphs->rule);
		if (width > 0)
			paint_text(paint, area.row, column, width, ROLE_DIM, zone);
		i = end;
	}
}

/* A short label downwards, one piece a row; what is too long loses its end. */
static void draw_downwards(
	const struct paint *paint, struct area area, int column, unsigned style, const char *label)
{
	struct piece piece;
	size_t length = strlen(label);
	int pieces = cells_width(label, 8);
	int row = area.row + (pieces < area.rows ? area.rows - pieces : 0);
	for (size_t at = 0, size; row < area.row + area.rows; at += size) {
		size = cells_next(label + at, length - at, &piece);
		if (size == 0)
			return;
		if (piece.columns == 1)
			paint_text(paint, row++, column, 1, style, piece.text);
	}
}

static bool is_marked(const struct console *console, int who)
{
	return who != LINK_CLIENT && marks_has(&console->marks, axis_name(console->view, who));
}

static void draw_labels(const struct console *console, const struct paint *paint,
	const struct link_matrix *matrix, size_t first, size_t shown)
{
	struct area area = matrix->layout.labels;
	int cell = matrix->layout.cell_columns;
	if (area.rows < 1)
		return;
	for (size_t i = first; i < first + shown && i < matrix->axis.count; i++) {
		const char *label = axis_label(&matrix->axis, console->view, matrix->axis.who[i]);
		int column = area.column + (int)(i - first) * cell;
		unsigned style = i == matrix->column ? ROLE_ACCENT : ROLE_DIM;
		bool client = matrix->axis.who[i] == LINK_CLIENT;
		if (client && cell < 7)
			label = "c";
		bool marked = is_marked(console, matrix->axis.who[i]);
		if (matrix->layout.numbers)
			paint_right(paint, area.row, column, cell - 1, style, label);
		else
			draw_downwards(paint, area, column, marked ? style | STYLE_BADGE : style, label);
		if (marked && matrix->layout.numbers)
			paint_text(paint, area.row, column + cell - 1, 1, ROLE_ACCENT, paint->glyphs->mark);
	}
}

static void draw_names(const struct console *console, const struct paint *paint,
	const struct link_matrix *matrix, size_t first, size_t shown)
{
	struct area area = matrix->layout.names;
	int zone_columns = area.columns >= 14 ? 7 : 3;
	const char *last = NULL;
	for (size_t i = first; i < first + shown && i < matrix->axis.count; i++) {
		int who = matrix->axis.who[i], row = area.row + (int)(i - first);
		bool chosen = i == matrix->row;
		const char *zone = axis_zone(console->view, who);
		if (last == NULL || strcmp(last, zone) != 0)
			paint_text(paint, row, area.column + 1, zone_columns - 2, ROLE_DIM, zone);
		last = zone;
		if (chosen)
			paint_text(paint, row, area.column + zone_columns - 1, 1, ROLE_ACCENT,
				paint->glyphs->marker);
		if (is_marked(console, who))
			paint_text(
				paint, row, area.column + zone_columns, 1, ROLE_ACCENT, paint->glyphs->mark);
		paint_text(paint, row, area.column + 1 + zone_columns, area.columns - zone_columns - 2,
			chosen ? ROLE_ACCENT : ROLE_TEXT, axis_name(console->view, who));
	}
}

/* ---- drawing: the matrix ---- */

/* A cell is what it says at its right end; where nothing is to be said, a dot. */
static void draw_cell(const struct paint *paint, const struct network_layout *layout, int row, int column,
	const struct view_link *link, enum link_metric metric, unsigned flags)
{
	int cell = layout->cell_columns, width = cell > 1 ? cell - 1 : 1;
	int heat = link_heat(link, metric);
	char text[LINK_TEXT_BYTES];
	if (link_is_cut(link)) {
		snprintf(text, sizeof(text), layout->numbers ? "%scut" : "%s",
			paint->glyphs->health[HEALTH_CRITICAL]);
		if (layout->numbers)
			paint_right(paint, row, column, width, ROLE_CRITICAL | flags, text);
		else
			paint_text(paint, row, column, 1, ROLE_CRITICAL | flags, text);
	} else if (heat == 0) {
		paint_text(paint, row, layout->numbers ? column + width - 1 : column, 1, ROLE_DIM | flags,
			paint->glyphs->heat[0]);
	} else if (layout->numbers) {
		int used = paint_right(paint, row, column, width, link_number_role(heat) | flags,
			link_text(text, link, metric));
		if (metric == LINK_LATENCY && link_is_poor(link) && used < width)
			paint_text(paint, row, column + width - used - 1, 1, ROLE_DEGRADED | flags,
				paint->glyphs->health[HEALTH_DEGRADED]);
	} else {
		paint_heat(paint, row, column, width, heat, flags);
	}
}

static bool in_sight(size_t at, size_t first, size_t shown)
{
	return at >= first && at - first < shown;
}

static void draw_cells(const struct console *console, const struct paint *paint,
	const struct link_matrix *matrix, const struct link_cursor *cursor)
{
	const struct network_layout *layout = &matrix->layout;
	const struct view *view = console->view;
	size_t rows = network_rows(layout), columns = network_columns(layout);
	int cell = layout->cell_columns, blank = layout->numbers ? cell - 1 : 1;
	/* First what is not known, then what is: a list of links is gone through only once. */
	for (size_t i = 0; i < rows && cursor->first_row + i < matrix->axis.count; i++)
		for (size_t j = 0; j < columns && cursor->first_column + j < matrix->axis.count; j++) {
			int row = layout->cells.row + (int)i, column = layout->cells.column + (int)j * cell;
			size_t at_row = cursor->first_row + i, at_column = cursor->first_column + j;
			bool chosen = at_row == matrix->row && at_column == matrix->column;
			unsigned flags = chosen ? STYLE_SELECTED : 0;
			if (chosen)
				paint_fill(paint, (struct area){row, column, 1, blank}, ROLE_TEXT | flags);
			if (at_row != at_column)
				draw_cell(paint, layout, row, column, NULL, cursor->metric, flags);
		}
	for (size_t i = 0; i < view->link_count; i++) {
		const struct view_link *link = &view->links[i];
		size_t at_row = axis_position(&matrix->axis, link->from);
		size_t at_column = axis_position(&matrix->axis, link->to);
		if (!in_sight(at_row, cursor->first_row, rows) ||
			!in_sight(at_column, cursor->first_column, columns))
			continue;
		bool chosen = at_row == matrix->row && at_column == matrix->column;
		draw_cell(paint, layout, layout->cells.row + (int)(at_row - cursor->first_row),
			layout->cells.column + (int)(at_column - cursor->first_column) * cell, link,
			cursor->metric, chosen ? STYLE_SELECTED : 0);
	}
}

/* Where the matrix goes on to the right, which a scroll bar down its side cannot say. */
static void draw_more(const struct paint *paint, const struct link_matrix *matrix, size_t first, size_t shown)
{
	struct area title = matrix->layout.title;
	if (shown >= matrix->axis.count)
		return;
	char text[64];
	size_t end = first + shown < matrix->axis.count ? first + shown : matrix->axis.count;
	snprintf(text, sizeof(text), " columns %zu to %zu of %zu ", first + 1, end, matrix->axis.count);
	int width = cells_width(text, 60);
	if (title.columns >= 80 + width)
		paint_text(paint, title.row, title.column + 26, width, ROLE_DIM, text);
}

void link_matrix_draw(
	const struct console *console, const struct paint *paint, const struct link_cursor *cursor)
{
	struct link_matrix matrix;
	link_matrix_make(console, cursor, &matrix);
	size_t rows = network_rows(&matrix.layout), columns = network_columns(&matrix.layout);
	draw_title(paint, matrix.layout.title, cursor->metric);
	draw_more(paint, &matrix, cursor->first_column, columns);
	draw_zones(console, paint, &matrix, cursor->first_column, columns);
	draw_labels(console, paint, &matrix, cursor->first_column, columns);
	draw_names(console, paint, &matrix, cursor->first_row, rows);
	draw_cells(console, paint, &matrix, cursor);
	paint_scroll(paint, matrix.layout.cells, cursor->first_row, rows, matrix.axis.count);
	link_matrix_draw_link(console, paint, matrix.layout.link, cursor);
	link_matrix_draw_summary(console, paint, matrix.layout.summary);
	if (matrix.list.rows > 0)
		network_list_draw(console, paint, matrix.list, 0, false);
}
