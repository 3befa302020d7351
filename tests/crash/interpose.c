/*
 * interpose.c: wrappers around what the C library offers for the bytes of files: opening, reading, writing, flushing.
 * interpose_names.c has those for names, interpose_other.c the rest. call.h tells what they are for.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/crash/next.h"
#include "tests/crash/raw.h"

/* ---- opening ---- */

static struct call call_of_open(const char *function, int folder, const char *path, int flags, mode_t mode)
{
	bool makes = (flags & (O_CREAT | O_TRUNC)) || (flags & O_TMPFILE) == O_TMPFILE;
	struct call call = call_of_path(makes ? CALL_CREATE : CALL_OPEN, function, folder, path);
	call.flags = flags;
	call.mode = mode;
	return call;
}

static int open_at(const char *function, int folder, const char *path, int flags, mode_t mode)
{
	struct call call = call_of_open(function, folder, path, flags, mode);
	return (int)PASS(call, raw_open(folder, path, flags, mode));
}

/* The mode, where there is one. */
static mode_t mode_of(int flags, va_list arguments)
{
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
}

#define OPEN(function)                                                                                       \
	EXPORT int function(const char *path, int flags, ...)                                                \
	{                                                                                                    \
		va_list arguments;                                                                           \
		va_start(arguments, flags);                                                                  \
		mode_t mode = mode_of(flags, arguments);                                                     \
		va_end(arguments);                                                                           \
		return open_at(#function, AT_FDCWD, path, flags, mode);                                      \
	}
#define OPENAT(function)                                                                                     \
	EXPORT int function(int folder, const char *path, int flags, ...)                                    \
	{                                                                                                    \
		va_list arguments;                                                                           \
		va_start(arguments, flags);                                                                  \
		mode_t mode = mode_of(flags, arguments);                                                     \
		va_end(arguments);                                                                           \
		return open_at(#function, folder, path, flags, mode);                                        \
	}
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

/* What the checks of _FORTIFY_SOURCE make of calls without a mode. */
EXPORT int __open_2(const char *path, int flags);
EXPORT int __open_2(const char *path, int flags)
{
	return open_at("open", AT_FDCWD, path, flags, 0);
}

EXPORT int __open64_2(const char *path, int flags);
EXPORT int __open64_2(const char *path, int flags)
{
	return open_at("open64", AT_FDCWD, path, flags, 0);
}

EXPORT int __openat_2(int folder, const char *path, int flags);
EXPORT int __openat_2(int folder, const char *path, int flags)
{
	return open_at("openat", folder, path, flags, 0);
}

EXPORT int __openat64_2(int folder, const char *path, int flags);
EXPORT int __openat64_2(int folder, const char *path, int flags)
{
	return open_at("openat64", folder, path, flags, 0);
}

EXPORT int mkostemp(char *template, int flags)
{
	NEXT(mkostemp);
	struct call call =
		call_of_open("mkostemp", AT_FDCWD, template, flags | O_CREAT | O_EXCL | O_RDWR, 0600);
	return (int)PASS(call, next(template, flags));
}

/* Of the calls that have no function of their own, openat2() opens files; the others change none. */
EXPORT long syscall(long number, ...)
{
	long words[6];
	va_list arguments;
	va_start(arguments, number);
	for (int i = 0; i < 6; i++)
		words[i] = va_arg(arguments, long);
	va_end(arguments);
	if (number != SYS_openat2)
		return raw_syscall(number, words[0], words[1], words[2], words[3], words[4], words[5]);
	const char *path = (const char *)words[1];           /* NOLINT(performance-no-int-to-ptr) */
	const struct open_how *how = (const void *)words[2]; /* NOLINT(performance-no-int-to-ptr) */
	struct call call = call_of_open("openat2", (int)words[0], path, (int)how->flags, (mode_t)how->mode);
	return PASS(call, raw_syscall(number, words[0], words[1], words[2], words[3], 0, 0));
}

EXPORT int close(int fd)
{
	/* A close that fails has closed all the same (close(2), on Linux). */
	struct call call = call_of_fd(CALL_CLOSE, "close", fd);
	bool fails = !call_begins(&call);
	int number = errno;
	int result = raw_close(fd);
	if (result == 0)
		errno = number;
	call_ends(&call, result);
	return fails ? -1 : result;
}

/* ---- reading and writing ---- */

static struct call call_of_bytes(
	enum call_kind kind, const char *function, int fd, const void *data, size_t size, int64_t offset)
{
	struct call call = call_of_fd(kind, function, fd);
	call.data = data;
	call.size = size;
	call.offset = offset;
	return call;
}

static ssize_t read_at(const char *function, int fd, void *data, size_t size, off_t offset)
{
	NEXT(pread);
	struct call call = call_of_bytes(CALL_READ, function, fd, NULL, size, offset);
	return PASS(call, next(fd, data, call.size, offset));
}

EXPORT ssize_t read(int fd, void *data, size_t size)
{
	NEXT(read);
	struct call call = call_of_bytes(CALL_READ, "read", fd, NULL, size, -1);
	return PASS(call, next(fd, data, call.size));
}

EXPORT ssize_t pread(int fd, void *data, size_t size, off_t offset)
{
	return read_at("pread", fd, data, size, offset);
}

EXPORT ssize_t pread64(int fd, void *data, size_t size, off_t offset)
{
	return read_at("pread64", fd, data, size, offset);
}

EXPORT ssize_t __read_chk(int fd, void *data, size_t size, size_t room);
EXPORT ssize_t __read_chk(int fd, void *data, size_t size, size_t room)
{
	if (size > room)
		abort();
	return read(fd, data, size);
}

EXPORT ssize_t __pread_chk(int fd, void *data, size_t size, off_t offset, size_t room);
EXPORT ssize_t __pread_chk(int fd, void *data, size_t size, off_t offset, size_t room)
{
	if (size > room)
		abort();
	return read_at("pread", fd, data, size, offset);
}

EXPORT ssize_t __pread64_chk(int fd, void *data, size_t size, off_t offset, size_t room);
EXPORT ssize_t __pread64_chk(int fd, void *data, size_t size, off_t offset, size_t room)
{
	if (size > room)
		abort();
	return read_at("pread64", fd, data, size, offset);
}

static ssize_t write_at(const char *function, int fd, const void *data, size_t size, off_t offset)
{
	NEXT(pwrite);
	struct call call = call_of_bytes(CALL_WRITE, function, fd, data, size, offset);
	return PASS(call, next(fd, data, call.size, offset));
}

EXPORT ssize_t write(int fd, const void *data, size_t size)
{
	NEXT(write);
	struct call call = call_of_bytes(CALL_WRITE, "write", fd, data, size, -1);
	return PASS(call, next(fd, data, call.size));
}

EXPORT ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
	return write_at("pwrite", fd, data, size, offset);
}

EXPORT ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset)
{
	return write_at("pwrite64", fd, data, size, offset);
}

/* ---- sizes and flushes ---- */

static int truncate_to(const char *function, int fd, off_t size)
{
	NEXT(ftruncate);
	struct call call = call_of_bytes(CALL_TRUNCATE, function, fd, NULL, (size_t)size, 0);
	return (int)PASS(call, next(fd, size));
}

EXPORT int ftruncate(int fd, off_t size)
{
	return truncate_to("ftruncate", fd, size);
}

EXPORT int ftruncate64(int fd, off_t size)
{
	return truncate_to("ftruncate64", fd, size);
}

static int allocate_room(const char *function, int fd, int mode, off_t offset, off_t size)
{
	NEXT(fallocate);
	struct call call = call_of_bytes(CALL_ALLOCATE, function, fd, NULL, (size_t)size, offset);
	call.flags = mode;
	return (int)PASS(call, next(fd, mode, offset, size));
}

EXPORT int fallocate(int fd, int mode, off_t offset, off_t size)
{
	return allocate_room("fallocate", fd, mode, offset, size);
}

EXPORT int fallocate64(int fd, int mode, off_t offset, off_t size)
{
	return allocate_room("fallocate64", fd, mode, offset, size);
}

#define FLUSH(function, kind)                                                                                \
	EXPORT int function(int fd)                                                                          \
	{                                                                                                    \
		NEXT(function);                                                                              \
		struct call call = call_of_fd(kind, #function, fd);                                          \
		return (int)PASS(call, next(fd));                                                            \
	}
FLUSH(fsync, CALL_FLUSH)
FLUSH(fdatasync, CALL_FLUSH)
FLUSH(syncfs, CALL_FLUSH_ALL)
