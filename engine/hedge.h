/*
 * hedge.h: reads that can be overtaken, so that one slow node does not make everything as slow as it is.
 *
 * "The Tail at Scale" (Dean and Barroso, CACM 2013) calls them hedged requests: when a read is late (read_times.h
 * says when), another copy is read besides, and whichever is good first is taken. The other one goes on in a thread
 * of the store's; what it read is thrown away, and how long it took is learned from.
 *
 *   race_begin ─▶ race_start ─▶ race_wait ──▶ RACE_ENDED: judge it; good: race_end; who still runs is on its own
 *                     ▲             │
 *                     └─────────────┴───────▶ RACE_LATE: start another, if a buffer can be had
 *
 * Where several reads are under way, time alone does not make one late: half as many others must have ended since it
 * began, or four times the limit be over. A machine that is busy, or a disk that all nodes share, holds up all reads,
 * and more of them would not help.
 *
 * Invariants:
 *
 *   1. A read under way owns its buffer, and gives it back to the pool itself once nobody waits for it any more.
 *      Nobody waits for a buffer in order to hedge (invariant 7 of the store), so memory is what the config says.
 *   2. While all is well, nothing is read twice: hedging costs credit, which reads that are in time earn (a twentieth
 *      each, as in the article) and hedges that win give back. Without credit, late reads are waited for.
 *   3. A store is released only when no read is under way. In the real world store_close() does not wait for them:
 *      the last one releases the store. In a world of the caller's (store_open_in) it waits.
 *
 * In a simulated world (env.h) everything is read by the calling thread; nodes that were late are still asked last.
 * Handing a read to another thread takes some ten microseconds; small reads from nodes that are known go without. Any
 * thread. The mutex is taken last of all and held for no I/O.
 */
#ifndef LINCKIA_ENGINE_HEDGE_H
#define LINCKIA_ENGINE_HEDGE_H

#include "engine/copy_read.h"

struct hedge;
struct reader;

MUST_CHECK int hedge_open(struct store *store, struct error *error);
/*
 * No read may be begun any more. True when none is under way, and the caller is to release the store,
 * hedge_free() included. Else, with `wait`, it waits until that is so; without, it returns false, and the last
 * read will call `release`.
 */
bool hedge_close(struct store *store, bool wait, void (*release)(struct store *store));
/* NULL is ignored. */
void hedge_free(struct hedge *hedge);

/*
 * The nodes that answer and hold the chunk, in the order in which to ask them: in random order, but those that are
 * slow or that were late last, the less slow first. Returns how many.
 */
unsigned hedge_order(struct store *store, const struct catalog_chunk *chunk, struct node **holders);

/* Reads of the same bytes, begun one after the other by one thread. On its stack. */
struct race {
	struct store *store;
	pthread_cond_t ended;
	struct reader *running[COPYSET_MAX];
	unsigned count;
	struct reader *newest; /* of them; NULL once it has ended */
	int64_t begun_ns;      /* when that was handed over, by the real monotonic clock */
	uint64_t ended_before; /* reads that had ended by then, of all races */
	int64_t quiet_ns;      /* RACE_LATE is not said again before then */
};

enum race_event { RACE_ENDED, RACE_LATE };

void race_begin(struct race *race, struct store *store);
/* Those that still run are left to themselves, with their buffers. */
void race_end(struct race *race);

/*
 * Has a thread do the read, of which `read` says what is to be done; where others run already, it costs
 * credit. False when there is no thread or no credit to be had, or when handing it over is not worth while:
 * then nothing has happened.
 */
MUST_CHECK bool race_start(struct race *race, const struct copy_read *read);
/* The calling thread does the read. */
void race_read_here(struct race *race, struct copy_read *read);
/* Waits until one of those that run has ended, and moves it to `ended`, or until the newest one is late. */
enum race_event race_wait(struct race *race, struct copy_read *ended);

#endif
