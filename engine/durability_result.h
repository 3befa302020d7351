/*
 * durability_result.h: what came of a store on paper in its virtual years (durability.h), and how far it got.
 */
#ifndef LINCKIA_ENGINE_DURABILITY_RESULT_H
#define LINCKIA_ENGINE_DURABILITY_RESULT_H

#include <stdint.h>

struct durability_result {
	uint64_t chunks, chunk_bytes; /* of the case */

	uint64_t chunks_lost, bytes_lost; /* no good copy is left on any disk */
	int64_t first_loss_ms;            /* since the beginning; negative when nothing was lost */

	uint64_t disks_failed, disks_replaced;
	uint64_t outages; /* of nodes, those with their zone not counted */
	uint64_t zone_outages, zone_losses;
	uint64_t copies_rotted, rot_found;
	uint64_t storms; /* how often repair stopped because too few nodes answered */

	uint64_t copies_made, bytes_moved; /* by repair */
	uint64_t copies_failed;  /* given up on the way because a node went away or the source was bad */
	uint64_t copies_trimmed; /* removed because there were too many */
	/* Made, and then not needed because an older one came back. */
	uint64_t copies_needless, bytes_needless;
	uint64_t copies_spread; /* made only to have copies in more zones */

	/* Chunks at one time, and times the hours that they were so; good copies on nodes that answer are counted. */
	uint64_t peak_short, peak_last_copy, peak_unavailable;
	double short_chunk_hours;       /* fewer copies than wanted, at least one */
	double last_copy_chunk_hours;   /* one copy while more are wanted */
	double unavailable_chunk_hours; /* none, but a node that is away has one */
	int64_t longest_short_ms; /* the longest time until a chunk had all its copies again, or to the end */

	uint64_t events; /* processed */
};

struct durability_progress {
	int64_t now_ms, period_ms; /* virtual; now: 0 while the chunks are placed */
};
typedef void durability_report(void *context, const struct durability_progress *progress);

#endif
