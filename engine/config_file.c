#include "engine/config_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "engine/beneath.h"
#include "engine/config.h"
#include "engine/env.h"

#define TEMPORARY ".linckia-config-"

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* A config that cannot be read is a wrong config, whatever the system calls it. */
static int refuse_file(const char *path, int number, struct error *error)
{
	error_set_errno(error, number, "the file %s cannot be read", path);
	if (error && number != ENOMEM)
		error->code = ERROR_CONFIG;
	return -1;
}

static int check_kind(const char *path, const struct stat *status, struct error *error)
{
	if (S_ISDIR(status->st_mode))
		return error_set(error, ERROR_CONFIG,
			"%s: found a folder, allowed is a file; name one that is in it", path);
	if (!S_ISREG(status->st_mode))
		return error_set(
			error, ERROR_CONFIG, "%s: found a device, pipe or socket, allowed is a file", path);
	if (status->st_size > CONFIG_BYTES_MAX)
		return error_set(error, ERROR_CONFIG, "%s:1:1: found %lld bytes, allowed is at most 1MiB",
			path, (long long)status->st_size);
	return 0;
}

static int read_open(
	int fd, const char *path, char **text, size_t *length, struct stat *status, struct error *error)
{
	struct stat after;
	if (fstat(fd, status))
		return refuse_file(path, errno, error);
	if (check_kind(path, status, error))
		return -1;
	*length = (size_t)status->st_size;
	*text = malloc(*length + 1);
	if (!*text)
		return error_set(error, ERROR_MEMORY, "there is no memory left to read %s", path);
	int failed = env_read_full(env_real(), fd, *text, *length, 0);
	int number = errno;
	if (!fstat(fd, &after) && is_same_file(status, &after)) {
		(*text)[*length] = '\0';
		return failed ? refuse_file(path, number, error) : 0;
	}
	return error_set(error, ERROR_CHANGED, "the file %s was changed while it was read; try again", path);
}

int config_file_read(const char *path, char **text, size_t *length, struct stat *status, struct error *error)
{
	*text = NULL;
	/* O_NONBLOCK: opening a pipe must not wait for its writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return refuse_file(path, errno, error);
	int result = read_open(fd, path, text, length, status, error);
	close(fd);
	if (result) {
		free(*text);
		*text = NULL;
	}
	return result;
}

/* Opens the folder that holds `path`; `*name` is the part of `path` after it. */
static int open_folder(const char *path, const char **name, struct error *error)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	*name = slash ? slash + 1 : path;
	if (!folder)
		return error_set(error, ERROR_MEMORY, "there is no memory left to write %s", path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		error_set_errno(error, errno, "the folder of %s cannot be opened", path);
	free(folder);
	return fd;
}

/* Where a symbolic link leads, so that a lock and a replacement are about the file that is read. */
static char *follow(const char *path, struct error *error)
{
	char *target = realpath(path, NULL);
	if (!target)
		refuse_file(path, errno, error);
	return target;
}

int config_file_lock(const char *path, struct error *error)
{
	const char *name;
	char *target = follow(path, error);
	int fd = target ? open_folder(target, &name, error) : -1;
	free(target);
	if (fd < 0)
		return -1;
	/* A file system without locks still has the check in config_file_replace(). */
	while (flock(fd, LOCK_EX) && errno == EINTR)
		;
	return fd;
}

void config_file_unlock(int lock)
{
	close(lock);
}

static int write_all(int fd, const char *path, const char *text, size_t length, const struct stat *like,
	struct error *error)
{
	mode_t mode = like ? like->st_mode & 07777 : 0600;
	bool foreign = like && (like->st_uid != geteuid() || like->st_gid != getegid());
	if (foreign && fchown(fd, like->st_uid, like->st_gid))
		return error_set_errno(
			error, errno, "the owner of %s cannot be kept, so it was left as it is", path);
	if (fchmod(fd, mode) || env_write_full(env_real(), fd, text, length, 0) || fsync(fd))
		return error_set_errno(error, errno, "%s cannot be written", path);
	return 0;
}

/* Whether `name` is still the file that was read. */
static int check_unchanged(
	int folder, const char *name, const char *path, const struct stat *expected, struct error *error)
{
	struct stat now;
	if (!fstatat(folder, name, &now, 0) && is_same_file(&now, expected))
		return 0;
	return error_set(
		error, ERROR_CHANGED, "the config %s was changed by someone else meanwhile; try again", path);
}

static int take_name(int folder, const char *temporary, const char *name, const char *path,
	const struct stat *expected, struct error *error)
{
	if (expected && check_unchanged(folder, name, path, expected, error))
		return -1;
	if (expected ? !renameat(folder, temporary, folder, name)
		     : !beneath_rename_new(env_real(), folder, temporary, folder, name))
		return 0;
	if (errno == EEXIST)
		return error_set(error, ERROR_EXISTS, "%s exists already and is left as it is", path);
	return error_set_errno(error, errno, "%s cannot be written", path);
}

/* What writers left that were killed: nobody holds its lock any more. */
static void remove_leftovers(int folder)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	while (listing && (entry = readdir(listing))) {
		if (strncmp(entry->d_name, TEMPORARY, strlen(TEMPORARY)) != 0)
			continue;
		int left = openat(folder, entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (left >= 0 && flock(left, LOCK_EX | LOCK_NB) == 0)
			unlinkat(folder, entry->d_name, 0);
		if (left >= 0)
			close(left);
	}
	if (listing)
		closedir(listing);
	else if (fd >= 0)
		close(fd);
}

void config_file_remove_drafts(const char *path)
{
	struct error ignored;
	int folder = config_file_lock(path, &ignored);
	if (folder < 0)
		return;
	remove_leftovers(folder);
	config_file_unlock(folder);
}

/* Opens a new file in the folder, locked where there are locks. -1 with errno. */
static int open_temporary(int folder, char *name, size_t size)
{
	unsigned long long token = env_real()->dice->next(env_real()->dice);
	snprintf(name, size, TEMPORARY "%016llx", token);
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB))
		(void)0; /* whoever finds it has no locks either, and leaves it alone */
	return fd;
}

/* `expected`: the file to replace, or NULL to create one. */
static int install(
	const char *path, const char *text, size_t length, const struct stat *expected, struct error *error)
{
	const char *name;
	char temporary[64];
	int folder = open_folder(path, &name, error);
	if (folder < 0)
		return -1;
	remove_leftovers(folder);
	int fd = open_temporary(folder, temporary, sizeof(temporary));
	int result = -1;
	if (fd < 0) {
		error_set_errno(error, errno, "No file can be made beside %s", path);
		goto out;
	}
	result = write_all(fd, path, text, length, expected, error);
	if (close(fd) && !result)
		result = error_set_errno(error, errno, "%s cannot be written", path);
	if (!result)
		result = take_name(folder, temporary, name, path, expected, error);
	if (result)
		unlinkat(folder, temporary, 0);
	else if (fsync(folder))
		result = error_set_errno(
			error, errno, "%s was written, but its folder cannot be flushed", path);
out:
	close(folder);
	return result;
}

int config_file_replace(
	const char *path, const char *text, size_t length, const struct stat *expected, struct error *error)
{
	char *target = follow(path, error);
	if (!target)
		return -1;
	int result = install(target, text, length, expected, error);
	free(target);
	return result;
}

int config_file_create(const char *path, const char *text, size_t length, struct error *error)
{
	return install(path, text, length, NULL, error);
}
