#include "engine/virtual_world.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdatomic.h>

enum { BLOCK_BYTES = 4096 };
static const uint64_t ROOM_BYTES = UINT64_C(1) << 40; /* always free on every file system */

/* ---- the clock ---- */

static struct virtual_clock *clock_of(struct timekeeper *timekeeper)
{
	return (struct virtual_clock *)((char *)timekeeper - offsetof(struct virtual_clock, time));
}

/* What is done aside has not happened yet for anyone but itself, so what it writes bears the time when it began. */
static int64_t virtual_wall_ms(struct timekeeper *timekeeper)
{
	struct virtual_clock *clock = clock_of(timekeeper);
	pthread_mutex_lock(&clock->mutex);
	int64_t now_ms = clock->now_ns / 1000000;
	pthread_mutex_unlock(&clock->mutex);
	return VIRTUAL_EPOCH_MS + now_ms;
}

static int64_t virtual_monotonic_ns(struct timekeeper *timekeeper)
{
	struct virtual_clock *clock = clock_of(timekeeper);
	pthread_mutex_lock(&clock->mutex);
	int64_t now_ns = clock->now_ns + clock->aside_ns;
	pthread_mutex_unlock(&clock->mutex);
	return now_ns + 1; /* 0 stands for "never" in many places */
}

static void virtual_sleep_ns(struct timekeeper *timekeeper, int64_t ns)
{
	struct virtual_clock *clock = clock_of(timekeeper);
	if (ns <= 0)
		return;
	pthread_mutex_lock(&clock->mutex);
	if (clock->depth)
		clock->aside_ns += ns;
	else
		clock->now_ns += ns;
	pthread_mutex_unlock(&clock->mutex);
}

static int64_t virtual_begin_aside(struct timekeeper *timekeeper)
{
	struct virtual_clock *clock = clock_of(timekeeper);
	pthread_mutex_lock(&clock->mutex);
	clock->depth++;
	int64_t began_ns = clock->aside_ns;
	pthread_mutex_unlock(&clock->mutex);
	return began_ns;
}

static int64_t virtual_end_aside(struct timekeeper *timekeeper, int64_t began_ns)
{
	struct virtual_clock *clock = clock_of(timekeeper);
	pthread_mutex_lock(&clock->mutex);
	int64_t slept_ns = clock->aside_ns - began_ns;
	clock->aside_ns = began_ns;
	clock->depth--;
	pthread_mutex_unlock(&clock->mutex);
	return slept_ns;
}

static struct virtual_world *world_of(struct timekeeper *observed)
{
	return (struct virtual_world *)((char *)observed - offsetof(struct virtual_world, observed));
}

static int64_t observed_wall_ms(struct timekeeper *observed)
{
	return virtual_wall_ms(&world_of(observed)->clock.time);
}

static int64_t observed_monotonic_ns(struct timekeeper *observed)
{
	return virtual_world_now_ns(world_of(observed)) + 1;
}

static void observer_sleep_ns(struct timekeeper *observed, int64_t ns)
{
	(void)observed;
	struct timekeeper *real = env_real()->time;
	real->sleep_ns(real, ns);
}

/* ---- dice ---- */

static uint64_t seeded_next(struct dice *dice)
{
	struct seeded_dice *seeded =
		(struct seeded_dice *)((char *)dice - offsetof(struct seeded_dice, dice));
	return env_draw_mix(atomic_fetch_add(&seeded->state, ENV_DRAW_STEP) + ENV_DRAW_STEP);
}

void seeded_dice_init(struct seeded_dice *dice, uint64_t seed)
{
	dice->dice.next = seeded_next;
	atomic_init(&dice->state, seed);
}

/* ---- files ---- */

static int observed_openat(struct io *io, int folder, const char *path, int flags, mode_t mode)
{
	struct io *real = env_real()->io;
	(void)io;
	if (flags & O_DIRECT) {
		errno = EINVAL; /* as on a file system that has none (open(2)) */
		return -1;
	}
	return real->openat(real, folder, path, flags, mode);
}

static int observed_openat2(struct io *io, int folder, const char *path, const struct open_how *how)
{
	struct io *real = env_real()->io;
	(void)io;
	if (how->flags & O_DIRECT) {
		errno = EINVAL;
		return -1;
	}
	return real->openat2(real, folder, path, how);
}

/* An observer looks at no cost, because nothing that it does may move the clock. */
static void take_time(struct io *io, int64_t ns)
{
	struct virtual_world *world =
		(struct virtual_world *)((char *)io - offsetof(struct virtual_world, io));
	virtual_sleep_ns(&world->clock.time, ns);
}

static int virtual_openat(struct io *io, int folder, const char *path, int flags, mode_t mode)
{
	int fd = observed_openat(io, folder, path, flags, mode);
	if (fd >= 0 && !(flags & O_DIRECTORY))
		take_time(io, VIRTUAL_SEEK_NS);
	return fd;
}

static int virtual_openat2(struct io *io, int folder, const char *path, const struct open_how *how)
{
	int fd = observed_openat2(io, folder, path, how);
	if (fd >= 0 && !(how->flags & O_DIRECTORY))
		take_time(io, VIRTUAL_SEEK_NS);
	return fd;
}

static ssize_t virtual_pread(struct io *io, int fd, void *data, size_t size, off_t offset)
{
	struct io *real = env_real()->io;
	ssize_t got = real->pread(real, fd, data, size, offset);
	if (got > 0)
		take_time(io, (int64_t)got * 1000000000 / VIRTUAL_DISK_RATE);
	return got;
}

static ssize_t virtual_pwrite(struct io *io, int fd, const void *data, size_t size, off_t offset)
{
	struct io *real = env_real()->io;
	ssize_t put = real->pwrite(real, fd, data, size, offset);
	if (put > 0)
		take_time(io, (int64_t)put * 1000000000 / VIRTUAL_DISK_RATE);
	return put;
}

static int virtual_flush(struct io *io, int fd)
{
	(void)io;
	return fcntl(fd, F_GETFD) < 0 ? -1 : 0;
}

static int virtual_fstatvfs(struct io *io, int fd, struct statvfs *status)
{
	(void)io;
	struct io *real = env_real()->io;
	int result = real->fstatvfs(real, fd, status);
	status->f_frsize = status->f_bsize = BLOCK_BYTES;
	status->f_blocks = status->f_bfree = status->f_bavail = ROOM_BYTES / BLOCK_BYTES;
	return result;
}

/* ---- the world ---- */

void virtual_world_init(struct virtual_world *world, uint64_t seed)
{
	*world = (struct virtual_world){.io = *env_real()->io};
	world->io.fsync = world->io.syncfs = virtual_flush;
	world->io.fstatvfs = virtual_fstatvfs;
	world->observed_io = world->io;
	world->observed_io.openat = observed_openat;
	world->observed_io.openat2 = observed_openat2;
	world->io.openat = virtual_openat;
	world->io.openat2 = virtual_openat2;
	world->io.pread = virtual_pread;
	world->io.pwrite = virtual_pwrite;
	world->clock.time = (struct timekeeper){
		.wall_ms = virtual_wall_ms,
		.monotonic_ns = virtual_monotonic_ns,
		.sleep_ns = virtual_sleep_ns,
		.begin_aside = virtual_begin_aside,
		.end_aside = virtual_end_aside,
	};
	world->observed = (struct timekeeper){
		.wall_ms = observed_wall_ms,
		.monotonic_ns = observed_monotonic_ns,
		.sleep_ns = observer_sleep_ns,
	};
	pthread_mutex_init(&world->clock.mutex, NULL);
	seeded_dice_init(&world->dice, seed);
	seeded_dice_init(&world->observer_dice, ~seed);
	world->env = (struct env){&world->io, &world->clock.time, &world->dice.dice, true};
	world->observer =
		(struct env){&world->observed_io, &world->observed, &world->observer_dice.dice, true};
}

void virtual_world_release(struct virtual_world *world)
{
	pthread_mutex_destroy(&world->clock.mutex);
}

void virtual_world_advance(struct virtual_world *world, int64_t ns)
{
	pthread_mutex_lock(&world->clock.mutex);
	world->clock.now_ns += ns;
	pthread_mutex_unlock(&world->clock.mutex);
}

int64_t virtual_world_now_ns(struct virtual_world *world)
{
	pthread_mutex_lock(&world->clock.mutex);
	int64_t now_ns = world->clock.now_ns;
	pthread_mutex_unlock(&world->clock.mutex);
	return now_ns;
}
