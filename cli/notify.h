/*
 * notify.h: telling a service manager how this service is, by the protocol of systemd's sd_notify(3).
 *
 * $NOTIFY_SOCKET names a datagram socket: a path, or '@' and the name of an abstract one. Each datagram
 * holds assignments, one a line. Without the variable nobody wants to know, and nothing is sent. What cannot
 * be sent is never a reason to stop: callers tell the user and go on. One thread at a time.
 */
#ifndef LINCKIA_CLI_NOTIFY_H
#define LINCKIA_CLI_NOTIFY_H

#include <sys/socket.h>
#include <sys/un.h>

#include "engine/engine.h"

/* The socket that `text`, a value of $NOTIFY_SOCKET, stands for. Pure. */
MUST_CHECK int notify_address(
	const char *text, struct sockaddr_un *address, socklen_t *length, struct error *error);

/* The service is up. */
MUST_CHECK int notify_ready(struct error *error);

/* It is about to end. */
MUST_CHECK int notify_stopping(struct error *error);

/* One sentence about how it is; escaped, so that it stays one line. */
MUST_CHECK int notify_status(const char *text, struct error *error);

#endif
