/*
 * durability_table.h: stores on paper beside one another, as text and as JSON.
 */
#ifndef LINCKIA_CLI_DURABILITY_TABLE_H
#define LINCKIA_CLI_DURABILITY_TABLE_H

#include <stddef.h>

#include <cjson/cJSON.h>

#include "engine/engine.h"

/* A row for each case; about 80 columns with names of up to 18. */
void durability_table_print(const char *const *names, const struct durability_result *results, size_t count);

/* An array of objects, in the same order. */
cJSON *durability_table_json(const char *const *names, const struct durability_result *results, size_t count);

#endif
