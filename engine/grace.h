/*
 * grace.h: how long a node that went away is waited for before its chunks are copied elsewhere.
 *
 * Most nodes that go away come back soon: a reboot, a cable. Copying at once what they hold would be a
 * storm for nothing. A node that keeps going away makes such storms again and again, so each departure
 * that comes soon after a return doubles the wait.
 *
 *                  grace_gone                     left = 0
 *     present  ------------------>  away, waited for  ------->  away, given up
 *        ^                              |   grace_waive ---------->   |
 *        |          grace_back          |                             |
 *        +------------------------------+-----------------------------+
 *
 *     window       10 minutes, or 20 * grace if that is longer
 *     departures   how many in a row, each less than a window after the return before it; whoever stays
 *                  present for the window begins again with 1
 *     wait         base * 1, 2, 4, 8, 16, 16 … at the first, second … departure of a row, but at most
 *                  grace + 1 hour
 *     base         grace; with a grace of 0 it is 1 s from the third departure of a row on, so that a node
 *                  that flaps is not copied each time although the first two are not waited for
 *
 * The wait is set when the node goes; a configured grace that changes meanwhile counts for the next time.
 *
 * Pure: all times are monotonic milliseconds that the caller gives, of any origin. One thread at a time
 * for each node.
 */
#ifndef LINCKIA_ENGINE_GRACE_H
#define LINCKIA_ENGINE_GRACE_H

#include <stdbool.h>
#include <stdint.h>

/* Embedded, one for each node; its fields are private. Nothing to release. */
struct grace {
	bool away, waived;
	bool returned;       /* there was a return, at returned_ms */
	unsigned departures; /* of the row that goes on, or of the last one */
	int64_t gone_ms, returned_ms;
	int64_t wait_ms;
};

/* The node is present and has never been away. */
void grace_init(struct grace *grace);

/* The node went away. `grace_ms`: the configured grace, not negative. Nothing changes if it is away already. */
void grace_gone(struct grace *grace, int64_t now_ms, int64_t grace_ms);

/* The node is back. Nothing changes if it is present. */
void grace_back(struct grace *grace, int64_t now_ms);

/* Stop waiting: left is 0 until the node returns. The departure counts all the same. Nothing if it is present. */
void grace_waive(struct grace *grace);

/*
 * Continues in a process that takes over the maintenance of a store: the node is away since
 * `away_for_ms` before `now_ms`, which was departure number `departures` of a row, and was waived or not.
 * Both numbers come from records: a negative time counts as 0, no departure as one. Whatever `grace` knew
 * is forgotten. A node that is present but flapped is continued with the time of its return as `now_ms`,
 * and grace_back() at that time.
 */
void grace_resume(struct grace *grace, int64_t away_for_ms, unsigned departures, bool waived, int64_t now_ms,
	int64_t grace_ms);

bool grace_is_away(const struct grace *grace);

/* How long the node is still waited for; 0 when that is over, was waived, or it is not away. */
int64_t grace_left_ms(const struct grace *grace, int64_t now_ms);

/* The departures of the row so far; the last row's while the node is present; 0 if it never went away. */
unsigned grace_departures(const struct grace *grace);

#endif
