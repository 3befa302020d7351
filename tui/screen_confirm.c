/*
 * screen_confirm.c: the question before something is done. Every key but the one that confirms means no.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cells.h"
#include "tui/keys.h"
#include "tui/layout.h"

enum { COLUMNS = 60, TITLE_BYTES = 96, YES_BYTES = 32, TEXT_BYTES = 512 };

struct confirm_state {
	char title[TITLE_BYTES], yes[YES_BYTES], text[TEXT_BYTES];
	char *subject;
	char *words[WORDS_LIMIT + 1]; /* ended by NULL */
	void (*act)(struct console *console);
};

static void forget(struct confirm_state *state)
{
	free(state->subject);
	for (int i = 0; i < WORDS_LIMIT; i++)
		free(state->words[i]);
	*state = (struct confirm_state){0};
}

static void confirm_release(void *state)
{
	forget(state);
}

void console_confirm(struct console *console, const struct confirmation *confirmation)
{
	struct confirm_state *state = console_state(console, SCREEN_CONFIRM);
	const char *const *words = confirmation->words;
	bool remembered = true;
	forget(state);
	snprintf(state->title, sizeof(state->title), "%s", confirmation->title);
	snprintf(state->yes, sizeof(state->yes), "%s", confirmation->yes);
	snprintf(state->text, sizeof(state->text), "%s", confirmation->text);
	state->act = confirmation->act;
	state->subject = strdup(confirmation->subject != NULL ? confirmation->subject : "");
	for (int i = 0; words != NULL && words[i] != NULL; i++) {
		assert(i < WORDS_LIMIT);
		state->words[i] = strdup(words[i]);
		remembered = remembered && state->words[i] != NULL;
	}
	if (state->subject == NULL || !remembered)
		console_message(console, true, "There is no memory left to ask.");
	else
		console_push(console, SCREEN_CONFIRM);
}

static void confirm_draw(const struct console *console, const struct paint *paint)
{
	const struct confirm_state *state = console_state(console, SCREEN_CONFIRM);
	int width = console->columns - 2 < COLUMNS ? console->columns - 2 : COLUMNS;
	int text_rows = cells_wrap_rows(state->text, width - 4, width - 4);
	bool subject = state->subject[0] != '\0';
	struct area place =
		layout_centre(console->rows - 1, console->columns - 2, text_rows + 4 + subject, COLUMNS);
	place.column++;
	struct area inside = paint_box(paint, place, state->title);
	if (subject)
		paint_text(paint, inside.row, inside.column, inside.columns, ROLE_STRONG, state->subject);
	struct area text = {inside.row + subject, inside.column, inside.rows - 2 - subject, inside.columns};
	paint_wrapped(paint, text, 0, ROLE_TEXT, state->text);
	int row = inside.row + inside.rows - 1, column = inside.column, end = column + inside.columns;
	column += paint_text(paint, row, column, end - column, ROLE_ACCENT, "y") + 1;
	column += paint_text(paint, row, column, end - column, ROLE_DIM, state->yes) + 3;
	column += paint_text(paint, row, column, end - column, ROLE_ACCENT, "any other key") + 1;
	paint_text(paint, row, column, end - column, ROLE_DIM, "no");
}

static void act_yes(struct console *console)
{
	struct confirm_state *state = console_state(console, SCREEN_CONFIRM);
	console_pop(console);
	if (state->words[0] != NULL)
		console_run(console, (const char *const *)state->words);
	else if (state->act != NULL)
		state->act(console);
}

static void act_no(struct console *console)
{
	console_pop(console);
}

static void confirm_key(struct console *console, int key)
{
	(void)key;
	console_pop(console);
}

static void confirm_click(struct console *console, int row, int column, bool twice)
{
	(void)row;
	(void)column;
	(void)twice;
	console_pop(console);
}

static const struct key confirm_keys[] = {
	{{'y'}, "y", "yes", "Confirms; every other key means no.", 0, false, false, act_yes},
	{{'n', CODE_ESCAPE}, "n", "no, or any other key", "Leaves things as they are.", 0, false, false,
		act_no},
	{.act = NULL},
};

const struct screen_ops screen_confirm = {
	.name = "Before something is done",
	.popup = true,
	.state_size = sizeof(struct confirm_state),
	.keys = confirm_keys,
	.draw = confirm_draw,
	.key = confirm_key,
	.click = confirm_click,
	.release = confirm_release,
};
