/*
 * latency.h: which disk has become slow without failing.
 *
 * A disk can answer correctly and yet be ten or a thousand times slower than it was, for minutes or for
 * good; what works with it then becomes as slow as it is. Gunawi et al. ("Fail-Slow at Scale: Evidence of
 * Hardware Performance Faults in Large Production Systems", FAST 2018) gathered such cases and found that
 * a fixed limit does not tell them apart: what is slow for one device is normal for another, and a slow
 * moment under load is no fault. Lu et al. ("Perseus: A Fail-Slow Detection Framework for Cloud Storage
 * Systems", FAST 2023) judge a device by how far it is from what it does itself, and by its peers on the
 * same machine, which share its load. Here this is done with medians, which a few outliers do not move:
 *
 *     recent     the median of the last 16 samples
 *     baseline   what recent is when all is well: a mean of the recent medians of full windows that is
 *                exact for the first 512 windows, and follows by 1/512 of the difference from then on
 *     peers      the median of the other nodes' recent medians; at least two must be known
 *
 *     slow when          recent > 20 ms, and > 8 * baseline or > 200 ms, and > 4 * peers
 *     well again when    recent < 10 ms, or  < 4 * baseline and < 100 ms, or  < 2 * peers
 *
 * Between the two the state stays what it was, so a disk at the limit does not flap. With fewer than two
 * peers only the node's own history counts. All of the second line are halves of the first; one is enough,
 * because a hard disk among solid ones is always slower than twice its peers and must not stay slow once
 * it is as fast as ever.
 *
 * The baseline learns only from windows that are below the second line's limits for the node itself, so
 * nothing is learned while the node is slow, nor while it becomes so. A disk that takes 30 ms from the
 * beginning is therefore not slow. One that takes 200 ms for a block is, even if it was failing already when
 * it was first looked at, which no history can tell; but only peers that are quicker can show that it is the
 * one. Without peers the 200 ms mean nothing.
 *
 * Pure: no clock, no I/O. One thread at a time for each node.
 */
#ifndef LINCKIA_ENGINE_LATENCY_H
#define LINCKIA_ENGINE_LATENCY_H

#include <stdbool.h>
#include <stddef.h>

enum {
	LATENCY_WINDOW = 16,
	LATENCY_SAMPLES_MIN = 4, /* below this a median says nothing */
	LATENCY_PEERS_MAX = 1024,
};

/* Embedded, one for each node; its fields are private. Nothing to release. */
struct latency {
	double samples[LATENCY_WINDOW]; /* milliseconds; a ring */
	unsigned count, next;
	double baseline_ms;
	unsigned windows; /* that the baseline has learned from; 0: there is none */
};

/* Nothing is known yet. Also for a node whose disk was replaced. */
void latency_init(struct latency *latency);

/* Adds how long one small piece of work took; `ms` is finite and not negative. */
void latency_add(struct latency *latency, double ms);

/* The median of the recent samples in milliseconds, negative while there are fewer than four. */
double latency_recent(const struct latency *latency);

/*
 * Whether the node is slow, given whether it was (`slow_now`) and the results of latency_recent() for the
 * other nodes, at most LATENCY_PEERS_MAX; negative ones are passed over. While the node has
 * too few samples, or neither a baseline nor peers, the answer is `slow_now`.
 */
bool latency_is_slow(const struct latency *own, const double *peer_recent, size_t peer_count, bool slow_now);

#endif
