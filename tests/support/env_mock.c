#include "tests/support/env_mock.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct env_mock *mock_of(struct io *io)
{
	return (struct env_mock *)((char *)io - offsetof(struct env_mock, io));
}

/* The path behind a descriptor, or below one; a file without a name has one in its folder all the same. */
static void path_of(int fd, const char *below, char out[2 * PATH_MAX])
{
	out[0] = '\0';
	if (below && below[0] == '/') {
		snprintf(out, 2 * PATH_MAX, "%s", below);
		return;
	}
	if (fd >= 0) {
		char self[32];
		snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
		ssize_t length = readlink(self, out, PATH_MAX - 1);
		out[length > 0 ? length : 0] = '\0';
	}
	if (below) {
		size_t length = strlen(out);
		snprintf(out + length, 2 * PATH_MAX - length, "/%s", below);
	}
}

static bool is_under(const char *path, const char *folder)
{
	size_t length = strlen(folder);
	return strncmp(path, folder, length) == 0 && (path[length] == '/' || !path[length]);
}

static bool ends_in(const char *path, const char *ending)
{
	size_t length = strlen(path), tail = strlen(ending);
	return length >= tail && strcmp(path + length - tail, ending) == 0;
}

static void trace(struct env_mock *mock, char letter)
{
	pthread_mutex_lock(&mock->mutex);
	bool again = letter == 'w' && mock->trace_length && mock->trace[mock->trace_length - 1] == 'w';
	if (!again && mock->trace_length + 1 < TRACE_SIZE) {
		mock->trace[mock->trace_length++] = letter;
		mock->trace[mock->trace_length] = '\0';
	}
	pthread_mutex_unlock(&mock->mutex);
}

/* Counts a call, and decides whether it fails: -1 with errno. */
static int enter(struct io *io, enum io_call call, int fd, const char *below, int flags)
{
	struct env_mock *mock = mock_of(io);
	int number = 0;
	pthread_mutex_lock(&mock->mutex);
	mock->calls[call]++;
	for (unsigned i = 0; i < mock->fault_count && !number; i++) {
		struct io_fault *fault = &mock->faults[i];
		if (fault->call != call || (fault->flags & ~flags))
			continue;
		if (fault->under || fault->ending) {
			char path[2 * PATH_MAX];
			path_of(fd, below, path);
			if ((fault->under && !is_under(path, fault->under)) ||
				(fault->ending && !ends_in(path, fault->ending)))
				continue;
		}
		if (fault->skip > 0) {
			fault->skip--;
		} else if (fault->lasting || fault->hits == 0) {
			fault->hits++;
			number = fault->number;
		}
	}
	pthread_mutex_unlock(&mock->mutex);
	if (!number)
		return 0;
	errno = number;
	return -1;
}

static size_t shorten(struct io *io, size_t size)
{
	struct env_mock *mock = mock_of(io);
	pthread_mutex_lock(&mock->mutex);
	size_t most = mock->transfer_max;
	pthread_mutex_unlock(&mock->mutex);
	return most && size > most ? most : size;
}

/* ---- the calls ---- */

static int mock_openat(struct io *io, int folder, const char *path, int flags, mode_t mode)
{
	if (enter(io, IO_OPENAT, folder, path, flags) < 0)
		return -1;
	int fd = openat(folder, path, flags, mode);
	if (fd >= 0 && ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE))
		trace(mock_of(io), 'c');
	return fd;
}

/* A call like openat(), so it fails with it. */
static int mock_openat2(struct io *io, int folder, const char *path, const struct open_how *how)
{
	int flags = (int)how->flags;
	if (mock_of(io)->without_openat2) {
		errno = mock_of(io)->without_openat2;
		return -1;
	}
	if (enter(io, IO_OPENAT, folder, path, flags) < 0)
		return -1;
	int fd = (int)syscall(SYS_openat2, folder, path, how, sizeof(*how));
	if (fd >= 0 && ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE))
		trace(mock_of(io), 'c');
	return fd;
}

static int mock_close(struct io *io, int fd)
{
	int failed = enter(io, IO_CLOSE, fd, NULL, 0);
	int number = errno;
	int result = close(fd);
	if (!failed)
		return result;
	errno = number;
	return -1;
}

static ssize_t mock_pread(struct io *io, int fd, void *data, size_t size, off_t offset)
{
	struct env_mock *mock = mock_of(io);
	if (mock->before_pread)
		mock->before_pread(mock->context, fd, offset);
	return enter(io, IO_PREAD, fd, NULL, 0) < 0 ? -1 : pread(fd, data, shorten(io, size), offset);
}

static ssize_t mock_pwrite(struct io *io, int fd, const void *data, size_t size, off_t offset)
{
	if (enter(io, IO_PWRITE, fd, NULL, 0) < 0)
		return -1;
	trace(mock_of(io), 'w');
	return pwrite(fd, data, shorten(io, size), offset);
}

static int mock_ftruncate(struct io *io, int fd, off_t size)
{
	return enter(io, IO_FTRUNCATE, fd, NULL, 0) < 0 ? -1 : ftruncate(fd, size);
}

static int mock_fallocate(struct io *io, int fd, int mode, off_t offset, off_t size)
{
	return enter(io, IO_FALLOCATE, fd, NULL, 0) < 0 ? -1 : fallocate(fd, mode, offset, size);
}

static int mock_fsync(struct io *io, int fd)
{
	if (enter(io, IO_FSYNC, fd, NULL, 0) < 0)
		return -1;
	struct stat status;
	trace(mock_of(io), fstat(fd, &status) == 0 && S_ISDIR(status.st_mode) ? 'd' : 's');
	return fsync(fd);
}

/* Flushing the whole machine's file system would make tests slow; a test cannot lose power anyway. */
static int mock_syncfs(struct io *io, int fd)
{
	struct env_mock *mock = mock_of(io);
	if (mock->before_syncfs)
		mock->before_syncfs(mock->context);
	if (enter(io, IO_SYNCFS, fd, NULL, 0) < 0)
		return -1;
	trace(mock, 'S');
	return 0;
}

static void pretend_device(const struct env_mock *mock, int fd, struct stat *status)
{
	if (mock->device_count == 0)
		return;
	char path[2 * PATH_MAX];
	path_of(fd, NULL, path);
	for (unsigned i = 0; i < mock->device_count; i++)
		if (is_under(path, mock->devices[i].under))
			status->st_dev = mock->devices[i].device;
}

static int mock_fstat(struct io *io, int fd, struct stat *status)
{
	if (enter(io, IO_FSTAT, fd, NULL, 0) < 0 || fstat(fd, status) < 0)
		return -1;
	pretend_device(mock_of(io), fd, status);
	return 0;
}

static int mock_fstatat(struct io *io, int folder, const char *path, struct stat *status, int flags)
{
	if (enter(io, IO_FSTATAT, folder, path, 0) < 0 || fstatat(folder, path, status, flags) < 0)
		return -1;
	if (folder >= 0)
		pretend_device(mock_of(io), folder, status);
	return 0;
}

static int mock_faccessat(struct io *io, int folder, const char *path, int mode, int flags)
{
	return enter(io, IO_FACCESSAT, folder, path, 0) < 0 ? -1 : faccessat(folder, path, mode, flags);
}

static int mock_fstatvfs(struct io *io, int fd, struct statvfs *status)
{
	return enter(io, IO_FSTATVFS, fd, NULL, 0) < 0 ? -1 : fstatvfs(fd, status);
}

/* The result of a call, which leaves this letter when it did what it was to do. */
static int traced(struct io *io, char letter, int result)
{
	if (result == 0)
		trace(mock_of(io), letter);
	return result;
}

static int mock_mkdirat(struct io *io, int folder, const char *path, mode_t mode)
{
	return enter(io, IO_MKDIRAT, folder, path, 0) < 0 ? -1 : traced(io, 'm', mkdirat(folder, path, mode));
}

static int mock_linkat(
	struct io *io, int old_folder, const char *old_path, int new_folder, const char *new_path, int flags)
{
	return enter(io, IO_LINKAT, new_folder, new_path, 0) < 0
		       ? -1
		       : traced(io, 'l', linkat(old_folder, old_path, new_folder, new_path, flags));
}

static int mock_renameat2(struct io *io, int old_folder, const char *old_path, int new_folder,
	const char *new_path, unsigned flags)
{
	return enter(io, IO_RENAMEAT2, new_folder, new_path, 0) < 0
		       ? -1
		       : traced(io, 'r', renameat2(old_folder, old_path, new_folder, new_path, flags));
}

static int mock_unlinkat(struct io *io, int folder, const char *path, int flags)
{
	return enter(io, IO_UNLINKAT, folder, path, 0) < 0 ? -1
							   : traced(io, 'u', unlinkat(folder, path, flags));
}

static int mock_fchmod(struct io *io, int fd, mode_t mode)
{
	return enter(io, IO_FCHMOD, fd, NULL, 0) < 0 ? -1 : fchmod(fd, mode);
}

static int64_t mock_wall_ms(struct timekeeper *timekeeper)
{
	struct env_mock *mock = (struct env_mock *)((char *)timekeeper - offsetof(struct env_mock, time));
	pthread_mutex_lock(&mock->mutex);
	int64_t now = mock->wall_ms;
	pthread_mutex_unlock(&mock->mutex);
	return now;
}

static int64_t mock_monotonic_ns(struct timekeeper *timekeeper)
{
	struct env_mock *mock = (struct env_mock *)((char *)timekeeper - offsetof(struct env_mock, time));
	pthread_mutex_lock(&mock->mutex);
	int64_t now = mock->monotonic_ns;
	pthread_mutex_unlock(&mock->mutex);
	return now;
}

/* What is slept passes on both clocks, for all threads. */
static void mock_sleep_ns(struct timekeeper *timekeeper, int64_t ns)
{
	struct env_mock *mock = (struct env_mock *)((char *)timekeeper - offsetof(struct env_mock, time));
	if (ns <= 0)
		return;
	pthread_mutex_lock(&mock->mutex);
	mock->wall_ms += (mock->monotonic_ns % 1000000 + ns) / 1000000;
	mock->monotonic_ns += ns;
	pthread_mutex_unlock(&mock->mutex);
}

static uint64_t mock_dice_next(struct dice *dice)
{
	struct env_mock *mock = (struct env_mock *)((char *)dice - offsetof(struct env_mock, dice));
	pthread_mutex_lock(&mock->mutex);
	uint64_t seed = mock->seed += ENV_DRAW_STEP;
	pthread_mutex_unlock(&mock->mutex);
	return env_draw_mix(seed);
}

/* ---- setting up ---- */

void env_mock_init(struct env_mock *mock)
{
	memset(mock, 0, sizeof(*mock));
	mock->io = (struct io){
		.openat = mock_openat,
		.openat2 = mock_openat2,
		.close = mock_close,
		.pread = mock_pread,
		.pwrite = mock_pwrite,
		.ftruncate = mock_ftruncate,
		.fallocate = mock_fallocate,
		.fsync = mock_fsync,
		.syncfs = mock_syncfs,
		.fstat = mock_fstat,
		.fstatat = mock_fstatat,
		.faccessat = mock_faccessat,
		.fstatvfs = mock_fstatvfs,
		.mkdirat = mock_mkdirat,
		.linkat = mock_linkat,
		.renameat2 = mock_renameat2,
		.unlinkat = mock_unlinkat,
		.fchmod = mock_fchmod,
	};
	mock->time = (struct timekeeper){
		.wall_ms = mock_wall_ms,
		.monotonic_ns = mock_monotonic_ns,
		.sleep_ns = mock_sleep_ns,
	};
	mock->dice = (struct dice){.next = mock_dice_next};
	mock->env = (struct env){.io = &mock->io, .time = &mock->time, .dice = &mock->dice};
	pthread_mutex_init(&mock->mutex, NULL);
	mock->wall_ms = INT64_C(1700000000000);
	mock->monotonic_ns = 1000;
	mock->seed = 1;
}

void env_mock_release(struct env_mock *mock)
{
	pthread_mutex_destroy(&mock->mutex);
}

void env_mock_fail(struct env_mock *mock, struct io_fault fault)
{
	pthread_mutex_lock(&mock->mutex);
	assert(mock->fault_count < FAULTS_MAX);
	fault.hits = 0;
	mock->faults[mock->fault_count++] = fault;
	pthread_mutex_unlock(&mock->mutex);
}

void env_mock_heal(struct env_mock *mock)
{
	pthread_mutex_lock(&mock->mutex);
	mock->fault_count = 0;
	mock->transfer_max = 0;
	pthread_mutex_unlock(&mock->mutex);
}

void env_mock_forget(struct env_mock *mock)
{
	pthread_mutex_lock(&mock->mutex);
	memset(mock->calls, 0, sizeof(mock->calls));
	mock->trace_length = 0;
	mock->trace[0] = '\0';
	pthread_mutex_unlock(&mock->mutex);
}

unsigned env_mock_hits(struct env_mock *mock, unsigned index)
{
	pthread_mutex_lock(&mock->mutex);
	assert(index < mock->fault_count);
	unsigned hits = mock->faults[index].hits;
	pthread_mutex_unlock(&mock->mutex);
	return hits;
}

void env_mock_pretend_device(struct env_mock *mock, const char *under, dev_t device)
{
	assert(mock->device_count < DEVICES_MAX);
	mock->devices[mock->device_count].under = under;
	mock->devices[mock->device_count++].device = device;
}

void env_mock_set_clock(struct env_mock *mock, int64_t wall_ms, int64_t monotonic_ns)
{
	pthread_mutex_lock(&mock->mutex);
	mock->wall_ms = wall_ms;
	mock->monotonic_ns = monotonic_ns;
	pthread_mutex_unlock(&mock->mutex);
}
