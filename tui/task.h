/*
 * task.h: what jobs.c knows of a job beyond what it shows: the process, and what was said of a line so far.
 *
 * Used by jobs.c alone, which also says who may touch what (struct jobs).
 */
#ifndef LINCKIA_TUI_TASK_H
#define LINCKIA_TUI_TASK_H

#include <sys/types.h>
#include <time.h>

#include "engine/engine.h"
#include "tui/jobs.h"

enum { PROGRESS_FD = 3, ARGUMENTS_MAX = 64, LINE_BYTES = 4096 };

/* A job and what only the thread knows of it; the job comes first. */
struct task {
	struct job job;
	char **words; /* until it is started */
	size_t word_count;
	pid_t pid;
	int output, progress;  /* the reading ends; -1: at their end */
	int sent;              /* cancels that were carried out */
	char line[LINE_BYTES]; /* the beginning of a line of progress */
	size_t line_length;
	char said[JOB_OUTCOME]; /* the beginning of a line of output */
	size_t said_length;
	char error[JOB_OUTCOME];   /* the last line that told of an error, wherever it went in the output */
	char message[JOB_OUTCOME]; /* the last one that was a message; the others are data */
	uint64_t lines;
	int64_t rated_ms;
	uint64_t rated_bytes, rated_work;
	double speed; /* of what the share is counted in, per second */
	struct task *next_gone;
};

/* A copy of the words, not started yet; NULL without memory. */
struct task *task_new(const char *const *words, size_t count);
void task_free(struct task *task);
void task_forget_words(struct task *task);

/* Starts the process, which writes to the two ends. 0, or the number of the error. Does not wait. */
MUST_CHECK int task_spawn(
	struct task *task, const char *program, const char *config, int output, int progress);

/* Keeps what the process has written. */
void task_take_output(struct task *task, const char *bytes, size_t length);
void task_take_progress(struct task *task, const char *bytes, size_t length);

/* Finds the sentence that tells how it went, once the state and the exit code are known. */
void task_conclude(struct task *task);

/* Closes an end that is open, and remembers that. */
void task_close(int *end);

int64_t task_clock_ms(clockid_t clock);

#endif
