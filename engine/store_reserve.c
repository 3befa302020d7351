/*
 * store_reserve.c: room beside the catalog that is given back when its disk is full, so that names can still be
 * removed and what they leave be collected.
 *
 * Removing 4,096 names writes some megabytes to SQLite's log before anything gets smaller. What is stored in a store
 * does not come near the reserve: only those that make room release it.
 */
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "engine/store.h"

#define RESERVE_BYTES  ((off_t)16 << 20)
#define ROOM_FOR_OTHER 4 /* it is made only where so many times its size is free */

static int open_folder(const struct store *store)
{
	struct io *io = store->env->io;
	return io->openat(io, AT_FDCWD, store->config->store, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
}

void store_keep_reserve(struct store *store)
{
	struct io *io = store->env->io;
	struct statvfs room;
	int folder = open_folder(store);
	if (folder < 0)
		return;
	int fd = -1;
	if (io->faccessat(io, folder, "reserve", F_OK, 0) < 0 && io->fstatvfs(io, folder, &room) == 0 &&
		(uint64_t)room.f_bavail * room.f_frsize >= (uint64_t)RESERVE_BYTES * ROOM_FOR_OTHER)
		fd = io->openat(
			io, folder, "reserve", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0) {
		if (io->fallocate(io, fd, 0, 0, RESERVE_BYTES) < 0)
			io->unlinkat(io, folder, "reserve", 0);
		io->close(io, fd);
	}
	io->close(io, folder);
}

bool store_release_reserve(struct store *store)
{
	struct io *io = store->env->io;
	int folder = open_folder(store);
	bool released = folder >= 0 && io->unlinkat(io, folder, "reserve", 0) == 0;
	if (folder >= 0)
		io->close(io, folder);
	return released;
}
