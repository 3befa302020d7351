/*
 * config_text.h: configs from a text, for tests.
 */
#ifndef LINCKIA_TESTS_SUPPORT_CONFIG_TEXT_H
#define LINCKIA_TESTS_SUPPORT_CONFIG_TEXT_H

#include "engine/config.h"

/* A folder that does not exist: parsing must not need it. */
#define CONFIG_PATH  "/no-such-folder/config.yaml"
#define CONFIG_NODES "nodes: [{name: a, path: a}, {name: b, path: b}]\n"

/* Parses `text`; the test fails when it is refused. The caller frees the result. */
struct config *config_of(const char *text);
/* The same of a file with CONFIG_NODES and then `line`, which is its second. */
struct config *config_of_line(const char *line);

#endif
