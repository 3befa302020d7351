/*
 * panel_zones.c: the nodes summed up by the zones that are likely to fail together.
 */
#include <stdio.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/panels.h"

enum { ZONES_MAX = 16 };

struct zone {
	const char *name;
	size_t nodes, up;
	uint64_t used_bytes, capacity_bytes, chunks;
};

/* Stores the first zones in the order of the nodes; returns how many. */
static int gather(struct zone zones[ZONES_MAX], const struct view *view)
{
	int zone_count = 0;
	for (size_t i = 0; i < view->node_count; i++) {
		const struct view_node *node = &view->nodes[i];
		int at = 0;
		while (at < zone_count && strcmp(zones[at].name, node->zone) != 0)
			at++;
		if (at == ZONES_MAX)
			continue;
		if (at == zone_count)
			zones[zone_count++] = (struct zone){.name = node->zone};
		struct zone *zone = &zones[at];
		zone->nodes++;
		if (view_node_answers(node))
			zone->up++;
		zone->used_bytes += node->used_bytes;
		zone->capacity_bytes += node->capacity_bytes;
		zone->chunks += node->chunks;
	}
	return zone_count;
}

int panel_zones_rows(const struct view *view)
{
	struct zone zones[ZONES_MAX];
	return gather(zones, view);
}

void panel_zones(const struct paint *paint, struct area area, const struct view *view)
{
	struct zone zones[ZONES_MAX];
	if (area.rows < 1)
		return;
	int zone_count = gather(zones, view), name = 4;
	paint_title(paint, area, "Zones");
	for (int i = 0; i < zone_count; i++) {
		int width = cells_width(zones[i].name, 16);
		name = width > name ? width : name;
	}
	name = name < 16 ? name : 16;
	for (int i = 0; i < zone_count && i + 1 < area.rows; i++) {
		const struct zone *zone = &zones[i];
		int row = area.row + 1 + i, column = area.column + 2;
		char used[16], capacity[16];
		paint_text(paint, row, column, name, ROLE_TEXT, zone->name);
		column += name + 2;
		paint_format(paint, row, column, 14, zone->up < zone->nodes ? ROLE_DEGRADED : ROLE_DIM,
			"%zu of %zu up", zone->up, zone->nodes);
		column += 16;
		double fill = 0;
		if (zone->capacity_bytes > 0)
			fill = (double)zone->used_bytes / (double)zone->capacity_bytes;
		int bar = area.column + area.columns - column - 28;
		bar = bar > 48 ? 48 : bar;
		paint_bar(paint, row, column, bar, fill, panel_fill_role(fill));
		column += bar + 1;
		text_bytes(used, sizeof(used), zone->used_bytes);
		/* Nodes that are away cannot say how large they are. */
		if (zone->capacity_bytes > 0)
			text_bytes(capacity, sizeof(capacity), zone->capacity_bytes);
		else
			snprintf(capacity, sizeof(capacity), "?");
		paint_format(paint, row, column, 27, ROLE_DIM, "%10s / %s", used, capacity);
	}
}
