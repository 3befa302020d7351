#include "engine/clients.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int open_lock(const char *folder)
{
	char path[4096 + 32];
	snprintf(path, sizeof(path), "%s/clients.lock", folder);
	return open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int clients_enter(const char *folder)
{
	int fd = open_lock(folder);
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
	if (fd >= 0 && fcntl(fd, F_OFD_SETLK, &lock) < 0) {
		close(fd);
		return -1;
	}
	return fd;
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
