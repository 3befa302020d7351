/*
 * clients.h: whether somebody puts or gets right now, in whatever process, so that maintenance can step back, and so
 * that collection knows when nobody counts on what it is about to remove.
 *
 * Whoever transfers for a client holds a shared lock on the file clients.lock beside the catalog for as long
 * (fcntl(2), open file description); the system gives it back when the process ends. Collection takes the
 * lock for itself for one batch, and only if it is free: a client waits for it no longer than that, and it
 * never waits for a client.
 */
#ifndef LINCKIA_ENGINE_CLIENTS_H
#define LINCKIA_ENGINE_CLIENTS_H

#include <stdbool.h>

/* Returns a handle for clients_leave(), or -1 with errno. `folder` is the store's. */
int clients_enter(const char *folder);
void clients_leave(int handle);

bool clients_are_active(const char *folder);
/* Keeps clients from beginning until clients_leave(). -1 when one is active, or the lock cannot be had. */
int clients_exclude(const char *folder);

#endif
