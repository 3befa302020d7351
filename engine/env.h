/*
 * env.h: the tables of functions through which the engine touches the world.
 *
 * Files, clocks and random numbers are reached through these tables only, so that a test can hand in
 * ones that fail, delay, lose what was not flushed, or run on a virtual clock. The functions in
 * `struct io` behave exactly like the system calls they are named after: the same arguments, results
 * and errno. A table may be used from any thread.
 */
#ifndef LINCKIA_ENGINE_ENV_H
#define LINCKIA_ENGINE_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>

struct open_how; /* linux/openat2.h */

struct io {
	int (*openat)(struct io *io, int folder, const char *path, int flags, mode_t mode);
	/* engine/beneath.h is what everything else calls. -1 with ENOSYS where the kernel has none. */
	int (*openat2)(struct io *io, int folder, const char *path, const struct open_how *how);
	int (*close)(struct io *io, int fd);
	ssize_t (*pread)(struct io *io, int fd, void *data, size_t size, off_t offset);
	ssize_t (*pwrite)(struct io *io, int fd, const void *data, size_t size, off_t offset);
	int (*ftruncate)(struct io *io, int fd, off_t size);
	int (*fallocate)(struct io *io, int fd, int mode, off_t offset, off_t size);
	int (*fsync)(struct io *io, int fd);
	int (*syncfs)(struct io *io, int fd);
	int (*fstat)(struct io *io, int fd, struct stat *status);
	int (*fstatat)(struct io *io, int folder, const char *path, struct stat *status, int flags);
	int (*faccessat)(struct io *io, int folder, const char *path, int mode, int flags);
	int (*fstatvfs)(struct io *io, int fd, struct statvfs *status);
	int (*mkdirat)(struct io *io, int folder, const char *path, mode_t mode);
	int (*linkat)(struct io *io, int old_folder, const char *old_path, int new_folder,
		const char *new_path, int flags);
	int (*renameat2)(struct io *io, int old_folder, const char *old_path, int new_folder,
		const char *new_path, unsigned flags);
	int (*unlinkat)(struct io *io, int folder, const char *path, int flags);
	int (*fchmod)(struct io *io, int fd, mode_t mode);
};

struct timekeeper {
	int64_t (*wall_ms)(struct timekeeper *timekeeper);      /* since 1970, UTC; may jump */
	int64_t (*monotonic_ns)(struct timekeeper *timekeeper); /* never goes back */
	/* Returns when `ns` have passed by monotonic_ns(); at once when that is 0 or less. */
	void (*sleep_ns)(struct timekeeper *timekeeper, int64_t ns);
	/*
	 * Only of clocks that jump, else NULL. What is slept between the two passes aside: monotonic_ns() shows it
	 * until end_aside() gives back how long it was, and the clock is as it was before. So pieces of work that
	 * would go on at the same time can be done one after the other. They nest; end_aside() gets what
	 * begin_aside() returned.
	 */
	int64_t (*begin_aside)(struct timekeeper *timekeeper);
	int64_t (*end_aside)(struct timekeeper *timekeeper, int64_t began);
};

struct dice {
	uint64_t (*next)(struct dice *dice); /* 64 uniformly random bits */
};

struct env {
	struct io *io;
	struct timekeeper *time;
	struct dice *dice;
	/*
	 * The world is simulated: what is stored need not outlive the process, so nothing is flushed, and everything
	 * is done by one thread at a time in an order of its own, so that the same seed gives the same history.
	 */
	bool simulated;
};

/* The real world. Lives for ever. */
const struct env *env_real(void);

/*
 * splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014): a generator that
 * is seeded adds ENV_DRAW_STEP to its state and draws env_draw_mix() of it, 64 uniformly random bits.
 */
#define ENV_DRAW_STEP UINT64_C(0x9e3779b97f4a7c15)
static inline uint64_t env_draw_mix(uint64_t state)
{
	state = (state ^ (state >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	state = (state ^ (state >> 27)) * UINT64_C(0x94d049bb133111eb);
	return state ^ (state >> 31);
}

/* Makes the names in the folder `path` durable. 0, or -1 with errno. */
int env_flush_folder(const struct env *env, const char *path);
/* The same with the name that the folder `path` itself has in the one above it. */
int env_flush_name_of(const struct env *env, const char *path);

/* Full-length transfers: repeat after EINTR and short counts. 0, or -1 with errno (EIO at end of file). */
int env_read_full(const struct env *env, int fd, void *data, size_t size, off_t offset);
int env_write_full(const struct env *env, int fd, const void *data, size_t size, off_t offset);

/* When a file was modified, in ns since 1970; of a time before 1677 or after 2262 the nearest that can be said. */
int64_t env_mtime_ns(const struct stat *status);

#endif
