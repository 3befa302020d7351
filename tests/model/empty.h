/*
 * empty.h: at the end of a run everything is removed, and nothing may be left of it on the nodes.
 */
#ifndef LINCKIA_TESTS_MODEL_EMPTY_H
#define LINCKIA_TESTS_MODEL_EMPTY_H

#include "run.h"

/* Removes all names and snapshots, collects, and looks for chunk files, versions and chunks. All nodes must be in. */
void empty_store(struct run *run);

#endif
