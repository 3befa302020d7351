/*
 * snapshot.h: what snapshot*.c share.
 */
#ifndef LINCKIA_ENGINE_SNAPSHOT_H
#define LINCKIA_ENGINE_SNAPSHOT_H

#include "engine/history.h"

/*
 * Inside a transaction in which nothing was done yet: takes a snapshot called by `prefix` and the time, whatever
 * other names there are.
 */
MUST_CHECK int snapshot_add_by_time(
	struct store *store, const char *prefix, struct catalog_snapshot *snapshot, struct error *error);

#endif
