#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void scratch_make(struct scratch *scratch)
{
	const char *base = getenv("TMPDIR");
	char template[256], *resolved;
	if (!base || !*base)
		base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(template, sizeof(template), "%.200s/linckia-test-XXXXXX", base);
	assert_non_null(mkdtemp(template));
	assert_non_null(resolved = realpath(template, NULL));
	assert_true(strlen(resolved) < sizeof(scratch->path));
	strcpy(scratch->path, resolved);
	free(resolved);
}

/* Takes away what is in the folder `name` below `parent`, and the folder. */
static void remove_folder(int parent, const char *name)
{
	/* Most folders of a node are empty, so this is all there is to do. */
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0)
		return;
	if (fchmodat(parent, name, 0700, 0) < 0)
		return;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	if (!stream)
		return;
	for (struct dirent *entry; (entry = readdir(stream));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (entry->d_type == DT_DIR || unlinkat(fd, entry->d_name, 0) < 0)
			remove_folder(fd, entry->d_name);
	}
	closedir(stream);
	(void)unlinkat(parent, name, AT_REMOVEDIR);
}

void scratch_remove(struct scratch *scratch)
{
	remove_folder(AT_FDCWD, scratch->path);
}

const char *scratch_path(const struct scratch *scratch, const char *name)
{
	static char paths[8][4096 + 512];
	static unsigned next;
	char *path = paths[next++ % 8];
	snprintf(path, sizeof(paths[0]), "%s%s%s", scratch->path, *name ? "/" : "", name);
	return path;
}

void scratch_fill(uint8_t *data, size_t size, uint64_t seed)
{
	uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	for (size_t i = 0; i < size; i++) {
		state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		data[i] = (uint8_t)(state >> 56);
	}
}

void scratch_folder(const struct scratch *scratch, const char *name)
{
	if (mkdir(scratch_path(scratch, name), 0700) < 0)
		assert_int_equal(errno, EEXIST);
}

void scratch_write(const struct scratch *scratch, const char *name, const void *data, size_t size)
{
	int fd = open(scratch_path(scratch, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	for (size_t done = 0; done < size;) {
		ssize_t put = write(fd, (const char *)data + done, size - done);
		assert_true(put > 0);
		done += (size_t)put;
	}
	assert_int_equal(close(fd), 0);
}

/* The caller frees it. */
static uint8_t *make_filled(size_t size, uint64_t seed)
{
	uint8_t *data = malloc(size + 1);
	assert_non_null(data);
	scratch_fill(data, size, seed);
	return data;
}

void scratch_write_seeded(const struct scratch *scratch, const char *name, size_t size, uint64_t seed)
{
	uint8_t *data = make_filled(size, seed);
	scratch_write(scratch, name, data, size);
	free(data);
}

uint8_t *scratch_read(const struct scratch *scratch, const char *name, size_t *size)
{
	struct stat status;
	int fd = open(scratch_path(scratch, name), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail_msg("%s cannot be opened: %s", name, strerror(errno));
	assert_int_equal(fstat(fd, &status), 0);
	*size = (size_t)status.st_size;
	uint8_t *data = malloc(*size + 1);
	assert_non_null(data);
	for (size_t done = 0; done < *size;) {
		ssize_t got = read(fd, data + done, *size - done);
		assert_true(got > 0);
		done += (size_t)got;
	}
	close(fd);
	return data;
}

void scratch_flip(const struct scratch *scratch, const char *name, off_t offset)
{
	int fd = open(scratch_path(scratch, name), O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	uint8_t byte;
	assert_int_equal(pread(fd, &byte, 1, offset), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
	close(fd);
}

void scratch_rename(const struct scratch *scratch, const char *from, const char *to)
{
	assert_int_equal(rename(scratch_path(scratch, from), scratch_path(scratch, to)), 0);
}

void scratch_link(const struct scratch *scratch, const char *target, const char *name)
{
	assert_int_equal(symlink(scratch_path(scratch, target), scratch_path(scratch, name)), 0);
}

bool scratch_exists(const struct scratch *scratch, const char *name)
{
	struct stat status;
	return lstat(scratch_path(scratch, name), &status) == 0;
}

static size_t counted;

static int count_file(const char *path, const struct stat *status, int kind, struct FTW *at)
{
	(void)path;
	(void)at;
	counted += kind == FTW_F && S_ISREG(status->st_mode);
	return 0;
}

size_t scratch_count(const struct scratch *scratch, const char *name)
{
	counted = 0;
	nftw(scratch_path(scratch, name), count_file, 16, FTW_PHYS);
	return counted;
}

void scratch_expect(const struct scratch *scratch, const char *name, const void *data, size_t size)
{
	size_t found;
	uint8_t *bytes = scratch_read(scratch, name, &found);
	bool same = found == size && (size == 0 || memcmp(bytes, data, size) == 0);
	free(bytes);
	if (!same)
		fail_msg("%s has other bytes than expected (%zu of %zu)", name, found, size);
}

void scratch_expect_seeded(const struct scratch *scratch, const char *name, size_t size, uint64_t seed)
{
	uint8_t *data = make_filled(size, seed);
	scratch_expect(scratch, name, data, size);
	free(data);
}

size_t scratch_descriptors(void)
{
	size_t count = 0;
	DIR *stream = opendir("/proc/self/fd");
	assert_non_null(stream);
	while (readdir(stream))
		count++;
	closedir(stream);
	return count;
}
