#include "engine/role.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 + 32 };

static void lock_path(const char *folder, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/maintenance.lock", folder);
}

void role_init(struct role *role)
{
	role->fd = -1;
}

int role_take(struct role *role, const char *folder, struct error *error)
{
	char path[PATH_SIZE], text[32];
	assert(role->fd < 0);
	lock_path(folder, path);
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set_errno(error, errno, "cannot open %s", path);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	if (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
		int number = errno;
		close(fd);
		return number == EAGAIN || number == EACCES || number == EINTR
			       ? 0
			       : error_set_errno(error, number, "cannot lock %s", path);
	}
	/* Only for information: a full disk is no reason not to maintain the store. */
	int length = snprintf(text, sizeof(text), "%lld\n", (long long)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)length, 0) < 0)
		(void)0;
	role->fd = fd;
	return 1;
}

void role_release(struct role *role)
{
	if (role->fd >= 0)
		close(role->fd);
	role->fd = -1;
}

bool role_is_held(const char *folder, int64_t *pid)
{
	char path[PATH_SIZE], text[32] = "";
	*pid = 0;
	lock_path(folder, path);
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return false;
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	bool held = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	if (held && pread(fd, text, sizeof(text) - 1, 0) > 0)
		*pid = strtoll(text, NULL, 10);
	close(fd);
	return held;
}
