/*
 * read_times.h: how long reads of copies take, and from that: when one is late, and which node is better asked last.
 *
 * Dean and Barroso ("The Tail at Scale", CACM 56(2), 2013) send a request a second time, to another replica, once the
 * first has been outstanding for longer than most of its kind take. What most take is learned here from the reads
 * themselves. A read of b bytes is taken to cost as much as b + 1 MiB: what a hard disk moves while its arm does. So
 * reads of all sizes become comparable, as what 4 MiB would have taken:
 *
 *     sample     ms * (4 MiB + 1 MiB) / (b + 1 MiB)
 *     usual      the median of the node's last 32 samples; with fewer than 4 of them the median of all nodes' last
 *                32; at most twice that one, so that a node which is slow does not pass for one that may be
 *     late       after max(30 ms, 4 * usual), scaled back to the read's size; while nothing is known, usual is 20 ms
 *
 * A node whose read was late is asked last for a second. Then one read tries it: if that comes back in time, the node
 * is as good as any other, else it is asked last for twice as long as before, up to 16 s.
 *
 * Pure: no clock, no I/O, no locks.
 */
#ifndef LINCKIA_ENGINE_READ_TIMES_H
#define LINCKIA_ENGINE_READ_TIMES_H

#include <stdbool.h>
#include <stdint.h>

enum { READ_TIMES_WINDOW = 32, READ_TIMES_MIN = 4 };

/* Embedded; its fields are private. Zeros: nothing is known. Nothing to release. */
struct read_times {
	double samples[READ_TIMES_WINDOW]; /* a ring */
	unsigned count, next;
	double median; /* of them, while there are any */
};

/* Adds that a read of so many bytes took `ms`, which is finite and not negative. */
void read_times_add(struct read_times *times, uint64_t bytes, double ms);
/* The median of the samples; 0 when there are none. */
double read_times_usual(const struct read_times *times);
/* After how many milliseconds a read from the node is late; `all` has the times of all nodes. */
double read_times_limit(const struct read_times *node, const struct read_times *all, uint64_t bytes);

/* Whether a node is asked last for now. Zeros: it is not. Moments are those of any one clock. */
struct read_trust {
	unsigned tries;     /* in a row that were late; 0: the node is trusted */
	int64_t late_ns;    /* when the last read that was late began */
	int64_t avoided_ns; /* until then */
};

bool read_trust_is_low(const struct read_trust *trust, int64_t now_ns);
/* A read is about to begin though the node is not trusted: others do not try it as well. */
void read_trust_try(struct read_trust *trust, int64_t now_ns);
/* A read that began then is late. */
void read_trust_late(struct read_trust *trust, int64_t began_ns, int64_t now_ns);
/* A read that began then was in time. */
void read_trust_in_time(struct read_trust *trust, int64_t began_ns);

#endif
