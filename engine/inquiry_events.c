/*
 * inquiry_events.c: a part of the event log, walked from its newest end, so that what is usually asked for costs no
 * more than what it shows.
 */
#include "engine/inquiry_private.h"

struct event_search {
	struct search *search;
	struct view_event *events; /* newest first until the end */
	size_t count;
};

enum { ENOUGH = 1 };

static int look_at_event(void *context, const struct catalog_event *event, struct error *error)
{
	(void)error;
	struct event_search *found = context;
	struct search *search = found->search;
	const struct question *question = search->question;
	const char *filter = question->events.filter;
	if (filter[0] && !search_matches(filter, event->text) && !search_matches(filter, event->code) &&
		!search_matches(filter, event->node))
		return 0;
	if (found->count == question->events.limit) {
		search->answer->events.older = true;
		return ENOUGH;
	}
	found->events[found->count++] = (struct view_event){
		.id = event->id,
		.time_ms = event->time_ms,
		.severity = event->severity,
		.code = search_copy(search, event->code),
		.node = search_copy(search, event->node),
		.text = search_copy(search, event->text),
		.trigger = search_copy(search, event->trigger),
		.source = search_copy(search, event->source),
		.target = search_copy(search, event->target),
		.result = search_copy(search, event->result),
		.chunks = event->chunks,
		.bytes = event->bytes,
		.duration_ms = event->duration_ms,
	};
	return 0;
}

int inquiry_events(struct search *search, struct error *error)
{
	const struct question *question = search->question;
	struct answer *answer = search->answer;
	struct event_search found = {.search = search};
	found.events = search_alloc(search, question->events.limit, sizeof(*found.events), error);
	if (!found.events)
		return -1;
	int64_t before = question->events.before > 0 ? question->events.before : INT64_MAX;
	if (catalog_each_event_down(search->catalog, before, question->events.least, question->events.node,
		    look_at_event, &found, error) < 0)
		return -1;
	for (size_t i = 0; i < found.count / 2; i++) {
		struct view_event event = found.events[i];
		found.events[i] = found.events[found.count - 1 - i];
		found.events[found.count - 1 - i] = event;
	}
	answer->events.events = found.events;
	answer->events.count = found.count;
	return 0;
}
