/*
 * config_entry.h: one entry of the list `nodes`, and single values, as they are written into a config.
 */
#ifndef LINCKIA_ENGINE_CONFIG_ENTRY_H
#define LINCKIA_ENGINE_CONFIG_ENTRY_H

#include <stdio.h>

#include "engine/config.h"

/*
 * Whether `node` can be written at all: an ERROR_USAGE says what is wrong with its name, path, zone or
 * capacity. A config is UTF-8, so a path that is not cannot stand in one.
 */
MUST_CHECK int config_entry_check(const struct config_node *node, struct error *error);

/*
 * Writes "name: a", "path: b" … with `between` (", ", or a line break and blanks) between them; what is
 * NULL or 0 is left out. Failures show in ferror().
 */
void config_entry_write(FILE *out, const struct config_node *node, const char *between);

/* A text, in quotation marks where YAML needs them; a number from 0 with a decimal point. */
void config_text_write(FILE *out, const char *text);
void config_decimal_write(FILE *out, double value);

#endif
