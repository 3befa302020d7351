/*
 * panel_bars.c: a row for each node: name, zone, bar with the mean marked in it, number, distance from the mean.
 *
 * Chunks and bytes are drawn against the largest value, capacity against the whole: so a bar's end says the same in
 * all rows. In a row that is too short the bar stays and numbers go, the distance last.
 */
#include <stdio.h>

#include "tui/cells.h"
#include "tui/panel_bars.h"
#include "tui/panels.h"
#include "tui/table.h"

enum { BAR_NAME, BAR_ZONE, BAR_BAR, BAR_VALUE, BAR_OF, BAR_OFF, BAR_COLUMNS };

static bool serves(const struct view_node *node)
{
	return view_node_answers(node);
}

static const char *bars_word(enum bars bars)
{
	return bars == BARS_CHUNKS ? "chunks" : bars == BARS_BYTES ? "bytes" : "capacity";
}

double bars_value(const struct view_node *node, enum bars bars)
{
	if (bars == BARS_FILL)
		return panel_node_fill(node);
	return bars == BARS_CHUNKS ? (double)node->chunks : (double)node->used_bytes;
}

double bars_off(double value, double mean)
{
	return mean > 0 ? value / mean - 1 : 0;
}

struct bars_summary bars_summarise(const struct view *view, enum bars bars)
{
	struct bars_summary summary = {0};
	double sum = 0, used = 0, capacity = 0, least = 0;
	for (size_t i = 0; i < view->node_count; i++) {
		const struct view_node *node = &view->nodes[i];
		double value = bars_value(node, bars);
		if (!serves(node))
			continue;
		sum += value;
		used += (double)node->used_bytes;
		capacity += (double)node->capacity_bytes;
		if (summary.nodes == 0 || value > summary.most) {
			summary.most = value;
			summary.fullest = i;
		}
		if (summary.nodes == 0 || value < least) {
			least = value;
			summary.emptiest = i;
		}
		summary.nodes++;
	}
	if (summary.nodes > 0)
		summary.mean = sum / (double)summary.nodes;
	if (bars == BARS_FILL)
		summary.mean = capacity > 0 ? used / capacity : 0;
	return summary;
}

static int longest(const struct view *view, bool zone, int least, int most)
{
	int longest = least;
	for (size_t i = 0; i < view->node_count; i++) {
		int width = cells_width(zone ? view->nodes[i].zone : view->nodes[i].name, most);
		longest = width > longest ? width : longest;
	}
	return longest < most ? longest : most;
}

static void arrange(struct table_column columns[BAR_COLUMNS], struct table_place places[BAR_COLUMNS],
	const struct view *view, enum bars bars, const char *title, int width)
{
	/* As wide as the widest number there can be, or is. */
	char most[32];
	uint64_t chunks = 0;
	for (size_t i = 0; i < view->node_count; i++)
		chunks = view->nodes[i].chunks > chunks ? view->nodes[i].chunks : chunks;
	int digits = cells_width(paint_number(most, sizeof(most), chunks), 30);
	int value = bars == BARS_CHUNKS ? digits : bars == BARS_BYTES ? 10 : 7;
	int name = longest(view, false, 6, width >= 90 ? 24 : 12), zone = longest(view, true, 4, 10);
	const struct table_column all[BAR_COLUMNS] = {
		[BAR_NAME] = {"", name < 8 ? name : 8, name, 0, false, false, 0},
		[BAR_ZONE] = {"zone", 4, zone, 2, false, false, 0},
		[BAR_BAR] = {title, 10, 16, 0, false, true, 0},
		[BAR_VALUE] = {"", value, value > 10 ? value : 10, 1, true, false, 0},
		[BAR_OF] = {"", bars == BARS_FILL ? 10 : 0, bars == BARS_FILL ? 10 : 0, 3, true, false, 0},
		[BAR_OFF] = {"off mean", 8, 8, 1, true, false, 0},
	};
	for (int i = 0; i < BAR_COLUMNS; i++)
		columns[i] = all[i];
	table_arrange(columns, BAR_COLUMNS, width, places);
}

static char *value_text(char *out, size_t size, const struct view_node *node, enum bars bars)
{
	double percent = 100 * panel_node_fill(node);
	if (bars == BARS_CHUNKS)
		paint_number(out, size, node->chunks);
	else if (bars == BARS_BYTES)
		text_bytes(out, size, node->used_bytes);
	else if (node->used_bytes > 0 && percent < 0.1)
		snprintf(out, size, "<0.1 %%");
	else
		snprintf(out, size, "%.1f %%", percent);
	return out;
}

static char *off_text(char *out, size_t size, double off)
{
	double percent = 100 * off;
	/* Neither "-0.0" nor more digits than the column has. */
	if (percent > -0.05 && percent < 0.05)
		snprintf(out, size, "0.0 %%");
	else if (percent < 999.95)
		snprintf(out, size, "%+.1f %%", percent);
	else
		snprintf(out, size, "> 999 %%");
	return out;
}

static void draw_bar(const struct paint *paint, int row, int column, int columns, double value,
	const struct bars_summary *summary, enum bars bars, enum role role, unsigned flags)
{
	double most = bars == BARS_FILL ? 1 : summary->most;
	if (columns < 2 || most <= 0)
		return;
	paint_bar(paint, row, column, columns, value / most, role | flags);
	int tick = (int)(summary->mean / most * columns + 0.5);
	tick = tick < 1 ? 0 : tick < columns ? tick : columns - 1;
	paint_text(paint, row, column + tick, 1, ROLE_STRONG | flags, paint->glyphs->tick);
}

static enum role bar_role(const struct view_node *node, enum bars bars)
{
	if (!serves(node))
		return ROLE_DIM;
	return bars == BARS_FILL ? panel_fill_role(panel_node_fill(node)) : ROLE_BAR;
}

static void draw_node(const struct paint *paint, struct area area, int row,
	const struct table_column *columns, const struct table_place *places, const struct view_node *node,
	const struct bars_summary *summary, enum bars bars, bool selected)
{
	char text[32];
	unsigned flags = table_row(paint, area, row, selected, false);
	unsigned plain = (serves(node) ? ROLE_TEXT : ROLE_DIM) | flags;
	table_cell(paint, area, row, &columns[BAR_NAME], &places[BAR_NAME], selected ? ROLE_SELECTED : plain,
		node->name);
	table_cell(paint, area, row, &columns[BAR_ZONE], &places[BAR_ZONE], ROLE_DIM | flags, node->zone);
	draw_bar(paint, row, area.column + places[BAR_BAR].at, places[BAR_BAR].width, bars_value(node, bars),
		summary, bars, bar_role(node, bars), flags);
	if (places[BAR_VALUE].width > 0)
		table_cell(paint, area, row, &columns[BAR_VALUE], &places[BAR_VALUE], plain,
			value_text(text, sizeof(text), node, bars));
	if (bars == BARS_FILL && places[BAR_OF].width > 0 && node->capacity_bytes > 0)
		table_cell(paint, area, row, &columns[BAR_OF], &places[BAR_OF], ROLE_DIM | flags,
			text_bytes(text, sizeof(text), node->capacity_bytes));
	if (serves(node))
		off_text(text, sizeof(text), bars_off(bars_value(node, bars), summary->mean));
	else
		snprintf(text, sizeof(text), "%s", node_state_name(node->state));
	table_cell(paint, area, row, &columns[BAR_OFF], &places[BAR_OFF],
		(serves(node) ? ROLE_TEXT : panel_node_role(node->state)) | flags, text);
}

void panel_bars(const struct paint *paint, struct area area, const struct view *view, enum bars bars,
	size_t selected, size_t first)
{
	struct table_column columns[BAR_COLUMNS];
	struct table_place places[BAR_COLUMNS];
	struct bars_summary summary = bars_summarise(view, bars);
	if (area.rows < 1)
		return;
	char title[64];
	snprintf(title, sizeof(title), "%s, mean %s", bars_word(bars), paint->glyphs->tick);
	arrange(columns, places, view, bars, title, area.columns);
	table_heading(paint, area, "Nodes", columns, places, BAR_COLUMNS, -1, false);
	if (view->node_count == 0 && area.rows > 1)
		paint_text(paint, area.row + 1, area.column + 2, area.columns - 4, ROLE_DIM, "No nodes.");
	size_t visible = (size_t)area.rows - 1;
	for (size_t i = 0; i < visible && first + i < view->node_count; i++)
		draw_node(paint, area, area.row + 1 + (int)i, columns, places, &view->nodes[first + i],
			&summary, bars, first + i == selected);
	table_scroll(paint, area, first, view->node_count);
}
