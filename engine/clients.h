/*
 * clients.h: whether somebody puts or gets right now, in whatever process, so that maintenance can step back.
 *
 * Whoever transfers for a client holds a shared lock on the file clients.lock beside the catalog for as long (fcntl(2),
 * open file description); the system gives it back when the process ends. Nothing waits for the lock: it is only a
 * sign, and failing to set it costs nothing but politeness.
 */
#ifndef LINCKIA_ENGINE_CLIENTS_H
#define LINCKIA_ENGINE_CLIENTS_H

#include <stdbool.h>

/* Returns a handle for clients_leave(). `folder` is the store's. */
int clients_enter(const char *folder);
void clients_leave(int handle);

bool clients_are_active(const char *folder);

#endif
