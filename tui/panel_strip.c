/*
 * panel_strip.c: the health of late as a row of cells, so that changes are seen.
 *
 * A cell is a round number of seconds and shows the worst health in it, by height and by colour.
 */
#include <stdio.h>

#include "tui/history.h"
#include "tui/panels.h"
#include "tui/screen.h"

enum { MARGIN = 1, SPAN_MS = 10 * 60 * 1000 };

/* Cells of a length that people count in, so that all of them go back at least ten minutes, if there is room. */
static int64_t cell_ms(int cells)
{
	static const int seconds[] = {10, 15, 20, 30, 60};
	for (size_t i = 0; i < sizeof(seconds) / sizeof(*seconds); i++)
		if ((int64_t)seconds[i] * 1000 * cells >= SPAN_MS)
			return (int64_t)seconds[i] * 1000;
	return 60000;
}

void panel_strip(const struct paint *paint, struct area area, const struct console *console)
{
	char label[32];
	int label_room = 8, cells = area.columns - MARGIN - label_room;
	if (area.rows < 1 || cells < 6)
		return;
	int64_t length_ms = cell_ms(cells);
	snprintf(label, sizeof(label), "%d min ", (int)(length_ms * cells / 60000));
	int column = area.column + label_room;
	paint_right(paint, area.row, area.column, label_room, ROLE_DIM, label);
	/* Cells end at round times, so that they stand still while time passes. */
	int64_t end_ms = (console->now_ms / length_ms + 1) * length_ms;
	for (int i = 0; i < cells; i++) {
		int64_t to_ms = end_ms - (int64_t)(cells - 1 - i) * length_ms;
		enum health health = history_health(console->history, to_ms - length_ms, to_ms);
		unsigned role = health == HEALTH_UNKNOWN ? ROLE_TRACK : panel_health_role(health);
		paint_text(paint, area.row, column + i, 1, role, paint->glyphs->strip[health]);
	}
}
