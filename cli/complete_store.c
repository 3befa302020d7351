/*
 * complete_store.c: what completion asks of a store.
 *
 * Whatever goes wrong is no answer: somebody who presses a key asked for no message. Each question opens the store
 * anew, reads, and changes nothing.
 */
#include <semaphore.h>
#include <stdlib.h>

#include "cli/command.h"
#include "cli/complete.h"
#include "engine/inquiry.h"

static bool open_store(const char *config, struct store **store)
{
	struct error error;
	const struct invocation invocation = {.config = config};
	return command_open(&invocation, store, &error) == 0;
}

static void nodes(const char *config, complete_report *report, void *context)
{
	struct store *store;
	struct error error;
	const struct view *view;
	if (!open_store(config, &store))
		return;
	if (store_view(store, 0, &view, &error) == 0) {
		for (size_t i = 0; i < view->node_count; i++)
			report(context, view->nodes[i].name);
		view_unref(view);
	}
	store_close(store);
}

static void wake(void *context)
{
	sem_post(context);
}

/* Asks and waits; NULL when there is no answer. The caller gives it back. */
static const struct answer *ask(struct store *store, const struct question *question)
{
	struct inquiry *inquiry;
	struct error error;
	sem_t answered;
	const struct answer *answer = NULL;
	sem_init(&answered, 0, 0);
	if (inquiry_open(store, wake, &answered, &inquiry, &error) == 0) {
		inquiry_ask(inquiry, question);
		while (sem_wait(&answered) != 0)
			;
		answer = inquiry_answer(inquiry, question->kind);
		inquiry_close(inquiry);
	}
	sem_destroy(&answered);
	if (answer && answer->failure) {
		answer_unref(answer);
		return NULL;
	}
	return answer;
}

static void snapshots(const char *config, complete_report *report, void *context)
{
	struct store *store;
	if (!open_store(config, &store))
		return;
	const struct question question = {.kind = QUESTION_SNAPSHOTS};
	const struct answer *answer = ask(store, &question);
	for (size_t i = 0; answer && i < answer->snapshots.count; i++)
		report(context, answer->snapshots.snapshots[i].name);
	answer_unref(answer);
	store_close(store);
}

static void names(const char *config, const char *prefix, complete_report *report, void *context)
{
	struct store *store;
	if (!open_store(config, &store))
		return;
	const struct question question = {
		.kind = QUESTION_NAMES, .names = {.prefix = prefix, .limit = INQUIRY_ROWS_MAX}};
	const struct answer *answer = ask(store, &question);
	for (size_t i = 0; answer && i < answer->names.count; i++)
		report(context, answer->names.names[i]);
	answer_unref(answer);
	store_close(store);
}

const struct complete_source complete_store = {nodes, snapshots, names};
