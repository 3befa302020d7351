/*
 * verdict.h: what a rehearsal came to, as text and as JSON.
 */
#ifndef LINCKIA_CLI_VERDICT_H
#define LINCKIA_CLI_VERDICT_H

#include <cjson/cJSON.h>

#include "engine/engine.h"

void verdict_print(const struct verdict *verdict);
cJSON *verdict_json(const struct verdict *verdict);

#endif
