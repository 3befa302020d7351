#include "disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/must.h"

void disk_init(struct disk *disk, size_t inodes)
{
	disk->inodes = must_calloc(inodes, sizeof(*disk->inodes));
	disk->count = inodes;
}

void disk_share(struct disk *disk, const struct disk *from)
{
	disk_init(disk, from->count);
	for (size_t i = 0; i < from->count; i++) {
		const struct inode *inode = &from->inodes[i];
		struct inode *shared = &disk->inodes[i];
		*shared = *inode;
		shared->borrowed = inode->data != NULL;
		shared->space = inode->count;
		shared->entries = NULL;
		if (inode->count) {
			shared->entries = must_calloc(inode->count, sizeof(*shared->entries));
			memcpy(shared->entries, inode->entries, inode->count * sizeof(*shared->entries));
		}
	}
}

void disk_release(struct disk *disk)
{
	for (size_t i = 0; i < disk->count; i++) {
		if (!disk->inodes[i].borrowed)
			free(disk->inodes[i].data);
		free(disk->inodes[i].entries);
	}
	free(disk->inodes);
}

/* ---- names ---- */

struct entry *disk_find(const struct disk *disk, size_t folder, const char *name)
{
	const struct inode *in = &disk->inodes[folder];
	for (size_t i = 0; i < in->count; i++)
		if (strcmp(in->entries[i].name, name) == 0)
			return &in->entries[i];
	return NULL;
}

void disk_name(struct disk *disk, size_t folder, const char *name, size_t inode)
{
	struct inode *in = &disk->inodes[folder];
	struct entry *known = disk_find(disk, folder, name);
	if (!known) {
		if (in->count == in->space) {
			in->space = in->space ? 2 * in->space : 4;
			in->entries = must_grow(in->entries, in->space, sizeof(*in->entries));
		}
		known = &in->entries[in->count++];
	}
	*known = (struct entry){name, inode};
}

void disk_forget(struct disk *disk, size_t folder, const char *name)
{
	struct inode *in = &disk->inodes[folder];
	struct entry *known = disk_find(disk, folder, name);
	if (known)
		*known = in->entries[--in->count];
}

/* ---- bytes ---- */

/* Before its bytes change: they become its own. */
static void own(struct inode *file)
{
	if (!file->borrowed)
		return;
	unsigned char *data = must_grow(NULL, file->room, 1);
	memcpy(data, file->data, file->room);
	file->data = data;
	file->borrowed = false;
}

void disk_put(struct disk *disk, size_t inode, uint64_t offset, const unsigned char *data, size_t size)
{
	struct inode *file = &disk->inodes[inode];
	size_t end = (size_t)offset + size;
	own(file);
	if (end > file->room) {
		size_t room = end < 4096 ? 4096 : end + end / 2;
		file->data = must_grow(file->data, room, 1);
		memset(file->data + file->room, 0, room - file->room);
		file->room = room;
	}
	memcpy(file->data + offset, data, size);
}

void disk_set_size(struct disk *disk, size_t inode, uint64_t size)
{
	struct inode *file = &disk->inodes[inode];
	own(file);
	if (size < file->room)
		memset(file->data + size, 0, file->room - (size_t)size);
	file->size = size;
}

void disk_apply(struct disk *disk, const struct change *change)
{
	struct inode *inode = &disk->inodes[change->inode];
	switch (change->kind) {
	case CHANGE_CREATE:
	case CHANGE_UNNAMED:
	case CHANGE_FOLDER:
		*inode = (struct inode){
			.exists = true, .folder = change->kind == CHANGE_FOLDER, .mode = change->mode};
		if (change->kind != CHANGE_UNNAMED && *change->name)
			disk_name(disk, change->folder, change->name, change->inode);
		break;
	case CHANGE_LINK:
		disk_name(disk, change->folder, change->name, change->inode);
		break;
	case CHANGE_RENAME:
		disk_forget(disk, change->folder, change->name);
		disk_name(disk, change->folder2, change->name2, change->inode);
		break;
	case CHANGE_UNLINK:
		disk_forget(disk, change->folder, change->name);
		break;
	case CHANGE_WRITE:
		disk_put(disk, change->inode, (uint64_t)change->offset, change->data, (size_t)change->size);
		if (inode->size < (uint64_t)change->offset + change->size)
			inode->size = (uint64_t)change->offset + change->size;
		break;
	case CHANGE_SIZE:
		disk_set_size(disk, change->inode, change->size);
		break;
	case CHANGE_MODE:
		inode->mode = change->mode;
		break;
	default:
		break;
	}
}

bool disk_is_mapped(const char *name)
{
	size_t length = strlen(name);
	return strcmp(name, "traffic") == 0 || (length > 4 && strcmp(name + length - 4, "-shm") == 0);
}

/* ---- in the real world ---- */

static bool are_zeros(const unsigned char *bytes, size_t size)
{
	return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

static bool same_bytes(const struct inode *file, int fd)
{
	unsigned char block[65536];
	for (uint64_t at = 0; at < file->size;) {
		ssize_t got = pread(fd, block, sizeof(block), (off_t)at);
		if (got <= 0)
			return false;
		size_t known = at >= file->room ? 0 : (size_t)(file->room - at);
		known = known < (size_t)got ? known : (size_t)got;
		if (memcmp(block, file->data + at, known) != 0 ||
			!are_zeros(block + known, (size_t)got - known))
			return false;
		at += (uint64_t)got;
	}
	return true;
}

static void write_bytes(const struct inode *file, int fd, const char *path)
{
	size_t size = file->size < file->room ? (size_t)file->size : file->room;
	for (size_t done = 0; done < size;) {
		ssize_t wrote = pwrite(fd, file->data + done, size - done, (off_t)done);
		if (wrote <= 0)
			die("cannot write %s: %s", path, strerror(errno));
		done += (size_t)wrote;
	}
	if (ftruncate(fd, (off_t)file->size) < 0 || fchmod(fd, file->mode) < 0)
		die("cannot write %s: %s", path, strerror(errno));
}

/* Files of more than one name: the first path of each inode that was written. */
struct writing {
	const struct disk *disk;
	char **paths;
	off_t empty_size; /* of an empty folder; -1: tells nothing */
};

/* Whether just that file is there already, left by an earlier disk. */
static bool is_there(const struct inode *file, const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	bool same = fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 1 &&
		    (status.st_mode & 07777) == file->mode && (uint64_t)status.st_size == file->size &&
		    same_bytes(file, fd);
	if (fd >= 0)
		close(fd);
	return same;
}

static void write_file_at(struct writing *writing, size_t inode, const char *path)
{
	if (!writing->paths[inode] && is_there(&writing->disk->inodes[inode], path)) {
		writing->paths[inode] = text("%s", path);
		return;
	}
	unlink(path);
	if (writing->paths[inode]) {
		if (link(writing->paths[inode], path) < 0)
			die("cannot link %s: %s", path, strerror(errno));
		return;
	}
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		die("cannot make %s: %s", path, strerror(errno));
	write_bytes(&writing->disk->inodes[inode], fd, path);
	close(fd);
	writing->paths[inode] = text("%s", path);
}

/* Takes away what an earlier disk left in the folder and this one does not have. */
static void clear_folder(const struct disk *disk, size_t inode, const char *path)
{
	DIR *stream = opendir(path);
	if (!stream)
		die("cannot read the folder %s: %s", path, strerror(errno));
	for (struct dirent *name; (name = readdir(stream));) {
		if (strcmp(name->d_name, ".") == 0 || strcmp(name->d_name, "..") == 0)
			continue;
		const struct entry *entry = disk_find(disk, inode, name->d_name);
		if (entry && disk->inodes[entry->inode].folder == (name->d_type == DT_DIR))
			continue;
		char *below = text("%s/%s", path, name->d_name);
		remove_tree(below);
		free(below);
	}
	closedir(stream);
}

/*
 * Whether a folder is known to be empty. Most of a store's are, and on some file systems (tmpfs) their size says
 * so, which is much cheaper than to list them.
 */
static bool is_known_empty(const struct writing *writing, const struct stat *status)
{
	return writing->empty_size >= 0 && status->st_size == writing->empty_size;
}

static void write_folder_at(struct writing *writing, size_t inode, const char *path)
{
	const struct inode *folder = &writing->disk->inodes[inode];
	struct stat status = {0};
	bool there = stat(path, &status) == 0, empty = !there || is_known_empty(writing, &status);
	if (!there && mkdir(path, 0700) < 0)
		die("cannot make the folder %s: %s", path, strerror(errno));
	if (!empty)
		clear_folder(writing->disk, inode, path);
	for (size_t i = 0; i < folder->count; i++) {
		const struct entry *entry = &folder->entries[i];
		char *below = text("%s/%s", path, entry->name);
		if (writing->disk->inodes[entry->inode].folder)
			write_folder_at(writing, entry->inode, below);
		else
			write_file_at(writing, entry->inode, below);
		free(below);
	}
	if ((there ? status.st_mode & 07777 : 0700) != folder->mode && chmod(path, folder->mode) < 0)
		die("cannot set the permission bits of %s: %s", path, strerror(errno));
}

/* The size of an empty folder beside `path`, or -1 where a name in it does not change that. */
static off_t size_of_empty(const char *path)
{
	struct stat empty, full;
	char *outer = text("%s.probe", path), *inner = text("%s.probe/inner", path);
	if (mkdir(outer, 0700) < 0 || stat(outer, &empty) < 0 || mkdir(inner, 0700) < 0 ||
		stat(outer, &full) < 0 || rmdir(inner) < 0 || rmdir(outer) < 0)
		die("cannot make a folder beside %s: %s", path, strerror(errno));
	free(outer);
	free(inner);
	return full.st_size == empty.st_size ? -1 : empty.st_size;
}

void disk_write(const struct disk *disk, const char *path)
{
	struct writing writing = {
		disk, must_calloc(disk->count, sizeof(*writing.paths)), size_of_empty(path)};
	write_folder_at(&writing, 0, path);
	for (size_t i = 0; i < disk->count; i++)
		free(writing.paths[i]);
	free(writing.paths);
}

struct comparison {
	const struct disk *disk;
	char *difference;
	size_t size;
};

static bool differs(const struct comparison *comparison, const char *path, const char *how)
{
	snprintf(comparison->difference, comparison->size, "%s %s", path, how);
	return false;
}

static bool folder_matches(const struct comparison *comparison, size_t inode, int fd, const char *path);

static bool entry_matches(
	const struct comparison *comparison, size_t folder, int folder_fd, const char *name, const char *path)
{
	const struct entry *entry = disk_find(comparison->disk, folder, name);
	struct stat status;
	int fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0)
		return differs(comparison, path, "cannot be opened");
	bool same = false;
	const struct inode *inode = entry ? &comparison->disk->inodes[entry->inode] : NULL;
	if (!inode)
		differs(comparison, path, "is there, but was not recorded");
	else if (inode->folder != S_ISDIR(status.st_mode))
		differs(comparison, path, "is of another kind");
	else if (inode->mode != (status.st_mode & 07777))
		differs(comparison, path, "has other permission bits");
	else if (inode->folder)
		same = folder_matches(comparison, entry->inode, dup(fd), path);
	else if (inode->size != (uint64_t)status.st_size)
		differs(comparison, path, "has another size");
	else if (!disk_is_mapped(name) && !same_bytes(inode, fd))
		differs(comparison, path, "has other bytes");
	else
		same = true;
	close(fd);
	return same;
}

static bool folder_matches(const struct comparison *comparison, size_t inode, int fd, const char *path)
{
	DIR *stream = fdopendir(fd);
	size_t count = 0;
	bool same = stream != NULL;
	for (struct dirent *name; same && (name = readdir(stream));) {
		if (strcmp(name->d_name, ".") == 0 || strcmp(name->d_name, "..") == 0)
			continue;
		char *child = text("%s/%s", path, name->d_name);
		same = entry_matches(comparison, inode, fd, name->d_name, child);
		free(child);
		count++;
	}
	if (same && count != comparison->disk->inodes[inode].count)
		same = differs(comparison, path, "lacks a name that was recorded");
	if (stream)
		closedir(stream);
	return same;
}

bool disk_matches(const struct disk *disk, const char *path, char *difference, size_t size)
{
	struct comparison comparison = {disk, difference, size};
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return differs(&comparison, path, "cannot be opened");
	return folder_matches(&comparison, 0, fd, path);
}
