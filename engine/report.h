/*
 * report.h: what the process that maintains the store is doing, for itself and for all others.
 *
 * The holder of the role keeps a report in memory and writes it, whenever it changes and every few seconds at the
 * least, to maintenance.json beside the catalog: under another name first, then renamed, so that a reader finds a
 * whole one. It is not flushed; after a power failure nobody holds the role, and then nobody reads it. Nodes are
 * listed in it only where the holder knows more than a look would tell another process: that a node is slow, or down
 * for errors met at work.
 */
#ifndef LINCKIA_ENGINE_REPORT_H
#define LINCKIA_ENGINE_REPORT_H

#include "engine/node.h"
#include "engine/view.h"

enum { REPORT_FRESH_MS = 5000 /* an older one is not believed about nodes */ };
enum { REPORT_TRANSFERS_MAX = 16, REPORT_TEXT_SIZE = 512, REPORT_NODES_MAX = 64 };

struct report_transfer {
	char file[REPORT_TEXT_SIZE];
	char source[80], target[80];
	char purpose[16];
	uint64_t bytes, done_bytes;
	int64_t age_ms;
};

struct report_node {
	uint16_t id;
	enum node_state state;
	char cause[NODE_CAUSE_SIZE];
};

/* Plain data: copied by assignment. */
struct report {
	int64_t pid;
	int64_t time_ms; /* by the wall clock */
	enum repair_state state;
	char reason[REPORT_TEXT_SIZE];
	uint64_t queued, queued_bytes, active;
	struct view_queue queue[QUEUES];
	double rate, eta_s, grace_left_s;
	uint64_t bandwidth, repaired, repaired_bytes, moved_bytes, trimmed_bytes;
	struct report_transfer transfers[REPORT_TRANSFERS_MAX];
	size_t transfer_count;
	struct view_scrub scrub;
	struct report_node nodes[REPORT_NODES_MAX];
	size_t node_count;
};

/* A report of somebody who does nothing. */
void report_init(struct report *report);
/* Writes it into the store's folder. A failure is of no consequence but that others see an older one. */
void report_write(const struct report *report, const char *folder);
/* Reads what the holder of the role wrote. False when there is none that makes sense. */
bool report_read(struct report *report, const char *folder);

struct store;

/*
 * What is being done now, by this process or by the one that holds the role; `pid` gets that one's id, 0 when nobody
 * does. False when there is no report. Implemented in maintain.c.
 */
bool maintain_report(struct store *store, struct report *report, bool *ours, int64_t *pid);

#endif
