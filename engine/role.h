/*
 * role.h: which process maintains the store.
 *
 * The role is a lock on the file maintenance.lock beside the catalog, held through an open file description
 * (fcntl(2), F_OFD_SETLK), so that the system gives it back when the process ends, however it ends. Inside the file
 * stands the holder's process id, for people and `status`; it means something only while the lock is held.
 */
#ifndef LINCKIA_ENGINE_ROLE_H
#define LINCKIA_ENGINE_ROLE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/error.h"

struct role {
	int fd; /* -1: not held */
};

void role_init(struct role *role);
/* Tries to take the role of the store in the folder. 1: it is ours; 0: somebody else has it; -1: failed. */
MUST_CHECK int role_take(struct role *role, const char *folder, struct error *error);
void role_release(struct role *role);

/* Whether some process, this one included, holds the role; `pid` gets its id, 0 when it is not known. */
bool role_is_held(const char *folder, int64_t *pid);

#endif
