/*
 * raw.c: see raw.h.
 */
#include "tests/crash/raw.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

long raw_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	static long (*next)(long, ...);
	if (!next) {
		void *found = dlsym(RTLD_NEXT, "syscall");
		memcpy(&next, &found, sizeof(next));
	}
	return next(number, a, b, c, d, e, f);
}

int raw_open(int folder, const char *path, int flags, mode_t mode)
{
	return (int)raw_syscall(SYS_openat, folder, (long)path, flags, (long)mode, 0, 0);
}

ssize_t raw_write(int fd, const void *data, size_t size)
{
	return raw_syscall(SYS_write, fd, (long)data, (long)size, 0, 0, 0);
}

int raw_close(int fd)
{
	return (int)raw_syscall(SYS_close, fd, 0, 0, 0, 0, 0);
}

ssize_t raw_path_of(int fd, char *out, size_t size)
{
	char link[40];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t length = raw_syscall(SYS_readlink, (long)link, (long)out, (long)size - 1, 0, 0, 0);
	out[length < 0 ? 0 : length] = '\0';
	return length;
}

void *raw_map(int fd, size_t size)
{
	long mapped = raw_syscall(SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return mapped == -1 ? NULL : (void *)mapped; /* NOLINT(performance-no-int-to-ptr) */
}

_Noreturn void raw_kill(void)
{
	for (;;)
		raw_syscall(SYS_kill, getpid(), SIGKILL, 0, 0, 0, 0);
}
