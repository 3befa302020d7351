/*
 * run.h: running the program, by itself or recorded, with a limit of time.
 */
#ifndef LINCKIA_TESTS_POWER_RUN_H
#define LINCKIA_TESTS_POWER_RUN_H

#include <stdbool.h>
#include <sys/types.h>

/* Where a store is, and what the program runs with. */
struct place {
	const char *program, *recorder; /* absolute */
	bool apart;                     /* to what is recorded, each node looks like a disk of its own */
	char *folder;                   /* holds all the others: */
	char *root, *sources, *scratch, *tape, *messages;
};
struct place place_make(const char *program, const char *recorder, const char *folder);
void place_release(struct place *place);

/* Starts the program with these words, its messages going to `messages`; recorded: into `tape`. */
pid_t run_start(const struct place *place, const char *words, bool recorded);
/* Waits for it; its wait status. What takes too long is killed. */
int run_wait(pid_t pid);
/* Both. The exit status; 128 and more for a signal. */
int run_program(const struct place *place, const char *words, bool recorded);
int run_shell(const struct place *place, const char *line, bool recorded);
/* What it said, for a report; the caller frees it. */
char *run_messages(const struct place *place);

#endif
