/*
 * screen_prompt.c: a line to be typed in the bottom row, over whatever is shown.
 */
#define NCURSES_NOMACROS
#include <curses.h>
#include <stdio.h>

#include "tui/input.h"
#include "tui/keys.h"
#include "tui/layout.h"

enum { LABEL_BYTES = 64 };

struct prompt_state {
	char label[LABEL_BYTES];
	struct input input;
	void (*changed)(struct console *console, const char *text);
	void (*done)(struct console *console, const char *text);
};

void console_prompt(struct console *console, const struct prompt *prompt)
{
	struct prompt_state *state = console_state(console, SCREEN_PROMPT);
	snprintf(state->label, sizeof(state->label), "%s", prompt->label);
	input_set(&state->input, prompt->text != NULL ? prompt->text : "");
	state->changed = prompt->changed;
	state->done = prompt->done;
	console_push(console, SCREEN_PROMPT);
}

static void prompt_draw(const struct console *console, const struct paint *paint)
{
	const struct prompt_state *state = console_state(console, SCREEN_PROMPT);
	struct frame frame = layout_frame(console->rows, console->columns);
	struct area row = frame.message.rows > 0 ? frame.message : frame.footer;
	paint_fill(paint, row, ROLE_TEXT);
	int column = 1 + paint_text(paint, row.row, 1, row.columns / 2, ROLE_ACCENT, state->label);
	input_draw(&state->input, paint, row.row, column, row.columns - 1 - column);
}

static void act_enter(struct console *console)
{
	struct prompt_state *state = console_state(console, SCREEN_PROMPT);
	console_pop(console);
	state->done(console, state->input.text);
}

static void act_leave(struct console *console)
{
	struct prompt_state *state = console_state(console, SCREEN_PROMPT);
	console_pop(console);
	state->done(console, NULL);
}

static void prompt_key(struct console *console, int key)
{
	struct prompt_state *state = console_state(console, SCREEN_PROMPT);
	if (input_key(&state->input, key) && state->changed != NULL)
		state->changed(console, state->input.text);
}

static void prompt_release(void *state)
{
	input_release(&((struct prompt_state *)state)->input);
}

static const struct key prompt_keys[] = {
	{{'\n', '\r', KEY_ENTER}, "Enter", "take it", "Takes the line.", 0, false, false, act_enter},
	{{CODE_ESCAPE}, "Esc", "leave", "Leaves things as they were.", 0, false, false, act_leave},
	{.act = NULL},
};

const struct screen_ops screen_prompt = {
	.name = "While a line is typed",
	.popup = true,
	.types = true,
	.state_size = sizeof(struct prompt_state),
	.keys = prompt_keys,
	.draw = prompt_draw,
	.key = prompt_key,
	.release = prompt_release,
};
