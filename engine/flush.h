/*
 * flush.h: makes what was written to nodes durable.
 *
 * One syncfs() for each file system. A failure is reported by the system once, to whoever flushes first, so it
 * counts against every copy that was written to that file system before it: each node on it remembers that a
 * flush failed (node_flush_failures), and a copy is durable only if that number has not changed since before it was
 * written.
 */
#ifndef LINCKIA_ENGINE_FLUSH_H
#define LINCKIA_ENGINE_FLUSH_H

#include "engine/store.h"

/*
 * Flushes the file systems of the nodes whose `touched` is set, by index. What fails is noted on the nodes and
 * written to the event log; a node that cannot be written to now counts as one whose flush failed. Blocks for as long
 * as the disks take.
 */
void flush_nodes(struct store *store, const bool touched[STORE_NODES_MAX]);

#endif
