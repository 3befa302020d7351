/*
 * node_private.h: what node.c, node_identity.c and node_probe.c share.
 */
#ifndef LINCKIA_ENGINE_NODE_PRIVATE_H
#define LINCKIA_ENGINE_NODE_PRIVATE_H

#include "engine/node.h"

/* Reads the identity in an open folder. 0, or -1 with errno: ENOENT when there is none, EBADMSG when it makes no sense. */
int node_read_identity(const struct env *env, int root, struct node_identity *identity);

#endif
