/*
 * asking.h: a question that is asked again while the store changes, and the answer to show meanwhile.
 *
 * While a newer answer is on its way the older one stays in sight; only a question about something else makes a
 * screen say that it is still looking. For the thread that runs the console.
 */
#ifndef LINCKIA_TUI_ASKING_H
#define LINCKIA_TUI_ASKING_H

#include "tui/screen.h"

/* Begins as zeros: nothing was asked. */
struct asking {
	uint64_t ticket; /* of the newest question */
	uint64_t shown;  /* of the one whose answer is shown; 0: none */
};

/* What is asked about has changed: the answer to the old question is not to be shown any more. */
static inline void asking_forget(struct asking *asking)
{
	*asking = (struct asking){0};
}

/* Whether to ask (again); to be called at each settling. */
static inline bool asking_due(const struct console *console, enum question_kind kind, struct asking *asking)
{
	if (asking->ticket != 0 && console_answer(console, kind, asking->ticket) != NULL)
		asking->shown = asking->ticket;
	return console_should_ask(console, kind, asking->ticket);
}

/* The answer to show, which may be a failure; NULL while there is none. */
static inline const struct answer *asking_answer(
	const struct console *console, enum question_kind kind, const struct asking *asking)
{
	return asking->shown != 0 ? console_answer(console, kind, asking->shown) : NULL;
}

#endif
