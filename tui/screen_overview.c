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
	panel_heat(paint, layout.heat, console);
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

static void overview_settle(struct console *console)
{
	struct overview_state *state = console_state(console, SCREEN_OVERVIEW);
	size_t total = console->view->node_count;
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

static const struct key overview_keys[] = {
	{{'\n', '\r', KEY_ENTER}, "Enter", "details", "Shows all that is known about the selected node.", 2,
		false, false, act_details},
	HEAT_KEYS,
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
};
