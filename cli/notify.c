#include "cli/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/allocate.h"

int notify_address(const char *text, struct sockaddr_un *address, socklen_t *length, struct error *error)
{
	size_t bytes = strlen(text);
	bool abstract = text[0] == '@';
	if ((!abstract && text[0] != '/') || bytes < 2)
		return error_set(error, ERROR_USAGE,
			"$NOTIFY_SOCKET: '%s' is neither an absolute path nor the name of an abstract socket",
			text);
	/* A path ends with a NUL; an abstract name begins with one, and its length tells where it ends. */
	size_t used = abstract ? bytes : bytes + 1;
	if (used > sizeof(address->sun_path))
		return error_set(error, ERROR_USAGE, "$NOTIFY_SOCKET: '%s' is longer than %zu bytes", text,
			sizeof(address->sun_path) - 1);
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(address->sun_path, text, bytes);
	if (abstract)
		address->sun_path[0] = '\0';
	*length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + used);
	return 0;
}

static int send_text(const char *text, struct error *error)
{
	const char *where = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;
	socklen_t length;
	if (!where || !*where)
		return 0;
	if (notify_address(where, &address, &length, error) < 0)
		return -1;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set_errno(error, errno, "cannot make a socket for the service manager");
	ssize_t sent =
		sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&address, length);
	int number = errno;
	close(fd);
	if (sent < 0)
		return error_set_errno(
			error, number, "cannot tell the service manager at $NOTIFY_SOCKET, %s", where);
	return 0;
}

int notify_ready(struct error *error)
{
	return send_text("READY=1", error);
}

int notify_stopping(struct error *error)
{
	return send_text("STOPPING=1", error);
}

int notify_status(const char *text, struct error *error)
{
	size_t length = strlen(text), size = TEXT_ESCAPED_SIZE(length);
	char *escaped = allocate(size, 1);
	text_escape(escaped, size, text, length, false);
	char *line = allocate_print("STATUS=%s", escaped);
	int result = send_text(line, error);
	free(line);
	free(escaped);
	return result;
}
