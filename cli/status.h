/*
 * status.h: a whole view, as the text and the JSON of `status`.
 */
#ifndef LINCKIA_CLI_STATUS_H
#define LINCKIA_CLI_STATUS_H

#include <cjson/cJSON.h>

#include "engine/engine.h"

/* The caller frees it. */
cJSON *status_json(const struct view *view);

/* Prints to standard output. */
void status_print(const struct view *view);

#endif
