/*
 * event.h: one event, as JSON and as a line of text.
 */
#ifndef LINCKIA_CLI_EVENT_H
#define LINCKIA_CLI_EVENT_H

#include <cjson/cJSON.h>

#include "engine/engine.h"

/* The caller frees it. */
cJSON *event_json(const struct view_event *event);

/* Prints to standard output; with `details`, also what brought it about, where, how much, and how it ended. */
void event_print(const struct view_event *event, bool details);

/*
 * Those details, "node-3 went down; node-1 -> node-4; 2 chunks, 8.0 MiB; 1 s; ok", or "" when the event has none.
 * Foreign text in it is not escaped. The caller frees it. Pure.
 */
char *event_details(const struct view_event *event);

#endif
