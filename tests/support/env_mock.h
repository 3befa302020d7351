/*
 * env_mock.h: a world for tests: the real calls, but counted, made to fail, shortened, and written down.
 *
 * A mock starts out as the real file system with a clock that stands still but for what is slept, and dice of a fixed
 * seed. All of it may be used from any thread; set it up before threads use it, or with the functions below.
 */
#ifndef LINCKIA_TESTS_SUPPORT_ENV_MOCK_H
#define LINCKIA_TESTS_SUPPORT_ENV_MOCK_H

#include <pthread.h>
#include <stdbool.h>

#include "engine/env.h"

enum io_call {
	IO_OPENAT,
	IO_CLOSE,
	IO_PREAD,
	IO_PWRITE,
	IO_FTRUNCATE,
	IO_FALLOCATE,
	IO_FSYNC,
	IO_SYNCFS,
	IO_FSTAT,
	IO_FSTATAT,
	IO_FACCESSAT,
	IO_FSTATVFS,
	IO_MKDIRAT,
	IO_LINKAT,
	IO_RENAMEAT2,
	IO_UNLINKAT,
	IO_FCHMOD,
	IO_CALLS
};

/* Makes calls fail. Of those that match, the first `skip` succeed, then one fails, or with `lasting` all. */
struct io_fault {
	enum io_call call;
	int number; /* errno */
	unsigned skip;
	bool lasting;
	const char *under;  /* only on files below this absolute path; NULL: all. Must outlive the mock */
	int flags;          /* openat: only with all of these; 0: all */
	const char *ending; /* only on paths that end like this; NULL: all */
	unsigned hits;      /* how often it struck */
};

enum { FAULTS_MAX = 8, DEVICES_MAX = 8, TRACE_SIZE = 4096 };

struct env_mock {
	struct env env;
	struct io io;
	struct timekeeper time;
	struct dice dice;

	pthread_mutex_t mutex; /* guards what follows */
	unsigned calls[IO_CALLS];
	struct io_fault faults[FAULTS_MAX];
	unsigned fault_count;
	size_t transfer_max; /* bytes that pread and pwrite move at most; 0: as asked */
	int without_openat2; /* 0, or the errno of a kernel that does not have it */
	/*
	 * What happened, a letter each: c a file created, w written (a run of these is one), s a file flushed, d a
	 * folder flushed, S a file system flushed, m a folder made, l linked, r renamed, u unlinked.
	 */
	char trace[TRACE_SIZE];
	size_t trace_length;
	/* Files below such a path pretend to be on a device of their own. */
	struct {
		const char *under;
		dev_t device;
	} devices[DEVICES_MAX];
	unsigned device_count;
	/* Called before each such call, without the mutex. */
	void (*before_pread)(void *context, int fd, off_t offset);
	void (*before_syncfs)(void *context);
	void *context;
	int64_t wall_ms, monotonic_ns;
	uint64_t seed;
};

void env_mock_init(struct env_mock *mock);
void env_mock_release(struct env_mock *mock);

void env_mock_fail(struct env_mock *mock, struct io_fault fault);
/* All calls succeed again, and nothing is shortened. */
void env_mock_heal(struct env_mock *mock);
/* Forgets the trace and the counts. */
void env_mock_forget(struct env_mock *mock);
/* How often the fault that was added as number `index` struck. */
unsigned env_mock_hits(struct env_mock *mock, unsigned index);
void env_mock_pretend_device(struct env_mock *mock, const char *under, dev_t device);
void env_mock_set_clock(struct env_mock *mock, int64_t wall_ms, int64_t monotonic_ns);

#endif
