/*
 * disk.h: a tree of files and folders in memory: what a disk holds.
 *
 * Inodes are places in a list of the recording's size (recording.h); 0 is the root. One that no name leads to
 * takes no part in comparing and writing.
 */
#ifndef LINCKIA_TESTS_POWER_DISK_H
#define LINCKIA_TESTS_POWER_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recording.h"

struct entry {
	const char *name; /* borrowed from the recording */
	size_t inode;
};

struct inode {
	bool exists, folder;
	unsigned mode;
	unsigned char *data; /* the first `room` bytes; zeros follow up to `size` */
	size_t room;
	bool borrowed; /* `data` is another disk's */
	uint64_t size;
	struct entry *entries; /* of a folder */
	size_t count, space;
};

struct disk {
	struct inode *inodes;
	size_t count;
};

void disk_init(struct disk *disk, size_t inodes);
/* The same as `from`, which has to outlive it; bytes are copied when they change. */
void disk_share(struct disk *disk, const struct disk *from);
void disk_release(struct disk *disk);

/* NULL: no such name. */
struct entry *disk_find(const struct disk *disk, size_t folder, const char *name);
/* Gives `inode` a name, in the place of what has it. */
void disk_name(struct disk *disk, size_t folder, const char *name, size_t inode);
void disk_forget(struct disk *disk, size_t folder, const char *name);
/* Bytes beyond the size become no part of the file before it grows. */
void disk_put(struct disk *disk, size_t inode, uint64_t offset, const unsigned char *data, size_t size);
/* Sets the size; what is cut off reads as zeros if the file grows again. */
void disk_set_size(struct disk *disk, size_t inode, uint64_t size);

/* Does what was recorded, whole. */
void disk_apply(struct disk *disk, const struct change *change);

/* Whether processes write to a file of that name through mappings, which no recording shows. */
bool disk_is_mapped(const char *name);

/* Makes the folder `path`, which may hold what an earlier disk left there, what this one holds. */
void disk_write(const struct disk *disk, const char *path);
/*
 * Compares with the folder `path`: names, kinds, permission bits, sizes and bytes, these but for files that are
 * mapped. True when they are the same; else `difference` says where they are not.
 */
bool disk_matches(const struct disk *disk, const char *path, char *difference, size_t size);

#endif
