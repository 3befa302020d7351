/*
 * task.h: the work of maintenance on one chunk, as far as it is I/O on nodes.
 *
 *   copy    read and verify one live copy, write it to the target, read that back and verify it
 *   trim    verify the copies that are to stay, so that one of them may go
 *   scrub   verify every live copy
 *
 * Invariant 3, a bad copy is never copied: what is written is what was verified in memory, and a target counts only
 * after its bytes were read back, past the page cache where that can be done.
 *
 * A task does not change the catalog and removes nothing. It says what it found, bad copies among it, and whoever
 * planned it draws the conclusions. What it wrote is not flushed yet. One buffer is all it needs. Any thread.
 */
#ifndef LINCKIA_ENGINE_TASK_H
#define LINCKIA_ENGINE_TASK_H

#include <stdatomic.h>

#include "engine/chunk_file.h"
#include "engine/repair_plan.h"
#include "engine/store.h"

enum task_kind { TASK_COPY, TASK_TRIM, TASK_SCRUB };

enum task_outcome {
	TASK_OK,
	TASK_NO_SOURCE, /* copy: no copy could be read; trim: too few were good */
	TASK_NO_TARGET, /* copy: it could not be written, or was not read back as written */
};

/* A copy that turned out bad, on a node that is otherwise well. */
struct task_bad {
	struct node *node;
	enum chunk_read_result result;
};

struct task {
	/* What is to be done. */
	enum task_kind kind;
	enum plan_purpose purpose;
	struct catalog_chunk chunk; /* as it was when the task was planned */
	struct node *from;          /* copy: the holder to read first */
	struct node *target;        /* copy */
	struct node *victim;        /* trim: not verified, since it is to go */
	struct node *only; /* scrub: this node's copy, or NULL for all; others only if that cannot be read */
	unsigned pass;     /* scrub: that handed it out */
	bool last_copy;
	int64_t planned_ns;

	/* What came of it. */
	enum task_outcome outcome;
	struct node *source;     /* copy: whose copy was read */
	unsigned flush_failures; /* copy: of the target, before it was written */
	unsigned verified;       /* copies found good: */
	struct node *good[COPYSET_MAX];
	uint64_t bytes; /* read, and written where that was asked for, but not read back */
	struct task_bad bad[COPYSET_MAX];
	unsigned bad_count;
	bool misdescribed;            /* a good copy has another size than the catalog says */
	char why[160];                /* it failed, in words */
	int64_t started_ns, ended_ns; /* the latter may lie in the future: it was carried out aside (env.h) */
	/* Copy: bytes read, written and read back so far; for anyone who looks on. */
	atomic_uint_fast64_t moved;

	char *file;        /* whose chunk it is, once somebody has asked; on the heap, or NULL */
	struct task *next; /* for whoever keeps lists of them */
};

/*
 * How far a copy has come, from 0 to the chunk's size: reading it, writing it and reading it back are a third each.
 * All of it is done when only the flush and the commit are left, which many copies share. Any thread.
 */
uint64_t task_done_bytes(const struct task *task);

/* Does it with `buffer`; a chunk that does not fit there can be verified, but not copied. Blocks on disks. */
void task_run(struct task *task, struct store *store, struct buffer *buffer);

#endif
