/*
 * node_spec.h: the value of `new --node`: PATH[,name=X][,zone=Z][,capacity=SIZE].
 *
 * In it, `\,` stands for a comma and `\\` for a backslash; any other backslash is itself.
 */
#ifndef LINCKIA_CLI_NODE_SPEC_H
#define LINCKIA_CLI_NODE_SPEC_H

#include "engine/engine.h"

/* Owns its text; what was not given is NULL or 0. */
struct node_spec {
	char *path, *name, *zone;
	uint64_t capacity_bytes;
};

/* Reads `text`; `spec` needs no release after a failure. */
MUST_CHECK int node_spec_parse(struct node_spec *spec, const char *text, struct error *error);
void node_spec_release(struct node_spec *spec);

#endif
