/*
 * call.h: running the program, in the current folder, which is the run's.
 *
 * A call is prepared, started and finished, so that two can be under way at once; a call that is to be killed is sent
 * SIGKILL after that many microseconds, if it has not ended by then.
 */
#ifndef LINCKIA_TESTS_MODEL_CALL_H
#define LINCKIA_TESTS_MODEL_CALL_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "run.h"

enum { WORDS_MAX = 32, CALL_LIMIT_S = 60 };

struct call {
	char *words[WORDS_MAX + 1]; /* the first is the program */
	int count;
	int64_t kill_after_us; /* negative: never */
	pid_t pid;
	int64_t began_us, took_us;
	char out_path[32], err_path[32];
	bool killed; /* it was, before it had ended */
	int code;    /* exit status when it was not killed */
	char *out, *err;
};

int64_t now_us(void);

/* The words after the program's name, NULL behind the last one. */
void call_prepare(struct run *run, struct call *call, ...) __attribute__((sentinel));
__attribute__((format(printf, 2, 3))) void call_word(struct call *call, const char *format, ...);
void call_start(struct run *run, struct call *call);
/* Waits until it has ended, or kills it; reads what it wrote. A call that hangs or crashes is a difference. */
void call_finish(struct run *run, struct call *call);
void call_do(struct run *run, struct call *call);
void call_release(struct call *call);

/* A call that has to exit with 0. */
void call_must(struct run *run, struct call *call);
/* What a call printed as one JSON document; anything else is a difference. The caller deletes it. */
cJSON *call_json(struct run *run, struct call *call);
/* Members of JSON objects that have to be there. */
const char *json_text(struct run *run, const cJSON *object, const char *key);
uint64_t json_number(struct run *run, const cJSON *object, const char *key);

#endif
