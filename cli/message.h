/*
 * message.h: what the user is told on standard error.
 *
 * Sentences, always escaped (invariant 9). With --json, errors and warnings are objects, one a line:
 * {"error":{"code":…,"message":…}} and {"warning":{…}}, and information is left out: the data on standard
 * output says the same. One thread at a time.
 */
#ifndef LINCKIA_CLI_MESSAGE_H
#define LINCKIA_CLI_MESSAGE_H

#include <stdbool.h>

#include "engine/engine.h"

/* `quiet` leaves out information; errors and warnings stay. */
void message_start(bool json, bool quiet);

void message_error(const struct error *error);
void message_warning(const struct error *warning);
void message_information(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Where to read more after a usage error; nothing with --json, nor within another program (LINCKIA_PARENT). `command`
 * may be NULL.
 */
void message_hint(const char *command);

#endif
