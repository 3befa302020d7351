#include <stdlib.h>

#include "engine/inquiry.h"

void answer_unref(const struct answer *answer)
{
	(void)answer;
}

int inquiry_open(struct store *store, void (*wake)(void *context), void *context, struct inquiry **inquiry,
	struct error *error)
{
	(void)store;
	(void)wake;
	(void)context;
	(void)error;
	*inquiry = NULL;
	return 0;
}
void inquiry_close(struct inquiry *inquiry)
{
	(void)inquiry;
}
void inquiry_ask(struct inquiry *inquiry, const struct question *question)
{
	(void)inquiry;
	(void)question;
}
const struct answer *inquiry_answer(struct inquiry *inquiry, enum question_kind kind)
{
	(void)inquiry;
	(void)kind;
	return NULL;
}
