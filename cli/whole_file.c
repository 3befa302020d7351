#include "cli/whole_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/allocate.h"

static int write_all(int file, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t written = write(file, text, length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		text += written;
		length -= (size_t)written;
	}
	return 0;
}

/* Some file systems tell of a failed write only at the close, so that comes before the name. */
static int fill(int file, const char *text, mode_t mode)
{
	int result = write_all(file, text, strlen(text));
	if (result == 0)
		result = fchmod(file, mode);
	int number = errno;
	if (close(file) < 0 && result == 0)
		return -1;
	errno = number;
	return result;
}

int whole_file_write(const char *path, const char *text, mode_t mode, struct error *error)
{
	struct stat status;
	if (lstat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return error_set(error, ERROR_EXISTS, "%s is there and is no regular file: it stays", path);
	const char *slash = strrchr(path, '/');
	char *draft =
		allocate_print("%.*s.linckia-XXXXXX", slash ? (int)(slash + 1 - path) : 0, slash ? path : "");
	int file = mkstemp(draft), result = -1;
	if (file >= 0) {
		result = fill(file, text, mode);
		if (result == 0)
			result = rename(draft, path);
		int number = errno;
		if (result < 0)
			unlink(draft);
		errno = number;
	}
	if (result < 0)
		error_set_errno(error, errno, "cannot write %s", path);
	free(draft);
	return result;
}
