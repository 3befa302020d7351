#include "tests/support/must.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DESCRIPTORS = 32, SHA256_BYTES = 32 };

void die(const char *format, ...)
{
	va_list arguments;
	fflush(stdout);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	_exit(2);
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

uint64_t number_or(const char *written, uint64_t otherwise)
{
	return written && *written ? strtoull(written, NULL, 10) : otherwise;
}

/* ---- files ---- */

char *must_make_folder(const char *setting, const char *name)
{
	const char *place = getenv(setting);
	if (!place || !*place)
		place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	char *path = text("%s/%s.XXXXXX", place, name);
	if (strlen(path) > MUST_FOLDER_MAX)
		die("the path of %s is too long: %s", setting, place);
	if (!mkdtemp(path))
		die("cannot make a folder in %s: %s", place, strerror(errno));
	return path;
}

static unsigned char *read_opened(int fd, const char *path, size_t *size)
{
	struct stat status;
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

unsigned char *read_file(const char *path, size_t *size)
{
	return read_opened(open(path, O_RDONLY | O_CLOEXEC), path, size);
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
	if (nftw(path, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
		die("cannot remove %s: %s", path, strerror(errno));
}

bool file_has_digest(const char *path, const char *hex)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char found[2 * SHA256_BYTES + 1];
	size_t size;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return false;
	unsigned char *bytes = read_opened(fd, path, &size);
	if (!EVP_Digest(bytes, size, digest, NULL, EVP_sha256(), NULL))
		die("cannot digest %s", path);
	free(bytes);
	for (int i = 0; i < SHA256_BYTES; i++)
		snprintf(found + 2 * i, 3, "%02x", digest[i]);
	return strcmp(found, hex) == 0;
}
