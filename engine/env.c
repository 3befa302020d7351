#include "engine/env.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int real_openat(struct io *io, int folder, const char *path, int flags, mode_t mode)
{
	(void)io;
	return openat(folder, path, flags, mode);
}

/* The C library has no name for it. */
static int real_openat2(struct io *io, int folder, const char *path, const struct open_how *how)
{
	(void)io;
	return (int)syscall(SYS_openat2, folder, path, how, sizeof(*how));
}

static int real_close(struct io *io, int fd)
{
	(void)io;
	return close(fd);
}

static ssize_t real_pread(struct io *io, int fd, void *data, size_t size, off_t offset)
{
	(void)io;
	return pread(fd, data, size, offset);
}

static ssize_t real_pwrite(struct io *io, int fd, const void *data, size_t size, off_t offset)
{
	(void)io;
	return pwrite(fd, data, size, offset);
}

static int real_ftruncate(struct io *io, int fd, off_t size)
{
	(void)io;
	return ftruncate(fd, size);
}

static int real_fallocate(struct io *io, int fd, int mode, off_t offset, off_t size)
{
	(void)io;
	return fallocate(fd, mode, offset, size);
}

static int real_fsync(struct io *io, int fd)
{
	(void)io;
	return fsync(fd);
}

static int real_syncfs(struct io *io, int fd)
{
	(void)io;
	return syncfs(fd);
}

static int real_fstat(struct io *io, int fd, struct stat *status)
{
	(void)io;
	return fstat(fd, status);
}

static int real_fstatat(struct io *io, int folder, const char *path, struct stat *status, int flags)
{
	(void)io;
	return fstatat(folder, path, status, flags);
}

static int real_faccessat(struct io *io, int folder, const char *path, int mode, int flags)
{
	(void)io;
	return faccessat(folder, path, mode, flags);
}

static int real_fstatvfs(struct io *io, int fd, struct statvfs *status)
{
	(void)io;
	return fstatvfs(fd, status);
}

static int real_mkdirat(struct io *io, int folder, const char *path, mode_t mode)
{
	(void)io;
	return mkdirat(folder, path, mode);
}

static int real_linkat(
	struct io *io, int old_folder, const char *old_path, int new_folder, const char *new_path, int flags)
{
	(void)io;
	return linkat(old_folder, old_path, new_folder, new_path, flags);
}

static int real_renameat2(struct io *io, int old_folder, const char *old_path, int new_folder,
	const char *new_path, unsigned flags)
{
	(void)io;
	return renameat2(old_folder, old_path, new_folder, new_path, flags);
}

static int real_unlinkat(struct io *io, int folder, const char *path, int flags)
{
	(void)io;
	return unlinkat(folder, path, flags);
}

static int real_fchmod(struct io *io, int fd, mode_t mode)
{
	(void)io;
	return fchmod(fd, mode);
}

static int64_t real_wall_ms(struct timekeeper *timekeeper)
{
	(void)timekeeper;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t real_monotonic_ns(struct timekeeper *timekeeper)
{
	(void)timekeeper;
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void real_sleep_ns(struct timekeeper *timekeeper, int64_t ns)
{
	if (ns <= 0)
		return;
	int64_t until = timekeeper->monotonic_ns(timekeeper) + ns;
	struct timespec at = {.tv_sec = until / 1000000000, .tv_nsec = until % 1000000000};
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
		continue;
}

static uint64_t real_dice_next(struct dice *dice)
{
	(void)dice;
	uint64_t bits = 0;
	/* Requests of at most 256 bytes are neither interrupted nor shortened (getrandom(2)). */
	ssize_t got = getrandom(&bits, sizeof(bits), 0);
	assert(got == (ssize_t)sizeof(bits));
	(void)got;
	return bits;
}

const struct env *env_real(void)
{
	static struct io io = {
		.openat = real_openat,
		.openat2 = real_openat2,
		.close = real_close,
		.pread = real_pread,
		.pwrite = real_pwrite,
		.ftruncate = real_ftruncate,
		.fallocate = real_fallocate,
		.fsync = real_fsync,
		.syncfs = real_syncfs,
		.fstat = real_fstat,
		.fstatat = real_fstatat,
		.faccessat = real_faccessat,
		.fstatvfs = real_fstatvfs,
		.mkdirat = real_mkdirat,
		.linkat = real_linkat,
		.renameat2 = real_renameat2,
		.unlinkat = real_unlinkat,
		.fchmod = real_fchmod,
	};
	static struct timekeeper timekeeper = {
		.wall_ms = real_wall_ms,
		.monotonic_ns = real_monotonic_ns,
		.sleep_ns = real_sleep_ns,
	};
	static struct dice dice = {.next = real_dice_next};
	static const struct env env = {.io = &io, .time = &timekeeper, .dice = &dice};
	return &env;
}

static int flush_opened(const struct env *env, int folder)
{
	int result = folder < 0 ? -1 : env->io->fsync(env->io, folder);
	int number = errno;
	if (folder >= 0)
		env->io->close(env->io, folder);
	errno = number;
	return result;
}

int env_flush_folder(const struct env *env, const char *path)
{
	return flush_opened(
		env, env->io->openat(env->io, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0));
}

int env_flush_name_of(const struct env *env, const char *path)
{
	struct io *io = env->io;
	int folder = io->openat(io, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (folder < 0)
		return -1;
	int above = io->openat(io, folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	int number = errno;
	io->close(io, folder);
	errno = number;
	return flush_opened(env, above);
}

int env_read_full(const struct env *env, int fd, void *data, size_t size, off_t offset)
{
	for (size_t done = 0; done < size;) {
		ssize_t got =
			env->io->pread(env->io, fd, (char *)data + done, size - done, offset + (off_t)done);
		if (got > 0) {
			done += (size_t)got;
		} else if (got == 0) {
			errno = EIO;
			return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

int env_write_full(const struct env *env, int fd, const void *data, size_t size, off_t offset)
{
	for (size_t done = 0; done < size;) {
		ssize_t put = env->io->pwrite(
			env->io, fd, (const char *)data + done, size - done, offset + (off_t)done);
		if (put > 0) {
			done += (size_t)put;
		} else if (put == 0) {
			errno = EIO;
			return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

int64_t env_mtime_ns(const struct stat *status)
{
	int64_t seconds = status->st_mtim.tv_sec, ns;
	if (__builtin_mul_overflow(seconds, (int64_t)1000000000, &ns) ||
		__builtin_add_overflow(ns, (int64_t)status->st_mtim.tv_nsec, &ns))
		return seconds < 0 ? INT64_MIN : INT64_MAX;
	return ns;
}
