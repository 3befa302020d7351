/*
 * screen_confirm.c: the question before something is done. Every key but the one that confirms means no.
 *
 * Where nodes will be out of reach, it is looked up what that means while the user reads; yes does not have to wait
 * for it.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/asking.h"
#include "tui/cells.h"
#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/loss.h"
#include "tui/panels.h"

enum { COLUMNS = 60, TITLE_BYTES = 96, YES_BYTES = 32, TEXT_BYTES = 512 };

struct confirm_state {
	char title[TITLE_BYTES], yes[YES_BYTES], text[TEXT_BYTES];
	char *subject;
	char *words[WORDS_LIMIT + 1]; /* ended by NULL */
	void (*act)(struct console *console);
	char **lost; /* nodes that will be out of reach */
	size_t lost_count;
	struct asking asking; /* what that means */
};

static void forget(struct confirm_state *state)
{
	for (size_t i = 0; i < state->lost_count; i++)
		free(state->lost[i]);
	free(state->lost);
	free(state->subject);
	for (int i = 0; i < WORDS_LIMIT; i++)
		free(state->words[i]);
	*state = (struct confirm_state){0};
}

static void confirm_release(void *state)
{
	forget(state);
}

/* False without memory. */
static bool remember_lost(struct confirm_state *state, const char *const *names, size_t count)
{
	if (count == 0)
		return true;
	state->lost = calloc(count, sizeof(*state->lost));
	for (; state->lost != NULL && state->lost_count < count; state->lost_count++)
		if ((state->lost[state->lost_count] = strdup(names[state->lost_count])) == NULL)
			return false;
	return state->lost != NULL;
}

void console_confirm(struct console *console, const struct confirmation *confirmation)
{
	struct confirm_state *state = console_state(console, SCREEN_CONFIRM);
	const char *const *words = confirmation->words;
	forget(state);
	bool remembered = remember_lost(state, confirmation->lost, confirmation->lost_count);
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

/* ---- what it means ---- */

enum { SENTENCES = 3 };

/* The sentences to show, the first about what is out of reach; an empty one is not there. */
struct sentences {
	char texts[SENTENCES][TEXT_BYTES];
	unsigned styles[SENTENCES];
};

static_assert((int)TEXT_BYTES >= (int)LOSS_TEXT_BYTES, "what a loss means fits");

static void make_sentences(const struct console *console, struct sentences *sentences)
{
	const struct confirm_state *state = console_state(console, SCREEN_CONFIRM);
	const char *const *lost = (const char *const *)state->lost;
	const struct answer *answer = asking_answer(console, QUESTION_LOSS, &state->asking);
	*sentences = (struct sentences){.styles = {ROLE_DIM, ROLE_TEXT, ROLE_TEXT}};
	snprintf(sentences->texts[2], TEXT_BYTES, "%s", state->text);
	if (state->lost_count == 0)
		return;
	if (answer == NULL)
		snprintf(sentences->texts[0], TEXT_BYTES, "Looking up what that means for files...");
	else if (answer->failure != NULL)
		snprintf(
			sentences->texts[0], TEXT_BYTES, "What that means is not known: %s", answer->failure);
	else
		sentences->styles[0] =
			panel_health_role(loss_verdict(answer, lost, state->lost_count, sentences->texts[0]));
	sentences->styles[1] = loss_writes(console->view, lost, state->lost_count, sentences->texts[1]);
}

static int sentences_rows(const struct sentences *sentences, int columns)
{
	int rows = 0;
	for (int i = 0; i < SENTENCES; i++)
		if (sentences->texts[i][0] != '\0')
			rows += cells_wrap_rows(sentences->texts[i], columns, columns);
	return rows;
}

static void confirm_settle(struct console *console)
{
	struct confirm_state *state = console_state(console, SCREEN_CONFIRM);
	if (state->lost_count > 0 && asking_due(console, QUESTION_LOSS, &state->asking))
		state->asking.ticket =
			console_ask(console, &(struct question){.kind = QUESTION_LOSS,
						     .loss = {.nodes = (const char *const *)state->lost,
							     .count = state->lost_count,
							     .sample = 1}});
}

static void confirm_draw(const struct console *console, const struct paint *paint)
{
	const struct confirm_state *state = console_state(console, SCREEN_CONFIRM);
	int width = console->columns - 2 < COLUMNS ? console->columns - 2 : COLUMNS;
	struct sentences sentences;
	make_sentences(console, &sentences);
	int text_rows = sentences_rows(&sentences, width - 4);
	bool subject = state->subject[0] != '\0';
	struct area place =
		layout_centre(console->rows - 1, console->columns - 2, text_rows + 4 + subject, COLUMNS);
	place.column++;
	struct area inside = paint_box(paint, place, state->title);
	if (subject)
		paint_text(paint, inside.row, inside.column, inside.columns, ROLE_STRONG, state->subject);
	struct area text = {inside.row + subject, inside.column, inside.rows - 2 - subject, inside.columns};
	for (int i = 0; i < SENTENCES && text.rows > 0; i++) {
		int used = sentences.texts[i][0] != '\0'
				   ? paint_wrapped(paint, text, 0, sentences.styles[i], sentences.texts[i])
				   : 0;
		text.row += used;
		text.rows -= used;
	}
	int row = inside.row + inside.rows - 1, column = inside.column, end = column + inside.columns;
	column += paint_text(paint, row, column, end - column, ROLE_ACCENT, "y") + 1;
	column += paint_text(paint, row, column, end - column, ROLE_DIM, state->yes) + 3;
	column += paint_text(paint, row, column, end - column, ROLE_ACCENT, "any other key") + 1;
	paint_text(paint, row, column, end - column, ROLE_DIM, "no");
}

/* ---- keys ---- */

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
	.settle = confirm_settle,
	.key = confirm_key,
	.click = confirm_click,
	.release = confirm_release,
};
