/*
 * put_source.c: walks what is to be stored.
 *
 * Folders are opened one below the other, each name looked at without following links, so that nothing outside
 * of the given paths is ever read. The store's own folders are left out, or storing a folder that contains the store
 * would never end. Each level holds one descriptor open, and some of its names.
 *
 * A folder is read in the order of names, so that the same files are packed together wherever they lie: what a
 * scenario tells must not depend on the file system.
 */
#include "engine/listing.h"
#include "engine/put.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* So many bytes of names are held at each level, 65,536 of them if they are short. */
enum { BATCH_BYTES = 1 << 20 };

/* ---- names ---- */

/* "parent/child", or "child" below no parent. Returns -1 when it would be too long. */
static int join_name(char out[STORE_NAME_MAX + 2], const char *parent, const char *child)
{
	int length = snprintf(out, STORE_NAME_MAX + 2, "%s%s%s", parent, *parent ? "/" : "", child);
	return length > STORE_NAME_MAX ? -1 : 0;
}

/* The name for `path`: its last part, with "." and ".." resolved. */
static int base_name(const char *path, char out[STORE_NAME_MAX + 2], struct error *error)
{
	char *resolved = NULL;
	size_t length = strlen(path);
	while (length > 1 && path[length - 1] == '/')
		length--;
	size_t start = length;
	while (start > 0 && path[start - 1] != '/')
		start--;
	size_t size = length - start;
	bool dots = (size == 1 && path[start] == '.') ||
		    (size == 2 && path[start] == '.' && path[start + 1] == '.');
	if (dots) {
		resolved = realpath(path, NULL);
		if (!resolved)
			return error_set_errno(error, errno, "cannot resolve '%s'", path);
		path = strrchr(resolved, '/') + 1;
		start = 0;
		size = strlen(path);
	}
	int result = 0;
	if (size == 0 || size > STORE_NAME_MAX || path[start] == '/')
		result = error_set(error, ERROR_USAGE,
			"'%s' has no base name to store it under; give one with -n", path);
	else
		snprintf(out, STORE_NAME_MAX + 2, "%.*s", (int)size, path + start);
	free(resolved);
	return result;
}

/* ---- what is left out ---- */

static __attribute__((noinline)) void report_skipped(struct put *put, const char *name, const char *why)
{
	struct error message;
	error_set(&message, ERROR_REFUSED, "'%s' is not stored: %s", name, why);
	pthread_mutex_lock(&put->report_mutex);
	if (put->options->skipped)
		put->options->skipped(put->options->context, &message);
	pthread_mutex_unlock(&put->report_mutex);
}

/* Whether a folder is the store's own, or one of its nodes. */
static bool is_own_folder(struct put *put, const struct stat *status)
{
	struct stat own;
	if (stat(put->store->config->store, &own) == 0 && own.st_dev == status->st_dev &&
		own.st_ino == status->st_ino)
		return true;
	for (size_t i = 0; i < put->store->node_count; i++) {
		const char *path = put->store->nodes[i].path;
		if (*path && stat(path, &own) == 0 && own.st_dev == status->st_dev &&
			own.st_ino == status->st_ino)
			return true;
	}
	return false;
}

static const char *kind_words(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFIFO:
		return "it is a FIFO";
	case S_IFSOCK:
		return "it is a socket";
	case S_IFCHR:
	case S_IFBLK:
		return "it is a device";
	default:
		return "it is not a file, a link or a folder";
	}
}

/* ---- entries ---- */

static __attribute__((noinline)) void fail_entry(
	struct put *put, const char *name, int number, const char *what)
{
	struct error error;
	error_set_errno(&error, number, "cannot %s '%s'", what, name);
	put_report_failure(put, name, &error);
}

static __attribute__((noinline)) void store_link(
	struct put *put, int folder, const char *path, const char *name, const struct stat *status)
{
	char target[STORE_NAME_MAX + 2];
	ssize_t length = readlinkat(folder, path, target, sizeof(target));
	if (length < 0) {
		fail_entry(put, name, errno, "read the link");
		return;
	}
	if (length > STORE_NAME_MAX) {
		fail_entry(put, name, ENAMETOOLONG, "store the link");
		return;
	}
	target[length] = '\0';
	put_plain_entry(put, name, ENTRY_LINK, status, target);
}

static __attribute__((noinline)) void store_file(
	struct put *put, int folder, const char *path, const char *name)
{
	struct io *io = put->store->env->io;
	int fd = io->openat(io, folder, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
	if (fd < 0) {
		fail_entry(put, name, errno, "open");
		return;
	}
	struct stat status;
	uint64_t small = put->store->config->chunk_bytes / 4;
	if (small > PACK_LIMIT_BYTES)
		small = PACK_LIMIT_BYTES;
	if (io->fstat(io, fd, &status) < 0) {
		fail_entry(put, name, errno, "look at");
	} else if (!S_ISREG(status.st_mode)) {
		report_skipped(put, name, "it was replaced by something else while the folder was read");
	} else if (put->packing && status.st_size > 0 && (uint64_t)status.st_size <= small) {
		put_pack_file(put, name, fd, &status);
	} else {
		posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
		put_stream_file(put, name, fd, &status);
	}
	io->close(io, fd);
}

static void store_folder(
	struct put *put, int parent, const char *path, const char *name, const struct stat *status);

/* Not inlined, like fail_entry(): an error on the stack of each level would make deep folders overflow it. */
static __attribute__((noinline)) bool name_is_allowed(struct put *put, const char *name)
{
	struct error error;
	if (store_check_name(name, &error) == 0)
		return true;
	put_report_failure(put, name, &error);
	return false;
}

static void store_any(struct put *put, int folder, const char *path, const char *name)
{
	struct stat status;
	if (!name_is_allowed(put, name))
		return;
	put_report_progress(put, 0, 0, name);
	if (put->store->env->io->fstatat(put->store->env->io, folder, path, &status, AT_SYMLINK_NOFOLLOW) < 0)
		fail_entry(put, name, errno, "look at");
	else if (S_ISREG(status.st_mode))
		store_file(put, folder, path, name);
	else if (S_ISLNK(status.st_mode))
		store_link(put, folder, path, name, &status);
	else if (S_ISDIR(status.st_mode))
		store_folder(put, folder, path, name, &status);
	else
		report_skipped(put, name, kind_words(status.st_mode));
}

static void store_contents(struct put *put, DIR *stream, const char *name)
{
	char *child = malloc(STORE_NAME_MAX + 2);
	struct listing listing = {0};
	int result;
	if (!child) {
		fail_entry(put, name, ENOMEM, "read the folder");
		return;
	}
	do {
		result = listing_read(&listing, stream, BATCH_BYTES);
		int number = errno;
		for (size_t i = 0; i < listing.count && !put_is_stopping(put); i++) {
			if (join_name(child, name, listing_name(&listing, i)) < 0)
				fail_entry(put, child, ENAMETOOLONG, "store");
			else
				store_any(put, dirfd(stream), listing_name(&listing, i), child);
		}
		if (result < 0)
			fail_entry(put, name, number, "read the folder");
	} while (result == 0 && listing.count > 0 && !put_is_stopping(put));
	listing_release(&listing);
	free(child);
}

static void store_folder(
	struct put *put, int parent, const char *path, const char *name, const struct stat *status)
{
	if (is_own_folder(put, status)) {
		report_skipped(put, name, "it belongs to this store");
		return;
	}
	int fd = openat(parent, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	if (!stream) {
		fail_entry(put, name, errno, "open the folder");
		if (fd >= 0)
			close(fd);
		return;
	}
	char *own = malloc(strlen(name) + 2);
	if (own) {
		sprintf(own, "%s/", name);
		put_plain_entry(put, own, ENTRY_FOLDER, status, NULL);
		free(own);
		store_contents(put, stream, name);
	} else {
		fail_entry(put, name, ENOMEM, "store the folder");
	}
	closedir(stream);
}

int put_read_sources(struct put *put, const char *const *paths, size_t count, struct error *error)
{
	char name[STORE_NAME_MAX + 2];
	for (size_t i = 0; i < count && !put_is_stopping(put); i++) {
		if (strcmp(paths[i], "-") == 0) {
			put_stream_file(put, put->options->name, STDIN_FILENO, NULL);
			continue;
		}
		if (put->options->name)
			snprintf(name, sizeof(name), "%s", put->options->name);
		else if (base_name(paths[i], name, error) < 0)
			return -1;
		store_any(put, AT_FDCWD, paths[i], name);
	}
	put_seal_pack(put);
	put_batch_seal(put, true);
	return 0;
}

/* ---- measuring ---- */

static void measure(struct put *put, int folder, const char *path, uint64_t *bytes, uint64_t *files)
{
	struct stat status;
	if (put_is_stopping(put) || fstatat(folder, path, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (!S_ISDIR(status.st_mode)) {
		*files += S_ISREG(status.st_mode) || S_ISLNK(status.st_mode);
		*bytes += S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
		return;
	}
	int fd = is_own_folder(put, &status)
			 ? -1
			 : openat(folder, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	if (!stream) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (struct dirent *entry; (entry = readdir(stream));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			measure(put, dirfd(stream), entry->d_name, bytes, files);
	closedir(stream);
}

void put_measure_sources(struct put *put, const char *const *paths, size_t count)
{
	uint64_t bytes = 0, files = 0;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(paths[i], "-") == 0)
			return;
		measure(put, AT_FDCWD, paths[i], &bytes, &files);
	}
	pthread_mutex_lock(&put->report_mutex);
	put->progress.bytes_total = bytes;
	put->progress.files_total = files;
	pthread_mutex_unlock(&put->report_mutex);
}
