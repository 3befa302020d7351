/*
 * interpose_names.c: wrappers around what changes names and what belongs to them: links, folders, modes, times.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/crash/next.h"

static struct call call_of_two(enum call_kind kind, const char *function, int folder, const char *path,
	int new_folder, const char *new_path)
{
	struct call call = call_of_path(kind, function, folder, path);
	call.new_folder = new_folder;
	call.new_path = new_path;
	return call;
}

EXPORT int link(const char *path, const char *new_path)
{
	NEXT(link);
	struct call call = call_of_two(CALL_LINK, "link", AT_FDCWD, path, AT_FDCWD, new_path);
	return (int)PASS(call, next(path, new_path));
}

EXPORT int linkat(int folder, const char *path, int new_folder, const char *new_path, int flags)
{
	NEXT(linkat);
	struct call call = call_of_two(CALL_LINK, "linkat", folder, path, new_folder, new_path);
	call.flags = flags;
	return (int)PASS(call, next(folder, path, new_folder, new_path, flags));
}

EXPORT int rename(const char *path, const char *new_path)
{
	NEXT(rename);
	struct call call = call_of_two(CALL_RENAME, "rename", AT_FDCWD, path, AT_FDCWD, new_path);
	return (int)PASS(call, next(path, new_path));
}

EXPORT int renameat(int folder, const char *path, int new_folder, const char *new_path)
{
	NEXT(renameat);
	struct call call = call_of_two(CALL_RENAME, "renameat", folder, path, new_folder, new_path);
	return (int)PASS(call, next(folder, path, new_folder, new_path));
}

EXPORT int renameat2(int folder, const char *path, int new_folder, const char *new_path, unsigned flags)
{
	NEXT(renameat2);
	struct call call = call_of_two(CALL_RENAME, "renameat2", folder, path, new_folder, new_path);
	call.flags = (int)flags;
	return (int)PASS(call, next(folder, path, new_folder, new_path, flags));
}

EXPORT int unlink(const char *path)
{
	NEXT(unlink);
	struct call call = call_of_path(CALL_UNLINK, "unlink", AT_FDCWD, path);
	return (int)PASS(call, next(path));
}

EXPORT int unlinkat(int folder, const char *path, int flags)
{
	NEXT(unlinkat);
	struct call call = call_of_path(CALL_UNLINK, "unlinkat", folder, path);
	call.flags = flags;
	return (int)PASS(call, next(folder, path, flags));
}

EXPORT int rmdir(const char *path)
{
	NEXT(rmdir);
	struct call call = call_of_path(CALL_UNLINK, "rmdir", AT_FDCWD, path);
	call.flags = AT_REMOVEDIR;
	return (int)PASS(call, next(path));
}

/* Unlinks a file, removes a folder. */
EXPORT int remove(const char *path)
{
	NEXT(remove);
	struct stat status;
	struct call call = call_of_path(CALL_UNLINK, "remove", AT_FDCWD, path);
	if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode))
		call.flags = AT_REMOVEDIR;
	return (int)PASS(call, next(path));
}

EXPORT int mkdir(const char *path, mode_t mode)
{
	NEXT(mkdir);
	struct call call = call_of_path(CALL_MKDIR, "mkdir", AT_FDCWD, path);
	call.mode = mode;
	return (int)PASS(call, next(path, mode));
}

EXPORT int mkdirat(int folder, const char *path, mode_t mode)
{
	NEXT(mkdirat);
	struct call call = call_of_path(CALL_MKDIR, "mkdirat", folder, path);
	call.mode = mode;
	return (int)PASS(call, next(folder, path, mode));
}

EXPORT char *mkdtemp(char *template)
{
	NEXT(mkdtemp);
	struct call call = call_of_path(CALL_MKDIR, "mkdtemp", AT_FDCWD, template);
	call.mode = 0700;
	if (!call_begins(&call))
		return NULL;
	char *made = next(template);
	call_ends(&call, made ? 0 : -1);
	return made;
}

/* `path` is the link, `new_path` what it says. */
EXPORT int symlinkat(const char *target, int folder, const char *path)
{
	NEXT(symlinkat);
	struct call call = call_of_two(CALL_SYMLINK, "symlinkat", folder, path, -1, target);
	return (int)PASS(call, next(target, folder, path));
}

EXPORT int fchmod(int fd, mode_t mode)
{
	NEXT(fchmod);
	struct call call = call_of_fd(CALL_MODE, "fchmod", fd);
	call.mode = mode;
	return (int)PASS(call, next(fd, mode));
}

EXPORT int fchown(int fd, uid_t user, gid_t group)
{
	NEXT(fchown);
	struct call call = call_of_fd(CALL_MODE, "fchown", fd);
	return (int)PASS(call, next(fd, user, group));
}

EXPORT int futimens(int fd, const struct timespec times[2])
{
	NEXT(futimens);
	struct call call = call_of_fd(CALL_TIMES, "futimens", fd);
	return (int)PASS(call, next(fd, times));
}

EXPORT int utimensat(int folder, const char *path, const struct timespec times[2], int flags)
{
	NEXT(utimensat);
	struct call call = call_of_path(CALL_TIMES, "utimensat", folder, path);
	call.flags = flags;
	return (int)PASS(call, next(folder, path, times, flags));
}
