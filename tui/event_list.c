/*
 * event_list.c: pages of the log, and what the view adds to them.
 *
 * At most one question is under way; a page stays until the answer to the next one is there. A page that reaches up
 * to the newest event is asked for again only when the view cannot tell any more what came after it.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "tui/event_list.h"

void event_list_release(struct event_list *list)
{
	answer_unref(list->page);
	*list = (struct event_list){.page = NULL};
}

void event_list_want(struct event_list *list, const char *filter, const char *node, enum event_severity least)
{
	struct event_list wanted = {.least = least};
	snprintf(wanted.filter, sizeof(wanted.filter), "%s", filter);
	snprintf(wanted.node, sizeof(wanted.node), "%s", node);
	if (strcmp(wanted.filter, list->filter) == 0 && strcmp(wanted.node, list->node) == 0 &&
		least == list->least)
		return;
	event_list_release(list);
	*list = wanted;
}

/* ---- what the view adds ---- */

static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whether `text` contains `part`, whatever the case of ASCII letters: as the log itself is searched. */
static bool contains(const char *text, const char *part)
{
	for (;; text++) {
		size_t same = 0;
		while (part[same] != '\0' && fold(text[same]) == fold(part[same]))
			same++;
		if (part[same] == '\0')
			return true;
		if (*text == '\0')
			return false;
	}
}

static bool matches(const struct event_list *list, const struct view_event *event)
{
	const char *filter = list->filter;
	if (event->severity < list->least)
		return false;
	if (list->node[0] != '\0' && strcmp(event->node, list->node) != 0)
		return false;
	return contains(event->text, filter) || contains(event->code, filter) ||
	       contains(event->node, filter);
}

static size_t page_count(const struct event_list *list)
{
	return list->page != NULL ? list->page->events.count : 0;
}

static void find_tail(struct event_list *list, const struct view *view)
{
	int64_t upto = list->page != NULL ? list->upto : 0;
	list->tail_count = 0;
	if (list->before != 0)
		return;
	size_t first = view->event_count > EVENT_TAIL ? view->event_count - EVENT_TAIL : 0;
	for (size_t i = first; i < view->event_count; i++)
		if (view->events[i].id > upto && matches(list, &view->events[i]))
			list->tail[list->tail_count++] = (uint16_t)i;
}

/* ---- questions ---- */

static int64_t newest_id(const struct view *view)
{
	return view->event_count > 0 ? view->events[view->event_count - 1].id : 0;
}

static void ask(struct event_list *list, struct console *console, int64_t before)
{
	struct question question = {.kind = QUESTION_EVENTS};
	question.events.filter = list->filter;
	question.events.node = list->node;
	question.events.least = list->least;
	question.events.before = before;
	question.events.limit = INQUIRY_EVENTS_MAX;
	list->asked_before = before;
	list->asked_upto = newest_id(console->view);
	list->ticket = console_ask(console, &question);
	list->waits = true;
}

static void take(struct event_list *list, struct console *console)
{
	const struct answer *answer = console_answer(console, QUESTION_EVENTS, list->ticket);
	if (!list->waits || answer == NULL)
		return;
	list->waits = false;
	if (answer->failure != NULL) {
		snprintf(list->failure, sizeof(list->failure), "%s", answer->failure);
		list->failed_sequence = console->view->sequence;
		list->to_first = false;
		return;
	}
	list->failure[0] = '\0';
	answer_unref(list->page);
	list->page = answer_ref(answer);
	list->before = list->asked_before;
	size_t count = answer->events.count;
	int64_t last = count > 0 ? answer->events.events[count - 1].id : 0;
	list->upto = last > list->asked_upto ? last : list->asked_upto;
}

/* Whether events may have come and gone between the page and the oldest that the view still has. */
static bool has_gap(const struct event_list *list, const struct view *view)
{
	size_t first = view->event_count > EVENT_TAIL ? view->event_count - EVENT_TAIL : 0;
	return list->before == 0 && view->event_count > 0 && view->events[first].id > list->upto + 1;
}

static bool is_lost(const struct event_list *list, const struct console *console)
{
	return list->waits && console->asked[QUESTION_EVENTS] != list->ticket;
}

void event_list_settle(struct event_list *list, struct console *console)
{
	take(list, console);
	bool failed = list->failure[0] != '\0' && list->failed_sequence == console->view->sequence;
	if (is_lost(list, console))
		ask(list, console, list->asked_before);
	else if (!list->waits && !failed && (list->page == NULL || has_gap(list, console->view)))
		ask(list, console, 0);
	else if (!list->waits && list->to_first && event_list_has_older(list))
		event_list_older(list, console);
	if (!event_list_has_older(list))
		list->to_first = false;
	find_tail(list, console->view);
}

/* ---- reading ---- */

size_t event_list_count(const struct event_list *list)
{
	return page_count(list) + list->tail_count;
}

const struct view_event *event_list_at(const struct event_list *list, const struct view *view, size_t place)
{
	size_t paged = page_count(list);
	assert(place < event_list_count(list));
	if (place < paged)
		return &list->page->events.events[place];
	assert(list->tail[place - paged] < view->event_count);
	return &view->events[list->tail[place - paged]];
}

size_t event_list_find(const struct event_list *list, const struct view *view, int64_t id)
{
	size_t low = 0, high = event_list_count(list), last = high > 0 ? high - 1 : 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (event_list_at(list, view, middle)->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < last ? low : last;
}

bool event_list_has_older(const struct event_list *list)
{
	return list->page != NULL && list->page->events.older;
}

bool event_list_has_newer(const struct event_list *list)
{
	return list->before != 0;
}

/* ---- moving ---- */

void event_list_older(struct event_list *list, struct console *console)
{
	if (list->waits || !event_list_has_older(list))
		return;
	assert(page_count(list) > 0);
	if (list->way_count == EVENT_PAGES)
		memmove(list->way, list->way + 1, --list->way_count * sizeof(*list->way));
	list->way[list->way_count++] = list->before;
	/* On the way to the oldest nobody looks, and no overlap is needed. */
	size_t from = list->to_first ? 0 : page_count(list) / 2;
	ask(list, console, list->page->events.events[from].id);
}

void event_list_newer(struct event_list *list, struct console *console)
{
	if (list->waits || !event_list_has_newer(list))
		return;
	ask(list, console, list->way_count > 0 ? list->way[--list->way_count] : 0);
}

void event_list_to_first(struct event_list *list, struct console *console)
{
	list->to_first = event_list_has_older(list);
	event_list_older(list, console);
}

void event_list_to_last(struct event_list *list, struct console *console)
{
	list->to_first = false;
	list->way_count = 0;
	if (list->before != 0)
		ask(list, console, 0);
}
