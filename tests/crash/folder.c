/*
 * folder.c: see folder.h.
 */
#include "tests/crash/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/must.h"

enum { HEX = 64, DESCRIPTORS = 32, LARGE = 1 << 20 };

/* ---- copying; nftw() has no context to pass along ---- */

static struct {
	const char *to;
	size_t from_length;
	struct lines *lines;
} walk_of;

static void copy_file(const char *from, const char *to, const struct stat *status)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, status->st_mode & 07777);
	if (in < 0 || out < 0)
		die("cannot copy %s to %s: %s", from, to, strerror(errno));
	bool reserve = status->st_size >= LARGE && strstr(from, "/reserve");
	if (reserve && ftruncate(out, status->st_size) < 0)
		die("%s: %s", to, strerror(errno));
	for (off_t left = reserve ? 0 : status->st_size; left > 0;) {
		ssize_t done = copy_file_range(in, NULL, out, NULL, (size_t)left, 0);
		if (done <= 0)
			die("cannot copy %s to %s: %s", from, to, strerror(errno));
		left -= done;
	}
	const struct timespec times[2] = {status->st_atim, status->st_mtim};
	if (futimens(out, times) < 0)
		die("%s: %s", to, strerror(errno));
	close(in);
	close(out);
}

static int copy_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)place;
	char target[4096], to[4096];
	snprintf(to, sizeof(to), "%s%s", walk_of.to, path + walk_of.from_length);
	if (kind == FTW_D) {
		if (mkdir(to, status->st_mode & 07777) < 0)
			die("cannot make %s: %s", to, strerror(errno));
	} else if (kind == FTW_SL) {
		ssize_t length = readlink(path, target, sizeof(target) - 1);
		target[length < 0 ? 0 : length] = '\0';
		if (length < 0 || symlink(target, to) < 0)
			die("cannot copy the link %s: %s", path, strerror(errno));
	} else {
		copy_file(path, to, status);
	}
	return 0;
}

void folder_copy(const char *from, const char *to)
{
	walk_of.to = to;
	walk_of.from_length = strlen(from);
	if (nftw(from, copy_entry, DESCRIPTORS, FTW_PHYS) != 0)
		die("cannot copy %s: %s", from, strerror(errno));
}

/* ---- listing ---- */

static bool is_hex(const char *name, size_t length)
{
	return strlen(name) == length && strspn(name, "0123456789abcdef") == length;
}

static int list_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	(void)kind;
	char line[4096];
	size_t length = 0;
	const char *name = path + place->base;
	if (strstr(path, "/chunks/") && (is_hex(name, HEX) || is_hex(name, 2)))
		return 0;
	for (const char *c = path + walk_of.from_length; *c && length < sizeof(line) - 1; c++) {
		/* A run of hexadecimal digits with a decimal one in it becomes one sign. */
		size_t run = strspn(c, "0123456789abcdef");
		bool number = run && strcspn(c, "0123456789") < run;
		line[length++] = number ? '#' : *c;
		c += number ? run - 1 : 0;
	}
	line[length] = '\0';
	lines_add(walk_of.lines, "F %s", line);
	return 0;
}

void folder_list(const char *path, struct lines *lines)
{
	walk_of.lines = lines;
	walk_of.from_length = strlen(path);
	if (nftw(path, list_entry, DESCRIPTORS, FTW_PHYS) != 0 && errno != ENOENT)
		die("cannot list %s: %s", path, strerror(errno));
}

/* ---- copies ---- */

static int count_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	const char *name = path + place->base;
	if (kind == FTW_F && strstr(path, "/chunks/") && is_hex(name, HEX) && file_has_digest(path, name))
		lines_add(walk_of.lines, "%s %s", name, path);
	return 0;
}

void folder_count_copies(const char *path, struct lines *lines)
{
	struct lines files = {0};
	walk_of.lines = &files;
	if (nftw(path, count_entry, DESCRIPTORS, FTW_PHYS) != 0 && errno != ENOENT)
		die("cannot list %s: %s", path, strerror(errno));
	lines_sort(&files);
	for (size_t i = 0, count; i < files.count; i += count) {
		for (count = 1; i + count < files.count; count++)
			if (strncmp(files.text[i], files.text[i + count], HEX) != 0)
				break;
		lines_add(lines, "K %.*s %zu", HEX, files.text[i], count);
	}
	lines_sort(lines);
	lines_free(&files);
}

unsigned copies_of(const struct lines *counted, const char *sha256)
{
	for (size_t i = 0; i < counted->count; i++)
		if (counted->text[i][0] == 'K' && strncmp(counted->text[i] + 2, sha256, HEX) == 0)
			return (unsigned)strtoul(counted->text[i] + 2 + HEX, NULL, 10);
	return 0;
}
