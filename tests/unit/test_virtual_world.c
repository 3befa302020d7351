/*
 * In a virtual world time passes only when it is told to, the same seed gives the same dice, and disks are no bother.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "engine/virtual_world.h"
#include "tests/support/scratch.h"

#define SECOND_NS INT64_C(1000000000)

static struct virtual_world world;

static int make_world(void **state)
{
	(void)state;
	virtual_world_init(&world, 7);
	return 0;
}

static int release_world(void **state)
{
	(void)state;
	virtual_world_release(&world);
	return 0;
}

static void test_time_passes_by_sleeping_and_advancing_alone(void **state)
{
	(void)state;
	struct timekeeper *time = world.env.time;
	int64_t began = time->monotonic_ns(time);
	assert_true(began > 0); /* 0 stands for never */
	assert_int_equal(time->wall_ms(time), VIRTUAL_EPOCH_MS);
	time->sleep_ns(time, 3 * SECOND_NS);
	time->sleep_ns(time, -SECOND_NS);
	virtual_world_advance(&world, 2 * SECOND_NS);
	assert_int_equal(time->monotonic_ns(time) - began, 5 * SECOND_NS);
	assert_int_equal(time->wall_ms(time), VIRTUAL_EPOCH_MS + 5000);
	assert_int_equal(virtual_world_now_ns(&world), 5 * SECOND_NS);
}

static void test_what_is_slept_aside_passes_for_that_work_alone(void **state)
{
	(void)state;
	struct timekeeper *time = world.env.time;
	int64_t began = time->monotonic_ns(time);
	int64_t outer = time->begin_aside(time);
	time->sleep_ns(time, 2 * SECOND_NS);
	int64_t inner = time->begin_aside(time);
	time->sleep_ns(time, 5 * SECOND_NS);
	assert_int_equal(time->monotonic_ns(time) - began, 7 * SECOND_NS);
	assert_int_equal(time->end_aside(time, inner), 5 * SECOND_NS);
	assert_int_equal(time->monotonic_ns(time) - began, 2 * SECOND_NS);
	assert_int_equal(time->wall_ms(time), VIRTUAL_EPOCH_MS); /* nothing of it has happened for others */
	assert_int_equal(time->end_aside(time, outer), 2 * SECOND_NS);
	assert_int_equal(time->monotonic_ns(time), began);
	time->sleep_ns(time, SECOND_NS);
	assert_int_equal(time->monotonic_ns(time) - began, SECOND_NS);
}

static void test_an_observer_sees_the_time_but_not_what_goes_on_aside(void **state)
{
	(void)state;
	struct timekeeper *time = world.env.time, *observed = world.observer.time;
	int64_t began = observed->monotonic_ns(observed);
	int64_t aside = time->begin_aside(time);
	time->sleep_ns(time, SECOND_NS);
	assert_int_equal(observed->monotonic_ns(observed), began);
	time->end_aside(time, aside);
	virtual_world_advance(&world, SECOND_NS);
	assert_int_equal(observed->monotonic_ns(observed) - began, SECOND_NS);
	assert_int_equal(observed->wall_ms(observed), VIRTUAL_EPOCH_MS + 1000);
	observed->sleep_ns(observed, 1000);
	assert_int_equal(observed->monotonic_ns(observed) - began, SECOND_NS);
}

static void test_dice_depend_on_the_seed_alone_and_an_observer_has_its_own(void **state)
{
	(void)state;
	struct virtual_world same, other;
	virtual_world_init(&same, 7);
	virtual_world_init(&other, 8);
	for (int i = 0; i < 100; i++) {
		uint64_t drawn = world.env.dice->next(world.env.dice);
		world.observer.dice->next(world.observer.dice);
		assert_int_equal(drawn, same.env.dice->next(same.env.dice));
		assert_int_not_equal(drawn, other.env.dice->next(other.env.dice));
	}
	virtual_world_release(&same);
	virtual_world_release(&other);
}

static void test_disks_have_room_and_no_direct_io_and_take_their_time(void **state)
{
	(void)state;
	struct io *io = world.env.io;
	struct scratch scratch;
	struct statvfs room;
	scratch_make(&scratch);
	int parent = io->openat(io, AT_FDCWD, scratch.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	assert_true(parent >= 0);
	assert_int_equal(io->openat(io, parent, "file", O_CREAT | O_WRONLY | O_DIRECT, 0600), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(virtual_world_now_ns(&world), 0);
	int fd = io->openat(io, parent, "file", O_CREAT | O_RDWR, 0600);
	assert_true(fd >= 0);
	assert_int_equal(virtual_world_now_ns(&world), VIRTUAL_SEEK_NS);
	static uint8_t data[1 << 20];
	assert_int_equal(env_write_full(&world.env, fd, data, sizeof(data), 0), 0);
	assert_int_equal(env_read_full(&world.env, fd, data, sizeof(data), 0), 0);
	assert_int_equal(virtual_world_now_ns(&world) - VIRTUAL_SEEK_NS, 2 * SECOND_NS / 200);
	struct io *observed = world.observer.io;
	assert_int_equal(observed->pread(observed, fd, data, sizeof(data), 0), sizeof(data));
	assert_int_equal(virtual_world_now_ns(&world) - VIRTUAL_SEEK_NS, 2 * SECOND_NS / 200);
	assert_int_equal(io->fsync(io, fd), 0);
	assert_int_equal(io->syncfs(io, fd), 0);
	assert_int_equal(io->fstatvfs(io, fd, &room), 0);
	assert_true((uint64_t)room.f_bavail * room.f_frsize >= UINT64_C(1) << 40);
	assert_int_equal(io->close(io, fd), 0);
	assert_int_equal(io->fsync(io, fd), -1);
	assert_int_equal(errno, EBADF);
	io->close(io, parent);
	scratch_remove(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_time_passes_by_sleeping_and_advancing_alone, make_world, release_world),
		cmocka_unit_test_setup_teardown(
			test_what_is_slept_aside_passes_for_that_work_alone, make_world, release_world),
		cmocka_unit_test_setup_teardown(
			test_an_observer_sees_the_time_but_not_what_goes_on_aside, make_world, release_world),
		cmocka_unit_test_setup_teardown(
			test_dice_depend_on_the_seed_alone_and_an_observer_has_its_own, make_world,
			release_world),
		cmocka_unit_test_setup_teardown(
			test_disks_have_room_and_no_direct_io_and_take_their_time, make_world, release_world),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
