/*
 * node_place.h: whether a new node is where somebody forgot to mount a disk.
 */
#ifndef LINCKIA_CLI_NODE_PLACE_H
#define LINCKIA_CLI_NODE_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether `path` is on the file system of "/" although one of `others` is not. A store whose nodes are all there was
 * meant so, and so may be one of several: a reason to ask, not to refuse. What cannot be looked at counts as neither.
 */
bool node_place_is_odd(const char *path, const char *const *others, size_t count);

/* Says so, where it is odd. */
void node_place_warn(const char *path, const char *const *others, size_t count);

#endif
