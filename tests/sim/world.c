#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

enum { DESCRIPTORS = 4096, NO_NODE = 255 };

struct world world;
static struct io under; /* the virtual world's */
static _Atomic uint8_t owners[DESCRIPTORS];
static atomic_bool armed;
static _Atomic int64_t calls_left;
static void (*before_dying)(void);

/* ---- whose file it is ---- */

static uint8_t owner_of(int fd)
{
	return fd >= 0 && fd < DESCRIPTORS ? owners[fd] : NO_NODE;
}

static uint8_t owner_at(int folder, const char *path)
{
	if (path[0] != '/')
		return owner_of(folder);
	if (strncmp(path, world.nodes, world.nodes_length) != 0)
		return NO_NODE;
	unsigned long number = strtoul(path + world.nodes_length, NULL, 10);
	return number < WORLD_NODES ? (uint8_t)number : NO_NODE;
}

/* ---- death ---- */

static void die(void)
{
	if (before_dying)
		before_dying();
	_exit(WORLD_KILLED);
}

static bool is_last_call(void)
{
	return armed && atomic_fetch_sub(&calls_left, 1) <= 0;
}

static void count_write(void)
{
	if (is_last_call())
		die();
}

void world_kill_after(uint64_t calls, void (*dying)(void))
{
	before_dying = dying;
	calls_left = (int64_t)calls;
	armed = true;
}

/* ---- disks that fail ---- */

static bool strikes(uint8_t owner)
{
	struct dice *dice = &world.dice.dice;
	unsigned percent = world.disks[owner].percent;
	if (percent < 100 && dice->next(dice) % 100 >= percent)
		return false;
	world.faults++;
	return true;
}

static bool fails_to_read(uint8_t owner)
{
	if (owner == NO_NODE || !world.disks[owner].bad_reads || !strikes(owner))
		return false;
	errno = EIO;
	return true;
}

/* `grows`: it needs room. */
static bool fails_to_write(uint8_t owner, bool grows)
{
	count_write();
	if (owner == NO_NODE)
		return false;
	const struct disk_fault *disk = &world.disks[owner];
	bool full = disk->full && grows;
	if (!(disk->bad_writes || full) || !strikes(owner))
		return false;
	errno = full ? ENOSPC : EIO;
	return true;
}

static bool is_of_journal(const char *path)
{
	return strncmp(path, "journal/", 8) == 0 || strncmp(path, "catalog/", 8) == 0;
}

static bool fails_to_open(uint8_t owner, const char *path, int flags)
{
	if (owner != NO_NODE && world.disks[owner].bad_journal && (flags & O_ACCMODE) != O_RDONLY &&
		is_of_journal(path) && strikes(owner)) {
		errno = EIO;
		return true;
	}
	bool makes = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
	return makes ? fails_to_write(owner, true) : fails_to_read(owner) && !(flags & O_DIRECTORY);
}

static int owned(int fd, uint8_t owner)
{
	if (fd >= 0 && fd < DESCRIPTORS)
		owners[fd] = owner;
	return fd;
}

static int sim_openat(struct io *io, int folder, const char *path, int flags, mode_t mode)
{
	uint8_t owner = owner_at(folder, path);
	return fails_to_open(owner, path, flags) ? -1
						 : owned(under.openat(io, folder, path, flags, mode), owner);
}

static int sim_openat2(struct io *io, int folder, const char *path, const struct open_how *how)
{
	uint8_t owner = owner_at(folder, path);
	return fails_to_open(owner, path, (int)how->flags)
		       ? -1
		       : owned(under.openat2(io, folder, path, how), owner);
}

static int sim_close(struct io *io, int fd)
{
	if (fd >= 0 && fd < DESCRIPTORS)
		owners[fd] = NO_NODE;
	return under.close(io, fd);
}

static ssize_t sim_pread(struct io *io, int fd, void *data, size_t size, off_t offset)
{
	return fails_to_read(owner_of(fd)) ? -1 : under.pread(io, fd, data, size, offset);
}

/* Whoever is killed while it writes has written some of it. */
static ssize_t sim_pwrite(struct io *io, int fd, const void *data, size_t size, off_t offset)
{
	struct dice *dice = &world.dice.dice;
	if (armed && calls_left <= 0 && under.pwrite(io, fd, data, dice->next(dice) % (size + 1), offset) < 0)
		return -1;
	return fails_to_write(owner_of(fd), true) ? -1 : under.pwrite(io, fd, data, size, offset);
}

static int sim_ftruncate(struct io *io, int fd, off_t size)
{
	return fails_to_write(owner_of(fd), false) ? -1 : under.ftruncate(io, fd, size);
}

static int sim_fallocate(struct io *io, int fd, int mode, off_t offset, off_t size)
{
	return fails_to_write(owner_of(fd), true) ? -1 : under.fallocate(io, fd, mode, offset, size);
}

static bool fails_to_flush(uint8_t owner)
{
	count_write();
	if (owner == NO_NODE || !world.disks[owner].bad_flushes || !strikes(owner))
		return false;
	errno = EIO;
	return true;
}

static int sim_fsync(struct io *io, int fd)
{
	return fails_to_flush(owner_of(fd)) ? -1 : under.fsync(io, fd);
}

static int sim_syncfs(struct io *io, int fd)
{
	return fails_to_flush(owner_of(fd)) ? -1 : under.syncfs(io, fd);
}

static int sim_fstatvfs(struct io *io, int fd, struct statvfs *status)
{
	uint8_t owner = owner_of(fd);
	int result = under.fstatvfs(io, fd, status);
	if (result == 0 && owner != NO_NODE && world.disks[owner].full)
		status->f_bfree = status->f_bavail = 0;
	return result;
}

static int sim_mkdirat(struct io *io, int folder, const char *path, mode_t mode)
{
	return fails_to_write(owner_at(folder, path), true) ? -1 : under.mkdirat(io, folder, path, mode);
}

static int sim_linkat(
	struct io *io, int old_folder, const char *old_path, int new_folder, const char *new_path, int flags)
{
	if (fails_to_write(owner_at(new_folder, new_path), true))
		return -1;
	return under.linkat(io, old_folder, old_path, new_folder, new_path, flags);
}

static int sim_renameat2(struct io *io, int old_folder, const char *old_path, int new_folder,
	const char *new_path, unsigned flags)
{
	if (fails_to_write(owner_at(new_folder, new_path), false))
		return -1;
	return under.renameat2(io, old_folder, old_path, new_folder, new_path, flags);
}

static int sim_unlinkat(struct io *io, int folder, const char *path, int flags)
{
	return fails_to_write(owner_at(folder, path), false) ? -1 : under.unlinkat(io, folder, path, flags);
}

/* ---- the wall clock ---- */

static int64_t (*virtual_wall_ms)(struct timekeeper *timekeeper);

static int64_t sim_wall_ms(struct timekeeper *timekeeper)
{
	return virtual_wall_ms(timekeeper) + world.wall_offset_ms;
}

/* ---- SQLite ---- */

static sqlite3_vfs vfs, *real_vfs;
static sqlite3_io_methods methods;
static const sqlite3_io_methods *real_methods;

static int vfs_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
	count_write();
	return real_methods->xWrite(file, data, size, offset);
}

static int vfs_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	count_write();
	return real_methods->xTruncate(file, size);
}

/* All files of a store are of one kind, so one table of methods is enough; others keep theirs. */
static int vfs_open(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
	(void)self;
	int result = real_vfs->xOpen(real_vfs, name, file, flags, out_flags);
	if (result != SQLITE_OK || !file->pMethods)
		return result;
	if (!real_methods) {
		real_methods = file->pMethods;
		methods = *real_methods;
		methods.xWrite = vfs_write;
		methods.xTruncate = vfs_truncate;
	}
	if (file->pMethods == real_methods)
		file->pMethods = &methods;
	return result;
}

/*
 * No two processes have a store open at the same time here, and those connections of one process that exclude each
 * other are kept apart by SQLite itself. So asking the system for locks, forty thousand times in a run, would change
 * nothing.
 */
static int lock_nothing(int fd, int command, ...)
{
	va_list arguments;
	va_start(arguments, command);
	void *argument = va_arg(arguments, void *);
	va_end(arguments);
	if (command == F_SETLK)
		return 0;
	if (command != F_GETLK)
		return fcntl(fd, command, argument);
	((struct flock *)argument)->l_type = F_UNLCK;
	return 0;
}

static void init_sqlite(void)
{
	real_vfs = sqlite3_vfs_find(NULL);
	real_vfs->xSetSystemCall(real_vfs, "fcntl", (sqlite3_syscall_ptr)lock_nothing);
	vfs = *real_vfs;
	vfs.zName = "simulated";
	vfs.xOpen = vfs_open;
	sqlite3_vfs_register(&vfs, 1);
}

/* ---- the world ---- */

void world_init(uint64_t seed, const char *store)
{
	memset(&world, 0, sizeof(world));
	virtual_world_init(&world.virtual, seed);
	seeded_dice_init(&world.dice, ~seed);
	world.nodes_length = (size_t)snprintf(world.nodes, sizeof(world.nodes), "%s/node-", store);
	memset(owners, NO_NODE, sizeof(owners));
	under = world.virtual.io;
	world.virtual.io = (struct io){
		.openat = sim_openat,
		.openat2 = sim_openat2,
		.close = sim_close,
		.pread = sim_pread,
		.pwrite = sim_pwrite,
		.ftruncate = sim_ftruncate,
		.fallocate = sim_fallocate,
		.fsync = sim_fsync,
		.syncfs = sim_syncfs,
		.fstat = under.fstat,
		.fstatat = under.fstatat,
		.faccessat = under.faccessat,
		.fstatvfs = sim_fstatvfs,
		.mkdirat = sim_mkdirat,
		.linkat = sim_linkat,
		.renameat2 = sim_renameat2,
		.unlinkat = sim_unlinkat,
		.fchmod = under.fchmod,
	};
	virtual_wall_ms = world.virtual.clock.time.wall_ms;
	world.virtual.clock.time.wall_ms = sim_wall_ms;
	init_sqlite();
}

const struct env *world_env(void)
{
	return &world.virtual.env;
}

int64_t world_now_ms(void)
{
	return virtual_world_now_ns(&world.virtual) / 1000000;
}

int64_t world_wall_ms(void)
{
	return sim_wall_ms(world_env()->time);
}
