#include "engine/clients.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int open_lock(const char *folder)
{
	char path[4096 + 32];
	snprintf(path, sizeof(path), "%s/clients.lock", folder);
	return open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static int lock(const char *folder, short type, int command)
{
	int fd = open_lock(folder), result;
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET};
	if (fd < 0)
		return -1;
	do
		result = fcntl(fd, command, &lock);
	while (result < 0 && errno == EINTR);
	if (result == 0)
		return fd;
	int number = errno;
	close(fd);
	errno = number;
	return -1;
}

int clients_enter(const char *folder)
{
	return lock(folder, F_RDLCK, F_OFD_SETLKW);
}

int clients_exclude(const char *folder)
{
	return lock(folder, F_WRLCK, F_OFD_SETLK);
}

void clients_leave(int handle)
{
	if (handle >= 0)
		close(handle);
}

bool clients_are_active(const char *folder)
{
	int fd = open_lock(folder);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	bool active = fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	if (fd >= 0)
		close(fd);
	return active;
}
