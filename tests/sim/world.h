/*
 * world.h: the env of a simulation: a virtual world (engine/virtual_world.h) in which disks fail, the wall clock
 * jumps, and the process dies in the middle of something.
 *
 * There is one world in a process. A node is known by the folder node-N below the store's folder, and whatever
 * is opened
 * below that belongs to it. What SQLite writes passes here too, by a VFS of its own (sqlite.org/vfs.html), so that a
 * process can be killed inside a commit.
 */
#ifndef LINCKIA_TESTS_SIM_WORLD_H
#define LINCKIA_TESTS_SIM_WORLD_H

#include "engine/virtual_world.h"

enum { WORLD_NODES = 12 };

/* What a disk does wrong now. */
struct disk_fault {
	bool bad_reads;   /* EIO */
	bool bad_writes;  /* EIO */
	bool bad_flushes; /* EIO of fsync and syncfs */
	bool full;        /* ENOSPC */
	bool bad_journal; /* EIO of writes to the journal and to copies of the catalog, not to chunks */
	unsigned percent; /* of the calls that fail; 100: all */
};

struct world {
	struct virtual_world virtual;
	char nodes[512]; /* DIR/node- */
	size_t nodes_length;
	struct disk_fault disks[WORLD_NODES];
	struct seeded_dice dice; /* of the faults */
	int64_t wall_offset_ms;
	uint64_t faults; /* calls that were made to fail */
};

extern struct world world;

/* Must come before SQLite opens anything. `store` is the folder of the store. */
void world_init(uint64_t seed, const char *store);
const struct env *world_env(void);
int64_t world_now_ms(void);
/* As the wall clock says, however it was set. */
int64_t world_wall_ms(void);
/*
 * From now on the process lives for so many more calls that write, and ends with WORLD_KILLED in the middle of
 * the next.
 * `dying` is called before that.
 */
enum { WORLD_KILLED = 77 };
void world_kill_after(uint64_t calls, void (*dying)(void));

#endif
