/*
 * screen_confirm.c: the question before a node is failed. Every key but the one that confirms means no.
 */
#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/screen.h"

enum { ROWS = 8, COLUMNS = 58 };

static void confirm_draw(const struct console *console, const struct paint *paint)
{
	struct area place = layout_centre(console->rows - 1, console->columns - 2, ROWS, COLUMNS);
	place.column++;
	struct area inside = paint_box(paint, place, "Fail this node?");
	paint_text(paint, inside.row, inside.column, inside.columns, ROLE_STRONG, console->target);
	struct area text = {inside.row + 1, inside.column, inside.rows - 3, inside.columns};
	paint_wrapped(paint, text, 0, ROLE_TEXT,
		"It is taken out of service until somebody recovers it. What it holds stays where it is.");
	inside.row += inside.rows - 1;
	keys_draw(console, paint, inside);
}

static void confirm_key(struct console *console, int key)
{
	(void)key;
	console_pop(console);
}

const struct screen_ops screen_confirm = {
	.name = "confirm",
	.place = PLACE_CONFIRM,
	.popup = true,
	.draw = confirm_draw,
	.key = confirm_key,
};
