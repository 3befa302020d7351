/*
 * rehearse.h: a scenario that is played by a thread of its own, while something else is shown.
 */
#ifndef LINCKIA_CLI_REHEARSE_H
#define LINCKIA_CLI_REHEARSE_H

#include "engine/engine.h"

/* Where this program is, so that it can be started once more. */
MUST_CHECK int rehearse_find_program(char *out, size_t size, struct error *error);

struct rehearse;

/* Reads the scenario, makes its store, in `folder` or for a while, and begins to play. */
MUST_CHECK int rehearse_start(
	const char *scenario, const char *folder, struct rehearse **rehearse, struct error *error);
struct rehearsal *rehearse_of(struct rehearse *rehearse);
/* Interrupts what is still played, waits for its end, and frees it. NULL is ignored. */
void rehearse_stop(struct rehearse *rehearse);

#endif
