/*
 * error.h: how the engine says what went wrong.
 *
 * Functions return 0, or a negative number after filling in a `struct error`. The message is a
 * finished sentence, written at the place that knows what failed, on what, and why; callers may put
 * context before it. Paths and names stand in it as they are, so whoever prints a message passes it
 * through text_escape() first.
 */
#ifndef LINCKIA_ENGINE_ERROR_H
#define LINCKIA_ENGINE_ERROR_H

#define MUST_CHECK             __attribute__((warn_unused_result))
#define PRINTF_LIKE(at, first) __attribute__((format(printf, at, first)))

enum error_code {
	ERROR_NONE,
	ERROR_USAGE,       /* the caller asked for something that makes no sense */
	ERROR_CONFIG,      /* the configuration cannot be used as it is */
	ERROR_NOT_FOUND,   /* no such name, version, node … */
	ERROR_EXISTS,      /* it is there already */
	ERROR_REFUSED,     /* possible, but an invariant forbids it */
	ERROR_UNAVAILABLE, /* not enough nodes answer; may heal by itself */
	ERROR_NO_SPACE,    /* no room left where it would have to go */
	ERROR_DAMAGED,     /* data or metadata fail their check */
	ERROR_CHANGED,     /* a source changed while it was read */
	ERROR_IO,          /* the operating system reported a failure */
	ERROR_BUSY,        /* somebody else holds what is needed */
	ERROR_CANCELLED,   /* the user asked to stop */
	ERROR_MEMORY,      /* out of memory */
};

struct error {
	enum error_code code;
	int system_errno;   /* 0 where no system call was involved */
	char message[6144]; /* room for a name of 4,096 bytes and the sentence around it */
};

/* The stable word that stands for `code` in JSON: "not_found", "no_space", … Never NULL. */
const char *error_code_name(enum error_code code);

/* Forgets whatever `error` held. */
void error_clear(struct error *error);

/* Sets code and message; returns -1, so that `return error_set(…)` reads well. NULL is ignored. */
int error_set(struct error *error, enum error_code code, const char *format, ...) PRINTF_LIKE(3, 4);

/*
 * The same for a failed system call: `number` is its errno, whose text ends the sentence. ENOSPC and
 * EDQUOT become ERROR_NO_SPACE, ENOENT ERROR_NOT_FOUND, ENOMEM ERROR_MEMORY, all others ERROR_IO.
 */
int error_set_errno(struct error *error, int number, const char *format, ...) PRINTF_LIKE(3, 4);

/* Puts "context: " before the message that is there; returns -1. */
int error_context(struct error *error, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
