/*
 * settle.h: after a step, which of the states that are possible the store is in.
 *
 * The model before the step is the run's; `after` is what the step makes of it. A name or snapshot in doubt may be
 * as it was before or as it is after; all others have to be as after. What the store holds becomes the run's model.
 * Numbers of new versions are learned on the way, and which expired versions collection has taken.
 */
#ifndef LINCKIA_TESTS_MODEL_SETTLE_H
#define LINCKIA_TESTS_MODEL_SETTLE_H

#include "run.h"

struct doubt {
	bool names[NAMES];
	bool snapshots[SNAPSHOTS];
};

/* With `all`, names that the step did not touch are looked at as well. */
void settle(struct run *run, const struct model *after, const struct doubt *doubt, bool all);

#endif
