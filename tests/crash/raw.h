/*
 * raw.h: system calls that the interposer does not see, for the policies themselves.
 *
 * The C library's own syscall() is interposed, so this finds the next one.
 */
#ifndef LINCKIA_TESTS_CRASH_RAW_H
#define LINCKIA_TESTS_CRASH_RAW_H

#include <stddef.h>
#include <sys/types.h>

long raw_syscall(long number, long a, long b, long c, long d, long e, long f);
int raw_open(int folder, const char *path, int flags, mode_t mode);
ssize_t raw_write(int fd, const void *data, size_t size);
int raw_close(int fd);
/* The path that a descriptor has, with '\0' behind it. Its length, or -1. */
ssize_t raw_path_of(int fd, char *out, size_t size);
/* A shared mapping of the first `size` bytes of a file, or NULL. */
void *raw_map(int fd, size_t size);
/* Ends the process at once, as the loss of its machine's power would. */
_Noreturn void raw_kill(void);

#endif
