/*
 * interpose_other.c: wrappers around what changes no file: looking, listing, locking, mapping, descriptors, threads.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tests/crash/next.h"

/* ---- looking ---- */

#define LOOK_AT_PATH(function, type)                                                                         \
	EXPORT int function(const char *restrict path, type *restrict out)                                   \
	{                                                                                                    \
		NEXT(function);                                                                              \
		struct call call = call_of_path(CALL_STAT, #function, AT_FDCWD, path);                       \
		call.status = out;                                                                           \
		return (int)PASS(call, next(path, out));                                                     \
	}
#define LOOK_AT_FD(function, type, result)                                                                   \
	EXPORT int function(int fd, type *out)                                                               \
	{                                                                                                    \
		NEXT(function);                                                                              \
		struct call call = call_of_fd(CALL_STAT, #function, fd);                                     \
		call.status = (result);                                                                      \
		return (int)PASS(call, next(fd, out));                                                       \
	}
#define LOOK_BELOW(function, type)                                                                           \
	EXPORT int function(int folder, const char *restrict path, type *restrict out, int flags)            \
	{                                                                                                    \
		NEXT(function);                                                                              \
		struct call call = call_of_path(CALL_STAT, #function, folder, path);                         \
		call.flags = flags;                                                                          \
		call.status = out;                                                                           \
		return (int)PASS(call, next(folder, path, out, flags));                                      \
	}
LOOK_AT_PATH(stat, struct stat)
LOOK_AT_PATH(stat64, struct stat64)
LOOK_AT_PATH(lstat, struct stat)
LOOK_AT_PATH(lstat64, struct stat64)
LOOK_AT_FD(fstat, struct stat, out)
LOOK_AT_FD(fstat64, struct stat64, out)
LOOK_AT_FD(fstatvfs, struct statvfs, NULL)
LOOK_AT_FD(fstatvfs64, struct statvfs64, NULL)
LOOK_BELOW(fstatat, struct stat)
LOOK_BELOW(fstatat64, struct stat64)

EXPORT int access(const char *path, int mode)
{
	NEXT(access);
	struct call call = call_of_path(CALL_STAT, "access", AT_FDCWD, path);
	return (int)PASS(call, next(path, mode));
}

EXPORT int faccessat(int folder, const char *path, int mode, int flags)
{
	NEXT(faccessat);
	struct call call = call_of_path(CALL_STAT, "faccessat", folder, path);
	call.flags = flags;
	return (int)PASS(call, next(folder, path, mode, flags));
}

EXPORT ssize_t readlink(const char *restrict path, char *restrict out, size_t size)
{
	NEXT(readlink);
	struct call call = call_of_path(CALL_STAT, "readlink", AT_FDCWD, path);
	return PASS(call, next(path, out, size));
}

EXPORT ssize_t readlinkat(int folder, const char *restrict path, char *restrict out, size_t size)
{
	NEXT(readlinkat);
	struct call call = call_of_path(CALL_STAT, "readlinkat", folder, path);
	return PASS(call, next(folder, path, out, size));
}

/* ---- listing ---- */

EXPORT DIR *opendir(const char *path)
{
	NEXT(opendir);
	struct call call = call_of_path(CALL_LIST, "opendir", AT_FDCWD, path);
	if (!call_begins(&call))
		return NULL;
	DIR *folder = next(path);
	call_ends(&call, folder ? dirfd(folder) : -1);
	return folder;
}

EXPORT DIR *fdopendir(int fd)
{
	NEXT(fdopendir);
	struct call call = call_of_fd(CALL_LIST, "fdopendir", fd);
	if (!call_begins(&call))
		return NULL;
	DIR *folder = next(fd);
	call_ends(&call, folder ? 0 : -1);
	return folder;
}

EXPORT int closedir(DIR *folder)
{
	NEXT(closedir);
	struct call call = call_of_fd(CALL_CLOSE, "closedir", dirfd(folder));
	bool fails = !call_begins(&call);
	int number = errno, result = next(folder);
	if (result == 0)
		errno = number;
	call_ends(&call, result);
	return fails ? -1 : result;
}

/* NULL is both the end and a failure, which errno tells apart. */
#define READ_FOLDER(function, type)                                                                          \
	EXPORT type *function(DIR *folder)                                                                   \
	{                                                                                                    \
		NEXT(function);                                                                              \
		struct call call = call_of_fd(CALL_LIST, #function, dirfd(folder));                          \
		if (!call_begins(&call))                                                                     \
			return NULL;                                                                         \
		int before = errno;                                                                          \
		errno = 0;                                                                                   \
		type *entry = next(folder);                                                                  \
		int number = errno;                                                                          \
		call_ends(&call, entry || number == 0 ? 0 : -1);                                             \
		errno = number ? number : before;                                                            \
		return entry;                                                                                \
	}
READ_FOLDER(readdir, struct dirent)
READ_FOLDER(readdir64, struct dirent64)

/* ---- locks and descriptors ---- */

static int lock_type(long argument)
{
	struct flock lock;
	memcpy(&lock, (const void *)argument, sizeof(lock)); /* NOLINT(performance-no-int-to-ptr) */
	return lock.l_type;
}

static int control(const char *function, int fd, int command, long argument)
{
	NEXT(fcntl);
	enum call_kind kind;
	switch (command) {
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		/* Letting go of a lock does not fail on Linux, and SQLite does not look whether it did. */
		if (lock_type(argument) == F_UNLCK)
			return next(fd, command, argument);
		kind = CALL_LOCK;
		break;
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		kind = CALL_DUPLICATE;
		break;
	default:
		return next(fd, command, argument);
	}
	struct call call = call_of_fd(kind, function, fd);
	call.flags = command;
	return (int)PASS(call, next(fd, command, argument));
}

#define CONTROL(function)                                                                                    \
	EXPORT int function(int fd, int command, ...)                                                        \
	{                                                                                                    \
		va_list arguments;                                                                           \
		va_start(arguments, command);                                                                \
		long argument = va_arg(arguments, long);                                                     \
		va_end(arguments);                                                                           \
		return control(#function, fd, command, argument);                                            \
	}
CONTROL(fcntl)
CONTROL(fcntl64)

EXPORT int flock(int fd, int operation)
{
	NEXT(flock);
	if (operation & LOCK_UN)
		return next(fd, operation);
	struct call call = call_of_fd(CALL_LOCK, "flock", fd);
	call.flags = operation;
	return (int)PASS(call, next(fd, operation));
}

EXPORT int dup2(int fd, int to)
{
	NEXT(dup2);
	struct call call = call_of_fd(CALL_DUPLICATE, "dup2", fd);
	return (int)PASS(call, next(fd, to));
}

EXPORT int pipe2(int ends[2], int flags)
{
	NEXT(pipe2);
	struct call call = call_of_fd(CALL_PIPE, "pipe2", -1);
	return (int)PASS(call, next(ends, flags));
}

EXPORT int eventfd(unsigned count, int flags)
{
	NEXT(eventfd);
	struct call call = call_of_fd(CALL_PIPE, "eventfd", -1);
	return (int)PASS(call, next(count, flags));
}

EXPORT int inotify_init1(int flags)
{
	NEXT(inotify_init1);
	struct call call = call_of_fd(CALL_PIPE, "inotify_init1", -1);
	return (int)PASS(call, next(flags));
}

/* ---- memory and threads ---- */

#define MAP(function)                                                                                        \
	EXPORT void *function(void *at, size_t size, int protection, int flags, int fd, off_t offset)        \
	{                                                                                                    \
		NEXT(function);                                                                              \
		struct call call = call_of_fd(CALL_MAP, #function, fd);                                      \
		call.size = size;                                                                            \
		call.offset = offset;                                                                        \
		call.flags = flags;                                                                          \
		call.mode = (mode_t)protection;                                                              \
		if (!call_begins(&call))                                                                     \
			return MAP_FAILED;                                                                   \
		void *mapped = next(at, size, protection, flags, fd, offset);                                \
		call_ends(&call, mapped == MAP_FAILED ? -1 : 0);                                             \
		return mapped;                                                                               \
	}
MAP(mmap)
MAP(mmap64)

EXPORT int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
	void *(*begin)(void *), void *restrict argument)
{
	NEXT(pthread_create);
	struct call call = call_of_fd(CALL_THREAD, "pthread_create", -1);
	if (!call_begins(&call))
		return errno;
	int number = next(thread, attributes, begin, argument);
	call_ends(&call, number ? -1 : 0);
	return number;
}
