/*
 * fetch.h: the bytes of one version, verified, into a descriptor.
 *
 * Several threads each take the next extent, read and verify its chunk from whichever node has a good copy, and write
 * it at its place; into a pipe they take turns. Every one holds a single buffer of the pool, taken before its turn,
 * so the thread whose turn it is never waits for a buffer.
 */
#ifndef LINCKIA_ENGINE_FETCH_H
#define LINCKIA_ENGINE_FETCH_H

#include "engine/store.h"

struct fetch_options {
	unsigned threads;          /* at most; 1: in the calling thread */
	bool in_order;             /* the descriptor cannot be written at an offset */
	progress_report *progress; /* called from one thread at a time; may be NULL, like `cancel` */
	void *context;
	const atomic_bool *cancel;
};

/* Writes all of `entry`, a file, to `fd`. On failure some of it may have been written. */
MUST_CHECK int fetch_version(struct store *store, const struct catalog_entry *entry, int fd,
	const struct fetch_options *options, struct error *error);

#endif
