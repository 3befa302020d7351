/*
 * network.c: an axis is sorted by zone and, within a zone, as the config has the nodes. Links are looked for one by
 * one: a view lists those that are known, and whoever needs many of them goes through the list once.
 */
#include <stdlib.h>
#include <string.h>

#include "tui/network.h"

enum {
	NAME_MOST = 16,
	NUMBER_WIDE = 7,
	NUMBER = 5,
	HEAT_WIDE = 2,
	LABEL_ROWS = 3,
	SUMMARY_ROWS =
		10, /* from here on there is a summary, and what is set for a link has a row of its own */
};

/* ---- who stands where ---- */

static int compare(const void *left, const void *right, void *context)
{
	const struct view *view = context;
	int a = *(const int *)left, b = *(const int *)right;
	int order = strverscmp(view->nodes[a].zone, view->nodes[b].zone);
	return order != 0 ? order : (a > b) - (a < b);
}

static size_t common_prefix(const struct view *view, size_t count)
{
	if (count < 2)
		return 0;
	size_t length = strlen(view->nodes[0].name);
	for (size_t i = 1; i < count; i++) {
		size_t at = 0;
		while (at < length && view->nodes[i].name[at] == view->nodes[0].name[at])
			at++;
		length = at;
	}
	/* A label starts where a number or a word does, and never within a character. */
	while (length > 0 && strchr("-_. ", view->nodes[0].name[length - 1]) == NULL)
		length--;
	for (size_t i = 0; i < count; i++)
		if (view->nodes[i].name[length] == '\0')
			return 0;
	return length;
}

void axis_make(struct axis *axis, const struct view *view)
{
	size_t nodes = view->node_count < STORE_NODES_MAX ? view->node_count : STORE_NODES_MAX;
	axis->count = nodes + 1;
	axis->who[0] = LINK_CLIENT;
	for (size_t i = 0; i < nodes; i++)
		axis->who[i + 1] = (int)i;
	qsort_r(&axis->who[1], nodes, sizeof(axis->who[0]), compare, (void *)view);
	for (size_t i = 0; i < axis->count; i++)
		axis->where[axis->who[i] - LINK_CLIENT] = (uint16_t)i;
	axis->prefix = common_prefix(view, nodes);
}

size_t axis_position(const struct axis *axis, int who)
{
	size_t at = (size_t)(who - LINK_CLIENT);
	return at < axis->count ? axis->where[at] : 0;
}

static const struct view_node *node_of(const struct view *view, int who)
{
	return who >= 0 && (size_t)who < view->node_count ? &view->nodes[who] : NULL;
}

const char *axis_name(const struct view *view, int who)
{
	const struct view_node *node = node_of(view, who);
	return node != NULL ? node->name : who == LINK_CLIENT ? "client" : "";
}

const char *axis_label(const struct axis *axis, const struct view *view, int who)
{
	const struct view_node *node = node_of(view, who);
	return node != NULL ? node->name + axis->prefix : who == LINK_CLIENT ? "client" : "";
}

const char *axis_zone(const struct view *view, int who)
{
	const struct view_node *node = node_of(view, who);
	return node != NULL ? node->zone : "";
}

/* ---- links ---- */

bool network_is_simulated(const struct view *view)
{
	if (view->rehearsal)
		return true;
	for (size_t i = 0; i < view->link_count; i++)
		if (view->links[i].from != LINK_CLIENT)
			return true;
	return false;
}

const struct view_link *network_link(const struct view *view, int from, int to)
{
	for (size_t i = 0; i < view->link_count; i++)
		if (view->links[i].from == from && view->links[i].to == to)
			return &view->links[i];
	return NULL;
}

/* ---- layout ---- */

static int between(int value, int least, int most)
{
	return value < least ? least : value > most ? most : value;
}

static void choose_cells(struct network_layout *layout, size_t count, enum network_cells cells, int room)
{
	static const int widths[] = {NUMBER_WIDE, NUMBER, HEAT_WIDE, 1};
	size_t at = cells == CELLS_HEAT ? 2 : 0, last = cells == CELLS_NUMBERS ? 1 : 3;
	while (at < last && count * (size_t)widths[at] > (size_t)room)
		at++;
	layout->cell_columns = widths[at];
	layout->numbers = at < 2;
}

static struct area cut(struct area *area, int rows)
{
	rows = rows < area->rows ? rows : area->rows;
	struct area top = {area->row, area->column, rows, area->columns};
	area->row += rows;
	area->rows -= rows;
	return top;
}

static struct area cut_bottom(struct area *area, int rows)
{
	area->rows -= rows;
	return (struct area){area->row + area->rows, area->column, rows, area->columns};
}

struct network_layout layout_network(
	struct area area, size_t count, enum network_cells cells, int name, int label)
{
	struct network_layout layout = {0};
	/* Zone and name; the scroll bar and the column before it are nobody's. */
	int names = between(name, 6, area.columns >= 60 ? NAME_MOST : 8) + (area.columns >= 60 ? 9 : 5);
	names = between(names, 0, area.columns / 2);
	int room = area.columns - names - 2;
	choose_cells(&layout, count, cells, room > 0 ? room : 0);
	layout.title = cut(&area, 1);
	bool roomy = area.rows >= SUMMARY_ROWS;
	layout.summary = roomy ? cut_bottom(&area, 1) : (struct area){0};
	layout.link = area.rows >= 2 ? cut_bottom(&area, roomy ? 2 : 1) : (struct area){0};
	layout.zones = area.rows >= 4 ? cut(&area, 1) : (struct area){0};
	int label_rows = layout.numbers ? 1 : between(label, 1, LABEL_ROWS);
	layout.labels = area.rows > label_rows + 1 ? cut(&area, label_rows) : (struct area){0};
	layout.names = (struct area){area.row, area.column, area.rows, names};
	int shift = area.column + names, columns = room > 0 ? room : 0;
	layout.cells = (struct area){area.row, shift, area.rows, columns + (columns > 0 ? 2 : 0)};
	layout.zones.column = layout.labels.column = shift;
	layout.zones.columns = layout.labels.columns = columns;
	return layout;
}

int network_matrix_rows(size_t count, const struct network_layout *layout)
{
	enum { AROUND = 5, COUNT_MOST = 2000 }; /* title, zones, two rows about the link, summary */
	int rows = count < COUNT_MOST ? (int)count : COUNT_MOST;
	rows += AROUND + layout->labels.rows;
	return rows > SUMMARY_ROWS ? rows : SUMMARY_ROWS + 1; /* so that there is a summary */
}

size_t network_rows(const struct network_layout *layout)
{
	return layout->cells.rows > 1 ? (size_t)layout->cells.rows : 1;
}

size_t network_columns(const struct network_layout *layout)
{
	int columns = (layout->cells.columns - 2) / layout->cell_columns;
	return columns > 1 ? (size_t)columns : 1;
}
