/*
 * recording.h: every change that processes made to the files below one folder, in the order in which they made them.
 *
 * A recording is one file. It begins with what the folder held (written by recording_begin() as if that had just
 * been made, and flushed), goes on with what the preloaded recorder saw (record.c), and what the driver knows:
 * which command began, and which had ended with what exit code. Nobody else need be asked to tell what a disk may
 * hold after the power went away at any moment of it (loss.h).
 *
 * Each entry of the file is a struct recorded, then the two names (NUL included, when not ""), then the data.
 * Writers append each with one write() to a file that is open with O_APPEND, and hold a lock while they change the
 * file system and tell of it; so the order of the entries is the order of the changes.
 */
#ifndef LINCKIA_TESTS_POWER_RECORDING_H
#define LINCKIA_TESTS_POWER_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* Where the recorder finds them. */
#define RECORDING_FILE   "LINCKIA_RECORDING"       /* the file, which exists */
#define RECORDING_FOLDER "LINCKIA_RECORDING_ROOT"  /* absolute; what happens elsewhere is not recorded */
#define RECORDING_APART  "LINCKIA_RECORDING_APART" /* set: each folder node-… looks like a disk of its own */

enum change_kind {
	CHANGE_CREATE,      /* inode, folder, name, mode */
	CHANGE_UNNAMED,     /* inode, folder, mode */
	CHANGE_FOLDER,      /* inode, folder, name, mode */
	CHANGE_LINK,        /* inode, folder, name */
	CHANGE_RENAME,      /* inode, folder, name, folder2, name2 */
	CHANGE_UNLINK,      /* folder, name; also of a folder */
	CHANGE_WRITE,       /* inode, offset, data */
	CHANGE_SIZE,        /* inode, size: it was cut or grew */
	CHANGE_MODE,        /* inode, mode */
	CHANGE_FLUSH,       /* inode, token: a flush began … */
	CHANGE_FLUSHED,     /* … and ended well */
	CHANGE_FLUSH_ALL,   /* inode, token: of the file system that it is on */
	CHANGE_FLUSHED_ALL, /* inode, token */
	CHANGE_BASE,        /* inode: all before this is what the folder of that inode held */
	CHANGE_BEGAN,       /* token: the number of a command */
	CHANGE_ENDED,       /* token, size: its exit status as of waitpid() */
	CHANGE_KINDS
};

enum { RECORDING_PARTS = 4 };

struct recorded {
	uint32_t bytes; /* of the whole entry */
	uint16_t kind;
	uint16_t mode;
	uint64_t inode, folder, folder2, token;
	int64_t offset;
	uint64_t size;
	uint32_t name_bytes, name2_bytes, data_bytes;
	uint32_t unused;
};

/* One entry in memory; the texts and data belong to the recording, inodes and folders are places in its list. */
struct change {
	enum change_kind kind;
	uint16_t mode;
	size_t inode, folder, folder2;
	uint64_t token;
	int64_t offset;
	uint64_t size; /* of data, for CHANGE_WRITE */
	const char *name, *name2;
	const unsigned char *data;
};

struct recording {
	unsigned char *bytes;
	struct change *changes;
	size_t count, base; /* changes from `base` on were recorded */
	size_t inodes; /* 0 is the folder itself; a number that the system gave out again is another one here */
};

/* What is to be written for an entry, whose counts of bytes it fills in but for that of the data; its length. */
size_t recording_parts(struct recorded *entry, const char *name, const char *name2, const void *data,
	struct iovec parts[RECORDING_PARTS]);

/* Makes the file `path` and writes into it what `folder` holds. */
void recording_begin(const char *path, const char *folder);
/* Notes that the command `number` begins, or has ended. */
void recording_note(const char *path, enum change_kind kind, uint64_t number, uint64_t status);

void recording_load(struct recording *recording, const char *path);
void recording_release(struct recording *recording);

#endif
