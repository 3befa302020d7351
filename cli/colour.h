/*
 * colour.h: colours of the commands' text. Every colour stands beside a word that says the same.
 */
#ifndef LINCKIA_CLI_COLOUR_H
#define LINCKIA_CLI_COLOUR_H

#include <stdbool.h>

#include "engine/engine.h"

enum colour { COLOUR_NONE, COLOUR_GOOD, COLOUR_WARNING, COLOUR_BAD, COLOUR_DIM, COLOUR_STRONG };

/* Whether `fd` is a terminal that takes colours, and NO_COLOR is not set to anything. */
bool colour_wanted(int fd);

/* The sequence that begins `colour`; "" for COLOUR_NONE. */
const char *colour_begin(enum colour colour);

/* The sequence that ends any colour. */
#define COLOUR_END "\033[0m"

enum colour colour_of_health(enum health health);
enum colour colour_of_node(enum node_state state);

#endif
