/*
 * beneath.c: one part of a path after the other, or all at once where the kernel can.
 */
#include "engine/beneath.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { FOLDER_FLAGS = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

/* ---- opening ---- */

static bool leads_out(const char *path)
{
	if (*path == '/')
		return true;
	for (const char *part = path; *part;) {
		size_t length = strcspn(part, "/");
		if (length == 2 && part[0] == '.' && part[1] == '.')
			return true;
		part += length + (part[length] == '/');
	}
	return false;
}

/* Closes without touching errno. */
static void close_quietly(const struct env *env, int fd)
{
	int number = errno;
	env->io->close(env->io, fd);
	errno = number;
}

/* Where O_DIRECTORY met no folder, openat2() tells links from the rest; so does this. */
static void tell_link(const struct env *env, int folder, const char *name)
{
	struct stat status;
	if (errno != ENOTDIR)
		return;
	bool link = env->io->fstatat(env->io, folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISLNK(status.st_mode);
	errno = link ? ELOOP : ENOTDIR;
}

static int open_part(const struct env *env, int folder, const char *name, int flags, mode_t mode)
{
	int fd = env->io->openat(env->io, folder, name, flags | O_NOFOLLOW, mode);
	if (fd < 0)
		tell_link(env, folder, name);
	return fd;
}

static int open_by_parts(const struct env *env, int folder, const char *path, int flags, mode_t mode)
{
	char name[NAME_MAX + 1];
	int at = folder;
	for (;;) {
		size_t length = strcspn(path, "/");
		bool last = path[length] == '\0';
		int next = -1;
		if (length < sizeof(name)) {
			memcpy(name, path, length);
			name[length] = '\0';
			next = last ? open_part(env, at, name, flags, mode)
				    : open_part(env, at, name, O_PATH | FOLDER_FLAGS, 0);
		} else {
			errno = ENAMETOOLONG;
		}
		if (at != folder)
			close_quietly(env, at);
		if (next < 0 || last)
			return next;
		at = next;
		path += length + 1;
	}
}

int beneath_open(const struct env *env, int folder, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags & ~O_NOFOLLOW) | (flags & O_PATH ? 0 : O_LARGEFILE),
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	if (leads_out(path)) {
		errno = EXDEV;
		return -1;
	}
	int fd = env->io->openat2(env->io, folder, path, &how);
	if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
		return fd;
	return open_by_parts(env, folder, path, flags, mode);
}

int beneath_open_folder(const struct env *env, int folder, const char *path)
{
	return beneath_open(env, folder, path, O_RDONLY | FOLDER_FLAGS, 0);
}

int beneath_open_file(const struct env *env, int folder, const char *path, int flags, struct stat *status)
{
	struct stat own;
	int fd = beneath_open(env, folder, path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
	/* A socket, or a FIFO that nobody reads. */
	if (fd < 0 && errno == ENXIO)
		errno = EBADMSG;
	if (fd < 0)
		return -1;
	status = status ? status : &own;
	int result = env->io->fstat(env->io, fd, status);
	if (result == 0 && !S_ISREG(status->st_mode)) {
		errno = EBADMSG;
		result = -1;
	}
	if (result == 0)
		return fd;
	close_quietly(env, fd);
	return -1;
}

/* ---- names ---- */

/*
 * Opens the folder that the last part of `path` is in, and returns it with that part in `*name`. For a path of one
 * part it is `folder` itself. leave_parent() ends it.
 */
static int enter_parent(const struct env *env, int folder, const char *path, const char **name)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	*name = slash ? slash + 1 : path;
	if (leads_out(path)) {
		errno = EXDEV;
		return -1;
	}
	if (!slash)
		return folder;
	size_t length = (size_t)(slash - path);
	if (length >= sizeof(parent)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(parent, path, length);
	parent[length] = '\0';
	return beneath_open(env, folder, parent, O_PATH | FOLDER_FLAGS, 0);
}

static void leave_parent(const struct env *env, int folder, int parent)
{
	if (parent >= 0 && parent != folder)
		close_quietly(env, parent);
}

int beneath_create(const struct env *env, int folder, const char *path)
{
	const char *name;
	struct io *io = env->io;
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int parent = enter_parent(env, folder, path, &name);
	if (parent < 0)
		return -1;
	int fd = io->openat(io, parent, name, flags, 0600);
	if (fd < 0 && errno == EEXIST && io->unlinkat(io, parent, name, 0) == 0)
		fd = io->openat(io, parent, name, flags, 0600);
	leave_parent(env, folder, parent);
	return fd;
}

int beneath_stat(const struct env *env, int folder, const char *path, struct stat *status)
{
	const char *name;
	int parent = enter_parent(env, folder, path, &name);
	int result = parent < 0 ? -1 : env->io->fstatat(env->io, parent, name, status, AT_SYMLINK_NOFOLLOW);
	leave_parent(env, folder, parent);
	return result;
}

int beneath_make_folder(const struct env *env, int folder, const char *path)
{
	const char *name;
	int parent = enter_parent(env, folder, path, &name);
	int result = parent < 0 ? -1 : env->io->mkdirat(env->io, parent, name, 0700);
	leave_parent(env, folder, parent);
	return result < 0 && (parent < 0 || errno != EEXIST) ? -1 : 0;
}

int beneath_make_lasting_folder(const struct env *env, int folder, const char *name)
{
	assert(!strchr(name, '/'));
	/* One that is there already may have been made by somebody who died before the flush. */
	return beneath_make_folder(env, folder, name) < 0 ? -1 : env->io->fsync(env->io, folder);
}

int beneath_unlink(const struct env *env, int folder, const char *path)
{
	const char *name;
	int parent = enter_parent(env, folder, path, &name);
	int result = parent < 0 ? -1 : env->io->unlinkat(env->io, parent, name, 0);
	leave_parent(env, folder, parent);
	return result;
}

void beneath_discard(const struct env *env, int folder, const char *path)
{
	int number = errno;
	if (beneath_unlink(env, folder, path) < 0)
		errno = number;
}

int beneath_rename(const struct env *env, int old_folder, const char *old_path, int new_folder,
	const char *new_path, unsigned flags)
{
	const char *old_name, *new_name;
	int from = enter_parent(env, old_folder, old_path, &old_name);
	int to = from < 0 ? -1 : enter_parent(env, new_folder, new_path, &new_name);
	int result = to < 0 ? -1 : env->io->renameat2(env->io, from, old_name, to, new_name, flags);
	leave_parent(env, old_folder, from);
	leave_parent(env, new_folder, to);
	return result;
}

/* Gives the file its new name, which must be free, and takes the old one from it. */
static int link_and_unlink(struct io *io, int from, const char *old_name, int to, const char *new_name)
{
	if (io->linkat(io, from, old_name, to, new_name, 0) < 0)
		return -1;
	if (io->unlinkat(io, from, old_name, 0) == 0)
		return 0;
	int number = errno;
	io->unlinkat(io, to, new_name, 0);
	errno = number;
	return -1;
}

int beneath_rename_new(
	const struct env *env, int old_folder, const char *old_path, int new_folder, const char *new_path)
{
	const char *old_name, *new_name;
	int result = beneath_rename(env, old_folder, old_path, new_folder, new_path, RENAME_NOREPLACE);
	/* NFS, and many a file system in user space, know no flags; a link is refused a taken name everywhere. */
	if (result == 0 || (errno != EINVAL && errno != ENOSYS))
		return result;
	int from = enter_parent(env, old_folder, old_path, &old_name);
	int to = from < 0 ? -1 : enter_parent(env, new_folder, new_path, &new_name);
	if (to >= 0)
		result = link_and_unlink(env->io, from, old_name, to, new_name);
	leave_parent(env, old_folder, from);
	leave_parent(env, new_folder, to);
	return result;
}

int beneath_flush_folder(const struct env *env, int folder, const char *path)
{
	int fd = beneath_open_folder(env, folder, path);
	int result = fd < 0 ? -1 : env->io->fsync(env->io, fd);
	if (fd >= 0)
		close_quietly(env, fd);
	return result;
}
