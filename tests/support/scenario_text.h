/*
 * scenario_text.h: scenarios from a text, for tests.
 */
#ifndef LINCKIA_TESTS_SCENARIO_TEXT_H
#define LINCKIA_TESTS_SCENARIO_TEXT_H

#include "engine/scenario.h"

/* A folder that does not exist: reading must not need it. */
#define SCENARIO_PATH "/no-such-folder/disk-dies.yaml"

/* Reads `text`; the test fails when it is refused. The caller frees the result. */
struct scenario *scenario_of(const char *text);

/* The test fails unless reading `text` fails with just "SCENARIO_PATH:MESSAGE", an ERROR_CONFIG. */
void refuse_scenario(const char *text, const char *message);

#endif
