/*
 * maintain_journal.c: nodes that missed records of the catalog get them (journal.h).
 */
#include <stdio.h>

#include "engine/journal.h"
#include "engine/maintain.h"

enum { RETRY_MS = 5000, PAUSE_MS = 1000 };

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
	if (!due || maintenance->journal_due_ns == 0) {
		maintenance->journal_due_ns = due ? now : 0;
		return 0;
	}
	if (now - maintenance->journal_due_ns < (int64_t)PAUSE_MS * 1000000)
		return 0;
	if (journal_maintain(maintenance->store, &changed, error) < 0)
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
