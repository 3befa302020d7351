/*
 * jobs.h: commands that run in processes of their own.
 *
 * Whatever the console does to a store, it does by running this program with the words of the shell. So it needs no
 * second set of sentences, a command that hangs or dies takes nothing with it, and the keys teach the commands.
 *
 * A thread starts the processes, reads what they say (standard output, errors, and progress as cli/progress.h
 * describes it) and notices their end. It holds the lock only while it changes what jobs_hold() shows, never while it
 * waits, so that the console may hold it for as long as a frame takes. No process outlives jobs_stop(); if the
 * console dies in another way, they see it and end (LINCKIA_PARENT).
 */
#ifndef LINCKIA_TUI_JOBS_H
#define LINCKIA_TUI_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"

enum { JOBS_MAX = 64, JOBS_AT_ONCE = 16, JOB_OUTPUT_MAX = 64 * 1024, JOB_NAME = 256, JOB_OUTCOME = 1024 };

enum job_state { JOB_RUNNING, JOB_DONE, JOB_FAILED, JOB_CANCELLED };

struct job {
	uint64_t id;
	char *line; /* the words, quoted as for a shell */
	bool typed; /* by the user, who wants to see the output */
	enum job_state state;
	int cancels;                                               /* how often it was asked to end */
	int exit_code;                                             /* 128 and the signal, if one ended it */
	int64_t started_ms, ended_ms;                              /* since 1970; ended: 0 while it runs */
	uint64_t bytes_done, bytes_total, files_done, files_total; /* totals: 0 while unknown */
	double rate;                                               /* bytes per second, lately */
	int64_t left_ms;     /* to the end at the pace of late; 0: unknown */
	char name[JOB_NAME]; /* what it works on */
	char *output;        /* what it said, the newest JOB_OUTPUT_MAX bytes; ended by a NUL */
	size_t output_length;
	uint64_t dropped;          /* bytes of output that came before those */
	char outcome[JOB_OUTCOME]; /* one sentence, once it has ended */
};

/* What is shown: the newest first. */
struct job_list {
	const struct job *const *jobs;
	size_t count;
	size_t running;
};

/* The job with that id, or NULL. */
const struct job *job_list_find(const struct job_list *list, uint64_t id);

struct jobs;

/* `program` with `config` are what is run; `wake` is called from the thread when something has changed. */
MUST_CHECK int jobs_start(const char *program, const char *config, void (*wake)(void *context), void *context,
	struct jobs **jobs, struct error *error);
/* Interrupts what runs, waits for it, at the most about three seconds, then kills it. NULL is ignored. */
void jobs_stop(struct jobs *jobs);

/* Begins a command. Returns its id; 0 when too many run already or there is no memory. Does not block. */
uint64_t jobs_run(struct jobs *jobs, const char *const *words, size_t count, bool typed);
/* Interrupts a job, the second time more firmly. */
void jobs_cancel(struct jobs *jobs, uint64_t id);

/* What jobs_hold() shows stays as it is until jobs_release(). */
const struct job_list *jobs_hold(struct jobs *jobs);
void jobs_release(struct jobs *jobs);

#endif
