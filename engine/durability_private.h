/*
 * durability_private.h: the store on paper that durability.h plays.
 *
 *     durability.c          checks a case, lays out the store, goes from event to event
 *       ├ durability_fault.c    what happens to disks, machines, zones and bytes, and when
 *       ├ durability_repair.c   judges chunks, queues them, makes copies and trims
 *       └ durability_book.c     who holds what: entries, their state, the sums over all chunks
 *
 * An entry is what a catalog would know: this chunk is on that node. What is true besides is that the node
 * may be dead and the copy bad; decisions never look at that, only the account of what is lost does, and
 * whoever reads a copy.
 *
 * Always true between events (durability_audit() counts it all anew):
 *
 * 1. A chunk has at most one entry for a node, and each entry is in its node's list at the place that it says.
 * 2. A chunk that is lost has no entries, and one that is not lost has a good copy on a disk that is not dead.
 * 3. At most one copy of a chunk is under way, and its target has no entry for it.
 * 4. What a node uses is its entries and what is under way to it.
 */
#ifndef LINCKIA_ENGINE_DURABILITY_PRIVATE_H
#define LINCKIA_ENGINE_DURABILITY_PRIVATE_H

#include "engine/agenda.h"
#include "engine/durability.h"
#include "engine/grace.h"
#include "engine/placement.h"
#include "engine/repair_plan.h"
#include "engine/throttle.h"
#include "engine/virtual_world.h"

/* What a chunk is, by its good copies on nodes that answer. */
enum chunk_class { CHUNK_FULL, CHUNK_SHORT, CHUNK_LAST_COPY, CHUNK_UNAVAILABLE, CHUNK_LOST, CHUNK_CLASSES };

enum { FLAG_UNDER_WAY = 1, FLAG_BLOCKED = 2, FLAG_MISPLACED = 4 };

enum fault_event {
	EVENT_DISK_DIES,     /* subject: node; token: which disk of that node */
	EVENT_DISK_REPLACED, /* subject: node */
	EVENT_NODE_LEAVES,   /* subject: node */
	EVENT_NODE_RETURNS,  /* subject: node */
	EVENT_GRACE_ENDS,    /* subject: node; token: its epoch */
	EVENT_ZONE_LEAVES,   /* subject: zone */
	EVENT_ZONE_RETURNS,  /* subject: zone */
	EVENT_ZONE_DIES,     /* subject: zone */
	EVENT_COPY_ROTS,
	EVENT_ROT_FOUND, /* subject: chunk; token: node */
	EVENT_COPY_ENDS, /* subject: transfer */
	EVENT_WAKE,      /* the throttle lets the next copy begin */
};

struct chunk_list {
	uint32_t *chunks;
	size_t count, room;
};

struct paper_node {
	struct grace grace;
	struct chunk_list held;
	unsigned zone;
	uint32_t epoch; /* goes up whenever it begins, or ceases, to answer */
	uint32_t disk;  /* which one it has: the first, the second … */
	bool dead, out; /* its disk; the machine */
	uint32_t under_way;
	int64_t read_free_ns, write_free_ns; /* when it can read, and write, the next chunk */
	struct seeded_dice deaths, outages;
};

struct paper_zone {
	bool out;
	unsigned targets; /* nodes that may get copies */
	struct seeded_dice outages, losses;
};

struct transfer {
	uint32_t chunk;
	uint16_t source, target; /* indexes */
	uint32_t source_epoch, target_epoch;
	enum plan_purpose purpose;
	uint32_t next_free;
};

struct paper_store {
	const struct durability_case *settings;
	struct durability_result *result;
	int64_t now_ns, end_ns;

	struct paper_node *nodes;
	struct paper_zone *zones;
	unsigned present; /* nodes that answer */
	struct plan_node plan_nodes[STORE_NODES_MAX];
	struct placement_node places[STORE_NODES_MAX];
	uint16_t index_by_id[65536];
	struct plan_world world;

	/* Of each chunk; the first two have `width` entries for each. */
	unsigned width;
	uint16_t *holders;     /* ids: index + 1 */
	uint32_t *list_places; /* where in the holder's list */
	uint8_t *holder_counts;
	uint32_t *rotten; /* a bit for each entry */
	uint8_t *classes, *flags;
	uint32_t *queued; /* the urgency it is queued with; UINT32_MAX: it is not */
	int64_t *short_since_ns;

	uint64_t entries;
	uint64_t in_class[CHUNK_CLASSES];

	struct agenda agenda, queue;
	uint64_t event_order;
	struct throttle throttle;
	struct transfer *transfers;
	uint32_t transfer_count, transfer_max, free_transfer;
	bool storm, wake_planned;
	/* Chunks that want a node, or a zone, that does not exist now; looked at again when one appears. */
	struct chunk_list blocked, misplaced;
	bool target_appeared, zone_appeared;
	bool out_of_memory;

	struct seeded_dice placement, rot;
};

/* ---- durability_book.c ---- */

int book_open(struct paper_store *store, struct error *error);
void book_close(struct paper_store *store);
void list_add(struct paper_store *store, struct chunk_list *list, uint32_t chunk);
static inline uint16_t *holders_of(const struct paper_store *store, uint32_t chunk)
{
	return store->holders + (size_t)chunk * store->width;
}
/* What stands for the chunk's digest; the factor is that of Fibonacci hashing (Knuth, TAOCP 3, 6.4). */
static inline uint64_t durability_chunk_key(uint32_t chunk)
{
	return chunk * UINT64_C(0x9e3779b97f4a7c15);
}
/* Whether it is a copy that a reader would get: its node answers, and it is good. */
bool entry_is_good(const struct paper_store *store, uint32_t chunk, unsigned slot);
/* The slot of the entry for `node`; -1: none. */
int entry_find(const struct paper_store *store, uint32_t chunk, unsigned node);
void entry_add(struct paper_store *store, uint32_t chunk, unsigned node);
/* Slots above `slot` may move down. */
void entry_remove(struct paper_store *store, uint32_t chunk, unsigned slot);
/*
 * After anything about a chunk's copies changed. A chunk without a
 * good copy on any disk is lost, and loses its entries.
 */
void book_classify(struct paper_store *store, uint32_t chunk);
/* What a node uses, and whether it may get copies, after either changed. */
void book_node(struct paper_store *store, unsigned node);
/* Adds the time until `now_ns` to the sums. */
void book_pass_time(struct paper_store *store, int64_t now_ns);
/* At the end: what is still short of copies was so until now. */
void book_end(struct paper_store *store);
/* Counts everything anew; ERROR_DAMAGED if it is not as the books say. */
MUST_CHECK int durability_audit(const struct paper_store *store, struct error *error);

/* ---- durability_repair.c ---- */

/* Judges a chunk after a change. `came_back`: what is now too many is so because an older copy came back. */
void repair_judge(struct paper_store *store, uint32_t chunk, bool came_back);
void repair_copy_ends(struct paper_store *store, uint32_t transfer);
/* At the end of each event: looks again at chunks that had to wait for a node, and begins copies. */
void repair_go_on(struct paper_store *store);

/* ---- durability_fault.c ---- */

void fault_schedule(struct paper_store *store, enum fault_event event, int64_t after_ns, uint32_t subject,
	uint32_t token);
/* The first failures of everything. */
void fault_begin(struct paper_store *store);
void fault_happens(struct paper_store *store, const struct agenda_item *event);
/* A copy was read and is not what it should be. */
void fault_rot_found(struct paper_store *store, uint32_t chunk, unsigned slot);

#endif
