/*
 * signals.h: how a long command is stopped.
 *
 * The first SIGINT, SIGTERM or SIGHUP asks the work to stop where that leaves nothing half done; a second
 * one ends the process at once with status 128 plus its number. Signals that were ignored when the
 * process began stay ignored.
 */
#ifndef LINCKIA_CLI_SIGNALS_H
#define LINCKIA_CLI_SIGNALS_H

#include <stdatomic.h>
#include <stdbool.h>

/*
 * A program that runs this one and names itself in LINCKIA_PARENT is not outlived by it: when it is gone, however it
 * went, that counts as a SIGINT. Returns false when it is gone already. At the very beginning.
 */
bool signals_follow_parent(void);

/* From here on signals ask instead of end. */
void signals_catch(void);

/* The flag to watch: set once somebody asked to stop. Lives for ever. */
const atomic_bool *signals_cancel(void);

/* Sets the flag from inside the program. Any thread. */
void signals_request(void);

/*
 * Waits until `milliseconds` have passed, somebody asked to stop, or nobody reads the descriptor `output`
 * any more (-1: none is watched). Returns whether to go on. May wake early. Needs signals_catch() first.
 */
bool signals_wait(int milliseconds, int output);

/* The same, but wakes early too when `input` can be read (-1: none is watched). */
bool signals_wait_for(int milliseconds, int input);

/* A write to a pipe that nobody reads becomes an error instead of a signal. */
void signals_ignore_pipe(void);

#endif
