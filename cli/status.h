/*
 * status.h: a whole view, as the text and the JSON of `status`.
 */
#ifndef LINCKIA_CLI_STATUS_H
#define LINCKIA_CLI_STATUS_H

#include <cjson/cJSON.h>

#include "engine/engine.h"

/* The caller frees it. */
cJSON *status_json(const struct view *view);

struct invocation;

/* Opens the store, looks at it and prints that, as `status` does. `health` may be NULL. */
MUST_CHECK int status_show(const struct invocation *invocation, enum health *health, struct error *error);

/* Prints to standard output. */
void status_print(const struct view *view);

/* The lines about repair and scrub, part of status_print(). */
void status_print_upkeep(const struct view *view);

/* Begins a line of status_print(). */
void status_print_label(const char *label);

/* "12 chunks have fewer copies than wanted; 1 more reason", or "" where health has no reason. The caller frees it. */
char *status_reason(const struct view *view);

#endif
