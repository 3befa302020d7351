#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/env.h"

void die(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(2);
}

void *must_calloc(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);
	if (!memory)
		die("out of memory");
	return memory;
}

void *must_grow(void *array, size_t count, size_t size)
{
	void *memory = reallocarray(array, count ? count : 1, size);
	if (!memory)
		die("out of memory");
	return memory;
}

char *text(const char *format, ...)
{
	char *made = NULL;
	va_list arguments;
	va_start(arguments, format);
	if (vasprintf(&made, format, arguments) < 0)
		die("out of memory");
	va_end(arguments);
	return made;
}

unsigned char *read_file(const char *path, size_t *size)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0)
		die("cannot read %s: %s", path, strerror(errno));
	unsigned char *bytes = must_calloc((size_t)status.st_size + 1, 1);
	size_t done = 0;
	ssize_t got;
	while (done < (size_t)status.st_size &&
		(got = read(fd, bytes + done, (size_t)status.st_size - done)) > 0)
		done += (size_t)got;
	close(fd);
	if (done != (size_t)status.st_size)
		die("%s cannot be read to its end", path);
	*size = done;
	return bytes;
}

void write_file(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd) < 0)
		die("cannot write %s: %s", path, strerror(errno));
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path);
}

void remove_tree(const char *path)
{
	if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
		die("cannot remove %s: %s", path, strerror(errno));
}

uint64_t draw_bits(struct draw *draw)
{
	draw->state += ENV_DRAW_STEP;
	return env_draw_mix(draw->state);
}

size_t draw_below(struct draw *draw, size_t limit)
{
	return (size_t)(draw_bits(draw) % limit);
}

bool draw_chance(struct draw *draw, unsigned percent)
{
	return draw_below(draw, 100) < percent;
}

uint64_t mix(uint64_t a, uint64_t b, uint64_t c)
{
	return env_draw_mix(env_draw_mix(env_draw_mix(a + ENV_DRAW_STEP) + b) + c);
}
