/*
 * throttle.h: how fast background work may move bytes; a token bucket that many threads share.
 *
 * Whoever is about to move bytes books them and is told how long to wait first. Booking never sleeps, so
 * the wait can be cut short when work is paused or stopped. Bookings are served in the order in which
 * they come: each waits until everything booked before it, and itself, is paid for.
 *
 *     level   bytes that may be moved at once; below 0 it is a debt, which time pays off
 *     burst   the most that is ever saved up: what the rate allows in one second, or the booking at hand
 *             if that is larger, so that a chunk larger than a second's worth does not wait when the disk
 *             was idle for long enough
 *
 * In any stretch of time t no more than burst + rate * t is let through. Debt is kept in bytes, not in
 * time: a new rate applies to what is owed already. A thread that sleeps through a long wait in short
 * pieces follows such a change when it asks again with a booking of 0 bytes, which tells when all that
 * is booked will be paid.
 *
 * Any thread; a mutex inside is held for a few divisions only.
 */
#ifndef LINCKIA_ENGINE_THROTTLE_H
#define LINCKIA_ENGINE_THROTTLE_H

#include <pthread.h>
#include <stdint.h>

/* Embedded; its fields are private. */
struct throttle {
	pthread_mutex_t mutex;
	uint64_t rate;             /* bytes per second; UINT64_MAX: no limit */
	uint64_t fastest, slowest; /* the rates since the last booking */
	double level;
	int64_t at_ns; /* when `level` was right */
};

/* `bytes_per_second` 0 is no limit. The bucket is full at first. */
void throttle_init(struct throttle *throttle, uint64_t bytes_per_second);
void throttle_release(struct throttle *throttle);

/*
 * Changes the rate while others book. It is not told the time: what passed since the last booking pays
 * debts at the faster of the two rates and saves at the slower one. A booking of 0 bytes just before
 * makes it exact.
 */
void throttle_set(struct throttle *throttle, uint64_t bytes_per_second);
/* The rate in force, in bytes per second; 0: no limit. */
uint64_t throttle_rate(struct throttle *throttle);

/*
 * Books `bytes` and returns how many nanoseconds the caller has to wait before it moves them, 0 if none.
 * `now_ns` is monotonic time; threads may arrive slightly out of its order. What was booked stays booked
 * even if it is never moved.
 */
int64_t throttle_book(struct throttle *throttle, uint64_t bytes, int64_t now_ns);

#endif
