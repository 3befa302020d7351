/*
 * screen_overview.c: health, nodes, chunks and the last events on one screen.
 */
#include "tui/panels.h"
#include "tui/screen.h"

static void overview_draw(const struct console *console, const struct paint *paint)
{
	const struct view *view = console->view;
	const struct picture picture = {
		.view = view, .now_ms = console->now_ms, .read_only = console->read_only};
	struct layout layout = layout_overview(console->rows, console->columns, view);
	panel_banner(paint, layout.banner, &picture);
	panel_checks(paint, layout.checks, view);
	panel_nodes(paint, &layout, view, console->node, console->node_first);
	panel_zones(paint, layout.zones, view);
	panel_chunks(paint, layout.chunks, view);
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
	size_t total = console->view->node_count;
	if (console->node >= total)
		console->node = total > 0 ? total - 1 : 0;
	console->node_first =
		layout_scroll(console->node_first, console->node, visible_nodes(console), total);
}

static void overview_move(struct console *console, enum move move)
{
	console->node = console_moved(console->node, move, visible_nodes(console), console->view->node_count);
}

const struct screen_ops screen_overview = {
	.name = "overview",
	.place = PLACE_OVERVIEW,
	.draw = overview_draw,
	.settle = overview_settle,
	.move = overview_move,
};
