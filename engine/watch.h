/*
 * watch.h: what view.c and watch.c share; the public part is in engine.h.
 */
#ifndef LINCKIA_ENGINE_WATCH_H
#define LINCKIA_ENGINE_WATCH_H

#include "engine/store.h"

/* Takes a picture with what is known of the nodes. The caller owns one reference. */
MUST_CHECK int view_take(struct store *store, size_t events, const struct view **view, struct error *error);

#endif
