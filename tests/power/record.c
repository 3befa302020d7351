/*
 * record.c: a policy of the interposer (tests/crash/call.h) that tells a recording (recording.h) of every change.
 *
 * A change and its entry are one step under a lock that all threads and processes share. A flush is two entries with
 * others in between: it covers what was told before it began. Where nodes are to be apart, it also makes each look as
 * if it were on a device of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/falloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/crash/call.h"
#include "tests/crash/raw.h"
#include "tests/power/recording.h"

enum { RECORDER_FD = 900, IS_LOCKED = 1, WAS_THERE = 2, FLUSH_STEP = 4 };

static struct recorder {
	int file; /* 0: nothing is recorded */
	char root[PATH_MAX];
	size_t root_length;
	bool apart;
	pthread_mutex_t mutex;
	atomic_int flushes;
} recorder = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static _Noreturn void refuse(const char *what)
{
	raw_write(2, "recorder: ", 10);
	raw_write(2, what, strlen(what));
	raw_write(2, "\n", 1);
	abort();
}

static __attribute__((constructor)) void begin(void)
{
	const char *file = getenv(RECORDING_FILE), *root = getenv(RECORDING_FOLDER);
	if (!file || !root)
		return;
	if (strlen(root) >= sizeof(recorder.root))
		refuse("the path of the folder is too long");
	recorder.apart = getenv(RECORDING_APART) != NULL;
	recorder.root_length = strlen(root);
	memcpy(recorder.root, root, recorder.root_length + 1);
	int fd = raw_open(AT_FDCWD, file, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
	/* Out of the way of whoever counts descriptors. */
	int high = (int)raw_syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, RECORDER_FD, 0, 0, 0);
	if (fd < 0 || high < 0)
		refuse("the recording cannot be opened");
	raw_close(fd);
	recorder.file = high;
}

/* ---- where it is ---- */

static bool is_inside(const char *path)
{
	return strncmp(path, recorder.root, recorder.root_length) == 0 &&
	       (path[recorder.root_length] == '/' || path[recorder.root_length] == '\0');
}

static bool fd_is_inside(int fd)
{
	char path[PATH_MAX];
	return fd >= 0 && raw_path_of(fd, path, sizeof(path)) > 0 && is_inside(path);
}

static void look_at(int fd, struct stat *status)
{
	if (raw_syscall(SYS_fstat, fd, (long)status, 0, 0, 0, 0) < 0)
		refuse("a descriptor cannot be looked at");
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* Opens the folder that the last part of `path` is in. -1 when it is not one of those recorded. */
static int open_folder_of(int folder, const char *path)
{
	char above[PATH_MAX] = ".";
	const char *name = name_of(path);
	size_t length = (size_t)(name - path);
	if (length >= sizeof(above))
		return -1;
	if (length > 0) {
		memcpy(above, path, length);
		above[length] = '\0';
	}
	int fd = raw_open(folder, above, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	if (fd >= 0 && fd_is_inside(fd))
		return fd;
	if (fd >= 0)
		raw_close(fd);
	return -1;
}

static bool place_is_inside(int folder, const char *path)
{
	int fd = open_folder_of(folder, path);
	if (fd >= 0)
		raw_close(fd);
	return fd >= 0;
}

static uint64_t inode_of_folder(int folder, const char *path)
{
	struct stat status;
	int fd = open_folder_of(folder, path);
	if (fd < 0)
		refuse("a folder is gone");
	look_at(fd, &status);
	raw_close(fd);
	return status.st_ino;
}

static bool look_at_name(int folder, const char *path, struct stat *status)
{
	return raw_syscall(SYS_newfstatat, folder, (long)path, (long)status, AT_SYMLINK_NOFOLLOW, 0, 0) == 0;
}

/* ---- telling ---- */

static void lock(void)
{
	pthread_mutex_lock(&recorder.mutex);
	while (raw_syscall(SYS_flock, recorder.file, LOCK_EX, 0, 0, 0, 0) < 0)
		if (errno != EINTR)
			refuse("the recording cannot be locked");
}

static void unlock(void)
{
	raw_syscall(SYS_flock, recorder.file, LOCK_UN, 0, 0, 0, 0);
	pthread_mutex_unlock(&recorder.mutex);
}

static void tell(struct recorded entry, const char *name, const char *name2, const void *data)
{
	struct iovec parts[RECORDING_PARTS];
	size_t size = recording_parts(&entry, name, name2, data, parts);
	long written;
	do
		written = raw_syscall(SYS_writev, recorder.file, (long)parts, RECORDING_PARTS, 0, 0, 0);
	while (written < 0 && errno == EINTR);
	if (written != (long)size)
		refuse("the recording cannot be written");
}

static struct recorded entry_of(enum change_kind kind, const struct stat *status)
{
	return (struct recorded){
		.kind = (uint16_t)kind, .inode = status->st_ino, .mode = status->st_mode & 07777};
}

static void tell_create(const struct call *call, int fd)
{
	struct stat status;
	look_at(fd, &status);
	if ((call->flags & O_TMPFILE) == O_TMPFILE) {
		struct stat folder;
		struct recorded entry = entry_of(CHANGE_UNNAMED, &status);
		if (raw_syscall(SYS_newfstatat, call->folder, (long)call->path, (long)&folder, 0, 0, 0) < 0)
			refuse("a folder is gone");
		entry.folder = folder.st_ino;
		tell(entry, "", "", NULL);
	} else if (!(call->mark & WAS_THERE)) {
		struct recorded entry = entry_of(CHANGE_CREATE, &status);
		entry.folder = inode_of_folder(call->folder, call->path);
		tell(entry, name_of(call->path), "", NULL);
	} else if (call->flags & O_TRUNC) {
		tell(entry_of(CHANGE_SIZE, &status), "", "", NULL); /* of 0 bytes */
	}
}

static void tell_write(const struct call *call, int64_t result)
{
	struct stat status;
	look_at(call->fd, &status);
	struct recorded entry = entry_of(CHANGE_WRITE, &status);
	entry.data_bytes = (uint32_t)result;
	entry.offset = call->offset;
	if (call->offset < 0)
		entry.offset = raw_syscall(SYS_lseek, call->fd, 0, SEEK_CUR, 0, 0, 0) - result;
	tell(entry, "", "", call->data);
}

static void tell_size(const struct call *call)
{
	struct stat status;
	look_at(call->fd, &status);
	if (call->kind == CALL_ALLOCATE && (call->flags & ~FALLOC_FL_KEEP_SIZE))
		refuse("a way of allocating that it does not know");
	struct recorded entry = entry_of(CHANGE_SIZE, &status);
	entry.size = (uint64_t)status.st_size;
	tell(entry, "", "", NULL);
}

static void tell_mode(const struct call *call)
{
	struct stat status;
	look_at(call->fd, &status);
	tell(entry_of(CHANGE_MODE, &status), "", "", NULL);
}

/* A new name, of a file or folder. */
static void tell_name(const struct call *call)
{
	struct stat status;
	bool folder = call->kind == CALL_MKDIR;
	int at = folder ? call->folder : call->new_folder;
	const char *path = folder ? call->path : call->new_path;
	if (!look_at_name(at, path, &status))
		refuse("a new name is gone");
	struct recorded entry = entry_of(folder ? CHANGE_FOLDER : CHANGE_LINK, &status);
	entry.folder = inode_of_folder(at, path);
	if (call->kind != CALL_RENAME) {
		tell(entry, name_of(path), "", NULL);
		return;
	}
	entry.kind = CHANGE_RENAME;
	entry.folder2 = entry.folder;
	entry.folder = inode_of_folder(call->folder, call->path);
	tell(entry, name_of(call->path), name_of(path), NULL);
}

static void tell_unlink(const struct call *call)
{
	struct recorded entry = {.kind = CHANGE_UNLINK};
	entry.folder = inode_of_folder(call->folder, call->path);
	tell(entry, name_of(call->path), "", NULL);
}

static void tell_flush(const struct call *call, bool ended)
{
	struct stat status;
	bool all = call->kind == CALL_FLUSH_ALL;
	look_at(call->fd, &status);
	enum change_kind began = all ? CHANGE_FLUSH_ALL : CHANGE_FLUSH;
	struct recorded entry = entry_of(ended ? began + 1 : began, &status);
	entry.token = (uint64_t)getpid() << 32 | (uint32_t)call->mark;
	lock();
	tell(entry, "", "", NULL);
	unlock();
}

/* ---- devices ---- */

/* The number of the node that a path is in; 0: in none. */
static unsigned node_of(const char *path)
{
	const char *node = is_inside(path) ? strstr(path + recorder.root_length, "/node-") : NULL;
	return node ? (unsigned)strtoul(node + strlen("/node-"), NULL, 10) : 0;
}

static void move_apart(const struct call *call)
{
	char path[PATH_MAX] = "";
	struct stat *status = call->status;
	long length = 0;
	if (call->fd >= 0 || (call->folder >= 0 && call->path && *call->path != '/'))
		length = raw_path_of(call->fd >= 0 ? call->fd : call->folder, path, sizeof(path));
	if (length < 0)
		return;
	if (call->path && strlen(call->path) + (size_t)length + 2 <= sizeof(path)) {
		path[length] = '/';
		strcpy(path + length + (*call->path != '/'), call->path);
	}
	enum { DEVICES = 1000 };
	status->st_dev += DEVICES * node_of(path);
}

/* ---- the policy ---- */

static bool is_recorded(const struct call *call)
{
	switch (call->kind) {
	case CALL_CREATE:
	case CALL_MKDIR:
	case CALL_UNLINK:
		return place_is_inside(call->folder, call->path);
	case CALL_LINK:
	case CALL_RENAME:
		return place_is_inside(call->new_folder, call->new_path);
	case CALL_WRITE:
	case CALL_TRUNCATE:
	case CALL_ALLOCATE:
	case CALL_MODE:
	case CALL_FLUSH:
	case CALL_FLUSH_ALL:
		return fd_is_inside(call->fd);
	case CALL_SYMLINK:
		if (place_is_inside(call->folder, call->path))
			refuse("it cannot record symbolic links");
		return false;
	default:
		return false;
	}
}

int policy_before(struct call *call)
{
	struct stat status;
	if (!recorder.file)
		return 0;
	int number = errno;
	if (is_recorded(call)) {
		if (call->kind == CALL_FLUSH || call->kind == CALL_FLUSH_ALL) {
			call->mark = FLUSH_STEP * (1 + atomic_fetch_add(&recorder.flushes, 1));
			tell_flush(call, false);
		} else {
			lock();
			call->mark = IS_LOCKED;
			if (call->kind == CALL_CREATE && look_at_name(call->folder, call->path, &status))
				call->mark |= WAS_THERE;
			if (call->kind == CALL_CREATE && (call->flags & O_DSYNC))
				refuse("it cannot record files that flush each write");
			if (call->kind == CALL_RENAME && call->flags & ~RENAME_NOREPLACE)
				refuse("it cannot record names that are exchanged");
		}
	}
	errno = number;
	return 0;
}

static void tell_change(const struct call *call, int64_t result)
{
	switch (call->kind) {
	case CALL_CREATE:
		tell_create(call, (int)result);
		break;
	case CALL_WRITE:
		tell_write(call, result);
		break;
	case CALL_TRUNCATE:
	case CALL_ALLOCATE:
		tell_size(call);
		break;
	case CALL_MODE:
		tell_mode(call);
		break;
	case CALL_UNLINK:
		tell_unlink(call);
		break;
	default:
		tell_name(call);
	}
}

void policy_after(const struct call *call, int64_t result, int number)
{
	(void)number;
	if (recorder.apart && call->status && result >= 0)
		move_apart(call);
	if (!call->mark)
		return;
	if (!(call->mark & IS_LOCKED)) {
		if (result >= 0)
			tell_flush(call, true);
		return;
	}
	if (result >= 0)
		tell_change(call, result);
	unlock();
}
