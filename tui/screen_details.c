/*
 * screen_details.c: the pop-up with everything that a view says about the selected node.
 */
#include <stdio.h>

#include "tui/cells.h"
#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/panels.h"

enum { ROWS = 13, COLUMNS = 72, LABEL = 11 };

struct list {
	const struct paint *paint;
	struct area area; /* what is left */
};

static void list_add(struct list *list, unsigned style, const char *label, const char *text)
{
	struct area value = list->area;
	value.column += LABEL;
	value.columns -= LABEL;
	if (list->area.rows < 1 || text[0] == '\0')
		return;
	paint_text(list->paint, list->area.row, list->area.column, LABEL - 1, ROLE_DIM, label);
	value.rows = value.rows < 2 ? value.rows : 2;
	int used = paint_wrapped(list->paint, value, 0, style, text);
	list->area.row += used;
	list->area.rows -= used;
}

static void details_draw(const struct console *console, const struct paint *paint)
{
	const struct view_node *node = console_node(console);
	if (node == NULL)
		return;
	struct area place = layout_centre(console->rows - 1, console->columns - 2, ROWS, COLUMNS);
	place.column++;
	struct list list = {paint, paint_box(paint, place, node->name)};
	char text[96], number[32];
	enum role role = panel_node_role(node->state);
	snprintf(text, sizeof(text), "%s %s", paint->glyphs->node[node->state], node_state_name(node->state));
	list_add(&list, role, "state", text);
	list_add(&list, role, "cause", node->cause);
	if (cells_width(node->name, COLUMNS) > list.area.columns - 2)
		list_add(&list, ROLE_TEXT, "name", node->name);
	list_add(&list, ROLE_TEXT, "zone", node->zone);
	list_add(&list, ROLE_TEXT, "used", panel_node_used(text, sizeof(text), node, 0, 0));
	list_add(&list, ROLE_TEXT, "chunks", paint_number(number, sizeof(number), node->chunks));
	paint_number(number, sizeof(number), node->at_risk);
	list_add(&list, node->at_risk > 0 ? ROLE_DEGRADED : ROLE_TEXT, "at risk", number);
	if (node->latency_ms >= 0) {
		snprintf(text, sizeof(text), "%.1f ms", node->latency_ms);
		list_add(&list, ROLE_TEXT, "latency", text);
	}
	snprintf(text, sizeof(text), "%g", node->weight);
	list_add(&list, ROLE_TEXT, "weight", text);
	list_add(&list, ROLE_TEXT, "path", node->path);
}

static void details_settle(struct console *console)
{
	if (console_node(console) == NULL && console_screen(console) == screens[SCREEN_NODE])
		console_pop(console);
}

static void details_move(struct console *console, enum move move)
{
	console->node = console_moved(console->node, move, 1, console->view->node_count);
}

const struct screen_ops screen_details = {
	.name = "A node",
	.popup = true,
	.key_sets = KEYS_NODE | KEYS_MOVE | KEYS_BACK,
	.draw = details_draw,
	.settle = details_settle,
	.move = details_move,
};
