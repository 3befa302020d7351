/*
 * hints.h: which nodes are slow, as far as the process that maintains the store knows.
 *
 * It samples every node's disk all the time (maintain_probe.c, latency.h), and says in its report (report.h) which
 * are slow. A put or a get in another process takes that over, so that it need not find out by itself.
 */
#ifndef LINCKIA_ENGINE_HINTS_H
#define LINCKIA_ENGINE_HINTS_H

#include "engine/store.h"

/*
 * Marks the nodes that are slow, and those that no longer are, at most once a second, whoever asks. Does nothing in
 * the process that maintains the store. Reads a small file. Any thread.
 */
void hints_follow(struct store *store);

#endif
