/*
 * traffic.h: how many bytes each node has moved, and how often it failed, counted by all processes together.
 *
 * The counters live in the file `traffic` in the store's folder, which every process that opens the store maps into
 * its memory, much as SQLite does with its -shm file; so a console sees what a put in another terminal moves, as it
 * moves. Whoever counts adds to a number in memory: no system call, no lock, no flush.
 *
 * ## The file
 *
 *   0     "linckia traffic\n", 16 bytes
 *   16    format, number of slots: 32 bits each, in the order of the processor
 *   24    the store's UUID and zeros, 40 bytes
 *   64    slots of 32 bytes: the node's key (0: free), bytes read, bytes written, errors
 *
 * Invariants:
 *
 *   1. The file has its whole length, with zeros written and no holes, before it has its name, and is never cut. So
 *      neither a full disk nor a second process can pull mapped pages away.
 *   2. A slot is claimed once, by compare-and-swap of its key, and belongs to that node for ever. The key is made
 *      from the node's UUID: the catalog gives the id of a node that was removed to another one. It is the first free
 *      slot from the key's own on. There are twice as many as a store can have nodes; when removed ones have used
 *      them up, new nodes are not counted.
 *   3. A number only grows. It may begin anew when the file is deleted.
 *
 * What is in the file is of no consequence: nobody decides anything by it, and it may be lost in a power failure or
 * be deleted while nobody uses the store. A file that cannot be made or mapped, or that is not as above (another
 * format, another processor, another store), is let be, and the process counts in memory of its own.
 *
 * Its calls are not made through env.h: a mapping has no errors that a call could return and nothing that a virtual
 * clock or a lost write would change, and no other file depends on this one.
 *
 * Any thread, no locks.
 */
#ifndef LINCKIA_ENGINE_TRAFFIC_H
#define LINCKIA_ENGINE_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/error.h"

enum traffic_kind { TRAFFIC_READ_BYTES, TRAFFIC_WRITTEN_BYTES, TRAFFIC_ERRORS, TRAFFIC_KINDS };

enum { TRAFFIC_SLOTS = 2048 };

struct traffic;

/* Opens the counters of the store in `folder`, and makes them if need be. Fails only for want of memory. */
MUST_CHECK int traffic_open(
	const char *folder, const char *store_uuid, struct traffic **traffic, struct error *error);
void traffic_close(struct traffic *traffic);

/* Whether other processes see what is counted. */
bool traffic_is_shared(const struct traffic *traffic);

/* What a node is called here; 0, which nothing is counted for, when it has no UUID. */
uint64_t traffic_key(const char *node_uuid);

/* Adds to one number of a node. NULL and key 0 are ignored. */
void traffic_add(struct traffic *traffic, uint64_t node, enum traffic_kind kind, uint64_t amount);

/* The node's numbers now; zeros when nothing was counted. */
void traffic_get(const struct traffic *traffic, uint64_t node, uint64_t counts[TRAFFIC_KINDS]);

#endif
