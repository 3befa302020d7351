/*
 * screen_overview.c: health, nodes, chunks and the last events on one screen.
 */
#define NCURSES_NOMACROS
#include <curses.h>

#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/panel_copies.h"
#include "tui/panels.h"

struct overview_state {
	size_t node_first; /* the first node in sight */
	bool begun;
	struct heat_look heat;
	bool formed; /* the user has chosen the form */
};

static void overview_draw(const struct console *console, const struct paint *paint)
{
	const struct overview_state *state = console_state(console, SCREEN_OVERVIEW);
	const struct view *view = console->view;
	const struct picture picture = {
		.view = view, .now_ms = console->now_ms, .read_only = console->read_only};
	struct layout layout = layout_overview(console->rows, console->columns, view);
	panel_facts(paint, layout.facts, layout.strip.columns, layout.repair.rows == 0, &picture);
	panel_strip(paint, layout.strip, console);
	panel_checks(paint, layout.checks, view);
	panel_nodes(paint, &layout, view, console->node, state->node_first);
	panel_heat(paint, layout.heat, console, &state->heat);
	if (layout.repair.rows > 0)
		panel_repair(paint, layout.repair, console);
	panel_zones(paint, layout.zones, view);
	panel_copies(paint, layout.chunks, view);
	panel_notes(paint, layout.notes, view);
	panel_events(paint, layout.events, &picture);
}

static size_t visible_nodes(const struct console *console)
{
	struct layout layout = layout_overview(console->rows, console->columns, console->view);
	return layout.too_small ? 1 : layout_visible_nodes(&layout);
}

/*
 * How full nodes are stands beside their names; what they do is worth a look too: row by row, unless that leaves
 * some out of sight.
 */
static void settle_heat(const struct console *console, struct overview_state *state)
{
	struct layout layout = layout_overview(console->rows, console->columns, console->view);
	size_t total = console->view->node_count;
	if (!state->begun)
		state->heat.metric = HISTORY_THROUGHPUT;
	state->begun = true;
	if (!state->formed)
		state->heat.form = heat_rows_make(total, 0, layout.heat.rows - 1).shown < total
					   ? HEAT_GRID
					   : HEAT_TIMELINE;
}

static void overview_settle(struct console *console)
{
	struct overview_state *state = console_state(console, SCREEN_OVERVIEW);
	size_t total = console->view->node_count;
	settle_heat(console, state);
	if (console->node >= total)
		console->node = total > 0 ? total - 1 : 0;
	state->node_first = layout_scroll(state->node_first, console->node, visible_nodes(console), total);
}

static void overview_move(struct console *console, enum move move)
{
	console->node = console_moved(console->node, move, visible_nodes(console), console->view->node_count);
}

static void act_details(struct console *console)
{
	if (console_node(console) != NULL)
		console_push(console, SCREEN_NODE);
}

/* Where there is no room for the heatmap, keys about it go to its own screen. */
static bool heat_is_here(struct console *console)
{
	bool here = layout_overview(console->rows, console->columns, console->view).heat.rows > 0;
	if (!here)
		console_switch(console, SCREEN_HEAT);
	return here;
}

static void act_form(struct console *console)
{
	struct overview_state *state = console_state(console, SCREEN_OVERVIEW);
	if (!heat_is_here(console))
		return;
	heat_next_form(&state->heat);
	state->formed = true;
}

static void act_metric(struct console *console)
{
	struct overview_state *state = console_state(console, SCREEN_OVERVIEW);
	if (heat_is_here(console))
		heat_next_metric(&state->heat);
}

/*
 * A node is selected, and opened when that is done twice; twice on anything else goes where there is more about it.
 */
static void overview_click(struct console *console, int row, int column, bool twice)
{
	const struct overview_state *state = console_state(console, SCREEN_OVERVIEW);
	struct layout layout = layout_overview(console->rows, console->columns, console->view);
	size_t count = console->view->node_count, found = count;
	const struct {
		struct area area;
		enum screen_id screen;
	} more[] = {{layout.checks, SCREEN_FILES}, {layout.repair, SCREEN_REPAIR},
		{layout.chunks, SCREEN_CHUNKS}, {layout.zones, SCREEN_CHUNKS},
		{layout.events, SCREEN_EVENTS}};
	if (area_has(layout.nodes, row, column)) {
		int at = row - layout.nodes.row - layout.nodes_titled;
		if (at >= 0 && (size_t)(at / layout.node_rows) < layout_visible_nodes(&layout))
			found = state->node_first + (size_t)(at / layout.node_rows);
	} else {
		found = panel_heat_find(layout.heat, console, &state->heat, row, column);
	}
	if (found < count) {
		console->node = found;
		if (twice)
			act_details(console);
	}
	for (size_t i = 0; twice && i < sizeof(more) / sizeof(*more); i++)
		if (area_has(more[i].area, row, column))
			console_switch(console, more[i].screen);
}

static const struct key overview_keys[] = {
	{{'\n', '\r', KEY_ENTER}, "Enter", "details", "Shows all that is known about the selected node.", 2,
		false, false, act_details},
	HEAT_KEYS(4, act_form, act_metric),
	{.act = NULL},
};

const struct screen_ops screen_overview = {
	.name = "Overview",
	.state_size = sizeof(struct overview_state),
	.keys = overview_keys,
	.key_sets = KEYS_NODE | KEYS_MOVE | KEYS_TAB,
	.draw = overview_draw,
	.settle = overview_settle,
	.move = overview_move,
	.click = overview_click,
};
