/*
 * beneath.h: files below a folder that others may write to as well.
 *
 * Whoever can write into a node's folder (the lender of a disk, another client of a mount, whoever had the USB stick)
 * can put a symbolic link where a folder or file is expected, or a FIFO, a device, a hard link to somebody else's
 * file. A path that is just opened would then lead out of the node, wait for ever, or be written through to the
 * victim. So every path below a node's folder is opened, looked at, made, moved and removed by these functions:
 *
 * 1. No part of it is followed if it is a symbolic link: ELOOP, or ENOTDIR where a folder is asked for by name alone.
 * 2. It never leads out of the folder: an absolute one, and one with a ".." in it, is EXDEV.
 * 3. What is created is new: a file of that name that was there is not written to.
 *
 * Opening takes openat2() with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and RESOLVE_NO_MAGICLINKS (openat2(2), Linux
 * 5.6); where the kernel has none, or a sandbox of old forbids it with EPERM, one part after the other is opened with
 * O_NOFOLLOW, which comes to the same. Mounts are crossed: a disk of its own for chunks/ is the owner's business, and
 * mounting takes more rights than whoever is defended against here has.
 *
 * All take the folder as an open descriptor, block on its disk, and return 0, or a descriptor, or -1 with errno.
 */
#ifndef LINCKIA_ENGINE_BENEATH_H
#define LINCKIA_ENGINE_BENEATH_H

#include <sys/stat.h>

#include "engine/env.h"
#include "engine/error.h"

/* Like openat(). */
MUST_CHECK int beneath_open(const struct env *env, int folder, const char *path, int flags, mode_t mode);

/* A folder, for reading. */
MUST_CHECK int beneath_open_folder(const struct env *env, int folder, const char *path);

/*
 * A regular file that is there, without waiting for anyone; what else is found is EBADMSG. `status`, which may be
 * NULL, is the file's.
 */
MUST_CHECK int beneath_open_file(
	const struct env *env, int folder, const char *path, int flags, struct stat *status);

/* A new, empty file (0600) for writing. One that has the name loses it, and nothing else. */
MUST_CHECK int beneath_create(const struct env *env, int folder, const char *path);

/* Like fstatat(), of the link itself where the last part is one. */
MUST_CHECK int beneath_stat(const struct env *env, int folder, const char *path, struct stat *status);

/* Makes the folder (0700) unless something has that name already. */
MUST_CHECK int beneath_make_folder(const struct env *env, int folder, const char *path);
/* The same for one in `folder` itself, which is flushed: with a name that does not last, all in it is lost. */
MUST_CHECK int beneath_make_lasting_folder(const struct env *env, int folder, const char *name);

MUST_CHECK int beneath_unlink(const struct env *env, int folder, const char *path);
/* The same for what may as well stay. Leaves errno alone. */
void beneath_discard(const struct env *env, int folder, const char *path);

/* Like renameat2(). */
MUST_CHECK int beneath_rename(const struct env *env, int old_folder, const char *old_path, int new_folder,
	const char *new_path, unsigned flags);
/*
 * To a name that nobody has: EEXIST. Where the file system cannot rename like that, anything but a folder gets the
 * new name before it loses the old one.
 */
MUST_CHECK int beneath_rename_new(
	const struct env *env, int old_folder, const char *old_path, int new_folder, const char *new_path);

/* Flushes a folder, so that the names in it last. */
MUST_CHECK int beneath_flush_folder(const struct env *env, int folder, const char *path);

#endif
