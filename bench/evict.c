/*
 * evict.c: drops what the page cache holds of files, so that the next read of them comes from the disk.
 *
 *	evict PATH…
 *
 * Of a folder, all files below it. Bytes that are not on the disk yet stay: sync before. Unlike the kernel's drop_caches it
 * needs no rights beyond reading, and other files, programs and libraries among them, stay where they are.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OPEN_FOLDERS = 32 };

static int evict(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)where;
	if (kind != FTW_F)
		return 0;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int number = fd < 0 ? errno : posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (fd >= 0)
		close(fd);
	if (number == 0)
		return 0;
	fprintf(stderr, "evict: %s: %s\n", path, strerror(number));
	return 1;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: evict PATH...\n");
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		errno = 0;
		int result = nftw(argv[i], evict, OPEN_FOLDERS, FTW_PHYS);
		if (result < 0)
			fprintf(stderr, "evict: %s: %s\n", argv[i], strerror(errno));
		if (result != 0)
			return 1;
	}
	return 0;
}
