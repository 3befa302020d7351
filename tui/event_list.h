/*
 * event_list.h: the part of the event log that is at hand, in the order of time.
 *
 * It has two parts: a page, the answer to a question, of which the list keeps a reference; and, where the page
 * reaches up to the newest event, those of the view that came after it. So new events need no question, and a filter
 * acts at once on what the view has while the page is being found.
 *
 *      log   |···················[  page  ][ view ]          at the newest end
 *            |······[  page  ]······················          further back: the way up is remembered
 *
 * A page overlaps the one before it by half, so that whoever moves through it does not notice. Events keep their ids;
 * their places in the list change whenever it is settled. Belongs to the thread that runs the console.
 */
#ifndef LINCKIA_TUI_EVENT_LIST_H
#define LINCKIA_TUI_EVENT_LIST_H

#include "tui/screen.h"

enum { EVENT_FILTER_BYTES = 128, EVENT_NODE_BYTES = 128, EVENT_TAIL = 512, EVENT_PAGES = 64 };

struct event_list {
	char filter[EVENT_FILTER_BYTES]; /* a part of text, code or node; "" for all */
	char node[EVENT_NODE_BYTES];     /* only events about this node; "" for all */
	enum event_severity least;

	const struct answer *page; /* with a reference of its own; NULL while there is none */
	int64_t before;            /* where the page ends; 0: at the newest */
	int64_t upto;              /* the page has everything up to this id; later ones come from the view */
	uint16_t tail[EVENT_TAIL]; /* places in the view of what comes after the page */
	size_t tail_count;

	bool waits; /* for the answer to the question with this … */
	uint64_t ticket;
	int64_t asked_before, asked_upto;
	int64_t way[EVENT_PAGES]; /* where the pages ended that were left for older ones */
	size_t way_count;
	bool to_first; /* on to the oldest, page after page */

	char failure[256];        /* of the last question; "" when there was an answer */
	uint64_t failed_sequence; /* of the view then: it is asked again when there is another */
};

void event_list_release(struct event_list *list);

/* Shows other events from now on. */
void event_list_want(
	struct event_list *list, const char *filter, const char *node, enum event_severity least);

/* Takes answers in, asks what has to be asked. After this the functions below hold until the next time. */
void event_list_settle(struct event_list *list, struct console *console);

size_t event_list_count(const struct event_list *list);
/* The event at a place below the count; it lives until the list is settled again. */
const struct view_event *event_list_at(const struct event_list *list, const struct view *view, size_t place);
/* The place of the event with that id; of the one after it when it is not there, or of the last. */
size_t event_list_find(const struct event_list *list, const struct view *view, int64_t id);

/* Whether there are matching events before, or after, those at hand. */
bool event_list_has_older(const struct event_list *list);
bool event_list_has_newer(const struct event_list *list);

/* Have the list moved by half a page, or to its ends, as soon as the answer is there. */
void event_list_older(struct event_list *list, struct console *console);
void event_list_newer(struct event_list *list, struct console *console);
void event_list_to_first(struct event_list *list, struct console *console);
void event_list_to_last(struct event_list *list, struct console *console);

#endif
