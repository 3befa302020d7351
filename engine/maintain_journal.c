/*
 * maintain_journal.c: nodes that missed records of the catalog get them, and those with long journals a copy of it
 * (journal.h).
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/journal.h"
#include "engine/maintain.h"

enum { RETRY_MS = 5000, PAUSE_MS = 1000 };

/* ---- a copy of the catalog, written meanwhile ---- */

struct maintain_copying {
	struct maintenance *maintenance;
	struct journal_needs to;
	struct journal_draft draft;
	int result;
	struct error error;
	pthread_t thread;
	atomic_bool ended;
};

static void *write_copy(void *argument)
{
	struct maintain_copying *copying = argument;
	struct maintenance *maintenance = copying->maintenance;
	maintain_be_nice();
	copying->result = journal_draft_copy(maintenance->store, copying->to.nodes, copying->to.count,
		&maintenance->stopping, &copying->draft, &copying->error);
	atomic_store(&copying->ended, true);
	maintain_wake(maintenance);
	return NULL;
}

/* Takes over `copying`. */
static int start_copying(
	struct maintenance *maintenance, struct maintain_copying *copying, struct error *error)
{
	copying->maintenance = maintenance;
	int number = pthread_create(&copying->thread, NULL, write_copy, copying);
	if (number != 0) {
		free(copying);
		return error_set_errno(error, number, "cannot start a thread");
	}
	maintenance->copying = copying;
	return 0;
}

static int end_copying(struct maintenance *maintenance, struct error *error)
{
	struct maintain_copying *copying = maintenance->copying;
	maintenance->copying = NULL;
	pthread_join(copying->thread, NULL);
	int result = copying->result;
	if (result < 0)
		*error = copying->error;
	else
		result = journal_give_copies(
			maintenance->store, copying->to.nodes, copying->to.count, &copying->draft, error);
	free(copying);
	return result;
}

void maintain_stop_copying(struct maintenance *maintenance)
{
	struct maintain_copying *copying = maintenance->copying;
	if (!copying)
		return;
	assert(maintenance->stopping);
	maintenance->copying = NULL;
	pthread_join(copying->thread, NULL);
	if (copying->result == 0)
		journal_drop_draft(maintenance->store, copying->to.nodes, copying->to.count, &copying->draft);
	free(copying);
}

/*
 * A copy of a large catalog takes minutes to write. Where there are threads, one of its own does that, and all else
 * goes on; records are caught up with meanwhile.
 */
static int catch_up_beside(struct maintenance *maintenance, bool *changed, struct error *error)
{
	const bool ended = maintenance->copying && atomic_load(&maintenance->copying->ended);
	if (ended && end_copying(maintenance, error) < 0)
		return -1;
	struct maintain_copying *next = calloc(1, sizeof(*next));
	if (!next)
		return error_set_errno(error, ENOMEM, "cannot look after the journals");
	int result = journal_catch_up(maintenance->store, &next->to, changed, error);
	*changed = *changed || ended;
	if (result == 0 && next->to.count > 0 && !maintenance->copying)
		return start_copying(maintenance, next, error);
	free(next);
	return result;
}

/* ---- both ---- */

/*
 * Nodes that missed records get them, a moment after that was first seen: a commit may just be on its way to them,
 * and a folder whose journal has gone may be on its way out with all that is in it.
 */
static int catch_up_journals(struct maintenance *maintenance, struct error *error)
{
	bool due, changed;
	int64_t now = maintain_now_ns(maintenance);
	if (journal_is_due(maintenance->store, &due, error) < 0)
		return -1;
	if (!maintenance->copying && (!due || maintenance->journal_due_ns == 0)) {
		maintenance->journal_due_ns = due ? now : 0;
		return 0;
	}
	if (now - maintenance->journal_due_ns < (int64_t)PAUSE_MS * 1000000)
		return 0;
	int result = maintenance->threaded ? catch_up_beside(maintenance, &changed, error)
					   : journal_maintain(maintenance->store, &changed, error);
	if (result < 0)
		return -1;
	if (changed)
		maintain_note_news(maintenance);
	return 0;
}

/*
 * False when nodes know more than the catalog: who goes by an old copy of it could take the only copy of a chunk for
 * one too many.
 */
bool maintain_journals(struct maintenance *maintenance)
{
	struct error error;
	int64_t now = maintain_now_ns(maintenance);
	if (now < maintenance->next_journal_ns) {
		if (maintenance->behind_nodes)
			maintain_note_trouble(maintenance, &maintenance->behind_error);
		return !maintenance->behind_nodes;
	}
	int result = catch_up_journals(maintenance, &error);
	maintenance->behind_nodes = result < 0 && error.code == ERROR_DAMAGED;
	maintenance->next_journal_ns = result < 0 ? now + (int64_t)RETRY_MS * 1000000 : 0;
	if (maintenance->behind_nodes) {
		maintenance->behind_error = error;
		maintain_note_trouble(maintenance, &error);
		maintenance->hold_until_ns = now + 2 * (int64_t)RETRY_MS * 1000000;
		snprintf(maintenance->hold_reason, sizeof(maintenance->hold_reason), "%.*s",
			(int)sizeof(maintenance->hold_reason) - 1, error.message);
	}
	return !maintenance->behind_nodes;
}
