/*
 * screen_node.c: one node over the whole screen. What it shows is node_page.c; here are its keys.
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "tui/keys.h"
#include "tui/node_page.h"

static void node_draw(const struct console *console, const struct paint *paint)
{
	if (console_node(console) != NULL)
		node_page_draw(console, paint, console_body(console));
}

static void node_settle(struct console *console)
{
	if (console_node(console) == NULL && console_screen(console) == screens[SCREEN_NODE])
		console_pop(console);
	else
		node_page_settle(console);
}

/*
 * The page is about a node, not about a place in the view: it is not to turn to another one behind the user's back.
 */
static void node_show(struct console *console, const struct view *old)
{
	const struct node_page *page = console_state(console, SCREEN_NODE);
	(void)old;
	if (page->name == NULL || !console_sees(console, SCREEN_NODE))
		return;
	for (size_t i = 0; i < console->view->node_count; i++)
		if (strcmp(console->view->nodes[i].name, page->name) == 0)
			return;
	console_message(console, false, "%s is no longer part of the store.", page->name);
	if (console_screen(console) == screens[SCREEN_NODE])
		console_pop(console);
}

static void node_move(struct console *console, enum move move)
{
	node_page_scroll(console, console_body(console), move);
}

static void act_next(struct console *console)
{
	nodes_step(console, MOVE_DOWN);
}

static void act_previous(struct console *console)
{
	nodes_step(console, MOVE_UP);
}

static void act_mark(struct console *console)
{
	const struct view_node *node = console_node(console);
	if (node != NULL)
		nodes_mark(console, node->name);
}

static void node_release(void *state)
{
	struct node_page *page = state;
	free(page->name);
}

static const struct key node_keys[] = {
	{{']', 'n'}, "n", "next", "Goes to the next node, in the order of the table of nodes; so does ].", 4,
		false, false, act_next},
	{{'[', 'N'}, "N", NULL, "Goes to the node before; so does [.", 6, false, false, act_previous},
	{{' '}, "Space", NULL, "Marks the node, or no longer.", 9, false, false, act_mark},
	{.act = NULL},
};

const struct screen_ops screen_node = {
	.name = "A node",
	.state_size = sizeof(struct node_page),
	.keys = node_keys,
	.key_sets = KEYS_NODE | KEYS_MOVE | KEYS_REPAIR | KEYS_STORE | KEYS_CHANGE | KEYS_BACK,
	.draw = node_draw,
	.settle = node_settle,
	.show = node_show,
	.move = node_move,
	.release = node_release,
};
