/*
 * link_spec.h: what is to change about a link, as `linckia net set` takes it: KEY=VALUE.
 */
#ifndef LINCKIA_CLI_LINK_SPEC_H
#define LINCKIA_CLI_LINK_SPEC_H

#include "engine/engine.h"

/*
 * Adds one "latency=50ms", "jitter=5ms", "bandwidth=4MiB", "loss=0.02", "loss=2%" or "cut=true" to `change`. An
 * ERROR_USAGE tells what is allowed; a key that was given before is one too.
 */
MUST_CHECK int link_spec_parse(const char *text, struct link_change *change, struct error *error);

/* The `index`th key that may stand there, "latency" …; NULL behind the last. */
const char *link_spec_key(size_t index);

#endif
