/*
 * virtual_world.h: an env whose clock jumps, whose dice are seeded, and whose disks are all alike.
 *
 * Time passes only by virtual_world_advance() and by what is slept (env.h), so an hour takes no longer than what is
 * done in it. Files are real ones, in the page cache: they are neither flushed nor written past it, and file systems
 * always have room, so that capacities in the config alone say how much there is. What a disk would take is slept: to
 * open a file VIRTUAL_SEEK_NS, to read or write VIRTUAL_DISK_RATE bytes a second; it is as quick for several at a
 * time. The clock begins at VIRTUAL_EPOCH_MS. With the same seed and the same calls, everything that the engine does
 * is the same again.
 *
 * An observer's env has the same clock, but dice of its own and no say in how time passes: what a screen looks at
 * changes nothing.
 */
#ifndef LINCKIA_ENGINE_VIRTUAL_WORLD_H
#define LINCKIA_ENGINE_VIRTUAL_WORLD_H

#include <pthread.h>

#include "engine/env.h"

#define VIRTUAL_EPOCH_MS  INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
#define VIRTUAL_SEEK_NS   INT64_C(1000000)
#define VIRTUAL_DISK_RATE (INT64_C(200) << 20)

struct virtual_clock {
	struct timekeeper time;
	pthread_mutex_t mutex; /* guards what follows */
	int64_t now_ns;        /* since the beginning */
	int64_t aside_ns;      /* slept by what goes on aside */
	unsigned depth;        /* of that */
};

struct seeded_dice {
	struct dice dice;
	_Atomic uint64_t state;
};

struct virtual_world {
	struct env env, observer;
	struct io io, observed_io;
	struct virtual_clock clock;
	struct timekeeper observed; /* sleeps in real time */
	struct seeded_dice dice, observer_dice;
};

void virtual_world_init(struct virtual_world *world, uint64_t seed);
void virtual_world_release(struct virtual_world *world);
void virtual_world_advance(struct virtual_world *world, int64_t ns);
/* Since the beginning. Any thread. */
int64_t virtual_world_now_ns(struct virtual_world *world);

/* Dice that depend on the seed alone. */
void seeded_dice_init(struct seeded_dice *dice, uint64_t seed);

#endif
