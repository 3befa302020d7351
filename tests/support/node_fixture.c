#include "tests/support/node_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

struct node node;

void node_fixture_init(struct node *made, const char *name, const char *folder, const char *store)
{
	assert_int_equal(node_init(made, &mock.env, name, "zone", scratch_path(&scratch, folder), &error), 0);
	strcpy(made->store_uuid, store);
	uuid_new(&mock.env, made->uuid);
	made->id = 1;
}

int node_fixture_make(void **state)
{
	one_world_make(state);
	node_fixture_init(&node, "disk", "disk", STORE);
	assert_int_equal(node_create(&node, &error), 0);
	return 0;
}

int node_fixture_remove(void **state)
{
	node_release(&node);
	return one_world_remove(state);
}

void node_fixture_expect(enum node_finding finding, enum node_state state, const char *cause)
{
	struct node_status status;
	assert_int_equal(node_probe(&node), finding);
	node_status(&node, &status);
	assert_int_equal(status.state, state);
	if (!strstr(status.cause, cause) || (!*cause && *status.cause))
		fail_msg("the cause is '%s', not '%s'", status.cause, cause);
	assert_int_equal(node_writing(&node) != NULL, state == NODE_UP);
	assert_int_equal(node_reading(&node) != NULL, state == NODE_UP || state == NODE_READ_ONLY);
}
