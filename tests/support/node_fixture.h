/*
 * node_fixture.h: a node in a folder of its own, in a world whose calls can be made to fail (one_world.h).
 */
#ifndef LINCKIA_TESTS_SUPPORT_NODE_FIXTURE_H
#define LINCKIA_TESTS_SUPPORT_NODE_FIXTURE_H

#include "engine/node.h"
#include "tests/support/one_world.h"

extern struct node node; /* in the folder "disk", of the store STORE */

int node_fixture_make(void **state);
int node_fixture_remove(void **state);
/* Another one, which nothing was made for yet. */
void node_fixture_init(struct node *made, const char *name, const char *folder, const char *store);
/* What a look at the node finds, and what that makes of its state and cause. */
void node_fixture_expect(enum node_finding finding, enum node_state state, const char *cause);

#endif
