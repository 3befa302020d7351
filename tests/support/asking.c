#include "tests/support/asking.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>
#include <time.h>

enum { WAIT_STEPS = 60000 };

static void pause_briefly(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void note_answer(void *context)
{
	struct asking *asking = context;
	atomic_fetch_add(&asking->answers, 1);
	while (atomic_load(&asking->hold))
		pause_briefly();
}

void asking_begin(struct asking *asking, struct store *store)
{
	struct error error;
	memset(asking, 0, sizeof(*asking));
	if (inquiry_open(store, note_answer, asking, &asking->inquiry, &error) < 0)
		fail_msg("the inquiry does not open: %s", error.message);
}

void asking_end(struct asking *asking)
{
	atomic_store(&asking->hold, false);
	inquiry_close(asking->inquiry);
	asking->inquiry = NULL;
	for (size_t i = 0; i < asking->held_count; i++)
		answer_unref(asking->held[i]);
	asking->held_count = 0;
}

uint64_t asking_put(struct asking *asking, const struct question *question)
{
	struct question asked = *question;
	asked.ticket = ++asking->ticket;
	inquiry_ask(asking->inquiry, &asked);
	return asked.ticket;
}

const struct answer *asking_wait(struct asking *asking, enum question_kind kind, uint64_t ticket)
{
	for (int step = 0; step < WAIT_STEPS; step++) {
		const struct answer *answer = inquiry_answer(asking->inquiry, kind);
		if (answer && answer->ticket == ticket) {
			assert_int_equal(answer->kind, kind);
			if (asking->held_count == ASKING_ANSWERS_MAX)
				answer_unref(asking->held[--asking->held_count]);
			asking->held[asking->held_count++] = answer;
			return answer;
		}
		answer_unref(answer);
		pause_briefly();
	}
	fail_msg("no answer to question %llu", (unsigned long long)ticket);
	return NULL;
}

const struct answer *asking_get(struct asking *asking, const struct question *question)
{
	const struct answer *answer = asking_wait(asking, question->kind, asking_put(asking, question));
	if (answer->failure)
		fail_msg("the answer is a failure: %s", answer->failure);
	return answer;
}

const char *asking_fail(struct asking *asking, const struct question *question)
{
	const struct answer *answer = asking_wait(asking, question->kind, asking_put(asking, question));
	assert_non_null(answer->failure);
	return answer->failure;
}
