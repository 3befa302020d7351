/*
 * events.h: what the screens of the event log share: the list,
 * the event that the cursor is on, and one event's record.
 */
#ifndef LINCKIA_TUI_EVENTS_H
#define LINCKIA_TUI_EVENTS_H

#include "tui/event_list.h"

struct events_state {
	struct event_list list;
	int64_t id;                      /* of the event under the cursor, while `held` */
	bool held;                       /* else the cursor stays on the newest */
	size_t place, first;             /* of the cursor and the first row in sight; settled */
	char filter[EVENT_FILTER_BYTES]; /* as it was before it was typed anew */
};

/* The state of the event log; settled by whichever of its screens can be seen. */
struct events_state *console_events(const struct console *console);
void events_settle(struct console *console);
/* The event under the cursor, or NULL when there is none. */
const struct view_event *events_current(const struct console *console);
/* Puts the cursor on an event, or moves it by places; at the newest end, the log follows. */
void events_go_to(struct console *console, int64_t id);
void events_step(struct console *console, int places);

/* Goes to the event log, filtered. */
void console_show_events(struct console *console, const char *filter, const char *node);

/* All that an event's record says, from the row `first` of it on, and how many rows that takes. */
int panel_record_rows(const struct view_event *event, int columns, int64_t now_ms);
void panel_record(const struct paint *paint, struct area area, const struct view_event *event, int64_t now_ms,
	int first);

#endif
