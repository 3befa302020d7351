/*
 * uuid.h: random identifiers for stores, nodes and operations (RFC 9562, version 4, in text form).
 */
#ifndef LINCKIA_ENGINE_UUID_H
#define LINCKIA_ENGINE_UUID_H

#include <stdbool.h>

#include "engine/env.h"

enum { UUID_SIZE = 37 }; /* 36 characters and NUL */

/* Draws a new one. Returns `out`. */
char *uuid_new(const struct env *env, char out[UUID_SIZE]);

/* Whether `text` has the form of an identifier made by uuid_new(). */
bool uuid_is_valid(const char *text);

#endif
