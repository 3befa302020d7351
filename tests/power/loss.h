/*
 * loss.h: what a disk may hold after the power went away.
 *
 * Whatever a flush that had ended well covers is there. Of all else, three models say what may have become of it:
 *
 *   strict   What POSIX promises and nothing beyond. Each sector of 512 bytes that was written, or each block of
 *            4096, may be the old or the new one, and any in between where it was written several times. A size
 *            may have changed or not, and where it has without the bytes, zeros or garbage are read. Each name
 *            that was made, moved or taken away may be as before or as after, whatever became of others; only a
 *            rename is one step. To flush a file says nothing of its name.
 *   ordered  What ext4 does with data=ordered, and much like it xfs: names, sizes that were set, and permission
 *            bits reach the disk in their order; whatever is flushed takes along all of them that came before on
 *            that disk; a file does not grow before its bytes are there. Bytes that were written over are each old
 *            or new.
 *   prefix   All in its order up to some moment, of whose change a part may be there: a disk with a cache that
 *            loses its end.
 *
 * The folders named node-… are on one disk, so that one syncfs() covers all of them, and all else is on another. Or
 * each of them is on a disk of its own; then, in half of the losses, each disk is of its own model, and keeps more or
 * less of what it was given, or stops at a moment of its own.
 * What is written through mappings no recording shows: SQLite's shared memory may be there, not there, zeros or
 * garbage afterwards, and the counters of traffic as they were, or zeros.
 */
#ifndef LINCKIA_TESTS_POWER_LOSS_H
#define LINCKIA_TESTS_POWER_LOSS_H

#include <stdint.h>

#include "disk.h"
#include "moment.h"

enum loss_model { LOSS_STRICT, LOSS_ORDERED, LOSS_PREFIX, LOSS_MODELS };
const char *loss_model_name(enum loss_model model);

/* What losses really did, over all of them. */
enum loss_effect {
	EFFECT_DROPPED,   /* writes of which nothing was kept */
	EFFECT_TORN,      /* writes of which a part was kept */
	EFFECT_REORDERED, /* losses that kept a change and dropped an earlier one */
	EFFECT_SHORT,     /* files without the size that they had got */
	EFFECT_ZEROS,     /* sectors that were promised by the size and never written */
	EFFECT_GARBAGE,   /* the same, with other bytes than zeros */
	EFFECT_UNNAMED, /* files and folders that did not get their name, or not the one they were moved to */
	EFFECT_ORPHANED, /* of these, files whose bytes were safe */
	EFFECT_RETURNED, /* names that were taken away, and are there again */
	EFFECT_MIDFLUSH, /* losses in the middle of a flush */
	EFFECT_MAPPED,   /* mapped files that were lost or changed */
	EFFECT_APART,    /* losses in which each disk had its own habit */
	LOSS_EFFECTS
};
const char *loss_effect_name(enum loss_effect effect);

enum { DISKS_MAX = 16 };

/* One recording, and which flush made each of its changes durable. */
struct tape {
	struct recording recording;
	struct disk base;             /* what it begins with */
	size_t *covered[LOSS_MODELS]; /* by change: when it is durable; SIZE_MAX: never */
	unsigned char *disk_of;       /* by inode; 0: that of the catalog */
	size_t disks;                 /* at most DISKS_MAX */
	bool apart;                   /* each node is on a disk of its own */
	struct moments moments;
};
void tape_load(struct tape *tape, const char *path, bool apart);
void tape_release(struct tape *tape);
/* The disk that a change is made on. */
size_t tape_disk(const struct tape *tape, const struct change *change);

/* Makes of `disk`, which is new, what is left when the power goes away just before the change number `moment`. */
void loss_make(const struct tape *tape, size_t moment, enum loss_model model, uint64_t seed,
	struct disk *disk, uint64_t effects[LOSS_EFFECTS]);

#endif
