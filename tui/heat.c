/*
 * heat.c: the largest cells that fit, tried from the largest down.
 */
#include <stdio.h>
#include <string.h>

#include "engine/engine.h"
#include "tui/cells.h"
#include "tui/heat.h"
#include "tui/layout.h"
#include "tui/paint.h"

enum {
	LABEL_MOST = 12,
	ZONES_MOST = STORE_NODES_MAX,
	NAMED = 15, /* a cell of so many columns has a text */
	CARD_WIDTH_MOST = 76,
	CARD_HEIGHT_MOST = 14,
	BAR_MOST = 8,
};

/* A zone and how many nodes it has. */
struct zone {
	const char *name;
	int count;
};

/* The zones in the order of their first nodes. Nodes of one zone need not stand together. */
static int collect(const struct view *view, struct zone zones[ZONES_MOST])
{
	int count = 0;
	for (size_t i = 0; i < view->node_count; i++) {
		int at = 0;
		while (at < count && strcmp(zones[at].name, view->nodes[i].zone) != 0)
			at++;
		if (at == count && count < ZONES_MOST)
			zones[count++] = (struct zone){view->nodes[i].zone, 0};
		if (at < count)
			zones[at].count++;
	}
	return count;
}

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

static int rows_of(const struct zone *zone, int per_row)
{
	return (zone->count + per_row - 1) / per_row;
}

/* Cells take the room that is left, as far as they can make something of it. */
static void stretch(struct heat_grid *grid, int rows, int columns, int zone_count, int largest_zone)
{
	if (grid->width < NAMED || grid->rows * grid->height > rows)
		return;
	grid->per_row = smaller(grid->per_row, largest_zone);
	grid->width = smaller((columns - grid->label) / grid->per_row, CARD_WIDTH_MOST);
	int gaps = grid->gap * (zone_count - 1), height = (rows - gaps) / grid->rows;
	/* A row that only keeps cells apart is for high ones. */
	if (height >= 3)
		grid->height = smaller(height, CARD_HEIGHT_MOST);
}

struct heat_grid heat_grid_make(const struct view *view, int rows, int columns)
{
	static const struct {
		int width, height;
	} sizes[] = {{36, 5}, {36, 4}, {26, 4}, {26, 3}, {22, 2}, {18, 2}, {15, 2}, {22, 1}, {18, 1}, {15, 1},
		{11, 1}, {4, 1}, {3, 1}, {2, 1}, {1, 1}};
	struct zone zones[ZONES_MOST];
	struct heat_grid grid = {.width = 1, .height = 1, .per_row = 1, .shown = 1};
	int zone_count = collect(view, zones), largest = 1;
	for (int i = 0; i < zone_count; i++) {
		int label = cells_width(zones[i].name, LABEL_MOST);
		grid.label = label > grid.label ? label : grid.label;
		largest = zones[i].count > largest ? zones[i].count : largest;
	}
	grid.label = grid.label > LABEL_MOST ? LABEL_MOST : grid.label;
	/* A third of the width is the most that labels are worth. */
	grid.label = grid.label > columns / 3 ? columns / 3 : grid.label;
	grid.label += grid.label > 0 ? 2 : 0;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		grid.width = sizes[i].width;
		grid.height = sizes[i].height;
		grid.per_row = (columns - grid.label) / grid.width;
		if (grid.per_row < 1)
			continue;
		grid.rows = 0;
		for (int j = 0; j < zone_count; j++)
			grid.rows += rows_of(&zones[j], grid.per_row);
		grid.gap = zone_count > 1 && grid.rows * grid.height + zone_count - 1 <= rows ? 1 : 0;
		if (grid.rows * grid.height <= rows)
			break;
	}
	grid.per_row = grid.per_row > 0 ? grid.per_row : 1;
	if (zone_count > 0)
		stretch(&grid, rows, columns, zone_count, largest);
	grid.shown = rows / grid.height > 0 ? rows / grid.height : 1;
	return grid;
}

void heat_grid_places(const struct heat_grid *grid, const struct view *view, struct heat_place *places)
{
	struct zone zones[ZONES_MOST];
	int first_row[ZONES_MOST], placed[ZONES_MOST] = {0};
	int zone_count = collect(view, zones), rows = 0;
	for (int i = 0; i < zone_count; i++) {
		first_row[i] = rows;
		rows += rows_of(&zones[i], grid->per_row);
	}
	for (size_t i = 0; i < view->node_count; i++) {
		int at = 0;
		while (at + 1 < zone_count && strcmp(zones[at].name, view->nodes[i].zone) != 0)
			at++;
		int number = placed[at]++;
		places[i] = (struct heat_place){
			.row = first_row[at] + number / grid->per_row,
			.column = number % grid->per_row,
			.gap = at * grid->gap,
			.first = number == 0,
		};
	}
}

/* The zone that a row of cells belongs to, and the row's number in it. */
static const struct zone *zone_of_row(
	const struct heat_grid *grid, const struct zone *zones, int zone_count, int row, int *inner)
{
	for (int i = 0; i < zone_count; i++) {
		int rows = rows_of(&zones[i], grid->per_row);
		if (row < rows) {
			*inner = row;
			return &zones[i];
		}
		row -= rows;
	}
	return NULL;
}

size_t heat_grid_find(const struct heat_grid *grid, const struct view *view, int row, int column)
{
	struct zone zones[ZONES_MOST];
	int inner = 0, zone_count = collect(view, zones);
	const struct zone *zone = row >= 0 ? zone_of_row(grid, zones, zone_count, row, &inner) : NULL;
	if (zone == NULL)
		return view->node_count;
	int wanted = inner * grid->per_row + (column < 0                      ? 0
						     : column < grid->per_row ? column
									      : grid->per_row - 1);
	wanted = wanted < zone->count ? wanted : zone->count - 1;
	for (size_t i = 0; i < view->node_count; i++)
		if (strcmp(view->nodes[i].zone, zone->name) == 0 && wanted-- == 0)
			return i;
	return view->node_count;
}

struct heat_rows heat_rows_make(size_t count, size_t selected, int rows)
{
	struct heat_rows made = {.height = 1, .bar = 1};
	/* Where all nodes fit but for the axis, they are worth more. */
	made.axis = rows > 3 && count != (size_t)rows;
	rows -= made.axis;
	if (count > 0 && count <= (size_t)(rows > 0 ? rows : 0)) {
		/* The last one needs no empty row below it. */
		made.height = (rows + 1) / (int)count;
		made.height = smaller(made.height > 0 ? made.height : 1, BAR_MOST + 1);
		made.bar = made.height > 1 ? made.height - 1 : 1;
	}
	int fit = (rows + made.height - made.bar) / made.height;
	made.shown = fit > 1 ? (size_t)fit : 1;
	made.shown = made.shown < count ? made.shown : count;
	made.first = layout_scroll(0, selected, made.shown, count);
	return made;
}

void heat_next_form(struct heat_look *look)
{
	look->form = (look->form + 1) % HEAT_FORMS;
}

void heat_next_metric(struct heat_look *look)
{
	look->metric = (look->metric + 1) % HISTORY_METRICS;
}

const char *heat_metric_name(enum history_metric metric)
{
	static const char *const names[] = {"fill", "throughput", "latency", "errors", "chunks at risk"};
	return names[metric];
}

double heat_value_now(const struct history *history, enum history_metric metric, const struct view_node *node)
{
	if (!view_node_answers(node) && metric != HISTORY_AT_RISK)
		return -1;
	switch (metric) {
	case HISTORY_FILL:
		return node->capacity_bytes > 0 ? (double)node->used_bytes / (double)node->capacity_bytes : 0;
	case HISTORY_AT_RISK:
		return (double)node->at_risk;
	case HISTORY_LATENCY:
		return node->latency_ms;
	case HISTORY_ERRORS:
		return history_errors(history, node->name);
	default:
		return history_value(history, node->name, metric, 0);
	}
}

double heat_scale(enum history_metric metric, double largest)
{
	static const double least[HISTORY_METRICS] = {[HISTORY_FILL] = 1,
		[HISTORY_THROUGHPUT] = 1 << 20,
		[HISTORY_LATENCY] = 5,
		[HISTORY_ERRORS] = 1,
		[HISTORY_AT_RISK] = 1};
	static const double round[] = {1, 1.5, 2, 3, 4, 5, 6, 8};
	double unit = 1;
	if (metric == HISTORY_FILL || largest <= least[metric])
		return least[metric];
	while (metric == HISTORY_THROUGHPUT && largest / unit >= 1000)
		unit *= 1024;
	while (largest / unit > 10)
		unit *= 10;
	for (size_t i = 0; i < sizeof(round) / sizeof(*round); i++) {
		bool half = unit == 1 && round[i] == 1.5 && metric >= HISTORY_ERRORS;
		if (round[i] * unit >= largest && !half)
			return round[i] * unit;
	}
	return 10 * unit;
}

char *heat_value_text(char *out, size_t size, enum history_metric metric, double value)
{
	char bytes[16];
	if (value < 0)
		snprintf(out, size, "-");
	else if (metric == HISTORY_FILL)
		snprintf(out, size, value > 0 && value < 0.01 ? "<1 %%" : "%d %%", (int)(value * 100));
	else if (metric == HISTORY_THROUGHPUT)
		snprintf(out, size, "%s/s", text_bytes(bytes, sizeof(bytes), (uint64_t)value));
	else if (metric == HISTORY_LATENCY)
		paint_latency(out, size, value);
	else
		snprintf(out, size, "%.0f", value);
	return out;
}
